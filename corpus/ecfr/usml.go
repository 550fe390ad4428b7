package ecfr

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"assay/corpus"
)

// ReadUSML reads the United States Munitions List: part 121 of title 22 or
// its section 121.1 alone. It returns a *corpus.ReadError for anything else.
func ReadUSML(src corpus.Source) (*corpus.Edition, error) {
	doc, err := scan(src, func(b *block) string {
		if m := usmlCategory.FindStringSubmatch(b.text); m != nil && b.tag == "HD1" {
			return "Category " + m[1]
		}
		return ""
	})
	if err != nil {
		return nil, err
	}
	wrong := &corpus.ReadError{Source: src.Name, Remedy: "import part 121 of title 22 as the eCFR serves it"}
	if !divRoot.MatchString(doc.root) {
		wrong.Err = fmt.Errorf("its root element is <%s> and not a DIV of the eCFR", doc.root)
		return nil, wrong
	}
	r := &usmlReader{blocks: doc.blocks, limit: src.Limits.WithDefaults().Text, codes: map[string]bool{}}
	r.read()
	if r.categories == 0 {
		wrong.Err = errors.New("it has no category of the USML")
		return nil, wrong
	}
	passages, err := finish(src, r.drafts)
	if err != nil {
		return nil, err
	}
	meta, err := src.Meta(corpus.USUSML, FormatUSML, doc.date)
	if err != nil {
		return nil, err
	}
	meta.Title = "United States Munitions List (22 CFR part 121)"
	return edition(src, meta, passages)
}

var (
	usmlCategory = regexp.MustCompile(`^Category\s+([IVXL]+)\s*[—–-]+\s*`)
	listSection  = regexp.MustCompile(`^§?\s*121\.1$`)
	bracket      = regexp.MustCompile(`^\(([a-z]{1,2}|[ivxl]+|[A-Z]|\d{1,3})\)`)
	rangeEnd     = regexp.MustCompile(`^\s*(?:[-–—]|through|to|and)\s*\(([a-z]{1,2}|[ivxl]+|[A-Z]|\d{1,3})\)`)
	missile      = regexp.MustCompile(`\(MT\b`)
	paragraphs   = regexp.MustCompile(`^(?i:paragraphs?)\s*`)
	bracketRun   = regexp.MustCompile(`^(?:\(?(?:\([0-9A-Za-z]+\))+\)?)`)
	andThen      = regexp.MustCompile(`^\s*(,\s*and|,|and|or|through|to|[-–—])\s*`)
)

type usmlReader struct {
	blocks     []block
	limit      int // bytes of one passage
	drafts     []draft
	codes      map[string]bool
	categories int

	category string   // "XI", "" outside of the list
	path     []string // designators of the last paragraph: "a", "5", "i"
	at       string   // code that notes belong to
	note     int
	noteAt   int
	noteHead noteLabel
	term     int // draft of the definition that further lines continue, -1 when none
}

func (r *usmlReader) read() {
	r.noteAt, r.term = -1, -1
	for i := range r.blocks {
		b := &r.blocks[i]
		switch {
		case b.tag == "HEAD":
			r.leave()
			r.add(b, corpus.KindHeading, "", "", b.text)
		case b.tag == "HED" && !strings.HasPrefix(b.text, "Note"):
			r.leave()
			r.noteHead = noteLabel{label: strings.TrimRight(b.text, ": ")}
		case b.tag == "CITA" || b.tag == "PSPACE" || b.tag == "AUTH" || b.tag == "SOURCE" || b.tag == "SECAUTH":
			label := r.noteHead.label
			r.leave()
			r.add(b, corpus.KindAdministrative, "", label, b.text)
		case b.tag == "HD1" && usmlCategory.MatchString(b.text):
			r.enter(b)
		case b.note != 0 && r.category != "":
			r.inNote(b)
		case strings.HasPrefix(b.tag, "HD"):
			r.add(b, corpus.KindAdministrative, r.at, "", b.text)
		case r.category != "":
			r.paragraph(i, b)
		default:
			r.outside(b)
		}
	}
}

