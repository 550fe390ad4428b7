package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/classifier/embedding"
	"assay/corpus"
	"assay/corpus/shelf"
	"assay/internal/postgres/postgrestest"
	"assay/internal/storetest"
)

func open(t testing.TB, address string) *Store {
	t.Helper()
	s, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestContract(t *testing.T) {
	storetest.Editions(t, func(t *testing.T) func(*testing.T) storetest.EditionStore {
		address := postgrestest.URL(t)
		return func(t *testing.T) storetest.EditionStore { return open(t, address) }
	})
}

func TestReplacedEditionIsKept(t *testing.T) {
	s := open(t, postgrestest.URL(t))
	for _, word := range []string{"hot", "warm", "cold"} {
		if _, err := s.Replace(t.Context(), storetest.Edition(corpus.USCCL, "2026-06-24", word[:1], word)); err != nil {
			t.Fatal(err)
		}
	}
	count := func(want int) {
		t.Helper()
		var n int
		err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM passage p JOIN edition e ON e.id = p.edition_id WHERE p.ordinal = 1 AND p.text IN ('hot', 'warm', 'cold')`).Scan(&n)
		if err != nil || n != want {
			t.Errorf("%d texts are kept, want %d: %v", n, want, err)
		}
	}
	count(3)
	if err := s.Remove(t.Context(), "us-ccl@2026-06-24"); err != nil {
		t.Fatal(err)
	}
	count(0)
}

// TestAlteredPassages changes each column of one passage behind the store's back.
func TestAlteredPassages(t *testing.T) {
	s := open(t, postgrestest.URL(t))
	good := storetest.Edition(corpus.USCCL, "2026-06-24", "a", "hot")
	if _, err := s.Put(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`UPDATE passage SET text = text || '.' WHERE ordinal = 1`,
		`UPDATE passage SET label = 'b.' WHERE ordinal = 1`,
		`UPDATE passage SET kind = 'nb' WHERE ordinal = 2`,
		`UPDATE passage SET marks = NULL WHERE ordinal = 2`,
		`UPDATE passage SET applies_to = '{3A002}' WHERE ordinal = 2`,
		`UPDATE passage SET ordinal = -1 WHERE ordinal = 5`,
		`DELETE FROM passage WHERE ordinal = 596`,
	} {
		if tag, err := s.pool.Exec(t.Context(), sql); err != nil || tag.RowsAffected() == 0 {
			t.Fatalf("%s: %v, %v", sql, tag, err)
		}
		if _, err := s.Load(t.Context(), good.ID()); !errors.Is(err, shelf.ErrDamaged) || !strings.Contains(err.Error(), "import the list again") {
			t.Errorf("%s: %v", sql, err)
		}
		if changed, err := s.Put(t.Context(), good); err != nil || !changed {
			t.Fatalf("importing again does not mend it: %v, %v", changed, err)
		}
		if _, err := s.Load(t.Context(), good.ID()); err != nil {
			t.Errorf("after importing again: %v", err)
		}
	}
}

func TestMissingVectors(t *testing.T) {
	s := open(t, postgrestest.URL(t))
	if _, err := s.Put(t.Context(), storetest.Edition(corpus.USCCL, "2026-06-24", "a", "hot")); err != nil {
		t.Fatal(err)
	}
	key := shelf.VectorKey{Edition: "us-ccl@2026-06-24", Content: "c", Model: "m", Dim: 2}
	v, _ := embedding.Quantise([][]float32{{1, 0}, {0, 1}})
	if err := s.SaveVectors(t.Context(), key, v); err != nil {
		t.Fatal(err)
	}
	if _, err := s.pool.Exec(t.Context(), `DELETE FROM passage_vector WHERE unit = 0`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.LoadVectors(t.Context(), key); !errors.Is(err, shelf.ErrDamaged) {
		t.Errorf("a vector less: %v", err)
	}
	other := key
	other.Edition = "us-ccl@2020-01-01"
	if err := s.SaveVectors(t.Context(), other, v); !errors.Is(err, shelf.ErrNotFound) {
		t.Errorf("vectors of an edition that is not there: %v", err)
	}
	wide := key
	wide.Dim = maxDim + 1
	if err := s.SaveVectors(t.Context(), wide, embedding.Quantised{Dim: wide.Dim}); err == nil || !strings.Contains(err.Error(), "another model") {
		t.Errorf("more components than pgvector takes: %v", err)
	}
}

func TestManyOpenAtOnce(t *testing.T) {
	address := postgrestest.URL(t)
	start := time.Now()
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			s, err := Open(t.Context(), address)
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	wg.Wait()
	t.Logf("six processes, one empty database: %v", time.Since(start))
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct{ address, want string }{
		"nothing there":    {"postgres://u:secret@127.0.0.1:1/x", "check that the server runs"},
		"no address":       {"postgres://u:secret@127.0.0.1:port/x", "write it like"},
		"another language": {"mysql://u:secret@127.0.0.1/x", ""},
	} {
		_, err := Open(t.Context(), tc.address)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows the password: %v", name, err)
		}
	}
	address := postgrestest.URL(t)
	s := open(t, address)
	if _, err := s.pool.Exec(t.Context(), `INSERT INTO assay_migration (version_id, is_applied) VALUES (99999, true)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), address); err == nil || !strings.Contains(err.Error(), "use a newer assay") {
		t.Errorf("tables of a newer program: %v", err)
	}
}

// TestWriterThatWaitsTooLong holds the turn of an edition while another writes.
func TestWriterThatWaitsTooLong(t *testing.T) {
	s := open(t, postgrestest.URL(t))
	tx, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := takeTurn(t.Context(), tx, "us-ccl@2026-06-24"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // enough to reach the lock on a busy machine
	defer cancel()
	if _, err := s.Put(ctx, storetest.Edition(corpus.USCCL, "2026-06-24", "a", "hot")); !errors.Is(err, shelf.ErrBusy) {
		t.Errorf("%v", err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), storetest.Edition(corpus.USCCL, "2026-06-24", "a", "hot")); err != nil {
		t.Error(err)
	}
}
