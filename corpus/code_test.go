package corpus

import (
	"slices"
	"testing"
)

func TestParseCode(t *testing.T) {
	for in, want := range map[string]string{
		"3A001":                    "3A001",
		"3a001.A.5.a.3":            "3A001.a.5.a.3",
		" 5A001.j. ":               "5A001.j",
		"5A001 j":                  "5A001.j",
		"3A001a5a3":                "3A001.a.5.a.3",
		"3A001.b.12":               "3A001.b.12",
		"3A001b12":                 "3A001.b.12",
		"ml11.a":                   "ML11.a",
		"ML 11 a":                  "ML11.a",
		"XI(a)(5)(i)":              "XI(a)(5)(i)",
		"USML Category xi (a) (5)": "XI(a)(5)",
		"Cat. XII(c)":              "XII(c)",
		"IV":                       "IV",
		"ear99":                    "EAR99",
		"None":                     "none",
		"5A002.a.1(b)":             "5A002.a.1.b",
		"1C350.b.23":               "1C350.b.23",
		"6A005.a.6.a.1":            "6A005.a.6.a.1",
		"0A501.y.7":                "0A501.y.7",
		"9A515.e.1":                "9A515.e.1",
		"3A001.a5a.3":              "3A001.a.5.a.3",
		"3A001(a)(5)":              "3A001.a.5",
		"3A001. a. 5.":             "3A001.a.5",
		"ECCN 3A001.b.2":           "3A001.b.2",
		"1C350 89":                 "1C350.89",
		"4A003.AA":                 "4A003.aa",
		"ML1":                      "ML1",
		"ML01":                     "ML1",
		"ML011":                    "ML11",
		"ML011.a":                  "ML11.a",
		"ml22b1":                   "ML22.b.1",
		"ML7.g":                    "ML7.g",
		"XI(A)(5)":                 "XI(a)(5)",
		"VIII(h)(1)(ii)(A)":        "VIII(h)(1)(ii)(A)",
		"usml xxi":                 "XXI",
		"EAR 99":                   "EAR99",
	} {
		got, err := ParseCode(in)
		if err != nil || got != want {
			t.Errorf("ParseCode(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "pump", "3F001", "33A001", "3A01", "XI(", "3A001!", "§ 774",
		"3A0011", "1C3501", "ML111", "ML0", "ML", "ML00", // a digit too many or too few
		"3A001.a.0", "3A001.a.05", "3A001.a.1234", "3A001.ab", "3A001 as follows", "3A001 and 3A002", "3A001.a, b", "3A001-a",
		"3A001(a", "3A001.a)", "3A001.()", "ML11.(a", "XI(a", "XI.a", "XI(a)5", "XI()",
		"IIII", "VX", "IC", "XXXI", "USML", "Category", "cat.", "EAR98", "EAR99.a",
		"3\u0410001", "３A001"} { // a Cyrillic letter, a wide digit

		if got, err := ParseCode(in); err == nil {
			t.Errorf("ParseCode(%q) = %q, want an error", in, got)
		}
	}
}

func TestCodeFamily(t *testing.T) {
	tests := []struct {
		code, entry, parent, category, group string
		ancestors                            []string
	}{
		{"3A001", "3A001", "", "3", "3A", nil},
		{"3A001.a.5", "3A001", "3A001.a", "3", "3A", []string{"3A001", "3A001.a"}},
		{"XI(a)(5)", "XI", "XI(a)", "XI", "XI", []string{"XI", "XI(a)"}},
		{"ML11.a.1", "ML11", "ML11.a", "ML11", "ML11", []string{"ML11", "ML11.a"}},
		{"EAR99", "EAR99", "", "EAR99", "EAR99", nil},
		{"none", "none", "", "none", "none", nil},
	}
	for _, tt := range tests {
		if got := EntryOf(tt.code); got != tt.entry {
			t.Errorf("EntryOf(%s) = %s", tt.code, got)
		}
		if got := ParentOf(tt.code); got != tt.parent {
			t.Errorf("ParentOf(%s) = %s", tt.code, got)
		}
		if got := CategoryOf(tt.code); got != tt.category {
			t.Errorf("CategoryOf(%s) = %s", tt.code, got)
		}
		if got := GroupOf(tt.code); got != tt.group {
			t.Errorf("GroupOf(%s) = %s", tt.code, got)
		}
		if got := AncestorsOf(tt.code); !slices.Equal(got, tt.ancestors) {
			t.Errorf("AncestorsOf(%s) = %v", tt.code, got)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, tt := range []struct {
		outer, code string
		want        bool
	}{
		{"3A001.a", "3A001.a.5", true}, {"3A001.a", "3A001.a", true}, {"3A001.a.1", "3A001.a.14", false},
		{"3A", "3A001.a", true}, {"3", "3A001", true}, {"", "XI(a)", true}, {"XI", "XII(a)", false}, {"XI", "XI(a)", true},
		{"X", "XI(a)", false}, {"ML1", "ML11.a", false}, {"ML1", "ML1.a", true}, {"3A001.a", "3A001", false},
	} {
		if got := Covers(tt.outer, tt.code); got != tt.want {
			t.Errorf("Covers(%q, %q) = %v", tt.outer, tt.code, got)
		}
	}
}

func TestIsResidual(t *testing.T) {
	for code, want := range map[string]bool{"3A991.a": true, "5A992": true, "0A998": true, "2B999": true, "1C980": false, "3A980": false,
		"3A901": false, "3A001": false, "9A515": false, "3A611": false, "XI(a)": false, "EAR99": false} {
		if IsResidual(code) != want {
			t.Errorf("IsResidual(%s) = %v", code, !want)
		}
	}
}

func TestCompareCodes(t *testing.T) {
	sorted := []string{"1C350", "1C350.b", "1C350.b.2", "1C350.b.10", "1C350.c", "3A001.a.5.a", "3A001.a.5.b", "3A001.a.14", "3A001.z"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := CompareCodes(a, b); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("CompareCodes(%s, %s) = %d", a, b, got)
			}
		}
	}
	for _, pair := range [][2]string{{"XI(a)", "XI(a)(1)"}, {"XI(a)(2)", "XI(a)(10)"}, {"(a)(1)", "(b)"}, {"ML2.a", "ML11.a"},
		{"XI(a)(5)(iv)", "XI(a)(5)(v)"}, {"(a)(5)(iii)", "(a)(5)(iv)"}, {"(a)(5)(ix)", "(a)(5)(x)"}, {"(i)", "(v)"}, {"(h)", "(i)"}} {
		if CompareCodes(pair[0], pair[1]) >= 0 {
			t.Errorf("%s should stand before %s", pair[0], pair[1])
		}
	}
	if CompareCodes("XI(a)", "XI(a)") != 0 {
		t.Error("a code differs from itself")
	}
}
