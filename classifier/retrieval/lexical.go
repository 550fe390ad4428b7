package retrieval

import (
	"math"
	"slices"

	"assay/classifier/reading"
)

// lexical is an inverted index over units, twice: by the words of all fields
// (BM25F) and by the product terms, each a small document of its own.
type lexical struct {
	words map[string]int32 // stem -> word number
	idf   []float32        // by word number, over units
	// bm25 postings: unit and its weighted term frequency, by word number.
	postings [][]posting
	terms    []term
	// termPostings lists the terms that hold a word, by word number.
	termPostings [][]int32
	units        int
}

type posting struct {
	unit int32
	tf   float32 // field-weighted, length-normalised
}

// term is one product term of a unit.
type term struct {
	unit  int32
	words []int32 // in order
	mass  float32 // sum of the words' idf
	text  string
}

// Field weights and length normalisation of BM25F: a word in a product term
// says three times as much as the same word in a gist.
const (
	termWeight = 3.0
	gistWeight = 1.0
	lengthB    = 0.6
	k1         = 1.4
)

func newLexical(units []Unit) *lexical {
	lx := &lexical{words: map[string]int32{}, units: len(units)}
	docs := lx.read(units)
	lx.postings = make([][]posting, len(lx.words))
	for i, tf := range frequencies(docs) {
		for w, f := range tf {
			lx.postings[w] = append(lx.postings[w], posting{int32(i), f})
		}
	}
	n := float64(max(len(units), 1))
	lx.idf = make([]float32, len(lx.words))
	for w, ps := range lx.postings {
		slices.SortFunc(ps, func(a, b posting) int { return int(a.unit - b.unit) })
		df := float64(len(ps))
		lx.idf[w] = float32(math.Log(1 + (n-df+0.5)/(df+0.5)))
	}
	lx.termPostings = make([][]int32, len(lx.words))
	for i := range lx.terms {
		t := &lx.terms[i]
		for k, w := range t.words {
			t.mass += lx.idf[w]
			if !slices.Contains(t.words[:k], w) {
				lx.termPostings[w] = append(lx.termPostings[w], int32(i))
			}
		}
	}
	return lx
}

// Rarity says how rare a word, given as its stem, is in the cards: the rarer
// the greater, and 0 for a word that no card has or that stands in one of
// fifty. Such words are those that cards tell goods apart by.
func (ix *Index) Rarity(stem string) float64 {
	lx := ix.cards.lexical
	w, ok := lx.words[stem]
	if !ok || len(lx.postings[w])*50 > lx.units {
		return 0
	}
	return float64(lx.idf[w])
}

// doc is a unit as the numbers of its words, in order.
type doc struct{ gist, terms []int32 }

// read numbers the words of all units and notes their product terms.
func (lx *lexical) read(units []Unit) []doc {
	docs := make([]doc, len(units))
	for i := range units {
		u := &units[i]
		docs[i].gist = lx.numbers(u.Gist, true)
		for _, t := range u.Terms {
			ws := lx.numbers(t, false)
			docs[i].terms = append(docs[i].terms, ws...)
			if u.Origin != FromPassage && len(ws) > 0 {
				lx.terms = append(lx.terms, term{unit: int32(i), words: ws, text: t})
			}
		}
	}
	return docs
}

// frequencies returns for each doc how often it holds each word: weighted by
// the field, normalised by the length of the field.
func frequencies(docs []doc) []map[int32]float32 {
	var gistLen, termLen float64
	for _, d := range docs {
		gistLen += float64(len(d.gist))
		termLen += float64(len(d.terms))
	}
	n := float64(max(len(docs), 1))
	gistLen, termLen = max(gistLen/n, 1), max(termLen/n, 1)
	out := make([]map[int32]float32, len(docs))
	for i, d := range docs {
		tf := map[int32]float32{}
		gistNorm := float32(gistWeight / (1 - lengthB + lengthB*float64(len(d.gist))/gistLen))
		termNorm := float32(termWeight / (1 - lengthB + lengthB*float64(len(d.terms))/termLen))
		for _, w := range d.gist {
			tf[w] += gistNorm
		}
		for _, w := range d.terms {
			tf[w] += termNorm
		}
		out[i] = tf
	}
	return out
}

// numbers returns the word numbers of text, making new ones as needed. Bare
// numbers say nothing in a gist, but belong to a term such as "MIL-STD-1553".
func (lx *lexical) numbers(text string, dropNumbers bool) []int32 {
	var out []int32
	for _, tok := range reading.Tokens(text) {
		if reading.Ignored(tok.Stem) || tok.Kind == reading.Part || dropNumbers && tok.Kind == reading.Number {
			continue
		}
		w, ok := lx.words[tok.Stem]
		if !ok {
			w = int32(len(lx.words))
			lx.words[tok.Stem] = w
		}
		out = append(out, w)
	}
	return out
}

// Match is a product term found in the description.
type Match struct {
	Term string
	// Coverage is the share of the term's weight that stands in the text, 1 for all.
	Coverage float64
	// Spans are the byte ranges of the matching words in the query's text.
	Spans [][2]int
}

