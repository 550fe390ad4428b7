package embedding

import "math"

// Asked is a vector prepared to be compared with many that are held in eight
// bits, without widening those: that is a quarter of the memory to read.
type Asked struct {
	values []int16
	scale  float64 // what a component of values is multiplied by, over the vector's length
}

// Ask prepares v. Its components are kept in as many bits as a sum over all of
// them leaves room for: fifteen up to 516 dimensions, a bit less each time they double.
func Ask(v []float32) Asked {
	largest, sum := 0.0, 0.0
	for _, x := range v {
		largest = max(largest, math.Abs(float64(x)))
		sum += float64(x) * float64(x)
	}
	a := Asked{values: make([]int16, len(v))}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return a // like nothing
	}
	limit := math.Floor(min(math.MaxInt16, math.MaxInt32/(math.MaxInt8*float64(len(v)))))
	for i, x := range v {
		a.values[i] = int16(math.RoundToEven(float64(x) / largest * limit))
	}
	a.scale = largest / limit / math.Sqrt(sum)
	return a
}

// Cosine is the cosine of the angle to a vector of which row holds the
// components and inverse is one over the row's own length; see InverseLength.
// It panics when the lengths differ.
func (a Asked) Cosine(row []int8, inverse float32) float32 {
	if len(row) != len(a.values) {
		panic("embedding: vectors of two models cannot be compared")
	}
	return float32(float64(dotInt8(a.values, row)) * a.scale * float64(inverse))
}

// InverseLength is one over the length of row, 0 when it has none.
func InverseLength(row []int8) float32 {
	sum := int64(0)
	for _, x := range row {
		sum += int64(x) * int64(x)
	}
	if sum == 0 {
		return 0
	}
	return float32(1 / math.Sqrt(float64(sum)))
}

func dotInt8Generic(a []int16, b []int8) int32 {
	var s0, s1, s2, s3 int32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += int32(a[i]) * int32(b[i])
		s1 += int32(a[i+1]) * int32(b[i+1])
		s2 += int32(a[i+2]) * int32(b[i+2])
		s3 += int32(a[i+3]) * int32(b[i+3])
	}
	for ; i < len(a); i++ {
		s0 += int32(a[i]) * int32(b[i])
	}
	return s0 + s1 + s2 + s3
}
