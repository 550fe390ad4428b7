package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
)

// inquiry holds one decision against a newer edition. It collects what bears on
// the case, and the reasons for which its outcome could be another.
type inquiry struct {
	list     corpus.ListID
	decision Decision
	from     string
	compared *corpus.Comparison // nil: the text decided on is not stored, or was the digest
	after    *corpus.Outline    // of the newer edition

	found  []ListChange
	why    []string
	seen   map[string]bool         // changes taken
	looked map[string]bool         // candidates looked at
	fresh  []string                // codes that are said to be new
	told   map[*corpus.Change]bool // changed candidates that are a reason
}

func newInquiry(d Decision, from string, compared *corpus.Comparison, after *corpus.Outline) *inquiry {
	return &inquiry{list: d.List, decision: d, from: from, compared: compared, after: after, seen: map[string]bool{}, looked: map[string]bool{}, told: map[*corpus.Change]bool{}}
}

// What is weighed how. The figures were set on the shipped rows of evals and on
// the EU's editions of 2021 and 2025.
const (
	// leadingOpen is how many of the machine's candidates count as considered for
	// a product on no entry, or on a residual one: it was held against them and
	// fell short. A product on an entry was held against the others for order only.
	leadingOpen, leadingListed = 3, 1
	// leadingProbability is what such a candidate must be worth to the machine, and
	// plausible what one must be to count at all: of a chair, too, some entry is
	// the nearest.
	leadingProbability, plausible = 0.01, 0.001
	// nearTouches and nearCounts are the ranks among the nearest passages to
	// which one that is new, or has other figures, is evidence; with less than
	// these scores there is only what any two technical texts have in common.
	nearTouches, nearCounts          = 5, 3
	nearTouchesScore, nearCountScore = 0.45, 0.55

	maxChanges = 40
	maxWhy     = 12
)

// open reports whether the product was decided to fall short of the entries
// proper, so that any of them may catch it now.
func (q *inquiry) open() bool {
	return !slices.ContainsFunc(q.decision.Codes, func(c string) bool { return !corpus.IsResidual(c) })
}

// decided looks at the paragraphs decided and the passages relied on.
func (q *inquiry) decided(before *classifier.Assessment) {
	for _, code := range q.decision.Codes {
		if q.compared == nil {
			if _, there := q.after.ByCode(code); !there {
				q.take(&corpus.Change{Op: corpus.OpRemoved, Kind: corpus.KindParagraph, Code: code, ID: code}, OnDecided)
				q.because("%s, decided: not in %s", code, q.after.Meta().ID())
			}
			continue
		}
		for _, e := range q.compared.Bearing(code) {
			q.onDecided(code, e, before)
		}
	}
	if q.compared == nil {
		return
	}
	for _, p := range q.decision.Relied {
		if x := q.compared.Was(p.ID); p.Edition == q.from && x != nil && x.Substantial() {
			q.take(x, OnRelied)
			q.because("%s, relied on: %s", name(x), fate(x))
		}
	}
}

func (q *inquiry) onDecided(code string, e corpus.Effect, before *classifier.Assessment) {
	x := e.Change
	switch e.Role {
	case corpus.RoleSelf:
		q.take(x, OnDecided)
		q.because("%s, decided: %s", code, fate(x))
	case corpus.RoleAbove:
		q.take(x, OnAbove)
		if x.Op == corpus.OpChanged { // that it moved or went is said of the code itself
			q.because("%s, above %s: %s", name(x), code, fate(x))
		}
	case corpus.RoleBelow:
		q.take(x, OnDecided)
		// Of a whole entry only what the machine put forward is known to be meant.
		// A paragraph that is new below the decided one changes nothing above it.
		if x.Op != corpus.OpAdded && x.Op != corpus.OpMoved && (corpus.EntryOf(code) != code || q.putForward(before, x.Code)) {
			q.because("%s, below %s: %s", name(x), code, fate(x))
		}
	case corpus.RoleNote:
		q.take(x, OnNote)
		if x.Kind != corpus.KindNB { // it points elsewhere; what it points to counts itself
			q.because("%s: %s", name(x), fate(x))
		}
	case corpus.RoleDefinition:
		q.take(x, OnDefinition)
		q.because("%s, a term of %s: %s", name(x), code, fate(x))
	case corpus.RoleBeside:
		q.take(x, OnBeside)
	}
}

