package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/storetest"
	"assay/review"
)

// verified returns a check that verifies a copy and notes its audit head.
func verified(t *testing.T, head *review.AuditHead) func(*Store) error {
	return func(s *Store) error {
		t.Helper()
		service, err := review.New(review.Config{Store: s})
		if err != nil {
			return err
		}
		report, err := service.VerifyAudit(t.Context(), root, review.AuditHead{})
		if err == nil && !report.Whole() {
			t.Errorf("the copy is not whole: %+v", report.Findings)
		}
		*head = review.AuditHead{Seq: report.Last, Hash: report.Head}
		return err
	}
}

// alone fails the test unless the directory holds these files only.
func alone(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, e := range entries {
		there = append(there, e.Name())
	}
	if strings.Join(there, " ") != strings.Join(names, " ") {
		t.Errorf("%s holds %v, want %v", dir, there, names)
	}
}

// TestBackupUnderLoad makes backups while four write. Each holds what was
// acknowledged before, is whole, and is restored to the very same head.
func TestBackupUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: four backups, each verified, take too long under the race detector")
	}
	store := fresh(t, filepath.Join(t.TempDir(), "assay.db"))
	s, err := review.New(review.Config{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	journals := make([]*storetest.Journal, 4) // one for each backup, which is made when the one before is whole
	for i := range journals {
		journals[i] = &storetest.Journal{}
	}
	var mu sync.Mutex
	at := 0
	for i := range 4 {
		all.Go(func() {
			storetest.Put(ctx, storetest.Direct(s), string(rune('a'+i)), func(w storetest.Write, id string, err error) {
				if err != nil {
					t.Error(err)
				}
				time.Sleep(10 * time.Millisecond) // so that what is copied and verified stays small
				mu.Lock()
				defer mu.Unlock()
				for _, j := range journals[at:] {
					j.Note(w, id)
				}
			})
		})
	}
	for n, j := range journals {
		for j.Len() < 20*(n+1) {
			time.Sleep(time.Millisecond)
		}
		mu.Lock()
		at = n + 1 // from now on it need not be in this backup
		mu.Unlock()
		dir := t.TempDir()
		path := filepath.Join(dir, "backup.db")
		var head, again review.AuditHead
		if err := store.Backup(t.Context(), path, verified(t, &head)); err != nil {
			t.Fatal(err)
		}
		alone(t, dir, "backup.db")
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%v: others may read the backup: %v", err, info.Mode())
		}
		to := filepath.Join(t.TempDir(), "data", "assay.db")
		if err := Restore(t.Context(), path, to, "", verified(t, &again)); err != nil {
			t.Fatal(err)
		}
		alone(t, filepath.Dir(to), "assay.db")
		if head != again || head.Seq == 0 {
			t.Errorf("backup %d has head %v, restored it has %v", n, head, again)
		}
		j.Check(t, fresh(t, to), storetest.Direct)
	}
}

