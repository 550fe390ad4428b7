package sqlite

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"assay/internal/storetest"
	"assay/review"
)

var (
	ann  = review.Actor{ID: "ann", Role: review.Exporter, Organisation: "Acme"}
	root = review.Actor{ID: "root", Role: review.Admin}
)

func fresh(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) review.Store { return fresh(t, filepath.Join(t.TempDir(), "assay.db")) })
}

func TestOpenMakesTheFileForItsOwner(t *testing.T) {
	name := "a%20b;c#d.db"
	if runtime.GOOS != "windows" {
		name = "a%20b?c#d.db"
	}
	path := filepath.Join(t.TempDir(), "new dir", name)
	s := fresh(t, path)
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 || info.Size() == 0 {
		t.Errorf("%v, %v", info, err)
	}
	left, _ := os.ReadDir(filepath.Dir(path))
	for _, f := range left {
		if !strings.HasPrefix(f.Name(), name) {
			t.Errorf("the path was misread: %s", f.Name())
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		if err := s.writing.QueryRow(`PRAGMA ` + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q (%v), want %s", pragma, got, err, want)
		}
	}
	if _, err := s.reading.Exec(`DELETE FROM case_lists`); err == nil {
		t.Error("a reader can write")
	}
}

// TestFirstUseByMany opens one fresh file from many sides at once.
func TestFirstUseByMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "assay.db")
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			s, err := Open(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	all.Wait()
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	rubbish := filepath.Join(dir, "rubbish.db")
	if err := os.WriteFile(rubbish, []byte(strings.Repeat("no database at all. ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	s := fresh(t, newer)
	if _, err := s.writing.Exec(`PRAGMA user_version = 99`); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{rubbish: "damaged or no database", newer: "newer Assay", dir: dir, filepath.Join(rubbish, "x.db"): "--data"} {
		s, err := Open(t.Context(), path)
		if err == nil {
			s.Close()
			t.Errorf("%s was opened", path)
			continue
		}
		if review.KindOf(err) != review.Unavailable || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v (%s); want %q", path, err, review.KindOf(err), says)
		}
	}
}

func BenchmarkActs(b *testing.B) {
	storetest.Acts(b, func(b *testing.B) review.Store {
		s, err := Open(b.Context(), filepath.Join(b.TempDir(), "assay.db"))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { s.Close() })
		return s
	})
}

func TestManyProcessesOnOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "assay.db")
	storetest.Shared(t, func() review.Store { return fresh(t, path) })
}
