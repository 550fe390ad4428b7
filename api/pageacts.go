package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
	"assay/review"

	"github.com/labstack/echo/v4"
)

// caseAct is an act that the page of a case has a form for.
type caseAct struct {
	path string // last part of the form's address
	act  review.Act
	also []review.Act // that the same form does, for others
	do   func(s *Server, ctx context.Context, t typedForm) (review.Case, error)
	done string // what the reader has done then
}

// caseActs are all of them. What their roles are, review's table of rules says.
var caseActs = []caseAct{
	{"take", review.ActTake, nil, (*Server).doTake, "You have taken the case."},
	{"assign", review.ActAssign, nil, (*Server).doAssign, "The case has an officer."},
	{"second", review.ActAskSecond, nil, (*Server).doSecond, "A second officer is named. Neither sees the other’s decision before both are in."},
	{"decide", review.ActDecide, []review.Act{review.ActSecond, review.ActAdjudicate}, (*Server).doDecide, "Your decision is recorded."},
	{"return", review.ActReturn, nil, (*Server).doReturn, "The case is back with the exporter."},
	{"ask", review.ActAsk, nil, (*Server).doAsk, "The exporter is asked."},
	{"reopen", review.ActReopen, nil, (*Server).doReopen, "The case is reopened. Its precedent no longer stands."},
	{"comment", review.ActComment, nil, (*Server).doComment, "Your comment is on the case."},
	{"answer", review.ActAnswer, nil, (*Server).doAnswer, "Your answer is on the case."},
	{"revise", review.ActRevise, nil, (*Server).doRevise, "The product is described anew and was assessed again."},
	{"attach", review.ActAttach, nil, (*Server).doAttach, "The document is on the case."},
	{"propose", review.ActPropose, nil, (*Server).doPropose, "Your proposal is on the case."},
	{"assess", review.ActAssess, nil, (*Server).doAssess, "The product was assessed as it is now described."},
	{"stand", review.ActStand, nil, (*Server).doStand, "The decision stands under the newer edition."},
	{"submit", review.ActSubmit, nil, (*Server).doSubmit, "The case is submitted."},
}

// actRoles returns who may ever do one of acts.
func actRoles(acts ...review.Act) access {
	var a access
	for _, r := range review.Rules() {
		if slices.Contains(acts, r.Act) {
			for _, role := range r.Roles {
				if !slices.Contains(a.roles, role) {
					a.roles = append(a.roles, role)
				}
			}
		}
	}
	return a
}

// typedForm is a form of a case as it was sent.
type typedForm struct {
	posted
	id      string
	request review.Request
}

// doAct returns the handler of an act's form: it does the act and leads back
// to the case, or shows the form again with what was typed and what is wrong.
func (s *Server) doAct(a caseAct) echo.HandlerFunc {
	return func(c echo.Context) error {
		sent, err := s.postedForm(c)
		if err != nil {
			return err
		}
		t, err := typedOf(c, sent)
		if err != nil {
			return err
		}
		if _, err = a.do(s, c.Request().Context(), t); err != nil {
			return s.refuse(c, a, t, err)
		}
		return c.Redirect(http.StatusSeeOther, caseURL(t.id)+"?done="+a.path)
	}
}

// typedOf reads what every form of a case carries.
func typedOf(c echo.Context, sent posted) (typedForm, error) {
	t := typedForm{sent, c.Param("id"), asking(c.Request(), number(sent.Get("version")))}
	if t.request.Key = sent.Get("key"); t.request.Key == "" || t.request.Version < 1 {
		return t, &failure{kind: kindInvalidInput, message: "the form is not whole: it does not say which version of the case it was shown with", remedy: "send it from the page of the case"}
	}
	return t, nil
}

func (s *Server) doTake(ctx context.Context, t typedForm) (review.Case, error) {
	return s.Cases.Take(ctx, t.request, t.id)
}

func (s *Server) doAssign(ctx context.Context, t typedForm) (review.Case, error) {
	officer, err := s.anOfficer(ctx, t.text("officer"))
	if err != nil {
		return review.Case{}, err
	}
	return s.Cases.Assign(ctx, t.request, t.id, officer)
}

func (s *Server) doSecond(ctx context.Context, t typedForm) (review.Case, error) {
	officer, err := s.anOfficer(ctx, t.text("officer"))
	if err != nil {
		return review.Case{}, err
	}
	return s.Cases.AskSecond(ctx, t.request, t.id, officer)
}

func (s *Server) doReturn(ctx context.Context, t typedForm) (review.Case, error) {
	return s.Cases.Return(ctx, t.request, t.id, t.text("text"))
}

func (s *Server) doAsk(ctx context.Context, t typedForm) (review.Case, error) {
	return s.Cases.Ask(ctx, t.request, t.id, t.text("text"))
}

func (s *Server) doReopen(ctx context.Context, t typedForm) (review.Case, error) {
	return s.Cases.Reopen(ctx, t.request, t.id, t.text("text"))
}

func (s *Server) doComment(ctx context.Context, t typedForm) (review.Case, error) {
	return s.Cases.Comment(ctx, t.request, t.id, t.text("text"), t.Get("internal") != "")
}

func (s *Server) doAnswer(ctx context.Context, t typedForm) (review.Case, error) {
	return s.Cases.Answer(ctx, t.request, t.id, int(number(t.Get("request"))), t.text("text"))
}

