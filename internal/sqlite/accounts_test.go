package sqlite

import (
	"path/filepath"
	"testing"

	"assay/internal/storetest"
)

func TestAccounts(t *testing.T) {
	storetest.RunAccounts(t, func(t *testing.T) storetest.AccountStore { return fresh(t, filepath.Join(t.TempDir(), "assay.db")) })
}

func BenchmarkSession(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "assay.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	storetest.BenchmarkSession(b, s)
}
