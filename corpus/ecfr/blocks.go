package ecfr

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/corpus"
)

// A block is one printed unit: a heading, a paragraph, the head of a note, a
// row of a table. Its text has white space folded, italics dropped, and
// superscripts and subscripts written with ^ and _.
type block struct {
	tag   string   // element that held the text: "P", "FP-1", "HED", "TR" …
	text  string   // for a row, the cells joined by " | "
	cells []string // of a row
	line  int
	note  int    // running number of the NOTE around it, 0 outside
	table int    // running number of the TABLE around it, 0 outside
	head  bool   // a row of a table's head
	bold  bool   // begins in bold
	term  string // text of the emphasised run it begins with
	plain bool   // less than half of it is emphasised
	div   string // N attribute of the innermost DIV with a TYPE
}

// document is what the scanner found.
type document struct {
	root   string // name of the root element
	blocks []block
	date   string // day named in the metadata of the root, or ""
}

// inline elements do not end a block.
var inline = map[string]bool{"I": true, "B": true, "E": true, "SU": true, "sup": true, "SUP": true, "sub": true, "SUB": true, "strong": true,
	"em": true, "i": true, "b": true, "FR": true, "a": true, "A": true, "br": true, "BR": true, "AC": true, "FTREF": true, "span": true, "img": true}

// dated finds the day in the hierarchy metadata of a root element. The
// service usually leaves a placeholder there.
var dated = regexp.MustCompile(`/on/(\d{4}-\d{2}-\d{2})/`)

// image stands for a formula or figure that is printed as a picture.
const image = "[image]"

const (
	remedyWhole = "fetch the file again; it must be the whole XML as the eCFR serves it"
	remedySmall = "check that this is the list itself"
)

// scan cuts the XML of src into blocks. place names, for messages, the entry
// that a block opens, or "" for a block that opens none.
func scan(src corpus.Source, place func(*block) string) (*document, error) {
	s := &scanner{src: src, limits: src.Limits.WithDefaults(), placeOf: place}
	if n := int64(len(src.Data)); n > s.limits.Bytes {
		return nil, &corpus.ReadError{Source: src.Name, Err: fmt.Errorf("%d bytes are more than the limit of %d", n, s.limits.Bytes), Remedy: remedySmall}
	}
	if i := bytes.IndexByte(src.Data, 0); i >= 0 {
		return nil, &corpus.ReadError{Source: src.Name, Line: 1 + bytes.Count(src.Data[:i], []byte{'\n'}),
			Err: errors.New("a NUL byte stands in the text"), Remedy: remedyWhole}
	}
	s.dec = xml.NewDecoder(bytes.NewReader(src.Data))
	s.dec.CharsetReader = func(label string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the encoding is %q and not UTF-8", label)
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	return &s.doc, nil
}

type scanner struct {
	src     corpus.Source
	limits  corpus.Limits
	dec     *xml.Decoder
	placeOf func(*block) string
	place   string
	doc     document
	stack   []element
	seen    int // elements so far
	notes   int
	tables  int
	cells   []string
	rowLine int
	buf     text
}

// element is an open element.
type element struct {
	name   string
	div    string // N of the innermost DIV with a TYPE
	note   int
	table  int
	head   bool // inside THEAD
	cell   bool // inside a cell of a table, where nothing starts a new block
	script byte // '^', '_' or 0
	start  int  // where a subscript began
	emph   bool
}

func (s *scanner) errorf(remedy, format string, args ...any) error {
	line, _ := s.dec.InputPos()
	return &corpus.ReadError{Source: s.src.Name, Line: line, Place: s.place, Err: fmt.Errorf(format, args...), Remedy: remedy}
}

func (s *scanner) run() error {
	for {
		tok, err := s.dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s.errorf(remedyWhole, "%s", strings.TrimPrefix(err.Error(), "XML "))
		}
		switch t := tok.(type) {
		case xml.StartElement:
			err = s.open(t)
		case xml.EndElement:
			err = s.close(t.Name.Local)
		case xml.CharData:
			err = s.chars(t)
		case xml.Directive:
			err = s.errorf("remove it; the eCFR serves none", "a document type declaration is not accepted")
		}
		if err != nil {
			return err
		}
	}
	if len(s.stack) > 0 {
		return s.errorf(remedyWhole, "the text ends inside <%s>", s.stack[len(s.stack)-1].name)
	}
	if s.doc.root == "" {
		return s.errorf(remedyWhole, "there is no XML element in it")
	}
	return nil
}

