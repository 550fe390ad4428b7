#include "textflag.h"

// func addRowAVX2(v []float32, row []int8, scale float32)
//
// 256 numbers, 32 a turn.
TEXT ·addRowAVX2(SB), NOSPLIT, $0-52
	MOVQ         v_base+0(FP), DI
	MOVQ         row_base+24(FP), SI
	VBROADCASTSS scale+48(FP), Y8
	MOVQ         $8, CX

loop:
	VPMOVSXBD   (SI), Y0
	VPMOVSXBD   8(SI), Y1
	VPMOVSXBD   16(SI), Y2
	VPMOVSXBD   24(SI), Y3
	VCVTDQ2PS   Y0, Y0
	VCVTDQ2PS   Y1, Y1
	VCVTDQ2PS   Y2, Y2
	VCVTDQ2PS   Y3, Y3
	VFMADD213PS (DI), Y8, Y0
	VFMADD213PS 32(DI), Y8, Y1
	VFMADD213PS 64(DI), Y8, Y2
	VFMADD213PS 96(DI), Y8, Y3
	VMOVUPS     Y0, (DI)
	VMOVUPS     Y1, 32(DI)
	VMOVUPS     Y2, 64(DI)
	VMOVUPS     Y3, 96(DI)
	ADDQ        $32, SI
	ADDQ        $128, DI
	DECQ        CX
	JNZ         loop
	VZEROUPPER
	RET
