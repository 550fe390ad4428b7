package retrieval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

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
	Fused       = Weights{Terms: 0.50, Words: 0.15, Dense: 0.55, Entry: 0.35}
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

type segment struct {
	units   []Unit
	lexical *lexical
	dense   *dense
	edition *corpus.Meta
}

// New makes an index over the digest. vectors are those of DigestTexts(d), made
// by e; with a nil e the search is lexical.
func New(d *digest.Digest, e embedding.Embedder, vectors Matrix, w Weights) (*Index, error) {
	seg, err := newSegment(cardUnits(d), e, vectors, nil)
	if err != nil {
		return nil, fmt.Errorf("indexing the digest: %w", err)
	}
	return &Index{embedder: e, weights: w, cards: seg}, nil
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
	s := &segment{units: units, lexical: newLexical(units), edition: edition}
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
	text := q.Name + "\n" + q.Text
	result := Result{Text: text}
	lq := newQuery(text, len(q.Name))
	var vectors [][]float32
	if ix.embedder != nil && ix.weights.Dense > 0 {
		texts := []string{clip(text, 2000)}
		if len(q.Name) > 3 && len(q.Text) > 0 {
			texts = append(texts, clip(q.Name, 300))
		}
		var err error
		if vectors, err = ix.embedder.Embed(ctx, texts); err != nil {
			return Result{}, fmt.Errorf("embedding the description: %w", err)
		}
	}
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	result.Cards = ix.search(ix.cards, lq, vectors, limit)
	for _, seg := range ix.editions {
		if len(lists) == 0 || slices.Contains(lists, seg.edition.List) {
			result.Passages = append(result.Passages, ix.search(seg, lq, vectors, limit)...)
		}
	}
	return result, nil
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
	words, cosine := make([]float32, n), make([]float32, n)
	terms := make([]float32, n)
	var matches map[int32][]found
	if ix.weights.Words > 0 {
		seg.lexical.bm25(q, words)
	}
	if ix.weights.Terms > 0 {
		matches = seg.lexical.findTerms(q)
		for unit, fs := range matches {
			// Several terms of one unit support each other, each less than the one before.
			share := float32(1)
			for _, f := range fs[:min(len(fs), 4)] {
				terms[unit] += f.score * share
				share *= 0.4
			}
		}
	}
	if seg.dense != nil {
		for i, v := range vectors {
			if i == 0 {
				seg.dense.similarity(v, cosine)
				continue
			}
			byName := make([]float32, n)
			seg.dense.similarity(v, byName)
			for u := range cosine {
				cosine[u] = max(cosine[u], 0.5*cosine[u]+0.5*byName[u])
			}
		}
	}
	hits := make([]Hit, n)
	for i := range hits {
		h := Hit{Unit: &seg.units[i], Cosine: float64(cosine[i])}
		h.Terms = saturate(float64(terms[i]), halfTerms)
		h.Words = saturate(float64(words[i]), halfWords)
		h.Score = ix.weights.Terms*h.Terms + ix.weights.Words*h.Words + ix.weights.Dense*scaleCosine(h.Cosine)
		hits[i] = h
	}
	if ix.weights.Entry > 0 {
		inherit(hits, ix.weights.Entry)
	}
	for i := range hits {
		// Vectors differ in the last digits between processors; rankings must not.
		hits[i].Score = math.Round(hits[i].Score*1e4) / 1e4
	}
	best := top(hits, limit)
	for i := range best {
		best[i].Matches = seg.matches(best[i].Unit, matches, q)
	}
	return best
}

// inherit adds a share of an entry's own score to each of its paragraphs: words
// such as "laser" are said once, at the entry.
func inherit(hits []Hit, share float64) {
	own := map[*corpus.Card]float64{}
	for _, h := range hits {
		if h.Origin == FromCard && h.Designator == "" {
			own[h.Card] = h.Score
		}
	}
	for i := range hits {
		if h := &hits[i]; h.Origin == FromCard && h.Designator != "" {
			h.Score = (1-share)*h.Score + share*own[h.Card]
		}
	}
}

func (s *segment) matches(u *Unit, byUnit map[int32][]found, q query) []Match {
	index := int32(-1)
	for i := range s.units {
		if &s.units[i] == u {
			index = int32(i)
			break
		}
	}
	fs := byUnit[index]
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

func saturate(x, half float64) float64 { return x / (x + half) }

func scaleCosine(c float64) float64 {
	return max(0, min(1, (c-cosineFloor)/(cosineCeiling-cosineFloor)))
}

// top returns the n best hits, ties broken by code.
func top(hits []Hit, n int) []Hit {
	slices.SortFunc(hits, func(a, b Hit) int {
		if c := cmp.Compare(b.Score, a.Score); c != 0 {
			return c
		}
		return cmp.Compare(a.Code, b.Code)
	})
	if len(hits) > n {
		hits = slices.Clone(hits[:n])
	}
	return hits
}
