package annexi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"assay/corpus"
	"assay/corpus/internal/draft"
)

const remedyFetch = "the file is cut off or not the JSON form of Annex I; fetch it again"

// consolidated is the part of the JSON form that is read. Union general export
// authorisations (geas) are not of Annex I and are left aside.
type consolidated struct {
	CELEX       string `json:"celex"`
	Version     string `json:"corpus_version"`
	ValidFrom   string `json:"valid_from"`
	SourceURL   string `json:"source_url"`
	Attribution string `json:"attribution"`
	EntryCount  int    `json:"entry_count"`
	Index       []struct {
		Code string `json:"code"`
	} `json:"index"`
	Entries []struct {
		Code string `json:"entry_code"`
		Text string `json:"verbatim_text"`
	} `json:"entries"`
	Docs []document `json:"docs"`
}

type document struct {
	Type  string `json:"doc_type"`
	Title string `json:"title"`
	Text  string `json:"verbatim_text"`
}

// ReadConsolidated reads the JSON form of the consolidated Annex I. The
// edition's date is the file's valid_from unless src gives one; its source
// address and attribution go to Meta.Attribution. The error is a *corpus.ReadError.
func ReadConsolidated(src corpus.Source) (*corpus.Edition, error) {
	d, err := draft.New(src)
	if err != nil {
		return nil, err
	}
	in, err := decode(d, src.Data)
	if err != nil {
		return nil, err
	}
	meta, err := src.Meta(corpus.EUDualUse, FormatJSON, in.ValidFrom)
	if err != nil {
		return nil, d.Refusal(err)
	}
	meta.Title = "Annex I to Regulation (EU) 2021/821, consolidated " + in.Version
	meta.Attribution = in.Attribution
	if in.SourceURL != "" {
		meta.Attribution = strings.TrimSpace(meta.Attribution + " Source: " + in.SourceURL)
	}
	codes := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		codes[i] = e.Code
	}
	sections, err := readDocuments(d, in.Docs, codes)
	if err != nil {
		return nil, err
	}
	outers := slices.Sorted(maps.Keys(sections)) // "3" sorts before "3A", that before "3A001"
	addSections := func(before string) error {
		for len(outers) > 0 && (before == "" || outers[0] < before) {
			for _, p := range sections[outers[0]] {
				if err := d.Add(0, p); err != nil {
					return err
				}
			}
			outers = outers[1:]
		}
		return nil
	}
	for _, e := range in.Entries {
		if err := addSections(e.Code); err != nil {
			return nil, err
		}
		passages, err := readEntry(d, e.Code, e.Text)
		if err != nil {
			return nil, err
		}
		for _, p := range passages {
			if err := d.Add(0, p); err != nil {
				return nil, err
			}
		}
	}
	if err := addSections(""); err != nil {
		return nil, err
	}
	return d.Edition(meta)
}

// decode reads the JSON and checks that it is whole.
func decode(d *draft.Draft, data []byte) (*consolidated, error) {
	if at := tooDeep(data, d.Limits().Depth); at >= 0 {
		return nil, d.Errorf(draft.LineAt(data, at), "", remedyFetch, "brackets nest deeper than %d levels", d.Limits().Depth)
	}
	var in consolidated
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&in); err != nil {
		at := dec.InputOffset()
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		switch {
		case errors.As(err, &syntax):
			at = syntax.Offset
		case errors.As(err, &kind):
			at = kind.Offset
		case errors.Is(err, io.ErrUnexpectedEOF):
			at = int64(len(data))
			err = errors.New("the JSON ends in the middle")
		}
		return nil, d.Errorf(draft.LineAt(data, int(at)), "", remedyFetch, "%w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, d.Errorf(draft.LineAt(data, int(dec.InputOffset())), "", remedyFetch, "more text after the end of the JSON")
	}
	switch {
	case in.CELEX == "" && in.Version == "":
		return nil, d.Errorf(0, "celex", remedyFetch, "the field celex is missing")
	case len(in.Entries) == 0:
		return nil, d.Errorf(0, "entries", remedyFetch, "there are no entries")
	case len(in.Entries) != in.EntryCount:
		return nil, d.Errorf(0, "entries", remedyFetch, "%d entries, but entry_count says %d", len(in.Entries), in.EntryCount)
	case len(in.Index) != 0 && len(in.Index) != in.EntryCount:
		return nil, d.Errorf(0, "index", remedyFetch, "%d codes in the index, but entry_count says %d", len(in.Index), in.EntryCount)
	}
	for i, x := range in.Index {
		if x.Code != in.Entries[i].Code {
			return nil, d.Errorf(0, in.Entries[i].Code, remedyFetch, "the index has %s in its place", x.Code)
		}
	}
	return &in, nil
}

