package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"assay/review"
)

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
