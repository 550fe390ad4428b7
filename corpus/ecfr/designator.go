package ecfr

import "strings"

// A designator is what numbers a paragraph of the CCL below its entry:
// "b.2.a". Letters and numbers alternate; it is printed with or without the
// final dot.

const maxParts = 12

// cutDesignator splits the designator off the front of s. It returns its
// parts, how it was printed and the text that follows; parts is nil when s
// begins otherwise. A bare number ("1.") is a designator relative to the
// paragraph before it.
//
// More than maxParts are no designator: the list goes seven deep.
func cutDesignator(s string) (parts []string, label, rest string) {
	i := 0
	dotted := false
	for i < len(s) {
		part := designatorPart(s[i:])
		if part == "" {
			break
		}
		if len(parts) == maxParts {
			return nil, "", ""
		}
		end := i + len(part)
		if end < len(s) && s[end] != '.' && s[end] != ' ' && s[end] < 0x80 && len(parts) > 0 && !dotted {
			break
		}
		if next := s[end:]; next != "" && next[0] != '.' && next[0] != ' ' {
			// "a3" or "Items" is a word, not a designator.
			return nil, "", ""
		}
		parts = append(parts, part)
		i, dotted = end, false
		for i < len(s) && s[i] == '.' {
			i, dotted = i+1, true
		}
		if !dotted {
			break
		}
	}
	if len(parts) == 0 || len(parts) == 1 && !dotted || !alternate(parts) {
		return nil, "", ""
	}
	if i < len(s) && s[i] != ' ' && !dotted {
		return nil, "", ""
	}
	return parts, strings.TrimRight(s[:i], "."), strings.TrimSpace(s[i:])
}

// designatorPart returns the one or two small letters, or the number of at
// most three digits, that s begins with. "a.The" has the part "a" alone.
func designatorPart(s string) string {
	digits, letters := 0, 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	for letters < len(s) && s[letters] >= 'a' && s[letters] <= 'z' {
		letters++
	}
	switch {
	case digits > 0 && digits <= 3:
		return s[:digits]
	case letters > 0 && letters <= 2:
		return s[:letters]
	}
	return ""
}

// alternate reports whether letters and numbers take turns, a number twice in
// a row being allowed ("f.2.1").
func alternate(parts []string) bool {
	for i := 1; i < len(parts); i++ {
		if !isNumber(parts[i]) && !isNumber(parts[i-1]) {
			return false
		}
	}
	return true
}

func isNumber(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// successor reports whether part b directly follows part a: 3 after 2, c after
// b, aa after z.
func successor(a, b string) bool {
	return b == next(a)
}

// next returns the part that follows p among its siblings.
func next(p string) string {
	if isNumber(p) {
		n := 0
		for _, c := range p {
			n = 10*n + int(c-'0')
		}
		return itoa(n + 1)
	}
	last := p[len(p)-1]
	if last < 'z' {
		return p[:len(p)-1] + string(last+1)
	}
	return strings.Repeat("a", len(p)+1)
}

// previous returns the part that p follows, "" when p is the first.
func previous(p string) string {
	switch {
	case p == "a" || p == "1" || p == "":
		return ""
	case isNumber(p):
		n := 0
		for _, c := range p {
			n = 10*n + int(c-'0')
		}
		return itoa(max(n-1, 0))
	case p[len(p)-1] > 'a':
		return p[:len(p)-1] + string(p[len(p)-1]-1)
	}
	return strings.Repeat("z", len(p)-1)
}

// between returns the siblings from one part to another, both included, or
// nil when they do not run upwards or are more than a hundred.
func between(from, to string) []string {
	run := []string{from}
	for p := from; p != to; run = append(run, p) {
		if p = next(p); len(run) >= 100 || isNumber(p) != isNumber(to) {
			return nil
		}
	}
	return run
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}
