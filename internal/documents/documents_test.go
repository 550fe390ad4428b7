package documents

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
	"github.com/xuri/excelize/v2"
)

func extractBytes(name string, data []byte) (Document, error) {
	return Extract(context.Background(), name, bytes.NewReader(data), Limits{})
}

func TestExtract(t *testing.T) {
	sheet := [][]string{
		{"AX9213", "12-bit, 10.25 GSPS converter", "Betrieb bei 25 °C ± 2 °C, Größe 5 µm", "Sample rate|10.25|GSPS"},
		{"Second page: ordering"},
	}
	utf16 := "\xff\xfe" + string(utf16le("Laser diode\n980 nm, 10 W\nµ"))
	tests := []struct {
		name, file string
		data       []byte
		kind       Kind
		want       []string // in this order
		not        []string
		warning    string
		pages      int
	}{
		{name: "PDF", file: "a.pdf", data: pdfWith(t, sheet, nil), kind: PDF, pages: 2,
			want: []string{"AX9213\n", "12-bit, 10.25 GSPS converter\n", "25 °C ± 2 °C, Größe 5 µm\n", "Sample rate\t10.25\tGSPS", "Second page: ordering"}},
		{name: "PDF without an ending in its name", file: "datasheet", data: pdfWith(t, sheet, nil), kind: PDF, pages: 2, want: []string{"AX9213"}},
		{name: "PDF that forbids printing but opens for all", file: "a.pdf", kind: PDF, pages: 2,
			data: pdfWith(t, sheet, func(p *fpdf.Fpdf) { p.SetProtection(0, "", "owner") }), want: []string{"AX9213", "10.25 GSPS converter"}},
		{name: "PDF whose table of objects is broken", file: "a.pdf", kind: PDF, pages: 2,
			data: bytes.ReplaceAll(pdfWith(t, sheet, nil), []byte("0000000"), []byte("9999999")), want: []string{"AX9213"}},
		{name: "PDF cut off after its first half", file: "a.pdf", data: cutAt(onePage(stream("", "BT /F1 9 Tf (kept) Tj ET")), "endstream"), kind: PDF, pages: 1, want: []string{"kept"}},
		{name: "DOCX", file: "a.docx", kind: DOCX,
			data: docx(t, para("Pump P-100")+"<w:p><w:r><w:t>Flow</w:t><w:tab/><w:t>9 m</w:t><w:noBreakHyphen/><w:t>3</w:t><w:br/><w:t>next</w:t></w:r></w:p>"+
				wordTable([]string{"Wetted parts", "PFA"}, []string{"Flow", "9", "m3/h"})+
				"<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>moved away</w:t></w:r></w:moveFrom><w:r><w:sym w:font=\"Symbol\" w:char=\"F06D\"/><w:t>V</w:t></w:r></w:p>",
				part{"word/header1.xml", "<w:hdr>" + para("Acme header") + "</w:hdr>"}, part{"word/footer1.xml", "<w:ftr>" + para("Acme footer") + "</w:ftr>"}),
			want: []string{"Acme header", "Pump P-100\n", "Flow\t9 m-3\nnext\n", "Wetted parts: PFA\nFlow: 9; m3/h\n", "µV", "Acme footer"}, not: []string{"gone", "moved away"}},
		{name: "DOCX with a table in a table", file: "a.docx", kind: DOCX,
			data: docx(t, "<w:tbl><w:tr><w:tc>"+para("Outer")+"</w:tc><w:tc>"+wordTable([]string{"inner", "cell"})+"</w:tc></w:tr></w:tbl>"), want: []string{"Outer: inner cell"}},
		{name: "DOCX with macros", file: "a.docm", kind: DOCX, data: docx(t, para("Text"), part{"word/vbaProject.bin", "macro"}), want: []string{"Text"}, not: []string{"macro"}, warning: "macros"},
		{name: "XLSX", file: "a.xlsx", data: xlsx(t, nil), kind: XLSX, pages: 1,
			want: []string{"Parameter: Min; Max; Unit\n", "Sample rate: Min 2 GSPS; Max 3.5 GSPS\n", "Resolution: Max 12 bit\n", "Package: BGA-196"}},
		{name: "XLSX with a hidden sheet", file: "a.xlsx", kind: XLSX, pages: 2, warning: "hidden sheets were not read: 1", not: []string{"secret"}, want: []string{"Sheet1\n", "Second\n", "visible"},
			data: xlsx(t, func(f *excelize.File) {
				f.NewSheet("Second")
				f.SetCellStr("Second", "A1", "visible")
				f.NewSheet("Third")
				f.SetCellStr("Third", "A1", "secret")
				f.SetSheetVisible("Third", false)
			})},
		{name: "HTML", file: "a.html", kind: HTML,
			data: []byte(`<!DOCTYPE html><html><head><meta charset="windows-1252"><title>Valve</title><script>alert(1)</script><style>p{}</style></head>` +
				"<body><h1>Bellows&nbsp;valve</h1><p>Body of <b>Al\xb5minium</b> &amp; steel &amp;lt;\n  304L</p><table><tr><td>Size</td><td>DN 25</td></tr>" +
				`<tr><th>Nested<td><table><tr><td>x</td><td>y</td></tr></table></table><ul><li>one<li>two</ul><noscript>no</noscript></body></html>`),
			want: []string{"Valve\n", "Bellows valve\n", "Body of Alµminium & steel &lt; 304L\n", "Size: DN 25\n", "Nested: x y\n", "one\ntwo"}, not: []string{"alert", "p{}", "no\n"}},
		{name: "CSV", file: "a.csv", data: []byte("Parameter;Value;Unit\nRange;1,5;km\nMass;;\n\"Note \"\"x\"\"\";y\n"), kind: CSV,
			want: []string{"Parameter: Value; Unit\n", "Range: Value 1,5 km\n", "Mass\n", `Note "x": y`}},
		{name: "UTF-8 with a mark", file: "a.txt", data: []byte("\xef\xbb\xbfµ-controller"), kind: Text, want: []string{"µ-controller"}},
		{name: "UTF-16", file: "a.txt", data: []byte(utf16), kind: Text, want: []string{"Laser diode\n980 nm, 10 W\nµ"}},
		{name: "Windows-1252", file: "a.md", data: []byte("# Temperature \x9610 \xb0C \x80 5"), kind: Text, want: []string{"# Temperature –10 °C € 5"}, warning: "Windows-1252"},
		{name: "control characters", file: "a.txt", kind: Text, want: []string{"Gyroscope\n\nbias 0.01 °/h fine\nAXB-\n9"},
			data: []byte("\n\n\nGyro\u00ad\nscope\u0007 \u202e\r\n\r\n\r\n\r\nbias 0.01\u00a0°/h ﬁne\u0000\nAXB-\n9\n")},
		{name: "HTML in a text file", file: "a.txt", data: []byte("<html><body>Valve</body></html>"), kind: HTML, want: []string{"Valve"}, warning: "the name says text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := extractBytes("some/dir/"+tt.file, tt.data)
			if err != nil {
				t.Fatal(err, errors.Unwrap(err))
			}
			rest := doc.Text
			for _, w := range tt.want {
				_, after, found := strings.Cut(rest+"\n", w)
				if !found {
					t.Errorf("%q is missing, or out of order, in\n%q", w, doc.Text)
				}
				rest = after
			}
			for _, n := range tt.not {
				if strings.Contains(doc.Text, n) {
					t.Errorf("%q stands in\n%q", n, doc.Text)
				}
			}
			sum := sha256.Sum256(tt.data)
			if doc.Name != tt.file || doc.Kind != tt.kind || doc.Pages != tt.pages || doc.Bytes != int64(len(tt.data)) || doc.SHA256 != hex.EncodeToString(sum[:]) || doc.Truncated {
				t.Errorf("document = %+v", doc)
			}
			if got := strings.Join(doc.Warnings, "; "); tt.warning == "" && got != "" || !strings.Contains(got, tt.warning) {
				t.Errorf("warnings = %q, want %q", got, tt.warning)
			}
			checkClean(t, doc.Text)
		})
	}
}

