// Package storetest says in tests what a review.Store must do. Every store
// runs the one suite; it is for tests only and imports no store.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/corpus"
	"assay/review"
)

// Run runs the suite. open returns a fresh, empty store each time and closes
// it when the test ends.
func Run(t *testing.T, open func(*testing.T) review.Store) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, review.Store)
	}{
		{"heads come back as they were", heads},
		{"records come back as they were", records},
		{"a number stands once", once},
		{"a failed write leaves nothing", rollback},
		{"a reader sees one state", snapshot},
		{"an old version is refused", versions},
		{"receipts", receipts},
		{"queue filters", filters},
		{"census", census},
		{"pages are stable", paging},
		{"pages, newest first", pagingDown},
		{"precedents", precedents},
		{"precedents by meaning", nearest},
		{"vectors that are missing", missingVectors},
		{"vectors of two models", twoModels},
		{"vectors within one write", vectorsWithinAWrite},
		{"precedents by meaning, over the service", alike},
		{"audit pages", auditPages},
		{"history", history},
		{"audit of eight writers", chain},
		{"files come back as they were", files},
		{"a write that waits for nobody's reader", readersDoNotBlock},
		{"a cancelled write", cancelled},
		{"a long log", long},
		{"what early acts vouch for", early},
		{"the service over the store", service},
		{"documents of the service", attached},
		{"one request from many sides", retried},
		{"service under eight officers", rush},
		{"re-examined, upheld, reopened", reexamined},
		{"re-examined by two importers", twoImporters},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, open(t)) })
	}
	t.Run("webhooks", func(t *testing.T) { hooks(t, open) })
}

var noon = time.Date(2026, 3, 4, 12, 0, 0, 123456789, time.UTC)

// hard is text that careless stores lose.
const hard = "Größe ≥ 3 µm – “x” \\ ' \" % _ ; -- 日本語 \U0001F4A1 e\u0301 \u2028 \r\n\t end "

func head(id string) review.Head {
	return review.Head{ID: id, Organisation: "Acme " + hard, Title: hard, State: review.Draft, Round: 1, CreatedBy: "ann", CreatedAt: noon,
		UpdatedAt: noon.Add(time.Second), Language: "de",
		Lists: []review.Line{{List: corpus.USCCL, Code: "3A001.a", Category: "3", Confidence: 0.1234567890123}, {List: corpus.EUDualUse}}}
}

