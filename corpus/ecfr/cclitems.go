package ecfr

import (
	"regexp"
	"strings"

	"assay/corpus"
)

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
