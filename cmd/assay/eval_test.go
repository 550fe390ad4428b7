package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/evals"
)

// TestEvalOwnTable measures a table of somebody's own, and holds a later run of
// a worse arrangement against it.
func TestEvalOwnTable(t *testing.T) {
	dir := t.TempDir()
	table := filepath.Join(dir, "mine.csv")
	rows := "id,name,description,us-ccl,eu-dual-use,accept:us-ccl,family,kind,colour\n" +
		"a,IMSI catcher,Handheld IMSI catcher for LTE networks,5A001.f,5A001.f,5A001.f.1;5A001.f.3,imsi,listed,grey\n" +
		"b,Office chair,Swivel chair with armrests for offices,EAR99,none,,chair,not_listed,black\n" +
		"c,Flow meter,Garden hose timer for domestic use,EAR99,none,,garden,not_listed,green\n"
	if err := os.WriteFile(table, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) result {
		t.Helper()
		return assay(t, "", append([]string{"--data", dir, "--model", "lexical", "eval"}, args...)...)
	}
	out, list := filepath.Join(dir, "run.jsonl"), filepath.Join(dir, "rows.csv")
	got := run("run", table, "--config", "digest", "--out", out, "--csv", list, "--consistency")
	if got.status != exitDone || !strings.Contains(got.out, "us-ccl, set mine, n = 3") || !strings.Contains(got.out, "other country") {
		t.Fatalf("%+v", got)
	}
	kept, err := evals.Shelf{Dir: filepath.Join(dir, "runs")}.List()
	if err != nil || len(kept) != 1 || kept[0].Digest == "" {
		t.Fatalf("runs kept: %+v, %v", kept, err)
	}
	if data, err := os.ReadFile(list); err != nil || strings.Count(string(data), "\n") != 7 || !strings.Contains(string(data), "imsi") {
		t.Errorf("rows: %s %v", data, err)
	}
	if got := run("runs"); got.status != exitDone || !strings.Contains(got.out, kept[0].ID) {
		t.Errorf("%+v", got)
	}
	if got := run("gate", kept[0].ID, "--baseline", out); got.status != exitDone || !strings.Contains(got.out, "holds every figure") {
		t.Errorf("%+v", got)
	}
	// The same run, but every answer is now "on no entry".
	whole, err := evals.LoadRun(filepath.Join(dir, "runs", kept[0].ID+".json"))
	if err != nil {
		t.Fatal(err)
	}
	broken := whole
	set, err := loadSet(table)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range broken.Lists {
		for j, s := range l.Rows {
			for _, r := range set.Rows {
				if r.ID == s.ID {
					broken.Lists[i].Rows[j] = evals.Score(r, l.List, evals.Answer{Codes: []string{"3A001"}})
				}
			}
		}
		broken.Lists[i].Figures = evals.Figures(broken.Lists[i].Rows, 1)
	}
	data, err := json.Marshal(broken)
	if err != nil {
		t.Fatal(err)
	}
	worse := filepath.Join(dir, "worse.json")
	if err := os.WriteFile(worse, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run("gate", worse, "--baseline", out); got.status != exitFailed || !strings.Contains(got.out, "hit@1: 0.000 lies beyond") || !strings.Contains(got.err, "fall short") {
		t.Errorf("a broken ranker passed the gate: %+v", got)
	}
	if got := run("compare", out, worse); got.status != exitDone || !strings.Contains(got.out, "3A001") {
		t.Errorf("%+v", got)
	}
	page := filepath.Join(dir, "report.html")
	if got := run("report", out, worse, "--out", page); got.status != exitDone {
		t.Errorf("%+v", got)
	}
	if data, err := os.ReadFile(page); err != nil || !strings.Contains(string(data), "<svg") {
		t.Errorf("report: %v", err)
	}
	if got := run("compare", "nothing", out); got.status != exitFailed || !strings.Contains(got.err, "assay eval runs") {
		t.Errorf("%+v", got)
	}
}

// TestEvalNamesEveryBadRow of a table.
func TestEvalNamesEveryBadRow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(path, []byte("id,name,us-ccl\na,Pump,EAR99\nb,Pump,pump\nc,Pump,\nd,,3A001\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := assay(t, "", "--data", t.TempDir(), "--model", "lexical", "eval", "run", path)
	for _, want := range []string{"row 2", "row 3", "row 4"} {
		if got.status != exitUsage || !strings.Contains(got.err, want) {
			t.Errorf("no %s: %+v", want, got)
		}
	}
}