func write(t *testing.T, s review.Store, fn func(review.Writer) error) {
	t.Helper()
	if err := s.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s review.Store, fn func(review.Reader) error) {
	t.Helper()
	if err := s.Read(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, s review.Store, h review.Head) review.Head {
	t.Helper()
	write(t, s, func(w review.Writer) error { return w.Create(t.Context(), &h) })
	return h
}

func stored(t *testing.T, s review.Store, id string) (h review.Head) {
	t.Helper()
	read(t, s, func(r review.Reader) (err error) { h, err = r.Head(t.Context(), id); return err })
	return h
}

func wantKind(t *testing.T, err error, kind review.Kind) {
	t.Helper()
	var e *review.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Text == "" {
		t.Errorf("error %v of kind %s; want kind %s and a text", err, review.KindOf(err), kind)
	}
}

func heads(t *testing.T, s review.Store) {
	a := create(t, s, head("a"))
	if a.Number == 0 || a.Version != 1 {
		t.Errorf("number %d, version %d after Create", a.Number, a.Version)
	}
	if got := stored(t, s, "a"); !reflect.DeepEqual(got, a) {
		t.Errorf("got  %+v\nwant %+v", got, a)
	}
	a.State, a.Round, a.Assignee, a.Second, a.Disagreement, a.Asked = review.InReview, 2, "bob", "cyd", true, 3
	a.SubmittedAt, a.TakenAt, a.Language, a.Title = noon.Add(time.Hour), noon.Add(2*time.Hour), "", "new"
	a.Lists = []review.Line{{List: corpus.EUDualUse, Code: "none", Category: "none", Confidence: 1, Attention: hard}}
	write(t, s, func(w review.Writer) error { return w.Update(t.Context(), &a) })
	if got := stored(t, s, "a"); !reflect.DeepEqual(got, a) || got.Version != 2 {
		t.Errorf("got  %+v\nwant %+v", got, a)
	}
	b := create(t, s, head("b"))
	if b.Number <= a.Number {
		t.Errorf("number %d after %d", b.Number, a.Number)
	}
	wantKind(t, s.Write(t.Context(), func(w review.Writer) error { h := head("a"); return w.Create(t.Context(), &h) }), review.Conflict)
	wantKind(t, s.Read(t.Context(), func(r review.Reader) error { _, err := r.Head(t.Context(), "none"); return err }), review.NotFound)
	wantKind(t, s.Write(t.Context(), func(w review.Writer) error { h := head("none"); h.Version = 1; return w.Update(t.Context(), &h) }), review.NotFound)
}

func records(t *testing.T, s review.Store) {
	create(t, s, head("a"))
	create(t, s, head("b"))
	big := strings.Repeat(hard, (2<<20)/len(hard))
	var want []review.Record
	for _, sort := range review.Sorts() {
		for seq := 1; seq <= 3; seq++ {
			body, err := review.Canonical(map[string]any{"text": hard, "big": big, "n": 1e300, "list": "l", "part": string(sort), "round": seq})
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, review.Record{Case: "a", Sort: sort, Stamp: review.Stamp{Seq: seq, At: noon.Add(time.Duration(seq)), By: hard}, Body: body})
			big = ""
		}
	}
	for _, r := range slices.Backward(want) { // order of writing must not matter
		write(t, s, func(w review.Writer) error { return w.Add(t.Context(), r) })
	}
	var got, other []review.Record
	read(t, s, func(r review.Reader) (err error) {
		if got, err = r.Records(t.Context(), "a"); err != nil {
			return err
		}
		other, err = r.Records(t.Context(), "b")
		return err
	})
	if !reflect.DeepEqual(got, want) || len(other) != 0 {
		t.Errorf("%d records came back and %d of another case; %d were written, or they differ", len(got), len(other), len(want))
	}
}

func once(t *testing.T, s review.Store) {
	create(t, s, head("a"))
	for _, sort := range review.Sorts() {
		r := review.Record{Case: "a", Sort: sort, Stamp: review.Stamp{Seq: 1, At: noon, By: "x"}, Body: json.RawMessage(`{"n":1}`)}
		write(t, s, func(w review.Writer) error { return w.Add(t.Context(), r) })
		r.Body = json.RawMessage(`{"n":2}`)
		wantKind(t, s.Write(t.Context(), func(w review.Writer) error { return w.Add(t.Context(), r) }), review.Conflict)
		r.Case = "nobody's"
		wantKind(t, s.Write(t.Context(), func(w review.Writer) error { return w.Add(t.Context(), r) }), review.Conflict)
	}
	read(t, s, func(r review.Reader) error {
		all, err := r.Records(t.Context(), "a")
		for _, x := range all {
			if string(x.Body) != `{"n":1}` {
				t.Errorf("%s was overwritten: %s", x.Sort, x.Body)
			}
		}
		return err
	})
	// One decision for each list, part and round, whatever its number.
	d := func(seq int) error {
		return s.Write(t.Context(), func(w review.Writer) error {
			return w.Add(t.Context(), review.Record{Case: "a", Sort: review.SortDecision, Stamp: review.Stamp{Seq: seq, At: noon, By: "x"},
				Body: json.RawMessage(`{"list":"us-ccl","part":"first","round":1}`)})
		})
	}
	if err := d(2); err != nil {
		t.Fatal(err)
	}
	wantKind(t, d(3), review.Conflict)
	// One re-examination of a decision for each text of an edition.
	x := func(seq int, sum string) error {
		return s.Write(t.Context(), func(w review.Writer) error {
			return w.Add(t.Context(), review.Record{Case: "a", Sort: review.SortReexamination, Stamp: review.Stamp{Seq: seq, At: noon, By: "x"},
				Body: json.RawMessage(`{"decision":1,"list":"us-ccl","to":"us-ccl@2027-01-01","to_sha256":"` + sum + `"}`)})
		})
	}
	if err := errors.Join(x(2, "aa"), x(3, "bb")); err != nil {
		t.Fatal(err)
	}
	wantKind(t, x(4, "aa"), review.Conflict)
}

