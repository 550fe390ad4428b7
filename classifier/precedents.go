package classifier

import (
	"context"

	"assay/corpus"
)

// Precedents finds decided cases like a product, so that they can weigh in its
// assessment. It is declared here and made elsewhere: the classifier knows
// nothing of cases, of who decided them or whose products they were.
type Precedents interface {
	// Like returns standing decisions on products that are like p, for any of
	// lists. Like the classifier itself it is blind to company and country.
	Like(ctx context.Context, p Product, lists []corpus.ListID) ([]Precedent, error)
}

// Precedent is what was decided about a product like the one assessed.
type Precedent struct {
	// Likeness is 0 for a product that is just like enough to count, 1 for one
	// in the same words.
	Likeness float64
	Codes    map[corpus.ListID][]string // decided, by list; none for "on no entry"
}

// FeaturePrecedents stands in Assessment.Features when decided cases took part
// in the weighing, whether or not any was like the product.
const FeaturePrecedents = "precedents"

// Decided is what decided cases say for a suggestion. It names none of them:
// who asks for an assessment may not be one to see them.
type Decided struct {
	Count    int     `json:"count"`    // like cases that were decided so
	Of       int     `json:"of"`       // like cases decided for the list
	Likeness float64 `json:"likeness"` // of the most alike of them, 0 to 1
	Bonus    float64 `json:"bonus"`    // added to the score
}

// precedentShare is the most that decided cases add to a score: as much as an
// official passage that stands out. It turns a near tie, and no more: at most eight
// times the odds. No set that we have could set it on evidence.
const precedentShare = 0.15

// inform adds to the candidates, and to "on no entry", what like cases were
// decided as. Decisions that differ share the bonus; one for a code that nothing else proposes counts for the
// nearest code above it that is proposed, if any.
func (w *weighed) inform(decided []Precedent, byCode map[string]*candidate) {
	sum, of := 0.0, 0
	for _, p := range decided {
		if _, ruled := p.Codes[w.list]; ruled {
			sum += weightOf(p)
			of++
		}
	}
	add := func(to **Decided, p Precedent) {
		if *to == nil {
			*to = &Decided{Of: of}
		}
		d := *to
		d.Count++
		d.Likeness = max(d.Likeness, p.Likeness)
		d.Bonus += weightOf(p)
	}
	for _, p := range decided {
		codes, ruled := p.Codes[w.list]
		if ruled && len(codes) == 0 {
			add(&w.decided, p)
		}
		for _, code := range codes {
			if c := proposed(byCode, code); c != nil {
				add(&c.decided, p)
			}
		}
	}
	finish := func(d *Decided) float64 {
		if d == nil {
			return 0
		}
		d.Bonus = precedentShare * (0.5 + 0.5*d.Likeness) * min(1, d.Bonus/sum)
		return d.Bonus
	}
	w.unlisted += finish(w.decided)
	for _, c := range byCode {
		c.score += finish(c.decided)
	}
}

// weightOf lets a case that is just like enough count for a quarter of one in
// the same words.
func weightOf(p Precedent) float64 { return 0.25 + 0.75*p.Likeness }

// proposed returns the candidate at code or at the nearest code above it.
func proposed(byCode map[string]*candidate, code string) *candidate {
	if c := byCode[code]; c != nil {
		return c
	}
	above := corpus.AncestorsOf(code)
	for i := range above {
		if c := byCode[above[len(above)-1-i]]; c != nil {
			return c
		}
	}
	return nil
}
