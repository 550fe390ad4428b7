package memo

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
)

//go:embed fonts/*.gz
var fontFiles embed.FS

// face is one of the fonts that a PDF is set in.
type face int

const (
	regular face = iota
	boldFace
	italicFace
	eastern // Chinese, Japanese, Korean; loaded when it is needed
)

// faces say where a face lies, and what fpdf is to call it.
var faces = [...]struct{ file, family, style string }{
	regular:    {"LiberationSerif-Regular.ttf", "serif", ""},
	boldFace:   {"LiberationSerif-Bold.ttf", "serif", "B"},
	italicFace: {"LiberationSerif-Italic.ttf", "serif", "I"},
	eastern:    {"DroidSansFallback.ttf", "eastern", ""},
}

// font is an unpacked font with what laying out needs to know of it.
type font struct {
	data   []byte
	widths map[rune]int // of every character that it can draw, in thousandths of its size
}

// fonts are unpacked once, when the first memo needs them.
var fonts = [len(faces)]func() (*font, error){
	sync.OnceValues(func() (*font, error) { return loadFont(regular) }),
	sync.OnceValues(func() (*font, error) { return loadFont(boldFace) }),
	sync.OnceValues(func() (*font, error) { return loadFont(italicFace) }),
	sync.OnceValues(func() (*font, error) { return loadFont(eastern) }),
}

func loadFont(f face) (*font, error) {
	name := faces[f].file
	packed, err := fontFiles.ReadFile("fonts/" + name + ".gz")
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", name, err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", name, err)
	}
	widths, err := fontWidths(data)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return &font{data, widths}, nil
}

// fontWidths reads from a TrueType file which characters it can draw and how
// wide they are. fpdf knows the widths too, but not what is missing, and a
// character that is missing would vanish from a paper that somebody signs.
// It trusts the file, which is ours; a mistake in it is an error all the same.
func fontWidths(data []byte) (widths map[rune]int, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("it is cut short")
		}
	}()
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(data[at:])) }
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(data[at:])) }
	tables := map[string]int{}
	for i := range u16(4) {
		at := 12 + 16*i
		tables[string(data[at:at+4])] = u32(at + 8)
	}
	for _, name := range []string{"head", "hhea", "hmtx", "cmap"} {
		if tables[name] == 0 {
			return nil, fmt.Errorf("it has no table %s", name)
		}
	}
	unit, metrics := u16(tables["head"]+18), u16(tables["hhea"]+34)
	advance := func(glyph int) int {
		return int(math.Round(float64(u16(tables["hmtx"]+4*min(glyph, metrics-1))) * 1000 / float64(unit)))
	}
	segments := 0 // the table of format 4, which holds the first plane
	for i := range u16(tables["cmap"] + 2) {
		at := tables["cmap"] + 4 + 8*i
		if start := tables["cmap"] + u32(at+4); u16(at) == 3 && u16(at+2) == 1 && u16(start) == 4 {
			segments = start
		}
	}
	if segments == 0 {
		return nil, errors.New("it has no table of Unicode characters")
	}
	widths = map[rune]int{}
	n := u16(segments+6) / 2
	for i := range n {
		end, start := u16(segments+14+2*i), u16(segments+16+2*n+2*i)
		delta, place := u16(segments+16+4*n+2*i), segments+16+6*n+2*i
		for r := start; r <= end && r < 0xFFFF; r++ {
			glyph := r
			if offset := u16(place); offset != 0 {
				if glyph = u16(place + offset + 2*(r-start)); glyph == 0 {
					continue
				}
			}
			if glyph = (glyph + delta) & 0xFFFF; glyph != 0 {
				widths[rune(r)] = advance(glyph)
			}
		}
	}
	return widths, nil
}
