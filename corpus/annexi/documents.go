package annexi

import (
	"fmt"
	"regexp"
	"strings"

	"assay/corpus"
	"assay/corpus/internal/draft"
)

// The notes about the whole list, by doc_type. They become passages with an
// empty code and an id of their own ("#note-general-software-note"). Articles,
// acronyms and editorial practices are administrative: they are kept, and
// stand at no entry.
var wholeList = map[string]string{
	"general_software_note":     "General Software Note",
	"general_technology_note":   "General Technology Note",
	"information_security_note": "General Information Security Note",
	"nuclear_software_note":     "Nuclear Software Note",
	"nuclear_technology_note":   "Nuclear Technology Note",
}

var (
	noteLine    = regexp.MustCompile(`^([0-9a-z]{1,2}(?:\.[0-9a-z]{1,2})*)\.? (.+)$`)
	sectionName = regexp.MustCompile(`^Category ([0-9]) — (.+?)(?: — notes| - NOTES)?$`)
	groupName   = regexp.MustCompile(`^([0-9][A-E])([0-9]?) (.+)$`)
	article     = regexp.MustCompile(`^Article [0-9]+`)
	articleTerm = regexp.MustCompile(`\((\d{1,2})\) ‘([^’]+)’`)
)

// readDocuments adds the texts about the whole list to d and returns those
// about a category or product group under its code. codes are the entries.
func readDocuments(d *draft.Draft, docs []document, codes []string) (map[string][]corpus.Passage, error) {
	sections := map[string][]corpus.Passage{}
	for _, doc := range docs {
		var passages []corpus.Passage
		switch doc.Type {
		case "acronyms":
			passages = acronyms(doc.Text)
		case "definitions_annex":
			passages = definitions(doc.Text)
		case "definitions":
			passages = articleTerms(doc.Text)
		case "general_notes":
			passages = generalNotes(doc.Text)
		case "section_note", "category_note":
			outer, notes, err := section(d, doc, codes)
			if err != nil {
				return nil, err
			}
			sections[outer] = append(sections[outer], notes...)
		default:
			passages = []corpus.Passage{whole(doc, codes)}
		}
		for _, p := range passages {
			if p.Text == "" {
				return nil, d.Errorf(0, doc.Title, remedyFetch, "%q without text", p.Label)
			}
			if err := d.Add(0, finish(p)); err != nil {
				return nil, err
			}
		}
	}
	for outer := range sections {
		for i := range sections[outer] {
			sections[outer][i] = finish(sections[outer][i])
		}
	}
	return sections, nil
}

// finish repairs powers of ten in a passage that stands outside the entries.
func finish(p corpus.Passage) corpus.Passage {
	var restored bool
	if p.Text, restored = draft.RestorePowers(p.Text); restored {
		p.Marks = append(p.Marks, MarkPower)
	}
	return p
}

// whole makes one passage of a text about the whole list: a note, or an
// article of the Regulation.
func whole(doc document, codes []string) corpus.Passage {
	if label, ok := wholeList[doc.Type]; ok {
		text := joinItems(doc.Text)
		return corpus.Passage{ID: "#note-" + draft.Slug(label), Kind: corpus.KindNote, Label: label, Text: text,
			AppliesTo: draft.NoteScope(label, text, draft.PartOf("5", "2", codes))}
	}
	p := corpus.Passage{ID: "#administrative-" + draft.Slug(doc.Type), Kind: corpus.KindAdministrative, Label: doc.Title, Text: draft.Fold(doc.Text)}
	if m := article.FindString(doc.Title); m != "" {
		p.Label, p.Text = m, strings.TrimPrefix(p.Text, m)
	}
	return p
}

// joinItems folds the lines of a note into one text; "a.1.b Words" is printed
// "b. Words", as it stood before the path was put before it.
func joinItems(text string) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		line = draft.Fold(line)
		if m := noteLine.FindStringSubmatch(line); m != nil {
			line = m[1][strings.LastIndexByte(m[1], '.')+1:] + ". " + m[2]
			if _, _, _, isNote := draft.Label(m[2]); isNote {
				line = m[2]
			}
		}
		out = append(out, line)
	}
	return draft.Fold(strings.Join(out, " "))
}

// generalNotes makes a passage of every numbered general note; a line that
// repeats a number belongs to that note.
func generalNotes(text string) []corpus.Passage {
	var out []corpus.Passage
	for _, line := range strings.Split(text, "\n") {
		number, rest, _ := strings.Cut(draft.Fold(line), " ")
		number = strings.TrimSuffix(number, ".")
		label := "General Note " + number
		switch n := len(out); {
		case draft.IsNumber(number) && (n == 0 || out[n-1].Label != label):
			out = append(out, corpus.Passage{ID: "#note-" + draft.Slug(label), Kind: corpus.KindNote, Label: label, Text: rest})
		case draft.IsNumber(number):
			out[n-1].Text += " " + rest
		case n == 0:
			out = append(out, corpus.Passage{ID: "#note-general-note", Kind: corpus.KindNote, Label: "General Note", Text: draft.Fold(line)})
		default:
			out[n-1].Text += " " + draft.Fold(line)
		}
	}
	return out
}

