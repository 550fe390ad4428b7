package evals

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"assay/corpus"
)

// Difference is a figure in two runs of the same set.
type Difference struct {
	List corpus.ListID `json:"list"`
	Name string        `json:"name"`
	A    float64       `json:"a"`
	B    float64       `json:"b"`
	N    int           `json:"n"`
	// Low and High bound B-A at 95 %, from resampling families of paired rows.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	Less bool    `json:"less,omitempty"` // smaller is better
}

// BeyondChance reports whether the interval of the difference leaves out 0.
func (d Difference) BeyondChance() bool { return d.Low > 0 || d.High < 0 }

// Worse reports whether B is worse than A beyond chance.
func (d Difference) Worse() bool { return !d.Less && d.High < 0 || d.Less && d.Low > 0 }

// Moved is a row whose first code differs between two runs.
type Moved struct {
	List   corpus.ListID `json:"list"`
	ID     string        `json:"id"`
	Labels []string      `json:"labels"`
	A      string        `json:"a"`
	B      string        `json:"b"`
	Gain   float64       `json:"gain"` // graded, B-A
}

// Comparison of two runs over the same set.
type Comparison struct {
	Differences []Difference `json:"differences"`
	Moved       []Moved      `json:"moved"`
}

// pair is one row in two runs.
type pair struct{ a, b *Scored }

// Compare pairs the rows of two runs. It refuses runs over different sets.
func Compare(a, b Run) (Comparison, error) {
	if a.SetHash != b.SetHash {
		return Comparison{}, fmt.Errorf("the runs are over different sets (%s %.8s, %s %.8s); run both over the same file", a.Set, a.SetHash, b.Set, b.SetHash)
	}
	var c Comparison
	for _, la := range a.Lists {
		lb, ok := b.List(la.List)
		if !ok {
			continue
		}
		byID := map[string]*Scored{}
		for i := range lb.Rows {
			byID[lb.Rows[i].ID] = &lb.Rows[i]
		}
		var pairs []pair
		for i := range la.Rows {
			if rb, ok := byID[la.Rows[i].ID]; ok {
				pairs = append(pairs, pair{&la.Rows[i], rb})
			}
		}
		for _, m := range measures() {
			if d, ok := m.difference(pairs, a.Seed); ok {
				d.List = la.List
				c.Differences = append(c.Differences, d)
			}
		}
		for _, p := range pairs {
			if p.a.First() != p.b.First() {
				c.Moved = append(c.Moved, Moved{la.List, p.a.ID, p.a.Labels, p.a.First(), p.b.First(), p.b.Graded - p.a.Graded})
			}
		}
	}
	slices.SortStableFunc(c.Moved, func(x, y Moved) int { return cmp.Compare(x.Gain, y.Gain) })
	return c, nil
}

func (m measure) difference(pairs []pair, seed uint64) (Difference, bool) {
	asked := slices.DeleteFunc(slices.Clone(pairs), func(p pair) bool { return !m.of(*p.a) || !m.of(*p.b) })
	if len(asked) == 0 {
		return Difference{}, false
	}
	side := func(ps []pair, of func(pair) Scored) float64 {
		rows := make([]Scored, len(ps))
		for i, p := range ps {
			rows[i] = of(p)
		}
		return m.stat(rows)
	}
	first, second := func(p pair) Scored { return *p.a }, func(p pair) Scored { return *p.b }
	d := Difference{Name: m.name, A: side(asked, first), B: side(asked, second), N: len(asked), Less: m.less}
	if family := func(p pair) string { return p.a.Family }; m.whole != nil {
		d.Low, d.High = interval(asked, family, func(ps []pair) float64 { return side(ps, second) - side(ps, first) }, seed)
	} else {
		d.Low, d.High = intervalOfMean(asked, family, func(p pair) float64 { return m.value(*p.b) - m.value(*p.a) }, seed)
	}
	return d, true
}

// WriteText prints a comparison for people: figures, then rows that moved,
// losses first.
func (c Comparison) WriteText(w io.Writer) error {
	for _, d := range c.Differences {
		mark := ""
		if d.BeyondChance() {
			mark = "  beyond chance"
		}
		if _, err := fmt.Fprintf(w, "%-12s %-26s %.3f -> %.3f  %+.3f [%+.3f, %+.3f]%s\n", d.List, d.Name, d.A, d.B, d.B-d.A, d.Low, d.High, mark); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\n%d rows have another first code\n", len(c.Moved))
	for _, m := range c.Moved {
		fmt.Fprintf(w, "%-12s %-10s %-24v %-16s -> %-16s %+.1f\n", m.List, m.ID, m.Labels, m.A, m.B, m.Gain)
	}
	return nil
}
