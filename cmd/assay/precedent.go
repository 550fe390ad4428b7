package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"assay/classifier"
	"assay/classifier/embedding"
	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/digest"
	"assay/review"
)

// rarity returns how rare a word is in the digest's cards. The cards are those
// that the program answers from, or else read when first asked.
func (g *globals) rarity() func(stem string) float64 {
	cards := sync.OnceValue(func() *retrieval.Index {
		if g.cards != nil {
			return g.cards
		}
		d, err := digest.Shipped()
		if err != nil {
			return nil
		}
		index, err := retrieval.New(d, nil, retrieval.Matrix{}, retrieval.LexicalOnly)
		if err != nil {
			return nil
		}
		return index
	})
	return func(stem string) float64 {
		if index := cards(); index != nil {
			return index.Rarity(stem)
		}
		return 0
	}
}

// decidedCases lets decided cases weigh in an assessment: it is a
// classifier.Precedents over a review.Service.
type decidedCases struct{ *review.Service }

// openPrecedents opens the cases for reading what was decided.
func (g *globals) openPrecedents(ctx context.Context, e embedding.Embedder) (classifier.Precedents, error) {
	store, err := g.openCases(ctx)
	if err != nil {
		return nil, err
	}
	g.atEnd = append(g.atEnd, func() { _ = store.Close() }) // nothing is written through it
	cfg := review.Config{Store: store}
	if e != nil {
		cfg.Embedder = e
	}
	service, err := review.New(cfg)
	if err != nil {
		return nil, err
	}
	return decidedCases{service}, nil
}

// Like implements classifier.Precedents.
func (d decidedCases) Like(ctx context.Context, p classifier.Product, lists []corpus.ListID) ([]classifier.Precedent, error) {
	machine := review.Actor{ID: "classifier", Role: review.Evaluator}
	likes, err := d.Alike(ctx, machine, p, review.AlikeOptions{Lists: lists, Standing: true, Plain: true})
	if err != nil {
		return nil, err
	}
	var found []classifier.Precedent
	for _, x := range likes.Precedents {
		likeness := 1.0
		if !x.SameWords {
			likeness = max(0, x.Similarity-likes.Floor) / (1 - likes.Floor)
		}
		found = append(found, classifier.Precedent{Likeness: min(1, likeness), Codes: x.Codes})
	}
	return found, nil
}

// fewVectors is how many missing vectors are made on the way, by a command and
// by a server that starts: with MiniLM that takes some seconds, or half a minute.
const (
	fewVectors   = 200
	startVectors = 2000
)

type caseAlikeCmd struct {
	ID       string          `arg:"" optional:"" help:"The case."`
	File     string          `help:"A product instead of a case: a .json file (name, description, attributes), a datasheet or a text file." placeholder:"FILE"`
	List     []corpus.ListID `help:"Only what was decided for these lists." placeholder:"LIST"`
	Limit    int             `help:"Precedents at most, up to 50." default:"10"`
	Standing bool            `help:"Leave out superseded ones."`
	JSON     bool            `name:"json" help:"Print them as JSON."`
}

func (c *caseAlikeCmd) Run(ctx context.Context, s streams, g *globals) error {
	if (c.ID == "") == (c.File == "") {
		return usagef("give a case, or --file FILE for a product")
	}
	if c.Limit < 1 || c.Limit > review.MaxAlike {
		return usagef("--limit %d: give 1 to %d", c.Limit, review.MaxAlike)
	}
	var product classifier.Product
	if c.File != "" {
		var err error
		if product, err = (&classifyCmd{File: c.File}).product(ctx, s); err != nil {
			return err
		}
	}
	return atDesk(ctx, g, func(d *desk) error {
		if g.Model != "lexical" {
			if _, err := makeVectors(ctx, d, fewVectors, s.err); err != nil {
				return err
			}
		}
		o := review.AlikeOptions{Lists: c.List, Limit: c.Limit, Standing: c.Standing}
		var likes review.Likes
		var err error
		if c.ID != "" {
			likes, err = d.AlikeCase(ctx, d.actor, c.ID, o)
		} else {
			likes, err = d.Alike(ctx, d.actor, product, o)
		}
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, likes)
		}
		return printLikes(s.out, likes)
	})
}

