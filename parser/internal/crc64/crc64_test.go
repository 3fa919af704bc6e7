package crc64

import (
	"hash/crc64"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// TestCheckValue holds the polynomial against the check value redis' crc64.c gives.
func TestCheckValue(t *testing.T) {
	if got := Update(0, []byte("123456789")); got != 0xe9c6d914c4b8d9ca {
		t.Fatalf("checksum of 123456789 = %x", got)
	}
}

func (k kernel) String() string {
	return [...]string{"unchosen", "portable", "pclmul", "avx512"}[k]
}

// bitwise is the definition: a bit at a time, in the reflected order.
func bitwise(crc uint64, p []byte) uint64 {
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

// TestKernels holds every kernel of the machine against the definition, at
// all short lengths, wherever the bytes begin, from any state, in pieces.
func TestKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	data := randomBytes(rng, 2048+64)
	for _, k := range kernels {
		t.Run(k.String(), func(t *testing.T) {
			for start := range 4 {
				start *= 21 // 0, then odd, even, odd
				for _, crc := range []uint64{0, rng.Uint64()} {
					want := crc
					for n := range 2049 {
						p := data[start : start+n]
						if n > 0 {
							want = bitwise(want, p[n-1:])
						}
						if got := k.update(crc, p); got != want {
							t.Fatalf("%d bytes from %d on %x: %x, want %x", n, start, crc, got, want)
						}
					}
				}
			}
			long := randomBytes(rng, BufferSize+77)
			want := bitwise(0, long)
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

// TestDivider holds streams of buffers against hash/crc64, by every kernel.
// Their states do not change with the stream, and one that held another
// kernel's, as a buffer does that comes from another Reader, is as good.
func TestDivider(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var reused State
	for _, k := range append(append([]kernel{unchosen}, kernels...), kernels...) {
		d := Divider{kernel: k}
		var want uint64
		var first State
		d.Save(&first)
		for i := range 5 {
			if d.Save(&reused); reused.Sum() != want {
				t.Fatalf("%v, after %d buffers: sum %x, want %x", k, i, reused.Sum(), want)
			}
			if first.Sum() != 0 {
				t.Fatalf("%v: the state in front is %x after %d buffers", k, first.Sum(), i)
			}
			p := (*[BufferSize]byte)(randomBytes(rng, BufferSize))
			if i == 3 {
				clear(p[:])
			}
			d.Update(p)
			want = ^crc64.Update(^want, table, p[:])
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	p := (*[BufferSize]byte)(randomBytes(rand.New(rand.NewPCG(7, 8)), BufferSize))
	for _, k := range kernels {
		b.Run(k.String(), func(b *testing.B) {
			d := Divider{kernel: k}
			b.SetBytes(BufferSize)
			b.ReportAllocs()
			for b.Loop() {
				d.Update(p)
			}
		})
	}
	b.Run("table", func(b *testing.B) {
		b.SetBytes(BufferSize)
		var crc uint64
		for b.Loop() {
			crc = portable.update(crc, p[:])
		}
	})
}
