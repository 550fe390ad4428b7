package evals

import (
	"os"
	"regexp"
	"testing"

	"assay/corpus"
	"assay/corpus/formats"
	"assay/internal/official"
)

// TestLabelsStandInTheOfficialTexts: every label and every accepted code of a
// shipped row is a paragraph of the list that it names, and no row gives its code away.
func TestLabelsStandInTheOfficialTexts(t *testing.T) {
	books := map[corpus.ListID]*corpus.Outline{}
	for list, name := range map[corpus.ListID]string{
		corpus.USCCL: "us/ccl_supp1.xml", corpus.USUSML: "us/title-22_part-121.xml",
		corpus.EUDualUse: "eu/annex-i-2025-11-15.json", corpus.EUMilitary: "eu/common-military-list-2020.layout.txt",
	} {
		data, err := os.ReadFile(official.Path(t, name))
		if err != nil {
			t.Fatal(err)
		}
		ed, err := formats.Read(corpus.Source{Name: name, Date: "2026-06-24", Data: data})
		if err != nil {
			t.Fatal(err)
		}
		if ed.List != list {
			t.Fatalf("%s is of %s", name, ed.List)
		}
		books[list] = corpus.NewOutline(ed)
	}
	set, err := LoadSet("all")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`\b[0-9][A-E][0-9]{3}\b|ECCN|EAR99`)
	entries, quiet := map[string]bool{}, 0
	for _, r := range set.Rows {
		for _, by := range []map[corpus.ListID][]string{r.Labels, r.Accept} {
			for list, codes := range by {
				for _, c := range codes {
					if corpus.IsUnlisted(c) {
						continue
					}
					if _, ok := books[list].ByCode(c); !ok {
						t.Errorf("%s: %s has no %s", r.ID, list, c)
					}
					entries[corpus.EntryOf(c)] = true
				}
			}
		}
		if found := code.FindString(rowText(r.Product)); found != "" {
			t.Errorf("%s gives its code away: %q", r.ID, found)
		}
		if r.Kind != "listed" {
			quiet++
		}
	}
	if len(set.Rows) < 900 || len(entries) < 300 || quiet*100 < 40*len(set.Rows) {
		t.Errorf("%d rows, %d entries, %d near misses, residual or not listed: the set promises 900, 300 and 40 %%", len(set.Rows), len(entries), quiet)
	}
	t.Logf("%d rows, %d entries, %d near misses, residual or not listed", len(set.Rows), len(entries), quiet)
}
