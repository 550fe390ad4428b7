package sqlite

import (
	"path/filepath"
	"testing"

	"assay/internal/storetest"
)

// TestSmallDisk fills a real disk, the file's write-ahead log included.
func TestSmallDisk(t *testing.T) {
	dir := storetest.SmallDisk(t, t.TempDir(), 2<<20)
	fillUp(t, fresh(t, filepath.Join(dir, "assay.db")), func() { storetest.Resize(t, dir, 16<<20) })
}
