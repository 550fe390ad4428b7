package retrieval

import (
	"fmt"

	"assay/classifier/embedding"
)

// Matrix holds unit-length vectors of one model, one row after the other.
type Matrix struct {
	Dim  int
	Data []float32
}

// Unpack returns the vectors that were stored in eight bits as a Matrix.
func Unpack(q embedding.Quantised) Matrix {
	m := Matrix{Dim: q.Dim, Data: make([]float32, q.Dim*q.Len())}
	for i := range q.Len() {
		q.At(i, m.row(i))
	}
	return m
}

// Rows is the number of vectors.
func (m Matrix) Rows() int {
	if m.Dim == 0 {
		return 0
	}
	return len(m.Data) / m.Dim
}

func (m Matrix) row(i int) []float32 { return m.Data[i*m.Dim : (i+1)*m.Dim] }

// dense says which rows of a matrix belong to which unit.
type dense struct {
	matrix Matrix
	unit   []int32 // by row
}

func newDense(units []Unit, m Matrix) (*dense, error) {
	d := &dense{matrix: m}
	for i := range units {
		for range units[i].denseTexts() {
			d.unit = append(d.unit, int32(i))
		}
	}
	if len(d.unit) != m.Rows() {
		return nil, fmt.Errorf("%d vectors for %d texts; embed the texts again", m.Rows(), len(d.unit))
	}
	return d, nil
}

// similarity raises scores[k] to the cosine between qs[k] and each unit's
// nearest vector. One pass serves all of qs: fetching the vectors from memory
// takes longer than multiplying them.
func (d *dense) similarity(qs [][]float32, scores [][]float32) {
	for row, unit := range d.unit {
		v := d.matrix.row(row)
		for k, q := range qs {
			if s := embedding.Dot(q, v); s > scores[k][unit] {
				scores[k][unit] = s
			}
		}
	}
}
