package ecfr

import (
	"strings"

	"assay/corpus"
)

// draft is a passage before its id and the codes it names are known.
type draft struct {
	corpus.Passage
	line   int
	entry  string   // entry it stands in, "" outside of entries
	target string   // of a note's label: what stands after "to"
	scope  string   // of a requirement: what it applies to
	more   []string // text printed after Text
	size   int      // bytes in more
	over   bool     // more than the limit
}

// extend appends s to the text of d, up to limit bytes. The pieces are joined
// at the end, so that a passage in very many pieces costs no more than others.
func (d *draft) extend(s string, limit int) {
	if d.size += len(s) + 1; len(d.Text)+d.size > limit {
		d.over = true
		return
	}
	d.more = append(d.more, s)
}

// ending returns the last piece of the text of d.
func (d *draft) ending() string {
	if n := len(d.more); n > 0 {
		return d.more[n-1]
	}
	return d.Text
}

// join puts the pieces together.
func (d *draft) join() {
	d.Text = strings.TrimSpace(d.Text + " " + strings.Join(d.more, " "))
	d.more, d.size = nil, 0
}
