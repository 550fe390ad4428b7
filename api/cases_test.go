package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
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

// TestCaseFromSubmissionToSettlement does every act through the API.
func TestCaseFromSubmissionToSettlement(t *testing.T) {
	b := newCounter(t)
	rec := b.ask(ann, http.MethodPost, "/api/v1/cases", converter)
	c := decodeBody[review.Case](t, rec)
	if rec.Code != http.StatusCreated || rec.Header().Get("Location") != "/api/v1/cases/"+c.ID || c.State != review.Draft || len(c.Assessments) != 1 ||
		c.Organisation != "Acme" || c.Lists[0].Code != "3A001.a.5" || c.Products[0].Product.Attributes["rate"] != "3e9" {
		t.Fatalf("%d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	id := c.ID
	b.does(ann, at(id, "propose"), `{"list":"us-ccl","code":"3a991","reasoning":"slow"}`)
	if c = b.does(ann, at(id, "revise"), `{"product":{"name":"X1","description":"a plain converter chip"}}`); len(c.Products) != 2 || len(c.Assessments) != 1 {
		t.Errorf("revised: %d products, %d assessments", len(c.Products), len(c.Assessments))
	}
	if c = b.does(ann, at(id, "submit"), ""); c.State != review.Submitted || len(c.Assessments) != 2 || c.Assessments[1].Product != 2 || c.Lists[0].Code != "3A991" {
		t.Errorf("submitted: %s, %+v", c.State, c.Lists)
	}
	b.does(bob, at(id, "assess"), "{}")
	if c = b.does(bob, at(id, "take"), ""); c.State != review.InReview || c.Assignee != "bob" {
		t.Errorf("taken: %s by %q", c.State, c.Assignee)
	}
	b.does(bob, at(id, "request"), `{"text":"how fast?"}`)
	if c = b.does(ann, at(id, "answer"), `{"request":1,"text":"3 GSPS"}`); c.Messages[1].To != 1 || c.Assignee != "" {
		t.Errorf("answered: %+v, the exporter sees officer %q", c.Messages, c.Assignee)
	}
	if c = b.does(bob, at(id, "return"), `{"text":"say more"}`); c.State != review.Returned {
		t.Errorf("returned: %s", c.State)
	}
	if c = b.does(ann, at(id, "submit"), ""); c.Round != 2 || len(c.Assessments) != 3 {
		t.Errorf("submitted again: round %d, %d assessments", c.Round, len(c.Assessments))
	}
	b.does(bob, at(id, "take"), "")
	b.does(root, at(id, "assign"), `{"officer":"dora"}`)
	b.does(root, at(id, "assign"), `{"officer":"bob"}`)
	b.does(bob, at(id, "second"), `{"officer":"cyd"}`)
	b.does(bob, at(id, "comment"), `{"text":"hm","internal":true}`)
	eu := `{"list":"eu-dual-use","not_listed":true,"reason":"not_described","edition":"digest"}`
	b.does(bob, at(id, "decide"), eu)
	b.does(cyd, at(id, "decide"), eu)
	us := func(code string) string {
		return `{"list":"us-ccl","codes":["` + code + `"],"reason":"other","reason_text":"so","relied":[{"edition":"digest","id":"3A001"}],"comment":"x"}`
	}
	b.does(bob, at(id, "decide"), us("3A001.a.5"))
	if c = b.does(cyd, at(id, "decide"), us("3A991")); !c.Disagreement {
		t.Error("two who differ do not")
	}
	if c = b.does(dora, at(id, "decide"), us("3A991")); c.State != review.Confirmed || c.Decisions[4].Part != review.Adjudication {
		t.Errorf("settled: %s, %+v", c.State, c.Decisions)
	}
	if c = b.does(dora, at(id, "reopen"), `{"text":"new facts"}`); c.State != review.Reopened {
		t.Errorf("reopened: %s", c.State)
	}
	b.refused("stand", b.ask(dora, http.MethodPost, at(id, "stand"), `{"list":"us-ccl","reason":"x"}`), 409, kindConflict, "", "")
	history := decodeBody[struct{ Events []review.Event }](t, b.ask(ann, http.MethodGet, at(id, "history"), ""))
	if len(history.Events) == 0 || history.Events[0].Act != review.ActCreate || history.Events[1].Act != review.ActAssess {
		t.Errorf("history: %+v", history.Events)
	}
	precedents := decodeBody[struct{ Precedents []review.Precedent }](t, b.ask(bob, http.MethodGet, "/api/v1/precedents?list=us-ccl&text=x1+A+plain++converter+CHIP", ""))
	if len(precedents.Precedents) != 1 || !precedents.Precedents[0].Superseded || precedents.Precedents[0].Codes["us-ccl"][0] != "3A991" {
		t.Errorf("precedents: %+v", precedents)
	}
	if p := decodeBody[struct{ Precedents []review.Precedent }](t, b.ask(eva, http.MethodGet, "/api/v1/precedents?current=true&limit=1", "")); len(p.Precedents) != 0 {
		t.Errorf("superseded, and yet current: %+v", p)
	}
	report := decodeBody[verification](t, b.ask(eva, http.MethodGet, "/api/v1/audit/verify", ""))
	if !report.Whole || report.Records != c.Version {
		t.Errorf("%+v, version %d", report, c.Version)
	}
}

// acts are the writing routes below a case, with a body that each would take.
var acts = map[string]string{
	"revise":  `{"product":{"name":"y"}}`,
	"propose": `{"list":"us-ccl","code":"EAR99","reasoning":"x"}`,
	"assess":  "", "submit": "", "take": "",
	"assign": `{"officer":"bob"}`, "second": `{"officer":"cyd"}`,
	"decide": `{"list":"us-ccl","codes":["3A001.a.5"],"reason":"as_suggested"}`,
	"return": `{"text":"x"}`, "reopen": `{"text":"x"}`, "request": `{"text":"x"}`, "comment": `{"text":"x"}`,
	"stand": `{"list":"us-ccl","reason":"x"}`, "answer": `{"request":1,"text":"x"}`,
}

func TestActsAreEveryRoute(t *testing.T) {
	for _, row := range newServer(t).caseRoutes() {
		_, act, below := strings.Cut(row.path, "/:id/")
		if _, known := acts[act]; row.method == http.MethodPost && below && act != "documents" && !known {
			t.Errorf("%s is in no test of refusals", row.path)
		}
	}
}

// TestActsRefuse sends to each act what is wrong for all of them.
func TestActsRefuse(t *testing.T) {
	b := newCounter(t)
	draft := b.does(ann, "/api/v1/cases", converter).ID
	open := b.submitted(`["us-ccl"]`)
	b.does(bob, at(open, "take"), "")
	before := b.sees(root, draft).Version
	exporter := map[string]bool{"revise": true, "propose": true, "submit": true, "answer": true, "assess": true, "comment": true}
	for act, body := range acts {
		who := bob
		if exporter[act] {
			who = ann
		}
		post := func(path, body string, headers ...string) *httptest.ResponseRecorder {
			return b.ask(who, http.MethodPost, path, body, headers...)
		}
		b.refused(act+" on no case", post(at("none", act), body), 404, kindNotFound, "", "no case")
		b.refused(act+" with an unknown field", post(at(draft, act), `{"colour":"red"}`), 400, kindUnknownField, "colour", "")
		b.refused(act+" with an assessment", post(at(draft, act), `{"assessment":{}}`), 400, kindUnknownField, "assessment", "")
		b.refused(act+" with no JSON", post(at(draft, act), `red`), 400, kindInvalidJSON, "", "")
		b.refused(act+" with a form", post(at(draft, act), `text=x`, "Content-Type", mediaForm), 415, kindMediaType, "", "application/json")
		b.refused(act+" too large", post(at(draft, act), `{"text":"`+strings.Repeat("x", 1<<20)+`"}`), 413, kindTooLarge, "", "1048576")
		b.refused(act+" with a strange version", post(at(draft, act), body, "If-Match", "7"), 422, kindInvalidInput, "If-Match", "ETag")
		b.refused(act+" with a weak version", post(at(draft, act), body, "If-Match", `W/"7"`), 422, kindInvalidInput, "If-Match", "ETag")
		b.refused(act+" with two versions", post(at(draft, act), body, "If-Match", `"7", "8"`), 422, kindInvalidInput, "If-Match", "ETag")
		b.refused(act+" with a strange key", post(at(draft, act), body, "Idempotency-Key", "schlüssel"), 422, kindInvalidInput, "Idempotency-Key", "at random")
		b.refused(act+" with a long key", post(at(draft, act), body, "Idempotency-Key", strings.Repeat("k", 256)), 422, kindInvalidInput, "Idempotency-Key", "255")
		b.refused(act+" by an evaluator", b.ask(eva, http.MethodPost, at(draft, act), body), 403, kindForbidden, "", "role")
		if exporter[act] {
			b.refused(act+" by another organisation", b.ask(otto, http.MethodPost, at(draft, act), body), 404, kindNotFound, "", "no case")
		} else {
			b.refused(act+" by an exporter", b.ask(ann, http.MethodPost, at(draft, act), body), 403, kindForbidden, "", "role")
		}
		if body != "" && act != "revise" {
			b.refused(act+" with nothing said", post(at(open, act), ``), 415, kindMediaType, "", "application/json")
		}
	}
	b.refused("GET of an act", b.ask(bob, http.MethodGet, at(draft, "take"), ""), 405, kindMethod, "", "Allow")
	if c := b.sees(root, draft); c.Version != before {
		t.Errorf("refusals changed the case from version %d to %d", before, c.Version)
	}
}

func TestActsNameTheFieldAtFault(t *testing.T) {
	b := newCounter(t)
	draft := b.does(ann, "/api/v1/cases", converter).ID
	open := b.submitted(`["us-ccl"]`)
	b.does(bob, at(open, "take"), "")
	for _, tt := range []struct {
		who               review.Actor
		path, body, field string
		status            int
		says              string
	}{
		{ann, "/api/v1/cases", `{"product":{}}`, "product.description", 422, "empty"},
		{ann, "/api/v1/cases", `{}`, "product.description", 422, "empty"},
		{ann, "/api/v1/cases", `{"product":{"name":"` + strings.Repeat("x", 1001) + `"}}`, "product.name", 422, "1001"},
		{ann, "/api/v1/cases", `{"product":{"name":5}}`, "product.name", 400, "must be a string"},
		{ann, "/api/v1/cases", `{"product":{"name":"x","attributes":[1]}}`, "product.attributes", 422, "object"},
		{ann, "/api/v1/cases", `{"product":{"name":"x","colour":1}}`, "colour", 400, "no field"},
		{ann, "/api/v1/cases", `{"product":{"name":"x"},"assessments":[]}`, "assessments", 400, "no field"},
		{ann, "/api/v1/cases", `{"product":{"name":"x"},"lists":["moon"]}`, "lists", 422, "moon"},
		{ann, "/api/v1/cases", `{"product":{"name":"x"},"lists":["US CCL"]}`, "lists", 422, "not a list name"},
		{ann, "/api/v1/cases", `{"product":{"name":"x"},"lists":["us-ccl"],"proposals":[{"list":"us-ccl","code":"EAR99","reasoning":"x"},{"list":"us-ccl","code":"EAR99"}]}`, "proposals.1.reasoning", 422, "which facts"},
		{ann, "/api/v1/cases", `{"product":{"name":"x"},"lists":["us-ccl"],"proposals":[{"list":"us-ccl","code":"?","reasoning":"x"}]}`, "proposals.0.code", 422, ""},
		{review.Actor{ID: "root", Role: review.Admin}, "/api/v1/cases", `{"product":{"name":"x"}}`, "organisation", 422, "name it"},
		{ann, at(draft, "revise"), `{"product":{"description":"a\u0000"}}`, "product.description", 422, "NUL"},
		{ann, at(draft, "propose"), `{"list":"us-usml","code":"XI","reasoning":"x"}`, "list", 422, "us-ccl, eu-dual-use"},
		{ann, at(draft, "propose"), `{"list":"us-ccl","code":"pump","reasoning":"x"}`, "code", 422, "pump"},
		{ann, at(draft, "comment"), `{"text":" "}`, "text", 422, "needed"},
		{bob, at(open, "assign"), `{}`, "officer", 422, "name the officer"},
		{bob, at(open, "second"), `{"officer":""}`, "officer", 422, "name the officer"},
		{bob, at(open, "request"), `{"text":""}`, "text", 422, "needed"},
		{ann, at(open, "answer"), `{"request":1,"text":"x"}`, "request", 422, "asks for nothing"},
		{ann, at(open, "answer"), `{"request":"1","text":"x"}`, "request", 400, "must be a number"},
		{bob, at(open, "decide"), `{"list":"us-ccl","reason":"other"}`, "codes", 422, "no code"},
		{bob, at(open, "decide"), `{"list":"us-ccl","codes":["?"],"reason":"other"}`, "codes", 422, ""},
		{bob, at(open, "decide"), `{"list":"us-ccl","codes":["EAR99"],"reason":"whim"}`, "reason", 422, "whim"},
		{bob, at(open, "decide"), `{"list":"us-ccl","codes":["EAR99"],"reason":"other"}`, "reason_text", 422, "in words"},
		{bob, at(open, "decide"), `{"list":"us-ccl","codes":["EAR99"],"reason":"not_described","edition":"x"}`, "edition", 422, "edition"},
		{bob, at(open, "decide"), `{"list":"eu-dual-use","codes":["none"],"reason":"not_described"}`, "list", 422, "us-ccl"},
		{bob, at(open, "decide"), `{"list":"us-ccl","codes":["EAR99"],"reason":"not_described","relied":[{}]}`, "relied", 422, "passage"},
	} {
		code := kindInvalidInput
		if tt.status == 400 {
			code = kindInvalidJSON
			if tt.says == "no field" {
				code = kindUnknownField
			}
		}
		b.refused(tt.path+" "+clip(tt.body, 80), b.ask(tt.who, http.MethodPost, tt.path, tt.body), tt.status, code, tt.field, tt.says)
	}
	if page := decodeBody[review.Page](t, b.ask(root, http.MethodGet, "/api/v1/cases", "")); len(page.Cases) != 2 {
		t.Errorf("refusals made %d cases", len(page.Cases)-2)
	}
}

// TestActsInTheWrongState tries each act where the rules of review refuse it.
func TestActsInTheWrongState(t *testing.T) {
	b := newCounter(t)
	draft := b.does(ann, "/api/v1/cases", converter).ID
	open := b.submitted(`["us-ccl"]`)
	b.does(bob, at(open, "take"), "")
	for act, body := range acts {
		who, id := bob, draft // an officer's acts need a review
		switch act {
		case "revise", "propose", "submit":
			who, id = ann, open
		case "answer":
			who = ann
		case "assess", "comment": // allowed in both
			continue
		}
		b.refused(act, b.ask(who, http.MethodPost, at(id, act), body), 409, kindConflict, "", "needs it to be")
	}
	b.refused("decide by another", b.ask(cyd, http.MethodPost, at(open, "decide"), acts["decide"]), 403, kindForbidden, "", "bob")
	b.refused("return by another", b.ask(cyd, http.MethodPost, at(open, "return"), acts["return"]), 403, kindForbidden, "", "bob")
	b.refused("hidden comment", b.ask(ann, http.MethodPost, at(open, "comment"), `{"text":"x","internal":true}`), 403, kindForbidden, "", "hidden")
	b.does(bob, at(open, "decide"), acts["decide"])
	b.refused("take what is decided", b.ask(cyd, http.MethodPost, at(open, "take"), ""), 409, kindConflict, "", "is confirmed")
}

func TestVersionsByAPI(t *testing.T) {
	b := newCounter(t)
	id := b.submitted(`["us-ccl"]`)
	seen := b.ask(bob, http.MethodGet, "/api/v1/cases/"+id, "").Header().Get("ETag")
	b.does(cyd, at(id, "comment"), `{"text":"x"}`, "If-Match", seen)
	b.refused("a comment on an older version", b.ask(bob, http.MethodPost, at(id, "comment"), `{"text":"x"}`, "If-Match", seen), 412, kindStale, "", "look at it again")
	b.does(cyd, at(id, "take"), "")
	// That somebody was faster explains more than the state they left.
	b.refused("take what is taken, by its old version", b.ask(bob, http.MethodPost, at(id, "take"), "", "If-Match", seen), 412, kindStale, "", "changed since")
	b.refused("take what is taken", b.ask(bob, http.MethodPost, at(id, "take"), ""), 409, kindConflict, "", "in review")
	b.refused("assess an older version", b.ask(bob, http.MethodPost, at(id, "assess"), "", "If-Match", seen), 412, kindStale, "", "changed since")
	b.does(cyd, at(id, "comment"), `{"text":"x"}`, "If-Match", "*")
	b.refused("a version of no case", b.ask(ann, http.MethodPost, "/api/v1/cases", converter, "If-Match", `"1"`), 422, kindInvalidInput, "If-Match", "leave the header out")
}

// TestKeysByAPI repeats each act under its key: it is done once.
func TestKeysByAPI(t *testing.T) {
	b := newCounter(t)
	id := ""
	for i, step := range []struct {
		who              review.Actor
		act, body, other string
	}{
		{ann, "", converter, `{"product":{"name":"y"}}`},
		{ann, "revise", acts["revise"], `{"product":{"name":"z"}}`},
		{ann, "propose", acts["propose"], `{"list":"us-ccl","code":"EAR99","reasoning":"y"}`},
		{ann, "assess", "", ""},
		{ann, "submit", "", ""},
		{bob, "take", "", ""},
		{bob, "assign", acts["assign"], `{"officer":"cyd"}`},
		{bob, "second", acts["second"], `{"officer":"dora"}`},
		{bob, "comment", acts["comment"], `{"text":"y"}`},
		{bob, "request", acts["request"], `{"text":"y"}`},
		{ann, "answer", `{"request":2,"text":"x"}`, `{"request":2,"text":"y"}`},
		{bob, "return", acts["return"], `{"text":"y"}`},
	} {
		path := "/api/v1/cases"
		if id != "" {
			path = at(id, step.act)
		}
		key := fmt.Sprint("key ", i)
		first := b.does(step.who, path, step.body, "Idempotency-Key", key)
		if step.act == "submit" && len(first.Assessments) != 2 {
			t.Errorf("submit assessed again: %d", len(first.Assessments))
		}
		again := b.does(step.who, path, step.body, "Idempotency-Key", key)
		if again.ID != first.ID || again.Version != first.Version {
			t.Errorf("%s repeated: case %s version %d, then %s version %d", step.act, first.ID, first.Version, again.ID, again.Version)
		}
		if step.other != "" {
			b.refused(step.act+" with other content", b.ask(step.who, http.MethodPost, path, step.other, "Idempotency-Key", key), 409, kindConflict, "Idempotency-Key", "new key")
		}
		id = first.ID
	}
	b.refused("a key for another act", b.ask(ann, http.MethodPost, at(id, "submit"), "", "Idempotency-Key", "key 0"), 409, kindConflict, "Idempotency-Key", "new key")
	// An act that was refused has not used up its key.
	b.refused("too early", b.ask(cyd, http.MethodPost, at(id, "take"), "", "Idempotency-Key", "t"), 409, kindConflict, "", "")
	b.does(ann, at(id, "submit"), "")
	b.does(cyd, at(id, "take"), "", "Idempotency-Key", "t")
}

// TestRetriedCreation sends one request from many sides at once: there is one
// case with one assessment.
func TestRetriedCreation(t *testing.T) {
	b := newCounter(t)
	b.server(ann)
	var mu sync.Mutex
	ids := map[string]int{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c := b.does(ann, "/api/v1/cases", converter, "Idempotency-Key", "k")
			mu.Lock()
			defer mu.Unlock()
			ids[c.ID]++
			if len(c.Assessments) != 1 || c.Version != 2 {
				t.Errorf("%d assessments, version %d", len(c.Assessments), c.Version)
			}
		})
	}
	all.Wait()
	page := decodeBody[review.Page](t, b.ask(root, http.MethodGet, "/api/v1/cases", ""))
	if len(ids) != 1 || len(page.Cases) != 1 {
		t.Errorf("%v, %d cases", ids, len(page.Cases))
	}
}

