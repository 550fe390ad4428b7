package draft

import (
	"fmt"
	"regexp"
	"strings"

	"assay/corpus"
)

// Behind its term a definition prints where the term is used: categories, the
// general notes by their initials, "All", or "def" for other definitions only.
var (
	annexTerm = regexp.MustCompile(`^"([^"]+)"(?:[^"]*\("([^"]+)"\))?[^"]{0,60}?\(((?:GTN|GSN|NTN|NSN|GISN|All|def|[0-9])(?:,? (?:GTN|GSN|NTN|NSN|GISN|All|def|[0-9]))*)\)`)
	seeTerm   = regexp.MustCompile(`^"([^"]+)"[^"]{0,40} - see "`)
)

// Definition reads the first line of a definition, `"Laser" (0 1 2 3 5) is …`.
// The text keeps the term, because the sentence needs it; the label is the
// term, with its short form behind it when there is one: `Fast Thing ("FT")`.
// ok is false when the line opens no definition.
func Definition(line string) (corpus.Passage, bool) {
	p := corpus.Passage{Kind: corpus.KindDefinition, Text: line}
	switch m := annexTerm.FindStringSubmatch(line); {
	case m != nil:
		p.ID = "#definition-" + Slug(m[1])
		p.Label = m[1]
		if m[2] != "" {
			p.Label = fmt.Sprintf("%s (%q)", m[1], m[2])
		}
		p.Marks = []string{"categories=" + strings.ReplaceAll(m[3], ",", "")}
	default:
		if m = seeTerm.FindStringSubmatch(line); m == nil {
			return p, false
		}
		p.ID, p.Label = "#definition-"+Slug(m[1]), m[1]
	}
	return p, true
}
