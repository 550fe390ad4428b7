package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

var flat = review.VectorModel{Name: "flat " + hard, Dim: 64}

// towards returns a vector of m's dimension whose cosine to towards(m, 1) is c.
func towards(m review.VectorModel, c float64) []float32 {
	v := make([]float32, m.Dim)
	v[0], v[1] = float32(c), float32(math.Sqrt(1-c*c))
	return v
}

// shelve stores precedent round 1 of a new case id that answers for lists,
// with a vector by flat of the given cosine.
func shelve(t *testing.T, s review.Store, id, organisation string, cosine float64, lists ...corpus.ListID) review.Precedent {
	t.Helper()
	h := head(id)
	h.Organisation, h.State = organisation, review.Confirmed
	create(t, s, h)
	p := precedent(id, 1, id)
	p.State, p.Codes = review.Confirmed, map[corpus.ListID][]string{}
	for _, l := range lists {
		p.Codes[l] = []string{"3A001.a"}
	}
	write(t, s, func(w review.Writer) error {
		return errors.Join(w.AddPrecedent(t.Context(), p), w.AddVector(t.Context(), review.PrecedentVector{Case: id, Round: 1, Model: flat, Vector: towards(flat, cosine)}))
	})
	return p
}

func near(t *testing.T, s review.Store, q review.NearQuery) (found []review.Near) {
	t.Helper()
	if q.Vector == nil {
		q.Model, q.Vector = flat, towards(flat, 1)
	}
	read(t, s, func(r review.Reader) (err error) { found, err = r.Nearest(t.Context(), q); return err })
	return found
}

func idsOf(found []review.Near) string {
	var ids []string
	for _, n := range found {
		ids = append(ids, n.ID)
	}
	return strings.Join(ids, " ")
}

func nearest(t *testing.T, s review.Store) {
	if got := near(t, s, review.NearQuery{Limit: 10}); len(got) != 0 {
		t.Errorf("an empty store found %v", got)
	}
	a := shelve(t, s, "a", "Acme", 0.99, corpus.USCCL)
	shelve(t, s, "b", "Acme", 0.9, corpus.EUDualUse)
	shelve(t, s, "c", "Other", 0.95, corpus.USCCL, corpus.EUDualUse)
	shelve(t, s, "d", "Other", 0.3, corpus.USCCL)
	shelve(t, s, "far", "Acme", -0.8, corpus.USCCL)
	for _, tt := range []struct {
		name string
		q    review.NearQuery
		want string
	}{
		{"all", review.NearQuery{Limit: 10, Least: -1}, "a/1 c/1 b/1 d/1 far/1"},
		{"limit", review.NearQuery{Limit: 2}, "a/1 c/1"},
		{"a floor", review.NearQuery{Limit: 10, Least: 0.92}, "a/1 c/1"},
		{"a list", review.NearQuery{Limit: 10, Lists: []corpus.ListID{corpus.EUDualUse}}, "c/1 b/1"},
		{"either list", review.NearQuery{Limit: 2, Lists: []corpus.ListID{corpus.USUSML, corpus.EUDualUse}}, "c/1 b/1"},
		{"a list of nobody's", review.NearQuery{Limit: 10, Lists: []corpus.ListID{corpus.USUSML}}, ""},
		{"an organisation", review.NearQuery{Limit: 10, Organisation: "Other"}, "c/1 d/1"},
		{"without a case", review.NearQuery{Limit: 2, Without: "a"}, "c/1 b/1"},
		{"all at once", review.NearQuery{Limit: 1, Without: "d", Organisation: "Other", Standing: true, Least: 0.2, Lists: []corpus.ListID{corpus.USCCL}}, "c/1"},
	} {
		if got := idsOf(near(t, s, tt.q)); got != tt.want {
			t.Errorf("%s: %s; want %s", tt.name, got, tt.want)
		}
	}
	first := near(t, s, review.NearQuery{Limit: 1})[0]
	if first.Text != a.Text || first.State != review.Confirmed || !slices.Equal(first.Codes[corpus.USCCL], []string{"3A001.a"}) || math.Abs(first.Similarity-0.99) > 0.005 {
		t.Errorf("the nearest is %+v", first)
	}
	h := stored(t, s, "a")
	h.Round, h.State = 2, review.Reopened
	write(t, s, func(w review.Writer) error { return w.Update(t.Context(), &h) })
	if got := idsOf(near(t, s, review.NearQuery{Limit: 2, Standing: true})); got != "c/1 b/1" {
		t.Errorf("standing ones: %s", got)
	}
	if got := near(t, s, review.NearQuery{Limit: 1}); !got[0].Superseded || got[0].State != "" {
		t.Errorf("a superseded one is not marked: %+v", got)
	}
	err := s.Read(t.Context(), func(r review.Reader) error {
		_, err := r.Nearest(t.Context(), review.NearQuery{Model: flat, Vector: []float32{1}, Limit: 1})
		return err
	})
	if err == nil {
		t.Error("a vector of another dimension was compared")
	}
}

