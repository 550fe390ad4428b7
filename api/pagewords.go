package api

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/corpus"
	"assay/review"
)

// nextOf says, to who, what the case waits for.
func nextOf(c review.Case, who identity) string {
	turn := c.Turn(who.Actor)
	owner := may(c.Head, review.ActAnswer, who.Actor) || may(c.Head, review.ActSubmit, who.Actor)
	switch {
	case c.State == review.Draft && owner:
		return "This is a draft. See what is suggested, propose your own classification if you have one, and submit it."
	case c.State == review.Draft:
		return "This is a draft. It comes to the queue when it is submitted."
	case c.State == review.Returned && owner:
		return "The office needs information. Answer below, correct the description where it is wrong, and submit again."
	case c.State == review.Returned:
		return "It is back with the exporter, who has to add information and submit again."
	case c.State == review.Submitted || c.State == review.Reopened:
		if who.Role == review.Exporter {
			return "It lies with the office. You are asked here when something is missing."
		}
		return "It waits for an officer to take it."
	case c.State.Final() && questioned(c.Head) && who.Role != review.Exporter:
		return "It is decided, and a newer edition puts that in question. Let the decision stand, or reopen the case."
	case c.State.Final():
		if who.Role == review.Exporter {
			return "It is decided. A question about the decision can be written as a comment."
		}
		return "It is decided. New facts are a reason to reopen it."
	}
	return nextInReview(c, who, turn)
}

// questioned reports whether a newer edition puts a decision of h in question.
func questioned(h review.Head) bool {
	return slices.ContainsFunc(h.Lists, func(l review.Line) bool { return l.Attention != "" })
}

func nextInReview(c review.Case, who identity, turn review.Turn) string {
	open := listNames(turn.Lists)
	switch {
	case who.Role == review.Exporter && c.Asked > 0:
		return "An officer asks for information. The review goes on when you have answered."
	case who.Role == review.Exporter:
		return "An officer is at it. You are asked here when something is missing."
	case len(turn.Lists) > 0 && turn.Part == review.Adjudication:
		return "Two officers differ about " + open + ". You may settle it."
	case len(turn.Lists) > 0 && turn.Part == review.Second:
		return "You are the second officer: decide on " + open + " by yourself. You do not see the first decision until yours is in."
	case len(turn.Lists) > 0:
		return "You are its officer. To be decided: " + open + "."
	case c.Disagreement && (c.Assignee == who.ID || c.Second == who.ID):
		return "You two differ. A third person settles it."
	case c.Disagreement:
		return "Two officers differ. A third person settles it."
	case c.Assignee == who.ID || c.Second == who.ID:
		return "You have decided. It waits for the other officer."
	}
	return "It is being reviewed."
}

func listNames(ids []corpus.ListID) string {
	names := make([]string, len(ids))
	for i, l := range ids {
		names[i] = listTitle(l)
	}
	return enumerated(names)
}

// blindness says why some decisions are kept from who, "" when none are.
func blindness(c review.Case, who identity) string {
	if who.Role == review.Exporter || c.State != review.InReview || c.Second == "" {
		return ""
	}
	waits := slices.ContainsFunc(c.Lists, func(l review.Line) bool {
		_, done, disputed := c.Verdict(l.List)
		return !done && !disputed
	})
	switch {
	case !waits:
		return ""
	case c.Assignee == who.ID:
		return "A second officer decides too, without seeing yours. Both decisions are shown when both are in."
	case c.Second == who.ID:
		return "You decide without seeing the first officer’s decision and internal comments. Both are shown when both are in."
	}
	return "Two officers decide, each without seeing the other. Both decisions are shown when both are in."
}

// standing says what a list of the case waits for, "" when it is settled.
func standing(c review.Case, l caseListView) string {
	switch {
	case slices.ContainsFunc(l.Decisions, func(d decisionView) bool { return d.Standing }):
		return ""
	case l.Disputed:
		return "two officers differ"
	case c.State == review.InReview && len(l.Decisions) > 0:
		return "waits for the other officer"
	case c.State == review.InReview:
		return "not decided yet"
	}
	return ""
}