func TestBackupIsWholeOrNothing(t *testing.T) {
	store := fresh(t, filepath.Join(t.TempDir(), "assay.db"))
	s, err := review.New(review.Config{Store: store, Documents: storetest.Plain{}})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Filled(t, s)
	dir := t.TempDir()
	path := filepath.Join(dir, "backup.db")
	no := errors.New("no")
	if err := store.Backup(t.Context(), path, func(*Store) error { return no }); !errors.Is(err, no) {
		t.Errorf("a copy that was not liked: %v", err)
	}
	alone(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Backup(ctx, path, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	alone(t, dir)
	if err := store.Backup(t.Context(), filepath.Join(dir, "no such directory", "x"), nil); review.KindOf(err) != review.Unavailable {
		t.Errorf("nowhere to write: %v", err)
	}
	if err := store.Backup(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	if err := store.Backup(t.Context(), path, nil); review.KindOf(err) != review.Conflict {
		t.Errorf("over another: %v", err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("a backup was overwritten")
	}
	alone(t, dir, "backup.db")
}

func TestRestoreRefuses(t *testing.T) {
	dir := t.TempDir()
	filled := func(name string) (string, *Store) {
		store := fresh(t, filepath.Join(dir, name, "assay.db"))
		s, err := review.New(review.Config{Store: store, Documents: storetest.Plain{}})
		if err != nil {
			t.Fatal(err)
		}
		storetest.Filled(t, s)
		backup := filepath.Join(dir, name+".db")
		if err := store.Backup(t.Context(), backup, nil); err != nil {
			t.Fatal(err)
		}
		return backup, store
	}
	backup, used := filled("one")
	to := filepath.Join(dir, "to", "assay.db")
	refused := func(name string, kind review.Kind, says string, err error) {
		t.Helper()
		if review.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v (%s)", name, err, review.KindOf(err))
		}
	}
	other := filepath.Join(dir, "other.db")
	db := fresh(t, filepath.Join(dir, "plain.db"))
	for _, table := range []string{"cases", "audit"} { // another program's database
		if _, err := db.writing.Exec(`PRAGMA foreign_keys = 0`); err != nil {
			t.Fatal(err)
		}
		if _, err := db.writing.Exec(`ALTER TABLE ` + table + ` RENAME TO x_` + table); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Backup(t.Context(), other, nil); err != nil {
		t.Fatal(err)
	}
	refused("another program's", review.Invalid, "not one of cases", Restore(t.Context(), other, to, "", nil))
	rubbish := filepath.Join(dir, "rubbish.db")
	if err := os.WriteFile(rubbish, []byte(strings.Repeat("rubbish ", 4000)), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("rubbish", review.Unavailable, "damaged or no database", Restore(t.Context(), rubbish, to, "", nil))
	whole, _ := os.ReadFile(backup)
	half := filepath.Join(dir, "half.db")
	if err := os.WriteFile(half, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	refused("half of one", review.Unavailable, "damaged", Restore(t.Context(), half, to, "", nil))
	refused("none", review.Unavailable, "no such file", Restore(t.Context(), filepath.Join(dir, "none"), to, "", nil))
	refused("a database in use", review.Conflict, "assay backup", Restore(t.Context(), used.path, to, "", nil))
	no := errors.New("no")
	if err := Restore(t.Context(), backup, to, "", func(*Store) error { return no }); !errors.Is(err, no) {
		t.Errorf("a copy that was not liked: %v", err)
	}
	alone(t, filepath.Dir(to))

	refused("over one that is open", review.Unavailable, "in use", Restore(t.Context(), backup, used.path, used.path+".aside", nil))
	if err := used.Close(); err != nil {
		t.Fatal(err)
	}
	used = fresh(t, used.path) // it goes on as if nothing had been
	if err := used.Close(); err != nil {
		t.Fatal(err)
	}
	refused("over one with acts", review.Conflict, "--replace", Restore(t.Context(), backup, used.path, "", nil))
	later, _ := filled("later")
	var first, second review.AuditHead
	if err := Restore(t.Context(), later, used.path, used.path+".aside", verified(t, &first)); err != nil {
		t.Fatal(err)
	}
	alone(t, filepath.Dir(used.path), "assay.db", "assay.db.aside")
	for path, head := range map[string]*review.AuditHead{used.path: &first, used.path + ".aside": &second} {
		s := fresh(t, path)
		if err := verified(t, head)(s); err != nil {
			t.Error(err)
		}
	}
	if first == second {
		t.Error("the database that was replaced is the one that took its place")
	}
	// A damaged file makes room, too, with what is left of its log.
	broken := filepath.Join(dir, "broken", "assay.db")
	if err := os.Mkdir(filepath.Dir(broken), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{broken, broken + "-wal"} {
		if err := os.WriteFile(name, []byte(strings.Repeat("rubbish ", 4000)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refused("over a damaged one", review.Conflict, "--replace", Restore(t.Context(), backup, broken, "", nil))
	if err := Restore(t.Context(), backup, broken, broken+".aside", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(broken + "-wal"); err == nil {
		t.Error("the log of the damaged one is left beside the new one")
	}
	if err := verified(t, &first)(fresh(t, broken)); err != nil {
		t.Error(err)
	}
	stale := filepath.Join(dir, "stale", "assay.db")
	if err := os.Mkdir(filepath.Dir(stale), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stale+"-wal", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("beside a log of one that is gone", review.Conflict, "move it away", Restore(t.Context(), backup, stale, "", nil))
}
