package api

import (
	"context"
	"net/http"

	"assay/review"

	"github.com/labstack/echo/v4"
)

// precedentRoutes find decided cases by meaning. An exporter sees what came of
// the own organisation's cases only, which review sees to.
func (s *Server) precedentRoutes() []route {
	return []route{
		{"GET", "/api/v1/precedents", members, scopeRead, s.listPrecedents},
		{"POST", "/api/v1/precedents/alike", members, scopeRead, s.postAlike},
		{"GET", "/api/v1/cases/:id/alike", members, scopeRead, s.getAlike},
		{"GET", "/api/v1/cases/:id/contradictions", office, scopeRead, s.getContradictions},
	}
}

// alikeRequest is a product and which decided cases are wanted. The product's
// fields stand as those of classifyRequest do.
type alikeRequest struct {
	productBody
	Lists    []string `json:"lists"`
	Limit    int      `json:"limit"`
	Standing bool     `json:"standing"`
}

func (s *Server) postAlike(c echo.Context) error {
	var req alikeRequest
	if err := s.jsonBody(c, &req); err != nil {
		return err
	}
	p, err := req.product()
	if err != nil {
		return err
	}
	if err := p.Validate(); err != nil { // before waiting for a place
		return err
	}
	if req.Limit < 0 || req.Limit > review.MaxAlike {
		return &failure{kind: kindInvalidInput, message: "the limit is out of its range", field: "limit", remedy: "give 1 to 50, or leave it out"}
	}
	o := review.AlikeOptions{Limit: req.Limit, Standing: req.Standing}
	if o.Lists, err = parseLists(req.Lists); err != nil {
		return err
	}
	return s.answerAlike(c, func(ctx context.Context, actor review.Actor) (review.Likes, error) {
		return s.Cases.Alike(ctx, actor, p, o)
	})
}

func (s *Server) getAlike(c echo.Context) error {
	q := newQuery(c.Request())
	o := review.AlikeOptions{Limit: int(q.whole("limit", 1, review.MaxAlike))}
	names := q.words("list")
	if yes := q.yes("standing"); yes != nil {
		o.Standing = *yes
	}
	if err := q.end(); err != nil {
		return err
	}
	var err error
	if o.Lists, err = parseLists(names); err != nil {
		return err
	}
	return s.answerAlike(c, func(ctx context.Context, actor review.Actor) (review.Likes, error) {
		return s.Cases.AlikeCase(ctx, actor, c.Param("id"), o)
	})
}

// answerAlike answers with what find finds, when there is a place for computing it.
func (s *Server) answerAlike(c echo.Context, find func(context.Context, review.Actor) (review.Likes, error)) error {
	r := c.Request()
	if err := s.gate.enter(r.Context()); err != nil {
		return err
	}
	defer s.gate.leave()
	likes, err := find(r.Context(), whoAsks(r).Actor)
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), r, http.StatusOK, likes)
	return nil
}

func (s *Server) getContradictions(c echo.Context) error {
	r := c.Request()
	q := newQuery(r)
	ruling := review.Ruling{List: q.list("list"), Codes: q.words("code")}
	if yes := q.yes("not_listed"); yes != nil {
		ruling.NotListed = *yes
	}
	if ruling.List == "" {
		q.wrong("list", "name the list that would be decided on", "list is missing")
	}
	if err := q.end(); err != nil {
		return err
	}
	if err := s.gate.enter(r.Context()); err != nil {
		return err
	}
	defer s.gate.leave()
	against, err := s.Cases.Contradictions(r.Context(), whoAsks(r).Actor, c.Param("id"), ruling)
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), r, http.StatusOK, map[string][]review.Contradiction{"contradictions": against})
	return nil
}