// query is a description prepared for lexical search.
type query struct {
	text   string
	tokens []reading.Token
	weight []float32 // of each token: where in the text it stands
}

// bm25 adds the BM25F score of every unit to scores.
func (lx *lexical) bm25(q query, scores []float32) {
	for _, a := range lx.asked(q) {
		for _, p := range lx.postings[a.word] {
			scores[p.unit] += bm25(a.weight, p.tf)
		}
	}
}

// bm25 is what one word adds to a unit's score.
func bm25(weight, tf float32) float32 { return weight * tf * (k1 + 1) / (k1 + tf) }

// askedWord is a word of a query that the index knows.
type askedWord struct {
	word   int32
	weight float32 // its rarity times the weight of where it stands
}

// asked returns the words of q that count, by number: the order of float
// additions must not depend on a map.
func (lx *lexical) asked(q query) []askedWord {
	seen := map[int32]float32{}
	for i, tok := range q.tokens {
		if w, ok := lx.words[tok.Stem]; ok && tok.Kind != reading.Number && !reading.Ignored(tok.Stem) {
			seen[w] = max(seen[w], q.weight[i])
		}
	}
	out := make([]askedWord, 0, len(seen))
	for w, where := range seen {
		out = append(out, askedWord{w, lx.idf[w] * where})
	}
	slices.SortFunc(out, func(a, b askedWord) int { return int(a.word - b.word) })
	return out
}

// minCoverage is how much of a term's weight must stand in the text for the
// term to count at all.
const minCoverage = 0.7

// found is a term that the description holds, wholly or mostly.
type found struct {
	term     int32
	coverage float32
	score    float32
}

// findTerms returns the terms of the index that the description holds, by unit.
// A term scores its weight in rare words times the square of its coverage; words that
// stand together and in order count in full, scattered ones by half.
func (lx *lexical) findTerms(q query) map[int32][]found {
	positions := map[int32][]int{} // word number -> token positions
	var order []int32
	for i, tok := range q.tokens {
		if w, ok := lx.words[tok.Stem]; ok && !reading.Ignored(tok.Stem) {
			if positions[w] == nil {
				order = append(order, w)
			}
			positions[w] = append(positions[w], i)
		}
	}
	mass := map[int32]float32{} // term -> weight of its words present
	var touched []int32
	for _, w := range order {
		for _, t := range lx.termPostings[w] {
			if _, ok := mass[t]; !ok {
				touched = append(touched, t)
			}
			mass[t] += lx.idf[w]
		}
	}
	byUnit := map[int32][]found{}
	for _, t := range touched {
		term := &lx.terms[t]
		var present, where float32
		for _, w := range term.words {
			if ps := positions[w]; ps != nil {
				present += lx.idf[w]
				best := float32(0)
				for _, p := range ps {
					best = max(best, q.weight[p])
				}
				where += lx.idf[w] * best
			}
		}
		coverage := present / term.mass
		if coverage < minCoverage {
			continue
		}
		closeness := float32(1)
		if len(term.words) > 1 {
			closeness = lx.closeness(term, positions)
		}
		byUnit[term.unit] = append(byUnit[term.unit], found{t, coverage, where * coverage * coverage * closeness})
	}
	for _, fs := range byUnit {
		slices.SortFunc(fs, func(a, b found) int {
			if a.score != b.score {
				if a.score > b.score {
					return -1
				}
				return 1
			}
			return int(a.term - b.term)
		})
	}
	return byUnit
}

// closeness is 1 for words that follow one another as in the term, down to 0.5
// for words that are far apart.
func (lx *lexical) closeness(t *term, positions map[int32][]int) float32 {
	pairs, near := 0, float32(0)
	previous := int32(-1)
	for _, w := range t.words {
		if positions[w] == nil {
			continue
		}
		if previous >= 0 {
			pairs++
			gap := 1 << 30
			for _, a := range positions[previous] {
				for _, b := range positions[w] {
					d := b - a
					if d < 0 {
						d = -d + 1 // the other order is a little less alike
					}
					if d > 0 {
						gap = min(gap, d)
					}
				}
			}
			switch {
			case gap <= 1:
				near += 1
			case gap <= 3:
				near += 0.75
			case gap <= 8:
				near += 0.4
			}
		}
		previous = w
	}
	if pairs == 0 {
		return 0.75
	}
	return 0.5 + 0.5*near/float32(pairs)
}

// spans returns where the words of the term stand in the query.
func (lx *lexical) spans(t int32, q query) [][2]int {
	var out [][2]int
	for _, tok := range q.tokens {
		if w, ok := lx.words[tok.Stem]; ok && slices.Contains(lx.terms[t].words, w) {
			if n := len(out); n > 0 && tok.Start <= out[n-1][1]+1 {
				out[n-1][1] = max(out[n-1][1], tok.End)
				continue
			}
			out = append(out, [2]int{tok.Start, tok.End})
		}
	}
	return out
}
