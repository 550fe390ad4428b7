package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/memo"
	"assay/internal/storetest"
	"assay/review"
	"assay/review/account"
)

// secretWord stands in everything that Acme says about its product, and
// nowhere else.
const secretWord = "zebraquartz"

// content is the body of a request and its type.
type content struct{ media, body, query string }

func sentJSON(text string) content { return content{media: mediaJSON, body: text} }

// sentForm is a form of a case's page, with what each of them carries.
func sentForm(pairs ...string) content {
	v := url.Values{"version": {"1"}, "key": {"k"}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return content{media: mediaForm, body: v.Encode()}
}

func sentUpload(fields ...string) content {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		w.WriteField(fields[i], fields[i+1])
	}
	f, _ := w.CreateFormFile("document", "sheet.txt")
	f.Write([]byte("A datasheet of somebody else."))
	w.Close()
	return content{media: w.FormDataContentType(), body: b.String()}
}

// wholeRequests are bodies that are right in themselves, so that nothing but
// the rule about organisations can turn a request away. A route of a case that
// takes something and is not here fails the test.
var wholeRequests = map[string]content{
	"GET /api/v1/cases/:id/contradictions": {query: "?list=us-ccl&code=3A001.a"},
	"POST /api/v1/cases/:id/revise":        sentJSON(`{"product":{"name":"taken over"}}`),
	"POST /api/v1/cases/:id/propose":       sentJSON(`{"list":"us-ccl","code":"EAR99","reasoning":"mine"}`),
	"POST /api/v1/cases/:id/assess":        {},
	"POST /api/v1/cases/:id/submit":        {},
	"POST /api/v1/cases/:id/take":          {},
	"POST /api/v1/cases/:id/assign":        sentJSON(`{"officer":"bob"}`),
	"POST /api/v1/cases/:id/second":        sentJSON(`{"officer":"root"}`),
	"POST /api/v1/cases/:id/decide":        sentJSON(`{"list":"us-ccl","not_listed":true,"reason":"as_suggested"}`),
	"POST /api/v1/cases/:id/return":        sentJSON(`{"text":"why?"}`),
	"POST /api/v1/cases/:id/reopen":        sentJSON(`{"text":"because"}`),
	"POST /api/v1/cases/:id/stand":         sentJSON(`{"list":"us-ccl","reason":"it stands"}`),
	"POST /api/v1/cases/:id/comment":       sentJSON(`{"text":"hello"}`),
	"POST /api/v1/cases/:id/request":       sentJSON(`{"text":"why?"}`),
	"POST /api/v1/cases/:id/answer":        sentJSON(`{"request":1,"text":"so"}`),
	"POST /api/v1/cases/:id/documents":     {"text/plain", "A datasheet of somebody else.", "?filename=sheet.txt"},
	"POST /cases/:id/take":                 sentForm(),
	"POST /cases/:id/assign":               sentForm("officer", "bob"),
	"POST /cases/:id/second":               sentForm("officer", "root"),
	"POST /cases/:id/decide":               sentForm("list", "us-ccl", "answer", "none", "reason", "as_suggested"),
	"POST /cases/:id/return":               sentForm("text", "why?"),
	"POST /cases/:id/ask":                  sentForm("text", "why?"),
	"POST /cases/:id/reopen":               sentForm("text", "because"),
	"POST /cases/:id/comment":              sentForm("text", "hello"),
	"POST /cases/:id/answer":               sentForm("request", "1", "text", "so"),
	"POST /cases/:id/revise":               sentForm("name", "taken over"),
	"POST /cases/:id/attach":               sentUpload("version", "1", "key", "k"),
	"POST /cases/:id/propose":              sentForm("list", "us-ccl", "code", "EAR99", "reasoning", "mine"),
	"POST /cases/:id/assess":               sentForm(),
	"POST /cases/:id/stand":                sentForm("list", "us-ccl", "reason", "it stands"),
	"POST /cases/:id/submit":               sentForm(),
}

// notOfCases are the routes with something in their address that is no case's,
// which exporters may use.
var notOfCases = []string{"/entries/:code", "/api/v1/entries/:code", "/account/tokens/:token/end", "/account/sessions/:session/end",
	"/api/v1/me/sessions/:session", "/api/v1/tokens/:token",
	// webhooks_test.go asks these as another organisation
	"/api/v1/webhooks/:id", "/api/v1/webhooks/:id/switch", "/api/v1/webhooks/:id/remove", "/api/v1/webhooks/:id/test",
	"/api/v1/webhooks/:id/deliveries", "/api/v1/webhooks/:id/deliveries/:delivery/redeliver",
}

// busyHouse is a house in which documents are read and memos are written.
func busyHouse(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, func(c *Config) { c.Rate, c.Memos = 1<<20, memo.Printer{} })
	var err error
	h.server.Cases, err = review.New(review.Config{Store: h.server.Accounts.Store.(review.Store), Documents: storetest.Plain{}, Now: h.clock})
	h.must(err)
	return h
}

