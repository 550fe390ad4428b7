package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

var (
	ann  = review.Actor{ID: "ann", Role: review.Exporter, Organisation: "Acme"}
	bob  = review.Actor{ID: "bob", Role: review.Officer}
	cyd  = review.Actor{ID: "cyd", Role: review.Officer}
	dora = review.Actor{ID: "dora", Role: review.Officer}
	root = review.Actor{ID: "root", Role: review.Admin}
)

// machine is an assessment that says code on us-ccl.
func machine(code string) classifier.Assessment {
	return classifier.Assessment{Outcomes: []classifier.Outcome{{List: corpus.USCCL, Edition: "us-ccl@2026-06-24", Status: classifier.Listed, Code: code, Probability: 0.8}},
		Suggestions: []classifier.Suggestion{}, Questions: []classifier.Question{}, Language: "en", Model: "m", Corpus: "c"}
}

// submitted returns the id of a case on its way to us-ccl, assessed as 3A001.a.
func submitted(t *testing.T, s *review.Service, name string) string {
	t.Helper()
	ctx := t.Context()
	c, err := s.Create(ctx, review.Request{Actor: ann}, review.NewCase{Product: classifier.Product{Name: name, Description: hard}, Lists: []corpus.ListID{corpus.USCCL}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Assess(ctx, review.Request{Actor: ann}, c.ID, machine("3A001.a")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Submit(ctx, review.Request{Actor: ann}, c.ID); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func ruling(code string) review.Ruling {
	return review.Ruling{List: corpus.USCCL, Codes: []string{code}, Reason: review.CriteriaMet}
}

func newService(t *testing.T, s review.Store) *review.Service {
	t.Helper()
	now := noon
	var mu sync.Mutex
	service, err := review.New(review.Config{Store: s, Documents: Plain{}, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}})
	if err != nil {
		t.Fatal(err)
	}
	return service
}

// service walks a case through two officers who differ, a third who settles
// it, reopening, and a repeated request.
func service(t *testing.T, store review.Store) {
	s, ctx := newService(t, store), t.Context()
	id := submitted(t, s, "Converter")
	_, err := s.Comment(ctx, review.Request{Actor: bob}, "", "on nothing", true)
	wantKind(t, err, review.NotFound)
	must := func(c review.Case, err error) review.Case {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	must(s.Take(ctx, review.Request{Actor: bob}, id))
	must(s.AskSecond(ctx, review.Request{Actor: bob}, id, "cyd"))
	must(s.Decide(ctx, review.Request{Actor: bob}, id, ruling("3A001.a")))
	if c := must(s.Decide(ctx, review.Request{Actor: cyd, Key: "once"}, id, ruling("3A991.a"))); c.State != review.InReview || !c.Disagreement {
		t.Errorf("after two who differ: %s, disagreement %v", c.State, c.Disagreement)
	}
	if c := must(s.Decide(ctx, review.Request{Actor: cyd, Key: "once"}, id, ruling("3A991.a"))); len(c.Decisions) != 2 {
		t.Errorf("a repeated request made %d decisions", len(c.Decisions))
	}
	if _, err := s.Decide(ctx, review.Request{Actor: cyd, Key: "once"}, id, ruling("3A001.b")); review.KindOf(err) != review.Conflict {
		t.Errorf("a key used for another thing: %v", err)
	}
	c := must(s.Decide(ctx, review.Request{Actor: dora}, id, ruling("3A991.a")))
	if c.State != review.Changed || c.Disagreement || len(c.Decisions) != 3 {
		t.Errorf("settled: %s, %+v", c.State, c.Decisions)
	}
	must(s.Reopen(ctx, review.Request{Actor: dora}, id, "new facts"))
	must(s.Take(ctx, review.Request{Actor: bob}, id))
	if c = must(s.Decide(ctx, review.Request{Actor: bob}, id, ruling("3A001.a"))); c.State != review.Confirmed {
		t.Errorf("decided anew: %s", c.State)
	}
	all, err := s.Precedents(ctx, bob, review.PrecedentFilter{})
	if err != nil || len(all) != 2 || all[0].ID != id+"/2" || all[0].Superseded || all[1].SupersededBy != id+"/2" {
		t.Errorf("precedents %v: %+v", err, all)
	}
	report, err := s.VerifyAudit(ctx, root, review.AuditHead{})
	if err != nil || !report.Whole() || report.Records != 11 {
		t.Errorf("%v %+v; want one record for each of 11 acts", err, report)
	}
}

// rush lets eight officers run for the same cases: each case is taken once.
func rush(t *testing.T, store review.Store) {
	s, ctx := newService(t, store), t.Context()
	const cases = 6
	var ids []string
	for i := range cases {
		ids = append(ids, submitted(t, s, fmt.Sprint("Product ", i)))
	}
	var mu sync.Mutex
	took := map[string]int{}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			me := review.Actor{ID: fmt.Sprint("officer ", i), Role: review.Officer}
			for _, id := range ids {
				_, err := s.Take(ctx, review.Request{Actor: me}, id)
				if err == nil {
					_, err = s.Decide(ctx, review.Request{Actor: me}, id, ruling("3A001.a"))
					mu.Lock()
					took[id]++
					mu.Unlock()
				} else if review.KindOf(err) == review.Conflict {
					err = nil
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		c, err := s.Get(ctx, root, id)
		if err != nil || took[id] != 1 || c.State != review.Confirmed || len(c.Decisions) != 1 || c.Version != 5 {
			t.Errorf("%v: taken %d times, %s, %d decisions, version %d", err, took[id], c.State, len(c.Decisions), c.Version)
		}
	}
	report, err := s.VerifyAudit(ctx, root, review.AuditHead{})
	if err != nil || !report.Whole() || report.Records != cases*5 {
		t.Errorf("%v %+v", err, report)
	}
}
