package layout

import (
	"regexp"
	"strings"

	"assay/corpus"
	"assay/corpus/internal/draft"
)

// block is a passage whose words are still coming in.
type block struct {
	corpus.Passage
	line  int
	words []string
}

// announces reports whether what was read so far ends with a colon, so that a
// list should follow.
func (b *block) announces() bool {
	return len(b.words) > 0 && strings.HasSuffix(b.words[len(b.words)-1], ":")
}

// ended reports whether what was read so far ends with a full stop.
func (b *block) ended() bool {
	return len(b.words) > 0 && strings.HasSuffix(b.words[len(b.words)-1], ".")
}

// level is an open list: the designator reached, and where it was printed.
// Columns can be compared within a page only, since pdftotext shifts pages
// against each other.
type level struct {
	designator string
	col        int
	page       int
	block      *block
}

// note is the note being read, with the lists open in it. A note that opens
// inside it (a technical note on one of its items) is part of it.
type note struct {
	*block
	col, page int
	depth     int // of its owner: 0 for an entry, 1 for its paragraphs …
	lists     []level
	plural    bool // "Technical Notes:", whose items stand below the label
}

// outline rebuilds the tree of paragraphs and notes from designators and
// indentation. Two things place a line: the designator must follow the one
// before it in an open list, or open a list; and within a page the lists keep
// their columns.
type outline struct {
	d      *draft.Draft
	known  map[string]bool // words of the text, to tell hyphens from line breaks
	err    error           // the first refusal met while placing lines
	blocks []*block
	code   string  // the entry, or the category or group that notes belong to
	lists  []level // open lists of paragraphs
	note   *note
	now    *block
	step   float64 // how far a list stands right of the one around it, as measured so far
	page   int
	margin bool   // an entry's code stands at the margin of page
	fresh  bool   // no designator or label was met on page yet
	words  int    // column of running text met on a fresh page, else -1
	within string // code that an entry's line or a "continued" line on page said it is in
	inside string // the same until the next item or label
}

func (o *outline) add(l line, p corpus.Passage, words string) *block {
	b := &block{Passage: p, line: l.no}
	o.blocks = append(o.blocks, b)
	o.now = b
	o.write(words)
	return b
}

func (o *outline) write(words string) {
	if words != "" {
		o.now.words = append(o.now.words, words)
	}
}

// tooDeep notes the refusal of a text whose lists nest beyond the limit.
func (o *outline) tooDeep(l line, lists []level) bool {
	limit := o.d.Limits().Depth
	if len(lists) < limit {
		return false
	}
	if o.err == nil {
		o.err = o.d.Errorf(l.no, o.code, remedyLayout, "lists nest deeper than %d levels", limit)
	}
	return true
}

// open begins the entry (kind entry) or the group (kind heading) called code.
func (o *outline) open(l line, code string, kind corpus.Kind, label, words string) {
	o.code, o.lists, o.note = code, nil, nil
	o.turn(l)
	o.margin, o.fresh, o.words, o.within, o.inside = true, false, -1, code, ""
	o.add(l, corpus.Passage{Code: code, Kind: kind, Label: label}, words)
}

// continued takes note of a "continued" line: what follows belongs to code,
// or, with inNote, to the note being read.
func (o *outline) continued(l line, code string, inNote bool) {
	o.turn(l)
	o.margin = true
	o.inside, o.within = code, code
	if inNote {
		o.inside = noteGoesOn
	}
}

// turn begins a new page when l is on one.
func (o *outline) turn(l line) {
	if l.page != o.page {
		o.page, o.margin, o.fresh, o.words, o.within, o.inside = l.page, false, true, -1, "", ""
	}
}

const noteGoesOn = "note"

// item takes a designator at the head of a line: "a.", "12.", "aa.", and one
// that lacks its dot when a wide gap follows.
var item = regexp.MustCompile(`^([a-z]|aa|bb|cc|dd|ee|ff|gg|[0-9]{1,3})(\.(?:\s+|$)|\s{3,})(.*)$`)

// take places one line; next is the text of the line after it.
func (o *outline) take(l line, next string) {
	o.turn(l)
	if kind, label, rest, ok := draft.Label(l.text); ok {
		o.takeNote(l, next, kind, label, rest)
		o.fresh, o.inside = false, ""
		return
	}
	if m := item.FindStringSubmatch(l.text); m != nil && o.takeItem(l, m[1], m[3], l.col+len(m[1])+len(m[2])) {
		o.fresh, o.words, o.inside = false, -1, ""
		return
	}
	if o.fresh {
		o.words = l.col
	}
	if o.now.Kind == corpus.KindHeading && len(o.now.words) > 0 {
		o.add(l, corpus.Passage{Code: o.code, Kind: corpus.KindAdministrative}, l.text)
		return
	}
	o.write(l.text)
}

