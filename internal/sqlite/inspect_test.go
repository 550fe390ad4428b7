package sqlite

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"assay/review"
)

func condition(t *testing.T, s *Store, name string) review.Condition {
	t.Helper()
	all := s.Inspect(t.Context())
	i := slices.IndexFunc(all, func(c review.Condition) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("nothing is said of %s: %+v", name, all)
	}
	return all[i]
}

func TestInspect(t *testing.T) {
	s := fresh(t, filepath.Join(t.TempDir(), "assay.db"))
	for _, name := range []string{"cases", "schema", "writing"} {
		if c := condition(t, s, name); !c.OK || !c.Vital || c.Detail == "" || c.Remedy != "" {
			t.Errorf("%+v", c)
		}
	}
	if c := condition(t, s, "disk"); runtime.GOOS == "linux" && !strings.Contains(c.Detail, "MB are free") {
		t.Errorf("%+v", c)
	}
	if _, err := s.writing.Exec(`PRAGMA user_version = 99`); err != nil {
		t.Fatal(err)
	}
	if c := condition(t, s, "schema"); c.OK || !strings.Contains(c.Detail, "schema 99") || !strings.Contains(c.Remedy, "newest version") {
		t.Errorf("%+v", c)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if c := condition(t, s, "cases"); c.OK || !c.Vital || c.Detail == "" {
		t.Errorf("a closed file: %+v", c)
	}
}

func TestInspectDisk(t *testing.T) {
	if c := inspectDisk(filepath.Join(t.TempDir(), "nothing")); !c.OK || !strings.Contains(c.Detail, "not known") {
		t.Errorf("a directory that is not there: %+v", c)
	}
}
