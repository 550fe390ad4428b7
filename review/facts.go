package review

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/classifier/reading"
)

// DifferenceKind tells the sorts of difference apart.
type DifferenceKind string

const (
	QuantityDiffers  DifferenceKind = "quantity"
	AttributeDiffers DifferenceKind = "attribute" // a named row of a table without a number
	WordDiffers      DifferenceKind = "word"      // a rare word that one has and the other has not
)

// Difference is a fact in which a product and a precedent differ.
type Difference struct {
	Kind DifferenceKind `json:"kind"`
	Name string         `json:"name,omitempty"` // of the property or attribute, "" when neither text names it
	// Here is what the product says, There what the precedent says; "" when it
	// says nothing of that.
	Here  string `json:"here,omitempty"`
	There string `json:"there,omitempty"`
}

func (d Difference) String() string {
	name := d.Name
	if name != "" {
		name += ": "
	}
	return fmt.Sprintf("%s%s here, %s there", name, cmp.Or(d.Here, "not said"), cmp.Or(d.There, "not said"))
}

// maxDifferences is how many differences are told; more would not be read.
const maxDifferences = 12

// Differences returns the facts in which here, the text of a product, and
// there, that of a precedent, differ: first quantities that both state, then attributes that
// both state, then what only one states, and words that only one has. rarity tells how
// rare a word is among the lists' own, 0 for a word that is not one of them;
// with a nil rarity words are left out. more is how many were found beyond
// those returned. The order depends on the texts alone.
//
// What is said once and in other words elsewhere still counts as a
// difference, and what is denied ("no decimator") counts as said.
func Differences(here, there string, rarity func(stem string) float64) (found []Difference, more int) {
	a, b := factsOf(here), factsOf(there)
	both, one := quantityDifferences(a.quantities, b.quantities)
	bothNamed, oneNamed := attributeDifferences(a, b)
	found = slices.Concat(both, bothNamed, one, oneNamed)
	if rarity != nil {
		found = append(found, wordDifferences(a, b, rarity)...)
	}
	if len(found) > maxDifferences {
		more = len(found) - maxDifferences
		found = found[:maxDifferences]
	}
	return found, more
}

// facts are what a text states.
type facts struct {
	quantities []stated
	attributes []attribute
	words      []word
	stems      map[string]bool
}

type stated struct {
	reading.Quantity
	text string // as written
}

type attribute struct{ key, name, value, folded string }

type word struct{ stem, text string }

