package sqlite

import (
	"path/filepath"
	"testing"
	"time"

	"assay/review"
)

// TestVectorsOfAnotherProcess lets two stores over one file see what the other
// does to the vectors that each holds in memory.
func TestVectorsOfAnotherProcess(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "assay.db"), t.Context()
	one, other := fresh(t, path), fresh(t, path)
	m := review.VectorModel{Name: "m", Dim: 2}
	precedent := func(s *Store, id string) {
		t.Helper()
		if err := s.Write(ctx, func(w review.Writer) error {
			h := review.Head{ID: id, State: review.Confirmed, Round: 1, CreatedAt: time.Unix(0, 0), UpdatedAt: time.Unix(0, 0)}
			if err := w.Create(ctx, &h); err != nil {
				return err
			}
			return w.AddPrecedent(ctx, review.Precedent{ID: id + "/1", Case: id, Round: 1, DecidedAt: time.Unix(0, 0)})
		}); err != nil {
			t.Fatal(err)
		}
	}
	vector := func(s *Store, id string, v ...float32) {
		t.Helper()
		if err := s.Write(ctx, func(w review.Writer) error {
			return w.AddVector(ctx, review.PrecedentVector{Case: id, Round: 1, Model: m, Vector: v})
		}); err != nil {
			t.Fatal(err)
		}
	}
	sees := func(s *Store, want string) {
		t.Helper()
		got := ""
		if err := s.Read(ctx, func(r review.Reader) error {
			found, err := r.Nearest(ctx, review.NearQuery{Model: m, Vector: []float32{1, 0}, Least: -1, Limit: 10})
			for _, n := range found {
				got += n.Case
			}
			return err
		}); err != nil || got != want {
			t.Errorf("%v: %q is found; want %q", err, got, want)
		}
	}
	precedent(one, "a")
	vector(one, "a", 1, 0.1)
	sees(one, "a")
	sees(other, "a")
	precedent(other, "b")
	vector(other, "b", 1, 0)
	sees(one, "ba")
	if err := other.Write(ctx, func(w review.Writer) error { _, err := w.DropVectors(ctx, "m"); return err }); err != nil {
		t.Fatal(err)
	}
	sees(other, "")
	vector(other, "a", 1, 0.1)
	sees(other, "a")
	sees(one, "ba") // what was dropped elsewhere may still be found, but once
}
