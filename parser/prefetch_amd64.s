//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// func prefetchKeys(first *Key, n int)
TEXT ·prefetchKeys(SB), NOSPLIT, $0-16
	MOVQ first+0(FP), AX
	MOVQ n+8(FP), CX

key:
	BYTE $0x0F; BYTE $0x0D; BYTE $0x08             // PREFETCHW (AX)
	BYTE $0x0F; BYTE $0x0D; BYTE $0x48; BYTE $0x40 // PREFETCHW 64(AX)
	ADDQ $Key__size, AX
	SUBQ $1, CX
	JG   key
	RET

// func prefetchElements(first *Element, lines int)
TEXT ·prefetchElements(SB), NOSPLIT, $0-16
	MOVQ first+0(FP), AX
	MOVQ lines+8(FP), CX

next:
	BYTE $0x0F; BYTE $0x0D; BYTE $0x08 // PREFETCHW (AX)
	ADDQ $64, AX
	SUBQ $1, CX
	JG   next
	RET

// func prefetchNames(first *Key, n int)
TEXT ·prefetchNames(SB), NOSPLIT, $0-16
	MOVQ first+0(FP), AX
	MOVQ n+8(FP), CX

name:
	MOVQ Key_Name(AX), BX
	MOVQ Key_Name+8(AX), DX
	PREFETCHT0 (BX)
	PREFETCHT0 -1(BX)(DX*1)
	ADDQ $Key__size, AX
	SUBQ $1, CX
	JG   name
	RET
