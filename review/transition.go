package review

import (
	"fmt"
	"slices"
	"strings"
)

// Act is something that a person does to a case. It is also the fixed message
// of the audit record that the act leaves.
type Act string

const (
	ActCreate     Act = "case.create"
	ActRevise     Act = "case.revise" // describe the product anew
	ActAttach     Act = "case.attach"
	ActPropose    Act = "case.propose"
	ActAssess     Act = "case.assess" // record what the machine says
	ActSubmit     Act = "case.submit"
	ActTake       Act = "case.take"
	ActAssign     Act = "case.assign"
	ActAskSecond  Act = "case.ask_second"
	ActDecide     Act = "case.decide"
	ActSecond     Act = "case.decide_second"
	ActAdjudicate Act = "case.adjudicate"
	ActReturn     Act = "case.return"
	ActReopen     Act = "case.reopen"
	ActComment    Act = "case.comment"
	ActAsk        Act = "case.request_information"
	ActAnswer     Act = "case.answer"
	ActReexamine  Act = "case.reexamine" // record what a newer edition means
	ActStand      Act = "case.stand"     // let the decision stand under it
)

// Person narrows who may do an act beyond the role.
type Person string

const (
	Anyone       Person = "anyone"   // of the roles named
	Assignee     Person = "assignee" // the officer assigned
	AssigneeOr   Person = "assignee or admin"
	SecondPerson Person = "second"       // the second officer named
	ThirdPerson  Person = "third person" // neither of the two
)

// Rule is one row of the table: in one of the states From, a person with one
// of Roles who is Who may do Act, and the case is in state To afterwards.
// Whatever the row says, an exporter acts on the own organisation's cases only.
type Rule struct {
	Act   Act
	From  []State // nil: there is no case yet
	To    State   // Stays: as before; Ruled: as the decisions of the round say
	Roles []Role
	Who   Person
}

const (
	Stays State = ""
	Ruled State = "as ruled"
)

var (
	owners   = []Role{Exporter, Admin}
	officers = []Role{Officer, Admin}
	writers  = []Role{Exporter, Officer, Admin}
	open     = []State{Draft, Submitted, InReview, Returned, Reopened}
	decided  = []State{Confirmed, Changed, NotListed}
)

var rules = []Rule{
	{ActCreate, nil, Draft, owners, Anyone},
	{ActRevise, []State{Draft, Returned}, Stays, owners, Anyone},
	{ActAttach, []State{Draft, Submitted, InReview, Returned}, Stays, owners, Anyone},
	{ActPropose, []State{Draft, Returned}, Stays, owners, Anyone},
	{ActAssess, open, Stays, writers, Anyone},
	{ActSubmit, []State{Draft, Returned}, Submitted, owners, Anyone},
	{ActTake, []State{Submitted, Reopened}, InReview, officers, Anyone},
	{ActAssign, []State{Submitted, InReview, Reopened}, InReview, officers, AssigneeOr},
	{ActAskSecond, []State{InReview}, Stays, officers, AssigneeOr},
	{ActDecide, []State{InReview}, Ruled, officers, Assignee},
	{ActSecond, []State{InReview}, Ruled, officers, SecondPerson},
	{ActAdjudicate, []State{InReview}, Ruled, officers, ThirdPerson},
	{ActReturn, []State{InReview}, Returned, officers, Assignee},
	{ActReopen, decided, Reopened, officers, Anyone},
	{ActComment, States(), Stays, writers, Anyone},
	{ActAsk, []State{InReview}, Stays, officers, AssigneeOr},
	{ActAnswer, []State{InReview, Returned}, Stays, owners, Anyone},
	{ActReexamine, decided, Stays, officers, Anyone},
	{ActStand, decided, Stays, officers, Anyone},
}

// Rules returns the table of transitions, one row per act.
func Rules() []Rule { return slices.Clone(rules) }

// Apply holds act by actor against the table and returns the state that the
// case h is in afterwards. For an act whose outcome the decisions rule, ruled
// is that outcome; it is ignored otherwise. Apply changes nothing.
func Apply(h Head, act Act, actor Actor, ruled State) (State, error) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Act == act })
	if i < 0 {
		return "", &Error{Kind: Internal, Text: fmt.Sprintf("no rule knows the act %q", act)}
	}
	r := rules[i]
	if !MaySee(h, actor) && r.From != nil {
		return "", NoCase(h.ID)
	}
	if actor.ID == "" || !slices.Contains(r.Roles, actor.Role) {
		return "", forbidden("%s may not do this (%s); it is for %s", roleName(actor), act, joined(r.Roles))
	}
	if actor.Role == Exporter && (actor.Organisation == "" || actor.Organisation != h.Organisation) {
		return "", forbidden("an exporter acts for the own organisation only")
	}
	if r.From != nil && !slices.Contains(r.From, h.State) {
		return "", conflict("", "case %s is %s; %s needs it to be %s", h.ID, spoken(h.State), act, joined(r.From))
	}
	if err := r.person(h, actor); err != nil {
		return "", err
	}
	switch r.To {
	case Stays:
		return h.State, nil
	case Ruled:
		return ruled, nil
	}
	return r.To, nil
}

func (r Rule) person(h Head, actor Actor) error {
	switch r.Who {
	case Assignee:
		if h.Assignee != actor.ID {
			return forbidden("case %s is assigned to %q; only that officer may do this", h.ID, h.Assignee)
		}
	case AssigneeOr:
		// Nobody is assigned to a submitted case: whoever may take it may hand it on.
		if h.Assignee != "" && h.Assignee != actor.ID && actor.Role != Admin {
			return forbidden("case %s is assigned to %q; only that officer or an admin may do this", h.ID, h.Assignee)
		}
	case SecondPerson:
		if h.Second != actor.ID {
			return forbidden("you are not the second officer of case %s", h.ID)
		}
	case ThirdPerson:
		if h.Assignee == actor.ID || h.Second == actor.ID {
			return forbidden("case %s needs a third person: neither of the two who differ may settle it", h.ID)
		}
		if !h.Disagreement {
			return forbidden("case %s is assigned to %q, and there is no disagreement to settle", h.ID, h.Assignee)
		}
	}
	return nil
}

// MaySee reports whether actor may know that the case exists: an exporter of
// its organisation, or anyone of the office. Drafts are seen alike.
func MaySee(h Head, actor Actor) bool {
	switch actor.Role {
	case Exporter:
		return actor.Organisation != "" && actor.Organisation == h.Organisation
	case Officer, Evaluator, Admin:
		return actor.ID != ""
	}
	return false
}

func roleName(a Actor) string {
	if a.Role == "" {
		return "a person without a role"
	}
	return "the role " + string(a.Role)
}

func spoken(s State) string { return strings.ReplaceAll(string(s), "_", " ") }

func joined[S ~string](list []S) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = spoken(State(s))
	}
	return strings.Join(words, " or ")
}
