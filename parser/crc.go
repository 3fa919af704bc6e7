package parser

import (
	"encoding/binary"
	"hash/crc64"
)

// The footer's checksum is CRC-64/Jones: polynomial ad93d23594c935a9, bits
// reflected, start value 0, result not inverted (redis crc64.c). hash/crc64
// computes the same with both ends inverted.
var crcTable = crc64.MakeTable(0x95ac9329ac4bc9b5)

func crcTableUpdate(crc uint64, p []byte) uint64 { return ^crc64.Update(^crc, crcTable, p) }

// Long inputs are first divided, 64-bit word by word, by a sparse multiple of
// the polynomial. With Y = x^64, modulo the polynomial,
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

// crcHistory is the state of a division: the last words, which are to be added
// to the words that follow. Zero is the state before the first byte.
type crcHistory [crcDegree]uint64

// crcDivider divides a stream that comes in whole buffers.
type crcDivider struct {
	w [crcDegree + bufferData/8]uint64 // the history, then the words of one buffer
}

func (d *crcDivider) save(h *crcHistory) { copy(h[:], d.w[:crcDegree]) }

// update takes one buffer of data.
func (d *crcDivider) update(p *[bufferData]byte) {
	const words = bufferData / 8
	type block = [crcBlock]uint64
	w := &d.w
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
func (h *crcHistory) sum() uint64 {
	r := *h
	// The history took in what its own words pass on to later ones; as none of
	// them was cancelled, that is taken back, last word first.
	for i := crcDegree - 1; i >= 0; i-- {
		for _, dist := range crcDistances {
			if dist <= i {
				r[i] ^= r[i-dist]
			}
		}
	}
	var crc uint64
	var bytes [8]byte
	for _, word := range r {
		binary.LittleEndian.PutUint64(bytes[:], word)
		crc = crcTableUpdate(crc, bytes[:])
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
