package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/evals"
	"assay/internal/official"
	"assay/internal/postgres/postgrestest"
)

// assayRun runs the program and fails the test unless it ends well.
func assayRun(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if status := run(t.Context(), args, streams{strings.NewReader(""), &out, &errs, quiet().log}); status != exitDone {
		t.Fatalf("assay %s: status %d\n%s", strings.Join(args, " "), status, errs.String())
	}
	return out.String()
}

// TestParity imports the official texts into a directory and into PostgreSQL
// and classifies the shipped set from both. The first suggestion has to be the
// same in 99.5 % of rows.
func TestParity(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: 364 products on four lists, from two stores, take too long under the race detector")
	}
	stores := map[string][]string{"files": {"--data", t.TempDir()}, "database": {"--data", t.TempDir(), "--database", postgrestest.URL(t)}}
	runs := map[string]evals.Run{}
	for name, where := range stores {
		for path, date := range map[string]string{"us/ccl_supp1.xml": "2026-06-24", "us/title-22_part-121.xml": "2026-07-23",
			"eu/annex-i-2025-11-15.json": "", "eu/common-military-list-2020.layout.txt": "2020-02-17"} {
			args := append(slices.Clip(where), "corpus", "import", official.Path(t, path))
			if date != "" {
				args = append(args, "--date", date)
			}
			assayRun(t, args...)
		}
		var run evals.Run
		if err := json.Unmarshal([]byte(assayRun(t, append(slices.Clip(where), "--model", "static", "eval", "run", "own", "--json")...)), &run); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: p50 %.1f ms, p99 %.1f ms", name, run.P50, run.P99)
		runs[name] = run
	}
	rows, same, five, all := 0, 0, 0, 0
	for i, l := range runs["files"].Lists {
		for k, a := range l.Rows {
			b := runs["database"].Lists[i].Rows[k]
			rows++
			if slices.Equal(a.Predicted[:min(5, len(a.Predicted))], b.Predicted[:min(5, len(b.Predicted))]) {
				five++
			}
			if slices.Equal(a.Predicted, b.Predicted) {
				all++
			}
			if a.ID == b.ID && len(a.Predicted) > 0 && len(b.Predicted) > 0 && a.Predicted[0] == b.Predicted[0] {
				same++
				continue
			}
			t.Logf("%s on %s: %v from files, %v from the database", a.ID, l.List, a.Predicted[:min(3, len(a.Predicted))], b.Predicted[:min(3, len(b.Predicted))])
		}
	}
	t.Logf("of %d rows %d have the same first suggestion, %d the same first five, %d the same all through", rows, same, five, all)
	if rows == 0 || float64(same) < 0.995*float64(rows) {
		t.Errorf("%d of %d first suggestions are the same, fewer than 99.5 %%", same, rows)
	}
}

// TestServeFromDatabase imports a list, starts two servers on one database and
// asks both.
func TestServeFromDatabase(t *testing.T) {
	address := postgrestest.URL(t)
	file := filepath.Join(t.TempDir(), "list.jsonl")
	if err := os.WriteFile(file, []byte(`{"assay":"edition/1","list":"my-list","date":"2026-01-01","title":"A list of one's own"}
{"id":"7Z001","code":"7Z001","kind":"entry","text":"Zither tuning engines with quartz reference"}
{"id":"7Z001.a","code":"7Z001.a","kind":"paragraph","label":"a.","text":"Portable ones"}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	assayRun(t, "--database", address, "corpus", "import", file)
	if out := assayRun(t, "--database", address, "corpus", "list"); !strings.Contains(out, "my-list@2026-01-01") {
		t.Fatalf("the list: %s", out)
	}
	t.Setenv("ASSAY_DATABASE_URL", address)
	for range 2 {
		base := serve(t)
		resp, err := (&http.Client{Timeout: 10 * time.Second}).Post(base+"/api/v1/classify", "application/json", strings.NewReader(`{"name":"Zither tuning engine","description":"portable, with quartz reference","lists":["my-list"]}`))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"code":"7Z001`)) || !bytes.Contains(body, []byte("Portable ones")) {
			t.Errorf("status %d: %s", resp.StatusCode, body)
		}
	}
	assayRun(t, "corpus", "remove", "my-list@2026-01-01")
	if out := assayRun(t, "corpus", "list"); !strings.Contains(out, "No list is imported in the database") {
		t.Errorf("after removal: %s", out)
	}
}
