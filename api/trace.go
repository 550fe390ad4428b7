package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// trace is what becomes known of a request on its way through the server, for
// the log and for the figures.
type trace struct {
	route string // pattern, "/cases/:id"
	who   identity
	about string // id of the case or webhook in the address
}

type traceKey struct{}

// traceOf returns the trace of r; one that nobody reads when it has none.
func traceOf(r *http.Request) *trace {
	if t, ok := r.Context().Value(traceKey{}).(*trace); ok {
		return t
	}
	return &trace{}
}

func withTrace(r *http.Request) (*http.Request, *trace) {
	t := &trace{}
	return r.WithContext(context.WithValue(r.Context(), traceKey{}, t)), t
}

// took notes which row of the table of routes a request took.
func (t *trace) took(row route, c echo.Context) {
	t.route = row.path
	t.about = c.Param("id")
}

// logRequest writes the one line of a request. What people typed is not in it:
// neither addresses, which hold links that work once and words that were looked
// for, nor anything of bodies; the pattern of the route, ids and the like are.
func (s *Server) logRequest(r *http.Request, t *trace, out *answer, took time.Duration) {
	route := t.route
	if route == "" {
		route = "none"
	}
	attrs := []slog.Attr{slog.String("id", requestID(r)), slog.String("method", r.Method), slog.String("route", route), slog.Int("status", out.status),
		slog.Int64("bytes", out.bytes), slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("remote", clientOf(r).address)}
	if t.about != "" && out.status < 400 { // else it may be anything that somebody typed
		attrs = append(attrs, slog.String("about", t.about))
	}
	if t.who.ID != "" {
		attrs = append(attrs, slog.String("actor", t.who.ID), slog.String("role", string(t.who.Role)))
	}
	if t.who.token != nil {
		attrs = append(attrs, slog.String("token", t.who.token.ID))
	}
	s.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", attrs...)
}