// cutAt returns data up to what.
func cutAt(data []byte, what string) []byte {
	before, _, _ := bytes.Cut(data, []byte(what))
	return before
}

// checkClean fails when text holds what clean promises to take out.
func checkClean(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Error("the text is not valid UTF-8")
	}
	for _, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || r == '\u00ad' || r == '\u202e' || r == '\ufeff') {
			t.Errorf("the text holds %U", r)
			return
		}
	}
	if strings.Contains(text, "\n\n\n") || strings.TrimSpace(text) != text {
		t.Errorf("empty lines or spaces are left in %.200q", text)
	}
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("A line of thirty-two bytes, this\n", 100)
	pages := [][]string{{"page one"}, {"page two"}, {"page three"}}
	tests := []struct {
		name   string
		file   string
		data   []byte
		limits Limits
		text   string // the end of what is kept
		pages  int
		reason string // of an Error
	}{
		{"text kept", "a.txt", []byte(long), Limits{Text: 100}, "this\nA line of thirty-two bytes, this", 0, ""},
		{"text of a PDF", "a.pdf", pdfWith(t, pages, nil), Limits{Text: 12}, "page one", 2, ""},
		{"pages", "a.pdf", pdfWith(t, pages, nil), Limits{Pages: 2}, "page two", 2, ""},
		{"sheets", "a.xlsx", xlsx(t, func(f *excelize.File) { f.NewSheet("Two"); f.SetCellStr("Two", "A1", "two") }), Limits{Pages: 1}, "BGA-196", 1, ""},
		{"bytes", "a.txt", []byte(long), Limits{Bytes: 99}, "", 0, "is larger than 99 bytes"},
		{"bytes just enough", "a.txt", []byte("1234567890"), Limits{Bytes: 10}, "1234567890", 0, ""},
		{"unpacked PDF", "a.pdf", onePage(stream("/Filter/FlateDecode", flate(strings.Repeat(" ", 2<<20)))), Limits{Unpacked: 1 << 20}, "", 0, "unpacks to far more"},
		{"unpacked DOCX", "a.docx", docx(t, para(strings.Repeat("x", 2<<20))), Limits{Unpacked: 1 << 20}, "", 0, "unpacks to far more"},
		{"time", "a.pdf", pdfWith(t, pages, nil), Limits{Time: 1}, "", 0, "takes longer than 1ns"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := Extract(context.Background(), tt.file, bytes.NewReader(tt.data), tt.limits)
			var e *Error
			if tt.reason != "" {
				if !errors.As(err, &e) || !strings.Contains(e.Reason, tt.reason) || e.Remedy == "" || doc.Text != "" {
					t.Fatalf("error = %v, document = %+v; want reason %q", err, doc, tt.reason)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(doc.Text, tt.text) || doc.Pages != tt.pages {
				t.Errorf("text = %q, pages = %d", doc.Text, doc.Pages)
			}
			if want := tt.name != "bytes just enough"; doc.Truncated != want || (len(doc.Warnings) > 0) != want {
				t.Errorf("truncated = %v, warnings = %q", doc.Truncated, doc.Warnings)
			}
		})
	}
}

