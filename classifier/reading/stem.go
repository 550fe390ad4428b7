package reading

import (
	"strings"
	"sync"
	"unicode"

	"github.com/kljensen/snowball/english"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// stem folds a word to the form it is indexed under.
func stem(word string) string {
	if s, ok := stems.get(word); ok {
		return s
	}
	s := strings.ToLower(word)
	s = strings.TrimSuffix(strings.TrimSuffix(s, "'s"), "’s")
	s = fold(s)
	if !strings.ContainsAny(s, "0123456789") && len(s) > 3 {
		s = english.Stem(american(s), false)
	} else if n := len(s); n > 2 && s[n-1] == 's' && isUpper(word[:len(word)-1]) {
		s = s[:n-1] // ADCs, FPGAs
	}
	stems.put(word, s)
	return s
}

func isUpper(s string) bool {
	return len(s) > 1 && s == strings.ToUpper(s) && s != strings.ToLower(s)
}

// fold removes accents and compatibility forms: "Ω" apart, "ﬁ" becomes "fi".
func fold(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			folded, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
			if err != nil {
				return s
			}
			return folded
		}
	}
	return s
}

// american brings British spellings to the American ones, before stemming.
func american(s string) string {
	if to, ok := spellings[s]; ok {
		return to
	}
	for _, e := range [...][2]string{{"ises", "izes"}, {"ised", "ized"}, {"ising", "izing"}, {"iser", "izer"}, {"isers", "izers"}, {"ise", "ize"},
		{"isation", "ization"}, {"isations", "izations"}, {"yser", "yzer"}, {"ysers", "yzers"}, {"yse", "yze"}, {"ysed", "yzed"}, {"ysing", "yzing"},
		{"our", "or"}, {"ours", "ors"}, {"oured", "ored"}, {"metre", "meter"}, {"metres", "meters"}, {"fibre", "fiber"}, {"fibres", "fibers"},
		{"litre", "liter"}, {"litres", "liters"}, {"centre", "center"}, {"centres", "centers"}, {"logue", "log"}, {"logues", "logs"}} {
		if stem, ok := strings.CutSuffix(s, e[0]); ok && len(stem) >= 4 {
			return stem + e[1]
		}
	}
	return s
}

// spellings that no ending rule catches, and words where one would go wrong.
var spellings = map[string]string{
	"fibre": "fiber", "fibres": "fibers", "centre": "center", "centres": "centers", "metre": "meter", "litre": "liter", "calibre": "caliber",
	"aluminium": "aluminum", "sulphur": "sulfur", "sulphuric": "sulfuric", "sulphide": "sulfide", "grey": "gray", "armour": "armor",
	"armoured": "armored", "vapour": "vapor", "mould": "mold", "moulding": "molding", "moulded": "molded", "tyre": "tire", "catalogue": "catalog",
	"analogue": "analog", "dialogue": "dialog", "programme": "program", "programmes": "programs", "licence": "license", "defence": "defense",
	"cypher": "cipher", "gyro": "gyroscope", "gyros": "gyroscopes", "antennae": "antenna", "antennas": "antenna", "aerial": "antenna",
	"caesium": "cesium", "disc": "disk", "discs": "disks", "aeroplane": "airplane", "noise": "noise", "precise": "precise", "raise": "raise",
	"otherwise": "otherwise", "enterprise": "enterprise", "colour": "color", "hour": "hour", "four": "four", "your": "your", "tour": "tour",
	"contour": "contour", "exercise": "exercise", "promise": "promise", "expertise": "expertise", "supervise": "supervise",
	"franchise": "franchise", "merchandise": "merchandise", "cruise": "cruise", "rise": "rise", "wise": "wise", "advise": "advise",
	"revise": "revise", "devise": "devise", "surprise": "surprise", "concise": "concise", "stepwise": "stepwise", "clockwise": "clockwise",
	"likewise": "likewise", "comprise": "comprise",
}

// stems remembers what has been stemmed: descriptions repeat their words, and
// a catalogue repeats its descriptions. It is bounded by forgetting everything.
var stems = memo{words: map[string]string{}}

type memo struct {
	mu    sync.RWMutex
	words map[string]string
}

const memoSize = 1 << 16

func (m *memo) get(word string) (string, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	s, ok := m.words[word]
	return s, ok
}

func (m *memo) put(word, stem string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.words) >= memoSize {
		clear(m.words)
	}
	m.words[strings.Clone(word)] = stem
}

// Ignored reports whether a stem carries no meaning of its own and is left out
// of the index and of the words that are marked for a reader.
func Ignored(stem string) bool { return ignored[stem] }

var ignored = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`a an and are as at be been but by can for from has have having her his if in into is it its may more most no nor not of
		off on one only or other our out over per shall such than that the their them then there these they this those to up us use used uses using
		via was we were what when where which while who will with within without you your also any all both each either every including includes
		und der die das mit für von ein eine et le la les de des du pour avec un une en y el los las con para`) {
		m[stem(w)] = true
	}
	return m
}()
