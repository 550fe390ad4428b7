package api

import (
	"slices"
	"strings"

	"assay/corpus"
	"assay/corpus/digest"
)

// catalog finds cards and imported editions by the codes that lists use.
type catalog struct {
	digest   *digest.Digest
	outlines []*corpus.Outline // in the order of listIDs
	cards    map[string]*corpus.Card
	// places tells where a code as written on a list stands in the digest.
	places map[listCode]place
	counts map[corpus.ListID]cardCount
}

type listCode struct {
	list corpus.ListID
	code string
}

// place is a card and the designator of a paragraph, "" for the entry.
type place struct {
	card       *corpus.Card
	designator string
}

type cardCount struct{ cards, paragraphs int }

func newCatalog(d *digest.Digest, outlines []*corpus.Outline) *catalog {
	c := &catalog{digest: d, outlines: slices.Clone(outlines), cards: map[string]*corpus.Card{},
		places: map[listCode]place{}, counts: map[corpus.ListID]cardCount{}}
	slices.SortFunc(c.outlines, func(a, b *corpus.Outline) int {
		return compareLists(a.Meta().List, b.Meta().List)
	})
	for i := range d.Cards {
		card := &d.Cards[i]
		c.cards[card.Entry] = card
		for list := range card.Lists {
			n := c.counts[list]
			n.cards++
			if code, ok := card.CodeOn(list, ""); ok {
				c.places[listCode{list, code}] = place{card, ""}
			}
			for des := range card.Paragraphs {
				if code, ok := card.CodeOn(list, des); ok {
					c.places[listCode{list, code}] = place{card, des}
					n.paragraphs++
				}
			}
			c.counts[list] = n
		}
	}
	return c
}

// compareLists orders lists as corpus does, others behind by name.
func compareLists(a, b corpus.ListID) int {
	rank := func(id corpus.ListID) int {
		i := slices.IndexFunc(knownLists, func(l corpus.List) bool { return l.ID == id })
		if i < 0 {
			return len(knownLists)
		}
		return i
	}
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	return strings.Compare(string(a), string(b))
}

// outline returns the imported edition of list, or nil.
func (c *catalog) outline(list corpus.ListID) *corpus.Outline {
	for _, o := range c.outlines {
		if o.Meta().List == list {
			return o
		}
	}
	return nil
}

// place finds code of list in the digest.
func (c *catalog) place(list corpus.ListID, code string) (place, bool) {
	p, ok := c.places[listCode{list, code}]
	return p, ok
}

// find returns where the digest has code: in our own spelling, or as a list
// writes it that differs. With a list it must stand on that one.
func (c *catalog) find(list corpus.ListID, code string) (place, bool) {
	if p, ok := c.place(list, code); ok {
		return p, true
	}
	found, ok := c.findOwn(code)
	if list == "" {
		for i := 0; !ok && i < len(knownLists); i++ {
			found, ok = c.place(knownLists[i].ID, code)
		}
		return found, ok
	}
	if ok {
		_, ok = found.card.CodeOn(list, found.designator)
	}
	return found, ok
}

var knownLists = corpus.Lists()

func (c *catalog) findOwn(code string) (place, bool) {
	card := c.cards[corpus.EntryOf(code)]
	if card == nil {
		return place{}, false
	}
	if code == card.Entry {
		return place{card, ""}, true
	}
	for des := range card.Paragraphs {
		if card.Code(des) == code {
			return place{card, des}, true
		}
	}
	return place{}, false
}

// listsOf returns the lists a card stands on, in order.
func listsOf(card *corpus.Card) []corpus.ListID {
	ids := make([]corpus.ListID, 0, len(card.Lists))
	for l := range card.Lists {
		ids = append(ids, l)
	}
	slices.SortFunc(ids, compareLists)
	return ids
}

// code returns the place's code in Assay's spelling.
func (p place) code() string {
	if p.designator == "" {
		return p.card.Entry
	}
	return p.card.Code(p.designator)
}

// chain returns the designators above the place's own that the card has a
// paragraph for, outermost first: the way a reader comes to it.
func (p place) chain() []string {
	var up []string
	for _, code := range corpus.AncestorsOf(p.code()) {
		des := strings.TrimPrefix(strings.TrimPrefix(code, p.card.Entry), ".")
		if _, ok := p.card.Paragraphs[des]; ok && des != "" {
			up = append(up, des)
		}
	}
	return up
}
