package draft

import (
	"strings"
	"testing"

	"assay/corpus"
)

func TestLabel(t *testing.T) {
	for _, tt := range []struct{ in, kind, label, rest string }{
		{"Note: X", "note", "Note", "X"}, {"Note 2: X", "note", "Note 2", "X"}, {"Notes: 1. X", "note", "Notes", "1. X"},
		{"Note 1 ML2.a. X", "note", "Note 1", "ML2.a. X"}, {"Note 9E003 X", "note", "Note", "9E003 X"},
		{"Technical Note: X", "technical_note", "Technical Note", "X"}, {"Technicals Notes:", "technical_note", "Technical Notes", ""},
		{"Technical Note X is", "technical_note", "Technical Note", "X is"}, {"Technical Note 2: X", "technical_note", "Technical Note 2", "X"},
		{"N.B. X", "nb", "N.B.", "X"}, {"N.B.1. X", "nb", "N.B.1", "X"}, {"N.B. 2 X", "nb", "N.B.2", "X"}, {"N.B.: X", "nb", "N.B.", "X"},
		{"Notes 1 and 2 apply", "", "", ""}, {"Note 2.a., b. or c.", "", "", ""}, {"Noted", "", "", ""}, {"Technical notes on paper", "", "", ""},
	} {
		kind, label, rest, ok := Label(tt.in)
		if string(kind) != tt.kind || label != tt.label || rest != tt.rest || ok != (tt.kind != "") {
			t.Errorf("Label(%q) = %q, %q, %q, %v", tt.in, kind, label, rest, ok)
		}
	}
}

func TestAppliesTo(t *testing.T) {
	for _, tt := range []struct{ text, code, want string }{
		{"5A001.a.3. and 5A001.a.4. control", "5A001.a", "5A001.a.3 5A001.a.4"},
		{"5A001.a. does not control", "5A001.a", ""},
		{"5A001 does not control", "5A001.a", ""},
		{"For the purposes of 3A001.b.2, X", "3A001.b", "3A001.b.2"},
		{"In 1B117.d. the term", "1B117", "1B117.d"},
		{"3A001.a.3. to 3A001.a.6. X", "3A001", "3A001.a.3 3A001.a.4 3A001.a.5 3A001.a.6"},
		{"1C350.1, .3, .5 and .11 do not", "1C350", "1C350.1 1C350.3 1C350.5 1C350.11"},
		{"ML13.c. and d. do not", "ML13", "ML13.c ML13.d"},
		{"Cryptography Note 5A002, 5D002.a.1. X", "5", "5A002 5D002.a.1"},
		{"SEE ALSO 3A101.", "3A001", ""}, {"", "3A001", ""}, {"Toys.", "3A001", ""},
	} {
		got := strings.Join(AppliesTo(tt.text, tt.code), " ")
		if got != tt.want {
			t.Errorf("AppliesTo(%q, %s) = %q, want %q", tt.text, tt.code, got, tt.want)
		}
	}
}

func TestRestorePowers(t *testing.T) {
	for in, want := range map[string]string{
		"2 × 109 N/m2": "2 × 10^9 N/m2", "1 × 10-4 nT": "1 × 10^-4 nT", "5 x 10 13 n/cm2": "5 x 10^13 n/cm2", "3,18 × 106m": "3,18 × 10^6m",
		"exceeding 25 × 106.": "exceeding 25 × 10^6.", "5× 103 Gy; 6 × 107 Gy": "5× 10^3 Gy; 6 × 10^7 Gy",
		"20 W × 10 cm3": "20 W × 10 cm3", "2 × 100 m": "2 × 100 m", "2 × 1000": "2 × 1000", "2 × 10,5 m": "2 × 10,5 m", "2 × 105,5 m": "2 × 105,5 m",
		"in 1012 operations": "in 1012 operations", "2 × 10512 m": "2 × 10512 m", "2 x 10^8 Hz": "2 x 10^8 Hz",
	} {
		got, changed := RestorePowers(in)
		if got != want || changed != (in != want) {
			t.Errorf("RestorePowers(%q) = %q, %v; want %q", in, got, changed, want)
		}
	}
}

