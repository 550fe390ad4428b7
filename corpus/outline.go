package corpus

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Outline answers questions about one edition without searching through it:
// what stands above a code, what is attached to it, what lies below. It is
// built once and only read, so that any number of goroutines may share it.
type Outline struct {
	meta     Meta
	passages []Passage
	entries  []string
	place    map[string]int       // passage id -> index
	heading  map[string]int       // code of a category or group -> its first heading
	children map[string][]string  // code -> the codes one level down; "" -> categories
	above    map[string][]int     // entry -> headings above it, broadest first
	part     []string             // passage -> id of the part of a category it stands in
	attached map[string][]int     // entry, group, category or "" -> passages that may apply
	below    map[string][]int     // entry -> passages of the entry
	terms    map[string][]Passage // defined term -> its definitions
}

// NewOutline builds the outline of e. It keeps e's passages and does not
// change them; e must satisfy Validate.
func NewOutline(e *Edition) *Outline {
	o := &Outline{
		meta:     e.Meta,
		passages: e.Passages,
		place:    make(map[string]int, len(e.Passages)),
		heading:  map[string]int{},
		children: map[string][]string{},
		above:    map[string][]int{},
		part:     make([]string, len(e.Passages)),
		attached: map[string][]int{},
		below:    map[string][]int{},
		terms:    map[string][]Passage{},
	}
	for i, p := range e.Passages {
		o.place[p.ID] = i
	}
	run := newHeadings()
	for i, p := range e.Passages {
		switch p.Kind {
		case KindHeading:
			run.enter(i, p)
			if _, seen := o.heading[p.Code]; !seen && p.Code != "" {
				o.heading[p.Code] = i
				o.adopt(p.Code)
			}
		case KindEntry:
			o.entries = append(o.entries, p.Code)
			o.above[p.Code] = run.chain(e.Passages, p.Code)
			o.adopt(p.Code)
		case KindParagraph:
			o.adopt(p.Code)
		case KindDefinition:
			for _, key := range termKeys(p.Label) {
				o.terms[key] = append(o.terms[key], p)
			}
		default:
			o.index(i, p)
		}
		if run.part >= 0 && within(e.Passages[run.part].Code, p.Code) && len(e.Passages[run.part].AppliesTo) == 0 {
			o.part[i] = e.Passages[run.part].ID
		}
		if entry := entryAt(p.Code); entry != "" {
			o.below[entry] = append(o.below[entry], i)
		}
	}
	return o
}

// headings are the headings in force at a place of the document. A heading
// repeated for the same category opens a part of it (Category 5, Part 2); one
// repeated for the same group opens a section of that.
type headings struct {
	code, group                string
	category, part, body, area int
}

func newHeadings() headings { return headings{category: -1, part: -1, body: -1, area: -1} }

func (h *headings) enter(i int, p Passage) {
	switch {
	case isGroup(p.Code) && h.group == p.Code:
		h.area = i
	case isGroup(p.Code):
		h.group, h.body, h.area = p.Code, i, -1
	case p.Code == h.code && p.Code != "":
		h.part, h.group, h.body, h.area = i, "", -1, -1
	case p.Code != "":
		*h = newHeadings()
		h.code, h.category = p.Code, i
	}
}

// chain returns the headings above entry, broadest first. A heading of another
// category or group than entry's does not count, nor one that names the
// entries it stands above and not this one.
func (h *headings) chain(ps []Passage, entry string) []int {
	var up []int
	add := func(code string, is ...int) {
		for _, i := range is {
			if i < 0 || code == "" || !within(code, entry) {
				continue
			}
			if only := ps[i].AppliesTo; len(only) == 0 || slices.ContainsFunc(only, func(a string) bool { return within(a, entry) }) {
				up = append(up, i)
			}
		}
	}
	add(h.code, h.category, h.part)
	add(h.group, h.body, h.area)
	return up
}

// adopt records code below its nearest ancestor that the edition has.
func (o *Outline) adopt(code string) {
	up := outerOf(code)
	for up != "" && !o.has(up) {
		up = outerOf(up)
	}
	o.children[up] = append(o.children[up], code)
}

func (o *Outline) has(code string) bool {
	if _, ok := o.place[code]; ok {
		return true
	}
	_, ok := o.heading[code]
	return ok
}

// index files an attached passage under every entry, group or category where
// a question can meet it.
func (o *Outline) index(i int, p Passage) {
	keys := []string{bucket(p.Code)}
	for _, a := range p.AppliesTo {
		if b := bucket(a); !slices.Contains(keys, b) {
			keys = append(keys, b)
		}
	}
	for _, k := range keys {
		o.attached[k] = append(o.attached[k], i)
	}
}

// bucket is the entry of code, or code itself when it is broader than an entry.
func bucket(code string) string {
	if entry := entryAt(code); entry != "" {
		return entry
	}
	return code
}

// entryAt is EntryOf, and "" for a group, a category or a whole list.
func entryAt(code string) string {
	if isGroup(code) || len(code) == 1 && code[0] >= '0' && code[0] <= '9' {
		return ""
	}
	return EntryOf(code)
}

