package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/postgres/postgrestest"
	"assay/review"
)

// office is a place for cases with a product to submit.
type office struct {
	t     *testing.T
	data  string
	file  string
	where []string // flags that name the place
}

func newOffice(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	o := &office{t, data, filepath.Join(dir, "p.json"), []string{"--data", data}}
	if err := os.WriteFile(o.file, []byte(`{"name":"Office chair Größe L","description":"with wheels & armrests"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

// onBothStores runs test with the cases in a file and in PostgreSQL.
func onBothStores(t *testing.T, test func(*testing.T, *office)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newOffice(t)) })
	t.Run("postgres", func(t *testing.T) {
		o := newOffice(t)
		o.where = append(o.where, "--database", postgrestest.URL(t))
		test(t, o)
		if _, err := os.Stat(filepath.Join(o.data, "assay.db")); !os.IsNotExist(err) {
			t.Errorf("a file was used beside the database: %v", err)
		}
	})
}

// run runs the program and wants status done.
func (o *office) run(args ...string) string {
	o.t.Helper()
	got := o.try(args...)
	if got.status != exitDone || got.err != "" {
		o.t.Fatalf("%v: %+v", args, got)
	}
	return got.out
}

func (o *office) try(args ...string) result {
	o.t.Helper()
	return assay(o.t, "", slices.Concat([]string{"--model", "lexical"}, o.where, args)...)
}

func (o *office) submit(args ...string) review.Case {
	o.t.Helper()
	var c review.Case
	if err := json.Unmarshal([]byte(o.run(append([]string{"case", "submit", "--json", "--file", o.file}, args...)...)), &c); err != nil {
		o.t.Fatal(err)
	}
	return c
}

func (o *office) show(id string) (c review.Case) {
	o.t.Helper()
	if err := json.Unmarshal([]byte(o.run("case", "show", id, "--json")), &c); err != nil {
		o.t.Fatal(err)
	}
	return c
}

func TestCaseFromSubmissionToReopening(t *testing.T) { onBothStores(t, fromSubmissionToReopening) }

func fromSubmissionToReopening(t *testing.T, o *office) {
	c := o.submit("--list", "us-ccl,eu-dual-use", "--proposal", "eu-dual-use=none", "--reasoning", "A chair.")
	if c.State != review.Submitted || len(c.Assessments) != 1 || len(c.Proposals) != 1 || c.Proposals[0].List != "eu-dual-use" || c.Lists[0].Code != "EAR99" {
		t.Fatalf("submitted: %+v", c.Head)
	}
	if got := o.run("case", "list"); !strings.Contains(got, c.ID) || !strings.Contains(got, "Office chair Größe L") || !strings.Contains(got, "suggested EAR99") {
		t.Errorf("list:\n%s", got)
	}
	if got := o.run("case", "list", "--state", "confirmed,not_listed"); got != "" {
		t.Errorf("list of decided cases:\n%s", got)
	}
	if got := o.run("case", "take", c.ID); got != c.ID+" is in review\n" {
		t.Errorf("take: %q", got)
	}
	got := o.run("case", "decide", c.ID, "--list", "us-ccl,eu-dual-use", "--not-listed", "--reason", "as_suggested", "--comment", "Furniture.", "--passage", "digest/x")
	if !strings.Contains(got, "us-ccl is EAR99; suggestion: same, exporter: nothing to compare") || !strings.Contains(got, "eu-dual-use is none; suggestion: same, exporter: same") ||
		!strings.HasSuffix(got, "is not listed\n") {
		t.Errorf("decide:\n%s", got)
	}
	if got := o.run("case", "show", c.ID); !strings.Contains(got, "decided EAR99") || !strings.Contains(got, "Furniture.") || !strings.Contains(got, "proposed none") {
		t.Errorf("show:\n%s", got)
	}
	if got := o.run("case", "reopen", c.ID, "--reason", "new facts"); got != c.ID+" is reopened\n" {
		t.Errorf("reopen: %q", got)
	}
	o.run("case", "take", c.ID)
	if got := o.run("case", "return", c.ID, "--ask", "What load?"); got != c.ID+" is returned for information\n" {
		t.Errorf("return: %q", got)
	}
	last := o.show(c.ID)
	if got := o.run("audit", "verify"); !strings.Contains(got, "10 records") {
		t.Errorf("verify: %s", got)
	}
	if last.Round != 2 || len(last.Decisions) != 2 || last.Decisions[0].Relied[0].ID != "x" || last.Messages[1].Text != "What load?" || last.Version != 10 {
		t.Errorf("in the end: %+v", last)
	}
}

func TestCasePrecedentWarns(t *testing.T) {
	o := newOffice(t)
	one, two := o.submit("--list", "us-ccl"), o.submit("--list", "us-ccl")
	o.run("case", "take", one.ID)
	o.run("case", "take", two.ID)
	o.run("case", "decide", one.ID, "--list", "us-ccl", "--not-listed", "--reason", "not_described")
	got := o.try("case", "decide", two.ID, "--list", "us-ccl", "--code", "0A998", "--reason", "other", "--text", "for the test")
	if got.status != exitDone || !strings.Contains(got.err, "precedent "+one.ID+"/1 decided otherwise") {
		t.Errorf("%+v", got)
	}
}

func TestCaseRefusals(t *testing.T) {
	o := newOffice(t)
	id := o.submit("--list", "us-ccl").ID
	for _, tt := range []struct {
		args   string
		status int
		says   string
	}{
		{"case submit --file " + o.file + " --proposal EAR99", exitUsage, "go together"},
		{"case submit --file " + o.file + " --proposal us-usml=XI --reasoning x --list us-ccl", exitUsage, "LIST=CODE"},
		{"case submit --file " + o.file + " --list moon", exitUsage, `"moon"`},
		{"case submit", exitUsage, "--file"},
		{"case show nothing", exitFailed, `no case "nothing"`},
		{"case list --state asleep", exitUsage, "asleep"},
		{"case list --min-confidence 7", exitUsage, "between 0 and 1"},
		{"case decide " + id + " --list us-ccl --not-listed --reason as_suggested", exitFailed, "submitted"},
		{"case decide " + id + " --list us-ccl --reason other", exitUsage, "--code"},
		{"case decide " + id + " --list us-ccl --reason other --code 3A001 --not-listed", exitUsage, "--not-listed"},
		{"case reopen " + id + " --reason x", exitFailed, "is submitted"},
		{"case return " + id, exitUsage, "--ask"},
		{"audit verify --head xyz", exitUsage, "64 hexadecimal"},
		{"audit verify --file " + o.file, exitFailed, "line 1"},
		{"audit verify --file " + o.file + ".none", exitFailed, "p.json.none"},
		{"audit export", exitUsage, "--out"},
		{"audit export --out " + filepath.Join(o.data, "none", "x.jsonl"), exitFailed, "x.jsonl"},
	} {
		if got := o.try(strings.Fields(tt.args)...); got.status != tt.status || !strings.Contains(got.err, tt.says) {
			t.Errorf("%s: status %d, %q; want %d and %q", tt.args, got.status, got.err, tt.status, tt.says)
		}
	}
	if c := o.show(id); c.Version != 3 {
		t.Errorf("refusals changed the case: version %d", c.Version)
	}
	if got := o.run("audit", "verify"); !strings.HasPrefix(got, "3 records, whole") {
		t.Errorf("refusals left audit records: %s", got)
	}
}

func TestAuditVerifyAndExport(t *testing.T) {
	o := newOffice(t)
	o.submit("--list", "us-ccl")
	verified := o.run("audit", "verify")
	_, head, _ := strings.Cut(strings.TrimSpace(verified), "elsewhere: ")
	out := filepath.Join(o.data, "audit.jsonl")
	if got := o.run("audit", "export", "--out", out); got != "3 records in "+out+"\n" {
		t.Errorf("export: %q", got)
	}
	o.run("audit", "verify", "--head", head)
	o.run("audit", "verify", "--file", out, "--head", head)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if got := o.run("audit", "export", "--out", "-"); got != string(data) {
		t.Error("standard output and file differ")
	}
	lines := strings.SplitAfter(string(data), "\n")
	if err := os.WriteFile(out, []byte(lines[0]+lines[1]), 0o600); err != nil {
		t.Fatal(err)
	}
	o.run("audit", "verify", "--file", out)
	if got := o.try("audit", "verify", "--file", out, "--head", head); got.status != exitFailed || !strings.Contains(got.err, "truncated: the log ends with record 2") {
		t.Errorf("cut off: %+v", got)
	}
	if err := os.WriteFile(out, []byte(strings.Replace(string(data), "case.assess", "case.attach", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := o.try("audit", "verify", "--file", out, "--json"); got.status != exitFailed || !strings.Contains(got.err, "altered: record 2") || !strings.Contains(got.out, `"fault": "altered"`) {
		t.Errorf("altered: %+v", got)
	}
	left, _ := filepath.Glob(filepath.Join(o.data, ".*.part"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
