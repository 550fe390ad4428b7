package annexi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/corpus"
)

// file builds the JSON form around entries and texts of our own.
func file(entries map[string]string, docs ...document) []byte {
	type m = map[string]any
	var codes []string
	for c := range entries {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	out := m{"celex": "02021R0821", "corpus_version": "v", "valid_from": "2031-06-01", "attribution": "© Us", "source_url": "http://x.example/", "entry_count": len(codes), "docs": []m{}}
	var index, list []m
	for _, c := range codes {
		index = append(index, m{"code": c})
		list = append(list, m{"entry_code": c, "verbatim_text": entries[c]})
	}
	out["index"], out["entries"] = index, list
	var texts []m
	for _, d := range docs {
		texts = append(texts, m{"doc_type": d.Type, "title": d.Title, "verbatim_text": d.Text})
	}
	out["docs"] = texts
	data, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		panic(err)
	}
	return data
}

func read(data []byte) (*corpus.Edition, error) {
	return ReadConsolidated(corpus.Source{Name: "small.json", Data: data})
}

func TestSmall(t *testing.T) {
	ed, err := read(file(map[string]string{
		"3A001": "3A001 Gadgets:\n3A001.a Fast ones:\n3A001.a.1 Over 2 × 109 Hz;\n3A001.a.2 Over 105 × 103 mm at 10 W;\n3A001.a Note 2: 3A001.a.1. and .2. exclude toys.\n" +
			"3A001.b A 'gizmo';\n3A001.b Technical Note: A 'gizmo' is:\n3A001.b.1 Round; or\n3A001.b.2 Square.\n3A001.c Last.",
		"3A002": "3A002 Lamps.\n3A002 Technical Note:\n3A002 Lamps shine.\n3A002 N.B.1. See 3A001.",
		"3E001": "3E001 Skills:\n3E001.a Of:\n3E001.1 Hands;\n3E001.1.a Left;\n3E001.1.2 Feet.\n3E001.1 Note: Toes count.",
		"3A003": "3A003 Sets:\n3A003.a a. Weight over 3 kg; b. Height over 2 m; and c. Width; or\n3A003.b 1. Red; or 2. Blue.\n3A003.c a. Round; d. Square.\n3A003.d a. Alone.",
		"5A001": "5A001 Telephones.",
		"5A002": "5A002 Locks.",
		"5D002": "5D002 Keys.",
		"4A001": "4A001 Rows:\n4A001.a Any of:\n4A001.a a. Dose | 5× 103 Gy;\n4A001.a b. Rate | 1× 10-8;",
	},
		document{"definitions_annex", "D", "Intro\n\"Wobble\" (3 5) means shaking.\nN.B. Slowly.\na Left; or\nb Right.\n\"Hum\" - see \"wobble\".\n" +
			"\"Locked Thing\" (\"LT\") (GSN GISN 5) is shut.\n\"Gauge\" (def) means a stick.\nwww.example.org"},
		document{"section_note", "Category 3 — 3A Systems — notes", "Note 1: Toys are out.\nNote 2: 3A001.a. is in."},
		document{"section_note", "Category 4 — 4B Tests — notes", "None."},
		document{"general_notes", "G", "1 Old is new.\n2 Parts count.\n2 N.B. Small ones."},
		document{"acronyms", "A", "QZX | Quick Zero"},
		document{"article_4", "Article 4 — Catch", "Article 41.Ask first."},
		document{"editorial_practices", "PRACTICES", "Commas."},
		document{"general_software_note", "GSN", "Categories 1 to 3 are \"free\":\na.1 Sold; or\nb Given."},
		document{"nuclear_technology_note", "NTN", "Category 0 skills of Categories 1 to 9."},
		document{"general_technology_note", "GTN", "Skills."},
		document{"information_security_note", "GISN", "See Category 5, Part 2."},
	))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range ed.Passages {
		got = append(got, fmt.Sprintf("%s|%s|%s|%v%v", p.ID, p.Label, p.Text, p.AppliesTo, p.Marks))
	}
	want := []string{
		"#administrative-definitions||Intro|[][]",
		`#definition-wobble|Wobble|"Wobble" (3 5) means shaking. N.B. Slowly. a. Left; or b. Right.|[][categories=3 5]`,
		`#definition-hum|Hum|"Hum" - see "wobble".|[][]`,
		`#definition-locked-thing|Locked Thing ("LT")|"Locked Thing" ("LT") (GSN GISN 5) is shut.|[][categories=GSN GISN 5]`,
		`#definition-gauge|Gauge|"Gauge" (def) means a stick.|[][categories=def]`,
		"#administrative-definitions-2||www.example.org|[][]",
		"#note-general-note-1|General Note 1|Old is new.|[][]",
		"#note-general-note-2|General Note 2|Parts count. N.B. Small ones.|[][]",
		"#acronym-qzx|QZX|Quick Zero|[][acronym]",
		"#administrative-article-4|Article 4|1.Ask first.|[][]",
		"#administrative-editorial-practices|PRACTICES|Commas.|[][]",
		"#note-general-software-note|General Software Note|Categories 1 to 3 are \"free\": 1. Sold; or b. Given.|[1D 2D 3D][]",
		"#note-nuclear-technology-note|Nuclear Technology Note|Category 0 skills of Categories 1 to 9.|[0E][]",
		"#note-general-technology-note|General Technology Note|Skills.|[][]",
		"#note-general-information-security-note|General Information Security Note|See Category 5, Part 2.|[5A002 5D002][]",
		"3A#heading-1|3A|Systems|[][]",
		"3A#note-1|Note 1|Toys are out.|[][]",
		"3A#note-2|Note 2|3A001.a. is in.|[3A001.a][]",
		"3A001||Gadgets:|[][]",
		"3A001.a|a|Fast ones:|[][]",
		"3A001.a.1|a.1|Over 2 × 10^9 Hz;|[][superscript-restored]",
		"3A001.a.2|a.2|Over 105 × 10^3 mm at 10 W;|[][superscript-restored]",
		"3A001.a#note-1|Note 2|3A001.a.1. and .2. exclude toys.|[3A001.a.1 3A001.a.2][]",
		"3A001.b|b|A 'gizmo';|[][]",
		"3A001.b#technical_note-1|Technical Note|A 'gizmo' is: 1. Round; or 2. Square.|[][note-items-reattached]",
		"3A001.c|c|Last.|[][]",
		"3A002||Lamps.|[][]",
		"3A002#technical_note-1|Technical Note|Lamps shine.|[][note-items-reattached]",
		"3A002#nb-1|N.B.1|See 3A001.|[][]",
		"3A003||Sets:|[][]",
		"3A003.a|a|a|[][list-split]",
		"3A003.a.a|a.a|Weight over 3 kg;|[][list-split]",
		"3A003.a.b|a.b|Height over 2 m; and|[][list-split]",
		"3A003.a.c|a.c|Width; or|[][list-split]",
		"3A003.b|b|b|[][list-split]",
		"3A003.b.1|b.1|Red; or|[][list-split]",
		"3A003.b.2|b.2|Blue.|[][list-split]",
		"3A003.c|c|a. Round; d. Square.|[][]",
		"3A003.d|d|a. Alone.|[][]",
		"3E001||Skills:|[][]",
		"3E001.a|a|Of:|[][]",
		"3E001.a.1|a.1|Hands;|[][path-restored]",
		"3E001.a.1.a|a.1.a|Left;|[][path-restored]",
		"3E001.a.2|a.2|Feet.|[][path-restored]",
		"3E001.a#note-1|Note|Toes count.|[][]",
		"4A001||Rows:|[][]",
		"4A001.a|a|Any of:|[][]",
		"4A001.a.a|a.a|Dose 5× 10^3 Gy;|[][path-restored superscript-restored]",
		"4A001.a.b|a.b|Rate 1× 10^-8;|[][path-restored superscript-restored]",
		"4B#heading-1|4B|Tests|[][]",
		"4B#administrative-1||None.|[][]",
		"5A001||Telephones.|[][]",
		"5A002||Locks.|[][]",
		"5D002||Keys.|[][]",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("read\n%s\nwant\n%s", g, w)
	}
	if ed.ID() != "eu-dual-use@2031-06-01" || ed.Attribution != "© Us Source: http://x.example/" {
		t.Errorf("record %+v", ed.Meta)
	}
}

