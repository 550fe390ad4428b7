package evals

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
)

func row(labels ...string) Row {
	return Row{Product: classifier.Product{ID: "r", Name: "x"}, Labels: map[corpus.ListID][]string{corpus.USCCL: labels}, Family: "f"}
}

func TestScore(t *testing.T) {
	tests := []struct {
		name                      string
		labels, accept, predicted []string
		exact, graded, hit1, hit5 float64
		mrr, over, under          float64
	}{
		{"exact", []string{"3A001.a.5"}, nil, []string{"3A001.a.5", "3A991"}, 1, 1, 1, 1, 1, 0, 0},
		{"accepted", []string{"3A001.a.5"}, []string{"3A001.a"}, []string{"3A001.a"}, 1, 1, 1, 1, 1, 0, 0},
		{"the label asks for the entry only", []string{"5A992"}, nil, []string{"5A992.c"}, 1, 1, 1, 1, 1, 0, 0},
		{"the entry is not enough for a deep label", []string{"5A992.c"}, nil, []string{"5A992"}, 0, 0.7, 1, 1, 1, 0, 0},
		{"sibling", []string{"3A001.a.5"}, nil, []string{"3A001.b.2"}, 0, 0.7, 1, 1, 1, 0, 0},
		{"same group", []string{"3A001.a"}, nil, []string{"3A002.a", "3A001.b"}, 0, 0.4, 0, 1, 0.5, 0, 0},
		{"same category", []string{"3A001.a"}, nil, []string{"3D001", "EAR99", "3A001"}, 0, 0.2, 0, 1, 1. / 3, 0, 0},
		{"another category", []string{"3A001.a"}, nil, []string{"5A002"}, 0, 0, 0, 0, 0, 0, 0},
		{"siblings count once", []string{"4A003"}, nil, []string{"3A001.a", "3A001.b", "3A001.c", "3A001.d", "3A001.e", "3A001.f", "4A003.b"}, 0, 0, 0, 1, 0.5, 0, 0},
		{"listed called not listed", []string{"3A001.a"}, nil, []string{"EAR99", "3A001.a"}, 0, 0, 0, 1, 0.5, 0, 1},
		{"listed called residual", []string{"3A001.a"}, nil, []string{"3A991.a"}, 0, 0.4, 0, 0, 0, 0, 1},
		{"residual called listed", []string{"3A991.a"}, nil, []string{"3A001.a"}, 0, 0.4, 0, 0, 0, 1, 0},
		{"not listed called residual", []string{"EAR99"}, nil, []string{"3A991.a", "EAR99"}, 0, 0, 0, 1, 0.5, 1, 0},
		{"not listed", []string{"EAR99"}, nil, []string{"EAR99"}, 1, 1, 1, 1, 1, 0, 0},
		{"EAR99 is not none", []string{"none"}, nil, []string{"EAR99"}, 0, 0, 0, 0, 0, 0, 0},
		{"nothing predicted", []string{"3A001"}, nil, nil, 0, 0, 0, 0, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := row(tt.labels...)
			r.Accept = map[corpus.ListID][]string{corpus.USCCL: tt.accept}
			s := Score(r, corpus.USCCL, tt.predicted)
			got := fmt.Sprintf("%.2f %.2f %.0f %.0f %.2f %.0f %.0f", s.Exact, s.Graded, s.Hit1, s.Hit5, s.MRR, s.Over, s.Under)
			want := fmt.Sprintf("%.2f %.2f %.0f %.0f %.2f %.0f %.0f", tt.exact, tt.graded, tt.hit1, tt.hit5, tt.mrr, tt.over, tt.under)
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestIntervalResamplesFamilies(t *testing.T) {
	var values []float64
	var alone, together []string
	for i := range 200 {
		values = append(values, float64(i/20%2)) // ten families of twenty, all right or all wrong
		alone = append(alone, fmt.Sprint(i))
		together = append(together, fmt.Sprint(i/20))
	}
	low, high := interval(values, alone, 1)
	wideLow, wideHigh := interval(values, together, 1)
	if !(wideHigh-wideLow > 2*(high-low)) {
		t.Errorf("families do not widen the interval: [%.3f, %.3f] and [%.3f, %.3f]", low, high, wideLow, wideHigh)
	}
	if low > 0.5 || high < 0.5 || math.Abs(high-low-0.14) > 0.03 {
		t.Errorf("interval of a fair coin, n = 200: [%.3f, %.3f]", low, high)
	}
	if again, _ := interval(values, alone, 1); again != low {
		t.Error("the same seed gives another interval")
	}
}

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

func measure(t *testing.T, set Set, f fixed) Run {
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
	oracle := measure(t, set, func(p classifier.Product) []string { return []string{labels[p.ID]} })
	if f, _ := oracle.figure(corpus.USCCL, "exact"); f.Mean != 1 || f.N != len(set.Rows) {
		t.Errorf("the labels themselves score %+v", f)
	}
	broken := measure(t, set, func(classifier.Product) []string { return []string{"EAR99"} })
	if f, _ := broken.figure(corpus.USCCL, "listed called not listed"); f.Mean < 0.9 {
		t.Errorf("a ranker that lists nothing scores %+v", f)
	}
	// A shuffled label column must show.
	shuffled := Set{Name: set.Name, Hash: "other"}
	for i, r := range set.Rows {
		r.Labels = set.Rows[(i+7)%len(set.Rows)].Labels
		r.Accept = nil
		shuffled.Rows = append(shuffled.Rows, r)
	}
	wrong := measure(t, shuffled, func(p classifier.Product) []string { return []string{labels[p.ID]} })
	if f, _ := wrong.figure(corpus.USCCL, "exact"); f.Mean > 0.3 {
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

func TestLoadSetNamesEveryFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.jsonl")
	text := `{"id":"a","name":"x","labels":{"us-ccl":["3A001"]}}
{"id":"a","name":"x","labels":{"us-ccl":["3A001"]}}
{"name":"x","labels":{"us-ccl":["3A001"]}}
{"id":"b","labels":{"us-ccl":["3A001"]}}
{"id":"c","name":"x"}
{"id":"d","name":"x","labels":{"us-ccl":["pump"]}}
{"id":"e","name":"x","labels":{"us-ccl":[]}}
nonsense
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := LoadSet(path)
	if err == nil {
		t.Fatal("a faulty set was loaded")
	}
	for _, want := range []string{"mine:2:", "mine:3:", "mine:4:", "mine:5:", "mine:6:", "mine:7:", "mine:8:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no fault for %s in\n%v", want, err)
		}
	}
}

func TestReadSetTakesOneLabelARow(t *testing.T) {
	set, err := ReadSet("dev", strings.NewReader(`{"id":"L1","name":"TLS library","description":"","attributes":{"software":"yes"},"list":"us-ccl","label":"5D002.C.1","trust":"maintainer"}
{"id":"L2","name":"driver","list":"us-ccl","label":"no ECCN / not controlled"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(set.Rows[0].Labels, set.Rows[1].Labels); got != "map[us-ccl:[5D002.c.1]] map[us-ccl:[EAR99]]" {
		t.Errorf("labels = %s", got)
	}
}

// TestOwnSetIsWhatItSaysItIs holds the shipped set to the promises of its README.
func TestOwnSetIsWhatItSaysItIs(t *testing.T) {
	set, err := LoadSet("own")
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]bool{}
	unlistedOrNear := 0
	for _, r := range set.Rows {
		for _, l := range []corpus.ListID{corpus.USCCL, corpus.EUDualUse} {
			if len(r.Labels[l]) == 0 {
				t.Errorf("%s has no label for %s", r.ID, l)
			}
			for _, code := range r.Labels[l] {
				if !corpus.IsUnlisted(code) {
					entries[corpus.EntryOf(code)] = true
				}
			}
		}
		if r.Kind == "not_listed" || r.Kind == "near_miss" || r.Kind == "residual" {
			unlistedOrNear++
		}
		if r.Reason == "" {
			t.Errorf("%s gives no reason for its label", r.ID)
		}
	}
	if len(set.Rows) < 120 || len(entries) < 60 || unlistedOrNear*3 < len(set.Rows) {
		t.Errorf("%d rows, %d entries, %d near misses or not listed", len(set.Rows), len(entries), unlistedOrNear)
	}
	t.Logf("%d rows, %d entries, %d near misses, residual or not listed", len(set.Rows), len(entries), unlistedOrNear)
}
