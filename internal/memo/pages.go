package memo

// Paper is a size of page.
type Paper string

const (
	A4     Paper = "a4"
	Letter Paper = "letter"
)

// sheet is a paper with its margins, in points.
type sheet struct{ width, height, left, right, top, bottom float64 }

var sheets = map[Paper]sheet{
	A4:     {595.28, 841.89, 68, 68, 74, 68},
	Letter: {612, 792, 76, 76, 72, 64},
}

func (s sheet) inner() float64 { return s.width - s.left - s.right }
func (s sheet) body() float64  { return s.height - s.top - s.bottom }

// placed is something that stands on a page: text, or a stroke.
type placed struct {
	x, y  float64 // of the baseline's start, or of the stroke's upper left corner
	text  fragment
	w, h  float64 // of a stroke; it is filled
	color color   // of a stroke
}

// mark is an entry of the table of contents that a reader shows beside the paper.
type mark struct {
	text  string
	level int
	y     float64
}

type pageOf struct {
	placed []placed
	marks  []mark
}

// piece is a part of the paper that flows: a paragraph, a table.
type piece interface {
	// least returns how much room must be left for the piece to start on a page.
	least() float64
	// put places the piece.
	put(f *flow)
}

// flow fills pages from top to bottom.
type flow struct {
	sheet
	pages []*pageOf
	y     float64 // where the next thing goes
}

func newFlow(s sheet) *flow {
	f := &flow{sheet: s}
	f.newPage()
	return f
}

func (f *flow) page() *pageOf { return f.pages[len(f.pages)-1] }

func (f *flow) newPage() {
	f.pages = append(f.pages, &pageOf{})
	f.y = f.top
}

// left over on the page.
func (f *flow) room() float64 { return f.height - f.bottom - f.y }

func (f *flow) fresh() bool { return f.y == f.top }

// gap leaves space, but not at the top of a page.
func (f *flow) gap(h float64) {
	if !f.fresh() {
		f.y += h
	}
}

// text places a line at x; its box of the given height starts at y.
func (f *flow) text(l line, x, y, height float64) {
	for _, part := range l.fragments {
		// The baseline lies where the ascenders of the largest letters just fit.
		f.page().placed = append(f.page().placed, placed{x: x, y: y + height*0.76, text: part})
		x += part.width
	}
}

func (f *flow) stroke(x, y, w, h float64, c color) {
	f.page().placed = append(f.page().placed, placed{x: x, y: y, w: w, h: h, color: c})
}

// lay places pieces one after the other. A piece that is a headline stays with
// the one that follows.
func (f *flow) lay(pieces []piece) {
	for i, p := range pieces {
		need := 0.0
		for j := i; j < len(pieces); j++ {
			need += pieces[j].least()
			h, ok := pieces[j].(*rag)
			if !ok || !h.keep {
				break
			}
			need += h.after
		}
		if need > f.room() && !f.fresh() && need <= f.body() {
			f.newPage()
		}
		p.put(f)
	}
}

// rag is running text, set with a ragged right edge.
type rag struct {
	lines         []line
	x             float64 // from the left margin
	height        float64 // of a line
	before, after float64
	keep          bool // with the next piece
	mark          *mark
	bar           *color // of a rule at the left, for what is set apart
}

// widow is the least number of lines of a paragraph that may stand alone at
// the foot of a page, or at the head of the next.
const widow = 2

func (r *rag) least() float64 {
	n := min(len(r.lines), widow)
	if len(r.lines) < 2*widow {
		n = len(r.lines)
	}
	return r.before + float64(n)*r.height
}

func (r *rag) put(f *flow) {
	f.gap(r.before)
	if r.mark != nil {
		m := *r.mark
		m.y = f.y
		f.page().marks = append(f.page().marks, m)
	}
	rest := r.lines
	for len(rest) > 0 {
		n := min(len(rest), int((f.room()+0.01)/r.height))
		switch left := len(rest) - n; {
		case left == 0:
		case left < widow:
			n = len(rest) - widow
		}
		if n < widow && n < len(rest) && !f.fresh() {
			f.newPage()
			continue
		}
		n = max(n, 1)
		if r.bar != nil {
			f.stroke(f.left+r.x-9, f.y, 1.4, float64(n)*r.height, *r.bar)
		}
		for _, l := range rest[:n] {
			f.text(l, f.left+r.x, f.y, r.height)
			f.y += r.height
		}
		if rest = rest[n:]; len(rest) > 0 {
			f.newPage()
		}
	}
	f.y += r.after
}
