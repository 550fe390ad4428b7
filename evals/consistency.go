package evals

import (
	"context"

	"assay/classifier"
	"assay/corpus"
)

// Variation says how often a product said in another way got the same code.
type Variation struct {
	Name    string         `json:"name"`
	Same    Figure         `json:"same"`
	Changed []ChangedRow   `json:"changed,omitempty"`
	Counts  map[string]int `json:"counts"` // products said otherwise, answers that went from right to wrong and back
}

// ChangedRow is a product whose first code depends on how it is said.
type ChangedRow struct {
	ID   string        `json:"id"`
	List corpus.ListID `json:"list"`
	Was  string        `json:"was"`
	Is   string        `json:"is"`
}

// Consistency assesses every row of run's set in every variant and compares
// first codes with those of run. Step is called after each product.
func Consistency(ctx context.Context, c Classifier, set Set, run Run, o Options) ([]Variation, error) {
	type answer struct {
		ID, Family string
		same       bool
	}
	was := map[corpus.ListID]map[string]Scored{}
	for _, l := range run.Lists {
		was[l.List] = map[string]Scored{}
		for _, s := range l.Rows {
			was[l.List][s.ID] = s
		}
	}
	var out []Variation
	for _, variant := range Variants() {
		said := Set{Name: set.Name}
		for _, row := range set.Rows {
			q, changed := variant.Of(row.Product)
			if !changed || q.Validate() != nil {
				continue
			}
			row.Product = q
			said.Rows = append(said.Rows, row)
		}
		if len(said.Rows) == 0 {
			continue
		}
		again, err := Measure(ctx, c, said, Options{Seed: o.Seed, Parallel: o.Parallel, Now: o.Now, Step: o.Step})
		if err != nil {
			return nil, err
		}
		v := Variation{Name: variant.Name, Counts: map[string]int{"products": len(said.Rows), "lost": 0, "won": 0}}
		var answers []answer
		for _, l := range again.Lists {
			for _, s := range l.Rows {
				before, ok := was[l.List][s.ID]
				if !ok {
					continue
				}
				same := before.First() == s.First()
				answers = append(answers, answer{s.ID, s.Family, same})
				if !same {
					v.Changed = append(v.Changed, ChangedRow{s.ID, l.List, before.First(), s.First()})
				}
				if before.Right() && !s.Right() {
					v.Counts["lost"]++
				}
				if !before.Right() && s.Right() {
					v.Counts["won"]++
				}
			}
		}
		share := func(as []answer) float64 {
			n := 0.0
			for _, a := range as {
				n += flag(a.same)
			}
			return n / float64(len(as))
		}
		v.Same = Figure{Name: variant.Name, Mean: share(answers), N: len(answers)}
		v.Same.Low, v.Same.High = interval(answers, func(a answer) string { return a.Family }, share, o.Seed)
		out = append(out, v)
	}
	return out, nil
}

var _ Classifier = (*classifier.Classifier)(nil)
