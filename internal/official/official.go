// Package official finds the published control lists that some tests read
// whole. They are not part of the repository: they lie in ../shared/official
// beside it, or where ASSAY_OFFICIAL points.
package official

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of name (such as "us/ccl_supp1.xml") among the
// official texts, and skips the test when it is not there. With CI set, a
// missing text is a failure: there the texts are always present.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("ASSAY_OFFICIAL")
	if dir == "" {
		dir = filepath.Join(root(t), "..", "shared", "official")
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" && os.Getenv("ASSAY_OFFICIAL") == "" {
			if _, err := os.Stat(dir); err == nil {
				t.Fatalf("official text %s is missing from %s", name, dir)
			}
		}
		t.Skipf("left out: official text %s is not here; put it under ../shared/official or set ASSAY_OFFICIAL", name)
	}
	return path
}

// root returns the directory of go.mod above the test's working directory.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			return d
		}
		if d == filepath.Dir(d) {
			t.Fatalf("no go.mod above %s", dir)
		}
	}
}
