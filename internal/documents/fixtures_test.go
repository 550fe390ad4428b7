package documents

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/xuri/excelize/v2"
)

// pdfWith prints a datasheet with fpdf, a writer that shares nothing with the
// reader under test. Change, when given, alters it before it is printed.
func pdfWith(t testing.TB, pages [][]string, change func(*fpdf.Fpdf)) []byte {
	t.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	tr := p.UnicodeTranslatorFromDescriptor("") // the core fonts are Windows-1252
	if change != nil {
		change(p)
	}
	for _, lines := range pages {
		p.AddPage()
		for _, line := range lines {
			p.SetFont("Helvetica", "", 11)
			if cells := strings.Split(line, "|"); len(cells) > 1 {
				for _, c := range cells {
					p.CellFormat(50, 7, tr(c), "1", 0, "L", false, 0, "")
				}
				p.Ln(7)
				continue
			}
			p.MultiCell(0, 7, tr(line), "", "L", false)
		}
	}
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rawPDF writes objects as they are, the first being number 1, the catalog.
// It writes no cross-reference table beyond what a viewer would need to start.
func rawPDF(objects ...string) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("trailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n")
	return []byte(b.String())
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

func flate(data string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, data)
	w.Close()
	return b.String()
}

// onePage is a PDF of one page with these contents; more objects are numbered from 5.
func onePage(contents string, more ...string) []byte {
	return rawPDF(append([]string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>/F5 5 0 R>>/XObject<</X5 5 0 R/X6 6 0 R>>>>>>",
		contents,
	}, more...)...)
}

// part is one member of a ZIP archive.
type part struct{ name, data string }

func archive(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		f, err := w.Create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, p.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	wordTypes = `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`
	wordRels  = `<?xml version="1.0"?><Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
	wordHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`
	wordFoot  = `</w:body></w:document>`
)

// docx packs a body of WordprocessingML; more are further parts.
func docx(t testing.TB, body string, more ...part) []byte {
	t.Helper()
	return archive(t, append([]part{{"[Content_Types].xml", wordTypes}, {"_rels/.rels", wordRels}, {"word/document.xml", wordHead + body + wordFoot}}, more...)...)
}

func para(text string) string { return "<w:p><w:r><w:t>" + text + "</w:t></w:r></w:p>" }

func wordTable(rows ...[]string) string {
	var b strings.Builder
	b.WriteString("<w:tbl>")
	for _, r := range rows {
		b.WriteString("<w:tr>")
		for _, c := range r {
			b.WriteString("<w:tc>" + para(c) + "</w:tc>")
		}
		b.WriteString("</w:tr>")
	}
	return b.String() + "</w:tbl>"
}

func xlsx(t testing.TB, change func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range [][]any{{"Parameter", "Min", "Max", "Unit"}, {"Sample rate", 2, 3.5, "GSPS"}, {"Resolution", nil, 12, "bit"}, {"Package", "BGA-196"}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(f)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
