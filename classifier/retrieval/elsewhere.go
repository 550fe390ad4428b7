package retrieval

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"assay/corpus"
)

// A database can hold the passages of an edition in place of the Index. It gets
// a Sheet for each, proposes candidates by its own means, and a Scorer ranks
// these as the Index would have ranked them: same words, same numbers, same
// ties. What the database does not propose is lost, nothing else differs. The
// Scorer keeps the word counts of the passages, a few hundred bytes each, so that the
// database need not send them with every candidate.

// Sheets are an edition made ready to be searched elsewhere.
type Sheets struct {
	Words []Word // by number
	Units []Sheet
}

// Word is a stem that the edition holds, and its rarity there.
type Word struct {
	Stem   string
	Rarity float32
}

// Sheet is what is known of one passage's words.
type Sheet struct {
	Own   []int32 // numbers of the words of its own text, in order
	Above []int32 // and of the texts above it
	// Frequencies holds the number and the weighted frequency of each word once,
	// for Scorer.Rank.
	Frequencies []byte
}

// PassageUnits returns the units of ed in a fixed order. Unit i has sheet i of
// NewSheets, and vector i of those made of EditionTexts.
func PassageUnits(ed *corpus.Edition) []Unit { return passageUnits(ed) }

// NewSheets makes the sheets of units, which are those of one whole edition:
// rarities are counted over them.
func NewSheets(units []Unit) Sheets {
	lx := newLexical(units)
	s := Sheets{Words: make([]Word, len(lx.words)), Units: make([]Sheet, len(units))}
	for stem, w := range lx.words {
		s.Words[w] = Word{stem, lx.idf[w]}
	}
	docs := lx.read(units)
	for i, tf := range frequencies(docs) {
		words := make([]int32, 0, len(tf))
		for w := range tf {
			words = append(words, w)
		}
		slices.Sort(words)
		packed := make([]byte, 0, frequencySize*len(words))
		for _, w := range words {
			packed = binary.LittleEndian.AppendUint32(packed, uint32(w))
			packed = binary.LittleEndian.AppendUint32(packed, math.Float32bits(tf[w]))
		}
		s.Units[i] = Sheet{Own: docs[i].terms, Above: docs[i].gist, Frequencies: packed}
	}
	return s
}

const frequencySize = 8 // uint32 and float32, little-endian

// SheetVersion changes whenever sheets come out differently for the same text:
// stored ones of another version have to be made again.
const SheetVersion = 1

// Scorer ranks passages of one edition that lie elsewhere. It is safe for
// concurrent use.
type Scorer struct {
	lexical *lexical
	weights Weights
	units   []Unit
	counts  [][]byte // by unit: Sheet.Frequencies
	spread  []int    // by word: how many units have it
}

// Scorer returns the Scorer of an edition: its units, the words of its sheets,
// and the Frequencies of each sheet. Scores have the weights of ix.
func (ix *Index) Scorer(units []Unit, words []Word, frequencies [][]byte) (*Scorer, error) {
	if len(frequencies) != len(units) {
		return nil, fmt.Errorf("%d sheets for %d passages", len(frequencies), len(units))
	}
	lx := &lexical{words: make(map[string]int32, len(words)), idf: make([]float32, len(words)), units: len(units)}
	for i, w := range words {
		lx.words[w.Stem], lx.idf[i] = int32(i), w.Rarity
	}
	s := &Scorer{lx, ix.weights, units, frequencies, make([]int, len(words))}
	for unit, sheet := range frequencies {
		for ; len(sheet) >= frequencySize; sheet = sheet[frequencySize:] {
			w := binary.LittleEndian.Uint32(sheet)
			if int(w) >= len(words) {
				return nil, fmt.Errorf("the sheet of passage %d has word %d of %d", unit, w, len(words))
			}
			s.spread[w]++
		}
	}
	return s, nil
}

// AskedWord is a word to look for, how much finding it says, and in how many
// units it stands.
type AskedWord struct {
	Word   int32
	Weight float32
	Units  int
}

// Words returns the words of a that the edition knows.
func (s *Scorer) Words(a *Asked) []AskedWord {
	if s.weights.Words == 0 {
		return nil
	}
	var out []AskedWord
	for _, w := range s.lexical.asked(a.query) {
		out = append(out, AskedWord{w.word, w.weight, s.spread[w.word]})
	}
	return out
}

// Candidate is a passage proposed elsewhere.
type Candidate struct {
	Unit int
	// Cosines to each of Asked.Vectors, in order.
	Cosines [2]float32
}

// Rank returns the best of the candidates, up to limit, best first.
func (s *Scorer) Rank(a *Asked, candidates []Candidate, limit int) []Hit {
	asked := s.lexical.asked(a.query)
	type ranked struct {
		unit          int
		score         float64
		words, cosine float32
	}
	all := make([]ranked, 0, len(candidates))
	for _, c := range candidates {
		r := ranked{unit: c.Unit}
		if s.weights.Words > 0 {
			r.words = wordScore(asked, s.counts[c.Unit])
		}
		for i, x := range c.Cosines[:len(a.Vectors)] {
			if i == 0 {
				r.cosine = max(0, x)
			} else {
				r.cosine = blend(r.cosine, max(0, x))
			}
		}
		r.score = round(s.weights.fuse(0, r.words, r.cosine))
		all = append(all, r)
	}
	slices.SortFunc(all, func(x, y ranked) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(s.units[x.unit].Code, s.units[y.unit].Code), cmp.Compare(x.unit, y.unit))
	})
	hits := make([]Hit, min(limit, len(all)))
	for i := range hits {
		r := all[i]
		hits[i] = Hit{Unit: &s.units[r.unit], Score: r.score, Words: saturate(float64(r.words), halfWords), Cosine: float64(r.cosine), Matches: []Match{}}
	}
	return hits
}

// wordScore is the BM25F score of one sheet. Both sides are in the order of
// their numbers.
func wordScore(asked []askedWord, sheet []byte) float32 {
	score := float32(0)
	for _, a := range asked {
		for len(sheet) >= frequencySize {
			w := int32(binary.LittleEndian.Uint32(sheet))
			if w > a.word {
				break
			}
			tf := math.Float32frombits(binary.LittleEndian.Uint32(sheet[4:]))
			sheet = sheet[frequencySize:]
			if w == a.word {
				score += bm25(a.weight, tf)
				break
			}
		}
	}
	return score
}
