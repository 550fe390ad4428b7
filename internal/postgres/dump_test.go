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

	"github.com/jackc/pgx/v5"
)

// TestDumpAndRestore does what docs/backup.md says: pg_dump while writers
// write, pg_restore into another database. What was acknowledged before is
// there, the audit log verifies, and what is written once still is.
func TestDumpAndRestore(t *testing.T) {
	bin := postgrestest.Programs(t)
	server := postgrestest.Private(t, postgrestest.Dir(t), "")
	// As on a server that somebody else looks after: a role that may do little
	// owns the databases, and a superuser has made the extension in them.
	admin := open(t, server.URL())
	database := func(name string) string {
		t.Helper()
		if _, err := admin.pool.Exec(t.Context(), `CREATE DATABASE `+name+` OWNER assay`); err != nil {
			t.Fatal(err)
		}
		address := strings.Replace(server.URL(), "/postgres?", "/"+name+"?", 1)
		conn, err := pgx.Connect(t.Context(), address)
		if err == nil {
			_, err = conn.Exec(t.Context(), `CREATE EXTENSION vector`)
			conn.Close(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		return strings.Replace(address, "postgres@", "assay@", 1)
	}
	if _, err := admin.pool.Exec(t.Context(), `CREATE ROLE assay LOGIN`); err != nil {
		t.Fatal(err)
	}
	from, to := database("office"), database("restored")
	c := openCases(t, from)
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
	run("pg_dump", "--format=custom", "--file="+file, from)
	l.goesOn()
	l.end()
	run("pg_restore", "--exit-on-error", "--no-comments", "--dbname="+to, file)

	restored := openCases(t, to)
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
