package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier"
	"assay/review"
	"assay/review/account"
)

// tally is a Meter that writes down what it is told.
type tally struct {
	mu     sync.Mutex
	told   []string
	flying int
}

func (m *tally) add(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(m.told, fmt.Sprintf(format, args...))
}

func (m *tally) Began() func(string, string, int, time.Duration) {
	m.mu.Lock()
	m.flying++
	m.mu.Unlock()
	return func(route, method string, status int, _ time.Duration) {
		m.add("%s %s %d", method, route, status)
		m.mu.Lock()
		m.flying--
		m.mu.Unlock()
	}
}
func (m *tally) Waited(gate string, _ time.Duration, refused bool) {
	m.add("gate %s %v", gate, refused)
}
func (m *tally) Assessed(a classifier.Assessment, _ time.Duration) {
	m.add("assessed %d", len(a.Outcomes))
}
func (m *tally) StoreFailed(k review.Kind) { m.add("store %s", k) }
func (m *tally) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		fmt.Fprintln(w, "assay_up 1")
	})
}

func (m *tally) has(t *testing.T, lines ...string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range lines {
		if !slices.Contains(m.told, l) {
			t.Errorf("%q was not told; told: %q", l, m.told)
		}
	}
}

func TestWhatTheMeterIsTold(t *testing.T) {
	m := &tally{}
	s := newServer(t, func(c *Config) { c.Meter = m })
	get(t, s, "/entries/3A001")
	get(t, s, "/no/such/page")
	post(t, s, "/api/v1/classify", mediaJSON, `{"name":"sampling converter","lists":["us-ccl"]}`)
	post(t, s, "/api/v1/classify", mediaJSON, `{`)
	m.has(t, "GET /entries/:code 200", "GET  404", "POST /api/v1/classify 200", "POST /api/v1/classify 400", "gate compute false", "assessed 1")
	if m.flying != 0 {
		t.Errorf("%d requests are still in flight", m.flying)
	}
	s = newServer(t, func(c *Config) { c.Meter, c.Cases = m, brokenCases(t) })
	get(t, s, "/api/v1/cases")
	m.has(t, "GET /api/v1/cases 503", "store unavailable")
}

// brokenCases is a service whose store is closed.
func brokenCases(t *testing.T) *review.Service {
	t.Helper()
	s, err := review.New(review.Config{Store: closedStore{}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMetricsAreForScrapers: with accounts, figures are for admins and for tokens
// with that scope, wherever the request comes from.
func TestMetricsAreForScrapers(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Meter = &tally{} })
	for _, tt := range []struct {
		v    *visitor
		want int
	}{{h.visitor(), 401}, {h.in("ann"), 403}, {h.in("bob"), 403}, {h.in("eva"), 403}, {h.in("root"), 200},
		{h.program("root", account.ScopeMetrics), 200}, {h.program("root", account.ScopeAdmin), 403}} {
		if rec := tt.v.get("/metrics"); rec.Code != tt.want {
			t.Errorf("%d, want %d: %s", rec.Code, tt.want, rec.Body)
		}
	}
	narrow := h.program("root", account.ScopeMetrics)
	if rec := narrow.get("/api/v1/cases"); rec.Code != 403 {
		t.Errorf("a scraper reads cases: %d", rec.Code)
	}
	here := h.visitor()
	here.address = "127.0.0.1:5000"
	if rec := here.get("/metrics"); rec.Code != 401 {
		t.Errorf("from this machine, as everything behind a proxy seems to come: %d", rec.Code)
	}
	if rec := get(t, newServer(t), "/metrics"); rec.Code != 404 {
		t.Errorf("a server that counts nothing: %d", rec.Code)
	}
	if rec := get(t, newServer(t, func(c *Config) { c.Meter = &tally{} }), "/metrics"); rec.Code != 200 || !strings.Contains(rec.Body.String(), "assay_up") {
		t.Errorf("for one person alone: %d", rec.Code)
	}
}

// TestLogOfARequest holds the log against what must never be in it.
func TestLogOfARequest(t *testing.T) {
	h := newHouse(t)
	const word = "zyzzyva" // stands for what is confidential
	v := h.in("ann")
	token := h.program("ann", account.ScopeClassify, account.ScopeWrite, account.ScopeRead)
	send := func(v *visitor, method, path, body string) *httptest.ResponseRecorder {
		return v.json(method, path, body)
	}
	for _, body := range []string{`{"name":"` + word + `","description":"` + word + ` converter","attributes":{"` + word + `":"` + word + `"}}`,
		`{"name":"` + word, `{"` + word + `":1}`, `{"name":"x","lists":["` + word + `"]}`, `"` + word + `"`, `{"description":"` + strings.Repeat(word, 1<<18) + `"}`} {
		send(v, "POST", "/api/v1/classify", body)
		send(token, "POST", "/api/v1/classify", body)
		send(token, "POST", "/api/v1/cases", body)
		send(token, "POST", "/v1/embeddings", body)
	}
	made := send(token, "POST", "/api/v1/cases", `{"product":{"name":"`+word+`"},"lists":["us-ccl"],"submit":true}`)
	id := decodeBody[review.Case](t, made).ID
	for _, path := range []string{"/?q=" + word, "/entries/" + word, "/entries?code=" + word, "/" + word, "/setup/" + word, "/invite/" + word, "/reset/" + word,
		"/api/v1/cases/" + id, "/api/v1/cases/" + word + word + word + word, "/api/v1/cases?list=" + word, "/precedents?words=" + word, "/static/" + word} {
		v.get(path)
		token.get(path)
	}
	v.send("/login", map[string][]string{"account": {"ann"}, "password": {word}})
	stranger := h.visitor()
	stranger.header.Set("Authorization", "Bearer assay_"+word)
	stranger.get("/api/v1/cases")
	log := h.log.String()
	for _, secret := range []string{word, v.session(), passphrase, token.header.Get("Authorization")[len("Bearer "):], account.FormToken(v.session())} {
		if at := strings.Index(log, secret); secret == "" || at >= 0 {
			t.Errorf("%q is in the log: …%s", secret, log[max(0, at-300):min(len(log), at+300)])
		}
	}
	for _, want := range []string{`"route":"/api/v1/cases/:id"`, `"about":"` + id + `"`, `"actor":"ann"`, `"role":"exporter"`, `"status":200`, `"ms":`, `"route":"none"`, `"token":`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %s", want)
		}
	}
}

// closedStore is a store that does not answer.
type closedStore struct{}

func (closedStore) Read(context.Context, func(review.Reader) error) error {
	return &review.Error{Kind: review.Unavailable, Text: "gone"}
}
func (closedStore) Write(context.Context, func(review.Writer) error) error {
	return &review.Error{Kind: review.Unavailable, Text: "gone"}
}
func (closedStore) Close() error { return nil }
