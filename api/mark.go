package api

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"assay/classifier/reading"
)

// piece is a stretch of text that is shown in one way.
type piece struct {
	Text  string
	Quote bool // part of what a citation quotes
	Word  bool // matches: a found term, or a word that product and citation share
}

// stretch is a range of bytes of a text.
type stretch struct{ start, end int }

// cut divides text into pieces so that quote and words can be shown. Ranges
// that overlap are merged, and none can split a character or lie outside.
func cut(text string, quote stretch, words []stretch) []piece {
	quote = inside(text, quote)
	words = merge(text, words)
	edges := []int{0, len(text), quote.start, quote.end}
	for _, w := range words {
		edges = append(edges, w.start, w.end)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var pieces []piece
	for i := 0; i+1 < len(edges); i++ {
		from, to := edges[i], edges[i+1]
		word := slices.ContainsFunc(words, func(w stretch) bool { return w.start <= from && to <= w.end })
		pieces = append(pieces, piece{Text: plain(text[from:to]), Quote: quote.start <= from && to <= quote.end, Word: word})
	}
	return pieces
}

// inside clamps s to whole characters of text; an empty range stays empty.
func inside(text string, s stretch) stretch {
	s.start, s.end = max(0, min(s.start, len(text))), max(0, min(s.end, len(text)))
	if s.end <= s.start {
		return stretch{}
	}
	for s.start > 0 && !utf8.RuneStart(text[s.start]) {
		s.start--
	}
	for s.end < len(text) && !utf8.RuneStart(text[s.end]) {
		s.end++
	}
	return s
}

// merge sorts ranges and joins those that overlap or have only a blank or a
// hyphen between them, so that a term of three words is one mark.
func merge(text string, all []stretch) []stretch {
	var out []stretch
	for _, s := range all {
		if s = inside(text, s); s.end > s.start {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b stretch) int { return a.start - b.start })
	merged := out[:0]
	for _, s := range out {
		if n := len(merged); n > 0 {
			last := &merged[n-1]
			if s.start <= last.end || strings.Trim(text[last.end:s.start], " -") == "" {
				last.end = max(last.end, s.end)
				continue
			}
		}
		merged = append(merged, s)
	}
	return merged
}

// whole widens ranges to whole words of Latin letters and digits: half a word
// marked, as the G of 2G, looks like a mistake.
func whole(text string, all []stretch) []stretch {
	out := make([]stretch, 0, len(all))
	for _, s := range all {
		if s = inside(text, s); s.end > s.start {
			for s.start > 0 && latin(text[s.start-1]) && latin(text[s.start]) {
				s.start--
			}
			for s.end < len(text) && latin(text[s.end-1]) && latin(text[s.end]) {
				s.end++
			}
			out = append(out, s)
		}
	}
	return out
}

func latin(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// wordsOf returns the stems that count in a text.
func wordsOf(text string) map[string]bool {
	stems := map[string]bool{}
	for _, t := range reading.Tokens(text) {
		if t.Kind != reading.Number && !reading.Ignored(t.Stem) {
			stems[t.Stem] = true
		}
	}
	return stems
}

// shared returns where words of stems stand in text.
func shared(text string, stems map[string]bool) []stretch {
	var at []stretch
	for _, t := range reading.Tokens(text) {
		// A single letter is a designator or a unit, and shared by chance.
		if t.Kind != reading.Number && t.End-t.Start > 1 && stems[t.Stem] {
			at = append(at, stretch{t.Start, t.End})
		}
	}
	return at
}

// plain makes controls of writing direction visible. They can make a text read
// otherwise than it is stored, and here people compare texts.
func plain(s string) string {
	if !strings.ContainsFunc(s, deceptive) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if deceptive(r) {
			fmt.Fprintf(&b, "[U+%04X]", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func deceptive(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c ||
		r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f
}
