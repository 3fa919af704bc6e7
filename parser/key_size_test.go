package parser

import (
	"math/bits"
	"testing"
	"unsafe"
)

// TestKeyLines: what the loop over strings writes of every key is in the first two cache
// lines of its record, and records begin with a line.
func TestKeyLines(t *testing.T) {
	if bits.UintSize != 64 {
		t.Skip("pointers of another size")
	}
	if size, half := unsafe.Sizeof(Key{}), unsafe.Offsetof(Key{}.Int); size != 256 || half != 128 {
		t.Errorf("a record has %d bytes, its further half begins at %d: want 256 and 128", size, half)
	}
	if batchElements > 1<<16-1 {
		t.Errorf("%d elements of a batch cannot be numbered in 16 bits", batchElements)
	}
}