func TestNext(t *testing.T) {
	for in, want := range map[string]string{"1": "2", "9": "10", "a": "b", "z": "aa", "aa": "bb", "zz": "aaa", "ab": "", "(": ""} {
		if got := Next(in); got != want {
			t.Errorf("Next(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAdd(t *testing.T) {
	d, err := New(corpus.Source{Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []corpus.Passage{
		{Code: "LT10", Kind: corpus.KindEntry, Text: "X"}, {Code: "LT10", Kind: corpus.KindNote, Text: "X"}, {Code: "LT10", Kind: corpus.KindNote, Text: "X"},
		{ID: "#definition-a", Kind: corpus.KindDefinition, Text: "X"}, {ID: "#definition-a", Kind: corpus.KindDefinition, Text: "X"},
	} {
		if err := d.Add(3, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Add(7, corpus.Passage{Code: "LT10", Kind: corpus.KindEntry}); err == nil || err.Line != 7 {
		t.Errorf("an entry twice: %v", err)
	}
	var ids []string
	for _, p := range d.passages {
		ids = append(ids, p.ID)
	}
	if got := strings.Join(ids, " "); got != "LT10 LT10#note-1 LT10#note-2 #definition-a #definition-a-2" {
		t.Errorf("ids %s", got)
	}
}

func TestDefinition(t *testing.T) {
	for _, tt := range []struct{ line, id, label, marks string }{
		{`"Wobble" (3 5) means shaking.`, "#definition-wobble", "Wobble", "categories=3 5"},
		{`"Wobble" (gyro) (7) means shaking.`, "#definition-wobble", "Wobble", "categories=7"},
		{`"Locked Thing" ("LT") (5) is shut.`, "#definition-locked-thing", `Locked Thing ("LT")`, "categories=5"},
		{`"Lock" (GSN GISN 5) is shut.`, "#definition-lock", "Lock", "categories=GSN GISN 5"},
		{`"Lock" (GTN, NTN, All) is shut.`, "#definition-lock", "Lock", "categories=GTN NTN All"},
		{`"Gauge" (def) is a stick.`, "#definition-gauge", "Gauge", "categories=def"},
		{`"Hum" - see "wobble".`, "#definition-hum", "Hum", ""},
		{`"rovings", "tows" and so on.`, "", "", ""},
		{`"Lock" (later) is shut.`, "", "", ""},
		{`N.B. See "lock" (5).`, "", "", ""},
	} {
		p, ok := Definition(tt.line)
		if p.ID != tt.id || p.Label != tt.label || strings.Join(p.Marks, " ") != tt.marks || ok != (tt.id != "") || p.Text != tt.line {
			t.Errorf("Definition(%q) = %+v, %v", tt.line, p, ok)
		}
	}
}

func TestNoteScope(t *testing.T) {
	security := []string{"5A002"}
	for _, tt := range []struct{ label, text, want string }{
		{"General Software Note", "Categories 1 to 3 are free.", "1D 2D 3D"},
		{"Nuclear Software Note", "Section D of Category 0; see Category 5.", "0D"},
		{"General Technology Note", "(read with section E of Categories 8 to 9)", "8E 9E"},
		{"Nuclear Technology Note", "No word of where.", ""},
		{"General Information Security Note", "Category 5", "5A002"},
		{"General Note 1", "Category 5", ""},
	} {
		if got := strings.Join(NoteScope(tt.label, tt.text, security), " "); got != tt.want {
			t.Errorf("NoteScope(%s, %q) = %q, want %q", tt.label, tt.text, got, tt.want)
		}
	}
}

func TestPartOf(t *testing.T) {
	codes := []string{"", "5", "4A001", "5A001", "5A002", "5A101", "5D002"}
	for _, tt := range []struct{ outer, part, want string }{{"5", "1", "5A001 5A101"}, {"5", "2", "5A002 5D002"}, {"5A", "2", "5A002"}} {
		if got := strings.Join(PartOf(tt.outer, tt.part, codes), " "); got != tt.want {
			t.Errorf("PartOf(%s, %s) = %s, want %s", tt.outer, tt.part, got, tt.want)
		}
	}
}
