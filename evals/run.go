package evals

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"

	"assay/classifier"
	"assay/corpus"
)

// Classifier is what is measured. *classifier.Classifier is one.
type Classifier interface {
	Classify(ctx context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, error)
	Lists() []corpus.ListID
	Model() string
	Corpus() string
}

// Run is the record of one measurement.
type Run struct {
	Set      string    `json:"set"`
	SetHash  string    `json:"set_hash"`
	Config   string    `json:"config"` // which arrangement was measured
	Model    string    `json:"model"`
	Corpus   string    `json:"corpus"`
	Version  string    `json:"version"` // of the program
	Machine  string    `json:"machine"`
	Seed     uint64    `json:"seed"` // of the intervals
	Started  time.Time `json:"started"`
	Duration float64   `json:"duration_s"`
	P50      float64   `json:"p50_ms"` // of one assessment, wall clock
	P99      float64   `json:"p99_ms"`
	Lists    []ListRun `json:"lists"`
}

// ListRun holds the rows and figures of one list.
type ListRun struct {
	List    corpus.ListID `json:"list"`
	Figures []Figure      `json:"figures"`
	Rows    []Scored      `json:"rows"`
}

// Options of a run. The zero value is usable.
type Options struct {
	Config  string
	Version string
	Seed    uint64
	Now     func() time.Time
	Step    func() // called after each row, from several goroutines
}

// Measure classifies every row of set with c and scores it, on as many rows at
// once as there are processors. The result does not depend on their order.
func Measure(ctx context.Context, c Classifier, set Set, o Options) (Run, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Step == nil {
		o.Step = func() {}
	}
	lists := set.Lists()
	lists = slices.DeleteFunc(lists, func(l corpus.ListID) bool { return !slices.Contains(c.Lists(), l) })
	if len(lists) == 0 {
		return Run{}, fmt.Errorf("set %s is labelled for lists that are not covered here; import one of them", set.Name)
	}
	started := o.Now()
	results := make([]map[corpus.ListID]Scored, len(set.Rows))
	elapsed := make([]float64, len(set.Rows))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				results[i], elapsed[i] = measureRow(ctx, c, set.Rows[i], lists, o.Now)
				o.Step()
			}
		})
	}
feed:
	for i := range set.Rows {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return Run{}, err
	}
	run := Run{Set: set.Name, SetHash: set.Hash, Config: o.Config, Model: c.Model(), Corpus: c.Corpus(), Version: o.Version, Seed: o.Seed,
		Machine: fmt.Sprintf("%s/%s, %d processors", runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0)),
		Started: started.UTC(), Duration: o.Now().Sub(started).Seconds()}
	slices.Sort(elapsed)
	run.P50, run.P99 = elapsed[len(elapsed)/2], elapsed[len(elapsed)*99/100]
	for _, l := range lists {
		lr := ListRun{List: l}
		for _, r := range results {
			if s, ok := r[l]; ok {
				lr.Rows = append(lr.Rows, s)
			}
		}
		lr.Figures = Figures(lr.Rows, o.Seed)
		run.Lists = append(run.Lists, lr)
	}
	return run, nil
}

func measureRow(ctx context.Context, c Classifier, row Row, lists []corpus.ListID, now func() time.Time) (map[corpus.ListID]Scored, float64) {
	// The classifier sees the product, never its labels.
	start := now()
	a, err := c.Classify(ctx, row.Product, lists)
	took := float64(now().Sub(start).Microseconds()) / 1000
	out := map[corpus.ListID]Scored{}
	for _, l := range lists {
		if len(row.Labels[l]) == 0 {
			continue
		}
		var codes []string
		for _, s := range a.Suggestions {
			if s.List == l {
				codes = append(codes, s.Code)
			}
		}
		scored := Score(row, l, codes)
		if err != nil {
			scored.Error = err.Error()
		}
		out[l] = scored
	}
	return out, took
}

