package corpus

import "strings"

// maxRuns bounds the runs of an excerpt; a text that changed in more places is
// better read as a whole.
const maxRuns = 40

// Excerpt returns what x changed in a form that is short enough for a list of
// changes: changed words with a little of what stayed around them, or the
// beginnings of the two texts where little stayed.
func (x *Change) Excerpt() []Words {
	switch {
	case x.Op == OpRemoved:
		return []Words{{OpRemoved, excerpt(x.Old)}}
	case x.Op == OpAdded:
		return []Words{{OpAdded, excerpt(x.New)}}
	case len(x.Words) == 0:
		return []Words{{"", excerpt(x.New)}}
	case rewritten(x.Words) || len(x.Words) > maxRuns:
		return []Words{{OpRemoved, excerpt(x.Old)}, {OpAdded, excerpt(x.New)}}
	}
	out := make([]Words, len(x.Words))
	for i, w := range x.Words {
		if out[i] = (Words{w.Op, excerpt(w.Text)}); w.Op == "" {
			out[i].Text = around(strings.Fields(w.Text), i > 0, i < len(x.Words)-1)
		}
	}
	return out
}