// factsOf reads a text as Text writes it. A line "name: value" is an attribute,
// whether the exporter filled in a table or a datasheet's was read.
func factsOf(text string) facts {
	f := facts{stems: map[string]bool{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(line, ": ")
		named := ok && attributeName(name)
		quantities := reading.Quantities(line)
		for _, q := range quantities {
			if named && q.Start > len(name) {
				q.Name, q.Property = name, stems(name)
			}
			f.quantities = append(f.quantities, stated{q, line[q.Start:q.End]})
		}
		if named && len(quantities) == 0 {
			f.attributes = append(f.attributes, attribute{stems(name), name, value, stems(value)})
		}
		f.read(line, quantities)
	}
	return f
}

// read adds the words of a line. Those of its quantities, their names and
// units, are told with these.
func (f *facts) read(line string, quantities []reading.Quantity) {
	of := map[string]bool{}
	for _, q := range quantities {
		for stem := range strings.FieldsSeq(q.Property + " " + stems(line[q.Start:q.End])) {
			of[stem] = true
		}
	}
	for _, t := range reading.Tokens(line) {
		if t.Kind != reading.Word || f.stems[t.Stem] {
			continue
		}
		f.stems[t.Stem] = true
		raw := line[t.Start:t.End]
		if !of[t.Stem] && !reading.Ignored(t.Stem) && utf8.RuneCountInString(t.Stem) > 2 && strings.IndexFunc(raw, unicode.IsDigit) < 0 {
			f.words = append(f.words, word{t.Stem, raw})
		}
	}
}

// attributeName reports whether s, before a colon, is the name of a row and not
// the beginning of a sentence.
func attributeName(s string) bool {
	return len(s) > 0 && len(s) <= 60 && len(strings.Fields(s)) <= 6 && !strings.ContainsAny(s, ";,")
}

// stems folds a text to what makes two spellings of it the same.
func stems(s string) string {
	tokens := reading.Tokens(strings.ReplaceAll(s, "_", " "))
	words := make([]string, len(tokens))
	for i, t := range tokens {
		words[i] = t.Stem
	}
	return strings.Join(words, " ")
}

// quantityDifferences pairs what the two state of one unit: by the name of the
// property, or because each states one value of that unit only.
func quantityDifferences(here, there []stated) (both, one []Difference) {
	a, b := without(here, there), without(there, here)
	used := make([]bool, len(b))
	find := func(fits func(stated) bool) int {
		for i, o := range b {
			if !used[i] && fits(o) {
				return i
			}
		}
		return -1
	}
	for _, q := range a {
		at := find(func(o stated) bool { return o.Base == q.Base && o.Property == q.Property && q.Property != "" })
		if at < 0 && ofBase(a, q.Base) == 1 && ofBase(b, q.Base) == 1 {
			at = find(func(o stated) bool { return o.Base == q.Base })
		}
		if at < 0 {
			one = append(one, Difference{Kind: QuantityDiffers, Name: q.Name, Here: q.text})
			continue
		}
		used[at] = true
		both = append(both, Difference{QuantityDiffers, nameOf(q, b[at]), q.text, b[at].text})
	}
	for i, q := range b {
		if !used[i] {
			one = append(one, Difference{Kind: QuantityDiffers, Name: q.Name, There: q.text})
		}
	}
	return both, one
}

// nameOf prefers a name that says more.
func nameOf(a, b stated) string {
	if len(b.Name) > len(a.Name) {
		return b.Name
	}
	return a.Name
}

// without returns those of qs that others do not state too, each once.
func without(qs, others []stated) []stated {
	var out []stated
	for _, q := range qs {
		same := func(o stated) bool { return q.Same(o.Quantity) }
		if !slices.ContainsFunc(others, same) && !slices.ContainsFunc(out, same) {
			out = append(out, q)
		}
	}
	return out
}

func ofBase(qs []stated, base string) (n int) {
	for _, q := range qs {
		if q.Base == base {
			n++
		}
	}
	return n
}

// attributeDifferences pairs attributes by name. One that the other text says
// in its prose is no difference.
func attributeDifferences(a, b facts) (both, one []Difference) {
	find := func(f facts, key string) int {
		return slices.IndexFunc(f.attributes, func(x attribute) bool { return x.key == key })
	}
	for _, x := range a.attributes {
		switch at := find(b, x.key); {
		case at >= 0 && b.attributes[at].folded != x.folded:
			both = append(both, Difference{AttributeDiffers, x.name, brief(x.value), brief(b.attributes[at].value)})
		case at < 0 && !b.says(x.folded):
			one = append(one, Difference{Kind: AttributeDiffers, Name: x.name, Here: brief(x.value)})
		}
	}
	for _, x := range b.attributes {
		if find(a, x.key) < 0 && !a.says(x.folded) {
			one = append(one, Difference{Kind: AttributeDiffers, Name: x.name, There: brief(x.value)})
		}
	}
	return both, one
}

// says reports whether every word of folded stands in f.
func (f facts) says(folded string) bool {
	for w := range strings.FieldsSeq(folded) {
		if !f.stems[w] {
			return false
		}
	}
	return true
}

// wordsEachWay is how many words of one text alone are told.
const wordsEachWay = 4

func wordDifferences(a, b facts, rarity func(string) float64) []Difference {
	only := func(of, other facts) (out []string) {
		type ranked struct {
			word
			rarity float64
		}
		var all []ranked
		for _, w := range of.words {
			if r := rarity(w.stem); r > 0 && !other.stems[w.stem] {
				all = append(all, ranked{w, r})
			}
		}
		slices.SortStableFunc(all, func(x, y ranked) int { return cmp.Compare(y.rarity, x.rarity) })
		for _, w := range all[:min(len(all), wordsEachWay)] {
			out = append(out, w.text)
		}
		return out
	}
	var found []Difference
	for _, w := range only(a, b) {
		found = append(found, Difference{Kind: WordDiffers, Here: w})
	}
	for _, w := range only(b, a) {
		found = append(found, Difference{Kind: WordDiffers, There: w})
	}
	return found
}

// brief shortens a value to what fits beside another.
func brief(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
