package ecfr

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"assay/corpus"
)

// dump prints passages one a line, in a form that is easy to compare.
func dump(ed *corpus.Edition) string {
	var b strings.Builder
	for _, p := range ed.Passages {
		fmt.Fprintf(&b, "%s | %s | %s", p.ID, p.Label, p.Text)
		if len(p.AppliesTo) > 0 {
			fmt.Fprintf(&b, " | for %s", strings.Join(p.AppliesTo, " "))
		}
		if len(p.Marks) > 0 {
			fmt.Fprintf(&b, " | %s", strings.Join(p.Marks, ", "))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// same reports the first line in which got and want differ.
func same(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(strings.TrimSpace(got), "\n"), strings.Split(strings.TrimSpace(want), "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("line %d\n got %s\nwant %s", i+1, a, b)
		}
	}
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const cclWant = `
#heading-1 |  | Supplement No. 1 to Part 774—A made-up list for tests
3#heading-1 |  | Category 3—Teapots
3A#heading-1 |  | A. “Pots” and “Lids”
3A#note-1 | Note 1 | Saucers follow the cup they stand under.
3A001 | 3A001 | Teapots with a volume above 10^3 cm^3, as follows (see the items).
3A001#reasons-1 | Reason for Control | NS, AT | reason=NS, reason=AT
3A001#requirement-1 |  | NS applies to 3A001.a, b.2, .d to .f and b.1.a | NS Column 2. | for 3A001.a 3A001.b.2 3A001.d 3A001.e 3A001.f 3A001.b.1.a | reason=NS, column=NS Column 2
3A001#requirement-2 |  | RS applies to entire entry, except 3A001.y | RS Column 1 | reason=RS, column=RS Column 1, except
3A001#requirement-3 |  | MT applies to 3A001.a when used afloat | MT Column 1 | for 3A001.a | reason=MT, column=MT Column 1, conditional
3A001#requirement-4 |  | AT applies to entire entry | AT Column 1 | reason=AT, column=AT Column 1
3A001#note-1 | License Requirement Note 1 | Empty pots too.
3A001#note-2 | License Requirement Note 2 | Also broken ones.
3A001#administrative-1 | Reporting Requirements | Write home twice a year.
3A001#exception-1 | LVS | $5 for 3A001.a and .b $7 for all others.
3A001#exception-2 | GBS | Yes, except 3A001.d | except
3A001#exception-3 | STA | Not for 3A001.b.2. | for 3A001.b.2
3A001#related-1 | Related Controls | See kettles: a. of iron; b. of tin.
3A001#related_defs-1 | Related Definitions | N/A
3A001.a | a | Pots of silver, TiO2 glazed, with f_max of 2 kHz;
3A001.b | b | Pots with:
3A001.b.1 | b.1 | Two spouts; or
3A001.b.1.a | b.1.a | A bent spout;
3A001.b.1.b | b.1.b | 'Curved' spouts;
3A001.b.1#note-1 | Note 1 | Spouts are counted.
3A001.b.1#note-2 | Note 2 | 3A001.b.1 does not cover: a. Drip trays; or b. Filters.
3A001.b.2 | b.2 | Three spouts.
3A001.b#nb-1 | N.B. | Four count as three.
3A001.b.2#note-1 |  | and
3A001.c | c.-d | [Reserved]
3A001.d | c.-d | [Reserved]
3A001.e | e. through .f | [Reserved]
3A001.f | e. through .f | [Reserved]
3A001.g | g | Lids:
3A001.g.1 | 1 | of clay;
3A001.g.2 | 2 | of wood.
3A001.g#note-1 | Note | 3A001.g does not apply to lids for the following uses: a. Dolls; b. Shows.
3A001.g#note-2 | g | Lids again, numbered twice by mistake.
3A001.g.2#note-1 |  | Text without a number.
3A001.g.2#note-2 | Table of lids | Clay | heavy; Wood | light
3A001.y | y | Handles.
3A001#technical_note-1 | Technical Note 1 to 3A001.a and .b | Weigh them. | for 3A001.a 3A001.b
3A001#technical_note-2 | Technical Note 2 to 3A001.a and .b | Dry them. | for 3A001.a 3A001.b
3A991 | 3A991 | Plain cups. | misprinted-head
3A991#reasons-1 | Reason for Control | AT | reason=AT
3A991#requirement-1 | Control(s) | AT applies to entire entry. Ask first. | reason=AT
3A991#requirement-2 |  | RS applies to 3A991.b. Ask again. | for 3A991.b | reason=RS
3A991#related-1 | Related Controls | N/A
3A991.a | a | White ones.
3A991.b | b | Blue ones.
3#ear99-1 | EAR99 | Whatever is left on the shelf.
3#heading-2 |  | Annex to Category 3
3#administrative-1 |  | Leaves (See ECCNs 3A001 and 3A991)
3#note-1 | 1 | Green; | for 3A001 3A991
3#note-2 | 2 | Black as follows: | for 3A001 3A991
3#note-3 | 2.a | smoked; | for 3A001 3A991
#administrative-1 |  | [1 FR 1]
`

func TestReadCCL(t *testing.T) {
	ed, err := ReadCCL(corpus.Source{Name: "ccl.xml", Data: fixture(t, "ccl.xml")})
	if err != nil {
		t.Fatal(err)
	}
	same(t, dump(ed), cclWant)
	if ed.List != corpus.USCCL || ed.Format != FormatCCL || ed.Date != "2026-01-02" || len(ed.SHA256) != 64 {
		t.Errorf("meta %+v", ed.Meta)
	}
}

// The list inside the whole part must read like the list alone, and nothing
// else of the part may come along.
func TestReadCCLInsidePart(t *testing.T) {
	inner := strings.SplitN(string(fixture(t, "ccl.xml")), "\n", 2)[1]
	part := `<DIV5 N="774" TYPE="PART"><HEAD>PART 774</HEAD><DIV8 N="774.1" TYPE="SECTION"><P>(a) Elsewhere.</P></DIV8>` + inner +
		`<DIV9 N="Supplement No. 2 to Part 774" TYPE="APPENDIX"><P>Other notes.</P></DIV9></DIV5>`
	ed, err := ReadCCL(corpus.Source{Name: "part.xml", Date: "2026-01-02", Data: []byte(part)})
	if err != nil {
		t.Fatal(err)
	}
	same(t, dump(ed), cclWant)
}

func TestReadCCLTwiceIsTheSame(t *testing.T) {
	src := corpus.Source{Name: "ccl.xml", Data: fixture(t, "ccl.xml")}
	a, err := ReadCCL(src)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ReadCCL(src)
	if err != nil {
		t.Fatal(err)
	}
	same(t, dump(a), dump(b))
}

func TestCutDesignator(t *testing.T) {
	for _, tt := range []struct{ in, path, label, rest string }{
		{"a. Any type", "a", "a", "Any type"},
		{"b.1 Being", "b.1", "b.1", "Being"},
		{"z.2.b Goods", "z.2.b", "z.2.b", "Goods"},
		{"b.2.a.. Automatic", "b.2.a", "b.2.a", "Automatic"},
		{"a.1.a.1.c.'Fine'", "a.1.a.1.c", "a.1.a.1.c", "'Fine'"},
		{"f.2.1. Materials", "f.2.1", "f.2.1", "Materials"},
		{"d.50. (C.A.S. 1)", "d.50", "d.50", "(C.A.S. 1)"},
		{"1. Bath", "1", "1", "Bath"},
		{"aa. Late", "aa", "aa", "Late"},
		{"b.-d. [Reserved]", "b", "b", "-d. [Reserved]"},
		{"a pump", "", "", ""},
		{"in 2009. Then", "", "", ""},
		{"e.g., pumps", "", "", ""},
		{"i.e. pumps", "", "", ""},
		{"a.k.a. pump", "", "", ""},
		{"1.5 bar or more", "1.5", "1.5", "bar or more"}, // a relative designator has one part: the reader refuses it
		{"Items: a. b", "", "", ""},
		{"", "", "", ""},
		{"–", "", "", ""},
	} {
		parts, label, rest := cutDesignator(tt.in)
		if strings.Join(parts, ".") != tt.path || label != tt.label || rest != tt.rest {
			t.Errorf("cutDesignator(%q) = %v, %q, %q", tt.in, parts, label, rest)
		}
	}
}

func TestMentions(t *testing.T) {
	r := &resolver{known: map[string]bool{}, above: map[string]bool{}}
	for _, c := range strings.Fields("5A001 5A001.a 5A001.b 5A001.b.5 5A001.c 5A001.d 5A001.e 5A001.f 5A001.f.3 5A001.h 1C351 1C351.d.15 1C351.d.16 3B001.a.1 3B001.a.2 3B001.a.3 3B001.k 3B001.l 3B001.m") {
		r.known[c] = true
	}
	for _, tt := range []struct{ text, entry, want, rest string }{
		{"5A001.a, b.5, .e, .f.3 and .h", "5A001", "5A001.a 5A001.b.5 5A001.e 5A001.f.3 5A001.h", ""},
		{"1C351.d.15 and .16", "1C351", "1C351.d.15 1C351.d.16", ""},
		{"3B001.a.1 to a.3, k to m", "3B001", "3B001.a.1 3B001.a.2 3B001.a.3 3B001.k 3B001.l 3B001.m", ""},
		{"paragraphs .a through .c of this entry", "5A001", "5A001.a 5A001.b 5A001.c", " of this entry"},
		{"paragraph d", "5A001", "5A001.d", ""},
		{"paragraphs a and b", "5A001", "5A001.a 5A001.b", ""},
		{"ECCN 5A001 .h", "5A001", "5A001.h", ""},
		{"5A001. b", "5A001", "5A001.b", ""},
		{"5A001.a.", "5A001", "5A001.a", "."},
		{"5A001, a device", "5A001", "5A001", ", a device"},
		{"5A001 and 2 others", "5A001", "5A001", " and 2 others"},
		{"nothing", "5A001", "", "nothing"},
	} {
		got, rest := r.list(tt.text, tt.entry)
		if strings.Join(got, " ") != tt.want || rest != tt.rest {
			t.Errorf("list(%q) = %v, %q", tt.text, got, rest)
		}
	}
	if got := r.all("for pots in 5A001.a or .b; $7 for .e (and 3B001.k)", "5A001"); !slices.Equal(got, []string{"5A001.a", "5A001.b", "5A001.e"}) {
		t.Errorf("all = %v", got)
	}
}

func TestCutNoteLabel(t *testing.T) {
	for _, tt := range []struct {
		in     string
		head   bool
		kind   corpus.Kind
		label  string
		target string
		rest   string
	}{
		{"Note:", true, corpus.KindNote, "Note", "", ""},
		{"Technical Notes:", true, corpus.KindTechnicalNote, "Technical Notes", "", ""},
		{"Note 1 to 3A001.b.2:", true, corpus.KindNote, "Note 1 to 3A001.b.2", "3A001.b.2", ""},
		{"N.B.:", true, corpus.KindNB, "N.B.", "", ""},
		{"N.B. 1", true, corpus.KindNB, "N.B. 1", "", ""},
		{"N.B. to paragraph y.1: See", false, corpus.KindNB, "N.B. to paragraph y.1", "paragraph y.1", "See"},
		{"Note: 3A001.a does not", false, corpus.KindNote, "Note", "", "3A001.a does not"},
		{"Notes: 1.", true, corpus.KindNote, "Note 1", "", ""},
		{"Note to paragraph (c)(5):", true, corpus.KindNote, "Note to paragraph (c)(5)", "paragraph (c)(5)", ""},
	} {
		l, rest, ok := cutNoteLabel(tt.in, tt.head)
		if !ok || l.kind != tt.kind || l.label != tt.label || l.target != tt.target || rest != tt.rest {
			t.Errorf("cutNoteLabel(%q) = %+v, %q, %v", tt.in, l, rest, ok)
		}
	}
	for _, in := range []string{"Notes 1 and 2 apply", "Notable: this", "A note: this"} {
		if _, _, ok := cutNoteLabel(in, false); ok {
			t.Errorf("cutNoteLabel(%q) found a label", in)
		}
	}
}

func TestDetect(t *testing.T) {
	for want, data := range map[string][]byte{FormatCCL: fixture(t, "ccl.xml"), FormatUSML: fixture(t, "usml.xml"), "": []byte(`{"a":1}`)} {
		if got := Detect(data); got != want {
			t.Errorf("Detect = %q, want %q", got, want)
		}
	}
	if Detect(nil) != "" || Detect([]byte(`<DIV5 N="744" TYPE="PART">`)) != "" {
		t.Error("Detect takes nothing, or part 744, for a list")
	}
}
