package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBackupAndRestore(t *testing.T) {
	o := newOffice(t)
	first := o.submit("--list", "us-ccl").ID
	file := filepath.Join(t.TempDir(), "monday.db")
	said := o.run("backup", "--out", file)
	_, head, _ := strings.Cut(strings.TrimSpace(said), "elsewhere: ")
	if !strings.HasPrefix(said, file+": 3 audit records, whole.") {
		t.Errorf("backup: %q", said)
	}
	if got := o.try("backup", "--out", file); got.status != exitFailed || !strings.Contains(got.err, "exists already") {
		t.Errorf("over another: %+v", got)
	}
	second := o.submit("--list", "us-ccl").ID

	// Into an empty place: the case is there, and the log is the one of Monday.
	there := &office{t, filepath.Join(t.TempDir(), "new"), o.file, nil}
	there.where = []string{"--data", there.data}
	if got := there.run("restore", "--from", file, "--head", head); !strings.Contains(got, "3 audit records, whole. Its head: "+head) {
		t.Errorf("restore: %q", got)
	}
	there.run("audit", "verify", "--head", head)
	if c := there.show(first); c.Version != 3 {
		t.Errorf("restored: %+v", c.Head)
	}
	if got := there.try("case", "show", second); got.status != exitFailed {
		t.Errorf("a case of after the backup: %+v", got)
	}

	// Over what is there: only when told, and what was there is kept.
	if got := o.try("restore", "--from", file); got.status != exitFailed || !strings.Contains(got.err, "--replace") {
		t.Errorf("over a database: %+v", got)
	}
	o.show(second)
	said = o.run("restore", "--from", file, "--replace")
	_, aside, _ := strings.Cut(strings.TrimSpace(said), "kept as ")
	if got := o.try("case", "show", second); got.status != exitFailed {
		t.Errorf("after restoring, a later case is still there: %+v", got)
	}
	there.data = filepath.Join(t.TempDir(), "aside")
	there.where = []string{"--data", there.data}
	there.run("restore", "--from", aside)
	there.show(second)

	for args, want := range map[string]result{
		"backup":                               {exitUsage, "", "--out"},
		"restore --from " + file + " --head 7": {exitUsage, "", "64 hexadecimal"},
		"restore --from " + file + ".none":     {exitFailed, "", "monday.db.none"},
		"restore --from " + file + " --replace --head 3:" + strings.Repeat("ab", 32):           {exitFailed, "", "nothing was restored"},
		"--database postgres://u@127.0.0.1:1/x backup --out " + file:                           {exitUsage, "", "pg_dump"},
		"--database postgres://u@127.0.0.1:1/x restore --from " + file:                         {exitUsage, "", "pg_restore"},
		"--data " + filepath.Join(t.TempDir(), "empty") + " backup --out " + file + ".another": {exitFailed, "", "no cases"},
	} {
		if got := o.try(strings.Fields(args)...); got.status != want.status || !strings.Contains(got.err, want.err) {
			t.Errorf("%s: %+v", args, got)
		}
	}
	if entries, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// TestBackupOfAlteredDatabase copies what is there, and says that it is not whole.
func TestBackupOfAlteredDatabase(t *testing.T) {
	o := newOffice(t)
	o.submit("--list", "us-ccl")
	db, err := sql.Open("sqlite", filepath.Join(o.data, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE cases SET title = 'another'`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	file := filepath.Join(t.TempDir(), "backup.db")
	if got := o.try("backup", "--out", file); got.status != exitFailed || !strings.Contains(got.err, "altered: case") || !strings.Contains(got.err, "true copy") {
		t.Errorf("backup: %+v", got)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	to := filepath.Join(t.TempDir(), "to")
	if got := o.try("--data", to, "restore", "--from", file); got.status != exitFailed || !strings.Contains(got.err, "nothing was restored") {
		t.Errorf("restore: %+v", got)
	}
	if _, err := os.Stat(filepath.Join(to, databaseName)); err == nil {
		t.Error("it was restored all the same")
	}
}
