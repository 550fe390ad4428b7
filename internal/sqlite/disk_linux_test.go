package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/storetest"
	"assay/review"
)

// TestSmallDisk fills a real disk, the file's write-ahead log included.
func TestSmallDisk(t *testing.T) {
	dir := storetest.SmallDisk(t, t.TempDir(), 2<<20)
	fillUp(t, fresh(t, filepath.Join(dir, "assay.db")), func() { storetest.Resize(t, dir, 16<<20) })
}

// TestBackupWithoutRoom has no room for a copy: nothing is left of it.
func TestBackupWithoutRoom(t *testing.T) {
	store := fresh(t, filepath.Join(t.TempDir(), "assay.db"))
	dir := storetest.SmallDisk(t, t.TempDir(), 128<<10)
	if err := store.Backup(t.Context(), filepath.Join(dir, "backup.db"), nil); review.KindOf(err) != review.Unavailable || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("%v", err)
	}
	alone(t, dir)
}
