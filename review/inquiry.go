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

	found []ListChange
	seen  map[string]bool
	why   []string
}

// What is weighed how. The figures were set on the shipped rows of evals and on
// the EU's editions of 2021 and 2025.
const (
	// leadingOpen is how many of the machine's candidates count as considered for
	// a product on no entry, or on a residual one: it was held against them and
	// fell short. A product on an entry was held against the others for order only.
	leadingOpen, leadingListed = 3, 1
	// nearTouches and nearCounts are the ranks among the nearest passages to
	// which a new one is evidence; with less than these scores there is only
	// what any two technical texts have in common.
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
				q.because("%s, as decided, is not in %s", code, q.after.Meta().ID())
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
			q.because("%s, relied on, %s", name(x), fate(x))
		}
	}
}

func (q *inquiry) onDecided(code string, e corpus.Effect, before *classifier.Assessment) {
	x := e.Change
	switch e.Role {
	case corpus.RoleSelf:
		q.take(x, OnDecided)
		q.because("%s, as decided, %s", code, fate(x))
	case corpus.RoleAbove:
		q.take(x, OnAbove)
		if x.Op == corpus.OpChanged { // that it moved or went is said of the code itself
			q.because("%s, above %s, %s", name(x), code, fate(x))
		}
	case corpus.RoleBelow:
		q.take(x, OnDecided)
		// Of a whole entry only what the machine put forward is known to be meant.
		// A paragraph that is new below the decided one changes nothing above it.
		if x.Op != corpus.OpAdded && x.Op != corpus.OpMoved && (corpus.EntryOf(code) != code || q.putForward(before, x.Code)) {
			q.because("%s, below %s, %s", name(x), code, fate(x))
		}
	case corpus.RoleNote:
		q.take(x, OnNote)
		if x.Kind != corpus.KindNB { // it points elsewhere; what it points to counts itself
			q.because("%s %s", name(x), fate(x))
		}
	case corpus.RoleDefinition:
		q.take(x, OnDefinition)
		q.because("%s, a term of %s, %s", name(x), code, fate(x))
	case corpus.RoleBeside:
		q.take(x, OnBeside)
	}
}

// putForward reports whether a names a paragraph on the line of code.
func (q *inquiry) putForward(a *classifier.Assessment, code string) bool {
	return slices.ContainsFunc(q.candidates(a), func(c string) bool { return onOneLine(c, code) })
}

// candidates returns the codes that a puts forward on the list, best first,
// without "on no entry" and what lies on the line of a decided code.
func (q *inquiry) candidates(a *classifier.Assessment) []string {
	var codes, also []string
	if a == nil {
		return nil
	}
	for _, s := range a.Suggestions {
		if s.List == q.list && !corpus.IsUnlisted(s.Code) {
			codes, also = append(codes, s.Code), append(also, s.Also...)
		}
	}
	return append(codes, also...)
}

// considered looks at what the machine put forward beside the decision, then or now.
func (q *inquiry) considered(a *classifier.Assessment, when string) {
	if q.compared == nil {
		return
	}
	leading := leadingListed
	if q.open() {
		leading = leadingOpen
	}
	for i, code := range q.candidates(a) {
		if slices.ContainsFunc(q.decision.Codes, func(d string) bool { return onOneLine(d, code) }) {
			leading++ // it takes no place among the others
			continue
		}
		for _, e := range q.compared.Bearing(code) {
			q.onCandidate(code, e, when, i < leading, i == 0)
		}
	}
}

func (q *inquiry) onCandidate(code string, e corpus.Effect, when string, leading, first bool) {
	x := e.Change
	switch e.Role {
	case corpus.RoleSelf, corpus.RoleAbove:
		q.take(x, OnCandidate)
		counts := x.Op == corpus.OpAdded || x.Op == corpus.OpChanged && (len(x.Numbers) > 0 || first)
		if leading && counts {
			q.because("%s, put forward %s, %s", name(x), when, fate(x))
		}
	case corpus.RoleNote:
		if !leading {
			return
		}
		q.take(x, OnCandidate)
		// A product on no entry may be there for a note; on an entry it is there
		// whatever is said of others.
		if first && q.open() && x.Kind == corpus.KindNote {
			q.because("%s, put forward %s: %s %s", code, when, name(x), fate(x))
		}
	case corpus.RoleDefinition:
		if leading {
			q.take(x, OnCandidate)
		}
	case corpus.RoleBeside:
		if leading {
			q.take(x, OnBeside)
		}
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
		if q.open() && rank <= nearCounts && n.Score >= nearCountScore && x.Op == corpus.OpAdded {
			q.because("%s is new, and near the product's words", name(x))
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
	q.because("the machine suggests %s; it suggested %s when the case was decided", now.Code, was)
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
	if q.seen == nil {
		q.seen = map[string]bool{}
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

// name says which passage x is, for people.
func name(x *corpus.Change) string {
	label := cmp.Or(x.Label, strings.ReplaceAll(string(x.Kind), "_", " "))
	switch {
	case x.Kind == corpus.KindEntry || x.Kind == corpus.KindParagraph:
		if x.Op == corpus.OpMoved {
			return x.From
		}
		return x.Code
	case x.Kind == corpus.KindDefinition:
		return "the definition of “" + strings.Trim(label, `"“”`) + "”"
	case x.Code == "":
		return label
	}
	return label + " to " + x.Code
}

// fate says what happened to x, with the figures that differ.
func fate(x *corpus.Change) string {
	switch x.Op {
	case corpus.OpAdded:
		return "is new"
	case corpus.OpRemoved:
		return "is no longer there"
	case corpus.OpMoved:
		return "is now " + x.Code
	}
	const shown = 3
	var figures []string
	for _, n := range x.Numbers[:min(len(x.Numbers), shown)] {
		figures = append(figures, strings.Replace(n.String(), "->", "became", 1))
	}
	if len(x.Numbers) > shown {
		figures = append(figures, "…")
	}
	if len(figures) == 0 {
		return "reads otherwise"
	}
	return "reads otherwise (" + strings.Join(figures, ", ") + ")"
}
