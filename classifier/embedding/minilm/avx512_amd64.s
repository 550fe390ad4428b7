#include "textflag.h"

// ROW adds the product of one number of a and 32 numbers of b (Z28, Z29) to the two sums of a row.
#define ROW(at, x, low, high) \
	VBROADCASTSS at, x; \
	VFMADD231PS  Z28, x, low; \
	VFMADD231PS  Z29, x, high

// STORE writes the sums of a row and moves BX to the next.
#define STORE(low, high) \
	VADDPS  Z28, low, low; \
	VADDPS  Z29, high, high; \
	VMOVUPS low, (BX); \
	VMOVUPS high, 64(BX); \
	ADDQ    DX, BX

// func tileAVX512(n int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, bias []float32)
//
// 14 rows × 32 columns: the sums fill Z0 to Z27. Rows of a are reached as odd multiples of lda, held in registers,
// times 1, 2, 4 or 8.
TEXT ·tileAVX512(SB), NOSPLIT, $0-128
	MOVQ n+0(FP), CX
	MOVQ a_base+8(FP), SI
	MOVQ lda+32(FP), R8
	MOVQ b_base+40(FP), DI
	MOVQ ldb+64(FP), DX
	SHLQ $2, R8
	SHLQ $2, DX
	LEAQ (R8)(R8*2), R9   // 3
	LEAQ (R8)(R8*4), R10  // 5
	LEAQ (R9)(R8*4), R11  // 7
	LEAQ (R8)(R8*8), R12  // 9
	LEAQ (R9)(R8*8), R13  // 11
	LEAQ (R10)(R8*8), AX  // 13

	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6
	VPXORD Z7, Z7, Z7
	VPXORD Z8, Z8, Z8
	VPXORD Z9, Z9, Z9
	VPXORD Z10, Z10, Z10
	VPXORD Z11, Z11, Z11
	VPXORD Z12, Z12, Z12
	VPXORD Z13, Z13, Z13
	VPXORD Z14, Z14, Z14
	VPXORD Z15, Z15, Z15
	VPXORD Z16, Z16, Z16
	VPXORD Z17, Z17, Z17
	VPXORD Z18, Z18, Z18
	VPXORD Z19, Z19, Z19
	VPXORD Z20, Z20, Z20
	VPXORD Z21, Z21, Z21
	VPXORD Z22, Z22, Z22
	VPXORD Z23, Z23, Z23
	VPXORD Z24, Z24, Z24
	VPXORD Z25, Z25, Z25
	VPXORD Z26, Z26, Z26
	VPXORD Z27, Z27, Z27

loop:
	VMOVUPS (DI), Z28
	VMOVUPS 64(DI), Z29
	ADDQ    DX, DI
	ROW((SI), Z30, Z0, Z1)
	ROW((SI)(R8*1), Z31, Z2, Z3)
	ROW((SI)(R8*2), Z30, Z4, Z5)
	ROW((SI)(R9*1), Z31, Z6, Z7)
	ROW((SI)(R8*4), Z30, Z8, Z9)
	ROW((SI)(R10*1), Z31, Z10, Z11)
	ROW((SI)(R9*2), Z30, Z12, Z13)
	ROW((SI)(R11*1), Z31, Z14, Z15)
	ROW((SI)(R8*8), Z30, Z16, Z17)
	ROW((SI)(R12*1), Z31, Z18, Z19)
	ROW((SI)(R10*2), Z30, Z20, Z21)
	ROW((SI)(R13*1), Z31, Z22, Z23)
	ROW((SI)(R9*4), Z30, Z24, Z25)
	ROW((SI)(AX*1), Z31, Z26, Z27)
	ADDQ    $4, SI
	DECQ    CX
	JNZ     loop

	MOVQ    c_base+72(FP), BX
	MOVQ    ldc+96(FP), DX
	MOVQ    bias_base+104(FP), AX
	SHLQ    $2, DX
	VMOVUPS (AX), Z28
	VMOVUPS 64(AX), Z29
	STORE(Z0, Z1)
	STORE(Z2, Z3)
	STORE(Z4, Z5)
	STORE(Z6, Z7)
	STORE(Z8, Z9)
	STORE(Z10, Z11)
	STORE(Z12, Z13)
	STORE(Z14, Z15)
	STORE(Z16, Z17)
	STORE(Z18, Z19)
	STORE(Z20, Z21)
	STORE(Z22, Z23)
	STORE(Z24, Z25)
	STORE(Z26, Z27)
	VZEROUPPER
	RET

// func widenAVX512(to []float32, from []int8, scale []float32)
//
// 64 inputs × 32 outputs, two inputs a turn.
TEXT ·widenAVX512(SB), NOSPLIT, $0-72
	MOVQ to_base+0(FP), DI
	MOVQ from_base+24(FP), SI
	MOVQ scale_base+48(FP), AX
	VMOVUPS (AX), Z4
	VMOVUPS 64(AX), Z5
	MOVQ $32, CX

loop:
	VPMOVSXBD (SI), Z0
	VPMOVSXBD 16(SI), Z1
	VPMOVSXBD 32(SI), Z2
	VPMOVSXBD 48(SI), Z3
	VCVTDQ2PS Z0, Z0
	VCVTDQ2PS Z1, Z1
	VCVTDQ2PS Z2, Z2
	VCVTDQ2PS Z3, Z3
	VMULPS    Z4, Z0, Z0
	VMULPS    Z5, Z1, Z1
	VMULPS    Z4, Z2, Z2
	VMULPS    Z5, Z3, Z3
	VMOVUPS   Z0, (DI)
	VMOVUPS   Z1, 64(DI)
	VMOVUPS   Z2, 128(DI)
	VMOVUPS   Z3, 192(DI)
	ADDQ      $64, SI
	ADDQ      $256, DI
	DECQ      CX
	JNZ       loop
	VZEROUPPER
	RET
