package corpus

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// degrees finds the sign of a degree, which readers give as ° or as a raised o,
// or lose; what it stands with tells temperature from angle anyhow.
var degrees = regexp.MustCompile(`(\d\s*)(?:°|o)(\s?[CF]\b|\s|$)`)

// foldText reduces text to what a change of law would change: letters without
// case, digits, and the signs that bear on numbers. Spaces go too, because
// readers part "10 9" and "sub- stance" differently.
func foldText(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	last := rune(0) // last rune before folding, to tell a minus from a dash
	runes := []rune(degrees.ReplaceAllString(norm.NFKC.String(text), "$1$2"))
	for i, r := range runes {
		switch {
		case unicode.IsLetter(r):
			b.WriteRune(unicode.ToLower(r))
		case unicode.IsDigit(r) || strings.ContainsRune("<>≤≥±%=+/", r):
			b.WriteRune(r)
		case r == '×':
			b.WriteByte('x')
		case r == '.' || r == ',':
			if unicode.IsDigit(last) && i+1 < len(runes) && unicode.IsDigit(runes[i+1]) {
				b.WriteByte('.')
			}
		case r == '-' || r == '−' || r == '–':
			if !unicode.IsLetter(last) && !unicode.IsDigit(last) && i+1 < len(runes) && unicode.IsDigit(runes[i+1]) {
				b.WriteByte('-')
			}
		}
		last = r
	}
	return b.String()
}

// maxEdits bounds the work on two texts that have little in common; beyond it
// the differing middle is shown as one replacement.
const maxEdits = 1000

// word is a stretch of text between spaces, with the form it is compared by.
type word struct{ text, key string }

func cutWords(text string) []word {
	var ws []word
	for _, f := range strings.Fields(text) {
		k := foldText(f)
		if k == "" && len(ws) > 0 { // a lone dash belongs to the word before it
			ws[len(ws)-1].text += " " + f
			continue
		}
		if n := len(ws); n > 0 && thousands.MatchString(f) && leading.MatchString(ws[n-1].text) { // 1 300
			ws[n-1] = word{ws[n-1].text + " " + f, ws[n-1].key + k}
			continue
		}
		ws = append(ws, word{f, k})
	}
	return ws
}

// A number may be printed in groups of three digits.
var (
	leading   = regexp.MustCompile(`^[^\pL\pN]*\d{1,3}(?: \d{3})*$`)
	thousands = regexp.MustCompile(`^\d{3}(?:\D|$)`)
	grouped   = regexp.MustCompile(`(\d) (\d{3})`)
)

// diffWords cuts the two texts into words that stayed, went and came, and
// names the numbers that differ.
func diffWords(old, new string) ([]Words, []NumberChange) {
	a, b := cutWords(old), cutWords(new)
	head := 0
	for head < len(a) && head < len(b) && a[head].key == b[head].key {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail].key == b[len(b)-1-tail].key {
		tail++
	}
	var out []Words
	var numbers []NumberChange
	stay := func(ws []word) { out = appendWords(out, "", ws) }
	stay(b[:head])
	runs := edits(a[head:len(a)-tail], b[head:len(b)-tail])
	if n := len(runs); n > 0 && tail > 0 {
		runs[n-1].next = b[len(b)-tail].text
	}
	for _, e := range runs {
		switch {
		case len(e.del) == 0 && len(e.ins) == 0:
			stay(e.keep)
		case joined(e.del) == joined(e.ins): // only spacing differs
			stay(e.ins)
		default:
			out = appendWords(out, OpRemoved, e.del)
			out = appendWords(out, OpAdded, e.ins)
			numbers = append(numbers, numberChanges(e.del, e.ins, e.next)...)
		}
	}
	stay(b[len(b)-tail:])
	return out, numbers
}

func appendWords(out []Words, op Op, ws []word) []Words {
	if len(ws) == 0 {
		return out
	}
	texts := make([]string, len(ws))
	for i, w := range ws {
		texts[i] = w.text
	}
	text := strings.Join(texts, " ")
	if n := len(out); n > 0 && out[n-1].Op == op {
		out[n-1].Text += " " + text
		return out
	}
	return append(out, Words{op, text})
}

func joined(ws []word) string {
	var b strings.Builder
	for _, w := range ws {
		b.WriteString(w.key)
	}
	return b.String()
}

// edit is either words kept, or words deleted and inserted at one place.
type edit struct {
	keep, del, ins []word
	next           string // first kept word after a replacement
}

// edits finds a shortest way from a to b (Myers 1986), as runs.
func edits(a, b []word) []edit {
	script, ok := shortest(a, b)
	if !ok {
		return []edit{{del: a, ins: b}}
	}
	var runs []edit
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		var e edit
		i0, j0 := i, j
		for i < len(a) && j < len(b) && script[i] == j {
			i, j = i+1, j+1
		}
		if j > j0 {
			e.keep = b[j0:j]
			runs = append(runs, e)
			continue
		}
		for i < len(a) && script[i] < 0 {
			i++
		}
		end := len(b)
		if i < len(a) {
			end = script[i]
		}
		j = end
		e.del, e.ins = a[i0:i], b[j0:j]
		if j < len(b) {
			e.next = b[j].text
		}
		runs = append(runs, e)
	}
	return runs
}

