#include "textflag.h"

// ROW adds the product of one number of a and 16 numbers of b (Y12, Y13) to the two sums of a row.
#define ROW(at, x, low, high) \
	VBROADCASTSS at, x; \
	VFMADD231PS  Y12, x, low; \
	VFMADD231PS  Y13, x, high

// STORE writes the sums of a row and moves BX to the next.
#define STORE(low, high) \
	VADDPS  Y12, low, low; \
	VADDPS  Y13, high, high; \
	VMOVUPS low, (BX); \
	VMOVUPS high, 32(BX); \
	ADDQ    DX, BX

// func tileAVX2(n int, a []float32, lda int, b []float32, ldb int, c []float32, ldc int, bias []float32)
//
// 6 rows × 16 columns: the sums fill Y0 to Y11.
TEXT ·tileAVX2(SB), NOSPLIT, $0-128
	MOVQ n+0(FP), CX
	MOVQ a_base+8(FP), SI
	MOVQ lda+32(FP), R8
	MOVQ b_base+40(FP), DI
	MOVQ ldb+64(FP), DX
	SHLQ $2, R8
	SHLQ $2, DX
	LEAQ (R8)(R8*2), R9  // 3
	LEAQ (R8)(R8*4), R10 // 5
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	VXORPS Y8, Y8, Y8
	VXORPS Y9, Y9, Y9
	VXORPS Y10, Y10, Y10
	VXORPS Y11, Y11, Y11

loop:
	VMOVUPS (DI), Y12
	VMOVUPS 32(DI), Y13
	ADDQ    DX, DI
	ROW((SI), Y14, Y0, Y1)
	ROW((SI)(R8*1), Y15, Y2, Y3)
	ROW((SI)(R8*2), Y14, Y4, Y5)
	ROW((SI)(R9*1), Y15, Y6, Y7)
	ROW((SI)(R8*4), Y14, Y8, Y9)
	ROW((SI)(R10*1), Y15, Y10, Y11)
	ADDQ    $4, SI
	DECQ    CX
	JNZ     loop

	MOVQ    c_base+72(FP), BX
	MOVQ    ldc+96(FP), DX
	MOVQ    bias_base+104(FP), AX
	SHLQ    $2, DX
	VMOVUPS (AX), Y12
	VMOVUPS 32(AX), Y13
	STORE(Y0, Y1)
	STORE(Y2, Y3)
	STORE(Y4, Y5)
	STORE(Y6, Y7)
	STORE(Y8, Y9)
	STORE(Y10, Y11)
	VZEROUPPER
	RET

// func widenAVX2(to []float32, from []int8, scale []float32)
//
// 64 inputs × 32 outputs, one input a turn.
TEXT ·widenAVX2(SB), NOSPLIT, $0-72
	MOVQ to_base+0(FP), DI
	MOVQ from_base+24(FP), SI
	MOVQ scale_base+48(FP), AX
	VMOVUPS (AX), Y4
	VMOVUPS 32(AX), Y5
	VMOVUPS 64(AX), Y6
	VMOVUPS 96(AX), Y7
	MOVQ $64, CX

loop:
	VPMOVSXBD (SI), Y0
	VPMOVSXBD 8(SI), Y1
	VPMOVSXBD 16(SI), Y2
	VPMOVSXBD 24(SI), Y3
	VCVTDQ2PS Y0, Y0
	VCVTDQ2PS Y1, Y1
	VCVTDQ2PS Y2, Y2
	VCVTDQ2PS Y3, Y3
	VMULPS    Y4, Y0, Y0
	VMULPS    Y5, Y1, Y1
	VMULPS    Y6, Y2, Y2
	VMULPS    Y7, Y3, Y3
	VMOVUPS   Y0, (DI)
	VMOVUPS   Y1, 32(DI)
	VMOVUPS   Y2, 64(DI)
	VMOVUPS   Y3, 96(DI)
	ADDQ      $32, SI
	ADDQ      $128, DI
	DECQ      CX
	JNZ       loop
	VZEROUPPER
	RET

// EIGHT defines a constant that fills a register; both is its bits, twice.
#define EIGHT(name, both) \
	DATA  name<>+0(SB)/8, $both; \
	DATA  name<>+8(SB)/8, $both; \
	DATA  name<>+16(SB)/8, $both; \
	DATA  name<>+24(SB)/8, $both; \
	GLOBL name<>(SB), RODATA|NOPTR, $32

