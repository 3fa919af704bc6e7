package parser

import (
	"encoding/binary"
	"hash/crc64"
)

// The footer's checksum is CRC-64/Jones: polynomial ad93d23594c935a9, bits
// reflected, start value 0, result not inverted (redis crc64.c). hash/crc64
// computes the same with both ends inverted.
var crcTable = crc64.MakeTable(0x95ac9329ac4bc9b5)

// crcKernel is a way to compute the checksum of long inputs.
type crcKernel uint8

const (
	crcDefault  crcKernel = iota // the fastest of this machine
	crcPortable                  // sparse division; by table what is no whole buffer
	crcPCLMUL                    // folding by carry-less multiplication, 128 bits at a time
	crcAVX512                    // the same, 512 bits at a time
)

// crcFastest is what crcDefault stands for.
var crcFastest = crcKernels[len(crcKernels)-1]

// crcTableUpdate returns the checksum of what has the checksum crc, followed by
// p. By table it goes where the machine cannot fold, and for what folding leaves.
func crcTableUpdate(crc uint64, p []byte) uint64 { return crcFastest.update(crc, p) }

func (k crcKernel) update(crc uint64, p []byte) uint64 {
	crc, p = k.fold(crc, p)
	return ^crc64.Update(^crc, crcTable, p)
}

// crcWord adds the eight bytes of a word, its lowest first.
func crcWord(crc, word uint64) uint64 {
	crc ^= word
	for range 8 {
		crc = crc>>8 ^ crcTable[byte(crc)]
	}
	return crc
}

// crcDivider computes the checksum of a stream that comes in whole buffers.
// Zero is ready for the first.
type crcDivider struct {
	kernel crcKernel
	crc    uint64     // the checksum so far, when folding
	sparse *crcSparse // when not
}

// crcHistory is a state of a crcDivider. Zero is that before the first byte.
type crcHistory struct {
	crc     uint64    // the checksum, unless divided
	words   *crcWords // kept for the next divided state
	divided bool
}

func (d *crcDivider) save(h *crcHistory) {
	h.crc, h.divided = d.crc, d.sparse != nil
	if !h.divided {
		return
	}
	if h.words == nil {
		h.words = new(crcWords)
	}
	copy(h.words[:], d.sparse[:crcDegree])
}

// update takes one buffer of data.
func (d *crcDivider) update(p *[bufferData]byte) {
	if d.kernel == crcDefault {
		d.kernel = crcFastest
	}
	if d.kernel != crcPortable {
		d.crc = d.kernel.update(d.crc, p[:])
		return
	}
	if d.sparse == nil {
		d.sparse = new(crcSparse)
	}
	d.sparse.update(p)
}

// sum returns the checksum up to the state.
func (h *crcHistory) sum() uint64 {
	if h.divided {
		return h.words.sum()
	}
	return h.crc
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
	crcDegree = 2015
	crcBlock  = 32 // words done together; below the shortest distance
)

var crcDistances = [...]int{50, 1252, 1286, 1503, 1717, 1891, crcDegree}

// crcWords is the state of a sparse division: the last words, which are to be
// added to the words that follow. Zero is the state before the first byte.
type crcWords [crcDegree]uint64

// crcSparse divides a stream: the state, then the words of one buffer.
type crcSparse [crcDegree + bufferData/8]uint64

func (w *crcSparse) update(p *[bufferData]byte) {
	const words = bufferData / 8
	type block = [crcBlock]uint64
	for i := 0; i < words; i += crcBlock {
		src := (*[8 * crcBlock]byte)(p[8*i:])
		x := (*block)(w[crcDegree+i:])
		a := (*block)(w[crcDegree-50+i:])
		b := (*block)(w[crcDegree-1252+i:])
		c := (*block)(w[crcDegree-1286+i:])
		e := (*block)(w[crcDegree-1503+i:])
		f := (*block)(w[crcDegree-1717+i:])
		g := (*block)(w[crcDegree-1891+i:])
		h := (*block)(w[i:])
		for j := range crcBlock {
			x[j] = binary.LittleEndian.Uint64(src[8*j:8*j+8]) ^ a[j] ^ b[j] ^ c[j] ^ e[j] ^ f[j] ^ g[j] ^ h[j]
		}
	}
	copy(w[:crcDegree], w[words:])
}

// sum returns the checksum of what was divided so far.
func (w *crcWords) sum() (crc uint64) {
	r := *w
	// The state took in what its own words pass on to later ones; as none of
	// them was cancelled, that is taken back, last word first.
	for i := crcDegree - 1; i >= 0; i-- {
		for _, dist := range crcDistances {
			if dist <= i {
				r[i] ^= r[i-dist]
			}
		}
	}
	for _, word := range r {
		crc = crcWord(crc, word)
	}
	return crc
}

// crcShift returns the checksum that crc becomes when n zero bytes follow:
// crc times x^8n modulo the polynomial, in the reflected order of bits, where
// the highest bit stands for x^0.
func crcShift(crc uint64, n int64) uint64 {
	const one = 1 << 63
	power, square := uint64(one), uint64(one>>8) // x^0, x^8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			power = crcMultiply(power, square)
		}
		square = crcMultiply(square, square)
	}
	return crcMultiply(crc, power)
}

// crcMultiply multiplies two polynomials modulo that of the checksum.
func crcMultiply(a, b uint64) (product uint64) {
	const polynomial = 0x95ac9329ac4bc9b5
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
