package evals

import (
	"fmt"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
	"assay/corpus/digest"
)

// Library is what citations can point at: the digest, and imported editions.
type Library struct {
	gists map[string][]string // texts by entry of a card, or by name of a family of goods
	books map[string]*corpus.Outline
}

// NewLibrary returns a Library of the digest and of at most one edition a list.
func NewLibrary(d *digest.Digest, editions []*corpus.Outline) *Library {
	l := &Library{gists: map[string][]string{}, books: map[string]*corpus.Outline{}}
	for i := range d.Cards {
		c := &d.Cards[i]
		for list := range c.Lists {
			for _, at := range append(c.Designators(), "") {
				if code, ok := c.CodeOn(list, at); ok {
					l.gists[code] = append(l.gists[code], gistOf(c, at))
				}
			}
		}
		l.gists[c.Entry] = append(l.gists[c.Entry], c.Gist)
		for _, at := range c.Designators() {
			l.gists[c.Code(at)] = append(l.gists[c.Code(at)], gistOf(c, at))
		}
	}
	for _, g := range d.Goods {
		l.gists[g.ID] = append(l.gists[g.ID], g.Gist)
	}
	for _, o := range editions {
		l.books[o.Meta().ID()] = o
	}
	return l
}

func gistOf(c *corpus.Card, designator string) string {
	if designator == "" {
		return c.Gist
	}
	return c.Paragraphs[designator].Gist
}

// Check returns what is wrong with the citations of an assessment on list, one
// line a fault, and how many citations there are. A citation holds when
//   - its quote is exactly the stretch of its text that its offsets name,
//   - its text stands, letter by letter, in the digest or in the edition cited, at the code cited,
//   - that code is the suggestion's own, one above it, or one below it; the citation of
//     "on no entry" may stand anywhere.
func (l *Library) Check(a classifier.Assessment, list corpus.ListID) (cited int, faults []string) {
	for _, s := range a.Suggestions {
		if s.List != list {
			continue
		}
		for _, c := range s.Citations {
			cited++
			if err := l.check(s, c); err != nil {
				faults = append(faults, fmt.Sprintf("%s cites %s %s: %v", s.Code, c.Edition, c.Code, err))
			}
		}
	}
	return cited, faults
}

func (l *Library) check(s classifier.Suggestion, c classifier.Citation) error {
	switch {
	case c.Quote == "":
		return fmt.Errorf("nothing is quoted")
	case c.Start < 0 || c.End > len(c.Text) || c.Start >= c.End || c.Text[c.Start:c.End] != c.Quote:
		return fmt.Errorf("the quote %.40q does not stand at %d to %d of the text", c.Quote, c.Start, c.End)
	case !corpus.IsUnlisted(s.Code) && !corpus.Covers(c.Code, s.Code) && !corpus.Covers(s.Code, c.Code):
		return fmt.Errorf("it belongs to another code")
	case c.Edition == "digest":
		if !slices.Contains(l.gists[c.Code], c.Text) {
			return fmt.Errorf("the digest does not say %.40q of it", c.Text)
		}
		return nil
	}
	book, ok := l.books[c.Edition]
	if !ok {
		return fmt.Errorf("no such edition is at hand")
	}
	if !strings.HasPrefix(c.Edition, string(s.List)+"@") {
		return fmt.Errorf("it is of another list")
	}
	if p, ok := book.ByCode(c.Code); ok && string(p.Kind) == c.Kind && p.Text == c.Text {
		return nil
	}
	if slices.ContainsFunc(book.Attached(c.Code), func(p corpus.Passage) bool {
		return p.Code == c.Code && string(p.Kind) == c.Kind && p.Text == c.Text
	}) {
		return nil
	}
	return fmt.Errorf("the edition does not say %.40q there", c.Text)
}