func missingVectors(t *testing.T, s review.Store) {
	shelve(t, s, "b", "Acme", 1, corpus.USCCL)
	for _, id := range []string{"a", "c", "d"} {
		create(t, s, head(id))
		write(t, s, func(w review.Writer) error { return w.AddPrecedent(t.Context(), precedent(id, 1, id)) })
	}
	pages := ""
	var last review.Precedent
	for {
		var some []review.Precedent
		read(t, s, func(r review.Reader) (err error) { some, err = r.WithoutVector(t.Context(), flat, last, 2); return err })
		if len(some) == 0 {
			break
		}
		for _, p := range some {
			pages += p.ID + " "
		}
		pages, last = pages+"| ", some[len(some)-1]
	}
	if pages != "a/1 c/1 | d/1 | " {
		t.Errorf("without a vector: %s", pages)
	}
	sets := func(want string) {
		t.Helper()
		read(t, s, func(r review.Reader) error {
			n, sets, err := r.VectorSets(t.Context())
			got := fmt.Sprint(n)
			for _, v := range sets {
				got += fmt.Sprintf(" %s %d %d", v.Name, v.Dim, v.Count)
			}
			if got != want {
				t.Errorf("sets: %s; want %s", got, want)
			}
			return err
		})
	}
	sets("4 " + flat.Name + " 64 1")
	add := func(id string, v []float32) error {
		return s.Write(t.Context(), func(w review.Writer) error {
			return w.AddVector(t.Context(), review.PrecedentVector{Case: id, Round: 1, Model: flat, Vector: v})
		})
	}
	if err := add("b", towards(flat, -1)); err != nil {
		t.Errorf("a second vector: %v", err)
	}
	if got := near(t, s, review.NearQuery{Limit: 1, Least: -1}); got[0].Similarity < 0.99 {
		t.Errorf("a second vector took the place of the first: %v", got[0].Similarity)
	}
	wantKind(t, add("nobody", towards(flat, 1)), review.Conflict)
	if err := add("a", []float32{1}); err == nil {
		t.Error("a vector of another dimension was stored")
	}
	if err := add("a", make([]float32, flat.Dim)); err != nil {
		t.Errorf("a vector without a direction: %v", err)
	}
	sets("4 " + flat.Name + " 64 2")
}

func twoModels(t *testing.T, s review.Store) {
	other, wide := review.VectorModel{Name: "other", Dim: 64}, review.VectorModel{Name: flat.Name, Dim: 96}
	shelve(t, s, "a", "Acme", 0.9, corpus.USCCL)
	shelve(t, s, "b", "Acme", 0.8, corpus.USCCL)
	write(t, s, func(w review.Writer) error {
		return errors.Join(w.AddVector(t.Context(), review.PrecedentVector{Case: "b", Round: 1, Model: other, Vector: towards(other, 0.95)}),
			w.AddVector(t.Context(), review.PrecedentVector{Case: "a", Round: 1, Model: wide, Vector: towards(wide, 0.1)}))
	})
	ask := func(m review.VectorModel) string {
		t.Helper()
		return idsOf(near(t, s, review.NearQuery{Model: m, Vector: towards(m, 1), Limit: 9}))
	}
	if a, b, c := ask(flat), ask(other), ask(wide); a != "a/1 b/1" || b != "b/1" || c != "a/1" {
		t.Errorf("flat %q, other %q, wide %q", a, b, c)
	}
	drop := func(name string, want int) {
		t.Helper()
		write(t, s, func(w review.Writer) error {
			n, err := w.DropVectors(t.Context(), name)
			if n != want {
				t.Errorf("dropped %d vectors by %s; want %d", n, name, want)
			}
			return err
		})
	}
	drop(flat.Name, 3)
	drop("nobody's", 0)
	if a, b := ask(flat), ask(other); a != "" || b != "b/1" {
		t.Errorf("after dropping: flat %q, other %q", a, b)
	}
	write(t, s, func(w review.Writer) error {
		return w.AddVector(t.Context(), review.PrecedentVector{Case: "a", Round: 1, Model: flat, Vector: towards(flat, 0.5)})
	})
	if a := ask(flat); a != "a/1" {
		t.Errorf("made again: %q", a)
	}
}

