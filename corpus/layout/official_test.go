package layout

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"assay/corpus"
	"assay/internal/official"
)

const (
	annexFile    = "eu/annex-i-2021.layout.txt"
	militaryFile = "eu/common-military-list-2020.layout.txt"
)

func load(t testing.TB, name string) corpus.Source {
	t.Helper()
	data, err := os.ReadFile(official.Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return corpus.Source{Name: name, Data: data}
}

func byID(ed *corpus.Edition) map[string]corpus.Passage {
	m := make(map[string]corpus.Passage, len(ed.Passages))
	for _, p := range ed.Passages {
		m[p.ID] = p
	}
	return m
}

func count(ed *corpus.Edition, kind corpus.Kind) int {
	n := 0
	for _, p := range ed.Passages {
		if p.Kind == kind {
			n++
		}
	}
	return n
}

// want is one paragraph or note compared by hand with the source: words that
// stand in it, and for notes the codes they apply to.
type want struct {
	id, has, ends string
	applies       string
}

func compare(t *testing.T, ed *corpus.Edition, wants []want) {
	t.Helper()
	have := byID(ed)
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
	}
}

func TestOfficialAnnexI(t *testing.T) {
	ed, err := ReadAnnexI(load(t, annexFile))
	if err != nil {
		t.Fatal(err)
	}
	if ed.ID() != "eu-dual-use@2021-05-20" || count(ed, corpus.KindEntry) != 366 || count(ed, corpus.KindParagraph) != 2902 {
		t.Errorf("%s with %d entries and %d paragraphs", ed.ID(), count(ed, corpus.KindEntry), count(ed, corpus.KindParagraph))
	}
	compare(t, ed, []want{
		{"0B001.i.4", "Not used", ";", ""},
		{"1B118.c.2.b", "Kneading teeth/pins", "mixing chamber.", ""},
		{"1C001.a", "2 x 10^8 Hz", "3 x 10^12 Hz;", ""},
		{"1C001.a#note-1", "7 x 10^6 N/m2", "reticulated foams.", ""},
		{"1C003.b.1", "5 x 10^-4", "or", ""},
		{"1C004.a", "17,5 g/cm3", ";", ""},
		{"1C350.15", "107-07-3", ";", ""},
		{"1C350.89", "1342700-45-1", ".", ""},
		{"1C351.a.4.b.2", "H5 or H7", "protease;", ""},
		{"2B350.a", "", "", ""},
		{"3A001.a.1.c", "5 x 10^13 n/cm2", "", ""},
		{"3A001.a.5.a.1", "1,3 Giga", "(GSPS);", ""},
		{"3A001.a.5.a.3", "400 MSPS", ";", ""},
		{"3A001.a.5.a.5", "65 MSPS", ";", ""},
		{"3A001.a.5.b.2.b", "3 500 MSPS", ";", ""},
		{"3A001.a.5#technical_note-2", "3. A signal is defined", "DAC clock input.", ""},
		{"3A201.a.1.d", "50 nH", "or", ""},
		{"4E001.b.2", "aggregation", "4E001.b.1.", ""},
		{"5A001.a#note-1", "control only", "equipment.", "5A001.a.3 5A001.a.4"},
		{"5A001.f.3.b", "GSM", "or", ""},
		{"5A001.f#note-1", "b. Equipment designed for mobile", "systems.", "5A001.f.1 5A001.f.2"},
		{"5A001.f#nb-2", "5A001.b.5.", "", ""},
		{"5A001.j.1.c", "Indexing", "and", ""},
		{"5A001.j.2.b", "relational network", "people.", ""},
		{"5A001.j#note-1", "a. Marketing purpose;", "(QoE).", ""},
		{"5A002.a.4.b", "standalone item", "Part 2.", ""},
		{"5A002.a#note-2", "j. Items specially designed for", "", ""},
		{"6A001.a.2.g.4", "20 kHz", ".", ""},
		{"6A002.b#note-1", "CMOS", "", "6A002.b.1"},
		{"6A002.c.3", "6A002.a.1.", ";", ""},
		{"6A005.b.7.b.2", "50 W", "or", ""},
		{"7A003.a.1", "0,8 nautical miles", "(better);", ""},
		{"9E003.e#technical_note-1", "a. The dimension of the crankshaft", "housing.", ""},
		{"#definition-robot", "5. Stacker cranes", "retrieval.", ""},
		{"#definition-information-security", "accessibility", "", ""},
		{"#definition-digital-transfer-rate", "bit rate", "", ""},
		{"#definition-in-the-public-domain", "", "", ""},
		{"#note-general-software-note", "In the public domain", "", "1D 2D 3D 4D 5D 6D 7D 8D 9D"},
		{"#note-general-technology-note", "minimum necessary", "applications.", "1E 2E 3E 4E 5E 6E 7E 8E 9E"},
		{"#note-nuclear-software-note", "", "", "0D"},
		{"#note-nuclear-technology-note", "", "", "0E"},
		{"#note-general-information-security-note", "", "items.", "5A002 5A003 5A004 5B002 5D002 5E002"},
		{"#acronym-adc", "Converter", "", ""},
		{"5A#heading-2", "Systems", "Components", ""},
		{"2E#note-20", "clay or cement", "combination.", ""},
	})
	if got := byID(ed)["1C001.a"].Marks; len(got) != 1 || got[0] != "superscript-restored" {
		t.Errorf("1C001.a is marked %v", got)
	}
}

