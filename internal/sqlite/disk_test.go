package sqlite

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/storetest"
	"assay/review"
)

// TestFullDisk limits the size of the file, which SQLite takes for a full disk.
func TestFullDisk(t *testing.T) {
	store := fresh(t, filepath.Join(t.TempDir(), "assay.db"))
	var pages int
	if err := store.writing.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		t.Helper()
		if _, err := store.writing.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 40)
	fillUp(t, store, func() { limit(1_000_000) })
}

// fillUp writes until there is no room: the error says so, nothing is
// half-written, reading goes on, and so does writing when there is room again.
func fillUp(t *testing.T, store *Store, makeRoom func()) {
	s, err := review.New(review.Config{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	put := func() error {
		_, err := s.Create(t.Context(), review.Request{Actor: ann}, review.NewCase{
			Product: classifier.Product{Name: "p", Description: storetest.Noise(20_000)}, Lists: []corpus.ListID{corpus.USCCL}})
		return err
	}
	verified := func(want int64) {
		t.Helper()
		report, err := s.VerifyAudit(t.Context(), root, review.AuditHead{})
		if err != nil || !report.Whole() || report.Records != want {
			t.Errorf("%v %+v after %d cases", err, report, want)
		}
	}
	n := int64(0)
	for err = put(); err == nil; err = put() {
		n++
	}
	if review.KindOf(err) != review.Unavailable || !strings.Contains(err.Error(), "the disk is full") || n == 0 {
		t.Errorf("after %d cases: %v", n, err)
	}
	if err := put(); review.KindOf(err) != review.Unavailable {
		t.Errorf("once more: %v", err)
	}
	verified(n)
	makeRoom()
	for range 10 {
		if err := put(); err != nil {
			t.Error("with room again:", err)
		}
	}
	verified(n + 10)
	t.Logf("full after %d cases", n)
}