func rollback(t *testing.T, s review.Store) {
	create(t, s, head("a"))
	boom := errors.New("boom")
	err := s.Write(t.Context(), func(w review.Writer) error {
		h := head("b")
		if err := w.Create(t.Context(), &h); err != nil {
			return err
		}
		if err := w.Add(t.Context(), review.Record{Case: "a", Sort: review.SortProduct, Stamp: review.Stamp{Seq: 1, At: noon, By: "x"}, Body: json.RawMessage(`{}`)}); err != nil {
			return err
		}
		if err := w.AddPrecedent(t.Context(), precedent("a", 1, "f")); err != nil {
			return err
		}
		if f := file([]byte("x"), "x"); w.PutFile(t.Context(), &f) != nil {
			return errors.New("a file cannot be put")
		}
		if err := w.Keep(t.Context(), review.Receipt{Actor: "x", Key: "k", Case: "a", At: noon}); err != nil {
			return err
		}
		if _, err := w.Append(t.Context(), entry("x", 1)); err != nil {
			return err
		}
		if _, err := w.Head(t.Context(), "b"); err != nil {
			t.Error("a write does not see what it wrote:", err)
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("error %v", err)
	}
	read(t, s, func(r review.Reader) error {
		_, gone := r.Head(t.Context(), "b")
		wantKind(t, gone, review.NotFound)
		_, gone = r.File(t.Context(), file([]byte("x"), "x").SHA256)
		wantKind(t, gone, review.NotFound)
		all, err := r.Records(t.Context(), "a")
		if err != nil {
			return err
		}
		found, err := r.Precedents(t.Context(), review.PrecedentFilter{})
		if err != nil {
			return err
		}
		_, kept, err := r.Receipt(t.Context(), "x", "k")
		n := 0
		for _, err := range r.Audit(t.Context()) {
			if err != nil {
				return err
			}
			n++
		}
		if len(all)+len(found)+n > 0 || kept {
			t.Errorf("left behind: %d records, %d precedents, %d audit records, receipt %v", len(all), len(found), n, kept)
		}
		return err
	})
}

func snapshot(t *testing.T, s review.Store) {
	a := create(t, s, head("a"))
	read(t, s, func(r review.Reader) error {
		if _, err := r.Head(t.Context(), "a"); err != nil {
			return err
		}
		a.State = review.Submitted
		write(t, s, func(w review.Writer) error { return w.Update(t.Context(), &a) })
		create(t, s, head("b"))
		old, err := r.Head(t.Context(), "a")
		if old.State != review.Draft || old.Version != 1 {
			t.Errorf("a reader saw the state change under it: %s, version %d", old.State, old.Version)
		}
		if p, _ := r.Queue(t.Context(), review.Filter{}); len(p.Cases) != 1 {
			t.Errorf("a reader saw a case come: %d", len(p.Cases))
		}
		return err
	})
	if stored(t, s, "a").State != review.Submitted {
		t.Error("the next reader sees the old state")
	}
}

func versions(t *testing.T, s review.Store) {
	a := create(t, s, head("a"))
	stale := a
	write(t, s, func(w review.Writer) error { a.Title = "one"; return w.Update(t.Context(), &a) })
	wantKind(t, s.Write(t.Context(), func(w review.Writer) error { stale.Title = "two"; return w.Update(t.Context(), &stale) }), review.Conflict)
	if got := stored(t, s, "a"); got.Title != "one" || got.Version != 2 {
		t.Errorf("%q, version %d", got.Title, got.Version)
	}
	// Of many who read one version, one wins.
	var won, lost int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			h := a
			err := s.Write(t.Context(), func(w review.Writer) error { h = a; return w.Update(t.Context(), &h) })
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case review.KindOf(err) == review.Conflict:
				lost++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won != 1 || lost != 7 {
		t.Errorf("%d won, %d lost", won, lost)
	}
}

func receipts(t *testing.T, s review.Store) {
	create(t, s, head("a"))
	want := review.Receipt{Actor: "ann", Key: hard, Fingerprint: "f", Case: "a", At: noon}
	write(t, s, func(w review.Writer) error { return w.Keep(t.Context(), want) })
	read(t, s, func(r review.Reader) error {
		got, found, err := r.Receipt(t.Context(), "ann", hard)
		if !found || !reflect.DeepEqual(got, want) {
			t.Errorf("%v %+v", found, got)
		}
		if _, found, _ := r.Receipt(t.Context(), "bob", hard); found {
			t.Error("a key of one person answers another")
		}
		return err
	})
	wantKind(t, s.Write(t.Context(), func(w review.Writer) error { return w.Keep(t.Context(), want) }), review.Conflict)
}

func filters(t *testing.T, s review.Store) {
	yes, no := true, false
	for i, change := range []func(*review.Head){
		func(h *review.Head) {}, // 0: draft, us-ccl 3 at 0.12, eu-dual-use without an answer, de
		func(h *review.Head) {
			h.State, h.Assignee, h.Language = review.InReview, "bob", "en"
			h.Lists = []review.Line{{List: corpus.USCCL, Code: "5A002.a", Category: "5", Confidence: 0.9}, {List: corpus.EUDualUse, Code: "3A001", Category: "3", Confidence: 0.4}}
		},
		func(h *review.Head) {
			h.State, h.Assignee, h.Disagreement, h.CreatedAt = review.InReview, "cyd", true, noon.Add(time.Hour)
			h.Organisation = "Other"
		},
		func(h *review.Head) {
			h.State, h.Lists = review.NotListed, []review.Line{{List: corpus.USCCL, Code: "EAR99", Category: "EAR99", Confidence: 0.7, Attention: "a note came"}}
		},
	} {
		h := head(fmt.Sprint(i))
		change(&h)
		create(t, s, h)
	}
	for _, tt := range []struct {
		name string
		f    review.Filter
		want string
	}{
		{"all", review.Filter{}, "0 1 2 3"},
		{"state", review.Filter{States: []review.State{review.InReview}}, "1 2"},
		{"two states", review.Filter{States: []review.State{review.Draft, review.NotListed}}, "0 3"},
		{"list", review.Filter{List: corpus.EUDualUse}, "0 1 2"},
		{"category", review.Filter{Category: "3"}, "0 1 2"},
		{"list and category of one line", review.Filter{List: corpus.USCCL, Category: "3"}, "0 2"},
		{"least confidence", review.Filter{MinConfidence: 0.7}, "1 3"},
		{"greatest confidence on a list", review.Filter{List: corpus.USCCL, MaxConfidence: 0.5}, "0 2"},
		{"language", review.Filter{Language: "en"}, "1"},
		{"assignee", review.Filter{Assignee: "bob"}, "1"},
		{"nobody's", review.Filter{Assignee: "-"}, "0 3"},
		{"disagreement", review.Filter{Disagreement: &yes}, "2"},
		{"no disagreement", review.Filter{Disagreement: &no}, "0 1 3"},
		{"older", review.Filter{Before: noon.Add(time.Minute)}, "0 1 3"},
		{"created before is exact", review.Filter{Before: noon}, ""},
		{"younger", review.Filter{After: noon.Add(time.Minute)}, "2"},
		{"created after is exact", review.Filter{After: noon}, "0 1 2 3"},
		{"attention", review.Filter{Attention: true}, "3"},
		{"attention on a list", review.Filter{Attention: true, List: corpus.USCCL}, "3"},
		{"attention on another list", review.Filter{Attention: true, List: corpus.EUDualUse}, ""},
		{"organisation", review.Filter{Organisation: "Other"}, "2"},
		{"all at once", review.Filter{States: []review.State{review.InReview}, List: corpus.EUDualUse, Category: "3", MinConfidence: 0.3, Assignee: "bob", Disagreement: &no, Language: "en"}, "1"},
		{"text is no pattern", review.Filter{Language: "%"}, ""},
		{"text is no SQL", review.Filter{Assignee: "' OR 1=1 --"}, ""},
	} {
		read(t, s, func(r review.Reader) error {
			p, err := r.Queue(t.Context(), tt.f)
			var ids []string
			for _, h := range p.Cases {
				ids = append(ids, h.ID)
				if len(h.Lists) == 0 {
					t.Errorf("%s: case %s came without its lists", tt.name, h.ID)
				}
			}
			if got := strings.Join(ids, " "); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
			return err
		})
	}
}

func paging(t *testing.T, s review.Store) {
	for i := range 25 {
		create(t, s, head(fmt.Sprintf("c%02d", i)))
	}
	var ids []string
	f := review.Filter{Limit: 10}
	for pages := 1; ; pages++ {
		var p review.Page
		read(t, s, func(r review.Reader) (err error) { p, err = r.Queue(t.Context(), f); return err })
		for _, h := range p.Cases {
			ids = append(ids, h.ID)
		}
		if p.Next == 0 {
			if pages != 3 || len(p.Cases) != 6 {
				t.Errorf("%d pages, the last with %d cases", pages, len(p.Cases))
			}
			break
		}
		f.From = p.Next
		if pages == 1 { // while somebody pages, one case changes and one comes
			h := stored(t, s, "c00")
			write(t, s, func(w review.Writer) error { h.UpdatedAt = noon.Add(time.Hour); return w.Update(t.Context(), &h) })
			create(t, s, head("late"))
		}
	}
	if len(ids) != 26 || !slices.IsSorted(ids) || len(slices.Compact(ids)) != 26 {
		t.Errorf("paging gave %v", ids)
	}
	read(t, s, func(r review.Reader) error {
		exact, err := r.Queue(t.Context(), review.Filter{Limit: 26})
		if exact.Next != 0 || len(exact.Cases) != 26 {
			t.Errorf("a page that holds all names a next one: %d", exact.Next)
		}
		return err
	})
}

func census(t *testing.T, s review.Store) {
	count := func() (n map[review.State]int64) {
		read(t, s, func(r review.Reader) (err error) { n, err = r.Census(t.Context()); return err })
		return n
	}
	if n := count(); len(n) != 0 {
		t.Errorf("an empty store has %v", n)
	}
	for i, state := range []review.State{review.Draft, review.Submitted, review.Submitted} {
		h := head(fmt.Sprint("c", i))
		h.State = state
		create(t, s, h)
	}
	if n := count(); len(n) != 2 || n[review.Draft] != 1 || n[review.Submitted] != 2 {
		t.Errorf("%v", n)
	}
}

func precedent(id string, round int, fingerprint string) review.Precedent {
	return review.Precedent{ID: review.PrecedentID(id, round), Case: id, Round: round, Text: hard, Fingerprint: fingerprint,
		Codes: map[corpus.ListID][]string{corpus.USCCL: {"3A001.a", "5A002"}, corpus.EUDualUse: {}}, DecidedAt: noon.Add(time.Duration(round) * time.Hour), State: review.Draft}
}

func precedents(t *testing.T, s review.Store) {
	a := create(t, s, head("a"))
	create(t, s, head("b"))
	write(t, s, func(w review.Writer) error {
		return errors.Join(w.AddPrecedent(t.Context(), precedent("a", 1, "f")), w.AddPrecedent(t.Context(), precedent("b", 1, "g")))
	})
	wantKind(t, s.Write(t.Context(), func(w review.Writer) error { return w.AddPrecedent(t.Context(), precedent("a", 1, "h")) }), review.Conflict)
	check := func(name string, f review.PrecedentFilter, want ...review.Precedent) {
		t.Helper()
		read(t, s, func(r review.Reader) error {
			got, err := r.Precedents(t.Context(), f)
			if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
			}
			return err
		})
	}
	one, other := precedent("a", 1, "f"), precedent("b", 1, "g")
	check("all", review.PrecedentFilter{}, one, other)
	check("by fingerprint", review.PrecedentFilter{Fingerprint: "g"}, other)
	check("by case", review.PrecedentFilter{Case: "b"}, other)
	check("by list, not listed counts", review.PrecedentFilter{List: corpus.EUDualUse}, one, other)
	check("by another list", review.PrecedentFilter{List: corpus.USUSML})
	check("by code", review.PrecedentFilter{Code: "3A001.a"}, one, other)
	check("by a code above", review.PrecedentFilter{Code: "3A001"}, one, other)
	check("by the second code", review.PrecedentFilter{Code: "5A002", List: corpus.USCCL}, one, other)
	check("by a code on another list", review.PrecedentFilter{Code: "5A002", List: corpus.EUDualUse})
	check("by the start of a code", review.PrecedentFilter{Code: "3A00"})
	check("by a code that is a pattern", review.PrecedentFilter{Code: "3A001%"})
	check("not listed", review.PrecedentFilter{Code: "none", List: corpus.EUDualUse}, one, other)
	check("not listed on the list that it is on", review.PrecedentFilter{Code: "EAR99", List: corpus.USCCL})
	check("of an organisation", review.PrecedentFilter{Organisation: a.Organisation}, one, other)
	check("of another organisation", review.PrecedentFilter{Organisation: "Other"})
	check("limit", review.PrecedentFilter{Limit: 1}, one)
	check("behind the first", review.PrecedentFilter{From: "a/1"}, other)
	check("behind the last", review.PrecedentFilter{From: "b/1"})
	check("behind none", review.PrecedentFilter{From: "c/1"})
	a.Round = 2
	write(t, s, func(w review.Writer) error { return w.Update(t.Context(), &a) })
	one.Superseded, one.State = true, ""
	check("reopened", review.PrecedentFilter{Fingerprint: "f"}, one)
	check("current", review.PrecedentFilter{Current: true}, other)
	two := precedent("a", 2, "f")
	write(t, s, func(w review.Writer) error { return w.AddPrecedent(t.Context(), two) })
	one.SupersededBy = "a/2"
	check("decided anew", review.PrecedentFilter{Fingerprint: "f"}, two, one)
}

func entry(actor string, n int) review.AuditEntry {
	return review.AuditEntry{Time: noon.Add(time.Duration(n)), Actor: actor, RequestID: hard, Act: review.ActComment,
		Object: map[string]any{"n": n, "text": hard, "<html>": "&"}}
}

func verified(t *testing.T, s review.Store, known review.AuditHead) (report review.Report) {
	t.Helper()
	read(t, s, func(r review.Reader) (err error) {
		report, err = review.Verify(r.Audit(t.Context()), known)
		return err
	})
	return report
}

func chain(t *testing.T, s review.Store) {
	const writers, each = 8, 25
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for n := range each {
				if err := s.Write(t.Context(), func(w review.Writer) error {
					_, err := w.Append(t.Context(), entry(fmt.Sprint("writer ", i), n))
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	report := verified(t, s, review.AuditHead{})
	if !report.Whole() || report.Records != writers*each || report.Last != writers*each {
		t.Errorf("%+v", report)
	}
	count := map[string]int{}
	read(t, s, func(r review.Reader) error {
		for a, err := range r.Audit(t.Context()) {
			if err != nil {
				return err
			}
			count[a.Actor+string(a.Object)]++
			if a.RequestID != hard {
				t.Errorf("request id came back as %q", a.RequestID)
			}
		}
		return nil
	})
	if len(count) != writers*each {
		t.Errorf("%d different records", len(count))
	}
	if again := verified(t, s, review.AuditHead{Seq: report.Last, Hash: report.Head}); !again.Whole() {
		t.Errorf("%+v", again)
	}
}

func readersDoNotBlock(t *testing.T, s review.Store) {
	create(t, s, head("a"))
	done := make(chan error, 1)
	read(t, s, func(r review.Reader) error {
		go func() {
			h := head("b")
			done <- s.Write(context.Background(), func(w review.Writer) error { return w.Create(context.Background(), &h) })
		}()
		select {
		case err := <-done:
			return err
		case <-time.After(20 * time.Second):
			return errors.New("a writer waits for a reader")
		}
	})
}

func cancelled(t *testing.T, s review.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	h := head("a")
	err := s.Write(ctx, func(w review.Writer) error {
		if err := w.Create(ctx, &h); err != nil {
			return err
		}
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	create(t, s, head("a")) // and the store goes on
}
