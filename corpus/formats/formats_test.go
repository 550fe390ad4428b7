package formats

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"assay/corpus"
	"assay/corpus/interchange"
	"assay/internal/official"
)

// published are the official files and what each must turn out to be.
var published = []struct {
	file, format, list string
	entries            int
}{
	{"us/ccl_supp1.xml", "ecfr-ccl", "us-ccl", 0},
	{"us/title-22_part-121.xml", "ecfr-usml", "us-usml", 0},
	{"eu/annex-i-2025-11-15.json", "annexi-json", "eu-dual-use", 384},
	{"eu/annex-i-2021.layout.txt", "layout-annexi", "eu-dual-use", 366},
	{"eu/common-military-list-2020.layout.txt", "layout-cml", "eu-military", 22},
}

func pack(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(official.Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func codes(ed *corpus.Edition, kinds ...corpus.Kind) []string {
	var out []string
	for _, p := range ed.Passages {
		if slices.Contains(kinds, p.Kind) {
			out = append(out, p.Code)
		}
	}
	return out
}

// TestPublished reads every official file plain and packed, and brings it
// through the interchange form and back.
func TestPublished(t *testing.T) {
	for _, tt := range published {
		t.Run(tt.format, func(t *testing.T) {
			data := load(t, tt.file)
			if got := Detect(data); got != tt.format {
				t.Fatalf("detected as %q", got)
			}
			src := corpus.Source{Name: tt.file, Data: data}
			if tt.entries == 0 {
				src.Date = "2026-06-24"
			}
			ed, err := Read(src)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(codes(ed, corpus.KindEntry)); string(ed.List) != tt.list || tt.entries != 0 && n != tt.entries {
				t.Errorf("%s with %d entries", ed.List, n)
			}
			src.Data = pack(t, data)
			packed, err := Read(src)
			if err != nil {
				t.Fatal(err)
			}
			if packed.SHA256 != ed.SHA256 || len(packed.Passages) != len(ed.Passages) {
				t.Error("the packed file reads differently")
			}
			var stored bytes.Buffer
			if err := interchange.Write(&stored, ed); err != nil {
				t.Fatal(err)
			}
			if got := Detect(stored.Bytes()); got != interchange.Format {
				t.Fatalf("its interchange form is detected as %q", got)
			}
			back, err := Read(corpus.Source{Name: "stored", Data: stored.Bytes()})
			if err != nil {
				t.Fatal(err)
			}
			var again bytes.Buffer
			if err := interchange.Write(&again, back); err != nil || !bytes.Equal(stored.Bytes(), again.Bytes()) {
				t.Errorf("stored and read back, it differs (%v)", err)
			}
		})
	}
}

// TestAnnexAcrossEditions holds the two readers of Annex I against each other:
// where the law did not change between 2021 and 2025, both must find the same
// paragraphs. The differences named here were looked up in both texts.
func TestAnnexAcrossEditions(t *testing.T) {
	var eds [2]*corpus.Edition
	for i, name := range []string{"eu/annex-i-2021.layout.txt", "eu/annex-i-2025-11-15.json"} {
		ed, err := Read(corpus.Source{Name: name, Data: load(t, name)})
		if err != nil {
			t.Fatal(err)
		}
		eds[i] = ed
	}
	old, now := codes(eds[0], corpus.KindEntry), codes(eds[1], corpus.KindEntry)
	if gone := without(old, now); len(gone) != 0 {
		t.Errorf("entries that 2025 lacks: %v", gone)
	}
	added := []string{"1C513", "2B510", "2D352", "2E503", "3A501", "3A502", "3A504", "3B501", "3B503", "3B504", "3C507", "3C508", "3C509", "3D006", "3D507", "3E505", "4A506", "4A507"}
	if got := without(now, old); !slices.Equal(got, added) {
		t.Errorf("entries new since 2021: %v", got)
	}
	// Paragraphs that went: 1C006.b lost its list, 2B352.c was rearranged,
	// 2E003.b.2 was deleted; the JSON form prints the lists of 3A201 in one line.
	for _, code := range without(codes(eds[0], corpus.KindParagraph), codes(eds[1], corpus.KindParagraph)) {
		if !slices.ContainsFunc([]string{"1C006.b.", "2B352.c.", "2E003.b.2.", "3A201."}, func(p string) bool { return strings.HasPrefix(code, p) }) {
			t.Errorf("2025 lacks %s", code)
		}
	}
	// Paragraphs that came, but for those of new entries.
	fresh := 0
	for _, code := range without(codes(eds[1], corpus.KindParagraph), codes(eds[0], corpus.KindParagraph)) {
		if !slices.Contains(added, corpus.EntryOf(code)) {
			fresh++
		}
	}
	if fresh != 65 {
		t.Errorf("%d paragraphs came to entries of 2021, want the 65 that were looked up", fresh)
	}
}

func without(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

func TestRefuses(t *testing.T) {
	small := []byte(`{"assay":"edition/1","list":"moon","date":"2031-01-01","title":""}` + "\n" + `{"id":"LT10","code":"LT10","kind":"entry","text":"X"}` + "\n")
	for _, tt := range []struct {
		name, says string
		data       []byte
		limits     corpus.Limits
	}{
		{"empty", "edition/1", nil, corpus.Limits{}},
		{"prose", "eCFR XML of the CCL", []byte("Dear Sir,"), corpus.Limits{}},
		{"other XML", "the format is not known", []byte("<rss></rss>"), corpus.Limits{}},
		{"other JSON", "the format is not known", []byte(`{"a":1}`), corpus.Limits{}},
		{"broken gzip", "gzip", []byte{0x1f, 0x8b, 1, 2}, corpus.Limits{}},
		{"cut gzip", "ends in the middle", pack(t, small)[:40], corpus.Limits{}},
		{"packed twice", "packed twice", pack(t, pack(t, small)), corpus.Limits{}},
		{"a bomb", "more than the limit of 1000000", pack(t, make([]byte, 50<<20)), corpus.Limits{Bytes: 1_000_000}},
		{"too big", "more than the limit", small, corpus.Limits{Bytes: 10}},
		{"a web page", "only 0 entries", []byte("<!DOCTYPE html><html><body></body></html>"), corpus.Limits{}},
		{"100 MB of one line", "more than the limit", bytes.Repeat([]byte("x"), 100<<20), corpus.Limits{}},
		{"60 MB of one line", "not known", bytes.Repeat([]byte("x"), 60<<20), corpus.Limits{}},
		{"a string that does not end", "ends within a string", append(small[:len(small)-1:len(small)-1], append([]byte("\n{\"id\":\""), bytes.Repeat([]byte("x"), 1<<20)...)...), corpus.Limits{}},
	} {
		ed, err := Read(corpus.Source{Name: tt.name, Data: tt.data, Limits: tt.limits})
		var re *corpus.ReadError
		if !errors.As(err, &re) || ed != nil || re.Remedy == "" || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want %q", tt.name, err, tt.says)
		}
	}
	if _, err := Read(corpus.Source{Name: "moon", Data: pack(t, small)}); err != nil {
		t.Errorf("a good packed file: %v", err)
	}
}

func TestNames(t *testing.T) {
	for _, tt := range published {
		if !slices.Contains(Names(), tt.format) {
			t.Errorf("%s is not among %v", tt.format, Names())
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("\ufeff{\"assay\":\"edition/1\"}"))
	f.Add([]byte("<html></html>"))
	f.Add([]byte("3A001   X\n\f"))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		ed, err := Read(corpus.Source{Name: "fuzz", Date: "2031-01-01", Data: data, Limits: corpus.Limits{Bytes: 1 << 20}})
		var re *corpus.ReadError
		if err != nil && (!errors.As(err, &re) || ed != nil) {
			t.Fatalf("error %T %v, edition %v", err, err, ed)
		}
		if err == nil {
			if err := ed.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// BenchmarkStored reads the whole consolidated Annex I as it is stored.
func BenchmarkStored(b *testing.B) {
	ed, err := Read(corpus.Source{Name: "annex", Data: load(b, "eu/annex-i-2025-11-15.json")})
	if err != nil {
		b.Fatal(err)
	}
	var stored bytes.Buffer
	if err := interchange.Write(&stored, ed); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(stored.Len()))
	for b.Loop() {
		if _, err := Read(corpus.Source{Name: "stored", Data: stored.Bytes()}); err != nil {
			b.Fatal(err)
		}
	}
}
