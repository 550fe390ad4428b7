package static

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"assay/classifier/embedding"
	"assay/classifier/embedding/minilm"
	"assay/classifier/embedding/wordpiece"
)

func model(t testing.TB) *Model {
	t.Helper()
	m, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ranking embeds the probe, pairs of a list entry's gist and a product that belongs to it, and says how often a product finds its
// own gist first, and the mean of one over the gist's rank.
func ranking(t *testing.T, e embedding.Embedder) (first, reciprocal float64) {
	t.Helper()
	data, err := os.ReadFile("testdata/probe.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var gists, products []string
	for line := range strings.Lines(string(data)) {
		gist, product, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			t.Fatalf("no tab in %q", line)
		}
		gists, products = append(gists, gist), append(products, product)
	}
	if len(gists) < 40 {
		t.Fatalf("only %d pairs", len(gists))
	}
	ctx := context.Background()
	g, err := e.Embed(ctx, gists)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Embed(ctx, products)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p {
		rank := 1
		for j := range g {
			if j != i && embedding.Dot(p[i], g[j]) >= embedding.Dot(p[i], g[i]) {
				rank++
			}
		}
		if rank == 1 {
			first += 1 / float64(len(p))
		}
		reciprocal += 1 / float64(rank) / float64(len(p))
	}
	return first, reciprocal
}

// The floors lie a little below what was measured when the table was made, so that a worse table cannot slip in.
func TestProbe(t *testing.T) {
	m, err := minilm.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		e                 embedding.Embedder
		first, reciprocal float64
	}{
		{m, 0.63, 0.74},
		{model(t), 0.36, 0.53},
	} {
		first, reciprocal := ranking(t, tt.e)
		t.Logf("%s: first %.3f, mean reciprocal rank %.3f", tt.e.Name(), first, reciprocal)
		if first < tt.first || reciprocal < tt.reciprocal {
			t.Errorf("%s: first %.3f, mean reciprocal rank %.3f; want at least %v and %v", tt.e.Name(), first, reciprocal, tt.first, tt.reciprocal)
		}
	}
}

func TestEmbed(t *testing.T) {
	m := model(t)
	texts := []string{"", " \t", "infrared camera", "thermal imager", "cheese", strings.Repeat("very long ", 1000), "\x00\xff", "東京"}
	for len(texts) < 3*share+5 {
		texts = append(texts, strings.Repeat("filler ", len(texts)%7))
	}
	batch, err := m.Embed(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range batch {
		if length := embedding.Dot(v, v); len(v) != Dimension || math.Abs(float64(length)-1) > 1e-5 {
			t.Errorf("%.20q: %d numbers of squared length %v", texts[i], len(v), length)
		}
		if i < 20 {
			one, err := m.Embed(context.Background(), texts[i:i+1])
			if err != nil || !slices.Equal(one[0], v) {
				t.Errorf("%.20q: another vector alone: %v", texts[i], err)
			}
		}
	}
	if near, far := embedding.Dot(batch[2], batch[3]), embedding.Dot(batch[2], batch[4]); near < far+0.2 {
		t.Errorf("infrared camera: thermal imager %v, cheese %v", near, far)
	}
	if got, err := m.Embed(context.Background(), nil); err != nil || len(got) != 0 {
		t.Errorf("nothing: %v, %v", got, err)
	}
}

// A caller that appends to one vector must not reach into the next.
func TestVectorsAreSeparate(t *testing.T) {
	got, err := model(t).Embed(context.Background(), []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(got[1])
	_ = append(got[0], 42)
	if !slices.Equal(before, got[1]) {
		t.Error("appending to one vector changed the next")
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := model(t).Embed(ctx, []string{"a"}); !errors.Is(err, context.Canceled) || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestAddRow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	v, row := make([]float32, Dimension), make([]int8, Dimension)
	for i := range v {
		v[i], row[i] = r.Float32(), int8(r.IntN(256)-128)
	}
	want := slices.Clone(v)
	addRowPortable(want, row, 0.37)
	addRow(v, row, 0.37)
	for i := range v {
		if math.Abs(float64(v[i]-want[i])) > 1e-5 {
			t.Fatalf("%d: got %v, want %v", i, v[i], want[i])
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{"", file[1:], "x" + file[1:]} {
		if _, err := parse(bad); err == nil || !strings.Contains(err.Error(), "scripts/statictable") {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
}

func TestConcurrent(t *testing.T) {
	m := model(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := m.Embed(context.Background(), ofForty(600)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// ofForty returns n texts of 40 pieces each, drawn from the vocabulary's words so that no two are alike: rows and look-ups then
// come from memory as they do in use.
func ofForty(n int) []string {
	tok := wordpiece.New()
	r := rand.New(rand.NewPCG(3, 4))
	texts := make([]string, n)
	for i := range texts {
		words := make([]string, 0, 40)
		for len(words) < 40 {
			word := tok.Piece(int32(1996 + r.IntN(20000)))
			if strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == "" {
				words = append(words, word)
			}
		}
		texts[i] = strings.Join(words, " ")
	}
	return texts
}

func TestBenchmarkTexts(t *testing.T) {
	for _, text := range ofForty(100) {
		if n := len(wordpiece.New().Append(nil, text, MaxPieces)); n != 40 {
			t.Errorf("%q has %d pieces, not 40", text, n)
		}
	}
}

// BenchmarkEmbed measures single texts and batches; run it with -cpu 1,2.
func BenchmarkEmbed(b *testing.B) {
	m := model(b)
	texts := ofForty(4096)
	b.Run("batch=1", func(b *testing.B) {
		for i := range b.N { // b.Loop would run the first of -cpu 1,2 on the processors of the last
			if _, err := m.Embed(context.Background(), texts[i%len(texts):][:1]); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
	})
	b.Run("batch=4096", func(b *testing.B) {
		for range b.N {
			if _, err := m.Embed(context.Background(), texts); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(texts)*b.N)/b.Elapsed().Seconds(), "texts/s")
	})
}

func BenchmarkAddRowPortable(b *testing.B) {
	v, row := make([]float32, Dimension), make([]int8, Dimension)
	for b.Loop() {
		addRowPortable(v, row, 0.37)
	}
}
