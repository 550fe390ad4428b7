// Package minilm runs the sentence model all-MiniLM-L6-v2 in pure Go, from int8 weights inside the binary.
//
// A text becomes at most 256 pieces (package wordpiece), each piece a row of 384 numbers; six layers of attention and
// feed-forward work on the rows, and the mean of the last rows, scaled to unit length, is the text's vector.
// Texts are worked on in chunks: the rows of several texts stand below one another in one matrix, so that no
// row is padding. The matrix products run in kernels: assembly for AVX-512 and AVX2, and portable Go for every other
// processor. The best one that the processor has is chosen when the program runs; the environment variable
// ASSAY_KERNEL (portable, avx2 or avx512) forces one.
//
// Weights stay int8 in memory, where they are pages of the binary's file; a kernel widens them panel by panel as it goes. So loading costs a
// millisecond, and a worker needs about 3 MB. The file weights.bin is written by scripts/minilm.
//
// The package imports embedding and wordpiece and nothing else of Assay.
package minilm

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"assay/classifier/embedding"
	"assay/classifier/embedding/wordpiece"
)

const (
	// Name identifies the weights; it changes whenever weights.bin does.
	Name = "all-MiniLM-L6-v2-int8"
	// Dimension is the length of a vector.
	Dimension = width
	// MaxPieces is how many pieces of a text are read, the two at its ends included; the rest of a longer text is ignored.
	MaxPieces = places
)

// Model is an embedding.Embedder. All Models share one copy of the weights.
type Model struct {
	weights *weights
	kernel  *kernel
	scratch sync.Pool // of *scratch, one for each worker
}

var _ embedding.Embedder = (*Model)(nil)

// New returns the model with the best kernel for this processor, or the one that ASSAY_KERNEL names. It fails when
// that kernel is unknown or beyond the processor.
func New() (*Model, error) {
	k, err := chooseKernel()
	if err != nil {
		return nil, err
	}
	return newModel(k)
}

func newModel(k *kernel) (*Model, error) {
	w, err := sharedWeights()
	if err != nil {
		return nil, err
	}
	m := &Model{weights: w, kernel: k}
	m.scratch.New = func() any { return newScratch(w, k) }
	return m, nil
}

// Name returns the constant Name.
func (m *Model) Name() string { return Name }

// Dimension returns the constant Dimension.
func (m *Model) Dimension() int { return Dimension }

// Kernel says which kernel multiplies: "portable", "avx2" or "avx512".
func (m *Model) Kernel() string { return m.kernel.name }

// Embed returns one vector per text. A text without a single word gets the vector of the empty text. A batch is shared among up to
// GOMAXPROCS goroutines, a single text is worked on by the caller's; ctx is looked at between layers.
func (m *Model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	tok := wordpiece.New()
	sequences := make([][]int32, len(texts))
	for i, text := range texts {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, stopped(ctx)
		}
		sequences[i] = tok.Encode(nil, text, MaxPieces)
	}
	vectors := make([][]float32, len(texts))
	err := m.run(ctx, sequences, func(i int, rows []float32) {
		vectors[i] = pool(rows)
	})
	if err != nil {
		return nil, err
	}
	return vectors, nil
}

// States returns, for each sequence of 1 to MaxPieces piece ids, its last hidden states: a row of Dimension numbers for each
// piece, one row after another. It is what other tables are distilled from.
func (m *Model) States(ctx context.Context, sequences [][]int32) ([][]float32, error) {
	for i, seq := range sequences {
		if len(seq) == 0 || len(seq) > MaxPieces {
			return nil, fmt.Errorf("minilm: sequence %d has %d pieces, want 1 to %d", i, len(seq), MaxPieces)
		}
		for _, id := range seq {
			if id < 0 || id >= words {
				return nil, fmt.Errorf("minilm: sequence %d holds the piece %d, want 0 to %d", i, id, words-1)
			}
		}
	}
	states := make([][]float32, len(sequences))
	err := m.run(ctx, sequences, func(i int, rows []float32) {
		states[i] = append([]float32(nil), rows...)
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}

// run sends every sequence through the layers and hands the rows it ends with to take, which is called once for each
// index, from several goroutines at once.
func (m *Model) run(ctx context.Context, sequences [][]int32, take func(i int, rows []float32)) error {
	workers := runtime.GOMAXPROCS(0)
	chunks := plan(sequences, workers)
	var next atomic.Int64
	work := func() {
		s := m.scratch.Get().(*scratch)
		defer m.scratch.Put(s)
		for {
			n := int(next.Add(1)) - 1
			if n >= len(chunks) || !s.forward(ctx, sequences[chunks[n].from:chunks[n].to]) {
				return
			}
			row := 0
			for i := chunks[n].from; i < chunks[n].to; i++ {
				end := row + len(sequences[i])
				take(i, s.x[row*width:end*width])
				row = end
			}
		}
	}
	var others sync.WaitGroup
	for range min(workers, len(chunks)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	if ctx.Err() != nil {
		return stopped(ctx)
	}
	return nil
}

func stopped(ctx context.Context) error {
	return fmt.Errorf("minilm: embedding stopped: %w", context.Cause(ctx))
}

// chunk is a run of sequences that are worked on together.
type chunk struct{ from, to int }

// plan cuts the batch into chunks of no more than MaxPieces rows, and into at least as many chunks as there are
// workers where the batch allows it.
func plan(sequences [][]int32, workers int) []chunk {
	total := 0
	for _, seq := range sequences {
		total += len(seq)
	}
	room := min(MaxPieces, (total+workers-1)/workers)
	var chunks []chunk
	from, rows := 0, 0
	for i, seq := range sequences {
		if rows > 0 && rows+len(seq) > room {
			chunks = append(chunks, chunk{from, i})
			from, rows = i, 0
		}
		rows += len(seq)
	}
	if rows > 0 {
		chunks = append(chunks, chunk{from, len(sequences)})
	}
	return chunks
}

// pool is the mean of the rows, at unit length.
func pool(rows []float32) []float32 {
	mean := make([]float32, width)
	for ; len(rows) > 0; rows = rows[width:] {
		for i, v := range rows[:width] {
			mean[i] += v
		}
	}
	embedding.Normalize(mean)
	return mean
}