func (s *Server) doPropose(ctx context.Context, t typedForm) (review.Case, error) {
	p := review.Proposal{List: corpus.ListID(t.Get("list")), Code: strings.TrimSpace(t.text("code")), Reasoning: t.text("reasoning")}
	if p.Code == "" {
		return review.Case{}, badField("code", "no code is given", "write one like 3A001.a.5, or EAR99 or none for goods on no entry")
	}
	return s.Cases.Propose(ctx, t.request, t.id, p)
}

func (s *Server) doAttach(ctx context.Context, t typedForm) (review.Case, error) {
	if len(t.files) != 1 {
		return review.Case{}, badField("document", "no file is chosen", "choose the datasheet on your computer")
	}
	return s.Cases.Attach(ctx, t.request, t.id, t.files[0])
}

func (s *Server) doRevise(ctx context.Context, t typedForm) (review.Case, error) {
	p, err := productOf(t.posted)
	if err != nil {
		return review.Case{}, err
	}
	if err := p.Validate(); err != nil {
		return review.Case{}, err
	}
	c, err := s.Cases.Revise(ctx, t.request, t.id, p)
	if err != nil {
		return c, err
	}
	// The description stands. Should assessing it fail, submitting will do it.
	if assessed, err := s.Cases.AssessWith(ctx, review.Request{Actor: t.request.Actor, ID: t.request.ID}, t.id, s.classify); err == nil {
		return assessed, nil
	}
	return c, nil
}

func (s *Server) doAssess(ctx context.Context, t typedForm) (review.Case, error) {
	return s.Cases.AssessWith(ctx, t.request, t.id, s.classify)
}

func (s *Server) doSubmit(ctx context.Context, t typedForm) (review.Case, error) {
	return s.Cases.SubmitWith(ctx, t.request, t.id, s.classify)
}

func (s *Server) doStand(ctx context.Context, t typedForm) (review.Case, error) {
	return s.Cases.Stand(ctx, t.request, t.id, corpus.ListID(t.Get("list")), t.text("text"))
}

// productOf reads the fields of a product.
func productOf(t posted) (classifier.Product, error) {
	p := classifier.Product{Name: t.text("name"), Description: t.text("description")}
	var err error
	p.Attributes, err = parseAttributes(t.text("attributes"))
	return p, err
}

func (s *Server) doDecide(ctx context.Context, t typedForm) (review.Case, error) {
	ruling, err := rulingOf(t)
	if err != nil {
		return review.Case{}, err
	}
	// What it contradicts is shown before it is decided, and the officer says to
	// have seen it. An error here may come of a form that was sent twice:
	// deciding tells.
	against, err := s.Cases.Contradictions(ctx, t.request.Actor, t.id, ruling)
	if err == nil {
		unseen := slices.ContainsFunc(against, func(p review.Contradiction) bool { return !slices.Contains(t.Values["contradicts"], p.ID) })
		if _, _, wrong := s.Cases.Weigh(ctx, t.request.Actor, t.id, ruling); unseen && wrong == nil {
			return review.Case{}, &contradiction{against}
		}
	}
	return s.Cases.Decide(ctx, t.request, t.id, ruling)
}

// contradiction is the answer to a decision that goes against precedents
// which the officer has not said to have seen.
type contradiction struct{ precedents []review.Contradiction }

func (e *contradiction) Error() string {
	return count(len(e.precedents), "precedent") + " decided a like product otherwise"
}

// rulingOf reads the form of a decision.
func rulingOf(t typedForm) (review.Ruling, error) {
	r := review.Ruling{List: corpus.ListID(t.Get("list")), Reason: review.Reason(t.Get("reason")), ReasonText: t.text("reason_text"), Comment: t.text("comment")}
	fault := func(field, text, remedy string) (review.Ruling, error) {
		return r, badField(field, text, remedy)
	}
	other := strings.TrimSpace(t.text("other"))
	switch answer := t.Get("answer"); {
	case answer == "" && other != "", answer == otherAnswer:
		r.Codes = splitCodes(other)
		if len(r.Codes) == 0 {
			return fault("other", "no other code is given", "write it, or choose one of those above")
		}
	case answer == "":
		return fault("answer", "no classification is chosen", "choose one, or write another code")
	case other != "":
		return fault("other", "a classification is chosen and another is written", "choose “another”, or empty the field")
	default:
		r.Codes = []string{answer}
	}
	if r.Reason == "" {
		return fault("reason", "no reason is chosen", "choose the one that decided it")
	}
	for _, line := range append(t.Values["relied"], strings.Split(t.text("relied_other"), "\n")...) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		edition, id, named := strings.Cut(line, "/")
		if !named || edition == "" || id == "" {
			return fault("relied_other", "“"+clip(plain(line), 80)+"” names no passage", "write each like us-ccl@2026-06-24/3A001.a, one a line")
		}
		r.Relied = append(r.Relied, review.PassageRef{Edition: edition, ID: id})
	}
	return r, nil
}

// otherAnswer is the choice of a code that nobody has put forward. No code is
// written like it.
const otherAnswer = "(other)"

// splitCodes takes several codes apart: by comma, plus, semicolon or line.
func splitCodes(s string) []string {
	var codes []string
	for _, c := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;+\n", r) }) {
		if c = strings.TrimSpace(c); c != "" {
			codes = append(codes, c)
		}
	}
	return codes
}
