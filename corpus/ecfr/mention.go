package ecfr

import (
	"regexp"
	"slices"
	"strings"

	"assay/corpus"
)

// Notes, requirements and exceptions name the paragraphs they speak of in
// shortened lists: "5A001.a, b.5, .e and .f.3", "3B001.a.1 to a.3",
// "1C351.d.15 and .16", "paragraphs .a through .c".

var (
	fullMention = regexp.MustCompile(`^(\d[A-E]\d{3})((?:\s?\.\s?(?:[a-z]{1,2}|\d{1,3})\b)*)\.?`)
	tailMention = regexp.MustCompile(`^(\.\s?)?((?:[a-z]|\d{1,3})(?:\.(?:[a-z]{1,2}|\d{1,3})\b)*)\.?`)
	separator   = regexp.MustCompile(`^(?:\s*[,;])?(?:\s*\.?\b(and to|and|or|through|thru|to)\b\s*|\s+|$)(?:(?:ECCNs?|paragraphs?)\s+)?`)
	preamble    = regexp.MustCompile(`^(?:(?:the |this )?(?:ECCNs?|[Pp]aragraphs?)\s+)+`)
	after       = regexp.MustCompile(`^(?:[,;:.)\s]*$|\s*[,;:)]|\s+(?:and|or|to|through|of|if|when|only|for|in)\b)`)
)

// maxMentions bounds the codes that one passage can name: the longest list in
// the CCL has a few dozen.
const maxMentions = 500

// A resolver turns mentions into codes.
type resolver struct {
	known map[string]bool // codes of entries and paragraphs that exist
	above map[string]bool // codes that only stand above an existing one
}

func newResolver(passages []corpus.Passage) *resolver {
	r := &resolver{known: map[string]bool{}, above: map[string]bool{}}
	for _, p := range passages {
		if p.Kind != corpus.KindEntry && p.Kind != corpus.KindParagraph {
			continue
		}
		r.known[p.Code] = true
		for _, up := range corpus.AncestorsOf(p.Code) {
			r.above[up] = true
		}
	}
	return r
}

// exists reports whether code is a paragraph or stands above one.
func (r *resolver) exists(code string) bool { return r.known[code] || r.above[code] }

// list reads the mentions that s begins with. entry is the entry that
// shortened mentions belong to. It returns the codes and the rest of s.
func (r *resolver) list(s, entry string) (codes []string, rest string) {
	s = strings.TrimSpace(s)
	s = s[len(preamble.FindString(s)):]
	prev, ranged := "", false
	for {
		code, n := r.one(s, entry, prev)
		if n == 0 || len(codes) >= maxMentions {
			return codes, s
		}
		if ranged {
			codes = append(codes, r.span(prev, code)...)
		} else if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
		prev, s = code, s[n:]
		m := separator.FindStringSubmatch(s)
		if m == nil || m[0] == "" {
			return codes, s
		}
		if _, n := r.one(s[len(m[0]):], entry, prev); n == 0 {
			return codes, s
		}
		s = s[len(m[0]):]
		ranged = m[1] == "to" || m[1] == "through" || m[1] == "thru"
	}
}

// one reads a single mention at the start of s and returns the number of
// bytes it takes, 0 when there is none.
func (r *resolver) one(s, entry, prev string) (code string, n int) {
	if m := fullMention.FindStringSubmatch(s); m != nil {
		return m[1] + strings.ReplaceAll(m[2], " ", ""), len(strings.TrimSuffix(m[0], "."))
	}
	m := tailMention.FindStringSubmatch(s)
	if m == nil || entry == "" {
		return "", 0
	}
	dotted, tail := m[1] != "", m[2]
	n = len(m[1]) + len(tail)
	if !dotted && (isNumber(tail) || !strings.Contains(tail, ".") && !after.MatchString(s[n:])) {
		return "", 0 // "3A001, a device" and "3A001 and 2 others" mention no paragraph
	}
	if n < len(s) && (s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z' || s[n] >= '0' && s[n] <= '9') {
		return "", 0
	}
	base := entry
	if prev != "" && corpus.EntryOf(prev) != entry {
		base = corpus.EntryOf(prev)
	}
	code = base + "." + tail
	if prev != "" && (isNumber(tail) || !r.exists(code)) {
		if up := corpus.ParentOf(prev); up != "" && (isNumber(tail) || r.exists(up+"."+tail)) {
			code = up + "." + tail
		}
	}
	if isNumber(tail) && prev == "" {
		return "", 0
	}
	return code, n
}

// span returns the codes after from up to to, which must be siblings; else it
// returns to alone. Siblings that do not exist are left out.
func (r *resolver) span(from, to string) []string {
	up := corpus.ParentOf(from)
	if up == "" || up != corpus.ParentOf(to) {
		return []string{to}
	}
	var codes []string
	for _, part := range between(from[len(up)+1:], to[len(up)+1:]) {
		if code := up + "." + part; r.exists(code) && code != from {
			codes = append(codes, code)
		}
	}
	if codes == nil {
		return []string{to}
	}
	return codes
}

// all returns every code of entry that s mentions anywhere.
func (r *resolver) all(s, entry string) []string {
	var own []string
	for {
		m := mentionStart.FindStringSubmatchIndex(s)
		if m == nil || len(own) >= maxMentions {
			return own
		}
		codes, rest := r.list(s[m[2]:], entry)
		if len(codes) == 0 {
			rest = s[m[3]:]
		}
		for _, c := range codes {
			if corpus.EntryOf(c) == entry && !slices.Contains(own, c) {
				own = append(own, c)
			}
		}
		s = rest
	}
}

var mentionStart = regexp.MustCompile(`(?:^|[\s(])(\d[A-E]\d{3}\b|\.[a-z]\b)`)

// common returns the nearest code that covers all codes, "" when they lie in
// different entries.
func common(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	up := codes[0]
	for _, c := range codes[1:] {
		for up != "" && !corpus.Covers(up, c) {
			up = corpus.ParentOf(up)
		}
	}
	return up
}
