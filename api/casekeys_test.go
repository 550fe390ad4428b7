package api

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"assay/review"
)

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
