package layout

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"assay/corpus"
)

// Two lists of invented goods, printed the way pdftotext -layout prints the real ones.
const smallAnnex = `                 My Cover
 A translation of the list of 3 June 2031

                                           1
` + "\f" + `                 HEAD OF PAGE
GENERAL NOTES TO ANNEX I
1.       Old goods count as new ones.
2.       Small parts count too.
                        GENERAL SOFTWARE NOTE (GSN)
Categories 3 to 9 do not control
"software" for toys.
                 GENERAL "INFORMATION SECURITY" NOTE (GISN)
See Category 5.
ACRONYMS AND ABBREVIATIONS USED HERE
 QZX                  Quick Zero Crossing
DEFINITIONS OF TERMS USED HERE
"Wobble" (3 9) means a slow movement
from side to side.
         N.B.  See also "wiggle".
CATEGORY 3 - GADGETS
3A      Systems
        Note 1:   Toys are left out.
3A001   Gadgets as follows:
        N.B.   SEE ALSO 3A101.
                                           9
        a.     Counters faster than 2 x 10 Hz;
        b      Lamps having any of the following:
               1.     Brighter than 5 x 103 lm; or
               2.     Blue;
               Note: 3A001.b.1. does not control:
                     a.     Torches;
                     b.     Lamps for:
                            1.     Ships; or

                                           2
` + "\f" + `                 HEAD OF PAGE
                       2.     Cars;
                 c.     Matches.
3A001.b. continued
         3.     Green;
    c.   Anti-
         wobble feet.
    Technical Notes:
    1.   Feet are soft.
    2    Feet are round.
    d.   Not used.

                                           3
` + "\f" + `                 HEAD OF PAGE
CATEGORY 9 - BOATS
9E      Technology
9E001   a.     How to row;
        b.     How to sail.
2031 UPDATE OF THE EU CONTROL LIST
                                           4
` + "\f"

