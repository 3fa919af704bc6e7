package parser

import (
	"bytes"
	"hash/crc64"
	"io"
	"math/bits"
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

func (k crcKernel) String() string {
	return [...]string{"default", "portable", "pclmul", "avx512"}[k]
}

// crcBitwise is the definition: a bit at a time, in the reflected order.
func crcBitwise(crc uint64, p []byte) uint64 {
	for _, b := range p {
		crc ^= uint64(b)
		for range 8 {
			crc = timesX(crc)
		}
	}
	return crc
}

// timesX multiplies by x modulo the polynomial, in the reflected order.
func timesX(a uint64) uint64 {
	x := a >> 1
	if a&1 != 0 {
		x ^= bits.Reverse64(0xad93d23594c935a9)
	}
	return x
}

// randomBytes are no text: all values, runs of zeros among them.
func randomBytes(rng *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(rng.Uint32())
	}
	if n > 1024 {
		clear(p[n/2 : n/2+n/8])
	}
	return p
}

// TestCRCKernels holds every kernel of the machine against the definition, at
// all short lengths, wherever the bytes begin, from any state, in pieces.
func TestCRCKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	data := randomBytes(rng, 2048+64)
	for _, k := range crcKernels {
		t.Run(k.String(), func(t *testing.T) {
			for start := range 4 {
				start *= 21 // 0, then odd, even, odd
				for _, crc := range []uint64{0, rng.Uint64()} {
					want := crc
					for n := range 2049 {
						p := data[start : start+n]
						if n > 0 {
							want = crcBitwise(want, p[n-1:])
						}
						if got := k.update(crc, p); got != want {
							t.Fatalf("%d bytes from %d on %x: %x, want %x", n, start, crc, got, want)
						}
					}
				}
			}
			long := randomBytes(rng, bufferData+77)
			want := crcBitwise(0, long)
			if got := k.update(0, long); got != want {
				t.Errorf("%d bytes: %x, want %x", len(long), got, want)
			}
			var crc uint64
			for rest := long; len(rest) > 0; {
				n := min(1+rng.IntN(3000), len(rest))
				crc, rest = k.update(crc, rest[:n]), rest[n:]
			}
			if crc != want {
				t.Errorf("in pieces: %x, want %x", crc, want)
			}
		})
	}
}

// TestCRCDivider holds streams of buffers against hash/crc64, by every kernel.
// Their states do not change with the stream, and one that held another
// kernel's, as a buffer does that comes from another Reader, is as good.
func TestCRCDivider(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var reused crcHistory
	for _, k := range append(append([]crcKernel{crcDefault}, crcKernels...), crcKernels...) {
		d := crcDivider{kernel: k}
		var want uint64
		var first crcHistory
		d.save(&first)
		for i := range 5 {
			if d.save(&reused); reused.sum() != want {
				t.Fatalf("%v, after %d buffers: sum %x, want %x", k, i, reused.sum(), want)
			}
			if first.sum() != 0 {
				t.Fatalf("%v: the state in front is %x after %d buffers", k, first.sum(), i)
			}
			p := (*[bufferData]byte)(randomBytes(rng, bufferData))
			if i == 3 {
				clear(p[:])
			}
			d.update(p)
			want = ^crc64.Update(^want, crcTable, p[:])
		}
	}
}

// TestSum holds whole streams against hash/crc64, at lengths around those
// of the buffers.
func TestSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	data := randomBytes(rng, 3*bufferData+5)
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
	p := (*[bufferData]byte)(randomBytes(rand.New(rand.NewPCG(7, 8)), bufferData))
	for _, k := range crcKernels {
		b.Run(k.String(), func(b *testing.B) {
			d := crcDivider{kernel: k}
			b.SetBytes(bufferData)
			b.ReportAllocs()
			for b.Loop() {
				d.update(p)
			}
		})
	}
	b.Run("table", func(b *testing.B) {
		b.SetBytes(bufferData)
		var crc uint64
		for b.Loop() {
			crc = crcPortable.update(crc, p[:])
		}
	})
}
