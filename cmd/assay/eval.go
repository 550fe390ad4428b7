package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"assay/classifier/embedding/minilm"
	"assay/corpus/digest"
	"assay/evals"
	"assay/evals/report"
	"assay/internal/catalogue"
)

type evalCmd struct {
	Run     evalRunCmd     `cmd:"" help:"Measure one or more sets."`
	Compare evalCompareCmd `cmd:"" help:"Compare two runs over the same set."`
	Gate    evalGateCmd    `cmd:"" help:"Hold a run against a baseline; status 1 when a figure got worse."`
	Report  evalReportCmd  `cmd:"" help:"Write runs as one HTML file with plots and the rows that went worst."`
	Leak    evalLeakCmd    `cmd:"" help:"How much of a set the digest or another set gives away."`
	Like    evalLikeCmd    `cmd:"" name:"likeness" help:"From which similarity on products are alike: what the floors for precedents are chosen by."`
	Runs    evalRunsCmd    `cmd:"" help:"List the runs that are kept."`
}

// shelf is where runs are kept.
func (g *globals) shelf() evals.Shelf { return evals.Shelf{Dir: filepath.Join(g.Data, "runs")} }

// peers are the configurations that are no arrangement of our own program.
const neighbour = "neighbour"

// weighed lets the other rows of the set weigh in as decided cases would.
const weighed = "precedents"

type evalRunCmd struct {
	Sets        []string `arg:"" name:"set" help:"Shipped set (dev, train, test, own …) or a labelled file of your own: JSONL, CSV, XLSX."`
	Config      []string `help:"What to measure, side by side: ours, digest (nothing imported), precedents (digest, the other rows of the set weighing in as decided cases), lexical, dense; peers without the digest: plain-lexical, plain, plain-fused, neighbour (nearest row of train)." default:"ours" placeholder:"NAME"`
	Out         string   `help:"Keep the run in this file too; with several runs, as JSON lines." placeholder:"FILE"`
	CSV         string   `name:"csv" help:"Write what each row earned to this file." placeholder:"FILE"`
	JSON        bool     `name:"json" help:"Print the runs as JSON, one a line, rows included."`
	Consistency bool     `help:"Measure variants of every row too: other order, units, country, company …"`
	Seed        uint64   `help:"Seed of the intervals." default:"1"`
	Parallel    int      `help:"Rows at once. Default: one a processor."`
}

func (c *evalRunCmd) Run(ctx context.Context, s streams, g *globals) error {
	for _, name := range c.Config {
		if _, ok := arrangements[name]; !ok && name != neighbour {
			return usagef("--config %s is none of ours, digest, precedents, lexical, dense, plain-lexical, plain, plain-fused, neighbour", name)
		}
	}
	var all []evals.Run
	for _, name := range c.Sets {
		set, err := loadSet(name)
		if err != nil {
			return err
		}
		var runs []evals.Run
		for _, config := range c.Config {
			run, err := c.measure(ctx, g, set, config, s)
			if err != nil {
				return err
			}
			runs = append(runs, run)
		}
		all = append(all, runs...)
		if c.JSON {
			continue
		}
		if err := evals.WriteFigures(s.out, runs...); err != nil {
			return err
		}
		for _, r := range runs {
			fmt.Fprintf(s.out, "%s: %s; %s; %.1f s, p50 %.1f ms, p99 %.1f ms, heap %.0f MB; run %s\n", r.Config, r.Model, r.Corpus, r.Duration, r.P50, r.P99, r.HeapMB, r.ID)
		}
		fmt.Fprintln(s.out)
	}
	if c.JSON {
		if err := writeRuns(s.out, all); err != nil {
			return err
		}
	}
	if c.CSV != "" {
		if err := writeWhole(c.CSV, func(w io.Writer) error { return evals.WriteRows(csv.NewWriter(w), all...) }); err != nil {
			return err
		}
	}
	if c.Out != "" {
		return writeWhole(c.Out, func(w io.Writer) error { return writeRuns(w, all) })
	}
	return nil
}

// measure does one run, going on with what an interrupted one has left, and
// keeps it on the shelf.
func (c *evalRunCmd) measure(ctx context.Context, g *globals, set evals.Set, config string, s streams) (evals.Run, error) {
	subject, o, err := evalSubject(ctx, g, set, config, s)
	if err != nil {
		return evals.Run{}, err
	}
	shelf := g.shelf()
	part, err := shelf.Resume(set, subject, o)
	if err != nil {
		return evals.Run{}, err
	}
	bar := newBar(s.err, len(set.Rows), set.Name+" "+config)
	if n := len(part.Done); n > 0 {
		fmt.Fprintf(s.err, "assay: %d rows of %s were done before an interruption and are taken over\n", n, set.Name)
	}
	o.Seed, o.Parallel, o.Step, o.Done, o.Keep = c.Seed, c.Parallel, func() { bar.Add(1) }, part.Done, part.Keep
	run, err := evals.Measure(ctx, subject, set, o)
	bar.Finish()
	if closed := part.Close(err == nil); err == nil {
		err = closed
	}
	if err != nil {
		return run, err
	}
	if c.Consistency {
		bar := newBar(s.err, len(set.Rows)*len(evals.Variants()), set.Name+" variants")
		o.Step, o.Done, o.Keep = func() { bar.Add(1) }, nil, nil
		run.Consistency, err = evals.Consistency(ctx, subject, set, run, o)
		bar.Finish()
		if err != nil {
			return run, err
		}
	}
	_, err = shelf.Save(run)
	return run, err
}