func (s *scanner) open(t xml.StartElement) error {
	name := t.Name.Local
	s.seen++
	switch {
	case len(s.stack) == 0 && s.doc.root != "":
		return s.errorf(remedyWhole, "<%s> follows the end of <%s>", name, s.doc.root)
	case len(s.stack) >= s.limits.Depth:
		return s.errorf(remedySmall, "elements are nested deeper than the limit of %d", s.limits.Depth)
	case s.seen > 16*s.limits.Passages:
		return s.errorf(remedySmall, "there are more elements than the limit of %d", 16*s.limits.Passages)
	}
	e := element{name: name}
	if n := len(s.stack); n > 0 {
		up := s.stack[n-1]
		e.div, e.note, e.table, e.head = up.div, up.note, up.table, up.head
		e.cell = up.cell || up.name == "TD" || up.name == "TH"
	} else {
		s.doc.root = name
		if m := dated.FindStringSubmatch(attr(t, "hierarchy_metadata")); m != nil {
			s.doc.date = m[1]
		}
	}
	switch {
	case inline[name]:
	case e.cell:
		s.buf.space()
	default:
		if err := s.flush(); err != nil {
			return err
		}
	}
	switch name {
	case "NOTE", "EDNOTE", "EFFDNOT":
		if e.note == 0 {
			s.notes++
			e.note = s.notes
		}
	case "TABLE":
		s.tables++
		e.table = s.tables
	case "THEAD":
		e.head = true
	case "TR":
		if !e.cell {
			s.cells, s.rowLine = nil, 0
		}
	case "br", "BR":
		s.buf.space()
	case "img":
		s.buf.write(image)
	case "I", "B", "E", "strong", "em", "i", "b", "SU", "sup", "SUP", "sub", "SUB":
		switch e.script = script(name, attr(t, "T")); e.script {
		case '^':
			s.buf.superscript()
		case '_':
			e.start = s.buf.subscript()
		default:
			e.emph = true
			s.buf.emphasise(name == "B" || name == "strong" || name == "b")
		}
	default:
		if strings.HasPrefix(name, "DIV") && attr(t, "TYPE") != "" {
			e.div = attr(t, "N")
		}
	}
	s.stack = append(s.stack, e)
	return nil
}

// script tells how an element sets its text: raised ('^'), lowered ('_') or
// neither. The T attribute of E is a number of the Government Publishing
// Office's type faces.
func script(name, face string) byte {
	switch name {
	case "SU", "sup", "SUP":
		return '^'
	case "sub", "SUB":
		return '_'
	case "E":
		switch face {
		case "51", "53":
			return '^'
		case "52", "54":
			return '_'
		}
	}
	return 0
}

