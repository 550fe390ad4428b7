package documents

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// hostile is a file, and the word that the answer must hold. An empty word
// means that the file is read, however little of it.
type hostile struct {
	name, file string
	data       []byte
	reason     string
}

var (
	hostileOnce sync.Once
	hostileAll  []hostile
)

// hostileFiles makes the files once: some are large.
func hostileFiles(t testing.TB) []hostile {
	hostileOnce.Do(func() { hostileAll = makeHostileFiles(t, 1<<20) })
	return hostileAll
}

// makeHostileFiles takes what a megabyte is: fuzzing starts from small files.
func makeHostileFiles(t testing.TB, mega int) []hostile {
	bomb := flate(strings.Repeat("\x00", 200*mega))
	deep := func(open, shut string, n int) string { return strings.Repeat(open, n) + strings.Repeat(shut, n) }
	text := "BT /F1 9 Tf (plain words) Tj ET "
	tree := func(n int) []byte {
		objects := []string{"<</Type/Catalog/Pages 2 0 R>>"}
		for i := range n {
			objects = append(objects, fmt.Sprintf("<</Type/Pages/Kids[%d 0 R]/Count 1>>", i+3))
		}
		return rawPDF(append(objects, "<</Type/Page>>")...)
	}
	forms := strings.Repeat("/X5 Do /X6 Do ", 50)
	encrypted := append(bytes.Clone(compoundFile), append(make([]byte, 600), utf16le("EncryptedPackage")...)...)
	bigZip := docx(t, para(strings.Repeat(" ", 100*mega)))
	locked := docx(t, para("x"))
	for i := range locked { // the encryption flag of every header
		if bytes.HasPrefix(locked[i:], []byte("PK\x03\x04")) {
			locked[i+6] |= 1
		} else if bytes.HasPrefix(locked[i:], []byte("PK\x01\x02")) {
			locked[i+8] |= 1
		}
	}
	lying := docx(t, para(strings.Repeat("x", mega)))
	for i := range lying {
		if bytes.HasPrefix(lying[i:], []byte("PK\x01\x02")) {
			binary.LittleEndian.PutUint32(lying[i+24:], 100)
		}
	}
	laughs := `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><w:document><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>`
	external := strings.Replace(laughs, `<!ENTITY a "ha">`, `<!ENTITY a SYSTEM "file:///etc/passwd">`, 1)
	withMain := func(main string) []byte {
		return archive(t, part{"[Content_Types].xml", wordTypes}, part{"_rels/.rels", wordRels}, part{"word/document.xml", main})
	}
	pdf := pdfWith(t, [][]string{{"words"}}, nil)
	cmap := func(body string) []byte {
		return onePage(stream("", "BT /F5 9 Tf <00010002> Tj /F1 9 Tf (plain words) Tj ET"),
			"<</Type/Font/Subtype/Type0/Encoding/Identity-H/ToUnicode 6 0 R/DescendantFonts[<</W[0 2000000000 500 3 [1 2] 9]>>]>>", stream("", body))
	}
	return []hostile{
		{"PDF that unpacks to 200 MB", "a.pdf", onePage(stream("/Filter/FlateDecode", bomb)), "unpacks to far more"},
		{"PDF packed twice", "a.pdf", onePage(stream("/Filter[/FlateDecode/FlateDecode]", flate(bomb))), "unpacks to far more"},
		{"PDF of a hundred filters", "a.pdf", onePage(stream("/Filter["+strings.Repeat("/ASCIIHexDecode", 100)+"]", "00")), "damaged"},
		{"PDF page that names one stream a hundred thousand times", "a.pdf", bytes.Replace(onePage(stream("/Filter/FlateDecode", flate(strings.Repeat(text, 10000)))), []byte("/Contents 4 0 R"), []byte("/Contents["+strings.Repeat("4 0 R ", 100000)+"]"), 1), "unpacks to far more"},
		{"PDF whose pages go round", "a.pdf", rawPDF("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R 3 0 R]/Count 9>>", "<</Type/Pages/Kids[2 0 R 3 0 R]/Parent 3 0 R>>"), "damaged"},
		{"PDF whose tree of pages is 5000 deep", "a.pdf", tree(5000), "holds no text"},
		{"PDF that promises two billion pages", "a.pdf", bytes.Replace(onePage(stream("", text)), []byte("/Count 1"), []byte("/Count 2000000000"), 1), ""},
		{"PDF of nested arrays", "a.pdf", onePage(stream("", text+deep("[", "]", mega)), deep("[", "]", mega)), ""},
		{"PDF of nested dictionaries as page", "a.pdf", rawPDF("<</Type/Catalog/Pages " + deep("<</Kids ", ">>", 100000) + ">>"), "damaged"},
		{"PDF whose objects name each other", "a.pdf", rawPDF("2 0 R", "1 0 R", "<</Type/Catalog/Pages 1 0 R>>"), "damaged"},
		{"PDF whose length is itself", "a.pdf", onePage("<</Length 4 0 R>>\nstream\n" + text + "\nendstream"), ""},
		{"PDF whose filter is the stream itself", "a.pdf", onePage("<</Filter 4 0 R/Length 9>>\nstream\n" + text + "\nendstream"), "damaged"},
		{"PDF form that draws itself and another", "a.pdf", onePage(stream("", text+forms), stream("/Subtype/Form", text+forms), stream("/Subtype/Form", text+forms)), ""},
		{"PDF object stream that holds itself", "a.pdf", onePage(stream("", text), stream("/Type/ObjStm/N 2/First 8", "5 0 4 0 <<>>")), "holds no text"},
		{"PDF of objects that overlap", "a.pdf", append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte("1 0 obj ( 2 0 obj (\n"), mega/10)...), "damaged"},
		{"PDF of a million small objects", "a.pdf", append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte("7 0 obj<<>>endobj\n"), mega)...), "damaged"},
		{"PDF of two million values", "a.pdf", rawPDF("<</Type/Catalog/Pages 2 0 R>>", "["+strings.Repeat("1 ", 5*mega)+"]"), "unpacks to far more"},
		{"PDF with pictures in the text without end", "a.pdf", onePage(stream("", text+"BI /W 1 ID xxxxxx")), ""},
		{"PDF with numbers out of range", "a.pdf", onePage(stream("", "99999999999999999999999999 0 0 1e9 -.-5 1 cm BT /F1 1e300 Tf 9999999999999999999999999999999999999999 0 0 1 0 0 Tm (far) Tj /F1 9 Tf 1 0 0 1 0 0 Tm (plain words) Tj ET")), ""},
		{"PDF font with a map of four billion letters", "a.pdf", cmap("1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange"), ""},
		{"PDF font with a broken map", "a.pdf", cmap("begincmap endbfchar endbfrange 9999999999 beginbfchar <> <41> <01> endbfchar <01> [ <41 endbfrange"), ""},
		{"PDF font that misses", "a.pdf", onePage(stream("", "BT /Nope 9 Tf (a) Tj /F5 9 Tf (b) Tj /F1 9 Tf (plain words) Tj ET")), ""},
		{"PDF with a password", "a.pdf", bytes.Replace(onePage(stream("", text)), []byte("<</Root"), []byte("<</Encrypt<</Filter/Standard/V 5/R 6/U(x)>>/Root"), 1), "password"},
		{"PDF scan", "a.pdf", onePage(stream("", "q 9 0 0 9 0 0 cm /X5 Do Q"), stream("/Subtype/Image/Filter/DCTDecode", "\xff\xd8")), "is a scan: its 1 pages hold pictures and no text"},
		{"PDF whose letters cannot be told", "a.pdf", onePage(stream("", "BT /F5 9 Tf <00010002> Tj ET"), "<</Type/Font/Subtype/Type0/Encoding/Identity-H>>"), "letters cannot be told"},
		{"PDF without pages", "a.pdf", []byte("%PDF-1.4\nnothing\n%%EOF"), "damaged"},
		{"PDF header alone", "a.pdf", []byte("%PDF-"), "damaged"},
		{"PDF and ZIP at once", "a.pdf", append(bytes.Clone(pdf), docx(t, para("x"))...), "a PDF and a ZIP archive at once"},
		{"ZIP and PDF at once", "a.docx", archive(t, part{"%PDF-1.4", string(pdf)}), "a PDF and a ZIP archive at once"},
		{"PDF behind other bytes", "a.txt", append([]byte("MZ hello\n"), pdf...), "hides a PDF"},

		{"DOCX that unpacks to 100 MB", "a.docx", bigZip, "unpacks to far more"},
		{"DOCX with a password", "a.docx", encrypted, "password"},
		{"DOCX with locked parts", "a.docx", locked, "password"},
		{"DOCX that lies about its sizes", "a.docx", lying, "damaged"},
		{"DOCX of laughs", "a.docx", withMain(laughs), "document type"},
		{"DOCX that asks for a file", "a.docx", withMain(external), "document type"},
		{"DOCX with an unknown entity", "a.docx", docx(t, para("&secret;")), "damaged"},
		{"DOCX of deep XML", "a.docx", docx(t, deep("<w:p>", "</w:p>", 10000)), "nests elements deeper"},
		{"DOCX of broken XML", "a.docx", withMain("<w:document><w:p>"), "ends too early"},
		{"DOCX that closes too often", "a.docx", withMain("</w:p></w:p>"), "damaged"},
		{"DOCX of tables in tables", "a.docx", docx(t, deep("<w:tbl><w:tr><w:tc>"+para("x"), "</w:tc></w:tr></w:tbl>", 60)), ""},
		{"DOCX with a way out", "a.docx", docx(t, para("x"), part{"../../etc/cron.d/x", "x"}), "leads out of it"},
		{"DOCX with an absolute name", "a.docx", docx(t, para("x"), part{"/etc/x", "x"}), "leads out of it"},
		{"DOCX with a name of the other system", "a.docx", docx(t, para("x"), part{`..\x`, "x"}), "leads out of it"},
		{"DOCX with one part twice", "a.docx", docx(t, para("x"), part{"word/document.xml", "y"}), "two parts of one name"},
		{"DOCX without a body", "a.docx", archive(t, part{"[Content_Types].xml", wordTypes}, part{"_rels/.rels", wordRels}), "main part"},
		{"DOCX cut off", "a.docx", docx(t, para("x"))[:200], "damaged"},
		{"XLSX of laughs", "a.xlsx", archive(t, part{"[Content_Types].xml", wordTypes}, part{"_rels/.rels", strings.Replace(wordRels, "word/document", "xl/workbook", 1)}, part{"xl/workbook.xml", laughs}), "document type"},
		{"XLSX of nothing", "a.xlsx", archive(t, part{"[Content_Types].xml", wordTypes}, part{"_rels/.rels", strings.Replace(wordRels, "word/document", "xl/workbook", 1)}, part{"xl/workbook.xml", "<workbook/>"}), "a.xlsx"},
		{"XLSX with a row far down", "a.xlsx", xlsx(t, func(f *excelize.File) { f.SetCellStr("Sheet1", "XFD1048576", "far") }), ""},
		{"archive", "a.docx", archive(t, part{"a.txt", "x"}), "a ZIP archive, not a document"},
		{"presentation", "a.docx", archive(t, part{"[Content_Types].xml", wordTypes}, part{"_rels/.rels", strings.Replace(wordRels, "word/document", "ppt/presentation", 1)}, part{"ppt/presentation.xml", "<p/>"}), "a presentation"},
		{"old Word file", "a.doc", append(bytes.Clone(compoundFile), make([]byte, 600)...), "old Office file"},

		{"HTML nested a million deep", "a.html", []byte("<html>" + deep("<div><table><td>", "", mega/4) + "plain words"), ""},
		{"HTML with one endless tag", "a.html", []byte("<html><p " + strings.Repeat("a", 9*mega)), "cannot be read"},
		{"HTML instead of a PDF", "a.pdf", []byte("<!doctype html><p>404 not found"), "an error page"},
		{"CSV of one endless quote", "a.csv", []byte("a,b\n\"" + strings.Repeat("x,\n", mega)), ""},
		{"CSV of a million cells", "a.csv", []byte(strings.Repeat("x,", mega)), ""},
		{"picture", "a.pdf", []byte("\x89PNG\r\n\x1a\n0000"), "a picture"},
		{"program", "a.txt", []byte("\x7fELF\x02\x01\x01"), "a program"},
		{"bytes of no kind", "a.txt", bytes.Repeat([]byte{0, 1, 2, 3, 200}, 100), "none of the formats"},
		{"PDF named DOCX", "a.docx", pdf, "named like a DOCX file, but its content is a PDF file"},
		{"empty file", "a.pdf", []byte(" \n"), "is empty"},
		{"nothing but controls", "a.txt", []byte("\x01\x02"), "holds no text"},
	}
}

