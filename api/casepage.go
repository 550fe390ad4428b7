package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// pageRoutes are the pages of review. Who may do what to which case is not
// said here: review has those rules, and the table only keeps out roles that
// may never do an act.
func (s *Server) pageRoutes() []route {
	rows := []route{
		{"GET", "/cases", members, scopeNone, s.casesPage},
		{"POST", "/cases", exporters, scopeNone, s.withUploads(s.openCase)},
		{"GET", "/cases/new", exporters, scopeNone, s.newCasePage},
		{"POST", "/cases/new", exporters, scopeNone, s.newCasePage},
		{"GET", "/cases/:id", members, scopeNone, s.casePage},
		{"GET", "/queue", office, scopeNone, s.queuePage},
		{"GET", "/precedents", members, scopeNone, s.precedentsPage},
		{"GET", "/audit", auditors, scopeNone, s.auditPage},
		{"POST", "/audit/verify", auditors, scopeNone, s.verifyPage},
	}
	for _, a := range caseActs {
		rows = append(rows, route{"POST", "/cases/:id/" + a.path, actRoles(append(a.also, a.act)...), scopeNone, s.withUploads(s.doAct(a))})
	}
	for i := range rows {
		rows[i].handle = s.withCases(rows[i].handle)
	}
	return rows
}

// withUploads has forms with files, which are held in memory, wait for a place.
func (s *Server) withUploads(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !isForm(c.Request()) {
			return next(c)
		}
		return within(s.uploads, c, func() error { return next(c) })
	}
}

// casePage shows one case.
func (s *Server) casePage(c echo.Context) error {
	who := whoAsks(c.Request())
	view, _, err := s.caseView(c.Request().Context(), c.Param("id"), who)
	if err != nil {
		return err
	}
	if c.QueryParam("done") == "opened" {
		view.Done = "The case is opened as a draft. Submit it when it is ready."
	}
	for _, a := range caseActs {
		if a.path == c.QueryParam("done") {
			view.Done = a.done
		}
	}
	return s.render(c.Response(), c.Request(), http.StatusOK, "case", frame{Title: view.Title, Page: view})
}
