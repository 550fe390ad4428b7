package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"assay/corpus"
	"assay/corpus/digest"
	"assay/corpus/ecfr"
	"assay/corpus/formats"
	"assay/internal/pull"
)

type corpusCmd struct {
	Import corpusImportCmd `cmd:"" help:"Import a published list from a file."`
	Pull   corpusPullCmd   `cmd:"" help:"Download a list from its official address and import it."`
	List   corpusListCmd   `cmd:"" help:"Show the imported editions."`
	Show   corpusShowCmd   `cmd:"" help:"Show one entry or paragraph: card, official text, notes, definitions."`
	Diff   corpusDiffCmd   `cmd:"" help:"Compare two editions of a list."`
	Check  corpusCheckCmd  `cmd:"" help:"Compare the cards of the digest with an imported edition."`
	Remove corpusRemoveCmd `cmd:"" help:"Remove an imported edition."`
}

type corpusImportCmd struct {
	Files   []string `arg:"" name:"file" help:"eCFR XML (CCL, USML), EU Annex I (JSON, XHTML, layout text), Common Military List (layout text) or interchange JSONL; gzip-ed or not."`
	Date    string   `help:"Day whose law the text states, for a text that does not say." placeholder:"2026-06-24"`
	Replace bool     `help:"Replace an edition of the same list and day that differs."`
	Leave   bool     `name:"no-reexamine" help:"Leave the cases decided on older editions alone."`
}

func (c *corpusImportCmd) Run(ctx context.Context, s streams, g *globals) error {
	store, err := g.openStore(ctx)
	if err != nil {
		return err
	}
	var done []imported
	for _, path := range c.Files {
		one, fileErr := c.file(ctx, s, store, path)
		if err = fileErr; err != nil {
			break
		}
		done = append(done, one)
	}
	if c.Leave {
		return err
	}
	// Also when a later file failed: those before it are in.
	return errors.Join(err, afterImport(ctx, s, g, done))
}

func (c *corpusImportCmd) file(ctx context.Context, s streams, store editionStore, path string) (imported, error) {
	source, err := readSource(path)
	if err != nil {
		return imported{}, err
	}
	assumed := ""
	source.Date = c.Date
	start := time.Now()
	edition, err := formats.Read(source)
	if needsDate(err) && c.Date == "" {
		// The eCFR's files do not say their day. The day the file was made is
		// a fair guess, and said to be one.
		info, statErr := os.Stat(path)
		if statErr != nil {
			return imported{}, statErr
		}
		assumed = info.ModTime().UTC().Format(time.DateOnly)
		source.Date = assumed
		edition, err = formats.Read(source)
	}
	if err != nil {
		return imported{}, err
	}
	return c.store(ctx, s, store, edition, time.Since(start), assumed)
}

func (c *corpusImportCmd) store(ctx context.Context, s streams, store editionStore, edition *corpus.Edition, took time.Duration, assumed string) (imported, error) {
	put, done := store.Put, imported{list: edition.List, id: edition.ID()}
	if c.Replace {
		put = store.Replace
		// Cases were decided on what is about to be replaced.
		if old, err := store.Load(ctx, edition.ID()); err == nil && old.SHA256 != edition.SHA256 {
			done.replaced = old
		}
	}
	changed, err := put(ctx, edition)
	if err != nil {
		return done, err
	}
	verb := "imported"
	if !changed {
		verb = "already imported, unchanged:"
	}
	fmt.Fprintf(s.out, "%s %s: %s, %d passages, read in %.2f s, sha256 %.12s\n", verb, edition.ID(), entryCount(edition), len(edition.Passages), took.Seconds(), edition.SHA256)
	if assumed != "" {
		fmt.Fprintf(s.err, "assay: the text does not say its day; %s, the day of the file, was assumed. Import it again with --date if that is wrong.\n", assumed)
	}
	return done, nil
}

// needsDate reports whether a reader refused a text only for want of its day.
func needsDate(err error) bool { return errors.Is(err, corpus.ErrNoDate) }

