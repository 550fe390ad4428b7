// Package report writes runs of the evaluation as one HTML file that needs
// nothing beside itself: figures with intervals, plots as SVG, and the rows that
// went worst with their reasons. It computes nothing that package evals does not
// define, and imports nothing else of Assay but corpus.
package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"assay/corpus"
	"assay/evals"
)

//go:embed report.html
var page string

var pages = template.Must(template.New("report").Funcs(template.FuncMap{
	"fixed":   func(v float64) string { return fmt.Sprintf("%.3f", v) },
	"percent": func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) },
	"join":    func(s []string) string { return strings.Join(s, ", ") },
	"left":    func(v float64) string { return fmt.Sprintf("%.1f%%", 100*min(1, max(0, v))) },
}).Parse(page))

// Write writes a report of runs over one set, the first run being the one that
// plots and rows are drawn from. When set is the set that was run, the worst rows
// are shown with their text. It refuses runs over different sets.
func Write(w io.Writer, set *evals.Set, runs ...evals.Run) error {
	v, err := newView(set, runs)
	if err != nil {
		return err
	}
	return pages.Execute(w, v)
}

// view is what the page shows.
type view struct {
	Main        evals.Run
	Runs        []evals.Run
	Rows        int
	Lists       []listView
	Consistency []evals.Variation
}

// listView is the part of one list.
type listView struct {
	List       corpus.List
	Figures    []figureView
	Categories []bar
	Matrix     matrix
	Confusions []confusion
	Plots      []chart
	Risks      []riskAt
	Worst      []worstRow
	Wrong      int
}

type figureView struct {
	Name  string
	N     int
	Cells []cell
}

// cell is a figure of one run; Has is false when the run does not have it.
type cell struct {
	evals.Figure
	Has bool
	Bar bool // it lies between 0 and 1
}

type riskAt struct{ Coverage, Risk float64 }

type worstRow struct {
	evals.Scored
	Name, Text, Reason string
	Confidence         float64
}

// worstRows is how many rows that went wrong are shown of a list.
const worstRows = 40

func newView(set *evals.Set, runs []evals.Run) (view, error) {
	if len(runs) == 0 {
		return view{}, fmt.Errorf("there is no run to report")
	}
	for _, r := range runs[1:] {
		if r.SetHash != runs[0].SetHash {
			return view{}, fmt.Errorf("run %s is over another set than run %s; report them apart", r.ID, runs[0].ID)
		}
	}
	if set != nil && set.Hash != runs[0].SetHash {
		set = nil // the rows have changed since
	}
	v := view{Main: runs[0], Runs: runs, Consistency: runs[0].Consistency}
	for _, l := range runs[0].Lists {
		v.Rows = max(v.Rows, len(l.Rows))
		v.Lists = append(v.Lists, newListView(set, l, runs))
	}
	return v, nil
}

func newListView(set *evals.Set, l evals.ListRun, runs []evals.Run) listView {
	v := listView{Matrix: newMatrix(l.Rows), Confusions: confusions(l.Rows), Categories: categories(l.Rows)}
	v.List, _ = corpus.LookupList(l.List)
	if v.List.ID == "" {
		v.List = corpus.List{ID: l.List, Title: string(l.List)}
	}
	for _, f := range l.Figures {
		row := figureView{Name: f.Name, N: f.N}
		for _, r := range runs {
			g, ok := r.Figure(l.List, f.Name)
			row.Cells = append(row.Cells, cell{g, ok, ok && g.Mean >= 0 && g.High <= 1})
		}
		v.Figures = append(v.Figures, row)
	}
	sure := slices.DeleteFunc(slices.Clone(l.Rows), func(s evals.Scored) bool { return len(s.Odds) == 0 })
	if len(sure) > 0 {
		v.Plots = append(v.Plots, reliability(sure), riskCoverage(l.List, runs))
		for _, c := range []float64{0.5, 0.7, 0.8, 0.9, 1} {
			v.Risks = append(v.Risks, riskAt{c, evals.RiskAt(sure, c)})
		}
	}
	if curve := evals.CostCurve(l.Rows); curve != nil {
		v.Plots = append(v.Plots, costs(curve))
	}
	v.Worst, v.Wrong = worst(set, l.Rows)
	return v
}

// worst returns the rows that went wrong, those that the classifier was surest
// of first, and how many there are in all.
func worst(set *evals.Set, rows []evals.Scored) ([]worstRow, int) {
	texts := map[string]evals.Row{}
	if set != nil {
		for _, r := range set.Rows {
			texts[r.ID] = r
		}
	}
	var out []worstRow
	for _, s := range rows {
		if s.Right() && s.Error == "" {
			continue
		}
		r := texts[s.ID]
		out = append(out, worstRow{Scored: s, Name: r.Name, Text: r.Description, Reason: r.Reason, Confidence: s.Confidence()})
	}
	slices.SortStableFunc(out, func(a, b worstRow) int {
		return cmp.Or(cmp.Compare(a.Graded, b.Graded), cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), worstRows)], len(out)
}

// categoryOf is the category under which a row is counted: that of its label.
func categoryOf(s evals.Scored) string { return corpus.CategoryOf(s.Labels[0]) }

// bar is the share of right answers among the rows of one category.
type bar struct {
	Category    string
	N           int
	Right       float64
	Low, High   float64
	Over, Under int
}

func categories(rows []evals.Scored) []bar {
	by := map[string][]evals.Scored{}
	for _, s := range rows {
		by[categoryOf(s)] = append(by[categoryOf(s)], s)
	}
	var out []bar
	for category, part := range by {
		b := bar{Category: category, N: len(part)}
		for _, f := range evals.Figures(part, 1) {
			if f.Name == "hit@1" {
				b.Right, b.Low, b.High = f.Mean, f.Low, f.High
			}
		}
		for _, s := range part {
			if s.Over {
				b.Over++
			}
			if s.Under {
				b.Under++
			}
		}
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b bar) int { return corpus.CompareCodes(a.Category, b.Category) })
	return out
}

// confusion is one entry taken for another.
type confusion struct {
	Label, Said string
	N           int
	Rows        []string
}

// confusions returns the pairs of entries that were confused most often.
func confusions(rows []evals.Scored) []confusion {
	by := map[[2]string]*confusion{}
	for _, s := range rows {
		if s.Right() || s.First() == "-" {
			continue
		}
		key := [2]string{corpus.EntryOf(s.Labels[0]), corpus.EntryOf(s.First())}
		if by[key] == nil {
			by[key] = &confusion{Label: key[0], Said: key[1]}
		}
		by[key].N++
		by[key].Rows = append(by[key].Rows, s.ID)
	}
	var out []confusion
	for _, c := range by {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b confusion) int {
		return cmp.Or(cmp.Compare(b.N, a.N), corpus.CompareCodes(a.Label, b.Label), corpus.CompareCodes(a.Said, b.Said))
	})
	return out[:min(len(out), 25)]
}