// shortest returns for each word of a the word of b it is kept as, or -1.
func shortest(a, b []word) (kept []int, ok bool) {
	n, m := len(a), len(b)
	limit := min(n+m, maxEdits)
	kept = make([]int, n)
	for i := range kept {
		kept[i] = -1
	}
	v := make([]int, 2*limit+2)
	var trace [][]int
	for d := 0; d <= limit; d++ {
		trace = append(trace, append([]int(nil), v[limit-d:limit+d+1]...))
		for k := -d; k <= d; k += 2 {
			var x int
			if k == -d || k != d && v[limit+k-1] < v[limit+k+1] {
				x = v[limit+k+1]
			} else {
				x = v[limit+k-1] + 1
			}
			y := x - k
			for x < n && y < m && a[x].key == b[y].key {
				x, y = x+1, y+1
			}
			v[limit+k] = x
			if x >= n && y >= m {
				walkBack(trace, n, m, kept)
				return kept, true
			}
		}
	}
	return nil, false
}

// walkBack follows the trace of furthest points from the end of both texts to
// their start and notes the words kept on the way.
func walkBack(trace [][]int, x, y int, kept []int) {
	for d := len(trace) - 1; d >= 0; d-- {
		at := func(k int) int { return trace[d][k+d] } // row d holds diagonals -d..d, as they stood before step d
		k := x - y
		px, py := 0, 0
		if d > 0 {
			pk := k - 1
			if k == -d || k != d && at(k-1) < at(k+1) {
				pk = k + 1
			}
			px = at(pk)
			py = px - pk
		}
		for x > px && y > py {
			x, y = x-1, y-1
			kept[x] = y
		}
		x, y = px, py
	}
}

// figure is a number as it stands in a text: sign, digits, and what is glued to
// them ("14-bit", "30GHz", "20±0,01"). What goes on otherwise is a code
// ("3A001"), a standard ("230-2:1988") or a place in a list ("1.e").
var (
	figure   = regexp.MustCompile(`^[^\pL\pN]*?([-−–]?\d(?:[\d.,]*\d)?(?:[-±]?[\pL\pN%°/.,±]*[\pL\pN%°])?)[.,;:()\[\]"”'’…]*$`)
	codeLike = regexp.MustCompile(`^[-−–]?(?:\d[A-Ea-e]\d{3}|\d+\.\pL)`)
	listed   = regexp.MustCompile(`^\d{1,2}\.$`)
)

func figures(ws []word, next string) []string {
	var out []string
	for i, w := range ws {
		follows := next
		if i+1 < len(ws) {
			follows = ws[i+1].text
		}
		text, _, _ := strings.Cut(grouped.ReplaceAllString(w.text, "$1$2"), " ") // without a dash that hangs on
		m := figure.FindStringSubmatch(norm.NFKC.String(text))
		if m == nil || codeLike.MatchString(m[1]) || listed.MatchString(text) && follows != "" {
			continue
		}
		n := m[1]
		if last, _ := utf8.DecodeLastRuneInString(n); unicode.IsDigit(last) && strings.HasSuffix(strings.TrimRight(text, ".,;:"), n) {
			n += unitWord(follows)
		}
		out = append(out, n)
	}
	return out
}

// counted are longer words that say of what there are so many.
var counted = strings.Fields("litres liters metres meters hours minutes seconds days years degrees percent bits bytes levels seats axes channels elements pixels parts")

// unitWord returns " GHz" when the word after a number may be its unit: a short
// one, or one that is counted; anything else says nothing.
func unitWord(w string) string {
	w, _, _ = strings.Cut(w, " ")
	w = strings.TrimRight(w, ".,;:)")
	if first, _ := utf8.DecodeRuneInString(w); !unicode.IsLetter(first) && first != '%' && first != '°' {
		return ""
	}
	switch strings.ToLower(w) {
	case "or", "and", "to", "of", "in", "at", "the", "for", "with", "when", "as", "but", "if", "on", "by", "from", "a", "an", "is", "are", "do", "does", "then", "than", "that", "use", "any", "all", "not", "into":
		return ""
	}
	if utf8.RuneCountInString(w) > 4 && !slices.Contains(counted, w) {
		return ""
	}
	return " " + w
}

func numberChanges(del, ins []word, next string) []NumberChange {
	before, after := figures(del, next), figures(ins, next)
	var out []NumberChange
	for i := range max(len(before), len(after)) {
		var c NumberChange
		if i < len(before) {
			c.Old = before[i]
		}
		if i < len(after) {
			c.New = after[i]
		}
		if foldText(c.Old) != foldText(c.New) {
			out = append(out, c)
		}
	}
	return out
}
