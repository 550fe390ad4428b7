package api

import (
	"net/http"
	"testing"

	"assay/review"
)

// TestPrecedentsByAPI lists what decided cases came to.
func TestPrecedentsByAPI(t *testing.T) {
	b := newCounter(t)
	first, second := b.submitted(`["us-ccl"]`), b.submitted(`["us-ccl"]`)
	b.does(bob, at(first, "take"), "")
	b.does(bob, at(first, "decide"), `{"list":"us-ccl","codes":["3A001.a.5"],"reason":"as_suggested"}`)
	b.does(bob, at(second, "take"), "")
	if c := b.does(bob, at(second, "decide"), `{"list":"us-ccl","not_listed":true,"reason":"not_described"}`); len(c.Decisions[0].Contradicts) != 1 || c.State != review.NotListed {
		t.Errorf("%+v", c.Decisions)
	}
	for query, want := range map[string]string{
		"":                                      second + "/1 " + first + "/1 ",
		"case=" + second:                        second + "/1 ",
		"list=us-ccl&code=3a001+a":              first + "/1 ",
		"list=us-ccl&code=3A001":                first + "/1 ",
		"code=EAR99":                            second + "/1 ",
		"list=eu-dual-use":                      "",
		"text=X1+a+sampling++CONVERTER&limit=1": second + "/1 ",
		"text=something+else":                   "",
		"current=true":                          second + "/1 " + first + "/1 ",
	} {
		got := ""
		for _, p := range decodeBody[precedentPage](t, b.ask(eva, http.MethodGet, "/api/v1/precedents?"+query, "")).Precedents {
			got += p.ID + " "
		}
		if got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	page := decodeBody[precedentPage](t, b.ask(eva, http.MethodGet, "/api/v1/precedents?limit=1", ""))
	rest := decodeBody[precedentPage](t, b.ask(eva, http.MethodGet, "/api/v1/precedents?limit=1&from="+page.Next, ""))
	if page.Next != second+"/1" || len(rest.Precedents) != 1 || rest.Precedents[0].ID != first+"/1" || rest.Next != "" {
		t.Errorf("pages: %+v, %+v", page, rest)
	}
	b.refused("a page from nowhere", b.ask(eva, http.MethodGet, "/api/v1/precedents?from=x", ""), 422, kindInvalidInput, "from", "page before")
	b.refused("a large page", b.ask(eva, http.MethodGet, "/api/v1/precedents?limit=201", ""), 422, kindInvalidInput, "limit", "200")
	if own := decodeBody[precedentPage](t, b.ask(otto, http.MethodGet, "/api/v1/precedents", "")).Precedents; len(own) != 0 {
		t.Errorf("another organisation sees %+v", own)
	}
}
