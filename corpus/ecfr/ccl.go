package ecfr

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"assay/corpus"
)

// ReadCCL reads the Commerce Control List: Supplement No. 1 to Part 774 by
// itself, or inside the whole of part 774. It returns a *corpus.ReadError for
// anything else.
func ReadCCL(src corpus.Source) (*corpus.Edition, error) {
	doc, err := scan(src, func(b *block) string {
		if m := eccnHead.FindStringSubmatch(b.text); m != nil && isEntryHead(b) {
			return m[1]
		}
		return ""
	})
	if err != nil {
		return nil, err
	}
	blocks, err := supplement(src, doc)
	if err != nil {
		return nil, err
	}
	r := &cclReader{blocks: blocks, limit: src.Limits.WithDefaults().Text, codes: map[string]bool{}, open: -1, noteAt: -1}
	r.read()
	if r.entries == 0 {
		return nil, &corpus.ReadError{Source: src.Name, Err: errors.New("it has no ECCN"),
			Remedy: "import Supplement No. 1 to part 774 as the eCFR serves it"}
	}
	passages, err := finish(src, r.drafts)
	if err != nil {
		return nil, err
	}
	meta, err := src.Meta(corpus.USCCL, FormatCCL, doc.date)
	if err != nil {
		return nil, err
	}
	meta.Title = "Commerce Control List (15 CFR part 774, supplement no. 1)"
	return edition(src, meta, passages)
}

var (
	divRoot   = regexp.MustCompile(`^DIV[1-9]$`)
	suppOne   = regexp.MustCompile(`(?i)^supplement no\. ?1 to part 774`)
	eccnHead  = regexp.MustCompile(`^(\d[A-E]\d{3})\b[.:]?\s*`)
	ear99Head = regexp.MustCompile(`^EAR99\b[.:]?\s*`)
)

// supplement returns the blocks of the supplement that holds the list.
func supplement(src corpus.Source, doc *document) ([]block, error) {
	wrong := &corpus.ReadError{Source: src.Name, Remedy: "import Supplement No. 1 to part 774 as the eCFR serves it"}
	if !divRoot.MatchString(doc.root) {
		wrong.Err = fmt.Errorf("its root element is <%s> and not a DIV of the eCFR", doc.root)
		return nil, wrong
	}
	var own []block
	for _, b := range doc.blocks {
		if suppOne.MatchString(b.div) {
			own = append(own, b)
		}
	}
	if own == nil {
		wrong.Err = errors.New("it does not hold Supplement No. 1 to part 774")
		return nil, wrong
	}
	return own, nil
}

// isEntryHead tells the head of an entry from a paragraph that begins with a
// code: it is set in bold, or as FP-2.
func isEntryHead(b *block) bool { return b.note == 0 && b.table == 0 && (b.bold || b.tag == "FP-2") }

// section is the part of an entry being read.
type section int

const (
	atHead section = iota
	requirements
	reporting
	exceptions
	special // conditions for License Exception STA
	related // the list of items before the items themselves
	items
)

// draft is a passage before its id and the codes it names are known.
type draft struct {
	corpus.Passage
	line   int
	entry  string   // entry it stands in, "" outside of entries
	target string   // of a note's label: what stands after "to"
	scope  string   // of a requirement: what it applies to
	more   []string // text printed after Text
	size   int      // bytes in more
	over   bool     // more than the limit
}

// extend appends s to the text of d, up to limit bytes. The pieces are joined
// at the end, so that a passage in very many pieces costs no more than others.
func (d *draft) extend(s string, limit int) {
	if d.size += len(s) + 1; len(d.Text)+d.size > limit {
		d.over = true
		return
	}
	d.more = append(d.more, s)
}

// ending returns the last piece of the text of d.
func (d *draft) ending() string {
	if n := len(d.more); n > 0 {
		return d.more[n-1]
	}
	return d.Text
}

// join puts the pieces together.
func (d *draft) join() {
	d.Text = strings.TrimSpace(d.Text + " " + strings.Join(d.more, " "))
	d.more, d.size = nil, 0
}

