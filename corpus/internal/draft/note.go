package draft

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"assay/corpus"
)

var noteLabel = regexp.MustCompile(`^(?:` +
	`(Technicals? [Nn]otes?(?: \d+)?)(?:\s*:|\s*$|\s+(?:[A-Z'"]|\d\.))|` + // "Technical Notes:", "Technical Note The …"
	`(Notes?(?: \d+)?)(?:\s*:|\s*$)|` + // "Note 2:"
	`(Note(?: \d+)?)\s+(?:ML ?\d|[A-Z'"]|\d[A-E]\d)|` + // "Note 1 ML2.a. …", "Note 9E003 …"
	`(N\.\s?B\.?(?:\s?\d+)?)(?:[.:\s]|$))`)

// Label splits the label off a note: "Note 2: 3A001 …" gives KindNote,
// "Note 2" and "3A001 …". ok is false when text opens with no such label.
func Label(text string) (kind corpus.Kind, label, rest string, ok bool) {
	m := noteLabel.FindStringSubmatch(text)
	if m == nil {
		return "", "", "", false
	}
	kinds := []corpus.Kind{"", corpus.KindTechnicalNote, corpus.KindNote, corpus.KindNote, corpus.KindNB}
	for i, k := range kinds {
		if k != "" && m[i] != "" {
			kind, label = k, m[i]
		}
	}
	rest = strings.TrimLeft(text[len(label):], " :.\t")
	if kind == corpus.KindNB {
		label = strings.Join(strings.Fields(label), "")
		if !strings.HasPrefix(label, "N.B.") {
			label = "N.B." + label[3:]
		}
	}
	return kind, strings.Replace(label, "Technicals", "Technical", 1), rest, true
}

var (
	opening = regexp.MustCompile(`^(?:Cryptography Note\s+)?(?:(?:In|Nothing in|For the purposes? of|For purposes of)\s+)?(?:(?:entry|entries|Item)\s+)?`)
	// firstCode and nextCode take a code as such notes print it, with or
	// without the final dot; nextCode also the short forms ".4" and "d.".
	firstCode = regexp.MustCompile(`^(?:[0-9][A-E][0-9]{3}|ML\.?[0-9]{1,2})(?:\.[0-9a-z]{1,3}\b)*`)
	nextCode  = regexp.MustCompile(`^\.?(,? and |,? or |, | to )((?:[0-9][A-E][0-9]{3}|ML\.?[0-9]{1,2})(?:\.[0-9a-z]{1,3}\b)*|(?:\.[0-9a-z]{1,3}\b)+|[a-z](?:\.[0-9a-z]{1,3}\b)*\.)`)
)

// AppliesTo returns the codes that a note attached to code opens with, when
// it speaks of fewer things than all below code: "5A001.a.3. and 5A001.a.4.
// control only …" on 5A001.a. It returns nil for a note about code itself.
func AppliesTo(text, code string) []string {
	rest := text[len(opening.FindString(text)):]
	first := firstCode.FindString(rest)
	if first == "" {
		return nil
	}
	rest = rest[len(first):]
	codes := []string{strings.Replace(first, "ML.", "ML", 1)}
	for {
		m := nextCode.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		last := codes[len(codes)-1]
		next := strings.Replace(strings.TrimSuffix(m[2], "."), "ML.", "ML", 1)
		if next[0] == '.' || next[0] >= 'a' && next[0] <= 'z' {
			parent := corpus.ParentOf(last)
			if parent == "" {
				break
			}
			next = parent + "." + strings.TrimPrefix(next, ".")
		}
		if strings.TrimSpace(m[1]) == "to" {
			codes = append(codes, between(last, next)...)
		}
		codes = append(codes, next)
		rest = rest[len(m[0]):]
	}
	if slices.ContainsFunc(codes, func(c string) bool { return corpus.Covers(c, code) }) {
		return nil
	}
	return codes
}

// between returns the siblings that lie strictly between a and b, and nothing
// when they are no siblings.
func between(a, b string) []string {
	parent := corpus.ParentOf(a)
	if parent == "" || parent != corpus.ParentOf(b) {
		return nil
	}
	var mid []string
	for d := Next(a[len(parent)+1:]); d != "" && d != b[len(parent)+1:]; d = Next(d) {
		if mid = append(mid, parent+"."+d); len(mid) > 100 {
			return nil
		}
	}
	return mid
}

// Next returns the designator that follows d in a list: 10 after 9, c after b,
// aa after z. It returns "" after the last one.
func Next(d string) string {
	if n, err := strconv.Atoi(d); err == nil {
		return strconv.Itoa(n + 1)
	}
	letter := d[len(d)-1]
	switch {
	case letter < 'a' || letter > 'z' || strings.Trim(d, string(letter)) != "":
		return ""
	case letter == 'z':
		return strings.Repeat("a", len(d)+1)
	}
	return strings.Repeat(string(letter+1), len(d))
}

// IsFirst reports whether d opens a list.
func IsFirst(d string) bool { return d == "a" || d == "1" }

// IsNumber reports whether a designator is of the counting sort.
func IsNumber(d string) bool { return d != "" && d[0] >= '0' && d[0] <= '9' }

// PowerMark marks a passage in which RestorePowers changed something.
const PowerMark = "superscript-restored"

var power = regexp.MustCompile(`([×x]\s?10)(-?\s?[1-9][0-9]?)([^0-9,.]|[,.][^0-9]|[,.]?$)`)

// RestorePowers writes "2 × 109" as "2 × 10^9": a multiplication sign and a 10
// that runs into one or two digits can only have been a power of ten. Nothing
// else is touched. It reports whether it changed anything.
func RestorePowers(s string) (string, bool) {
	if !strings.Contains(s, "10") {
		return s, false
	}
	out := power.ReplaceAllStringFunc(s, func(m string) string {
		g := power.FindStringSubmatch(m)
		return g[1] + "^" + strings.ReplaceAll(g[2], " ", "") + g[3]
	})
	return out, out != s
}
