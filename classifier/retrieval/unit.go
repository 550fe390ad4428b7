package retrieval

import (
	"strings"

	"assay/corpus"
	"assay/corpus/digest"
)

// Origin says what a unit was made from.
type Origin uint8

const (
	FromCard    Origin = iota // a card, or a paragraph of one
	FromGoods                 // a family of goods on no list
	FromPassage               // a passage of an imported edition
)

// Unit is the smallest thing that can be found.
type Unit struct {
	Origin Origin
	// Code is the card's own code of the entry or paragraph, or the passage's
	// code; for goods it is their identifier.
	Code       string
	Designator string // below the card's entry; "" for the entry itself
	Card       *corpus.Card
	Goods      *corpus.Goods
	Passage    *corpus.Passage
	Edition    *corpus.Meta // of the passage
	Gist       string
	Terms      []string
}

// cardUnits returns one unit per card, per paragraph and per family of goods.
func cardUnits(d *digest.Digest) []Unit {
	var units []Unit
	for i := range d.Cards {
		c := &d.Cards[i]
		units = append(units, Unit{Origin: FromCard, Code: c.Entry, Card: c, Gist: c.Gist, Terms: c.Terms})
		for _, designator := range c.Designators() {
			p := c.Paragraphs[designator]
			units = append(units, Unit{Origin: FromCard, Code: c.Code(designator), Designator: designator, Card: c, Gist: p.Gist, Terms: p.Terms})
		}
	}
	for i := range d.Goods {
		g := &d.Goods[i]
		units = append(units, Unit{Origin: FromGoods, Code: g.ID, Goods: g, Gist: g.Gist, Terms: g.Terms})
	}
	return units
}

// passageUnits returns one unit per passage that describes goods: heads of
// entries, item paragraphs and the notes to them. A paragraph is found by its
// own words; the words above it are kept as its gist, so that "a.5. Lasers"
// gives meaning to "a.5.b. Exceeding 10 W".
func passageUnits(ed *corpus.Edition) []Unit {
	texts := map[string]string{}
	var units []Unit
	for i := range ed.Passages {
		p := &ed.Passages[i]
		switch p.Kind {
		case corpus.KindEntry, corpus.KindParagraph:
			texts[p.Code] = p.Text
			var above []string
			for _, a := range corpus.AncestorsOf(p.Code) {
				above = append(above, clip(texts[a], 160))
			}
			units = append(units, Unit{Origin: FromPassage, Code: p.Code, Passage: p, Edition: &ed.Meta, Gist: strings.Join(above, " "), Terms: []string{p.Text}})
		case corpus.KindNote, corpus.KindTechnicalNote:
			if p.Entry() != "" {
				units = append(units, Unit{Origin: FromPassage, Code: p.Code, Passage: p, Edition: &ed.Meta, Terms: []string{p.Text}})
			}
		}
	}
	return units
}

// clip shortens s to about n bytes at a space.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if i := strings.LastIndexByte(s[:n], ' '); i > 0 {
		return s[:i]
	}
	return s[:n]
}

// denseTexts returns the texts of u that are embedded: u resembles a
// description as much as the nearest of them does. A card is cut into its gist
// and small groups of terms, because a vector of everything at once lies near
// nothing in particular.
func (u *Unit) denseTexts() []string {
	if u.Origin == FromPassage {
		return []string{clip(strings.TrimSpace(u.Gist+" "+u.Terms[0]), 1200)}
	}
	texts := []string{u.Gist}
	for from := 0; from < len(u.Terms); from += termGroup {
		texts = append(texts, strings.Join(u.Terms[from:min(from+termGroup, len(u.Terms))], ", "))
	}
	return texts
}

const termGroup = 4

// DigestTexts returns the texts that are embedded for d, in a fixed order:
// what a program that computes the vectors ahead has to embed.
func DigestTexts(d *digest.Digest) []string { return unitTexts(cardUnits(d)) }

// EditionTexts returns the texts that are embedded for ed, in a fixed order.
func EditionTexts(ed *corpus.Edition) []string { return unitTexts(passageUnits(ed)) }

func unitTexts(units []Unit) []string {
	var texts []string
	for i := range units {
		texts = append(texts, units[i].denseTexts()...)
	}
	return texts
}