func TestRefuses(t *testing.T) {
	good := string(file(map[string]string{"3A001": "3A001 Gadgets:\n3A001.a Fast."}))
	one := func(text string) string { return string(file(map[string]string{"3A001": text})) }
	for _, tt := range []struct{ name, text, says string }{
		{"empty", "", "EOF"},
		{"not JSON", "hello", "invalid character"},
		{"cut", good[:len(good)/2], "ends in the middle"},
		{"more after", good + "{}", "more text"},
		{"nesting", `{"celex":` + strings.Repeat("[", 10000), ":1: brackets nest deeper than 64"},
		{"nesting of objects", `{"celex":` + strings.Repeat(`{"a":`, 10000), "nest deeper"},
		{"NUL", strings.Replace(good, "Fast", "Fa\x00st", 1), "NUL"},
		{"not UTF-8", strings.Replace(good, "Fast", "Fa\xffst", 1), "UTF-8"},
		{"no celex", strings.Replace(strings.Replace(good, `"celex"`, `"x"`, 1), `"corpus_version"`, `"y"`, 1), "celex"},
		{"count", strings.Replace(good, `"entry_count": 1`, `"entry_count": 2`, 1), "entry_count says 2"},
		{"index", strings.Replace(good, `"code": "3A001"`, `"code": "3A002"`, 1), "index has 3A002"},
		{"wrong type", strings.Replace(good, `"entry_count": 1`, `"entry_count": "one"`, 1), "entry_count"},
		{"no entries", string(file(nil)), "no entries"},
		{"no day", strings.Replace(good, "2031-06-01", "", 1), "--date"},
		{"not an entry code", strings.ReplaceAll(good, "3A001", "3F001"), "3F001"},
		{"short code of an entry", string(file(map[string]string{"5": "5 X."}, document{"information_security_note", "GISN", "Y."})), "not the code"},
		{"another entry's line", one("3A001 X:\n3A002.a Y."), "line 2"},
		{"no head", one("3A001.a X."), "opens with 3A001.a"},
		{"line without text", one("3A001 X:\n3A001.a"), "3A001.a without text"},
		{"note without text", one("3A001 X.\n3A001 Note:"), "Note without text"},
		{"twice", one("3A001 X:\n3A001.a Y.\n3A001.a Z."), "stands twice"},
		{"title", string(file(map[string]string{"3A001": "3A001 X."}, document{"section_note", "Part", "Note: Y."})), "names no category"},
	} {
		ed, err := read([]byte(tt.text))
		var re *corpus.ReadError
		if !errors.As(err, &re) || ed != nil || re.Remedy == "" || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want %q", tt.name, err, tt.says)
		}
	}
	for name, limits := range map[string]corpus.Limits{"bytes": {Bytes: 99}, "passages": {Passages: 1}, "text": {Text: 3}, "depth": {Depth: 1}} {
		if _, err := ReadConsolidated(corpus.Source{Name: "x", Data: []byte(good), Limits: limits}); err == nil {
			t.Errorf("%s over the limit are accepted", name)
		}
	}
}