type cclReader struct {
	blocks  []block
	limit   int // bytes of one passage
	drafts  []draft
	codes   map[string]bool // entries and paragraphs so far
	entries int

	category, group, part string
	annex                 []string // entries that the annex being read belongs to
	entry                 string
	at                    string // code that notes belong to now
	section               section
	itemsAt               int // index of the block where the items of entry begin

	open     int    // draft that unlabelled text continues, -1 when none
	inline   bool   // open is a note that no NOTE element encloses
	plural   string // "Technical Note" while "Technical Notes" are being numbered
	number   int    // of the last of them
	note     int    // number of the NOTE element being read
	noteAt   int    // draft that its text continues, -1 when none
	noteHead noteLabel
	outer    run // numbered notes that the NOTE element interrupts
	table    int // number of the table whose rows are being joined
}

// run is how far numbered notes have come.
type run struct {
	plural string
	number int
	head   noteLabel
}

func (r *cclReader) read() {
	for i := range r.blocks {
		b := &r.blocks[i]
		if b.note != r.note {
			r.changeNote(b.note)
		}
		switch {
		case r.head(i, b):
		case b.tag == "HEAD":
			r.add(b, corpus.KindHeading, "", "", b.text)
		case b.tag == "CITA" || b.tag == "PSPACE" || b.tag == "AUTH" || b.tag == "SOURCE" || b.tag == "SECAUTH":
			r.leave()
			r.part = ""
			label := ""
			if b.note != 0 {
				label = r.noteHead.label
			}
			r.add(b, corpus.KindAdministrative, "", label, b.text)
		case b.note != 0:
			r.inNote(b)
		case b.table != 0:
			r.row(b)
		case b.text == image && r.afterNote():
			r.extend(len(r.drafts)-1, image)
		case r.entry != "" && i >= r.itemsAt:
			r.item(b)
		case r.entry != "":
			r.preliminary(b)
		default:
			r.outside(b)
		}
	}
}

// add appends a passage and returns its index.
func (r *cclReader) add(b *block, kind corpus.Kind, code, label, text string, marks ...string) int {
	if len(code) == 1 && r.part != "" {
		marks = append(marks, "part="+r.part)
	}
	r.drafts = append(r.drafts, draft{Passage: corpus.Passage{Code: code, Kind: kind, Label: label, Text: text, Marks: marks},
		line: b.line, entry: r.entry})
	r.open, r.inline = -1, false
	return len(r.drafts) - 1
}

// extend appends text to the passage at index i.
func (r *cclReader) extend(i int, text string) { r.drafts[i].extend(text, r.limit) }

// leave ends the entry being read.
func (r *cclReader) leave() {
	r.entry, r.at, r.section, r.open, r.inline, r.plural, r.noteAt, r.outer = "", "", atHead, -1, false, "", -1, run{}
}

// here is the code that a note belongs to.
func (r *cclReader) here() string {
	switch {
	case r.at != "":
		return r.at
	case r.group != "":
		return r.group
	}
	return r.category
}

var (
	categoryHead = regexp.MustCompile(`^(?i:category)\s+(\d)\b`)
	partHead     = regexp.MustCompile(`^(?i:part)\s+(\d)\s*[—–-]`)
	groupHead    = regexp.MustCompile(`^([A-E])\.\s`)
	annexHead    = regexp.MustCompile(`^(?i:annex)\s+to\s+(?i:category)\s+(\d)\b`)
)