func TestOfficialMilitary(t *testing.T) {
	ed, err := ReadCommonMilitary(load(t, militaryFile))
	if err != nil {
		t.Fatal(err)
	}
	if ed.ID() != "eu-military@2020-02-17" || count(ed, corpus.KindEntry) != 22 || count(ed, corpus.KindParagraph) != 462 || count(ed, corpus.KindDefinition) != 41 {
		t.Errorf("%s with %d entries, %d paragraphs, %d definitions", ed.ID(), count(ed, corpus.KindEntry), count(ed, corpus.KindParagraph), count(ed, corpus.KindDefinition))
	}
	compare(t, ed, []want{
		{"ML1", "12,7 mm", "components therefor:", ""},
		{"ML1#note-1", "d. \"Deactivated firearms\"", ".", ""},
		{"ML1.b.2.a", "Fully automatic", "weapons;", ""},
		{"ML1.b#note-1", "5. Disrupting", "Dual-Use List.", ""},
		{"ML1.d.6", "Optical weapon-sights", "military use.", ""},
		{"ML4.b.2#technical_note-1", "jamming", "", ""},
		{"ML4.c#note-1", "b. An equivalent document", "installed.", ""},
		{"ML5.d", "Field test", "", ""},
		{"ML7.b.2.a.5", "63905-10-2", ";", ""},
		{"ML7#note-1", "l. Bromo methylethylketone", "Dual-Use List.", "ML7.b ML7.d"},
		{"ML8.a.21.a", "121-82-4", ";", ""},
		{"ML8.f.17.b#note-1", "71463-62-2", "", ""},
		{"ML9.a.1#note-1", "divers", ".", ""},
		{"ML9.a.2.c.2", "Pre-wet", "or", ""},
		{"ML10#note-6", "", "", "ML10.d"},
		{"ML11.a", "Electronic equipment", "therefor;", ""},
		{"ML13#note-3", "helmets", "protection.", "ML13.c ML13.d"},
		{"ML21", "\"Software\"", "follows:", ""},
		{"ML21.b.5", "offensive cyber", "operations;", ""},
		{"ML22#note-2", "magnetic induction", "", ""},
		{"ML22.a", "", "Common Military List;", ""},
		{"ML22.b.2", "small arms", "antique small arms;", ""},
		{"ML22.b.4#nb-1", "", "ML22.b.4.", ""},
		{"ML22.b.5", "biocatalysts", "material.", ""},
		{"#definition-unmanned-aerial-vehicle", "", "", ""},
		{"#definition-biopolymers", "4. 'Receptors'", "", ""},
		{"#definition-aircraft", "rotary wing", "", "ML8 ML10 ML14"},
	})
}

// letters counts the letters and digits of s.
func letters(into map[rune]int, s string, by int) {
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			into[r] += by
		}
	}
}