// putForward reports whether a names a paragraph on the line of code.
func (q *inquiry) putForward(a *classifier.Assessment, code string) bool {
	return a != nil && slices.ContainsFunc(a.Suggestions, func(s classifier.Suggestion) bool {
		return s.List == q.list && (onOneLine(s.Code, code) || slices.ContainsFunc(s.Also, func(c string) bool { return onOneLine(c, code) }))
	})
}

// candidate is a paragraph that the machine puts forward beside the decision.
type candidate struct {
	code  string
	rank  int  // among the candidates of its assessment, from 0
	leads bool // it counts as considered, and not as one of many
}

// candidates returns what a puts forward on the list, best first, without "on
// no entry" and what lies on the line of a decided code.
func (q *inquiry) candidates(a *classifier.Assessment) []candidate {
	var all []candidate
	if a == nil {
		return nil
	}
	leading := leadingListed
	if q.open() {
		leading = leadingOpen
	}
	add := func(code string, leads bool) {
		if !corpus.IsUnlisted(code) && !slices.ContainsFunc(q.decision.Codes, func(d string) bool { return onOneLine(d, code) }) {
			all = append(all, candidate{code, len(all), leads && len(all) < leading})
		}
	}
	for _, s := range a.Suggestions {
		if s.List == q.list && s.Probability >= plausible {
			add(s.Code, s.Probability >= leadingProbability)
		}
	}
	for _, s := range a.Suggestions {
		for _, code := range s.Also {
			if s.List == q.list && s.Probability >= plausible {
				add(code, false)
			}
		}
	}
	return all
}

// considered looks at what the machine put forward beside the decision; a
// candidate that it names again is looked at once.
func (q *inquiry) considered(a *classifier.Assessment) {
	if q.compared == nil {
		return
	}
	for _, c := range q.candidates(a) {
		if key := fmt.Sprint(c.code, c.leads); !q.looked[key] {
			q.looked[key] = true
			for _, e := range q.compared.Bearing(c.code) {
				q.onCandidate(c, e)
			}
		}
	}
}

func (q *inquiry) onCandidate(c candidate, e corpus.Effect) {
	x := e.Change
	switch e.Role {
	case corpus.RoleSelf, corpus.RoleAbove:
		q.take(x, OnCandidate)
		switch {
		case !c.leads:
		case x.Op == corpus.OpAdded:
			q.isNew(x.Code, "put forward")
		case x.Op == corpus.OpChanged && (len(x.Numbers) > 0 || c.rank == 0):
			q.told[x] = true
			q.because("%s, put forward: %s", name(x), fate(x))
		}
	case corpus.RoleNote:
		if !c.leads {
			return
		}
		q.take(x, OnCandidate)
		// A product on no entry may be there for a note; on an entry it is there
		// whatever is said of others.
		if c.rank == 0 && q.open() && x.Kind == corpus.KindNote {
			q.because("%s, put forward; %s: %s", c.code, name(x), fate(x))
		}
	case corpus.RoleDefinition:
		if c.leads {
			q.take(x, OnCandidate)
		}
	case corpus.RoleBeside:
		if c.leads {
			q.take(x, OnBeside)
		}
	}
}

// isNew gives as a reason that code is new on the list; when what lies above it
// is new too, that is what is said, once.
func (q *inquiry) isNew(code, how string) {
	for _, up := range corpus.AncestorsOf(code) {
		if x := q.compared.Is(up); x != nil && x.Op == corpus.OpAdded {
			code = up
			break
		}
	}
	if !slices.Contains(q.fresh, code) {
		q.fresh = append(q.fresh, code)
		q.because("%s, %s: new on the list", code, how)
	}
}