// head reads the headings of categories, parts, groups and sub-areas and the
// heads of entries. It reports false when b is none of them.
func (r *cclReader) head(i int, b *block) bool {
	if isEntryHead(b) {
		if m := eccnHead.FindStringSubmatch(b.text); m != nil {
			r.enter(i, b, m[1], b.text[len(m[0]):])
			return true
		}
		if m := ear99Head.FindString(b.text); m != "" {
			r.leave()
			r.group, r.part = "", ""
			r.add(b, corpus.KindAdministrative, r.category, "EAR99", b.text[len(m):])
			return true
		}
	}
	if !strings.HasPrefix(b.tag, "HD") || b.note != 0 {
		return false
	}
	if r.entry != "" && i < r.itemsAt && r.sectionTitle(b.text) {
		return true
	}
	if m := categoryHead.FindStringSubmatch(b.text); m != nil && b.tag == "HD1" {
		r.leave()
		r.category, r.part, r.group, r.annex = m[1], "", "", nil
		r.add(b, corpus.KindHeading, r.category, "", b.text)
		return true
	}
	if m := annexHead.FindStringSubmatch(b.text); m != nil {
		r.leave()
		r.category, r.part, r.group, r.annex = m[1], "", "", []string{}
		r.add(b, corpus.KindHeading, r.category, "", b.text)
		return true
	}
	if m := partHead.FindStringSubmatch(b.text); m != nil && b.tag == "HD1" {
		r.leave()
		r.part, r.group = m[1], ""
		r.heading(b, r.category)
		return true
	}
	if m := groupHead.FindStringSubmatch(b.text); m != nil && b.tag == "HD1" && r.category != "" {
		r.leave()
		r.group = r.category + m[1]
		r.heading(b, r.group)
		return true
	}
	switch {
	case r.annex != nil && r.entry == "":
		resolver := &resolver{}
		for _, m := range mentionStart.FindAllStringSubmatchIndex(b.text, -1) {
			if len(r.annex) == 0 {
				r.annex, _ = resolver.list(b.text[m[2]:], "")
			}
		}
		r.add(b, corpus.KindAdministrative, r.category, "", b.text)
	case strings.HasPrefix(b.text, "Technical Note"):
		r.open = r.add(b, corpus.KindTechnicalNote, r.here(), b.text, "")
		r.inline = true
	case b.tag == "HD1":
		code := r.group
		if code == "" {
			code = r.category
		}
		r.heading(b, code)
	default:
		code := r.entry
		if code == "" {
			code = r.here()
		}
		r.add(b, corpus.KindAdministrative, code, "", b.text)
	}
	return true
}

func (r *cclReader) heading(b *block, code string) {
	if r.part != "" && len(code) > 1 {
		r.add(b, corpus.KindHeading, code, "", b.text, "part="+r.part)
		return
	}
	r.add(b, corpus.KindHeading, code, "", b.text)
}

// enter begins the entry whose head is the block at index i.
func (r *cclReader) enter(i int, b *block, code, text string) {
	r.leave()
	if text == "" {
		text = code
	}
	if r.codes[code] { // a second head for an entry: keep its text with the first
		r.entry, r.at = code, code
		r.add(b, corpus.KindNote, code, code, text)
	} else {
		r.entries++
		r.codes[code] = true
		r.entry, r.at = code, code
		r.add(b, corpus.KindEntry, code, code, text)
	}
	r.itemsAt = r.findItems(i + 1)
}

var itemsMark = regexp.MustCompile(`^(?:Items:\s*|Items$|Items\s+(?:a\.))`)

// findItems returns the index of the block where the items of the entry whose
// first block is at i begin: the block marked "Items:", else the first
// numbered paragraph after the last labelled one.
func (r *cclReader) findItems(i int) int {
	numbered := -1
	for ; i < len(r.blocks); i++ {
		b := &r.blocks[i]
		if isEntryHead(b) && (eccnHead.MatchString(b.text) || ear99Head.MatchString(b.text)) ||
			b.tag == "HD1" && (groupHead.MatchString(b.text) || categoryHead.MatchString(b.text)) {
			break
		}
		if b.note != 0 || b.table != 0 {
			continue
		}
		if itemsMark.MatchString(b.text) {
			return i
		}
		if _, _, _, ok := labelled(b.text); ok {
			numbered = -1
		} else if parts, _, _ := cutDesignator(b.text); parts != nil && numbered < 0 && !isNumber(parts[0]) {
			numbered = i
		}
	}
	if numbered >= 0 {
		return numbered
	}
	return i
}

// labels are the labelled lines that stand before the items of an entry.
var labels = []struct {
	re   *regexp.Regexp
	kind corpus.Kind
}{
	{regexp.MustCompile(`^(Reasons? for [Cc]ontrol)\b:?\s*`), corpus.KindReasons},
	{regexp.MustCompile(`^(Related [Cc]ontrols?)\b:?\s*`), corpus.KindRelated},
	{regexp.MustCompile(`^(Related [Dd]efinitions?)\b:?\s*`), corpus.KindRelatedDefs},
	{regexp.MustCompile(`^(ECCN [Cc]ontrols?)\b:?\s*`), corpus.KindNote},
	{regexp.MustCompile(`^(Controls?(?:\(s\))?)(?::\s*|$)`), corpus.KindRequirement},
	{regexp.MustCompile(`^(License Requirements):\s+`), corpus.KindNote},
	{regexp.MustCompile(`^(Unit|Special Reporting):\s*`), corpus.KindAdministrative},
	{regexp.MustCompile(`^(Reporting Requirements):?\s+`), corpus.KindAdministrative},
	{regexp.MustCompile(`^([A-Z]{3}(?:/[A-Z]{3})?):\s*`), corpus.KindException},
}

