package static

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// addRowAVX2 adds scale times row to v; both have Dimension numbers, whatever the lengths say.
//
//go:noescape
func addRowAVX2(v []float32, row []int8, scale float32)

func addRow(v []float32, row []int8, scale float32) {
	if hasAVX2 {
		addRowAVX2(v, row, scale)
		return
	}
	addRowPortable(v, row, scale)
}
