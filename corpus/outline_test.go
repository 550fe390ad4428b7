package corpus

import (
	"slices"
	"strings"
	"testing"
)

// outlineEdition is a small list in our own words, built like the real ones:
// a category in two parts that share their groups, notes at every level.
func outlineEdition() *Edition {
	return &Edition{
		Meta: Meta{List: EUDualUse, Date: "2025-11-15", Format: "test"},
		Passages: []Passage{
			{ID: "#note-1", Kind: KindNote, Label: "General Note", Text: "Parts count too."},
			{ID: "#note-2", Kind: KindNote, Label: "Technology Note", Text: "Know-how follows its goods.", AppliesTo: []string{"5E"}},
			{ID: "#nb-1", Kind: KindNB, Label: "N.B.", Text: "See the other annex."},
			{ID: "#definition-1", Kind: KindDefinition, Label: `"Digital computer" (4 5)`, Text: "a machine that computes"},
			{ID: "#definition-2", Kind: KindDefinition, Label: `Information security ("InfoSec")`, Text: "keeping data safe"},
			{ID: "#definition-3", Kind: KindDefinition, Label: `"Frequency synthesiser" or "Hopping source"`, Text: "makes tones"},
			{ID: "4#heading-1", Code: "4", Kind: KindHeading, Text: "Category 4"},
			{ID: "4A#heading-1", Code: "4A", Kind: KindHeading, Text: "4A Goods"},
			{ID: "4A001", Code: "4A001", Kind: KindEntry, Text: `"Digital computers" that shrug off heat`},
			{ID: "4A001.a", Code: "4A001.a", Kind: KindParagraph, Label: "a.", Text: "hardened"},
			{ID: "5#heading-1", Code: "5", Kind: KindHeading, Text: "Category 5"},
			{ID: "5#note-1", Code: "5", Kind: KindNote, Text: "Both parts obey."},
			{ID: "5#heading-2", Code: "5", Kind: KindHeading, Text: "Part 1 Links"},
			{ID: "5#note-2", Code: "5", Kind: KindNote, Text: "Part 1 only."},
			{ID: "5A#heading-1", Code: "5A", Kind: KindHeading, Text: "5A1 Goods"},
			{ID: "5A001", Code: "5A001", Kind: KindEntry, Text: "Link equipment"},
			{ID: "5A001#requirement-1", Code: "5A001", Kind: KindRequirement, Text: "NS for b.5", AppliesTo: []string{"5A001.b.5"}},
			{ID: "5A001#related-1", Code: "5A001", Kind: KindRelated, Text: "See XI."},
			{ID: "5A001#administrative-1", Code: "5A001", Kind: KindAdministrative, Text: "Report yearly."},
			{ID: "5A001.a", Code: "5A001.a", Kind: KindParagraph, Text: "Rugged"},
			{ID: "5A001.b", Code: "5A001.b", Kind: KindParagraph, Text: "Radio"},
			{ID: "5A001.b#note-1", Code: "5A001.b", Kind: KindNote, Text: "Not for phones."},
			{ID: "5A001.b.5", Code: "5A001.b.5", Kind: KindParagraph, Text: "Wide band, with “hopping sources,” inside"},
			{ID: "5A001.b.5.a", Code: "5A001.b.5.a", Kind: KindParagraph, Text: "Very wide"},
			{ID: "5A001.b.5.a#technical_note-1", Code: "5A001.b.5.a", Kind: KindTechnicalNote, Text: "Measure at noon."},
			{ID: "5#heading-3", Code: "5", Kind: KindHeading, Text: "Part 2 Secrets"},
			{ID: "5#note-3", Code: "5", Kind: KindNote, Text: "Part 2 only.", AppliesTo: []string{"5A002"}},
			{ID: "5A#heading-2", Code: "5A", Kind: KindHeading, Text: "5A2 Goods"},
			{ID: "5A#heading-3", Code: "5A", Kind: KindHeading, Text: "I. Ciphers"},
			{ID: "5A002", Code: "5A002", Kind: KindEntry, Text: `Systems for "Information security"`},
			{ID: "5A002.a", Code: "5A002.a", Kind: KindParagraph, Text: "Ciphers"},
			{ID: "5A002.a#note-1", Code: "5A002.a", Kind: KindNote, Text: "Frees smart cards, and their code.", AppliesTo: []string{"5A002.a", "5D002.a"}},
			{ID: "5D#heading-1", Code: "5D", Kind: KindHeading, Text: "5D2 Code"},
			{ID: "5D002", Code: "5D002", Kind: KindEntry, Text: "Code for it"},
			{ID: "5D002.a", Code: "5D002.a", Kind: KindParagraph, Text: "Code for 5A002.a"},
			{ID: "5D002.a.1", Code: "5D002.a.1", Kind: KindParagraph, Text: "Object code"},
			{ID: "5E#heading-1", Code: "5E", Kind: KindHeading, Text: "5E2 Know-how"},
			{ID: "5E002", Code: "5E002", Kind: KindEntry, Text: "Know-how for 5A002"},
			{ID: "5E002.b.1", Code: "5E002.b.1", Kind: KindParagraph, Text: "An orphan: the list skips b"},
		},
	}
}

