package minilm

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func random(r *rand.Rand, n int, spread float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64() * spread)
	}
	return x
}

// near reports whether got is want but for the rounding of single precision at this size.
func near(got, want float32, size float64) bool {
	return math.Abs(float64(got)-float64(want)) <= 2e-6*(size+math.Abs(float64(want)))
}

func TestTile(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, k := range kernels() {
		for _, n := range []int{1, 2, 3, 7, 31, 32, 33, 255, 384, 1536} {
			for _, pad := range []int{0, 5} {
				lda, ldb, ldc := n+pad, k.columns+pad, k.columns+2*pad
				a, b := random(r, k.rows*lda, 1), random(r, n*ldb, 1)
				bias := random(r, k.columns, 1)
				c := make([]float32, k.rows*ldc)
				const untouched = 12345
				for i := range c {
					c[i] = untouched
				}
				k.tile(n, a, lda, b, ldb, c, ldc, bias)
				for row := range k.rows {
					for col := range ldc {
						got := c[row*ldc+col]
						if col >= k.columns {
							if got != untouched {
								t.Fatalf("%s: n=%d: wrote to column %d of %d", k.name, n, col, k.columns)
							}
							continue
						}
						want, size := float64(bias[col]), 0.0
						for i := range n {
							product := float64(a[row*lda+i]) * float64(b[i*ldb+col])
							want, size = want+product, size+math.Abs(product)
						}
						if !near(got, float32(want), size) {
							t.Fatalf("%s: n=%d row %d column %d: got %v, want %v", k.name, n, row, col, got, want)
						}
					}
				}
			}
		}
	}
}

func TestWiden(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	from := make([]int8, group*panel)
	for i := range from {
		from[i] = int8(r.IntN(255) - 127)
	}
	scale := random(r, panel, 1)
	for _, k := range kernels() {
		to := make([]float32, group*panel)
		k.widen(to, from, scale)
		for i := range to {
			if want := float32(from[i]) * scale[i%panel]; to[i] != want {
				t.Fatalf("%s: %d: got %v, want %v", k.name, i, to[i], want)
			}
		}
	}
}

func TestGelu(t *testing.T) {
	var x []float32
	for v := -20.0; v <= 20; v += 1.0 / 256 {
		x = append(x, float32(v))
	}
	x = append(x, 0, float32(math.Copysign(0, -1)), 1e-30, -1e-30, 100, -100, 1e4, -1e4)
	for len(x)%16 != 0 {
		x = append(x, 1)
	}
	for _, k := range kernels() {
		got := append([]float32(nil), x...)
		k.gelu(got)
		for i, v := range x {
			want := float64(v) * 0.5 * math.Erfc(-float64(v)/math.Sqrt2)
			if math.Abs(float64(got[i])-want) > 4e-7*max(1, math.Abs(float64(v))) {
				t.Fatalf("%s: gelu(%v) = %v, want %v", k.name, v, got[i], want)
			}
		}
	}
}

func TestSoftmax(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, k := range kernels() {
		for _, n := range []int{1, 2, 31, 32, 33, 40, 64, 255, 256} {
			for _, spread := range []float64{0, 1, 30, 1000} {
				x := random(r, n, spread)
				for len(x)%panel != 0 {
					x = append(x, minusInfinity)
				}
				top, sum := math.Inf(-1), 0.0
				for _, v := range x {
					top = max(top, float64(v))
				}
				for _, v := range x {
					sum += math.Exp(float64(v) - top)
				}
				got := append([]float32(nil), x...)
				k.softmax(got)
				for i, v := range x {
					if want := math.Exp(float64(v)-top) / sum; math.Abs(float64(got[i])-want) > 1e-6 {
						t.Fatalf("%s: n=%d spread %v: %d: got %v, want %v", k.name, n, spread, i, got[i], want)
					}
				}
			}
		}
	}
}

func TestAddNorm(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, k := range kernels() {
		for _, spread := range []float64{0, 1e-3, 1, 100} {
			x, y := random(r, width, spread), random(r, width, spread)
			scale, shift := random(r, width, 1), random(r, width, 1)
			got := append([]float32(nil), x...)
			k.addNorm(got, y, scale, shift)
			mean, variance := 0.0, 0.0
			for i := range x {
				mean += float64(x[i]+y[i]) / width
			}
			for i := range x {
				variance += (float64(x[i]+y[i]) - mean) * (float64(x[i]+y[i]) - mean) / width
			}
			for i := range x {
				want := (float64(x[i]+y[i])-mean)/math.Sqrt(variance+epsilon)*float64(scale[i]) + float64(shift[i])
				if !near(got[i], float32(want), 2) {
					t.Fatalf("%s: spread %v: %d: got %v, want %v", k.name, spread, i, got[i], want)
				}
			}
		}
	}
}

// Tables are distilled on either of the two vector kernels, so these must agree to the last bit.
func TestVectorKernelsAreEqual(t *testing.T) {
	var vector []*kernel
	for _, k := range kernels() {
		if k != portable {
			vector = append(vector, k)
		}
	}
	if len(vector) < 2 {
		t.Skip("this processor has fewer than two vector kernels")
	}
	texts := []string{"", "gyro", "a synthetic aperture radar payload", strings.Repeat("vacuum pump ", 200)}
	want, err := model(t, vector[0]).Embed(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range vector[1:] {
		got, err := model(t, k).Embed(context.Background(), texts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range texts {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("%.20q: %s differs from %s", texts[i], k.name, vector[0].name)
			}
		}
	}
}

// The portable kernel sums in another order and takes the exponential from the library, so it agrees but for rounding.
func TestPortableAgrees(t *testing.T) {
	texts := []string{"", "gyro", "a synthetic aperture radar payload", "Triethanolamine, 99 %, drum of 200 kg."}
	want, err := model(t, portable).Embed(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kernels() {
		got, err := model(t, k).Embed(context.Background(), texts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range texts {
			for j := range want[i] {
				if d := math.Abs(float64(got[i][j] - want[i][j])); d > 2e-6 {
					t.Fatalf("%s: %q: component %d is off by %v", k.name, texts[i], j, d)
				}
			}
		}
	}
}
