package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/classifier"
	"assay/internal/official"

	"codeberg.org/go-pdf/fpdf"
)

// result is what a run of the program left behind.
type result struct {
	status   int
	out, err string
}

// assay runs the program as a user would, with a data directory of its own
// unless args name one, and with the fast model unless args choose.
func assay(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	if !strings.Contains(strings.Join(args, " "), "--data") {
		args = append([]string{"--data", t.TempDir()}, args...)
	}
	if !strings.Contains(strings.Join(args, " "), "--model") {
		args = append([]string{"--model", "static"}, args...)
	}
	var out, errs bytes.Buffer
	status := run(context.Background(), args, streams{strings.NewReader(stdin), &out, &errs, slog.New(slog.NewTextHandler(io.Discard, nil))})
	return result{status, out.String(), errs.String()}
}

func TestExitStatusAndMessages(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		args   []string
		stdin  string
		status int
		says   string // on stderr
	}{
		{"unknown command", []string{"clasify"}, "", exitUsage, "clasify"},
		{"unknown flag", []string{"classify", "--colour"}, "", exitUsage, "--colour"},
		{"unknown model", []string{"classify", "x", "--model", "gpt"}, "", exitUsage, "--model"},
		{"no description", []string{"classify"}, "", exitUsage, "give a description"},
		{"text and file", []string{"classify", "pump", "--file", "x.txt"}, "", exitUsage, "not both"},
		{"missing file", []string{"classify", "--file", filepath.Join(dir, "none.txt")}, "", exitFailed, "none.txt"},
		{"broken JSON", []string{"classify", "--file", broken}, "", exitFailed, "not a product in JSON"},
		{"empty input", []string{"classify", "-"}, "  \n", exitUsage, "say what the product is"},
		{"binary input", []string{"classify", "-"}, "a\x00b", exitUsage, "NUL"},
		{"unknown list", []string{"classify", "pump", "--list", "moon"}, "", exitUsage, `"moon" is not known`},
		{"batch without files", []string{"batch"}, "", exitUsage, "--in"},
		{"batch of a PDF", []string{"batch", "--in", "x.pdf", "--out", "y.csv"}, "", exitUsage, ".xlsx"},
		{"batch of nothing", []string{"batch", "--in", filepath.Join(dir, "none.csv"), "--out", filepath.Join(dir, "y.csv")}, "", exitFailed, "none.csv"},
		{"bad code", []string{"corpus", "show", "pump"}, "", exitUsage, "not a code"},
		{"unknown code", []string{"corpus", "show", "9Z999"}, "", exitUsage, "not a code"},
		{"no such edition", []string{"corpus", "remove", "us-ccl@1999-01-01"}, "", exitFailed, "us-ccl@1999-01-01"},
		{"nothing to check", []string{"corpus", "check"}, "", exitFailed, "corpus import"},
		{"pull of an unknown list", []string{"corpus", "pull", "moon"}, "", exitFailed, "moon"},
		{"import of rubbish", []string{"corpus", "import", broken}, "", exitFailed, "broken.json"},
		{"unknown set", []string{"eval", "run", "nothing"}, "", exitFailed, "own"},
		{"unknown arrangement", []string{"eval", "run", "own", "--config", "magic"}, "", exitUsage, "magic"},
		{"compare with rubbish", []string{"eval", "compare", broken, broken}, "", exitFailed, "not a run"},
		{"openai without a model", []string{"classify", "pump", "--model", "openai"}, "", exitUsage, "--openai-model"},
		{"address in use or wrong", []string{"serve", "--listen", "nowhere"}, "", exitFailed, "nowhere"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := assay(t, tt.stdin, tt.args...)
			if got.status != tt.status || !strings.Contains(got.err, tt.says) {
				t.Errorf("status %d, stderr %q; want %d and %q", got.status, got.err, tt.status, tt.says)
			}
			if got.out != "" && tt.status != exitUsage {
				t.Errorf("stdout holds %q", got.out)
			}
		})
	}
}

func TestHelpAndVersion(t *testing.T) {
	if got := assay(t, "", "--help"); got.status != exitDone || !strings.Contains(got.out, "classify") {
		t.Errorf("help: %+v", got)
	}
	var out bytes.Buffer
	if status := run(context.Background(), nil, streams{strings.NewReader(""), &out, io.Discard, nil}); status != exitDone || !strings.Contains(out.String(), "classify") {
		t.Errorf("no arguments: %d %s", status, out.String())
	}
	if got := assay(t, "", "version"); got.status != exitDone || !strings.Contains(got.out, "digest ") {
		t.Errorf("version: %+v", got)
	}
}