// Meta returns the record of the edition.
func (o *Outline) Meta() Meta { return o.meta }

// Entries returns the codes of all entries, in the order of the document.
func (o *Outline) Entries() []string { return slices.Clone(o.entries) }

// Passage returns the passage called id.
func (o *Outline) Passage(id string) (Passage, bool) {
	i, ok := o.place[id]
	if !ok {
		return Passage{}, false
	}
	return o.passages[i], true
}

// ByCode returns the entry or paragraph that code names, or the first heading
// of a category ("3") or group ("3A").
func (o *Outline) ByCode(code string) (Passage, bool) {
	if i, ok := o.place[code]; ok && code != "" && o.passages[i].Code == code {
		return o.passages[i], true
	}
	if i, ok := o.heading[code]; ok {
		return o.passages[i], true
	}
	return Passage{}, false
}

// Children returns the codes one level below code, in the order of the
// document: paragraphs of an entry, entries of a group, groups of a category,
// and for "" the categories, or the entries of a list without them.
func (o *Outline) Children(code string) []string { return slices.Clone(o.children[code]) }

// HeadingChain returns what a reader of the printed list has passed on the way
// to code: headings of category, part and group, the head of the entry, the
// paragraphs above code, and code's own passage last. It is nil when the
// edition does not have code.
func (o *Outline) HeadingChain(code string) []Passage {
	self, ok := o.ByCode(code)
	if !ok {
		return nil
	}
	var chain []Passage
	if self.Kind == KindHeading {
		if i, ok := o.heading[CategoryOf(code+"000")]; ok && isGroup(code) {
			chain = append(chain, o.passages[i])
		}
		return append(chain, self)
	}
	for _, i := range o.above[EntryOf(code)] {
		chain = append(chain, o.passages[i])
	}
	for _, c := range AncestorsOf(code) {
		if i, ok := o.place[c]; ok {
			chain = append(chain, o.passages[i])
		}
	}
	return append(chain, self)
}

// Attached returns the passages that apply to code and are not part of its own
// line of paragraphs: notes, technical notes, N.B., reasons, requirements,
// exceptions, related controls and definitions of the entry. They stand at
// code, at a paragraph or entry above it, or speak of it from elsewhere
// (AppliesTo); notes also come from its group, its part of the category, its
// category and the whole list. Those closest to code come first, and those of
// one place in the order of the document.
//
// A passage that speaks only of paragraphs below code applies to code too:
// whoever asks about 5A001 wants to hear what holds for 5A001.b.5.
func (o *Outline) Attached(code string) []Passage {
	if code == "" {
		return o.pick(o.attached[""], code)
	}
	var at []int
	for _, key := range []string{bucket(code), GroupOf(code), CategoryOf(code), ""} {
		for _, i := range o.attached[key] {
			if !slices.Contains(at, i) {
				at = append(at, i)
			}
		}
	}
	if isGroup(code) {
		at = append(at, o.attached[code[:1]]...)
	}
	slices.Sort(at)
	found := o.pick(slices.Compact(at), code)
	slices.SortStableFunc(found, func(a, b Passage) int { return distance(code, a.Code) - distance(code, b.Code) })
	return found
}

// distance orders places by how far they are from code: itself, then what is
// above it level by level, then other entries.
func distance(code, place string) int {
	if !within(place, code) {
		return len(code) + 1
	}
	return len(code) - len(place)
}

func (o *Outline) pick(at []int, code string) []Passage {
	var found []Passage
	for _, i := range at {
		if p := o.passages[i]; o.applies(i, p, code) {
			found = append(found, p)
		}
	}
	return found
}

func (o *Outline) applies(i int, p Passage, code string) bool {
	if p.Kind == KindAdministrative {
		return false
	}
	if entryAt(p.Code) == "" {
		// of a group, a category or the list: only what reads as a note goes down
		switch p.Kind {
		case KindNote:
		case KindTechnicalNote, KindNB:
			if p.Code == "" {
				return false
			}
		default:
			return p.Code == code
		}
		if part := o.part[i]; part != "" && part != o.partOf(code) && p.Code != code {
			return false
		}
	}
	if len(p.AppliesTo) == 0 {
		return within(p.Code, code)
	}
	for _, a := range p.AppliesTo {
		if within(a, code) || within(code, a) {
			return true
		}
	}
	return false
}

// partOf returns the id of the part of the category that code's entry stands
// in, or "".
func (o *Outline) partOf(code string) string {
	if i, ok := o.place[EntryOf(code)]; ok {
		return o.part[i]
	}
	return ""
}

// Below returns every passage whose code lies below code, with what is
// attached there, in the order of the document.
func (o *Outline) Below(code string) []Passage {
	var found []Passage
	take := func(p Passage) {
		if p.Code != code && within(code, p.Code) {
			found = append(found, p)
		}
	}
	if entry := entryAt(code); entry != "" {
		for _, i := range o.below[entry] {
			take(o.passages[i])
		}
		return found
	}
	for _, p := range o.passages {
		take(p)
	}
	return found
}

