package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"assay/review"
)

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

func TestAServerWithoutCases(t *testing.T) {
	s := newServer(t)
	for _, row := range s.caseRoutes() {
		req := httptest.NewRequest(row.method, strings.NewReplacer(":id", "x", ":seq", "1").Replace(row.path), nil)
		if rec := answerOf(t, s, req); rec.Code != 503 || decodeBody[errorBody](t, rec).Error.Code != kindUnavailable {
			t.Errorf("%s %s: %d", row.method, row.path, rec.Code)
		}
	}
}
