package sqlite

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"assay/classifier/embedding"
	"assay/classifier/embedding/static"
	"assay/corpus/digest"
	"assay/internal/storetest/goods"
	"assay/review"
)

// BenchmarkNearest asks for the ten nearest of a hundred thousand precedents,
// as Alike does: with a floor, and with none, which leaves all of them to be
// sorted. The first search, which reads the vectors into memory, is measured apart.
func BenchmarkNearest(b *testing.B) {
	const rows = 100_000
	d, err := digest.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	e, err := static.New()
	if err != nil {
		b.Fatal(err)
	}
	maker, path := goods.NewMaker(d, 1), filepath.Join(b.TempDir(), "assay.db")
	vectors, err := goods.Vectors(b.Context(), maker, e, filepath.Join(b.TempDir(), "vectors"), rows+100, nil)
	if err != nil {
		b.Fatal(err)
	}
	store := benchStore(b, path)
	model := review.VectorModel{Name: e.Name(), Dim: e.Dimension()}
	if err := store.Write(b.Context(), func(w review.Writer) error { return fill(b, w, maker, vectors, model, rows) }); err != nil {
		b.Fatal(err)
	}
	query := func(s *Store, i int, least float64) {
		q := review.NearQuery{Model: model, Vector: vectors.At(rows+i%100, nil), Standing: true, Least: least, Limit: 10}
		if err := s.Read(b.Context(), func(r review.Reader) error {
			found, err := r.Nearest(b.Context(), q)
			if least < 0 && len(found) != 10 {
				return fmt.Errorf("%d found", len(found))
			}
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			fresh := benchStore(b, path)
			b.StartTimer()
			query(fresh, 0, 0.65)
		}
	})
	for name, least := range map[string]float64{"floor": 0.65, "none": -1} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				query(store, i, least)
			}
		})
	}
}

func benchStore(b *testing.B, path string) *Store {
	b.Helper()
	s, err := Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func fill(b *testing.B, w review.Writer, maker *goods.Maker, vectors embedding.Quantised, model review.VectorModel, rows int) error {
	for i := range rows {
		id := fmt.Sprintf("c%06d", i)
		h := review.Head{ID: id, State: review.Confirmed, Round: 1, Organisation: fmt.Sprint(i % 100), CreatedAt: time.Unix(0, 0), UpdatedAt: time.Unix(0, 0)}
		p, codes := maker.Product(i)
		if err := w.Create(b.Context(), &h); err != nil {
			return err
		}
		if err := w.AddPrecedent(b.Context(), review.Precedent{Case: id, Round: 1, Text: review.Text(p), Fingerprint: review.Fingerprint(p), Codes: codes, DecidedAt: time.Unix(0, 0)}); err != nil {
			return err
		}
		if err := w.AddVector(b.Context(), review.PrecedentVector{Case: id, Round: 1, Model: model, Vector: vectors.At(i, nil)}); err != nil {
			return err
		}
	}
	return nil
}