// acmesCases makes one case of Acme in each of many states, with the secret
// word in every text, and returns their ids.
func acmesCases(h *house) (ids []string) {
	h.Helper()
	t, s, ctx := h.T, h.server.Cases, h.Context()
	by := func(a review.Actor) review.Request { return review.Request{Actor: a} }
	must := func(c review.Case, err error) review.Case {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	says := func(what string) string { return what + " " + secretWord }
	for _, far := range []string{"draft", "submitted", "in review", "returned", "decided", "reopened"} {
		c := must(s.Create(ctx, by(ann), review.NewCase{Lists: []corpus.ListID{corpus.USCCL},
			Product: classifier.Product{Name: says("Converter " + far), Description: says("sampling converter"), Attributes: classifier.Attributes{"maker": secretWord}}}))
		ids = append(ids, c.ID)
		must(s.Attach(ctx, by(ann), c.ID, review.Upload{Name: secretWord + ".txt", Data: []byte(says("The datasheet of " + far))}))
		must(s.Propose(ctx, by(ann), c.ID, review.Proposal{List: corpus.USCCL, Code: "3A001.a", Reasoning: says("proposed")}))
		must(s.AssessWith(ctx, by(ann), c.ID, h.server.current.Load().Classify))
		must(s.Comment(ctx, by(ann), c.ID, says("comment"), false))
		steps := []func(){
			func() { must(s.Submit(ctx, by(ann), c.ID)) },
			func() { must(s.Take(ctx, by(bob), c.ID)); must(s.Ask(ctx, by(bob), c.ID, says("question"))) },
			func() { must(s.Return(ctx, by(bob), c.ID, says("return"))) },
			func() {
				must(s.Submit(ctx, by(ann), c.ID))
				must(s.Take(ctx, by(bob), c.ID))
				must(s.Decide(ctx, by(bob), c.ID, review.Ruling{List: corpus.USCCL, NotListed: true, Reason: review.OtherReason, ReasonText: says("reason"), Comment: says("decided")}))
			},
			func() { must(s.Reopen(ctx, by(bob), c.ID, says("reopened"))) },
		}
		for _, step := range steps[:len(ids)-1] {
			step()
		}
	}
	return ids
}

// everything returns all that is stored of cases, as an admin sees it.
func everything(t *testing.T, s *review.Service, ids []string) string {
	t.Helper()
	var all []review.Case
	for _, id := range ids {
		c, err := s.Get(t.Context(), root, id)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	page, err := s.Queue(t.Context(), root, review.Filter{Limit: review.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{"cases": all, "queue": page})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAnotherOrganisation tries every route of a case on the cases of Acme, as
// otto, who exports for somebody else: by browser and with a token of every
// scope. To otto they do not exist.
func TestAnotherOrganisation(t *testing.T) {
	h := busyHouse(t)
	ids := acmesCases(h)
	before, length := everything(t, h.server.Cases, ids), auditLength(t, h.server)
	if strings.Count(before, secretWord) < 10*len(ids) {
		t.Fatal("the cases do not hold the secret word")
	}
	browser, program := h.in("otto"), h.program("otto", account.Scopes(review.Exporter)...)
	ask := func(v *visitor, method, path string, body content) *httptest.ResponseRecorder {
		t.Helper()
		if v.session() != "" && method != http.MethodGet && method != http.MethodHead {
			v.header.Set(csrfHeader, account.FormToken(v.session()))
			defer v.header.Del(csrfHeader)
		}
		return v.do(method, path, body.media, strings.NewReader(body.body))
	}
	silent := func(what string, rec *httptest.ResponseRecorder) {
		t.Helper()
		text := strings.ToLower(rec.Body.String() + fmt.Sprint(rec.Header()))
		if strings.Contains(text, secretWord) || strings.Contains(rec.Body.String(), "Acme") {
			t.Errorf("%s: otto reads of Acme: %d %.300s", what, rec.Code, rec.Body)
		}
	}
	routes, asked, others := 0, 0, newControl(t)
	for _, row := range h.server.table() {
		if row.who.anyone || !slices.Contains(row.who.roles, review.Exporter) && !strings.Contains(row.path, "/cases/:id") {
			continue
		}
		if !strings.Contains(row.path, ":") {
			if row.method != http.MethodGet {
				continue
			}
			// Lists and searches show otto's own, whatever is asked for.
			for _, query := range []string{"", "?organisation=Acme", "?words=sampling+converter", "?q=converter", "?state=draft", "?officer=bob", "?case=" + ids[0], "?id=" + ids[4], "?from=0", "?limit=500"} {
				for _, v := range []*visitor{browser, program} {
					silent(row.method+" "+row.path+query, ask(v, row.method, row.path+query, content{}))
					asked++
				}
			}
			continue
		}
		if slices.Contains(notOfCases, row.path) {
			continue
		}
		if !strings.Contains(row.path, "/cases/:id") {
			t.Errorf("%s %s: is it of a case? say so in the test", row.method, row.path)
			continue
		}
		routes++
		name := row.method + " " + row.path
		body, known := wholeRequests[name]
		if row.method != http.MethodGet && !known {
			t.Errorf("%s: say in wholeRequests what a whole request is", name)
			continue
		}
		let := slices.Contains(row.who.roles, review.Exporter)
		fits := func(v *visitor) bool { return v == browser || row.scope != scopeNone }
		for _, v := range []*visitor{browser, program} {
			// The same words as for a case that never was.
			path := func(id string) string {
				return parameter.ReplaceAllString(strings.Replace(row.path, ":id", id, 1), "1") + body.query
			}
			nothing := ask(v, row.method, path("nosuchcase12"), body)
			for _, id := range ids {
				rec := ask(v, row.method, path(id), body)
				asked++
				want := http.StatusForbidden
				if let && fits(v) {
					want = http.StatusNotFound
				}
				if rec.Code != want || nothing.Code != want {
					t.Errorf("%s of another organisation: %d (of none: %d), want %d: %.300s", name, rec.Code, nothing.Code, want, rec.Body)
				}
				same := func(r *httptest.ResponseRecorder, id string) string {
					text := strings.ReplaceAll(r.Body.String(), id, "ID")
					text = strings.ReplaceAll(text, r.Header().Get("X-Request-Id"), "REQUEST")
					return strings.ReplaceAll(text, account.FormToken(v.session()), "TOKEN")
				}
				if a, b := same(rec, id), same(nothing, "nosuchcase12"); a != b {
					t.Errorf("%s: the answer tells that the case exists:\n%s\n%s", name, a, b)
				}
				silent(name, rec)
			}
			if row.method == http.MethodGet {
				silent("HEAD "+row.path, ask(v, http.MethodHead, path(ids[0]), content{}))
			}
		}
		if _, ok := others.reaches(row, body); !ok {
			others = newControl(t) // what was sent before may have left no case for it
			if seen, ok := others.reaches(row, body); !ok {
				t.Errorf("%s: nobody's request is right, so the test shows nothing: %v", name, seen)
			}
		}
	}
	if routes < 30 {
		t.Errorf("only %d routes of cases were found in the table", routes)
	}
	t.Logf("%d routes of cases, %d requests", routes, asked)

	// Nor can otto make a case that is Acme's, or find Acme's by likeness.
	rec := program.json("POST", "/api/v1/cases", `{"organisation":"Acme","product":{"name":"x"},"lists":["us-ccl"]}`)
	program.want("a case for another organisation", rec, http.StatusForbidden)
	browser.want("a form for another organisation", browser.send("/cases", url.Values{"organisation": {"Acme"}, "name": {"sampling converter"}, "list": {"us-ccl"}, "key": {"k1"}}), http.StatusSeeOther)
	for _, head := range func() []review.Head {
		page, err := h.server.Cases.Queue(t.Context(), otto, review.Filter{})
		h.must(err)
		return page.Cases
	}() {
		if head.Organisation != "Other" {
			t.Errorf("otto has made a case of %s", head.Organisation)
		}
	}
	silent("likeness", program.json("POST", "/api/v1/precedents/alike", `{"name":"Converter decided `+secretWord+`","description":"sampling converter"}`))

	made := auditLength(t, h.server) - length
	after := everything(t, h.server.Cases, ids)
	var was, is struct {
		Cases []json.RawMessage `json:"cases"`
	}
	h.must(json.Unmarshal([]byte(before), &was))
	h.must(json.Unmarshal([]byte(after), &is))
	for i := range was.Cases {
		if !bytes.Equal(was.Cases[i], is.Cases[i]) {
			t.Errorf("case %s of Acme was changed", ids[i])
		}
	}
	if made > 10 { // sign-in, the token, otto's own case
		t.Errorf("%d acts are on record", made)
	}
}

// control is a house of the same cases, in which the same requests are sent by
// those whom the rules do let through.
type control struct {
	*house
	ids    []string
	people []*visitor
}

func newControl(t *testing.T) *control {
	t.Helper()
	c := &control{house: busyHouse(t)}
	c.ids = acmesCases(c.house)
	for _, who := range []string{"ann", "bob", "root"} {
		v := c.in(who)
		v.header.Set(csrfHeader, account.FormToken(v.session()))
		c.people = append(c.people, v)
	}
	return c
}

// reaches reports whether a request reaches some case when one of Acme or of
// the office sends it; so what turned otto away was the rule.
func (c *control) reaches(row route, body content) (seen []string, ok bool) {
	for _, id := range c.ids {
		for _, v := range c.people {
			rec := v.do(row.method, parameter.ReplaceAllString(strings.Replace(row.path, ":id", id, 1), "1")+body.query, body.media, strings.NewReader(body.body))
			if rec.Code < 400 || rec.Code == http.StatusConflict || rec.Code == http.StatusPreconditionFailed {
				return nil, true
			}
			seen = append(seen, fmt.Sprint(rec.Code))
		}
	}
	return seen, false
}
