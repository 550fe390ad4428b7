package draft

import (
	"regexp"
	"strings"

	"assay/corpus"
)

// The notes about the whole of Annex I that speak of technology, of software
// or of information security only, and the product group of each.
var noteGroups = map[string]string{
	"Nuclear Technology Note":           "E",
	"General Technology Note":           "E",
	"Nuclear Software Note":             "D",
	"General Software Note":             "D",
	"General Information Security Note": "",
}

var categories = regexp.MustCompile(`\b[Cc]ategor(?:y|ies)\s+([0-9])(?:\s+to\s+([0-9]))?`)

// NoteScope returns the groups or entries that a note about the whole of
// Annex I speaks of: the software or technology groups of the categories that
// its text names first, or security, the entries of Category 5, Part 2, for
// the note about information security. It returns nil, which means the whole
// list, for any other label and for a text that names no category.
func NoteScope(label, text string, security []string) []string {
	group, ok := noteGroups[label]
	switch {
	case !ok:
		return nil
	case group == "":
		return security
	}
	m := categories.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	var scope []string
	first := m[1][0]
	last := first
	if m[2] != "" {
		last = m[2][0]
	}
	for c := first; c <= last; c++ {
		scope = append(scope, string(c)+group)
	}
	return scope
}

// PartOf returns those of the entries codes that belong to a part, "1" or "2",
// of Category 5, given by its number or by a group of it ("5", "5A"). Part 1
// holds the x001 and the x1xx entries, Part 2 the x002 to x099.
func PartOf(outer, part string, codes []string) []string {
	var in []string
	for _, c := range codes {
		if !corpus.Covers(outer, c) || len(c) < 5 {
			continue
		}
		if second := strings.HasPrefix(c[2:], "0") && c[2:] != "001"; second == (part == "2") {
			in = append(in, c)
		}
	}
	return in
}
