package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"assay/review"
	"assay/review/account"

	"github.com/labstack/echo/v4"
)

// caller is one column of the matrix: who asks, and with what.
type caller struct {
	name   string
	role   review.Role // "" for nobody
	scopes []account.Scope
	token  bool
	asks   *visitor
}

// callers are everybody of h: nobody, a browser of each role, and programs of
// each role with each scope alone.
func callers(h *house) []caller {
	all := []caller{{name: "nobody", asks: h.visitor()}}
	for _, a := range []review.Actor{ann, otto, bob, eva, root} {
		all = append(all, caller{name: a.ID, role: a.Role, asks: h.in(a.ID)})
		for _, sc := range account.Scopes(a.Role) {
			all = append(all, caller{a.ID + " with a token for " + string(sc), a.Role, []account.Scope{sc}, true, h.program(a.ID, sc)})
		}
	}
	return all
}

// expected works out, from the row alone and apart from the code that guards
// it, with what status c is turned away; 0 when it is let through.
func expected(row route, c caller, open bool) int {
	page := !strings.HasPrefix(row.path, "/api/") && !strings.HasPrefix(row.path, "/v1/") && row.path != "/metrics"
	switch {
	case row.who.anyone:
		return 0
	case row.who.asked && open:
		return 0
	case c.role == "" && page:
		return http.StatusSeeOther
	case c.role == "":
		return http.StatusUnauthorized
	case !slices.Contains(row.who.roles, c.role):
		return http.StatusForbidden
	case c.token && row.scope != scopeAny && (row.scope == scopeNone || !slices.Contains(c.scopes, account.Scope(row.scope))):
		return http.StatusForbidden
	}
	return 0
}

// ask sends what would be a request for row by c: with a form's token, so that
// nothing but the rule can turn it away.
func (c caller) ask(s *Server, row route) *httptest.ResponseRecorder {
	path := parameter.ReplaceAllString(row.path, "x")
	req := httptest.NewRequest(row.method, path, nil)
	req.RemoteAddr = c.asks.address
	for name, values := range c.asks.header {
		req.Header[name] = values
	}
	for _, cookie := range c.asks.cookies {
		req.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
	}
	if c.asks.session() != "" {
		req.Header.Set(csrfHeader, account.FormToken(c.asks.session()))
	}
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, req)
	return rec
}

// TestMatrix tries every route of the table as everybody. Behind the guard
// stands a handler that says that it was reached; whom the rule turns away is
// also turned away by the real handlers, which leave no trace of it.
func TestMatrix(t *testing.T) {
	for _, open := range []bool{false, true} {
		t.Run(fmt.Sprint("open ", open), func(t *testing.T) {
			h := newHouse(t, func(c *Config) { c.Open, c.Rate = open, 1<<20 })
			s := h.server
			everybody := callers(h)
			const reached = http.StatusTeapot
			rows := s.table()
			for i := range rows {
				rows[i].handle = func(c echo.Context) error { return c.NoContent(reached) }
			}
			probe := *h.probe(rows)
			before := auditLength(t, s)
			tried, let := 0, 0
			for _, row := range s.table() {
				if !row.who.anyone && len(row.who.roles) == 0 {
					t.Errorf("%s %s: the table does not say who may use it", row.method, row.path)
				}
				if row.scope == "" && strings.HasPrefix(row.path, "/api/") && !row.who.anyone && !slices.ContainsFunc(s.ownRoutes(), func(own route) bool { return own.path == row.path }) {
					t.Errorf("%s %s: no scope of a token lets a program use it", row.method, row.path)
				}
				for _, c := range everybody {
					tried++
					want := expected(row, c, open)
					if want == 0 {
						let++
						if got := c.ask(&probe, row); got.Code != reached {
							t.Errorf("%s %s by %s: %d, but the row lets it through: %.200s", row.method, row.path, c.name, got.Code, got.Body)
						}
						continue
					}
					for what, server := range map[string]*Server{"the guard": &probe, "the server": s} {
						got := c.ask(server, row)
						if got.Code != want || want == http.StatusSeeOther && !strings.HasPrefix(got.Header().Get("Location"), "/login?next=") {
							t.Errorf("%s %s by %s: %s says %d, want %d", row.method, row.path, c.name, what, got.Code, want)
						}
					}
				}
			}
			t.Logf("%d routes, %d callers, %d requests, %d let through", len(rows), len(everybody), tried, let)
			if let == 0 || let == tried {
				t.Error("the matrix does not tell anybody apart")
			}
			if after := auditLength(t, s); after != before {
				t.Errorf("requests that were turned away left %d audit records", after-before)
			}
		})
	}
}

// probe is h's server with rows in place of its table.
func (h *house) probe(rows []route) *Server {
	p := &Server{Config: h.server.Config, rates: h.server.rates, tries: h.server.tries, gate: h.server.gate, uploads: h.server.uploads,
		downloads: h.server.downloads, wholeLog: h.server.wholeLog, pages: h.server.pages, rows: rows}
	p.current.Store(h.server.current.Load())
	p.echo = p.routes(rows)
	p.handler = p.wrap(p.echo)
	return p
}

// auditLength returns how many acts are on record, by the verification that
// also finds whether the log is whole.
func auditLength(t *testing.T, s *Server) int64 {
	t.Helper()
	report, err := s.Cases.VerifyAudit(t.Context(), root, review.AuditHead{})
	if err != nil || !report.Whole() {
		t.Fatalf("%v %+v", err, report.Findings)
	}
	return report.Records
}

// TestMatrixFindsWhatIsMissing shows that the matrix would fail for a row
// without a rule, and for a guard that forgets one.
func TestMatrixFindsWhatIsMissing(t *testing.T) {
	h := newHouse(t)
	bare := route{"GET", "/api/v1/bare", access{}, scopeRead, func(c echo.Context) error { return c.NoContent(http.StatusTeapot) }}
	probe := h.probe([]route{bare})
	for _, c := range callers(h) {
		if got := c.ask(probe, bare); got.Code != http.StatusUnauthorized && got.Code != http.StatusForbidden {
			t.Errorf("%s is let through to a route without a rule: %d", c.name, got.Code)
		}
	}
	if expected(route{path: "/api/v1/x", who: admins}, caller{role: review.Officer}, false) == 0 {
		t.Error("the test would let an officer do what is an admin's")
	}
}

// TestAccessIsKnown keeps who may use which route as a text to be read: a
// change of access is a change of this file.
func TestAccessIsKnown(t *testing.T) {
	const golden = "testdata/access.golden"
	var b strings.Builder
	for _, row := range newServer(t).table() {
		who := roleNames(row.who.roles)
		switch {
		case row.who.anyone:
			who = "anyone"
		case row.who.asked:
			who += " (anyone with --open)"
		}
		token := string(row.scope)
		if row.scope == scopeNone {
			token = "-"
		}
		fmt.Fprintf(&b, "%-6s %-46s %-10s %s\n", row.method, row.path, token, who)
	}
	want, err := os.ReadFile(golden)
	if err != nil && !(*update && os.IsNotExist(err)) {
		t.Fatal(err)
	}
	if string(want) == b.String() {
		return
	}
	if !*update {
		t.Fatalf("who may use which route is not as %s says; look at the difference, then run: go test ./api -run TestAccessIsKnown -update\n%s", golden, b.String())
	}
	if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