func ids(ps []Passage) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.ID)
	}
	return out
}

func TestOutlineEditionIsValid(t *testing.T) {
	if err := outlineEdition().Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestHeadingChain(t *testing.T) {
	o := NewOutline(outlineEdition())
	for code, want := range map[string]string{
		"4A001.a":     "4#heading-1 4A#heading-1 4A001 4A001.a",
		"5A001":       "5#heading-1 5#heading-2 5A#heading-1 5A001",
		"5A001.b.5.a": "5#heading-1 5#heading-2 5A#heading-1 5A001 5A001.b 5A001.b.5 5A001.b.5.a",
		"5A002.a":     "5#heading-1 5#heading-3 5A#heading-2 5A#heading-3 5A002 5A002.a",
		"5D002.a.1":   "5#heading-1 5#heading-3 5D#heading-1 5D002 5D002.a 5D002.a.1",
		"5E002.b.1":   "5#heading-1 5#heading-3 5E#heading-1 5E002 5E002.b.1",
		"5A":          "5#heading-1 5A#heading-1",
		"5":           "5#heading-1",
		"9A001":       "",
		"":            "",
	} {
		if got := strings.Join(ids(o.HeadingChain(code)), " "); got != want {
			t.Errorf("%q\n got %s\nwant %s", code, got, want)
		}
	}
}

func TestAttached(t *testing.T) {
	o := NewOutline(outlineEdition())
	for code, want := range map[string]string{
		"4A001.a":   "#note-1",
		"5A001.a":   "5A001#related-1 5#note-1 5#note-2 #note-1",
		"5A001.b.5": "5A001.b#note-1 5A001#requirement-1 5A001#related-1 5#note-1 5#note-2 #note-1",
		// what holds below an entry is of interest to who asks for the entry
		"5A001": "5A001#requirement-1 5A001#related-1 5#note-1 5#note-2 #note-1",
		// a deeper paragraph inherits, and keeps its own nearest
		"5A001.b.5.a": "5A001.b.5.a#technical_note-1 5A001.b#note-1 5A001#requirement-1 5A001#related-1 5#note-1 5#note-2 #note-1",
		"5A002.a":     "5A002.a#note-1 5#note-1 5#note-3 #note-1",
		// a note that stands elsewhere and names this paragraph
		"5D002.a.1": "5#note-1 #note-1 5A002.a#note-1",
		"5E002":     "5#note-1 #note-1 #note-2",
	} {
		if got := strings.Join(ids(o.Attached(code)), " "); got != want {
			t.Errorf("%s\n got %s\nwant %s", code, got, want)
		}
	}
}

func TestChildrenAndBelow(t *testing.T) {
	o := NewOutline(outlineEdition())
	for code, want := range map[string]string{
		"":          "4 5",
		"5":         "5A 5D 5E",
		"5A":        "5A001 5A002",
		"5A001":     "5A001.a 5A001.b",
		"5A001.b":   "5A001.b.5",
		"5E002":     "5E002.b.1",
		"5E002.b.1": "",
		"7":         "",
	} {
		if got := strings.Join(o.Children(code), " "); got != want {
			t.Errorf("children of %q: %s, want %s", code, got, want)
		}
	}
	want := "5A001.b.5 5A001.b.5.a 5A001.b.5.a#technical_note-1"
	if got := strings.Join(ids(o.Below("5A001.b")), " "); got != want {
		t.Errorf("below 5A001.b: %s, want %s", got, want)
	}
	if got := ids(o.Below("4")); !slices.Equal(got, []string{"4A#heading-1", "4A001", "4A001.a"}) {
		t.Errorf("below 4: %v", got)
	}
	if got, want := strings.Join(o.Entries(), " "), "4A001 5A001 5A002 5D002 5E002"; got != want {
		t.Errorf("entries: %s, want %s", got, want)
	}
}

func TestChildrenOfAListWithoutHeadings(t *testing.T) {
	o := NewOutline(&Edition{Meta: Meta{List: EUMilitary, Date: "2020-02-17"}, Passages: []Passage{
		{ID: "ML1", Code: "ML1", Kind: KindEntry, Text: "Small arms"},
		{ID: "ML11", Code: "ML11", Kind: KindEntry, Text: "Electronics"},
		{ID: "ML11.a", Code: "ML11.a", Kind: KindParagraph, Text: "Jammers"},
	}})
	if got := o.Children(""); !slices.Equal(got, []string{"ML1", "ML11"}) {
		t.Errorf("children of the list: %v", got)
	}
	if got := ids(o.HeadingChain("ML11.a")); !slices.Equal(got, []string{"ML11", "ML11.a"}) {
		t.Errorf("chain: %v", got)
	}
	if got := ids(o.Below("ML1")); got != nil {
		t.Errorf("ML1 holds %v; ML11 is no part of it", got)
	}
}

func TestDefinitions(t *testing.T) {
	o := NewOutline(outlineEdition())
	for _, tc := range []struct{ text, want string }{
		{`plain digital computer`, ""},
		{`a "digital computer"`, "#definition-1"},
		{`“Digital computers,” and "Information Security" gear`, "#definition-1 #definition-2"},
		{`a 19" rack with a "hopping source"`, "#definition-3"},
		{`“frequency synthesisers” and “hopping sources”`, "#definition-3"},
		{`“InfoSec” gear`, "#definition-2"},
		{`"unknown term"`, ""},
		{`"`, ""},
		{``, ""},
	} {
		if got := strings.Join(ids(o.Definitions(tc.text)), " "); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.text, got, tc.want)
		}
	}
}

