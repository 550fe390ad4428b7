package main

import (
	"context"
	"io"

	"assay/classifier"
	"assay/classifier/embedding"
	"assay/corpus"
	"assay/evals"
	"assay/review"
)

// otherRows stands in for decided cases when the feature is measured: every
// row of a set but the one assessed, as if it had been decided as it is labelled.
type otherRows struct {
	rows     []evals.Row
	vectors  [][]float32
	embedder embedding.Embedder
	floor    float64
}

// newOtherRows returns the rows of set as decided cases. The embedder is the classifier's.
func newOtherRows(ctx context.Context, set evals.Set, e embedding.Embedder) (*otherRows, error) {
	floors, _ := review.FloorsOf(e.Name())
	o := &otherRows{rows: set.Rows, embedder: e, floor: floors.Like}
	texts := make([]string, len(set.Rows))
	for i, r := range set.Rows {
		texts[i] = review.Text(r.Product)
	}
	var err error
	o.vectors, err = e.Embed(ctx, texts)
	return o, err
}

// Like implements classifier.Precedents.
func (o *otherRows) Like(ctx context.Context, p classifier.Product, lists []corpus.ListID) ([]classifier.Precedent, error) {
	asked, err := o.embedder.Embed(ctx, []string{review.Text(p)})
	if err != nil {
		return nil, err
	}
	var found []classifier.Precedent
	for i, r := range o.rows {
		likeness := (float64(embedding.Dot(asked[0], o.vectors[i])) - o.floor) / (1 - o.floor)
		if r.ID == p.ID || likeness < 0 {
			continue
		}
		one := classifier.Precedent{Likeness: min(1, likeness), Codes: map[corpus.ListID][]string{}}
		for _, l := range lists {
			if labels := r.Labels[l]; len(labels) > 0 && corpus.IsUnlisted(labels[0]) {
				one.Codes[l] = nil
			} else if len(labels) > 0 {
				one.Codes[l] = labels
			}
		}
		found = append(found, one)
	}
	return found, nil
}

// withOtherRows assembles as an arrangement that lets decided cases weigh in.
func withOtherRows(ctx context.Context, g *globals, how arrangement, set evals.Set, progress io.Writer) (*assembly, error) {
	w, err := openWorkshop(ctx, g, how, progress)
	if err != nil {
		return nil, err
	}
	if w.embedder == nil {
		return nil, usagef("--model lexical has no vectors to find like cases by; use minilm or static")
	}
	if w.precedents, err = newOtherRows(ctx, set, w.embedder); err != nil {
		return nil, err
	}
	return w.newest(ctx, set.Lists())
}