EIGHT(one, 0x3f8000003f800000) // 1
EIGHT(half, 0x3f0000003f000000) // 0.5
EIGHT(minusHalf, 0xbf000000bf000000) // -0.5
EIGHT(lowest, 0xc2ac0000c2ac0000) // -86
EIGHT(log2e, 0x3fb8aa3b3fb8aa3b) // 1.44269504
EIGHT(ln2High, 0x3f3180003f318000) // 0.693359375, exact in nine bits
EIGHT(ln2Low, 0xb95e8083b95e8083) // -0.00021219444, the rest
EIGHT(exp2, 0x3e2aaaaa3e2aaaaa) // 0.166666655, the polynomial of the Cephes library
EIGHT(exp3, 0x3d2aa9c13d2aa9c1) // 0.0416657959
EIGHT(exp4, 0x3c0889083c088908) // 0.00833345191
EIGHT(exp5, 0x3ab743ce3ab743ce) // 0.00139819995
EIGHT(exp6, 0x3950696739506967) // 0.000198756915
EIGHT(tailP, 0x3e6d33883e6d3388) // 0.231641888, 0.3275911/√2
EIGHT(tail1, 0x3e0279063e027906) // 0.127414796
EIGHT(tail2, 0xbe11a98ebe11a98e) // -0.142248368
EIGHT(tail3, 0x3f35f0e33f35f0e3) // 0.710706871
EIGHT(tail4, 0xbf3a00e3bf3a00e3) // -0.726576014
EIGHT(tail5, 0x3f07dc223f07dc22) // 0.530702714
EIGHT(perWidth, 0x3b2aaaab3b2aaaab) // 0.00260416667
EIGHT(epsilon, 0x2b8cbccc2b8cbccc) // 1e-12

// EXP replaces x, at most 0, by exp(x): 2ⁿ times a polynomial of what is left. Below -86 it stops at exp(-86), about
// 4e-38, whose exponent still fits. n and p are clobbered.
#define EXP(x, n, p) \
	VMAXPS       lowest<>(SB), x, x; \
	VMULPS       log2e<>(SB), x, n; \
	VCVTPS2DQ    n, n; \
	VCVTDQ2PS    n, p; \
	VFNMADD231PS ln2High<>(SB), p, x; \
	VFNMADD231PS ln2Low<>(SB), p, x; \
	VMOVUPS      exp6<>(SB), p; \
	VFMADD213PS  exp5<>(SB), x, p; \
	VFMADD213PS  exp4<>(SB), x, p; \
	VFMADD213PS  exp3<>(SB), x, p; \
	VFMADD213PS  exp2<>(SB), x, p; \
	VFMADD213PS  half<>(SB), x, p; \
	VFMADD213PS  one<>(SB), x, p; \
	VFMADD213PS  one<>(SB), x, p; \
	VPSLLD       $23, n, n; \
	VPADDD       n, p, x

// GELU replaces x by max(x, 0) - |x|·Q(|x|), where Q is the upper tail of the normal distribution in the approximation 7.1.26
// of Abramowitz and Stegun, whose error is below 1e-7. Y15 is zero; t, e, n and p are clobbered.
#define GELU(x, t, e, n, p) \
	VSUBPS      x, Y15, t; \
	VMAXPS      x, t, t; \
	VMAXPS      x, Y15, x; \
	VMULPS      t, t, e; \
	VMULPS      minusHalf<>(SB), e, e; \
	EXP(e, n, p); \
	VMULPS      t, e, e; \
	VMOVUPS     one<>(SB), p; \
	VFMADD231PS tailP<>(SB), t, p; \
	VMOVUPS     one<>(SB), n; \
	VDIVPS      p, n, t; \
	VMOVUPS     tail5<>(SB), p; \
	VFMADD213PS tail4<>(SB), t, p; \
	VFMADD213PS tail3<>(SB), t, p; \
	VFMADD213PS tail2<>(SB), t, p; \
	VFMADD213PS tail1<>(SB), t, p; \
	VMULPS      t, p, p; \
	VFNMADD231PS p, e, x

// func geluAVX2(x []float32)
//
// Two registers a turn, so that one's division hides behind the other's polynomials.
TEXT ·geluAVX2(SB), NOSPLIT, $0-24
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	VXORPS Y15, Y15, Y15
	SHRQ $4, CX
	JZ   done

loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y5
	GELU(Y0, Y1, Y2, Y3, Y4)
	GELU(Y5, Y6, Y7, Y8, Y9)
	VMOVUPS Y0, (SI)
	VMOVUPS Y5, 32(SI)
	ADDQ $64, SI
	DECQ CX
	JNZ  loop

done:
	VZEROUPPER
	RET

// FOLD combines the eight lanes of Y0 into every lane of it. Y1 is clobbered.
#define FOLD(op) \
	VPERM2F128 $0x01, Y0, Y0, Y1; \
	op         Y1, Y0, Y0; \
	VPERMILPS  $0x4e, Y0, Y1; \
	op         Y1, Y0, Y0; \
	VPERMILPS  $0xb1, Y0, Y1; \
	op         Y1, Y0, Y0

