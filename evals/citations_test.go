package evals

import (
	"strings"
	"testing"
	"testing/fstest"

	"assay/classifier"
	"assay/corpus"
	"assay/corpus/digest"
)

// TestCitations breaks a valid citation in every way that can be told.
func TestCitations(t *testing.T) {
	d, err := digest.Load(fstest.MapFS{
		"cards/all.yaml": {Data: []byte("entry: 3A001\nlists: {us-ccl: {reasons: [NS]}, eu-dual-use: {}}\ngist: Fast chips.\nterms: [rapid chip]\nparagraphs:\n  a:\n    gist: Chips for all.\n    terms: [general chip]\n")},
		"goods/all.yaml": {Data: []byte("goods: garden-tools\ngist: Spades and rakes.\nterms: [garden spade]\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	book := corpus.NewOutline(&corpus.Edition{Meta: corpus.Meta{List: corpus.USCCL, Date: "2026-01-02"}, Passages: []corpus.Passage{
		{ID: "3A001", Code: "3A001", Kind: corpus.KindEntry, Text: "Chips of note, as follows:"},
		{ID: "3A001#note-1", Code: "3A001", Kind: corpus.KindNote, Label: "Note", Text: "Toys are not meant."},
		{ID: "3A001.a", Code: "3A001.a", Kind: corpus.KindParagraph, Label: "a", Text: "Chips for everything, any of these:"},
		{ID: "3A002", Code: "3A002", Kind: corpus.KindEntry, Text: "Other chips."},
	}})
	l := NewLibrary(d, []*corpus.Outline{book})
	text := "Chips for everything, any of these:"
	valid := classifier.Citation{List: corpus.USCCL, Edition: "us-ccl@2026-01-02", Code: "3A001.a", Kind: "paragraph", Text: text, Quote: text[:5], End: 5}
	with := func(change func(*classifier.Citation)) classifier.Citation { c := valid; change(&c); return c }
	for _, tt := range []struct {
		name string
		code string
		c    classifier.Citation
		says string
	}{
		{"valid", "3A001.a", valid, ""},
		{"of the entry above", "3A001.a.1", with(func(c *classifier.Citation) { c.Code, c.Kind = "3A001", "entry"; c.Text = "Chips of note, as follows:" }), ""},
		{"a note", "3A001.a", with(func(c *classifier.Citation) {
			c.Code, c.Kind, c.Text, c.Quote, c.End = "3A001", "note", "Toys are not meant.", "Toys", 4
		}), ""},
		{"own words", "3A001.a", classifier.Citation{Edition: "digest", Code: "3A001.a", Kind: "gist", Text: "Chips for all.", Quote: "Chips", End: 5}, ""},
		{"goods", "EAR99", classifier.Citation{Edition: "digest", Code: "garden-tools", Kind: "goods", Text: "Spades and rakes.", Quote: "rakes", Start: 11, End: 16}, ""},
		{"one letter of the quote", "3A001.a", with(func(c *classifier.Citation) { c.Quote = "Chipz" }), "does not stand"},
		{"one letter of text and quote", "3A001.a", with(func(c *classifier.Citation) { c.Quote = "Chipz"; c.Text = "Chipz" + text[5:] }), "does not say"},
		{"offset by one", "3A001.a", with(func(c *classifier.Citation) { c.Start, c.End = 1, 6 }), "does not stand"},
		{"nothing quoted", "3A001.a", with(func(c *classifier.Citation) { c.Quote, c.End = "", 0 }), "nothing is quoted"},
		{"beyond the text", "3A001.a", with(func(c *classifier.Citation) { c.End = 500 }), "does not stand"},
		{"of another code", "3A002", valid, "another code"},
		{"text of another code", "3A001.a", with(func(c *classifier.Citation) { c.Text = "Chips of note, as follows:" }), "does not say"},
		{"as another kind", "3A001.a", with(func(c *classifier.Citation) { c.Kind = "note" }), "does not say"},
		{"of an edition not at hand", "3A001.a", with(func(c *classifier.Citation) { c.Edition = "us-ccl@1999-01-01" }), "no such edition"},
		{"our words altered", "3A001.a", classifier.Citation{Edition: "digest", Code: "3A001.a", Kind: "gist", Text: "Chips for any.", Quote: "Chips", End: 5}, "the digest does not say"},
	} {
		cited, faults := l.Check(classifier.Assessment{Suggestions: []classifier.Suggestion{{List: corpus.USCCL, Code: tt.code, Citations: []classifier.Citation{tt.c}}}}, corpus.USCCL)
		if cited != 1 || tt.says == "" && len(faults) > 0 || tt.says != "" && (len(faults) != 1 || !strings.Contains(faults[0], tt.says)) {
			t.Errorf("%s: %d cited, %q; want %q", tt.name, cited, faults, tt.says)
		}
	}
}
