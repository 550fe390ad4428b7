package corpus

import (
	"regexp"
	"strings"
)

// Substantial reports whether x changes what the list says: not how a word is
// spelt or set, which categories a glossary says to use a term, where a note
// says that it applies, or what a reader has marked.
func (x *Change) Substantial() bool {
	return x.Op != OpChanged || lawText(x.Old) != lawText(x.New)
}

var (
	// usedIn finds the categories behind a defined term: "Laser" (0 1 2 3 5).
	usedIn = regexp.MustCompile(`^(["“][^"”]+["”](?:\s*\(["“][^"”]+["”]\))?)\s*\((?:[0-9\s,]|All|GTN|NTN|GSN|NSN)+\)`)
	// appliesTo finds how a note names its place: "For the purposes of 3A001.a.7.:".
	appliesTo = regexp.MustCompile(`(?i)\bfor (?:the )?purposes? of (?:[0-9][A-E][0-9]{3}[0-9a-z.]*|ML[0-9]+[0-9a-z.]*|[IVX]+(?:\([0-9a-z]+\))+)\s*[,:]?\s*`)
	// articles say nothing that a list means. A designator has a full stop.
	articles = regexp.MustCompile(`(?i)\b(?:the|an?)\s+`)
	// spelt finds what British and American spelling have apart.
	spelt = regexp.MustCompile(`(?i)is(?:e|ed|es|er|ing|ation|ations)\b|tre\b|our(?:s|ed|able)?\b|lyse[ds]?\b|\baluminium\b|\baero(?:foil|plane)|\bpurposes\b`)
)

// respell holds the beginnings of what spelt finds, and how they are spelt here.
var respell = []struct{ from, to string }{{"is", "iz"}, {"tre", "ter"}, {"our", "or"}, {"lyse", "lyze"}, {"aluminium", "aluminum"}, {"aero", "air"}, {"purposes", "purpose"}}

// lawText is foldText without articles, spelling, and what only says where a
// text belongs.
func lawText(text string) string {
	text = usedIn.ReplaceAllString(text, "$1")
	text = appliesTo.ReplaceAllString(text, "")
	text = articles.ReplaceAllString(text, "")
	text = spelt.ReplaceAllStringFunc(text, func(s string) string {
		s = strings.ToLower(s)
		for _, r := range respell {
			if rest, ok := strings.CutPrefix(s, r.from); ok {
				return r.to + rest
			}
		}
		return s
	})
	return foldText(text)
}

var (
	sentenceEnd = regexp.MustCompile(`[.;:]\s+`)
	// counter finds the numbers that count the parts of a note.
	counter = regexp.MustCompile(`^\s*(?:\(?(?:[0-9]{1,2}|[a-z]|[ivx]{1,4})[.)]\s*)+`)
	// defining finds the head of a definition, whose form differs between a
	// glossary and a note: "X" (6) means …, In 6A005 'X' is defined as ….
	defining = regexp.MustCompile(`^[^'"“‘]{0,40}['"“‘][^'"”’]{1,60}['"”’]\s*(?:\([^)]*\)\s*)*(?:means|is defined as|are defined as|refers to|is|are)\s+`)
)

// sentences cuts text into law texts of what can stand by itself. Pieces of a
// word or two are left out.
func sentences(text string) []string {
	var out []string
	for _, s := range sentenceEnd.Split(appliesTo.ReplaceAllString(usedIn.ReplaceAllString(text, "$1"), ""), -1) {
		s = defining.ReplaceAllString(counter.ReplaceAllString(s, ""), "")
		if law := lawText(s); len(law) >= 12 {
			out = append(out, law)
		}
	}
	return out
}
