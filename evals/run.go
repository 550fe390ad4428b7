package evals

import (
	"context"
	"fmt"
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

// Run is the record of one measurement: what was measured, on what, with what,
// and what came out. It never changes afterwards.
type Run struct {
	ID       string    `json:"id"`
	Set      string    `json:"set"`
	SetHash  string    `json:"set_hash"`
	Config   string    `json:"config"` // which arrangement was measured
	Model    string    `json:"model"`
	Corpus   string    `json:"corpus"`   // digest and editions, each with its hash or date
	Editions []string  `json:"editions"` // "us-ccl@2026-06-24 sha256:…", of imported lists
	Digest   string    `json:"digest"`   // hash of the cards
	Version  string    `json:"version"`  // of the program
	Machine  string    `json:"machine"`
	Seed     uint64    `json:"seed"` // of the intervals
	Started  time.Time `json:"started"`
	Duration float64   `json:"duration_s"`
	P50      float64   `json:"p50_ms"` // of one assessment, wall clock
	P99      float64   `json:"p99_ms"`
	HeapMB   float64   `json:"heap_mb"` // in use at the end
	Lists    []ListRun `json:"lists"`
	// Consistency is set when variants of the rows were measured too.
	Consistency []Variation `json:"consistency,omitempty"`
}

// ListRun holds the rows and figures of one list.
type ListRun struct {
	List    corpus.ListID `json:"list"`
	Figures []Figure      `json:"figures"`
	Rows    []Scored      `json:"rows"`
}

// Options of a run. The zero value is usable.
type Options struct {
	Config   string
	Version  string
	Digest   string
	Editions []string
	Library  *Library // nil: citations are not checked
	Seed     uint64
	Parallel int // rows at once; 0 means one a processor
	Now      func() time.Time
	Step     func() // called after each row, from several goroutines
	// Done holds rows that an interrupted run of the same thing had finished, by
	// id; they are not measured again. Keep gets each row as it is finished, one at a time.
	Done map[string][]Scored
	Keep func(id string, rows []Scored) error
}

// Measure classifies every row of set with c and scores it. The result does not
// depend on the order in which rows are done. A row that cannot be assessed is
// scored as having no answer; the error is that of ctx or of Keep.
func Measure(ctx context.Context, c Classifier, set Set, o Options) (Run, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Step == nil {
		o.Step = func() {}
	}
	if o.Parallel <= 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	lists := slices.DeleteFunc(set.Lists(), func(l corpus.ListID) bool { return !slices.Contains(c.Lists(), l) })
	if len(lists) == 0 {
		return Run{}, fmt.Errorf("set %s is labelled for lists that are not covered here; import one of them", set.Name)
	}
	started := o.Now()
	m := measuring{Options: o, classifier: c, lists: lists}
	results, err := m.all(ctx, set.Rows)
	if err != nil {
		return Run{}, err
	}
	run := Run{Set: set.Name, SetHash: set.Hash, Config: o.Config, Model: c.Model(), Corpus: c.Corpus(), Digest: o.Digest, Editions: o.Editions,
		Version: o.Version, Seed: o.Seed, Machine: fmt.Sprintf("%s/%s, %d processors", runtime.GOOS, runtime.GOARCH, o.Parallel),
		Started: started.UTC(), Duration: o.Now().Sub(started).Seconds()}
	run.ID = fmt.Sprintf("%s-%s-%s", run.Started.Format("20060102T150405.000"), set.Name, o.Config)
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	run.HeapMB = float64(heap.HeapInuse) / (1 << 20)
	var elapsed []float64
	for _, rows := range results {
		if len(rows) > 0 {
			elapsed = append(elapsed, rows[0].MS)
		}
	}
	slices.Sort(elapsed)
	run.P50, run.P99 = elapsed[len(elapsed)/2], elapsed[len(elapsed)*99/100]
	for _, l := range lists {
		lr := ListRun{List: l}
		for _, rows := range results {
			for _, s := range rows {
				if s.List == l {
					lr.Rows = append(lr.Rows, s)
				}
			}
		}
		lr.Figures = Figures(lr.Rows, o.Seed)
		run.Lists = append(run.Lists, lr)
	}
	return run, nil
}

// measuring is one run under way.
type measuring struct {
	Options
	classifier Classifier
	lists      []corpus.ListID

	keep sync.Mutex
	fail error
}

// all returns what every row earned, by row.
func (m *measuring) all(ctx context.Context, rows []Row) ([][]Scored, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	results := make([][]Scored, len(rows))
	next := make(chan int)
	var wg sync.WaitGroup
	for range m.Parallel {
		wg.Go(func() {
			for i := range next {
				if done, ok := m.Done[rows[i].ID]; ok {
					results[i] = done
				} else if results[i] = m.row(ctx, rows[i]); ctx.Err() == nil && !m.kept(rows[i].ID, results[i]) {
					stop()
				}
				m.Step()
			}
		})
	}
feed:
	for i := range rows {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	if m.fail != nil {
		return nil, m.fail
	}
	return results, ctx.Err()
}

// kept hands a finished row to Keep and reports whether to go on.
func (m *measuring) kept(id string, rows []Scored) bool {
	if m.Keep == nil {
		return true
	}
	m.keep.Lock()
	defer m.keep.Unlock()
	if m.fail == nil {
		m.fail = m.Keep(id, rows)
	}
	return m.fail == nil
}

// row assesses one product, never telling its labels, and scores the answer.
func (m *measuring) row(ctx context.Context, row Row) []Scored {
	start := m.Now()
	a, err := m.classifier.Classify(ctx, row.Product, m.lists)
	took := float64(m.Now().Sub(start).Microseconds()) / 1000
	var out []Scored
	for _, l := range m.lists {
		if len(row.Labels[l]) == 0 {
			continue
		}
		s := Score(row, l, AnswerOf(a, l))
		s.MS = took
		if m.Library != nil {
			s.Cited, s.Faults = m.Library.Check(a, l)
		}
		if err != nil {
			s.Error = err.Error()
		}
		out = append(out, s)
	}
	return out
}

// List returns the part of the run for list l.
func (r Run) List(l corpus.ListID) (ListRun, bool) {
	i := slices.IndexFunc(r.Lists, func(x ListRun) bool { return x.List == l })
	if i < 0 {
		return ListRun{}, false
	}
	return r.Lists[i], true
}

// Figure returns the figure called name of list l.
func (r Run) Figure(l corpus.ListID, name string) (Figure, bool) {
	lr, _ := r.List(l)
	i := slices.IndexFunc(lr.Figures, func(f Figure) bool { return f.Name == name })
	if i < 0 {
		return Figure{}, false
	}
	return lr.Figures[i], true
}
