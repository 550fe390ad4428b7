package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"assay/evals"
)

type evalCmd struct {
	Run     evalRunCmd     `cmd:"" help:"Measure one or more sets."`
	Compare evalCompareCmd `cmd:"" help:"Compare two runs that were saved with --json."`
}

type evalRunCmd struct {
	Sets   []string `arg:"" name:"set" help:"Shipped set (own) or a JSONL file of labelled products."`
	Config []string `help:"Arrangements to measure side by side: ours, digest (nothing imported), lexical, dense, plain (vectors of official texts)." default:"ours" placeholder:"NAME"`
	JSON   bool     `name:"json" help:"Print the runs as JSON, one a line, rows included."`
	Seed   uint64   `help:"Seed of the intervals." default:"1"`
}

func (c *evalRunCmd) Run(ctx context.Context, s streams, g *globals) error {
	for _, name := range c.Config {
		if _, ok := arrangements[name]; !ok {
			return usagef("--config %s is none of ours, digest, lexical, dense, plain", name)
		}
	}
	for _, name := range c.Sets {
		set, err := evals.LoadSet(name)
		if err != nil {
			return err
		}
		var runs []evals.Run
		for _, config := range c.Config {
			a, err := assembleAs(ctx, g, arrangements[config], set.Lists(), s)
			if err != nil {
				return err
			}
			bar := newBar(s.err, len(set.Rows), set.Name+" "+config)
			run, err := evals.Measure(ctx, a.classifier, set, evals.Options{Config: config, Version: version(), Seed: c.Seed, Step: func() { bar.Add(1) }})
			bar.Finish()
			if err != nil {
				return err
			}
			runs = append(runs, run)
		}
		if c.JSON {
			enc := json.NewEncoder(s.out)
			for _, r := range runs {
				if err := enc.Encode(r); err != nil {
					return err
				}
			}
			continue
		}
		if err := evals.WriteFigures(s.out, runs...); err != nil {
			return err
		}
		for _, r := range runs {
			fmt.Fprintf(s.out, "%s: %s; %s; %.1f s, p50 %.1f ms, p99 %.1f ms\n", r.Config, r.Model, r.Corpus, r.Duration, r.P50, r.P99)
		}
		fmt.Fprintln(s.out)
	}
	return nil
}

type evalCompareCmd struct {
	A    string `arg:"" help:"First run: a file written by assay eval run --json."`
	B    string `arg:"" help:"Second run, of the same set."`
	JSON bool   `name:"json" help:"Print the comparison as JSON."`
}

func (c *evalCompareCmd) Run(s streams) error {
	a, err := loadRun(c.A)
	if err != nil {
		return err
	}
	b, err := loadRun(c.B)
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

// loadRun reads the first run of a file.
func loadRun(path string) (evals.Run, error) {
	f, err := os.Open(path)
	if err != nil {
		return evals.Run{}, err
	}
	defer f.Close()
	var run evals.Run
	if err := json.NewDecoder(f).Decode(&run); err != nil {
		return evals.Run{}, fmt.Errorf("%s is not a run: %w; write one with assay eval run SET --json", path, err)
	}
	if run.SetHash == "" || !slices.ContainsFunc(run.Lists, func(l evals.ListRun) bool { return len(l.Rows) > 0 }) {
		return evals.Run{}, fmt.Errorf("%s: %w", path, errors.New("holds no rows; write it with assay eval run SET --json"))
	}
	return run, nil
}
