// Package wordpiece cuts text into the pieces that BERT's uncased models were trained on.
//
// A word is a run of characters between spaces, punctuation marks and Chinese characters, after lower-casing
// and after accents are taken off. A piece is an entry of the vocabulary: the beginning of a word, or (written
// with ## in front) something further inside it. Every word is cut greedily, the longest fitting piece first; a word
// with no fitting piece, or of more than 100 characters, is the single piece [UNK].
//
// The package follows the BertNormalizer and BertPreTokenizer of the published tokenizer, with one difference on
// purpose: the names of special pieces ("[SEP]") inside a text are ordinary text, so that no product
// description can steer the model. It imports no other package of Assay.
package wordpiece

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Pieces with a meaning of their own.
const (
	Padding   = 0   // [PAD]
	Unknown   = 100 // [UNK]
	Start     = 101 // [CLS], the first piece of every sequence
	Separator = 102 // [SEP], the last
)

// MaxWord is the number of characters above which a word is not looked up at all.
const MaxWord = 100

//go:embed vocab.txt
var vocabulary string

// Tokenizer cuts texts into pieces. It holds no state of a text and is safe for concurrent use.
type Tokenizer struct {
	pieces []string
	trie   *trie
}

// New returns the tokenizer of the embedded vocabulary. The first call builds it; all calls share it.
var New = sync.OnceValue(func() *Tokenizer {
	return build(strings.Split(strings.TrimSuffix(vocabulary, "\n"), "\n"))
})

func build(pieces []string) *Tokenizer {
	t := &Tokenizer{pieces: pieces, trie: newTrie(len(pieces))}
	for id, piece := range pieces {
		if rest, inside := strings.CutPrefix(piece, "##"); inside && rest != "" {
			t.trie.insert(insideWord, rest, int32(id))
			continue
		}
		t.trie.insert(beginning, piece, int32(id))
	}
	return t
}

// Size is the number of pieces in the vocabulary; ids run from 0 to Size()-1.
func (t *Tokenizer) Size() int { return len(t.pieces) }

// Piece is the vocabulary's spelling of id.
func (t *Tokenizer) Piece(id int32) string { return t.pieces[id] }

// Encode appends to dst the sequence of text as the model reads it: Start, the pieces, Separator. Pieces beyond limit ids
// in all are cut off; limit must be at least 2. With room in dst it allocates nothing for ASCII text.
func (t *Tokenizer) Encode(dst []int32, text string, limit int) []int32 {
	dst = append(dst, Start)
	dst = t.Append(dst, text, limit-2)
	return append(dst, Separator)
}

// Append appends the first limit pieces of text to dst, without Start and Separator.
func (t *Tokenizer) Append(dst []int32, text string, limit int) []int32 {
	c := cutter{t: t, dst: dst, end: len(dst) + limit}
	c.text(text)
	if len(c.dst) > c.end {
		c.dst = c.dst[:c.end]
	}
	return c.dst
}

// cutter is the state of one pass over one text.
type cutter struct {
	t     *Tokenizer
	dst   []int32
	end   int // the length of dst at which the pass may stop
	used  int // bytes of word in use
	chars int // characters seen of the present word
	word  [MaxWord * utf8.UTFMax]byte
}

// The classes of ASCII bytes. A letter's entry in lower is its lower case.
const (
	inWord = iota
	blank
	mark    // punctuation: a word of its own
	dropped // control characters vanish, and do not end a word
)

var class, lower = asciiTables()

func asciiTables() (class, lower [utf8.RuneSelf]byte) {
	for i := range class {
		b := byte(i)
		lower[i] = b
		switch {
		case b == ' ' || b == '\t' || b == '\n' || b == '\r':
			class[i] = blank
		case b < ' ' || b == 0x7f:
			class[i] = dropped
		case b >= 'A' && b <= 'Z':
			lower[i] = b + 'a' - 'A'
		case b >= 'a' && b <= 'z' || b >= '0' && b <= '9':
		default:
			class[i] = mark
		}
	}
	return class, lower
}

func (c *cutter) text(s string) {
	for i := 0; i < len(s) && len(c.dst) < c.end; {
		b := s[i]
		if b >= utf8.RuneSelf {
			i += c.foreign(s[i:])
			continue
		}
		i++
		c.ascii(b)
	}
	c.flush()
}

func (c *cutter) ascii(b byte) {
	switch class[b] {
	case inWord:
		if c.chars < MaxWord {
			c.word[c.used] = lower[b]
			c.used++
		}
		c.chars++
	case blank:
		c.flush()
	case mark:
		c.flush()
		c.word[0], c.used, c.chars = b, 1, 1
		c.flush()
	}
}

// foreignRun bounds how much text is decomposed at once, so that a huge text of which only the beginning is wanted is
// not decomposed whole.
const foreignRun = 256

// foreign takes the run of bytes beyond ASCII at the start of s and returns its length. Decomposing run by run is
// exact, since every ASCII character is a boundary of canonical decomposition.
func (c *cutter) foreign(s string) int {
	n := 0
	for n < len(s) && s[n] >= utf8.RuneSelf {
		if n >= foreignRun && norm.NFD.PropertiesString(s[n:]).BoundaryBefore() {
			break
		}
		_, size := utf8.DecodeRuneInString(s[n:])
		n += size
	}
	var room [2 * foreignRun]byte
	for d := norm.NFD.AppendString(room[:0], s[:n]); len(d) > 0; {
		if d[0] < utf8.RuneSelf { // a decomposed letter
			c.ascii(d[0])
			d = d[1:]
			continue
		}
		r, size := utf8.DecodeRune(d)
		c.rune(r)
		d = d[size:]
	}
	return n
}

func (c *cutter) rune(r rune) {
	switch {
	case r == utf8.RuneError, unicode.Is(unicode.Mn, r), unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs):
	case unicode.IsSpace(r):
		c.flush()
	case chinese(r), unicode.Is(unicode.P, r):
		c.flush()
		c.add(r)
		c.flush()
	default:
		c.add(unicode.ToLower(r))
	}
}

func (c *cutter) add(r rune) {
	if c.chars < MaxWord {
		c.used += utf8.EncodeRune(c.word[c.used:], r)
	}
	c.chars++
}

// chinese reports whether r is one of the ideographs that BERT sets apart one by one. Kana and Hangul are not.
func chinese(r rune) bool {
	switch {
	case r < 0x3400:
		return false
	case r <= 0x4dbf, r >= 0x4e00 && r <= 0x9fff, r >= 0xf900 && r <= 0xfaff:
		return true
	}
	return r >= 0x20000 && r <= 0x2a6df || r >= 0x2a700 && r <= 0x2ceaf || r >= 0x2f800 && r <= 0x2fa1f
}

// flush cuts the word collected so far into pieces and forgets it.
func (c *cutter) flush() {
	if c.chars == 0 {
		return
	}
	word, whole := c.word[:c.used], c.chars <= MaxWord
	c.used, c.chars = 0, 0
	before := len(c.dst)
	root := beginning
	for whole && len(word) > 0 {
		id, n := c.t.trie.longest(root, word)
		if n == 0 {
			whole = false
			break
		}
		c.dst = append(c.dst, id)
		word, root = word[n:], insideWord
	}
	if !whole {
		c.dst = append(c.dst[:before], Unknown)
	}
}
