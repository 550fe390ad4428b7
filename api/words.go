package api

import (
	"fmt"
	"strings"
	"time"

	"assay/corpus"
	"assay/review"
)

// moment is a time with how long ago it was, for people.
type moment struct {
	time.Time
	Ago string
}

func (s *Server) moment(t time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	return moment{t.UTC(), ago(s.Now().Sub(t))}
}

// ago says how long ago something was, as exactly as people speak of it.
func ago(d time.Duration) string {
	if d < time.Minute {
		return "just now"
	}
	return lasting(d) + " ago"
}

// lasting says how long something took or has gone on.
func lasting(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return "less than a second"
	case d < time.Minute:
		return count(int(d/time.Second), "second")
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < day:
		return count(int(d/time.Hour), "hour")
	case d < 14*day:
		return count(int(d/day), "day")
	case d < 60*day:
		return count(int(d/(7*day)), "week")
	case d < 730*day:
		return count(int(d/(30*day)), "month")
	}
	return count(int(d/(365*day)), "year")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// stateView is where a case stands, in a word.
type stateView struct {
	State review.State
	Class string // waiting, working, settled or idle
	Word  string
}

func stateOf(s review.State) stateView {
	v := stateView{s, "settled", stateWords[s]}
	switch s {
	case review.Draft:
		v.Class = "idle"
	case review.Submitted, review.Returned, review.Reopened:
		v.Class = "waiting"
	case review.InReview:
		v.Class = "working"
	}
	if v.Word == "" {
		v.Word = spaced(string(s))
	}
	return v
}

var stateWords = map[review.State]string{
	review.Draft: "Draft", review.Submitted: "Submitted", review.InReview: "In review", review.Confirmed: "Confirmed", review.Changed: "Changed",
	review.NotListed: "Not listed", review.Returned: "Returned", review.Reopened: "Reopened",
}

// reasonChoices are the picklist of reasons in words.
var reasonChoices = map[review.Reason]string{
	review.AsSuggested: "As suggested", review.AsProposed: "As the exporter proposed",
	review.CriteriaMet:       "Every criterion of the paragraph is met",
	review.CriteriaNotMet:    "A criterion of the nearest paragraph is not met",
	review.ExcludedByNote:    "A note takes it out",
	review.OtherEntry:        "Another entry describes it better",
	review.SpeciallyDesigned: "Specially designed for a listed item",
	review.NotDescribed:      "No entry describes such goods",
	review.FollowsPrecedent:  "As a like case was decided",
	review.OtherReason:       "Another reason, said below",
}

func reasonOf(r review.Reason) string {
	if w, ok := reasonChoices[r]; ok {
		return w
	}
	return spaced(string(r))
}

var partWords = map[review.Part]string{
	review.First: "First officer", review.Second: "Second officer", review.Adjudication: "Adjudication",
}

// actWords are the acts as the audit log lists them for people.
var actWords = map[review.Act]string{
	review.ActCreate: "opened", review.ActRevise: "described anew", review.ActAttach: "document added", review.ActPropose: "proposed",
	review.ActAssess: "assessed", review.ActSubmit: "submitted", review.ActTake: "taken", review.ActAssign: "assigned",
	review.ActAskSecond: "second officer named", review.ActDecide: "decided", review.ActSecond: "decided as second", review.ActAdjudicate: "settled",
	review.ActReturn: "returned", review.ActReopen: "reopened", review.ActComment: "commented", review.ActAsk: "information requested",
	review.ActAnswer: "request answered", review.ActReexamine: "examined again", review.ActStand: "let stand",
}

func actWord(a review.Act) string {
	if w, ok := actWords[a]; ok {
		return w
	}
	of, word, _ := strings.Cut(string(a), ".")
	if of != "case" {
		return of + ": " + spaced(word)
	}
	return spaced(word)
}

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }

// listTitle returns what a list is called.
func listTitle(id corpus.ListID) string {
	l, _ := corpus.LookupList(id)
	return l.Title
}

// shortLists are the names of lists where there is little room.
var shortLists = map[corpus.ListID]string{
	corpus.USCCL: "US CCL", corpus.USUSML: "US USML", corpus.EUDualUse: "EU dual-use", corpus.EUMilitary: "EU military",
	corpus.UKDualUse: "UK dual-use", corpus.Wassenaar: "Wassenaar",
}

func shortList(id corpus.ListID) string {
	if s, ok := shortLists[id]; ok {
		return s
	}
	return string(id)
}

// enumerated joins words as a sentence does.
func enumerated(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}
