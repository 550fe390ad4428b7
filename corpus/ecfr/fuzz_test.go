package ecfr

import (
	"errors"
	"testing"

	"assay/corpus"
)

// fuzz holds a reader to its promise: an edition that is valid, or a
// *corpus.ReadError and no edition.
func fuzz(f *testing.F, read func(corpus.Source) (*corpus.Edition, error), seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		Detect(data)
		ed, err := read(corpus.Source{Name: "fuzz", Date: "2026-01-02", Data: data, Limits: corpus.Limits{Passages: 2000, Text: 4096}})
		if err != nil {
			var re *corpus.ReadError
			if ed != nil || !errors.As(err, &re) {
				t.Fatalf("edition %v, error %T %v", ed != nil, err, err)
			}
			return
		}
		if err := ed.Validate(); err != nil {
			t.Fatal(err)
		}
		for _, p := range ed.Passages {
			if len(p.Text) > 4096 {
				t.Fatalf("%s has %d bytes of text", p.ID, len(p.Text))
			}
		}
	})
}

func FuzzReadCCL(f *testing.F) {
	fuzz(f, ReadCCL, string(fixture(f, "ccl.xml")), open9+entry1+"</DIV9>",
		open9+entry1+"<P>a. through zz. [Reserved]</P><P>1. x</P><P>a.1.</P></DIV9>",
		open9+entry1+"<NOTE><HED>Notes: 1.</HED><P>2. y</P></NOTE><TABLE><TR><TD>NS applies to .a to .z</TD></TR></TABLE></DIV9>")
}

func FuzzReadUSML(f *testing.F) {
	fuzz(f, ReadUSML, string(fixture(f, "usml.xml")), open5+"<HD1>Category I—X</HD1><P>(a)(1)(i)(A)(1)(i) z</P></DIV8></DIV5>",
		open5+"<HD1>Category I—X</HD1><P>(z)-(c) [Reserved]</P><P>(xcix)-(a) [Reserved]</P><P>* (</P></DIV8></DIV5>")
}
