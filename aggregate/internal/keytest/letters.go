package keytest

import (
	"testing"
)

// Stride returns the step of a loop: 1, and more under -short. The race
// detector makes long loops of one goroutine far longer and finds nothing there.
func Stride(n int) int {
	if testing.Short() {
		return n
	}
	return 1
}

// Letters spells a number in letters.
func Letters(i int) string {
	b := []byte{}
	for {
		b = append(b, byte('g'+i%20))
		if i /= 20; i == 0 {
			return string(b)
		}
	}
}
