package corpus

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// Comparison holds two editions of one list against each other and finds the
// changes that bear on one code. It is safe for concurrent use.
type Comparison struct {
	Changes
	before, after *Outline
	was, is       map[string]*Change // by the passage's id in the old edition, in the new one
	movedTo       map[string]string  // old code -> new code
	weighty       map[*Change]bool   // those of substance
	law           map[string]string  // text -> lawText
	said          map[*Change]said   // of those that explain

	mu   sync.Mutex
	memo map[string][]Effect
}

// Role is how a changed passage stands to the code that was asked about.
type Role string

const (
	RoleSelf       Role = "self"       // the paragraph or entry itself
	RoleAbove      Role = "above"      // its entry, or a paragraph between
	RoleNote       Role = "note"       // a note, technical note or N.B. that applies to it
	RoleDefinition Role = "definition" // of a term that it or what is above it uses
	RoleBelow      Role = "below"      // a paragraph below it, or a note there
	RoleBeside     Role = "beside"     // new, one level below the same parent
	RoleGeneral    Role = "general"    // a note to the group, the category or the whole list, which does not name it
)

var roles = []Role{RoleSelf, RoleAbove, RoleNote, RoleDefinition, RoleBelow, RoleBeside, RoleGeneral}

// Effect is a change that bears on a code.
type Effect struct {
	*Change
	Role Role
}

// Compare compares two editions of one list.
func Compare(old, new *Edition) *Comparison {
	c := &Comparison{Changes: Diff(old, new), before: NewOutline(old), after: NewOutline(new),
		was: map[string]*Change{}, is: map[string]*Change{}, movedTo: map[string]string{}, weighty: map[*Change]bool{},
		law: map[string]string{}, said: map[*Change]said{}, memo: map[string][]Effect{}}
	for _, e := range []*Edition{old, new} {
		for _, p := range e.Passages {
			c.law[p.Text] = lawText(p.Text)
		}
	}
	for i := range c.Items {
		x := &c.Items[i]
		c.weighty[x] = x.Op != OpChanged || c.law[x.Old] != c.law[x.New]
		if explains(x.Kind) {
			c.said[x] = said{sentences(x.Old), sentences(x.New)}
		}
		if x.Op != OpAdded {
			c.was[x.oldID()] = x
		}
		if x.Op != OpRemoved {
			c.is[x.ID] = x
		}
		if x.Op == OpMoved {
			c.movedTo[x.From] = x.Code
		}
	}
	return c
}

// oldID is the passage's id in the old edition.
func (x *Change) oldID() string {
	switch {
	case x.Op == OpMoved:
		return x.From
	case x.WasID != "":
		return x.WasID
	}
	return x.ID
}

// Now returns what code of the old edition is called in the new one, and
// false when the new one does not have it.
func (c *Comparison) Now(code string) (string, bool) {
	if to, moved := c.movedTo[code]; moved {
		return to, true
	}
	_, there := c.after.ByCode(code)
	if x := c.is[code]; x != nil && (x.Op == OpAdded || x.Op == OpMoved) {
		if _, was := c.before.ByCode(code); was {
			there = false // the code names another paragraph now
		}
	}
	return code, there
}

// Had reports whether the old edition has code.
func (c *Comparison) Had(code string) bool { _, ok := c.before.ByCode(code); return ok }

// Has reports whether the new edition has code.
func (c *Comparison) Has(code string) bool { _, ok := c.after.ByCode(code); return ok }

// Was returns what happened to the passage called id in the old edition, nil
// when nothing has, or when the edition has no such passage.
func (c *Comparison) Was(id string) *Change { return c.was[id] }

// Is returns what made the passage called id in the new edition what it is,
// nil when it is as it was.
func (c *Comparison) Is(id string) *Change { return c.is[id] }

// General returns the changes of substance to notes to groups, categories and
// the whole list. They bear on much, and so on no code in particular.
func (c *Comparison) General() []*Change {
	var found []*Change
	for i := range c.Items {
		if x := &c.Items[i]; entryAt(x.Code) == "" && noteKind(x.Kind) && c.weighty[x] {
			found = append(found, x)
		}
	}
	return found
}

// Bearing returns the changes of substance that bear on code, an entry or
// paragraph of the old edition (or of the new one): its own first, then what
// stands above it, its notes, the definitions of terms that it uses, what lies
// below it, what is new beside it. A note whose sentences only stand elsewhere
// now, and applied before as they do after, is no change for code.
func (c *Comparison) Bearing(code string) []Effect {
	c.mu.Lock()
	known, ok := c.memo[code]
	c.mu.Unlock()
	if ok {
		return known
	}
	known = c.bearing(code) // two may work it out at once; they come to the same
	c.mu.Lock()
	c.memo[code] = known
	c.mu.Unlock()
	return known
}

