package ecfr

import (
	"regexp"
	"strings"

	"assay/corpus"
)

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
	countryChart = regexp.MustCompile(`^(?i:country chart)\.?(?:\s+|$)`)
	numbering    = regexp.MustCompile(`^(\d{1,2})[.)]\s+`)
)

// preliminary reads a block between the head of an entry and its items.
func (r *cclReader) preliminary(b *block) {
	text := b.text
	if r.section == requirements { // the column's head may stand before the first row
		text = text[len(countryChart.FindString(text)):]
	}
	if r.sectionTitle(b.text) || text == "" {
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
	if r.section == requirements && reasonLead.MatchString(text) {
		r.requirement(b, []string{text})
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
