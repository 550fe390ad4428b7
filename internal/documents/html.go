package documents

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
)

// maxToken bounds one tag or run of text of a page, an inlined picture among
// them.
const maxToken = 8 << 20

// readHTML reads a page token by token: no tree is built, so that nesting
// costs nothing. Scripts and styles are left out.
func readHTML(ctx context.Context, doc *Document, data []byte, out *sink) error {
	r, err := charset.NewReader(bytes.NewReader(data), "")
	if err != nil {
		return &Error{doc.Name, "has no readable characters", "save it as UTF-8", err}
	}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxToken)
	p := page{out: out}
	for i := 0; !out.full; i++ {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				return &Error{doc.Name, "is a page that cannot be read", "print it as PDF", z.Err()}
			}
			if p.tables > 0 {
				p.endRow() // a table that was never closed
			}
			p.endLine()
			return nil
		case html.TextToken:
			if p.skip == 0 {
				p.text(string(z.Text()))
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			p.start(atom.Lookup(name))
		case html.SelfClosingTagToken:
			name, _ := z.TagName()
			if a := atom.Lookup(name); a == atom.Br || a == atom.Hr {
				p.start(a)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			p.end(atom.Lookup(name))
		}
	}
	return nil
}

// page gathers the text of a page: lines, and the cells of an outermost table.
type page struct {
	out    *sink
	line   strings.Builder
	skip   atom.Atom // the open element whose text is not for readers; 0: none
	pre    bool
	tables int
	rows   table
	row    []string
	inCell bool
}

func (p *page) text(s string) {
	if p.pre && p.tables == 0 {
		p.line.WriteString(s)
		return
	}
	// Runs of white space are one space.
	fields := strings.Fields(s)
	if len(fields) == 0 {
		if s != "" {
			p.space()
		}
		return
	}
	if strings.ContainsAny(s[:1], " \t\r\n\f") {
		p.space()
	}
	p.line.WriteString(strings.Join(fields, " "))
	if strings.ContainsAny(s[len(s)-1:], " \t\r\n\f") {
		p.space()
	}
}

func (p *page) space() {
	if s := p.line.String(); s != "" && !strings.HasSuffix(s, " ") && !strings.HasSuffix(s, "\n") {
		p.line.WriteByte(' ')
	}
}

func (p *page) start(a atom.Atom) {
	if p.skip != 0 {
		return
	}
	switch a {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Iframe, atom.Object, atom.Select, atom.Textarea:
		p.skip = a
	case atom.Table:
		if p.tables == 0 {
			p.endLine()
			p.rows, p.row, p.inCell = table{}, nil, false
		}
		p.tables++
	case atom.Tr:
		if p.tables == 1 {
			p.endRow()
		}
	case atom.Td, atom.Th:
		if p.tables == 1 {
			p.endCell()
			p.inCell = true
		} else {
			p.space()
		}
	case atom.Pre:
		p.endLine()
		p.pre = true
	default:
		p.breakAt(a)
	}
}

func (p *page) end(a atom.Atom) {
	if p.skip != 0 {
		if a == p.skip {
			p.skip = 0
		}
		return
	}
	switch a {
	case atom.Table:
		if p.tables == 1 {
			p.endRow()
			p.out.line("")
		}
		p.tables = max(0, p.tables-1)
	case atom.Tr:
		if p.tables == 1 {
			p.endRow()
		}
	case atom.Td, atom.Th:
		if p.tables == 1 {
			p.endCell()
		} else {
			p.space()
		}
	case atom.Pre:
		p.endLine()
		p.pre = false
	default:
		p.breakAt(a)
	}
}

// breakAt ends the line at elements that stand on lines of their own.
func (p *page) breakAt(a atom.Atom) {
	switch a {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Section, atom.Article, atom.Ul, atom.Ol, atom.Dl, atom.Title:
		p.endLine()
		if p.tables == 0 {
			p.out.line("")
		}
	case atom.Br, atom.Hr, atom.Div, atom.Li, atom.Dt, atom.Dd, atom.Caption, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside,
		atom.Body, atom.Head, atom.Html, atom.Blockquote, atom.Figure, atom.Figcaption, atom.Option, atom.Tr, atom.Td, atom.Th:
		p.endLine()
	}
}

// endLine puts the gathered text out as a line; inside a cell it only parts words.
func (p *page) endLine() {
	if p.tables > 0 && p.inCell {
		p.space()
		return
	}
	if s := p.line.String(); strings.TrimSpace(s) != "" {
		p.out.line(s)
	}
	p.line.Reset()
}

func (p *page) endCell() {
	if p.inCell && len(p.row) < maxCells {
		p.row = append(p.row, p.line.String())
		p.line.Reset()
	}
	p.inCell = false
}

func (p *page) endRow() {
	p.endCell()
	if line := p.rows.line(p.row); line != "" {
		p.out.line(line)
	}
	p.row = nil
}