// TestHeadingsThatNameTheirEntries: a list whose source does not say where a
// part begins puts its headings first, with the entries of each.
func TestHeadingsThatNameTheirEntries(t *testing.T) {
	o := NewOutline(&Edition{Meta: Meta{List: EUDualUse, Date: "2025-11-15"}, Passages: []Passage{
		{ID: "5#heading-1", Code: "5", Kind: KindHeading, Label: "Part 1", Text: "Links", AppliesTo: []string{"5A001"}},
		{ID: "5#note-1", Code: "5", Kind: KindNote, Text: "Of links.", AppliesTo: []string{"5A001"}},
		{ID: "5#heading-2", Code: "5", Kind: KindHeading, Label: "Part 2", Text: "Secrets", AppliesTo: []string{"5A002"}},
		{ID: "5#note-2", Code: "5", Kind: KindNote, Text: "Of both."},
		{ID: "5A001", Code: "5A001", Kind: KindEntry, Text: "Radios"},
		{ID: "5A002", Code: "5A002", Kind: KindEntry, Text: "Ciphers"},
	}})
	for code, want := range map[string]string{
		"5A001": "5#heading-1 5A001 | 5#note-1 5#note-2",
		"5A002": "5#heading-2 5A002 | 5#note-2",
	} {
		got := strings.Join(ids(o.HeadingChain(code)), " ") + " | " + strings.Join(ids(o.Attached(code)), " ")
		if got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}

func TestTermKey(t *testing.T) {
	for _, tc := range [][2]string{
		{"“Lasers”", "laser"}, {"Laser", "laser"}, {"Processes", "process"}, {"Process", "process"},
		{"Technologies", "technology"}, {"Gas-atomisation", "gas atomisation"}, {"Fixes", "fix"}, {"...", ""},
		{"apparatus", "apparatus"}, {"basis", "basis"},
	} {
		if got := termKey(tc[0]); got != tc[1] {
			t.Errorf("%q: %q, want %q", tc[0], got, tc[1])
		}
	}
}

func TestDescribe(t *testing.T) {
	o := NewOutline(outlineEdition())
	d, ok := o.Describe("5A001.b.5")
	if !ok {
		t.Fatal("5A001.b.5 is missing")
	}
	if got := d.Chain[len(d.Chain)-1].ID; got != "5A001.b.5" {
		t.Errorf("the chain ends in %s", got)
	}
	if got := ids(d.Children); !slices.Equal(got, []string{"5A001.b.5.a"}) {
		t.Errorf("children: %v", got)
	}
	if got := ids(d.Definitions); !slices.Equal(got, []string{"#definition-3"}) {
		t.Errorf("definitions: %v", got)
	}
	if !strings.HasSuffix(d.URL, "CELEX:02021R0821-20251115") {
		t.Errorf("url: %s", d.URL)
	}
	if _, ok := o.Describe("5A009"); ok {
		t.Error("5A009 is described and does not exist")
	}
}

func TestOfficialURL(t *testing.T) {
	for _, tc := range []struct {
		name string
		meta Meta
		want string
	}{
		{"ccl by date", Meta{List: USCCL, Date: "2026-06-24"}, "https://www.ecfr.gov/on/2026-06-24/title-15/part-774/appendix-Supplement%20No.%201%20to%20Part%20774"},
		{"ccl now", Meta{List: USCCL}, "https://www.ecfr.gov/current/title-15/part-774/appendix-Supplement%20No.%201%20to%20Part%20774"},
		{"usml by date", Meta{List: USUSML, Date: "2026-07-23"}, "https://www.ecfr.gov/on/2026-07-23/title-22/section-121.1"},
		{"eu consolidation", Meta{List: EUDualUse, Date: "2025-11-15"}, "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:02021R0821-20251115"},
		{"eu by its source", Meta{List: EUDualUse, Date: "2025-11-16", Source: "https://publications.europa.eu/resource/celex/02021R0821-20251115.ENG"}, "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:02021R0821-20251115"},
		{"eu first text", Meta{List: EUDualUse, Date: "2021-05-20"}, "https://eur-lex.europa.eu/eli/reg/2021/821/annex/I"},
		{"eu now", Meta{List: EUDualUse}, "https://eur-lex.europa.eu/eli/reg/2021/821/annex/I"},
		{"a list of one's own", Meta{List: "my-list", Date: "2026-01-01"}, ""},
	} {
		if got := OfficialURL(tc.meta, "3A001"); got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", tc.name, got, tc.want)
		}
	}
}

func TestByCode(t *testing.T) {
	o := NewOutline(outlineEdition())
	for code, want := range map[string]string{"5A001": "5A001", "5A": "5A#heading-1", "5": "5#heading-1", "5A001#related-1": "", "": ""} {
		p, ok := o.ByCode(code)
		if p.ID != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", code, p.ID, ok, want)
		}
	}
	if p, ok := o.Passage("5A001#related-1"); !ok || p.Text != "See XI." {
		t.Errorf("passage by id: %v %v", p, ok)
	}
}
