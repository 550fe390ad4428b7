package ecfr

import (
	"regexp"
	"strings"

	"assay/corpus"
)

// A noteLabel is the printed head of a note: "Technical Note 1 to 3A001.b:".
type noteLabel struct {
	kind   corpus.Kind
	label  string // as printed, without colon
	target string // what stands after "to" or "for"
	single string // "Technical Note" when the label is the plural "Technical Notes", else ""
}

var noteHead = regexp.MustCompile(`^(?i:((?:Licen[sc]e Requirements? |License Exceptions? |Heading |Control |Technical |Editorial |Effective Date )?Notes?|N\.\s?B\.)\s*(\d+)?\.?)(?:\s+(?:to|for|on)\s+([^:]{1,90}?))?\s*(:|\.?$)\s*(\d+\.)?`)

// cutNoteLabel splits the head of a note off the front of s. Without head the
// colon is required, so that "Notes 1 and 2 apply" is text.
func cutNoteLabel(s string, head bool) (noteLabel, string, bool) {
	m := noteHead.FindStringSubmatch(s)
	if m == nil || !head && m[4] != ":" {
		return noteLabel{}, s, false
	}
	if m[5] != "" && !strings.HasSuffix(strings.ToLower(m[1]), "notes") {
		m[0] = m[0][:len(m[0])-len(m[5])]
		m[5] = ""
	}
	l := noteLabel{kind: corpus.KindNote, label: strings.TrimRight(strings.TrimSpace(m[0]), ":. "), target: m[3]}
	lower := strings.ToLower(m[1])
	switch {
	case strings.HasPrefix(lower, "n"+"."):
		l.kind, l.label = corpus.KindNB, strings.Replace(l.label, "N.B", "N.B.", 1)
		l.label = strings.ReplaceAll(l.label, "N.B..", "N.B.")
	case strings.HasPrefix(lower, "technical"):
		l.kind = corpus.KindTechnicalNote
	}
	if strings.HasSuffix(lower, "notes") {
		l.single = m[1][:len(m[1])-1]
		if m[5] != "" {
			l.label = l.single + " " + strings.TrimSuffix(m[5], ".")
		}
	}
	return l, strings.TrimSpace(s[len(m[0]):]), true
}