// labelled splits a labelled line.
func labelled(s string) (kind corpus.Kind, label, rest string, ok bool) {
	for _, l := range labels {
		if m := l.re.FindStringSubmatch(s); m != nil && (len(m[0]) < len(s) || l.kind != corpus.KindNote) {
			return l.kind, m[1], s[len(m[0]):], true
		}
	}
	return "", "", "", false
}

// titles are the fixed headings of the sections of an entry.
var titles = []struct {
	re      *regexp.Regexp
	section section
}{
	{regexp.MustCompile(`^(?i:license requirements):?$`), requirements},
	{regexp.MustCompile(`^(?i:reporting requirements):?$`), reporting},
	{regexp.MustCompile(`^(?i:list based license exceptions)\b.*$|^(?i:license exceptions):?$|^\((?i:see part 740 for a)[^)]*\)\.?$`), exceptions},
	{regexp.MustCompile(`^(?i:special conditions for (?:sta|strategic trade authorization \(sta\))):?$`), special},
	{regexp.MustCompile(`^(?i:list of items controlled):?$`), related},
}

// sectionTitle begins the section of which s is the heading.
func (r *cclReader) sectionTitle(s string) bool {
	for _, t := range titles {
		if t.re.MatchString(s) {
			r.section, r.open, r.inline, r.plural, r.outer = t.section, -1, false, "", run{}
			return true
		}
	}
	return false
}

var (
	reasonLead   = regexp.MustCompile(`^[A-Z]{2}(?:(?:,| and|, and) [A-Z]{2})* appl(?:y|ies)\b`)
	countryChart = regexp.MustCompile(`^(?i:country chart)\.?$`)
	numbering    = regexp.MustCompile(`^(\d{1,2})[.)]\s+`)
)

// preliminary reads a block between the head of an entry and its items.
func (r *cclReader) preliminary(b *block) {
	if r.sectionTitle(b.text) || countryChart.MatchString(b.text) {
		return
	}
	if r.numbered(b, r.entry) {
		return
	}
	if label, rest, ok := cutNoteLabel(b.text, false); ok {
		r.openNote(b, label, rest, r.entry)
		return
	}
	if kind, label, rest, ok := labelled(b.text); ok {
		r.plural = ""
		if kind == corpus.KindRequirement {
			r.section = requirements
			if rest != "" {
				r.drafts[r.requirement(b, []string{rest})].Label = label
			}
			return
		}
		r.open = r.add(b, kind, r.entry, label, rest)
		return
	}
	if r.section == requirements && reasonLead.MatchString(b.text) {
		r.requirement(b, []string{b.text})
		return
	}
	if r.open >= 0 {
		r.extend(r.open, b.text)
		return
	}
	switch r.section {
	case reporting:
		r.open = r.add(b, corpus.KindAdministrative, r.entry, "Reporting Requirements", b.text)
	case exceptions:
		r.open = r.add(b, corpus.KindException, r.entry, "", b.text)
	case special:
		r.open = r.add(b, corpus.KindException, r.entry, "STA", b.text)
	case related:
		r.open = r.add(b, corpus.KindRelated, r.entry, "", b.text)
	default:
		r.open = r.add(b, corpus.KindNote, r.entry, "", b.text)
	}
}

// numbered continues a run of numbered notes ("License Requirement Notes: 1. …").
func (r *cclReader) numbered(b *block, code string) bool {
	if r.plural == "" {
		return false
	}
	m := numbering.FindStringSubmatch(b.text)
	if m == nil || m[1] != itoa(r.number+1) {
		return false
	}
	single, kind := r.plural, r.noteHead.kind
	r.number++
	label, text := single+" "+m[1], b.text[len(m[0]):]
	if r.open >= 0 && r.drafts[r.open].ending() == "" {
		r.drafts[r.open].Label, r.drafts[r.open].Text = label, text
		return true
	}
	r.open = r.add(b, kind, code, label, text)
	r.inline = true
	return true
}

