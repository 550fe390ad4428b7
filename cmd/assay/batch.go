package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"assay/classifier"
	"assay/corpus"
	"assay/internal/catalogue"
)

type batchCmd struct {
	In   string          `required:"" help:"Catalogue to read: .jsonl, .csv or .xlsx with id, name, description; further columns are attributes." placeholder:"FILE"`
	Out  string          `required:"" help:"File to write: .jsonl (whole assessments), .csv or .xlsx (a row each)." placeholder:"FILE"`
	List []corpus.ListID `help:"Lists to assess; default: all but wassenaar." placeholder:"LIST"`
}

func (c *batchCmd) Run(ctx context.Context, s streams, g *globals) error {
	if _, err := catalogue.FormatOf(c.Out); err != nil {
		return usageError{err}
	}
	if _, err := catalogue.FormatOf(c.In); err != nil {
		return usageError{err}
	}
	in, err := catalogue.Open(c.In)
	if err != nil {
		return err
	}
	defer in.Close()
	a, err := assemble(ctx, g, c.List, s)
	if err != nil {
		return err
	}
	lists := c.List
	if len(lists) == 0 {
		lists = a.classifier.DefaultLists()
	}
	out, err := catalogue.Create(c.Out, lists)
	if err != nil {
		return err
	}
	bar := newBar(s.err, -1, "classifying")
	rows, failed, err := pump(ctx, a.classifier, lists, in, out, func() { bar.Add(1) })
	bar.Finish()
	if err != nil {
		out.Discard()
		return fmt.Errorf("after %d rows, %s not written: %w", rows, c.Out, err)
	}
	if err := out.Close(); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "%d rows to %s, %d with an error\n", rows, c.Out, failed)
	return nil
}

// job is a row on its way through the workers; done is closed when result is there.
type job struct {
	row    catalogue.Row
	result catalogue.Result
	done   chan struct{}
}

// pump classifies every row of in and writes the results to out in order. A
// worker per processor works; a bounded queue keeps memory flat however long
// the catalogue is.
func pump(ctx context.Context, c *classifier.Classifier, lists []corpus.ListID, in catalogue.Reader, out catalogue.Writer, step func()) (rows, failed int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	workers := runtime.GOMAXPROCS(0)
	ordered := make(chan *job, 64*workers)
	work := make(chan *job, 64*workers)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for j := range work {
				j.result = assess(ctx, c, lists, j.row)
				close(j.done)
			}
		})
	}
	var readErr error
	running.Go(func() {
		defer close(work)
		defer close(ordered)
		for {
			row, err := in.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				readErr = err
				return
			}
			j := &job{row: row, done: make(chan struct{})}
			select {
			case ordered <- j:
			case <-ctx.Done():
				return
			}
			select {
			case work <- j:
			case <-ctx.Done():
				return
			}
		}
	})
	defer running.Wait()
	defer cancel()
	for j := range ordered {
		select {
		case <-j.done:
		case <-ctx.Done():
			return rows, failed, ctx.Err()
		}
		if errors.Is(j.result.Err, context.Canceled) {
			return rows, failed, j.result.Err
		}
		if err := out.Write(j.result); err != nil {
			return rows, failed, err
		}
		rows++
		if j.result.Err != nil {
			failed++
		}
		step()
	}
	if err := ctx.Err(); err != nil {
		return rows, failed, err
	}
	running.Wait()
	return rows, failed, readErr
}

func assess(ctx context.Context, c *classifier.Classifier, lists []corpus.ListID, row catalogue.Row) catalogue.Result {
	r := catalogue.Result{ID: row.Product.ID, Err: row.Err}
	if r.Err == nil {
		r.Assessment, r.Err = c.Classify(ctx, row.Product, lists)
	}
	return r
}
