package annexi

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"assay/corpus"
	"assay/corpus/internal/draft"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// minEntries is less than any Annex I of this century has had.
const minEntries = 300

const remedyXHTML = "this reader was never tried on the real file; import the JSON form or the layout text of the PDF instead"

var (
	xhtmlEntry   = regexp.MustCompile(`^([0-9][A-E][0-9]{3})\.?\s*(.*)$`)
	xhtmlItem    = regexp.MustCompile(`^\(?([a-z]{1,2}|[0-9]{1,3})[.)]?$`)
	xhtmlGroup   = regexp.MustCompile(`^([0-9][A-E])([12]?)\s+([A-Z].*)$`)
	consolidates = regexp.MustCompile(`02021R0821[-—](20[0-9]{2})([0-9]{2})([0-9]{2})`)
	titleAnnex   = regexp.MustCompile(`^ANNEX\s+([IVX]+)\b`)
)

// ReadXHTML reads the consolidated XHTML of the Regulation and takes Annex I
// out of it. It follows what is publicly known of that markup (see the package
// comment) and has not been verified on the real file: a designator stands in
// the first cell of a row, or in the first column of a grid, and what it
// numbers in the last, nested. Whatever does not fit is an error, as is a
// document with fewer than 300 entries. The error is a *corpus.ReadError.
func ReadXHTML(src corpus.Source) (*corpus.Edition, error) { return readXHTML(src, minEntries) }

func readXHTML(src corpus.Source, least int) (*corpus.Edition, error) {
	d, err := draft.New(src)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(bytes.ToLower(src.Data[max(0, len(src.Data)-1024):]), []byte("</html>")) {
		return nil, d.Errorf(draft.LineAt(src.Data, len(src.Data)), "", "fetch it again", "the document ends before </html>")
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(src.Data))
	if err != nil {
		return nil, d.Errorf(0, "", remedyXHTML, "%w", err)
	}
	x := &xhtml{d: d}
	doc.Find("body").Each(func(_ int, body *goquery.Selection) {
		for _, n := range body.Nodes {
			x.walk(n, 0)
		}
	})
	switch {
	case x.err != nil:
		return nil, x.err
	case x.entries < least:
		return nil, d.Errorf(0, x.code, remedyXHTML, "only %d entries were understood; Annex I has more than %d", x.entries, least)
	}
	found := ""
	if m := consolidates.FindSubmatch(src.Data); m != nil {
		found = string(m[1]) + "-" + string(m[2]) + "-" + string(m[3])
	}
	meta, err := src.Meta(corpus.EUDualUse, FormatXHTML, found)
	if err != nil {
		return nil, d.Refusal(err)
	}
	meta.Title = "Annex I to Regulation (EU) 2021/821, consolidated"
	meta.Attribution = "© European Union, https://eur-lex.europa.eu/, reuse permitted with acknowledgement; only the Official Journal is authentic."
	for _, p := range x.passages {
		if p.Text == "" && p.Kind != corpus.KindHeading {
			return nil, d.Errorf(0, p.Code, remedyXHTML, "%s %s without text", p.Code, p.Label)
		}
		if p.Kind == corpus.KindNote || p.Kind == corpus.KindTechnicalNote || p.Kind == corpus.KindNB {
			p.AppliesTo = draft.AppliesTo(p.Text, p.Code)
		}
		if err := d.Add(0, p); err != nil {
			return nil, err
		}
	}
	return d.Edition(meta)
}

// xhtml is the state of walking the document.
type xhtml struct {
	d        *draft.Draft
	passages []corpus.Passage
	annex    bool // inside Annex I
	entries  int
	code     string            // entry or group
	path     []string          // the entry and the paragraphs open below it
	last     map[string]string // last designator below every paragraph of the entry
	note     bool              // the last passage is a note
	depth    int               // of that note
	item     string            // last item of a list in that note that is not nested in it
	err      error
}

// walk goes through the children of n; depth is how many designators of
// paragraphs are around it.
func (x *xhtml) walk(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil && x.err == nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			x.text(c.Data, depth)
		case c.Type != html.ElementNode || c.Data == "script" || c.Data == "style":
		case c.Data == "tr":
			x.row(children(c, "td", "th"), depth)
		case c.Data == "div" && hasClass(c, "grid-container"):
			x.row(children(c, "div"), depth)
		case slices.Contains([]string{"p", "span", "a", "sup", "sub", "i", "b", "h1", "h2", "h3", "h4"}, c.Data):
			x.text(words(c), depth)
		default:
			x.walk(c, depth)
		}
	}
}

