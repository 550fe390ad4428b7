package layout

import (
	"regexp"
	"strings"

	"assay/corpus"
	"assay/corpus/internal/draft"
)

var (
	annexEntry    = regexp.MustCompile(`^([0-9][A-E][0-9]{3})\.?(\s{2,}|\s+"|$)(.*)$`)
	annexContinue = regexp.MustCompile(`^([0-9][A-E][0-9]{3}(?:[. ]*[0-9a-z]{1,2}\b)*)?[. ]*(Note [0-9a-z.]+)?\s*continued$`)
	annexGroup    = regexp.MustCompile(`^([0-9][A-E])([12]?)\s{2,}([A-Z].*)$`)
	annexCategory = regexp.MustCompile(`^CATEGORY ([0-9])\b[\s–-]*(.*)$`)
	annexPart     = regexp.MustCompile(`^Part ([12])\s*[–-]\s*(.*)$`)
	// annexSupplement are the titles of texts that hang on a category and have
	// numbered paragraphs of their own.
	annexSupplement = regexp.MustCompile(`^(?:TABLE - DEPOSITION TECHNIQUES|TECHNICAL NOTE ON|Abbreviations used in this Technical Note|Outline of "APP")`)
	annexTail       = regexp.MustCompile(`^[0-9]{4} UPDATE OF THE EU CONTROL LIST`)
	annexTitle      = regexp.MustCompile(`^(?:(GENERAL NOTES) TO ANNEX|(?:NUCLEAR|GENERAL) .* NOTE \(([A-Z]{2,5})\)$)`)
)

var noteNames = map[string]string{
	"NTN": "Nuclear Technology Note", "NSN": "Nuclear Software Note", "GTN": "General Technology Note",
	"GSN": "General Software Note", "GISN": "General Information Security Note",
}

// minAnnexEntries is less than any Annex I of this century has had; a text
// with fewer entries is cut off or something else.
const minAnnexEntries = 300

// ReadAnnexI reads the EU's list of dual-use items from layout text. The
// edition's date is src.Date, or the first date in the pages before the list.
// The error is a *corpus.ReadError.
func ReadAnnexI(src corpus.Source) (*corpus.Edition, error) { return readAnnexI(src, minAnnexEntries) }

func readAnnexI(src corpus.Source, least int) (*corpus.Edition, error) {
	d, err := draft.New(src)
	if err != nil {
		return nil, err
	}
	lines, err := printedLines(d, src.Data)
	if err != nil {
		return nil, err
	}
	a := &annex{outline: outline{d: d, step: 6.5}, read: (*annex).cover, category: -1}
	for i, l := range lines {
		if a.err != nil {
			break
		}
		a.next = ""
		if i+1 < len(lines) {
			a.next = lines[i+1].text
		}
		if annexTail.MatchString(l.text) && a.category >= 0 {
			break
		}
		if err := a.read(a, l); err != nil {
			return nil, err
		}
	}
	switch {
	case a.err != nil:
		return nil, a.err
	case a.entries == 0:
		return nil, d.Errorf(0, "", remedyLayout, "no category with entries was found; this is not the layout text of Annex I")
	case a.entries < least:
		return nil, d.Errorf(0, a.last, remedyLayout, "only %d entries were found, the last is %s; Annex I has more than %d", a.entries, a.last, least)
	case a.category != 9 || corpus.GroupOf(a.last) != "9E":
		return nil, d.Errorf(0, a.last, remedyLayout, "the list ends with %s, before the technology of Category 9", a.last)
	}
	meta, err := src.Meta(corpus.EUDualUse, FormatAnnexI, firstDate(a.before))
	if err != nil {
		return nil, d.Refusal(err)
	}
	meta.Title = "Annex I to Regulation (EU) 2021/821, list of dual-use items"
	meta.Attribution = attribution
	a.scopeNotes()
	if err := a.finish(); err != nil {
		return nil, err
	}
	return d.Edition(meta)
}