// Definitions returns the definitions of the edition's terms that stand in
// text between double quotation marks, straight or curly, also in the plural.
// They come in the order of their first use, each once.
func (o *Outline) Definitions(text string) []Passage {
	return o.definitions(text, func(Passage) bool { return true })
}

func (o *Outline) definitions(text string, holds func(Passage) bool) []Passage {
	if len(o.terms) == 0 {
		return nil
	}
	var found []Passage
	seen := map[string]bool{}
	for _, term := range quoted(text) {
		for _, p := range o.terms[termKey(term)] {
			if !seen[p.ID] && holds(p) {
				seen[p.ID] = true
				found = append(found, p)
			}
		}
	}
	return found
}

// quoted returns what stands between each two neighbouring double quotation
// marks. It looks between a closing and the next opening mark too, so that one
// stray mark (an inch sign) does not turn all that follows inside out; such
// text is no defined term and finds nothing.
func quoted(text string) []string {
	var at []int
	for i, r := range text {
		if r == '"' || r == '“' || r == '”' || r == '„' {
			at = append(at, i)
		}
	}
	var found []string
	for i := 0; i+1 < len(at); i++ {
		s := strings.TrimLeft(text[at[i]:at[i+1]], `"“”„`)
		if s != "" && len(s) < 200 {
			found = append(found, s)
		}
	}
	return found
}

var (
	numbersAfterTerm = regexp.MustCompile(`\s*\([^)]*\)\s*$`)
	shortTerm        = regexp.MustCompile(`\("([^"()]+)"\)`)
	orBetweenTerms   = regexp.MustCompile(`["”]\s*(?:or|/|,)\s*["“]`)
)

// termKeys returns the keys of a defined term as a list prints it: with
// quotation marks, with the categories it belongs to or its short form in
// brackets, or as several terms with one meaning.
func termKeys(label string) []string {
	short := shortTerm.FindStringSubmatch(label)
	label = numbersAfterTerm.ReplaceAllString(shortTerm.ReplaceAllString(label, ""), "")
	terms := orBetweenTerms.Split(label, -1)
	if short != nil {
		terms = append(terms, short[1])
	}
	var keys []string
	for _, t := range terms {
		if k := termKey(t); k != "" && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// termKey folds case, hyphens, white space, edge punctuation and the plural of
// the last word, so that “Digital computers,” finds "digital computer".
func termKey(term string) string {
	words := strings.FieldsFunc(strings.ToLower(term), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if len(words) == 0 {
		return ""
	}
	last := len(words) - 1
	words[last] = singular(words[last])
	return strings.Join(words, " ")
}

func singular(w string) string {
	switch {
	case len(w) < 4 || strings.HasSuffix(w, "ss") || strings.HasSuffix(w, "us") || strings.HasSuffix(w, "is"):
		return w
	case strings.HasSuffix(w, "ies"):
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"):
		return w[:len(w)-2]
	}
	return strings.TrimSuffix(w, "s")
}

// Description bundles what an edition says about one code, for showing it.
type Description struct {
	Meta Meta   `json:"edition"`
	Code string `json:"code"`
	URL  string `json:"url"` // official page of this edition
	// Chain ends in the passage of Code itself.
	Chain       []Passage `json:"chain"`
	Attached    []Passage `json:"attached,omitempty"`
	Children    []Passage `json:"children,omitempty"`
	Definitions []Passage `json:"definitions,omitempty"` // of terms used in Chain and Attached
}

// Describe returns what the edition says about code, an entry, a paragraph, a
// group or a category in Assay's spelling (ParseCode), and false when the
// edition does not have it.
func (o *Outline) Describe(code string) (Description, bool) {
	chain := o.HeadingChain(code)
	if len(chain) == 0 {
		return Description{}, false
	}
	d := Description{Meta: o.meta, Code: code, Chain: chain, Attached: o.Attached(code), URL: OfficialURL(o.meta, code)}
	for _, c := range o.children[code] {
		if p, ok := o.ByCode(c); ok {
			d.Children = append(d.Children, p)
		}
	}
	var text strings.Builder
	for _, ps := range [][]Passage{chain, d.Attached} {
		for _, p := range ps {
			if p.Code != "" { // the general notes would bring half the glossary to every entry
				text.WriteString(p.Text)
				text.WriteByte('\n')
			}
		}
	}
	d.Definitions = o.definitions(text.String(), func(p Passage) bool { return within(p.Code, code) })
	return d, true
}

// within is Covers, and also knows that a category holds its groups.
func within(outer, code string) bool {
	return Covers(outer, code) || isGroup(code) && len(outer) == 1 && code[:1] == outer
}

// isGroup tells a product group of a dual-use list, such as 3A.
func isGroup(code string) bool { return len(code) == 2 && isDualUse(code+"000") }

// outerOf is ParentOf, continued above the entry to group and category.
func outerOf(code string) string {
	if up := ParentOf(code); up != "" {
		return up
	}
	switch {
	case isDualUse(code):
		return code[:2]
	case isGroup(code):
		return code[:1]
	}
	return ""
}
