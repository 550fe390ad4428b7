package api

import (
	"net/url"
	"strconv"

	"assay/corpus"
	"assay/review"
)

// caseRow is a case in a list of cases.
type caseRow struct {
	Number   int64
	ID       string
	URL      string
	Title    string
	Of       string // organisation
	State    stateView
	Round    int
	Lines    []lineView
	Language string
	Officer  string
	Second   string
	Disputed bool
	Changed  bool // a newer edition puts its decision in question
	Updated  moment
	Waiting  moment // since it was submitted, or opened
	Ask      string // what is asked of the reader, "" for nothing
	Take     *actForm
}

// lineView is what was suggested for one list of a case.
type lineView struct {
	verdictView
	Short string
}

func caseURL(id string) string { return "/cases/" + url.PathEscape(id) }

func (s *Server) caseRow(h review.Head, who review.Actor) caseRow {
	r := caseRow{Number: h.Number, ID: h.ID, URL: caseURL(h.ID), Title: plain(h.Title), Of: plain(h.Organisation), State: stateOf(h.State), Round: h.Round,
		Language: language(h.Language), Officer: h.Assignee, Second: h.Second, Disputed: h.Disagreement, Changed: questioned(h) && who.Role != review.Exporter, Updated: s.moment(h.UpdatedAt), Ask: askedOf(h, who)}
	since := h.SubmittedAt
	if since.IsZero() {
		since = h.CreatedAt
	}
	r.Waiting = s.moment(since)
	for _, l := range h.Lists {
		r.Lines = append(r.Lines, lineOf(l))
	}
	if may(h, review.ActTake, who) {
		r.Take = newActForm(h, "take")
	}
	return r
}

func lineOf(l review.Line) lineView {
	title, _ := corpus.LookupList(l.List)
	v := lineView{verdictView{List: title, Code: l.Code}, shortList(l.List)}
	if l.Code != "" {
		v.verdictView = verdict(l.List, "", l.Code, l.Confidence)
	}
	return v
}

// askedOf says what h waits for, when it waits for who.
func askedOf(h review.Head, who review.Actor) string {
	owner, officer := may(h, review.ActSubmit, who), who.Role == review.Officer || who.Role == review.Admin
	switch {
	case h.State == review.Draft && owner:
		return "Submit it, or leave it as a draft"
	case h.State == review.Returned && owner:
		return "Add what is asked for, then submit again"
	case h.Asked > 0 && may(h, review.ActAnswer, who):
		return "Answer " + count(h.Asked, "request")
	case h.Disagreement && may(h, review.ActAdjudicate, who):
		return "Settle the disagreement"
	case (h.State == review.Submitted || h.State == review.Reopened) && officer:
		return "Take it"
	case questioned(h) && may(h, review.ActStand, who):
		return "See what a newer edition changes"
	case h.State == review.InReview && !h.Disagreement && (h.Assignee == who.ID || h.Second == who.ID):
		return "Decide"
	}
	return ""
}

// may reports whether the rules let who do act on h now.
func may(h review.Head, act review.Act, who review.Actor) bool {
	_, err := review.Apply(h, act, who, review.Ruled)
	return err == nil
}

// withQuery returns path with query, and from as the start of the page.
func withQuery(path string, query url.Values, from int64) string {
	next := url.Values{}
	for k, v := range query {
		if k != "from" && len(v) > 0 && v[0] != "" {
			next[k] = v
		}
	}
	if from > 0 {
		next.Set("from", strconv.FormatInt(from, 10))
	}
	if len(next) == 0 {
		return path
	}
	return path + "?" + next.Encode()
}