func FuzzConsolidated(f *testing.F) {
	f.Add("Gadgets:\n3A001.a Over 2 × 109 Hz;\n3A001.1 Y:\n3A001.1.a Z\n3A001.a Note: 3A001.a. to .c. X:", "Note 1: X\n1 a\n1.a b")
	f.Add("X\n3A001 Technical Note:\n3A001 Y.", "\"Term\" (1) means:\na b")
	f.Fuzz(func(t *testing.T, text, doc string) {
		ed, err := read(file(map[string]string{"3A001": "3A001 " + text}, document{"section_note", "Category 3 — 3A X — notes", doc},
			document{"definitions_annex", "D", doc}, document{"definitions", "D", doc}, document{"general_notes", "G", doc}))
		check(t, ed, err)
	})
}

func FuzzBytes(f *testing.F) {
	f.Add(file(map[string]string{"3A001": "3A001 Gadgets:\n3A001.a Fast."}))
	f.Add([]byte(smallXHTML))
	f.Fuzz(func(t *testing.T, data []byte) {
		ed, err := read(data)
		check(t, ed, err)
		ed, err = readXHTML(corpus.Source{Name: "fuzz", Date: "2031-06-01", Data: data}, 1)
		check(t, ed, err)
	})
}

// check holds a result to what every reader promises.
func check(t *testing.T, ed *corpus.Edition, err error) {
	t.Helper()
	if err != nil {
		var re *corpus.ReadError
		if !errors.As(err, &re) || ed != nil {
			t.Fatalf("error %T %v, edition %v", err, err, ed)
		}
		return
	}
	if err := ed.Validate(); err != nil {
		t.Fatal(err)
	}
}