func (o *outline) takeNote(l line, next string, kind corpus.Kind, label, rest string) {
	if o.note != nil && o.note.holds(l) {
		o.write(l.text)
		return
	}
	words := rest
	if words == "" {
		words = next
	}
	depth, sure := o.ownerOf(l, words)
	if last := o.note; !sure && last != nil && last.depth < depth && follows(last.Label, label) {
		depth = last.depth // Note 2 hangs where Note 1 does
	}
	owner := o.code
	if depth > 0 {
		owner = o.lists[depth-1].block.Code
	}
	// Printed under one paragraph but speaking of the one around it or of a
	// sibling, it belongs to the innermost paragraph that holds what it names.
	if codes := draft.AppliesTo(words, "\x00"); len(codes) > 0 && !corpus.Covers(owner, codes[0]) {
		for k := depth; k > 0; k-- {
			if outer := o.lists[k-1].block.Code; corpus.Covers(outer, codes[0]) {
				owner = outer
				break
			}
		}
	}
	if sure {
		// The note closes whatever is open below its owner's own items.
		o.lists = o.lists[:min(depth+1, len(o.lists))]
	}
	b := o.add(l, corpus.Passage{Code: owner, Kind: kind, Label: label}, "")
	o.note = &note{block: b, col: l.col, page: l.page, depth: depth, plural: strings.HasSuffix(label, "s")}
	if m := item.FindStringSubmatch(rest); m != nil && draft.IsFirst(m[1]) {
		o.note.lists = []level{{designator: m[1], col: l.col + strings.Index(l.text, rest), page: l.page}}
	}
	o.write(rest)
}

// follows reports whether label is numbered one higher than last.
func follows(last, label string) bool {
	a, b := strings.LastIndexByte(last, ' ')+1, strings.LastIndexByte(label, ' ')+1
	return a > 0 && a == b && last[:a] == label[:b] && draft.IsNumber(last[a:]) && draft.Next(last[a:]) == label[b:]
}

// holds reports whether a label printed at l opens a note inside n: right of
// the label of n, or of one of its items.
func (n *note) holds(l line) bool {
	if n.page == l.page {
		return l.col > n.col+1
	}
	for _, x := range n.lists {
		if x.page == l.page {
			return l.col > x.col+1
		}
	}
	return false
}

// ownerOf returns how many of the open lists a note printed at l stands in: 0
// when it belongs to the entry, k when to the paragraph of the k-th. That is
// the deepest which begins left of it, or a deeper one that its own opening
// words name. Where no list was seen on the page, those words decide; sure is
// false when there are none either.
func (o *outline) ownerOf(l line, text string) (depth int, sure bool) {
	named, around := -1, -1 // the list that the opening words name; one around it
	if codes := draft.AppliesTo(text, "\x00"); len(codes) > 0 {
		for k := len(o.lists); k > 0; k-- {
			switch outer := o.lists[k-1].block.Code; {
			case outer == codes[0]:
				named = k
			case around < 0 && corpus.Covers(outer, codes[0]):
				around = k
			}
		}
		if codes[0] == o.code {
			named = 0
		}
		if corpus.EntryOf(codes[0]) == o.code {
			around = max(around, named, 0)
		}
	}
	base, framed := o.frame(l)
	sure = true
	below := -1 // column of the shallowest open list seen on the page
	for k := len(o.lists); k > 0; k-- {
		at := o.lists[k-1]
		switch {
		case at.page == l.page && at.col < l.col-1,
			at.page != l.page && below >= 0 && below-l.col <= 2: // in line with the paragraph's items
			return max(k, named), true
		case at.page == l.page:
			below = at.col
		case around >= 0:
			return around, true
		case framed:
			sure = false
			if base+o.step*float64(k-1) < float64(l.col-2) {
				return k, sure
			}
		case !o.margin || o.within != o.code:
			return k, false
		case at.col < l.col-3: // where it stood on an earlier page
			return k, true
		}
	}
	return max(0, named), sure
}

