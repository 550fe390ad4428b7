package report

import (
	"strings"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/evals"

	"github.com/PuerkitoBio/goquery"
)

// made returns a set of n rows, every third of which the run gets wrong.
func made(t *testing.T, config string) (evals.Set, evals.Run) {
	t.Helper()
	labels := []string{"3A001", "5A002", "EAR99", "XI"}
	var rows []evals.Row
	run := evals.Run{ID: "20260102T000000-made-" + config, Set: "made", Config: config, Model: "m", Corpus: "c", Started: time.Unix(0, 0).UTC()}
	list := evals.ListRun{List: corpus.USCCL}
	for i := range 60 {
		label := labels[i%4]
		r := evals.Row{Product: classifier.Product{ID: string(rune('A'+i%26)) + string(rune('0'+i/26)), Name: "Thing <b>" + label, Description: "It does <script>alert(1)</script>."},
			Labels: map[corpus.ListID][]string{corpus.USCCL: {label}}, Family: label, Reason: "because"}
		said := label
		if i%3 == 0 {
			said = labels[(i+1)%4]
		}
		rows = append(rows, r)
		list.Rows = append(list.Rows, evals.Score(r, corpus.USCCL, evals.Answer{Codes: []string{said, "3A991"}, Odds: []float64{0.3 + float64(i)/100, 0.1}}))
	}
	set, err := evals.NewSet("made", rows)
	if err != nil {
		t.Fatal(err)
	}
	list.Figures = evals.Figures(list.Rows, 1)
	run.Lists, run.SetHash = []evals.ListRun{list}, set.Hash
	return set, run
}

func TestReport(t *testing.T) {
	set, a := made(t, "ours")
	_, b := made(t, "plain")
	a.Consistency = []evals.Variation{{Name: "lower case", Same: evals.Figure{Mean: 0.9, N: 60}, Counts: map[string]int{"lost": 2, "won": 1}, Changed: []evals.ChangedRow{{ID: "A0", List: corpus.USCCL, Was: "3A001", Is: "EAR99"}}}}
	var w strings.Builder
	if err := Write(&w, &set, a, b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(w.String()))
	if err != nil {
		t.Fatal(err)
	}
	for selector, least := range map[string]int{"svg": 4, "polyline": 4, "circle": 8, "rect": 4, ".worst tbody tr": 20, "section#consistency details": 1, "style": 1} {
		if n := doc.Find(selector).Length(); n < least {
			t.Errorf("%d of %s, want %d", n, selector, least)
		}
	}
	if doc.Find("script, link, img, iframe, b:contains('3A001')").Length() > 0 || strings.Contains(w.String(), "<script>") {
		t.Error("the report holds something foreign, or a product's text as HTML")
	}
	if strings.Contains(w.String(), "ZgotmplZ") || strings.Contains(w.String(), "NaN") {
		t.Error("a value could not be written")
	}
	text := doc.Text()
	for _, want := range []string{"20 of the rows do not have the right entry first", a.SetHash, "answering 80.0 %", "lower case"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	// Without the set's rows the report stands, without their texts.
	w.Reset()
	if err := Write(&w, nil, a); err != nil || strings.Contains(w.String(), "It does") {
		t.Errorf("without the set: %v", err)
	}
	b.SetHash = "other"
	if err := Write(&w, &set, a, b); err == nil {
		t.Error("runs over two sets in one report")
	}
	if err := Write(&w, &set); err == nil {
		t.Error("a report of nothing")
	}
}
