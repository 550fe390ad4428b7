package evals

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"assay/classifier/embedding"
	"assay/corpus/digest"
)

// Leakage says how much of the rows could have been known before: words that
// rows share with the cards, and rows that resemble rows of another part.
type Leakage struct {
	Rows int `json:"rows"`
	// Shared is the share of rows that have a run of Words words in common with
	// a term or gist of the digest.
	Words  int      `json:"words"`
	Shared float64  `json:"shared"`
	Runs   []string `json:"runs"` // examples: row, and the words
	// Median and High are the median and the 95th percentile of the cosine between a
	// row and the nearest text of the digest; Own between a row and the nearest row of the other set.
	Median    float64 `json:"median"`
	High      float64 `json:"high"`
	OwnMedian float64 `json:"own_median"`
	OwnHigh   float64 `json:"own_high"`
	// Twins are pairs of rows, one of each set, that say the same: nearer than
	// TwinCosine, with half of their words in common.
	Twins [][2]string `json:"twins"`
}

// TwinCosine is the likeness from which two rows say the same thing.
const TwinCosine = 0.95

// runLength is the number of words in a row that nobody writes twice by chance:
// terms of goods have two or three.
const runLength = 5

// Leak holds the rows of set against the texts of the digest and against the
// rows of other, the set that something was learned from.
func Leak(ctx context.Context, set, other Set, d *digest.Digest, e embedding.Embedder) (Leakage, error) {
	texts := digestTexts(d)
	l := Leakage{Rows: len(set.Rows), Words: runLength}
	runs := map[string]bool{}
	for _, t := range texts {
		for _, r := range wordRuns(t, runLength) {
			runs[r] = true
		}
	}
	shared := 0
	for _, row := range set.Rows {
		for _, r := range wordRuns(rowText(row.Product), runLength) {
			if runs[r] {
				shared++
				l.Runs = append(l.Runs, row.ID+": "+r)
				break
			}
		}
	}
	l.Shared = float64(shared) / float64(len(set.Rows))
	mine, err := embedRows(ctx, e, set)
	if err != nil {
		return l, err
	}
	cards, err := e.Embed(ctx, texts)
	if err != nil {
		return l, err
	}
	theirs, err := embedRows(ctx, e, other)
	if err != nil {
		return l, err
	}
	var near, own []float64
	for i, v := range mine {
		best, _ := nearest(v, cards)
		near = append(near, best)
		twin, at := nearest(v, theirs)
		own = append(own, twin)
		if twin >= TwinCosine && sameWords(rowText(set.Rows[i].Product), rowText(other.Rows[at].Product)) >= 0.5 {
			l.Twins = append(l.Twins, [2]string{set.Rows[i].ID, other.Rows[at].ID})
		}
	}
	l.Median, l.High = quantile(near, .5), quantile(near, .95)
	l.OwnMedian, l.OwnHigh = quantile(own, .5), quantile(own, .95)
	return l, nil
}

func embedRows(ctx context.Context, e embedding.Embedder, set Set) ([][]float32, error) {
	texts := make([]string, len(set.Rows))
	for i, r := range set.Rows {
		texts[i] = rowText(r.Product)
	}
	if len(texts) == 0 {
		return nil, nil
	}
	return e.Embed(ctx, texts)
}

func digestTexts(d *digest.Digest) []string {
	var texts []string
	for i := range d.Cards {
		c := &d.Cards[i]
		texts = append(texts, c.Gist)
		texts = append(texts, c.Terms...)
		for _, at := range c.Designators() {
			texts = append(texts, c.Paragraphs[at].Gist)
			texts = append(texts, c.Paragraphs[at].Terms...)
		}
	}
	for _, g := range d.Goods {
		texts = append(append(texts, g.Gist), g.Terms...)
	}
	return slices.DeleteFunc(texts, func(t string) bool { return strings.TrimSpace(t) == "" })
}

// wordRuns returns every run of n words of text, in lower case.
func wordRuns(text string, n int) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var runs []string
	for i := 0; i+n <= len(words); i++ {
		runs = append(runs, strings.Join(words[i:i+n], " "))
	}
	return runs
}

// sameWords is the share of the words of two texts that stand in both. An
// English model takes any two texts in a script that it does not know for alike.
func sameWords(a, b string) float64 {
	in := map[string]int{}
	for _, w := range wordRuns(a, 1) {
		in[w] |= 1
	}
	for _, w := range wordRuns(b, 1) {
		in[w] |= 2
	}
	both := 0
	for _, sides := range in {
		if sides == 3 {
			both++
		}
	}
	if len(in) == 0 {
		return 0
	}
	return float64(both) / float64(len(in))
}

func nearest(v []float32, all [][]float32) (best float64, at int) {
	for i, w := range all {
		if c := cosine(v, w); c > best {
			best, at = c, i
		}
	}
	return best, at
}

func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(values), cmp.Compare)
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
