package interchange

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"assay/corpus"

	"pgregory.net/rapid"
)

const small = `{"assay":"edition/1","list":"moon-trade","date":"2031-05-01","title":"Lunar trade list","language":"en","format":"interchange","source":"moon.jsonl","retrieved":"2031-05-02T08:00:00Z","sha256":"00"}
{"id":"1#heading-1","code":"1","kind":"heading","label":"Part 1","text":"Diggers"}
{"id":"LT10","code":"LT10","kind":"entry","text":"Diggers for \"regolith\" – as follows:"}
{"id":"LT10.a","code":"LT10.a","kind":"paragraph","label":"a","text":"Lifting more than 9 kg;"}
{"id":"LT10#note-1","code":"LT10","kind":"note","label":"Note 1","text":"Toys are free.","applies_to":["LT10.a"],"marks":["toy"]}
{"id":"#definition-regolith","code":"","kind":"definition","label":"regolith","text":"Dust \u00e9 \ud83c\udf19 \/ of the moon"}
`

func read(text string) (*corpus.Edition, error) {
	return Read(corpus.Source{Name: "moon.jsonl", Data: []byte(text), Retrieved: time.Date(2031, 5, 3, 0, 0, 0, 0, time.UTC)})
}

func TestRead(t *testing.T) {
	ed, err := read(small)
	if err != nil {
		t.Fatal(err)
	}
	if ed.ID() != "moon-trade@2031-05-01" || len(ed.Passages) != 5 {
		t.Fatalf("read %s with %d passages", ed.ID(), len(ed.Passages))
	}
	if got := ed.Passages[4].Text; got != "Dust é 🌙 / of the moon" {
		t.Errorf("escapes read as %q", got)
	}
	if got := ed.Passages[1].Text; got != `Diggers for "regolith" – as follows:` {
		t.Errorf("quotes read as %q", got)
	}
	if got := ed.Passages[3]; !reflect.DeepEqual(got.AppliesTo, []string{"LT10.a"}) || !reflect.DeepEqual(got.Marks, []string{"toy"}) {
		t.Errorf("lists read as %v, %v", got.AppliesTo, got.Marks)
	}
}

func TestReadFillsGaps(t *testing.T) {
	ed, err := read(`{"assay":"edition/1","list":"moon-trade","date":"2031-05-01","title":""}` + "\r\n" +
		`{ "id":"A1" , "code":"A1", "kind":"entry", "text":"Moon boots", "marks":[] }`)
	if err != nil {
		t.Fatal(err)
	}
	if ed.Format != Format || ed.Source != "moon.jsonl" || ed.Language != "en" || len(ed.SHA256) != 64 || ed.Retrieved.Year() != 2031 {
		t.Errorf("record %+v", ed.Meta)
	}
}

