package parser_test

import (
	"bytes"
	"hash/crc64"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/rdblens/rdblens/parser"
)

// TestSum holds whole streams against hash/crc64, at lengths around those of the
// buffers.
func TestSum(t *testing.T) {
	const buffer = 256 << 10
	rng := rand.New(rand.NewPCG(3, 4))
	data := make([]byte, 3*buffer+5)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	table := crc64.MakeTable(0x95ac9329ac4bc9b5)
	for _, n := range []int{0, 1, 8, buffer - 1, buffer, buffer + 1, 2 * buffer, len(data)} {
		// Halves of what is asked for: a source may return less than there is.
		got, size, err := parser.Sum(iotest.HalfReader(bytes.NewReader(data[:n])))
		if want := ^crc64.Update(^uint64(0), table, data[:n]); got != want || size != int64(n) || err != nil {
			t.Errorf("%d bytes: %x over %d, %v; want %x", n, got, size, err, want)
		}
	}
	broken := io.MultiReader(bytes.NewReader(data[:10]), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, n, err := parser.Sum(broken); n != 10 || err != io.ErrUnexpectedEOF {
		t.Errorf("a source that fails: %d bytes, %v", n, err)
	}
}
