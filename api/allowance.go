package api

import (
	"context"
	"net/http"
	"time"

	"assay/review"

	"github.com/labstack/echo/v4"
)

// allowance is how much a request may bring, and how long it may take.
type allowance struct {
	body int64
	time time.Duration
}

// allowances are the routes for which MaxBody and RequestTimeout are not right.
func (s *Server) allowances() map[string]allowance {
	upload := allowance{review.MaxDocument + s.MaxBody, s.TransferTimeout}
	transfer := allowance{s.MaxBody, s.TransferTimeout}
	wholeLog := allowance{s.MaxBody, s.AuditTimeout}
	return map[string]allowance{
		"POST /cases":                          upload,
		"POST /cases/:id/attach":               upload,
		"POST /api/v1/cases":                   upload,
		"POST /api/v1/cases/:id/documents":     upload,
		"GET /api/v1/cases/:id/documents/:seq": transfer,
		"POST /audit/verify":                   wholeLog,
		"GET /api/v1/audit/verify":             wholeLog,
		"GET /api/v1/audit/export":             wholeLog,
	}
}

// limited holds the requests of a route to its allowance.
func (s *Server) limited(row route, next echo.HandlerFunc) echo.HandlerFunc {
	most, own := s.allowances()[row.method+" "+row.path]
	if !own {
		most = allowance{s.MaxBody, s.RequestTimeout}
	}
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength > most.body {
			return tooLarge(most.body)
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, most.body)
		ctx, cancel := context.WithTimeout(r.Context(), most.time)
		defer cancel()
		if own {
			// Those of the server are for ordinary requests. Writers that have no
			// connection (in tests) have no deadlines either.
			conn := http.NewResponseController(c.Response())
			_ = conn.SetReadDeadline(time.Now().Add(most.time))
			_ = conn.SetWriteDeadline(time.Now().Add(most.time + s.RequestTimeout))
		}
		c.SetRequest(r.WithContext(ctx))
		return next(c)
	}
}

// receiving gives a client half of the time that its request may take to send
// the body, so that slow senders do not hold connections and the rest is left
// for the answer. The caller must call the function that it returns once the
// body is there: a deadline left standing would cancel the request while it
// computes.
func receiving(w http.ResponseWriter, r *http.Request) (done func()) {
	end, limited := r.Context().Deadline()
	conn := http.NewResponseController(w)
	if !limited || conn.SetReadDeadline(time.Now().Add(time.Until(end)/2)) != nil {
		return func() {}
	}
	return func() { _ = conn.SetReadDeadline(time.Time{}) }
}

// steady is a writer of long answers. Each piece has a time of its own to be
// taken, so that a reader who takes them is never cut off, and one who has
// gone away does not hold what is read for them.
type steady struct {
	http.ResponseWriter
	patience time.Duration
}

func (s steady) Write(p []byte) (int, error) {
	_ = http.NewResponseController(s.ResponseWriter).SetWriteDeadline(time.Now().Add(s.patience))
	return s.ResponseWriter.Write(p)
}
