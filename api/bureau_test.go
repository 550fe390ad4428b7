package api

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/sqlite"
	"assay/internal/storetest"
	"assay/review"
	"assay/review/account"

	"github.com/PuerkitoBio/goquery"
)

var (
	ann  = review.Actor{ID: "ann", Role: review.Exporter, Organisation: "Acme"}
	otto = review.Actor{ID: "otto", Role: review.Exporter, Organisation: "Other"}
	bob  = review.Actor{ID: "bob", Role: review.Officer}
	cyd  = review.Actor{ID: "cyd", Role: review.Officer}
	dora = review.Actor{ID: "dora", Role: review.Officer}
	eva  = review.Actor{ID: "eva", Role: review.Evaluator}
	root = review.Actor{ID: "root", Role: review.Admin, Organisation: "Office"}
)

var everyone = []review.Actor{ann, otto, bob, cyd, dora, eva, root}

// namesOf are the names of those who have given one.
var namesOf = map[string]string{"dora": "Dora <b>Doe</b>"}

// bureau is a server with accounts and cases for the people above, who are
// signed in, and a clock that goes on by a minute with every look.
type bureau struct {
	*testing.T
	*review.Service
	server *Server
	mu     sync.Mutex
	now    time.Time
	step   time.Duration // by which the clock goes on with every look
}