// evalSubject returns what a configuration measures, and what its record says of it.
func evalSubject(ctx context.Context, g *globals, set evals.Set, config string, s streams) (evals.Classifier, evals.Options, error) {
	o := evals.Options{Config: config, Version: version()}
	if config == neighbour {
		train, err := evals.LoadSet(evals.Train)
		if err != nil {
			return nil, o, err
		}
		e, err := g.embedder()
		if err != nil {
			return nil, o, err
		}
		if e == nil {
			if e, err = minilm.New(); err != nil {
				return nil, o, err
			}
		}
		n, err := evals.NewNeighbour(ctx, train, e)
		return n, o, err
	}
	var a *assembly
	var err error
	if config == weighed {
		a, err = withOtherRows(ctx, g, arrangements[config], set, s.err)
	} else {
		a, err = assembleAs(ctx, g, arrangements[config], set.Lists(), s)
	}
	if err != nil {
		return nil, o, err
	}
	o.Library, o.Digest = evals.NewLibrary(a.digest, a.outlines), a.digest.Hash
	for _, outline := range a.outlines {
		m := outline.Meta()
		o.Editions = append(o.Editions, m.ID()+" sha256:"+m.SHA256)
	}
	return a.classifier, o, nil
}

// loadSet returns a shipped set, or one of the user's own in any format of a
// catalogue. In tables a column named like a list holds labels, several of them
// with semicolons between; family, kind and lang may have columns too.
func loadSet(name string) (evals.Set, error) {
	format, err := catalogue.FormatOf(name)
	if err != nil || format == catalogue.JSONL {
		return evals.LoadSet(name)
	}
	reader, err := catalogue.Open(name)
	if err != nil {
		return evals.Set{}, err
	}
	defer reader.Close()
	set := evals.Set{Name: strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))}
	var faults []error
	for {
		row, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return evals.Set{}, err
		}
		var labelled evals.Row
		if err = row.Err; err == nil {
			labelled, err = evals.RowOf(row.Product)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s, row %d: %w", name, row.Number, err))
			continue
		}
		set.Rows = append(set.Rows, labelled)
	}
	if len(faults) > 0 {
		return evals.Set{}, errors.Join(faults...)
	}
	return evals.NewSet(set.Name, set.Rows)
}

type evalCompareCmd struct {
	A    string `arg:"" help:"First run: its id, or a file that holds it."`
	B    string `arg:"" help:"Second run, of the same set."`
	JSON bool   `name:"json" help:"Print the comparison as JSON."`
}

func (c *evalCompareCmd) Run(s streams, g *globals) error {
	a, err := g.loadRun(c.A)
	if err != nil {
		return err
	}
	b, err := g.loadRun(c.B)
	if err != nil {
		return err
	}
	comparison, err := evals.Compare(a, b)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(comparison)
	}
	return comparison.WriteText(s.out)
}

// loadRun returns the run of that id, or the first run in the file of that name.
func (g *globals) loadRun(name string) (evals.Run, error) {
	run, err := g.shelf().Load(name)
	if err == nil {
		return run, nil
	}
	f, opened := os.Open(name)
	if opened != nil {
		return run, fmt.Errorf("%w; nor is it a readable file: %w; assay eval runs lists what is kept", err, opened)
	}
	defer f.Close()
	return evals.ReadRun(name, bufio.NewReader(f))
}

type evalGateCmd struct {
	Judged   string `arg:"" name:"run" optional:"" help:"The run to judge: its id or file. Default: the baseline's set is measured now."`
	Baseline string `help:"The run that must not be fallen short of." required:"" placeholder:"FILE"`
}

func (c *evalGateCmd) Run(ctx context.Context, s streams, g *globals) error {
	baseline, err := g.loadRun(c.Baseline)
	if err != nil {
		return err
	}
	var run evals.Run
	if c.Judged != "" {
		run, err = g.loadRun(c.Judged)
	} else {
		var set evals.Set
		if set, err = loadSet(baseline.Set); err == nil {
			run, err = (&evalRunCmd{Seed: baseline.Seed}).measure(ctx, g, set, baseline.Config, s)
		}
	}
	if err != nil {
		return err
	}
	breaches, err := evals.Gate(baseline, run)
	if err != nil {
		return err
	}
	for _, b := range breaches {
		fmt.Fprintf(s.out, "%s %s: %s\n", b.List, b.Name, b.Text)
	}
	if len(breaches) > 0 {
		return fmt.Errorf("%d figures of run %s fall short of %s; assay eval compare shows the rows", len(breaches), run.ID, c.Baseline)
	}
	fmt.Fprintf(s.out, "Run %s holds every figure of %s.\n", run.ID, c.Baseline)
	return nil
}

