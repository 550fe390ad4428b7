package editions

import (
	"os"
	"testing"

	"assay/classifier/embedding"
	"assay/corpus"
	"assay/corpus/annexi"
	"assay/corpus/ecfr"
	"assay/corpus/layout"
	"assay/corpus/shelf"
	"assay/internal/official"
)

// TestOfficialEditions stores every official text and gets it back as it was.
func TestOfficialEditions(t *testing.T) {
	s := open(t, t.TempDir())
	for _, tc := range []struct {
		name, date string
		read       func(corpus.Source) (*corpus.Edition, error)
	}{
		{"us/ccl_supp1.xml", "2026-06-24", ecfr.ReadCCL},
		{"us/title-22_part-121.xml", "2026-07-23", ecfr.ReadUSML},
		{"eu/annex-i-2025-11-15.json", "", annexi.ReadConsolidated},
		{"eu/annex-i-2021.layout.txt", "2021-05-20", layout.ReadAnnexI},
		{"eu/common-military-list-2020.layout.txt", "2020-02-17", layout.ReadCommonMilitary},
	} {
		data, err := os.ReadFile(official.Path(t, tc.name))
		if err != nil {
			t.Fatal(err)
		}
		e, err := tc.read(corpus.Source{Name: tc.name, Date: tc.date, Data: data})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		put(t, s, e)
		back, err := s.Load(t.Context(), e.ID())
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if shelf.ContentHash(back) != shelf.ContentHash(e) || back.Meta != e.Meta {
			t.Errorf("%s does not come back as it was: %+v", tc.name, back.Meta)
		}
		if changed, err := s.Put(t.Context(), e); changed || err != nil {
			t.Errorf("%s again: changed %v, %v", tc.name, changed, err)
		}
	}
	if m, err := s.Latest(t.Context(), corpus.EUDualUse); err != nil || m.Date != "2025-11-15" {
		t.Errorf("the newest of two EU editions: %+v, %v", m, err)
	}
}

func BenchmarkStore(b *testing.B) {
	data, err := os.ReadFile(official.Path(b, "us/ccl_supp1.xml"))
	if err != nil {
		b.Fatal(err)
	}
	e, err := ecfr.ReadCCL(corpus.Source{Name: "ccl", Date: "2026-06-24", Data: data})
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Put", func(b *testing.B) {
		for b.Loop() {
			os.Remove(s.path(e.ID()))
			if _, err := s.Put(b.Context(), e); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Load", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Load(b.Context(), e.ID()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("List", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.List(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	q, err := embedding.Quantise(random(12_000, 384))
	if err != nil {
		b.Fatal(err)
	}
	key := shelf.VectorKey{Edition: e.ID(), Content: shelf.ContentHash(e), Model: "m", Dim: 384}
	b.Run("SaveVectors12000x384", func(b *testing.B) {
		for b.Loop() {
			if err := s.SaveVectors(b.Context(), key, q); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("LoadVectors12000x384", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.LoadVectors(b.Context(), key); err != nil {
				b.Fatal(err)
			}
		}
	})
	info, _ := os.Stat(s.path(e.ID()))
	b.Logf("the CCL takes %d bytes packed", info.Size())
}
