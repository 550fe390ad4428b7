package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Card is our own-words knowledge of one entry: what it controls, what
// engineers call such goods, what it is mistaken for. It never repeats the
// official wording; it points to it by code.
type Card struct {
	Entry string             `yaml:"entry" json:"entry"` // "3A001", "XI", "ML11"
	Lists map[ListID]Listing `yaml:"lists" json:"lists"` // the lists it stands on
	Gist  string             `yaml:"gist" json:"gist"`
	// Terms are product language for the entry as a whole: the words of
	// datasheets and catalogues, most usual first.
	Terms []string `yaml:"terms" json:"terms"`
	// Paragraphs by designator below the entry: "a.5.a.3", "(a)(5)".
	Paragraphs  map[string]Paragraph `yaml:"paragraphs" json:"paragraphs,omitempty"`
	Confusables []Confusable         `yaml:"confusables" json:"confusables,omitempty"`
}

// Listing says how a card stands on one list.
type Listing struct {
	// Code of the entry on this list when it differs from Card.Entry.
	Code    string   `yaml:"code" json:"code,omitempty"`
	Reasons []string `yaml:"reasons" json:"reasons,omitempty"` // reasons for control: NS, AT …
}

// Paragraph is one paragraph of a card's entry.
type Paragraph struct {
	Gist  string   `yaml:"gist" json:"gist"`
	Terms []string `yaml:"terms" json:"terms,omitempty"`
	// Lists that have this paragraph; empty means all the card's lists.
	Lists []ListID `yaml:"lists" json:"lists,omitempty"`
	// As gives the designator on lists that print the same goods under another
	// one: {eu-dual-use: c} where the card's own designator is b.
	As map[ListID]string `yaml:"as" json:"as,omitempty"`
	// When holds what a product must satisfy to be described here, Unless the
	// notes that release it, Otherwise the codes where a near miss goes.
	When      *Condition  `yaml:"when" json:"when,omitempty"`
	Unless    []Exclusion `yaml:"unless" json:"unless,omitempty"`
	Otherwise []string    `yaml:"otherwise" json:"otherwise,omitempty"`
}

// Condition is a tree over properties and features. Exactly one of All, Any,
// Not, Count, Feature and Property is set; a Property carries at least one
// bound, in Unit.
type Condition struct {
	All      []Condition `yaml:"all" json:"all,omitempty"`
	Any      []Condition `yaml:"any" json:"any,omitempty"`
	Not      *Condition  `yaml:"not" json:"not,omitempty"`
	Count    *CountOf    `yaml:"count" json:"count,omitempty"`
	Feature  string      `yaml:"feature" json:"feature,omitempty"`
	Property string      `yaml:"property" json:"property,omitempty"`
	AtLeast  *float64    `yaml:"at_least" json:"at_least,omitempty"`
	Above    *float64    `yaml:"above" json:"above,omitempty"`
	AtMost   *float64    `yaml:"at_most" json:"at_most,omitempty"`
	Below    *float64    `yaml:"below" json:"below,omitempty"`
	Equals   *float64    `yaml:"equals" json:"equals,omitempty"`
	Unit     string      `yaml:"unit" json:"unit,omitempty"`
}

// CountOf is satisfied when at least AtLeast of its conditions are.
type CountOf struct {
	AtLeast int         `yaml:"at_least" json:"at_least"`
	Of      []Condition `yaml:"of" json:"of"`
}

// Exclusion is a note or decontrol that releases a product from a paragraph.
type Exclusion struct {
	Gist string     `yaml:"gist" json:"gist"`
	When *Condition `yaml:"when" json:"when,omitempty"`
	Cite string     `yaml:"cite" json:"cite"` // "3A001.a.2 Note"
}

// Confusable is an entry or paragraph that is mistaken for this one, and the
// one question that separates them.
type Confusable struct {
	Code string `yaml:"code" json:"code"`
	Ask  string `yaml:"ask" json:"ask"`
}

