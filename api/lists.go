package api

import (
	"net/http"
	"slices"
	"time"

	"assay/corpus"

	"github.com/labstack/echo/v4"
)

type listsBody struct {
	Lists []listInfo `json:"lists"`
}

// listInfo says what is known here of one list.
type listInfo struct {
	corpus.List
	Assessable bool         `json:"assessable"` // products can be held against it
	Default    bool         `json:"default"`    // assessed when no list is named
	Cards      int          `json:"cards"`      // of the digest
	Paragraphs int          `json:"paragraphs"` // of these cards
	Edition    *editionInfo `json:"edition"`    // imported edition, if any
}

type editionInfo struct {
	ID          string    `json:"id"`
	Date        string    `json:"date"`
	Title       string    `json:"title"`
	Language    string    `json:"language"`
	Format      string    `json:"format"`
	Source      string    `json:"source"`
	Retrieved   time.Time `json:"retrieved"`
	SHA256      string    `json:"sha256"`
	Attribution string    `json:"attribution,omitempty"`
	Entries     int       `json:"entries"`
	URL         string    `json:"url"` // official page of this edition
}

func (s *Server) listLists(c echo.Context) error {
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, listsBody{s.servingOf(c.Request().Context()).lists()})
	return nil
}

// lists describes every list known by name, assessable or imported.
func (sv *serving) lists() []listInfo {
	var ids []corpus.ListID
	for _, l := range corpus.Lists() {
		ids = append(ids, l.ID)
	}
	ids = append(ids, sv.Lists()...)
	for _, o := range sv.catalog.outlines {
		ids = append(ids, o.Meta().List)
	}
	slices.SortFunc(ids, compareLists)
	assessable, byDefault := sv.Lists(), sv.DefaultLists()
	out := []listInfo{}
	for _, id := range slices.Compact(ids) {
		l, _ := corpus.LookupList(id)
		n := sv.catalog.counts[id]
		info := listInfo{List: l, Assessable: slices.Contains(assessable, id), Default: slices.Contains(byDefault, id), Cards: n.cards, Paragraphs: n.paragraphs}
		if o := sv.catalog.outline(id); o != nil {
			m := o.Meta()
			info.Edition = &editionInfo{ID: m.ID(), Date: m.Date, Title: m.Title, Language: m.Language, Format: m.Format, Source: m.Source,
				Retrieved: m.Retrieved, SHA256: m.SHA256, Attribution: m.Attribution, Entries: len(o.Entries()), URL: corpus.OfficialURL(m, "")}
		}
		out = append(out, info)
	}
	return out
}