func (r *usmlReader) leave() {
	r.category, r.path, r.at, r.noteAt, r.noteHead, r.term = "", nil, "", -1, noteLabel{}, -1
}

func (r *usmlReader) add(b *block, kind corpus.Kind, code, label, text string, marks ...string) int {
	r.drafts = append(r.drafts, draft{Passage: corpus.Passage{Code: code, Kind: kind, Label: label, Text: text, Marks: marks}, line: b.line, entry: r.category})
	return len(r.drafts) - 1
}

func (r *usmlReader) extend(i int, s string) {
	r.drafts[i].extend(s, r.limit)
	if missile.MatchString(s) && r.drafts[i].Kind == corpus.KindParagraph && !slices.Contains(r.drafts[i].Marks, "MT") {
		r.drafts[i].Marks = append(r.drafts[i].Marks, "MT")
	}
}

// enter begins a category.
func (r *usmlReader) enter(b *block) {
	m := usmlCategory.FindStringSubmatch(b.text)
	r.leave()
	r.category, r.at = m[1], m[1]
	text := b.text[len(m[0]):]
	if text == "" {
		text = b.text
	}
	if r.codes[r.category] {
		r.add(b, corpus.KindNote, r.category, "Category "+m[1], text)
		return
	}
	r.categories++
	r.codes[r.category] = true
	r.add(b, corpus.KindEntry, r.category, "Category "+m[1], text)
}

// outside reads a block of a section other than the list: definitions, each
// begun by its term in italics and continued by numbered lines.
func (r *usmlReader) outside(b *block) {
	switch {
	case listSection.MatchString(b.div):
		r.add(b, corpus.KindAdministrative, "", "", b.text)
	case b.term != "" && len(b.term) < len(b.text) && len(b.term) <= 120:
		r.term = r.add(b, corpus.KindDefinition, "", strings.TrimRight(b.term, "., "), strings.TrimSpace(b.text[len(b.term):]))
	case r.term >= 0:
		r.extend(r.term, b.text)
	default:
		r.add(b, corpus.KindAdministrative, "", b.div, b.text) // it leads into the definitions
	}
}

// paragraph reads a block of the list: its designators, however many are
// printed together, or text that goes on with the paragraph before it.
func (r *usmlReader) paragraph(i int, b *block) {
	s := b.text
	var marks []string
	if rest, ok := strings.CutPrefix(s, "*"); ok {
		marks, s = append(marks, "SME"), strings.TrimSpace(rest)
	}
	m := bracket.FindStringSubmatch(s)
	if m == nil {
		if last := &r.drafts[len(r.drafts)-1]; last.Code == r.at && (last.Kind == corpus.KindParagraph || last.Kind == corpus.KindEntry) {
			r.extend(len(r.drafts)-1, b.text)
			return
		}
		r.add(b, corpus.KindNote, r.at, "", b.text)
		return
	}
	if missile.MatchString(s) {
		marks = append(marks, "MT")
	}
	label := ""
	for n := 0; m != nil && n < levelRoman2+1; n++ {
		r.path = place(r.path, m[1], func() []string { return r.upcoming(i, s[len(m[0]):]) })
		label += m[0]
		s = s[len(m[0]):]
		if end := rangeEnd.FindStringSubmatch(s); end != nil && strings.Contains(s, "Reserved") {
			r.reserved(b, label+strings.TrimRight(end[0], " "), end[1], strings.TrimSpace(s[len(end[0]):]))
			return
		}
		m = bracket.FindStringSubmatch(s)
	}
	r.paragraphAt(b, r.path, label, strings.TrimSpace(s), marks)
}

// reserved adds one paragraph for each of a run of reserved ones.
func (r *usmlReader) reserved(b *block, label, to, text string) {
	up := r.path[: len(r.path)-1 : len(r.path)-1]
	first := r.path[len(r.path)-1]
	run := []string{first}
	for p := first; p != to && len(run) < 100; run = append(run, p) {
		if len(up) == 2 || len(up) == 5 {
			p = romanAfter(p)
		} else {
			p = nextLabel(p)
		}
	}
	if run[len(run)-1] != to {
		run = []string{first, to}
	}
	for _, p := range run {
		r.path = append(up, p)
		r.paragraphAt(b, r.path, label, text, nil)
	}
}