// Goods is a family of everyday or industrial goods that falls on no entry.
// It lets "not listed" cite something.
type Goods struct {
	ID    string   `yaml:"goods" json:"goods"` // "office-furniture"
	Gist  string   `yaml:"gist" json:"gist"`
	Terms []string `yaml:"terms" json:"terms"`
	// Tempting names the entries that a careless reader would choose, and why
	// they do not apply: the threshold or the exclusion.
	Tempting []Tempting `yaml:"tempting" json:"tempting,omitempty"`
}

// Tempting is an entry that looks right for goods on no list, and is not.
type Tempting struct {
	Code    string `yaml:"code" json:"code"`
	Because string `yaml:"because" json:"because"`
}

// Problem is one fault of a card or family of goods: the path of keys to the
// place, and what is wrong there.
type Problem struct {
	Path []string
	Text string
}

func (p Problem) String() string { return strings.Join(p.Path, ".") + ": " + p.Text }

// Code returns the full code of the paragraph with the given designator.
func (c *Card) Code(designator string) string {
	if strings.HasPrefix(designator, "(") {
		return c.Entry + designator
	}
	return c.Entry + "." + designator
}

// CodeOn returns how code, of this card, is written on list, and whether the
// card and the paragraph stand on that list at all.
func (c *Card) CodeOn(list ListID, designator string) (string, bool) {
	listing, ok := c.Lists[list]
	if !ok {
		return "", false
	}
	entry := c.Entry
	if listing.Code != "" {
		entry = listing.Code
	}
	if designator == "" {
		return entry, true
	}
	p := c.Paragraphs[designator]
	if len(p.Lists) > 0 && !slices.Contains(p.Lists, list) {
		return "", false
	}
	if as := p.As[list]; as != "" {
		designator = as
	}
	if strings.HasPrefix(designator, "(") {
		return entry + designator, true
	}
	return entry + "." + designator, true
}

// Designators returns the card's paragraph designators in the order of the
// list: a.2 before a.10, parents before children.
func (c *Card) Designators() []string {
	ds := make([]string, 0, len(c.Paragraphs))
	for d := range c.Paragraphs {
		ds = append(ds, d)
	}
	slices.SortFunc(ds, CompareCodes)
	return ds
}

