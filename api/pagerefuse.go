package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"assay/review"

	"github.com/labstack/echo/v4"
)

// faultView is an act that was refused, as the top of the page tells it.
type faultView struct {
	Text, Remedy string
	Form         string // place of the form on the page, "" when it is gone
	Changes      []eventView
}

// keptView is what was typed into a form that the page no longer has.
type keptView struct {
	Texts []string
}

// refuse shows the case again, with what was typed into the form of a and why
// it was not done. What cannot be shown so is an error page.
func (s *Server) refuse(c echo.Context, a caseAct, t typedForm, err error) error {
	var against *contradiction
	told := failureOf(err)
	switch {
	case errors.As(err, &against):
		told = &failure{kind: kindConflict, field: "contradicts", message: "this was decided otherwise before", remedy: "look at what was decided, then confirm below that you decide otherwise, or change your decision"}
	case told.kind == kindNotFound, told.kind == kindSignIn, told.kind == kindInternal, told.kind == kindGone:
		return err
	}
	ctx := c.Request().Context()
	if ctx.Err() != nil { // the time is up; a page still tells more than an error
		ctx = context.WithoutCancel(ctx)
	}
	who := whoAsks(c.Request())
	view, now, failed := s.caseView(ctx, t.id, who)
	if review.KindOf(failed) == review.NotFound {
		return failed // whatever was sent, a case that is not theirs does not exist
	}
	if failed != nil {
		return err
	}
	status := statuses[told.kind]
	if status >= http.StatusInternalServerError {
		s.Log.Error("request failed", "id", requestID(c.Request()), "kind", string(told.kind), "error", err)
		c.Response().Header().Set("Retry-After", retryAfter)
	}
	view.Fault = &faultView{Text: sentence(told.message), Remedy: sentence(told.remedy)}
	if told.field == keyField {
		view.Fault.Text, view.Fault.Remedy = sentAgain, "What was done then is on the case. Send it once more if you still want this."
	}
	if now.Version != t.request.Version {
		view.Fault.Changes = changesSince(view, now.Version-t.request.Version)
	}
	view.refill(s, a, t, told, against)
	return s.render(c.Response(), c.Request(), status, "case", frame{Title: "Not done: " + view.Title, Page: view})
}

// changesSince returns the last n acts that the reader may know of: an act
// raises the version by one.
func changesSince(v *caseView, n int64) []eventView {
	return v.Events[:max(0, min(n, int64(len(v.Events))))]
}

// refill puts what was typed back into its form, or keeps it beside.
func (v *caseView) refill(s *Server, a caseAct, t typedForm, told *failure, against *contradiction) {
	form := v.formOf(a, t)
	if form == nil {
		for _, field := range []string{"text", "reasoning", "code", "other", "reason_text", "comment", "name", "description", "attributes", "officer"} {
			if text := strings.TrimSpace(t.text(field)); text != "" {
				if v.Kept == nil {
					v.Kept = &keptView{}
				}
				v.Kept.Texts = append(v.Kept.Texts, plain(text))
			}
		}
		return
	}
	v.Fault.Form = form.ID
	form.Typed, form.Field, form.Fault, form.Remedy = t.Values, formFieldOf(told.field), v.Fault.Text, v.Fault.Remedy
	if f := v.Forms.Revise; f != nil && f.actForm == form {
		f.Name, f.Description, f.Attributes = t.text("name"), t.text("description"), t.text("attributes")
	}
	for i := range v.Lists {
		if f := v.Lists[i].Decide; f != nil && f.actForm == form {
			f.choose(t)
			if f.Field == "codes" {
				f.Field = "answer"
				if strings.TrimSpace(t.Get("other")) != "" {
					f.Field = "other"
				}
			}
			if against != nil {
				for _, p := range against.precedents {
					f.Alike = append(f.Alike, s.like(p.Like))
				}
			}
		}
	}
}

// formOf finds the form on the page that t was sent from.
func (v *caseView) formOf(a caseAct, t typedForm) *actForm {
	f := v.Forms
	switch a.act {
	case review.ActDecide:
		for _, l := range v.Lists {
			if l.Decide != nil && string(l.List.ID) == t.Get("list") {
				return l.Decide.actForm
			}
		}
		return nil
	case review.ActStand:
		for _, l := range v.Lists {
			if l.Stand != nil && string(l.List.ID) == t.Get("list") {
				return l.Stand
			}
		}
		return nil
	case review.ActPropose:
		for _, p := range f.Proposals {
			if string(p.List.ID) == t.Get("list") {
				return p.actForm
			}
		}
		return nil
	case review.ActAnswer:
		for _, m := range v.Asked {
			if m.Answer != nil && int64(m.Seq) == number(t.Get("request")) {
				return m.Answer
			}
		}
		return nil
	case review.ActRevise:
		if f.Revise == nil {
			return nil
		}
		return f.Revise.actForm
	}
	return map[review.Act]*actForm{review.ActTake: f.Take, review.ActAssign: f.Assign, review.ActAskSecond: f.Second, review.ActReturn: f.Return, review.ActAsk: f.Ask, review.ActAttach: f.Attach,
		review.ActReopen: f.Reopen, review.ActComment: f.Comment, review.ActSubmit: f.Submit, review.ActAssess: f.Assess}[a.act]
}

// choose marks in f what was chosen.
func (f *decideForm) choose(t typedForm) {
	for i := range f.Answers {
		f.Answers[i].Chosen = f.Answers[i].Value == t.Get("answer")
	}
	for i := range f.Reasons {
		f.Reasons[i].Chosen = f.Reasons[i].Value == t.Get("reason")
	}
	for i := range f.Passages {
		f.Passages[i].Chosen = slices.Contains(t.Values["relied"], f.Passages[i].Value)
	}
}
