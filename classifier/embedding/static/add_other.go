//go:build !amd64

package static

func addRow(v []float32, row []int8, scale float32) { addRowPortable(v, row, scale) }