func acronyms(text string) []corpus.Passage {
	var out []corpus.Passage
	for _, line := range strings.Split(text, "\n") {
		line = draft.Fold(line)
		short, long, ok := strings.Cut(line, " | ")
		switch {
		case ok:
			out = append(out, corpus.Passage{ID: "#acronym-" + draft.Slug(short), Kind: corpus.KindAdministrative, Label: short, Text: long, Marks: []string{"acronym"}})
		case line != "":
			out = append(out, corpus.Passage{ID: "#administrative-acronyms", Kind: corpus.KindAdministrative, Text: line})
		}
	}
	return out
}

// definitions makes one passage per term of the Annex. Notes and list items
// after a term are part of its definition; any other line stands by itself,
// because the term it belonged to is no longer in the file. The categories
// printed behind the term become the mark "categories=5 7".
func definitions(text string) []corpus.Passage {
	var out []corpus.Passage
	for _, line := range strings.Split(text, "\n") {
		line = draft.Fold(line)
		if line == "" {
			continue
		}
		if p, ok := draft.Definition(line); ok {
			out = append(out, p)
			continue
		}
		n := len(out)
		isItem := noteLine.MatchString(line)
		_, _, _, isNote := draft.Label(line)
		if n == 0 || out[n-1].Kind != corpus.KindDefinition || !isItem && !isNote {
			out = append(out, corpus.Passage{ID: "#administrative-definitions", Kind: corpus.KindAdministrative, Text: line})
			continue
		}
		if isItem {
			line = joinItems(line)
		}
		out[n-1].Text += " " + line
	}
	return out
}

// articleTerms makes one passage per numbered term of Article 2.
func articleTerms(text string) []corpus.Passage {
	text = strings.TrimPrefix(draft.Fold(text), "Article 2")
	at := articleTerm.FindAllStringSubmatchIndex(text, -1)
	if len(at) == 0 {
		return []corpus.Passage{{ID: "#administrative-article-2", Kind: corpus.KindAdministrative, Label: "Article 2", Text: text}}
	}
	var out []corpus.Passage
	if head := strings.TrimSpace(text[:at[0][0]]); head != "" {
		out = append(out, corpus.Passage{ID: "#administrative-article-2", Kind: corpus.KindAdministrative, Label: "Article 2", Text: head})
	}
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		number := text[m[2]:m[3]]
		out = append(out, corpus.Passage{ID: "#administrative-article-2-" + number, Kind: corpus.KindAdministrative, Label: text[m[4]:m[5]],
			Text: strings.TrimSpace(text[m[3]+2 : end]), Marks: []string{"Article 2(" + number + ")"}})
	}
	return out
}

// section reads the notes of a category or product group and returns the code
// they belong to, "3" or "3A".
func section(d *draft.Draft, doc document, codes []string) (string, []corpus.Passage, error) {
	m := sectionName.FindStringSubmatch(doc.Title)
	if m == nil {
		return "", nil, d.Errorf(0, doc.Title, remedyFetch, "the title names no category")
	}
	outer, name := m[1], m[2]
	var out []corpus.Passage
	var applies []string
	prefix := ""
	switch g := groupName.FindStringSubmatch(name); {
	case g != nil && g[1][:1] == outer:
		outer = g[1]
		out = append(out, corpus.Passage{Code: outer, Kind: corpus.KindHeading, Label: g[1] + g[2], Text: g[3]})
		if g[2] != "" {
			applies = draft.PartOf(outer, g[2], codes)
		}
	case strings.HasPrefix(name, "Part "):
		applies = draft.PartOf(outer, name[5:6], codes)
		out = append(out, corpus.Passage{Code: outer, Kind: corpus.KindHeading, Label: name[:6], Text: strings.TrimLeft(name[6:], " -–"), AppliesTo: applies})
		prefix = name[:6] + ", "
	case strings.HasPrefix(name, "CATEGORY"):
		_, title, _ := strings.Cut(name, " - ")
		out = append(out, corpus.Passage{Code: outer, Kind: corpus.KindHeading, Label: "Category " + outer, Text: title})
	default:
		out = append(out, corpus.Passage{Code: outer, Kind: corpus.KindHeading, Text: name})
		prefix = name + ", "
	}
	open := "" // number of the last numbered line
	for _, line := range strings.Split(doc.Text, "\n") {
		line = draft.Fold(line)
		if line == "" {
			continue
		}
		p := corpus.Passage{Code: outer, Kind: corpus.KindNote, Text: line, Label: strings.TrimSuffix(prefix, ", "), AppliesTo: applies}
		kind, label, rest, isNote := draft.Label(line)
		item := noteLine.FindStringSubmatch(line)
		switch {
		case isNote:
			p.Kind, p.Label, p.Text = kind, prefix+label, rest
			if named := draft.AppliesTo(rest, outer); named != nil {
				p.AppliesTo = named
			}
			open = ""
		case strings.TrimSuffix(line, ".") == "None":
			p.Kind = corpus.KindAdministrative
		case item != nil && open != "" && (item[1] == open || strings.HasPrefix(item[1], open+".")):
			out[len(out)-1].Text += " " + joinItems(strings.TrimPrefix(line, open+" "))
			continue
		case item != nil:
			open = item[1]
			p.Label, p.Text = fmt.Sprintf("%s%s", prefix, item[1]), item[2]
		}
		if p.Text == "" {
			return "", nil, d.Errorf(0, doc.Title, remedyFetch, "%q without text", p.Label)
		}
		out = append(out, p)
	}
	return outer, out, nil
}
