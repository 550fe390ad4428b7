package minilm

import "math"

// portable runs everywhere and is what the other kernels are tested against.
var portable = &kernel{
	name:    "portable",
	rows:    2,
	columns: 4,
	tile:    tilePortable,
	widen:   widenPortable,
	gelu:    geluPortable,
	softmax: softmaxPortable,
	addNorm: addNormPortable,
}

// tilePortable keeps its eight sums in registers, of which the smallest common processor has sixteen.
func tilePortable(n int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, bias []float32) {
	a0, a1 := a[:n], a[lda:][:n]
	var s00, s01, s02, s03, s10, s11, s12, s13 float32
	for i, x0 := range a0 {
		x1 := a1[i]
		w := b[i*ldb:]
		w = w[:4:4]
		s00 += x0 * w[0]
		s01 += x0 * w[1]
		s02 += x0 * w[2]
		s03 += x0 * w[3]
		s10 += x1 * w[0]
		s11 += x1 * w[1]
		s12 += x1 * w[2]
		s13 += x1 * w[3]
	}
	c0, c1 := c[:4], c[ldc:][:4]
	c0[0], c1[0] = s00+bias[0], s10+bias[0]
	c0[1], c1[1] = s01+bias[1], s11+bias[1]
	c0[2], c1[2] = s02+bias[2], s12+bias[2]
	c0[3], c1[3] = s03+bias[3], s13+bias[3]
}

func widenPortable(to []float32, from []int8, scale []float32) {
	scale = scale[:panel]
	for i := 0; i < group*panel; i += panel {
		row, weights := to[i:][:panel], from[i:][:panel]
		for j, q := range weights {
			row[j] = float32(q) * scale[j]
		}
	}
}

func geluPortable(x []float32) {
	for i, v := range x {
		x[i] = float32(0.5 * float64(v) * math.Erfc(-float64(v)/math.Sqrt2))
	}
}

func softmaxPortable(x []float32) {
	top := x[0]
	for _, v := range x {
		top = max(top, v)
	}
	var sum float32
	for i, v := range x {
		e := float32(math.Exp(float64(v - top)))
		x[i] = e
		sum += e
	}
	inv := 1 / sum
	for i := range x {
		x[i] *= inv
	}
}

func addNormPortable(x, y, scale, shift []float32) {
	y, scale, shift = y[:len(x)], scale[:len(x)], shift[:len(x)]
	var sum float32
	for i := range x {
		x[i] += y[i]
		sum += x[i]
	}
	mean := sum / width
	var squares float32
	for _, v := range x {
		squares += (v - mean) * (v - mean)
	}
	inv := float32(1 / math.Sqrt(float64(squares)/width+epsilon))
	for i, v := range x {
		x[i] = (v-mean)*inv*scale[i] + shift[i]
	}
}
