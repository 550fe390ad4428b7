package api

import (
	"slices"
	"strings"

	"assay/corpus"
)

// entryView is what is known of a code, arranged for people.
type entryView struct {
	Code        string
	Entry       string
	EntryURL    string // of the entry, "" when it is what is shown
	Heading     string // gist of what is shown
	EntryGist   string // of the entry, when a paragraph is shown
	Lists       []listingView
	Narrowed    *corpus.List // the one list asked for
	WholeURL    string       // the same code on all lists
	Terms       []string
	EntryTerms  []string
	Paragraphs  []paragraphView // below what is shown
	Confusables []linkView
	Editions    []editionView
	Missing     []corpus.List // lists of the card without an imported edition
}

type listingView struct {
	List    corpus.List
	Code    string
	Reasons []reasonView
}

type paragraphView struct {
	Code, URL, Gist string
	Current         bool
	Lists           []corpus.ListID // when fewer than the card's
}

type editionView struct {
	List        corpus.List
	Meta        corpus.Meta
	URL         string
	Chain       []stepView
	Text        string
	Label       string
	Attached    []passageView
	Further     []passageView // attached too, but folded away
	Definitions []passageView
	Children    []linkView
}

type passageView struct {
	Label, Code, Text string
}

func (sv *serving) entryView(e entryBody, list corpus.ListID) entryView {
	v := entryView{Code: e.Code, Entry: e.Entry}
	if e.Code != e.Entry {
		v.EntryURL = entryURL(e.Entry, list)
	}
	if list != "" {
		l, _ := corpus.LookupList(list)
		v.Narrowed, v.WholeURL = &l, entryURL(e.Code, "")
	}
	for _, l := range e.Lists {
		info, _ := corpus.LookupList(l.List)
		v.Lists = append(v.Lists, listingView{info, l.Code, reasonsOf(l.Reasons)})
		if sv.catalog.outline(l.List) == nil {
			v.Missing = append(v.Missing, info)
		}
	}
	if e.Card != nil {
		v.addCard(e, list)
	}
	for _, d := range e.Editions {
		v.Editions = append(v.Editions, edition(d))
	}
	return v
}

func (v *entryView) addCard(e entryBody, list corpus.ListID) {
	card := e.Card
	v.Heading, v.Terms = card.Gist, card.Terms
	if e.Paragraph != nil {
		v.Heading, v.EntryGist, v.Terms, v.EntryTerms = e.Paragraph.Gist, card.Gist, e.Paragraph.Terms, card.Terms
	} else if e.Code != e.Entry {
		v.Heading, v.EntryGist, v.Terms, v.EntryTerms = "", card.Gist, nil, card.Terms
	}
	for _, des := range card.Designators() {
		p := card.Paragraphs[des]
		if list != "" && len(p.Lists) > 0 && !slices.Contains(p.Lists, list) {
			continue
		}
		code := card.Code(des)
		if on, ok := card.CodeOn(list, des); ok {
			code = on // a list may print it under another designator
		}
		if !near(code, e.Code, e.Entry) {
			continue
		}
		row := paragraphView{Code: code, URL: entryURL(code, list), Gist: p.Gist, Current: code == e.Code}
		if len(p.Lists) < len(card.Lists) {
			row.Lists = p.Lists
		}
		v.Paragraphs = append(v.Paragraphs, row)
	}
	for _, c := range card.Confusables {
		v.Confusables = append(v.Confusables, linkView{c.Code, entryURL(c.Code, ""), c.Ask})
	}
}

// near reports whether code belongs on the page of shown: what lies above and
// below it and beside it. The page of an entry has all its paragraphs.
func near(code, shown, entry string) bool {
	return shown == entry || corpus.Covers(code, shown) || corpus.Covers(shown, code) || corpus.ParentOf(code) == corpus.ParentOf(shown)
}

// shownAttached is how many notes stand open on a page; an entry can have fifty.
const shownAttached = 8

func edition(d corpus.Description) editionView {
	l, _ := corpus.LookupList(d.Meta.List)
	v := editionView{List: l, Meta: d.Meta, URL: officialURL(d.URL)}
	last := d.Chain[len(d.Chain)-1]
	v.Text, v.Label = last.Text, last.Label
	for _, p := range d.Chain[:len(d.Chain)-1] {
		v.Chain = append(v.Chain, stepView{p.Code, short(p.Text)})
	}
	for _, p := range d.Attached {
		if len(v.Attached) < shownAttached {
			v.Attached = append(v.Attached, passageOf(p))
		} else {
			v.Further = append(v.Further, passageOf(p))
		}
	}
	for _, p := range d.Definitions {
		v.Definitions = append(v.Definitions, passageOf(p))
	}
	for _, p := range d.Children {
		v.Children = append(v.Children, linkView{p.Code, entryURL(p.Code, d.Meta.List), short(p.Text)})
	}
	return v
}

func passageOf(p corpus.Passage) passageView {
	v := passageView{Label: p.Label, Code: p.Code, Text: p.Text}
	if kind := sentence(kindWords(string(p.Kind))); v.Label == "" {
		v.Label = strings.TrimSuffix(kind, ".")
	}
	return v
}
