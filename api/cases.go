package api

import (
	"context"
	"net/http"

	"assay/corpus"
	"assay/review"

	"github.com/labstack/echo/v4"
)

// caseRoutes are the JSON API of cases, precedents and the audit log. What a
// person may do to a particular case is for review to say.
func (s *Server) caseRoutes() []route {
	rows := []route{
		{"GET", "/api/v1/cases", members, scopeRead, s.listCases},
		{"POST", "/api/v1/cases", exporters, scopeWrite, s.createCase},
		{"GET", "/api/v1/cases/:id", members, scopeRead, s.getCase},
		{"GET", "/api/v1/cases/:id/history", members, scopeRead, s.getHistory},
		{"POST", "/api/v1/cases/:id/revise", exporters, scopeWrite, s.reviseCase},
		{"POST", "/api/v1/cases/:id/propose", exporters, scopeWrite, s.proposeForCase},
		{"POST", "/api/v1/cases/:id/assess", writers, scopeWrite, s.assessCase},
		{"POST", "/api/v1/cases/:id/submit", exporters, scopeWrite, s.submitCase},
		{"POST", "/api/v1/cases/:id/take", officers, scopeDecide, s.takeCase},
		{"POST", "/api/v1/cases/:id/assign", officers, scopeDecide, s.assignCase},
		{"POST", "/api/v1/cases/:id/second", officers, scopeDecide, s.askSecond},
		{"POST", "/api/v1/cases/:id/decide", officers, scopeDecide, s.decideCase},
		{"POST", "/api/v1/cases/:id/return", officers, scopeDecide, s.returnCase},
		{"POST", "/api/v1/cases/:id/reopen", officers, scopeDecide, s.reopenCase},
		{"POST", "/api/v1/cases/:id/stand", officers, scopeDecide, s.letStand},
		{"POST", "/api/v1/cases/:id/comment", writers, scopeWrite, s.commentOnCase},
		{"POST", "/api/v1/cases/:id/request", officers, scopeDecide, s.requestInformation},
		{"POST", "/api/v1/cases/:id/answer", exporters, scopeWrite, s.answerRequest},
		{"GET", "/api/v1/cases/:id/documents", members, scopeRead, s.listDocuments},
		{"POST", "/api/v1/cases/:id/documents", exporters, scopeWrite, s.attachDocument},
		{"GET", "/api/v1/cases/:id/documents/:seq", members, scopeRead, s.getDocument},
		{"GET", "/api/v1/cases/:id/documents/:seq/text", members, scopeRead, s.getDocumentText},
		{"GET", "/api/v1/audit", auditors, scopeAudit, s.listAudit},
		{"GET", "/api/v1/audit/verify", auditors, scopeAudit, s.verifyAudit},
		{"GET", "/api/v1/audit/export", auditors, scopeAudit, s.exportAudit},
	}
	rows = append(rows, s.precedentRoutes()...)
	for i := range rows {
		rows[i].handle = s.withCases(rows[i].handle)
	}
	return rows
}

// withCases answers for a server that keeps no cases.
func (s *Server) withCases(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.Cases == nil {
			return &failure{kind: kindUnavailable, message: "this server keeps no cases", remedy: "ask one that does; products can be assessed here"}
		}
		return next(c)
	}
}

func (s *Server) listCases(c echo.Context) error {
	q := newQuery(c.Request())
	f := review.Filter{List: q.list("list"), Category: q.text("category"), Language: q.text("language"), Assignee: q.text("assignee"),
		Organisation: q.text("organisation"), MinConfidence: q.share("min_confidence"), MaxConfidence: q.share("max_confidence"),
		Before: q.time("created_before"), After: q.time("created_after"), Disagreement: q.yes("disagreement"),
		From: q.whole("from", 1, 1<<62), Limit: int(q.whole("limit", 1, review.MaxPage))}
	for _, w := range q.words("state") {
		f.States = append(f.States, review.State(w))
	}
	if yes := q.yes("attention"); yes != nil {
		f.Attention = *yes
	}
	q.order(&f.Newest)
	if err := q.end(); err != nil {
		return err
	}
	page, err := s.Cases.Queue(c.Request().Context(), whoAsks(c.Request()).Actor, f)
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, page)
	return nil
}

func (s *Server) getCase(c echo.Context) error {
	found, err := s.Cases.Get(c.Request().Context(), whoAsks(c.Request()).Actor, c.Param("id"))
	if err != nil {
		return err
	}
	return s.writeCase(c, http.StatusOK, found)
}

func (s *Server) getHistory(c echo.Context) error {
	events, err := s.Cases.History(c.Request().Context(), whoAsks(c.Request()).Actor, c.Param("id"))
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, map[string][]review.Event{"events": events})
	return nil
}

// newCaseBody is a case to begin. There is no field for an assessment: that is
// the server's to make.
type newCaseBody struct {
	Organisation string         `json:"organisation"`
	Product      productBody    `json:"product"`
	Lists        []string       `json:"lists"`
	Proposals    []proposalBody `json:"proposals"`
	Submit       bool           `json:"submit"`
}

type proposalBody struct {
	List      corpus.ListID `json:"list"`
	Code      string        `json:"code"`
	Reasoning string        `json:"reasoning"`
}

func (b proposalBody) proposal() review.Proposal {
	return review.Proposal{List: b.List, Code: b.Code, Reasoning: b.Reasoning}
}

// opening returns what review begins a case from.
func (b newCaseBody) opening() (review.Opening, error) {
	o := review.Opening{Submit: b.Submit}
	o.Organisation = b.Organisation
	var err error
	if o.Product, err = b.Product.product(); err != nil {
		return o, err
	}
	if o.Lists, err = parseLists(b.Lists); err != nil {
		return o, err
	}
	for _, p := range b.Proposals {
		o.Proposals = append(o.Proposals, p.proposal())
	}
	return o, nil
}

// createCase begins a case, of JSON alone, or of a form with documents.
func (s *Server) createCase(c echo.Context) error {
	req, err := acting(c.Request())
	if err != nil {
		return err
	}
	if req.Version != 0 {
		return &failure{kind: kindInvalidInput, message: "a case that is only begun has no version", field: "If-Match", remedy: "leave the header out"}
	}
	if isForm(c.Request()) {
		return s.createFromForm(c, req)
	}
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, s.MaxBody)
	ctx, cancel := context.WithTimeout(r.Context(), s.RequestTimeout)
	defer cancel()
	c.SetRequest(r.WithContext(ctx))
	var body newCaseBody
	if err := s.jsonBody(c, &body); err != nil {
		return err
	}
	o, err := body.opening()
	if err != nil {
		return err
	}
	return s.open(c, req, o)
}

func (s *Server) open(c echo.Context, req review.Request, o review.Opening) error {
	made, err := s.Cases.Open(c.Request().Context(), req, o, s.classify)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/api/v1/cases/"+made.ID)
	return s.writeCase(c, http.StatusCreated, made)
}
