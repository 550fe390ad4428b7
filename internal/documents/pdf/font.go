package pdf

import (
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// font turns the codes of a string into text and widths.
type font struct {
	composite bool
	letters   [256]string // of simple fonts
	cmap      *cmap       // from codes to text; nil when the font carries none
	utf16     bool        // codes of a composite font are UTF-16 themselves
	width     map[int]float64
	missing   float64 // width of codes that have none of their own
	scale     float64 // of widths: 1/1000, or what a Type 3 font says
}

// maxWidths bounds the widths of one font.
const maxWidths = 1 << 16

func (f *file) font(d dict) *font {
	ft := &font{scale: 0.001, width: map[int]float64{}, missing: 500}
	if s, ok := f.get(d["ToUnicode"]).(*stream); ok {
		if data, err := f.decode(s); err == nil || !isFatal(err) {
			ft.cmap = f.readCMap(data)
		}
	}
	if f.name(d["Subtype"]) == "Type0" {
		ft.composite = true
		f.compositeFont(ft, d)
		return ft
	}
	f.simpleFont(ft, d)
	return ft
}

func (f *file) compositeFont(ft *font, d dict) {
	encoding := string(f.name(d["Encoding"]))
	ft.utf16 = strings.HasPrefix(encoding, "Uni") && (strings.Contains(encoding, "UCS2") || strings.Contains(encoding, "UTF16"))
	ft.missing = 1000
	down := f.array(d["DescendantFonts"])
	if len(down) == 0 {
		return
	}
	desc := f.dict(down[0])
	if _, ok := desc["DW"]; ok {
		ft.missing = f.float(desc["DW"])
	}
	w := f.array(desc["W"])
	for i := 0; i+1 < len(w) && len(ft.width) < maxWidths; {
		first := f.int(w[i])
		if list, ok := f.get(w[i+1]).(array); ok {
			for j, x := range list {
				if len(ft.width) >= maxWidths {
					break
				}
				ft.width[first+j] = f.float(x)
			}
			i += 2
			continue
		}
		if i+2 >= len(w) {
			break
		}
		last, width := f.int(w[i+1]), f.float(w[i+2])
		for c := first; c <= last && c-first < maxWidths && len(ft.width) < maxWidths; c++ {
			ft.width[c] = width
		}
		i += 3
	}
	f.objects -= len(ft.width)
}

func (f *file) simpleFont(ft *font, d dict) {
	base := string(f.name(d["BaseFont"]))
	table := charmap.Windows1252
	var differences array
	switch e := f.get(d["Encoding"]).(type) {
	case name:
		if e == "MacRomanEncoding" {
			table = charmap.Macintosh
		}
	case dict:
		if f.name(e["BaseEncoding"]) == "MacRomanEncoding" {
			table = charmap.Macintosh
		}
		differences = f.array(e["Differences"])
	}
	symbol := strings.Contains(base, "Symbol") && len(differences) == 0
	for i := range 256 {
		ft.letters[i] = string(table.DecodeByte(byte(i)))
		if s, ok := symbolText[byte(i)]; symbol && ok {
			ft.letters[i] = s
		}
	}
	code := 0
	for _, x := range differences {
		switch x := f.get(x).(type) {
		case int:
			code = x
		case name:
			if code >= 0 && code < 256 {
				ft.letters[code] = glyphText(x)
			}
			code++
		}
	}
	if m := f.array(d["FontMatrix"]); f.name(d["Subtype"]) == "Type3" && len(m) == 6 {
		ft.scale = f.float(m[0])
	}
	if w := f.array(d["Widths"]); len(w) > 0 {
		ft.missing = f.float(f.dict(d["FontDescriptor"])["MissingWidth"])
		first := f.int(d["FirstChar"])
		for i, x := range w[:min(len(w), 256)] {
			ft.width[first+i] = f.float(x)
		}
		return
	}
	if strings.Contains(base, "Courier") {
		ft.missing = 600
		return
	}
	factor := 1.0
	if strings.Contains(base, "Times") {
		factor = 0.9
	}
	for i, w := range helvetica {
		ft.width[32+i] = w * factor
	}
}

// each hands every code of s to visit: its text ("" when nothing tells it),
// its width as a part of the font size, and whether it is the one-byte space
// that word spacing widens.
func (ft *font) each(s str, visit func(text string, width float64, space bool)) {
	for i := 0; i < len(s); {
		code, n := int(s[i]), 1
		if ft.composite {
			if n = ft.cmap.codeLength(s[i:]); n > len(s)-i {
				return
			}
			code = 0
			for _, b := range []byte(s[i : i+n]) {
				code = code<<8 | int(b)
			}
		}
		i += n
		width, ok := ft.width[code]
		if !ok {
			width = ft.missing
		}
		visit(ft.text(code, n), width*ft.scale, n == 1 && code == 32)
	}
}

func (ft *font) text(code, n int) string {
	if ft.cmap != nil {
		if t, ok := ft.cmap.text[uint64(n)<<32|uint64(code)]; ok {
			return t
		}
		// Makers write codes of one byte as two, and the other way round.
		if t, ok := ft.cmap.text[uint64(3-n)<<32|uint64(code)]; ok && n < 3 {
			return t
		}
	}
	switch {
	case !ft.composite && code < 256:
		return ft.letters[code]
	case ft.utf16 && n == 2:
		return string(utf16.Decode([]uint16{uint16(code)}))
	}
	return ""
}

// cmap maps codes, with their lengths in bytes, to text.
type cmap struct {
	text   map[uint64]string // length<<32 | code
	ranges []codeRange
}

type codeRange struct {
	n         int
	low, high uint64
}

const maxCMap = 1 << 17

// codeLength returns how many bytes the first code of s has; two when nothing
// says otherwise.
func (m *cmap) codeLength(s str) int {
	if m == nil {
		return 2
	}
	for n := 1; n <= 4 && n <= len(s); n++ {
		code := codeOf(s[:n])
		for _, r := range m.ranges {
			if r.n == n && r.low <= code && code <= r.high {
				return n
			}
		}
	}
	return 2
}

func codeOf(s str) uint64 {
	var c uint64
	for _, b := range []byte(s) {
		c = c<<8 | uint64(b)
	}
	return c
}

// readCMap reads what it understands of a ToUnicode map and passes over the rest.
func (f *file) readCMap(data []byte) *cmap {
	m := &cmap{text: map[uint64]string{}}
	l := lexer{data: data}
	var args []any
	for i := 0; ; i++ {
		x, err := l.next(0)
		if err != nil || i%1024 == 0 && f.ctx.Err() != nil {
			break
		}
		op, isOp := x.(operator)
		if !isOp {
			if len(args) < 3*maxCMap {
				args = append(args, x)
			}
			continue
		}
		switch op {
		case "endcodespacerange":
			for ; len(args) >= 2 && len(m.ranges) < 64; args = args[2:] {
				low, ok1 := args[0].(str)
				high, ok2 := args[1].(str)
				if ok1 && ok2 && len(low) == len(high) && len(low) >= 1 && len(low) <= 4 {
					m.ranges = append(m.ranges, codeRange{len(low), codeOf(low), codeOf(high)})
				}
			}
		case "endbfchar":
			for ; len(args) >= 2; args = args[2:] {
				from, ok1 := args[0].(str)
				to, ok2 := args[1].(str)
				if ok1 && ok2 {
					m.set(len(from), codeOf(from), to, 0)
				}
			}
		case "endbfrange":
			for ; len(args) >= 3; args = args[3:] {
				m.setRange(args[0], args[1], args[2])
			}
		}
		args = args[:0]
	}
	f.objects -= len(m.text)
	if len(m.text) == 0 {
		return nil
	}
	return m
}

func (m *cmap) setRange(lo, hi, dst any) {
	low, ok1 := lo.(str)
	high, ok2 := hi.(str)
	if !ok1 || !ok2 || len(low) != len(high) || len(low) == 0 || len(low) > 4 {
		return
	}
	first, last := codeOf(low), codeOf(high)
	switch dst := dst.(type) {
	case str:
		for c := first; c <= last && len(m.text) < maxCMap; c++ {
			m.set(len(low), c, dst, int(c-first))
		}
	case array:
		for i, x := range dst {
			if to, ok := x.(str); ok && first+uint64(i) <= last {
				m.set(len(low), first+uint64(i), to, 0)
			}
		}
	}
}

// set maps a code to UTF-16 text whose last unit is raised by plus.
func (m *cmap) set(n int, code uint64, to str, plus int) {
	if n == 0 || n > 4 || len(m.text) >= maxCMap || len(to) > 64 {
		return
	}
	var units []uint16
	for i := 0; i+1 < len(to); i += 2 {
		units = append(units, uint16(to[i])<<8|uint16(to[i+1]))
	}
	if len(to) == 1 {
		units = []uint16{uint16(to[0])}
	}
	if len(units) > 0 {
		units[len(units)-1] += uint16(plus)
	}
	m.text[uint64(n)<<32|code] = string(utf16.Decode(units))
}
