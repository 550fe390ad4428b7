// Package embedding says what a maker of text vectors is and what can be asked of the vectors it makes.
//
// A vector is one text's place in the space of one model: a slice of float32 of unit length, so that the dot
// product of two vectors of the same model is their cosine. The makers live in the packages below this one
// (minilm, static, openai); vectors of different makers must never be compared, and CheckVectors is the gate
// that keeps stored vectors from being read with another model than the one that wrote them.
//
// This package must never import one of the makers, nor do any I/O.
package embedding

import (
	"context"
	"fmt"
	"math"
)

// Embedder turns texts into vectors. Implementations are safe for concurrent use.
type Embedder interface {
	// Name identifies the weights, not only the architecture: two Embedders of equal Name and Dimension
	// give comparable vectors.
	Name() string
	// Dimension is the length of every vector. A remote Embedder may answer 0 before its first Embed.
	Dimension() int
	// Embed returns one unit-length vector per text, in the order of texts. On an error no vector is
	// returned. It stops soon after ctx is done, with an error that wraps ctx.Err().
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// MismatchError says that stored vectors were made by another model than the one at hand.
type MismatchError struct {
	HaveName string // the model that made the stored vectors
	HaveDim  int
	WantName string // the model at hand
	WantDim  int
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("the stored vectors were made by %s (%d dimensions) but the embedder in use is %s (%d dimensions): "+
		"their distances would mean nothing; embed the texts again with %s, or choose the embedder that made them",
		orUnnamed(e.HaveName), e.HaveDim, orUnnamed(e.WantName), e.WantDim, orUnnamed(e.WantName))
}

func orUnnamed(name string) string {
	if name == "" {
		return "an unnamed model"
	}
	return fmt.Sprintf("%q", name)
}

// CheckVectors refuses, with a *MismatchError, to compare vectors stored under (name, dim) with those that e
// makes. An e that does not know its dimension yet is judged by its name alone.
func CheckVectors(name string, dim int, e Embedder) error {
	known := e.Dimension()
	if name == e.Name() && dim > 0 && (known == 0 || dim == known) {
		return nil
	}
	return &MismatchError{HaveName: name, HaveDim: dim, WantName: e.Name(), WantDim: known}
}

// Normalize scales v in place to unit length and reports whether it could: a vector of zeros, or one that
// holds NaN or an infinity, has no direction and is left as it is.
func Normalize(v []float32) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return false
	}
	inv := 1 / math.Sqrt(sum)
	for i, x := range v {
		v[i] = float32(float64(x) * inv)
	}
	return true
}

// Cosine is the cosine of the angle between a and b, which need not be of unit length: from -1 to 1, and 0 if
// either has no direction. It panics when the lengths differ, as Dot does.
func Cosine(a, b []float32) float64 {
	mustMatch(a, b)
	var ab, aa, bb float64
	for i, x := range a {
		y := b[i]
		ab += float64(x) * float64(y)
		aa += float64(x) * float64(x)
		bb += float64(y) * float64(y)
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

// Dot is the dot product of a and b: for unit vectors their cosine. It is what search calls once per stored
// vector, so it uses the widest kernel the processor has. It panics when the lengths differ, which only mixing
// the vectors of two models can cause: see CheckVectors.
func Dot(a, b []float32) float32 {
	mustMatch(a, b)
	return dot(a, b)
}

func mustMatch(a, b []float32) {
	if len(a) != len(b) {
		panic(fmt.Sprintf("embedding: vectors of %d and %d dimensions cannot be compared", len(a), len(b)))
	}
}

// dotGeneric sums in four lanes: the order of a four-way unrolled loop, which needs no wait between additions.
func dotGeneric(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}