func (r *usmlReader) paragraphAt(b *block, path []string, label, text string, marks []string) {
	code := r.category
	for _, p := range path {
		code += "(" + p + ")"
	}
	if text == "" {
		text = label
	}
	if r.codes[code] { // printed twice: keep the second as a note of the first
		r.add(b, corpus.KindNote, code, label, text, marks...)
		return
	}
	r.codes[code] = true
	r.at = code
	r.add(b, corpus.KindParagraph, code, label, text, marks...)
}

// upcoming returns the designators that follow in the category: those glued
// to the one being read (rest), then the first of every paragraph to come.
func (r *usmlReader) upcoming(i int, rest string) []string {
	var next []string
	for m := bracket.FindStringSubmatch(rest); m != nil && len(next) < 12; m = bracket.FindStringSubmatch(rest) {
		next = append(next, m[1])
		rest = rest[len(m[0]):]
	}
	for i++; i < len(r.blocks) && len(next) < 12; i++ {
		b := &r.blocks[i]
		if b.note != 0 {
			continue
		}
		if strings.HasPrefix(b.tag, "HD") {
			break
		}
		if m := bracket.FindStringSubmatch(strings.TrimSpace(strings.TrimPrefix(b.text, "*"))); m != nil {
			next = append(next, m[1])
		}
	}
	return next
}

// The levels of the USML: (a), (1), (i), (A), then (1) and (i) again.
const (
	levelLetter = iota
	levelNumber
	levelRoman
	levelCapital
	levelNumber2
	levelRoman2
)

// place returns the path of a paragraph with designator d that follows the
// paragraph at path. Letters and roman numerals look alike: (i) may follow (h)
// or open a level of its own; then what is yet to come decides.
func place(path []string, d string, upcoming func() []string) []string {
	var fits []int // levels on which d continues or opens a run, deepest first
	for level := min(len(path), levelRoman2); level >= 0; level-- {
		switch {
		case level < len(path) && follows(level, path[level], d):
			fits = append(fits, level)
		case level == len(path) && d == firstOf(level):
			fits = append(fits, level)
		}
	}
	if d == "i" && len(path) == levelNumber {
		// (f)(i): roman numerals without numbers between.
		if slices.Contains(siblings(levelRoman, upcoming()), "ii") {
			return append(path[:levelNumber:levelNumber], d)
		}
	}
	switch {
	case len(fits) == 0:
		level := astray(path, d)
		return append(path[:level:level], d)
	case len(fits) == 1:
		return append(path[:fits[0]:fits[0]], d)
	}
	next := upcoming()
	for _, level := range fits {
		if slices.Contains(siblings(level, next), follower(level, d)) {
			return append(path[:level:level], d)
		}
	}
	if len(next) == 0 || isNumber(next[0]) {
		// (i) before numbers is a letter with paragraphs below it.
		level := fits[len(fits)-1]
		return append(path[:level:level], d)
	}
	return append(path[:fits[0]:fits[0]], d)
}

// siblings returns those of the designators to come that can stand on level
// before a shallower one ends the run.
func siblings(level int, next []string) []string {
	for i, d := range next {
		if level >= levelRoman && isNumber(d) && level != levelNumber2 {
			return next[:i]
		}
	}
	return next
}

// astray returns the level of a designator that continues nothing.
func astray(path []string, d string) int {
	level := levelLetter
	switch {
	case isNumber(d):
		level = levelNumber
		if len(path) > levelCapital {
			level = levelNumber2
		}
	case d[0] >= 'A' && d[0] <= 'Z':
		level = levelCapital
	case len(path) >= levelRoman && romanAfter(romanBefore(d)) == d && (len(d) > 1 || d == "i" && path[0] != "h"):
		level = levelRoman
	}
	return min(level, len(path))
}