func vectorsWithinAWrite(t *testing.T, s review.Store) {
	shelve(t, s, "a", "Acme", 0.5, corpus.USCCL)
	near(t, s, review.NearQuery{Limit: 1}) // what is held in memory is held now
	create(t, s, head("b"))
	sees := func(r review.Reader, want string) error {
		t.Helper()
		found, err := r.Nearest(t.Context(), review.NearQuery{Model: flat, Vector: towards(flat, 1), Limit: 9})
		if got := idsOf(found); got != want {
			t.Errorf("%s; want %s", got, want)
		}
		return err
	}
	put := func(w review.Writer, cosine float64) error {
		return errors.Join(w.AddPrecedent(t.Context(), precedent("b", 1, "b")),
			w.AddVector(t.Context(), review.PrecedentVector{Case: "b", Round: 1, Model: flat, Vector: towards(flat, cosine)}))
	}
	undone := errors.New("undone")
	err := s.Write(t.Context(), func(w review.Writer) error {
		return errors.Join(put(w, 0.99), sees(w, "b/1 a/1"), undone)
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	read(t, s, func(r review.Reader) error { return sees(r, "a/1") })
	// What comes after an undone write may take its numbers.
	write(t, s, func(w review.Writer) error { return put(w, 0.2) })
	read(t, s, func(r review.Reader) error { return sees(r, "a/1 b/1") })
}

// letters makes vectors of how often each letter stands in a text.
type letters struct{}

func (letters) Name() string   { return "letters" }
func (letters) Dimension() int { return 64 }
func (letters) Embed(_ context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		vectors[i] = make([]float32, 64)
		for _, r := range strings.ToLower(text) {
			if r >= 'a' && r <= 'z' {
				vectors[i][r-'a']++
			}
		}
	}
	return vectors, nil
}

// alike decides two cases and examines a third: what was decided is found by
// meaning, and a decision against it says so.
func alike(t *testing.T, store review.Store) {
	s, err := review.New(review.Config{Store: store, Embedder: letters{}, Floors: review.Floors{Like: 0.8, Contradict: 0.9}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	decided := func(name, code string) review.Case {
		id := submitted(t, s, name)
		if _, err := s.Take(ctx, review.Request{Actor: bob}, id); err != nil {
			t.Fatal(err)
		}
		c, err := s.Decide(ctx, review.Request{Actor: bob}, id, ruling(code))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	one, two := decided("Converter of 14 bit", "3A001.a"), decided("Converter of 12 bit", "3A001.a")
	likes, err := s.Alike(ctx, bob, classifier.Product{Name: "Converter, 10 bit", Description: hard}, review.AlikeOptions{})
	if err != nil || len(likes.Precedents) != 2 || len(likes.Lists) != 1 || likes.Lists[0].Summary != "2 × 3A001.a" || likes.Precedents[0].Similarity < 0.9 {
		t.Fatalf("%v %+v", err, likes)
	}
	three := decided("A converter, 8 bit", "3A991.a").Decisions[0]
	var ids []string
	for _, x := range three.ContradictsLike {
		ids = append(ids, x.ID)
	}
	slices.Sort(ids)
	want := []string{one.ID + "/1", two.ID + "/1"}
	slices.Sort(want)
	if three.LikenessModel != "letters" || !slices.Equal(ids, want) {
		t.Errorf("contradicts %v by %q; want %v", three.ContradictsLike, three.LikenessModel, want)
	}
	report, err := s.VerifyAudit(ctx, root, review.AuditHead{})
	if err != nil || !report.Whole() {
		t.Errorf("%v %+v", err, report)
	}
}
