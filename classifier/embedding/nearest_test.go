package embedding

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestAskedAgreesWithFloats(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, dim := range []int{1, 7, 63, 64, 100, 256, 384, 1536, 4096} {
		vs := make([][]float32, 20)
		for i := range vs {
			vs[i] = make([]float32, dim)
			for j := range vs[i] {
				vs[i][j] = float32(r.NormFloat64())
			}
			Normalize(vs[i])
		}
		q, err := Quantise(vs)
		if err != nil {
			t.Fatal(err)
		}
		asked := Ask(vs[0])
		for i := range vs {
			row, _ := q.Row(i)
			want := Cosine(vs[0], q.At(i, nil))
			if got := float64(asked.Cosine(row, InverseLength(row))); math.Abs(got-want) > 5e-4 {
				t.Errorf("dimension %d, vector %d: %.6f, want %.6f", dim, i, got, want)
			}
		}
	}
}

// The largest sums are those of equal, extreme components.
func TestAskedDoesNotOverflow(t *testing.T) {
	for _, dim := range []int{64, 384, 512, 520, 3072, 16000} {
		v, row := make([]float32, dim), make([]int8, dim)
		for i := range v {
			v[i], row[i] = -1, -127
		}
		if got := Ask(v).Cosine(row, InverseLength(row)); math.Abs(float64(got)-1) > 1e-3 {
			t.Errorf("dimension %d: %.6f, want 1", dim, got)
		}
	}
}

func TestDotInt8IsTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 300 {
		a, b := make([]int16, n), make([]int8, n)
		for i := range a {
			a[i], b[i] = int16(r.IntN(65536)-32768), int8(r.IntN(255)-127)
		}
		if got, want := dotInt8(a, b), dotInt8Generic(a, b); got != want {
			t.Fatalf("%d elements: %d, want %d", n, got, want)
		}
	}
}

func TestAskedWithoutDirectionIsLikeNothing(t *testing.T) {
	for _, v := range [][]float32{{0, 0}, {float32(math.NaN()), 1}, {float32(math.Inf(1)), 1}} {
		if got := Ask(v).Cosine([]int8{1, 2}, 0.4); got != 0 {
			t.Errorf("%v: %v", v, got)
		}
	}
	if InverseLength([]int8{0, 0}) != 0 {
		t.Error("a row of zeros has a length")
	}
	defer func() {
		if recover() == nil {
			t.Error("vectors of two lengths were compared")
		}
	}()
	Ask([]float32{1}).Cosine([]int8{1, 2}, 1)
}

func BenchmarkAskedCosine100k(b *testing.B) {
	const rows, dim = 100_000, 384
	data, inverse := make([]int8, rows*dim), make([]float32, rows)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range data {
		data[i] = int8(r.IntN(255) - 127)
	}
	for i := range inverse {
		inverse[i] = InverseLength(data[i*dim : (i+1)*dim])
	}
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	a := Ask(v)
	for b.Loop() {
		best := float32(-1)
		for i := range rows {
			best = max(best, a.Cosine(data[i*dim:(i+1)*dim], inverse[i]))
		}
		if best < 0 {
			b.Fatal(best)
		}
	}
}