func firstOf(level int) string { return [...]string{"a", "1", "i", "A", "1", "i"}[level] }

func follows(level int, prev, d string) bool { return follower(level, prev) == d }

// follower returns the designator after d on level. Below the letters its
// shape tells its kind, because a level may be skipped: (f)(i).
func follower(level int, d string) string {
	if level > levelLetter && d != "" && d[0] >= 'a' && d[0] <= 'z' {
		return romanAfter(d)
	}
	return nextLabel(d)
}

func nextLabel(d string) string {
	if d == "" {
		return ""
	}
	if last := d[len(d)-1]; last >= 'A' && last < 'Z' {
		return d[:len(d)-1] + string(last+1)
	} else if last == 'Z' {
		return ""
	}
	return next(d)
}

var romans = func() []string {
	tens := []string{"", "x", "xx", "xxx", "xl", "l", "lx", "lxx", "lxxx", "xc"}
	units := []string{"", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"}
	all := make([]string, 0, 100)
	for n := range 100 {
		all = append(all, tens[n/10]+units[n%10])
	}
	return all
}()

// romanAfter returns the small roman numeral after d, "" when d is none.
func romanAfter(d string) string {
	i := slices.Index(romans, d)
	if i <= 0 || i+1 == len(romans) {
		return ""
	}
	return romans[i+1]
}

// romanBefore returns the small roman numeral before d, "" when there is none.
func romanBefore(d string) string {
	i := slices.Index(romans, d)
	if i < 2 {
		return ""
	}
	return romans[i-1]
}

// inNote reads a block inside a NOTE element.
func (r *usmlReader) inNote(b *block) {
	if b.note != r.note {
		r.note, r.noteAt, r.noteHead = b.note, -1, noteLabel{kind: corpus.KindNote}
	}
	s := b.text
	if b.tag == "HED" {
		label, rest, ok := cutNoteLabel(s, true)
		if !ok {
			label, rest = noteLabel{kind: corpus.KindNote, label: "Note"}, s
		}
		if r.noteHead = label; rest == "" {
			return
		}
		s = rest
	}
	if r.noteAt >= 0 {
		r.extend(r.noteAt, s)
		return
	}
	codes := r.targets(r.noteHead.target)
	code := r.at
	switch {
	case len(codes) > 0:
		code = common(codes)
	case strings.Contains(r.noteHead.target, "Category"):
		code = r.category
	}
	r.noteAt = r.add(b, r.noteHead.kind, code, r.noteHead.label, s)
	if len(codes) > 1 {
		r.drafts[r.noteAt].AppliesTo = codes
	}
}

// targets returns the codes that the label of a note names: "paragraphs
// (g)(3)-(6)", "paragraph (a) and (b)". It is empty when one does not exist.
func (r *usmlReader) targets(s string) []string {
	s = s[len(paragraphs.FindString(s)):]
	var codes []string
	ranged := false
	for {
		m := bracketRun.FindString(s)
		if m == "" {
			break
		}
		parts := strings.FieldsFunc(m, func(c rune) bool { return c == '(' || c == ')' })
		code := r.category + "(" + strings.Join(parts, ")(") + ")"
		if len(codes) > 0 && !r.codes[code] && len(parts) == 1 {
			code = corpus.ParentOf(codes[len(codes)-1]) + "(" + parts[0] + ")"
		}
		if !r.codes[code] {
			return nil
		}
		if ranged {
			last := codes[len(codes)-1]
			up := corpus.ParentOf(last)
			from := strings.Trim(last[len(up):], "()")
			for p := nextLabel(from); p != parts[len(parts)-1] && p != "" && len(codes) < 100; p = nextLabel(p) {
				if c := up + "(" + p + ")"; r.codes[c] {
					codes = append(codes, c)
				}
			}
		}
		codes = append(codes, code)
		s = s[len(m):]
		sep := andThen.FindStringSubmatch(s)
		if sep == nil {
			break
		}
		s = s[len(sep[0]):]
		ranged = sep[1] == "through" || sep[1] == "to" || strings.ContainsAny(sep[1], "-–—")
	}
	return codes
}
