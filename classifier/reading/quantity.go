package reading

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quantity is a number with a unit, or a range of two numbers, that a text states.
type Quantity struct {
	// Property is what the words before the number say it is of, folded to
	// stems ("sampl rate"); "" when they do not say.
	Property string
	// Name is Property as it is written.
	Name string
	// Values are the number, or both ends of a range, in the unit Base.
	Values []float64
	Base   string // unit without its prefix, in one spelling: "Hz", "S/s", "bit"
	// Start and End are the bytes of the text from the first number to the unit.
	Start, End int
}

// Same reports whether a and b state the same value of the same unit, to the
// accuracy with which datasheets convert.
func (a Quantity) Same(b Quantity) bool {
	if a.Base != b.Base || len(a.Values) != len(b.Values) {
		return false
	}
	for i := range a.Values {
		if math.Abs(a.Values[i]-b.Values[i]) > 1e-6*math.Max(math.Abs(a.Values[i]), math.Abs(b.Values[i])) {
			return false
		}
	}
	return true
}

// Quantities returns the quantities of text, in order. Numbers that belong to
// a name ("RS-485", "JESD204B") and numbers without a unit are none.
func Quantities(text string) []Quantity {
	var all []Quantity
	from := 0 // where the words that may name the next quantity start
	for pos := 0; pos < len(text); {
		r, size := utf8.DecodeRuneInString(text[pos:])
		if r < '0' || r > '9' || inWord(text, pos) {
			pos += size
			continue
		}
		if strings.HasPrefix(text[pos:], "4K") || strings.HasPrefix(text[pos:], "8K") { // pictures, not kelvins
			pos = skipWord(text, pos)
			continue
		}
		q, ok := quantityAt(text, pos)
		if !ok {
			pos = skipWord(text, pos)
			continue
		}
		q.Property, q.Name = property(text[from:q.Start])
		all = append(all, q)
		pos, from = q.End, q.End
	}
	return all
}

// inWord reports whether the digit at pos continues a word or a part number.
func inWord(text string, pos int) bool {
	r, size := utf8.DecodeLastRuneInString(text[:pos])
	if pos == 0 {
		return false
	}
	if strings.ContainsRune("-‑_./", r) {
		before, _ := utf8.DecodeLastRuneInString(text[:pos-size])
		return unicode.IsLetter(before) || unicode.IsDigit(before)
	}
	return unicode.IsLetter(r) && !isCJK(r) || unicode.IsDigit(r)
}

// skipWord returns the end of the run of letters and digits at pos.
func skipWord(text string, pos int) int {
	for pos < len(text) {
		r, size := utf8.DecodeRuneInString(text[pos:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-‑_", r) {
			break
		}
		pos += size
	}
	return pos
}

// rangeMarks stand between the two ends of a range.
var rangeMarks = []string{" to ", "…", "...", " – ", "–", " - ", "-", "~", " bis ", " à "}

func quantityAt(text string, pos int) (Quantity, bool) {
	first, end, ok := number(text, pos)
	if !ok {
		return Quantity{}, false
	}
	start := pos
	if before := strings.TrimRight(text[:pos], "+"); strings.HasSuffix(before, "-") || strings.HasSuffix(before, "−") {
		_, size := utf8.DecodeLastRuneInString(before)
		first, start = -first, len(before)-size
	}
	u, unitEnd, unit := unitAt(text, end)
	for _, mark := range rangeMarks {
		// Both ends may carry the unit: "10 Hz to 20 kHz".
		after := end
		if unit {
			after = unitEnd
		}
		rest, ok := strings.CutPrefix(text[after:], mark)
		if !ok {
			continue
		}
		sign, at := 1.0, len(text)-len(rest)
		for _, s := range []string{"+", "-", "−"} {
			if strings.HasPrefix(text[at:], s) {
				at += len(s)
				if s != "+" {
					sign = -1
				}
				break
			}
		}
		second, secondEnd, ok := number(text, at)
		if !ok {
			continue
		}
		v, rangeEnd, ok := unitAt(text, secondEnd)
		if !ok || unit && v.base != u.base {
			continue
		}
		low := v
		if unit {
			low = u
		}
		return Quantity{Values: []float64{first * low.factor, sign * second * v.factor}, Base: v.base, Start: start, End: rangeEnd}, true
	}
	return Quantity{Values: []float64{first * u.factor}, Base: u.base, Start: start, End: unitEnd}, unit
}

// number reads the number at pos: "14", "3.5", "1,200", "0,5", "1.5e-6".
func number(text string, pos int) (value float64, end int, ok bool) {
	digits := func(from int) int {
		for from < len(text) && text[from] >= '0' && text[from] <= '9' {
			from++
		}
		return from
	}
	end = digits(pos)
	if end == pos {
		return 0, pos, false
	}
	plain := text[pos:end]
	for end < len(text) && text[end] == ',' { // thousands, or a decimal comma
		next := digits(end + 1)
		if n := next - end - 1; n == 0 {
			break
		} else if n != 3 || plain == "0" {
			plain += "." + text[end+1:next]
			end = next
			break
		}
		plain += text[end+1 : next]
		end = next
	}
	if !strings.Contains(plain, ".") && end < len(text) && text[end] == '.' {
		if next := digits(end + 1); next > end+1 {
			plain += text[end:next]
			end = next
		}
	}
	if end < len(text) && (text[end] == 'e' || text[end] == 'E') {
		at := end + 1
		if at < len(text) && (text[at] == '-' || text[at] == '+') {
			at++
		}
		if next := digits(at); next > at {
			plain += text[end:next]
			end = next
		}
	}
	value, err := strconv.ParseFloat(plain, 64)
	return value, end, err == nil
}

// property returns what the words right before a number say it is of: the last
// three of the clause that mean something.
func property(before string) (stems, name string) {
	if i := strings.LastIndexAny(before, ",;.\n()[]|@/•·"); i >= 0 {
		before = before[i+1:]
	}
	tokens := Tokens(before)
	var kept []Token
	for i := len(tokens) - 1; i >= 0 && len(kept) < 3; i-- {
		t := tokens[i]
		if t.Kind != Word || Ignored(t.Stem) || linking[t.Stem] {
			if len(kept) > 0 {
				break
			}
			continue
		}
		kept = append([]Token{t}, kept...)
	}
	if len(kept) == 0 {
		return "", ""
	}
	words := make([]string, len(kept))
	for i, t := range kept {
		words[i] = t.Stem
	}
	return strings.Join(words, " "), strings.TrimSpace(before[kept[0].Start:kept[len(kept)-1].End])
}

// linking words stand between a property and its number and name nothing.
var linking = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq("up to max maximum min minimum typ typical about approx approximately ca below above under over least less than equal between " +
		"nominal x bis mindestens max. about jusqu'à") {
		m[stem(w)] = true
	}
	return m
}()