func printLikes(w io.Writer, likes review.Likes) error {
	p := &printer{w: w}
	if len(likes.Precedents) == 0 {
		p.printf("No decided case is like it.\n")
	}
	for _, l := range likes.Lists {
		p.printf("%s: %s", l.List, cmp.Or(l.Summary, "nothing that stands"))
		if l.Superseded > 0 {
			p.printf("; %d superseded", l.Superseded)
		}
		p.printf("\n")
	}
	for i, x := range likes.Precedents {
		p.printf("%2d. %.3f  %s  %s\n", i+1, x.Similarity, x.ID, x.Title())
		standing := spoken(x.State)
		if x.Superseded {
			standing = "superseded, the case was reopened"
			if x.SupersededBy != "" {
				standing = "superseded by " + x.SupersededBy
			}
		}
		p.printf("    decided %s, %s: %s\n", x.DecidedAt.Local().Format("2006-01-02"), standing, answers(x.Precedent))
		if x.SameWords {
			p.printf("    in the same words\n")
		}
		for _, d := range x.Differences {
			p.wrapped("      ", d.String())
		}
		if x.More > 0 {
			p.printf("      and %d more differences\n", x.More)
		}
	}
	for _, n := range likes.Notes {
		p.wrapped("", n)
	}
	return p.err
}

// answers writes what a precedent came to, list by list.
func answers(p review.Precedent) string {
	var parts []string
	for _, l := range corpus.Lists() {
		if codes, ok := p.Codes[l.ID]; ok {
			parts = append(parts, fmt.Sprintf("%s %s", l.ID, review.Decision{List: l.ID, Codes: codes, NotListed: len(codes) == 0}.Answer()))
		}
	}
	return strings.Join(parts, "; ")
}

type casePrecedentsCmd struct {
	Reindex bool   `help:"Make the vectors that are missing by the model in use (--model)."`
	Drop    string `help:"Delete the vectors that a model out of use has left." placeholder:"MODEL"`
	JSON    bool   `name:"json" help:"Print the counts as JSON."`
}

func (c *casePrecedentsCmd) Run(ctx context.Context, s streams, g *globals) error {
	return atDesk(ctx, g, func(d *desk) error {
		if c.Drop != "" {
			n, err := d.DropVectors(ctx, d.actor, c.Drop)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.err, "assay: deleted %d vectors by %s\n", n, c.Drop)
		}
		if c.Reindex {
			n, err := makeVectors(ctx, d, 0, s.err)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.err, "assay: made %d vectors\n", n)
		}
		precedents, sets, err := d.Vectors(ctx, d.actor)
		if err != nil {
			return err
		}
		if c.JSON {
			if sets == nil {
				sets = []review.VectorSet{}
			}
			return printJSON(s.out, map[string]any{"precedents": precedents, "vectors": sets})
		}
		p := &printer{w: s.out}
		p.printf("%d precedents\n", precedents)
		for _, v := range sets {
			use := ""
			if v.InUse {
				use = ", in use"
				if v.Count < precedents {
					use += fmt.Sprintf("; %d are found by equal words only until assay case precedents --reindex has run", precedents-v.Count)
				}
			}
			p.printf("%d have a vector by %s%s\n", v.Count, v.VectorModel, use)
		}
		return p.err
	})
}

// makeVectors makes at most most of the missing vectors, all when that is 0,
// and shows how far it is.
func makeVectors(ctx context.Context, d *desk, most int, progress io.Writer) (made int, err error) {
	bar := newBar(progress, -1, "embedding precedents")
	made, _, err = d.Reindex(ctx, most, func(made, left int) {
		if total := made + left; total > 0 {
			bar.ChangeMax(min(total, cmp.Or(most, total)))
			_ = bar.Set(made) // a bar that cannot be drawn stops nothing
		}
	})
	if made > 0 {
		_ = bar.Finish()
	}
	return made, err
}

// keepVectors makes the vectors that precedents lack, beside a server that
// runs: when it starts, and every so often those of decisions during which the model was away or
// which another program made without one. The function that it returns waits for its end.
func keepVectors(ctx context.Context, d *desk, every time.Duration, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			last := time.Now()
			made, left, err := d.Reindex(ctx, startVectors, func(made, left int) {
				if made > 0 && time.Since(last) > 10*time.Second {
					last = time.Now()
					log.Info("making vectors of precedents", "made", made, "left", left)
				}
			})
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				log.Warn("vectors of precedents could not be made", "error", err)
			case left > 0:
				log.Warn("precedents without a vector are found by equal words only", "left", left, "remedy", "run assay case precedents --reindex")
			case made > 0:
				log.Info("made vectors of precedents", "made", made)
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-ended }
}
