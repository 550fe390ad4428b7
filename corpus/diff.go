package corpus

import (
	"cmp"
	"slices"
)

// Changes says how one edition differs from another of the same list. It is
// the same for the same two editions, whatever reader made them as far as
// their wording allows: white space, quotation marks, dashes, case, final
// punctuation and flattened exponents do not count.
type Changes struct {
	Old       Meta     `json:"old"`
	New       Meta     `json:"new"`
	Unchanged int      `json:"unchanged"` // passages that say the same in both
	Items     []Change `json:"items"`     // in the order of the new document, removed ones where they stood
}

// Op says what happened to a passage.
type Op string

// A moved passage kept its text and got another code.
const (
	OpAdded   Op = "added"
	OpRemoved Op = "removed"
	OpMoved   Op = "moved"
	OpChanged Op = "changed"
)

// Change is what happened to one passage.
type Change struct {
	Op   Op     `json:"op"`
	Kind Kind   `json:"kind"`
	Code string `json:"code"`           // in the new edition; for a removed passage in the old one
	From string `json:"from,omitempty"` // old code of a moved passage
	ID   string `json:"id"`             // in the new edition; of a removed passage in the old one
	// WasID is the id in the old edition of a passage that had another one.
	WasID string `json:"was_id,omitempty"`
	// Label as printed, of notes and the like.
	Label string `json:"label,omitempty"`
	Old   string `json:"old,omitempty"` // text before; empty for an added passage
	New   string `json:"new,omitempty"` // text after; empty for a removed passage
	// Words holds a changed text cut into what stayed, went and came.
	Words []Words `json:"words,omitempty"`
	// Numbers names the figures that differ, with the word that follows each.
	Numbers []NumberChange `json:"numbers,omitempty"`
	// Marks that went and came ("SME", "column=NS Column 2"); compared only
	// between editions of one format, because readers mark differently.
	MarksGone []string `json:"marks_gone,omitempty"`
	MarksCame []string `json:"marks_came,omitempty"`
}

// Words is a run of words with one fate. Op is "" for words in both texts.
type Words struct {
	Op   Op     `json:"op,omitempty"`
	Text string `json:"text"`
}

// NumberChange is a figure that became another; one side is empty when a
// figure came or went.
type NumberChange struct {
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
}

// Count returns how many items have op, of the kinds given or of any kind.
func (c Changes) Count(op Op, kinds ...Kind) int {
	n := 0
	for _, x := range c.Items {
		if x.Op == op && (len(kinds) == 0 || slices.Contains(kinds, x.Kind)) {
			n++
		}
	}
	return n
}

// Diff compares two editions. Entries and paragraphs are paired by code, and
// where that fails by text (moved); other passages are paired within the place
// they are attached to by text, then by label, then by likeness of wording,
// because their running numbers shift when one is put in between.
func Diff(old, new *Edition) Changes {
	d := &differ{old: sides(old), new: sides(new), marks: old.Format == new.Format}
	d.sameCode()
	d.moved()
	d.rewritten()
	d.attached()
	return Changes{Old: old.Meta, New: new.Meta, Unchanged: d.unchanged, Items: d.items()}
}

// side is a passage of one edition on its way to a partner in the other.
type side struct {
	Passage
	key   string   // folded text
	words []string // folded words, once likeness has asked for them
	mate  int      // index in the other edition, or -1
}

type differ struct {
	old, new  []side
	oldAt     map[string]int // code of entry or paragraph -> index
	newAt     map[string]int
	marks     bool // marks of the two editions can be compared
	unchanged int
}

func sides(e *Edition) []side {
	all := make([]side, len(e.Passages))
	for i, p := range e.Passages {
		all[i] = side{Passage: p, key: foldText(p.Text), mate: -1}
	}
	return all
}

func codes(all []side) map[string]int {
	at := make(map[string]int, len(all))
	for i, s := range all {
		if s.provision() {
			at[s.Code] = i
		}
	}
	return at
}

// provision tells entries and paragraphs, which own their code.
func (s side) provision() bool { return s.Kind == KindEntry || s.Kind == KindParagraph }

func (d *differ) pair(o, n int) { d.old[o].mate, d.new[n].mate = n, o }

// sameCode pairs what stands at the same code with the same text.
func (d *differ) sameCode() {
	d.oldAt, d.newAt = codes(d.old), codes(d.new)
	for o, s := range d.old {
		if n, ok := d.newAt[s.Code]; ok && s.provision() && d.new[n].key == s.key {
			d.pair(o, n)
		}
	}
}

// moved pairs provisions that kept their text under another code. A text of a
// few words ("Software", "Reserved") proves nothing, unless the paragraph
// above it has moved the same way.
func (d *differ) moved() {
	const proof = 24 // letters and digits; about five words
	texts := map[string][]int{}
	for n, s := range d.new {
		if s.provision() && s.mate < 0 {
			texts[s.key] = append(texts[s.key], n)
		}
	}
	for o, s := range d.old {
		if !s.provision() || s.mate >= 0 {
			continue
		}
		if n, ok := d.newAt[d.followed(s)]; ok && d.new[n].mate < 0 && d.new[n].key == s.key {
			d.pair(o, n)
			continue
		}
		if len(s.key) < proof {
			continue
		}
		best, shared := -1, -1
		for _, n := range texts[s.key] {
			if c := commonLevels(s.Code, d.new[n].Code); d.new[n].mate < 0 && c > shared {
				best, shared = n, c
			}
		}
		if best >= 0 {
			d.pair(o, best)
		}
	}
}

