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