func readSource(path string) (corpus.Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return corpus.Source{}, err
	}
	if limit := (corpus.Limits{}).WithDefaults().Bytes; info.Size() > limit {
		return corpus.Source{}, fmt.Errorf("%s: %d bytes are more than the limit of %d; check that this is the list itself", path, info.Size(), limit)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return corpus.Source{}, err
	}
	return corpus.Source{Name: path, Retrieved: time.Now(), Data: data}, nil
}

// entryCount says how many entries an edition has, and which of them the
// publisher set so that a count of its heads would miss them.
func entryCount(e *corpus.Edition) string {
	n := 0
	var misprinted []string
	for _, p := range e.Passages {
		if p.Kind == corpus.KindEntry {
			n++
			if slices.Contains(p.Marks, ecfr.MisprintedHead) {
				misprinted = append(misprinted, p.Code)
			}
		}
	}
	if len(misprinted) == 0 {
		return fmt.Sprintf("%d entries", n)
	}
	return fmt.Sprintf("%d entries (%d set as heads, and %s whose head is misprinted)", n, n-len(misprinted), strings.Join(misprinted, ", "))
}

type corpusPullCmd struct {
	List    corpus.ListID `arg:"" help:"us-ccl, us-usml or eu-dual-use."`
	Date    string        `help:"Day of the edition; default: the newest." placeholder:"2026-06-24"`
	Replace bool          `help:"Replace an edition of the same list and day that differs."`
	Leave   bool          `name:"no-reexamine" help:"Leave the cases decided on older editions alone."`
}

func (c *corpusPullCmd) Run(ctx context.Context, s streams, g *globals) error {
	store, err := g.openStore(ctx)
	if err != nil {
		return err
	}
	bar := newBar(s.err, -1, "downloading "+string(c.List))
	source, err := pull.Pull(ctx, c.List, pull.Options{Date: c.Date, Version: version(), Progress: func(done, total int64) {
		if total > 0 {
			bar.ChangeMax64(total)
		}
		bar.Set64(done)
	}})
	bar.Finish()
	if err != nil {
		return err
	}
	start := time.Now()
	edition, err := formats.Read(source)
	if err != nil {
		return err
	}
	importer := corpusImportCmd{Replace: c.Replace}
	done, err := importer.store(ctx, s, store, edition, time.Since(start), "")
	if err != nil || c.Leave {
		return err
	}
	return afterImport(ctx, s, g, []imported{done})
}

type corpusListCmd struct {
	JSON bool `name:"json" help:"Print the records as JSON."`
}

func (c *corpusListCmd) Run(ctx context.Context, s streams, g *globals) error {
	store, err := g.openStore(ctx)
	if err != nil {
		return err
	}
	metas, listErr := store.List(ctx) // the readable ones, and what is wrong with the others
	if c.JSON {
		if metas == nil {
			metas = []corpus.Meta{}
		}
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		return errors.Join(enc.Encode(metas), listErr)
	}
	if len(metas) == 0 && listErr == nil {
		fmt.Fprintf(s.out, "No list is imported in %s; the shipped digest answers alone.\nBring one in with: assay corpus pull us-ccl, or assay corpus import FILE\n", g.place())
		return nil
	}
	for _, m := range metas {
		fmt.Fprintf(s.out, "%-28s %-22s retrieved %s  sha256 %.12s  %s\n", m.ID(), m.Format, m.Retrieved.Format(time.DateOnly), m.SHA256, m.Source)
	}
	return listErr
}

type corpusShowCmd struct {
	Code string        `arg:"" help:"Code of an entry or paragraph, such as 5A001.j."`
	List corpus.ListID `help:"Only this list." placeholder:"LIST"`
	JSON bool          `name:"json" help:"Print as JSON."`
}

