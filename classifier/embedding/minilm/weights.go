package minilm

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"unsafe"
)

// The shape of the model. scripts/minilm repeats these numbers and writes the sections in the order in which parse
// reads them.
const (
	width    = 384   // numbers in a row
	wide     = 1536  // numbers in a row inside the feed-forward
	heads    = 12    // of attention
	head     = 32    // numbers of a row that one head sees
	layers   = 6     //
	words    = 30522 // pieces of the vocabulary
	places   = 256   // positions
	panel    = 32    // outputs that a kernel computes together
	group    = 64    // inputs whose weights for one output share a scale
	epsilon  = 1e-12 // keeps the layer norm from dividing by zero
	magic    = "assay-minilm-1\n\n"
	fileSize = 23639032
)

//go:embed weights.bin
var file string

type weights struct {
	wordScale []float32 // by piece
	word      []int8    // pieces × width
	place     []float32 // positions × width, token type included
	norm      norm
	layer     [layers]layer
}

type layer struct {
	in         matrix // query, key, value: width → 3 × width; the query divided by the root of head
	out        matrix // width → width
	afterHeads norm
	up, down   matrix // width → wide → width
	afterDown  norm
}

// norm is a layer norm: scale and shift, each of width.
type norm struct{ scale, shift []float32 }

// matrix is a dense layer with int8 weights in panels of 32 outputs; within a panel, for each input, the 32 weights that
// multiply it stand side by side, and for each group of inputs the 32 scales.
type matrix struct {
	inputs, outputs int
	bias            []float32 // by output
	scale           []float32 // outputs/panel × inputs/group × panel
	weight          []int8    // outputs/panel × inputs × panel
}

var sharedWeights = sync.OnceValues(func() (*weights, error) { return parse(file) })

func parse(file string) (*weights, error) {
	if len(file) != fileSize || file[:len(magic)] != magic {
		return nil, fmt.Errorf("minilm: weights.bin has %d bytes and is not the file that this program was written for: "+
			"derive it again with scripts/minilm", len(file))
	}
	r := reader(file[len(magic):])
	w := &weights{
		wordScale: r.floats(words),
		word:      r.ints(words * width),
		place:     r.floats(places * width),
		norm:      r.norm(),
	}
	for l := range w.layer {
		w.layer[l] = layer{
			in:         r.matrix(width, 3*width),
			out:        r.matrix(width, width),
			afterHeads: r.norm(),
			up:         r.matrix(width, wide),
			down:       r.matrix(wide, width),
			afterDown:  r.norm(),
		}
	}
	if len(r) != 0 {
		return nil, fmt.Errorf("minilm: %d bytes left over in weights.bin", len(r))
	}
	return w, nil
}

// reader is what is still unread of a file whose length is known to be right.
type reader string

func (r *reader) floats(n int) []float32 {
	values := make([]float32, n)
	raw := unsafe.Slice(unsafe.StringData(string(*r)), 4*n) // read only
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	*r = (*r)[4*n:]
	return values
}

// ints views the bytes where they lie, so that only the pages that are used come into memory.
func (r *reader) ints(n int) []int8 {
	values := unsafe.Slice((*int8)(unsafe.Pointer(unsafe.StringData(string(*r)))), n)
	*r = (*r)[n:]
	return values
}

func (r *reader) norm() norm {
	return norm{scale: r.floats(width), shift: r.floats(width)}
}

func (r *reader) matrix(inputs, outputs int) matrix {
	return matrix{
		inputs:  inputs,
		outputs: outputs,
		bias:    r.floats(outputs),
		scale:   r.floats(outputs * inputs / group),
		weight:  r.ints(outputs * inputs),
	}
}
