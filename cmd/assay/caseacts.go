package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"assay/corpus"
	"assay/review"
)

// once are the flags of every act on a case.
type once struct {
	Key  string `help:"Do it once: a command repeated with the same key is answered and not done again." placeholder:"KEY"`
	Seen int64  `help:"Refuse it when the case has changed since this version." placeholder:"VERSION"`
	JSON bool   `name:"json" help:"Print the case as JSON."`
}

func (o once) request(d *desk) review.Request {
	r := d.request()
	r.Key, r.Version = o.Key, o.Seen
	return r
}

// act does one act at the desk and says where the case stands then.
func (o once) act(ctx context.Context, s streams, g *globals, do func(*desk, review.Request) (review.Case, error)) error {
	return o.acts(ctx, s, g, 1, func(d *desk, r review.Request, _ int) (review.Case, error) { return do(d, r) })
}

// acts does n acts of one command, each under a key of its own, the first of
// them on the version seen. Those before one that fails stay done.
func (o once) acts(ctx context.Context, s streams, g *globals, n int, do func(d *desk, r review.Request, i int) (review.Case, error)) error {
	return atDesk(ctx, g, func(d *desk) error {
		r := o.request(d)
		for i := range n {
			if i > 0 {
				if r.Version = 0; o.Key != "" {
					r.Key = fmt.Sprintf("%s/%d", o.Key, i+1)
				}
			}
			done, err := do(d, r, i)
			switch {
			case err != nil:
				return err
			case i < n-1:
			case o.JSON:
				return printJSON(s.out, done)
			default:
				fmt.Fprintf(s.out, "%s is %s\n", done.ID, spoken(done.State))
			}
		}
		return nil
	})
}

// textOf returns what was typed, or standard input for "-".
func textOf(s streams, typed string) (string, error) {
	if typed != "-" {
		return typed, nil
	}
	data, err := io.ReadAll(io.LimitReader(s.in, review.MaxText+1))
	if err != nil {
		return "", fmt.Errorf("reading standard input: %w", err)
	}
	return string(data), nil
}

type caseTakeCmd struct {
	ID string `arg:"" help:"The case."`
	once
}

func (c *caseTakeCmd) Run(ctx context.Context, s streams, g *globals) error {
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) { return d.Take(ctx, r, c.ID) })
}

type caseAssignCmd struct {
	ID      string `arg:"" help:"The case."`
	Officer string `arg:"" help:"Name of the account."`
	once
}

func (c *caseAssignCmd) Run(ctx context.Context, s streams, g *globals) error {
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) { return d.Assign(ctx, r, c.ID, c.Officer) })
}

type caseSecondCmd struct {
	ID      string `arg:"" help:"The case."`
	Officer string `arg:"" help:"Name of the account."`
	once
}

func (c *caseSecondCmd) Run(ctx context.Context, s streams, g *globals) error {
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) { return d.AskSecond(ctx, r, c.ID, c.Officer) })
}

type caseDecideCmd struct {
	ID        string          `arg:"" help:"The case."`
	List      []corpus.ListID `help:"The list decided on; several when the answer is the same." required:"" placeholder:"LIST"`
	Code      []string        `help:"The code or codes." xor:"answer" required:"" placeholder:"CODE"`
	NotListed bool            `help:"It is on no entry." xor:"answer" required:""`
	Reason    review.Reason   `help:"One of as_suggested, as_proposed, criteria_met, criteria_not_met, excluded_by_note, other_entry, specially_designed, not_described, follows_precedent, other." required:"" placeholder:"REASON"`
	Text      string          `help:"The reason in your words." placeholder:"TEXT"`
	Edition   string          `help:"The edition decided on. Default: the one that the assessment used." placeholder:"us-ccl@2026-06-24"`
	Passage   []string        `help:"Passages relied on." placeholder:"us-ccl@2026-06-24/3A001.a"`
	Comment   string          `help:"A comment for the file." placeholder:"TEXT"`
	once
}

