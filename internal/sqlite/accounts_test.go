package sqlite

import (
	"path/filepath"
	"testing"

	"assay/internal/storetest"
)

func TestAccounts(t *testing.T) {
	storetest.RunAccounts(t, func(t *testing.T) storetest.AccountStore { return fresh(t, filepath.Join(t.TempDir(), "assay.db")) })
}
