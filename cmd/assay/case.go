package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"assay/corpus"
	"assay/review"
)

type caseCmd struct {
	Submit     caseSubmitCmd     `cmd:"" group:"prepare" help:"Open a case for a product, assess it and hand it in; or hand in one that was returned."`
	Attach     caseAttachCmd     `cmd:"" group:"prepare" help:"Keep datasheets with a case."`
	Revise     caseReviseCmd     `cmd:"" group:"prepare" help:"Describe the product anew."`
	Propose    caseProposeCmd    `cmd:"" group:"prepare" help:"Put your own classification forward."`
	Assess     caseAssessCmd     `cmd:"" group:"prepare" help:"Have the newest description assessed."`
	Answer     caseAnswerCmd     `cmd:"" group:"prepare" help:"Answer a request for information."`
	Take       caseTakeCmd       `cmd:"" group:"decide" help:"Take a case into review."`
	Assign     caseAssignCmd     `cmd:"" group:"decide" help:"Make somebody the officer of a case."`
	Second     caseSecondCmd     `cmd:"" group:"decide" help:"Name a second officer, who decides without seeing the first."`
	Decide     caseDecideCmd     `cmd:"" group:"decide" help:"Decide a case on a list. It is decided when each of its lists is."`
	Request    caseRequestCmd    `cmd:"" group:"decide" help:"Ask the exporter for information while the review goes on."`
	Return     caseReturnCmd     `cmd:"" group:"decide" help:"Send a case back with a request for information."`
	Reopen     caseReopenCmd     `cmd:"" group:"decide" help:"Take up a decided case again."`
	Stand      caseStandCmd      `cmd:"" group:"decide" help:"Let a decision stand under a newer edition."`
	Reexamine  caseReexamineCmd  `cmd:"" group:"decide" help:"Hold the decided cases of a list against a newer edition."`
	List       caseListCmd       `cmd:"" group:"look" help:"List cases, oldest first."`
	Show       caseShowCmd       `cmd:"" group:"look" help:"Show one case with all its records."`
	Memo       caseMemoCmd       `cmd:"" group:"look" help:"Write the classification memo of a case, as PDF or HTML."`
	History    caseHistoryCmd    `cmd:"" group:"look" help:"Tell what was done to a case."`
	Documents  caseDocumentsCmd  `cmd:"" group:"look" help:"List the documents of a case, or take one out."`
	Alike      caseAlikeCmd      `cmd:"" group:"look" help:"Show the decided cases that are like a case or a product."`
	Precedents casePrecedentsCmd `cmd:"" group:"look" help:"Say how many precedents can be found by meaning, and make the vectors that are missing."`
	Comment    caseCommentCmd    `cmd:"" group:"look" help:"Write on a case."`
}

// Help implements kong's HelpProvider.
func (caseCmd) Help() string {
	return `A case goes from draft to submitted, into review, and to a decision on each of its lists. One that comes back for information is answered, described anew where need be, and submitted again: assay case answer ID TEXT, assay case revise ID --file FILE, assay case submit ID.`
}

type caseListCmd struct {
	State        []review.State `help:"Only cases in these states." placeholder:"STATE"`
	List         corpus.ListID  `help:"Only cases that ask about this list." placeholder:"LIST"`
	Category     string         `help:"Only cases whose suggestion lies in this category: 3, ML11, EAR99." placeholder:"CATEGORY"`
	Language     string         `help:"Only products described in this language." placeholder:"de"`
	Assignee     string         `help:"Only cases of this officer; - for nobody's." placeholder:"NAME"`
	Disagreement bool           `help:"Only cases on which two officers differ."`
	Attention    bool           `help:"Only decided cases that a newer edition puts in question."`
	MinConf      float64        `name:"min-confidence" help:"Least probability of the suggestion, 0 to 1."`
	MaxConf      float64        `name:"max-confidence" help:"Greatest probability of the suggestion, 0 to 1."`
	OlderThan    time.Duration  `help:"Only cases older than this, such as 72h."`
	From         int64          `help:"Start behind this number: that of the last case of the page before."`
	Limit        int            `help:"Cases at once, at most 500." default:"50"`
	JSON         bool           `name:"json" help:"Print the page as JSON."`
}

