package evals

import (
	"fmt"

	"assay/corpus"
)

// Figure is one number about N rows with its 95 % interval.
type Figure struct {
	Name string  `json:"name"`
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	N    int     `json:"n"`
}

// measure is a figure of a list, over the rows that it asks about. Exactly one
// of value and whole is set: a mean over rows, or a function of all of them.
type measure struct {
	name  string
	of    func(Scored) bool
	value func(Scored) float64
	whole func([]Scored) float64
	// less says that smaller is better.
	less bool
}

// measures returns every figure in the order in which they are printed.
func measures() []measure {
	all := func(Scored) bool { return true }
	ms := []measure{
		{name: "exact", of: all, value: func(s Scored) float64 { return flag(s.Exact()) }},
		{name: "graded", of: all, value: func(s Scored) float64 { return s.Graded }},
	}
	for _, l := range []Level{ByEntry, ByParagraph, ByGroup, ByCategory} {
		for _, k := range []int{1, 5, 10} {
			ms = append(ms, measure{name: levelled(fmt.Sprintf("hit@%d", k), l), of: all,
				value: func(s Scored) float64 { return flag(s.Ranks[l] >= 1 && s.Ranks[l] <= k) }})
		}
		ms = append(ms, measure{name: levelled("MRR", l), of: all, value: func(s Scored) float64 { return reciprocal(s.Ranks[l]) }})
	}
	return append(ms,
		measure{name: "over-classified", of: all, value: func(s Scored) float64 { return flag(s.Over) }, less: true},
		measure{name: "under-classified", of: all, value: func(s Scored) float64 { return flag(s.Under) }, less: true},
		measure{name: "not listed called listed", of: labelTier(0), value: func(s Scored) float64 { return flag(s.Over) }, less: true},
		measure{name: "listed called not listed", of: labelTier(2), value: calledUnlisted, less: true},
		measure{name: "hit@1 of listed", of: labelTier(2), value: func(s Scored) float64 { return flag(s.Right()) }},
		measure{name: "hit@1 of residual", of: labelTier(1), value: func(s Scored) float64 { return flag(s.Right()) }},
		measure{name: "hit@1 of not listed", of: labelTier(0), value: func(s Scored) float64 { return flag(s.Right()) }},
		measure{name: "hit@1 of near misses", of: ofKind("near_miss"), value: func(s Scored) float64 { return flag(s.Right()) }},
		measure{name: "hit@1 not in English", of: func(s Scored) bool { return s.Lang != "" && s.Lang != "en" }, value: func(s Scored) float64 { return flag(s.Right()) }},
		measure{name: "area under risk-coverage", of: hasOdds, whole: aurc, less: true},
		measure{name: "calibration error (ECE)", of: hasOdds, whole: ece, less: true},
		measure{name: "Brier score", of: hasOdds, whole: brier, less: true},
		measure{name: "valid citations", of: func(s Scored) bool { return s.Cited > 0 }, value: func(s Scored) float64 { return 1 - float64(len(s.Faults))/float64(s.Cited) }},
	)
}

func levelled(name string, l Level) string {
	if l == ByEntry {
		return name // the level that is meant when none is named
	}
	return name + " " + string(l)
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func reciprocal(rank int) float64 {
	if rank == 0 {
		return 0
	}
	return 1 / float64(rank)
}

func labelTier(t int) func(Scored) bool {
	return func(s Scored) bool { return tier(s.Labels[0]) == t }
}

func ofKind(kind string) func(Scored) bool { return func(s Scored) bool { return s.Kind == kind } }

func hasOdds(s Scored) bool { return len(s.Odds) > 0 }

func calledUnlisted(s Scored) float64 {
	return flag(len(s.Predicted) > 0 && corpus.IsUnlisted(s.Predicted[0]) && !s.Right())
}

// over returns the rows that m asks about.
func (m measure) over(rows []Scored) []Scored {
	var out []Scored
	for _, r := range rows {
		if m.of(r) {
			out = append(out, r)
		}
	}
	return out
}

// stat returns the figure's number over rows.
func (m measure) stat(rows []Scored) float64 {
	if m.whole != nil {
		return m.whole(rows)
	}
	var sum float64
	for _, r := range rows {
		sum += m.value(r)
	}
	return sum / float64(len(rows))
}

// Figures returns the figures over the rows of one list, in a fixed order.
// Those that no row is asked for are left out.
func Figures(rows []Scored, seed uint64) []Figure {
	var out []Figure
	for _, m := range measures() {
		asked := m.over(rows)
		if len(asked) == 0 {
			continue
		}
		f := Figure{Name: m.name, Mean: m.stat(asked), N: len(asked)}
		if family := func(s Scored) string { return s.Family }; m.whole != nil {
			f.Low, f.High = interval(asked, family, m.whole, seed)
		} else {
			f.Low, f.High = intervalOfMean(asked, family, m.value, seed)
		}
		out = append(out, f)
	}
	return out
}