// near looks at the passages of the newer edition that lie nearest.
func (q *inquiry) near(near []classifier.Near) {
	if q.compared == nil {
		return
	}
	rank := 0
	for _, n := range near {
		if n.List != q.list {
			continue
		}
		rank++
		x := q.compared.Is(n.ID)
		if x == nil || rank > nearTouches || n.Score < nearTouchesScore || x.Kind != corpus.KindEntry && x.Kind != corpus.KindParagraph {
			continue
		}
		if x.Op != corpus.OpAdded && len(x.Numbers) == 0 {
			continue
		}
		q.take(x, OnNear)
		switch counts := q.open() && rank <= nearCounts && n.Score >= nearCountScore; {
		case counts && x.Op == corpus.OpAdded:
			q.isNew(x.Code, "near the product's words")
		case counts && !q.told[x]:
			q.because("%s, near the product's words: %s", name(x), fate(x))
		}
	}
}

// suggested compares what the machine says with what it said. It counts when
// it has come to another entry than that decided and than it named before: what
// it named before was judged already. Where the texts have nothing that bears
// on the case, it counts only from the same machine: another one has other
// opinions without any edition.
func (q *inquiry) suggested(before, now Said) {
	if now.Code == "" || q.agrees(now.Code) || before.Code != "" && sameEntry(before.Code, now.Code) {
		return
	}
	if q.compared != nil && len(q.found) == 0 && !sameMachine(before, now) {
		return
	}
	was := before.Code
	if was == "" {
		was = "nothing"
	}
	q.because("the machine suggests %s; before it suggested %s", now.Code, was)
}

// agrees reports whether code is of the entry decided, or both are on none.
func (q *inquiry) agrees(code string) bool {
	if q.decision.NotListed {
		return corpus.IsUnlisted(code)
	}
	return slices.ContainsFunc(q.decision.Codes, func(d string) bool { return sameEntry(d, code) })
}

// sameMachine reports whether two answers come from one model and one digest.
func sameMachine(a, b Said) bool {
	digest := func(s Said) string { d, _, _ := strings.Cut(s.Corpus, ";"); return d }
	return a.Model == b.Model && digest(a) == digest(b)
}

func sameEntry(a, b string) bool {
	return corpus.IsUnlisted(a) && corpus.IsUnlisted(b) || corpus.EntryOf(a) == corpus.EntryOf(b)
}

// onOneLine reports whether one of two codes lies on the way to the other.
func onOneLine(a, b string) bool { return corpus.Covers(a, b) || corpus.Covers(b, a) }

// take records that x bears on the case; the first bearing found is the weightiest.
func (q *inquiry) take(x *corpus.Change, b Bearing) {
	key := string(x.Op) + " " + x.ID
	if q.seen[key] {
		return
	}
	q.seen[key] = true
	q.found = append(q.found, listChange(x, b))
}

func listChange(x *corpus.Change, b Bearing) ListChange {
	return ListChange{What: x.Op, Kind: x.Kind, Code: x.Code, From: x.From, Label: x.Label, Bearing: b, Words: x.Excerpt(), Numbers: x.Numbers}
}

func (q *inquiry) because(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(q.why, s) {
		q.why = append(q.why, s)
	}
}

// changes returns what was found, the weightiest first, and how many are left out.
func (q *inquiry) changes() ([]ListChange, int) {
	order := Bearings()
	slices.SortStableFunc(q.found, func(a, b ListChange) int {
		return cmp.Compare(slices.Index(order, a.Bearing), slices.Index(order, b.Bearing))
	})
	n := min(len(q.found), maxChanges)
	return append([]ListChange{}, q.found[:n]...), len(q.found) - n
}

// reasons returns the sentences, the first ones when there are many.
func (q *inquiry) reasons() []string {
	if len(q.why) <= maxWhy {
		return append([]string{}, q.why...)
	}
	return append(slices.Clone(q.why[:maxWhy-1]), fmt.Sprintf("and %d more", len(q.why)-maxWhy+1))
}
