package api

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// show writes pieces as text: *word*, [quote].
func show(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		s := p.Text
		if p.Word {
			s = "*" + s + "*"
		}
		if p.Quote {
			s = "[" + s + "]"
		}
		b.WriteString(s)
	}
	return b.String()
}

func TestCut(t *testing.T) {
	tests := []struct {
		name, text string
		quote      stretch
		words      []stretch
		want       string
	}{
		{"nothing", "abc", stretch{}, nil, "abc"},
		{"empty", "", stretch{}, []stretch{{0, 5}}, ""},
		{"one word", "a pump b", stretch{}, []stretch{{2, 6}}, "a *pump* b"},
		{"overlap", "a pump b", stretch{}, []stretch{{2, 5}, {4, 6}}, "a *pump* b"},
		{"same twice", "a pump b", stretch{}, []stretch{{2, 6}, {2, 6}}, "a *pump* b"},
		{"neighbours", "rapid converter chip", stretch{}, []stretch{{6, 15}, {0, 5}}, "*rapid converter* chip"},
		{"hyphen", "rapid-converter", stretch{}, []stretch{{0, 5}, {6, 15}}, "*rapid-converter*"},
		{"comma keeps apart", "ab, cd", stretch{}, []stretch{{0, 2}, {4, 6}}, "*ab*, *cd*"},
		{"word in quote", "a pump b", stretch{0, 6}, []stretch{{2, 6}}, "[a ][*pump*] b"},
		{"word across quote", "a pump b", stretch{0, 4}, []stretch{{2, 6}}, "[a ][*pu*]*mp* b"},
		{"outside", "abc", stretch{-5, 99}, []stretch{{2, 99}, {-3, 1}, {50, 60}, {2, 1}}, "[*a*][b][*c*]"},
		{"inside a character", "aéb", stretch{}, []stretch{{2, 3}}, "a*é*b"},
		{"bidi", "a\u202eb", stretch{}, nil, "a[U+202E]b"},
	}
	for _, tt := range tests {
		if got := show(cut(tt.text, tt.quote, tt.words)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestWhole(t *testing.T) {
	for _, tt := range []struct {
		text string
		at   stretch
		want string
	}{{"on 2G bands", stretch{4, 5}, "2G"}, {"集成电路", stretch{3, 6}, "成"}, {"x", stretch{0, 1}, "x"}, {"naïve ends", stretch{1, 2}, "na"}} {
		got := whole(tt.text, []stretch{tt.at})[0]
		if tt.text[got.start:got.end] != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, tt.text[got.start:got.end], tt.want)
		}
	}
	if got := whole("abc", []stretch{{3, 9}, {2, 2}}); len(got) != 0 {
		t.Errorf("empty ranges became %v", got)
	}
}

// TestCutLosesNothing: whatever the ranges, the pieces are the text.
func TestCutLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		draw := func(name string) stretch {
			return stretch{rapid.IntRange(-2, len(text)+2).Draw(t, name+" start"), rapid.IntRange(-2, len(text)+2).Draw(t, name+" end")}
		}
		var words []stretch
		for range rapid.IntRange(0, 6).Draw(t, "n") {
			words = append(words, draw("word"))
		}
		var all strings.Builder
		last := piece{}
		for i, p := range cut(text, draw("quote"), whole(text, words)) {
			if p.Text == "" || utf8.ValidString(text) && !utf8.ValidString(p.Text) {
				t.Fatalf("piece %d is %q", i, p.Text)
			}
			if i > 0 && p.Word == last.Word && p.Quote == last.Quote {
				t.Fatalf("pieces %d and %d are alike and were not joined", i-1, i)
			}
			last = p
			all.WriteString(p.Text)
		}
		if all.String() != plain(text) {
			t.Fatalf("pieces make %q", all.String())
		}
	})
}

func TestShared(t *testing.T) {
	stems := wordsOf("A fast sampling converter of 14 bits in a cabinet")
	text := "Converters that sample, 14 of them, in a box"
	if got := show(cut(text, stretch{}, shared(text, stems))); got != "*Converters* that *sample*, 14 of them, in a box" {
		t.Error(got)
	}
}

func TestParseAttributes(t *testing.T) {
	a, err := parseAttributes("rate: 3 GSPS\n\n  size\t4 mm \nnote: a: b\nempty:\nrate: 1 GSPS")
	if err != nil || len(a) != 3 || a["rate"] != "3 GSPS, 1 GSPS" || a["size"] != "4 mm" || a["note"] != "a: b" {
		t.Errorf("%v %v", a, err)
	}
	for _, bad := range []string{"no separator", ": value", "a: b\nplain"} {
		if _, err := parseAttributes(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	if a, err := parseAttributes(" \n"); a != nil || err != nil {
		t.Errorf("nothing became %v, %v", a, err)
	}
}

func TestPercent(t *testing.T) {
	for x, want := range map[float64]string{0: "< 1 %", 0.004: "< 1 %", 0.006: "1 %", 0.57: "57 %", 0.99: "99 %", 0.9973: "> 99 %", 1: "> 99 %"} {
		if got := percent(x); got != want {
			t.Errorf("%v: %s, want %s", x, got, want)
		}
	}
}
