package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

type caseSubmitCmd struct {
	ID           string          `arg:"" optional:"" help:"A draft, or a case that was returned. Without it --file opens a new one."`
	File         string          `help:"The product of a new case: a .json file (name, description, attributes), or a datasheet (PDF, DOCX, XLSX, HTML, CSV, text), which is kept with the case." placeholder:"FILE"`
	Proposal     []string        `help:"Your own classification, CODE or LIST=CODE. A bare CODE is for the first list." placeholder:"CODE"`
	Reasoning    string          `help:"Why you propose it." placeholder:"TEXT"`
	List         []corpus.ListID `help:"Lists to be decided. Default: all but wassenaar." placeholder:"LIST"`
	Organisation string          `help:"Whose product it is." default:"own" placeholder:"NAME"`
	once
}

func (c *caseSubmitCmd) Run(ctx context.Context, s streams, g *globals) error {
	switch {
	case (c.ID == "") == (c.File == ""):
		return usagef("give --file FILE to open a case, or the ID of one that is a draft or was returned")
	case (len(c.Proposal) > 0) != (c.Reasoning != ""):
		return usagef("--proposal and --reasoning go together: a classification is worth its reasons")
	case c.ID != "" && (len(c.Proposal) > 0 || len(c.List) > 0):
		return usagef("case %s has its lists; propose for it with assay case propose", c.ID)
	case c.ID != "":
		return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) {
			return d.SubmitWith(ctx, r, c.ID, assessor(g, s))
		})
	}
	o, err := c.opening(ctx, s)
	if err != nil {
		return err
	}
	a, err := assemble(ctx, g, c.List, s)
	if err != nil {
		return err
	}
	lists := c.List
	if len(lists) == 0 {
		lists = a.classifier.DefaultLists()
	}
	if o.Proposals, err = proposals(c.Proposal, lists, c.Reasoning); err != nil {
		return err
	}
	return atDesk(ctx, g, func(d *desk) error {
		made, err := d.Open(ctx, c.request(d), o, a.classifier.Classify)
		if err != nil {
			return err
		}
		return printCase(s.out, made, c.JSON)
	})
}

// opening returns the case that the flags describe, without its proposals.
func (c *caseSubmitCmd) opening(ctx context.Context, s streams) (o review.Opening, err error) {
	o.Organisation, o.Lists, o.Submit = c.Organisation, c.List, true
	if o.Product, err = (&classifyCmd{File: c.File}).product(ctx, s); err != nil {
		return o, err
	}
	if err := o.Product.Validate(); err != nil {
		return o, err // before the model is loaded
	}
	if c.File != "-" && !isProduct(c.File) {
		u, err := upload(c.File)
		if err != nil {
			return o, err
		}
		o.Documents = []review.Upload{u}
	}
	return o, nil
}

// isProduct reports whether a file is a product in JSON, and no datasheet.
func isProduct(file string) bool { return strings.EqualFold(filepath.Ext(file), ".json") }

// upload reads a file to be kept with a case. One that is too large is read
// far enough to be refused.
func upload(file string) (review.Upload, error) {
	f, err := os.Open(file)
	if err != nil {
		return review.Upload{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, review.MaxDocument+1))
	return review.Upload{Name: filepath.Base(file), Data: data}, err
}

// proposals reads CODE and LIST=CODE; a bare code is for the first of lists.
func proposals(codes []string, lists []corpus.ListID, reasoning string) (all []review.Proposal, err error) {
	for _, p := range codes {
		list, code, named := strings.Cut(p, "=")
		if !named {
			list, code = string(lists[0]), p
		}
		if _, err := corpus.ParseCode(code); err != nil || !slices.Contains(lists, corpus.ListID(list)) {
			return nil, usagef("the proposal %s: give CODE, or LIST=CODE for one of %v", p, lists)
		}
		all = append(all, review.Proposal{List: corpus.ListID(list), Code: code, Reasoning: reasoning})
	}
	return all, nil
}

// assessor returns a way to assess products that loads the model when it is
// first needed: a repeated command does not need it.
func assessor(g *globals, s streams) review.Assessor {
	var a *assembly
	return func(ctx context.Context, p classifier.Product, lists []corpus.ListID) (_ classifier.Assessment, err error) {
		if a == nil {
			if a, err = assemble(ctx, g, lists, s); err != nil {
				return classifier.Assessment{}, err
			}
		}
		return a.classifier.Classify(ctx, p, lists)
	}
}

type caseReviseCmd struct {
	ID       string `arg:"" help:"The case."`
	File     string `help:"The product as it is now: a .json file or a datasheet." xor:"from" required:"" placeholder:"FILE"`
	Document int    `help:"Take it from this document of the case." xor:"from" required:"" placeholder:"NUMBER"`
	once
}

func (c *caseReviseCmd) Run(ctx context.Context, s streams, g *globals) error {
	var product classifier.Product
	if c.File != "" {
		var err error
		if product, err = (&classifyCmd{File: c.File}).product(ctx, s); err != nil {
			return err
		}
	}
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) {
		if c.File == "" {
			return d.ReviseFrom(ctx, r, c.ID, c.Document)
		}
		return d.Revise(ctx, r, c.ID, product)
	})
}

type caseProposeCmd struct {
	ID        string   `arg:"" help:"The case."`
	Code      []string `arg:"" help:"CODE or LIST=CODE. A bare CODE is for the first list of the case."`
	Reasoning string   `help:"Why you propose it." required:"" placeholder:"TEXT"`
	once
}

func (c *caseProposeCmd) Run(ctx context.Context, s streams, g *globals) error {
	return c.acts(ctx, s, g, len(c.Code), func(d *desk, r review.Request, i int) (review.Case, error) {
		now, err := d.Get(ctx, d.actor, c.ID)
		if err != nil {
			return now, err
		}
		var lists []corpus.ListID
		for _, l := range now.Lists {
			lists = append(lists, l.List)
		}
		p, err := proposals(c.Code[i:i+1], lists, c.Reasoning)
		if err != nil {
			return now, err
		}
		return d.Propose(ctx, r, c.ID, p[0])
	})
}

type caseAssessCmd struct {
	ID string `arg:"" help:"The case."`
	once
}

func (c *caseAssessCmd) Run(ctx context.Context, s streams, g *globals) error {
	return c.act(ctx, s, g, func(d *desk, r review.Request) (review.Case, error) {
		done, err := d.AssessWith(ctx, r, c.ID, assessor(g, s))
		if err == nil && !c.JSON {
			for _, l := range done.Lists {
				(&printer{w: s.out}).printf("%s: %s, probability %.2f\n", l.List, l.Code, l.Confidence)
			}
		}
		return done, err
	})
}
