package documents

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFindProduct(t *testing.T) {
	tests := []struct {
		name, text  string
		product     string
		description []string // in this order
	}{
		{"title alone", "Hand-operated garden pump\nIt lifts water.", "Hand-operated garden pump", []string{"Hand-operated garden pump", "It lifts water."}},
		{"furniture first", "Data Sheet\nRev. A\nwww.example.com\nPage 1 of 8\nConfidential\n12/03/2024\nMarch 2024\n© 2024 Acme\nRF power amplifier, 2 to 18 GHz\n", "RF power amplifier, 2 to 18 GHz", []string{"RF power"}},
		{"part number above its title", "AX9213\n12-bit, 10.25 GSPS RF converter\nFeatures\nfast", "AX9213: 12-bit, 10.25 GSPS RF converter", nil},
		{"part number above a heading", "AX9213\n\nFeatures\nfast", "AX9213", nil},
		{"part number said again in its title", "AX9213\nAX9213 RF converter", "AX9213 RF converter", nil},
		{"part number twice", "AX9213\nAX9213\nRF converter board", "AX9213: RF converter board", nil},
		{"Markdown and a label", "# Product: Isostatic press\n\n## Overview\nHot.", "Isostatic press", []string{"# Product: Isostatic press", "## Overview\nHot."}},
		{"order of sections", "Laser head LH-5\nmaker's words\nOrdering information\nLH-5-A\n1. Specifications\nPower: 5 W\n2 General Description\nA laser.\nKey features:\n• small\n",
			"Laser head LH-5", []string{"maker's words", "Key features", "• small", "General Description", "A laser.", "Specifications", "Power: 5 W", "Ordering information", "LH-5-A"}},
		{"a table of contents opens nothing", "Valve\nFeatures ........ 2\nnot a feature\nDescription\nText", "Valve", []string{"Features ........ 2", "not a feature", "Description"}},
		{"no letters", "123\n--- 5\n", "", nil},
		{"nothing", "", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name, description := FindProduct(tt.text)
			if name != tt.product {
				t.Errorf("name = %q, want %q", name, tt.product)
			}
			rest := description
			for _, w := range tt.description {
				_, after, found := strings.Cut(rest, w)
				if !found {
					t.Errorf("%q is missing, or out of order, in %q", w, description)
				}
				rest = after
			}
		})
	}
}

func TestFindProductKeepsSpecifications(t *testing.T) {
	text := "Radar module\nFeatures\n" + strings.Repeat("a feature of it is ü\n", 2000) + "Description\n" + strings.Repeat("words about it\n", 2000) + "Specifications\nFrequency: 77 GHz\n"
	_, description := FindProduct(text)
	if len(description) > MaxDescription || !utf8.ValidString(description) {
		t.Errorf("description of %d bytes", len(description))
	}
	at := strings.Index(description, "Frequency: 77 GHz")
	if at < 0 || at > maxTitleBlock+maxFeatures+maxAbout+100 {
		t.Errorf("the specifications stand at %d", at)
	}
}

func TestTable(t *testing.T) {
	tests := []struct {
		name string
		rows [][]string
		want string
	}{
		{"pairs", [][]string{{"Key:", "value"}, {" a\n b ", "", "c"}}, "Key: value|a b: c"},
		{"single and empty", [][]string{{"", "alone"}, {"", ""}, {}}, "alone||"},
		{"units", [][]string{{"Parameter", "Min", "Units"}, {"Rate", "2", "Hz"}, {"Mode", "slow", "Hz"}, {"Note", "only two"}}, "Parameter: Min; Units|Rate: Min 2 Hz|Mode: Min slow|Note: only two"},
		{"units in the middle", [][]string{{"P", "Unit", "Value"}, {"Rate", "Hz", "2"}}, "P: Unit; Value|Rate: Value 2 Hz"},
		{"numbers are no heading", [][]string{{"Unit", "2", "3"}, {"Unit", "a", "b"}}, "Unit: 2; 3|Unit: a; b"},
		{"row without a unit", [][]string{{"P", "Min", "Max", "Unit"}, {"Rate", "1", "2", ""}}, "P: Min; Max; Unit|Rate: 1; 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var tab table
			var got []string
			for _, r := range tt.rows {
				got = append(got, tab.line(r))
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("got  %q\nwant %q", s, tt.want)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{{"abc", 5, "abc"}, {"aµb", 2, "a"}, {"abcdefghijklmnopqrstuvwxyz\nabc", 28, "abcdefghijklmnopqrstuvwxyz"}, {"a\nbcdefghijkl", 10, "a\nbcdefghi"}, {"µ", 0, ""}, {"x", -1, ""}} {
		if got := Cut(tt.s, tt.n); got != tt.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}