// func softmaxAVX2(x []float32)
TEXT ·softmaxAVX2(SB), NOSPLIT, $0-24
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	SHRQ $4, CX
	JZ   done

	// The largest, in every lane of Y10.
	MOVQ    SI, DI
	MOVQ    CX, DX
	VMOVUPS (DI), Y0

largest:
	VMAXPS (DI), Y0, Y0
	VMAXPS 32(DI), Y0, Y0
	ADDQ   $64, DI
	DECQ   DX
	JNZ    largest
	FOLD(VMAXPS)
	VMOVAPS Y0, Y10

	// exp(x - largest), and the sum in Y0 and Y11.
	MOVQ   SI, DI
	MOVQ   CX, DX
	VXORPS Y0, Y0, Y0
	VXORPS Y11, Y11, Y11

raise:
	VMOVUPS (DI), Y2
	VMOVUPS 32(DI), Y5
	VSUBPS  Y10, Y2, Y2
	VSUBPS  Y10, Y5, Y5
	EXP(Y2, Y3, Y4)
	EXP(Y5, Y6, Y7)
	VADDPS  Y2, Y0, Y0
	VADDPS  Y5, Y11, Y11
	VMOVUPS Y2, (DI)
	VMOVUPS Y5, 32(DI)
	ADDQ    $64, DI
	DECQ    DX
	JNZ     raise
	VADDPS  Y11, Y0, Y0
	FOLD(VADDPS)
	VMOVUPS one<>(SB), Y1
	VDIVPS  Y0, Y1, Y0

share:
	VMULPS  (SI), Y0, Y2
	VMULPS  32(SI), Y0, Y3
	VMOVUPS Y2, (SI)
	VMOVUPS Y3, 32(SI)
	ADDQ    $64, SI
	DECQ    CX
	JNZ     share

done:
	VZEROUPPER
	RET

// func addNormAVX2(x, y, scale, shift []float32)
//
// 384 numbers, 16 a turn.
TEXT ·addNormAVX2(SB), NOSPLIT, $0-96
	MOVQ x_base+0(FP), SI
	MOVQ y_base+24(FP), DI
	MOVQ scale_base+48(FP), R8
	MOVQ shift_base+72(FP), R9

	// x + y, and the mean in Y8.
	VXORPS Y0, Y0, Y0
	VXORPS Y2, Y2, Y2
	XORQ   AX, AX

add:
	VMOVUPS (SI)(AX*1), Y4
	VMOVUPS 32(SI)(AX*1), Y5
	VADDPS  (DI)(AX*1), Y4, Y4
	VADDPS  32(DI)(AX*1), Y5, Y5
	VADDPS  Y4, Y0, Y0
	VADDPS  Y5, Y2, Y2
	VMOVUPS Y4, (SI)(AX*1)
	VMOVUPS Y5, 32(SI)(AX*1)
	ADDQ    $64, AX
	CMPQ    AX, $1536
	JNE     add
	VADDPS  Y2, Y0, Y0
	FOLD(VADDPS)
	VMULPS  perWidth<>(SB), Y0, Y8

	// The variance, then one over its root, in Y9.
	VXORPS Y0, Y0, Y0
	VXORPS Y2, Y2, Y2
	XORQ   AX, AX

vary:
	VMOVUPS     (SI)(AX*1), Y4
	VMOVUPS     32(SI)(AX*1), Y5
	VSUBPS      Y8, Y4, Y4
	VSUBPS      Y8, Y5, Y5
	VFMADD231PS Y4, Y4, Y0
	VFMADD231PS Y5, Y5, Y2
	ADDQ        $64, AX
	CMPQ        AX, $1536
	JNE         vary
	VADDPS  Y2, Y0, Y0
	FOLD(VADDPS)
	VMOVUPS epsilon<>(SB), Y1
	VFMADD231PS perWidth<>(SB), Y0, Y1
	VSQRTPS Y1, Y1
	VMOVUPS one<>(SB), Y9
	VDIVPS  Y1, Y9, Y9

	XORQ AX, AX

scale:
	VMOVUPS     (SI)(AX*1), Y4
	VMOVUPS     32(SI)(AX*1), Y5
	VSUBPS      Y8, Y4, Y4
	VSUBPS      Y8, Y5, Y5
	VMULPS      (R8)(AX*1), Y9, Y6
	VMULPS      32(R8)(AX*1), Y9, Y7
	VFMADD213PS (R9)(AX*1), Y6, Y4
	VFMADD213PS 32(R9)(AX*1), Y7, Y5
	VMOVUPS     Y4, (SI)(AX*1)
	VMOVUPS     Y5, 32(SI)(AX*1)
	ADDQ        $64, AX
	CMPQ        AX, $1536
	JNE         scale
	VZEROUPPER
	RET