// reads sends every reading route as who and returns everything that is told.
func (b *counter) reads(who review.Actor, id string) string {
	b.t.Helper()
	var told bytes.Buffer
	for _, row := range b.server(who).caseRoutes() {
		if row.method == http.MethodGet && row.admits(identity{Actor: who}, false) == nil {
			path := strings.NewReplacer(":id", id, ":seq", "1", "/contradictions", "/contradictions?list=us-ccl&code=EAR99").Replace(row.path)
			rec := b.ask(who, http.MethodGet, path, "")
			if rec.Code != http.StatusOK {
				b.t.Errorf("%s by %s: %d %s", path, who.ID, rec.Code, rec.Body)
			}
			told.Write(rec.Body.Bytes())
		}
	}
	return told.String()
}

// TestTheSecondOfficerIsBlindOnEveryRoute looks for what the first officer
// decided in every answer that anybody else gets.
func TestTheSecondOfficerIsBlindOnEveryRoute(t *testing.T) {
	b := newCounter(t)
	id := b.submitted(`["us-ccl"]`)
	b.attach(ann, id, "sheet.txt", "a sheet")
	b.does(bob, at(id, "take"), "")
	b.does(bob, at(id, "second"), `{"officer":"cyd"}`)
	b.does(bob, at(id, "comment"), `{"text":"INTERNAL-NOTE","internal":true}`)
	const secret = "6A002"
	decided := b.does(bob, at(id, "decide"), `{"list":"us-ccl","codes":["`+secret+`"],"reason":"other","reason_text":"SECRET-REASON","comment":"SECRET-COMMENT"}`)
	if len(decided.Decisions) != 1 {
		t.Fatal("the first officer does not see the own decision")
	}
	for _, who := range []review.Actor{cyd, dora, eva, root, ann} {
		answers := b.reads(who, id)
		if who == cyd || who == ann { // what a write answers
			body, _ := json.Marshal(b.does(who, at(id, "comment"), `{"text":"x"}`))
			answers += string(body)
		}
		for _, word := range []string{"SECRET-REASON", "SECRET-COMMENT", `"` + secret + `"`} {
			if strings.Contains(answers, word) {
				t.Errorf("%s is told %s", who.ID, word)
			}
		}
		if note := strings.Contains(answers, "INTERNAL-NOTE"); note != (who == dora || who == eva || who == root) {
			t.Errorf("%s reads the internal note: %v", who.ID, note)
		}
	}
	if told := b.reads(bob, id); !strings.Contains(told, "SECRET-REASON") {
		t.Error("the first officer does not find the own reason: the test would find nothing")
	}
}

