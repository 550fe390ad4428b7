package embedding

import (
	"errors"
	"fmt"
	"math"
)

// Quantised holds vectors in eight bits: component j of vector i is about
// Scale[i] * Data[i*Dim+j], off by at most half of Scale[i].
type Quantised struct {
	Dim   int
	Scale []float32
	Data  []int8
}

// Quantise brings vectors of one dimension into eight bits.
func Quantise(vs [][]float32) (Quantised, error) {
	if len(vs) == 0 {
		return Quantised{}, nil
	}
	q := Quantised{Dim: len(vs[0]), Scale: make([]float32, len(vs)), Data: make([]int8, 0, len(vs)*len(vs[0]))}
	if q.Dim == 0 {
		return Quantised{}, errors.New("vector 0 has no components")
	}
	for i, v := range vs {
		if len(v) != q.Dim {
			return Quantised{}, fmt.Errorf("vector %d has %d components, the first has %d", i, len(v), q.Dim)
		}
		largest := 0.0
		for _, x := range v {
			a := math.Abs(float64(x))
			if math.IsNaN(a) || math.IsInf(a, 0) {
				return Quantised{}, fmt.Errorf("vector %d holds %v", i, x)
			}
			largest = max(largest, a)
		}
		scale := largest / math.MaxInt8
		q.Scale[i] = float32(scale)
		for _, x := range v {
			n := 0.0
			if scale > 0 {
				n = math.RoundToEven(float64(x) / scale)
			}
			q.Data = append(q.Data, int8(max(-math.MaxInt8, min(math.MaxInt8, n))))
		}
	}
	return q, nil
}

// Len returns how many vectors there are.
func (v Quantised) Len() int { return len(v.Scale) }

// Row returns vector i as it is held. The slice is v's own; do not change it.
func (v Quantised) Row(i int) ([]int8, float32) {
	return v.Data[i*v.Dim : (i+1)*v.Dim : (i+1)*v.Dim], v.Scale[i]
}

// At writes vector i to dst, which is made when it is too short, and returns it.
func (v Quantised) At(i int, dst []float32) []float32 {
	if cap(dst) < v.Dim {
		dst = make([]float32, v.Dim)
	}
	dst = dst[:v.Dim]
	row, scale := v.Row(i)
	for j, x := range row {
		dst[j] = float32(x) * scale
	}
	return dst
}
