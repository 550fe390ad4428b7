package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/corpus"
	"assay/review"
)

// likesView are decided cases like a product, with what they came to.
type likesView struct {
	Sums       []linkView // a list and what they came to on it
	Notes      []string
	Precedents []precedentView
}

// precedentView is a decided round of a case.
type precedentView struct {
	ID          string
	URL         string
	Title       string
	Answers     []linkView // a list and what was decided for it
	At          moment
	Superseded  bool
	Next        string // the case, when it was decided anew since
	Same        bool   // in the same words
	Alike       string // how like it is, "" where that was not asked
	Differences []differenceView
	More        int // differences that are not told
}

type differenceView struct {
	Name, Here, There string
}

const shownLikes = 6

// alike looks for decided cases like c. A model that does not answer leaves a
// note: a case is read without it too.
func (s *Server) alike(ctx context.Context, c review.Case, who identity) *likesView {
	lists := make([]corpus.ListID, len(c.Lists))
	for i, l := range c.Lists {
		lists[i] = l.List
	}
	var found review.Likes
	err := s.gate.enter(ctx) // a model computes
	if err == nil {
		found, err = s.Cases.AlikeCase(ctx, who.Actor, c.ID, review.AlikeOptions{Lists: lists, Limit: shownLikes})
		s.gate.leave()
	}
	if err != nil {
		s.Log.Error("like precedents cannot be found", "case", c.ID, "error", err)
		return &likesView{Notes: []string{"Like precedents cannot be found now. The log of the server says why."}}
	}
	if len(found.Precedents) == 0 {
		return nil
	}
	return s.likes(found)
}

func (s *Server) likes(found review.Likes) *likesView {
	v := &likesView{Notes: found.Notes}
	for _, l := range found.Lists {
		if l.Summary != "" {
			v.Sums = append(v.Sums, linkView{Code: l.Summary, Text: shortList(l.List)})
		}
	}
	for _, like := range found.Precedents {
		v.Precedents = append(v.Precedents, s.like(like))
	}
	return v
}

func (s *Server) like(like review.Like) precedentView {
	v := s.precedent(like.Precedent)
	v.Same, v.More = like.SameWords, like.More
	if !v.Same {
		v.Alike = fmt.Sprintf("%.0f %% alike", 100*like.Similarity)
	}
	for _, d := range like.Differences {
		v.Differences = append(v.Differences, differenceView{plain(d.Name), plain(d.Here), plain(d.There)})
	}
	return v
}

func (s *Server) precedent(p review.Precedent) precedentView {
	title, _, _ := strings.Cut(p.Text, "\n")
	v := precedentView{ID: p.ID, URL: caseURL(p.Case), Title: plain(short(title)), At: s.moment(p.DecidedAt), Superseded: p.Superseded}
	for _, l := range sortedLists(p.Codes) {
		d := review.Decision{List: l, Codes: p.Codes[l], NotListed: len(p.Codes[l]) == 0}
		v.Answers = append(v.Answers, linkView{Code: d.Answer(), Text: shortList(l)})
	}
	if p.SupersededBy != "" {
		v.Next = precedentURL(p.SupersededBy)
	}
	return v
}

func sortedLists[V any](m map[corpus.ListID]V) []corpus.ListID {
	var ids []corpus.ListID
	for l := range m {
		ids = append(ids, l)
	}
	slices.SortFunc(ids, compareLists)
	return ids
}

// precedentURL leads to the case of the precedent id, "CASE/ROUND".
func precedentURL(id string) string {
	caseID, _, _ := strings.Cut(id, "/")
	return caseURL(caseID)
}
