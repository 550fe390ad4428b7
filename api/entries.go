package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"assay/corpus"

	"github.com/labstack/echo/v4"
)

// entryBody is all that is known here of one code.
type entryBody struct {
	Code      string               `json:"code"`  // in one spelling
	Entry     string               `json:"entry"` // that it belongs to
	Lists     []listingInfo        `json:"lists"` // where the digest has it
	Card      *corpus.Card         `json:"card"`  // of the entry, if the digest has one
	Paragraph *paragraphInfo       `json:"paragraph"`
	Editions  []corpus.Description `json:"editions"` // what imported editions say
}

type listingInfo struct {
	List    corpus.ListID `json:"list"`
	Title   string        `json:"title"`
	Code    string        `json:"code"` // as written on that list
	Reasons []string      `json:"reasons"`
	URL     string        `json:"url"`
}

// paragraphInfo is the paragraph of the card that was asked for.
type paragraphInfo struct {
	Designator string   `json:"designator"`
	Gist       string   `json:"gist"`
	Terms      []string `json:"terms"`
}

func (s *Server) getEntry(c echo.Context) error {
	e, err := s.servingOf(c.Request().Context()).entry(c.Param("code"), c.QueryParam("list"))
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, e)
	return nil
}

// entry finds a code in any spelling, on one list or, with list "", on all.
func (sv *serving) entry(written, listName string) (entryBody, error) {
	if unescaped, err := url.PathUnescape(written); err == nil {
		written = unescaped
	}
	var list corpus.ListID
	if listName != "" {
		l, err := corpus.ParseListID(listName)
		if err != nil {
			return entryBody{}, &failure{kind: kindInvalidInput, message: fmt.Sprintf("%.60q is not a list name", listName), field: "list", remedy: "/api/v1/lists names those known here"}
		}
		list = l
	}
	code, parseErr := corpus.ParseCode(written)
	if parseErr != nil {
		// Wassenaar and lists of other keepers write codes in their own way.
		code = strings.TrimRight(strings.TrimSpace(written), ".")
	}
	if corpus.IsUnlisted(code) {
		return entryBody{}, &failure{kind: kindNotFound, message: code + " says that goods are on no entry; there is no text of it", field: "code", remedy: "ask for an entry, such as 3A001"}
	}
	e := entryBody{Code: code, Entry: corpus.EntryOf(code), Lists: []listingInfo{}, Editions: []corpus.Description{}}
	at, carded := sv.catalog.find(list, code)
	if carded {
		e.addCard(at, list)
	}
	for _, o := range sv.catalog.outlines {
		l := o.Meta().List
		if list != "" && l != list {
			continue
		}
		there := code
		if carded {
			on, stands := at.card.CodeOn(l, at.designator)
			if stands {
				there = on
			}
		}
		if d, ok := o.Describe(there); ok {
			e.Editions = append(e.Editions, d)
		}
	}
	if !carded && len(e.Editions) == 0 {
		return entryBody{}, sv.entryMissing(list, code, written, parseErr)
	}
	if !carded {
		// The paragraph may have no card text while its entry has.
		if up, ok := sv.catalog.find(list, e.Entry); ok {
			e.addCard(up, list)
			e.Paragraph = nil
		}
	}
	return e, nil
}

func (e *entryBody) addCard(at place, list corpus.ListID) {
	e.Card, e.Entry = at.card, at.card.Entry
	for _, l := range listsOf(at.card) {
		if list != "" && l != list {
			continue
		}
		code, stands := at.card.CodeOn(l, at.designator)
		if !stands {
			continue
		}
		info, _ := corpus.LookupList(l)
		reasons := slices.Clone(at.card.Lists[l].Reasons)
		if reasons == nil {
			reasons = []string{}
		}
		e.Lists = append(e.Lists, listingInfo{List: l, Title: info.Title, Code: code, Reasons: reasons, URL: info.URL})
	}
	if at.designator != "" {
		p := at.card.Paragraphs[at.designator]
		terms := slices.Clone(p.Terms)
		if terms == nil {
			terms = []string{}
		}
		e.Paragraph = &paragraphInfo{Designator: at.designator, Gist: p.Gist, Terms: terms}
	}
}

// entryMissing says why a code is not found and what is near it.
func (sv *serving) entryMissing(list corpus.ListID, code, written string, parseErr error) *failure {
	f := &failure{kind: kindNotFound, field: "code"}
	if parseErr != nil {
		f.message, f.remedy = fmt.Sprintf("%.60q is not a code known here", written), "write it like 3A001.a.5, ML11.a or XI(a)(5)"
		return f
	}
	f.message = code + " is not known here"
	if list != "" {
		f.message += " on " + string(list)
		if at, ok := sv.catalog.find("", code); ok {
			var on []string
			for _, l := range listsOf(at.card) {
				if _, stands := at.card.CodeOn(l, at.designator); stands {
					on = append(on, string(l))
				}
			}
			if len(on) > 0 {
				f.remedy = "the digest has it on " + strings.Join(on, ", ")
				return f
			}
		}
	}
	for up := corpus.ParentOf(code); up != ""; up = corpus.ParentOf(up) {
		if _, ok := sv.catalog.find(list, up); ok {
			f.remedy = fmt.Sprintf("ask for %s, which is; or import an edition of the list to see its official text", up)
			return f
		}
	}
	f.remedy = "check the code, or import an edition of its list with: assay corpus import FILE"
	return f
}