type evalReportCmd struct {
	Runs []string `arg:"" name:"run" help:"Runs over one set: ids or files. Plots and rows are those of the first."`
	Out  string   `help:"File to write." required:"" placeholder:"FILE.html"`
}

func (c *evalReportCmd) Run(s streams, g *globals) error {
	var runs []evals.Run
	for _, name := range c.Runs {
		run, err := g.loadRun(name)
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	var rows *evals.Set
	if set, err := loadSet(runs[0].Set); err == nil && set.Hash == runs[0].SetHash {
		rows = &set
	} else {
		fmt.Fprintf(s.err, "assay: the set %s is not at hand as it was run; the report shows no texts of products\n", runs[0].Set)
	}
	if err := writeWhole(c.Out, func(w io.Writer) error { return report.Write(w, rows, runs...) }); err != nil {
		return err
	}
	fmt.Fprintln(s.out, c.Out)
	return nil
}

type evalLeakCmd struct {
	Set     string `arg:"" help:"The set to look at."`
	Against string `help:"The set that was learned from." default:"train" placeholder:"SET"`
	JSON    bool   `name:"json" help:"Print it as JSON."`
}

func (c *evalLeakCmd) Run(ctx context.Context, s streams, g *globals) error {
	set, err := loadSet(c.Set)
	if err != nil {
		return err
	}
	other, err := loadSet(c.Against)
	if err != nil {
		return err
	}
	e, err := g.embedder()
	if err != nil {
		return err
	}
	if e == nil {
		return usagef("--model lexical has no vectors to compare; use minilm or static")
	}
	d, err := digest.Shipped()
	if err != nil {
		return err
	}
	l, err := evals.Leak(ctx, set, other, d, e)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, l)
	}
	p := &printer{w: s.out}
	p.printf("%s: %.1f %% of %d rows share %d words in a row with the digest\n", set.Name, 100*l.Shared, l.Rows, l.Words)
	p.printf("cosine to the nearest text of the digest: median %.3f, 95th percentile %.3f (%s)\n", l.Median, l.High, e.Name())
	p.printf("cosine to the nearest row of %s: median %.3f, 95th percentile %.3f; %d pairs above %.2f\n", other.Name, l.OwnMedian, l.OwnHigh, len(l.Twins), evals.TwinCosine)
	for _, t := range l.Twins {
		p.printf("  %s and %s\n", t[0], t[1])
	}
	for _, r := range l.Runs {
		p.wrapped("  ", r)
	}
	return p.err
}

type evalRunsCmd struct {
	JSON bool `name:"json" help:"Print them as JSON."`
}

func (c *evalRunsCmd) Run(s streams, g *globals) error {
	runs, err := g.shelf().List()
	if err != nil {
		fmt.Fprintln(s.err, "assay:", err) // the others are shown all the same
	}
	if c.JSON {
		return printJSON(s.out, runs)
	}
	p := &printer{w: s.out}
	for _, r := range runs {
		line := ""
		for _, l := range r.Lists {
			if f, ok := r.Figure(l.List, "hit@1"); ok {
				line += fmt.Sprintf("  %s hit@1 %.3f, n = %d", l.List, f.Mean, f.N)
			}
		}
		p.printf("%s  %s%s\n", r.ID, r.Model, line)
	}
	return p.err
}

func writeRuns(w io.Writer, runs []evals.Run) error {
	enc := json.NewEncoder(w)
	for _, r := range runs {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// writeWhole lets write fill a file that takes its name when it is whole.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part")
	if err != nil {
		return fmt.Errorf("cannot write beside %s: %w", path, err)
	}
	defer os.Remove(f.Name())
	w := bufio.NewWriter(f)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = errors.Join(f.Chmod(0o644), f.Sync())
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

type evalLikeCmd struct {
	Set  string `arg:"" optional:"" help:"The set whose families are compared." default:"own"`
	JSON bool   `name:"json" help:"Print it as JSON."`
}

func (c *evalLikeCmd) Run(ctx context.Context, s streams, g *globals) error {
	set, err := loadSet(c.Set)
	if err != nil {
		return err
	}
	e, err := g.embedder()
	if err != nil {
		return err
	}
	if e == nil {
		return usagef("--model lexical has no vectors to compare; use minilm or static")
	}
	l, err := evals.MeasureLikeness(ctx, set, e)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, l)
	}
	return evals.WriteLikeness(s.out, l)
}
