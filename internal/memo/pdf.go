package memo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/review"
)

// Sizes of type and the heights of their lines, in points.
const (
	bodySize, bodyLine   = 10.5, 14.2
	tableSize, tableLine = 9.3, 12.2
	smallSize, smallLine = 8.2, 10.8
	hashSize             = 7.6
	titleSize, titleLine = 18.0, 22.5
	headSize, headLine   = 12.5, 16.5
	partSize, partLine   = 10.5, 14.2
)

// PDF returns m as a PDF on paper. The same memo gives the same bytes.
func PDF(m review.Memo, paper Paper) ([]byte, error) {
	sheet, ok := sheets[paper]
	if !ok {
		return nil, fmt.Errorf("memo: there is no paper %q", paper)
	}
	d := compose(m)
	b := &builder{setter: setter{missing: map[rune]bool{}}, width: sheet.inner(), page: sheet.body()}
	b.build(d)
	f := newFlow(sheet)
	f.lay(b.pieces)
	b.frames(f, d)
	if b.err != nil {
		return nil, fmt.Errorf("setting memo %s: %w", m.Number, b.err)
	}
	return b.draw(f, d, m.Prepared)
}

// build sets a document from its head to its last note.
func (b *builder) build(d document) {
	b.opening(d)
	for i, x := range d.Blocks {
		b.block(x)
		if p, ok := x.(paragraph); ok && i+1 < len(d.Blocks) && introduces(p, d.Blocks[i+1]) {
			b.pieces[len(b.pieces)-1].(*rag).keep = true
		}
	}
	if note := b.lacking(); note != "" {
		b.block(paragraph{Text: plain(note), Warn: true})
	}
}

// introduces tells a paragraph that should not be parted from what follows.
func introduces(p paragraph, next block) bool {
	switch next := next.(type) {
	case table, facts, list, signature:
		return !p.Small
	case heading:
		return next.Level > 1
	}
	return false
}

// builder sets the blocks of a document as pieces for the pages.
type builder struct {
	setter
	width  float64 // of the text
	page   float64 // height of a page's body
	pieces []piece
}

func (b *builder) add(p piece) { b.pieces = append(b.pieces, p) }

func (b *builder) opening(d document) {
	one := func(s string, l look) line { return b.breakText([]fragment{{text: s, look: l}}, b.width)[0] }
	b.add(&banner{kind: one("CLASSIFICATION MEMO", look{boldFace, 9.5, ink, ""}), status: one(d.Status, look{boldFace, 9.5, statusColor(d), ""}),
		color: statusColor(d), title: b.breakText([]fragment{{text: d.Title, look: look{boldFace, titleSize, ink, ""}}}, b.width), width: b.width})
	if d.Warning != "" {
		b.block(paragraph{Text: plain(d.Warning), Warn: true})
	}
}

// banner is the head of the first page: what the paper is, what it is worth,
// what it is about.
type banner struct {
	kind, status line
	color        color // of the frame around the status
	title        []line
	width        float64
}

const bannerLine = 15

func (h *banner) least() float64 { return bannerLine + titleLine }

func (h *banner) put(f *flow) {
	f.text(h.kind, f.left, f.y, bannerLine)
	w := h.status.width() + 14
	x, y := f.left+h.width-w, f.y-1
	for _, s := range [][4]float64{{x, y, w, 1}, {x, y + bannerLine + 1, w, 1}, {x, y, 1, bannerLine + 2}, {x + w - 1, y, 1, bannerLine + 2}} {
		f.stroke(s[0], s[1], s[2], s[3], h.color)
	}
	f.text(h.status, x+7, f.y, bannerLine)
	f.y += bannerLine + 6
	(&rag{lines: h.title, height: titleLine}).put(f)
	f.stroke(f.left, f.y+5, h.width, 1.2, ink)
	f.y += 15
}

func statusColor(d document) color {
	if d.Decided {
		return ink
	}
	return caution
}

// spans gives every span of t its look at a size.
func spans(t text, size float64, c color) []fragment {
	all := make([]fragment, len(t))
	for i, s := range t {
		l := look{regular, size, c, s.URL}
		switch {
		case s.Bold:
			l.face = boldFace
		case s.Italic:
			l.face = italicFace
		}
		switch {
		case s.Small:
			l.size = min(size, smallSize)
		case s.Hash:
			l.size = hashSize
		}
		if (s.Small || s.Hash) && c == ink {
			l.color = muted
		}
		all[i] = fragment{text: s.S, look: l}
	}
	return all
}

func (b *builder) block(x block) {
	switch x := x.(type) {
	case heading:
		b.heading(x)
	case paragraph:
		b.paragraph(x)
	case facts:
		b.facts(x)
	case table:
		b.table(x)
	case quotation:
		b.quotation(x)
	case list:
		b.list(x)
	case signature:
		b.signature(x)
	}
}

func (b *builder) heading(h heading) {
	if h.Level == 1 {
		t := []fragment{{text: h.Number + "\u2002" + h.Text, look: look{boldFace, headSize, ink, ""}}}
		b.add(&rag{lines: b.breakText(t, b.width), height: headLine, before: 17, after: 3, keep: true, mark: &mark{text: h.Number + " " + h.Text}})
		return
	}
	t := []fragment{{text: h.Text, look: look{italicFace, partSize, ink, ""}}}
	b.add(&rag{lines: b.breakText(t, b.width), height: partLine, before: 9, after: 2, keep: true, mark: &mark{text: h.Text, level: 1}})
}

