package documents

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sink gathers text up to a limit. What comes after is dropped and full is
// set, so that a reader can stop early.
type sink struct {
	strings.Builder
	max  int
	full bool
}

func (s *sink) add(text string) {
	if s.full {
		return
	}
	if room := s.max - s.Len(); len(text) > room {
		s.full = true
		text = Cut(text, room)
	}
	s.WriteString(text)
}

// line adds text as a line of its own; an empty one parts paragraphs.
func (s *sink) line(text string) {
	s.add(text)
	s.add("\n")
}

// Cut returns at most n bytes of s, ending with a whole rune, and with a
// whole line when that costs less than a tenth.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[:max(n, 0)]
	for len(s) > 0 {
		if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	if i := strings.LastIndexByte(s, '\n'); i >= len(s)-len(s)/10 {
		s = s[:i]
	}
	return s
}

// spelled are letters that typesetting joined, for words are looked up without,
// and what old fonts keep in the private area of Unicode: two ligatures, and
// those signs of the Symbol font that no font of bullets puts to another use.
var spelled = map[rune]string{
	'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl", 'ﬅ': "st", 'ﬆ': "st", '\uf001': "fi", '\uf002': "fl",
	'\uf06d': "µ", '\uf057': "Ω", '\uf0b0': "°", '\uf0b1': "±", '\uf0a3': "≤", '\uf0b3': "≥", '\uf0b4': "×", '\uf0b7': "•",
}

// unprintable reports control and format characters, line breaks and tabs
// among them: NUL, escapes, marks that turn the direction of writing, tags.
func unprintable(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' ||
		unicode.Is(unicode.Co, r) || r == utf8.RuneError || r == '\ufffe' || r == '\uffff'
}

// clean makes text safe to store, show and match: valid UTF-8, lines parted by
// \n, no control characters but \n and \t, no spaces at the ends of lines, at
// most one empty line in a row. A word parted at a soft hyphen is joined;
// a plain hyphen at the end of a line stays, for part numbers hold hyphens.
func clean(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n", "\v", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n").
		Replace(strings.ToValidUTF8(text, ""))
	text = joinSoftHyphens(text)
	var b strings.Builder
	b.Grow(len(text))
	empty := 2 // empty lines before the first line are dropped
	for line := range strings.SplitSeq(text, "\n") {
		line = cleanLine(line)
		if line == "" {
			empty++
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
			if empty > 0 {
				b.WriteByte('\n')
			}
		}
		empty = 0
		b.WriteString(line)
	}
	return b.String()
}

func cleanLine(line string) string {
	var b strings.Builder
	b.Grow(len(line))
	for _, r := range line {
		switch s, ok := spelled[r]; {
		case ok:
			b.WriteString(s)
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case r == '\t' || !unprintable(r):
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}

// joinSoftHyphens takes soft hyphens out, with the line break that follows one.
func joinSoftHyphens(text string) string {
	const soft = "\u00ad"
	if !strings.Contains(text, soft) {
		return text
	}
	parts := strings.Split(text, soft)
	for i, p := range parts[1:] {
		if t := strings.TrimLeft(p, " \t"); strings.HasPrefix(t, "\n") {
			parts[i+1] = strings.TrimLeft(t[1:], " \t")
		}
	}
	return strings.Join(parts, "")
}
