package ecfr

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"assay/corpus"
	"assay/internal/official"
)

var readers = map[string]func(corpus.Source) (*corpus.Edition, error){"ccl": ReadCCL, "usml": ReadUSML}

// refused fails the test unless err is a *corpus.ReadError with a remedy.
func refused(t *testing.T, what string, ed *corpus.Edition, err error) *corpus.ReadError {
	t.Helper()
	var re *corpus.ReadError
	if ed != nil || !errors.As(err, &re) || re.Remedy == "" || re.Source == "" {
		t.Errorf("%s: got %v, %v; want no edition and a read error with source and remedy", what, ed != nil, err)
		return &corpus.ReadError{Err: errors.New("none")}
	}
	return re
}

const (
	open9  = `<DIV9 N="Supplement No. 1 to Part 774" TYPE="APPENDIX">`
	entry1 = "<HD1>Category 3—Pots</HD1>\n<FP-2><B>3A001 Pots.</B></FP-2>\n"
	open5  = `<DIV5 N="121" TYPE="PART"><DIV8 N="121.1" TYPE="SECTION">`
)

func TestHostile(t *testing.T) {
	lol := `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "` + strings.Repeat("&lol;", 10) + `"><!ENTITY lol3 "` + strings.Repeat("&lol2;", 10) + `">]>`
	for _, tt := range []struct{ name, data, says string }{
		{"empty", "", "no XML element"},
		{"not XML", "3A001 Pots", "outside the root"},
		{"JSON", `{"entries":[]}`, "outside the root"},
		{"wrong root", "<html><body>3A001</body></html>", "<html>"},
		{"billion laughs", lol + open9 + entry1 + "<P>&lol3;</P></DIV9>", "document type"},
		{"external entity", `<!DOCTYPE x SYSTEM "file:///etc/passwd">` + open9 + "</DIV9>", "document type"},
		{"unknown entity", open9 + entry1 + "<P>&lol;</P></DIV9>", "entity"},
		{"NUL", open9 + entry1 + "\n<P>a\x00b</P></DIV9>", "NUL"},
		{"invalid UTF-8", open9 + entry1 + "<P>\xff\xfe</P></DIV9>", "UTF-8"},
		{"other encoding", `<?xml version="1.0" encoding="ISO-8859-1"?>` + open9 + entry1 + "</DIV9>", "ISO-8859-1"},
		{"no entry", open9 + "<HD1>Category 3—Pots</HD1><P>a. Pots</P></DIV9>", ""},
		{"crossed tags", open9 + entry1 + "<P><I>pots</P></I></DIV9>", "closed by"},
		{"two roots", open9 + entry1 + "</DIV9><DIV9></DIV9>", "follows the end"},
		{"text after the end", open9 + entry1 + "</DIV9>pots", "outside the root"},
		{"stray end", "</P>", "closes nothing"},
		{"truncated", open9 + entry1 + "<P>a. Po", "ends inside"},
		{"nested 10,000 deep", open9 + entry1 + strings.Repeat("<P>", 10_000) + strings.Repeat("</P>", 10_000) + "</DIV9>", "deeper than"},
		{"nested inline", open9 + entry1 + "<P>" + strings.Repeat("<I>", 10_000) + strings.Repeat("</I>", 10_000) + "</P></DIV9>", "deeper than"},
	} {
		for name, read := range readers {
			ed, err := read(corpus.Source{Name: tt.name, Date: "2026-01-02", Data: []byte(tt.data)})
			re := refused(t, name+", "+tt.name, ed, err)
			if !strings.Contains(re.Error(), tt.says) {
				t.Errorf("%s, %s: %v does not say %q", name, tt.name, re, tt.says)
			}
		}
	}
}

func TestErrorNamesLineAndEntry(t *testing.T) {
	_, err := ReadCCL(corpus.Source{Name: "f.xml", Date: "2026-01-02", Data: []byte(open9 + "\n" + entry1 + "<P>a. One</P>\n<P>&x;</P></DIV9>")})
	if err == nil || !strings.HasPrefix(err.Error(), "f.xml:5 (3A001): ") {
		t.Errorf("got %v; want the file, line 5 and 3A001", err)
	}
	_, err = ReadUSML(corpus.Source{Name: "f.xml", Date: "2026-01-02", Data: []byte(open5 + "\n<HD1>Category II—Pots</HD1>\n<P>(a) <Q></P>")})
	if err == nil || !strings.HasPrefix(err.Error(), "f.xml:3 (Category II): ") {
		t.Errorf("got %v; want the file, line 3 and Category II", err)
	}
}

func TestNoDate(t *testing.T) {
	ed, err := ReadCCL(corpus.Source{Name: "f.xml", Data: []byte(open9 + entry1 + "</DIV9>")})
	refused(t, "no date", ed, err)
}

