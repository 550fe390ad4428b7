package api

import (
	"net/http"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
	"assay/review"

	"github.com/labstack/echo/v4"
)

// precedentsView is the search for decided cases.
type precedentsView struct {
	Words    string
	Code     string
	Lists    []choice
	Standing bool
	Found    *likesView
	Asked    bool // something in particular was asked for
	Most     int  // when that many are shown, there may be more
	Fault    string
}

// precedentsPage finds decided cases by meaning, list and code; without words
// it shows the newest.
func (s *Server) precedentsPage(c echo.Context) error {
	asked := c.QueryParams()
	v := precedentsView{Words: strings.TrimSpace(asked.Get("words")), Code: strings.TrimSpace(asked.Get("code")), Standing: asked.Get("standing") != ""}
	list := corpus.ListID(asked.Get("list"))
	lists := s.servingOf(c.Request().Context()).Lists()
	if list != "" && !slices.Contains(lists, list) {
		if _, err := corpus.ParseListID(string(list)); err != nil {
			v.Fault, list = sentence("“"+clip(plain(string(list)), 60)+"” is no list"), ""
		} else {
			lists = append(slices.Clone(lists), list)
		}
	}
	v.Lists = append(v.Lists, choice{"", "Any", list == ""})
	for _, l := range lists {
		v.Lists = append(v.Lists, choice{string(l), listTitle(l), l == list})
	}
	code := v.Code
	if parsed, err := corpus.ParseCode(code); err == nil {
		code = parsed
	}
	v.Asked = v.Words != "" || v.Code != "" || list != "" || v.Standing
	status := http.StatusOK
	err := s.searchPrecedents(c, &v, list, code)
	if told := failureOf(err); err != nil && told.kind == kindInvalidInput {
		v.Fault = sentence(told.message) + " " + sentence(told.remedy)
	} else if err != nil {
		return err
	}
	if v.Fault != "" {
		status = statuses[kindInvalidInput]
	}
	return s.render(c.Response(), c.Request(), status, "precedents", frame{Title: "Precedents", Page: v})
}

func (s *Server) searchPrecedents(c echo.Context, v *precedentsView, list corpus.ListID, code string) error {
	ctx, who := c.Request().Context(), whoAsks(c.Request())
	if v.Words == "" {
		found, err := s.Cases.Precedents(ctx, who.Actor, review.PrecedentFilter{List: list, Code: code, Current: v.Standing})
		if err != nil {
			return err
		}
		v.Found = &likesView{}
		for _, p := range found {
			v.Found.Precedents = append(v.Found.Precedents, s.precedent(p))
		}
		if len(found) == (review.Filter{}).PageSize() {
			v.Most = len(found)
		}
		return nil
	}
	o := review.AlikeOptions{Standing: v.Standing, Limit: review.MaxAlike}
	if list != "" {
		o.Lists = []corpus.ListID{list}
	}
	if err := s.gate.enter(ctx); err != nil {
		return err
	}
	defer s.gate.leave()
	found, err := s.Cases.Alike(ctx, who.Actor, classifier.Product{Description: v.Words}, o)
	if err != nil {
		return err
	}
	if code != "" {
		found.Precedents = slices.DeleteFunc(found.Precedents, func(p review.Like) bool { return !answers(p.Codes, list, code) })
		found.Lists = nil // they count those that are left out, too
	}
	v.Found = s.likes(found)
	return nil
}

// answers reports whether codes hold code, or one below it, on list or on any.
func answers(codes map[corpus.ListID][]string, list corpus.ListID, code string) bool {
	for l, decided := range codes {
		if list != "" && l != list {
			continue
		}
		if corpus.IsUnlisted(code) && len(decided) == 0 || slices.ContainsFunc(decided, func(d string) bool { return corpus.Covers(code, d) }) {
			return true
		}
	}
	return false
}
