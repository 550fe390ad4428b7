package api

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/sqlite"
	"assay/review"
	"assay/review/account"

	"github.com/PuerkitoBio/goquery"
)

const passphrase = "correct battery staple, please"

// house is a server with accounts, a clock that tests set, and somebody of
// each role: ann of Acme and otto of Other export, bob decides, eva evaluates,
// root is the admin. All have the same passphrase.
type house struct {
	*testing.T
	server *Server
	mu     sync.Mutex
	now    time.Time
	log    lines

	visitors int // so far; each has an address of its own
}

// emptyHouse is a house before anybody has come.
func emptyHouse(t *testing.T, change ...func(*Config)) *house {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	h := &house{T: t, now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
	accounts, err := account.New(account.Config{Store: store, Now: h.clock, Params: account.Params{MemoryKiB: 19 << 10, Passes: 2, Threads: 1},
		Provisioning: account.Provisioning{Rules: []account.Rule{{Claim: "groups", Value: "officers", Role: review.Officer}}}})
	if err != nil {
		t.Fatal(err)
	}
	cases, err := review.New(review.Config{Store: store, Now: h.clock})
	if err != nil {
		t.Fatal(err)
	}
	h.server = newServer(t, append([]func(*Config){logTo(&h.log), func(c *Config) { c.Accounts, c.Cases, c.Now = accounts, cases, h.clock }}, change...)...)
	return h
}

func newHouse(t *testing.T, change ...func(*Config)) *house {
	t.Helper()
	h := emptyHouse(t, change...)
	link, err := h.server.Accounts.SetUpLink(t.Context(), account.Request{})
	h.must(err)
	in, err := h.server.Accounts.SetUp(t.Context(), account.Request{}, link.Token, account.NewAccount{ID: root.ID, Name: "Root <b>"}, passphrase)
	h.must(err)
	hash := in.Account.Password // one hash for all: hashing takes long
	for _, a := range []review.Actor{ann, otto, bob, eva} {
		h.must(h.server.Accounts.Store.WriteAccounts(t.Context(), func(w account.Writer) error {
			return w.AddAccount(t.Context(), account.Account{ID: a.ID, Role: a.Role, Organisation: a.Organisation, State: account.Active,
				Source: account.Local, Password: hash, CreatedAt: h.now})
		}))
	}
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// visitor is a browser, or a program, that asks h's server.
type visitor struct {
	*house
	cookies map[string]*http.Cookie
	address string
	header  http.Header
	tls     bool
}

func (h *house) visitor() *visitor {
	h.visitors++
	return &visitor{house: h, cookies: map[string]*http.Cookie{}, address: fmt.Sprintf("192.0.2.%d:1234", h.visitors), header: http.Header{}}
}

// in returns a browser that has signed in as id, without the password.
func (h *house) in(id string) *visitor {
	h.Helper()
	v := h.visitor()
	rec := v.send("/login", url.Values{"account": {id}, "password": {passphrase}})
	if rec.Code != http.StatusSeeOther || v.session() == "" {
		h.Fatalf("signing in as %s: %d %s", id, rec.Code, text(rec))
	}
	return v
}

// program returns a program with a token of id.
func (h *house) program(id string, scopes ...account.Scope) *visitor {
	h.Helper()
	_, text, err := h.server.Accounts.MakeToken(h.Context(), account.Request{Actor: root}, id, account.NewToken{Name: "test", Scopes: scopes, Life: 24 * time.Hour})
	h.must(err)
	v := h.visitor()
	v.header.Set("Authorization", "Bearer "+text)
	return v
}

// session returns the cookie of the session, "" without one.
func (v *visitor) session() string {
	for _, name := range []string{plainCookie, secureCookie} {
		if c := v.cookies[name]; c != nil {
			return c.Value
		}
	}
	return ""
}

func (v *visitor) do(method, path, media string, body io.Reader) *httptest.ResponseRecorder {
	v.Helper()
	req := httptest.NewRequest(method, path, body)
	if v.tls {
		req = httptest.NewRequest(method, "https://example.com"+path, body)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	for name, values := range v.header {
		req.Header[name] = values
	}
	req.RemoteAddr = v.address
	for _, c := range v.cookies {
		req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	rec := answerOf(v.T, v.server, req)
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c
		}
	}
	return rec
}

func (v *visitor) get(path string) *httptest.ResponseRecorder {
	v.Helper()
	return v.do(http.MethodGet, path, "", nil)
}

// send posts a form as a page of the session would.
func (v *visitor) send(path string, fields url.Values) *httptest.ResponseRecorder {
	v.Helper()
	if _, said := fields[csrfName]; !said {
		fields = maps.Clone(fields)
		if fields == nil {
			fields = url.Values{}
		}
		fields.Set(csrfName, account.FormToken(v.session()))
	}
	return v.do(http.MethodPost, path, mediaForm, strings.NewReader(fields.Encode()))
}

// json sends body as a program of the session would.
func (v *visitor) json(method, path, body string) *httptest.ResponseRecorder {
	v.Helper()
	if v.session() != "" && v.header.Get(csrfHeader) == "" {
		v.header.Set(csrfHeader, account.FormToken(v.session()))
		defer v.header.Del(csrfHeader)
	}
	return v.do(method, path, mediaJSON, strings.NewReader(body))
}

// page opens a page and wants it to be there.
func (v *visitor) page(path string) *goquery.Document {
	v.Helper()
	rec := v.get(path)
	if rec.Code != http.StatusOK {
		v.Fatalf("%s: %d %s %s", path, rec.Code, rec.Header().Get("Location"), text(rec))
	}
	return parse(v.T, rec)
}

// want checks the status, and for a redirect where to.
func (v *visitor) want(what string, rec *httptest.ResponseRecorder, status int, to ...string) {
	v.Helper()
	if rec.Code != status || len(to) > 0 && rec.Header().Get("Location") != to[0] {
		v.Errorf("%s: %d %q, want %d %q: %.300s", what, rec.Code, rec.Header().Get("Location"), status, to, bytes.TrimSpace(rec.Body.Bytes()))
	}
}
