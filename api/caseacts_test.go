package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"assay/review"
)

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
