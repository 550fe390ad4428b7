package evals

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"assay/classifier"
	"assay/classifier/embedding"
	"assay/review"
)

// Likeness says how a model's cosines tell products that are alike from others,
// which is what the floors of review are chosen by. Siblings are two rows of one family:
// the same sort of product, with other figures. Any other two are unrelated.
// Retold is a row told again without its name, its sentences in reverse order and every fifth word left out.
type Likeness struct {
	Model     string         `json:"model"`
	Set       string         `json:"set"`
	Rows      int            `json:"rows"`
	Siblings  int            `json:"siblings"`  // pairs
	Unrelated int            `json:"unrelated"` // pairs
	Floors    review.Floors  `json:"floors"`
	Measured  bool           `json:"measured"` // the floors were chosen by such a measurement
	Steps     []LikenessStep `json:"steps"`
}

// LikenessStep counts what is at least as similar as Floor.
type LikenessStep struct {
	Floor     float64 `json:"floor"`
	Siblings  int     `json:"siblings"`
	Unrelated int     `json:"unrelated"`
	SameCode  int     `json:"same_code"` // of these pairs, those with the same codes on every list that both are labelled for
	Retold    int     `json:"retold"`    // rows that are that similar to themselves, told again
}

// MeasureLikeness compares the rows of set by the vectors of e, in steps of 0.05.
func MeasureLikeness(ctx context.Context, set Set, e embedding.Embedder) (Likeness, error) {
	l := Likeness{Model: e.Name(), Set: set.Name, Rows: len(set.Rows)}
	l.Floors, l.Measured = review.FloorsOf(e.Name())
	texts := make([]string, 0, 2*len(set.Rows))
	for _, r := range set.Rows {
		texts = append(texts, review.Text(r.Product))
	}
	for _, r := range set.Rows {
		texts = append(texts, review.Text(retold(r.Product)))
	}
	vectors, err := e.Embed(ctx, texts)
	if err != nil {
		return l, err
	}
	for step := range 15 {
		l.Steps = append(l.Steps, LikenessStep{Floor: float64(25+5*step) / 100})
	}
	count := func(cosine float32, add func(*LikenessStep)) {
		for i := range l.Steps {
			if float64(cosine) >= l.Steps[i].Floor {
				add(&l.Steps[i])
			}
		}
	}
	for i, a := range set.Rows {
		count(embedding.Dot(vectors[i], vectors[len(set.Rows)+i]), func(s *LikenessStep) { s.Retold++ })
		for j := range i {
			b := set.Rows[j]
			sibling, same := a.Family == b.Family, sameLabels(a, b)
			if sibling {
				l.Siblings++
			} else {
				l.Unrelated++
			}
			count(embedding.Dot(vectors[i], vectors[j]), func(s *LikenessStep) {
				if sibling {
					s.Siblings++
				} else {
					s.Unrelated++
				}
				if same {
					s.SameCode++
				}
			})
		}
	}
	return l, nil
}

func sameLabels(a, b Row) bool {
	shared := false
	for list, codes := range a.Labels {
		other, ok := b.Labels[list]
		if ok && !slices.Equal(codes, other) {
			return false
		}
		shared = shared || ok
	}
	return shared
}

func retold(p classifier.Product) classifier.Product {
	p.Name = ""
	sentences := strings.SplitAfter(p.Description, ". ")
	slices.Reverse(sentences)
	var kept []string
	for i, w := range strings.Fields(strings.Join(sentences, " ")) {
		if i%5 != 4 {
			kept = append(kept, w)
		}
	}
	p.Description = strings.Join(kept, " ")
	return p
}

// WriteLikeness writes l as a table for people.
func WriteLikeness(w io.Writer, l Likeness) error {
	chosen := "guessed: they were not measured for this model"
	if l.Measured {
		chosen = "chosen by this measurement"
	}
	_, err := fmt.Fprintf(w, "%s, %d rows of %s: %d pairs of siblings, %d pairs of unrelated rows\nfloors: %.2f like, %.2f warns of a contradiction; %s\n\n"+
		"cosine ≥   siblings        unrelated           same codes   retold\n", l.Model, l.Rows, l.Set, l.Siblings, l.Unrelated, l.Floors.Like, l.Floors.Contradict, chosen)
	for _, s := range l.Steps {
		if err == nil {
			_, err = fmt.Fprintf(w, "%.2f      %5d %5.1f %%   %6d %7.3f %%   %5.1f %%      %5.1f %%\n", s.Floor, s.Siblings, percent(s.Siblings, l.Siblings),
				s.Unrelated, percent(s.Unrelated, l.Unrelated), percent(s.SameCode, s.Siblings+s.Unrelated), percent(s.Retold, l.Rows))
		}
	}
	return err
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }
