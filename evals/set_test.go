package evals

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/corpus"
)

func TestLoadSetNamesEveryFault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.jsonl")
	text := `{"id":"a","name":"x","labels":{"us-ccl":["3A001"]}}
{"id":"a","name":"x","labels":{"us-ccl":["3A001"]}}
{"name":"x","labels":{"us-ccl":["3A001"]}}
{"id":"b","labels":{"us-ccl":["3A001"]}}
{"id":"c","name":"x"}
{"id":"d","name":"x","labels":{"us-ccl":["pump"]}}
{"id":"e","name":"x","labels":{"us-ccl":[]}}
nonsense
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := LoadSet(path)
	if err == nil {
		t.Fatal("a faulty set was loaded")
	}
	for _, want := range []string{"mine:2:", "mine:3:", "mine:4:", "mine:5:", "mine:6:", "mine:7:", "mine:8:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no fault for %s in\n%v", want, err)
		}
	}
}

func TestReadSetTakesOneLabelARow(t *testing.T) {
	set, err := ReadSet("dev", strings.NewReader(`{"id":"L1","name":"TLS library","description":"","attributes":{"software":"yes"},"list":"us-ccl","label":"5D002.C.1","trust":"maintainer"}
{"id":"L2","name":"driver","list":"us-ccl","label":"no ECCN / not controlled"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(set.Rows[0].Labels, set.Rows[1].Labels); got != "map[us-ccl:[5D002.c.1]] map[us-ccl:[EAR99]]" {
		t.Errorf("labels = %s", got)
	}
}

// TestOwnSetIsWhatItSaysItIs holds the shipped set to the promises of its README.
func TestOwnSetIsWhatItSaysItIs(t *testing.T) {
	set, err := LoadSet("own")
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]bool{}
	unlistedOrNear := 0
	for _, r := range set.Rows {
		for _, l := range []corpus.ListID{corpus.USCCL, corpus.EUDualUse} {
			if len(r.Labels[l]) == 0 {
				t.Errorf("%s has no label for %s", r.ID, l)
			}
			for _, code := range r.Labels[l] {
				if !corpus.IsUnlisted(code) {
					entries[corpus.EntryOf(code)] = true
				}
			}
		}
		if r.Kind == "not_listed" || r.Kind == "near_miss" || r.Kind == "residual" {
			unlistedOrNear++
		}
		if r.Reason == "" {
			t.Errorf("%s gives no reason for its label", r.ID)
		}
	}
	if len(set.Rows) < 120 || len(entries) < 60 || unlistedOrNear*3 < len(set.Rows) {
		t.Errorf("%d rows, %d entries, %d near misses or not listed", len(set.Rows), len(entries), unlistedOrNear)
	}
	t.Logf("%d rows, %d entries, %d near misses, residual or not listed", len(set.Rows), len(entries), unlistedOrNear)
}
