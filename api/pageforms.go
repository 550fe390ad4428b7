package api

import (
	"crypto/rand"
	"maps"
	"net/url"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

// actForm is a form that does one act: where it goes, which version of the
// case it was shown with, a key so that it is done once, and, when it comes
// back, what was typed and what is wrong with it.
type actForm struct {
	Action  string
	ID      string // of the form on the page, and the start of its fields' ids
	Version int64
	Key     string
	Field   string // that has a fault
	Fault   string
	Remedy  string
	Typed   url.Values
}

func newActForm(h review.Head, act string) *actForm {
	return &actForm{Action: caseURL(h.ID) + "/" + act, ID: act, Version: h.Version, Key: rand.Text(), Typed: url.Values{}}
}

// V returns what was typed into a field.
func (f *actForm) V(field string) string { return f.Typed.Get(field) }

// Form returns f, for templates that have it as part of more.
func (f *actForm) Form() *actForm { return f }

// Bad reports whether field is the one with the fault.
func (f *actForm) Bad(field string) bool { return f.Fault != "" && f.Field == field }

// formField is one field of a form, for templates.
type formField struct {
	Form  *actForm
	ID    string
	Value string // that was typed
	Bad   bool
}

func fieldOf(f *actForm, name string) formField {
	return formField{f, f.ID + "-" + name, strings.ReplaceAll(f.V(name), "\r\n", "\n"), f.Bad(name)}
}

// labelledForm is a form of one text under a label.
type labelledForm struct {
	Form  *actForm
	Label string
}

func labelled(f *actForm, label string) labelledForm { return labelledForm{f, label} }

// choosingForm is a form of one choice.
type choosingForm struct {
	Form    *actForm
	Choices []choice
}

func choosing(f *actForm, all []choice) choosingForm { return choosingForm{f, all} }

// caseForms are the forms that the reader may use now; nil ones are refused by
// the rules and not shown.
type caseForms struct {
	Take, Assign, Second, Return, Ask, Reopen, Comment, Submit, Assess, Attach *actForm
	Revise                                                                     *reviseForm
	Proposals                                                                  []proposeForm
	Officers                                                                   []choice // who can be given the case, or asked; nil: name one
	Internal                                                                   bool     // comments can be kept from the exporter
}

// reviseForm is the product as it was last described, to be corrected.
type reviseForm struct {
	*actForm
	Name, Description, Attributes string
}

type proposeForm struct {
	*actForm
	List corpus.List
	Code string
}

// decideForm is the form of a decision on one list.
type decideForm struct {
	*actForm
	List     corpus.List
	Part     review.Part
	Answers  []answerChoice
	Reasons  []choice
	Passages []passageChoice
	Edition  string
	Alike    []precedentView // standing precedents that what was typed contradicts
}

// answerChoice is a classification to choose.
type answerChoice struct {
	Value  string
	Code   string
	Gist   string
	Odds   string // how likely the machine holds it, "" when it does not say
	From   string // who put it forward
	Chosen bool
}

// passageChoice is a passage that can be relied on.
type passageChoice struct {
	Value, Code, Kind, Source, Text string
	Chosen                          bool
}

// offer puts the forms on the page that the rules let who use now.
func (s *Server) offer(sv *serving, v *caseView, c review.Case, events []review.Event, who identity) {
	f := &v.Forms
	when := func(act review.Act, name string) *actForm {
		if !may(c.Head, act, who.Actor) {
			return nil
		}
		return newActForm(c.Head, name)
	}
	f.Take, f.Assign = when(review.ActTake, "take"), when(review.ActAssign, "assign")
	// What was decided cannot be unseen, so a second officer comes before any decision.
	if !slices.ContainsFunc(events, func(e review.Event) bool { return e.List != "" && e.Round == c.Round }) {
		f.Second = when(review.ActAskSecond, "second")
	}
	if who.Single { // there is nobody else
		f.Assign, f.Second = nil, nil
	}
	f.Return, f.Ask, f.Reopen, f.Comment = when(review.ActReturn, "return"), when(review.ActAsk, "ask"), when(review.ActReopen, "reopen"), when(review.ActComment, "comment")
	f.Submit, f.Attach = when(review.ActSubmit, "submit"), when(review.ActAttach, "attach")
	if f.Submit == nil && v.Stale {
		f.Assess = when(review.ActAssess, "assess")
	}
	f.Internal = who.Role != review.Exporter
	if may(c.Head, review.ActAnswer, who.Actor) {
		for i := range v.Threads {
			if v.Threads[i].Waiting {
				v.Threads[i].Answer = newActForm(c.Head, "answer")
				v.Threads[i].Answer.ID = messagePlace(v.Threads[i].Seq) + "-answer"
			}
		}
	}
	if form := when(review.ActRevise, "revise"); form != nil {
		p := c.Products[len(c.Products)-1].Product
		f.Revise = &reviseForm{form, p.Name, p.Description, attributeLines(p.Attributes)}
	}
	if may(c.Head, review.ActPropose, who.Actor) {
		for _, l := range v.Lists {
			form := newActForm(c.Head, "propose")
			form.ID = "propose-" + string(l.List.ID)
			f.Proposals = append(f.Proposals, proposeForm{form, l.List, ""})
		}
	}
	turn := c.Turn(who.Actor)
	for i := range v.Lists {
		if v.Lists[i].Attention != "" {
			if v.Lists[i].Stand = when(review.ActStand, "stand"); v.Lists[i].Stand != nil {
				v.Lists[i].Stand.ID = "stand-" + string(v.Lists[i].List.ID)
			}
		}
		if slices.Contains(turn.Lists, v.Lists[i].List.ID) {
			v.Lists[i].Decide = sv.decideForm(c, v.Lists[i], turn.Part)
		}
	}
}

func (sv *serving) decideForm(c review.Case, l caseListView, part review.Part) *decideForm {
	f := &decideForm{actForm: newActForm(c.Head, "decide"), List: l.List, Part: part, Edition: l.Edition}
	f.ID = "decide-" + string(l.List.ID)
	for _, r := range review.Reasons() {
		if r == review.AsProposed && len(l.Proposals) == 0 || r == review.AsSuggested && !l.Assessed {
			continue
		}
		f.Reasons = append(f.Reasons, choice{Value: string(r), Word: reasonChoices[r]})
	}
	f.answers(l)
	if n := len(c.Assessments); n > 0 {
		for _, g := range c.Assessments[n-1].Assessment.Suggestions {
			if g.List == l.List.ID && slices.ContainsFunc(l.Best, func(b suggestionView) bool { return b.Code == g.Code }) {
				f.cite(sv, g)
			}
		}
	}
	return f
}

// answers offers what was put forward, by whom, and that it is on no entry.
func (f *decideForm) answers(l caseListView) {
	proposed := ""
	if len(l.Proposals) > 0 {
		proposed = l.Proposals[0].Code
	}
	unlisted := answerChoice{Value: f.List.Unlisted, Code: f.List.Unlisted, Gist: "On no entry of this list"}
	for _, g := range l.Best {
		a := answerChoice{Value: g.Code, Code: g.Code, Gist: g.Gist, Odds: g.Probability}
		if corpus.IsUnlisted(g.Code) {
			unlisted.Odds = g.Probability
			continue
		}
		if g.Code == proposed {
			a.From = "the exporter proposes it"
		}
		f.Answers = append(f.Answers, a)
	}
	switch {
	case corpus.IsUnlisted(proposed):
		unlisted.From = "the exporter proposes it"
	case proposed != "" && !slices.ContainsFunc(f.Answers, func(a answerChoice) bool { return a.Code == proposed }):
		f.Answers = append(f.Answers, answerChoice{Value: proposed, Code: proposed, From: "the exporter proposes it"})
	}
	f.Answers = append(f.Answers, unlisted)
}

// cite offers the passages that g cites, each once.
func (f *decideForm) cite(sv *serving, g classifier.Suggestion) {
	for _, cited := range g.Citations {
		ref := sv.passageOf(cited)
		value := ref.Edition + "/" + ref.ID
		if slices.ContainsFunc(f.Passages, func(p passageChoice) bool { return p.Value == value }) || len(f.Passages) == maxPassages {
			continue
		}
		f.Passages = append(f.Passages, passageChoice{Value: value, Code: cited.Code, Kind: kindWords(cited.Kind), Source: editionShort(cited.Edition), Text: plain(short(cited.Text))})
	}
}

// maxPassages is how many passages of an assessment are offered; others can be named.
const maxPassages = 12

// editionShort names an edition where its list is known.
func editionShort(id string) string {
	if _, date, dated := strings.Cut(id, "@"); dated {
		return "edition of " + plain(date)
	}
	return "digest"
}

// passageOf names the passage that is cited. Editions that are loaded know its
// id; in others a paragraph goes by its code.
func (sv *serving) passageOf(c classifier.Citation) review.PassageRef {
	ref := review.PassageRef{Edition: c.Edition, ID: c.Code}
	if o := sv.catalog.outline(c.List); o != nil && o.Meta().ID() == c.Edition {
		if p, ok := o.ByCode(c.Code); ok {
			ref.ID = p.ID
		}
	}
	return ref
}

// attributeLines writes attributes as the form shows them.
func attributeLines(a classifier.Attributes) string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(a)) {
		lines = append(lines, k+": "+a[k])
	}
	return strings.Join(lines, "\n")
}
