package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/user"
	"slices"
	"strings"
	"time"

	"assay/corpus"
	"assay/review"
)

type caseCmd struct {
	Submit caseSubmitCmd `cmd:"" help:"Open a case for a product, assess it and hand it in."`
	List   caseListCmd   `cmd:"" help:"List cases, oldest first."`
	Show   caseShowCmd   `cmd:"" help:"Show one case with all its records."`
	Take   caseTakeCmd   `cmd:"" help:"Take a case into review."`
	Decide caseDecideCmd `cmd:"" help:"Decide a case on a list. It is decided when each of its lists is."`
	Return caseReturnCmd `cmd:"" help:"Send a case back with a request for information."`
	Reopen caseReopenCmd `cmd:"" help:"Take up a decided case again."`

	Alike      caseAlikeCmd      `cmd:"" help:"Show the decided cases that are like a case or a product."`
	Precedents casePrecedentsCmd `cmd:"" help:"Say how many precedents can be found by meaning, and make the vectors that are missing."`
}

// desk is where one person at one machine works on cases: the service, and
// who that person is.
type desk struct {
	*review.Service
	store review.Store
	actor review.Actor
}

// openDesk opens the cases for the person who runs the program. There are no
// accounts on the command line: whoever may write the file, or has the
// database's address, may do everything, in the name that the system knows.
func openDesk(ctx context.Context, g *globals) (*desk, error) {
	me, err := user.Current()
	if err != nil {
		return nil, fmt.Errorf("the system does not say who you are, and acts need a name: %w", err)
	}
	key, err := g.secretKey()
	if err != nil {
		return nil, err
	}
	store, err := g.openCases(ctx)
	if err != nil {
		return nil, err
	}
	cfg := review.Config{Store: store, Documents: datasheets{}, Seal: key.Seal, PlainWebhooks: g.WebhookAllowPrivate, Rarity: g.rarity(), Log: g.log}
	if e, err := g.embedder(); err != nil {
		return nil, errors.Join(err, store.Close())
	} else if e != nil {
		cfg.Embedder = e
	}
	service, err := review.New(cfg)
	if err != nil {
		return nil, err
	}
	return &desk{service, store, review.Actor{ID: cmp.Or(me.Username, me.Uid), Role: review.Admin, Organisation: "own"}}, nil
}

// close closes the store of a server that has ended.
func (d *desk) close(log *slog.Logger) {
	if err := d.store.Close(); err != nil {
		log.Error("closing the store of cases", "error", err)
	}
}

func (d *desk) request() review.Request { return review.Request{Actor: d.actor} }

// atDesk opens the desk for do and closes it afterwards.
func atDesk(ctx context.Context, g *globals, do func(*desk) error) (err error) {
	d, err := openDesk(ctx, g)
	if err != nil {
		return err
	}
	defer func() {
		if closed := d.store.Close(); err == nil {
			err = closed
		}
	}()
	return do(d)
}

type caseSubmitCmd struct {
	File         string          `help:"The product: a .json file (name, description, attributes), a datasheet (PDF, DOCX, XLSX, HTML) or a text file." required:"" placeholder:"FILE"`
	Proposal     []string        `help:"Your own classification, CODE or LIST=CODE. A bare CODE is for the first list." placeholder:"CODE"`
	Reasoning    string          `help:"Why you propose it." placeholder:"TEXT"`
	List         []corpus.ListID `help:"Lists to be decided. Default: all but wassenaar." placeholder:"LIST"`
	Organisation string          `help:"Whose product it is." default:"own" placeholder:"NAME"`
	JSON         bool            `name:"json" help:"Print the case as JSON."`
}

func (c *caseSubmitCmd) Run(ctx context.Context, s streams, g *globals) error {
	if (len(c.Proposal) > 0) != (c.Reasoning != "") {
		return usagef("--proposal and --reasoning go together: a classification is worth its reasons")
	}
	product, err := (&classifyCmd{File: c.File}).product(ctx, s)
	if err != nil {
		return err
	}
	if err := product.Validate(); err != nil {
		return err // before the model is loaded
	}
	a, err := assemble(ctx, g, c.List, s)
	if err != nil {
		return err
	}
	assessment, err := a.classifier.Classify(ctx, product, c.List)
	if err != nil {
		return err // before a case is made that nobody could submit
	}
	lists := c.List
	if len(lists) == 0 {
		lists = a.classifier.DefaultLists()
	}
	var proposals []review.Proposal
	for _, p := range c.Proposal {
		list, code, named := strings.Cut(p, "=")
		if !named {
			list, code = string(lists[0]), p
		}
		if _, err := corpus.ParseCode(code); err != nil || !slices.Contains(lists, corpus.ListID(list)) {
			return usagef("--proposal %s: give CODE, or LIST=CODE for one of %v", p, lists)
		}
		proposals = append(proposals, review.Proposal{List: corpus.ListID(list), Code: code, Reasoning: c.Reasoning})
	}
	return atDesk(ctx, g, func(d *desk) error {
		made, err := d.Create(ctx, d.request(), review.NewCase{Organisation: c.Organisation, Product: product, Lists: lists})
		if err != nil {
			return err
		}
		if made, err = d.Assess(ctx, d.request(), made.ID, assessment); err != nil {
			return err
		}
		for _, p := range proposals {
			if made, err = d.Propose(ctx, d.request(), made.ID, p); err != nil {
				return err
			}
		}
		if made, err = d.Submit(ctx, d.request(), made.ID); err != nil {
			return err
		}
		return printCase(s.out, made, c.JSON)
	})
}

