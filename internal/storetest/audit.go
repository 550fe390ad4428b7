package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/corpus"
	"assay/review"
)

func pagingDown(t *testing.T, s review.Store) {
	for i := range 12 {
		h := head(fmt.Sprintf("c%02d", i))
		if i%2 == 0 {
			h.Language = "en"
		}
		create(t, s, h)
	}
	var ids []string
	f := review.Filter{Newest: true, Limit: 4, Language: "en"}
	for {
		var p review.Page
		read(t, s, func(r review.Reader) (err error) { p, err = r.Queue(t.Context(), f); return err })
		for _, h := range p.Cases {
			ids = append(ids, h.ID)
		}
		if f.From == 0 { // one that comes while somebody pages is behind them
			create(t, s, head("late"))
		}
		if f.From = p.Next; f.From == 0 {
			break
		}
	}
	if got := strings.Join(ids, " "); got != "c10 c08 c06 c04 c02 c00" {
		t.Errorf("newest first: %s", got)
	}
}

func auditPages(t *testing.T, s review.Store) {
	for i, e := range []struct{ actor, id string }{{"ann", "a"}, {"bob", "a"}, {"ann", "b"}, {"bob", "b"}, {"ann", "a"}, {"ann", ""}, {hard, "a"}} {
		write(t, s, func(w review.Writer) error {
			x := review.AuditEntry{Time: noon, Actor: e.actor, Act: review.ActComment, Object: map[string]any{"case": e.id, "text": hard}}
			if i == 4 {
				x.Act = review.ActTake
			}
			if e.id == "" {
				x.Object = nil
			}
			_, err := w.Append(t.Context(), x)
			return err
		})
	}
	for _, tt := range []struct {
		name string
		f    review.AuditFilter
		want string // numbers, pages apart
	}{
		{"all", review.AuditFilter{}, "1 2 3 4 5 6 7"},
		{"newest first", review.AuditFilter{Newest: true}, "7 6 5 4 3 2 1"},
		{"pages", review.AuditFilter{Limit: 3}, "1 2 3 | 4 5 6 | 7"},
		{"pages, newest first", review.AuditFilter{Limit: 3, Newest: true}, "7 6 5 | 4 3 2 | 1"},
		{"a full last page", review.AuditFilter{Limit: 7}, "1 2 3 4 5 6 7"},
		{"case", review.AuditFilter{Case: "a"}, "1 2 5 7"},
		{"case in pages", review.AuditFilter{Case: "a", Limit: 3, Newest: true}, "7 5 2 | 1"},
		{"actor", review.AuditFilter{Actor: "ann"}, "1 3 5 6"},
		{"act", review.AuditFilter{Act: review.ActTake}, "5"},
		{"all at once", review.AuditFilter{Act: review.ActComment, Actor: "bob", Case: "b", Newest: true}, "4"},
		{"hard text", review.AuditFilter{Actor: hard}, "7"},
		{"nothing", review.AuditFilter{Case: "%"}, ""},
		{"behind the end", review.AuditFilter{From: 7}, ""},
	} {
		var pages []string
		for {
			var p review.AuditPage
			read(t, s, func(r review.Reader) (err error) { p, err = r.AuditPage(t.Context(), tt.f); return err })
			var numbers []string
			for _, r := range p.Records {
				numbers = append(numbers, fmt.Sprint(r.Seq))
				if r.Sum() != r.Hash || r.Prev == "" {
					t.Errorf("%s: record %d is not whole: %+v", tt.name, r.Seq, r)
				}
			}
			pages = append(pages, strings.Join(numbers, " "))
			if tt.f.From = p.Next; p.Next == 0 {
				break
			}
		}
		if got := strings.Join(pages, " | "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// history walks a case with a request and an answer and looks at what the
// office and the exporter are told of it.
func history(t *testing.T, store review.Store) {
	s, ctx := newService(t, store), t.Context()
	id := submitted(t, s, "Converter")
	other := submitted(t, s, "Other")
	must := func(c review.Case, err error) review.Case {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	must(s.Assign(ctx, review.Request{Actor: root}, id, "bob"))
	must(s.AskSecond(ctx, review.Request{Actor: bob}, id, "cyd"))
	must(s.Comment(ctx, review.Request{Actor: bob}, id, "between us", true))
	must(s.Comment(ctx, review.Request{Actor: bob}, id, "for all", false))
	c := must(s.Ask(ctx, review.Request{Actor: bob}, id, "how fast?"))
	if c.Asked != 1 || stored(t, store, id).Asked != 1 {
		t.Errorf("%d requests wait after one", c.Asked)
	}
	if c = must(s.Answer(ctx, review.Request{Actor: ann}, id, 3, "3 GSPS")); c.Asked != 0 {
		t.Errorf("%d requests wait after the answer", c.Asked)
	}
	must(s.Decide(ctx, review.Request{Actor: bob}, id, ruling("3A001.a")))
	must(s.Decide(ctx, review.Request{Actor: cyd}, id, ruling("3A001.a")))
	must(s.Reopen(ctx, review.Request{Actor: cyd}, id, "new facts"))
	must(s.Take(ctx, review.Request{Actor: bob}, id))
	if c = must(s.Return(ctx, review.Request{Actor: bob}, id, "which model?")); c.Asked != 1 {
		t.Errorf("%d requests wait after a return", c.Asked)
	}
	if c = must(s.Submit(ctx, review.Request{Actor: ann}, id)); c.Asked != 0 {
		t.Errorf("%d requests wait in a new round", c.Asked)
	}
	told := func(actor review.Actor, id string) string {
		events, err := s.History(ctx, actor, id)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.IsSortedFunc(events, func(a, b review.Event) int { return int(a.Seq - b.Seq) }) {
			t.Errorf("out of order: %+v", events)
		}
		var words []string
		for _, e := range events {
			if e.At.IsZero() || e.State == "" || e.Act == review.ActDecide && e.List != corpus.USCCL {
				t.Errorf("%+v", e)
			}
			words = append(words, strings.TrimPrefix(string(e.Act), "case.")+"/"+e.By+e.To)
		}
		return strings.Join(words, " ")
	}
	if got, want := told(bob, id), "create/ann assess/ann submit/ann assign/rootbob ask_second/bobcyd comment/bob comment/bob request_information/bob answer/ann "+
		"decide/bob decide_second/cyd reopen/cyd take/bob return/bob submit/ann"; got != want {
		t.Errorf("the office is told\n%s\nwant\n%s", got, want)
	}
	if got, want := told(ann, id), "create/ann assess/ann submit/ann comment/ request_information/ answer/ann decide_second/ reopen/ return/ submit/ann"; got != want {
		t.Errorf("the exporter is told\n%s\nwant\n%s", got, want)
	}
	if got := told(ann, other); got != "create/ann assess/ann submit/ann" {
		t.Errorf("another case: %s", got)
	}
	otto := review.Actor{ID: "otto", Role: review.Exporter, Organisation: "Other"}
	if _, err := s.History(ctx, otto, id); review.KindOf(err) != review.NotFound {
		t.Errorf("another organisation reads the history: %v", err)
	}
	if c, err := s.Get(ctx, ann, id); err != nil || slices.ContainsFunc(c.Messages, func(m review.Message) bool { return m.By == "bob" }) {
		t.Errorf("an exporter reads who of the office wrote: %v %+v", err, c.Messages)
	}
	if _, err := s.AuditLog(ctx, bob, review.AuditFilter{}); review.KindOf(err) != review.Forbidden {
		t.Errorf("an officer reads the audit log: %v", err)
	}
	page, err := s.AuditLog(ctx, root, review.AuditFilter{Case: id, Act: review.ActDecide})
	if err != nil || len(page.Records) != 1 || page.Records[0].Actor != "bob" {
		t.Errorf("%v %+v", err, page)
	}
}

// long reads a log and receipts that no store fetches at once, and asks other
// questions meanwhile.
func long(t *testing.T, s review.Store) {
	const n = 2100
	create(t, s, head("a"))
	write(t, s, func(w review.Writer) error {
		for i := range n {
			if _, err := w.Append(t.Context(), entry("x", i)); err != nil {
				return err
			}
			if err := w.Keep(t.Context(), review.Receipt{Actor: fmt.Sprint("actor ", i%2), Key: fmt.Sprintf("%04d", i), Case: "a", At: noon}); err != nil {
				return err
			}
		}
		return nil
	})
	read(t, s, func(r review.Reader) error {
		log := r.Audit(t.Context())
		for range 2 {
			seq := int64(0)
			for a, err := range log {
				if err != nil {
					return err
				}
				if seq++; a.Seq != seq {
					t.Fatalf("record %d came as number %d", a.Seq, seq)
				}
				if seq%500 == 0 {
					if _, err := r.Head(t.Context(), "a"); err != nil {
						return err
					}
				}
			}
			if seq != n {
				t.Errorf("%d records", seq)
			}
		}
		last, count := "", 0
		for x, err := range r.Receipts(t.Context()) {
			if err != nil {
				return err
			}
			if at := x.Actor + x.Key; at <= last || x.Case != "a" || !x.At.Equal(noon) {
				t.Fatalf("receipt %+v after %q", x, last)
			} else {
				last = at
			}
			count++
		}
		if count != n {
			t.Errorf("%d receipts", count)
		}
		return nil
	})
}

// early verifies a case whose first act is from a program that did not vouch
// for heads, precedents and receipts yet. Later acts on it do.
func early(t *testing.T, store review.Store) {
	h := head("a")
	h.State = review.Confirmed
	write(t, store, func(w review.Writer) error {
		if err := w.Create(t.Context(), &h); err != nil {
			return err
		}
		if err := w.AddPrecedent(t.Context(), precedent("a", 1, "f")); err != nil {
			return err
		}
		if err := w.Keep(t.Context(), review.Receipt{Actor: "x", Key: "k", Case: "a", At: noon}); err != nil {
			return err
		}
		_, err := w.Append(t.Context(), review.AuditEntry{Time: noon, Actor: "x", Act: review.ActDecide, Object: map[string]any{"case": "a", "version": 1, "state": h.State}})
		return err
	})
	s := newService(t, store)
	for i := range 2 {
		if report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{}); err != nil || !report.Whole() || report.Records != int64(i+1) {
			t.Fatalf("%v %+v", err, report)
		}
		if _, err := s.Comment(t.Context(), review.Request{Actor: root}, "a", "x", true); err != nil {
			t.Fatal(err)
		}
	}
}
