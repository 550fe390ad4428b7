package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/classifier/retrieval"
	"assay/evals"
	"assay/internal/official"
)

func quiet() streams {
	return streams{strings.NewReader(""), io.Discard, io.Discard, slog.New(slog.DiscardHandler)}
}

// BenchmarkClassify measures one assessment after another over the rows of the
// shipped set: the program with each model, and plain dense retrieval over
// the digest with MiniLM beside it. Read the ratios: ms of the machine at hand
// mean little.
func BenchmarkClassify(b *testing.B) {
	set, err := evals.LoadSet("own")
	if err != nil {
		b.Fatal(err)
	}
	medians := map[string]float64{}
	for _, c := range []struct{ name, model, arrangement string }{
		{"plain-dense", "minilm", "dense"}, {"minilm", "minilm", "digest"}, {"static", "static", "digest"}, {"lexical", "lexical", "digest"},
	} {
		a, err := assembleAs(context.Background(), &globals{Data: b.TempDir(), Model: c.model}, arrangements[c.arrangement], nil, quiet())
		if err != nil {
			b.Fatal(err)
		}
		// One pass warms what is made on first use.
		for _, r := range set.Rows[:20] {
			if _, err := a.classifier.Classify(context.Background(), r.Product, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(c.name, func(b *testing.B) {
			var took []float64
			for i := range b.N {
				start := time.Now()
				if _, err := a.classifier.Classify(context.Background(), set.Rows[i%len(set.Rows)].Product, nil); err != nil {
					b.Fatal(err)
				}
				took = append(took, float64(time.Since(start).Microseconds())/1000)
			}
			slices.Sort(took)
			p50 := took[len(took)/2]
			medians[c.name] = p50
			b.ReportMetric(p50, "p50-ms")
			b.ReportMetric(took[len(took)*99/100], "p99-ms")
			if base := medians["plain-dense"]; base > 0 {
				b.ReportMetric(p50/base, "×plain-dense")
			}
		})
	}
}

// BenchmarkStart measures from nothing to a classifier that answers, in one
// process: the page cache is warm, the first use of everything is not.
func BenchmarkStart(b *testing.B) {
	for _, model := range []string{"minilm", "static", "lexical"} {
		b.Run(model, func(b *testing.B) {
			for range b.N {
				a, err := assemble(context.Background(), &globals{Data: b.TempDir(), Model: model}, nil, quiet())
				if err != nil {
					b.Fatal(err)
				}
				runtime.KeepAlive(a)
			}
			var m runtime.MemStats
			a, err := assemble(context.Background(), &globals{Data: b.TempDir(), Model: model}, nil, quiet())
			if err != nil {
				b.Fatal(err)
			}
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "heap-MB")
			runtime.KeepAlive(a)
		})
	}
}

// BenchmarkSearchOfficialTexts measures a search over the cards and all
// passages of the CCL and Annex I with ready query vectors left out: "lexical"
// is the words alone, "static" adds 256-dimensional vectors.
func BenchmarkSearchOfficialTexts(b *testing.B) {
	data := b.TempDir()
	for _, f := range []struct{ file, date string }{{"us/ccl_supp1.xml", "2026-06-24"}, {"eu/annex-i-2025-11-15.json", ""}} {
		args := []string{"--data", data, "corpus", "import", official.Path(b, f.file)}
		if f.date != "" {
			args = append(args, "--date", f.date)
		}
		if status := run(context.Background(), args, streams{strings.NewReader(""), io.Discard, os.Stderr, quiet().log}); status != exitDone {
			b.Fatal("import failed")
		}
	}
	set, err := evals.LoadSet("own")
	if err != nil {
		b.Fatal(err)
	}
	for _, model := range []string{"lexical", "static"} {
		a, err := assemble(context.Background(), &globals{Data: data, Model: model}, nil, quiet())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(model, func(b *testing.B) {
			for i := range b.N {
				p := set.Rows[i%len(set.Rows)].Product
				if _, err := a.index.Search(context.Background(), retrieval.Query{Name: p.Name, Text: p.Description}, nil, 50); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
