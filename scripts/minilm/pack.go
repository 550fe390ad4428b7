package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// The shape of all-MiniLM-L6-v2. Package minilm repeats these numbers and reads the sections in the order in which
// pack writes them; a file that is not of just that length is refused there.
const (
	width     = 384
	wide      = 1536
	heads     = 12
	layers    = 6
	words     = 30522
	places    = 256 // the model knows 512 and was tuned for 256
	allPlaces = 512
	panel     = 32 // outputs that a kernel computes together
	group     = 64 // inputs whose weights for one output share a scale
	magic     = "assay-minilm-1\n\n"
)

// packer collects the file; the first error stops all further work.
type packer struct {
	tensors *tensors
	out     bytes.Buffer
	err     error
}

func pack(t *tensors) ([]byte, error) {
	p := &packer{tensors: t}
	p.out.WriteString(magic)
	p.table(p.get("embeddings.word_embeddings.weight", words, width))
	p.places()
	p.norm("embeddings.LayerNorm")
	for l := range layers {
		at := fmt.Sprintf("encoder.layer.%d.", l)
		p.attentionInput(at + "attention.self.")
		p.matrix(p.linear(at+"attention.output.dense", width, width))
		p.norm(at + "attention.output.LayerNorm")
		p.matrix(p.linear(at+"intermediate.dense", wide, width))
		p.matrix(p.linear(at+"output.dense", width, wide))
		p.norm(at + "output.LayerNorm")
	}
	return p.out.Bytes(), p.err
}

func (p *packer) get(name string, shape ...int) []float32 {
	if p.err != nil {
		return nil
	}
	values, err := p.tensors.get(name, shape...)
	p.err = err
	return values
}

// linear is a dense layer: weight of outputs × inputs, bias of outputs.
type linear struct {
	inputs       int
	weight, bias []float32
}

func (p *packer) linear(name string, outputs, inputs int) linear {
	return linear{inputs, p.get(name+".weight", outputs, inputs), p.get(name+".bias", outputs)}
}

func (p *packer) floats(values []float32) {
	for _, v := range values {
		p.out.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
	}
}

// table writes one scale a row, then the int8 rows.
func (p *packer) table(values []float32) {
	if p.err != nil {
		return
	}
	scales := make([]float32, len(values)/width)
	quants := make([]int8, len(values))
	for r := range scales {
		scales[r] = quantise(quants[r*width:][:width], values[r*width:][:width])
	}
	p.floats(scales)
	p.bytes(quants)
}

// places writes what every token gets for where it stands. The token type is always the first, so it is added here.
func (p *packer) places() {
	at := p.get("embeddings.position_embeddings.weight", allPlaces, width)
	kind := p.get("embeddings.token_type_embeddings.weight", 2, width)
	if p.err != nil {
		return
	}
	sums := make([]float32, places*width)
	for i := range sums {
		sums[i] = at[i] + kind[i%width]
	}
	p.floats(sums)
}

func (p *packer) norm(name string) {
	p.floats(p.get(name+".weight", width))
	p.floats(p.get(name+".bias", width))
}

// attentionInput joins query, key and value into one matrix. The query carries the division by the root of the head's
// size, so that nobody has to divide the scores later.
func (p *packer) attentionInput(at string) {
	q := p.linear(at+"query", width, width)
	k := p.linear(at+"key", width, width)
	v := p.linear(at+"value", width, width)
	shrink := float32(1 / math.Sqrt(width/heads))
	for _, values := range [][]float32{q.weight, q.bias} {
		for i := range values {
			values[i] *= shrink
		}
	}
	p.matrix(linear{
		width,
		append(append(q.weight, k.weight...), v.weight...),
		append(append(q.bias, k.bias...), v.bias...),
	})
}

// matrix writes the biases, then the scales, then the weights in panels of 32 outputs: within a panel, for each group of inputs
// the 32 scales, and for each input the 32 weights that multiply it, side by side. One scale for all inputs of an output would be
// simpler, but a few inputs are so much larger than the others that short texts then fall to a cosine of 0.995.
func (p *packer) matrix(m linear) {
	if p.err != nil {
		return
	}
	outputs := len(m.bias)
	scales := make([]float32, outputs*m.inputs/group)
	quants := make([]int8, outputs*m.inputs)
	var part [group]int8
	for o := range outputs {
		for from := 0; from < m.inputs; from += group {
			scale := quantise(part[:], m.weight[o*m.inputs+from:][:group])
			at := o/panel*panel*m.inputs + from*panel
			scales[at/group+o%panel] = scale
			for i, q := range part {
				quants[at+i*panel+o%panel] = q
			}
		}
	}
	p.floats(m.bias)
	p.floats(scales)
	p.bytes(quants)
}

func (p *packer) bytes(quants []int8) {
	for _, q := range quants {
		p.out.WriteByte(byte(q))
	}
}

// quantise writes values as multiples of a common scale, -127 to 127, and returns the scale: of those that clip
// up to three tenths of the largest value, the one with the least squared error. The conversions to float64
// keep a compiler from fusing operations, which would make the bytes depend on the machine.
func quantise(to []int8, values []float32) float32 {
	largest := 0.0
	for _, v := range values {
		largest = max(largest, math.Abs(float64(v)))
	}
	if largest == 0 {
		clear(to)
		return 0
	}
	best, bestError := float32(0), math.Inf(1)
	for step := range 61 {
		scale := float32(largest / 127 * (1 - 0.005*float64(step)))
		sum := 0.0
		for _, v := range values {
			d := float64(v) - float64(float64(nearest(v, scale))*float64(scale))
			sum += float64(d * d)
		}
		if sum < bestError {
			best, bestError = scale, sum
		}
	}
	for i, v := range values {
		to[i] = nearest(v, best)
	}
	return best
}

func nearest(v, scale float32) int8 {
	return int8(max(-127, min(127, math.RoundToEven(float64(v)/float64(scale)))))
}
