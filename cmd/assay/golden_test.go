package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/evals"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden measures the shipped set with MiniLM in three arrangements over
// the digest alone, and compares figures and the first five codes of every row
// with the golden files: a change of ranking is a diff in review.
func TestGolden(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: the golden figures take a minute under the race detector")
	}
	set, err := evals.LoadSet("own")
	if err != nil {
		t.Fatal(err)
	}
	g := &globals{Data: t.TempDir(), Model: "minilm"}
	var runs []evals.Run
	for _, config := range []string{"digest", "lexical", "dense"} {
		a, err := assembleAs(context.Background(), g, arrangements[config], nil, streams{err: io.Discard})
		if err != nil {
			t.Fatal(err)
		}
		run, err := evals.Measure(context.Background(), a.classifier, set, evals.Options{Config: config, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
		golden(t, "own."+config+".txt", rankings(run))
	}
	var figures strings.Builder
	if err := evals.WriteFigures(&figures, runs...); err != nil {
		t.Fatal(err)
	}
	golden(t, "own.figures.txt", figures.String())
	t.Logf("\n%s", figures.String())
}

// rankings writes a line a row and list: right or wrong, labels, first five codes.
func rankings(run evals.Run) string {
	var b strings.Builder
	for _, l := range run.Lists {
		for _, r := range l.Rows {
			mark := "-"
			switch {
			case r.Exact():
				mark = "="
			case r.Right():
				mark = "~"
			case r.Ranks[evals.ByEntry] > 0 && r.Ranks[evals.ByEntry] <= 5:
				mark = "5"
			}
			fmt.Fprintf(&b, "%s %-12s %-10s %-24s %s\n", mark, l.List, r.ID, strings.Join(r.Labels, ","), strings.Join(r.Predicted[:min(5, len(r.Predicted))], " "))
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("..", "..", "evals", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run make golden", err)
	}
	if got == string(want) {
		return
	}
	changed := 0
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(wantLines), len(gotLines)) {
		var a, b string
		if i < len(wantLines) {
			a = wantLines[i]
		}
		if i < len(gotLines) {
			b = gotLines[i]
		}
		if a != b {
			if changed++; changed <= 20 {
				t.Errorf("%s:%d\n  was %s\n  now %s", name, i+1, a, b)
			}
		}
	}
	t.Errorf("%s: %d lines differ; if the change is meant, run make golden and say why in the commit", name, changed)
}
