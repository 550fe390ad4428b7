package documents

import (
	"bytes"
	"context"
	"testing"
	"time"
	"unicode/utf8"
)

// fuzz feeds a format's reader under its own name, with small limits so that
// the fuzzer makes many files instead of large ones.
func fuzz(f *testing.F, ending string, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s)
	}
	for _, h := range makeHostileFiles(f, 1<<10) {
		if h.file == "a"+ending && len(h.data) < 4<<10 {
			f.Add(h.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := Limits{Bytes: 1 << 20, Unpacked: 4 << 20, Text: 64 << 10, Time: 10 * time.Second}
		doc, err := Extract(context.Background(), "a"+ending, bytes.NewReader(data), limits)
		checkAnswer(t, doc, err)
		if len(doc.Text) > limits.Text {
			t.Errorf("%d bytes of text", len(doc.Text))
		}
		name, description := FindProduct(doc.Text)
		if len(description) > MaxDescription || !utf8.ValidString(name) || !utf8.ValidString(description) {
			t.Errorf("product %q of %d bytes", name, len(description))
		}
	})
}

func FuzzPDF(f *testing.F) {
	fuzz(f, ".pdf", pdfWith(f, [][]string{{"words", "Key|Value"}}, nil), onePage(stream("", "BT /F1 9 Tf [(a) -500 (b)] TJ T* (c) ' ET q 1 0 0 1 5 5 cm /X5 Do Q")))
}

func FuzzDOCX(f *testing.F) {
	fuzz(f, ".docx", docx(f, para("words")+wordTable([]string{"a", "b"})))
}

// FuzzWordXML goes past the archive, whose checksums would stop most changes.
func FuzzWordXML(f *testing.F) {
	f.Add(para("words") + wordTable([]string{"a", "b"}))
	f.Add("<w:tbl></w:tr></w:tc><w:p/>")
	f.Fuzz(func(t *testing.T, body string) {
		doc, err := extractBytes("a.docx", docx(t, body))
		checkAnswer(t, doc, err)
	})
}

func FuzzXLSX(f *testing.F) { fuzz(f, ".xlsx", xlsx(f, nil)) }

func FuzzHTML(f *testing.F) {
	fuzz(f, ".html", []byte("<html><p>a<table><tr><td>b<td><table><tr><td>c</table></table><pre> d\n e</pre>&nbsp;"))
}

func FuzzCSV(f *testing.F) { fuzz(f, ".csv", []byte("a;b;Unit\n1;\"2\n3\";V\n")) }

func FuzzText(f *testing.F) {
	fuzz(f, ".txt", []byte("\xff\xfea\x00b\x00"), []byte("so\u00ad\nft \u202e \x96"))
}