// scopeNotes says of the notes about the whole list which groups or entries
// they speak of.
func (a *annex) scopeNotes() {
	var codes []string
	for _, b := range a.blocks {
		if b.Kind == corpus.KindEntry {
			codes = append(codes, b.Code)
		}
	}
	security := draft.PartOf("5", "2", codes)
	for _, b := range a.blocks {
		if b.Kind == corpus.KindNote && b.Code == "" {
			b.AppliesTo = draft.NoteScope(b.Label, strings.Join(b.words, " "), security)
		}
	}
}

// annex is the state of reading Annex I. read is the section being read.
type annex struct {
	outline
	read     func(*annex, line) error
	before   []string // lines before the list, where a date may stand
	category int
	part     string
	entries  int
	last     string // last entry
	next     string // the line after the one being read
	number   string // last number in a supplement
}

// cover skips everything up to the general notes or the first category.
func (a *annex) cover(l line) error {
	contents := strings.Contains(l.text, "....")
	if !contents && (annexTitle.MatchString(l.text) || annexCategory.MatchString(l.text)) {
		a.read = (*annex).front
		return a.front(l)
	}
	a.before = append(a.before, l.text)
	return nil
}

// front reads the notes about the whole list.
func (a *annex) front(l line) error {
	text := draft.Fold(l.text)
	switch {
	case annexCategory.MatchString(text):
		a.read = (*annex).body
		return a.body(l)
	case strings.HasPrefix(text, "ACRONYMS AND ABBREVIATIONS"):
		a.add(l, corpus.Passage{ID: "#administrative-acronyms", Kind: corpus.KindAdministrative}, text)
		a.read = (*annex).acronyms
	case strings.HasPrefix(text, "DEFINITIONS OF TERMS"):
		a.add(l, corpus.Passage{ID: "#administrative-definitions", Kind: corpus.KindAdministrative}, text)
		a.read = (*annex).definitions
	case annexTitle.MatchString(text):
		if m := annexTitle.FindStringSubmatch(text); m[2] != "" && noteNames[m[2]] != "" {
			label := noteNames[m[2]]
			a.add(l, corpus.Passage{ID: "#note-" + draft.Slug(label), Kind: corpus.KindNote, Label: label}, "")
		} else {
			a.add(l, corpus.Passage{ID: "#heading-" + draft.Slug(text), Kind: corpus.KindHeading}, text)
		}
	default:
		// Only the general notes proper are numbered; their numbers stand at the margin.
		if m := item.FindStringSubmatch(l.text); m != nil && l.col == 0 && draft.IsNumber(m[1]) {
			label := "General Note " + m[1]
			a.add(l, corpus.Passage{ID: "#note-" + draft.Slug(label), Kind: corpus.KindNote, Label: label}, m[3])
			return nil
		}
		a.write(text)
	}
	return nil
}

var acronym = regexp.MustCompile(`^(\S.*?)\s{3,}(\S.*)$`)

func (a *annex) acronyms(l line) error {
	if strings.HasPrefix(l.text, "DEFINITIONS OF TERMS") || annexCategory.MatchString(l.text) {
		return a.front(l)
	}
	switch m := acronym.FindStringSubmatch(l.text); {
	case m != nil:
		a.add(l, corpus.Passage{ID: "#acronym-" + draft.Slug(m[1]), Kind: corpus.KindAdministrative, Label: m[1], Marks: []string{"acronym"}}, m[2])
	case strings.HasPrefix(l.text, "ACRONYM"):
		a.add(l, corpus.Passage{ID: "#administrative-acronyms", Kind: corpus.KindAdministrative}, l.text)
	default:
		a.write(l.text)
	}
	return nil
}

