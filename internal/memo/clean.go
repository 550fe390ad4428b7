package memo

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// visible returns s with everything in it that a reader could not see, or that
// would change how the rest is read, written out: control characters, overrides
// of the direction of writing, joiners without width, private characters. A
// signature must not stand under a text that only looks like what it says.
// White space becomes plain; lines are cut by whoever calls.
func visible(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\u00AD', unicode.Is(unicode.Variation_Selector, r): // a place to hyphenate; a wish for a look
		case r == '\n', r == '\r', r == '\t', r == '\u2028', r == '\u2029', r == '\u0085':
			b.WriteByte(' ')
		case unicode.Is(unicode.Zs, r) && r != '\u00A0' && r != '\u202F':
			b.WriteByte(' ')
		case unicode.Is(unicode.C, r):
			fmt.Fprintf(&b, "[U+%04X]", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// lines cuts what people wrote where they did, without blank lines at its ends.
func lines(s string) []text {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\u0085", "\n", "\v", "\n", "\f", "\n").Replace(s)
	var all []text
	if s = strings.Trim(s, "\n\t "); s == "" {
		return nil
	}
	for line := range strings.SplitSeq(s, "\n") {
		all = append(all, plain(strings.TrimRight(line, " \t")))
	}
	return all
}

func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host != ""
}
