//go:build !purego

#include "textflag.h"

// A stream is 128 or 512 bits of remainder, first byte lowest. FOLD carries it
// over as many bytes as factor says: the first half of each 128 bits times the
// factor's first, plus the second half times its second.

#define FOLD(stream, factor, spare) \
	MOVOU     stream, spare         \
	PCLMULQDQ $0x00, factor, stream \
	PCLMULQDQ $0x11, factor, spare  \
	PXOR      spare, stream

#define FOLD_ADD(stream, factor, spare, memory, data) \
	FOLD(stream, factor, spare) \
	MOVOU memory, data          \
	PXOR  data, stream

// The stream X0 goes on into the next one.
#define FOLD_INTO(next) \
	FOLD(X0, X15, X8) \
	PXOR next, X0

// What is left of the input, CX bytes at SI, 16 at a time, and the results.
#define FINISH \
rest: \
	CMPQ   CX, $16 \
	JB     done    \
	FOLD_ADD(X0, X15, X8, 0(SI), X9) \
	ADDQ   $16, SI \
	SUBQ   $16, CX \
	JMP    rest    \
done: \
	MOVQ   X0, first+32(FP)  \
	PSRLDQ $8, X0            \
	MOVQ   X0, second+40(FP) \
	RET

// 512 bits at once; VPTERNLOGQ adds all three.
#define FOLD512_ADD(stream, factor, spare, addend) \
	VPCLMULQDQ $0x00, factor, stream, spare  \
	VPCLMULQDQ $0x11, factor, stream, stream \
	VPTERNLOGQ $0x96, addend, spare, stream

// func foldPCLMUL(crc uint64, p []byte) (first, second uint64)
TEXT ·foldPCLMUL(SB), NOSPLIT, $0-48
	MOVQ  p_base+8(FP), SI
	MOVQ  p_len+16(FP), CX
	MOVQ  crc+0(FP), X8
	MOVOU 0(SI), X0
	MOVOU 16(SI), X1
	MOVOU 32(SI), X2
	MOVOU 48(SI), X3
	MOVOU 64(SI), X4
	MOVOU 80(SI), X5
	MOVOU 96(SI), X6
	MOVOU 112(SI), X7
	PXOR  X8, X0
	MOVOU ·over128(SB), X15

streams:
	ADDQ $128, SI
	SUBQ $128, CX
	CMPQ CX, $128
	JB   merge
	FOLD_ADD(X0, X15, X8, 0(SI), X9)
	FOLD_ADD(X1, X15, X10, 16(SI), X11)
	FOLD_ADD(X2, X15, X12, 32(SI), X13)
	FOLD_ADD(X3, X15, X14, 48(SI), X9)
	FOLD_ADD(X4, X15, X8, 64(SI), X11)
	FOLD_ADD(X5, X15, X10, 80(SI), X13)
	FOLD_ADD(X6, X15, X12, 96(SI), X9)
	FOLD_ADD(X7, X15, X14, 112(SI), X11)
	JMP  streams

merge:
	MOVOU ·over16(SB), X15
	FOLD_INTO(X1)
	FOLD_INTO(X2)
	FOLD_INTO(X3)
	FOLD_INTO(X4)
	FOLD_INTO(X5)
	FOLD_INTO(X6)
	FOLD_INTO(X7)
	FINISH

// func foldAVX512(crc uint64, p []byte) (first, second uint64)
TEXT ·foldAVX512(SB), NOSPLIT, $0-48
	MOVQ      p_base+8(FP), SI
	MOVQ      p_len+16(FP), CX
	VMOVQ     crc+0(FP), X8 // clears the rest of Z8
	VPXORQ    0(SI), Z8, Z0
	VMOVDQU64 64(SI), Z1
	VMOVDQU64 128(SI), Z2
	VMOVDQU64 192(SI), Z3
	VMOVDQU64 256(SI), Z4
	VMOVDQU64 320(SI), Z5
	VMOVDQU64 384(SI), Z6
	VMOVDQU64 448(SI), Z7
	VBROADCASTI32X4 ·over512(SB), Z15

streams:
	ADDQ $512, SI
	SUBQ $512, CX
	CMPQ CX, $512
	JB   merge
	FOLD512_ADD(Z0, Z15, Z8, 0(SI))
	FOLD512_ADD(Z1, Z15, Z9, 64(SI))
	FOLD512_ADD(Z2, Z15, Z10, 128(SI))
	FOLD512_ADD(Z3, Z15, Z11, 192(SI))
	FOLD512_ADD(Z4, Z15, Z12, 256(SI))
	FOLD512_ADD(Z5, Z15, Z13, 320(SI))
	FOLD512_ADD(Z6, Z15, Z14, 384(SI))
	FOLD512_ADD(Z7, Z15, Z8, 448(SI))
	JMP  streams

merge:
	VBROADCASTI32X4 ·over64(SB), Z15
	FOLD512_ADD(Z0, Z15, Z8, Z1)
	FOLD512_ADD(Z0, Z15, Z8, Z2)
	FOLD512_ADD(Z0, Z15, Z8, Z3)
	FOLD512_ADD(Z0, Z15, Z8, Z4)
	FOLD512_ADD(Z0, Z15, Z8, Z5)
	FOLD512_ADD(Z0, Z15, Z8, Z6)
	FOLD512_ADD(Z0, Z15, Z8, Z7)

wide:
	CMPQ CX, $64
	JB   narrow
	FOLD512_ADD(Z0, Z15, Z8, 0(SI))
	ADDQ $64, SI
	SUBQ $64, CX
	JMP  wide

narrow:
	VEXTRACTI32X4 $1, Z0, X1
	VEXTRACTI32X4 $2, Z0, X2
	VEXTRACTI32X4 $3, Z0, X3
	VZEROUPPER // keeps the lowest 128 bits of each
	MOVOU ·over16(SB), X15
	FOLD_INTO(X1)
	FOLD_INTO(X2)
	FOLD_INTO(X3)
	FINISH

// func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	MOVL subleaf+4(FP), CX
	CPUID
	MOVL AX, eax+8(FP)
	MOVL BX, ebx+12(FP)
	MOVL CX, ecx+16(FP)
	MOVL DX, edx+20(FP)
	RET

// func xgetbv() (eax, edx uint32)
TEXT ·xgetbv(SB), NOSPLIT, $0-8
	XORL CX, CX
	XGETBV
	MOVL AX, eax+0(FP)
	MOVL DX, edx+4(FP)
	RET