// takeItem places a line that opens with a designator. It returns false when
// the designator fits nowhere, so that the line is running text.
func (o *outline) takeItem(l line, designator, rest string, textCol int) bool {
	within := o.inside
	if within == noteGoesOn {
		within = ""
	}
	para := o.continues(o.lists, false, designator, l, within)
	if para.at < 0 && within != "" {
		para = o.continues(o.lists, false, designator, l, "") // the list it named had come to its end
	}
	if len(o.code) < 3 {
		para = fit{at: -1} // a category or group has no paragraphs
	}
	if o.note != nil && o.inNote(l, designator, para) {
		o.write(designator + ". " + rest)
		return true
	}
	if para.at < 0 || o.tooDeep(l, o.lists[:para.at]) {
		return false
	}
	o.note = nil
	parent := o.code
	if para.at > 0 {
		parent = o.lists[para.at-1].block.Code
	}
	if para.sure && para.at == len(o.lists) {
		o.step += (float64(l.col-o.lists[para.at-1].col) - o.step) / 8
	}
	b := o.add(l, corpus.Passage{Code: parent + "." + designator, Kind: corpus.KindParagraph, Label: (parent + "." + designator)[len(o.code)+1:]}, "")
	col := l.col
	if para.stray {
		col = o.lists[para.at].col
	}
	o.lists = append(o.lists[:para.at], level{designator, col, l.page, b})
	if m := item.FindStringSubmatch(rest); m != nil && draft.IsFirst(m[1]) && draft.IsNumber(m[1]) != draft.IsNumber(designator) {
		return o.takeItem(line{no: l.no, page: l.page, col: textCol, text: rest}, m[1], m[3], textCol+len(m[1])+len(m[2]))
	}
	o.write(rest)
	return true
}

// A fit says which open list a designator continues.
type fit struct {
	at   int     // index of the list, len(lists) to open a new one, -1 for none
	sure bool    // a column on the same page confirms it
	off  float64 // else how far the line stands from where that list should
	// stray says that the line was thrown to the margin, so that its column
	// says nothing of the list's.
	stray bool
}

// continues returns how designator fits into lists, which are those of the
// note being read or those of the paragraphs. within limits the choice to
// lists inside that code.
func (o *outline) continues(lists []level, inNote bool, designator string, l line, within string) fit {
	if draft.IsFirst(designator) {
		return o.opens(lists, designator, l)
	}
	best := fit{at: -1}
	try := func(i int, off float64) {
		if off < 0 {
			off = -off
		}
		if best.at < 0 || off < best.off {
			best.at, best.off = i, off
		}
	}
	skewed := -1
	for i := len(lists) - 1; i >= 0; i-- {
		x := lists[i]
		if draft.Next(x.designator) != designator {
			continue
		}
		if x.page == l.page {
			if d := x.col - l.col; -2 <= d && d <= 2 {
				return fit{at: i, sure: true}
			} else if skewed < 0 && -5 <= d && d <= 5 && (i == 0 || lists[i-1].page != l.page || lists[i-1].col < l.col) {
				skewed = i
			}
			continue
		}
		if within != "" && (i == 0 && within != o.code || i > 0 && !corpus.Covers(within, lists[i-1].block.Code)) {
			continue
		}
		if i+1 < len(lists) && lists[i+1].page == l.page && l.col > lists[i+1].col-2 {
			continue // printed right of a deeper list
		}
		switch base, ok := o.frame(l); {
		case ok && inNote:
			try(i, base+o.noteItems()+o.step*float64(i)-float64(l.col))
		case ok:
			try(i, base+o.step*float64(i)-float64(l.col))
		case o.margin:
			try(i, float64(x.col-l.col)) // where it stood on an earlier page
		default:
			try(i, o.step*float64(len(lists)-i)) // the deepest is likeliest
		}
	}
	if best.at < 0 && skewed >= 0 {
		best = fit{at: skewed, off: 5}
	}
	if best.at < 0 && !inNote {
		if at := stray(lists, designator, l); at >= 0 {
			best = fit{at: at, off: 5, stray: true}
		}
	}
	return best
}

// stray returns the one list that designator continues when the line was
// thrown to the margin, left of every list on its page, as pdftotext does to
// lines of narrow pages. It returns -1 when that is not so, or not one list.
func stray(lists []level, designator string, l line) int {
	at := -1
	for i, x := range lists {
		if x.page == l.page && x.col <= l.col+5 {
			return -1
		}
		if draft.Next(x.designator) != designator {
			continue
		}
		if at >= 0 {
			return -1
		}
		at = i
	}
	if at >= 0 && lists[at].page != l.page {
		return -1
	}
	return at
}

