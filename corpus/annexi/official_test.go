package annexi

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"assay/corpus"
	"assay/internal/official"
)

const consolidatedFile = "eu/annex-i-2025-11-15.json"

func load(t testing.TB) corpus.Source {
	t.Helper()
	data, err := os.ReadFile(official.Path(t, consolidatedFile))
	if err != nil {
		t.Fatal(err)
	}
	return corpus.Source{Name: consolidatedFile, Data: data}
}

// want is one paragraph or note compared by hand with the source.
type want struct {
	id, has, ends string
	applies, mark string
}

func compare(t *testing.T, ed *corpus.Edition, wants []want) {
	t.Helper()
	have := map[string]corpus.Passage{}
	for _, p := range ed.Passages {
		have[p.ID] = p
	}
	for _, w := range wants {
		p, ok := have[w.id]
		if !ok {
			t.Errorf("%s is missing", w.id)
			continue
		}
		if !strings.Contains(p.Text, w.has) || !strings.HasSuffix(p.Text, w.ends) {
			t.Errorf("%s reads %q; want %q in it and %q at the end", w.id, p.Text, w.has, w.ends)
		}
		if got := strings.Join(p.AppliesTo, " "); w.applies != "" && got != w.applies {
			t.Errorf("%s applies to %q, want %q", w.id, got, w.applies)
		}
		if w.mark != "" && !slices.Contains(p.Marks, w.mark) {
			t.Errorf("%s is marked %v, want %q", w.id, p.Marks, w.mark)
		}
	}
}

func TestOfficial(t *testing.T) {
	ed, err := ReadConsolidated(load(t))
	if err != nil {
		t.Fatal(err)
	}
	kinds, marks := map[corpus.Kind]int{}, map[string]int{}
	for _, p := range ed.Passages {
		kinds[p.Kind]++
		for _, m := range []string{MarkPower, MarkItems, MarkPath, MarkList, "acronym"} {
			if slices.Contains(p.Marks, m) {
				marks[m]++
			}
		}
	}
	for name, ok := range map[string]bool{
		"date":                    ed.ID() == "eu-dual-use@2025-11-15",
		"384 entries":             kinds[corpus.KindEntry] == 384,
		"3050 paragraphs":         kinds[corpus.KindParagraph] == 3050,
		"175 definitions":         kinds[corpus.KindDefinition] == 175,
		"154 acronyms":            marks["acronym"] == 154,
		"69 powers restored":      marks[MarkPower] == 69,
		"10 notes made whole":     marks[MarkItems] == 10,
		"12 paths restored":       marks[MarkPath] == 12,
		"4 lists split into 11":   marks[MarkList] == 15,
		"credit and address":      strings.Contains(ed.Attribution, "European Union") && strings.Contains(ed.Attribution, "celex/02021R0821-20251115"),
		"source is what was read": ed.Source == consolidatedFile && len(ed.SHA256) == 64,
	} {
		if !ok {
			t.Errorf("not as expected: %s (%v, %v)", name, kinds, marks)
		}
	}
	compare(t, ed, []want{
		{"0B001.b.13.b", "0,2 %", ";", "", ""},
		{"1C001.a", "2 × 10^8 Hz", "3 × 10^12 Hz;", "", MarkPower},
		{"1C010.e.1.b.1", "10,15 × 10^6 m", "and", "", MarkPath},
		{"1C010.e.2.b", "453 K", "or", "", MarkPath},
		{"1C010.e#note-2", "2. A length not", "1C009.b.", "", ""},
		{"1C350.90", "142-84-7", ".", "", ""},
		{"3A001.a.1.c", "5 × 10^13 n/cm2", "", "", MarkPower},
		{"3A001.a.5.a.1", "1,3 Giga", "(GSPS);", "", ""},
		{"3A001.a.5.a.3", "400 MSPS", ";", "", ""},
		{"3A001.a.5.a.5", "65 MSPS", ";", "", ""},
		{"3A001.a.5.b.2.b", "3500 MSPS", ";", "", ""},
		{"3A231.b", "", "", "", ""},
		{"3B001.f.1.b#technical_note-1", "where the K factor", "0,35.", "", MarkItems},
		{"4A001.a.2.c", "1× 10^-8", ";", "", MarkPath},
		{"4A003.b", "70 Weighted", "(WT);", "", ""},
		{"5A001.a#note-1", "control only", "equipment.", "5A001.a.3 5A001.a.4", ""},
		{"5A001.f.3.b", "GSM", "or", "", ""},
		{"5A001.f#note-1", "c. Equipment designed for the", "systems.", "5A001.f.1 5A001.f.2", ""},
		{"5A001.j.1.c", "Indexing", "and", "", ""},
		{"5A001.j.2.a", "hard selectors", "and", "", ""},
		{"5A001.j#note-1", "a. Marketing purpose;", "(QoE).", "", ""},
		{"5A002.a.4.b", "standalone item", "Part 2.", "", ""},
		{"5A002.b#technical_note-1", "2. Enabling", "Part 2.", "", MarkItems},
		{"5A004.b#note-2", "c. Data extraction items", "rooting.", "", MarkItems},
		{"6A003.b.4#note-4", "", "", "6A003.b.4.c", ""},
		{"6A005.b.7.b.2", "50 W", "or", "", ""},
		{"6A008.l.4#technical_note-1", "1500 m", "", "", MarkItems},
		{"7A008#nb-1", "6A001.b.", "8A002.", "", MarkItems},
		{"9A106.d#note-1", "c. Gas turbines", "8000 r.p.m. at the maximum operating mode.", "", MarkItems},
		{"9A106.c#technical_note-1", "5. Thrust tabs", ".", "", MarkItems},
		{"5#note-5", "Cryptography Note", "", "5A002 5D002.a.1 5D002.b 5D002.c.1", ""},
		{"#definition-laser", "(0 1 2 3 5 6 7 8 9 10)"[:2], "", "", ""},
		{"#definition-information-security", "accessibility", "", "", "categories=GSN GISN 5"},
		{"#definition-data-device", "digital information", ".", "", "categories=def"},
		{"#definition-digital-transfer-rate", "bit rate", "\"total digital transfer rate\".", "", "categories=def"},
		{"#definition-in-the-public-domain", "", "", "", "categories=GTN NTN GSN"},
		{"#definition-optical-integrated-circuit", "", ".", "", ""},
		{"#administrative-article-2-20", "cyber-surveillance", "", "", ""},
		{"#note-general-software-note", "b. \"In the public domain\"", "", "1D 2D 3D 4D 5D 6D 7D 8D 9D", ""},
		{"#note-general-technology-note", "", "", "1E 2E 3E 4E 5E 6E 7E 8E 9E", ""},
		{"#note-nuclear-software-note", "", "", "0D", ""},
		{"#note-nuclear-technology-note", "", "", "0E", ""},
		{"#note-general-information-security-note", "", "", "5A002 5A003 5A004 5B002 5D002 5E002", ""},
		{"#administrative-article-5", "", "", "", ""},
		{"3A201.a.1", "a.1", "a.1", "", MarkList},
		{"3A201.a.1.d", "50 nH", "or", "", MarkList},
		{"3A201.c.2.b", "50 MW", ".", "", MarkList},
		{"#acronym-adc", "Converter", "", "", ""},
	})
}

