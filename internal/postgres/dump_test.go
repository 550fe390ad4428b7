//go:build unix

package postgres

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/postgres/postgrestest"
	"assay/internal/storetest"
	"assay/review"
)

// TestDumpAndRestore does what docs/backup.md says: pg_dump while writers
// write, pg_restore into another database. What was acknowledged before is
// there, the audit log verifies, and what is written once still is.
func TestDumpAndRestore(t *testing.T) {
	bin := postgrestest.Programs(t)
	server := postgrestest.Private(t, postgrestest.Dir(t), "")
	c := openCases(t, server.URL())
	s, err := review.New(review.Config{Store: c, Documents: storetest.Plain{}})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Filled(t, s)
	root := review.Actor{ID: "root", Role: review.Admin}
	before, err := s.VerifyAudit(t.Context(), root, review.AuditHead{})
	if err != nil {
		t.Fatal(err)
	}
	l := startLoad(t, c, "load")
	l.goesOn()
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(filepath.Join(bin, name), args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
	}
	acknowledged := l.journal.Done()
	file := filepath.Join(t.TempDir(), "assay.dump")
	run("pg_dump", "--format=custom", "--file="+file, server.URL())
	l.goesOn()
	l.end()
	run("createdb", "--maintenance-db="+server.URL(), "restored")
	other := strings.Replace(server.URL(), "/postgres?", "/restored?", 1)
	run("pg_restore", "--exit-on-error", "--dbname="+other, file)

	restored := openCases(t, other)
	service, err := review.New(review.Config{Store: restored})
	if err != nil {
		t.Fatal(err)
	}
	report, err := service.VerifyAudit(t.Context(), root, review.AuditHead{Seq: before.Last, Hash: before.Head})
	if err != nil || !report.Whole() || report.Records < before.Records+int64(len(acknowledged)) {
		t.Errorf("%v %+v", err, report)
	}
	for w, id := range acknowledged {
		if found, err := service.Get(t.Context(), root, id); err != nil || w.Comment && len(found.Messages) != 1 {
			t.Errorf("%+v of case %s: %v", w, id, err)
		}
	}
	for _, table := range storetest.WrittenOnce {
		if err := (behind{restored.store, t}).Exec(`DELETE FROM ` + table); err == nil || !strings.Contains(err.Error(), "written once") {
			t.Errorf("%s of the restored database: %v", table, err)
		}
	}
	if err := create(t.Context(), restored, "new"); err != nil { // numbers go on where they were
		t.Error(err)
	}
}
