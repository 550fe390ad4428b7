package storetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// found is what a new edition means for the first decision of a case.
func found(day string, could bool) review.Reexamination {
	x := review.Reexamination{List: corpus.USCCL, Decision: 1, Answer: "3A001.a", From: "us-ccl@2026-06-24", To: "us-ccl@" + day, ToSHA256: day,
		Changes: []review.ListChange{{What: corpus.OpChanged, Kind: corpus.KindParagraph, Code: "3A001.a", Bearing: review.OnDecided,
			Words: []corpus.Words{{Text: "of"}, {Op: corpus.OpRemoved, Text: "14 bit"}, {Op: corpus.OpAdded, Text: hard}}, Numbers: []corpus.NumberChange{{Old: "14 bit", New: "12 bit"}}}},
		Before: review.Said{Code: "3A001.a", Probability: 0.8, Model: "m", Corpus: "c"}, Now: review.Said{Code: "3A001.a", Probability: 0.7, Model: "m", Corpus: "d"}, CouldChange: could}
	if could {
		x.Why = []string{"14 bit became 12 bit in 3A001.a"}
	}
	return x
}

// reexamined takes a decided case through editions: one that means nothing,
// one that asks for attention and is answered, one after which it is reopened.
func reexamined(t *testing.T, store review.Store) {
	s, ctx := newService(t, store), t.Context()
	id := submitted(t, s, "Converter")
	must := func(c review.Case, err error) review.Case {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	attention := func(want string) {
		t.Helper()
		page, err := s.Queue(ctx, bob, review.Filter{Attention: true, List: corpus.USCCL})
		if err != nil || len(page.Cases) != len(strings.Fields(want)) || len(page.Cases) == 1 && page.Cases[0].ID != want {
			t.Errorf("%v: %+v ask for attention, want %q", err, page.Cases, want)
		}
	}
	_, err := s.Reexamined(ctx, review.Request{Actor: root}, id, found("2027-01-01", true))
	wantKind(t, err, review.Conflict) // not decided yet
	must(s.Take(ctx, review.Request{Actor: bob}, id))
	must(s.Decide(ctx, review.Request{Actor: bob}, id, ruling("3A001.a")))
	must(s.Reexamined(ctx, review.Request{Actor: root}, id, found("2027-01-01", false)))
	attention("")
	_, err = s.Stand(ctx, review.Request{Actor: bob}, id, corpus.USCCL, "it holds")
	wantKind(t, err, review.Conflict) // nothing asks
	c := must(s.Reexamined(ctx, review.Request{Actor: root}, id, found("2027-02-01", true)))
	if len(c.Reexaminations) != 2 || !strings.Contains(c.Lists[0].Attention, "14 bit became 12 bit") || c.State != review.Confirmed || c.Round != 1 {
		t.Errorf("marked: %+v", c)
	}
	attention(id)
	for _, day := range []string{"2027-02-01", "2027-01-15", "2027-01-01"} { // done, or behind what was done
		_, err = s.Reexamined(ctx, review.Request{Actor: root}, id, found(day, true))
		wantKind(t, err, review.Conflict)
	}
	for _, bad := range []string{"digest", "eu-dual-use@2027-03-01", ""} {
		x := found("2027-03-01", true)
		x.To = bad
		_, err = s.Reexamined(ctx, review.Request{Actor: root}, id, x)
		wantKind(t, err, review.Invalid)
	}
	_, err = s.Stand(ctx, review.Request{Actor: bob}, id, corpus.USCCL, " ")
	wantKind(t, err, review.Invalid)
	_, err = s.Stand(ctx, review.Request{Actor: bob}, id, corpus.EUDualUse, "why")
	wantKind(t, err, review.Invalid)
	_, err = s.Stand(ctx, review.Request{Actor: ann}, id, corpus.USCCL, "why")
	wantKind(t, err, review.Forbidden)
	c = must(s.Stand(ctx, review.Request{Actor: bob, Key: "once"}, id, corpus.USCCL, hard))
	again := must(s.Stand(ctx, review.Request{Actor: bob, Key: "once"}, id, corpus.USCCL, hard))
	if u := c.Upheld; len(u) != 1 || len(again.Upheld) != 1 || u[0].Decision != 1 || u[0].Reexamination != 2 || u[0].Edition != "us-ccl@2027-02-01" || u[0].By != "bob" || u[0].Reason != strings.TrimSpace(hard) {
		t.Errorf("upheld %+v", c.Upheld)
	}
	attention("")
	c = must(s.Reexamined(ctx, review.Request{Actor: root}, id, found("2027-03-01", true)))
	attention(id)
	seen, err := s.Get(ctx, ann, id)
	if err != nil || len(seen.Reexaminations) != 3 || seen.Reexaminations[2].By != "" || seen.Lists[0].Attention == "" || seen.Upheld[0].By != "bob" {
		t.Errorf("%v: the exporter sees %+v", err, seen)
	}
	must(s.Reopen(ctx, review.Request{Actor: bob}, id, "the edition of March"))
	attention("")
	must(s.Take(ctx, review.Request{Actor: bob}, id))
	must(s.Decide(ctx, review.Request{Actor: bob}, id, ruling("3A991.a")))
	_, err = s.Reexamined(ctx, review.Request{Actor: root}, id, found("2027-04-01", true))
	wantKind(t, err, review.Conflict) // of a decision that no longer stands
	x := found("2027-01-01", true)
	x.Decision = 2
	c = must(s.Reexamined(ctx, review.Request{Actor: root}, id, x))
	if len(c.Reexaminations) != 4 || c.Reexaminations[3].Round != 2 {
		t.Errorf("%+v", c.Reexaminations)
	}
	report, err := s.VerifyAudit(ctx, root, review.AuditHead{})
	if err != nil || !report.Whole() || report.Records != 13 {
		t.Errorf("%v %+v", err, report)
	}
}

// same says of every product what was said before.
type same struct{}

func (same) ClassifyNear(context.Context, classifier.Product, []corpus.ListID) (classifier.Assessment, []classifier.Near, error) {
	return machine("3A001.a"), nil, nil
}

// twoImporters re-examines the same cases twice at once, and once more.
func twoImporters(t *testing.T, store review.Store) {
	s, ctx := newService(t, store), t.Context()
	ids := decidedCases(t, s, 12)
	run := func(who review.Actor, before func(int) bool) {
		turnout, err := s.Reexamine(ctx, review.Request{Actor: who}, newer())
		if err != nil || turnout.Touched != len(ids) || turnout.CouldChange != len(ids) || !before(turnout.Before) {
			t.Errorf("%v %+v", err, turnout)
		}
	}
	var both sync.WaitGroup
	for _, who := range []review.Actor{bob, root} {
		both.Go(func() { run(who, func(int) bool { return true }) })
	}
	both.Wait()
	run(cyd, func(n int) bool { return n == len(ids) })
	examinedOnce(t, s, ids)
}

// newer is the edition that converters are held against.
func newer() review.NewEdition {
	edition := func(day, text string) *corpus.Edition {
		return &corpus.Edition{Meta: corpus.Meta{List: corpus.USCCL, Date: day, SHA256: day}, Passages: []corpus.Passage{
			{ID: "3A001", Code: "3A001", Kind: corpus.KindEntry, Text: "Converters:"},
			{ID: "3A001.a", Code: "3A001.a", Kind: corpus.KindParagraph, Label: "a", Text: text}}}
	}
	return review.NewEdition{Edition: edition("2027-01-01", "Of 12 bits or more"), Reassessor: same{}, Workers: 2,
		Load: func(context.Context, string) (*corpus.Edition, error) {
			return edition("2026-06-24", "Of 14 bits or more"), nil
		}}
}

// decidedCases decides n converters as 3A001.a, with five acts each.
func decidedCases(t *testing.T, s *review.Service, n int) (ids []string) {
	t.Helper()
	for i := range n {
		id := submitted(t, s, fmt.Sprint("Converter ", i))
		if _, err := s.Take(t.Context(), review.Request{Actor: bob}, id); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Decide(t.Context(), review.Request{Actor: bob}, id, ruling("3A001.a")); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// examinedOnce checks that each of the cases of decidedCases has one
// re-examination, and that the audit log has no more and no less.
func examinedOnce(t *testing.T, s *review.Service, ids []string) {
	t.Helper()
	for _, id := range ids {
		c, err := s.Get(t.Context(), root, id)
		if err != nil || len(c.Reexaminations) != 1 || !strings.Contains(c.Lists[0].Attention, "14 bits became 12 bits") || c.Version != 6 {
			t.Errorf("%v: case %s, version %d: %d re-examinations, attention %q", err, id, c.Version, len(c.Reexaminations), c.Lists[0].Attention)
		}
	}
	report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{})
	if err != nil || !report.Whole() || report.Records != int64(6*len(ids)) {
		t.Errorf("%v %+v; want 6 records of each of %d cases", err, report, len(ids))
	}
}
