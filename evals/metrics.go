package evals

import (
	"slices"

	"assay/corpus"
)

// Scored holds what one row earned on one list.
type Scored struct {
	ID        string        `json:"id"`
	Family    string        `json:"family"`
	Kind      string        `json:"kind,omitempty"`
	List      corpus.ListID `json:"list"`
	Labels    []string      `json:"labels"`
	Accept    []string      `json:"accept,omitempty"`
	Predicted []string      `json:"predicted"` // codes best first
	Exact     float64       `json:"exact"`
	Graded    float64       `json:"graded"`
	Hit1      float64       `json:"hit1"`
	Hit5      float64       `json:"hit5"`
	MRR       float64       `json:"mrr"`
	Over      float64       `json:"over"`
	Under     float64       `json:"under"`
	Error     string        `json:"error,omitempty"`
}

// Score compares the predicted codes of a row, best first, with its labels.
//
//   - Hit1, Hit5 and MRR are at entries: five characters, a munitions category,
//     or "on no entry".
//   - Exact is 1 when the first code is a label or an accepted code, to its
//     full depth; a label that names only the entry asks for no more.
//   - Graded is 1 for exact, 0.7 for the same entry, 0.4 for the same category
//     and product group, 0.2 for the same category. "On no entry" is a class of
//     its own: right or wrong.
//   - Over and Under say that the first code stands higher or lower than every
//     right one, in the order not listed < residual < listed.
func Score(row Row, list corpus.ListID, predicted []string) Scored {
	s := Scored{ID: row.ID, Family: row.Family, Kind: row.Kind, List: list, Labels: row.Labels[list], Accept: row.Accept[list],
		Predicted: predicted}
	right := append(slices.Clone(s.Labels), s.Accept...)
	var entries []string
	for _, code := range predicted {
		if e := corpus.EntryOf(code); !slices.Contains(entries, e) {
			entries = append(entries, e)
		}
	}
	for i, e := range entries {
		if slices.ContainsFunc(right, func(code string) bool { return corpus.EntryOf(code) == e }) {
			s.MRR = 1 / float64(i+1)
			if i == 0 {
				s.Hit1 = 1
			}
			if i < 5 {
				s.Hit5 = 1
			}
			break
		}
	}
	if len(predicted) == 0 {
		return s
	}
	first := predicted[0]
	lowest, highest := 2, 0
	for _, code := range right {
		s.Graded = max(s.Graded, grade(first, code))
		lowest, highest = min(lowest, tier(code)), max(highest, tier(code))
	}
	if s.Graded == 1 {
		s.Exact = 1
	}
	if tier(first) > highest {
		s.Over = 1
	}
	if tier(first) < lowest {
		s.Under = 1
	}
	return s
}

func grade(predicted, label string) float64 {
	switch {
	case predicted == label:
		return 1
	case corpus.IsUnlisted(predicted) || corpus.IsUnlisted(label):
		return 0
	case corpus.EntryOf(predicted) == label:
		return 1 // the label asks for the entry only
	case corpus.EntryOf(predicted) == corpus.EntryOf(label):
		return 0.7
	case corpus.GroupOf(predicted) == corpus.GroupOf(label):
		return 0.4
	case corpus.CategoryOf(predicted) == corpus.CategoryOf(label):
		return 0.2
	}
	return 0
}

func tier(code string) int {
	switch {
	case corpus.IsUnlisted(code):
		return 0
	case corpus.IsResidual(code):
		return 1
	}
	return 2
}

// Figure is a mean over N rows with its 95 % interval.
type Figure struct {
	Name string  `json:"name"`
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	N    int     `json:"n"`
}

// measures are the figures of a list, each over the rows that it asks about.
var measures = []struct {
	name  string
	of    func(Scored) bool
	value func(Scored) float64
}{
	{"hit@1", all, func(s Scored) float64 { return s.Hit1 }},
	{"hit@5", all, func(s Scored) float64 { return s.Hit5 }},
	{"MRR", all, func(s Scored) float64 { return s.MRR }},
	{"exact", all, func(s Scored) float64 { return s.Exact }},
	{"graded", all, func(s Scored) float64 { return s.Graded }},
	{"over-classified", all, func(s Scored) float64 { return s.Over }},
	{"under-classified", all, func(s Scored) float64 { return s.Under }},
	{"not listed called listed", labelTier(0), func(s Scored) float64 { return s.Over }},
	{"listed called not listed", labelTier(2), func(s Scored) float64 { return calledUnlisted(s) }},
	{"hit@1 of listed", labelTier(2), func(s Scored) float64 { return s.Hit1 }},
	{"hit@1 of residual", labelTier(1), func(s Scored) float64 { return s.Hit1 }},
	{"hit@1 of not listed", labelTier(0), func(s Scored) float64 { return s.Hit1 }},
}

func all(Scored) bool { return true }

func labelTier(t int) func(Scored) bool {
	return func(s Scored) bool { return tier(s.Labels[0]) == t }
}

func calledUnlisted(s Scored) float64 {
	if len(s.Predicted) > 0 && corpus.IsUnlisted(s.Predicted[0]) && s.Hit1 == 0 {
		return 1
	}
	return 0
}

// Figures returns the figures over the rows of one list, in a fixed order.
func Figures(rows []Scored, seed uint64) []Figure {
	var out []Figure
	for _, m := range measures {
		var values []float64
		var families []string
		for _, r := range rows {
			if m.of(r) {
				values, families = append(values, m.value(r)), append(families, r.Family)
			}
		}
		if len(values) == 0 {
			continue
		}
		f := Figure{Name: m.name, Mean: mean(values), N: len(values)}
		f.Low, f.High = interval(values, families, seed)
		out = append(out, f)
	}
	return out
}
