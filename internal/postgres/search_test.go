package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"assay/classifier/embedding"
	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/digest"
	"assay/corpus/shelf"
	"assay/internal/postgres/postgrestest"
)

var words = strings.Fields(`laser pump valve reactor sensor amplifier gyroscope accelerometer camera furnace mill router antenna
	battery vaccine drone sonar telescope resin fibre nozzle compressor bearing magnet detector oscillator mixer filter cable switch
	cooled pulsed steady precise sealed rugged ceramic titanium tungsten optical digital analogue thermal acoustic portable airborne`)

// list makes an edition of n entries, each with two paragraphs, of random words.
func list(n int) *corpus.Edition {
	r := rand.New(rand.NewPCG(7, 7))
	text := func() string {
		var b strings.Builder
		for range 4 + r.IntN(12) {
			// a few words are common and most are rare, as in any language
			fmt.Fprintf(&b, "%s ", words[int(float64(len(words))*r.Float64()*r.Float64())])
		}
		return strings.TrimSpace(b.String())
	}
	e := &corpus.Edition{Meta: corpus.Meta{List: corpus.USCCL, Date: "2026-06-24", Title: "random", Language: "en", Format: "test", Source: "x", SHA256: strings.Repeat("a", 64)}}
	for i := range n {
		code := fmt.Sprintf("%d%c%03d", i/1000%10, 'A'+i/100%5, i%1000)
		e.Passages = append(e.Passages,
			corpus.Passage{ID: code, Code: code, Kind: corpus.KindEntry, Text: text()},
			corpus.Passage{ID: code + ".a", Code: code + ".a", Kind: corpus.KindParagraph, Label: "a.", Text: text()},
			corpus.Passage{ID: code + ".b", Code: code + ".b", Kind: corpus.KindParagraph, Label: "b.", Text: text()})
	}
	return e
}

// hashed embeds a text as the sum of a random direction for each of its words.
type hashed struct{ dim int }

func (h hashed) Name() string   { return "hashed" }
func (h hashed) Dimension() int { return h.dim }
func (h hashed) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		v := make([]float32, h.dim)
		for _, w := range strings.Fields(strings.ToLower(t)) {
			seed := uint64(0)
			for _, b := range []byte(w) {
				seed = seed*131 + uint64(b)
			}
			r := rand.New(rand.NewPCG(seed, 1))
			for j := range v {
				v[j] += float32(r.NormFloat64())
			}
		}
		embedding.Normalize(v)
		out[i] = v
	}
	return out, nil
}

