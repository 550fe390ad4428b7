package draft

import (
	"regexp"
	"strings"

	"assay/corpus"
)

var (
	annexTerm = regexp.MustCompile(`^"([^"]+)"(?:[^"]*\("([^"]+)"\))?[^"]{0,60}?\(((?:GTN|GSN|NTN|NSN|All|[0-9])(?:,? (?:GTN|GSN|NTN|NSN|All|[0-9]))*)\)`)
	seeTerm   = regexp.MustCompile(`^"([^"]+)"[^"]{0,40} - see "`)
)

// Definition reads the first line of a definition, `"Laser" (0 1 2 3 5) is …`.
// The text keeps the term, because the sentence needs it; ok is false when the
// line opens no definition.
func Definition(line string) (corpus.Passage, bool) {
	p := corpus.Passage{Kind: corpus.KindDefinition, Text: line}
	switch m := annexTerm.FindStringSubmatch(line); {
	case m != nil:
		p.Label = m[1]
		p.Marks = []string{"categories=" + strings.ReplaceAll(m[3], ",", "")}
	default:
		if m = seeTerm.FindStringSubmatch(line); m == nil {
			return p, false
		}
		p.Label = m[1]
	}
	p.ID = "#definition-" + Slug(p.Label)
	return p, true
}