func newBureau(t *testing.T, change ...func(*Config)) *bureau {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	o := &bureau{T: t, now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), step: time.Minute}
	if o.Service, err = review.New(review.Config{Store: store, Now: o.clock, Documents: storetest.Plain{}}); err != nil {
		t.Fatal(err)
	}
	accounts, err := account.New(account.Config{Store: store, Now: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.WriteAccounts(t.Context(), func(w account.Writer) error {
		for _, a := range everyone {
			sum := sha256.Sum256([]byte(cookieOf(a)))
			if err := errors.Join(
				w.AddAccount(t.Context(), account.Account{ID: a.ID, Name: namesOf[a.ID], Role: a.Role, Organisation: a.Organisation, State: account.Active, Source: account.Local, CreatedAt: o.now}),
				w.AddSession(t.Context(), account.Session{ID: a.ID, Hash: hex.EncodeToString(sum[:]), Account: a.ID, Method: "password", CreatedAt: o.now, SeenAt: o.now, ExpiresAt: o.now.AddDate(1, 0, 0)})); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	o.server = newServer(t, append(change, func(c *Config) {
		c.Cases, c.Accounts, c.Now, c.RequestTimeout = o.Service, accounts, o.clock, time.Minute
	})...)
	return o
}

// cookieOf is the secret that a's browser holds.
func cookieOf(a review.Actor) string { return ("secret-of-" + a.ID + strings.Repeat("-", 43))[:43] }

func (o *bureau) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(o.step)
	return o.now
}

// later lets d go by, while everybody stays signed in.
func (o *bureau) later(d time.Duration) {
	o.Helper()
	o.mu.Lock()
	o.now = o.now.Add(d)
	o.mu.Unlock()
	if err := o.server.Accounts.Store.WriteAccounts(o.Context(), func(w account.Writer) error {
		for _, a := range everyone {
			if err := w.SeeSession(o.Context(), a.ID, o.clock()); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		o.Fatal(err)
	}
}

// ask sends a request as actor. A form brings its token itself.
func (o *bureau) ask(actor review.Actor, method, path, media, body string) *httptest.ResponseRecorder {
	o.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.AddCookie(&http.Cookie{Name: plainCookie, Value: cookieOf(actor)})
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if media == mediaJSON { // pages bring the token in the form
		req.Header.Set(csrfHeader, account.FormToken(cookieOf(actor)))
	}
	return answerOf(o.T, o.server, req)
}

func (o *bureau) get(actor review.Actor, path string) *httptest.ResponseRecorder {
	o.Helper()
	return o.ask(actor, http.MethodGet, path, "", "")
}

// post sends a form that no page has shown.
func (o *bureau) post(actor review.Actor, path, body string) *httptest.ResponseRecorder {
	o.Helper()
	return o.ask(actor, http.MethodPost, path, mediaForm, "csrf="+account.FormToken(cookieOf(actor))+"&"+body)
}

// see opens a page as actor.
func (o *bureau) see(actor review.Actor, path string) *goquery.Document {
	o.Helper()
	rec := o.get(actor, path)
	if rec.Code != http.StatusOK {
		o.Fatalf("%s of %s: %d %s", path, actor.ID, rec.Code, rec.Body)
	}
	return parse(o.T, rec)
}

// send fills the form at selector, as it stands on the page, with fields and posts it.
func (o *bureau) send(actor review.Actor, page *goquery.Document, selector string, fields url.Values) *httptest.ResponseRecorder {
	o.Helper()
	return o.sendFiles(actor, page, selector, fields, nil)
}

func (o *bureau) sendFiles(actor review.Actor, page *goquery.Document, selector string, fields url.Values, files map[string]string) *httptest.ResponseRecorder {
	o.Helper()
	form := page.Find(selector)
	if goquery.NodeName(form) != "form" {
		form = form.Find("form")
	}
	if form.Length() != 1 {
		o.Fatalf("%d forms at %s for %s", form.Length(), selector, actor.ID)
	}
	action, _, _ := strings.Cut(form.AttrOr("action", ""), "#")
	sent := filled(form, fields)
	if form.AttrOr("enctype", "") != "multipart/form-data" {
		return o.ask(actor, http.MethodPost, action, mediaForm, sent.Encode())
	}
	media, body := parted(sent, files)
	return o.ask(actor, http.MethodPost, action, media, body)
}

// parted writes a form with files as browsers do: the token of forms first,
// and an empty part for a file that nobody chose.
func parted(sent url.Values, files map[string]string) (media, body string) {
	var b strings.Builder
	w := multipart.NewWriter(&b)
	names := slices.Sorted(maps.Keys(sent))
	slices.SortStableFunc(names, func(a, c string) int { return cmp.Compare(btoi(c == csrfName), btoi(a == csrfName)) })
	for _, name := range names {
		for _, value := range sent[name] {
			w.WriteField(name, value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		part, _ := w.CreateFormFile("document", name)
		io.WriteString(part, files[name])
	}
	if len(files) == 0 {
		w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="document"; filename=""`}, "Content-Type": {"application/octet-stream"}})
	}
	w.Close()
	return w.FormDataContentType(), b.String()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// filled returns what a browser would send of form with fields typed into it.
func filled(form *goquery.Selection, fields url.Values) url.Values {
	sent := url.Values{}
	form.Find("input, textarea, select").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		_, checked := s.Attr("checked")
		switch kind := s.AttrOr("type", ""); {
		case (kind == "checkbox" || kind == "radio") && !checked, kind == "file":
		case goquery.NodeName(s) == "textarea":
			sent.Add(name, strings.TrimPrefix(s.Text(), "\n"))
		case goquery.NodeName(s) == "select":
			sent.Add(name, s.Find("option[selected]").AttrOr("value", ""))
		default:
			sent.Add(name, s.AttrOr("value", ""))
		}
	})
	for name, values := range fields {
		sent[name] = values
	}
	return sent
}

// did checks that an answer leads on, and returns where to.
func (o *bureau) did(rec *httptest.ResponseRecorder) string {
	o.Helper()
	if rec.Code != http.StatusSeeOther {
		o.Fatalf("%d, want a redirect: %s", rec.Code, text(rec))
	}
	return rec.Header().Get("Location")
}

// text returns what an answer says to people, for messages of tests.
func text(rec *httptest.ResponseRecorder) string {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(rec.Body.String()))
	if err != nil {
		return rec.Body.String()
	}
	return strings.Join(strings.Fields(doc.Find("main .fault, main .lead, main .wrong").Text()), " ")
}

func (o *bureau) must(c review.Case, err error) review.Case {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
	return c
}

func by(a review.Actor) review.Request { return review.Request{Actor: a} }

// product is one that the made-up digest knows.
func product(name string) classifier.Product {
	return classifier.Product{Name: name, Description: "A giga-sample digitizer, or sampling converter.", Attributes: classifier.Attributes{"rate": "3 GSPS"}}
}

var bothLists = []corpus.ListID{corpus.USCCL, corpus.EUDualUse}

// draft opens a case of ann's, assessed on lists.
func (o *bureau) draft(name string, lists ...corpus.ListID) string {
	o.Helper()
	if len(lists) == 0 {
		lists = bothLists
	}
	c := o.must(o.Create(o.Context(), by(ann), review.NewCase{Product: product(name), Lists: lists}))
	a, err := o.server.current.Load().Classify(o.Context(), product(name), lists)
	if err != nil {
		o.Fatal(err)
	}
	o.must(o.Assess(o.Context(), by(ann), c.ID, a))
	return c.ID
}

// at brings a case of ann's into state.
func (o *bureau) at(state review.State, name string, lists ...corpus.ListID) string {
	o.Helper()
	id, ctx := o.draft(name, lists...), o.Context()
	if state == review.Draft {
		return id
	}
	o.must(o.Propose(ctx, by(ann), id, review.Proposal{List: corpus.USCCL, Code: "3A991", Reasoning: "below the limit"}))
	o.must(o.Submit(ctx, by(ann), id))
	if state == review.Submitted {
		return id
	}
	c := o.must(o.Take(ctx, by(bob), id))
	decide := func(code string) {
		for _, l := range c.Lists {
			say := code
			if code == "" { // what was put forward
				if say = l.Code; l.List == corpus.USCCL {
					say = "3A991"
				}
			}
			o.must(o.Decide(ctx, by(bob), id, review.Ruling{List: l.List, Codes: []string{say}, Reason: review.CriteriaMet}))
		}
	}
	switch state {
	case review.InReview:
	case review.Returned:
		o.must(o.Return(ctx, by(bob), id, "which sample rate?"))
	case review.Confirmed:
		decide("")
	case review.Changed, review.Reopened:
		decide("3A001.a.5")
	case review.NotListed:
		decide("none")
	default:
		o.Fatal(fmt.Sprint("no way to ", state))
	}
	if state == review.Reopened {
		o.must(o.Reopen(ctx, by(cyd), id, "new facts"))
	}
	return id
}