// TestOfficialNothingLost compares the words of the entries and of the texts
// around them with those of the passages.
func TestOfficialNothingLost(t *testing.T) {
	src := load(t)
	ed, err := ReadConsolidated(src)
	if err != nil {
		t.Fatal(err)
	}
	var in consolidated
	if err := json.Unmarshal(src.Data, &in); err != nil {
		t.Fatal(err)
	}
	words := func(s string) []string {
		return strings.FieldsFunc(strings.ReplaceAll(s, "^", ""), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	entries := func(code string) bool { return len(code) >= 5 }
	balance := map[string]int{}
	for _, e := range in.Entries {
		for _, line := range strings.Split(e.Text, "\n") {
			_, text, _ := strings.Cut(line, " ")
			for _, w := range words(text) {
				balance[w]++
			}
		}
	}
	items := 0
	for _, p := range ed.Passages {
		if !entries(p.Code) {
			continue
		}
		text := p.Text
		if p.Kind != corpus.KindEntry && p.Kind != corpus.KindParagraph {
			text = p.Label + " " + text
		}
		for _, w := range words(text) {
			balance[w]--
		}
	}
	for w, n := range balance {
		switch {
		case n < 0 && len(w) == 1: // the designators of items given back to a note
			items -= n
		case n != 0 && len(w) > 1:
			t.Errorf("%q: %+d (more in the source is positive)", w, n)
		case n > 0: // rows of the table of 4A001.a.2 lose their designators to the code
			items -= n
		}
	}
	if items < 15 || items > 40 {
		t.Errorf("designators of note items outweigh those of table rows by %d", items)
	}
	var docs, around strings.Builder
	terms := 0
	for _, doc := range in.Docs {
		docs.WriteString(doc.Text)
		if doc.Type == "definitions_annex" {
			terms = strings.Count("\n"+doc.Text, "\n\"") // only a defined term opens a line with a quotation mark
		}
	}
	for _, p := range ed.Passages {
		if p.Kind == corpus.KindDefinition {
			terms--
		}
	}
	if terms != 0 {
		t.Errorf("%d terms have no definition", terms)
	}
	for _, p := range ed.Passages {
		if !entries(p.Code) {
			around.WriteString(p.Label + p.Text)
		}
	}
	if a, b := len(words(around.String())), len(words(docs.String())); a < b {
		t.Errorf("the texts around the entries have %d words, their passages %d", b, a)
	}
}

// TestOfficialAlternates: below an entry letters and numbers take turns, save
// where the list itself breaks the rule.
func TestOfficialAlternates(t *testing.T) {
	ed, err := ReadConsolidated(load(t))
	if err != nil {
		t.Fatal(err)
	}
	number := func(code string) bool { c := code[strings.LastIndexByte(code, '.')+1]; return c >= '0' && c <= '9' }
	var odd []string
	for _, p := range ed.Passages {
		if parent := corpus.ParentOf(p.Code); p.Kind == corpus.KindParagraph && corpus.ParentOf(parent) != "" && number(parent) == number(p.Code) {
			odd = append(odd, p.Code)
		}
	}
	if want := []string{"0B004.b.10.1", "0B004.b.10.2", "0B004.b.10.3", "0B004.b.10.4"}; !slices.Equal(odd, want) {
		t.Errorf("paragraphs of the same sort as their parent: %v, want %v", odd, want)
	}
}

func BenchmarkConsolidated(b *testing.B) {
	src := load(b)
	b.SetBytes(int64(len(src.Data)))
	for b.Loop() {
		if _, err := ReadConsolidated(src); err != nil {
			b.Fatal(err)
		}
	}
}
