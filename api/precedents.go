package api

import (
	"cmp"
	"net/http"

	"assay/classifier"
	"assay/corpus"
	"assay/review"

	"github.com/labstack/echo/v4"
)

// maxPrecedents is the largest page of precedents.
const maxPrecedents = 200

func (s *Server) listPrecedents(c echo.Context) error {
	q := newQuery(c.Request())
	f := review.PrecedentFilter{Case: q.text("case"), List: q.list("list"), Code: q.text("code"), Fingerprint: q.text("fingerprint"),
		From: q.text("from"), Limit: int(q.whole("limit", 1, maxPrecedents))}
	if code, err := corpus.ParseCode(f.Code); err == nil {
		f.Code = code
	}
	if text := q.text("text"); text != "" {
		if f.Fingerprint != "" {
			q.wrong("text", "give the fingerprint or the text that has it", "text and fingerprint are both given")
		}
		f.Fingerprint = review.Fingerprint(classifier.Product{Description: text})
	}
	if yes := q.yes("current"); yes != nil {
		f.Current = *yes
	}
	if err := q.end(); err != nil {
		return err
	}
	size := cmp.Or(f.Limit, 50)
	f.Limit = size + 1 // one more tells whether another page follows
	found, err := s.Cases.Precedents(c.Request().Context(), whoAsks(c.Request()).Actor, f)
	if err != nil {
		return err
	}
	page := precedentPage{Precedents: found}
	if len(found) > size {
		page = precedentPage{found[:size], found[size-1].ID}
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, page)
	return nil
}

// precedentPage is a part of the precedents, newest decision first.
type precedentPage struct {
	Precedents []review.Precedent `json:"precedents"`
	Next       string             `json:"next,omitempty"` // from of the next page, "" when this is the last
}