func (c *corpusShowCmd) Run(ctx context.Context, s streams, g *globals) error {
	code, err := corpus.ParseCode(c.Code)
	if err != nil {
		return usageError{err}
	}
	store, err := g.openStore(ctx)
	if err != nil {
		return err
	}
	var lists []corpus.ListID
	if c.List != "" {
		lists = append(lists, c.List)
	}
	ids, err := newestEditions(ctx, store, lists)
	if err != nil {
		return err
	}
	var shown []corpus.Description
	for _, id := range ids {
		ed, err := store.Load(ctx, id)
		if err != nil {
			return err
		}
		if d, ok := corpus.NewOutline(ed).Describe(code); ok {
			shown = append(shown, d)
		}
	}
	card := findCard(code)
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(struct {
			Code     string               `json:"code"`
			Card     *corpus.Card         `json:"card"`
			Editions []corpus.Description `json:"editions"`
		}{code, card, append([]corpus.Description{}, shown...)})
	}
	switch {
	case card == nil && len(shown) == 0:
		return fmt.Errorf("%s is neither in the digest nor in an imported edition (%s); import a list with assay corpus import", code, orNone(ids))
	case len(shown) == 0 && !describes(card, code) && len(ids) > 0:
		return fmt.Errorf("%s has no paragraph %s in %s; assay corpus show %s shows what it has", card.Entry, code, orNone(ids), card.Entry)
	case len(shown) == 0 && !describes(card, code):
		fmt.Fprintf(s.err, "assay: the digest says nothing of %s in particular; import a list to see whether it exists\n", code)
	}
	p := &printer{w: s.out}
	if card != nil {
		printCard(p, card, code)
	}
	for _, d := range shown {
		printDescription(p, d)
	}
	return p.err
}

func orNone(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}

func findCard(code string) *corpus.Card {
	d, err := digest.Shipped()
	if err != nil {
		return nil
	}
	for i := range d.Cards {
		if d.Cards[i].Entry == corpus.EntryOf(code) {
			return &d.Cards[i]
		}
	}
	return nil
}

// describes reports whether the card knows code, under any list's designators.
func describes(c *corpus.Card, code string) bool {
	if code == c.Entry {
		return true
	}
	for l := range c.Lists {
		for _, d := range append(c.Designators(), "") {
			if on, ok := c.CodeOn(l, d); ok && on == code {
				return true
			}
		}
	}
	return false
}

func printCard(p *printer, c *corpus.Card, code string) {
	p.printf("%s, in our words (digest)\n", c.Entry)
	p.wrapped("  ", c.Gist)
	p.wrapped("  called: ", strings.Join(c.Terms, ", "))
	for _, l := range corpus.Lists() {
		if listing, ok := c.Lists[l.ID]; ok {
			entry, _ := c.CodeOn(l.ID, "")
			p.printf("  on %s as %s", l.ID, entry)
			if len(listing.Reasons) > 0 {
				p.printf(", reasons for control %s", strings.Join(listing.Reasons, " "))
			}
			p.printf("\n")
		}
	}
	for _, d := range c.Designators() {
		full := c.Code(d)
		asked := code == c.Entry || corpus.Covers(code, full) || corpus.Covers(full, code)
		for l := range c.Paragraphs[d].As {
			on, _ := c.CodeOn(l, d)
			asked = asked || on == code
		}
		if !asked {
			continue
		}
		gist := c.Paragraphs[d].Gist
		for _, l := range corpus.Lists() {
			if c.Paragraphs[d].As[l.ID] != "" {
				on, _ := c.CodeOn(l.ID, d)
				gist += fmt.Sprintf(" [%s on %s]", on, l.ID)
			}
		}
		p.wrapped(fmt.Sprintf("  %-18s ", full), gist)
	}
	for _, x := range c.Confusables {
		p.wrapped(fmt.Sprintf("  not %-14s ", x.Code), x.Ask)
	}
	p.printf("\n")
}

func printDescription(p *printer, d corpus.Description) {
	p.printf("%s in %s\n%s\n", d.Code, d.Meta.ID(), d.URL)
	for _, x := range d.Chain {
		label := x.Code
		if label == "" || x.Kind == corpus.KindHeading {
			label = "heading"
		}
		p.wrapped(fmt.Sprintf("  %-18s ", label), strings.Join(append([]string{x.Text}, plainMarks(x)...), " "))
	}
	section := func(title string, passages []corpus.Passage) {
		if len(passages) == 0 {
			return
		}
		p.printf("  -- %s\n", title)
		for _, x := range passages {
			label := x.Label
			if label == "" {
				label = string(x.Kind)
			}
			if x.Kind != corpus.KindParagraph && x.Code != "" && x.Code != d.Code {
				label += " (" + x.Code + ")"
			}
			if x.Kind == corpus.KindParagraph {
				label = x.Code
			}
			p.wrapped(fmt.Sprintf("  %-18s ", label), x.Text)
		}
	}
	section("below it", d.Children)
	section("notes and requirements that apply", d.Attached)
	section("defined terms", d.Definitions)
	if d.Meta.Attribution != "" {
		p.wrapped("  ", d.Meta.Attribution)
	}
	p.printf("\n")
}