func (a *annex) definitions(l line) error {
	if annexCategory.MatchString(l.text) {
		a.read = (*annex).body
		return a.body(l)
	}
	if l.col <= 1 {
		if p, ok := draft.Definition(draft.Fold(l.text)); ok {
			a.add(l, p, l.text)
			return nil
		}
	}
	a.write(l.text)
	return nil
}

// body reads the categories.
func (a *annex) body(l line) error {
	text := draft.Fold(l.text)
	if m := annexContinue.FindStringSubmatch(text); m != nil {
		a.continued(l, strings.ReplaceAll(strings.ReplaceAll(m[1], ". ", "."), "..", "."), m[2] != "")
		return nil
	}
	if m := annexCategory.FindStringSubmatch(text); m != nil {
		a.category, a.part = int(m[1][0]-'0'), ""
		a.open(l, m[1], corpus.KindHeading, "Category "+m[1], m[2])
		a.read = (*annex).body
		return nil
	}
	if m := annexPart.FindStringSubmatch(text); m != nil && l.col == 0 {
		a.open(l, string(rune('0'+a.category)), corpus.KindHeading, "Part "+m[1], m[2])
		a.part = m[1]
		return nil
	}
	if m := annexGroup.FindStringSubmatch(l.text); m != nil && l.col <= 1 && int(m[1][0]-'0') == a.category {
		a.open(l, m[1], corpus.KindHeading, m[1]+m[2], m[3])
		a.read = (*annex).body
		return nil
	}
	if m := annexEntry.FindStringSubmatchIndex(l.text); m != nil && l.col <= 1 {
		code := l.text[m[2]:m[3]]
		if int(code[0]-'0') == a.category && a.follows(code) {
			return a.entry(l, code, m[6])
		}
	}
	if annexSupplement.MatchString(text) {
		a.open(l, a.code[:min(len(a.code), 2)], corpus.KindHeading, "", text)
		a.number = ""
		a.read = (*annex).supplement
		return nil
	}
	a.take(l, a.next)
	return nil
}

// follows reports whether code comes after the last entry in the order of the list.
func (a *annex) follows(code string) bool {
	return a.last == "" || corpus.CategoryOf(a.last) < code[:1] || a.last < code || code[0] == '5' && a.part == "2" && code[1] == 'A' && a.last[1] == 'E'
}

func (a *annex) entry(l line, code string, at int) error {
	a.entries++
	a.last = code
	a.open(l, code, corpus.KindEntry, "", "")
	rest := l.text[at:]
	col := l.col + len([]rune(l.text[:at]))
	if m := item.FindStringSubmatch(rest); m != nil && draft.IsFirst(m[1]) {
		a.takeItem(line{no: l.no, page: l.page, col: col, text: rest}, m[1], m[3], col+len(m[1])+len(m[2]))
		return nil
	}
	a.write(rest)
	return nil
}

// supplement reads the deposition table and the technical note of Category 4:
// every numbered line at the margin and every note is a passage of the group.
func (a *annex) supplement(l line) error {
	text := draft.Fold(l.text)
	m := item.FindStringSubmatch(l.text)
	kind, label, rest, isNote := draft.Label(l.text)
	switch {
	case annexCategory.MatchString(text), annexGroup.MatchString(l.text) && l.col <= 1, annexSupplement.MatchString(text):
		return a.body(l)
	case m != nil && l.col <= 1 && (a.number == "" && draft.IsFirst(m[1]) || a.number != "" && draft.Next(a.number) == m[1]):
		a.number = m[1]
		a.add(l, corpus.Passage{Code: a.code, Kind: corpus.KindNote, Label: m[1]}, m[3])
	case isNote && l.col <= 1:
		a.add(l, corpus.Passage{Code: a.code, Kind: kind, Label: label}, rest)
	case a.now.Kind == corpus.KindHeading:
		a.add(l, corpus.Passage{Code: a.code, Kind: corpus.KindAdministrative}, l.text)
	default:
		a.write(l.text)
	}
	return nil
}
