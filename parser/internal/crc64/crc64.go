// Package crc64 computes the checksum in the footer of a dump: CRC-64/Jones,
// polynomial ad93d23594c935a9, bits reflected, start value 0, result not inverted
// (crc64.c of Redis).
//
// There are three ways to it, and the fastest that the processor knows is taken:
//
//	avx512    carry-less multiplication folds 512 bits of eight streams at a time
//	pclmul    the same with 128 bits
//	portable  a sparse multiple of the polynomial divides whole buffers; short
//	          inputs go by the table of hash/crc64
//
// The first two are in crc64_amd64.s. Build tag purego leaves the third alone.
package crc64

import (
	"encoding/binary"
	"hash/crc64"
)

// BufferSize is how many bytes a Divider takes at once. It is fixed, so that the
// sparse division runs over arrays of known length without bounds checks.
const BufferSize = 256 << 10

// polynomial is that of the checksum in the reflected order of bits, in which the
// highest bit stands for x^0.
const polynomial = 0x95ac9329ac4bc9b5

// table serves hash/crc64, which computes the same with both ends inverted.
var table = crc64.MakeTable(polynomial)

// kernel is a way to compute the checksum of long inputs.
type kernel uint8

const (
	unchosen kernel = iota // stands for best
	portable               // sparse division; by table what is no whole buffer
	pclmul                 // folding by carry-less multiplication, 128 bits at a time
	avx512                 // the same, 512 bits at a time
)

// best is the fastest kernel of this machine.
var best = kernels[len(kernels)-1]

// Update returns the checksum of what has the checksum crc, followed by p.
func Update(crc uint64, p []byte) uint64 { return best.update(crc, p) }

// update folds what the kernel folds, and takes the rest by table.
func (k kernel) update(crc uint64, p []byte) uint64 {
	crc, p = k.fold(crc, p)
	return ^crc64.Update(^crc, table, p)
}

// addWord adds the eight bytes of a word, its lowest first.
func addWord(crc, word uint64) uint64 {
	crc ^= word
	for range 8 {
		crc = crc>>8 ^ table[byte(crc)]
	}
	return crc
}

// Divider computes the checksum of a stream that comes in whole buffers. Zero is
// ready for the first.
type Divider struct {
	kernel kernel
	crc    uint64  // the checksum so far, when the kernel folds
	sparse *sparse // the division under way, when it does not
}

// Update takes the next buffer of the stream.
func (d *Divider) Update(p *[BufferSize]byte) {
	if d.kernel == unchosen {
		d.kernel = best
	}
	if d.kernel != portable {
		d.crc = d.kernel.update(d.crc, p[:])
		return
	}
	if d.sparse == nil {
		d.sparse = new(sparse)
	}
	d.sparse.update(p)
}

// State is where a stream's checksum stood at some point. A division under way
// becomes a checksum in some thirty thousand steps, and hardly any state is asked
// for it, so a State keeps what Sum needs. Zero is the state in front of the first
// byte.
type State struct {
	crc     uint64 // the checksum, unless divided
	words   *words // of a divided state; kept for the next one when not
	divided bool
}

// Save stores where the Divider stands.
func (d *Divider) Save(s *State) {
	s.crc, s.divided = d.crc, d.sparse != nil
	if !s.divided {
		return
	}
	if s.words == nil {
		s.words = new(words)
	}
	copy(s.words[:], d.sparse[:degree])
}

// Set makes s the state of a stream whose checksum is crc.
func (s *State) Set(crc uint64) { s.crc, s.divided = crc, false }

// Sum returns the checksum up to the state.
func (s *State) Sum() uint64 {
	if s.divided {
		return s.words.sum()
	}
	return s.crc
}

// Where the machine cannot fold, long inputs are first divided, 64-bit word by
// word, by a sparse multiple of the polynomial. With Y = x^64, modulo the
// polynomial,
//
//	Y^2015 = Y^1965 + Y^763 + Y^729 + Y^512 + Y^298 + Y^124 + 1
//
// so a word can be cancelled by adding it to the words 50, 1252, 1286, 1503,
// 1717, 1891 and 2015 places later, which takes seven loads and no table. What
// is left in the last 2015 words has the checksum of the whole input.
const (
	degree     = 2015
	blockWords = 32 // done together; below the shortest distance
)

var distances = [...]int{50, 1252, 1286, 1503, 1717, 1891, degree}

// words is the state of a sparse division: the last words, which are to be
// added to the words that follow. Zero is the state before the first byte.
type words [degree]uint64

// sparse divides a stream: the state, then the words of one buffer.
type sparse [degree + BufferSize/8]uint64

// update divides one buffer. No word depends on another of its own block, so the
// loads of a block do not wait for its stores.
func (w *sparse) update(p *[BufferSize]byte) {
	const n = BufferSize / 8
	type block = [blockWords]uint64
	for i := 0; i < n; i += blockWords {
		src := (*[8 * blockWords]byte)(p[8*i:])
		x := (*block)(w[degree+i:])
		a := (*block)(w[degree-50+i:])
		b := (*block)(w[degree-1252+i:])
		c := (*block)(w[degree-1286+i:])
		e := (*block)(w[degree-1503+i:])
		f := (*block)(w[degree-1717+i:])
		g := (*block)(w[degree-1891+i:])
		h := (*block)(w[i:])
		for j := range blockWords {
			x[j] = binary.LittleEndian.Uint64(src[8*j:8*j+8]) ^ a[j] ^ b[j] ^ c[j] ^ e[j] ^ f[j] ^ g[j] ^ h[j]
		}
	}
	copy(w[:degree], w[n:])
}

// sum returns the checksum of what was divided so far.
func (w *words) sum() (crc uint64) {
	r := *w
	// The state took in what its own words pass on to later ones; as none of
	// them was cancelled, that is taken back, last word first.
	for i := degree - 1; i >= 0; i-- {
		for _, dist := range distances {
			if dist <= i {
				r[i] ^= r[i-dist]
			}
		}
	}
	for _, word := range r {
		crc = addWord(crc, word)
	}
	return crc
}

// Shift returns the checksum that crc becomes when n zero bytes follow:
// crc times x^8n modulo the polynomial, in the reflected order of bits, where
// the highest bit stands for x^0.
func Shift(crc uint64, n int64) uint64 {
	const one = 1 << 63
	power, square := uint64(one), uint64(one>>8) // x^0, x^8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			power = multiply(power, square)
		}
		square = multiply(square, square)
	}
	return multiply(crc, power)
}

// multiply multiplies two polynomials modulo that of the checksum.
func multiply(a, b uint64) (product uint64) {
	for bit := uint64(1) << 63; bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		if b&1 != 0 {
			b = b>>1 ^ polynomial
		} else {
			b >>= 1
		}
	}
	return product
}
