package minilm

import (
	"fmt"
	"os"
	"strings"
)

// KernelVariable is the environment variable that forces a kernel.
const KernelVariable = "ASSAY_KERNEL"

// kernel is one way of doing the arithmetic. Rows and columns that a tile touches must exist in the slices, whose
// lengths the assembly does not look at.
type kernel struct {
	name          string
	rows, columns int // of a tile; columns divides panel

	// tile computes rows × columns results over n steps: c[r][j] = bias[j] + Σ a[r][i]·b[i][j], where the rows of a, b
	// and c begin lda, ldb and ldc numbers apart.
	tile func(n int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, bias []float32)
	// widen turns one group of a panel into numbers: to[i][j] = from[i][j]·scale[j], for group inputs i and panel outputs j.
	widen func(to []float32, from []int8, scale []float32)
	// gelu replaces each x by x·Φ(x), Φ being the normal distribution; len(x) is a multiple of 16.
	gelu func(x []float32)
	// softmax replaces each x by its share of Σ exp(x); len(x) is a multiple of 32, filled up with -Inf, whose share is
	// less than 1e-37.
	softmax func(x []float32)
	// addNorm replaces x by the layer norm of x + y; all four have the length width.
	addNorm func(x, y, scale, shift []float32)
}

// chooseKernel returns the best kernel that this processor has, or the one that KernelVariable names.
func chooseKernel() (*kernel, error) {
	usable := kernels()
	want := os.Getenv(KernelVariable)
	if want == "" {
		return usable[0], nil
	}
	var names []string
	for _, k := range usable {
		if k.name == want {
			return k, nil
		}
		names = append(names, k.name)
	}
	return nil, fmt.Errorf("minilm: %s=%s: this processor can run %s; unset the variable for the best of them",
		KernelVariable, want, strings.Join(names, ", "))
}