// plainMarks returns the marks that a list itself prints: SME and MT of the
// Munitions List. Those with a hyphen or an equals sign are our readers' notes.
func plainMarks(p corpus.Passage) []string {
	var out []string
	for _, m := range p.Marks {
		if !strings.ContainsAny(m, "=-") && m == strings.ToUpper(m) {
			out = append(out, "["+m+"]")
		}
	}
	return out
}

type corpusDiffCmd struct {
	A    string `arg:"" help:"Edition such as us-ccl@2026-06-24, or a file."`
	B    string `arg:"" help:"Edition, or a file."`
	JSON bool   `name:"json" help:"Print the changes as JSON."`
}

func (c *corpusDiffCmd) Run(ctx context.Context, s streams, g *globals) error {
	store, err := g.openStore(ctx)
	if err != nil {
		return err
	}
	a, err := loadEdition(ctx, store, c.A)
	if err != nil {
		return err
	}
	b, err := loadEdition(ctx, store, c.B)
	if err != nil {
		return err
	}
	if a.List != b.List {
		return usagef("%s and %s are of different lists", a.ID(), b.ID())
	}
	changes := corpus.Diff(a, b)
	if c.JSON {
		enc := json.NewEncoder(s.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(changes)
	}
	return changes.WriteText(s.out)
}

// loadEdition loads an imported edition by name, or reads one from a file.
func loadEdition(ctx context.Context, store editionStore, name string) (*corpus.Edition, error) {
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		source, err := readSource(name)
		if err != nil {
			return nil, err
		}
		ed, err := formats.Read(source)
		if needsDate(err) {
			source.Date = info.ModTime().UTC().Format(time.DateOnly)
			ed, err = formats.Read(source)
		}
		return ed, err
	}
	meta, err := store.Resolve(ctx, name)
	if err != nil {
		return nil, err
	}
	return store.Load(ctx, meta.ID())
}

type corpusCheckCmd struct {
	Against []string `help:"Imported editions or files; default: the newest of each list." placeholder:"EDITION"`
	JSON    bool     `name:"json" help:"Print as JSON."`
}

func (c *corpusCheckCmd) Run(ctx context.Context, s streams, g *globals) error {
	d, err := digest.Shipped()
	if err != nil {
		return err
	}
	store, err := g.openStore(ctx)
	if err != nil {
		return err
	}
	against := c.Against
	if len(against) == 0 {
		if against, err = newestEditions(ctx, store, nil); err != nil {
			return err
		}
	}
	if len(against) == 0 {
		return errors.New("no edition is imported to check against; bring one in with assay corpus import, or name a file with --against")
	}
	if !c.JSON {
		fmt.Fprintf(s.out, "digest %.12s: %d cards, %d families of goods on no list, sound\n", d.Hash, len(d.Cards), len(d.Goods))
	}
	missing := 0
	for _, name := range against {
		ed, err := loadEdition(ctx, store, name)
		if err != nil {
			return err
		}
		coverage := corpus.Check(d.Cards, corpus.NewOutline(ed))
		missing += len(coverage.Missing)
		if c.JSON {
			if err := json.NewEncoder(s.out).Encode(coverage); err != nil {
				return err
			}
			continue
		}
		if err := coverage.WriteText(s.out); err != nil {
			return err
		}
	}
	if missing > 0 {
		return fmt.Errorf("%d codes of the digest do not exist in these editions; correct the cards under corpus/digest", missing)
	}
	return nil
}

type corpusRemoveCmd struct {
	Edition string `arg:"" help:"Edition such as us-ccl@2026-06-24."`
}

func (c *corpusRemoveCmd) Run(ctx context.Context, s streams, g *globals) error {
	store, err := g.openStore(ctx)
	if err != nil {
		return err
	}
	if err := store.Remove(ctx, c.Edition); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "removed %s\n", c.Edition)
	return nil
}
