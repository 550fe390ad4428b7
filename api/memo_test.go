package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"assay/corpus"
	"assay/internal/memo"
	"assay/review"
)

func withMemos(c *Config) { c.Memos = memo.Printer{} }

// memoCase is a case on which two officers differ, so that an exporter must
// not see a decision, with an internal remark.
func memoCase(o *bureau) string {
	o.Helper()
	ctx := o.Context()
	id := o.draft("sampling converter", corpus.EUDualUse)
	o.must(o.Submit(ctx, by(ann), id))
	o.must(o.Take(ctx, by(bob), id))
	o.must(o.AskSecond(ctx, by(bob), id, cyd.ID))
	o.must(o.Comment(ctx, by(bob), id, "between us", true))
	o.must(o.Decide(ctx, by(bob), id, review.Ruling{List: corpus.EUDualUse, Codes: []string{"3A001.a.5"}, Reason: review.CriteriaMet, ReasonText: "firstly so",
		Relied: []review.PassageRef{{Edition: "eu-dual-use@2025-11-15", ID: "3A001.a.5"}, {Edition: "eu-dual-use@2020-01-01", ID: "3A001.a"}}}))
	o.must(o.Decide(ctx, by(cyd), id, review.Ruling{List: corpus.EUDualUse, NotListed: true, Reason: review.NotDescribed, ReasonText: "secondly so"}))
	return id
}

func TestMemoRoutes(t *testing.T) {
	asked := ""
	o := newBureau(t, withMemos, func(c *Config) {
		c.Edition = func(_ context.Context, id string) *corpus.Outline { asked = id; return nil }
	})
	id := memoCase(o)
	base := "/api/v1/cases/" + id + "/memo"

	rec := o.get(bob, base+".html")
	page := rec.Body.String()
	if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(page, "firstly so") || !strings.Contains(page, "between us") {
		t.Errorf("%d %s: %.200s", rec.Code, rec.Header().Get("Content-Type"), page)
	}
	if !strings.Contains(page, "A sampling converter of the") || asked != "eu-dual-use@2020-01-01" {
		t.Errorf("the passage of the served edition is missing, or %q was asked for", asked)
	}
	if csp := rec.Header().Get("Content-Security-Policy"); csp != memo.Policy+"; frame-ancestors 'none'" {
		t.Errorf("policy %s", csp)
	}
	if got := rec.Header().Get("Content-Disposition"); got != `inline; filename="memo-`+id+`-1.html"` {
		t.Errorf("disposition %s", got)
	}
	if rec.Header().Get("Cache-Control") != "no-store" {
		t.Error("a memo may be kept by caches")
	}

	a4, letter := o.get(bob, base+".pdf"), o.get(bob, base+".pdf?paper=letter")
	for _, rec := range []*bytes.Buffer{a4.Body, letter.Body} {
		if !bytes.HasPrefix(rec.Bytes(), []byte("%PDF-")) {
			t.Errorf("no PDF: %.100s", rec.String())
		}
	}
	if bytes.Equal(a4.Body.Bytes(), letter.Body.Bytes()) || a4.Header().Get("Content-Type") != "application/pdf" {
		t.Error("US Letter and A4 are the same")
	}

	for actor, path := range map[review.Actor]string{ann: base + ".html", root: base + ".html?copy=exporter"} {
		page := o.get(actor, path).Body.String()
		for _, secret := range []string{"firstly so", "secondly so", "between us", "bob", "cyd"} {
			if strings.Contains(page, secret) {
				t.Errorf("%s of %s holds %q", path, actor.ID, secret)
			}
		}
		if !strings.Contains(page, "DRAFT") || !strings.Contains(page, "exporter’s copy") {
			t.Errorf("%s of %s is no draft for the exporter", path, actor.ID)
		}
	}

	for _, tt := range []struct {
		actor  review.Actor
		path   string
		status int
	}{
		{ann, base + ".html?copy=office", http.StatusForbidden},
		{otto, base + ".html", http.StatusNotFound},
		{otto, base + ".pdf", http.StatusNotFound},
		{bob, "/api/v1/cases/none/memo.pdf", http.StatusNotFound},
		{bob, base + ".pdf?round=2", http.StatusNotFound},
		{bob, base + ".pdf?round=0", http.StatusUnprocessableEntity},
		{bob, base + ".pdf?round=x", http.StatusUnprocessableEntity},
		{bob, base + ".pdf?paper=a5", http.StatusUnprocessableEntity},
		{bob, base + ".pdf?copy=glossy", http.StatusUnprocessableEntity},
	} {
		if rec := o.get(tt.actor, tt.path); rec.Code != tt.status {
			t.Errorf("%s of %s: %d, want %d: %s", tt.path, tt.actor.ID, rec.Code, tt.status, rec.Body)
		}
	}
}

// TestCasePageLeadsToMemos follows every link to a memo that a case's page has.
func TestCasePageLeadsToMemos(t *testing.T) {
	o := newBureau(t, withMemos)
	id := memoCase(o)
	for actor, want := range map[review.Actor]int{bob: 3, ann: 2} {
		links := o.see(actor, "/cases/"+id).Find("a[href*='/memo.']")
		if links.Length() != want {
			t.Errorf("%s finds %d memos", actor.ID, links.Length())
		}
		for _, a := range links.EachIter() {
			if rec := o.get(actor, a.AttrOr("href", "")); rec.Code != http.StatusOK {
				t.Errorf("%s: %d", a.AttrOr("href", ""), rec.Code)
			}
		}
	}
	if without := newBureau(t); without.see(bob, "/cases/"+memoCase(without)).Find("a[href*='/memo.']").Length() != 0 {
		t.Error("a server without memos offers them")
	}
}

func TestMemoCallsPeopleByName(t *testing.T) {
	h := newHouse(t, withMemos)
	by := review.Request{Actor: root}
	c, err := h.server.Cases.Create(t.Context(), by, review.NewCase{Organisation: "Acme", Product: product("x"), Lists: bothLists})
	h.must(err)
	page := get(t, h.server, "/api/v1/cases/"+c.ID+"/memo.html")
	if page.Code != http.StatusUnauthorized {
		t.Errorf("without signing in: %d", page.Code)
	}
	boss := h.program(root.ID, "read")
	if rec := boss.get("/api/v1/cases/" + c.ID + "/memo.html"); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "recorded by Root &lt;b&gt;") {
		t.Errorf("%d %.300s", rec.Code, rec.Body)
	}
}

// faulty cannot set any memo.
type faulty struct{}

func (faulty) PDF(review.Memo, string) ([]byte, error) { return nil, errors.New("out of ink") }
func (faulty) HTML(review.Memo) ([]byte, string, error) {
	return nil, "", errors.New("out of ink")
}

func TestMemoThatCannotBeSet(t *testing.T) {
	o := newBureau(t, func(c *Config) { c.Memos = faulty{} })
	id := memoCase(o)
	for _, form := range []string{".pdf", ".html"} {
		rec := o.get(bob, "/api/v1/cases/"+id+"/memo"+form)
		if rec.Code != http.StatusInternalServerError || strings.Contains(rec.Body.String(), "ink") || rec.Header().Get("Content-Disposition") != "" {
			t.Errorf("%s: %d %s", form, rec.Code, rec.Body)
		}
	}
	without := newBureau(t)
	if rec := without.get(bob, "/api/v1/cases/x/memo.pdf"); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("a server without memos: %d", rec.Code)
	}
}