// followed returns the code that s would have had it moved along with the
// nearest paragraph above it, or "".
func (d *differ) followed(s side) string {
	for up := ParentOf(s.Code); up != ""; up = ParentOf(up) {
		o, ok := d.oldAt[up]
		if !ok || d.old[o].mate < 0 {
			continue
		}
		return d.new[d.old[o].mate].Code + s.Code[len(up):]
	}
	return ""
}

// rewritten pairs what is left at the same code: its text has changed.
func (d *differ) rewritten() {
	for o, s := range d.old {
		if n, ok := d.newAt[s.Code]; ok && s.provision() && s.mate < 0 && d.new[n].mate < 0 {
			d.pair(o, n)
		}
	}
}

// alike is the share of words that two texts must have in common to count as
// one note reworded and not as one note gone and another come.
const alike = 0.5

// attached pairs notes, definitions, requirements and headings.
func (d *differ) attached() {
	type place struct {
		code string
		kind Kind
	}
	olds, news := map[place][]int{}, map[place][]int{}
	var order []place
	for o, s := range d.old {
		if s.provision() {
			continue
		}
		at := place{s.Code, s.Kind}
		if i, ok := d.oldAt[s.Code]; ok && d.old[i].mate >= 0 {
			at.code = d.new[d.old[i].mate].Code // its paragraph may have moved
		}
		if olds[at] == nil {
			order = append(order, at)
		}
		olds[at] = append(olds[at], o)
	}
	for n, s := range d.new {
		if !s.provision() {
			at := place{s.Code, s.Kind}
			news[at] = append(news[at], n)
		}
	}
	for _, at := range order {
		d.match(olds[at], news[at], func(o, n *side) bool { return o.key == n.key })
		if at.kind != KindRequirement && at.kind != KindHeading { // whose labels are not names
			d.match(olds[at], news[at], func(o, n *side) bool {
				return o.Label != "" && o.Label == n.Label && likeness(o, n) >= alike/2
			})
		}
		d.match(olds[at], news[at], func(o, n *side) bool { return likeness(o, n) >= alike })
	}
	// Readers attach a note to the entry or to the paragraph it follows; the
	// same words elsewhere in the entry are the same note.
	texts := map[string][]int{}
	for n, s := range d.new {
		if !s.provision() && s.mate < 0 {
			texts[string(s.Kind)+s.key] = append(texts[string(s.Kind)+s.key], n)
		}
	}
	for o, s := range d.old {
		if s.provision() || s.mate >= 0 {
			continue
		}
		for _, n := range texts[string(s.Kind)+s.key] {
			if d.new[n].mate < 0 && EntryOf(d.new[n].Code) == EntryOf(s.Code) {
				d.pair(o, n)
				break
			}
		}
	}
}

// match pairs each free old passage with the first free new one that is its.
func (d *differ) match(olds, news []int, same func(o, n *side) bool) {
	for _, o := range olds {
		if d.old[o].mate >= 0 {
			continue
		}
		for _, n := range news {
			if d.new[n].mate < 0 && same(&d.old[o], &d.new[n]) {
				d.pair(o, n)
				break
			}
		}
	}
}

// items turns the pairs into changes, in the order of the new document with
// removed passages after the last surviving one before them.
func (d *differ) items() []Change {
	type placed struct {
		Change
		new, old int
	}
	var all []placed
	after := -1
	for o, s := range d.old {
		if s.mate >= 0 {
			if s.Code == d.new[s.mate].Code {
				after = s.mate
			}
			continue
		}
		all = append(all, placed{Change{Op: OpRemoved, Kind: s.Kind, Code: s.Code, ID: s.ID, Label: s.Label, Old: s.Text}, after, o})
	}
	for n, s := range d.new {
		c := Change{Kind: s.Kind, Code: s.Code, ID: s.ID, Label: s.Label, New: s.Text}
		if s.mate < 0 {
			c.Op = OpAdded
			all = append(all, placed{c, n, -1})
			continue
		}
		o := d.old[s.mate]
		c.Old = o.Text
		if o.ID != s.ID {
			c.WasID = o.ID
		}
		if o.key != s.key {
			c.Op = OpChanged
			c.Words, c.Numbers = diffWords(o.Text, s.Text)
		}
		if gone, came := without(o.Marks, s.Marks), without(s.Marks, o.Marks); d.marks && len(gone)+len(came) > 0 {
			c.Op, c.MarksGone, c.MarksCame = OpChanged, gone, came
		}
		if s.provision() && o.Code != s.Code {
			c.Op, c.From = OpMoved, o.Code
		}
		if c.Op == "" {
			d.unchanged++
			continue
		}
		all = append(all, placed{c, n, -1})
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(a.new-b.new, a.old-b.old)
	})
	items := make([]Change, len(all))
	for i, p := range all {
		items[i] = p.Change
	}
	return items
}

// commonLevels counts the leading designators that two codes share.
func commonLevels(a, b string) int {
	as, bs := designator.FindAllString(a, -1), designator.FindAllString(b, -1)
	n := 0
	for n < len(as) && n < len(bs) && as[n] == bs[n] {
		n++
	}
	return n
}

// without returns the elements of a that are not in b.
func without(a, b []string) []string {
	var out []string
	for _, x := range a {
		if !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// likeness is the share of words that two texts have in common, from 0 to 1
// (Dice's measure over the words with their counts).
func likeness(a, b *side) float64 {
	count := map[string]int{}
	for _, w := range a.folded() {
		count[w]++
	}
	common := 0
	for _, w := range b.folded() {
		if count[w] > 0 {
			count[w]--
			common++
		}
	}
	if len(a.words)+len(b.words) == 0 {
		return 1
	}
	return 2 * float64(common) / float64(len(a.words)+len(b.words))
}

func (s *side) folded() []string {
	if s.words == nil {
		for _, w := range cutWords(s.Text) {
			s.words = append(s.words, w.key)
		}
	}
	return s.words
}
