package embedding

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// dotAVX2 sums the products of the first n elements; n must be a multiple of 32.
//
//go:noescape
func dotAVX2(a, b *float32, n int) float32

func dot(a, b []float32) float32 {
	n := len(a) &^ 31
	if !hasAVX2 || n == 0 {
		return dotGeneric(a, b)
	}
	sum := dotAVX2(&a[0], &b[0], n)
	if n < len(a) {
		sum += dotGeneric(a[n:], b[n:])
	}
	return sum
}

// dotInt8AVX2 sums the products of the first n elements; n must be a multiple of 64.
//
//go:noescape
func dotInt8AVX2(a *int16, b *int8, n int) int32

func dotInt8(a []int16, b []int8) int32 {
	n := len(a) &^ 63
	if !hasAVX2 || n == 0 {
		return dotInt8Generic(a, b)
	}
	sum := dotInt8AVX2(&a[0], &b[0], n)
	if n < len(a) {
		sum += dotInt8Generic(a[n:], b[n:])
	}
	return sum
}