func TestExtractSaysWhenTheCallerLeft(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Extract(ctx, "a.txt", strings.NewReader("x"), Limits{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	broken := errors.New("line cut")
	if _, err := Extract(context.Background(), "a.txt", iotest.ErrReader(broken), Limits{}); !errors.Is(err, broken) || !strings.Contains(err.Error(), "a.txt") {
		t.Errorf("error = %v", err)
	}
	// Cancelled in the middle of reading: the reader is asked no further.
	ctx, cancel = context.WithCancel(context.Background())
	reads := 0
	_, err = Extract(ctx, "a.txt", readerFunc(func(p []byte) (int, error) {
		reads++
		cancel()
		for i := range p {
			p[i] = 'x'
		}
		return len(p), nil
	}), Limits{})
	if !errors.Is(err, context.Canceled) || reads > 100 {
		t.Errorf("error = %v after %d reads", err, reads)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

var _ io.Reader = readerFunc(nil)

func TestExtractManyAtOnce(t *testing.T) {
	data := pdfWith(t, [][]string{{"one of many"}}, nil)
	done := make(chan error)
	const n = 40
	for range n {
		go func() {
			doc, err := extractBytes("a.pdf", data)
			if err == nil && doc.Text != "one of many" {
				err = errors.New("text = " + doc.Text)
			}
			done <- err
		}()
	}
	for range n {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("stuck")
		}
	}
}