func TestClassifySaysTheSameInBothForms(t *testing.T) {
	const text = "Handheld IMSI catcher for LTE networks, captures subscriber identities within 500 m"
	plain := assay(t, text, "classify", "-", "--list", "us-ccl")
	asJSON := assay(t, "", "classify", text, "--list", "us-ccl", "--json")
	if plain.status != exitDone || asJSON.status != exitDone {
		t.Fatalf("plain %+v\njson %+v", plain, asJSON)
	}
	var a classifier.Assessment
	if err := json.Unmarshal([]byte(asJSON.out), &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Outcomes) != 1 || !strings.HasPrefix(a.Outcomes[0].Code, "5A001.f") {
		t.Errorf("outcomes = %+v", a.Outcomes)
	}
	for _, want := range []string{a.Outcomes[0].Code, fmt.Sprintf("%.2f", a.Outcomes[0].Probability), a.Suggestions[1].Code, a.Model} {
		if !strings.Contains(plain.out, want) {
			t.Errorf("%q is missing from\n%s", want, plain.out)
		}
	}
}

func TestClassifyReadsAProductInJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.json")
	if err := os.WriteFile(path, []byte(`{"id":"p1","name":"Office chair","description":"with wheels","attributes":{"colour":"blue","weight kg":12}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	got := assay(t, "", "classify", "--file", path, "--json", "--list", "us-ccl,eu-dual-use")
	var a classifier.Assessment
	if err := json.Unmarshal([]byte(got.out), &a); err != nil {
		t.Fatal(err, got.err)
	}
	if a.ID != "p1" || a.Outcomes[0].Code != "EAR99" || a.Outcomes[1].Code != "none" {
		t.Errorf("assessment = %+v", a.Outcomes)
	}
}

func TestBatchKeepsOrderAndBadRows(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.jsonl"), filepath.Join(dir, "out.jsonl")
	var b strings.Builder
	for i := range 300 {
		if i%7 == 3 {
			b.WriteString("not json\n")
			continue
		}
		fmt.Fprintf(&b, `{"id":"p%d","name":"Office chair model %d"}`+"\n", i, i)
	}
	if err := os.WriteFile(in, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	got := assay(t, "", "batch", "--in", in, "--out", out, "--list", "us-ccl")
	if got.status != exitDone || !strings.Contains(got.err, "300 rows") || !strings.Contains(got.err, "43 with an error") {
		t.Fatalf("%+v", got)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) != 300 {
		t.Fatalf("%d rows came out", len(lines))
	}
	for i, line := range lines {
		var row struct{ ID, Error string }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("p%d", i); i%7 != 3 && (row.ID != want || row.Error != "") {
			t.Fatalf("row %d is %+v", i, row)
		}
		if i%7 == 3 && row.Error == "" {
			t.Fatalf("row %d lost its error", i)
		}
	}
}

func TestInterruptedBatchLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	if err := os.WriteFile(in, []byte("id,name\n"+strings.Repeat("x,Office chair\n", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var outBuf, errBuf bytes.Buffer
	status := run(ctx, []string{"--data", dir, "--model", "lexical", "batch", "--in", in, "--out", out},
		streams{strings.NewReader(""), &outBuf, &errBuf, slog.New(slog.NewTextHandler(io.Discard, nil))})
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if status != exitFailed || len(left) != 1 || !strings.Contains(errBuf.String(), "interrupted") {
		t.Errorf("status %d, left %v, stderr %q", status, left, errBuf.String())
	}
}

// TestOfficialListsFromImportToCitation imports the four official files and
// walks through everything that a user does with them.
func TestOfficialListsFromImportToCitation(t *testing.T) {
	data := t.TempDir()
	for _, f := range []struct{ file, date, says string }{
		{"us/ccl_supp1.xml", "2026-06-24", "us-ccl@2026-06-24: 638 entries (637 set as heads, and 8D001 whose head is misprinted)"},
		{"us/title-22_part-121.xml", "2026-07-23", "us-usml@2026-07-23: 21 entries"},
		{"eu/annex-i-2025-11-15.json", "", "eu-dual-use@2025-11-15: 384 entries"},
		{"eu/common-military-list-2020.layout.txt", "", "eu-military@"},
		{"eu/annex-i-2021.layout.txt", "", "366 entries"},
	} {
		args := []string{"--data", data, "corpus", "import", official.Path(t, f.file)}
		if f.date != "" {
			args = append(args, "--date", f.date)
		}
		if got := assay(t, "", args...); got.status != exitDone || !strings.Contains(got.out, f.says) {
			t.Fatalf("%s: %+v", f.file, got)
		}
	}
	if got := assay(t, "", "--data", data, "corpus", "list"); strings.Count(got.out, "\n") != 5 {
		t.Errorf("corpus list:\n%s", got.out)
	}
	got := assay(t, "", "--data", data, "corpus", "show", "5a001 j", "--list", "eu-dual-use")
	for _, want := range []string{"5A001.j", "carrier class", "5A001.j.1", "CELEX:02021R0821-20251115", "in our words"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("corpus show lacks %q:\n%s", want, got.out)
		}
	}
	if got := assay(t, "", "--data", data, "corpus", "show", "5A001.zz"); got.status != exitFailed || !strings.Contains(got.err, "has no paragraph 5A001.zz") || got.out != "" {
		t.Errorf("corpus show of a paragraph that is not there: %+v", got)
	}
	if got := assay(t, "", "--data", data, "corpus", "check"); got.status != exitDone || !strings.Contains(got.out, "entries have a card") {
		t.Errorf("corpus check: %+v", got)
	}
	got = assay(t, "", "--data", data, "--model", "lexical", "classify", "IP network surveillance system for carrier-class backbones with application-layer analysis and relational mapping of subscribers", "--json", "--list", "eu-dual-use")
	var a classifier.Assessment
	if err := json.Unmarshal([]byte(got.out), &a); err != nil {
		t.Fatal(err, got.err)
	}
	first := a.Suggestions[0]
	if a.Outcomes[0].Edition != "eu-dual-use@2025-11-15" || len(first.Citations) != 2 || first.Citations[1].Edition != "eu-dual-use@2025-11-15" {
		t.Errorf("no official citation: %+v", first)
	}
}

func TestClassifyReadsDatasheets(t *testing.T) {
	dir := t.TempDir()
	lines := []string{"IC-900", "Handheld IMSI catcher for LTE networks", "captures subscriber identities within 500 m"}
	sheet := fpdf.New("P", "mm", "A4", "")
	sheet.AddPage()
	sheet.SetFont("Helvetica", "", 12)
	for _, line := range lines {
		sheet.MultiCell(0, 8, line, "", "L", false)
	}
	if err := sheet.OutputFileAndClose(filepath.Join(dir, "sheet.pdf")); err != nil {
		t.Fatal(err)
	}
	page := "<!doctype html><h1>" + strings.Join(lines, "</h1><p>") + "</p><script>ignored()</script>"
	long := strings.Join(lines, "\n") + "\n" + strings.Repeat("Further words that say nothing of it, on and on.\n", 4000)
	for name, text := range map[string]string{"page.html": page, "long.txt": long, "wrong.pdf": page, "empty.txt": " "} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		file    string
		status  int
		message string // on standard error; "" for none
	}{
		{"sheet.pdf", exitDone, ""},
		{"page.html", exitDone, ""},
		{"long.txt", exitDone, "the first 100 KiB are classified"},
		{"wrong.pdf", exitFailed, "download it again"},
		{"empty.txt", exitFailed, "is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			got := assay(t, "", "classify", "--file", filepath.Join(dir, tt.file), "--json", "--list", "us-ccl")
			if got.status != tt.status || tt.message == "" && got.err != "" || !strings.Contains(got.err, tt.message) {
				t.Fatalf("status %d, stderr %q", got.status, got.err)
			}
			if tt.status != exitDone {
				if got.out != "" {
					t.Errorf("output %q beside an error", got.out)
				}
				return
			}
			var a classifier.Assessment
			if err := json.Unmarshal([]byte(got.out), &a); err != nil {
				t.Fatal(err)
			}
			if len(a.Outcomes) != 1 || !strings.HasPrefix(a.Outcomes[0].Code, "5A001.f") {
				t.Errorf("outcomes = %+v", a.Outcomes)
			}
		})
	}
}
