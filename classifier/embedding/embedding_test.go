package embedding

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

type fake struct {
	name string
	dim  int
}

func (f fake) Name() string                                         { return f.name }
func (f fake) Dimension() int                                       { return f.dim }
func (f fake) Embed(context.Context, []string) ([][]float32, error) { return nil, nil }

func TestCheckVectors(t *testing.T) {
	tests := []struct {
		about string
		name  string
		dim   int
		e     fake
		ok    bool
	}{
		{"the same model", "m", 3, fake{"m", 3}, true},
		{"another model of the same size", "m", 3, fake{"n", 3}, false},
		{"the same name at another size", "m", 3, fake{"m", 4}, false},
		{"a remote model that has not answered yet", "m", 3, fake{"m", 0}, true},
		{"another remote model that has not answered yet", "m", 3, fake{"n", 0}, false},
		{"vectors without a size", "m", 0, fake{"m", 0}, false},
		{"vectors without a name", "", 3, fake{"m", 3}, false},
	}
	for _, tt := range tests {
		err := CheckVectors(tt.name, tt.dim, tt.e)
		if (err == nil) != tt.ok {
			t.Errorf("%s: got %v", tt.about, err)
		}
		var mismatch *MismatchError
		if err != nil && (!errors.As(err, &mismatch) || !strings.Contains(err.Error(), "embed the texts again")) {
			t.Errorf("%s: the error %q does not say the remedy", tt.about, err)
		}
	}
}

func TestNormalize(t *testing.T) {
	v := []float32{3, 0, -4}
	if !Normalize(v) || v[0] != 0.6 || v[2] != -0.8 {
		t.Errorf("got %v", v)
	}
	for _, bad := range [][]float32{{}, {0, 0}, {float32(math.NaN()), 1}, {float32(math.Inf(1)), 1}} {
		if Normalize(bad) {
			t.Errorf("%v was given a direction", bad)
		}
	}
	huge := []float32{math.MaxFloat32, math.MaxFloat32}
	if !Normalize(huge) || math.Abs(float64(huge[0])-math.Sqrt2/2) > 1e-6 {
		t.Errorf("large components overflowed: %v", huge)
	}
}

func TestDotAgainstFloat64(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 3, 31, 32, 33, 64, 95, 256, 384, 385, 1536} {
		a, b := make([]float32, n), make([]float32, n)
		var want, size float64
		for i := range a {
			a[i], b[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
			want += float64(a[i]) * float64(b[i])
			size += math.Abs(float64(a[i]) * float64(b[i]))
		}
		for name, f := range map[string]func(a, b []float32) float32{"Dot": Dot, "generic": dotGeneric} {
			if got := float64(f(a, b)); math.Abs(got-want) > 1e-6*size {
				t.Errorf("%s of %d: got %v, want %v", name, n, got, want)
			}
		}
	}
}

func TestCosine(t *testing.T) {
	if got := Cosine([]float32{2, 0}, []float32{-5, 0}); got != -1 {
		t.Errorf("opposite vectors: %v", got)
	}
	if got := Cosine([]float32{0, 0}, []float32{1, 0}); got != 0 {
		t.Errorf("no direction: %v", got)
	}
}

func TestDotPanicsOnOtherLength(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	Dot([]float32{1}, []float32{1, 2})
}

func BenchmarkDot384(b *testing.B) {
	x, y := make([]float32, 384), make([]float32, 384)
	for name, f := range map[string]func(a, b []float32) float32{"best": Dot, "generic": dotGeneric} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f(x, y)
			}
		})
	}
}
