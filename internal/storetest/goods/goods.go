// Package goods makes up products in any number, for measuring stores that
// hold many precedents. It is for tests and benchmarks only and imports
// corpus and classifier.
//
// The products lie as those of real catalogues do, which matters to a search of
// vectors: some kinds of goods are common and most are rare, and a maker
// sells a series of near twins that differ in a figure or two. What is sold comes
// from the product terms of the digest; the rest is invented.
package goods

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"assay/classifier"
	"assay/corpus"
	"assay/corpus/digest"
)

// Maker makes products. The same seed and number give the same product.
type Maker struct {
	seed  uint64
	kinds []kind
	share []float64 // running sum of how common each kind is
}

// kind is what one card, paragraph or family of goods describes.
type kind struct {
	terms []string
	codes map[corpus.ListID][]string // what an office would answer
}

// perSeries is how many products a series has; series are numbered by product.
const perSeries = 16

// NewMaker returns a Maker of goods that d knows.
func NewMaker(d *digest.Digest, seed uint64) *Maker {
	m := &Maker{seed: seed}
	add := func(terms []string, codes map[corpus.ListID][]string) {
		if len(terms) > 0 {
			m.kinds = append(m.kinds, kind{terms, codes})
		}
	}
	for i := range d.Cards {
		c := &d.Cards[i]
		add(c.Terms, codesOf(c, ""))
		for _, designator := range c.Designators() {
			add(c.Paragraphs[designator].Terms, codesOf(c, designator))
		}
	}
	for _, g := range d.Goods {
		add(g.Terms, map[corpus.ListID][]string{corpus.USCCL: {}, corpus.EUDualUse: {}})
	}
	// The first kinds are common and the last rare, so their order is drawn.
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(m.kinds), func(a, b int) { m.kinds[a], m.kinds[b] = m.kinds[b], m.kinds[a] })
	sum := 0.0
	for i := range m.kinds {
		sum += math.Pow(float64(i+1), -0.7)
		m.share = append(m.share, sum)
	}
	return m
}

func codesOf(c *corpus.Card, designator string) map[corpus.ListID][]string {
	codes := map[corpus.ListID][]string{}
	for _, l := range []corpus.ListID{corpus.USCCL, corpus.EUDualUse} {
		codes[l] = []string{}
		if code, ok := c.CodeOn(l, designator); ok && designator != "" {
			codes[l] = []string{code}
		} else if listing, on := c.Lists[l]; on && designator == "" {
			codes[l] = []string{cmp.Or(listing.Code, c.Entry)}
		}
	}
	return codes
}

// Product returns product n and what was decided about it.
func (m *Maker) Product(n int) (classifier.Product, map[corpus.ListID][]string) {
	series := rand.New(rand.NewPCG(m.seed, uint64(n/perSeries)+1))
	k := &m.kinds[m.draw(series)]
	maker, letters := pick(series, makers), pick(series, prefixes)+pick(series, prefixes)
	number := 10 * (1 + series.IntN(900))
	terms := []string{pick(series, k.terms), pick(series, k.terms), pick(series, k.terms)}
	first, step := series.IntN(len(figures)), 1+series.IntN(len(figures)-1)
	use, form, told := pick(series, uses), series.IntN(3), 2+series.IntN(3)

	// What makes one of a series differ from the others: its figures, and for
	// some its wording, since a catalogue has several authors.
	one := rand.New(rand.NewPCG(m.seed+1, uint64(n)))
	var says []string
	for i := range told + one.IntN(2) {
		f := figures[(first+i*step)%len(figures)]
		says = append(says, fmt.Sprintf(f.phrase, pick(one, f.steps)))
	}
	if one.IntN(3) == 0 {
		terms[1+one.IntN(2)] = pick(one, k.terms)
	}
	if one.IntN(4) == 0 {
		use = pick(one, uses)
	}
	if one.IntN(6) == 0 {
		form = one.IntN(3)
	}
	trade := pick(one, trades)
	p := classifier.Product{Name: fmt.Sprintf("%s %s%d %s", maker, letters, number+n%perSeries, terms[0])}
	switch form {
	case 0:
		p.Description = capital(terms[1]) + " " + use + ": " + strings.Join(says, ", ") + ". " + trade
	case 1:
		p.Description = capital(strings.Join(says, "; ")) + ". " + capital(terms[1]) + ", " + terms[2] + ". " + trade
	default:
		p.Description = capital(terms[2]) + " " + use + ". " + trade
		p.Attributes = classifier.Attributes{}
		for _, t := range says {
			at := strings.IndexFunc(t, func(r rune) bool { return r >= '0' && r <= '9' })
			p.Attributes[strings.TrimRight(t[:at], " ")] = t[at:]
		}
	}
	return p, k.codes
}

