package review

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"assay/classifier"
	"assay/corpus"
)

type listID = corpus.ListID

// NewCase is what a case starts from.
type NewCase struct {
	Organisation string             `json:"organisation"` // for an admin; an exporter's own is taken
	Product      classifier.Product `json:"product"`
	Lists        []corpus.ListID    `json:"lists"` // to be decided
}

// Create makes a draft.
func (s *Service) Create(ctx context.Context, r Request, n NewCase) (Case, error) {
	return s.act(ctx, r, ActCreate, "", n, n.create)
}

func (n NewCase) create(c *change) error {
	if c.actor.Role == Admin && n.Organisation != "" {
		c.Organisation = n.Organisation
	}
	switch {
	case n.Organisation != "" && n.Organisation != c.Organisation:
		return forbidden("an exporter acts for the own organisation only")
	case c.Organisation == "" || !tidy(c.Organisation, MaxShort):
		return invalidIn("organisation", "name it", "the case belongs to no organisation")
	case len(n.Lists) == 0 || len(n.Lists) > 50:
		return invalidIn("lists", "name one or more, such as us-ccl", "the case asks about no list, or about more than 50")
	}
	for _, l := range n.Lists {
		if _, err := corpus.ParseListID(string(l)); err != nil {
			return &Error{Kind: Invalid, Text: err.Error(), Field: "lists"}
		}
		if !slices.ContainsFunc(c.Lists, func(have Line) bool { return have.List == l }) {
			c.Lists = append(c.Lists, Line{List: l})
		}
	}
	if err := validProduct(n.Product); err != nil {
		return err
	}
	c.Title, c.UpdatedAt = title(n.Product), c.now
	if err := c.store.Create(c.ctx, &c.Head); err != nil {
		return err
	}
	return c.describe(n.Product)
}

// Revise describes the product anew; what was said before stays on record.
func (s *Service) Revise(ctx context.Context, r Request, id string, p classifier.Product) (Case, error) {
	return s.act(ctx, r, ActRevise, id, p, func(c *change) error {
		if err := validProduct(p); err != nil {
			return err
		}
		c.Title = title(p)
		return c.describe(p)
	})
}

func (c *change) describe(p classifier.Product) error {
	return c.add(SortProduct, len(c.Products), func(at Stamp) any { return ProductRecord{at, p} })
}

func validProduct(p classifier.Product) error {
	err := p.Validate()
	var input *classifier.InputError
	if errors.As(err, &input) {
		return &Error{Kind: Invalid, Text: err.Error(), Field: "product." + input.Field}
	}
	return err
}

// title returns what a product is called in a list of cases.
func title(p classifier.Product) string {
	t := strings.Join(strings.Fields(cmp.Or(strings.TrimSpace(p.Name), strings.TrimSpace(p.Description), "product without a name")), " ")
	if utf8.RuneCountInString(t) <= 120 {
		return t
	}
	return string([]rune(t)[:119]) + "…"
}

// Propose records the exporter's own classification for one list.
func (s *Service) Propose(ctx context.Context, r Request, id string, p Proposal) (Case, error) {
	return s.act(ctx, r, ActPropose, id, p, p.propose)
}

func (p Proposal) propose(c *change) error {
	if !slices.ContainsFunc(c.Lists, func(l Line) bool { return l.List == p.List }) {
		return invalidIn("list", "propose for one of "+lineNames(c.Lists), "case %s does not ask about the list %.40q", c.ID, p.List)
	}
	code, err := parseCode(p.List, p.Code)
	if err != nil {
		return err
	}
	p.Code, p.Reasoning = code, strings.TrimSpace(p.Reasoning)
	if p.Reasoning == "" || !tidy(p.Reasoning, MaxText) {
		return invalidIn("reasoning", "say which facts meet which criteria", "a proposal needs reasoning: UTF-8 text of at most %d bytes", MaxText)
	}
	return c.add(SortProposal, len(c.Proposals), func(at Stamp) any { p.Stamp = at; return p })
}

// Assess records what the machine says of the newest product. An idempotency
// key stands for the act and not for what the machine says, which is no
// actor's to choose.
func (s *Service) Assess(ctx context.Context, r Request, id string, a classifier.Assessment) (Case, error) {
	return s.act(ctx, r, ActAssess, id, nil, func(c *change) error { return c.assess(a) })
}

func (c *change) assess(a classifier.Assessment) error {
	for i, l := range c.Lists {
		at := slices.IndexFunc(a.Outcomes, func(o classifier.Outcome) bool { return o.List == l.List })
		if at < 0 {
			return invalidIn("lists", "assess the lists of the case", "the assessment says nothing of %s", l.List)
		}
		o := a.Outcomes[at]
		c.Lists[i] = Line{List: l.List, Code: o.Code, Category: corpus.CategoryOf(o.Code), Confidence: o.Probability}
	}
	c.Language = a.Language
	c.object["model"], c.object["corpus"] = a.Model, a.Corpus
	return c.add(SortAssessment, len(c.Assessments), func(at Stamp) any {
		return AssessmentRecord{Stamp: at, Product: len(c.Products), Assessment: a}
	})
}

// Submit hands the case to the office, again after it was returned.
func (s *Service) Submit(ctx context.Context, r Request, id string) (Case, error) {
	return s.act(ctx, r, ActSubmit, id, nil, (*change).submit)
}

func (c *change) submit() error {
	if !c.assessed() {
		return conflict("assess it first", "no assessment of the product as it is now described stands in case %s", c.ID)
	}
	if c.State == Returned {
		c.nextRound()
	}
	c.SubmittedAt = c.now
	return nil
}

