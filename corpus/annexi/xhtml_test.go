package annexi

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"assay/corpus"
)

// smallXHTML is ours: the two shapes of list that EUR-Lex is known to use, a
// table whose first cell holds the designator, and a grid of two columns.
const smallXHTML = `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title>02021R0821-20310601</title></head><body>
<p class="title-article-norm">Article 1</p><p class="norm">Talk.</p>
<p class="title-annex-1">ANNEX I</p>
<p class="norm">3A Systems</p>
<p class="norm">Note 1: Toys are out.</p>
<p class="norm">3A001 Gadgets as follows:</p>
<table><tbody><tr><td><p>a.</p></td><td><p>Counters over 2 × 10<span class="super">9</span> Hz, any of:</p>
 <table><tbody><tr><td><p>1.</p></td><td><p>Red; or</p></td></tr><tr><td><p>2.</p></td><td><p>Blue;</p></td></tr></tbody></table>
 <p>Note: 3A001.a.1. is not for:</p>
 <table><tbody><tr><td><p>a.</p></td><td><p>Ships;</p></td></tr><tr><td><p>b.</p></td><td><p>Cars.</p></td></tr></tbody></table></td></tr>
<tr><td><p>b.</p></td><td><p>Lamps.</p></td></tr></tbody></table>
<p class="norm">3A002 Pumps:</p>
<div class="grid-container grid-list"><div class="list grid-list-column-1"><span>a.</span></div><div class="grid-list-column-2"><p class="norm">Wet; <b>and</b></p>
 <div class="grid-container grid-list"><div class="list grid-list-column-1"><span>1.</span></div><div class="grid-list-column-2"><p class="norm">Very wet.</p></div></div></div></div>
<table><tbody><tr><td>N.B.</td><td>SEE ALSO 3A001.</td></tr><tr><td>3A003</td><td>Boats.</td></tr></tbody></table>
<p class="title-annex-1">ANNEX II</p><p>3A009 Not of this annex.</p>
</body></html>`

func TestSmallXHTML(t *testing.T) {
	ed, err := readXHTML(corpus.Source{Name: "small.xhtml", Data: []byte(smallXHTML)}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range ed.Passages {
		got = append(got, fmt.Sprintf("%s|%s|%v", p.ID, p.Text, p.AppliesTo))
	}
	want := []string{
		"#administrative-1|ANNEX I|[]", "3A#heading-1|Systems|[]", "3A#note-1|Toys are out.|[]",
		"3A001|Gadgets as follows:|[]", "3A001.a|Counters over 2 × 10^9 Hz, any of:|[]", "3A001.a.1|Red; or|[]", "3A001.a.2|Blue;|[]",
		"3A001.a#note-1|3A001.a.1. is not for: a. Ships; b. Cars.|[3A001.a.1]", "3A001.b|Lamps.|[]",
		"3A002|Pumps:|[]", "3A002.a|Wet; and|[]", "3A002.a.1|Very wet.|[]", "3A002#nb-1|SEE ALSO 3A001.|[]", "3A003|Boats.|[]",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("read\n%s\nwant\n%s", g, w)
	}
	if ed.ID() != "eu-dual-use@2031-06-01" {
		t.Errorf("read %s", ed.ID())
	}
}

func TestXHTMLRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, says string }{
		{"empty", "", "before </html>"},
		{"cut", smallXHTML[:len(smallXHTML)/2], "before </html>"},
		{"too few", smallXHTML, "only 3 entries"},
		{"an item out of turn", strings.Replace(smallXHTML, "<p>b.</p></td><td><p>Lamps", "<p>c.</p></td><td><p>Lamps", 1), `"c" below 3A001`},
		{"NUL", strings.Replace(smallXHTML, "Lamps", "La\x00mps", 1), "NUL"},
		{"deep", "<html><body>" + strings.Repeat("<div>", 100_000) + "</body></html>", "html:"},
		{"another page", "<html><body><p>Welcome</p></body></html>", "only 0 entries"},
	} {
		ed, err := ReadXHTML(corpus.Source{Name: "x", Data: []byte(tt.text)})
		var re *corpus.ReadError
		if !errors.As(err, &re) || ed != nil || re.Remedy == "" || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want %q", tt.name, err, tt.says)
		}
	}
}
