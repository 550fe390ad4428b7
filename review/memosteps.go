package review

import (
	"fmt"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
)

// Track is the order in which one law wants lists to be gone through.
type Track struct {
	Law   string
	Steps []Step
}

// Step is one question of a track, with its answer.
type Step struct {
	Ask    string // "Is it described on …?"
	List   corpus.ListID
	Answer StepAnswer
	Why    string // from what the records say; says so when they are silent
}

// StepAnswer is the answer to a step.
type StepAnswer string

const (
	StepYes        StepAnswer = "yes"          // decided so
	StepNo         StepAnswer = "no"           // decided so, or passed over by the decision with something on record about it
	StepOpen       StepAnswer = "open"         // not decided
	StepNotReached StepAnswer = "not_reached"  // an earlier step was answered with yes
	StepSilent     StepAnswer = "not_recorded" // the decision goes past it and nothing on record speaks of it
	StepNotAsked   StepAnswer = "not_examined" // the case does not ask about the list
)

// stage is one step as the law has it. of tells whether a code of the list
// belongs to it; nil means every code but those of goods on no entry.
type stage struct {
	list corpus.ListID
	ask  string
	of   func(code string) bool
}

// orders are the orders of review: for the United States, Supplement No. 4 to
// part 774 of the EAR; in Europe military goods go before dual-use goods.
var orders = []struct {
	law    string
	stages []stage
}{
	{"United States", []stage{
		{corpus.USUSML, "Does the US Munitions List describe it?", nil},
		{corpus.USCCL, "Does a 600-series or 9x515 entry of the Commerce Control List describe it?", isMilitarySeries},
		{corpus.USCCL, "Does another entry of the Commerce Control List describe it?", isPlainEntry},
		{corpus.USCCL, "Does a residual entry (99x) of the Commerce Control List describe it?", corpus.IsResidual},
		{corpus.USCCL, "Is it on no entry of the Commerce Control List (EAR99)?", corpus.IsUnlisted},
	}},
	{"European Union", []stage{
		{corpus.EUMilitary, "Does the Common Military List describe it?", nil},
		{corpus.EUDualUse, "Does an entry of Annex I to Regulation (EU) 2021/821 describe it?", nil},
	}},
	{"United Kingdom", []stage{{corpus.UKDualUse, "Does an entry of the dual-use list describe it?", nil}}},
	{"Wassenaar Arrangement", []stage{{corpus.Wassenaar, "Does an item of the lists describe it?", nil}}},
}

// isMilitarySeries tells the entries of the CCL that hold munitions moved from
// the Munitions List: the 600 series and 9x515.
func isMilitarySeries(code string) bool {
	return len(code) >= 5 && (code[2] == '6' || code[0] == '9' && code[2:5] == "515")
}

func isPlainEntry(code string) bool {
	return !corpus.IsUnlisted(code) && !corpus.IsResidual(code) && !isMilitarySeries(code)
}

// tracks answers the orders of review for the lists of m. A law none of whose
// lists is asked about is left out; a list without an order is a track of its own.
func tracks(m Memo) []Track {
	var all []Track
	known := map[corpus.ListID]bool{}
	for _, o := range orders {
		asked := false
		for _, g := range o.stages {
			known[g.list] = true
			asked = asked || m.list(g.list) != nil
		}
		if asked {
			all = append(all, Track{o.law, m.steps(o.stages)})
		}
	}
	for _, l := range m.Lists {
		if !known[l.ID] {
			all = append(all, Track{l.Title, m.steps([]stage{{l.ID, "Does an entry of " + l.Title + " describe it?", nil}})})
		}
	}
	return all
}

func (m Memo) list(id corpus.ListID) *MemoList {
	if i := slices.IndexFunc(m.Lists, func(l MemoList) bool { return l.ID == id }); i >= 0 {
		return &m.Lists[i]
	}
	return nil
}

func (m Memo) steps(stages []stage) []Step {
	var steps []Step
	found := "" // the code that answered an earlier step with yes
	for _, g := range stages {
		l := m.list(g.list)
		if l == nil {
			if len(steps) > 0 && steps[len(steps)-1].List == g.list {
				continue // one line for a list that is not asked about
			}
			steps = append(steps, Step{g.askBroadly(), g.list, StepNotAsked, "The case does not ask about this list. Nothing is said of it here; it has to be examined elsewhere."})
			continue
		}
		st := g.answer(l, found)
		steps = append(steps, st)
		if st.Answer == StepYes && found == "" {
			found = l.Answer
		}
	}
	return steps
}

