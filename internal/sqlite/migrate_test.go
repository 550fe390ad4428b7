package sqlite

import (
	"path/filepath"
	"testing"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// TestAskedOfFilesBeforeIt brings a file of schema 1, in which a request waits
// for an answer, up to date.
func TestAskedOfFilesBeforeIt(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "assay.db"), t.Context()
	store := fresh(t, path)
	s, err := review.New(review.Config{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, requests := range []int{0, 2} {
		c, err := s.Create(ctx, review.Request{Actor: ann}, review.NewCase{Product: classifier.Product{Name: "x"}, Lists: []corpus.ListID{corpus.USCCL}})
		if err != nil {
			t.Fatal(err)
		}
		a := classifier.Assessment{Outcomes: []classifier.Outcome{{List: corpus.USCCL, Code: "EAR99", Edition: "digest"}}}
		if _, err := s.Assess(ctx, review.Request{Actor: ann}, c.ID, a); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Submit(ctx, review.Request{Actor: ann}, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Take(ctx, review.Request{Actor: root}, c.ID); err != nil {
			t.Fatal(err)
		}
		for range requests {
			if _, err := s.Ask(ctx, review.Request{Actor: root}, c.ID, "how fast?"); err != nil {
				t.Fatal(err)
			}
		}
		if requests > 0 {
			if _, err := s.Answer(ctx, review.Request{Actor: ann}, c.ID, 1, "fast"); err != nil {
				t.Fatal(err)
			}
			requests--
		}
		want[c.ID] = requests
	}
	for _, back := range []string{`DROP TABLE precedent_vectors`, `DROP TABLE account_failures`, `DROP TABLE account_links`, `DROP TABLE account_tokens`, `DROP TABLE account_sessions`, `DROP TABLE accounts`,
		`DROP TABLE deliveries`, `DROP TABLE webhooks`, `DROP TABLE files`, `DROP TABLE reexaminations`, `DROP TABLE upheld`, `DROP INDEX case_lists_by_attention`,
		`ALTER TABLE case_lists DROP COLUMN attention`, `DROP INDEX audit_by_case`, `DROP INDEX audit_by_actor`, `ALTER TABLE cases DROP COLUMN asked`, `PRAGMA user_version = 1`} {
		if _, err := store.writing.ExecContext(ctx, back); err != nil {
			t.Fatal(err)
		}
	}
	if s, err = review.New(review.Config{Store: fresh(t, path)}); err != nil {
		t.Fatal(err)
	}
	for id, n := range want {
		if c, err := s.Get(ctx, root, id); err != nil || c.Asked != n || len(c.Requests()) != n {
			t.Errorf("%v: %d requests wait, want %d", err, c.Asked, n)
		}
	}
}
