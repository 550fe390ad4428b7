package retrieval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"assay/classifier/embedding"
	"assay/classifier/reading"
	"assay/corpus"
	"assay/corpus/digest"
)

// Weights say how much each kind of evidence counts in the fused score. A zero
// weight leaves that kind of search out.
type Weights struct {
	Terms float64 // product terms of cards
	Words float64 // BM25F
	Dense float64 // cosine of vectors
	// Entry is the share of an entry's own score that its paragraphs inherit.
	Entry float64
}

// The configurations that evaluation compares.
var (
	Fused       = Weights{Terms: 0.30, Words: 0.50, Dense: 0.80, Entry: 0.25}
	LexicalOnly = Weights{Words: 1}
	DenseOnly   = Weights{Dense: 1}
)

// Index finds units. Build it once; it is safe for concurrent searches.
type Index struct {
	embedder embedding.Embedder // nil: lexical only
	weights  Weights
	cards    *segment
	editions []*segment
}

// segment is a part of the index with rarities of its own: the cards and goods,
// or the passages of one edition.
type segment struct {
	units   []Unit
	entry   []int32 // by unit: its card's own unit, or itself
	lexical *lexical
	dense   *dense
	edition *corpus.Meta
	scratch sync.Pool // of *scratch
}

// New makes an index over the digest. vectors are those of DigestTexts(d), made
// by e; with a nil e the search is lexical.
func New(d *digest.Digest, e embedding.Embedder, vectors Matrix, w Weights) (*Index, error) {
	seg, err := newSegment(cardUnits(d), e, vectors, nil)
	if err != nil {
		return nil, fmt.Errorf("indexing the digest: %w", err)
	}
	if lexical := w.Terms + w.Words; e == nil && lexical > 0 {
		// Without vectors the words take over their weight, so that scores keep their meaning.
		w.Terms, w.Words, w.Dense = w.Terms*(1+w.Dense/lexical), w.Words*(1+w.Dense/lexical), 0
	}
	return &Index{embedder: e, weights: w, cards: seg}, nil
}

// Cards returns an index of the same cards and weights without editions. It
// shares what it has with ix, and costs nothing.
func (ix *Index) Cards() *Index {
	return &Index{embedder: ix.embedder, weights: ix.weights, cards: ix.cards}
}

// Add puts the passages of an imported edition beside the cards. vectors are
// those of EditionTexts(ed). It must not run beside searches.
func (ix *Index) Add(ed *corpus.Edition, vectors Matrix) error {
	seg, err := newSegment(passageUnits(ed), ix.embedder, vectors, &ed.Meta)
	if err != nil {
		return fmt.Errorf("indexing %s: %w", ed.ID(), err)
	}
	ix.editions = append(ix.editions, seg)
	return nil
}

func newSegment(units []Unit, e embedding.Embedder, m Matrix, edition *corpus.Meta) (*segment, error) {
	s := &segment{units: units, entry: make([]int32, len(units)), lexical: newLexical(units), edition: edition}
	s.scratch.New = func() any { return newScratch(len(units)) }
	for i := range units {
		s.entry[i] = int32(i)
		if u := &units[i]; u.Origin == FromCard && u.Designator != "" {
			for e := i - 1; e >= 0; e-- {
				if units[e].Card == u.Card && units[e].Designator == "" {
					s.entry[i] = int32(e)
					break
				}
			}
		}
	}
	if e == nil {
		return s, nil
	}
	if dim := e.Dimension(); dim != 0 && m.Dim != dim {
		return nil, &embedding.MismatchError{HaveDim: m.Dim, WantName: e.Name(), WantDim: dim}
	}
	var err error
	s.dense, err = newDense(units, m)
	return s, err
}

// Query is what is searched for.
type Query struct {
	// Name is weighed above the rest of the text: it usually says what the
	// product is, where the description also says what it is used with.
	Name string
	Text string // everything else
}