// row reads cells of which the first that is not empty may hold a designator,
// a code or the label of a note. Empty cells before it count as depth.
func (x *xhtml) row(cells []*html.Node, depth int) {
	for len(cells) > 1 && draft.Fold(words(cells[0])) == "" {
		cells = cells[1:]
		depth++
	}
	if len(cells) < 2 {
		for _, c := range cells {
			x.walk(c, depth)
		}
		return
	}
	head := draft.Fold(words(cells[0]))
	m := xhtmlItem.FindStringSubmatch(head)
	switch {
	case m != nil && len(x.path) > 0:
		if x.paragraph(m[1], depth) {
			depth++
		}
	case xhtmlEntry.MatchString(head):
		x.text(draft.Fold(head+" "+words(cells[1])), 0)
		return
	default:
		x.text(head, depth)
		if x.note {
			depth++
		}
	}
	for _, c := range cells[1:] {
		x.walk(c, depth)
	}
}

// paragraph opens the paragraph with a designator, depth lists below the
// entry, and reports whether it did: in a note the designator is text.
func (x *xhtml) paragraph(designator string, depth int) bool {
	known := depth < len(x.path)
	parent := x.path[min(depth, len(x.path)-1)]
	follows := known && (x.last[parent] == "" && draft.IsFirst(designator) || x.last[parent] != "" && draft.Next(x.last[parent]) == designator)
	if x.note {
		open := strings.HasSuffix(x.passages[len(x.passages)-1].Text, ":") && draft.IsFirst(designator)
		if depth > x.depth || depth == x.depth && !follows && (open || x.item != "" && draft.Next(x.item) == designator) {
			if depth == x.depth {
				x.item = designator
			}
			x.write(designator + ".")
			return false
		}
	}
	if !follows {
		if x.err == nil {
			x.err = x.d.Errorf(0, x.code, remedyXHTML, "the item %q below %s does not follow what stands before it", designator, parent)
		}
		return false
	}
	x.last[parent] = designator
	code := parent + "." + designator
	x.path = append(x.path[:depth+1], code)
	x.add(corpus.Passage{Code: code, Kind: corpus.KindParagraph, Label: code[len(x.path[0])+1:]})
	return true
}

func (x *xhtml) add(p corpus.Passage) {
	x.note, x.item = false, ""
	x.passages = append(x.passages, p)
}

func (x *xhtml) write(words string) {
	if n := len(x.passages); n > 0 {
		x.passages[n-1].Text = strings.TrimSpace(x.passages[n-1].Text + " " + words)
	}
}

// text places the words of a block of running text.
func (x *xhtml) text(s string, depth int) {
	if s = draft.Fold(s); s == "" {
		return
	}
	if m := titleAnnex.FindStringSubmatch(s); m != nil && len(s) < 80 {
		x.annex = m[1] == "I"
	}
	if !x.annex {
		return
	}
	if m := xhtmlEntry.FindStringSubmatch(s); m != nil && depth == 0 && m[2] != "" && !x.seen(m[1]) {
		x.entries++
		x.code, x.path, x.last = m[1], []string{m[1]}, map[string]string{}
		x.add(corpus.Passage{Code: m[1], Kind: corpus.KindEntry, Text: m[2]})
		return
	}
	if m := xhtmlGroup.FindStringSubmatch(s); m != nil && depth == 0 {
		x.code, x.path = m[1], nil
		x.add(corpus.Passage{Code: m[1], Kind: corpus.KindHeading, Label: m[1] + m[2], Text: m[3]})
		return
	}
	if kind, label, rest, ok := draft.Label(s); ok {
		code := x.code
		if len(x.path) > 0 {
			code = x.path[min(depth, len(x.path)-1)]
		}
		x.add(corpus.Passage{Code: code, Kind: kind, Label: label, Text: rest})
		x.note, x.depth = true, depth
		return
	}
	if len(x.passages) == 0 || x.code == "" {
		x.add(corpus.Passage{Kind: corpus.KindAdministrative, Text: s})
		return
	}
	x.write(s)
}

// seen reports whether the entry called code was met already.
func (x *xhtml) seen(code string) bool {
	return slices.ContainsFunc(x.passages, func(p corpus.Passage) bool { return p.Kind == corpus.KindEntry && p.Code == code })
}

// words returns the text in n, with raised figures as powers: "10^9".
func words(n *html.Node) string {
	var b strings.Builder
	var collect func(*html.Node)
	collect = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
			return
		case n.Type == html.ElementNode && (n.Data == "sup" || hasClass(n, "super")) && strings.HasSuffix(strings.TrimRight(b.String(), " "), "10"):
			b.WriteString("^")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			collect(c)
		}
		if n.Type == html.ElementNode && slices.Contains([]string{"p", "div", "td", "tr", "br"}, n.Data) {
			b.WriteString(" ")
		}
	}
	collect(n)
	return b.String()
}

func hasClass(n *html.Node, class string) bool {
	for _, a := range n.Attr {
		if a.Key == "class" && slices.Contains(strings.Fields(a.Val), class) {
			return true
		}
	}
	return false
}

func children(n *html.Node, names ...string) []*html.Node {
	var out []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && slices.Contains(names, c.Data) {
			out = append(out, c)
		}
	}
	return out
}
