package ecfr

import (
	"slices"
	"strings"
	"testing"

	"assay/corpus"
)

// handChecked are passages compared by hand with the source file: the id, a
// few telling words or figures of its text, and the codes above it.
var handCheckedCCL = []struct{ id, has, above string }{
	{"0A501.y.7", "1890 to 1898", "0A501 0A501.y"},
	{"0A501.m", "[Reserved]", "0A501"},
	{"1A607.f.2.1", "XIV (a) or (b)", "1A607 1A607.f 1A607.f.2"},
	{"1A613.y.1", "steel helmets", "1A613 1A613.y"},
	{"1C001.b", "near-infrared radiation", "1C001"},
	{"1C350.b.1", "7784-34-1", "1C350 1C350.b"},
	{"1C350.b.11", "4261-68-1", "1C350 1C350.b"},
	{"1C350.d.50", "116-17-6", "1C350 1C350.d"},
	{"2B001.b.1.a", "less (better) than 0.9 µm", "2B001 2B001.b 2B001.b.1"},
	{"2B350.g.1.a", "1.0 cm ( 3/8 in.)", "2B350 2B350.g 2B350.g.1"},
	{"3A001.a.5.a.3", "greater than 400 MSPS", "3A001 3A001.a 3A001.a.5 3A001.a.5.a"},
	{"3A001.b.2.a", "exceeding 2.7 GHz up to and including 6.8", "3A001 3A001.b 3A001.b.2"},
	{"3A001.b.2.a.1", "75 W (48.75 dBm)", "3A001 3A001.b 3A001.b.2 3A001.b.2.a"},
	{"3A001.b.12.a", "505.62", "3A001 3A001.b 3A001.b.12"},
	{"3A001.z.2.b", "usable in “missiles”", "3A001 3A001.z 3A001.z.2"},
	{"3A002.a.3", "[Reserved]", "3A002 3A002.a"},
	{"3A002.a.6.a", "6.4 Gbit/s", "3A002 3A002.a 3A002.a.6"},
	{"3A090.a.2", "5.92 or more", "3A090 3A090.a"},
	{"3B001.f.1.b.2", "1.50 nm", "3B001 3B001.f 3B001.f.1 3B001.f.1.b"},
	{"4A003.b", "70 Weighted TeraFLOPS", "4A003"},
	{"4A004.z.2", "4A090.b", "4A004 4A004.z"},
	{"5A001.b.2.a", "total digital transfer rates", "5A001 5A001.b 5A001.b.2"},
	{"5A001.f.1", "over the air interface", "5A001 5A001.f"},
	{"5A001.j.1.a", "Layer 7", "5A001 5A001.j 5A001.j.1"},
	{"5A002.a.4.a", "non-primary function", "5A002 5A002.a 5A002.a.4"},
	{"6A001.a.1.a.1.c", "less than 2; and", "6A001 6A001.a 6A001.a.1 6A001.a.1.a 6A001.a.1.a.1"},
	{"6A002.a.3", "focal plane arrays", "6A002 6A002.a"},
	{"6A002.a.3.a.2.a", "less than 0.5 ns", "6A002 6A002.a 6A002.a.3 6A002.a.3.a 6A002.a.3.a.2"},
	{"6A005.b.6.a.1", "exceeding 2 GW per pulse", "6A005 6A005.b 6A005.b.6 6A005.b.6.a"},
	{"7A003.d.1", "7A001 or 7A002 along any axis", "7A003 7A003.d"},
	{"7A101.a.1", "1250 ppm", "7A101 7A101.a"},
	{"8A002.o.2.a", "30 MW", "8A002 8A002.o 8A002.o.2"},
	{"9A012.a.1.b", "46.3 km/h (25 knots)", "9A012 9A012.a 9A012.a.1"},
	{"9A515.e.1", "≥1 × 10^5 Rads (Si) (1 × 10^3 Gy(Si))", "9A515 9A515.e"},
	{"8D001", "8A (Except 8A992), 8B or 8C", ""},
}

var handCheckedUSML = []struct{ id, has, above string }{
	{"I(h)(2)", "conversion of a semi-automatic", "I I(h)"},
	{"I(i)", "§ 120.33", "I"},
	{"II(j)(10)(i)", "Mounts;", "II II(j) II(j)(10)"},
	{"IV(h)(30)(ii)", "classified software", "IV IV(h) IV(h)(30)"},
	{"IV(i)", "§ 120.33", "IV"},
	{"V(c)(4)(i)(A)", "", "V V(c) V(c)(4) V(c)(4)(i)"},
	{"XI(a)(1)(i)(B)", "less than 20 kHz", "XI XI(a) XI(a)(1) XI(a)(1)(i)"},
	{"XI(a)(3)(v)", "greater than 50 Wm^2", "XI XI(a) XI(a)(3)"},
	{"XI(a)(3)(x)", "16 degrees^2", "XI XI(a) XI(a)(3)"},
	{"XI(a)(5)(ii)", "Modes 4 or 5", "XI XI(a) XI(a)(5)"},
	{"XI(a)(5)(v)", "elude electromagnetic detection", "XI XI(a) XI(a)(5)"},
	{"XI(b)", "", "XI"},
	{"XI(c)(5)(iv)(B)", "1.3 kJ/kg", "XI XI(c) XI(c)(5) XI(c)(5)(iv)"},
	{"XII(b)(3)(ii)(A)", "3 km or greater", "XII XII(b) XII(b)(3) XII(b)(3)(ii)"},
	{"XII(c)(1)(i)", "autogated third generation", "XII XII(c) XII(c)(1)"},
	{"XIII(f)(i)", "Is classified;", "XIII XIII(f)"},
	{"XIII(i)(2)", "", "XIII XIII(i)"},
	{"XIII(m)(9)", "7.85 g/cm^3", "XIII XIII(m)"},
	{"XIV(g)(4)(xlix)", "AB-WEE-MAB", "XIV XIV(g) XIV(g)(4)"},
	{"XV(a)(7)(i)", "400nm", "XV XV(a) XV(a)(7)"},
	{"XV(e)(10)(iv)", "225 meters (CE90)", "XV XV(e) XV(e)(10)"},
	{"XVIII(a)(1)(v)", "ocular disruption", "XVIII XVIII(a) XVIII(a)(1)"},
}