// askBroadly is the question about the whole list.
func (g stage) askBroadly() string {
	if g.list == corpus.USCCL {
		return "Does the Commerce Control List describe it?"
	}
	return g.ask
}

func (g stage) holds(code string) bool {
	if g.of == nil {
		return !corpus.IsUnlisted(code)
	}
	return g.of(code)
}

// answer says what the records have on the stage. found is the code that
// answered an earlier stage of the law, or "".
func (g stage) answer(l *MemoList, found string) Step {
	st := Step{Ask: g.ask, List: g.list}
	if l.Stands == nil {
		st.Answer, st.Why = StepOpen, g.openWhy(l)
		return st
	}
	decided := l.Codes
	if l.Stands.NotListed {
		decided = []string{l.Answer}
	}
	var here []string
	for _, code := range decided {
		if g.holds(code) {
			here = append(here, code)
		}
	}
	switch {
	case corpus.IsUnlisted(l.Answer) && g.list == corpus.USCCL && l.Answer == "none":
		st.Answer, st.Why = StepNo, fmt.Sprintf("Decided: on no entry. Goods on the Munitions List (%s) are not subject to the EAR.", found)
	case len(here) > 0 && corpus.IsUnlisted(here[0]):
		st.Answer, st.Why = StepYes, fmt.Sprintf("Decided: %s, on no entry of the list.", here[0])
	case len(here) > 0:
		st.Answer, st.Why = StepYes, fmt.Sprintf("Decided: %s.", strings.Join(here, " and "))
	case l.Stands.NotListed:
		st.Answer, st.Why = StepNo, "Decided: on no entry of the list."
		if l.Outcome != nil && g.of == nil && corpus.IsUnlisted(l.Outcome.Code) {
			st.Why += " The assessment came to the same: " + l.Outcome.Reason
		} else if c := g.candidates(l); c != "" {
			st.Why += " " + c
		}
	case found != "":
		st.Answer, st.Why = StepNotReached, fmt.Sprintf("The order of review ended with %s.", found)
	default:
		st.Answer, st.Why = g.passed(l)
	}
	return st
}

// passed is for a stage before the one that the decision names.
func (g stage) passed(l *MemoList) (StepAnswer, string) {
	if c := g.candidates(l); c != "" {
		return StepNo, fmt.Sprintf("The decision, %s, goes past it. %s", l.Answer, c)
	}
	return StepSilent, fmt.Sprintf("The decision, %s, goes past it. Nobody recorded an answer to this step, and the assessment put nothing forward here.", l.Answer)
}

// candidates says what the assessment put forward in the stage, best first.
func (g stage) candidates(l *MemoList) string {
	var weighed, named []string
	for _, r := range l.Rows {
		if s := r.Suggestion; s != nil && !r.Decided && g.holds(s.Code) {
			weighed = append(weighed, fmt.Sprintf("%s (probability %s)", s.Code, Percent(s.Probability)))
		}
	}
	for _, code := range l.Further {
		if g.holds(code) {
			named = append(named, code)
		}
	}
	more := ""
	if n := len(named); n > 4 {
		named, more = named[:4], fmt.Sprintf(" and %d more", n-4)
	}
	switch {
	case len(weighed) > 0:
		return "The assessment weighed " + strings.Join(weighed, ", ") + " here; section 6 says why not."
	case len(named) > 0:
		return "The assessment named " + strings.Join(named, ", ") + more + " here, with probabilities below 1\u00A0%."
	}
	return ""
}

func (g stage) openWhy(l *MemoList) string {
	switch {
	case l.Disputed:
		return "Two officers differ; nobody has settled it."
	case l.Outcome == nil:
		return "Nothing is assessed or decided yet."
	case g.holds(l.Outcome.Code):
		return fmt.Sprintf("Not decided. The assessment suggests %s (probability %s), which belongs to this step.", l.Outcome.Code, Percent(l.Outcome.Probability))
	}
	what := fmt.Sprintf("Not decided. The assessment suggests %s (probability %s), which belongs to another step.", l.Outcome.Code, Percent(l.Outcome.Probability))
	if l.Outcome.Status == classifier.Undetermined {
		what = "Not decided, and the assessment does not determine it."
	}
	return what
}

// Percent writes a probability for people. Nothing is ever quite certain, and
// what is rounded away was not nothing.
func Percent(p float64) string {
	switch {
	case p < 0.01:
		return "below 1\u00A0%"
	case p > 0.99:
		return "above 99\u00A0%"
	}
	return fmt.Sprintf("%.0f\u00A0%%", 100*p)
}
