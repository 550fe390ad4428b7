package retrieval

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"assay/classifier/embedding"
	"assay/corpus"
	"assay/corpus/digest"
)

const cards = `
entry: 6A005
lists: {us-ccl: {}}
gist: Lasers of all kinds.
terms: [laser source, fiber laser]
paragraphs:
  a.1:
    gist: Steady lasers of high output.
    terms: [continuous-wave kilowatt laser]
  b.6:
    gist: Pulsed lasers of high peak output.
    terms: [Q-switched laser, "MIL-STD-1553 laser"]
---
entry: 3A001
lists: {us-ccl: {}}
gist: Chips.
terms: [analogue-to-digital converter, ADC, logic analyser]
---
entry: 5A002
lists: {us-ccl: {}}
gist: Cryptography.
terms: [hardware security module, VPN gateway]
---
entry: 2B350
lists: {us-ccl: {}}
gist: Chemical plant.
terms: [glass-lined reactor, diaphragm pump]
`

func load(t testing.TB) *digest.Digest {
	t.Helper()
	d, err := digest.Load(fstest.MapFS{"cards/x.yaml": {Data: []byte(cards)},
		"goods/x.yaml": {Data: []byte("goods: garden-tools\ngist: Tools for gardens.\nterms: [garden hose, leaf rake]\n")}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func search(t *testing.T, ix *Index, name, text string) []Hit {
	t.Helper()
	r, err := ix.Search(context.Background(), Query{Name: name, Text: text}, nil, 50)
	if err != nil {
		t.Fatal(err)
	}
	return r.Cards
}

func TestTermsFind(t *testing.T) {
	ix, err := New(load(t), nil, Matrix{}, Weights{Terms: 1, Words: 0.1, Entry: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"Q-switched laser, 10 mJ":                         "6A005.b.6",
		"a kilowatt continuous wave laser for cutting":    "6A005.a.1",
		"16-channel logic analyzer with USB":              "3A001", // the other spelling
		"two ADCs on one die":                             "3A001", // plural of an abbreviation
		"analog to digital converter":                     "3A001",
		"laser for MIL-STD-1553 bus":                      "6A005.b.6",
		"reactors, glass lined, 5000 l":                   "2B350",
		"a 20 m garden hose":                              "garden-tools",
		"the module that holds keys: a security hardware": "5A002", // scattered words
	} {
		hits := search(t, ix, "", text)
		if hits[0].Code != want || hits[0].Score == 0 {
			t.Errorf("%q finds %s (%.3f), want %s", text, hits[0].Code, hits[0].Score, want)
		}
		for _, m := range hits[0].Matches {
			for _, s := range m.Spans {
				if s[0] < 0 || s[1] > len(text)+1 || s[0] >= s[1] {
					t.Errorf("%q: span %v of %q", text, s, m.Term)
				}
			}
		}
	}
	for _, h := range search(t, ix, "", "chamber music for strings") {
		if h.Score != 0 {
			t.Errorf("%s scores %v for nothing alike", h.Code, h.Score)
		}
	}
}

func TestNameWeighsMoreThanText(t *testing.T) {
	ix, err := New(load(t), nil, Matrix{}, Weights{Terms: 1})
	if err != nil {
		t.Fatal(err)
	}
	hits := search(t, ix, "Diaphragm pump", strings.Repeat("for plants of many kinds in many places. ", 10)+"Sold beside our VPN gateway.")
	if hits[0].Code != "2B350" {
		t.Errorf("finds %s", hits[0].Code)
	}
}

func TestSearchIsDeterministic(t *testing.T) {
	d := load(t)
	var first string
	for range 20 {
		ix, err := New(d, nil, Matrix{}, Fused)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, h := range search(t, ix, "fiber laser", "diaphragm pump, ADC, laser source with logic analyser") {
			fmt.Fprintf(&b, "%s %v\n", h.Code, h.Score)
		}
		if first == "" {
			first = b.String()
		}
		if b.String() != first {
			t.Fatalf("two searches differ:\n%s\n%s", first, b.String())
		}
	}
}

// letters embeds a text as the counts of its letters.
type letters struct{}

func (letters) Name() string   { return "letters" }
func (letters) Dimension() int { return 26 }
func (letters) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		v := make([]float32, 26)
		for _, r := range strings.ToLower(t) {
			if r >= 'a' && r <= 'z' {
				v[r-'a']++
			}
		}
		embedding.Normalize(v)
		out[i] = v
	}
	return out, nil
}

func vectors(t testing.TB, texts []string) Matrix {
	t.Helper()
	rows, err := letters{}.Embed(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	q, err := embedding.Quantise(rows)
	if err != nil {
		t.Fatal(err)
	}
	return Unpack(q)
}

func TestDenseSearchIsExact(t *testing.T) {
	d := load(t)
	m := vectors(t, DigestTexts(d))
	ix, err := New(d, letters{}, m, DenseOnly)
	if err != nil {
		t.Fatal(err)
	}
	text := "hardware security module, VPN gateway"
	hits := search(t, ix, "", text)
	q, _ := letters{}.Embed(context.Background(), []string{"\n" + text})
	best := float32(0)
	for i := range m.Rows() {
		best = max(best, embedding.Dot(q[0], m.row(i)))
	}
	if hits[0].Code != "5A002" || float32(hits[0].Cosine) != best {
		t.Errorf("%s with %v, the best vector has %v", hits[0].Code, hits[0].Cosine, best)
	}
}

func TestVectorsMustFit(t *testing.T) {
	d := load(t)
	var mismatch *embedding.MismatchError
	if _, err := New(d, letters{}, Matrix{Dim: 7, Data: make([]float32, 70)}, Fused); !errors.As(err, &mismatch) {
		t.Errorf("vectors of another dimension: %v", err)
	}
	if _, err := New(d, letters{}, vectors(t, []string{"one"}), Fused); err == nil {
		t.Error("too few vectors were taken")
	}
}

func edition() *corpus.Edition {
	return &corpus.Edition{Meta: corpus.Meta{List: corpus.EUDualUse, Date: "2025-11-15"}, Passages: []corpus.Passage{
		{ID: "7", Code: "7", Kind: corpus.KindHeading, Text: "Navigation"},
		{ID: "7A001", Code: "7A001", Kind: corpus.KindEntry, Text: "Accelerometers of note"},
		{ID: "7A001.a", Code: "7A001.a", Kind: corpus.KindParagraph, Text: "Linear ones"},
		{ID: "7A001.a#note-1", Code: "7A001.a", Kind: corpus.KindNote, Text: "Toys with jewels are free"},
	}}
}

func TestPassagesAreFoundByListAndCarryWordsFromAbove(t *testing.T) {
	ix, err := New(load(t), nil, Matrix{}, Fused)
	if err != nil {
		t.Fatal(err)
	}
	if err := ix.Add(edition(), Matrix{}); err != nil {
		t.Fatal(err)
	}
	r, err := ix.Search(context.Background(), Query{Text: "linear accelerometer"}, []corpus.ListID{corpus.EUDualUse}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Passages) != 3 || r.Passages[0].Code != "7A001.a" {
		t.Errorf("passages = %+v", r.Passages)
	}
	r, err = ix.Search(context.Background(), Query{Text: "linear accelerometer"}, []corpus.ListID{corpus.USCCL}, 10)
	if err != nil || len(r.Passages) != 0 {
		t.Errorf("a search of the CCL finds %v, %v", r.Passages, err)
	}
	if got := EditionTexts(edition()); len(got) != 3 || !strings.Contains(got[1], "Accelerometers of note Linear ones") {
		t.Errorf("texts = %q", got)
	}
}

func TestTopIsTheSameAsSorting(t *testing.T) {
	units := make([]Unit, 300)
	for i := range units {
		units[i].Code = fmt.Sprintf("c%03d", i)
	}
	s := &segment{units: units}
	scores := make([]float64, len(units))
	for i := range scores {
		scores[i] = float64(i*7919%40) / 40 // many ties
	}
	all := s.top(append([]float64{}, scores...), len(units))
	for _, n := range []int{0, 1, 7, 299} {
		got := s.top(append([]float64{}, scores...), n)
		if fmt.Sprint(got) != fmt.Sprint(all[:n]) {
			t.Errorf("top %d is not the head of the whole ranking", n)
		}
	}
}
