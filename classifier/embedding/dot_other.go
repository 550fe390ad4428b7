//go:build !amd64

package embedding

func dot(a, b []float32) float32 { return dotGeneric(a, b) }

func dotInt8(a []int16, b []int8) int32 { return dotInt8Generic(a, b) }