func (c *Comparison) bearing(code string) []Effect {
	now, there := c.Now(code)
	both := there && c.Had(code)
	old, new := c.applying(c.before, code), c.applying(c.after, now)
	var found []Effect
	seen := map[*Change]bool{}
	take := func(x *Change, role Role) {
		if x == nil || seen[x] || !c.weighty[x] {
			return
		}
		if said := c.said[x]; explains(x.Kind) && new.says(said.before) && old.says(said.after) {
			return
		}
		seen[x] = true
		found = append(found, Effect{x, role})
	}
	for _, p := range old.passages {
		if x := c.was[p.ID]; x != nil {
			take(x, p.role)
		} else if both && p.role == RoleNote && !strings.Contains(new.law, c.law[p.Text]) { // the same words, which no longer apply here
			found = append(found, Effect{&Change{Op: OpRemoved, Kind: p.Kind, Code: p.Code, ID: p.ID, Label: p.Label, Old: p.Text}, p.role})
		}
	}
	for _, p := range new.passages {
		if x := c.is[p.ID]; x != nil && (x.Op == OpAdded || x.Op == OpMoved) {
			take(x, p.role)
		} else if both && x == nil && p.role == RoleNote && !strings.Contains(old.law, c.law[p.Text]) {
			found = append(found, Effect{&Change{Op: OpAdded, Kind: p.Kind, Code: p.Code, ID: p.ID, Label: p.Label, New: p.Text}, p.role})
		}
	}
	if up := outerOf(now); up != "" { // beside an entry that no group holds stands the whole list
		for _, sibling := range c.after.Children(up) {
			if x := c.is[sibling]; x != nil && x.Op == OpAdded && sibling != now {
				take(x, RoleBeside)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Effect) int {
		return cmp.Compare(slices.Index(roles, a.Role), slices.Index(roles, b.Role))
	})
	return found
}

// scope is what applies to one code in one edition.
type scope struct {
	passages []roled
	law      string // law text of all of them, to find a sentence that stands elsewhere now
}

type roled struct {
	Passage
	role Role
}

// said are the sentences of a passage in the two editions.
type said struct{ before, after []string }

// says reports whether each of sentences stands somewhere in what applies.
func (s scope) says(sentences []string) bool {
	return !slices.ContainsFunc(sentences, func(x string) bool { return !strings.Contains(s.law, x) })
}

func (c *Comparison) applying(o *Outline, code string) scope {
	var s scope
	var law strings.Builder
	add := func(p Passage, role Role) {
		s.passages = append(s.passages, roled{p, role})
		law.WriteString(c.law[p.Text])
		law.WriteByte('\n')
	}
	var own strings.Builder // the words of the law itself, whose terms are defined elsewhere
	if p, ok := o.ByCode(code); ok {
		add(p, RoleSelf)
		own.WriteString(p.Text)
	}
	for _, up := range slices.Backward(AncestorsOf(code)) {
		if p, ok := o.ByCode(up); ok {
			add(p, RoleAbove)
			own.WriteString("\n" + p.Text)
		}
	}
	for _, p := range o.Attached(code) {
		if noteKind(p.Kind) {
			add(p, noteRole(p, code))
		}
	}
	for _, p := range o.definitions(own.String(), func(p Passage) bool { return within(p.Code, code) }) {
		add(p, RoleDefinition)
	}
	for _, p := range o.Below(code) {
		if p.Kind == KindParagraph || p.Kind == KindEntry || noteKind(p.Kind) {
			add(p, RoleBelow)
		}
	}
	s.law = law.String()
	return s
}

// noteRole tells how a note that is attached to code stands to it. One to the
// list, a category or a group speaks of a code only where it names the entry.
func noteRole(p Passage, code string) Role {
	named := slices.ContainsFunc(p.AppliesTo, func(a string) bool { return entryAt(a) != "" && within(a, code) })
	switch {
	case named:
		return RoleNote
	case entryAt(p.Code) == "":
		return RoleGeneral
	case len(p.AppliesTo) > 0:
		return RoleBelow
	}
	return RoleNote
}

// explains tells the kinds that say how the law is to be read, where a sentence
// means the same wherever it stands.
func explains(k Kind) bool { return noteKind(k) || k == KindDefinition }

// noteKind tells the kinds of note that bear on what a paragraph covers.
func noteKind(k Kind) bool {
	return k == KindNote || k == KindTechnicalNote || k == KindNB || k == KindRelatedDefs
}