func TestLimits(t *testing.T) {
	list := func(body string) []byte { return []byte(open9 + entry1 + body + "</DIV9>") }
	items := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<P>a.%d. Pot</P>", i+1)
		}
		return b.String()
	}
	long := strings.Repeat("pot ", 200)
	for _, tt := range []struct {
		name   string
		data   []byte
		limits corpus.Limits
		says   string
	}{
		{"bytes", list(""), corpus.Limits{Bytes: 10}, "more than the limit of 10"},
		{"depth", list("<P><I>a</I></P>"), corpus.Limits{Depth: 2}, "limit of 2"},
		{"passages", list(items(50)), corpus.Limits{Passages: 20}, "limit of 20"},
		{"passages made of a range", list("<P>a. through z. [Reserved]</P>"), corpus.Limits{Passages: 20}, "limit of 20"},
		{"elements", list(strings.Repeat("<P></P>", 400)), corpus.Limits{Passages: 20}, "elements"},
		{"text of a block", list("<P>" + long + "</P>"), corpus.Limits{Text: 500}, "500 bytes"},
		{"text of a note", list("<NOTE><HED>Note:</HED>" + strings.Repeat("<P>"+long[:200]+"</P>", 5) + "</NOTE>"), corpus.Limits{Text: 500}, "500 bytes"},
		{"text of a row", list("<TABLE><TR>" + strings.Repeat("<TD>"+long[:200]+"</TD>", 5) + "</TR></TABLE>"), corpus.Limits{Text: 500}, "500 bytes"},
	} {
		ed, err := ReadCCL(corpus.Source{Name: tt.name, Date: "2026-01-02", Data: tt.data, Limits: tt.limits})
		if re := refused(t, tt.name, ed, err); !strings.Contains(re.Error(), tt.says) {
			t.Errorf("%s: %v does not say %q", tt.name, re, tt.says)
		}
	}
}

// 100 MB are refused by size; and where the size is allowed, one tag a
// million times over still ends soon, in an error.
func TestHundredMegabytes(t *testing.T) {
	for _, tag := range []string{"<P>", "<P/>", "<P>a</P>", "<I>"} {
		data := append([]byte(open9+entry1), bytes.Repeat([]byte(tag), (100<<20)/len(tag))...)
		for name, read := range readers {
			ed, err := read(corpus.Source{Name: "100 MB of " + tag, Date: "2026-01-02", Data: data})
			refused(t, name, ed, err)
		}
		ed, err := ReadCCL(corpus.Source{Name: "100 MB of " + tag, Date: "2026-01-02", Data: data, Limits: corpus.Limits{Bytes: 1 << 30}})
		refused(t, tag, ed, err)
	}
	name := append([]byte("<"), bytes.Repeat([]byte("P"), 100<<20)...)
	ed, err := ReadCCL(corpus.Source{Name: "one name of 100 MB", Date: "2026-01-02", Data: name})
	refused(t, "one name", ed, err)
}

// A file cut off anywhere is refused, never read in part.
func TestTruncated(t *testing.T) {
	for name, read := range readers {
		data := fixture(t, name+".xml")
		end := bytes.LastIndexByte(bytes.TrimSpace(data), '>')
		for cut := 0; cut < end; cut += 7 {
			ed, err := read(corpus.Source{Name: "cut", Date: "2026-01-02", Data: data[:cut]})
			refused(t, fmt.Sprintf("%s cut at %d", name, cut), ed, err)
		}
	}
}

func TestTruncatedOfficial(t *testing.T) {
	for name, file := range map[string]string{"ccl": "us/ccl_supp1.xml", "usml": "us/title-22_part-121.xml"} {
		data, err := os.ReadFile(official.Path(t, file))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 12 {
			cut := len(data) * (i + 1) / 13
			ed, err := readers[name](corpus.Source{Name: file, Date: "2026-01-02", Data: data[:cut]})
			if re := refused(t, fmt.Sprintf("%s cut at %d", file, cut), ed, err); re.Line == 0 || re.Place == "" {
				t.Errorf("%s cut at %d: %v names no line or no place", file, cut, re)
			}
		}
	}
}

// Text made to drive a reader into quadratic work ends soon all the same.
func TestPathological(t *testing.T) {
	wide := func(s string, n int) string { return strings.Repeat(s, n) }
	for name, body := range map[string]string{
		"subscripts":      "<P>a. " + wide("x<E T=\"52\">y</E>", 20_000) + "</P>",
		"superscripts":    "<P>a. " + wide("x<SU>y</SU>", 20_000) + "</P>",
		"note in pieces":  "<NOTE><HED>Note:</HED>" + wide("<P>a</P>", 120_000) + "</NOTE>",
		"long designator": "<P>" + wide("a.1.", 20_000) + " Pot</P>",
		"glued brackets":  "<P>" + wide("(a)", 30_000) + " Pot</P>",
		"mentions":        "<NOTE><HED>Note:</HED><P>" + wide("3A001.a, b and ", 8_000) + "</P></NOTE>",
		"plain items":     "<P>a. x</P><NOTE><HED>Note:</HED>" + wide("<P>z.9. y</P>", 30_000) + "</NOTE>",
		"numerals":        wide("<P>(i) x</P>", 30_000),
		"notes go on":     "<P>a. x</P>" + wide("<NOTE><HED>Note:</HED><P>a. x;</P></NOTE><NOTE><HED>N.B.:</HED><P>y</P><P>z. w;</P></NOTE>", 25_000),
		"local terms":     wide("<P>a. 'x' y</P>", 20_000) + wide("<NOTE><HED>Technical Note:</HED><P>A 'z' is w.</P></NOTE>", 40_000),
		"rows":            "<TABLE>" + wide("<TR><TD>NS applies to .a to .z</TD><TD>NS Column 1</TD></TR>", 20_000) + "</TABLE>",
	} {
		for list, read := range readers {
			head, tail := open9+entry1, "</DIV9>"
			if list == "usml" {
				head, tail = open5+"<HD1>Category I—Pots</HD1>", "</DIV8></DIV5>"
			}
			ed, err := read(corpus.Source{Name: name, Date: "2026-01-02", Data: []byte(head + body + tail)})
			if err != nil {
				refused(t, list+", "+name, ed, err)
			} else if err := ed.Validate(); err != nil {
				t.Errorf("%s, %s: %v", list, name, err)
			}
		}
	}
}
