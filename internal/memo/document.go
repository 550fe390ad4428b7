package memo

import "math"

// document is a memo in words: blocks in reading order.
type document struct {
	Number  string // of the memo
	Title   string // of the product
	Status  string // "DRAFT", "DECIDED", "SUPERSEDED"
	Warning string // what the status means, when it is not to be relied on
	Decided bool
	Copy    string // whose copy
	Summary string // one line, for the file's properties
	Blocks  []block
}

// block is one part of a document. Its kind is the name of the template that
// sets it in HTML.
type block interface{ Kind() string }

// heading opens a section (level 1) or a part of one (level 2).
type heading struct {
	Level  int
	Number string // "4" for a section, "" for a part
	Text   string
}

// paragraph is running text.
type paragraph struct {
	Text  text
	Small bool
	Warn  bool // set apart: it must not be overlooked
}

// facts are pairs of name and value.
type facts struct{ Rows []fact }

type fact struct {
	Name  string
	Value []text
}

// table has a head that is repeated on every page it runs over.
type table struct {
	Columns []column
	Rows    []row
	Foot    text // a remark below the last row, over all columns
	Dense   bool // many short rows
}

type column struct {
	Title string
	Share float64 // of the width
}

// Percent is the share as the style's classes have it.
func (c column) Percent() int { return int(math.Round(100 * c.Share)) }

type row struct {
	Cells  [][]text // the paragraphs of each cell
	Strong bool
}

// quotation is what somebody else wrote, word for word.
type quotation struct {
	Source text // who, or where it stands; may be empty
	Lines  []text
	Lang   string // of the words, "" when it is not known or ours
	URL    string
}

// list is a list of short points.
type list struct{ Items []text }

// signature is a line to be signed.
type signature struct {
	Role string
	Name string
	Note []text
}

func (heading) Kind() string   { return "heading" }
func (paragraph) Kind() string { return "paragraph" }
func (facts) Kind() string     { return "facts" }
func (table) Kind() string     { return "table" }
func (quotation) Kind() string { return "quotation" }
func (list) Kind() string      { return "list" }
func (signature) Kind() string { return "signature" }

// text is a run of spans.
type text []span

// span is text of one look. S is clean: see visible.
type span struct {
	S      string
	Bold   bool
	Italic bool
	Small  bool
	Hash   bool   // a hash: long, and read by comparing
	URL    string // where it leads; "" for nowhere
}

// plain, bold, italic, small and hash make a text of what people or records say.
func plain(s string) text  { return text{{S: visible(s)}} }
func bold(s string) text   { return text{{S: visible(s), Bold: true}} }
func italic(s string) text { return text{{S: visible(s), Italic: true}} }
func small(s string) text  { return text{{S: visible(s), Small: true}} }
func hash(s string) text   { return text{{S: visible(s), Hash: true}} }

// linked makes s lead to url, unless that is no address of the web.
func linked(t text, url string) text {
	if !isWeb(url) {
		return t
	}
	for i := range t {
		t[i].URL = url
	}
	return t
}

// and joins texts into one.
func and(parts ...text) text {
	var all text
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// String returns the text without its looks.
func (t text) String() string {
	s := ""
	for _, x := range t {
		s += x.S
	}
	return s
}