// Hit is a unit that was found.
type Hit struct {
	*Unit
	Score   float64 // fused, 0 to about 1.5
	Terms   float64 // saturated evidence of product terms, 0 to 1
	Words   float64 // saturated BM25F, 0 to 1
	Cosine  float64 // to the nearest vector of the unit
	Matches []Match // spans are byte offsets in Result.Text
}

// Result holds the hits of a search: cards and goods in one ranking, passages
// of each edition in another, because their scores do not compare.
type Result struct {
	// Text is what was searched for: name, line break, text. Spans refer to it.
	Text     string
	Cards    []Hit
	Passages []Hit
}

// Search returns up to limit cards-and-goods and up to limit passages per
// edition, best first. Passages come from the editions of the given lists only;
// cards are not filtered, because a card of another list is evidence too.
func (ix *Index) Search(ctx context.Context, q Query, lists []corpus.ListID, limit int) (Result, error) {
	asked, err := ix.Ask(ctx, q)
	if err != nil {
		return Result{}, err
	}
	return ix.SearchAsked(asked, lists, limit), nil
}

// Asked is a query that has been read and embedded, once for all places that
// are searched with it.
type Asked struct {
	query query
	// Vectors holds the vector of the whole text and, when the name is weighed
	// by itself, that of the name. It is empty in a lexical search.
	Vectors [][]float32
}

// Ask reads q and embeds it.
func (ix *Index) Ask(ctx context.Context, q Query) (*Asked, error) {
	text := q.Name + "\n" + q.Text
	asked := &Asked{query: newQuery(text, len(q.Name))}
	if ix.embedder != nil && ix.weights.Dense > 0 {
		texts := []string{clip(text, 2000)}
		if len(q.Name) > 3 && len(q.Text) > 0 {
			texts = append(texts, clip(q.Name, 300))
		}
		var err error
		if asked.Vectors, err = ix.embedder.Embed(ctx, texts); err != nil {
			return nil, fmt.Errorf("embedding the description: %w", err)
		}
	}
	return asked, ctx.Err()
}

// SearchAsked is Search for a query that was asked already.
func (ix *Index) SearchAsked(asked *Asked, lists []corpus.ListID, limit int) Result {
	result := Result{Text: asked.query.text, Cards: ix.search(ix.cards, asked.query, asked.Vectors, limit)}
	for _, seg := range ix.editions {
		if len(lists) == 0 || slices.Contains(lists, seg.edition.List) {
			result.Passages = append(result.Passages, ix.search(seg, asked.query, asked.Vectors, limit)...)
		}
	}
	return result
}

// Saturation points: the raw score at which evidence counts half.
const (
	halfTerms = 6.0
	halfWords = 12.0
	// A cosine below floor is what any two technical texts have in common.
	cosineFloor, cosineCeiling = 0.15, 0.85
)

func (ix *Index) search(seg *segment, q query, vectors [][]float32, limit int) []Hit {
	n := len(seg.units)
	buf := seg.scratch.Get().(*scratch)
	defer seg.scratch.Put(buf)
	buf.clear()
	var matches map[int32][]found
	if ix.weights.Words > 0 {
		seg.lexical.bm25(q, buf.words)
	}
	if ix.weights.Terms > 0 {
		matches = seg.lexical.findTerms(q)
		for unit, fs := range matches {
			// Several terms of one unit support each other, each less than the one before.
			share := float32(1)
			for _, f := range fs[:min(len(fs), 4)] {
				buf.terms[unit] += f.score * share
				share *= 0.4
			}
		}
	}
	if seg.dense != nil && len(vectors) > 0 {
		scores := [][]float32{buf.cosine, buf.byName}
		seg.dense.similarity(vectors, scores[:len(vectors)])
		for u, byName := range buf.byName {
			buf.cosine[u] = blend(buf.cosine[u], byName)
		}
	}
	for i := range n {
		buf.scores[i] = ix.weights.fuse(buf.terms[i], buf.words[i], buf.cosine[i])
	}
	if share := ix.weights.Entry; share > 0 {
		// A paragraph inherits from its entry: words such as "laser" are said
		// once, there. Backwards, because an entry stands before its paragraphs.
		for i := n - 1; i >= 0; i-- {
			if e := seg.entry[i]; e != int32(i) {
				buf.scores[i] = (1-share)*buf.scores[i] + share*buf.scores[e]
			}
		}
	}
	best := seg.top(buf.scores, limit)
	hits := make([]Hit, len(best))
	for k, i := range best {
		hits[k] = Hit{Unit: &seg.units[i], Score: buf.scores[i], Terms: saturate(float64(buf.terms[i]), halfTerms),
			Words: saturate(float64(buf.words[i]), halfWords), Cosine: float64(buf.cosine[i]), Matches: seg.matches(matches[i], q)}
	}
	return hits
}

