package memo

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode"

	"assay/classifier"
	"assay/corpus"
	"assay/review"

	"pgregory.net/rapid"
)

// laid returns the pages of a memo before they are drawn.
func laid(t testing.TB, m review.Memo, paper Paper) (*flow, document) {
	t.Helper()
	d := compose(m)
	b := &builder{setter: setter{missing: map[rune]bool{}}, width: sheets[paper].inner(), page: sheets[paper].body()}
	b.build(d)
	f := newFlow(sheets[paper])
	f.lay(b.pieces)
	if b.err != nil {
		t.Fatal(b.err)
	}
	return f, d
}

// wellSet fails when something stands outside the margins or upon something else.
func wellSet(t testing.TB, f *flow) {
	t.Helper()
	const near = 0.6
	for i, p := range f.pages {
		rows := map[int][]placed{}
		for _, x := range p.placed {
			w := x.w + x.text.width
			if x.x < f.left-4 || x.x+w > f.width-f.right+4 || x.y < f.top-2 || x.y+x.h > f.height-f.bottom+2 {
				t.Fatalf("page %d: %q stands at %.1f, %.1f, %.1f wide: outside the margins", i+1, x.text.text, x.x, x.y, w)
			}
			if x.text.text != "" {
				rows[int(math.Round(x.y*10))] = append(rows[int(math.Round(x.y*10))], x)
			}
		}
		for _, row := range rows {
			for a := range row {
				for b := range row[:a] {
					if row[a].x < row[b].x+row[b].text.width-near && row[b].x < row[a].x+row[a].text.width-near {
						t.Fatalf("page %d: %q and %q stand upon each other", i+1, row[a].text.text, row[b].text.text)
					}
				}
			}
		}
	}
}

// letters counts what is not white space, but for what may be drawn as another:
// brackets turn with the direction of writing.
func letters(add func(rune), s string) {
	for _, r := range s {
		if !unicode.IsSpace(r) && r < 0x500 && !strings.ContainsRune("()[]{}<>«»", r) {
			add(r)
		}
	}
}

// nothingLost fails when letters of the document are not on the pages.
func nothingLost(t testing.TB, f *flow, d document) {
	t.Helper()
	count := map[rune]int{}
	want := func(x text) { letters(func(r rune) { count[r]++ }, x.String()) }
	for _, x := range d.Blocks {
		switch x := x.(type) {
		case heading:
			want(plain(x.Text))
		case paragraph:
			want(x.Text)
		case facts:
			for _, r := range x.Rows {
				for _, v := range r.Value {
					want(v)
				}
			}
		case table:
			for _, r := range x.Rows {
				for _, c := range r.Cells {
					for _, v := range c {
						want(v)
					}
				}
			}
			want(x.Foot)
		case quotation:
			want(x.Source)
			for _, l := range x.Lines {
				want(l)
			}
		case list:
			for _, i := range x.Items {
				want(i)
			}
		case signature:
			want(plain(x.Role + x.Name))
			for _, n := range x.Note {
				want(n)
			}
		}
	}
	for _, p := range f.pages {
		for _, x := range p.placed {
			letters(func(r rune) { count[r]-- }, x.text.text)
		}
	}
	for r, n := range count {
		if n > 0 {
			t.Fatalf("%d of %q (U+%04X) are not on the pages", n, r, r)
		}
	}
}

func checked(t testing.TB, m review.Memo, paper Paper) *flow {
	t.Helper()
	f, d := laid(t, m, paper)
	wellSet(t, f)
	nothingLost(t, f, d)
	return f
}

func TestPagesOfAMemo(t *testing.T) {
	b := newBureau(t)
	id := adjudicated(b)
	for _, paper := range []Paper{A4, Letter} {
		f := checked(t, b.memo(bob, id, 0), paper)
		var marks []string
		for _, p := range f.pages {
			for _, m := range p.marks {
				if m.level == 0 {
					marks = append(marks, strings.TrimLeft(m.text, "0123456789 "))
				}
			}
		}
		if strings.Join(marks, "|") != strings.Join(sections, "|") {
			t.Errorf("bookmarks: %q", marks)
		}
	}
}

// suggests is an assessment of the CCL with n candidates of one gist.
func suggests(n int, gist string) classifier.Assessment {
	a := classifier.Assessment{Outcomes: []classifier.Outcome{{List: corpus.USCCL, Edition: "us-ccl@2026-06-24", Code: "1A001.a", Probability: 0.1, Reason: gist}}, Language: "en"}
	for i := range n {
		why := ""
		if i > 0 {
			why = "ranks below 1A001.a: " + gist
		}
		a.Suggestions = append(a.Suggestions, suggestion(corpus.USCCL, fmt.Sprintf("%dA%03d.a", 1+i/30, 1+i%30), 0.1-float64(i)/1000, gist, why))
	}
	return a
}

func TestSixtySuggestions(t *testing.T) {
	b := newBureau(t)
	id := b.open(chip, suggests(60, strings.Repeat("One of many. ", 30)), corpus.USCCL)
	f := checked(t, b.memo(bob, id, 0), A4)
	heads := 0
	for _, p := range f.pages {
		for _, x := range p.placed {
			if x.text.text == "Criteria met?" {
				heads++
			}
		}
	}
	if heads < 5 {
		t.Errorf("a table over %d pages has its head %d times", len(f.pages), heads)
	}
}

