package evals

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
)

// fixed is a ranker that always says the same, or what a function says.
type fixed func(p classifier.Product) []string

func (f fixed) Classify(_ context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, error) {
	var a classifier.Assessment
	for _, l := range lists {
		for _, code := range f(p) {
			a.Suggestions = append(a.Suggestions, classifier.Suggestion{List: l, Code: code})
		}
	}
	return a, nil
}
func (fixed) Lists() []corpus.ListID { return []corpus.ListID{corpus.USCCL, corpus.EUDualUse} }
func (fixed) Model() string          { return "fixed" }
func (fixed) Corpus() string         { return "none" }

func measured(t *testing.T, set Set, f fixed) Run {
	t.Helper()
	now := time.Unix(0, 0)
	run, err := Measure(context.Background(), f, set, Options{Config: "test", Seed: 1, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestMeasureTellsGoodFromBroken(t *testing.T) {
	set, err := LoadSet("own")
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{}
	for _, r := range set.Rows {
		labels[r.ID] = r.Labels[corpus.USCCL][0]
	}
	oracle := measured(t, set, func(p classifier.Product) []string { return []string{labels[p.ID]} })
	if f, _ := oracle.Figure(corpus.USCCL, "exact"); f.Mean != 1 || f.N != len(set.Rows) {
		t.Errorf("the labels themselves score %+v", f)
	}
	broken := measured(t, set, func(classifier.Product) []string { return []string{"EAR99"} })
	if f, _ := broken.Figure(corpus.USCCL, "listed called not listed"); f.Mean < 0.9 {
		t.Errorf("a ranker that lists nothing scores %+v", f)
	}
	// A shuffled label column must show.
	shuffled := Set{Name: set.Name, Hash: "other"}
	for i, r := range set.Rows {
		r.Labels = set.Rows[(i+7)%len(set.Rows)].Labels
		r.Accept = nil
		shuffled.Rows = append(shuffled.Rows, r)
	}
	wrong := measured(t, shuffled, func(p classifier.Product) []string { return []string{labels[p.ID]} })
	if f, _ := wrong.Figure(corpus.USCCL, "exact"); f.Mean > 0.3 {
		t.Errorf("shuffled labels score %+v", f)
	}
	comparison, err := Compare(oracle, broken)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range comparison.Differences {
		if d.List == corpus.USCCL && d.Name == "exact" && !(d.High < 0) {
			t.Errorf("the difference is not beyond chance: %+v", d)
		}
	}
	if len(comparison.Moved) == 0 || comparison.Moved[0].Gain > 0 {
		t.Errorf("moved rows: losses first, got %+v", comparison.Moved[:1])
	}
	if _, err := Compare(oracle, wrong); err == nil {
		t.Error("runs over different sets were compared")
	}
	var b strings.Builder
	if err := WriteFigures(&b, oracle, broken); err != nil || !strings.Contains(b.String(), "1.000 [1.000, 1.000]") {
		t.Errorf("figures: %v\n%s", err, b.String())
	}
}

// TestAnInterruptedRunGoesOn stops a run in the middle, and ends it with the
// same figures as one that was never stopped, without doing a row twice.
func TestAnInterruptedRunGoesOn(t *testing.T) {
	set, err := LoadSet("own")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	answer := fixed(func(p classifier.Product) []string {
		asked.Add(1)
		if len(p.Name)%2 == 0 {
			return []string{"EAR99"}
		}
		return []string{"3A001.a", "5A002.a"}
	})
	shelf := Shelf{t.TempDir()}
	now := func() time.Time { return time.Unix(0, 0) }
	options := Options{Config: "test", Seed: 1, Parallel: 2, Now: now}
	whole, err := Measure(t.Context(), answer, set, options)
	if err != nil {
		t.Fatal(err)
	}
	asked.Store(0)
	ctx, stop := context.WithCancel(t.Context())
	part, err := shelf.Resume(set, answer, options)
	if err != nil {
		t.Fatal(err)
	}
	first := options
	first.Keep = part.Keep
	var steps atomic.Int64
	first.Step = func() {
		if steps.Add(1) == 100 {
			stop()
		}
	}
	if _, err := Measure(ctx, answer, set, first); !errors.Is(err, context.Canceled) {
		t.Fatalf("an interrupted run returned %v", err)
	}
	if err := part.Close(false); err != nil {
		t.Fatal(err)
	}
	part, err = shelf.Resume(set, answer, options)
	if err != nil {
		t.Fatal(err)
	}
	if len(part.Done) < 90 || len(part.Done) > 110 {
		t.Errorf("%d rows were kept of about 100", len(part.Done))
	}
	second := options
	second.Done, second.Keep = part.Done, part.Keep
	run, err := Measure(t.Context(), answer, set, second)
	if err != nil {
		t.Fatal(err)
	}
	if err := part.Close(true); err != nil {
		t.Fatal(err)
	}
	if n := asked.Load() / 2; n > int64(len(set.Rows))+10 { // it is asked for two lists
		t.Errorf("%d rows were assessed for %d", n, len(set.Rows))
	}
	a, _ := whole.Figure(corpus.USCCL, "graded")
	b, _ := run.Figure(corpus.USCCL, "graded")
	if a != b {
		t.Errorf("interrupted %+v, whole %+v", b, a)
	}
	again, err := shelf.Resume(set, answer, options)
	if err != nil || len(again.Done) != 0 {
		t.Errorf("a run that is done left %d rows behind, %v", len(again.Done), err)
	}
	again.Close(true)
}

func TestKeepFails(t *testing.T) {
	set := Set{Name: "s", Rows: []Row{row("3A001"), row("3A001")}}
	set.Rows[1].ID = "other"
	_, err := Measure(t.Context(), fixed(func(classifier.Product) []string { return nil }), set, Options{Keep: func(string, []Scored) error { return errors.New("disk full") }})
	if err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("err = %v", err)
	}
}

func TestShelf(t *testing.T) {
	s := Shelf{t.TempDir()}
	run := measured(t, Set{Name: "s", Hash: "h", Rows: []Row{row("3A001")}}, func(classifier.Product) []string { return []string{"3A001"} })
	if _, err := s.Save(run); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(run); err == nil {
		t.Error("a run was overwritten")
	}
	got, err := s.Load(run.ID)
	if err != nil || got.SetHash != "h" || len(got.Lists[0].Rows) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, id := range []string{"../" + run.ID, "", ".", "none"} {
		if _, err := s.Load(id); err == nil {
			t.Errorf("%q was loaded", id)
		}
	}
	list, err := s.List()
	if err != nil || len(list) != 1 || list[0].ID != run.ID || list[0].Lists[0].Rows != nil || len(list[0].Lists[0].Figures) == 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestGate(t *testing.T) {
	set, err := LoadSet("own")
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{}
	for i, r := range set.Rows {
		labels[r.ID] = r.Labels[corpus.USCCL][0]
		set.Rows[i].Labels = map[corpus.ListID][]string{corpus.USCCL: r.Labels[corpus.USCCL]}
	}
	oracle := func(p classifier.Product) []string { return []string{labels[p.ID]} }
	good := measured(t, set, oracle)
	if breaches, err := Gate(good, good); err != nil || len(breaches) != 0 {
		t.Errorf("a run against itself: %v, %v", breaches, err)
	}
	// One product in six is now called free.
	ids := slices.Sorted(maps.Keys(labels))
	worse := measured(t, set, func(p classifier.Product) []string {
		if slices.Index(ids, p.ID)%6 == 0 {
			return []string{"EAR99"}
		}
		return oracle(p)
	})
	breaches, err := Gate(good, worse)
	names := fmt.Sprint(breaches)
	if err != nil || !strings.Contains(names, "exact") || !strings.Contains(names, "under-classified") {
		t.Errorf("%v, %v", names, err)
	}
	if breaches, err := Gate(worse, good); err != nil || len(breaches) != 0 {
		t.Errorf("what is better was refused: %v, %v", breaches, err)
	}
	faulty := good
	faulty.Lists = slices.Clone(good.Lists)
	faulty.Lists[0].Rows = slices.Clone(good.Lists[0].Rows)
	faulty.Lists[0].Rows[3].Faults = []string{"the quote is not there"}
	if breaches, err := Gate(good, faulty); err != nil || len(breaches) != 1 || breaches[0].Name != "valid citations" {
		t.Errorf("an invalid citation: %v, %v", breaches, err)
	}
	gone := good
	gone.Lists = nil
	if breaches, _ := Gate(good, gone); len(breaches) != 1 {
		t.Errorf("a list is gone: %v", breaches)
	}
	failed := measured(t, Set{Name: "s", Hash: "other", Rows: set.Rows[:5]}, oracle)
	if _, err := Gate(good, failed); err == nil {
		t.Error("runs over different sets were held against each other")
	}
}