func (c *caseListCmd) Run(ctx context.Context, s streams, g *globals) error {
	f := review.Filter{States: c.State, List: c.List, Category: c.Category, Language: c.Language, Assignee: c.Assignee,
		MinConfidence: c.MinConf, MaxConfidence: c.MaxConf, Attention: c.Attention, From: c.From, Limit: c.Limit}
	if c.Disagreement {
		f.Disagreement = &c.Disagreement
	}
	if c.OlderThan > 0 {
		f.Before = time.Now().Add(-c.OlderThan)
	}
	return atDesk(ctx, g, func(d *desk) error {
		page, err := d.Queue(ctx, d.actor, f)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, page)
		}
		p := &printer{w: s.out}
		for _, h := range page.Cases {
			p.printf("%s  %-24s %s  %-12s %s\n", h.ID, spoken(h.State), h.CreatedAt.Local().Format("2006-01-02 15:04"), cmp.Or(h.Assignee, "-"), h.Title)
			for _, l := range h.Lists {
				p.printf("              %-14s suggested %s, probability %.2f\n", l.List, l.Code, l.Confidence)
				if l.Attention != "" {
					p.wrapped("              look again at ", l.Attention)
				}
			}
		}
		if page.Next > 0 {
			p.printf("More with --from %d\n", page.Next)
		}
		return p.err
	})
}

type caseShowCmd struct {
	ID   string `arg:"" help:"The case."`
	JSON bool   `name:"json" help:"Print the case as JSON."`
}

func (c *caseShowCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		found, err := d.Get(ctx, d.actor, c.ID)
		if err != nil {
			return err
		}
		return printCase(s.out, found, c.JSON)
	})
}

type caseHistoryCmd struct {
	ID   string `arg:"" help:"The case."`
	JSON bool   `name:"json" help:"Print the acts as JSON."`
}

func (c *caseHistoryCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		events, err := d.History(ctx, d.actor, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, events)
		}
		p := &printer{w: s.out}
		for _, e := range events {
			p.printf("%s  %-24s %-12s %s %s%s\n", e.At.Local().Format("2006-01-02 15:04:05"), spoken(strings.TrimPrefix(string(e.Act), "case.")), e.By, spoken(e.State), e.List, e.To)
		}
		return p.err
	})
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func spoken[S ~string](s S) string { return strings.ReplaceAll(string(s), "_", " ") }

// printCase writes a case as JSON, or for a person at a terminal.
func printCase(w io.Writer, c review.Case, asJSON bool) error {
	if asJSON {
		return printJSON(w, c)
	}
	p := &printer{w: w}
	p.printf("%s  %s\n%s, round %d, version %d, of %s", c.ID, c.Title, spoken(c.State), c.Round, c.Version, c.Organisation)
	if c.Assignee != "" {
		p.printf(", with %s", c.Assignee)
	}
	p.printf("\n")
	for _, l := range c.Lists {
		p.printf("  %s: suggested %s, probability %.2f\n", l.List, cmp.Or(l.Code, "nothing yet"), l.Confidence)
		for _, x := range c.Proposals {
			if x.List == l.List {
				p.wrapped("    ", fmt.Sprintf("proposed %s by %s: %s", x.Code, x.By, x.Reasoning))
			}
		}
		for _, x := range c.Decisions {
			if x.List == l.List {
				p.wrapped("    ", fmt.Sprintf("decided %s by %s on %s, round %d, %s (%s) %s %s", x.Answer(), x.By, x.At.Local().Format("2006-01-02 15:04"),
					x.Round, x.Edition, spoken(x.Reason), x.ReasonText, x.Comment))
			}
		}
		for _, x := range c.Reexaminations {
			if x.List == l.List {
				printReexamination(p, x)
			}
		}
		for _, x := range c.Upheld {
			if x.List == l.List {
				p.wrapped("    ", fmt.Sprintf("stands under %s, by %s on %s: %s", x.Edition, x.By, x.At.Local().Format("2006-01-02 15:04"), x.Reason))
			}
		}
		if l.Attention != "" {
			p.printf("    asks for a look: assay case stand %s %s --reason TEXT, or assay case reopen %s --reason TEXT\n", c.ID, l.List, c.ID)
		}
	}
	for _, m := range c.Messages {
		p.wrapped("  ", fmt.Sprintf("%d. %s by %s: %s", m.Seq, m.Kind, m.By, m.Text))
	}
	if len(c.Documents) > 0 {
		p.printf("  documents\n")
	}
	for _, d := range c.Documents {
		printDocument(p, d)
	}
	return p.err
}