// WriteFigures prints the figures of runs over the same set side by side.
func WriteFigures(w io.Writer, runs ...Run) error {
	if len(runs) == 0 {
		return nil
	}
	for _, l := range runs[0].Lists {
		if _, err := fmt.Fprintf(w, "%s, set %s, n = %d\n%-26s", l.List, runs[0].Set, len(l.Rows), ""); err != nil {
			return err
		}
		for _, r := range runs {
			fmt.Fprintf(w, "%-24s", r.Config)
		}
		fmt.Fprintln(w)
		for _, f := range l.Figures {
			fmt.Fprintf(w, "%-26s", f.Name)
			for _, r := range runs {
				if g, ok := r.figure(l.List, f.Name); ok {
					fmt.Fprintf(w, "%-24s", fmt.Sprintf("%.3f [%.3f, %.3f]", g.Mean, g.Low, g.High))
				} else {
					fmt.Fprintf(w, "%-24s", "-")
				}
			}
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w)
	}
	return nil
}

func (r Run) list(l corpus.ListID) (ListRun, bool) {
	i := slices.IndexFunc(r.Lists, func(x ListRun) bool { return x.List == l })
	if i < 0 {
		return ListRun{}, false
	}
	return r.Lists[i], true
}

func (r Run) figure(l corpus.ListID, name string) (Figure, bool) {
	lr, _ := r.list(l)
	i := slices.IndexFunc(lr.Figures, func(f Figure) bool { return f.Name == name })
	if i < 0 {
		return Figure{}, false
	}
	return lr.Figures[i], true
}

// Difference is a figure in two runs of the same set.
type Difference struct {
	List corpus.ListID `json:"list"`
	Name string        `json:"name"`
	A    float64       `json:"a"`
	B    float64       `json:"b"`
	// Low and High bound B-A at 95 %, from resampling families of paired rows.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

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

// Compare pairs the rows of two runs. It refuses runs over different sets.
func Compare(a, b Run) (Comparison, error) {
	if a.SetHash != b.SetHash {
		return Comparison{}, fmt.Errorf("the runs are over different sets (%s %.8s, %s %.8s); run both over the same file", a.Set, a.SetHash, b.Set, b.SetHash)
	}
	var c Comparison
	for _, la := range a.Lists {
		lb, ok := b.list(la.List)
		if !ok {
			continue
		}
		byID := map[string]Scored{}
		for _, r := range lb.Rows {
			byID[r.ID] = r
		}
		for _, m := range measures {
			var values []float64
			var families []string
			var sumA, sumB float64
			for _, ra := range la.Rows {
				rb, ok := byID[ra.ID]
				if !ok || !m.of(ra) {
					continue
				}
				values, families = append(values, m.value(rb)-m.value(ra)), append(families, ra.Family)
				sumA, sumB = sumA+m.value(ra), sumB+m.value(rb)
			}
			if len(values) == 0 {
				continue
			}
			d := Difference{List: la.List, Name: m.name, A: sumA / float64(len(values)), B: sumB / float64(len(values))}
			d.Low, d.High = interval(values, families, a.Seed)
			c.Differences = append(c.Differences, d)
		}
		for _, ra := range la.Rows {
			rb, ok := byID[ra.ID]
			if ok && first(ra) != first(rb) {
				c.Moved = append(c.Moved, Moved{la.List, ra.ID, ra.Labels, first(ra), first(rb), rb.Graded - ra.Graded})
			}
		}
	}
	slices.SortStableFunc(c.Moved, func(x, y Moved) int { return cmp.Compare(x.Gain, y.Gain) })
	return c, nil
}

func first(s Scored) string {
	if len(s.Predicted) == 0 {
		return "-"
	}
	return s.Predicted[0]
}

// WriteText prints a comparison for people: figures, then rows that moved,
// losses first.
func (c Comparison) WriteText(w io.Writer) error {
	for _, d := range c.Differences {
		mark := ""
		if d.Low > 0 || d.High < 0 {
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
