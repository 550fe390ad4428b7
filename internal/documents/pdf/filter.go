package pdf

import (
	"bytes"
	"compress/lzw"
	"compress/zlib"
	"errors"
	"io"
)

// maxFilters in a chain; writers use one or two.
const maxFilters = 8

// errPicture marks filters of pictures, which hold no text.
var errPicture = errors.New("a picture")

// decode unpacks a stream. What it unpacks to counts against the file's
// budget; data before damage is returned together with an error.
func (f *file) decode(s *stream) ([]byte, error) {
	data := s.raw
	filters, params := f.list(s.dict, "Filter", "F"), f.list(s.dict, "DecodeParms", "DP")
	if len(filters) > maxFilters {
		return nil, damaged("a stream in %d filters", len(filters))
	}
	if f.crypt != nil && s.dict["Type"] != name("XRef") && !(len(filters) > 0 && f.name(filters[0]) == "Crypt") {
		data = f.crypt.stream(data, s.ref)
	}
	var damage error
	for i, filter := range filters {
		var p dict
		if i < len(params) {
			p = f.dict(params[i])
		}
		out, err := f.filter(f.name(filter), p, data)
		if isFatal(err) || errors.Is(err, errPicture) {
			return nil, err
		}
		damage = errors.Join(damage, err)
		data = out
	}
	return data, damage
}

// list returns a value that may be one thing or an array of things.
func (f *file) list(d dict, key, short name) array {
	v, ok := d[key]
	if !ok {
		v = d[short]
	}
	switch x := f.get(v).(type) {
	case nil:
		return nil
	case array:
		return x
	default:
		return array{x}
	}
}

func (f *file) filter(filter name, p dict, data []byte) ([]byte, error) {
	switch filter {
	case "FlateDecode", "Fl":
		r, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, damaged("%v", err)
		}
		out, err := f.read(r)
		return f.unpredict(p, out, err)
	case "LZWDecode", "LZW":
		early := true
		if _, ok := p["EarlyChange"]; ok {
			early = f.int(p["EarlyChange"]) != 0
		}
		out, err := f.unLZW(data, early)
		return f.unpredict(p, out, err)
	case "ASCIIHexDecode", "AHx":
		l := lexer{data: data}
		return []byte(l.hex()), nil
	case "ASCII85Decode", "A85":
		return unASCII85(data), nil
	case "RunLengthDecode", "RL":
		return f.unRunLength(data)
	case "Crypt":
		return data, nil
	case "DCTDecode", "DCT", "JPXDecode", "JBIG2Decode", "CCITTFaxDecode", "CCF":
		return nil, errPicture
	}
	return nil, damaged("a filter %q that is not known", filter)
}

// spend takes n bytes from what the file may unpack to.
func (f *file) spend(n int) error {
	f.budget -= int64(n)
	if f.budget < 0 {
		return ErrTooLarge
	}
	return f.ctx.Err()
}

// read reads r to its end within the budget.
func (f *file) read(r io.Reader) ([]byte, error) {
	var buf bytes.Buffer
	for {
		n, err := io.CopyN(&buf, r, 64<<10)
		if over := f.spend(int(n)); over != nil {
			return nil, over
		}
		if errors.Is(err, io.EOF) {
			return buf.Bytes(), nil
		}
		if err != nil {
			return buf.Bytes(), damaged("%v", err)
		}
	}
}

