// Package reading turns a product description into what the rest of the
// classifier works with: tokens that know where they stand, their stems, and
// the language of the text. Quantities and features come later into this room.
// It imports nothing of Assay.
package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Token is a word, number, unit or part number of a text.
type Token struct {
	// Stem is the form under which the token is indexed: lower case, spelling
	// folded (fibre = fiber), English ending removed.
	Stem       string
	Start, End int // byte offsets in the text
	Kind       Kind
}

// Kind says what a token looks like.
type Kind uint8

const (
	Word   Kind = iota // letters, or letters with digits: "gyroscope", "usb3"
	Number             // digits: "14", "3.5"
	Unit               // a compound unit kept whole: "gs/s", "°/h", "v/√hz"
	Part               // a part number kept whole: "ad9625-2.5"
	CAS                // a chemical's CAS number kept whole: "756-79-6"
	Han                // two neighbouring characters of a CJK script
)

// Tokens cuts text into tokens. Compound units and part numbers stay whole, and
// a part number is followed by its pieces, so that both "RS-485" and "RS 485"
// are found. Runs of CJK text become overlapping pairs of characters.
func Tokens(text string) []Token {
	tokens := make([]Token, 0, len(text)/5+1)
	for pos := 0; pos < len(text); {
		r, size := utf8.DecodeRuneInString(text[pos:])
		switch {
		case isCJK(r):
			end := pos + size
			for end < len(text) {
				r, n := utf8.DecodeRuneInString(text[end:])
				if !isCJK(r) {
					break
				}
				end += n
			}
			tokens = appendPairs(tokens, text, pos, end)
			pos = end
		case startsToken(r):
			end := chunkEnd(text, pos)
			tokens = appendChunk(tokens, text, pos, end)
			pos = end
		default:
			pos += size
		}
	}
	return tokens
}

func startsToken(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '°' || r == '√' || r == 'µ'
}

// chunkEnd returns the end of the run of letters, digits and the marks that
// join them inside a word, number, unit or part number.
func chunkEnd(text string, start int) int {
	end := start
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if startsToken(r) && !isCJK(r) || r == '\'' || r == '’' || unicode.Is(unicode.Mn, r) {
			end += size
			continue
		}
		if strings.ContainsRune("-‑./_+·", r) && end > start {
			next, _ := utf8.DecodeRuneInString(text[end+size:])
			if startsToken(next) && !isCJK(next) {
				end += size
				continue
			}
		}
		break
	}
	return end
}

func appendChunk(tokens []Token, text string, start, end int) []Token {
	chunk := text[start:end]
	if !strings.ContainsAny(chunk, "-‑./_+·") {
		return appendWord(tokens, text, start, end)
	}
	if isUnit(chunk) {
		return append(tokens, Token{foldUnit(chunk), start, end, Unit})
	}
	if isCAS(chunk) {
		return append(tokens, Token{chunk, start, end, CAS})
	}
	if isNumber(chunk) {
		return append(tokens, Token{chunk, start, end, Number})
	}
	if isPart(chunk) {
		tokens = append(tokens, Token{strings.ToLower(strings.NewReplacer("-", "", "‑", "", "_", "").Replace(chunk)), start, end, Part})
	}
	for from := start; from < end; {
		to := from
		for to < end {
			r, size := utf8.DecodeRuneInString(text[to:])
			if strings.ContainsRune("-‑./_+·", r) {
				break
			}
			to += size
		}
		if to > from {
			tokens = appendWord(tokens, text, from, to)
		}
		_, size := utf8.DecodeRuneInString(text[to:])
		from = to + max(size, 1)
	}
	return tokens
}

// appendWord adds text[start:end], a run without joining marks. A number glued
// to a unit ("14bit", "3GHz") is cut in two; other mixtures stay whole.
func appendWord(tokens []Token, text string, start, end int) []Token {
	word := text[start:end]
	digits := 0
	for digits < len(word) && (word[digits] >= '0' && word[digits] <= '9') {
		digits++
	}
	switch {
	case digits == len(word):
		return append(tokens, Token{word, start, end, Number})
	case digits > 0 && word[digits:] != "G" && units[strings.ToLower(word[digits:])]: // 5G is no mass
		tokens = append(tokens, Token{word[:digits], start, start + digits, Number})
		return append(tokens, Token{stem(word[digits:]), start + digits, end, Word})
	}
	return append(tokens, Token{stem(word), start, end, Word})
}

func appendPairs(tokens []Token, text string, start, end int) []Token {
	previous := -1
	for pos := start; pos < end; {
		_, size := utf8.DecodeRuneInString(text[pos:])
		if previous >= 0 {
			tokens = append(tokens, Token{text[previous : pos+size], previous, pos + size, Han})
		} else if pos+size == end {
			tokens = append(tokens, Token{text[pos:end], pos, end, Han})
		}
		previous = pos
		pos += size
	}
	return tokens
}

func isCJK(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

func isNumber(s string) bool {
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && s[i] != '.' {
			return false
		}
	}
	return true
}

// isCAS reports whether s is a CAS registry number: up to seven digits, two
// digits, and a check digit that is right.
func isCAS(s string) bool {
	n := len(s)
	if n < 7 || n > 12 || s[n-2] != '-' || s[n-5] != '-' || s[0] == '0' {
		return false
	}
	sum, weight := 0, 1
	for i := n - 3; i >= 0; i-- {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			sum += weight * int(c-'0')
			weight++
		case i != n-5:
			return false
		}
	}
	return s[n-1] >= '0' && s[n-1] <= '9' && sum%10 == int(s[n-1]-'0')
}

// isPart tells a part number from hyphenated words: it mixes letters and
// digits, and is no number with a unit such as "14-bit".
func isPart(s string) bool {
	letters, digits := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		}
	}
	if letters == 0 || digits == 0 || letters+digits < 4 {
		return false
	}
	if i := strings.IndexAny(s, "-‑"); i > 0 && isNumber(s[:i]) {
		return false // "14-bit", "3-axis"
	}
	return true
}
