package corpus

import (
	"fmt"
	"io"
	"slices"
)

// Coverage says how the cards stand to one edition of a list.
type Coverage struct {
	Edition string `json:"edition"`
	Entries int    `json:"entries"` // of the edition
	Carded  int    `json:"carded"`  // of these, with a card
	// Paragraphs of cards on this list, all of which should exist in the edition.
	Paragraphs int           `json:"paragraphs"`
	Missing    []MissingCode `json:"missing"`  // codes that cards name and the edition lacks
	Uncarded   []string      `json:"uncarded"` // entries of the edition without a card
}

// MissingCode is a code that a card names and the edition does not have.
type MissingCode struct {
	Card  string `json:"card"`
	Code  string `json:"code"`
	Where string `json:"where"` // "entry", "paragraph", "confusable"
}

// Check compares cards with an edition: what exists, what is covered. It says
// nothing yet of thresholds.
func Check(cards []Card, o *Outline) Coverage {
	list := o.Meta().List
	c := Coverage{Edition: o.Meta().ID(), Missing: []MissingCode{}, Uncarded: []string{}}
	carded := map[string]bool{}
	has := func(code string) bool { _, ok := o.ByCode(code); return ok }
	byEntry := map[string]*Card{}
	for i := range cards {
		byEntry[cards[i].Entry] = &cards[i]
	}
	for i := range cards {
		card := &cards[i]
		entry, ok := card.CodeOn(list, "")
		if !ok {
			continue
		}
		carded[entry] = true
		if !has(entry) {
			c.Missing = append(c.Missing, MissingCode{card.Entry, entry, "entry"})
			continue
		}
		for _, d := range card.Designators() {
			code, ok := card.CodeOn(list, d)
			if !ok {
				continue
			}
			c.Paragraphs++
			if !has(code) {
				c.Missing = append(c.Missing, MissingCode{card.Entry, code, "paragraph"})
			}
		}
		for _, x := range card.Confusables {
			// A neighbour may stand on another list; one whose card says it is
			// on this list, or that could only be on this one, must be here.
			other := byEntry[EntryOf(x.Code)]
			if other == nil {
				continue
			}
			if _, here := other.Lists[list]; here && !has(x.Code) {
				c.Missing = append(c.Missing, MissingCode{card.Entry, x.Code, "confusable"})
			}
		}
	}
	for _, e := range o.Entries() {
		c.Entries++
		if carded[e] {
			c.Carded++
		} else {
			c.Uncarded = append(c.Uncarded, e)
		}
	}
	slices.SortFunc(c.Missing, func(a, b MissingCode) int { return CompareCodes(a.Code, b.Code) })
	return c
}

// WriteText prints coverage for people.
func (c Coverage) WriteText(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "%s: %d of %d entries have a card; %d paragraphs of cards, %d codes missing from the edition\n",
		c.Edition, c.Carded, c.Entries, c.Paragraphs, len(c.Missing)); err != nil {
		return err
	}
	for _, m := range c.Missing {
		fmt.Fprintf(w, "  card %s names %s (%s), which the edition does not have\n", m.Card, m.Code, m.Where)
	}
	byCategory := map[string][]string{}
	var order []string
	for _, e := range c.Uncarded {
		cat := CategoryOf(e)
		if byCategory[cat] == nil {
			order = append(order, cat)
		}
		byCategory[cat] = append(byCategory[cat], e)
	}
	for _, cat := range order {
		fmt.Fprintf(w, "  no card in category %s:", cat)
		for _, e := range byCategory[cat] {
			fmt.Fprintf(w, " %s", e)
		}
		fmt.Fprintln(w)
	}
	return nil
}
