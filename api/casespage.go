package api

import (
	"net/http"
	"strconv"

	"assay/review"

	"github.com/labstack/echo/v4"
)

// pageOfCases is how many cases a page lists.
const pageOfCases = 25

// casesView is the list of cases that somebody has to do with.
type casesView struct {
	Mine   bool // of the reader's own organisation only
	Of     string
	MayNew bool
	Rows   []caseRow
	First  string // address of the first page, "" when this is it
	Next   string
}

// casesPage shows an exporter the own organisation's cases, and the office all
// of them, newest first.
func (s *Server) casesPage(c echo.Context) error {
	who := whoAsks(c.Request())
	from, err := pageStart(c.QueryParam("from"))
	if err != nil {
		return err
	}
	page, err := s.Cases.Queue(c.Request().Context(), who.Actor, review.Filter{Newest: true, From: from, Limit: pageOfCases})
	if err != nil {
		return err
	}
	view := casesView{Mine: who.Role == review.Exporter, Of: who.Organisation, MayNew: mayOpen(who)}
	for _, h := range page.Cases {
		view.Rows = append(view.Rows, s.caseRow(h, who.Actor))
	}
	if from > 0 {
		view.First = "/cases"
	}
	if page.Next > 0 {
		view.Next = withQuery("/cases", nil, page.Next)
	}
	title := "Cases"
	if view.Mine {
		title = "My cases"
	}
	return s.render(c.Response(), c.Request(), http.StatusOK, "cases", frame{Title: title, Page: view})
}

// mayOpen reports whether who may open cases.
func mayOpen(who identity) bool { return who.Role == review.Exporter || who.Role == review.Admin }

func pageStart(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, &failure{kind: kindInvalidInput, message: "“from” is no number of a case", field: "from", remedy: "follow the links from page to page"}
	}
	return n, nil
}
