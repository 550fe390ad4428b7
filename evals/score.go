package evals

import (
	"slices"

	"assay/classifier"
	"assay/corpus"
)

// Level is how deep two codes are compared.
type Level string

const (
	ByCategory  Level = "category"  // "3", "ML11"; a munitions category is its own
	ByGroup     Level = "group"     // "3A"
	ByEntry     Level = "entry"     // five characters, "3A001"
	ByParagraph Level = "paragraph" // to the depth of the label
)

// Levels returns every level, shallow first.
func Levels() []Level { return []Level{ByCategory, ByGroup, ByEntry, ByParagraph} }

// Scored holds what one row earned on one list.
type Scored struct {
	ID         string        `json:"id"`
	Family     string        `json:"family"`
	Kind       string        `json:"kind,omitempty"`
	Lang       string        `json:"lang,omitempty"`
	Difficulty string        `json:"difficulty,omitempty"`
	List       corpus.ListID `json:"list"`
	Labels     []string      `json:"labels"`
	Accept     []string      `json:"accept,omitempty"`
	Predicted  []string      `json:"predicted"` // codes best first
	// Odds are the probabilities of Predicted, in the same order.
	Odds   []float64         `json:"odds"`
	Status classifier.Status `json:"status"` // of the outcome
	// Ranks says where the first right code stands at each level, counted over
	// different codes of that level; 1 is the best, 0 means nowhere.
	Ranks  map[Level]int `json:"ranks"`
	Graded float64       `json:"graded"`
	Over   bool          `json:"over,omitempty"`
	Under  bool          `json:"under,omitempty"`
	MS     float64       `json:"ms"`
	// Cited counts the citations, Faults says what is wrong with some of them.
	Cited  int      `json:"cited"`
	Faults []string `json:"faults,omitempty"`
	Error  string   `json:"error,omitempty"` // the row could not be assessed
}

// Answer is what a classifier says of one row on one list: codes best first,
// each with its probability or, when it gives none, with nothing.
type Answer struct {
	Codes  []string
	Odds   []float64
	Status classifier.Status
}

// AnswerOf takes the answer for list out of an assessment.
func AnswerOf(a classifier.Assessment, list corpus.ListID) Answer {
	var out Answer
	for _, s := range a.Suggestions {
		if s.List == list {
			out.Codes, out.Odds = append(out.Codes, s.Code), append(out.Odds, s.Probability)
		}
	}
	for _, o := range a.Outcomes {
		if o.List == list {
			out.Status = o.Status
		}
	}
	if !slices.ContainsFunc(out.Odds, func(p float64) bool { return p > 0 }) {
		out.Odds = nil // it gives none
	}
	return out
}

// Score compares the answer for a row on one list with its labels.
//
//   - A rank at the level of entries, groups or categories is that of the first
//     code that shares it with a label or an accepted code. "On no entry" is a
//     class of its own at every level.
//   - At the level of paragraphs a code is right when it is a label or an
//     accepted code, to its full depth; a label that names only the entry asks
//     for no more.
//   - Graded is 1 for the right paragraph, 0.7 for the same entry, 0.4 for the
//     same category and product group, 0.2 for the same category.
//   - Over and Under say that the first code stands higher or lower than every
//     right one, in the order not listed < residual < listed.
func Score(row Row, list corpus.ListID, answer Answer) Scored {
	s := Scored{ID: row.ID, Family: row.Family, Kind: row.Kind, Lang: row.Lang, Difficulty: row.Difficulty, List: list,
		Labels: row.Labels[list], Accept: row.Accept[list], Predicted: answer.Codes, Odds: answer.Odds, Status: answer.Status, Ranks: map[Level]int{}}
	right := slices.Concat(s.Labels, s.Accept)
	for _, level := range Levels() {
		s.Ranks[level] = rank(answer.Codes, right, level)
	}
	if len(answer.Codes) == 0 {
		return s
	}
	first := answer.Codes[0]
	lowest, highest := 2, 0
	for _, code := range right {
		s.Graded = max(s.Graded, grade(first, code))
		lowest, highest = min(lowest, tier(code)), max(highest, tier(code))
	}
	s.Over, s.Under = tier(first) > highest, tier(first) < lowest
	return s
}

// Exact reports whether the first code is right to its full depth.
func (s Scored) Exact() bool { return s.Ranks[ByParagraph] == 1 }

// Right reports whether the first code names the right entry.
func (s Scored) Right() bool { return s.Ranks[ByEntry] == 1 }

// First returns the first code, "-" for none.
func (s Scored) First() string {
	if len(s.Predicted) == 0 {
		return "-"
	}
	return s.Predicted[0]
}

// Confidence is the probability of the first code; an answer that the
// classifier calls undetermined is worth none.
func (s Scored) Confidence() float64 {
	if len(s.Odds) == 0 || s.Status == classifier.Undetermined {
		return 0
	}
	return s.Odds[0]
}

func rank(codes, right []string, level Level) int {
	var seen []string
	for _, code := range codes {
		at := cut(code, level)
		if slices.Contains(seen, at) {
			continue
		}
		seen = append(seen, at)
		if slices.ContainsFunc(right, func(label string) bool {
			if level == ByParagraph {
				return grade(code, label) == 1
			}
			return cut(label, level) == at
		}) {
			return len(seen)
		}
	}
	return 0
}

// cut returns code at a level.
func cut(code string, level Level) string {
	if corpus.IsUnlisted(code) {
		return code
	}
	switch level {
	case ByCategory:
		return corpus.CategoryOf(code)
	case ByGroup:
		return corpus.GroupOf(code)
	case ByEntry:
		return corpus.EntryOf(code)
	}
	return code
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

// tier orders codes by how much they control.
func tier(code string) int {
	switch {
	case corpus.IsUnlisted(code):
		return 0
	case corpus.IsResidual(code):
		return 1
	}
	return 2
}
