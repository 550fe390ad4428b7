package evals

import (
	"slices"
)

// CostPoint says what mistakes cost when missing a listed product is Ratio times
// as bad as calling a free one listed. Costs are per product, as shares of
// what the better of two empty answers ("all listed", "none listed") costs: 1 is useless.
type CostPoint struct {
	Ratio float64 `json:"ratio"`
	Now   float64 `json:"now"`  // with the first code as the answer
	Best  float64 `json:"best"` // with the threshold that suits Ratio best, in hindsight
	At    float64 `json:"at"`   // that threshold on the probability of being listed
}

// ratios are the prices of a missed listing that the cost curve is drawn for.
var ratios = []float64{1. / 16, 1. / 8, 1. / 4, 1. / 2, 1, 2, 4, 8, 16}

// CostCurve weighs over- against under-classification. A row counts as listed
// when its label is an entry that is not residual.
func CostCurve(rows []Scored) []CostPoint {
	type one struct {
		odds         float64 // that it is listed
		said, listed bool
	}
	var all []one
	var listed, free float64
	for _, r := range rows {
		if len(r.Predicted) == 0 {
			continue
		}
		o := one{listed: tier(r.Labels[0]) == 2, said: tier(r.Predicted[0]) == 2}
		for i, code := range r.Predicted[:min(len(r.Predicted), len(r.Odds))] {
			if tier(code) == 2 {
				o.odds += r.Odds[i]
			}
		}
		all = append(all, o)
		listed += flag(o.listed)
		free += flag(!o.listed)
	}
	if listed == 0 || free == 0 {
		return nil // there is only one kind of mistake
	}
	cost := func(ratio float64, said func(one) bool) float64 {
		var sum float64
		for _, o := range all {
			switch s := said(o); {
			case o.listed && !s:
				sum += ratio
			case !o.listed && s:
				sum++
			}
		}
		return sum / min(free, ratio*listed)
	}
	thresholds := []float64{0, 2} // all listed, none listed
	for _, o := range all {
		thresholds = append(thresholds, o.odds)
	}
	slices.Sort(thresholds)
	thresholds = slices.Compact(thresholds)
	var curve []CostPoint
	for _, ratio := range ratios {
		p := CostPoint{Ratio: ratio, Now: cost(ratio, func(o one) bool { return o.said }), Best: 2}
		for _, t := range thresholds {
			if c := cost(ratio, func(o one) bool { return o.odds >= t }); c < p.Best {
				p.Best, p.At = c, t
			}
		}
		curve = append(curve, p)
	}
	return curve
}
