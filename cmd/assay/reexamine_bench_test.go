package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"assay/classifier"
	"assay/corpus"
	"assay/corpus/formats"
	"assay/evals"
	"assay/internal/official"
	"assay/internal/sqlite"
	"assay/review"
)

// BenchmarkReexamine decides ASSAY_CASES cases (100) on the EU's list of 2021 as
// the shipped rows are labelled, and holds them against that of 2025. It tells
// what that takes, and what share of them is queued.
func BenchmarkReexamine(b *testing.B) {
	set, err := evals.LoadSet("all")
	if err != nil {
		b.Fatal(err)
	}
	number := 100
	if n, err := strconv.Atoi(os.Getenv("ASSAY_CASES")); err == nil {
		number = n
	}
	const list = corpus.EUDualUse
	var rows []evals.Row
	for _, r := range set.Rows {
		if len(r.Labels[list]) > 0 {
			rows = append(rows, r)
		}
	}
	for _, model := range []string{"static", "minilm"} {
		b.Run(model, func(b *testing.B) {
			ctx := b.Context()
			g := &globals{Data: b.TempDir(), Model: model}
			importList := func(name string) string {
				source, err := readSource(official.Path(b, name))
				if err != nil {
					b.Fatal(err)
				}
				source.Name = name
				r, err := newReexaminer(ctx, quiet(), g)
				if err != nil {
					b.Fatal(err)
				}
				e, err := formats.Read(source)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := r.store.Put(ctx, e); err != nil {
					b.Fatal(err)
				}
				return e.ID()
			}
			importList("eu/annex-i-2021.layout.txt")
			a, err := assemble(ctx, g, []corpus.ListID{list}, quiet())
			if err != nil {
				b.Fatal(err)
			}
			store, err := sqlite.Open(ctx, filepath.Join(g.Data, "assay.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			service, err := review.New(review.Config{Store: store})
			if err != nil {
				b.Fatal(err)
			}
			d := &desk{service, store, review.Actor{ID: "bench", Role: review.Admin, Organisation: "own"}}
			kinds := decideRows(b, d, a, rows, list, number)
			to := importList("eu/annex-i-2025-11-15.json")
			r, err := newReexaminer(ctx, quiet(), g)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := r.assemble(ctx, to); err != nil { // makes the vectors, which every search of the list needs once
				b.Fatal(err)
			}
			b.ResetTimer()
			start := time.Now()
			t, err := r.run(ctx, d, to, "", nil)
			if err != nil {
				b.Fatal(err)
			}
			took := time.Since(start).Seconds()
			b.StopTimer()
			b.ReportMetric(took, "s")
			b.ReportMetric(float64(number)/took, "cases/s")
			b.ReportMetric(float64(t.Touched), "touched")
			b.ReportMetric(float64(t.CouldChange), "could-change")
			reportQueued(b, d, kinds)
		})
	}
}

// decideRows decides number cases made of rows, each as its label says, and
// returns what kind of row each case came from.
func decideRows(b *testing.B, d *desk, a *assembly, rows []evals.Row, list corpus.ListID, number int) map[string]string {
	b.Helper()
	ctx := b.Context()
	said := map[string]classifier.Assessment{}
	kinds := map[string]string{}
	for i := range number {
		row := rows[i%len(rows)]
		if _, known := said[row.ID]; !known {
			x, err := a.classifier.Classify(ctx, row.Product, []corpus.ListID{list})
			if err != nil {
				b.Fatal(err)
			}
			said[row.ID] = x
		}
		p := row.Product
		p.ID, p.Name = "", fmt.Sprintf("%s (%d)", p.Name, i)
		c, err := d.Create(ctx, d.request(), review.NewCase{Product: p, Lists: []corpus.ListID{list}})
		steps := []func() (review.Case, error){
			func() (review.Case, error) { return d.Assess(ctx, d.request(), c.ID, said[row.ID]) },
			func() (review.Case, error) { return d.Submit(ctx, d.request(), c.ID) },
			func() (review.Case, error) { return d.Take(ctx, d.request(), c.ID) },
			func() (review.Case, error) {
				return d.Decide(ctx, d.request(), c.ID, review.Ruling{List: list, Codes: row.Labels[list], Reason: review.NotDescribed})
			},
		}
		for _, step := range steps {
			if err == nil {
				_, err = step()
			}
		}
		if err != nil {
			b.Fatal(err)
		}
		kinds[c.ID] = cmp.Or(row.Kind, "unknown")
	}
	return kinds
}

func reportQueued(b *testing.B, d *desk, kinds map[string]string) {
	b.Helper()
	all, queued := map[string]int{}, map[string]int{}
	for id, kind := range kinds {
		c, err := d.Get(b.Context(), d.actor, id)
		if err != nil {
			b.Fatal(err)
		}
		all[kind]++
		if c.Lists[0].Attention != "" {
			queued[kind]++
		}
	}
	for kind, n := range all {
		b.Logf("%s: %d of %d queued", kind, queued[kind], n)
	}
}
