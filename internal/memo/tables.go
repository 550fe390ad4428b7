package memo

// grid is a table: cells of lines, in columns. Its head is set again on every
// page that it runs over.
type grid struct {
	widths        []float64 // of the columns
	head          []cell
	rows          []gridRow
	foot          cell    // over all columns; stays with the last row
	height        float64 // of a line of body text
	ruled         bool    // rules above, below and between rows
	dense         bool    // less room around the rows, and no rules between
	page          float64 // height of a page's body
	before, after float64
}

// cell is the lines of a cell, each with its height.
type cell []cellLine

type cellLine struct {
	line
	height float64
}

type gridRow struct {
	cells  []cell
	strong bool
}

// Space around the text of a cell.
const (
	cellGap = 9   // between columns
	cellPad = 3.2 // above and below
)

func (c cell) height() float64 {
	h := 0.0
	for _, l := range c {
		h += l.height
	}
	return h
}

func rowHeight(cells []cell) float64 {
	h := 0.0
	for _, c := range cells {
		h = max(h, c.height())
	}
	return h
}

func (g *grid) pad() float64 {
	if g.ruled && !g.dense {
		return cellPad
	}
	return 0.8
}

func (g *grid) headHeight() float64 {
	if len(g.head) == 0 {
		return 0
	}
	return rowHeight(g.head) + 2*g.pad()
}

// long tells a row that may be cut: moved whole to the next page, it would
// leave too much of this one empty.
func (g *grid) long(height float64) bool { return height > g.page/3 }

// least is the head with the first row, or with the start of one that is long.
// What has no rules is a short list of facts, and stays together.
func (g *grid) least() float64 {
	need := g.before + g.headHeight()
	for i, r := range g.rows {
		h := rowHeight(r.cells)
		if g.long(h) {
			return need + 4*g.height + 2*g.pad()
		}
		if need += h + 2*g.pad(); g.ruled || i > 0 && need > g.page/3 {
			break
		}
	}
	return need
}

func (g *grid) put(f *flow) {
	f.gap(g.before)
	g.top(f)
	for i, r := range g.rows {
		g.row(f, r, i == 0, i == len(g.rows)-1)
	}
	if len(g.foot) > 0 {
		g.begin(f, gridRow{}, 0, len(g.rows) == 0)
		g.cells(f, []cell{g.foot}, g.foot.height())
	}
	g.bottom(f)
	f.y += g.after
}

func (g *grid) total() float64 {
	w := cellGap * float64(len(g.widths)-1)
	for _, x := range g.widths {
		w += x
	}
	return w
}

// top starts the table on a page: rule and head.
func (g *grid) top(f *flow) {
	if g.ruled {
		f.stroke(f.left, f.y, g.total(), 1, ink)
	}
	if len(g.head) == 0 {
		return
	}
	g.cells(f, g.head, rowHeight(g.head))
	f.stroke(f.left, f.y-0.5, g.total(), 0.5, ink)
}

// bottom ends the table on a page.
func (g *grid) bottom(f *flow) {
	if g.ruled {
		f.stroke(f.left, f.y, g.total(), 1, ink)
	}
}

// over continues the table on a new page.
func (g *grid) over(f *flow) {
	g.bottom(f)
	f.newPage()
	g.top(f)
}

var (
	hairline = color{185, 190, 200} // parts two rows
	pale     = color{243, 244, 247} // lies behind a row that counts
)

func (g *grid) row(f *flow, r gridRow, first, last bool) {
	cells := r.cells
	for {
		whole := rowHeight(cells)
		room := f.room() - 2*g.pad()
		if last && len(g.foot) > 0 {
			room -= g.foot.height() + 2*g.pad()
		}
		if whole <= room {
			g.begin(f, r, whole, first)
			g.cells(f, cells, whole)
			return
		}
		if !g.long(whole) || room < 4*g.height {
			if !g.justBegun(f) {
				g.over(f)
				first = true
				continue
			}
		}
		now, rest := split(cells, room)
		if rowHeight(now) == 0 { // not even one line fits: the page is too small for words
			now, rest = cells, nil
		}
		g.begin(f, r, rowHeight(now), first)
		g.cells(f, now, rowHeight(now))
		if rest == nil {
			return
		}
		g.over(f)
		cells, first = rest, true
	}
}

// justBegun tells that nothing but the head stands on the page.
func (g *grid) justBegun(f *flow) bool { return f.y <= f.top+g.headHeight()+0.01 }

// begin draws what lies behind and above a row.
func (g *grid) begin(f *flow, r gridRow, height float64, first bool) {
	if r.strong {
		f.stroke(f.left-3, f.y, g.total()+6, height+2*g.pad(), pale)
	}
	if g.ruled && !g.dense && !first {
		f.stroke(f.left, f.y, g.total(), 0.4, hairline)
	}
}

// cells places a row whose height is known.
func (g *grid) cells(f *flow, cells []cell, height float64) {
	x := f.left
	for i, c := range cells {
		y := f.y + g.pad()
		for _, l := range c {
			f.text(l.line, x, y, l.height)
			y += l.height
		}
		x += g.widths[i] + cellGap
	}
	f.y += height + 2*g.pad()
}

// split cuts a row where room ends. No cell leaves a single line behind when
// it can take two.
func split(cells []cell, room float64) (now, rest []cell) {
	now, rest = make([]cell, len(cells)), make([]cell, len(cells))
	left := false
	for i, c := range cells {
		n, used := 0, 0.0
		for n < len(c) && used+c[n].height <= room {
			used += c[n].height
			n++
		}
		if len(c)-n == 1 && n > widow {
			n--
		}
		now[i], rest[i] = c[:n], c[n:]
		left = left || n < len(c)
	}
	if !left {
		return now, nil
	}
	return now, rest
}

// hand is a line to be signed by hand. It is never cut in two.
type hand struct {
	who    cell    // name, role, what was recorded
	width  float64 // of the whole
	labels [2]line // below the lines: signature, date
	height float64 // of a label
}

const handRoom = 40 // above the line, for a signature

func (h *hand) least() float64 { return 10 + max(h.who.height(), handRoom+h.height) }

func (h *hand) put(f *flow) {
	f.gap(10)
	tall := max(h.who.height(), handRoom+h.height)
	left := h.width * 0.44
	y := f.y + tall - h.who.height()
	for _, l := range h.who {
		f.text(l.line, f.left, y, l.height)
		y += l.height
	}
	rule := f.y + tall - h.height - 1
	sign, date := h.width*0.34, h.width*0.18
	f.stroke(f.left+left, rule, sign, 0.6, ink)
	f.text(h.labels[0], f.left+left, rule+1, h.height)
	f.stroke(f.left+h.width-date, rule, date, 0.6, ink)
	f.text(h.labels[1], f.left+h.width-date, rule+1, h.height)
	f.y += tall
}