type caseListCmd struct {
	State        []review.State `help:"Only cases in these states." placeholder:"STATE"`
	List         corpus.ListID  `help:"Only cases that ask about this list." placeholder:"LIST"`
	Category     string         `help:"Only cases whose suggestion lies in this category: 3, ML11, EAR99." placeholder:"CATEGORY"`
	Language     string         `help:"Only products described in this language." placeholder:"de"`
	Assignee     string         `help:"Only cases of this officer; - for nobody's." placeholder:"NAME"`
	Disagreement bool           `help:"Only cases on which two officers differ."`
	MinConf      float64        `name:"min-confidence" help:"Least probability of the suggestion, 0 to 1."`
	MaxConf      float64        `name:"max-confidence" help:"Greatest probability of the suggestion, 0 to 1."`
	OlderThan    time.Duration  `help:"Only cases older than this, such as 72h."`
	From         int64          `help:"Start behind this number: that of the last case of the page before."`
	Limit        int            `help:"Cases at once, at most 500." default:"50"`
	JSON         bool           `name:"json" help:"Print the page as JSON."`
}

func (c *caseListCmd) Run(ctx context.Context, s streams, g *globals) error {
	f := review.Filter{States: c.State, List: c.List, Category: c.Category, Language: c.Language, Assignee: c.Assignee,
		MinConfidence: c.MinConf, MaxConfidence: c.MaxConf, From: c.From, Limit: c.Limit}
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

type caseTakeCmd struct {
	ID string `arg:"" help:"The case."`
}

func (c *caseTakeCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		return told(s.out)(d.Take(ctx, d.request(), c.ID))
	})
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
}

func (c *caseDecideCmd) Run(ctx context.Context, s streams, g *globals) error {
	var relied []review.PassageRef
	for _, p := range c.Passage {
		edition, id, _ := strings.Cut(p, "/")
		relied = append(relied, review.PassageRef{Edition: edition, ID: id})
	}
	return atDesk(ctx, g, func(d *desk) error {
		for _, l := range c.List {
			decided, err := d.Decide(ctx, d.request(), c.ID, review.Ruling{List: l, Edition: c.Edition, Codes: c.Code, NotListed: c.NotListed,
				Reason: c.Reason, ReasonText: c.Text, Relied: relied, Comment: c.Comment})
			if err != nil {
				return err
			}
			last := decided.Decisions[len(decided.Decisions)-1]
			fmt.Fprintf(s.out, "%s: %s is %s; suggestion: %s, exporter: %s\n", decided.ID, l, last.Answer(), spoken(last.Suggestion), spoken(last.Exporter))
			for _, p := range last.ContradictsLike {
				fmt.Fprintf(s.err, "assay: precedent %s decided otherwise for a product that is like it (similarity %.2f); assay case alike %s shows what sets them apart\n", p.ID, p.Similarity, decided.ID)
			}
			for _, id := range last.Contradicts {
				fmt.Fprintf(s.err, "assay: precedent %s decided otherwise for a product in the same words\n", id)
			}
			if l == c.List[len(c.List)-1] {
				return told(s.out)(decided, nil)
			}
		}
		return nil
	})
}

type caseReturnCmd struct {
	ID  string `arg:"" help:"The case."`
	Ask string `help:"What has to be added." required:"" placeholder:"TEXT"`
}

func (c *caseReturnCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		return told(s.out)(d.Return(ctx, d.request(), c.ID, c.Ask))
	})
}

type caseReopenCmd struct {
	ID     string `arg:"" help:"The case."`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
}

func (c *caseReopenCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		return told(s.out)(d.Reopen(ctx, d.request(), c.ID, c.Reason))
	})
}

// told returns a function that says where a case stands after an act.
func told(w io.Writer) func(review.Case, error) error {
	return func(c review.Case, err error) error {
		if err == nil {
			_, err = fmt.Fprintf(w, "%s is %s\n", c.ID, spoken(c.State))
		}
		return err
	}
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
	p.printf("%s  %s\n%s, round %d, of %s", c.ID, c.Title, spoken(c.State), c.Round, c.Organisation)
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
	}
	for _, m := range c.Messages {
		p.wrapped("  ", fmt.Sprintf("%d. %s by %s: %s", m.Seq, m.Kind, m.By, m.Text))
	}
	for _, d := range c.Documents {
		p.printf("  document %s, %d bytes, sha256 %.12s\n", d.Name, d.Bytes, d.SHA256)
	}
	return p.err
}