// tooDeep returns the offset of the first bracket beyond depth limit, or -1.
func tooDeep(data []byte, limit int) int {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return i
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return -1
}

var (
	entryCode = regexp.MustCompile(`^[0-9][A-E][0-9]{3}$`)
	provision = regexp.MustCompile(`^([0-9][A-E][0-9]{3}(?:\.[0-9a-z]{1,3})*)(?:\s+(.*))?$`)
	// inside finds a numbered note that stands, in one line, behind a technical note.
	inside         = regexp.MustCompile(`[.;:] (Note \d+: [0-9][A-E][0-9]{3})`)
	provisionStart = regexp.MustCompile(`^[0-9][A-E][0-9]{3}(?:\.[0-9a-z]{1,3})*\.?`)
	itemRow        = regexp.MustCompile(`^([a-z]|[0-9]{1,2})\. (.+)$`)
)

// entry is the state of reading one entry: its passages so far and the paths
// that stand for others in this file.
type entry struct {
	code     string
	passages []corpus.Passage
	at       map[string]int    // index in passages of every paragraph
	renamed  map[string]string // path in the file → path in the list
	note     int               // index of the note read last, -1 when a paragraph came since
	owner    string            // path of that note
	list     bool              // the note takes the paths below owner as its items
}

// readEntry turns the lines of one entry into passages.
func readEntry(d *draft.Draft, code, text string) ([]corpus.Passage, error) {
	if !entryCode.MatchString(code) {
		return nil, d.Errorf(0, code, remedyFetch, "%q is not the code of an entry", code)
	}
	e := &entry{code: code, at: map[string]int{}, renamed: map[string]string{}, note: -1}
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		m := provision.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || corpus.EntryOf(m[1]) != code {
			return nil, d.Errorf(0, code, remedyFetch, "line %d of the entry does not open with its code", i+1)
		}
		if i == 0 && m[1] != code {
			return nil, d.Errorf(0, code, remedyFetch, "the entry opens with %s", m[1])
		}
		if err := e.line(d, m[1], draft.Fold(m[2])); err != nil {
			return nil, err
		}
	}
	for i := range e.passages {
		p := &e.passages[i]
		if p.Text == "" {
			return nil, d.Errorf(0, p.Code, remedyFetch, "%s %s without text", p.Code, p.Label)
		}
		var restored bool
		if p.Text, restored = draft.RestorePowers(p.Text); restored {
			p.Marks = append(p.Marks, MarkPower)
		}
		if p.Kind != corpus.KindEntry && p.Kind != corpus.KindParagraph {
			p.AppliesTo = draft.AppliesTo(p.Text, p.Code)
		}
	}
	return e.passages, nil
}

func (e *entry) line(d *draft.Draft, path, text string) error {
	kind, label, rest, isNote := draft.Label(text)
	if isNote {
		e.addNote(e.rename(path), kind, label, rest)
		return nil
	}
	if text == "" {
		return d.Errorf(0, path, remedyFetch, "%s without text", path)
	}
	if e.note >= 0 && e.list && path != e.owner && strings.HasPrefix(path, e.owner+".") {
		e.extendNote(path[strings.LastIndexByte(path, '.')+1:] + ". " + text)
		return nil
	}
	code := e.rename(path)
	if at, taken := e.at[code]; taken {
		return e.repeated(d, code, at, text)
	}
	e.note = -1
	var marks []string
	if restored := e.misplaced(code); restored != code {
		e.renamed[path] = restored
		code = restored
	}
	if code != path {
		marks = []string{MarkPath}
	}
	items := inlineList(text)
	if items == nil {
		e.addParagraph(code, text, marks)
		return nil
	}
	// Like a printed paragraph that holds nothing but its list.
	e.addParagraph(code, strings.TrimPrefix(code[len(e.code):], "."), append(marks, MarkList))
	for i, d := 0, items[0][:1]; i < len(items); i, d = i+1, draft.Next(d) {
		e.addParagraph(code+"."+d, strings.TrimPrefix(items[i], d+". "), []string{MarkList})
	}
	return nil
}

var betweenItems = regexp.MustCompile(`;\s*(?:and |or )?`)

// inlineList cuts a text that is a whole list, "a. Fast; b. Light; or c. Red.",
// into its items with what ends them, "a. Fast;", "b. Light; or", "c. Red.".
// It returns nil unless the text opens with the first designator and every
// semicolon in it is followed by the next.
func inlineList(text string) []string {
	var items []string
	d := "a"
	if strings.HasPrefix(text, "1. ") {
		d = "1"
	}
	for {
		if !strings.HasPrefix(text, d+". ") {
			return nil
		}
		at := betweenItems.FindStringIndex(text)
		if at == nil || slices.Contains([]string{"", "and", "or"}, text[at[1]:]) {
			items = append(items, text)
			break
		}
		items = append(items, strings.TrimSpace(text[:at[1]]))
		text, d = text[at[1]:], draft.Next(d)
	}
	if len(items) < 2 {
		return nil
	}
	return items
}

