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

// MisprintedHead marks an entry whose head is not set as heads of entries are
// (FP-2): 8D001 since long. Counts of FP-2 heads miss it.
const MisprintedHead = "misprinted-head"

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
	paused   run // numbered notes inside a NOTE that a note among them interrupted
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
		var marks []string
		if b.tag != "FP-2" {
			marks = append(marks, MisprintedHead)
		}
		r.add(b, corpus.KindEntry, code, code, text, marks...)
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
