package pdf

import (
	"bytes"
	"errors"
	"math"
	"strings"
)

// matrix is [a b c d e f] as PDF writes it.
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// mul returns the matrix that does m and then n.
func (m matrix) mul(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// state is what text operators change; q and Q save and restore it.
type state struct {
	ctm                             matrix
	font                            *font
	size, chars, words, lead, raise float64
	stretch                         float64
}

// Bounds of the interpretation of one page.
const (
	maxStates   = 256
	maxOperands = 512
	maxForms    = 4096 // drawings within drawings, in all
	maxFormNest = 12
)

// reader interprets the contents of pages.
type reader struct {
	f        *file
	out      layout
	fonts    map[int]*font // by object number
	forms    int
	glyphs   int
	unmapped int // glyphs that nothing tells the letter of
	pictures int
	damaged  int // streams that broke off
}

// page reads one page into r.out.
func (r *reader) page(p page) error {
	var content []byte
	for _, x := range r.f.list(p.dict, "Contents", "") {
		s, ok := r.f.get(x).(*stream)
		if !ok {
			continue
		}
		data, err := r.f.decode(s)
		if isFatal(err) {
			return err
		}
		if err != nil {
			r.damaged++
		}
		content = append(append(content, data...), '\n')
		if int64(len(content)) > r.f.budget+int64(len(r.f.data)) {
			return ErrTooLarge // one stream named over and over
		}
	}
	r.forms = 0
	return r.run(content, p.resources, state{ctm: identity, stretch: 1}, 0)
}

func (r *reader) run(content []byte, resources dict, st state, depth int) error {
	var (
		l      = lexer{data: content}
		args   []any
		saved  []state
		tm, lm = identity, identity
		local  = map[name]*font{}
	)
	num := func(i int) float64 {
		if i < len(args) {
			switch x := args[i].(type) {
			case int:
				return float64(x)
			case float64:
				return x
			}
		}
		return 0
	}
	move := func(x, y float64) {
		lm = matrix{1, 0, 0, 1, x, y}.mul(lm)
		tm = lm
	}
	show := func(x any) {
		if s, ok := x.(str); ok && st.font != nil {
			r.show(s, &st, &tm)
		}
	}
	for i := 0; !r.out.full; i++ {
		if i%512 == 0 && r.f.ctx.Err() != nil {
			return r.f.ctx.Err()
		}
		x, err := l.next(0)
		if err != nil {
			if errors.Is(err, errNesting) {
				r.damaged++
			}
			return nil
		}
		op, isOp := x.(operator)
		if !isOp {
			if len(args) < maxOperands {
				args = append(args, x)
			}
			continue
		}
		switch op {
		case "q":
			if len(saved) < maxStates {
				saved = append(saved, st)
			}
		case "Q":
			if n := len(saved); n > 0 {
				st, saved = saved[n-1], saved[:n-1]
			}
		case "cm":
			st.ctm = matrix{num(0), num(1), num(2), num(3), num(4), num(5)}.mul(st.ctm)
		case "BT":
			tm, lm = identity, identity
		case "Tf":
			if len(args) == 2 {
				n, _ := args[0].(name)
				st.font, st.size = r.font(n, resources, local), num(1)
			}
		case "Tc":
			st.chars = num(0)
		case "Tw":
			st.words = num(0)
		case "Tz":
			st.stretch = num(0) / 100
		case "TL":
			st.lead = num(0)
		case "Ts":
			st.raise = num(0)
		case "Td":
			move(num(0), num(1))
		case "TD":
			st.lead = -num(1)
			move(num(0), num(1))
		case "Tm":
			lm = matrix{num(0), num(1), num(2), num(3), num(4), num(5)}
			tm = lm
		case "T*":
			move(0, -st.lead)
		case "Tj":
			if len(args) > 0 {
				show(args[0])
			}
		case "'":
			move(0, -st.lead)
			if len(args) > 0 {
				show(args[0])
			}
		case "\"":
			st.words, st.chars = num(0), num(1)
			move(0, -st.lead)
			if len(args) > 2 {
				show(args[2])
			}
		case "TJ":
			if len(args) > 0 {
				a, _ := args[0].(array)
				for _, x := range a {
					switch x := x.(type) {
					case str:
						show(x)
					case int:
						tm = matrix{1, 0, 0, 1, -float64(x) / 1000 * st.size * st.stretch, 0}.mul(tm)
					case float64:
						tm = matrix{1, 0, 0, 1, -x / 1000 * st.size * st.stretch, 0}.mul(tm)
					}
				}
			}
		case "Do":
			if len(args) > 0 {
				n, _ := args[0].(name)
				if err := r.draw(r.f.get(r.f.dict(resources["XObject"])[n]), resources, st, depth); err != nil {
					return err
				}
			}
		case "BI":
			r.pictures++
			skipInlinePicture(&l)
		}
		args = args[:0]
	}
	return nil
}

// draw runs a form, or counts a picture.
func (r *reader) draw(x any, resources dict, st state, depth int) error {
	s, ok := x.(*stream)
	if !ok {
		return nil
	}
	switch r.f.name(s.dict["Subtype"]) {
	case "Image":
		r.pictures++
		return nil
	case "Form":
	default:
		return nil
	}
	if r.forms++; r.forms > maxForms || depth >= maxFormNest {
		return nil
	}
	data, err := r.f.decode(s)
	if isFatal(err) {
		return err
	}
	if err != nil {
		r.damaged++
	}
	if m := r.f.array(s.dict["Matrix"]); len(m) == 6 {
		var fm matrix
		for i := range fm {
			fm[i] = r.f.float(m[i])
		}
		st.ctm = fm.mul(st.ctm)
	}
	if own := r.f.dict(s.dict["Resources"]); own != nil {
		resources = own
	}
	return r.run(data, resources, st, depth+1)
}

// font returns the font of a name in the resources, made once per object.
func (r *reader) font(n name, resources dict, local map[name]*font) *font {
	x := r.f.dict(resources["Font"])[n]
	key, isRef := x.(ref)
	if isRef {
		if ft, ok := r.fonts[key.num]; ok {
			return ft
		}
	} else if ft, ok := local[n]; ok {
		return ft
	}
	ft := r.f.font(r.f.dict(x))
	if isRef {
		r.fonts[key.num] = ft
	} else {
		local[n] = ft
	}
	return ft
}

// skipInlinePicture steps over the bytes of a picture in the content itself.
func skipInlinePicture(l *lexer) {
	i := bytes.Index(l.data[l.pos:], []byte("ID"))
	if i < 0 {
		l.pos = len(l.data)
		return
	}
	l.pos += i + 2
	for {
		i := bytes.Index(l.data[l.pos:], []byte("EI"))
		if i < 0 {
			l.pos = len(l.data)
			return
		}
		at := l.pos + i
		l.pos = at + 2
		if at > 0 && isSpace(l.data[at-1]) && (l.pos == len(l.data) || isSpace(l.data[l.pos])) {
			return
		}
	}
}

// show places one string and moves the text matrix past it.
func (r *reader) show(s str, st *state, tm *matrix) {
	full := matrix{1, 0, 0, 1, 0, st.raise}.mul(*tm).mul(st.ctm)
	var text strings.Builder
	advance := 0.0
	st.font.each(s, func(t string, width float64, space bool) {
		r.glyphs++
		if t == "" || t == "\ufffd" {
			r.unmapped++
		} else {
			text.WriteString(t)
		}
		advance += width*st.size + st.chars
		if space {
			advance += st.words
		}
	})
	advance *= st.stretch
	r.out.put(full, advance, math.Abs(st.size)*math.Hypot(full[2], full[3]), text.String())
	*tm = matrix{1, 0, 0, 1, advance, 0}.mul(*tm)
}

// layout strings pieces of text together in the order in which the page draws
// them, which is nearly always the order of reading, and decides from their
// places where words, cells and lines part.
type layout struct {
	strings.Builder
	max  int
	full bool

	open       bool
	dx, dy     float64 // direction of the line
	across     float64 // its baseline
	start, end float64 // of the last piece along the line
	size       float64
	last       string
}

// In parts of the font size.
const (
	wordGap  = 0.16 // wider than kerning, narrower than any space
	cellGap  = 1.5  // wider than the spaces of justified lines
	sameLine = 0.5  // as far as a super- or subscript stands off
	paraGap  = 1.8
)

func (o *layout) put(m matrix, advance, size float64, text string) {
	if text == "" || o.full || math.IsNaN(advance+size+m[4]+m[5]) || math.IsInf(advance+size+m[4]+m[5], 0) {
		return
	}
	length := math.Hypot(m[0], m[1])
	if length == 0 || size == 0 {
		length, size = 1, max(size, 1)
	}
	dx, dy := m[0]/length, m[1]/length
	along, across := m[4]*dx+m[5]*dy, m[5]*dx-m[4]*dy
	end := along + advance*length
	big := max(size, o.size)
	straight := o.open && math.Abs(dx-o.dx)+math.Abs(dy-o.dy) < 0.01
	switch gap := along - o.end; {
	case !o.open:
	case straight && math.Abs(across-o.across) < sameLine*big && text == o.last && math.Abs(along-o.start) < 0.3*math.Abs(end-along):
		return // drawn twice to look bold
	case straight && math.Abs(across-o.across) < sameLine*big && gap > -0.5*big:
		switch {
		case gap > cellGap*big:
			o.add("\t")
		case gap > wordGap*size && !strings.HasSuffix(o.last, " ") && !strings.HasPrefix(text, " "):
			o.add(" ")
		}
		size = big
		across = o.across
	case straight && math.Abs(across-o.across) < paraGap*big:
		o.add("\n")
	default:
		o.add("\n\n")
	}
	o.add(text)
	o.open, o.dx, o.dy, o.across, o.start, o.end, o.size, o.last = true, dx, dy, across, along, end, size, text
}

// endPage parts what follows from what stands before.
func (o *layout) endPage() {
	if o.open {
		o.add("\n\n")
	}
	o.open, o.size, o.last = false, 0, ""
}

func (o *layout) add(s string) {
	if o.full {
		return
	}
	if o.Len()+len(s) > o.max {
		o.full = true
		return
	}
	o.WriteString(s)
}
