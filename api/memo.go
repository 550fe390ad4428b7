package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"assay/corpus"
	"assay/review"

	"github.com/labstack/echo/v4"
)

// Memos sets classification memos as files; memo.Printer is one. It is
// declared here because only the server needs both forms of one memo.
type Memos interface {
	// PDF returns m on paper, "a4" or "letter".
	PDF(m review.Memo, paper string) ([]byte, error)
	// HTML returns m as one self-contained page, and the content security
	// policy that lets it show its own style and nothing else.
	HTML(m review.Memo) (page []byte, policy string, err error)
}

func (s *Server) memoRoutes() []route {
	return []route{
		{"GET", "/api/v1/cases/:id/memo.pdf", members, scopeRead, s.withCases(s.memoPDF)},
		{"GET", "/api/v1/cases/:id/memo.html", members, scopeRead, s.withCases(s.memoHTML)},
	}
}

// papers are those that a PDF can be asked on, the default first.
var papers = []string{"a4", "letter"}

func (s *Server) memoPDF(c echo.Context) error {
	paper := c.QueryParam("paper")
	if paper == "" {
		paper = papers[0]
	}
	if !slices.Contains(papers, paper) {
		return &failure{kind: kindInvalidInput, field: "paper", message: "there is no such paper", remedy: "ask for a4 or letter"}
	}
	return s.memo(c, ".pdf", "application/pdf", func(m review.Memo) (data []byte, err error) {
		return s.Memos.PDF(m, paper)
	})
}

func (s *Server) memoHTML(c echo.Context) error {
	return s.memo(c, ".html", "text/html; charset=utf-8", func(m review.Memo) ([]byte, error) {
		data, policy, err := s.Memos.HTML(m)
		if err != nil {
			return nil, err
		}
		// The file brings its style with it, so that it is whole when it is kept.
		c.Response().Header().Set("Content-Security-Policy", policy+"; frame-ancestors 'none'")
		return data, nil
	})
}

// memo answers with the memo of a case, with what the one who asks may see of it.
func (s *Server) memo(c echo.Context, ending, media string, set func(review.Memo) ([]byte, error)) error {
	if s.Memos == nil {
		return &failure{kind: kindUnavailable, message: "this server writes no memos", remedy: "use assay case memo", cause: errors.New("Config.Memos is not set")}
	}
	q, err := memoQuery(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.gate.enter(ctx); err != nil { // setting pages is work for a processor
		return err
	}
	defer s.gate.leave()
	q.Edition = func(id string) *corpus.Outline { return s.editionCalled(ctx, id) }
	q.Name = func(id string) string { return s.nameOf(ctx, id) }
	m, err := s.Cases.Memo(ctx, whoAsks(c.Request()).Actor, c.Param("id"), q)
	if err != nil {
		return err
	}
	data, err := set(m)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `inline; filename="memo-`+m.Case+"-"+strconv.Itoa(m.Round)+ending+`"`)
	return c.Blob(http.StatusOK, media, data)
}

func memoQuery(c echo.Context) (q review.MemoQuery, err error) {
	q.Copy = review.MemoCopy(c.QueryParam("copy"))
	if round := c.QueryParam("round"); round != "" {
		if q.Round, err = strconv.Atoi(round); err != nil || q.Round < 1 {
			return q, &failure{kind: kindInvalidInput, field: "round", message: "a round is a number from 1", remedy: "leave it out for the present round"}
		}
	}
	return q, nil
}

// nameOf returns what the owner of the account id is called, "" when that is
// not known: a memo then has the account's own name.
func (s *Server) nameOf(ctx context.Context, id string) string {
	if s.Accounts == nil {
		return ""
	}
	a, err := s.Accounts.Get(ctx, id)
	if err != nil {
		return ""
	}
	return a.Name
}

// editionCalled returns the edition called id, from those that are served or
// else from Config.Edition, or nil.
func (s *Server) editionCalled(ctx context.Context, id string) *corpus.Outline {
	for _, o := range s.servingOf(ctx).catalog.outlines {
		if o.Meta().ID() == id {
			return o
		}
	}
	if s.Edition == nil {
		return nil
	}
	return s.Edition(ctx, id)
}
