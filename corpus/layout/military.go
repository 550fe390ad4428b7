package layout

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"assay/corpus"
	"assay/corpus/internal/draft"
)

var (
	militaryEntry = regexp.MustCompile(`^ML([0-9]{1,2})(\s{2,})(.*)$`)
	militaryTerms = regexp.MustCompile(`^DEFINITIONS OF TERMS USED IN THIS LIST$`)
	militaryTerm  = regexp.MustCompile(`^(?:ML ?([0-9]{1,2}(?:[ ,]+[0-9]{1,2})*)\s+)?("[^"]+"(?:\s*\([^()]*\))?)$`)
)

const militaryEntries = 22

// ReadCommonMilitary reads the EU Common Military List from layout text. The
// edition's date is src.Date, or the first date in the pages before the list.
// The error is a *corpus.ReadError.
func ReadCommonMilitary(src corpus.Source) (*corpus.Edition, error) {
	return readCommonMilitary(src, militaryEntries)
}

func readCommonMilitary(src corpus.Source, want int) (*corpus.Edition, error) {
	d, err := draft.New(src)
	if err != nil {
		return nil, err
	}
	lines, err := printedLines(d, src.Data)
	if err != nil {
		return nil, err
	}
	m := &military{outline: outline{d: d, step: 3}}
	for i, l := range lines {
		if m.err != nil {
			break
		}
		next := ""
		if i+1 < len(lines) {
			next = lines[i+1].text
		}
		m.line(l, next)
	}
	switch {
	case m.err != nil:
		return nil, m.err
	case m.entries == 0:
		return nil, d.Errorf(0, "", remedyLayout, "no entry ML1 was found; this is not the layout text of the Common Military List")
	case m.entries != want:
		return nil, d.Errorf(0, m.code, remedyLayout, "%d entries were found, not ML1 to ML%d", m.entries, want)
	case !m.terms:
		return nil, d.Errorf(0, m.code, remedyLayout, "the definitions at the end of the list are missing")
	case !m.defines("Technology"):
		return nil, d.Errorf(0, "definitions", remedyLayout, "the definitions end before Technology")
	}
	meta, err := src.Meta(corpus.EUMilitary, FormatMilitary, firstDate(m.before))
	if err != nil {
		return nil, d.Refusal(err)
	}
	meta.Title = "Common Military List of the European Union"
	meta.Attribution = attribution
	if err := m.finish(); err != nil {
		return nil, err
	}
	return d.Edition(meta)
}

// military is the state of reading the Common Military List.
type military struct {
	outline
	before  []string // lines before the list, where a date may stand
	entries int
	terms   bool // the definitions have begun
}

// defines reports whether term is among the definitions.
func (m *military) defines(term string) bool {
	return slices.ContainsFunc(m.blocks, func(b *block) bool { return b.Kind == corpus.KindDefinition && b.Label == term })
}

func (m *military) line(l line, next string) {
	if m.terms {
		m.definition(l)
		return
	}
	if e := militaryEntry.FindStringSubmatch(l.text); e != nil && l.col <= 2 && e[1] == strconv.Itoa(m.entries+1) {
		m.entries++
		m.open(l, "ML"+e[1], corpus.KindEntry, "", e[3])
		return
	}
	switch {
	case m.entries == 0:
		m.before = append(m.before, l.text)
	case militaryTerms.MatchString(l.text):
		m.terms = true
		m.open(l, "", corpus.KindHeading, "", draft.Fold(l.text))
	default:
		m.take(l, next)
	}
}

// definition reads the list of terms: the entries that a term is used in
// stand left of it, its meaning below.
func (m *military) definition(l line) {
	if t := militaryTerm.FindStringSubmatch(draft.Fold(l.text)); t != nil && l.blank || t != nil && t[1] != "" {
		label, short, _ := strings.Cut(strings.TrimPrefix(t[2], `"`), `"`)
		p := corpus.Passage{ID: "#definition-" + draft.Slug(label), Kind: corpus.KindDefinition, Label: label}
		if strings.HasPrefix(short, ` ("`) {
			p.Label += short
		}
		for _, n := range strings.FieldsFunc(t[1], func(r rune) bool { return r == ' ' || r == ',' }) {
			p.AppliesTo = append(p.AppliesTo, "ML"+n)
		}
		m.add(l, p, t[2])
		return
	}
	// Notes before the first term say how to read the definitions, and nothing of the entries.
	if _, label, rest, ok := draft.Label(draft.Fold(l.text)); ok && m.now.Kind != corpus.KindDefinition {
		m.add(l, corpus.Passage{Kind: corpus.KindAdministrative, Label: label}, rest)
		return
	}
	if m.now.Kind == corpus.KindHeading {
		m.add(l, corpus.Passage{Kind: corpus.KindAdministrative}, l.text)
		return
	}
	m.write(l.text)
}
