package ecfr

import (
	"regexp"
	"strings"

	"assay/corpus"
)

// A note printed after the last paragraph of a list may belong to that
// paragraph or to the list as a whole: the markup does not say. lift decides
// for the notes that name no paragraph, by what else is known of them.
func lift(passages []corpus.Passage, drafts []draft, tied []bool) {
	lists := newLists(passages)
	for i := range passages {
		p := &passages[i]
		if !isNote(p.Kind) || tied[i] || p.Code != drafts[i].Code || drafts[i].entry == "" || p.Code == drafts[i].entry {
			continue
		}
		switch {
		case p.Kind == corpus.KindNB && strings.Contains(p.Text, p.Code):
		case p.Kind == corpus.KindNB && lifted(passages, drafts, i-1) && drafts[i-1].Code == drafts[i].Code:
			p.Code = passages[i-1].Code // it goes on from the note before it
		case p.Kind == corpus.KindNB && lists.last(p.Code):
			p.Code = corpus.ParentOf(p.Code)
		case p.Kind == corpus.KindTechnicalNote:
			p.Code = lists.users(p)
		}
	}
}

// lifted reports whether passage i is a note that went to a paragraph above the
// one it was printed after.
func lifted(passages []corpus.Passage, drafts []draft, i int) bool {
	return i >= 0 && isNote(passages[i].Kind) && passages[i].Code != drafts[i].Code && corpus.Covers(passages[i].Code, drafts[i].Code)
}

var (
	ofEntry = regexp.MustCompile(`^(?:(?:\d\.\s+)?(?:In|For the purposes? of) )?(?i:this (?:ECCN|entry))\b`)
	// wholeEntry finds an entry named without a paragraph, early in a text.
	wholeEntry = regexp.MustCompile(`^[^.;:]{0,60}? (?:in|of|by|under) (?:ECCN )?(\d[A-E]\d{3})(?:[^.0-9A-Za-z]|\.\s|\.?$)`)
	// localTerm is a term that a technical note explains.
	localTerm = regexp.MustCompile(`^(?:An?\s+|The\s+(?:term\s+)?)?['‘]\s*([^'’]+?)\s*['’]`)
)

// lists knows the paragraphs of a list and their order.
type lists struct {
	children map[string][]string         // code → the paragraphs one level below
	entries  map[string][]corpus.Passage // entry → its paragraphs
}

func newLists(passages []corpus.Passage) lists {
	l := lists{map[string][]string{}, map[string][]corpus.Passage{}}
	for _, p := range passages {
		if p.Kind == corpus.KindParagraph {
			up, entry := corpus.ParentOf(p.Code), corpus.EntryOf(p.Code)
			l.children[up] = append(l.children[up], p.Code)
			l.entries[entry] = append(l.entries[entry], p)
		}
	}
	return l
}

// last reports whether code ends a list of several paragraphs.
func (l lists) last(code string) bool {
	siblings := l.children[corpus.ParentOf(code)]
	return len(siblings) > 1 && siblings[len(siblings)-1] == code
}

// users returns the code that covers where p stands and every paragraph of the
// entry that uses the term which p explains.
func (l lists) users(p *corpus.Passage) string {
	m := localTerm.FindStringSubmatch(p.Text)
	if m == nil {
		return p.Code
	}
	codes := []string{p.Code}
	for _, x := range l.entries[corpus.EntryOf(p.Code)] {
		for _, quoted := range []string{"'" + m[1], "‘" + m[1]} {
			if strings.Contains(x.Text, quoted) {
				codes = append(codes, x.Code)
			}
		}
	}
	return common(codes)
}

// speaksOf reports whether a note begins with speaking of entry as a whole:
// "For the items listed in 2B350, the term …".
func speaksOf(text, entry string) bool {
	m := wholeEntry.FindStringSubmatch(text)
	return m != nil && m[1] == entry
}
