package keyname

import (
	"github.com/rdblens/rdblens/parser"
)

// Keys whose values are looked at are a stratified sample: keys fall into
// strata by their type and the first words of their name, and of each stratum
// those with the smallest hashes are taken. Which ones is a function of the set
// of keys, and the smallest of a union are among the smallest of its parts: the
// sample merges. While a dump is read each stratum knows the largest hash that
// can still be in the sample; it only falls, so the scanner may ask it ahead of
// the counting and never misses a value that is needed.
//
// How many keys a stratum keeps, and the bytes of values among them, depends on
// the number of strata that have keys, so the whole is bounded. Values are held
// until the source ends; then probes turn those that are left into integers.

const (
	// ProbeStrata is the number of strata; unlike names may share one.
	ProbeStrata = 1 << 10
)

// StratumOf returns the stratum of a type and the first two tokens of a name, as
// far as they are words: see wordOf.
func StratumOf(l parser.DataType, words [2]uint64) uint32 {
	return stratumNumber(l, Mix64((uint64(l)+1)*HashMul2^words[0], HashMul1^words[1]))
}

// GroupStratum returns the stratum of the keys of a type in a group, by its
// number: a group is one stratum.
func GroupStratum(l parser.DataType, group int) uint32 {
	return StratumOf(l, [2]uint64{uint64(group) + 1})
}

// wordOf returns the first eight letters of a token that is a word of lower-case
// letters and no hexadecimal number, 0 for others.
func wordOf(name []byte, e *Edge) uint64 {
	if e.Cls != ClassLiteral {
		return 0
	}
	w := WordAt(name, int(e.Off), int(min(e.N, 8)))
	all := uint64(topBits)
	if e.N < 8 {
		all &= 1<<(8*e.N) - 1
	}
	if w&topBits != 0 || lowerBytes(w) != all {
		return 0
	}
	return w & beyondHex(w)
}

// beyondHex is all ones when one of eight bytes of ASCII is a letter behind f,
// otherwise 0.
func beyondHex(w uint64) uint64 {
	x := (w + (0x7f-'f')*eachByte) & topBits
	return uint64(int64(x|-x) >> 63)
}

// stratumNumber gives strings one half of the strata, other types the other one.
func stratumNumber(l parser.DataType, h uint64) uint32 {
	n := uint32(h>>32) & (ProbeStrata/2 - 1)
	if l != parser.DataTypeString {
		n += ProbeStrata / 2
	}
	return n
}

// HoldsStrings reports whether a stratum is one of strings.
func HoldsStrings(stratum int) bool { return stratum < ProbeStrata/2 }
