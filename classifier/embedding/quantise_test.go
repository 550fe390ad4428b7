package embedding

import (
	"math"
	"math/rand/v2"
	"testing"
)

func random(n, dim int) [][]float32 {
	r := rand.New(rand.NewPCG(1, 2))
	vs := make([][]float32, n)
	for i := range vs {
		vs[i] = make([]float32, dim)
		sum := 0.0
		for j := range vs[i] {
			x := r.NormFloat64()
			vs[i][j] = float32(x)
			sum += x * x
		}
		for j := range vs[i] {
			vs[i][j] /= float32(math.Sqrt(sum))
		}
	}
	return vs
}

func TestQuantise(t *testing.T) {
	vs := random(500, 384)
	q, err := Quantise(vs)
	if err != nil {
		t.Fatal(err)
	}
	worst := 1.0
	var back []float32
	for i, v := range vs {
		back = q.At(i, back)
		worst = min(worst, Cosine(v, back))
		for j := range v {
			if d := math.Abs(float64(v[j] - back[j])); d > float64(q.Scale[i])*0.5001 {
				t.Fatalf("vector %d, component %d: off by %g, scale %g", i, j, d, q.Scale[i])
			}
		}
	}
	t.Logf("lowest cosine of 500 random unit vectors of 384 with their eight bits: %.6f", worst)
	if worst < 0.9999 {
		t.Errorf("cosine falls to %v", worst)
	}
}

func TestQuantiseEdges(t *testing.T) {
	for _, tc := range []struct {
		name string
		in   [][]float32
		ok   bool
	}{
		{"none", nil, true},
		{"zeros", [][]float32{{0, 0, 0}}, true},
		{"one large component", [][]float32{{1, 1e-9, -1e-9}}, true},
		{"tiny numbers", [][]float32{{1e-30, -1e-30}}, true},
		{"huge numbers", [][]float32{{math.MaxFloat32 / 2, -math.MaxFloat32 / 2}}, true},
		{"unequal lengths", [][]float32{{1, 2}, {1}}, false},
		{"no components", [][]float32{{}}, false},
		{"not a number", [][]float32{{float32(math.NaN()), 1}}, false},
		{"infinite", [][]float32{{float32(math.Inf(-1)), 1}}, false},
	} {
		q, err := Quantise(tc.in)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		for i, v := range tc.in[:q.Len()] {
			for j, x := range q.At(i, nil) {
				if math.Abs(float64(x-v[j])) > float64(q.Scale[i])*0.5001 {
					t.Errorf("%s: %v comes back as %v", tc.name, v[j], x)
				}
			}
		}
	}
}
