package api

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"assay/classifier/embedding/static"
	"assay/corpus"
	"assay/internal/sqlite"
	"assay/review"
)

// newLikeCounter is a counter whose service compares meanings.
func newLikeCounter(t *testing.T) *counter {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "assay.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	e, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	b := counterOver(t, store)
	if b.cases, err = review.New(review.Config{Store: store, Embedder: e}); err != nil {
		t.Fatal(err)
	}
	return b
}

// decided brings a pump with that flow rate to a decision.
func (b *counter) decided(who review.Actor, rate, code string) review.Case {
	b.t.Helper()
	c := b.does(who, "/api/v1/cases", `{"product":{"name":"DP `+rate+`","description":"Diaphragm metering pump of stainless steel for acids and water, PTFE membrane, flow rate `+rate+
		` l/min, 230 V, wall mounted."},"lists":["us-ccl"],"submit":true}`)
	b.does(bob, at(c.ID, "take"), "")
	return b.does(bob, at(c.ID, "decide"), `{"list":"us-ccl","codes":["`+code+`"],"reason":"criteria_met"}`)
}

const likePump = `{"name":"DP 40","description":"Diaphragm metering pump of stainless steel for acids and water, PTFE membrane, flow rate 40 l/min, 230 V, wall mounted.","attributes":{"colour":"blue"}`

func TestAlikeOverTheAPI(t *testing.T) {
	b := newLikeCounter(t)
	one, two := b.decided(ann, "10", "2B999.j"), b.decided(otto, "20", "2B350.i")
	if d := two.Decisions[0]; len(d.ContradictsLike) != 1 || d.ContradictsLike[0].ID != one.ID+"/1" || d.LikenessModel == "" {
		t.Errorf("%+v", d)
	}
	ask := func(who review.Actor, body string) review.Likes {
		t.Helper()
		rec := b.ask(who, http.MethodPost, "/api/v1/precedents/alike", body)
		if rec.Code != http.StatusOK {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		return decodeBody[review.Likes](t, rec)
	}
	all := ask(bob, likePump+`}`)
	if len(all.Precedents) != 2 || all.Lists[0].List != corpus.USCCL || all.Lists[0].Summary != "1 × 2B350.i, 1 × 2B999.j" && all.Lists[0].Summary != "1 × 2B999.j, 1 × 2B350.i" ||
		all.Precedents[0].State != review.Changed || len(all.Precedents[0].Differences) == 0 {
		t.Errorf("%+v", all)
	}
	if got := ask(ann, likePump+`}`); len(got.Precedents) != 1 || got.Precedents[0].Case != one.ID {
		t.Errorf("an exporter sees %+v", got.Precedents)
	}
	if got := ask(eva, likePump+`,"limit":1,"standing":true,"lists":["us-ccl"]}`); len(got.Precedents) != 1 || len(got.Notes) != 1 {
		t.Errorf("%+v", got)
	}
	if got := ask(bob, likePump+`,"lists":["eu-dual-use"]}`); len(got.Precedents) != 0 {
		t.Errorf("decided for another list: %+v", got)
	}
	for who, want := range map[review.Actor]string{ann: one.ID, otto: two.ID} {
		rec := b.ask(who, http.MethodGet, "/api/v1/precedents", "")
		if got := decodeBody[struct{ Precedents []review.Precedent }](t, rec).Precedents; len(got) != 1 || got[0].Case != want {
			t.Errorf("%s sees %s", who.ID, rec.Body)
		}
	}
	rec := b.ask(bob, http.MethodGet, at(one.ID, "alike")+"?limit=5&standing=true&list=us-ccl", "")
	if got := decodeBody[review.Likes](t, rec); rec.Code != http.StatusOK || len(got.Precedents) != 1 || got.Precedents[0].Case != two.ID {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	for _, tt := range []struct {
		name   string
		who    review.Actor
		path   string
		body   string
		status int
		code   kind
		field  string
		says   string
		post   bool
	}{
		{"another organisation's case", otto, at(one.ID, "alike"), "", 404, kindNotFound, "", "no case", false},
		{"a limit too large", bob, at(one.ID, "alike") + "?limit=51", "", 422, kindInvalidInput, "limit", "1 to 50", false},
		{"a list that is none", bob, at(one.ID, "alike") + "?list=moon+base", "", 422, kindInvalidInput, "lists", "not a list", false},
		{"a misspelt parameter", bob, at(one.ID, "alike") + "?lists=us-ccl", "", 400, kindUnknownField, "lists", "no parameter", false},
		{"an empty product", bob, "/api/v1/precedents/alike", `{}`, 422, kindInvalidInput, "description", "empty", true},
		{"a negative limit", bob, "/api/v1/precedents/alike", likePump + `,"limit":-1}`, 422, kindInvalidInput, "limit", "1 to 50", true},
		{"an unknown field", bob, "/api/v1/precedents/alike", likePump + `,"company":"x"}`, 400, kindUnknownField, "company", "no field", true},
		{"contradictions by an exporter", ann, at(one.ID, "contradictions") + "?list=us-ccl&code=EAR99", "", 403, kindForbidden, "", "role", false},
		{"contradictions without a list", bob, at(one.ID, "contradictions"), "", 422, kindInvalidInput, "list", "name the list", false},
		{"contradictions of nothing", bob, at(one.ID, "contradictions") + "?list=us-ccl", "", 422, kindInvalidInput, "codes", "no code", false},
	} {
		method := http.MethodGet
		if tt.post {
			method = http.MethodPost
		}
		b.refused(tt.name, b.ask(tt.who, method, tt.path, tt.body), tt.status, tt.code, tt.field, tt.says)
	}
}

func TestContradictionsOverTheAPI(t *testing.T) {
	b := newLikeCounter(t)
	one := b.decided(ann, "10", "2B999.j")
	c := b.does(ann, "/api/v1/cases", `{"product":`+likePump+`},"lists":["us-ccl"],"submit":true}`)
	ask := func(query string) []review.Contradiction {
		t.Helper()
		rec := b.ask(cyd, http.MethodGet, at(c.ID, "contradictions")+"?list=us-ccl&"+query, "")
		if rec.Code != http.StatusOK {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		return decodeBody[struct{ Contradictions []review.Contradiction }](t, rec).Contradictions
	}
	got := ask("not_listed=true")
	if len(got) != 1 || got[0].Case != one.ID || got[0].Answer != "2B999.j" || !strings.Contains(got[0].Differences[0].String(), "40 l/min here, 10 l/min there") {
		t.Errorf("%+v", got)
	}
	if got := ask("code=2B999.j"); len(got) != 0 {
		t.Errorf("the same answer contradicts %+v", got)
	}
	if got := ask("code=2B999.j&code=3A001"); len(got) != 1 {
		t.Errorf("one code more contradicts %+v", got)
	}
}
