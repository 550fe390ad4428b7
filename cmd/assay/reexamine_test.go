package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/review"
)

// zithers writes an edition of a list of two entries; speed is the figure of
// the paragraph that the tests decide on.
func (o *office) zithers(day, speed, more string) string {
	o.t.Helper()
	return o.write(day+speed+".jsonl", fmt.Appendf(nil, `{"assay":"edition/1","list":"my-list","date":%q,"title":"A list of one's own"}
{"id":"7Z001","code":"7Z001","kind":"entry","text":"Zither tuning engines with quartz reference, as follows:"}
{"id":"7Z001.a","code":"7Z001.a","kind":"paragraph","label":"a.","text":"Portable ones that tune more than %s strings an hour"}
{"id":"7Z002","code":"7Z002","kind":"entry","text":"Zither cases of spruce"}
%s`, day, speed, more))
}

// decide brings a product through review on my-list.
func (o *office) decide(name, description string, answer ...string) string {
	o.t.Helper()
	product, err := json.Marshal(map[string]string{"name": name, "description": description})
	if err != nil {
		o.t.Fatal(err)
	}
	file := o.write(name+".json", product)
	var c review.Case
	if err := json.Unmarshal([]byte(o.run("case", "submit", "--json", "--file", file, "--list", "my-list")), &c); err != nil {
		o.t.Fatal(err)
	}
	o.run("case", "take", c.ID)
	// That a precedent was decided otherwise is told on standard error: the two tuners are alike on purpose.
	if got := o.try(append([]string{"case", "decide", c.ID, "--list", "my-list", "--reason", "criteria_met"}, answer...)...); got.status != exitDone {
		o.t.Fatal(got.err)
	}
	return c.ID
}

// TestImportReexamines decides three cases, brings in a newer edition, looks at
// what is queued, upholds one decision and reopens another; on both stores.
func TestImportReexamines(t *testing.T) {
	onBothStores(t, func(t *testing.T, o *office) {
		o.where = append(o.where, "--model", "static") // words alone are worth little in a list of three passages
		if got := o.run("corpus", "import", o.zithers("2026-01-01", "90", "")); strings.Contains(got, "decided") {
			t.Errorf("an import without cases speaks of them:\n%s", got)
		}
		engine := o.decide("Tuner X", "Portable zither tuning engine with quartz reference, 100 strings an hour", "--code", "7Z001.a")
		slow := o.decide("Tuner S", "Portable zither tuning engine with quartz reference, 50 strings an hour", "--not-listed")
		box := o.decide("Box", "Zither case of spruce", "--code", "7Z002")
		second := o.zithers("2026-06-01", "40", "")
		if got := o.run("corpus", "import", second, "--no-reexamine"); strings.Contains(got, "decided") {
			t.Errorf("told not to re-examine:\n%s", got)
		}
		got := o.run("case", "reexamine", "--list", "my-list")
		if want := "my-list@2026-06-01: 3 decided cases on my-list, 3 on an older edition; 2 touched, 2 could change\nSee them with: assay case list --attention --list my-list\n"; got != want {
			t.Errorf("reexamine:\n%s", got)
		}
		if got := o.run("corpus", "import", second); !strings.Contains(got, "2 touched, 2 could change (2 found before)") {
			t.Errorf("imported again:\n%s", got)
		}
		list := o.run("case", "list", "--attention")
		if !strings.Contains(list, engine) || !strings.Contains(list, slow) || strings.Contains(list, box) || !strings.Contains(list, "look again at my-list@2026-06-01: 7Z001.a, decided: reworded (90 became 40)") {
			t.Errorf("list:\n%s", list)
		}
		show := o.run("case", "show", engine)
		for _, want := range []string{"held against my-list@2026-06-01", "(before: my-list@2026-01-01): could change", "because 7Z001.a, decided: reworded (90 became 40)",
			"changed 7Z001.a (decided)", "[-90-] {+40+} strings an hour", "figures: 90 -> 40", "asks for a look: assay case stand " + engine + " my-list"} {
			if !strings.Contains(show, want) {
				t.Errorf("show lacks %q:\n%s", want, show)
			}
		}
		if got := o.run("case", "stand", engine, "my-list", "--reason", "It tunes 100, which both forbid."); !strings.HasPrefix(got, engine+" is ") {
			t.Errorf("stand: %s", got)
		}
		if show = o.run("case", "show", engine); !strings.Contains(show, "stands under my-list@2026-06-01, by ") || strings.Contains(show, "asks for a look") {
			t.Errorf("show:\n%s", show)
		}
		o.run("case", "reopen", slow, "--reason", "It tunes 50, which is more than 40.")
		if list = o.run("case", "list", "--attention"); list != "" {
			t.Errorf("list:\n%s", list)
		}
		// The next edition has a new entry, and says the same of the tuners.
		got = o.run("corpus", "import", o.zithers("2027-01-01", "40", `{"id":"7Z003","code":"7Z003","kind":"entry","text":"Zither strings of steel"}
`))
		if !strings.Contains(got, "my-list@2027-01-01: 2 decided cases on my-list, 2 on an older edition; 0 touched, 0 could change\n") {
			t.Errorf("a third edition:\n%s", got)
		}
		if got := o.run("corpus", "import", o.zithers("2025-01-01", "10", "")); !strings.Contains(got, "imported my-list@2025-01-01") || !strings.Contains(got, "my-list@2027-01-01: 2 decided cases") {
			t.Errorf("an old edition:\n%s", got)
		}
		// Another text under the same day's name.
		got = o.run("corpus", "import", "--replace", o.zithers("2027-01-01", "300", ""))
		if !strings.Contains(got, "2 decided cases on my-list, 2 on an older edition; 1 touched, 1 could change") {
			t.Errorf("replaced:\n%s", got)
		}
		var turnout review.Turnout
		if err := json.Unmarshal([]byte(o.run("case", "reexamine", "--list", "my-list", "--from", "my-list@2026-06-01", "--json")), &turnout); err != nil || turnout.Older != 1 || turnout.Touched != 1 || turnout.Before != 1 {
			t.Errorf("%v %+v", err, turnout)
		}
		if got := o.run("audit", "verify"); !strings.Contains(got, "whole") && !strings.Contains(got, "records") {
			t.Errorf("verify: %s", got)
		}
	})
}

func TestReexamineSaysWhatIsWrong(t *testing.T) {
	o := newOffice(t)
	o.run("corpus", "import", o.zithers("2026-01-01", "90", ""))
	for want, args := range map[string][]string{
		"not an edition of us-ccl": {"case", "reexamine", "--list", "us-ccl", "--to", "my-list@2026-01-01"},
		"not imported":             {"case", "reexamine", "--list", "us-ccl"},
		"--list":                   {"case", "reexamine"},
	} {
		got := assay(t, "", append([]string{"--data", o.data}, args...)...)
		if got.status == exitDone || !strings.Contains(got.err, want) {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

// TestImportWithoutCasesMakesNone: bringing in a list leaves no database behind.
func TestImportWithoutCasesMakesNone(t *testing.T) {
	data := t.TempDir()
	assayRun(t, "--data", data, "corpus", "import", zither(t, "2026-01-01", "of old"))
	if _, err := os.Stat(filepath.Join(data, "assay.db")); !os.IsNotExist(err) {
		t.Errorf("assay.db: %v", err)
	}
}