// assessed reports whether the newest product has an assessment.
func (c Case) assessed() bool {
	n := len(c.Assessments)
	return n > 0 && c.Assessments[n-1].Product == len(c.Products)
}

func (c *change) nextRound() {
	c.Round++
	c.Assignee, c.Second, c.TakenAt, c.Disagreement = "", "", time.Time{}, false
	for _, l := range c.Lists {
		c.mark(l.List, "") // whoever decides anew has the newer edition before them
	}
}

// Take makes the actor the officer of the case.
func (s *Service) Take(ctx context.Context, r Request, id string) (Case, error) {
	return s.act(ctx, r, ActTake, id, nil, func(c *change) error {
		c.Assignee, c.TakenAt = r.Actor.ID, c.now
		return nil
	})
}

// Assign makes officer, the id of an account, the officer of the case.
func (s *Service) Assign(ctx context.Context, r Request, id, officer string) (Case, error) {
	return s.act(ctx, r, ActAssign, id, officer, func(c *change) error {
		switch {
		case officer == "" || !tidy(officer, MaxShort):
			return invalidIn("officer", "name the officer", "a case is assigned to somebody")
		case officer == c.Second:
			return conflict("choose another", "%q is the second officer of case %s", officer, c.ID)
		}
		c.Assignee, c.TakenAt = officer, c.now
		c.object["assignee"] = officer
		return nil
	})
}

// AskSecond names a second officer, who decides without seeing the first's
// decision. It must come before any decision of the round: what was seen
// cannot be unseen.
func (s *Service) AskSecond(ctx context.Context, r Request, id, officer string) (Case, error) {
	return s.act(ctx, r, ActAskSecond, id, officer, func(c *change) error {
		switch {
		case officer == "" || !tidy(officer, MaxShort):
			return invalidIn("officer", "name the officer", "the second officer is somebody")
		case officer == c.Assignee:
			return conflict("choose another", "%q is the first officer of case %s", officer, c.ID)
		case slices.ContainsFunc(c.Decisions, func(d Decision) bool { return d.Round == c.Round }):
			return conflict("reopen the case after it is decided", "case %s has a decision in this round that others may have seen", c.ID)
		}
		c.Second = officer
		c.object["second"] = officer
		return nil
	})
}

// Decide records the actor's decision on one list, as first officer, as second
// officer, or, for a list on which these two differ, as the one who settles
// it. The case is decided when every list is.
func (s *Service) Decide(ctx context.Context, r Request, id string, ruling Ruling) (Case, error) {
	// A model computes before anything is locked, and once even when the act runs again.
	look := s.before(ctx, r.Actor, id, ruling.List)
	done, err := s.act(ctx, r, ActDecide, id, ruling, func(c *change) error {
		c.look = look
		d, _, err := c.weigh(c.ctx, c.store, r.Actor, ruling)
		if err != nil {
			return err
		}
		look.note(&d)
		d.Seconds = int64(c.now.Sub(c.TakenAt).Seconds())
		// The log does not say what was decided: a second officer might read it. The record's hash vouches.
		c.object["list"], c.object["round"], c.object["part"] = d.List, d.Round, d.Part
		return c.add(SortDecision, len(c.Decisions), func(at Stamp) any { d.Stamp = at; return d })
	})
	if err == nil && done.State.Final() && s.embedder != nil && look.vector == nil {
		s.waiting.Add(1)
	}
	return done, err
}

// Return sends the case back to the exporter with a request for information.
func (s *Service) Return(ctx context.Context, r Request, id, request string) (Case, error) {
	return s.act(ctx, r, ActReturn, id, request, func(c *change) error {
		return c.write(Message{Kind: Question, Text: request})
	})
}

// Reopen takes up a decided case again. Its precedent is superseded from now on.
func (s *Service) Reopen(ctx context.Context, r Request, id, why string) (Case, error) {
	return s.act(ctx, r, ActReopen, id, why, func(c *change) error {
		if err := c.write(Message{Kind: Comment, Text: why, Internal: true}); err != nil {
			return err
		}
		c.nextRound()
		return nil
	})
}

// Comment writes on the case; internal comments are not shown to exporters.
func (s *Service) Comment(ctx context.Context, r Request, id, text string, internal bool) (Case, error) {
	m := Message{Kind: Comment, Text: text, Internal: internal}
	return s.act(ctx, r, ActComment, id, m, func(c *change) error {
		if internal && r.Actor.Role == Exporter {
			return forbidden("an exporter's comment cannot be hidden from exporters")
		}
		return c.write(m)
	})
}

// Ask requests information from the exporter while the review goes on.
func (s *Service) Ask(ctx context.Context, r Request, id, text string) (Case, error) {
	return s.act(ctx, r, ActAsk, id, text, func(c *change) error {
		return c.write(Message{Kind: Question, Text: text})
	})
}

// Answer answers request, the Seq of a message that asks for information.
func (s *Service) Answer(ctx context.Context, r Request, id string, request int, text string) (Case, error) {
	m := Message{Kind: Reply, Text: text, To: request}
	return s.act(ctx, r, ActAnswer, id, m, func(c *change) error {
		if request < 1 || request > len(c.Messages) || c.Messages[request-1].Kind != Question {
			return invalidIn("request", "give the number of a request", "message %d of case %s asks for nothing", request, c.ID)
		}
		return c.write(m)
	})
}

func (c *change) write(m Message) error {
	if m.Text = strings.TrimSpace(m.Text); m.Text == "" || !tidy(m.Text, MaxText) {
		return invalidIn("text", "write it, or shorten it", "a text is needed: UTF-8 of at most %d bytes", MaxText)
	}
	m.Round = c.Round
	return c.add(SortMessage, len(c.Messages), func(at Stamp) any { m.Stamp = at; return m })
}
