package minilm

import (
	"context"
	"math"
)

// scratch is the memory of one worker: room for a chunk of up to places rows, and a few more, since a kernel computes a
// fixed number of rows at a time. What stands in rows beyond the chunk is never read into a row of it.
type scratch struct {
	weights *weights
	kernel  *kernel

	x      []float32 // rows × width: the rows that the layers work on
	y      []float32 // rows × width: what a layer adds to them
	wide   []float32 // rows × wide: first query, key, value and the heads' results, then the feed-forward
	panel  []float32 // wide × panel: the widened weights in use
	keys   []float32 // head × panel: a block of keys, transposed
	scores []float32 // rows × places: attention of one head in one text
}

func newScratch(w *weights, k *kernel) *scratch {
	rows := places + k.rows
	return &scratch{
		weights: w,
		kernel:  k,
		x:       make([]float32, rows*width),
		y:       make([]float32, rows*width),
		wide:    make([]float32, rows*wide),
		panel:   make([]float32, wide*panel),
		keys:    make([]float32, head*panel),
		scores:  make([]float32, rows*places),
	}
}

// forward computes the last hidden states of the sequences, of at most places pieces together, into x. It reports
// whether it came to the end before ctx did.
func (s *scratch) forward(ctx context.Context, sequences [][]int32) bool {
	rows := s.look(sequences)
	attended := s.wide[len(s.x)/width*3*width:] // behind query, key and value
	for l := range s.weights.layer {
		if ctx.Err() != nil {
			return false
		}
		layer := &s.weights.layer[l]
		s.multiply(s.wide, s.x, &layer.in, rows)
		at := 0
		for _, seq := range sequences {
			s.attend(attended[at*width:], s.wide[at*3*width:], len(seq))
			at += len(seq)
		}
		s.multiply(s.y, attended, &layer.out, rows)
		s.addNorm(&layer.afterHeads, rows)

		s.multiply(s.wide, s.x, &layer.up, rows)
		s.kernel.gelu(s.wide[:rows*wide])
		s.multiply(s.y, s.wide, &layer.down, rows)
		s.addNorm(&layer.afterDown, rows)
	}
	return true
}

// look fills x with the pieces' own rows, each added to that of its place, and returns their number.
func (s *scratch) look(sequences [][]int32) int {
	w := s.weights
	rows := 0
	for _, seq := range sequences {
		for place, id := range seq {
			x, y := s.x[rows*width:][:width], s.y[rows*width:][:width]
			scale := w.wordScale[id]
			for i, q := range w.word[int(id)*width:][:width] {
				x[i] = float32(q) * scale
			}
			copy(y, w.place[place*width:][:width])
			rows++
		}
	}
	s.addNorm(&w.norm, rows)
	return rows
}

func (s *scratch) addNorm(n *norm, rows int) {
	for r := range rows {
		s.kernel.addNorm(s.x[r*width:][:width], s.y[r*width:][:width], n.scale, n.shift)
	}
}

// multiply computes to = from·mᵀ + bias for at least rows rows; the rows of to and from stand close together.
func (s *scratch) multiply(to, from []float32, m *matrix, rows int) {
	k := s.kernel
	for o := 0; o < m.outputs; o += panel {
		b := s.panel[:m.inputs*panel]
		for at := 0; at < len(b); at += group * panel {
			from := o*m.inputs + at
			k.widen(b[at:], m.weight[from:], m.scale[from/group:])
		}
		for r := 0; r < rows; r += k.rows {
			for c := 0; c < panel; c += k.columns {
				k.tile(m.inputs, from[r*m.inputs:], m.inputs, b[c:], panel, to[r*m.outputs+o+c:], m.outputs, m.bias[o+c:])
			}
		}
	}
}

// unbiased is the bias of the products inside attention, which have none.
var unbiased = make([]float32, panel)

var minusInfinity = float32(math.Inf(-1))

// attend computes the attention of one text of rows rows. qkv holds query, key and value side by side in each row.
// Rows below the text's last are computed along, from whatever stands there, and written to to: the
// next text's attention overwrites them.
func (s *scratch) attend(to, qkv []float32, rows int) {
	const stride = 3 * width
	k := s.kernel
	padded := (rows + panel - 1) / panel * panel
	for h := 0; h < width; h += head {
		query, key, value := qkv[h:], qkv[width+h:], qkv[2*width+h:]
		for block := 0; block < rows; block += panel {
			s.transpose(key[block*stride:], stride, min(panel, rows-block))
			for r := 0; r < rows; r += k.rows {
				for c := 0; c < panel; c += k.columns {
					k.tile(head, query[r*stride:], stride, s.keys[c:], panel, s.scores[r*padded+block+c:], padded, unbiased)
				}
			}
		}
		for r := range rows {
			row := s.scores[r*padded:][:padded]
			for i := rows; i < padded; i++ {
				row[i] = minusInfinity
			}
			k.softmax(row)
		}
		for r := 0; r < rows; r += k.rows {
			for c := 0; c < head; c += k.columns {
				k.tile(rows, s.scores[r*padded:], padded, value[c:], stride, to[r*width+h+c:], width, unbiased)
			}
		}
	}
}

// transpose writes n keys, which stand in rows of stride, as the columns of keys.
func (s *scratch) transpose(key []float32, stride, n int) {
	if n < panel {
		clear(s.keys)
	}
	for j := range n {
		row := key[j*stride:][:head]
		for i, v := range row {
			s.keys[i*panel+j] = v
		}
	}
}
