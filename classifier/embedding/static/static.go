// Package static makes vectors by looking them up: the vector of a text is the weighted sum of rows of a table, one row for each piece of the text.
//
// The table was distilled from the sentence model of package minilm by scripts/statictable: 256 numbers for each piece
// of the vocabulary, in int8, with one scale a row that carries the piece's weight as well. It knows nothing of the order of words
// and of what they mean together, and finds less than the model does; it is some two hundred times faster. Use it where
// milliseconds count, or where the processor has no kernel for the model.
//
// The package imports embedding and wordpiece and nothing else of Assay.
package static

import (
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"sync"
	"unsafe"

	"assay/classifier/embedding"
	"assay/classifier/embedding/wordpiece"
)

const (
	// Name identifies the table; it changes whenever table.bin does.
	Name = "static-minilm-256"
	// Dimension is the length of a vector.
	Dimension = 256
	// MaxPieces is how many pieces of a text are read; the rest of a longer text is ignored.
	MaxPieces = 512

	pieces   = 30522
	magic    = "assay-static-1\n\n"
	fileSize = len(magic) + pieces*(4+Dimension)
)

//go:embed table.bin
var file string

// Model is an embedding.Embedder. All Models share one copy of the table.
type Model struct {
	scale []float32 // by piece: what its row is multiplied by
	row   []int8    // pieces × Dimension, where they lie in the binary
}

var _ embedding.Embedder = (*Model)(nil)

var shared = sync.OnceValues(func() (*Model, error) { return parse(file) })

// New returns the table. It fails only if the program was built with another table than it was written for.
func New() (*Model, error) { return shared() }

func parse(file string) (*Model, error) {
	if len(file) != fileSize || file[:len(magic)] != magic {
		return nil, fmt.Errorf("static: table.bin has %d bytes and is not the file that this program was written for: "+
			"derive it again with scripts/statictable", len(file))
	}
	scales, rows := file[len(magic):len(magic)+4*pieces], file[len(magic)+4*pieces:]
	m := &Model{
		scale: make([]float32, pieces),
		row:   unsafe.Slice((*int8)(unsafe.Pointer(unsafe.StringData(rows))), len(rows)), // read only
	}
	for i := range m.scale {
		m.scale[i] = math.Float32frombits(binary.LittleEndian.Uint32([]byte(scales[4*i : 4*i+4])))
	}
	return m, nil
}

// Name returns the constant Name.
func (m *Model) Name() string { return Name }

// Dimension returns the constant Dimension.
func (m *Model) Dimension() int { return Dimension }

// share is how many texts a goroutine takes at a time: some milliseconds of work, so that stopping is quick and starting
// a goroutine is worth it.
const share = 256

// Embed returns one vector per text. A text without a single piece gets the vector of a lone separator, which stands far from
// everything. Up to GOMAXPROCS goroutines share a large batch.
func (m *Model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	starts := make(chan int, (len(texts)+share-1)/share)
	for from := 0; from < len(texts); from += share {
		starts <- from
	}
	close(starts)
	work := func() {
		var ids []int32
		for from := range starts {
			if ctx.Err() != nil {
				return
			}
			to := min(from+share, len(texts))
			block := make([]float32, (to-from)*Dimension)
			for i := from; i < to; i++ {
				ids = wordpiece.New().Append(ids[:0], texts[i], MaxPieces)
				at := (i - from) * Dimension
				vectors[i] = block[at : at+Dimension : at+Dimension]
				m.sum(vectors[i], ids)
			}
		}
	}
	var others sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), cap(starts)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("static: embedding stopped: %w", context.Cause(ctx))
	}
	return vectors, nil
}

// sum writes the text's vector to v, which is zero.
func (m *Model) sum(v []float32, ids []int32) {
	for _, id := range ids {
		addRow(v, m.row[int(id)*Dimension:][:Dimension], m.scale[id])
	}
	if !embedding.Normalize(v) {
		addRow(v, m.row[wordpiece.Separator*Dimension:][:Dimension], m.scale[wordpiece.Separator])
		embedding.Normalize(v)
	}
}

// addRowPortable adds scale times row to v; both have Dimension numbers.
func addRowPortable(v []float32, row []int8, scale float32) {
	row = row[:len(v)]
	for i, q := range row {
		v[i] += scale * float32(q)
	}
}
