package memo

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// spelled writes a character that a font lacks in others that mean the same:
// letters of a unit, a ligature, a wide form. It returns "" where that would
// change what a figure says: without its shape, 10⁶ would be 106, and 1⅔ be 12/3.
func spelled(r rune) string {
	in := func(from, to rune) bool { return r >= from && r <= to }
	parts := norm.NFKC.String(string(r))
	switch {
	case parts == string(r):
		return ""
	case in(0x2460, 0x24FF), in(0x3200, 0x32FF): // in circles and brackets
		if !strings.HasPrefix(parts, "(") {
			parts = "(" + parts + ")"
		}
		return parts
	case in(0x2010, 0x2011), in(0x2100, 0x214F), in(0x2160, 0x217F), in(0x3300, 0x33FF), in(0xFB00, 0xFB06), in(0xFF00, 0xFFEF):
		return parts
	}
	return ""
}

// isEastern tells what is written without spaces between words.
func isEastern(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r >= 0x3000 && r < 0x3040 || r >= 0xFF00 && r < 0xFFF0
}

// drawn returns text of one line in the order in which it is drawn, from left
// to right. Letters of scripts that join are not joined.
func drawn(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x590 && r < 0x900 || r >= 0xFB1D && r < 0xFEFF }) {
		return text
	}
	var p bidi.Paragraph
	if _, err := p.SetString(text, bidi.DefaultDirection(bidi.LeftToRight)); err != nil {
		return text
	}
	order, err := p.Order()
	if err != nil {
		return text
	}
	// The runs come as they are read. Those of a stretch from right to left,
	// with the numbers in it, are drawn the other way round.
	var runs []string
	var back []bool
	add := func(s string, b bool) { runs, back = append(runs, s), append(back, b) }
	for i := range order.NumRuns() {
		run := order.Run(i)
		said := run.String()
		if run.Direction() == bidi.RightToLeft {
			add(bidi.ReverseString(said), true)
			continue
		}
		// A number right behind such a stretch belongs to it.
		if n := len(said) - len(strings.TrimLeft(said, "0123456789.,:/%+-°")); n > 0 && n < len(said) && len(runs) > 0 && back[len(back)-1] {
			add(said[:n], false)
			said = said[n:]
		}
		add(said, false)
	}
	if order.Direction() == bidi.RightToLeft {
		slices.Reverse(runs)
		return strings.Join(runs, "")
	}
	for i := 0; i < len(runs); i++ {
		end := i
		for j := i; j < len(runs) && back[i]; j++ {
			if !back[j] && (runs[j] == "" || !unicode.IsDigit(rune(runs[j][0])) || strings.ContainsFunc(runs[j], unicode.IsLetter)) {
				break
			}
			end = j
		}
		slices.Reverse(runs[i : end+1])
		i = end
	}
	return strings.Join(runs, "")
}