func (m *Maker) draw(r *rand.Rand) int {
	at, _ := slices.BinarySearch(m.share, r.Float64()*m.share[len(m.share)-1])
	return min(at, len(m.kinds)-1)
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func capital(s string) string {
	_, first := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:first]) + s[first:]
}

var makers = strings.Fields("Norvane Halgrim Torvik Corvina Estrel Quillon Brackwater Sennholt Vardal Ostrava-Kern Pellworth Ingmar Tarrant Kesteven " +
	"Lindqvist-Oda Marrow Zephine Aldermoor Ravik Solenne")

var prefixes = strings.Fields("A B D F GX H K L M N P Q R S T V X Z")

var uses = []string{"for laboratories", "for base stations and test equipment", "for food plants", "for chemical works", "for shipyards", "for offices",
	"for machine builders", "for hospitals", "for universities", "for airports", "for mines and quarries", "for car makers", "for energy suppliers",
	"for hobby use", "for broadcasters", "for security firms", "for foundries", "for satellite makers"}

var trades = []string{"In stock, small orders welcome.", "Delivery in six weeks.", "Data sheet on request.", "Two years of warranty.", "Spare parts for ten years.",
	"Sold through distributors only.", "Replaces the previous series.", "CE marked.", "Custom versions on request.", "Price per piece."}

// figures are what datasheets state, with values of the size that is usual.
var figures = []struct {
	phrase string
	steps  []string
}{
	{"supply voltage %s V", strings.Fields("1.8 3.3 5 12 24 48 110 230 400")},
	{"operating temperature up to %s °C", strings.Fields("40 55 70 85 105 125 150 200")},
	{"power consumption %s W", strings.Fields("0.5 2 5 12 40 90 250 600 1500")},
	{"weight %s kg", strings.Fields("0.1 0.4 1.2 3 8 25 60 180 900")},
	{"resolution %s bit", strings.Fields("8 10 12 14 16 18 24")},
	{"sample rate %s MSPS", strings.Fields("1 20 65 105 125 250 500 1000 3000")},
	{"frequency range up to %s GHz", strings.Fields("0.1 1 2.7 6 18 26.5 40 67 110")},
	{"output power %s mW", strings.Fields("1 5 20 50 200 500 1000 5000")},
	{"wavelength %s nm", strings.Fields("405 532 638 808 976 1064 1310 1550 1940")},
	{"pressure up to %s bar", strings.Fields("1 6 10 16 40 100 350 700")},
	{"flow rate %s l/min", strings.Fields("0.5 2 10 40 120 600 2000")},
	{"positioning accuracy %s µm", strings.Fields("0.5 1 2 5 10 20 50")},
	{"data rate %s Gbps", strings.Fields("0.1 1 2.5 10 25 100 400")},
	{"range %s km", strings.Fields("0.2 1 3 10 30 120 300 600")},
	{"measuring range %s m", strings.Fields("0.1 0.5 2 10 50 100 300 1000")},
	{"load %s kN", strings.Fields("0.5 2 10 50 100 300 1000")},
	{"purity %s %%", strings.Fields("95 98 99 99.5 99.9 99.99")},
	{"pixel count %s MP", strings.Fields("0.3 1.3 2 5 12 26 65")},
	{"frame rate %s fps", strings.Fields("9 25 30 60 120 1000 20000")},
	{"memory %s GB", strings.Fields("1 4 8 32 64 128 512")},
	{"bias stability %s °/h", strings.Fields("0.01 0.05 0.5 2 10 30")},
	{"tensile strength %s MPa", strings.Fields("200 450 800 1200 2050 3500")},
	{"capacity %s Ah", strings.Fields("0.2 1 3 10 50 100 280")},
	{"depth rating %s m", strings.Fields("10 40 100 300 1000 3000 6000")},
	{"noise figure %s dB", strings.Fields("0.8 1.5 3 5 8")},
	{"speed %s rpm", strings.Fields("60 600 1500 3000 9000 24000 60000")},
}
