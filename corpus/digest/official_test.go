package digest_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/corpus"
	"assay/corpus/digest"
	"assay/corpus/formats"
	"assay/internal/official"
)

// editions reads the official texts that the cards are held against.
func readOutlines(t *testing.T) []*corpus.Outline {
	t.Helper()
	var out []*corpus.Outline
	for _, name := range []string{"us/ccl_supp1.xml", "us/title-22_part-121.xml", "eu/annex-i-2025-11-15.json", "eu/common-military-list-2020.layout.txt"} {
		path := official.Path(t, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ed, err := formats.Read(corpus.Source{Name: name, Date: "2026-06-24", Retrieved: time.Unix(0, 0), Data: data})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, corpus.NewOutline(ed))
	}
	return out
}

func TestEveryCodeOfACardExists(t *testing.T) {
	d, err := digest.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range readOutlines(t) {
		c := corpus.Check(d.Cards, o)
		t.Logf("%s: %d of %d entries carded", c.Edition, c.Carded, c.Entries)
		for _, m := range c.Missing {
			t.Errorf("card %s names %s (%s), which %s does not have", m.Card, m.Code, m.Where, c.Edition)
		}
	}
}

// A figure is a number of two or more digits, or one with a decimal point:
// single digits are counts and grammar. Digits of codes are none.
var (
	figure  = regexp.MustCompile(`\d+(?:[.,]\d+)*(?: \d{3}\b)*`)
	anyCode = regexp.MustCompile(`\b\d[A-E]\d{3}(?:\.[a-z0-9]+)*`)
)

// TestFiguresOfGistsStandInTheOfficialText catches a threshold that was
// remembered instead of read: each figure in a gist has to stand in the
// official text of the same entry, on at least one of the card's lists.
func TestFiguresOfGistsStandInTheOfficialText(t *testing.T) {
	d, err := digest.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	figures := map[string]map[string]bool{} // entry -> figures in any edition
	for _, o := range readOutlines(t) {
		for _, e := range o.Entries() {
			if figures[e] == nil {
				figures[e] = map[string]bool{}
			}
			var texts []string
			head, _ := o.ByCode(e)
			texts = append(texts, head.Text)
			for _, p := range o.Below(e) {
				texts = append(texts, p.Text, p.Code)
			}
			for _, p := range o.Attached(e) {
				texts = append(texts, p.Text)
			}
			for _, f := range numbers(strings.Join(texts, "\n")) {
				figures[e][f] = true
			}
		}
	}
	checked := 0
	for i := range d.Cards {
		c := &d.Cards[i]
		known := figures[c.Entry]
		for l := range c.Lists {
			if code, ok := c.CodeOn(l, ""); ok && figures[code] != nil {
				known = figures[code]
			}
		}
		gists := map[string]string{c.Entry: c.Gist}
		for designator, p := range c.Paragraphs {
			gists[c.Code(designator)] = p.Gist
		}
		for code, gist := range gists {
			for _, f := range numbers(anyCode.ReplaceAllString(gist, " ")) {
				checked++
				if !known[f] {
					t.Errorf("%s: the gist says %s, which the official text of %s does not: %s", code, f, c.Entry, gist)
				}
			}
		}
	}
	t.Logf("%d figures checked", checked)
	if checked < 100 {
		t.Errorf("only %d figures were checked; the test has lost its subject", checked)
	}
}

// numbers returns the figures of text in one spelling: no separators of
// thousands, a point for the decimal comma, no trailing zeros.
func numbers(text string) []string {
	var out []string
	for _, raw := range figure.FindAllString(text, -1) {
		for _, f := range spellings(raw) {
			if strings.Contains(f, ".") {
				f = strings.TrimRight(strings.TrimRight(f, "0"), ".")
			}
			if (len(f) > 1) && !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

// spellings returns what a run of digits, points, commas and spaces may mean: one
// number with separators of thousands, or several numbers side by side.
func spellings(raw string) []string {
	compact := strings.ReplaceAll(raw, " ", "")
	switch {
	case thousands.MatchString(compact):
		return []string{strings.ReplaceAll(compact, ",", "")}
	case decimal.MatchString(compact) && !strings.Contains(raw, " "):
		return []string{strings.ReplaceAll(compact, ",", ".")}
	}
	out := []string{}
	if spaced.MatchString(raw) {
		out = append(out, compact)
	}
	for _, f := range strings.Fields(raw) {
		out = append(out, strings.ReplaceAll(f, ",", "."))
	}
	return out
}

var (
	thousands = regexp.MustCompile(`^[1-9]\d{0,2}(,\d{3})+(\.\d+)?$`)
	decimal   = regexp.MustCompile(`^\d+([.,]\d+)?$`)
	spaced    = regexp.MustCompile(`^[1-9]\d{0,2}( \d{3})+$`)
)
