package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"assay/review"
)

func TestListCases(t *testing.T) {
	b := newCounter(t)
	add := func(name, lists string) string {
		return b.does(ann, "/api/v1/cases", fmt.Sprintf(`{"product":{"name":%q},"lists":%s,"submit":true}`, name, lists)).ID
	}
	chip := add("sampling converter", `["us-ccl","eu-dual-use"]`)
	spade := add("garden spade", `["us-ccl"]`)
	war := b.does(otto, "/api/v1/cases", `{"product":{"name":"missile seeker electronics"},"lists":["us-usml"]}`).ID
	b.does(bob, at(spade, "take"), "")
	names := map[string]string{chip: "chip", spade: "spade", war: "war"}
	late := url.QueryEscape(time.Now().Add(time.Hour).Format(time.RFC3339))
	for query, want := range map[string]string{
		"":                                       "chip spade war",
		"order=newest":                           "war spade chip",
		"state=draft":                            "war",
		"state=draft,submitted":                  "chip war",
		"state=draft&state=in_review":            "spade war",
		"list=eu-dual-use":                       "chip",
		"category=3":                             "chip",
		"category=EAR99":                         "spade",
		"list=eu-dual-use&category=EAR99":        "",
		"min_confidence=0":                       "chip spade war",
		"max_confidence=0.000001":                "",
		"assignee=bob":                           "spade",
		"assignee=-":                             "chip war",
		"disagreement=true":                      "",
		"disagreement=false":                     "chip spade war",
		"attention=true":                         "",
		"attention=false":                        "chip spade war",
		"organisation=Other":                     "war",
		"created_before=" + late:                 "chip spade war",
		"created_after=" + late:                  "",
		"created_before=2026-01-01T00:00:00Z":    "",
		"language=xx":                            "",
		"state=draft&organisation=Acme&limit=10": "",
	} {
		rec := b.ask(bob, http.MethodGet, "/api/v1/cases?"+query, "")
		if rec.Code != http.StatusOK {
			t.Errorf("%s: %d %s", query, rec.Code, rec.Body)
			continue
		}
		var got []string
		for _, h := range decodeBody[review.Page](t, rec).Cases {
			got = append(got, names[h.ID])
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: %q, want %q", query, s, want)
		}
	}
	for query, field := range map[string]string{
		"state=asleep": "state", "list=US+CCL": "list", "min_confidence=7": "min_confidence", "max_confidence=NaN": "max_confidence", "min_confidence=x": "min_confidence",
		"created_before=yesterday": "created_before", "created_after=2026-01-01": "created_after", "disagreement=yes": "disagreement", "attention=1": "attention",
		"order=random": "order", "from=-1": "from", "from=0": "from", "from=x": "from", "limit=0": "limit", "limit=501": "limit", "limit=1.5": "limit",
		"category=a&category=b": "category", "language=%ff": "language", "assignee=a%00": "assignee",
	} {
		b.refused(query, b.ask(bob, http.MethodGet, "/api/v1/cases?"+query, ""), 422, kindInvalidInput, field, "")
	}
	b.refused("a misspelt filter", b.ask(bob, http.MethodGet, "/api/v1/cases?organization=Acme", ""), 400, kindUnknownField, "organization", "organisation")
	b.refused("no form", b.ask(bob, http.MethodGet, "/api/v1/cases?a=%zz", ""), 422, kindInvalidInput, "", "encode")
	b.refused("two ways to name a product", b.ask(bob, http.MethodGet, "/api/v1/precedents?text=a&fingerprint=b", ""), 422, kindInvalidInput, "text", "both")
	b.refused("a misspelt filter of precedents", b.ask(bob, http.MethodGet, "/api/v1/precedents?lists=us-ccl", ""), 400, kindUnknownField, "lists", "list")
}

// TestPagesOfCases pages while a case comes and another changes.
func TestPagesOfCases(t *testing.T) {
	b := newCounter(t)
	for i := range 7 {
		b.does(ann, "/api/v1/cases", fmt.Sprintf(`{"product":{"name":"p%d"},"lists":["us-ccl"]}`, i))
	}
	var titles []string
	for from, pages := "", 0; ; pages++ {
		page := decodeBody[review.Page](t, b.ask(ann, http.MethodGet, "/api/v1/cases?limit=3"+from, ""))
		for _, h := range page.Cases {
			titles = append(titles, h.Title)
		}
		if pages == 0 {
			b.does(ann, at(page.Cases[0].ID, "comment"), `{"text":"x"}`)
			b.does(ann, "/api/v1/cases", `{"product":{"name":"p7"},"lists":["us-ccl"]}`)
		}
		if page.Next == 0 {
			break
		}
		from = fmt.Sprint("&from=", page.Next)
	}
	if got := strings.Join(titles, " "); got != "p0 p1 p2 p3 p4 p5 p6 p7" {
		t.Error(got)
	}
}