func (e *entry) addParagraph(code, text string, marks []string) {
	kind := corpus.KindParagraph
	if code == e.code {
		kind = corpus.KindEntry
	}
	e.at[code] = len(e.passages)
	e.passages = append(e.passages, corpus.Passage{Code: code, Kind: kind, Label: strings.TrimPrefix(code[len(e.code):], "."), Text: text, Marks: marks})
}

// addNote appends a note on code. Numbered notes that hang on behind a
// technical note, in its line, become notes of their own on the paragraph that
// they name.
func (e *entry) addNote(code string, kind corpus.Kind, label, text string) {
	filed := code // what follows is filed below the path that the line had
	for kind == corpus.KindTechnicalNote || filed != code {
		at := inside.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		e.passages = append(e.passages, corpus.Passage{Code: code, Kind: kind, Label: label, Text: text[:at[2]-1]})
		kind, label, text, _ = draft.Label(text[at[2]:])
		named := strings.TrimSuffix(provisionStart.FindString(text), ".")
		if e.has(named) && corpus.Covers(named, filed) {
			code = named
		}
	}
	e.note, e.owner, e.list = len(e.passages), filed, e.announces(text, filed)
	e.passages = append(e.passages, corpus.Passage{Code: code, Kind: kind, Label: label, Text: text})
}

// announces reports whether the paths below code are items of a note that says
// text: it ends with a colon and the paragraph itself does not.
func (e *entry) announces(text, code string) bool {
	return strings.HasSuffix(text, ":") && e.has(code) && !strings.HasSuffix(e.passages[e.at[code]].Text, ":")
}

func (e *entry) has(code string) bool { _, ok := e.at[code]; return ok }

// extendNote gives text back to the note read last.
func (e *entry) extendNote(text string) {
	p := &e.passages[e.note]
	p.Text = strings.TrimSpace(p.Text + " " + text)
	if !slices.Contains(p.Marks, MarkItems) {
		p.Marks = append(p.Marks, MarkItems)
	}
}

// repeated reads a line whose path is taken: the rest of the note before it,
// or a row of the table that the paragraph announces.
func (e *entry) repeated(d *draft.Draft, code string, at int, text string) error {
	if e.note >= 0 && e.passages[e.note].Code == code {
		e.extendNote(text)
		return nil
	}
	if m := itemRow.FindStringSubmatch(text); m != nil && strings.HasSuffix(e.passages[at].Text, ":") {
		if row := code + "." + m[1]; !e.has(row) && e.follows(row) {
			e.addParagraph(row, draft.Fold(strings.ReplaceAll(m[2], "|", " ")), []string{MarkPath})
			return nil
		}
	}
	return d.Errorf(0, code, remedyFetch, "%s stands twice", code)
}

// follows reports whether code opens the list of its parent or has the
// sibling before it already.
func (e *entry) follows(code string) bool {
	last := code[strings.LastIndexByte(code, '.')+1:]
	if draft.IsFirst(last) {
		return true
	}
	for c := range e.at {
		if corpus.ParentOf(c) == corpus.ParentOf(code) && draft.Next(c[strings.LastIndexByte(c, '.')+1:]) == last {
			return true
		}
	}
	return false
}

// rename returns the path in the list for a path in the file.
func (e *entry) rename(path string) string {
	for p := path; p != ""; p = corpus.ParentOf(p) {
		if to, ok := e.renamed[p]; ok {
			return to + path[len(p):]
		}
	}
	return path
}

// misplaced returns where code belongs when it is a number among letters, or
// a letter among numbers: below the last sibling when it opens a list there,
// else after its parent when it is next there, else where it is.
func (e *entry) misplaced(code string) string {
	parent := corpus.ParentOf(code)
	if parent == "" {
		return code
	}
	d := code[len(parent)+1:]
	last := ""
	for _, p := range e.passages {
		if p.Kind == corpus.KindParagraph && corpus.ParentOf(p.Code) == parent {
			last = p.Code
		}
	}
	if last == "" || draft.IsNumber(last[len(parent)+1:]) == draft.IsNumber(d) {
		return code
	}
	if below := last + "." + d; draft.IsFirst(d) && !e.has(below) {
		return below
	}
	if up := corpus.ParentOf(parent); up != "" && draft.Next(parent[len(up)+1:]) == d && !e.has(up+"."+d) {
		// From here on the file means the level above by this path.
		for from, to := range e.renamed {
			if to == parent {
				e.renamed[from] = up
			}
		}
		return up + "." + d
	}
	return code
}
