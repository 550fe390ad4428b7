package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/corpus"
	"assay/evals"
)

// chart is a plot in the units of its SVG: width by height pixels, origin at
// the upper left, with a margin for the axes.
type chart struct {
	Title, Note    string
	XLabel, YLabel string
	XTicks, YTicks []tick
	Lines          []line
	Dots           []dot
	Diagonal       bool
}

type tick struct {
	At   float64
	Text string
}

type line struct {
	Points string
	Name   string
	Class  string
	X, Y   float64 // where its name stands
}

type dot struct {
	X, Y, R float64
	Title   string
}

// The field that curves are drawn in.
const (
	left, right, top, bottom = 48.0, 404.0, 12.0, 268.0
)

func xAt(v float64) float64 { return left + v*(right-left) }
func yAt(v float64) float64 { return bottom - v*(bottom-top) }

func shares() []tick {
	var out []tick
	for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
		out = append(out, tick{v, fmt.Sprintf("%.2g", v)})
	}
	return out
}

func (c chart) placed() chart {
	for i := range c.XTicks {
		c.XTicks[i].At = xAt(c.XTicks[i].At)
	}
	for i := range c.YTicks {
		c.YTicks[i].At = yAt(c.YTicks[i].At)
	}
	return c
}

func path(points []evals.Point) string {
	parts := make([]string, len(points))
	for i, p := range points {
		parts[i] = fmt.Sprintf("%.1f,%.1f", xAt(p.X), yAt(min(1, max(0, p.Y))))
	}
	return strings.Join(parts, " ")
}

// reliability draws what was said against what held. Dots on the diagonal are
// honest, below it the classifier is too sure.
func reliability(rows []evals.Scored) chart {
	c := chart{Title: "Reliability", XLabel: "probability of the first code", YLabel: "share that was right", XTicks: shares(), YTicks: shares(), Diagonal: true,
		Note: "One dot for a tenth of the answers. On the diagonal, what is said holds; below it, the classifier is too sure."}
	var points []evals.Point
	for _, b := range evals.Reliability(rows) {
		points = append(points, evals.Point{X: b.Said, Y: b.Held})
		c.Dots = append(c.Dots, dot{xAt(b.Said), yAt(b.Held), 4.5, fmt.Sprintf("said %.2f, held %.2f, n = %d", b.Said, b.Held, b.N)})
	}
	c.Lines = []line{{Points: path(points), Class: "run0"}}
	return c.placed()
}

// riskCoverage draws how many answers are wrong when only the surest are given.
func riskCoverage(list corpus.ListID, runs []evals.Run) chart {
	c := chart{Title: "Risk and coverage", XLabel: "share of products answered, surest first", YLabel: "share of these that is wrong", XTicks: shares(), YTicks: shares(),
		Note: "What happens when the classifier may keep silent about what it is least sure of."}
	for i, r := range runs {
		l, ok := r.List(list)
		if !ok {
			continue
		}
		rows := slices.DeleteFunc(slices.Clone(l.Rows), func(s evals.Scored) bool { return len(s.Odds) == 0 })
		if len(rows) == 0 {
			continue
		}
		points := evals.RiskCoverage(rows)
		last := points[len(points)-1]
		c.Lines = append(c.Lines, line{Points: path(points), Name: r.Config, Class: fmt.Sprintf("run%d", i%6), X: xAt(last.X) - 4, Y: yAt(last.Y) - 5})
	}
	return c.placed()
}

// costs draws the price of mistakes over what a missed listing costs, on a
// scale of powers of two.
func costs(curve []evals.CostPoint) chart {
	c := chart{Title: "Price of mistakes", XLabel: "how many needless listings a missed one is worth", YLabel: "cost (1 = an empty answer)", YTicks: shares(),
		Note: "Solid: the answers as given. Dashed: the threshold that would have suited that price best, in hindsight. Above 1 (cut off), saying the same of every product would be cheaper."}
	lo, hi := math.Log2(curve[0].Ratio), math.Log2(curve[len(curve)-1].Ratio)
	var now, best []evals.Point
	for i, p := range curve {
		x := (math.Log2(p.Ratio) - lo) / (hi - lo)
		now, best = append(now, evals.Point{X: x, Y: p.Now}), append(best, evals.Point{X: x, Y: p.Best})
		if i%2 == 0 {
			text := fmt.Sprintf("%g", p.Ratio)
			if p.Ratio < 1 {
				text = fmt.Sprintf("1/%g", 1/p.Ratio)
			}
			c.XTicks = append(c.XTicks, tick{x, text})
		}
	}
	c.Lines = []line{{Points: path(best), Class: "best"}, {Points: path(now), Class: "run0"}}
	return c.placed()
}

// matrix counts labels (rows) against first codes (columns) by category.
type matrix struct {
	Names []string
	Rows  []matrixRow
	Width float64
	Tall  float64
}

type matrixRow struct {
	Name  string
	Y     float64
	Cells []matrixCell
}

type matrixCell struct {
	X, Y  float64
	N     int
	Share float64 // of the row, for the shade
	Same  bool
	Title string
}

// side is the edge of a cell of the matrix.
const side = 30.0

func newMatrix(rows []evals.Scored) matrix {
	counts := map[string]map[string]int{}
	totals := map[string]int{}
	var names []string
	note := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, s := range rows {
		if s.First() == "-" {
			continue
		}
		is, said := categoryOf(s), corpus.CategoryOf(s.First())
		note(is)
		note(said)
		if counts[is] == nil {
			counts[is] = map[string]int{}
		}
		counts[is][said]++
		totals[is]++
	}
	slices.SortFunc(names, corpus.CompareCodes)
	m := matrix{Names: names, Width: 76 + side*float64(len(names)), Tall: 40 + side*float64(len(names))}
	for i, is := range names {
		row := matrixRow{Name: is, Y: 36 + side*float64(i)}
		for j, said := range names {
			n := counts[is][said]
			if n == 0 {
				continue
			}
			row.Cells = append(row.Cells, matrixCell{X: 70 + side*float64(j), Y: row.Y, N: n, Share: float64(n) / float64(totals[is]), Same: is == said,
				Title: fmt.Sprintf("%d of %d whose label lies in %s were called %s", n, totals[is], is, said)})
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// Columns returns where the names of the columns stand.
func (m matrix) Columns() []tick {
	var out []tick
	for j, name := range m.Names {
		out = append(out, tick{70 + side*(float64(j)+0.5), name})
	}
	return out
}
