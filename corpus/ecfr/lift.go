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
			for j := i; j > 0 && !tied[j-1] && nextInRun(&drafts[j-1], &drafts[j]) && passages[j-1].Code != p.Code; j-- {
				p.Code = common([]string{p.Code, passages[j-1].Code}) // one block in print
				passages[j-1].Code = p.Code
			}
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

// lists knows the paragraphs of a list, and where its local terms are used.
type lists struct {
	children map[string][]string // code → the paragraphs one level below
	terms    map[term]string     // term of an entry → the code that covers its uses
}

// A term is a local term without its plural's s.
type term struct{ entry, name string }

func newLists(passages []corpus.Passage) lists {
	l := lists{map[string][]string{}, map[term]string{}}
	for _, p := range passages {
		if p.Kind != corpus.KindParagraph {
			continue
		}
		up := corpus.ParentOf(p.Code)
		l.children[up] = append(l.children[up], p.Code)
		for _, name := range quoted(p.Text) {
			t := term{corpus.EntryOf(p.Code), strings.TrimSuffix(name, "s")}
			if at := l.terms[t]; at != "" {
				l.terms[t] = common([]string{at, p.Code})
			} else {
				l.terms[t] = p.Code
			}
		}
	}
	return l
}

// quoted returns what stands between each two neighbouring single quotation
// marks; an apostrophe among them makes candidates that are no term.
func quoted(text string) []string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '\'' || r == '‘' || r == '’' })
	if len(parts) < 2 {
		return nil
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
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
	at := l.terms[term{corpus.EntryOf(p.Code), strings.TrimSuffix(m[1], "s")}]
	if at == "" {
		return p.Code
	}
	return common([]string{at, p.Code})
}

// speaksOf reports whether a note begins with speaking of entry as a whole:
// "For the items listed in 2B350, the term …".
func speaksOf(text, entry string) bool {
	m := wholeEntry.FindStringSubmatch(text)
	return m != nil && m[1] == entry
}