// openNote begins a note that stands in a paragraph of its own.
func (r *cclReader) openNote(b *block, label noteLabel, rest, code string) {
	r.noteHead, r.plural, r.number = label, label.single, 0
	i := r.add(b, label.kind, code, label.label, rest)
	r.drafts[i].target = label.target
	r.open, r.inline = i, true
	if label.single != "" {
		if m := numbering.FindStringSubmatch(rest); m != nil && m[1] == "1" {
			r.drafts[i].Label, r.drafts[i].Text, r.number = label.single+" 1", rest[len(m[0]):], 1
		}
	}
}

var tableHead = regexp.MustCompile(`^(?i:controls?(?:\(s\))?(?: \| country chart.*)?|country chart.*)$`)

// row reads a row of a table, or its caption.
func (r *cclReader) row(b *block) {
	if r.entry != "" && r.section != items && r.section <= requirements && b.tag == "TR" {
		if b.head || tableHead.MatchString(b.text) {
			if !tableHead.MatchString(b.text) && b.text != "" {
				r.add(b, corpus.KindAdministrative, r.entry, "", b.text)
			}
			return
		}
		cells := b.cells
		if cells == nil {
			cells = []string{b.text} // text of a row outside its cells
		}
		if cells[0] == "" {
			cells = cells[1:]
		}
		if label, rest, ok := cutNoteLabel(joinCells(cells), false); ok {
			r.openNote(b, label, rest, r.entry)
			return
		}
		r.requirement(b, cells)
		r.open = -1
		return
	}
	// A table among the items is one passage: rows joined by semicolons.
	if r.table == b.table && r.open >= 0 {
		d := &r.drafts[r.open]
		if n := len(d.more); n > 0 {
			d.more[n-1] += ";"
		} else if d.Text != "" {
			d.Text += ";"
		}
		d.extend(b.text, r.limit-1)
		return
	}
	r.table = b.table
	if b.tag != "TR" {
		r.open = r.add(b, corpus.KindNote, r.here(), b.text, "")
		return
	}
	r.open = r.add(b, corpus.KindNote, r.here(), "Table", b.text)
}

// requirement adds one licence requirement: reason and scope in the first
// cell, the column of the Country Chart in the second. It returns its index.
func (r *cclReader) requirement(b *block, cells []string) int {
	text := joinCells(cells)
	first := cells[0]
	if len(cells) == 1 {
		first, _, _ = strings.Cut(first, ". ")
	}
	i := r.add(b, corpus.KindRequirement, r.entry, "", text, requirementMarks(first, text)...)
	r.drafts[i].scope = first
	r.open = i
	return i
}

// item reads a block among the items of an entry.
func (r *cclReader) item(b *block) {
	r.section = items
	s := b.text
	if m := itemsMark.FindString(s); m != "" {
		s = strings.TrimSpace(strings.TrimLeft(strings.TrimPrefix(s, "Items"), ":"))
		if s == "" {
			return
		}
		if parts, _, _ := cutDesignator(s); parts == nil && r.drafts[len(r.drafts)-1].Code == r.entry {
			kind := corpus.KindNote
			if boilerplate.MatchString(s) {
				kind = corpus.KindAdministrative
			}
			r.add(b, kind, r.entry, "Items", s)
			return
		}
	}
	if boilerplate.MatchString(s) {
		r.add(b, corpus.KindAdministrative, r.entry, "Items", s)
		return
	}
	if kind, label, rest, ok := labelled(s); ok && b.tag != "P" {
		r.open = r.add(b, kind, r.entry, label, rest)
		return
	}
	if r.sectionTitle(s) {
		r.section = items
		return
	}
	if r.numbered(b, r.at) {
		return
	}
	if r.inline && r.open >= 0 && (!b.plain || r.continues(s)) {
		if _, _, ok := cutNoteLabel(s, false); !ok {
			r.extend(r.open, s)
			return
		}
	}
	if label, rest, ok := cutNoteLabel(s, false); ok {
		r.openNote(b, label, rest, r.at)
		return
	}
	if parts, label, rest := cutDesignator(s); parts != nil && r.paragraph(b, parts, label, rest) {
		return
	}
	last := &r.drafts[len(r.drafts)-1]
	if last.Kind == corpus.KindParagraph && last.Code == r.at && (b.tag == "FP-1" || !startsUpper(s)) {
		last.extend(s, r.limit)
		return
	}
	r.open = r.add(b, corpus.KindNote, r.at, "", s)
	r.inline = !b.plain // emphasised lines that follow go on with it
}

