package ecfr

import (
	"strings"
	"testing"

	"assay/corpus"
)

const usmlWant = `
#heading-1 |  | PART 121—A MADE-UP LIST FOR TESTS
#heading-2 |  | § 121.0 Words.
#administrative-1 | 121.0 | Words used here.
#definition-1 | Kite | means a toy that: (1) Flies; and (2) Has a string.
#definition-2 | String | See rope.
#heading-3 |  | § 121.1 The list.
#administrative-2 |  | (a)-(b) [Reserved]
I | Category I | Kites
I(a) | (a) | Kites, as follows: | SME
I(a)(1) | (1) | Box kites (MT); | MT
I(a)(1)(i) | (i) | With one tail;
I(a)(1)(i)(A) | (A) | A red one;
I(a)(1)(i)(B) | (B) | A blue one; or
I(a)(1)(ii) | (ii) | With two tails.
I(a)(2) | (2) | Round kites (MT if larger than a door). | SME, MT
I(a)(1)#note-1 | Note 1 to paragraph (a)(1) | Tails are counted: (a) at rest; or (b) in flight.
I(a)#note-1 | Note to paragraphs (a)(1)-(2) | Both may fly. | for I(a)(1) I(a)(2)
I(b)(1) | (b)(1) | Reels;
I(b)(2) | (2) | Handles.
I(c) | (c)-(g) | [Reserved]
I(d) | (c)-(g) | [Reserved]
I(e) | (c)-(g) | [Reserved]
I(f) | (c)-(g) | [Reserved]
I(g) | (c)-(g) | [Reserved]
I(h) | (h) | Spare parts that:
I(h)(i) | (i) | Are new; or
I(h)(ii) | (ii) | Are rare.
I(i) | (i) | Drawings of kites.
I(j) | (j)-(w) | [Reserved]
I(k) | (j)-(w) | [Reserved]
I(l) | (j)-(w) | [Reserved]
I(m) | (j)-(w) | [Reserved]
I(n) | (j)-(w) | [Reserved]
I(o) | (j)-(w) | [Reserved]
I(p) | (j)-(w) | [Reserved]
I(q) | (j)-(w) | [Reserved]
I(r) | (j)-(w) | [Reserved]
I(s) | (j)-(w) | [Reserved]
I(t) | (j)-(w) | [Reserved]
I(u) | (j)-(w) | [Reserved]
I(v) | (j)-(w) | [Reserved]
I(w) | (j)-(w) | [Reserved]
I(x) | (x) | Other toys.
I#note-1 | Note to Category I | Paper planes are none.
II | Category II | Balloons
II(u) | (u) | Gas, with:
II(u)(1) | (1) | Colours:
II(u)(1)(i) | (i) | pink;
II(u)(1)(ii) | (ii) | grey;
II(u)(1)(iii) | (iii) | gold;
II(u)(1)(iv) | (iv) | teal;
II(u)(1)(v) | (v) | plum;
II(u)(1)(vi) | (vi) | jade.
II(v) | (v) | Valves.
II(v)#note-1 | (v) | Valves, printed twice.
#administrative-3 |  | [2 FR 2]
`

func TestReadUSML(t *testing.T) {
	ed, err := ReadUSML(corpus.Source{Name: "usml.xml", Date: "2026-02-03", Data: fixture(t, "usml.xml")})
	if err != nil {
		t.Fatal(err)
	}
	same(t, dump(ed), usmlWant)
	if ed.List != corpus.USUSML || ed.Format != FormatUSML || ed.Date != "2026-02-03" {
		t.Errorf("meta %+v", ed.Meta)
	}
}

// Letters and roman numerals look alike; what is yet to come decides.
func TestPlace(t *testing.T) {
	for _, tt := range []struct{ path, d, next, want string }{
		{"", "a", "b", "a"},
		{"a", "1", "i", "a 1"},
		{"a 1", "i", "ii", "a 1 i"},
		{"h 4", "i", "j", "i"},
		{"h 4", "i", "ii", "h 4 i"},
		{"h 4", "i", "1 2", "i"},
		{"h 30 iii", "i", "j", "i"},
		{"u 1 iv", "v", "vi", "u 1 v"},
		{"u 1 iv", "v", "w", "v"},
		{"a 3 ix", "x", "xi", "a 3 x"},
		{"w", "x", "", "x"},
		{"k", "l", "m", "l"},
		{"b 2", "c", "1", "c"},
		{"a 1 i", "A", "B", "a 1 i A"},
		{"a 1 i B", "ii", "iii", "a 1 ii"},
		{"a 1 i B", "2", "3", "a 2"},
		{"a 1 i A", "1", "2", "a 1 i A 1"},
		{"f", "i", "ii iii", "f i"},
		{"f i", "ii", "iii", "f ii"},
		{"f iii", "g", "1", "g"},
	} {
		got := place(strings.Fields(tt.path), tt.d, func() []string { return strings.Fields(tt.next) })
		if strings.Join(got, " ") != tt.want {
			t.Errorf("place(%s, %s, then %s) = %v, want %s", tt.path, tt.d, tt.next, got, tt.want)
		}
	}
}
