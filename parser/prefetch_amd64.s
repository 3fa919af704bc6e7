//go:build !purego

#include "textflag.h"

// func prefetchKeys(first *Key, lines int)
TEXT ·prefetchKeys(SB), NOSPLIT, $0-16
	MOVQ first+0(FP), AX
	MOVQ lines+8(FP), CX

next:
	BYTE $0x0F; BYTE $0x0D; BYTE $0x08 // PREFETCHW (AX)
	ADDQ $64, AX
	SUBQ $1, CX
	JG   next
	RET

// func prefetchElements(first *Element, lines int)
TEXT ·prefetchElements(SB), NOSPLIT, $0-16
	JMP ·prefetchKeys(SB)
