package ecfr

import (
	"regexp"
	"strings"

	"assay/corpus"
)

// changeNote enters the NOTE element called note, or leaves it for 0.
func (r *cclReader) changeNote(note int) {
	if r.note == 0 {
		r.outer = run{r.plural, r.number, r.noteHead}
	}
	r.note, r.noteAt, r.noteHead, r.plural, r.open, r.inline = note, -1, noteLabel{kind: corpus.KindNote}, "", -1, false
	r.paused = run{}
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
		if r.plural != "" {
			r.paused = run{r.plural, r.number, r.noteHead}
		}
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
	if m := numbering.FindStringSubmatch(s); m != nil && r.plural == "" && r.paused.plural != "" && m[1] == itoa(r.paused.number+1) {
		r.plural, r.number, r.noteHead = r.paused.plural, r.paused.number, r.paused.head
		r.paused = run{}
	}
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
		if resumed := r.resumed(s); resumed >= 0 {
			r.noteAt = resumed
		}
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

var (
	partOfNote = regexp.MustCompile(`\bof (Note \d+)$`)
	unfinished = regexp.MustCompile(`(?:;|; and|; or)$`)
)

// farBack is how many notes may have interrupted one: a bound on the search,
// twice what the CCL has.
const farBack = 8

// resumed returns the index of the note that goes on with s, when s is the
// next item of a note that was interrupted by one on an item of it: "Technical
// Note to paragraph b. of Note 2", then Note 2's "c."; or an N.B. after "b. …;
// and", then "c.". Else it returns -1.
func (r *cclReader) resumed(s string) int {
	parts, _, _ := cutDesignator(s)
	if parts == nil || strings.HasSuffix(r.drafts[r.noteAt].ending(), ":") {
		return -1
	}
	m := partOfNote.FindStringSubmatch(r.noteHead.target)
	for i := r.noteAt - 1; i >= max(0, r.noteAt-farBack) && r.drafts[i].entry == r.entry && isNote(r.drafts[i].Kind); i-- {
		d := &r.drafts[i]
		switch {
		case d.Kind != corpus.KindNote:
		case m != nil && d.Label == m[1]:
			return i
		case m == nil && unfinished.MatchString(d.ending()):
			if last, _, _ := cutDesignator(d.ending()); len(last) == 1 && len(parts) == 1 && successor(last[0], parts[0]) {
				return i
			}
		}
	}
	return -1
}
