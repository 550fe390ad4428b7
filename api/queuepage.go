package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/corpus"
	"assay/review"

	"github.com/labstack/echo/v4"
)

// queueView is the office's list of cases with its filters.
type queueView struct {
	Filters filtersView
	Rows    []caseRow
	Take    bool // somebody who takes cases reads it
	First   string
	Next    string
	Clear   bool // some filter is set
	Fault   string
}

// filtersView is the form of filters with what was chosen.
type filtersView struct {
	States, Lists, Confidences, Ages, Languages, Officers []choice
	Category                                              string
	Officer                                               string // named in words
	Disputed                                              bool
	Newest                                                bool
}

// choice is one of several to choose from.
type choice struct {
	Value, Word string
	Chosen      bool
}

// stateChoices are what the queue can be narrowed to. The empty value is the
// work that lies before the office.
var stateChoices = []struct {
	value, word string
	states      []review.State
}{
	{"", "Open work", []review.State{review.Submitted, review.InReview, review.Reopened}},
	{"waiting", "Waiting to be taken", []review.State{review.Submitted, review.Reopened}},
	{"in_review", "In review", []review.State{review.InReview}},
	{"returned_for_information", "Returned for information", []review.State{review.Returned}},
	{"decided", "Decided", []review.State{review.Confirmed, review.Changed, review.NotListed}},
	{"confirmed", "Decided: confirmed", []review.State{review.Confirmed}},
	{"changed", "Decided: changed", []review.State{review.Changed}},
	{"not_listed", "Decided: not listed", []review.State{review.NotListed}},
	{"attention", "Decided, a newer edition bears on it", []review.State{review.Confirmed, review.Changed, review.NotListed}},
	{"draft", "Drafts", []review.State{review.Draft}},
	{"all", "All", nil},
}

var confidenceChoices = []struct {
	value, word string
	least, most float64
}{
	{"", "Any", 0, 0}, {"low", "Below 50 %", 0, 0.5}, {"middle", "50 to 80 %", 0.5, 0.8}, {"high", "Above 80 %", 0.8, 1},
}

var ageChoices = []struct {
	value, word string
	age         time.Duration
}{
	{"", "Any", 0}, {"1d", "More than a day ago", 24 * time.Hour}, {"3d", "More than 3 days ago", 72 * time.Hour},
	{"7d", "More than a week ago", 7 * 24 * time.Hour}, {"30d", "More than 30 days ago", 30 * 24 * time.Hour},
}

// queuePage shows the office the cases that the filters in the address ask for.
func (s *Server) queuePage(c echo.Context) error {
	who := whoAsks(c.Request())
	asked := c.QueryParams()
	f, view, err := s.queueFilter(asked, who, s.servingOf(c.Request().Context()).Lists())
	status := http.StatusOK
	var page review.Page
	if err == nil {
		page, err = s.Cases.Queue(c.Request().Context(), who.Actor, f)
	}
	if err != nil {
		told := failureOf(err)
		if told.kind != kindInvalidInput {
			return err
		}
		status, view.Fault = statuses[told.kind], sentence(told.message)+" "+sentence(told.remedy)
	}
	for _, h := range page.Cases {
		view.Rows = append(view.Rows, s.caseRow(h, who.Actor))
	}
	view.Take = slices.ContainsFunc(view.Rows, func(r caseRow) bool { return r.Take != nil })
	if f.From > 0 {
		view.First = withQuery("/queue", asked, 0)
	}
	if page.Next > 0 {
		view.Next = withQuery("/queue", asked, page.Next)
	}
	view.Clear = withQuery("/queue", asked, 0) != "/queue"
	return s.render(c.Response(), c.Request(), status, "queue", frame{Title: "Queue", Page: view})
}