var boilerplate = regexp.MustCompile(`^(?i:the lists? of items controlled (?:is|are) (?:contained )?in (?:contained in )?the ECCN headings?\.?)$|^(?i:the lists? of items controlled in contained in the ECCN heading\.?)$`)

func startsUpper(s string) bool {
	return s != "" && !(s[0] >= 'a' && s[0] <= 'z')
}

// continues reports whether s is the next sub-item of the open note, whose
// text ended in a colon: "a." first, then letter by letter.
func (r *cclReader) continues(s string) bool {
	parts, _, _ := cutDesignator(s)
	if len(parts) != 1 || isNumber(parts[0]) {
		return false
	}
	return parts[0] == "a" && strings.HasSuffix(r.drafts[r.open].ending(), ":") && r.codes[r.entry+".a"]
}

var reservedRun = regexp.MustCompile(`^(?:through|thru|to|and|[-–—])\s*\.?((?:[a-z]{1,2}|\d{1,3})(?:\.(?:[a-z]{1,2}|\d{1,3}))*)\.?\s+(\[?Reserved\]?[.;]?)$`)

// paragraph adds the paragraph with the designator parts. It reports false
// when parts cannot be one.
func (r *cclReader) paragraph(b *block, parts []string, label, rest string) bool {
	if isNumber(parts[0]) {
		up := strings.Split(strings.TrimPrefix(r.at, r.entry+"."), ".")
		switch last := up[len(up)-1]; {
		case len(parts) > 1 || r.at == r.entry:
			return false
		case parts[0] == "1" && !isNumber(last):
			parts = append(up, "1")
		case isNumber(last) && successor(last, parts[0]):
			parts = append(up[:len(up)-1:len(up)-1], parts[0])
		default:
			return false
		}
	}
	path := strings.Join(parts, ".")
	if m := reservedRun.FindStringSubmatch(rest); m != nil {
		to := strings.Split(m[1], ".")
		run := between(parts[len(parts)-1], to[len(to)-1])
		up := strings.TrimSuffix(path, parts[len(parts)-1])
		printed := strings.TrimSpace(strings.TrimSuffix(b.text[strings.Index(b.text, label):], m[2]))
		for _, p := range run {
			r.paragraphAt(b, r.entry+"."+up+p, strings.TrimRight(printed, ". "), m[2])
		}
		if run != nil {
			return true
		}
	}
	if rest == "" {
		rest = label
	}
	r.paragraphAt(b, r.entry+"."+path, label, rest)
	return true
}

func (r *cclReader) paragraphAt(b *block, code, label, text string) {
	if r.codes[code] { // printed twice: keep the second as a note of the first
		r.add(b, corpus.KindNote, code, label, text)
		return
	}
	r.codes[code] = true
	r.at, r.plural, r.outer = code, "", run{}
	r.add(b, corpus.KindParagraph, code, label, text)
}

// changeNote enters the NOTE element called note, or leaves it for 0.
func (r *cclReader) changeNote(note int) {
	if r.note == 0 {
		r.outer = run{r.plural, r.number, r.noteHead}
	}
	r.note, r.noteAt, r.noteHead, r.plural, r.open, r.inline = note, -1, noteLabel{kind: corpus.KindNote}, "", -1, false
	if note == 0 {
		r.plural, r.number, r.noteHead = r.outer.plural, r.outer.number, r.outer.head
	}
}

// inNote reads a block inside a NOTE element.
func (r *cclReader) inNote(b *block) {
	if b.tag == "HED" {
		r.noteTitle(b)
		return
	}
	if b.plain && r.section == items {
		if parts, label, rest := cutDesignator(b.text); parts != nil && r.swallowed(parts) {
			r.paragraph(b, parts, label, rest)
			r.noteAt, r.noteHead = -1, noteLabel{kind: corpus.KindNote}
			return
		}
	}
	if label, rest, ok := cutNoteLabel(b.text, false); ok {
		r.noteHead, r.plural, r.number = label, label.single, 0
		r.noteAt = -1
		if rest != "" {
			r.noteText(b, rest)
		}
		return
	}
	r.noteText(b, b.text)
}

