package parser

import (
	"hash/crc64"
	"math/rand/v2"
	"testing"
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
