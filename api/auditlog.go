package api

import (
	"net/http"

	"assay/review"

	"github.com/labstack/echo/v4"
)

func (s *Server) listAudit(c echo.Context) error {
	q := newQuery(c.Request())
	f := review.AuditFilter{Case: q.text("case"), Actor: q.text("actor"), Act: review.Act(q.text("act")),
		From: q.whole("from", 1, 1<<62), Limit: int(q.whole("limit", 1, review.MaxPage))}
	q.order(&f.Newest)
	if err := q.end(); err != nil {
		return err
	}
	page, err := s.Cases.AuditLog(c.Request().Context(), whoAsks(c.Request()).Actor, f)
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, page)
	return nil
}

// verification is a report with the answer in one word.
type verification struct {
	Whole bool `json:"whole"`
	review.Report
}

func (s *Server) verifyAudit(c echo.Context) error {
	q := newQuery(c.Request())
	var known review.AuditHead
	if head := q.text("head"); head != "" {
		var err error
		if known, err = review.ParseAuditHead(head); err != nil {
			q.wrong("head", "give HASH or NUMBER:HASH of a record that the log is known to have held", "%v", err)
		}
	}
	if err := q.end(); err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.wholeLog.enter(ctx); err != nil {
		return err
	}
	defer s.wholeLog.leave()
	report, err := s.Cases.VerifyAudit(ctx, whoAsks(c.Request()).Actor, known)
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, verification{report.Whole(), report})
	return nil
}

// exportAudit streams the log. An answer that ends before the log does is cut
// off, so that nobody takes a part for the whole.
func (s *Server) exportAudit(c echo.Context) error {
	r, w := c.Request(), c.Response()
	if err := newQuery(r).end(); err != nil {
		return err
	}
	if err := s.wholeLog.enter(r.Context()); err != nil {
		return err
	}
	defer s.wholeLog.leave()
	h := w.Header()
	h.Set("Content-Type", "application/x-ndjson")
	h.Set("Content-Disposition", `attachment; filename="assay-audit.jsonl"`)
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	n, err := s.Cases.ExportAudit(r.Context(), whoAsks(r).Actor, steady{w, s.RequestTimeout})
	switch {
	case err == nil:
		if !started(w) { // an empty log
			w.WriteHeader(http.StatusOK)
		}
		return nil
	case started(w):
		s.Log.Error("an export of the audit log was cut off", "id", requestID(r), "records", n, "error", inFull(err))
		panic(http.ErrAbortHandler)
	}
	h.Del("Content-Disposition")
	return err
}
