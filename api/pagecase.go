package api

import (
	"context"
	"fmt"
	"slices"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// caseView is a case arranged for one reader: what is known of it, and the
// forms that this person may use now.
type caseView struct {
	ID        string
	Number    int64
	Title     string
	Of        string
	State     stateView
	Round     int
	Exporter  bool   // the reader is one
	Done      string // what the reader has just done
	Next      string // what the case waits for
	Officer   string
	Second    string
	Opened    moment
	OpenedBy  string
	Submitted moment
	Taken     moment
	Updated   moment
	Language  string
	Lines     []standingView
	Blind     string // why decisions are not shown, "" when all are

	Fields       []fieldView // the product's text, marked
	Terms        []termView
	Descriptions []descriptionView // earlier ones
	Assessed     *assessedView
	Stale        bool // the product was described anew since it was assessed
	Documents    []documentView
	Lists        []caseListView
	Alike        *likesView
	Asked        []messageView // requests that wait for the reader
	Threads      []messageView
	Events       []eventView
	Forms        caseForms
	Kept         *keptView // what was typed into a form that is no longer there
	Fault        *faultView
	Memo         string // address of the memo without its ending, "" where none is written
}

// standingView is where a case stands on one of its lists.
type standingView struct {
	lineView
	Proposed verdictView // by the exporter; without a code when nothing is
	Answer   string      // decided
	Settled  bool
	Note     string // what it waits for
}

type assessedView struct {
	At     moment
	By     string
	Model  string
	Corpus string
}

type descriptionView struct {
	Seq    int
	At     moment
	By     string
	Fields []fieldView
}

type documentView struct {
	review.Document
	Size string
	URL  string
	When moment
	Who  string
}

// caseListView is all that was said about one list of a case.
type caseListView struct {
	panelView
	ID        string // of its place on the page
	Assessed  bool
	Proposals []proposalView // newest first
	Decisions []decisionView // of the present round
	Disputed  bool
	Differing string // in what two officers differ
	Earlier   []decisionView
	Decide    *decideForm
	Attention string // why a newer edition puts the decision in question
	Changed   *reexaminedView
	Stand     *actForm
}

type proposalView struct {
	verdictView
	Reasoning string
	By        string
	At        moment
}

type decisionView struct {
	Part        string
	List        corpus.List
	By          string
	At          moment
	Round       int
	Listed      bool
	Codes       []linkView
	Answer      string
	Edition     string
	Reason      string
	ReasonText  string
	Relied      []linkView
	Comment     string
	Took        string
	Against     []string // suggestion or proposal that it differs from
	Contradicts []linkView
	Standing    bool // it is what counts
}

// caseView arranges the case for who.
func (s *Server) caseView(ctx context.Context, id string, who identity) (*caseView, review.Case, error) {
	c, err := s.Cases.Get(ctx, who.Actor, id)
	if err != nil {
		return nil, c, err
	}
	events, err := s.Cases.History(ctx, who.Actor, id)
	if err != nil {
		return nil, c, err
	}
	who.called = s.calling(ctx)
	sv, v := s.servingOf(ctx), s.headView(c, who)
	v.describe(s, c, who)
	for _, d := range c.Documents {
		v.Documents = append(v.Documents, documentView{Document: d, URL: fmt.Sprintf("/api/v1%s/documents/%d", caseURL(c.ID), d.Seq), Size: size(d.Bytes), When: s.moment(d.At), Who: person(d.By, who)})
	}
	for i, l := range c.Lists {
		list := s.caseList(sv, c, l.List, who)
		list.Attention = plain(l.Attention)
		v.Lists = append(v.Lists, list)
		v.Lines[i].Note = standing(c, list)
		if len(list.Proposals) > 0 {
			v.Lines[i].Proposed = list.Proposals[0].verdictView
		}
	}
	if who.Role != review.Exporter || c.State == review.Draft || c.State == review.Returned {
		v.Alike = s.alike(ctx, c, who)
	}
	v.Threads = s.threads(c, who)
	v.Events = s.events(c, events, who)
	if s.Memos != nil {
		v.Memo = "/api/v1" + caseURL(c.ID) + "/memo"
	}
	s.offer(sv, v, c, events, who)
	for _, m := range v.Threads {
		if m.Answer != nil {
			v.Asked = append(v.Asked, m)
		}
	}
	v.Threads = slices.DeleteFunc(v.Threads, func(m messageView) bool { return m.Answer != nil })
	if v.Forms.Assign != nil || v.Forms.Second != nil {
		v.Forms.Officers = s.officers(ctx, who, c.Assignee, c.Second)
	}
	return v, c, nil
}

func (s *Server) headView(c review.Case, who identity) *caseView {
	v := &caseView{ID: c.ID, Number: c.Number, Title: plain(c.Title), Of: plain(c.Organisation), State: stateOf(c.State), Round: c.Round,
		Exporter: who.Role == review.Exporter, Officer: person(c.Assignee, who), Second: person(c.Second, who), Opened: s.moment(c.CreatedAt),
		OpenedBy: person(c.CreatedBy, who), Submitted: s.moment(c.SubmittedAt), Taken: s.moment(c.TakenAt), Updated: s.moment(c.UpdatedAt),
		Language: language(c.Language), Next: nextOf(c, who), Blind: blindness(c, who)}
	for _, l := range c.Lists {
		line := standingView{lineView: lineOf(l)}
		if d, done, _ := c.Verdict(l.List); done {
			line.Answer, line.Settled = d.Answer(), true
		}
		v.Lines = append(v.Lines, line)
	}
	return v
}

// describe arranges the product's text with what the newest assessment found in it.
func (v *caseView) describe(s *Server, c review.Case, who identity) {
	newest := c.Products[len(c.Products)-1]
	var leading []classifier.Suggestion
	if n := len(c.Assessments); n > 0 {
		last := c.Assessments[n-1]
		v.Assessed = &assessedView{s.moment(last.At), official(last.By, who), last.Assessment.Model, last.Assessment.Corpus}
		if v.Stale = last.Product != newest.Seq; !v.Stale {
			for _, l := range c.Lists {
				leading = append(leading, first(last.Assessment.Suggestions, l.List)...)
			}
		}
	}
	v.Fields, v.Terms = markProduct(newest.Product, leading)
	for _, p := range slices.Backward(c.Products[:len(c.Products)-1]) {
		fields, _ := markProduct(p.Product, nil)
		v.Descriptions = append(v.Descriptions, descriptionView{p.Seq, s.moment(p.At), person(p.By, who), fields})
	}
}

// first returns the best suggestion for list, if there is one.
func first(all []classifier.Suggestion, list corpus.ListID) []classifier.Suggestion {
	for i, g := range all {
		if g.List == list {
			return all[i : i+1]
		}
	}
	return nil
}

// caseList arranges what was said about one list.
func (s *Server) caseList(sv *serving, c review.Case, list corpus.ListID, who identity) caseListView {
	title, _ := corpus.LookupList(list)
	v := caseListView{panelView: panelView{verdictView: verdictView{List: title}}, ID: "list-" + string(list)}
	if n := len(c.Assessments); n > 0 {
		a := c.Assessments[n-1].Assessment
		stems := wordsOf(productText(c.Products[c.Assessments[n-1].Product-1].Product))
		for _, o := range a.Outcomes {
			if o.List == list {
				v.panelView, v.Assessed = sv.panel(o, a, stems), true
			}
		}
	}
	for _, p := range slices.Backward(c.Proposals) {
		if p.List == list {
			v.Proposals = append(v.Proposals, proposalView{verdict(list, "", p.Code, 0), plain(p.Reasoning), person(p.By, who), s.moment(p.At)})
		}
	}
	stands, done, disputed := c.Verdict(list)
	v.Disputed = disputed
	var round []review.Decision
	for _, d := range c.Decisions {
		if d.List != list {
			continue
		}
		view := s.decision(d, who)
		if d.Round == c.Round {
			view.Standing = done && d.Seq == stands.Seq
			v.Decisions, round = append(v.Decisions, view), append(round, d)
		} else {
			v.Earlier = append(v.Earlier, view)
		}
	}
	v.Changed = s.reexamined(c, list, who)
	if len(round) > 1 {
		v.Differing = enumerated(differing(round[0], round[1]))
	}
	return v
}

// decision arranges one decision.
func (s *Server) decision(d review.Decision, who identity) decisionView {
	title, _ := corpus.LookupList(d.List)
	v := decisionView{Part: partWords[d.Part], List: title, By: person(d.By, who), At: s.moment(d.At), Round: d.Round, Listed: !d.NotListed, Answer: d.Answer(),
		Edition: editionWords(d.Edition), Reason: reasonOf(d.Reason), ReasonText: plain(d.ReasonText), Comment: plain(d.Comment), Took: lasting(seconds(d.Seconds))}
	for _, code := range d.Codes {
		v.Codes = append(v.Codes, linkView{Code: code, URL: entryURL(code, d.List)})
	}
	for _, p := range d.Relied {
		v.Relied = append(v.Relied, linkView{Code: plain(p.ID), URL: reliedURL(p), Text: editionWords(p.Edition)})
	}
	if d.Suggestion == review.Differs {
		v.Against = append(v.Against, "the suggestion")
	}
	if d.Exporter == review.Differs {
		v.Against = append(v.Against, "the exporter’s proposal")
	}
	if who.Role != review.Exporter { // another organisation's case may be behind it
		for _, id := range d.Contradicts {
			v.Contradicts = append(v.Contradicts, linkView{Code: id, URL: precedentURL(id), Text: "same words"})
		}
		for _, p := range d.ContradictsLike {
			v.Contradicts = append(v.Contradicts, linkView{Code: p.ID, URL: precedentURL(p.ID), Text: fmt.Sprintf("%.0f %% alike", 100*p.Similarity)})
		}
	}
	return v
}

// differing says in what two decisions on one list differ.
func differing(a, b review.Decision) []string {
	var in []string
	for _, x := range []struct {
		what    string
		differs bool
	}{
		{"the classification", a.Answer() != b.Answer()}, {"the reason", a.Reason != b.Reason},
		{"the edition", a.Edition != b.Edition}, {"the passages relied on", !slices.Equal(a.Relied, b.Relied)},
	} {
		if x.differs {
			in = append(in, x.what)
		}
	}
	return in
}
