package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A matrix made from known axes and values must give them back.
func TestEigen(t *testing.T) {
	const n = 24
	r := rand.New(rand.NewPCG(1, 2))
	axes := make([][]float64, n)
	for i := range axes { // Gram and Schmidt
		axes[i] = make([]float64, n)
		for j := range axes[i] {
			axes[i][j] = r.NormFloat64()
		}
		for _, other := range axes[:i] {
			along := dot(axes[i], other)
			for j := range other {
				axes[i][j] -= along * other[j]
			}
		}
		length := math.Sqrt(dot(axes[i], axes[i]))
		for j := range axes[i] {
			axes[i][j] /= length
		}
	}
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, n)
		for j := range a[i] {
			for k, axis := range axes {
				a[i][j] += float64(n-k) * axis[i] * axis[j]
			}
		}
	}
	values, vectors := eigen(a)
	for k := range n {
		if math.Abs(values[k]-float64(n-k)) > 1e-9 {
			t.Errorf("value %d: %v, want %d", k, values[k], n-k)
		}
		if along := math.Abs(dot(vectors[k], axes[k])); math.Abs(along-1) > 1e-9 {
			t.Errorf("axis %d is off: cosine %v", k, along)
		}
	}
}