// handCheckedNotes are notes and requirements compared by hand: where they
// belong, what they apply to.
var handCheckedNotes = []struct{ id, has, applies, marks string }{
	{"2B001#note-1", "", "", ""},
	{"3A001.h#note-1", "off-state voltage", "", ""},
	{"3A001.b.2#note-2", "The control status of the “MMIC”", "", ""},
	{"0A506#note-1", "0A501.c, .d, .x, or .y", "0A506.a 0A506.b", ""},
	{"1A613.y.1#note-1", "a. Were first manufactured before 1970", "", ""},
	{"5D001.e#note-1", "e. Mobile payment", "", ""},
	{"6A002.a.3#nb-1", "6A002.a.3.f", "", ""},
	{"6A002.a.3#note-2", "5,130 elements", "", ""},
	{"7A003.d.2#note-1", "spinning mass gyros", "", ""},
	{"7A003.a#technical_note-1", "", "7A003.a.1 7A003.a.2 7A003.a.3", ""},
	{"5A001#requirement-1", "NS Column 1", "5A001.a 5A001.b.5 5A001.e 5A001.f.3 5A001.h", "reason=NS, column=NS Column 1"},
	{"5A001#requirement-2", "NS Column 2", "", "reason=NS, column=NS Column 2, except"},
	{"3A090#requirement-2", "", "3A090.b", "reason=RS"},
	{"4A003#exception-3", "", "4A003.b 4A003.c", ""},
	{"9A004#requirement-1", "", "9A004.g 9A004.r 9A004.u 9A004.w", "reason=NS, column=NS Column 1"},
	{"1#note-2", "97096 78 1", "1A004 1A008", ""},
}

func passage(ed *corpus.Edition, id string) (corpus.Passage, bool) {
	i := slices.IndexFunc(ed.Passages, func(p corpus.Passage) bool { return p.ID == id })
	if i < 0 {
		return corpus.Passage{}, false
	}
	return ed.Passages[i], true
}

func TestHandChecked(t *testing.T) {
	ccl, _ := officialCCL(t)
	usml, _ := officialUSML(t)
	check := func(ed *corpus.Edition, id, has, above string) {
		p, ok := passage(ed, id)
		switch {
		case !ok:
			t.Errorf("%s is missing", id)
		case !strings.Contains(p.Text, has):
			t.Errorf("%s lacks %q: %s", id, has, p.Text)
		case strings.Join(corpus.AncestorsOf(p.Code), " ") != above:
			t.Errorf("%s lies below %v, want %s", id, corpus.AncestorsOf(p.Code), above)
		}
	}
	for _, h := range handCheckedCCL {
		check(ccl, h.id, h.has, h.above)
	}
	for _, h := range handCheckedUSML {
		check(usml, h.id, h.has, h.above)
	}
	for _, h := range handCheckedNotes {
		p, ok := passage(ccl, h.id)
		switch {
		case !ok:
			t.Errorf("%s is missing", h.id)
		case !strings.Contains(p.Text, h.has):
			t.Errorf("%s lacks %q: %s", h.id, h.has, p.Text)
		case strings.Join(p.AppliesTo, " ") != h.applies || strings.Join(p.Marks, ", ") != h.marks:
			t.Errorf("%s applies to %v with marks %v", h.id, p.AppliesTo, p.Marks)
		}
	}
	for id, marks := range map[string]string{"XI(a)(5)": "SME", "XI(a)(3)(xxix)": "MT", "IV(h)(30)": "SME MT", "XI(a)(7)": "", "XII(b)(4)(ii)": "MT"} {
		if p, ok := passage(usml, id); !ok || strings.Join(p.Marks, " ") != marks {
			t.Errorf("%s has marks %v, want %s", id, p.Marks, marks)
		}
	}
}

// Every paragraph, and every code that a passage applies to, must read back
// through ParseCode unchanged.
func TestOfficialCodesParse(t *testing.T) {
	ccl, _ := officialCCL(t)
	usml, _ := officialUSML(t)
	for _, ed := range []*corpus.Edition{ccl, usml} {
		for _, p := range ed.Passages {
			codes := p.AppliesTo
			if p.Kind == corpus.KindParagraph || p.Kind == corpus.KindEntry {
				codes = append([]string{p.Code}, codes...)
			}
			for _, c := range codes {
				if got, err := corpus.ParseCode(c); err != nil || got != c {
					t.Errorf("%s: code %q reads back as %q, %v", p.ID, c, got, err)
				}
			}
		}
	}
}