func (b *builder) paragraph(p paragraph) {
	switch {
	case p.Warn:
		b.add(&rag{lines: b.breakText(spans(p.Text, bodySize, caution), b.width-10), x: 10, height: bodyLine, before: 4, after: 5, bar: &caution})
	case p.Small:
		b.add(&rag{lines: b.breakText(spans(p.Text, smallSize, muted), b.width), height: smallLine, before: 3, after: 3})
	default:
		b.add(&rag{lines: b.breakText(spans(p.Text, bodySize, ink), b.width), height: bodyLine, before: 2, after: 4})
	}
}

const factName = 76 // width of the names in a list of facts

func (b *builder) facts(x facts) {
	g := &grid{widths: []float64{factName, b.width - factName - cellGap}, height: bodyLine, page: b.page, before: 3, after: 5}
	for _, f := range x.Rows {
		name := b.cell([]text{plain(f.Name)}, factName, bodySize, bodyLine, muted)
		g.rows = append(g.rows, gridRow{cells: []cell{name, b.cell(f.Value, g.widths[1], bodySize, bodyLine, ink)}})
	}
	b.add(g)
}

// cell sets the paragraphs of a cell below each other.
func (b *builder) cell(paragraphs []text, width, size, height float64, c color) cell {
	var all cell
	for _, p := range paragraphs {
		h := height
		if len(p) > 0 && (p[0].Small || p[0].Hash) {
			h = smallLine
		}
		for _, l := range b.breakText(spans(p, size, c), width) {
			all = append(all, cellLine{l, h})
		}
	}
	return all
}

func (b *builder) table(t table) {
	g := &grid{height: tableLine, ruled: true, dense: t.Dense, page: b.page, before: 5, after: 8}
	for _, c := range t.Columns {
		g.widths = append(g.widths, c.Share*(b.width-cellGap*float64(len(t.Columns)-1)))
	}
	for i, c := range t.Columns {
		g.head = append(g.head, b.cell([]text{bold(c.Title)}, g.widths[i], smallSize+.3, tableLine, ink))
	}
	for _, r := range t.Rows {
		row := gridRow{strong: r.Strong}
		for i, c := range r.Cells {
			row.cells = append(row.cells, b.cell(c, g.widths[i], tableSize, tableLine, ink))
		}
		g.rows = append(g.rows, row)
	}
	if len(t.Foot) > 0 {
		g.foot = b.cell([]text{t.Foot}, b.width, tableSize, tableLine, ink)
	}
	b.add(g)
}

func (b *builder) quotation(q quotation) {
	const indent = 12
	if len(q.Source) > 0 {
		b.add(&rag{lines: b.breakText(spans(q.Source, bodySize, ink), b.width), height: bodyLine, before: 5, keep: len(q.Lines) > 0})
	}
	before := 3.0
	for _, t := range q.Lines {
		if t.String() == "" {
			before += 6
			continue
		}
		b.add(&rag{lines: b.breakText(spans(t, bodySize-.3, ink), b.width-indent), x: indent, height: bodyLine - .4, before: before, bar: &hairline})
		before = 0
	}
	if q.URL != "" {
		where := linked(small(q.URL), q.URL)
		b.add(&rag{lines: b.breakText(spans(where, smallSize, ink), b.width-indent), x: indent, height: smallLine, before: 2})
	}
	b.add(space(5))
}

func (b *builder) list(l list) {
	const indent = 12
	for _, t := range l.Items {
		lines := b.breakText(spans(t, bodySize, ink), b.width-indent)
		b.add(&item{rag{lines: lines, x: indent, height: bodyLine, before: 1}, line{b.fragments("•", look{regular, bodySize, ink, ""})}})
	}
	b.add(space(4))
}

func (b *builder) signature(s signature) {
	h := &hand{width: b.width, height: smallLine}
	half := b.width*0.44 - cellGap
	h.who = b.cell([]text{bold(s.Name)}, half, bodySize, bodyLine, ink)
	h.who = append(h.who, b.cell([]text{plain(s.Role)}, half, tableSize, tableLine, ink)...)
	h.who = append(h.who, b.cell(s.Note, half, smallSize, smallLine, muted)...)
	for i, t := range []string{"Signature", "Date"} {
		h.labels[i] = b.breakText([]fragment{{text: t, look: look{regular, smallSize, muted, ""}}}, b.width)[0]
	}
	b.add(h)
}

// space is room between two pieces.
type space float64

func (s space) least() float64 { return 0 }
func (s space) put(f *flow)    { f.gap(float64(s)) }

// item is a point of a list.
type item struct {
	rag
	bullet line
}

func (i *item) put(f *flow) {
	if i.least() > f.room() && !f.fresh() {
		f.newPage()
	}
	before := i.before
	if f.fresh() {
		before = 0
	}
	f.text(i.bullet, f.left, f.y+before, i.height)
	i.rag.put(f)
}

// lacking says which characters the fonts lack.
func (b *builder) lacking() string {
	if len(b.missing) == 0 {
		return ""
	}
	runes := slices.Sorted(maps.Keys(b.missing))
	var names []string
	for _, r := range runes[:min(len(runes), 24)] {
		names = append(names, fmt.Sprintf("U+%04X", r))
	}
	more := ""
	if len(runes) > 24 {
		more = fmt.Sprintf(" and %d others", len(runes)-24)
	}
	return fmt.Sprintf("A box (%c) stands in this paper for characters that its fonts lack: %s%s. The records and the HTML form of this memo have them.",
		lacking, strings.Join(names, ", "), more)
}
