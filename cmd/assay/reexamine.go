package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"assay/classifier"
	"assay/corpus"
	"assay/review"
)

type caseReexamineCmd struct {
	List corpus.ListID `help:"The list." required:"" placeholder:"LIST"`
	From string        `help:"Only cases that a person last held against this edition, or against the digest. Default: any older one." placeholder:"EDITION"`
	To   string        `help:"The edition to hold them against. Default: the newest that is imported." placeholder:"EDITION"`
	JSON bool          `name:"json" help:"Print what it came to as JSON."`
}

// Help implements kong's HelpProvider.
func (caseReexamineCmd) Help() string {
	return `Importing an edition does this by itself. It is for after an interruption, after an import with --no-reexamine, and for cases that were decided on an older edition since. What was done is not done again.`
}

func (c *caseReexamineCmd) Run(ctx context.Context, s streams, g *globals) error {
	r, err := newReexaminer(ctx, s, g)
	if err != nil {
		return err
	}
	meta, err := r.store.Resolve(ctx, cmp.Or(c.To, string(c.List)))
	if err != nil {
		return err
	}
	if meta.List != c.List {
		return usagef("%s is not an edition of %s", meta.ID(), c.List)
	}
	return atDesk(ctx, g, func(d *desk) error {
		t, err := r.run(ctx, d, meta.ID(), c.From, nil)
		if c.JSON && t.List != "" {
			return errors.Join(err, printJSON(s.out, t))
		}
		return errors.Join(err, printTurnout(s, t))
	})
}

// reexaminer holds decided cases against editions.
type reexaminer struct {
	streams
	globals *globals
	store   editionStore
}

func newReexaminer(ctx context.Context, s streams, g *globals) (*reexaminer, error) {
	store, err := g.openStore(ctx)
	return &reexaminer{s, g, store}, err
}

// run re-examines against the edition called to. replaced is the text that
// stood under that name until now, or nil.
func (r *reexaminer) run(ctx context.Context, d *desk, to, from string, replaced *corpus.Edition) (review.Turnout, error) {
	edition, err := r.store.Load(ctx, to)
	if err != nil {
		return review.Turnout{}, err
	}
	bar := newBar(r.err, -1, "re-examining "+string(edition.List))
	t, err := d.Reexamine(ctx, d.request(), review.NewEdition{Edition: edition, From: from, Replaced: replaced, Load: r.store.Load,
		Reassessor: &lateAssembly{make: func(ctx context.Context) (*assembly, error) { return r.assemble(ctx, to) }},
		Progress: func(done, total int) {
			bar.ChangeMax(total)
			bar.Set64(int64(done))
		}})
	bar.Finish()
	return t, err
}

func (r *reexaminer) assemble(ctx context.Context, edition string) (*assembly, error) {
	w, err := openWorkshop(ctx, r.globals, arrangements["ours"], r.err)
	if err != nil {
		return nil, err
	}
	return w.assemble(ctx, []string{edition})
}

// lateAssembly assembles when the first case is to be assessed: most editions
// touch some case, but a first import costs nobody a model.
type lateAssembly struct {
	make func(context.Context) (*assembly, error)

	once sync.Once
	made *assembly
	err  error
}

// ClassifyNear implements review.Reassessor.
func (l *lateAssembly) ClassifyNear(ctx context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, []classifier.Near, error) {
	if l.once.Do(func() { l.made, l.err = l.make(ctx) }); l.err != nil {
		return classifier.Assessment{}, nil, l.err
	}
	return l.made.classifier.ClassifyNear(ctx, p, lists)
}

// imported is an edition that was just brought in.
type imported struct {
	list     corpus.ListID
	id       string
	replaced *corpus.Edition // the text that stood under its name before
}

