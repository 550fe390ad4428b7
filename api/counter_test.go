package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/sqlite"
	"assay/internal/storetest"
	"assay/review"
)

// counter is one store of cases, asked through one server for each person.
type counter struct {
	t       testing.TB
	cases   *review.Service
	change  []func(*Config)
	servers map[review.Actor]*Server
}

func newCounter(t testing.TB, change ...func(*Config)) *counter {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return counterOver(t, store, change...)
}

func counterOver(t testing.TB, store review.Store, change ...func(*Config)) *counter {
	t.Helper()
	cases, err := review.New(review.Config{Store: store, Documents: storetest.Plain{}})
	if err != nil {
		t.Fatal(err)
	}
	return &counter{t, cases, change, map[review.Actor]*Server{}}
}

func (b *counter) server(who review.Actor) *Server {
	b.t.Helper()
	if b.servers[who] == nil {
		b.servers[who] = newServer(b.t, append([]func(*Config){func(c *Config) { c.Cases, c.Self = b.cases, who }}, b.change...)...)
	}
	return b.servers[who]
}

// ask sends a request as who. Headers are name, value, name, value. A body that
// is not given has no type either.
func (b *counter) ask(who review.Actor, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", mediaJSON)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return answerOf(b.t, b.server(who), req)
}

// does wants a request answered with a case.
func (b *counter) does(who review.Actor, path, body string, headers ...string) review.Case {
	b.t.Helper()
	method := http.MethodPost
	rec := b.ask(who, method, path, body, headers...)
	if rec.Code != http.StatusOK && rec.Code != http.StatusCreated {
		b.t.Fatalf("%s %s by %s: %d %s", method, path, who.ID, rec.Code, rec.Body)
	}
	c := decodeBody[review.Case](b.t, rec)
	if want := fmt.Sprintf("%q", fmt.Sprint(c.Version)); rec.Header().Get("ETag") != want {
		b.t.Errorf("%s: ETag %s, want %s", path, rec.Header().Get("ETag"), want)
	}
	return c
}

func (b *counter) sees(who review.Actor, id string) review.Case {
	b.t.Helper()
	rec := b.ask(who, http.MethodGet, "/api/v1/cases/"+id, "")
	if rec.Code != http.StatusOK {
		b.t.Fatalf("%s does not see the case: %d %s", who.ID, rec.Code, rec.Body)
	}
	return decodeBody[review.Case](b.t, rec)
}

func (b *counter) refused(name string, rec *httptest.ResponseRecorder, status int, code kind, field, says string) {
	b.t.Helper()
	if rec.Code != status {
		b.t.Errorf("%s: status %d, want %d: %s", name, rec.Code, status, rec.Body)
		return
	}
	e := decodeBody[errorBody](b.t, rec).Error
	if e.Code != code || e.Field != field || !strings.Contains(e.Message+" "+e.Remedy, says) {
		b.t.Errorf("%s: %+v; want code %s, field %q, with %q", name, e, code, field, says)
	}
}

const converter = `{"product":{"name":"X1","description":"a sampling converter","attributes":{"rate":3e9}},"lists":["us-ccl","eu-dual-use"]}`

// submitted returns the id of a case that waits for the office.
func (b *counter) submitted(lists string) string {
	b.t.Helper()
	return b.does(ann, "/api/v1/cases", `{"product":{"name":"X1","description":"a sampling converter"},"lists":`+lists+`,"submit":true}`).ID
}

func at(id, act string) string { return "/api/v1/cases/" + id + "/" + act }
