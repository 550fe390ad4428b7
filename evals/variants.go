package evals

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"assay/classifier"
)

// Variant says the same product in another way. The codes must not change.
type Variant struct {
	Name string
	// Of returns the product said otherwise, and whether there was anything to change.
	Of func(classifier.Product) (classifier.Product, bool)
}

// Variants returns the ways of saying the same that consistency is measured
// with. Each changes one thing and is the same on every run.
func Variants() []Variant {
	return []Variant{
		{"reordered", reordered},
		{"paraphrased", texts(paraphrased)},
		{"other units", texts(otherUnits)},
		{"other country", otherCountry},
		{"other company", otherCompany},
		{"lower case", texts(lowered)},
	}
}

// texts applies f to everything a product says.
func texts(f func(string) string) func(classifier.Product) (classifier.Product, bool) {
	return func(p classifier.Product) (classifier.Product, bool) {
		q := p
		q.Name, q.Description, q.Attributes = f(p.Name), f(p.Description), maps.Clone(p.Attributes)
		for k, v := range p.Attributes {
			q.Attributes[k] = f(v)
		}
		return q, q.Name != p.Name || q.Description != p.Description || !maps.Equal(q.Attributes, p.Attributes)
	}
}

// sentence ends at a mark that white space follows, or at a line's end; a CJK
// full stop needs no space.
var sentence = regexp.MustCompile(`[^\n]*?(?:[.!?;](?:\s+|$)|。|\n|$)`)

// reordered turns the order of sentences round.
func reordered(p classifier.Product) (classifier.Product, bool) {
	var parts []string
	for _, s := range sentence.FindAllString(p.Description, -1) {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) < 2 {
		return p, false
	}
	slices.Reverse(parts)
	q := p
	q.Description = strings.Join(parts, " ")
	return q, q.Description != p.Description
}

// others are words of selling that mean the same on a datasheet. None is a
// name of goods or of a property.
var others = map[string]string{
	"features": "offers", "featuring": "offering", "includes": "comes with", "including": "along with", "provides": "gives", "providing": "giving",
	"designed for": "made for", "intended for": "meant for", "suitable for": "fit for", "ideal for": "well suited to", "used for": "employed for", "used in": "employed in",
	"up to": "as much as", "at least": "no less than", "more than": "over", "less than": "under", "typically": "usually", "typical": "usual", "approximately": "about", "approx.": "about",
	"delivers": "supplies", "allows": "lets users have", "enables": "makes possible", "supports": "works with", "equipped with": "fitted with", "consists of": "is made up of",
	"high-performance": "capable", "lightweight": "light", "compact": "small", "robust": "sturdy", "rugged": "sturdy", "easy to use": "simple to use", "available": "to be had",
	"optional": "on request", "supplied": "delivered", "customer": "client", "customers": "clients", "manufactured": "made", "requires": "needs", "maximum": "max.", "minimum": "min.",
}

var otherWords = func() *regexp.Regexp {
	keys := slices.SortedFunc(maps.Keys(others), func(a, b string) int { return len(b) - len(a) })
	for i, k := range keys {
		keys[i] = regexp.QuoteMeta(k)
	}
	return regexp.MustCompile(`(?i)(^|[\s(,;])(` + strings.Join(keys, "|") + `)($|[\s),;:.])`)
}()

func paraphrased(text string) string {
	return otherWords.ReplaceAllStringFunc(text, func(found string) string {
		m := otherWords.FindStringSubmatch(found)
		other := others[strings.ToLower(m[2])]
		if r, n := utf8.DecodeRuneInString(m[2]); unicode.IsUpper(r) && n > 0 {
			other = strings.ToUpper(other[:1]) + other[1:]
		}
		return m[1] + other + m[3]
	})
}

// units of equal measure: 1 of the first is factor of the second.
var units = []struct {
	from, to string
	factor   float64
}{
	{"GHz", "MHz", 1000}, {"MHz", "kHz", 1000}, {"GSPS", "MSPS", 1000}, {"MSPS", "kSPS", 1000}, {"GS/s", "MS/s", 1000}, {"Gbit/s", "Mbit/s", 1000}, {"Gbps", "Mbps", 1000},
	{"kW", "W", 1000}, {"mW", "W", 0.001}, {"kV", "V", 1000}, {"kA", "A", 1000}, {"mm", "cm", 0.1}, {"µm", "nm", 1000}, {"um", "nm", 1000}, {"km", "m", 1000},
	{"kg", "g", 1000}, {"MPa", "bar", 10}, {"bar", "kPa", 100}, {"GPa", "MPa", 1000}, {"inch", "mm", 25.4}, {"TB", "GB", 1000}, {"kN", "N", 1000}, {"MJ", "kJ", 1000}, {"ms", "µs", 1000},
}

var quantity = func() *regexp.Regexp {
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = regexp.QuoteMeta(u.from)
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`(^|[\s(<>=≥≤±~/-])(\d+(?:\.\d+)?)(\s?)(` + strings.Join(names, "|") + `)($|[\s),;.])`)
}()

// otherUnits writes quantities in another unit of the same measure.
func otherUnits(text string) string {
	return quantity.ReplaceAllStringFunc(text, func(found string) string {
		m := quantity.FindStringSubmatch(found)
		if m[1] == "-" || m[1] == "/" {
			return found // the far end of a range, or a part of another unit
		}
		v, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return found
		}
		for _, u := range units {
			if u.from == m[4] {
				return m[1] + strconv.FormatFloat(v*u.factor, 'f', -1, 32) + " " + u.to + m[5]
			}
		}
		return found
	})
}

// Names that have nothing to do with what a product is.
var (
	countries = []string{"Iceland", "Brazil", "Ghana", "Vietnam", "Chile", "Kenya", "Nepal", "Peru"}
	companies = []string{"Harbour & Lane Ltd", "Nordfeld GmbH", "Orchid Trading Pte", "Blue Mesa Inc."}
)

// pick chooses by the product, the same on every run.
func pick(names []string, p classifier.Product) string {
	sum := 0
	for _, c := range []byte(p.ID + p.Name) {
		sum += int(c)
	}
	return names[sum%len(names)]
}

func otherCountry(p classifier.Product) (classifier.Product, bool) {
	q := p
	q.Description = strings.TrimSpace(strings.TrimSpace(p.Description) + " Made in " + pick(countries, p) + ".")
	return q, true
}

func otherCompany(p classifier.Product) (classifier.Product, bool) {
	q := p
	q.Description = strings.TrimSpace("From " + pick(companies, p) + ": " + strings.TrimSpace(p.Description))
	return q, true
}

// lowered forgets capitals, as people do who type in haste.
func lowered(text string) string { return strings.ToLower(text) }