func TestHostileFiles(t *testing.T) {
	for _, tt := range hostileFiles(t) {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := extractBytes(tt.file, tt.data)
			checkAnswer(t, doc, err)
			var e *Error
			switch {
			case tt.reason == "" && err != nil:
				t.Errorf("error = %v (%v)", err, errors.Unwrap(err))
			case tt.reason == "":
			case err == nil:
				t.Errorf("it was read: %.100q", doc.Text)
			case errors.As(err, &e) && (!strings.Contains(err.Error(), tt.reason) || e.Name != tt.file || e.Remedy == ""):
				t.Errorf("error = %v (%v), want %q", err, e.Err, tt.reason)
			}
		})
	}
}

// checkAnswer holds for every file whatever: no panic, a typed error or clean
// text, never both.
func checkAnswer(t *testing.T, doc Document, err error) {
	t.Helper()
	if err == nil {
		if doc.Text == "" {
			t.Error("neither text nor error")
		}
		checkClean(t, doc.Text)
		return
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error of type %T: %v", err, err)
	}
	if e.Err != nil && strings.HasPrefix(e.Err.Error(), "panic:") {
		t.Fatal(e.Err)
	}
	if doc.Text != "" || doc.Kind != "" {
		t.Errorf("an error came with a document: %+v", doc)
	}
}