// CompareCodes orders codes and designators as lists do: by segments, numbers
// by value, letters by the alphabet with a.z before a.aa. The third bracket of
// a code of the Munitions List holds a Roman numeral.
func CompareCodes(a, b string) int {
	brackets := 0
	for a != "" && b != "" {
		if strings.HasPrefix(strings.TrimPrefix(a, ")"), "(") {
			brackets++
		}
		var x, y string
		x, a = segment(a)
		y, b = segment(b)
		if x == y {
			continue
		}
		if p, q := roman(x), roman(y); brackets == 3 && p > 0 && q > 0 {
			return p - q
		}
		if len(x) != len(y) && len(x) < 5 && len(y) < 5 {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	}
	return len(a) - len(b)
}

// roman returns the value of a small Roman numeral in lower case, or 0.
func roman(s string) int {
	values := map[byte]int{'i': 1, 'v': 5, 'x': 10, 'l': 50}
	total := 0
	for i := range len(s) {
		v := values[s[i]]
		if v == 0 {
			return 0
		}
		if i+1 < len(s) && v < values[s[i+1]] {
			v = -v
		}
		total += v
	}
	return total
}

// segment cuts the first run of letters and digits off code.
func segment(code string) (first, rest string) {
	start := 0
	for start < len(code) && !isAlphanumeric(code[start]) {
		start++
	}
	end := start
	for end < len(code) && isAlphanumeric(code[end]) {
		end++
	}
	rest = code[end:]
	if strings.Trim(rest, ".()") == "" {
		rest = ""
	}
	return code[start:end], rest
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

const (
	maxGist = 400 // characters; a gist is a sentence or two, not a commentary
	maxTerm = 60
)

var designatorForm = regexp.MustCompile(`^(?:[0-9a-z]+(?:\.[0-9a-z]+)*|(?:\([0-9A-Za-z]+\))+)$`)

// Validate returns every fault of the card, in the order of its fields.
func (c *Card) Validate() []Problem {
	var ps []Problem
	bad := func(text string, path ...string) { ps = append(ps, Problem{path, text}) }
	if code, err := ParseCode(c.Entry); err != nil {
		bad(err.Error(), "entry")
	} else if code != c.Entry || EntryOf(code) != code {
		bad(fmt.Sprintf("%q must be an entry in Assay's spelling, such as %q", c.Entry, EntryOf(code)), "entry")
	}
	if len(c.Lists) == 0 {
		bad("names no list; give at least one, such as us-ccl: {}", "lists")
	}
	for id, l := range c.Lists {
		if _, known := LookupList(id); !known {
			bad("is not a list Assay knows", "lists", string(id))
		}
		for _, r := range l.Reasons {
			if !slices.Contains(reasons, r) {
				bad(fmt.Sprintf("%q is not a reason for control; known are %s", r, strings.Join(reasons, " ")), "lists", string(id), "reasons")
			}
		}
	}
	ps = append(ps, checkGist(c.Gist, "gist")...)
	if len(c.Terms) == 0 {
		bad("has no product terms", "terms")
	}
	ps = append(ps, checkTerms(c.Terms, "terms")...)
	for _, d := range c.Designators() {
		p, at := c.Paragraphs[d], []string{"paragraphs", d}
		if !designatorForm.MatchString(d) {
			bad(`is not a designator; write "a.5.a.3" or "(a)(5)", without the entry and without a final dot`, at...)
		}
		ps = append(ps, checkGist(p.Gist, append(at, "gist")...)...)
		ps = append(ps, checkTerms(p.Terms, append(at, "terms")...)...)
		for _, l := range p.Lists {
			if _, ok := c.Lists[l]; !ok {
				bad(fmt.Sprintf("%s is not among the card's lists", l), append(at, "lists")...)
			}
		}
		for l, as := range p.As {
			if _, ok := c.CodeOn(l, d); !ok {
				bad(fmt.Sprintf("%s does not have this paragraph", l), append(at, "as")...)
			}
			if !designatorForm.MatchString(as) {
				bad(fmt.Sprintf("%q is not a designator", as), append(at, "as")...)
			}
		}
		if p.When != nil {
			ps = append(ps, p.When.validate(append(at, "when"))...)
		}
		for _, x := range p.Unless {
			ps = append(ps, checkGist(x.Gist, append(at, "unless")...)...)
			if x.Cite == "" {
				bad("an exclusion needs cite: the note it stands on", append(at, "unless")...)
			}
			if x.When != nil {
				ps = append(ps, x.When.validate(append(at, "unless"))...)
			}
		}
		for _, o := range p.Otherwise {
			ps = append(ps, checkCode(o, append(at, "otherwise")...)...)
		}
	}
	for l := range c.Lists {
		// Two paragraphs under one code would hide each other.
		taken := map[string]string{}
		for _, d := range c.Designators() {
			code, ok := c.CodeOn(l, d)
			if !ok {
				continue
			}
			if other := taken[code]; other != "" {
				bad(fmt.Sprintf("%s on %s is %s already", code, l, other), "paragraphs", d)
			}
			taken[code] = d
		}
	}
	for _, x := range c.Confusables {
		ps = append(ps, checkCode(x.Code, "confusables")...)
		if x.Code == c.Entry {
			bad("the card names itself", "confusables")
		}
		if strings.TrimSpace(x.Ask) == "" {
			bad(fmt.Sprintf("%s lacks ask: the question that separates it", x.Code), "confusables")
		}
	}
	return ps
}

// Validate returns every fault of the family of goods.
func (g *Goods) Validate() []Problem {
	var ps []Problem
	if strings.Trim(g.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || g.ID == "" {
		ps = append(ps, Problem{[]string{"goods"}, fmt.Sprintf("%q must be lower-case words joined by hyphens", g.ID)})
	}
	ps = append(ps, checkGist(g.Gist, "gist")...)
	if len(g.Terms) == 0 {
		ps = append(ps, Problem{[]string{"terms"}, "has no product terms"})
	}
	ps = append(ps, checkTerms(g.Terms, "terms")...)
	for _, t := range g.Tempting {
		ps = append(ps, checkCode(t.Code, "tempting")...)
		if strings.TrimSpace(t.Because) == "" {
			ps = append(ps, Problem{[]string{"tempting"}, t.Code + " lacks because: why it does not apply"})
		}
	}
	return ps
}

// reasons for control on the CCL (15 CFR 738.2), and the regimes that other
// lists go back to.
var reasons = []string{"AT", "CB", "CC", "CW", "EI", "FC", "MT", "NP", "NS", "RS", "SI", "SL", "SS", "UN",
	"WA", "MTCR", "NSG", "AG", "CWC"}

func (c *Condition) validate(at []string) []Problem {
	var ps []Problem
	set := 0
	count := func(is bool) {
		if is {
			set++
		}
	}
	count(len(c.All) > 0)
	count(len(c.Any) > 0)
	count(c.Not != nil)
	count(c.Count != nil)
	count(c.Feature != "")
	count(c.Property != "")
	if set != 1 {
		return append(ps, Problem{at, "needs exactly one of all, any, not, count, feature, property"})
	}
	bounded := c.AtLeast != nil || c.Above != nil || c.AtMost != nil || c.Below != nil || c.Equals != nil
	if (c.Property != "") != bounded {
		ps = append(ps, Problem{at, "a property needs a bound (at_least, above, at_most, below, equals), and only a property has one"})
	}
	for i := range c.All {
		ps = append(ps, c.All[i].validate(append(at, "all"))...)
	}
	for i := range c.Any {
		ps = append(ps, c.Any[i].validate(append(at, "any"))...)
	}
	if c.Not != nil {
		ps = append(ps, c.Not.validate(append(at, "not"))...)
	}
	if c.Count != nil {
		if c.Count.AtLeast < 1 || c.Count.AtLeast > len(c.Count.Of) {
			ps = append(ps, Problem{append(at, "count"), "at_least must lie between 1 and the number of conditions"})
		}
		for i := range c.Count.Of {
			ps = append(ps, c.Count.Of[i].validate(append(at, "count", "of"))...)
		}
	}
	return ps
}

func checkGist(gist string, path ...string) []Problem {
	switch n := utf8.RuneCountInString(gist); {
	case strings.TrimSpace(gist) == "":
		return []Problem{{slices.Clone(path), "has no gist"}}
	case n > maxGist:
		return []Problem{{slices.Clone(path), fmt.Sprintf("is %d characters long; at most %d", n, maxGist)}}
	}
	return nil
}

func checkTerms(terms []string, path ...string) []Problem {
	var ps []Problem
	seen := map[string]bool{}
	for _, t := range terms {
		key := strings.ToLower(strings.Join(strings.Fields(t), " "))
		switch {
		case key == "":
			ps = append(ps, Problem{slices.Clone(path), "holds an empty term"})
		case utf8.RuneCountInString(t) > maxTerm:
			ps = append(ps, Problem{slices.Clone(path), fmt.Sprintf("%q is longer than %d characters; a term is what a catalogue calls the thing", t, maxTerm)})
		case seen[key]:
			ps = append(ps, Problem{slices.Clone(path), fmt.Sprintf("%q stands twice", t)})
		}
		seen[key] = true
	}
	return ps
}

func checkCode(code string, path ...string) []Problem {
	got, err := ParseCode(code)
	switch {
	case err != nil:
		return []Problem{{slices.Clone(path), err.Error()}}
	case got != code:
		return []Problem{{slices.Clone(path), fmt.Sprintf("write %s as %s", code, got)}}
	}
	return nil
}
