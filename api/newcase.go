package api

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
	"assay/review"

	"github.com/labstack/echo/v4"
)

// newCaseView is the form that opens a case.
type newCaseView struct {
	*actForm
	Product   formView
	Chosen    bool // who may name the organisation
	Of        string
	Proposals []newProposal
	Proposed  bool // something is proposed
	Largest   string
}

// newProposal is the exporter's own classification for one list of the form.
type newProposal struct {
	*actForm
	List            corpus.List
	Code, Reasoning string // names of the fields
}

// newCasePage shows the form, empty, or with the product of an assessment.
func (s *Server) newCasePage(c echo.Context) error {
	sv := s.servingOf(c.Request().Context())
	view := s.newCaseView(c, posted{}, sv.DefaultLists())
	if c.Request().Method == http.MethodPost {
		sent, err := s.postedForm(c)
		if err != nil {
			return err
		}
		lists, err := parseLists(sent.Values["list"])
		if err != nil {
			return err
		}
		if len(lists) == 0 {
			lists = sv.DefaultLists()
		}
		view = s.newCaseView(c, sent, lists)
	}
	return s.render(c.Response(), c.Request(), http.StatusOK, "newcase", frame{Title: "Open a case", Page: view})
}

// newCaseView arranges the form with what was typed into it.
func (s *Server) newCaseView(c echo.Context, sent posted, lists []corpus.ListID) newCaseView {
	who, sv := whoAsks(c.Request()), s.servingOf(c.Request().Context())
	v := newCaseView{actForm: &actForm{Action: "/cases", ID: "new", Key: rand.Text(), Typed: sent.Values}, Product: sv.form(classifier.Product{}, lists),
		Chosen: who.Role == review.Admin && !who.Single, Of: who.Organisation, Largest: size(review.MaxDocument)}
	v.Product.Name, v.Product.Description, v.Product.Attributes = sent.text("name"), sent.text("description"), sent.text("attributes")
	if of := strings.TrimSpace(sent.text("organisation")); of != "" {
		v.Of = of
	}
	for _, id := range sv.Lists() {
		l, _ := corpus.LookupList(id)
		p := newProposal{v.actForm, l, "code." + string(id), "reasoning." + string(id)}
		v.Proposals = append(v.Proposals, p)
		v.Proposed = v.Proposed || sent.Get(p.Code) != "" || sent.Get(p.Reasoning) != ""
	}
	return v
}

// openCase opens a case, as a draft or on its way to the office.
func (s *Server) openCase(c echo.Context) error {
	sent, err := s.postedForm(c)
	if err != nil {
		return err
	}
	r := asking(c.Request(), 0)
	if r.Key = sent.Get("key"); r.Key == "" {
		return &failure{kind: kindInvalidInput, message: "the form is not whole", remedy: "send it from the page where a case is opened"}
	}
	opening, err := openingOf(sent, whoAsks(c.Request()))
	var made review.Case
	if err == nil {
		made, err = s.Cases.Open(c.Request().Context(), r, opening, s.classify)
	}
	if err != nil {
		return s.refuseNew(c, sent, err)
	}
	done := "opened"
	if opening.Submit {
		done = "submit"
	}
	return c.Redirect(http.StatusSeeOther, caseURL(made.ID)+"?done="+done)
}

// openingOf reads the form.
func openingOf(sent posted, who identity) (review.Opening, error) {
	o := review.Opening{Documents: sent.files, Submit: sent.Get("do") == "submit"}
	if who.Role == review.Admin && !who.Single {
		o.Organisation = strings.TrimSpace(sent.text("organisation"))
	}
	var err error
	if o.Product, err = productOf(sent); err != nil {
		return o, err
	}
	if o.Lists, err = parseLists(sent.Values["list"]); err != nil {
		return o, err
	}
	if len(o.Lists) == 0 {
		return o, badField("list", "no list is chosen", "choose those that the product is to be held against")
	}
	if len(o.Documents) == 0 {
		if err := o.Product.Validate(); err != nil {
			return o, err
		}
	}
	for _, l := range corpusLists(sent) {
		p, err := newProposalOf(sent, l, o.Lists)
		if err != nil {
			return o, err
		}
		if p.Code != "" {
			o.Proposals = append(o.Proposals, p)
		}
	}
	return o, nil
}

// corpusLists returns the lists for which the form has a field of a proposal.
func corpusLists(sent posted) []corpus.ListID {
	var ids []corpus.ListID
	for name := range sent.Values {
		if l, ok := strings.CutPrefix(name, "code."); ok {
			ids = append(ids, corpus.ListID(l))
		}
	}
	slices.SortFunc(ids, compareLists)
	return ids
}

// newProposalOf reads the proposal for one list; its code is "" for none.
func newProposalOf(sent posted, l corpus.ListID, asked []corpus.ListID) (review.Proposal, error) {
	p := review.Proposal{List: l, Code: strings.TrimSpace(sent.text("code." + string(l))), Reasoning: strings.TrimSpace(sent.text("reasoning." + string(l)))}
	_, misspelt := corpus.ParseCode(p.Code)
	switch {
	case p.Code == "" && p.Reasoning == "":
		return p, nil
	case p.Code == "":
		return p, badField("code."+string(l), "there is a reasoning without a code", "write the code, or EAR99 or none for goods on no entry")
	case !slices.Contains(asked, l):
		return p, badField("code."+string(l), "this list is not chosen above", "choose it, or empty the field")
	case misspelt != nil && l != corpus.Wassenaar:
		return p, badField("code."+string(l), misspelt.Error(), "")
	case p.Reasoning == "":
		return p, badField("reasoning."+string(l), "a proposal needs its reasoning", "say which facts meet which criteria")
	}
	return p, nil
}

func badField(field, text, remedy string) error {
	return &review.Error{Kind: review.Invalid, Field: field, Text: text, Remedy: remedy}
}

// refuseNew shows the form again, with what was typed and why no case was opened.
func (s *Server) refuseNew(c echo.Context, sent posted, err error) error {
	told := failureOf(err)
	switch told.kind {
	case kindNotFound, kindSignIn, kindInternal, kindGone, kindForbidden:
		return err
	}
	lists, bad := parseLists(sent.Values["list"])
	if bad != nil {
		return errors.Join(err, bad)
	}
	status := statuses[told.kind]
	if status >= http.StatusInternalServerError {
		s.Log.Error("request failed", "id", requestID(c.Request()), "kind", string(told.kind), "error", err)
		c.Response().Header().Set("Retry-After", retryAfter)
	}
	view := s.newCaseView(c, sent, lists)
	view.Field, view.Fault, view.Remedy = formFieldOf(told.field), sentence(told.message), sentence(told.remedy)
	if told.field == keyField {
		view.Fault, view.Remedy = sentAgain, "Your cases show the case that was opened then. Send this once more to open another."
	}
	return s.render(c.Response(), c.Request(), status, "newcase", frame{Title: "Not opened: check the form", Page: view})
}

// formFieldOf names the field of the form that a field of an Opening is.
func formFieldOf(field string) string {
	field = strings.TrimPrefix(field, "product.")
	switch {
	case field == "lists":
		return "list"
	case field == "documents":
		return "document"
	case strings.HasPrefix(field, "attributes"):
		return "attributes"
	}
	return field
}

// keyField is what review calls the key of a form that was used for other content.
const keyField = "Idempotency-Key"

const sentAgain = "This form was sent before, with other content."
