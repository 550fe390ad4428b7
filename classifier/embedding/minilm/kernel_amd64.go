package minilm

import "golang.org/x/sys/cpu"

// kernels returns the kernels that this processor can run, the best first.
func kernels() []*kernel {
	usable := []*kernel{portable}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		usable = append([]*kernel{avx2}, usable...)
		if cpu.X86.HasAVX512F {
			usable = append([]*kernel{avx512}, usable...)
		}
	}
	return usable
}

var avx2 = &kernel{
	name:    "avx2",
	rows:    6,
	columns: 16,
	tile:    tileAVX2,
	widen:   widenAVX2,
	gelu:    geluAVX2,
	softmax: softmaxAVX2,
	addNorm: addNormAVX2,
}

// avx512 takes the work between the products, a small part of the whole, from avx2.
var avx512 = &kernel{
	name:    "avx512",
	rows:    14,
	columns: 32,
	tile:    tileAVX512,
	widen:   widenAVX512,
	gelu:    geluAVX2,
	softmax: softmaxAVX2,
	addNorm: addNormAVX2,
}

//go:noescape
func tileAVX2(n int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, bias []float32)

//go:noescape
func widenAVX2(to []float32, from []int8, scale []float32)

//go:noescape
func geluAVX2(x []float32)

//go:noescape
func softmaxAVX2(x []float32)

//go:noescape
func addNormAVX2(x, y, scale, shift []float32)

//go:noescape
func tileAVX512(n int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, bias []float32)

//go:noescape
func widenAVX512(to []float32, from []int8, scale []float32)