func index(t *testing.T, e embedding.Embedder) *retrieval.Index {
	t.Helper()
	d, err := digest.Load(fstest.MapFS{"cards/x.yaml": {Data: []byte("entry: 6A005\nlists: {us-ccl: {}}\ngist: Lasers.\nterms: [laser source]\n")},
		"goods/x.yaml": {Data: []byte("goods: garden-tools\ngist: Tools for gardens.\nterms: [garden hose]\n")}})
	if err != nil {
		t.Fatal(err)
	}
	var m retrieval.Matrix
	if e != nil {
		rows, _ := e.Embed(t.Context(), retrieval.DigestTexts(d))
		q, err := embedding.Quantise(rows)
		if err != nil {
			t.Fatal(err)
		}
		m = retrieval.Unpack(q)
	}
	ix, err := retrieval.New(d, e, m, retrieval.Fused)
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// stored puts ed and its vectors into s.
func stored(t *testing.T, s *Store, ed *corpus.Edition, e embedding.Embedder) (shelf.VectorKey, retrieval.Matrix) {
	t.Helper()
	if _, err := s.Put(t.Context(), ed); err != nil {
		t.Fatal(err)
	}
	texts := retrieval.EditionTexts(ed)
	key := shelf.VectorKey{Edition: ed.ID(), Content: shelf.HashTexts(texts), Model: e.Name(), Dim: e.Dimension()}
	rows, _ := e.Embed(t.Context(), texts)
	q, err := embedding.Quantise(rows)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveVectors(t.Context(), key, q); err != nil {
		t.Fatal(err)
	}
	return key, retrieval.Unpack(q)
}

var queries = []retrieval.Query{
	{Name: "Pulsed laser", Text: "titanium sealed, thermal camera with precise optical filter"},
	{Text: "airborne antenna amplifier for drone sonar"},
	{Name: "Reactor", Text: "ceramic reactor and nozzle compressor, cooled valve pump"},
	{Text: "nothing that the list speaks of"},
	{Text: "it's a \"quoted\" & (tricky) | laser:* !pump <-> \\ valve"},
	{Name: "激光器", Text: "лазер"},
}

// TestSearchIsThatOfTheIndex compares whole rankings where the database
// proposes every passage: order, scores and evidence are then the same.
func TestSearchIsThatOfTheIndex(t *testing.T) {
	for _, tc := range []struct {
		name string
		e    embedding.Embedder
	}{{"vectors", hashed{32}}, {"words only", nil}} {
		t.Run(tc.name, func(t *testing.T) {
			s := open(t, postgrestest.URL(t))
			ed := list(60) // 180 passages, and twice a hundred are proposed
			memory, searcher := index(t, tc.e), s.Searcher(index(t, tc.e))
			var key *shelf.VectorKey
			var m retrieval.Matrix
			if tc.e != nil {
				k, v := stored(t, s, ed, tc.e)
				key, m = &k, v
			} else if _, err := s.Put(t.Context(), ed); err != nil {
				t.Fatal(err)
			}
			if err := memory.Add(ed, m); err != nil {
				t.Fatal(err)
			}
			if err := searcher.Add(t.Context(), ed, key); err != nil {
				t.Fatal(err)
			}
			for _, q := range queries {
				want, err := memory.Search(t.Context(), q, nil, 100)
				if err != nil {
					t.Fatal(err)
				}
				got, err := searcher.Search(t.Context(), q, nil, 100)
				if err != nil {
					t.Fatalf("%q: %v", q.Text, err)
				}
				if got.Text != want.Text || len(got.Cards) != len(want.Cards) {
					t.Errorf("%q: other cards", q.Text)
				}
				same(t, q, got.Passages, want.Passages, tc.e == nil)
			}
			other, err := searcher.Search(t.Context(), queries[0], []corpus.ListID{corpus.EUDualUse}, 100)
			if err != nil || len(other.Passages) != 0 {
				t.Errorf("a search of another list finds %d passages, %v", len(other.Passages), err)
			}
		})
	}
}

// same compares rankings. Without vectors the database leaves passages that
// hold no word of the query out, where the index returns them with score 0.
func same(t *testing.T, q retrieval.Query, got, want []retrieval.Hit, dropZeros bool) {
	t.Helper()
	if dropZeros {
		for i, h := range want {
			if h.Score == 0 {
				want = want[:i]
				break
			}
		}
	}
	if len(got) != len(want) {
		t.Errorf("%q: %d passages, in memory %d", q.Text, len(got), len(want))
		return
	}
	for i := range want {
		g, w := got[i], want[i]
		if g.Code != w.Code || g.Passage.ID != w.Passage.ID || g.Score != w.Score || g.Words != w.Words || math.Abs(g.Cosine-w.Cosine) > 1e-5 {
			t.Errorf("%q, place %d: %s %.4f (words %v, cosine %v), in memory %s %.4f (%v, %v)", q.Text, i+1, g.Code, g.Score, g.Words, g.Cosine, w.Code, w.Score, w.Words, w.Cosine)
			return
		}
	}
}

// TestLargeSetsUseTheIndex makes every set count as large, and holds the HNSW
// search against the exact one.
func TestLargeSetsUseTheIndex(t *testing.T) {
	s := open(t, postgrestest.URL(t))
	s.exact = 0
	e := hashed{256}
	ed := list(700)
	key, _ := stored(t, s, ed, e)
	near, exact := s.Searcher(index(t, e)), s.Searcher(index(t, e))
	for _, x := range []*Searcher{near, exact} {
		if err := x.Add(t.Context(), ed, &key); err != nil {
			t.Fatal(err)
		}
	}
	asked, err := near.cards.Ask(t.Context(), queries[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.pool.Exec(t.Context(), `ANALYZE passage_vector`); err != nil {
		t.Fatal(err)
	}
	sql, args := near.lists[0].query(asked, 40, 0)
	rows, err := s.pool.Query(t.Context(), `EXPLAIN `+sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	var line string
	for rows.Next() {
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if !strings.Contains(plan.String(), "passage_vector_256") {
		t.Errorf("the plan does without the HNSW index:\n%s", plan.String())
	}
	found, all := 0, 0
	for _, q := range queries {
		a, err := near.Search(t.Context(), q, nil, 10)
		if err != nil {
			t.Fatal(err)
		}
		s.exact = exactBelow
		b, err := exact.Search(t.Context(), q, nil, 10)
		s.exact = 0
		if err != nil {
			t.Fatal(err)
		}
		in := map[string]bool{}
		for _, h := range a.Passages {
			in[h.Passage.ID] = true
		}
		for _, h := range b.Passages {
			if h.Score == 0 {
				continue // which of the passages that say nothing come last is chance
			}
			all++
			if in[h.Passage.ID] {
				found++
			}
		}
	}
	if recall := float64(found) / float64(all); all < 20 || recall < 0.98 {
		t.Errorf("recall %.3f of %d passages, want 0.98", recall, all)
	}
}

func TestVectorsOfSomethingElseAreRefused(t *testing.T) {
	s := open(t, postgrestest.URL(t))
	e := hashed{32}
	ed := list(20)
	key, _ := stored(t, s, ed, e)
	change := func(f func(k *shelf.VectorKey)) *shelf.VectorKey {
		k := key
		f(&k)
		return &k
	}
	for name, tc := range map[string]struct {
		key  *shelf.VectorKey
		want error
	}{
		"another model":     {change(func(k *shelf.VectorKey) { k.Model = "other" }), shelf.ErrNotFound},
		"another dimension": {change(func(k *shelf.VectorKey) { k.Dim = 64 }), shelf.ErrStaleVectors},
		"another text":      {change(func(k *shelf.VectorKey) { k.Content = "x" }), shelf.ErrStaleVectors},
	} {
		err := s.Searcher(index(t, e)).Add(t.Context(), ed, tc.key)
		if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), "have to be computed") {
			t.Errorf("%s: %v", name, err)
		}
	}
	few, _ := embedding.Quantise([][]float32{make([]float32, 32)})
	if err := s.SaveVectors(t.Context(), key, few); err != nil {
		t.Fatal(err)
	}
	if err := s.Searcher(index(t, e)).Add(t.Context(), ed, &key); !errors.Is(err, shelf.ErrStaleVectors) {
		t.Errorf("one vector for all: %v", err)
	}
	changed := list(20)
	changed.Passages[1].Text = "something else"
	if err := s.Searcher(index(t, e)).Add(t.Context(), changed, nil); !errors.Is(err, shelf.ErrConflict) {
		t.Errorf("an edition that is not the stored one: %v", err)
	}
}

// TestEditionChangesUnderARunningSearcher replaces and then removes what a
// searcher answers from.
func TestEditionChangesUnderARunningSearcher(t *testing.T) {
	s := open(t, postgrestest.URL(t))
	e := hashed{32}
	ed := list(20)
	key, _ := stored(t, s, ed, e)
	x := s.Searcher(index(t, e))
	if err := x.Add(t.Context(), ed, &key); err != nil {
		t.Fatal(err)
	}
	before, err := x.Search(t.Context(), queries[0], nil, 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Replace(t.Context(), list(30)); err != nil {
		t.Fatal(err)
	}
	after, err := x.Search(t.Context(), queries[0], nil, 5)
	if err != nil {
		t.Fatal(err)
	}
	same(t, queries[0], after.Passages, before.Passages, false)
	if err := s.Remove(t.Context(), ed.ID()); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Search(t.Context(), queries[0], nil, 5); !errors.Is(err, shelf.ErrGone) {
		t.Errorf("after removal: %v", err)
	}
}

func TestManySearchersAtOnce(t *testing.T) {
	address := postgrestest.URL(t)
	e := hashed{32}
	ed := list(60)
	key, _ := stored(t, open(t, address), ed, e)
	var first []retrieval.Hit
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 { // processes that start at once and make the sheets of one edition
		s, ix := open(t, address), index(t, e)
		wg.Go(func() {
			x := s.Searcher(ix)
			if err := x.Add(t.Context(), ed, &key); err != nil {
				t.Error(err)
				return
			}
			for range 10 {
				r, err := x.Search(t.Context(), queries[0], nil, 20)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if first == nil {
					first = r.Passages
				}
				same(t, queries[0], r.Passages, first, false)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	gone, stop := context.WithCancel(t.Context())
	stop()
	s := open(t, address)
	x := s.Searcher(index(t, e))
	if err := x.Add(t.Context(), ed, &key); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Search(gone, queries[0], nil, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("a search that was given up: %v", err)
	}
}