// TestHostileFilesWriteNothing looks for files left in the directory for
// temporary ones, which is the only place that a library could have used.
func TestHostileFilesWriteNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	big := xlsx(t, func(f *excelize.File) {
		for i := range 2000 {
			row := []any{strings.Repeat("text", 50), i, i + 1}
			f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row)
		}
	})
	if _, err := extractBytes("big.xlsx", big); err != nil {
		t.Fatal(err)
	}
	for _, tt := range hostileFiles(t) {
		if strings.HasPrefix(tt.file, "a.xlsx") || strings.HasPrefix(tt.file, "a.docx") {
			_, _ = extractBytes(tt.file, tt.data)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestCutOff reads every document cut off at many places: whoever sends half a
// file gets an answer.
func TestCutOff(t *testing.T) {
	files := map[string][]byte{
		"a.pdf": pdfWith(t, [][]string{{"words", "Key|Value"}}, nil), "a.docx": docx(t, para("words")), "a.xlsx": xlsx(t, nil),
		"a.html": []byte("<html><table><tr><td>a<td>b</table><p>c &amp; d</html>"),
	}
	for name, data := range files {
		step := max(1, len(data)/150)
		for n := 0; n < len(data); n += step {
			doc, err := extractBytes(name, data[:n])
			checkAnswer(t, doc, err)
		}
	}
}

// TestMemory holds the reader to a bound on a file that is large and honest:
// 500 pages, 2 MiB of text.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a large file; left out of short runs")
	}
	page := strings.Split(strings.TrimSpace(strings.Repeat("The quick brown converter samples at 10.25 GSPS over the lazy bus.\n", 45)), "\n")
	pages := make([][]string, 500)
	for i := range pages {
		pages[i] = page
	}
	data := pdfWith(t, pages, nil)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	doc, err := Extract(context.Background(), "a.pdf", bytes.NewReader(data), Limits{})
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
	t.Logf("%d KiB of PDF, %d pages, %d KiB of text: %v, %d MiB allocated in all", len(data)>>10, doc.Pages, len(doc.Text)>>10, took, allocated)
	if doc.Pages != 500 || allocated > 512 {
		t.Errorf("pages = %d, allocated = %d MiB", doc.Pages, allocated)
	}
}
