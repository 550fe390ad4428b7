package memo

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// frames puts head and foot on every page.
func (b *builder) frames(f *flow, d document) {
	one := func(s string, l look) line { return line{joined(b.fragments(visible(s), l))} }
	quiet := look{regular, smallSize, muted, ""}
	loud := look{boldFace, smallSize, statusColor(d), ""}
	for i, p := range f.pages {
		at := flow{sheet: f.sheet, pages: []*pageOf{p}}
		foot := f.height - f.bottom + 22
		at.stroke(f.left, foot-4, f.inner(), 0.4, hairline)
		at.text(one("Memo "+d.Number+" · "+d.Copy, quiet), f.left, foot, smallLine)
		count := one(fmt.Sprintf("page %d of %d", i+1, len(f.pages)), quiet)
		at.text(count, f.width-f.right-count.width(), foot, smallLine)
		status := one(d.Status, loud)
		at.text(status, (f.width-status.width())/2, foot, smallLine)
		if i == 0 {
			continue
		}
		// The head comes first, so that whoever hears the page hears it in order.
		top := flow{sheet: f.sheet, pages: []*pageOf{{}}}
		head := f.top - 28
		title := b.breakText([]fragment{{text: "Classification memo: " + d.Title, look: quiet}}, f.inner()-90)[0]
		top.text(title, f.left, head, smallLine)
		top.text(status, f.width-f.right-status.width(), head, smallLine)
		top.stroke(f.left, head+smallLine+3, f.inner(), 0.4, hairline)
		p.placed = append(top.page().placed, p.placed...)
	}
}

// draw writes the pages as PDF.
func (b *builder) draw(f *flow, d document, at time.Time) ([]byte, error) {
	p := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: f.width, Ht: f.height}})
	p.SetCatalogSort(true) // what lies in maps comes out in one order
	p.SetCreationDate(at.UTC())
	p.SetModificationDate(at.UTC())
	p.SetTitle("Classification memo "+d.Number+": "+d.Title, true)
	p.SetAuthor("Assay", true)
	p.SetSubject(d.Status+". "+d.Summary, true)
	p.SetCreator("Assay", true)
	p.SetProducer("fpdf", true)
	p.SetLang("en")
	p.SetDisplayMode("fullwidth", "continuous")
	p.SetAutoPageBreak(false, 0)
	p.SetMargins(0, 0, 0)
	for i, loaded := range b.loaded {
		if loaded != nil {
			// fpdf writes into the font while it cuts it down: each file has its own.
			p.AddUTF8FontFromBytes(faces[i].family, faces[i].style, bytes.Clone(loaded.data))
		}
	}
	for _, page := range f.pages {
		p.AddPage()
		p.SetFont(faces[regular].family, faces[regular].style, bodySize) // bookmarks are written as the font in force wants
		for _, m := range page.marks {
			p.Bookmark(m.text, m.level, m.y)
		}
		for _, x := range page.placed {
			if x.text.text == "" {
				p.SetFillColor(x.color.r, x.color.g, x.color.b)
				p.Rect(x.x, x.y, x.w, x.h, "F")
				continue
			}
			l := x.text.look
			p.SetFont(faces[l.face].family, faces[l.face].style, l.size)
			p.SetTextColor(l.color.r, l.color.g, l.color.b)
			p.Text(x.x, x.y, x.text.text)
			if l.url != "" {
				p.LinkString(x.x, x.y-l.size*.8, x.text.width, l.size*1.1, l.url)
			}
		}
	}
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		return nil, fmt.Errorf("writing memo %s as PDF: %w", d.Number, err)
	}
	if out.Len() == 0 {
		return nil, errors.New("memo: the PDF is empty")
	}
	return out.Bytes(), nil
}