// noteTitle reads the head of a NOTE element.
func (r *cclReader) noteTitle(b *block) {
	label, rest, ok := cutNoteLabel(b.text, true)
	switch {
	case ok:
		r.noteHead = label
	case len(b.text) <= 80:
		r.noteHead, rest = noteLabel{kind: corpus.KindNote, label: strings.TrimRight(b.text, ":. ")}, ""
		if strings.Trim(r.noteHead.label, "0123456789") == "" {
			r.noteHead.label = "Note " + r.noteHead.label // "Notes: 1." went before
		}
	default: // the text of the note was printed as its head
		r.noteHead, rest = noteLabel{kind: corpus.KindNote}, b.text
		if before, first, ok := strings.Cut(b.text, " 1. "); ok {
			r.noteHead.single, rest = "Note", "1. "+first
			_, r.noteHead.target, _ = strings.Cut(before, " to ")
		}
	}
	r.plural, r.number = r.noteHead.single, 0
	if n := r.noteHead.label; r.plural != "" && n != "" && isNumber(n[len(n)-1:]) {
		r.plural = "" // "Notes: 1." begins a run whose members have heads of their own
	}
	if rest != "" {
		r.noteText(b, rest)
	}
}

// afterNote reports whether the last passage is a note.
func (r *cclReader) afterNote() bool {
	return len(r.drafts) > 0 && isNote(r.drafts[len(r.drafts)-1].Kind)
}

func isNote(k corpus.Kind) bool {
	return k == corpus.KindNote || k == corpus.KindTechnicalNote || k == corpus.KindNB
}

// noteText adds s to the note being read, or begins the next of numbered notes.
func (r *cclReader) noteText(b *block, s string) {
	label := r.noteHead.label
	if r.number == 0 && r.noteAt >= 0 {
		r.plural = "" // what leads into the numbers belongs to them all
	}
	if r.plural != "" {
		if m := numbering.FindStringSubmatch(s); m != nil && m[1] == itoa(r.number+1) {
			r.number++
			label, s = r.plural+" "+m[1], s[len(m[0]):]
			if r.noteHead.target != "" {
				label += " to " + r.noteHead.target
			}
			r.noteAt = -1
		}
	}
	if r.noteAt < 0 && label == "" && r.afterNote() && strings.HasSuffix(r.drafts[len(r.drafts)-1].ending(), image) {
		r.noteAt = len(r.drafts) - 1 // a note that a picture interrupted
	}
	if r.noteAt >= 0 {
		r.extend(r.noteAt, s)
		return
	}
	code := r.here()
	if r.entry != "" && r.section != items {
		code = r.entry
	}
	r.noteAt = r.add(b, r.noteHead.kind, code, label, s)
	r.drafts[r.noteAt].target = r.noteHead.target
}

// swallowed reports whether a paragraph with the designator parts, printed
// inside a NOTE by mistake, is the next one of the entry.
func (r *cclReader) swallowed(parts []string) bool {
	if isNumber(parts[0]) || r.codes[r.entry+"."+strings.Join(parts, ".")] {
		return false
	}
	before := previous(parts[len(parts)-1])
	elder := append(parts[:len(parts)-1:len(parts)-1], before)
	return before != "" && r.codes[r.entry+"."+strings.Join(elder, ".")]
}

// outside reads a block that stands in no entry.
func (r *cclReader) outside(b *block) {
	if len(r.annex) > 0 {
		r.annexItem(b)
		return
	}
	if r.inline && r.open >= 0 {
		r.extend(r.open, b.text)
		return
	}
	if label, rest, ok := cutNoteLabel(b.text, false); ok {
		r.openNote(b, label, rest, r.here())
		return
	}
	r.open = r.add(b, corpus.KindNote, r.here(), "", b.text)
}

// annexItem reads a numbered line of an annex; lettered lines lie below the
// number before them.
func (r *cclReader) annexItem(b *block) {
	label, text := "", b.text
	if parts, l, rest := cutDesignator(b.text); len(parts) == 1 && rest != "" {
		label, text = l, rest
		if isNumber(l) {
			r.number = 0
			for _, c := range l {
				r.number = 10*r.number + int(c-'0')
			}
		} else if r.number > 0 {
			label = itoa(r.number) + "." + l
		}
	}
	i := r.add(b, corpus.KindNote, r.category, label, text)
	r.drafts[i].AppliesTo = append([]string(nil), r.annex...)
}