// afterImport re-examines what the imported editions touch, where there are
// cases: each list against its newest edition, which need not be the one just
// brought in.
func afterImport(ctx context.Context, s streams, g *globals, all []imported) error {
	if len(all) == 0 || g.Database == "" && !exists(filepath.Join(g.Data, "assay.db")) {
		return nil
	}
	r, err := newReexaminer(ctx, s, g)
	if err != nil {
		return err
	}
	var lists []corpus.ListID
	for _, i := range all {
		if !slices.Contains(lists, i.list) {
			lists = append(lists, i.list)
		}
	}
	return atDesk(ctx, g, func(d *desk) error {
		for _, list := range lists {
			meta, err := r.store.Resolve(ctx, string(list))
			if err != nil {
				return err
			}
			var replaced *corpus.Edition
			for _, i := range all {
				if i.id == meta.ID() && i.replaced != nil {
					replaced = i.replaced
				}
			}
			t, err := r.run(ctx, d, meta.ID(), "", replaced)
			if told := printTurnout(s, t); err == nil && told != nil {
				return told
			}
			if err != nil {
				return fmt.Errorf("the import is done, re-examining decided cases is not: %w; go on with: assay case reexamine --list %s", err, list)
			}
		}
		return nil
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// printTurnout says what re-examining came to; of a list without decided cases, nothing.
func printTurnout(s streams, t review.Turnout) error {
	if t.Decided == 0 {
		return nil
	}
	p := &printer{w: s.out}
	p.printf("%s: %s on %s, %d on an older edition; %d touched, %d could change", t.To, cases(t.Decided), t.List, t.Older, t.Touched, t.CouldChange)
	if t.Before > 0 {
		p.printf(" (%d found before)", t.Before)
	}
	p.printf("\n")
	if t.CouldChange > 0 {
		p.printf("See them with: assay case list --attention --list %s\n", t.List)
	}
	if len(t.General) > 0 {
		var names []string
		for _, x := range t.General {
			names = append(names, strings.TrimSpace(cmp.Or(x.Label, spoken(x.Kind))+" "+x.Code))
		}
		p.wrapped("", fmt.Sprintf("Changes of notes to the whole list, a category or a group, which queue no case: %s. Read them with assay corpus diff.", shortList(names, 6)))
	}
	for _, id := range t.Unstored {
		fmt.Fprintf(s.err, "assay: %s, on which cases were decided, is not imported: of these only what the machine says was compared\n", id)
	}
	return p.err
}

func cases(n int) string {
	if n == 1 {
		return "1 decided case"
	}
	return fmt.Sprintf("%d decided cases", n)
}

func shortList(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

// printReexamination writes what a newer edition means for a decision.
func printReexamination(p *printer, x review.Reexamination) {
	verdict := "touched"
	if x.CouldChange {
		verdict = "could change"
	}
	p.printf("    held against %s on %s (before: %s): %s\n", x.To, x.At.Local().Format("2006-01-02 15:04"), x.From, verdict)
	for _, why := range x.Why {
		p.wrapped("      because ", why)
	}
	if x.Now.Code != x.Before.Code {
		p.printf("      suggested %s, before %s\n", x.Now.Code, cmp.Or(x.Before.Code, "nothing"))
	}
	for _, change := range x.Changes {
		at := strings.TrimSpace(change.Code + " " + changeLabel(change))
		if change.From != "" {
			at = change.From + ", now " + at
		}
		p.printf("      %s %s (%s)\n", change.What, at, spoken(change.Bearing))
		p.wrapped("        ", inWords(change.Words))
		var figures []string
		for _, n := range change.Numbers {
			figures = append(figures, n.String())
		}
		if len(figures) > 0 {
			p.printf("        figures: %s\n", strings.Join(figures, "; "))
		}
	}
	if x.Omitted > 0 {
		p.printf("      and %d more changes\n", x.Omitted)
	}
}

func changeLabel(c review.ListChange) string {
	if c.Kind == corpus.KindEntry || c.Kind == corpus.KindParagraph {
		return ""
	}
	return cmp.Or(c.Label, spoken(c.Kind))
}

// inWords shows what went in [-brackets-] and what came in {+braces+}, as
// assay corpus diff does.
func inWords(ws []corpus.Words) string {
	var parts []string
	for _, w := range ws {
		switch w.Op {
		case corpus.OpRemoved:
			parts = append(parts, "[-"+w.Text+"-]")
		case corpus.OpAdded:
			parts = append(parts, "{+"+w.Text+"+}")
		default:
			parts = append(parts, w.Text)
		}
	}
	return strings.Join(parts, " ")
}