// TestWhatAnExporterSees looks through every answer for the office's business.
func TestWhatAnExporterSees(t *testing.T) {
	b := newCounter(t)
	id := b.submitted(`["us-ccl"]`)
	b.attach(ann, id, "sheet.txt", "a sheet")
	b.does(bob, at(id, "take"), "")
	b.does(bob, at(id, "assess"), "")
	b.does(bob, at(id, "comment"), `{"text":"INTERNAL-NOTE","internal":true}`)
	b.does(bob, at(id, "request"), `{"text":"how fast?"}`)
	told := b.reads(ann, id)
	for _, word := range []string{"INTERNAL-NOTE", `"bob"`, `"assignee"`} {
		if strings.Contains(told, word) {
			t.Errorf("the exporter is told %s", word)
		}
	}
	if !strings.Contains(told, "how fast?") {
		t.Error("the exporter is not told what is asked")
	}
	for _, path := range []string{"", "/history", "/documents", "/documents/1", "/documents/1/text"} {
		b.refused(path+" by another organisation", b.ask(otto, http.MethodGet, "/api/v1/cases/"+id+path, ""), 404, kindNotFound, "", "no case")
	}
	if page := decodeBody[review.Page](t, b.ask(otto, http.MethodGet, "/api/v1/cases?organisation=Acme", "")); len(page.Cases) != 0 {
		t.Errorf("another organisation lists %d", len(page.Cases))
	}
	for _, path := range []string{"/api/v1/audit", "/api/v1/audit/verify", "/api/v1/audit/export"} {
		b.refused(path+" by an exporter", b.ask(ann, http.MethodGet, path, ""), 403, kindForbidden, "", "role")
	}
	b.refused("audit by an officer", b.ask(bob, http.MethodGet, "/api/v1/audit", ""), 403, kindForbidden, "", "role")
	b.refused("who works on what", b.ask(ann, http.MethodGet, "/api/v1/cases?assignee=bob", ""), 403, kindForbidden, "", "not shown")
	b.refused("who differs", b.ask(ann, http.MethodGet, "/api/v1/cases?disagreement=true", ""), 403, kindForbidden, "", "not shown")
}

func TestAServerWithoutCases(t *testing.T) {
	s := newServer(t)
	for _, row := range s.caseRoutes() {
		req := httptest.NewRequest(row.method, strings.NewReplacer(":id", "x", ":seq", "1").Replace(row.path), nil)
		if rec := answerOf(t, s, req); rec.Code != 503 || decodeBody[errorBody](t, rec).Error.Code != kindUnavailable {
			t.Errorf("%s %s: %d", row.method, row.path, rec.Code)
		}
	}
}