func TestSmallAnnex(t *testing.T) {
	ed, err := readAnnexI(corpus.Source{Name: "small", Data: []byte(smallAnnex)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if ed.ID() != "eu-dual-use@2031-06-03" {
		t.Errorf("read %s", ed.ID())
	}
	var got []string
	for _, p := range ed.Passages {
		s := p.ID + "|" + p.Label + "|" + p.Text
		if p.AppliesTo != nil {
			s += "|" + strings.Join(p.AppliesTo, " ")
		}
		got = append(got, s)
	}
	want := []string{
		"#heading-general-notes-to-annex-i||GENERAL NOTES TO ANNEX I",
		"#note-general-note-1|General Note 1|Old goods count as new ones.",
		"#note-general-note-2|General Note 2|Small parts count too.",
		`#note-general-software-note|General Software Note|Categories 3 to 9 do not control "software" for toys.|3D 4D 5D 6D 7D 8D 9D`,
		`#note-general-information-security-note|General Information Security Note|See Category 5.`,
		"#administrative-acronyms||ACRONYMS AND ABBREVIATIONS USED HERE",
		"#acronym-qzx|QZX|Quick Zero Crossing",
		"#administrative-definitions||DEFINITIONS OF TERMS USED HERE",
		`#definition-wobble|Wobble|"Wobble" (3 9) means a slow movement from side to side. N.B. See also "wiggle".`,
		"3#heading-1|Category 3|GADGETS",
		"3A#heading-1|3A|Systems",
		"3A#note-1|Note 1|Toys are left out.",
		"3A001||Gadgets as follows:",
		"3A001#nb-1|N.B.|SEE ALSO 3A101.",
		"3A001.a|a|Counters faster than 2 x 10^9 Hz;",
		"3A001.b|b|Lamps having any of the following:",
		"3A001.b.1|b.1|Brighter than 5 x 10^3 lm; or",
		"3A001.b.2|b.2|Blue;",
		"3A001.b#note-1|Note|3A001.b.1. does not control: a. Torches; b. Lamps for: 1. Ships; or 2. Cars; c. Matches.|3A001.b.1",
		"3A001.b.3|b.3|Green;",
		"3A001.c|c|Anti-wobble feet.",
		"3A001#technical_note-1|Technical Notes|1. Feet are soft. 2. Feet are round.",
		"3A001.d|d|Not used.",
		"9#heading-1|Category 9|BOATS",
		"9E#heading-1|9E|Technology",
		"9E001||9E001",
		"9E001.a|a|How to row;",
		"9E001.b|b|How to sail.",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("read\n%s\nwant\n%s", g, w)
	}
}

const smallMilitary = `  Cover of 4. mai 2031
                    FOOT    1
` + "\f" + `ML1 Clubs: ........ 3
ML2 "Software": ........ 4
                    FOOT    2
` + "\f" + `ML1   Clubs, as follows:
      a. Wooden clubs;

         Note 1 ML1.a. does not apply to:

                a. Baseball bats;

      b. Clubs for ML2.

      Note Bats of ML1.b. and such are meant.
                    FOOT    3
` + "\f" + `ML2   "Software" for clubs:
      a. Steering ones;
b. Counting ones, as follows:

         1. Up;

2. Down;

         3. Sideways.
                    FOOT    4
` + "\f" + `                    DEFINITIONS OF TERMS USED IN THIS LIST
ML1, 2   "Club"

         A heavy stick.

         "Technology"

         Knowing how.
                    FOOT    5
` + "\f"

func TestSmallMilitary(t *testing.T) {
	ed, err := readCommonMilitary(corpus.Source{Name: "small", Data: []byte(smallMilitary)}, 2)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, ed, []want{
		{"ML1", "Clubs, as follows:", "", ""}, {"ML1.a#note-1", "a. Baseball", "bats;", ""}, {"ML1.b", "Clubs for ML2.", "", ""},
		{"ML1#note-1", "Bats of", "meant.", ""}, {"ML2", "", "for clubs:", ""},
		{"ML2.a", "Steering", "ones;", ""}, {"ML2.b", "Counting", "follows:", ""}, {"ML2.b.1", "Up", ";", ""}, {"ML2.b.2", "Down", ";", ""}, {"ML2.b.3", "Sideways", ".", ""},
		{"#definition-club", "A heavy", "stick.", "ML1 ML2"}, {"#definition-technology", "Knowing", "", ""},
	})
	if ed.Date != "2031-05-04" || len(ed.Passages) != 14 {
		t.Errorf("%s, %d passages", ed.Date, len(ed.Passages))
	}
}

func TestRefuses(t *testing.T) {
	deep := "GENERAL NOTES TO ANNEX I\nCATEGORY 3 - X\n3A001   X:\n"
	for i := range 200 {
		deep += string("a1"[i%2]) + ".     X:\n\f"
	}
	// Where the words stand, counted independently of the reader.
	blue := fmt.Sprintf(":%d: ", 1+strings.Count(smallAnnex[:strings.Index(smallAnnex, "Blue")], "\n"))
	long := fmt.Sprintf(":%d: ", 1+strings.Count(smallAnnex, "\n"))
	for _, tt := range []struct{ name, text, says string }{
		{"empty", "", "form feed"},
		{"prose", "Nothing to see.\f", "not the layout text"},
		{"NUL", strings.Replace(smallAnnex, "Blue", "Bl\x00e", 1), blue + "a NUL byte"},
		{"not UTF-8", strings.Replace(smallAnnex, "Blue", "Bl\xffe", 1), blue + "the text is not UTF-8"},
		{"no last page end", strings.TrimRight(smallAnnex, "\f"), "form feed"},
		{"no Category 9", smallAnnex[:strings.LastIndex(smallAnnex[:len(smallAnnex)-1], "\f")+1], "before the technology"},
		{"no date", strings.Replace(smallAnnex, "3 June 2031", "today", 1), "--date"},
		{"one long line", smallAnnex + strings.Repeat("x", 1<<20) + "\f", long + "the line has 1048576 bytes"},
		{"deep", deep, "deeper than 64"},
	} {
		ed, err := readAnnexI(corpus.Source{Name: "hostile", Data: []byte(tt.text)}, 1)
		var re *corpus.ReadError
		if !errors.As(err, &re) || ed != nil || re.Remedy == "" || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want %q", tt.name, err, tt.says)
		}
	}
	if _, err := ReadAnnexI(corpus.Source{Name: "small", Data: []byte(smallAnnex)}); err == nil || !strings.Contains(err.Error(), "more than 300") {
		t.Errorf("a list of two entries: %v", err)
	}
	if _, err := ReadCommonMilitary(corpus.Source{Name: "small", Data: []byte(smallMilitary)}); err == nil || !strings.Contains(err.Error(), "ML1 to ML22") {
		t.Errorf("a list of two entries: %v", err)
	}
	for name, limits := range map[string]corpus.Limits{"bytes": {Bytes: 99}, "passages": {Passages: 5}, "text": {Text: 20}} {
		if _, err := readAnnexI(corpus.Source{Name: "x", Data: []byte(smallAnnex), Limits: limits}, 1); err == nil {
			t.Errorf("%s over the limit are accepted", name)
		}
	}
}

func TestDetect(t *testing.T) {
	for text, want := range map[string]string{smallAnnex: FormatAnnexI, smallMilitary: FormatMilitary, "": "", "ML1 is a club\n3A001 too\n": ""} {
		if got := Detect([]byte(text)); got != want {
			t.Errorf("Detect(%.20q…) = %q, want %q", text, got, want)
		}
	}
}

func fuzz(f *testing.F, read func(corpus.Source) (*corpus.Edition, error)) {
	f.Add([]byte(smallAnnex))
	f.Add([]byte(smallMilitary))
	f.Add([]byte("CATEGORY 9 - X\n9E001   a. 1. a. X:\n   Note: a.\n 1.\n\f"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ed, err := read(corpus.Source{Name: "fuzz", Date: "2031-01-01", Data: data})
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
	})
}

func FuzzAnnexI(f *testing.F) {
	fuzz(f, func(src corpus.Source) (*corpus.Edition, error) { return readAnnexI(src, 1) })
}

func FuzzMilitary(f *testing.F) {
	fuzz(f, func(src corpus.Source) (*corpus.Edition, error) { return readCommonMilitary(src, 2) })
}