// TestOfficialNothingLost holds every letter between the first and the last
// line of the list against the passages: nothing but what the page adds and
// "continued" lines may be missing.
func TestOfficialNothingLost(t *testing.T) {
	for _, tt := range []struct {
		file        string
		read        func(corpus.Source) (*corpus.Edition, error)
		first, stop string
	}{
		{annexFile, ReadAnnexI, `^ +GENERAL NOTES TO ANNEX I$`, `^2020 UPDATE OF THE EU`},
		{militaryFile, ReadCommonMilitary, `^ML1   `, `^\x00`},
	} {
		src := load(t, tt.file)
		ed, err := tt.read(src)
		if err != nil {
			t.Fatal(err)
		}
		first, stop, going := regexp.MustCompile(tt.first), regexp.MustCompile(tt.stop), false
		balance := map[rune]int{}
		for _, page := range strings.Split(string(src.Data), "\f") {
			lines := strings.Split(strings.TrimSpace("|\n"+page), "\n")[1:]
			head := true
			for i, l := range lines {
				trimmed := strings.TrimSpace(l)
				if trimmed == "" {
					continue
				}
				running := head && tt.file == annexFile
				head = false
				if running || i == len(lines)-1 {
					continue // running head, or page number
				}
				if first.MatchString(l) {
					going = true
				}
				if stop.MatchString(l) {
					going = false
				}
				if going && !strings.HasSuffix(trimmed, "continued") {
					letters(balance, l, 1)
				}
			}
		}
		for _, p := range ed.Passages {
			switch p.Kind {
			case corpus.KindEntry:
				letters(balance, p.Code, -1)
				if p.Text == p.Code {
					continue // no words of its own
				}
			case corpus.KindParagraph:
				letters(balance, p.Code[strings.LastIndexByte(p.Code, '.')+1:], -1)
				if p.Text == p.Label {
					continue
				}
			case corpus.KindDefinition:
				for i, code := range p.AppliesTo {
					letters(balance, code[2:], -1)
					if i == 0 {
						letters(balance, "ML", -1) // printed once for all
					}
				}
			case corpus.KindHeading, corpus.KindAdministrative:
				letters(balance, p.Label, -1)
			default:
				if strings.HasPrefix(p.ID, "#note-general-note-") {
					letters(balance, strings.TrimPrefix(p.Label, "General Note "), -1)
				} else {
					letters(balance, p.Label, -1)
				}
				if p.Code == "" && p.AppliesTo != nil { // its title ends with its initials
					for _, word := range strings.Fields(p.Label) {
						letters(balance, word[:1], -1)
					}
				}
			}
			letters(balance, p.Text, -1)
		}
		if tt.file == annexFile {
			balance['s']-- // "Technicals Notes:" is printed once, and read as "Technical Notes"
		}
		for r, n := range balance {
			if n != 0 {
				t.Errorf("%s: %q: %+d (more in the source is positive)", tt.file, r, n)
			}
		}
	}
}

func TestOfficialCutOff(t *testing.T) {
	for _, tt := range []struct {
		file string
		read func(corpus.Source) (*corpus.Edition, error)
	}{{annexFile, ReadAnnexI}, {militaryFile, ReadCommonMilitary}} {
		src := load(t, tt.file)
		for _, part := range []int{0, 10, 50, 90, 99} {
			cut := src
			cut.Data = src.Data[:len(src.Data)*part/100]
			if end := strings.LastIndexByte(string(cut.Data), '\f'); part == 50 || part == 90 {
				cut.Data = cut.Data[:end+1] // at the end of a page
			}
			if ed, err := tt.read(cut); err == nil || ed != nil {
				t.Errorf("%s cut at %d %% is accepted", tt.file, part)
			}
		}
	}
}

func BenchmarkAnnexI(b *testing.B) {
	src := load(b, annexFile)
	b.SetBytes(int64(len(src.Data)))
	for b.Loop() {
		if _, err := ReadAnnexI(src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMilitary(b *testing.B) {
	src := load(b, militaryFile)
	b.SetBytes(int64(len(src.Data)))
	for b.Loop() {
		if _, err := ReadCommonMilitary(src); err != nil {
			b.Fatal(err)
		}
	}
}
