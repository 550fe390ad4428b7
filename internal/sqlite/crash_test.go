//go:build unix

package sqlite

import (
	"context"
	"path/filepath"
	"testing"

	"assay/internal/storetest"
	"assay/review"
)

func TestMain(m *testing.M) {
	storetest.Main(m, func(ctx context.Context, path string) (review.Store, error) { return Open(ctx, path) })
}

// TestKilledWriter kills writing processes at random moments.
func TestKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "assay.db")
	journal := storetest.Kill(t, path)
	store := fresh(t, path)
	journal.Check(t, store, storetest.Direct)
	var check string
	if err := store.writing.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
		t.Errorf("integrity check: %v %s", err, check)
	}
}

// TestKilledReexamination kills importers between and within cases.
func TestKilledReexamination(t *testing.T) {
	path := filepath.Join(t.TempDir(), "assay.db")
	storetest.KillImporters(t, fresh(t, path), path)
}
