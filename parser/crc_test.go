package parser

import (
	"bytes"
	"hash/crc64"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// TestCRCCheckValue holds the polynomial against the check value redis' crc64.c gives.
func TestCRCCheckValue(t *testing.T) {
	if got := crcTableUpdate(0, []byte("123456789")); got != 0xe9c6d914c4b8d9ca {
		t.Fatalf("checksum of 123456789 = %x", got)
	}
}

// TestCRCDivider holds the sparse division against hash/crc64 over several buffers.
func TestCRCDivider(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var d crcDivider
	var h crcHistory
	var want uint64
	p := new([bufferData]byte)
	for i := range 5 {
		if d.save(&h); h.sum() != want {
			t.Fatalf("after %d buffers: sum %x, want %x", i, h.sum(), want)
		}
		for j := range p {
			p[j] = byte(rng.Uint32())
			if i == 3 {
				p[j] = 0
			}
		}
		d.update(p)
		want = ^crc64.Update(^want, crcTable, p[:])
	}
}

// TestSum holds whole streams against hash/crc64, at lengths around those
// of the buffers.
func TestSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	data := make([]byte, 3*bufferData+5)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	for _, n := range []int{0, 1, 8, bufferData - 1, bufferData, bufferData + 1, 2 * bufferData, len(data)} {
		// Halves of what is asked for: a source may return less than there is.
		got, size, err := Sum(iotest.HalfReader(bytes.NewReader(data[:n])))
		if want := ^crc64.Update(^uint64(0), crcTable, data[:n]); got != want || size != int64(n) || err != nil {
			t.Errorf("%d bytes: %x over %d, %v; want %x", n, got, size, err, want)
		}
	}
	broken := io.MultiReader(bytes.NewReader(data[:10]), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, n, err := Sum(broken); n != 10 || err != io.ErrUnexpectedEOF {
		t.Errorf("a source that fails: %d bytes, %v", n, err)
	}
}

func BenchmarkCRC(b *testing.B) {
	p := new([bufferData]byte)
	b.Run("divider", func(b *testing.B) {
		var d crcDivider
		b.SetBytes(bufferData)
		for b.Loop() {
			d.update(p)
		}
	})
	b.Run("table", func(b *testing.B) {
		b.SetBytes(bufferData)
		var crc uint64
		for b.Loop() {
			crc = crcTableUpdate(crc, p[:])
		}
	})
}
