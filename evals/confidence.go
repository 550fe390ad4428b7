package evals

import (
	"cmp"
	"math"
	"slices"
)

// Point is a point of a curve.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// RiskCoverage returns the share of wrong first codes (Y, at entries) among the
// share of rows (X) about which the classifier is surest: what happens when it may
// abstain. Rows of one confidence enter together, so that their order says nothing.
func RiskCoverage(rows []Scored) []Point {
	var curve []Point
	sure := slices.Clone(rows)
	slices.SortStableFunc(sure, func(a, b Scored) int { return cmp.Compare(b.Confidence(), a.Confidence()) })
	wrong := 0.0
	for i := 0; i < len(sure); {
		j := i
		for ; j < len(sure) && sure[j].Confidence() == sure[i].Confidence(); j++ {
			wrong += flag(!sure[j].Right())
		}
		curve = append(curve, Point{float64(j) / float64(len(sure)), wrong / float64(j)})
		i = j
	}
	return curve
}

// aurc is the area under the risk-coverage curve: the mean risk over all coverages.
func aurc(rows []Scored) float64 {
	var area, from float64
	for _, p := range RiskCoverage(rows) {
		area += (p.X - from) * p.Y
		from = p.X
	}
	return area
}

// RiskAt returns the share of wrong answers when the classifier answers at
// least this share of rows.
func RiskAt(rows []Scored, coverage float64) float64 {
	for _, p := range RiskCoverage(rows) {
		if p.X >= coverage-1e-9 {
			return p.Y
		}
	}
	return math.NaN()
}

// Bin is one bar of a reliability diagram: N answers whose probability is
// Said on average, of which the share Held was right.
type Bin struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	Said float64 `json:"said"`
	Held float64 `json:"held"`
	N    int     `json:"n"`
}

// bins is how many bars a reliability diagram has.
const bins = 10

// Reliability sorts answers into bins of equal number by the probability of
// their first code, at entries. Equal numbers, because almost all
// probabilities lie near one and bins of equal width would be empty.
func Reliability(rows []Scored) []Bin {
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b Scored) int { return cmp.Compare(a.Odds[0], b.Odds[0]) })
	var out []Bin
	for i := range bins {
		part := sorted[len(sorted)*i/bins : len(sorted)*(i+1)/bins]
		if len(part) == 0 {
			continue
		}
		b := Bin{From: part[0].Odds[0], To: part[len(part)-1].Odds[0], N: len(part)}
		for _, r := range part {
			b.Said += r.Odds[0] / float64(len(part))
			b.Held += flag(r.Right()) / float64(len(part))
		}
		out = append(out, b)
	}
	return out
}

// ece is the expected calibration error: how far what was said lies from what
// held, over the bins of Reliability.
func ece(rows []Scored) float64 {
	var sum float64
	for _, b := range Reliability(rows) {
		sum += float64(b.N) / float64(len(rows)) * math.Abs(b.Said-b.Held)
	}
	return sum
}

// brier is the mean squared difference between the probability of the first
// code and whether it was right.
func brier(rows []Scored) float64 {
	var sum float64
	for _, r := range rows {
		d := r.Odds[0] - flag(r.Right())
		sum += d * d
	}
	return sum / float64(len(rows))
}
