package evals

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"assay/classifier"
	"assay/classifier/embedding"
	"assay/corpus"
)

// Neighbour is the peer that knows nothing of lists: it answers with the labels
// of the products that it has seen whose texts are nearest in meaning.
type Neighbour struct {
	name     string
	embedder embedding.Embedder
	rows     []Row
	vectors  [][]float32
	lists    []corpus.ListID
}

// NewNeighbour returns a Neighbour that has seen the rows of set.
func NewNeighbour(ctx context.Context, set Set, e embedding.Embedder) (*Neighbour, error) {
	n := &Neighbour{name: set.Name, embedder: e, rows: set.Rows, lists: set.Lists()}
	texts := make([]string, len(set.Rows))
	for i, r := range set.Rows {
		texts[i] = rowText(r.Product)
	}
	var err error
	n.vectors, err = e.Embed(ctx, texts)
	return n, err
}

// rowText is what a product says, in one text.
func rowText(p classifier.Product) string {
	text := p.Name + "\n" + p.Description
	for _, k := range sortedKeys(p.Attributes) {
		text += "\n" + k + ": " + p.Attributes[k]
	}
	return text
}

func sortedKeys(a classifier.Attributes) []string {
	keys := make([]string, 0, len(a))
	for k := range a {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Lists returns the lists for which rows that were seen are labelled.
func (n *Neighbour) Lists() []corpus.ListID { return n.lists }

// Model names the embedder.
func (n *Neighbour) Model() string { return n.embedder.Name() }

// Corpus names the rows that were seen.
func (n *Neighbour) Corpus() string {
	return fmt.Sprintf("%d labelled rows of %s", len(n.rows), n.name)
}

// nearestRows is how many neighbours vote.
const nearestRows = 10

// Classify answers with the labels of the nearest rows, nearest first; the
// probability of a code is the share of the votes for it, near ones weighing more.
func (n *Neighbour) Classify(ctx context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, error) {
	made, err := n.embedder.Embed(ctx, []string{rowText(p)})
	if err != nil {
		return classifier.Assessment{}, err
	}
	type near struct {
		row    int
		cosine float64
	}
	all := make([]near, len(n.rows))
	for i, v := range n.vectors {
		all[i] = near{i, cosine(made[0], v)}
	}
	slices.SortStableFunc(all, func(a, b near) int { return cmp.Compare(b.cosine, a.cosine) })
	out := classifier.Assessment{ID: p.ID, Model: n.Model(), Corpus: n.Corpus()}
	for _, list := range lists {
		var codes []string
		votes, total := map[string]float64{}, 0.0
		seen := 0
		for _, x := range all {
			labels := n.rows[x.row].Labels[list]
			if len(labels) == 0 {
				continue
			}
			if seen++; seen > nearestRows {
				break
			}
			weight := math.Exp(10 * x.cosine)
			if votes[labels[0]] == 0 {
				codes = append(codes, labels[0])
			}
			votes[labels[0]] += weight
			total += weight
		}
		slices.SortStableFunc(codes, func(a, b string) int { return cmp.Compare(votes[b], votes[a]) })
		for _, code := range codes {
			out.Suggestions = append(out.Suggestions, classifier.Suggestion{List: list, Code: code, Probability: votes[code] / total})
		}
		if len(codes) > 0 {
			out.Outcomes = append(out.Outcomes, classifier.Outcome{List: list, Code: codes[0], Probability: votes[codes[0]] / total})
		}
	}
	return out, nil
}

func cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range min(len(a), len(b)) {
		dot, aa, bb = dot+float64(a[i])*float64(b[i]), aa+float64(a[i])*float64(a[i]), bb+float64(b[i])*float64(b[i])
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return dot / math.Sqrt(aa*bb)
}