// queueFilter reads the filters in the address and arranges the form that shows them.
func (s *Server) queueFilter(asked url.Values, who identity, lists []corpus.ListID) (f review.Filter, v queueView, err error) {
	fault := func(format string, args ...any) {
		if err == nil {
			err = &failure{kind: kindInvalidInput, message: fmt.Sprintf(format, args...), remedy: "choose from the form"}
		}
	}
	f.Limit, f.Newest = pageOfCases, asked.Get("order") == "newest"
	if f.From, err = pageStart(asked.Get("from")); err != nil {
		f.From = 0
	}
	form := &v.Filters
	form.Newest = f.Newest

	known := false
	for _, x := range stateChoices {
		chosen := x.value == asked.Get("state")
		if known = known || chosen; chosen {
			f.States = x.states
		}
		form.States = append(form.States, choice{x.value, x.word, chosen})
	}
	f.Attention = asked.Get("state") == "attention"
	if !known {
		fault("there is no state %.40q", asked.Get("state"))
	}

	if f.List = corpus.ListID(asked.Get("list")); f.List != "" {
		if _, bad := corpus.ParseListID(string(f.List)); bad != nil {
			fault("%.40q is not a list", f.List)
			f.List = ""
		}
	}
	if f.List != "" && !slices.Contains(lists, f.List) {
		lists = append(slices.Clone(lists), f.List)
	}
	form.Lists = append(form.Lists, choice{"", "Any", f.List == ""})
	for _, l := range lists {
		form.Lists = append(form.Lists, choice{string(l), listTitle(l), l == f.List})
	}

	form.Category = strings.TrimSpace(asked.Get("category"))
	if f.Category = form.Category; f.Category != "" {
		if code, bad := corpus.ParseCode(f.Category); bad == nil { // 3A001 asks for its category
			f.Category = corpus.CategoryOf(code)
		}
	}

	known = false
	for _, x := range confidenceChoices {
		chosen := x.value == asked.Get("confidence")
		if known = known || chosen; chosen {
			f.MinConfidence, f.MaxConfidence = x.least, x.most
		}
		form.Confidences = append(form.Confidences, choice{x.value, x.word, chosen})
	}
	if !known {
		fault("there is no confidence %.40q", asked.Get("confidence"))
	}

	known = false
	for _, x := range ageChoices {
		chosen := x.value == asked.Get("age")
		if known = known || chosen; chosen && x.age > 0 {
			f.Before = s.Now().Add(-x.age)
		}
		form.Ages = append(form.Ages, choice{x.value, x.word, chosen})
	}
	if !known {
		fault("there is no age %.40q", asked.Get("age"))
	}

	f.Language = asked.Get("language")
	form.Languages = append(form.Languages, choice{"", "Any", f.Language == ""})
	for _, code := range languageCodes {
		form.Languages = append(form.Languages, choice{code, languages[code], code == f.Language})
	}
	if f.Language != "" && !slices.Contains(languageCodes, f.Language) {
		form.Languages = append(form.Languages, choice{f.Language, f.Language, true})
	}

	s.officerFilter(asked, who, &f, form)
	if form.Disputed = asked.Get("disagreement") != ""; form.Disputed {
		f.Disagreement = &form.Disputed
	}
	return f, v, err
}

// officerFilter reads whose cases are asked for: "me", "nobody", or the name
// beside the choice.
func (s *Server) officerFilter(asked url.Values, who identity, f *review.Filter, form *filtersView) {
	officer := asked.Get("officer")
	form.Officer = strings.TrimSpace(asked.Get("name"))
	switch {
	case form.Officer != "":
		f.Assignee, officer = form.Officer, ""
	case officer == "me":
		f.Assignee = who.ID
	case officer == "nobody":
		f.Assignee = "-"
	}
	form.Officers = []choice{{"", "Anyone", officer == ""}, {"me", "Me", officer == "me"}, {"nobody", "Nobody", officer == "nobody"}}
}

// languageCodes are the codes of languages that have a name here, by name.
var languageCodes = func() []string {
	var codes []string
	for code := range languages {
		codes = append(codes, code)
	}
	slices.SortFunc(codes, func(a, b string) int { return strings.Compare(languages[a], languages[b]) })
	return codes
}()

// number reads a number out of a hidden field, 0 when there is none.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
