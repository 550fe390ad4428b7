package minilm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/classifier/embedding/wordpiece"
)

// benchText is 40 pieces with the two at its ends.
const benchText = "Handheld spectrum analyser, 9 kHz to 44 GHz, with 500 MHz of real-time analysis bandwidth, " +
	"a tracking generator and battery power for field use by one engineer in very hot weather"

func TestBenchText(t *testing.T) {
	if n := len(wordpiece.New().Encode(nil, benchText, MaxPieces)); n != 40 {
		t.Errorf("the benchmarks' text has %d pieces, not 40", n)
	}
}

// BenchmarkEmbed measures one text at a time (a query) and batches (an import); run it with -cpu 1,2.
func BenchmarkEmbed(b *testing.B) {
	for _, k := range kernels() {
		for _, n := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/batch=%d", k.name, n), func(b *testing.B) {
				m := model(b, k)
				texts := slices.Repeat([]string{benchText}, n)
				b.ResetTimer()
				for range b.N { // b.Loop would run the first of -cpu 1,2 on the processors of the last
					if _, err := m.Embed(context.Background(), texts); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "texts/s")
			})
		}
	}
}

func BenchmarkEmbedLongest(b *testing.B) {
	m := model(b, kernels()[0])
	texts := []string{strings.Repeat(benchText+". ", 8)}
	for b.Loop() {
		if _, err := m.Embed(context.Background(), texts); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad is what New costs the first time, but for the reading of the binary's pages.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := parse(file); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTile(b *testing.B) {
	for _, k := range kernels() {
		b.Run(k.name, func(b *testing.B) {
			x, w := make([]float32, k.rows*width), make([]float32, width*panel)
			c, bias := make([]float32, k.rows*panel), make([]float32, panel)
			for b.Loop() {
				k.tile(width, x, width, w, panel, c, panel, bias)
			}
			b.ReportMetric(float64(2*width*k.rows*k.columns*b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