func TestReadRefuses(t *testing.T) {
	head, rest, _ := strings.Cut(small, "\n")
	second := strings.SplitAfter(small, "\n")[1]
	for _, tt := range []struct {
		name, text string
		line       int
		says       string
	}{
		{"empty", "", 1, "empty"},
		{"no record", rest, 1, "unknown field"},
		{"another version", strings.Replace(small, "edition/1", "edition/2", 1), 1, `"edition/2"`},
		{"unknown record field", strings.Replace(small, `"title"`, `"titel"`, 1), 1, "titel"},
		{"no list", strings.Replace(small, `"list":"moon-trade",`, "", 1), 1, "list"},
		{"bad list", strings.Replace(small, "moon-trade", "Moon trade", 1), 0, "not a list name"},
		{"bad day", strings.Replace(small, "2031-05-01", "1 May 2031", 1), 0, "must be a day"},
		{"unknown field", strings.Replace(small, `"label":"a"`, `"lable":"a"`, 1), 4, `"lable"`},
		{"field twice", strings.Replace(small, `"label":"a"`, `"code":"LT10.a"`, 1), 4, "given twice"},
		{"null", strings.Replace(small, `"label":"a"`, `"label":null`, 1), 4, `"label"`},
		{"number", strings.Replace(small, `"label":"a"`, `"label":3`, 1), 4, `"label"`},
		{"unknown kind", strings.Replace(small, `"kind":"note"`, `"kind":"remark"`, 1), 5, "technical_note"},
		{"no kind", strings.Replace(small, `"kind":"note",`, ``, 1), 5, "needs id, code and kind"},
		{"cut in a line", small[:len(small)-30], 6, "ends within a string"},
		{"cut after a comma", head + "\n" + `{"id":"LT10",`, 2, "ends"},
		{"empty line", strings.Replace(small, "\n{\"id\":\"LT10.a\"", "\n\n{\"id\":\"LT10.a\"", 1), 4, "ends where"},
		{"NUL byte", strings.Replace(small, "Lifting", "Lif\x00ting", 1), 4, "control character"},
		{"NUL between", strings.Replace(small, `,"label":"a"`, ",\x00\"label\":\"a\"", 1), 4, "NUL"},
		{"NUL escape", strings.Replace(small, "Lifting", `Lif\u0000ting`, 1), 4, "NUL"},
		{"half a surrogate", strings.Replace(small, `\ud83c\udf19`, `\ud83c`, 1), 6, "escape"},
		{"not UTF-8", strings.Replace(small, "Lifting", "Lif\xffting", 1), 4, "UTF-8"},
		{"blank in code", strings.Replace(small, `"LT10.a","kind"`, `"LT10 a","kind"`, 1), 4, "blanks"},
		{"final dot", strings.Replace(small, `"LT10.a","kind"`, `"LT10.a.","kind"`, 1), 4, "final dot"},
		{"id twice", small + second, 0, "twice"},
		{"paragraph first", head + "\n" + strings.SplitAfter(small, "\n")[3], 0, "before its entry"},
		{"text after", strings.Replace(small, `kg;"}`, `kg;"} {}`, 1), 4, "more text"},
		{"nesting", head + "\n" + strings.Repeat("[", 10000), 2, "should stand"},
		{"deep record", strings.Repeat(`{"assay":`, 20000), 1, "first line"},
	} {
		ed, err := read(tt.text)
		var re *corpus.ReadError
		switch {
		case !errors.As(err, &re):
			t.Errorf("%s: error %v", tt.name, err)
		case ed != nil:
			t.Errorf("%s: an edition beside the error", tt.name)
		case re.Line != tt.line || !strings.Contains(err.Error(), tt.says) || re.Remedy == "":
			t.Errorf("%s: line %d, %v; want line %d and %q", tt.name, re.Line, err, tt.line, tt.says)
		}
	}
}

func TestKnownListsWantCanonicalCodes(t *testing.T) {
	for _, tt := range []struct{ list, code, says string }{
		{"us-ccl", "3A001", ""}, {"us-ccl", "3A001.a.5.a.3", ""}, {"us-ccl", "EAR99", ""}, {"us-usml", "XI", ""}, {"eu-military", "ML11", ""},
		{"wassenaar", "3.A.1.a", ""}, {"moon-trade", "Läufer/7", ""},
		{"us-ccl", "3a001", "3A001"}, {"us-ccl", "3A001.", "final dot"}, {"us-ccl", "3A001.a..b", "write it"}, {"us-ccl", "pump", "not a code"},
		{"us-usml", "xi", "XI"}, {"eu-military", "MX11", "not a code"}, {"us-usml", "XI(", "not a code"},
	} {
		text := fmt.Sprintf(`{"assay":"edition/1","list":%q,"date":"2031-05-01","title":""}`+"\n", tt.list)
		text += fmt.Sprintf(`{"id":%q,"code":%q,"kind":"entry","text":"Things"}`+"\n", corpus.EntryOf(tt.code), corpus.EntryOf(tt.code))
		if corpus.EntryOf(tt.code) != tt.code {
			text += fmt.Sprintf(`{"id":%q,"code":%q,"kind":"paragraph","text":"Things"}`+"\n", tt.code, tt.code)
		}
		_, err := read(text)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s %s: %v; want %q", tt.list, tt.code, err, tt.says)
		}
	}
}

func TestCutOffFileIsNoticed(t *testing.T) {
	ed, err := read(small)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Write(&out, ed); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(out.String(), "\n")
	_, err = read(strings.Join(lines[:len(lines)-2], ""))
	if err == nil || !strings.Contains(err.Error(), "4 passages, but the first line says 5") {
		t.Errorf("a file without its last line: %v", err)
	}
}

func TestLimits(t *testing.T) {
	for name, limits := range map[string]corpus.Limits{"bytes": {Bytes: 100}, "passages": {Passages: 3}, "text": {Text: 10}} {
		if _, err := Read(corpus.Source{Name: "x", Data: []byte(small), Limits: limits}); err == nil {
			t.Errorf("%s over the limit are accepted", name)
		}
	}
	long := strings.Replace(small, "Toys", strings.Repeat("y", 2<<20), 1)
	if _, err := read(long); err == nil || !strings.Contains(err.Error(), ":5") {
		t.Errorf("a line of 2 MiB: %v", err)
	}
}