// unpredict undoes PNG and TIFF prediction.
func (f *file) unpredict(p dict, data []byte, err error) ([]byte, error) {
	predictor := f.int(p["Predictor"])
	if isFatal(err) || predictor <= 1 {
		return data, err
	}
	get := func(key name, other int) int {
		if n := f.int(p[key]); n > 0 && n <= 1<<16 {
			return n
		}
		return other
	}
	colors, bits, columns := get("Colors", 1), get("BitsPerComponent", 8), get("Columns", 1)
	if colors > 32 || bits > 16 {
		return nil, damaged("a predictor with %d colours of %d bits", colors, bits)
	}
	width, step := (colors*bits*columns+7)/8, max(1, colors*bits/8)
	if predictor == 2 {
		if bits == 8 {
			for row := 0; row+width <= len(data); row += width {
				for i := row + step; i < row+width; i++ {
					data[i] += data[i-step]
				}
			}
		}
		return data, err
	}
	out := make([]byte, 0, len(data))
	above, line := make([]byte, width), make([]byte, width)
	for len(data) > 1 {
		kind := data[0]
		n := copy(line, data[1:])
		clear(line[n:])
		data = data[1+n:]
		for i := range line {
			var left, corner byte
			if i >= step {
				left, corner = line[i-step], above[i-step]
			}
			switch kind {
			case 1:
				line[i] += left
			case 2:
				line[i] += above[i]
			case 3:
				line[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				line[i] += paeth(left, above[i], corner)
			}
		}
		out = append(out, line[:n]...)
		above, line = line, above
	}
	return out, err
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int { return max(n, -n) }

// unLZW decodes LZW as PDF has it: most significant bit first, codes growing
// one code early unless told otherwise. compress/lzw reads the other kind only.
func (f *file) unLZW(data []byte, early bool) ([]byte, error) {
	if !early {
		return f.read(lzw.NewReader(bytes.NewReader(data), lzw.MSB, 8))
	}
	const clearCode, endCode = 256, 257
	var (
		out    []byte
		prefix [4096]uint16
		suffix [4096]byte
		length [4096]uint16
		acc    uint32
		bits   uint
		width  = uint(9)
		next   = 258
		prev   = -1
		spent  int
	)
	for i := range 256 {
		suffix[i], length[i] = byte(i), 1
	}
	for _, b := range data {
		acc = acc<<8 | uint32(b)
		bits += 8
		if bits < width {
			continue
		}
		code := int(acc >> (bits - width) & (1<<width - 1))
		bits -= width
		switch {
		case code == endCode:
			return out, nil
		case code == clearCode:
			width, next, prev = 9, 258, -1
			continue
		case prev < 0 && code > 255, code > next, code == next && prev < 0:
			return out, damaged("LZW data")
		}
		from := code
		if code == next {
			from = prev
		}
		n := int(length[from])
		at := len(out)
		out = append(out, make([]byte, n)...)
		c := from
		for i := n - 1; i >= 0; i-- {
			out[at+i] = suffix[c]
			c = int(prefix[c])
		}
		first := out[at]
		if code == next {
			out = append(out, first)
		}
		if prev >= 0 && next < 4096 {
			prefix[next], suffix[next], length[next] = uint16(prev), first, length[prev]+1
			next++
		}
		prev = code
		if next+1 >= 1<<width && width < 12 {
			width++
		}
		if len(out)-spent > 64<<10 {
			if err := f.spend(len(out) - spent); err != nil {
				return nil, err
			}
			spent = len(out)
		}
	}
	return out, f.spend(len(out) - spent)
}

func unASCII85(data []byte) []byte {
	out := make([]byte, 0, len(data)*4/5)
	var group [5]byte
	n := 0
	flush := func(n int) {
		for i := n; i < 5; i++ {
			group[i] = 84
		}
		var v uint32
		for _, c := range group {
			v = v*85 + uint32(c)
		}
		b := [4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}
		out = append(out, b[:n-1]...)
	}
	for _, c := range data {
		switch {
		case c == '~':
			if n > 1 {
				flush(n)
			}
			return out
		case c == 'z' && n == 0:
			out = append(out, 0, 0, 0, 0)
		case c >= '!' && c <= 'u':
			group[n] = c - '!'
			if n++; n == 5 {
				flush(5)
				n = 0
			}
		}
	}
	if n > 1 {
		flush(n)
	}
	return out
}

func (f *file) unRunLength(data []byte) ([]byte, error) {
	var out []byte
	for len(data) > 1 && data[0] != 128 {
		n := int(data[0])
		if n < 128 {
			n = min(n+1, len(data)-1)
			out = append(out, data[1:1+n]...)
			data = data[1+n:]
			continue
		}
		out = append(out, bytes.Repeat(data[1:2], 257-n)...)
		data = data[2:]
	}
	return out, f.spend(len(out))
}