// opens returns how the first designator of a list fits: letters open below
// numbers and numbers below letters, right of the list above.
func (o *outline) opens(lists []level, designator string, l line) fit {
	if len(lists) == 0 {
		return fit{}
	}
	top := lists[len(lists)-1]
	switch {
	case draft.IsNumber(top.designator) == draft.IsNumber(designator):
	case top.page != l.page:
		return fit{at: len(lists)}
	case l.col > top.col+1:
		return fit{at: len(lists), sure: true}
	case l.col >= top.col-1 && top.block.announces():
		return fit{at: len(lists)} // not set in, but announced
	}
	return fit{at: -1}
}

// frame reckons the column in which the outermost list of paragraphs stands on
// the page of l, from what was met there so far; ok is false when that is nothing.
func (o *outline) frame(l line) (base float64, ok bool) {
	for i, x := range o.lists {
		if x.page == l.page {
			return float64(x.col) - o.step*float64(i), true
		}
	}
	n := o.note
	if n == nil {
		return float64(o.words) - o.step*float64(len(o.lists)), o.words >= 0
	}
	if n.page == l.page {
		return float64(n.col) - o.step*float64(n.depth), true
	}
	for i, x := range n.lists {
		if x.page == l.page {
			return float64(x.col) - o.step*float64(i) - o.noteItems(), true
		}
	}
	if o.words < 0 || len(n.lists) == 0 {
		return 0, false
	}
	return float64(o.words) - o.step*float64(len(n.lists)) - o.noteItems(), true
}

// noteItems returns how far right of the outermost paragraphs the items of the
// note being read stand.
func (o *outline) noteItems() float64 {
	right := o.step * float64(o.note.depth)
	if !o.note.plural {
		right += noteIndent
	}
	return right
}

// noteIndent is how far items stand right of the label of their note.
const noteIndent = 6.5

// inNote decides whether an item is one of the note being read, given where
// it would stand among the paragraphs.
func (o *outline) inNote(l line, designator string, para fit) bool {
	n := o.note
	in := o.continues(n.lists, true, designator, l, "")
	accept := func() bool {
		at := in.at
		if at < 0 && draft.IsFirst(designator) { // the note has several lists
			for at = 0; at < len(n.lists) && (n.lists[at].page != l.page || n.lists[at].col < l.col-1); at++ {
			}
		}
		if at >= 0 && !o.tooDeep(l, n.lists[:at]) {
			n.lists = append(n.lists[:at], level{designator, l.col, l.page, n.block})
		}
		return true
	}
	announced := len(n.words) == 0 || n.announces()
	if n.page == l.page {
		switch {
		case in.at < 0 && para.sure && !draft.IsFirst(designator):
			return false
		case l.col > n.col+1:
			return accept()
		case l.col < n.col-1 || in.at < 0:
			return false
		case len(n.lists) == 0:
			// Items in line with the label: only of a note that announces a list.
			return (n.plural || len(n.words) > 0) && announced && accept()
		}
		return accept()
	}
	_, known := o.frame(l)
	switch {
	case in.at < 0 && !para.sure && n.holds(l):
		return accept()
	case in.at < 0:
		return false
	case para.at < 0 || in.sure && !para.sure || o.inside == noteGoesOn:
		return accept()
	case para.sure:
		return false
	case len(n.lists) == 0:
		return announced && accept()
	case known && in.off != para.off:
		return in.off < para.off && accept()
	}
	return (n.plural || !n.ended()) && accept()
}

// finish hands the blocks to the draft. A paragraph or entry that has only
// lists below it and no words of its own is given its designator as text.
func (o *outline) finish() error {
	o.known = vocabulary(o.blocks)
	for _, b := range o.blocks {
		b.Text = join(b.words, o.known)
		if b.Text == "" {
			switch b.Kind {
			case corpus.KindEntry:
				b.Text = b.Code
			case corpus.KindParagraph:
				b.Text = b.Label
			case corpus.KindHeading:
			default:
				return o.d.Errorf(b.line, b.Code, remedyLayout, "%s without text", b.Label)
			}
		}
		var restored bool
		if b.Text, restored = draft.RestorePowers(b.Text); restored || strings.Contains(b.Text, "x 10^") {
			b.Marks = append(b.Marks, draft.PowerMark)
		}
		switch b.Kind {
		case corpus.KindNote, corpus.KindTechnicalNote, corpus.KindNB:
			if b.Code != "" && b.AppliesTo == nil {
				b.AppliesTo = draft.AppliesTo(b.Text, b.Code)
			}
		}
		if err := o.d.Add(b.line, b.Passage); err != nil {
			return err
		}
	}
	return nil
}