func TestWriteRefuses(t *testing.T) {
	ed, _ := read(small)
	ed.Passages[2].Kind = "remark"
	var out bytes.Buffer
	if err := Write(&out, ed); err == nil || out.Len() != 0 {
		t.Errorf("an unknown kind: error %v, %d bytes written", err, out.Len())
	}
}

// anyEdition draws editions with everything that Validate allows in them.
func anyEdition(t *rapid.T) *corpus.Edition {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab \"\\/<>&\n\t\r\u0001\u2028é漢🌙")), 1, 40, -1)
	words := rapid.SliceOfN(text, 0, 3)
	name := rapid.StringMatching(`[a-z0-9]{1,4}`)
	ed := &corpus.Edition{Meta: corpus.Meta{
		List: "my-list", Date: "2031-05-01", Title: text.Draw(t, "title"), Language: "en", Format: "interchange", Source: "x",
		Retrieved: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "retrieved"), 0).UTC(), SHA256: "ab", Attribution: text.Draw(t, "attribution")}}
	list := func(v []string) []string {
		if len(v) == 0 {
			return nil
		}
		return v
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "entries") {
		code := fmt.Sprintf("LT%d", i+10)
		ed.Passages = append(ed.Passages, corpus.Passage{ID: code, Code: code, Kind: corpus.KindEntry, Text: text.Draw(t, "text")})
		for j := range rapid.IntRange(0, 3).Draw(t, "paragraphs") {
			code := fmt.Sprintf("%s.%d.%s", code, j, name.Draw(t, "code"))
			ed.Passages = append(ed.Passages,
				corpus.Passage{ID: code, Code: code, Kind: corpus.KindParagraph, Label: text.Draw(t, "label"), Text: text.Draw(t, "text")},
				corpus.Passage{ID: code + "#note-1", Code: code, Kind: rapid.SampledFrom(kinds[3:]).Draw(t, "kind"), Text: text.Draw(t, "text"),
					AppliesTo: list(rapid.SliceOfN(name, 0, 2).Draw(t, "applies")), Marks: list(words.Draw(t, "marks"))})
		}
	}
	return ed
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ed := anyEdition(t)
		var first, second bytes.Buffer
		if err := Write(&first, ed); err != nil {
			t.Fatal(err)
		}
		back, err := Read(corpus.Source{Name: "other", Data: first.Bytes()})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, ed) {
			t.Fatalf("wrote\n%+v\nread\n%+v", ed, back)
		}
		if err := Write(&second, back); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("the second writing differs (%v)", err)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"assay":"edition/1","list":"x","date":"2031-05-01","title":""}` + "\n" + `{"id":"A","code":"A","kind":"entry","text":"\ud800"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ed, err := Read(corpus.Source{Name: "fuzz", Data: data})
		if err != nil {
			var re *corpus.ReadError
			if !errors.As(err, &re) || ed != nil {
				t.Fatalf("error %T, edition %v", err, ed)
			}
			return
		}
		if err := ed.Validate(); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Write(&out, ed); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}

// big returns an edition of n passages of 160 bytes with quotes in them, as official texts have.
func big(n int) *corpus.Edition {
	ed := &corpus.Edition{Meta: corpus.Meta{List: "us-ccl", Date: "2031-05-01", Title: "T", Language: "en", Format: "f", Source: "s", SHA256: "0"}}
	text := strings.Repeat(`a "defined term" and more, `, 6)
	for i := range n {
		entry := fmt.Sprintf("3A%03d", i/100)
		if i%100 == 0 {
			ed.Passages = append(ed.Passages, corpus.Passage{ID: entry, Code: entry, Kind: corpus.KindEntry, Text: text})
			continue
		}
		code := fmt.Sprintf("%s.a.%d", entry, i%100)
		ed.Passages = append(ed.Passages, corpus.Passage{ID: code, Code: code, Kind: corpus.KindParagraph, Label: code[6:], Text: text})
	}
	return ed
}

func BenchmarkRead10kPassages(b *testing.B) {
	var out bytes.Buffer
	if err := Write(&out, big(10_000)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(out.Len()))
	for b.Loop() {
		if _, err := Read(corpus.Source{Name: "x", Data: out.Bytes()}); err != nil {
			b.Fatal(err)
		}
	}
}

// The example of the documentation must be an edition.
func TestDocumentedExample(t *testing.T) {
	doc, err := os.ReadFile("../../docs/interchange.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "```jsonl\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/interchange.md has no example")
	}
	ed, err := read(example)
	if err != nil {
		t.Fatal(err)
	}
	if len(ed.Passages) != 6 {
		t.Errorf("%d passages, want 6", len(ed.Passages))
	}
}