func (c *caseDecideCmd) Run(ctx context.Context, s streams, g *globals) error {
	var relied []review.PassageRef
	for _, p := range c.Passage {
		edition, id, _ := strings.Cut(p, "/")
		relied = append(relied, review.PassageRef{Edition: edition, ID: id})
	}
	return c.acts(ctx, s, g, len(c.List), func(d *desk, r review.Request, i int) (review.Case, error) {
		decided, err := d.Decide(ctx, r, c.ID, review.Ruling{List: c.List[i], Edition: c.Edition, Codes: c.Code, NotListed: c.NotListed,
			Reason: c.Reason, ReasonText: c.Text, Relied: relied, Comment: c.Comment})
		if err != nil {
			return decided, err
		}
		for _, last := range decided.Decisions { // the newest of this list is the one just made
			if last.List != c.List[i] || last.By != d.actor.ID || last.Round != decided.Round {
				continue
			}
			if !c.JSON {
				fmt.Fprintf(s.out, "%s: %s is %s; suggestion: %s, exporter: %s\n", decided.ID, last.List, last.Answer(), spoken(last.Suggestion), spoken(last.Exporter))
			}
			for _, p := range last.ContradictsLike {
				fmt.Fprintf(s.err, "assay: precedent %s decided otherwise for a product that is like it (similarity %.2f); assay case alike %s shows what sets them apart\n", p.ID, p.Similarity, decided.ID)
			}
			for _, id := range last.Contradicts {
				fmt.Fprintf(s.err, "assay: precedent %s decided otherwise for a product in the same words\n", id)
			}
		}
		return decided, nil
	})
}

type caseReturnCmd struct {
	ID  string `arg:"" help:"The case."`
	Ask string `help:"What has to be added; - reads it from standard input." required:"" placeholder:"TEXT"`
	once
}

func (c *caseReturnCmd) Run(ctx context.Context, s streams, g *globals) error {
	text, err := textOf(s, c.Ask)
	if err != nil {
		return err
	}
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) { return d.Return(ctx, r, c.ID, text) })
}

type caseReopenCmd struct {
	ID     string `arg:"" help:"The case."`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
	once
}

func (c *caseReopenCmd) Run(ctx context.Context, s streams, g *globals) error {
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) { return d.Reopen(ctx, r, c.ID, c.Reason) })
}

type caseStandCmd struct {
	ID     string        `arg:"" help:"The case."`
	List   corpus.ListID `arg:"" help:"The list whose decision holds."`
	Reason string        `help:"Why it holds." required:"" placeholder:"TEXT"`
	once
}

func (c *caseStandCmd) Run(ctx context.Context, s streams, g *globals) error {
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) { return d.Stand(ctx, r, c.ID, c.List, c.Reason) })
}

type caseCommentCmd struct {
	ID       string `arg:"" help:"The case."`
	Text     string `arg:"" help:"The comment; - reads it from standard input."`
	Internal bool   `help:"Not for the exporter."`
	once
}

func (c *caseCommentCmd) Run(ctx context.Context, s streams, g *globals) error {
	text, err := textOf(s, c.Text)
	if err != nil {
		return err
	}
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) { return d.Comment(ctx, r, c.ID, text, c.Internal) })
}

type caseRequestCmd struct {
	ID   string `arg:"" help:"The case."`
	Text string `arg:"" help:"What is asked; - reads it from standard input."`
	once
}

func (c *caseRequestCmd) Run(ctx context.Context, s streams, g *globals) error {
	text, err := textOf(s, c.Text)
	if err != nil {
		return err
	}
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) { return d.Ask(ctx, r, c.ID, text) })
}

type caseAnswerCmd struct {
	ID      string `arg:"" help:"The case."`
	Text    string `arg:"" help:"The answer; - reads it from standard input."`
	Request int    `help:"Number of the message that asks, as case show prints it. Default: the one that waits for an answer." placeholder:"NUMBER"`
	once
}

func (c *caseAnswerCmd) Run(ctx context.Context, s streams, g *globals) error {
	text, err := textOf(s, c.Text)
	if err != nil {
		return err
	}
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) {
		if c.Request == 0 {
			now, err := d.Get(ctx, d.actor, c.ID)
			if err != nil {
				return now, err
			}
			waiting := now.Requests()
			if len(waiting) != 1 {
				return now, usagef("%d requests wait for an answer in case %s; say which with --request NUMBER", len(waiting), c.ID)
			}
			c.Request = waiting[0].Seq
		}
		return d.Answer(ctx, r, c.ID, c.Request, text)
	})
}