// editionWords says which edition an id such as us-ccl@2026-06-24 means.
func editionWords(id string) string {
	list, date, dated := strings.Cut(id, "@")
	if !dated {
		return "digest, no edition imported"
	}
	return listTitle(corpus.ListID(list)) + ", edition of " + plain(date)
}

// reliedURL leads to our page of a passage relied on, when it has one.
func reliedURL(p review.PassageRef) string {
	list, _, _ := strings.Cut(p.Edition, "@")
	code, _, _ := strings.Cut(p.ID, "#")
	if _, err := corpus.ParseCode(code); err != nil || corpus.IsUnlisted(code) {
		return ""
	}
	if list == "digest" {
		list = ""
	}
	return entryURL(code, corpus.ListID(list))
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// eventView is an act in the history of a case, in words.
type eventView struct {
	At   moment
	By   string
	Said string // "took it into review"
	Link string // place on the page
}

// events tells the history of a case, newest first.
func (s *Server) events(c review.Case, all []review.Event, who identity) []eventView {
	var views []eventView
	for _, e := range slices.Backward(all) {
		v := eventView{At: s.moment(e.At), By: "The office"}
		if e.By != "" {
			v.By = person(e.By, who)
		}
		if v.By == "you" {
			v.By = "You"
		}
		v.Said, v.Link = said(c, e, who)
		views = append(views, v)
	}
	return views
}

// said puts an act into words, and names the place on the page that it is about.
func said(c review.Case, e review.Event, who identity) (words, place string) {
	of := func(sort review.Sort) int {
		for _, m := range e.Made {
			if m.Sort == sort {
				return m.Seq
			}
		}
		return 0
	}
	switch e.Act {
	case review.ActCreate:
		return "opened the case", ""
	case review.ActRevise:
		return fmt.Sprintf("described the product anew (description %d)", of(review.SortProduct)), "product"
	case review.ActAttach:
		if n := of(review.SortDocument); n > 0 && n <= len(c.Documents) {
			return "added the document " + plain(c.Documents[n-1].Name), "documents"
		}
		return "added a document", "documents"
	case review.ActPropose:
		if n := of(review.SortProposal); n > 0 && n <= len(c.Proposals) {
			p := c.Proposals[n-1]
			return "proposed " + p.Code + " for " + listTitle(p.List), "list-" + string(p.List)
		}
	case review.ActAssess:
		return "had the product assessed", "product"
	case review.ActSubmit:
		return "submitted it", ""
	case review.ActTake:
		return "took it into review", ""
	case review.ActAssign:
		return "gave it to " + person(e.To, who), ""
	case review.ActAskSecond:
		return "asked " + person(e.To, who) + " to decide as second officer", ""
	case review.ActDecide, review.ActSecond, review.ActAdjudicate:
		return decided(e), "list-" + string(e.List)
	case review.ActReexamine:
		return "examined again, under a newer edition, what was decided on " + listTitle(e.List), "list-" + string(e.List)
	case review.ActStand:
		return "let the decision on " + listTitle(e.List) + " stand under the newer edition", "list-" + string(e.List)
	case review.ActReturn:
		return "returned it for information", messagePlace(of(review.SortMessage))
	case review.ActReopen:
		return "reopened it", messagePlace(of(review.SortMessage))
	case review.ActComment:
		return "commented", messagePlace(of(review.SortMessage))
	case review.ActAsk:
		return "requested information", messagePlace(of(review.SortMessage))
	case review.ActAnswer:
		return "answered a request", messagePlace(of(review.SortMessage))
	}
	return actWord(e.Act), ""
}

func decided(e review.Event) string {
	s := map[review.Act]string{review.ActDecide: "decided on ", review.ActSecond: "decided as second officer on ", review.ActAdjudicate: "settled "}[e.Act] + listTitle(e.List)
	if e.State.Final() {
		s += "; with it the case is decided: " + strings.ToLower(stateOf(e.State).Word)
	}
	return s
}

func messagePlace(seq int) string {
	if seq == 0 {
		return ""
	}
	return fmt.Sprintf("message-%d", seq)
}