// scratch holds the scores of every unit during one search.
type scratch struct {
	words, terms, cosine, byName []float32
	scores                       []float64
}

func newScratch(n int) *scratch {
	return &scratch{make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n), make([]float64, n)}
}

func (s *scratch) clear() {
	clear(s.words)
	clear(s.terms)
	clear(s.cosine)
	clear(s.byName)
}

// top returns the numbers of the n best units, best first, ties by code. It
// rounds scores first: vectors differ in their last digits between processors,
// and rankings must not.
func (s *segment) top(scores []float64, n int) []int32 {
	better := func(a, b int32) bool {
		if scores[a] != scores[b] {
			return scores[a] > scores[b]
		}
		return cmp.Or(cmp.Compare(s.units[a].Code, s.units[b].Code), cmp.Compare(a, b)) < 0
	}
	// heap[0] is the worst of the best n so far.
	heap := make([]int32, 0, n)
	for i := range scores {
		scores[i] = round(scores[i])
		u := int32(i)
		if len(heap) < n {
			heap = append(heap, u)
			for c := len(heap) - 1; c > 0 && better(heap[(c-1)/2], heap[c]); c = (c - 1) / 2 {
				heap[c], heap[(c-1)/2] = heap[(c-1)/2], heap[c]
			}
			continue
		}
		if n == 0 || !better(u, heap[0]) {
			continue
		}
		heap[0] = u
		for p := 0; ; {
			c := 2*p + 1
			if c >= n {
				break
			}
			if c+1 < n && better(heap[c], heap[c+1]) {
				c++
			}
			if !better(heap[p], heap[c]) {
				break
			}
			heap[p], heap[c] = heap[c], heap[p]
			p = c
		}
	}
	slices.SortFunc(heap, func(a, b int32) int {
		if better(a, b) {
			return -1
		}
		return 1
	})
	return heap
}

func (s *segment) matches(fs []found, q query) []Match {
	out := make([]Match, 0, min(len(fs), 6))
	for _, f := range fs[:min(len(fs), 6)] {
		out = append(out, Match{Term: s.lexical.terms[f.term].text, Coverage: float64(f.coverage), Spans: s.lexical.spans(f.term, q)})
	}
	return out
}

func newQuery(text string, nameEnd int) query {
	q := query{text: text, tokens: reading.Tokens(text)}
	q.weight = make([]float32, len(q.tokens))
	for i, tok := range q.tokens {
		switch {
		case tok.Start < nameEnd:
			q.weight[i] = 1.3
		case tok.Start < nameEnd+200:
			q.weight[i] = 1
		default:
			q.weight[i] = 0.8
		}
	}
	return q
}

// fuse puts the three kinds of evidence together.
func (w Weights) fuse(terms, words, cosine float32) float64 {
	return w.Terms*saturate(float64(terms), halfTerms) +
		w.Words*saturate(float64(words), halfWords) +
		w.Dense*scaleCosine(float64(cosine))
}

// blend lets the name's own cosine lift that of the whole text, half way.
func blend(whole, name float32) float32 { return max(whole, 0.5*whole+0.5*name) }

func round(score float64) float64 { return math.Round(score*1e4) / 1e4 }

func saturate(x, half float64) float64 { return x / (x + half) }

func scaleCosine(c float64) float64 {
	return max(0, min(1, (c-cosineFloor)/(cosineCeiling-cosineFloor)))
}
