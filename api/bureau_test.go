package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/sqlite"
	"assay/review"

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

// bureau is one store of cases with a server for each of the people who work
// on it, and a clock that goes on by a minute with every look.
type bureau struct {
	*testing.T
	*review.Service
	mu      sync.Mutex
	now     time.Time
	change  []func(*Config)
	servers map[string]*Server
}

func newBureau(t *testing.T, change ...func(*Config)) *bureau {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	o := &bureau{T: t, now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), change: change, servers: map[string]*Server{}}
	if o.Service, err = review.New(review.Config{Store: store, Now: o.clock}); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *bureau) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(time.Minute)
	return o.now
}

// of returns the server as actor sees it.
func (o *bureau) of(actor review.Actor) *Server {
	o.Helper()
	if o.servers[actor.ID] == nil {
		o.servers[actor.ID] = newServer(o.T, append(o.change, func(c *Config) { c.Cases, c.Self, c.Now = o.Service, actor, o.clock })...)
	}
	return o.servers[actor.ID]
}

// see opens a page as actor.
func (o *bureau) see(actor review.Actor, path string) *goquery.Document {
	o.Helper()
	rec := get(o.T, o.of(actor), path)
	if rec.Code != http.StatusOK {
		o.Fatalf("%s of %s: %d %s", path, actor.ID, rec.Code, rec.Body)
	}
	return parse(o.T, rec)
}

// send fills the form at selector, as it stands on the page, with fields and posts it.
func (o *bureau) send(actor review.Actor, page *goquery.Document, selector string, fields url.Values) *httptest.ResponseRecorder {
	o.Helper()
	form := page.Find(selector)
	if goquery.NodeName(form) != "form" {
		form = form.Find("form")
	}
	if form.Length() != 1 {
		o.Fatalf("%d forms at %s for %s", form.Length(), selector, actor.ID)
	}
	action, _ := form.Attr("action")
	return post(o.T, o.of(actor), action, mediaForm, filled(form, fields).Encode())
}

// filled returns what a browser would send of form with fields typed into it.
func filled(form *goquery.Selection, fields url.Values) url.Values {
	sent := url.Values{}
	form.Find("input, textarea, select").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		_, checked := s.Attr("checked")
		switch kind := s.AttrOr("type", ""); {
		case (kind == "checkbox" || kind == "radio") && !checked:
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
	a, err := o.of(ann).current.Load().Classify(o.Context(), product(name), lists)
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