func (s *scanner) close(name string) error {
	if len(s.stack) == 0 {
		return s.errorf(remedyWhole, "</%s> closes nothing", name)
	}
	e := s.stack[len(s.stack)-1]
	if e.name != name {
		return s.errorf(remedyWhole, "<%s> is closed by </%s>", e.name, name)
	}
	switch {
	case e.script == '^':
		s.buf.endSuperscript()
	case e.script == '_':
		s.buf.endSubscript(e.start)
	case e.emph:
		s.buf.endEmphasis()
	}
	switch {
	case inline[name]:
	case e.cell:
		s.buf.space()
	default:
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.stack = s.stack[:len(s.stack)-1]
	if name == "TR" && !e.cell && len(s.cells) > 0 {
		cells := s.cells
		s.cells = nil
		return s.emit(block{tag: "TR", text: joinCells(cells), cells: cells, line: s.rowLine, note: e.note, table: e.table, head: e.head, div: e.div, plain: true})
	}
	return nil
}

func joinCells(cells []string) string {
	var full []string
	for _, c := range cells {
		if c != "" {
			full = append(full, c)
		}
	}
	return strings.Join(full, " | ")
}

func (s *scanner) chars(t xml.CharData) error {
	if len(s.stack) == 0 {
		if len(bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\ufeff")))) > 0 {
			return s.errorf(remedyWhole, "text stands outside the root element")
		}
		return nil
	}
	if !utf8.Valid(t) {
		return s.errorf(remedyWhole, "the text is not valid UTF-8")
	}
	if len(s.buf.b) == 0 {
		s.buf.line, _ = s.dec.InputPos()
		s.buf.line -= bytes.Count(bytes.TrimLeft(t, " \t\r\n"), []byte{'\n'})
	}
	s.buf.write(string(t))
	if len(s.buf.b) > s.limits.Text {
		return s.errorf(remedySmall, "one piece of text has more than %d bytes", s.limits.Text)
	}
	return nil
}

// flush turns the text gathered so far into a block of the innermost element
// that is not inline.
func (s *scanner) flush() error {
	t := s.buf
	s.buf = text{}
	for i := len(s.stack) - 1; i >= 0; i-- {
		e := s.stack[i]
		if inline[e.name] || e.cell {
			continue
		}
		if e.name == "TD" || e.name == "TH" {
			if s.rowLine == 0 {
				s.rowLine = t.line
			}
			s.cells = append(s.cells, string(t.b))
			return nil
		}
		if len(t.b) == 0 {
			return nil
		}
		return s.emit(block{tag: e.name, text: string(t.b), line: t.line, note: e.note, table: e.table, div: e.div,
			bold: t.bold, term: t.term, plain: 2*t.emphasised < len(t.b)})
	}
	return nil
}

func (s *scanner) emit(b block) error {
	if b.text == "" {
		return nil
	}
	if len(s.doc.blocks) >= s.limits.Passages {
		return s.errorf(remedySmall, "there are more paragraphs than the limit of %d", s.limits.Passages)
	}
	if len(b.text) > s.limits.Text {
		return s.errorf(remedySmall, "one row of a table has more than %d bytes", s.limits.Text)
	}
	if p := s.placeOf(&b); p != "" {
		s.place = p
	}
	s.doc.blocks = append(s.doc.blocks, b)
	return nil
}

func attr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// text gathers the text of a block.
type text struct {
	b          []byte
	line       int
	pending    bool // white space is due before the next character
	last       rune // last character written
	before     rune // character before the superscript
	raised     int  // length after the last superscript, 0 when none just ended
	inRaised   bool
	depth      int // of emphasis
	bold       bool
	term       string
	termDone   bool
	emphasised int
}

func (t *text) space() { t.pending = true }

// write appends s with its white space folded.
func (t *text) write(s string) {
	for _, r := range s {
		if unicode.IsSpace(r) {
			t.pending = true
			continue
		}
		t.put(r)
	}
}

func (t *text) put(r rune) {
	if r == '^' && t.inRaised && bytes.HasSuffix(t.b, []byte("^")) {
		return // a caret that was printed, and raised as well
	}
	if len(t.b) == 0 {
		t.pending = false
		t.termDone = t.depth == 0
	}
	if t.raised == len(t.b) && t.raised > 0 && !t.inRaised && isWord(r) && isWord(t.before) {
		t.pending = true // 10^4 m, not 10^4m
	}
	if t.pending {
		t.b = append(t.b, ' ')
		t.pending = false
	}
	t.b = utf8.AppendRune(t.b, r)
	t.last = r
	if t.depth > 0 {
		t.emphasised += utf8.RuneLen(r)
	}
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// superscript begins raised text. White space before it is an artefact of the
// markup ("g/cm 3"), and two raised runs in a row are one.
func (t *text) superscript() {
	t.pending = false
	t.inRaised = true
	if t.raised > 0 && t.raised == len(t.b) {
		return
	}
	t.before = t.last
	t.put('^')
	t.pending = false
}

func (t *text) endSuperscript() {
	t.pending = false
	t.inRaised = false
	if !bytes.HasSuffix(t.b, []byte("^")) { // else what it raises is still to come
		t.raised = len(t.b)
	}
}

func (t *text) subscript() int { return len(t.b) }

// endSubscript marks what was written since start as lowered, except where
// plain text reads as people write it: CO2, Ga2O3.
func (t *text) endSubscript(start int) {
	if start >= len(t.b) {
		return
	}
	up := t.b[:start]
	prev, _ := utf8.DecodeLastRune(up)
	number := len(bytes.Trim(t.b[start:], " 0123456789")) == 0
	if number && (unicode.IsLetter(prev) || prev == ')') && !bytes.HasSuffix(up, []byte("log")) {
		return
	}
	t.b = slices.Insert(t.b, start, '_')
}

func (t *text) emphasise(bold bool) {
	if len(t.b) == 0 && bold {
		t.bold = true
	}
	t.depth++
}

func (t *text) endEmphasis() {
	if t.depth > 0 {
		t.depth--
	}
	if t.depth == 0 && !t.termDone && len(t.b) > 0 {
		t.term, t.termDone = string(t.b), true
	}
}