func TestLongWords(t *testing.T) {
	for name, words := range map[string]string{
		"many pages":             strings.Repeat("The device measures distances by light. It weighs two kilograms and takes 12 V.\n", 1200),
		"one line without end":   strings.Repeat("light ", 16000),
		"a word of 10,000":       strings.Repeat("x", 10000),
		"a word of 90,000":       strings.Repeat("Wortungetüm", 8000),
		"an address":             "https://example.org/" + strings.Repeat("a-b_c.d/", 900),
		"lines without words":    strings.Repeat("\n", 3000) + "end",
		"Chinese without spaces": strings.Repeat("高精度光纤陀螺仪，零偏稳定性。", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBureau(t)
			p := classifier.Product{Name: words[:min(len(words), 900)], Description: words, Attributes: classifier.Attributes{"long": words[:min(len(words), 9000)], words[:min(len(words), 900)]: "key"}}
			if !strings.Contains(name, "Chinese") {
				checked(t, b.memo(bob, b.open(p, suggests(2, "x"), corpus.USCCL), 0), A4)
				return
			}
			p.Name, p.Attributes = "陀螺仪", nil
			m := b.memo(bob, b.open(p, suggests(2, "x"), corpus.USCCL), 0)
			checked(t, m, A4)
			text := strings.Join(strings.Fields(read(t, setPDF(t, m, A4)).Text), "") // lines end within words
			if n := strings.Count(text, "陀螺仪"); n < 1980 {                           // and so do pages
				t.Errorf("%d of 2000", n)
			}
		})
	}
}

func TestWordsNoFontHas(t *testing.T) {
	b := newBureau(t)
	p := classifier.Product{Name: "Sensor 😀 \u202Ekcab\u202C", Description: "עברית 12 العربية 🇩🇪\n℃ ① ⅔ 10\u2079 ﬁ \x1b[31m e\u0301 \u00AD\uFE0F 가각 ǅ \U000E0041"}
	m := b.memo(bob, b.open(p, suggests(2, "x"), corpus.USCCL), 0)
	checked(t, m, A4)
	text := read(t, setPDF(t, m, A4)).Text
	for _, want := range []string{"Sensor □ [U+202E]kcab[U+202C]", "°C", "(1)", "[U+001B][31m", "é", "가각", "[U+E0041]", "A box (□) stands in this paper"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the PDF", want)
		}
	}
	for _, wrong := range []string{"\u202E", "109", "2⁄3", "😀"} {
		if strings.Contains(strings.Join(strings.Fields(text), " "), wrong) {
			t.Errorf("%q is in the PDF", wrong)
		}
	}
}

func TestDrawnOrder(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":              "plain text",
		"abc שלום עולם def":       "abc םלוע םולש def",
		"abc שלום 123 עולם 7 def": "abc 7 םלוע 123 םולש def",
		"abc שלום 12 kg":          "abc 12 םולש kg",
		"שלום 123":                "123 םולש",
		"(שלום)":                  "(םולש)",
	} {
		if got := drawn(in); got != want {
			t.Errorf("%q is drawn as %q, want %q", in, got, want)
		}
	}
}

// TestAnyWords sets memos of whatever people may type.
func TestAnyWords(t *testing.T) {
	b := newBureau(t)
	store := b.open(chip, suggests(3, "x"), corpus.USCCL)
	base := b.memo(bob, store, 0)
	some := rapid.SampledFrom([]string{"light", " ", "\n", "\t", "3A001.a.5.a.3", "/", "-", "ü", "光", "，", "가", "ש", "ع", "😀", "\u202E", "\u0301", "\x00"[:0], "[", "\u00A0", "℃",
		strings.Repeat("w", 300), strings.Repeat(" ", 200), "https://example.org/a?b=c&d", "�", "\u2028", "\u00AD", "³", "⅔"})
	rapid.Check(t, func(r *rapid.T) {
		words := func(name string, n int) string {
			return strings.Join(rapid.SliceOfN(some, 0, n).Draw(r, name), "")
		}
		m := base
		m.Title, m.Organisation = words("title", 40), words("organisation", 20)
		m.Product.Product = classifier.Product{Name: words("name", 40), Description: words("description", 400), Attributes: classifier.Attributes{words("key", 30): words("value", 300)}}
		m.Letters = []review.Message{{Kind: review.Question, Text: words("letter", 200)}}
		paper := rapid.SampledFrom([]Paper{A4, Letter}).Draw(r, "paper")
		f, d := laid(t, m, paper)
		wellSet(t, f)
		nothingLost(t, f, d)
		if _, err := PDF(m, paper); err != nil {
			r.Fatal(err)
		}
		if _, err := HTML(m); err != nil {
			r.Fatal(err)
		}
	})
}

func BenchmarkPDF(b *testing.B) {
	m := review.Memo{Number: "case/1", Title: "Gyroscope", Status: review.MemoDraft, Lists: []review.MemoList{{List: corpus.Lists()[0]}}}
	for name, words := range map[string]string{"latin": "A gyroscope with fibre, of 0.01 degrees an hour. ", "eastern": "光纤陀螺仪，零偏稳定性。"} {
		b.Run(name, func(b *testing.B) {
			m.Product.Product.Description = strings.Repeat(words, 100)
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				data, err := PDF(m, A4)
				if err != nil {
					b.Fatal(err)
				}
				size = len(data)
			}
			b.ReportMetric(float64(size), "bytes/file")
		})
	}
}
