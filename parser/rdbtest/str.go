package rdbtest

import (
	"encoding/binary"
	"math"
	"strconv"
)

// Form is a way of storing a length or number.
type Form uint8

// The forms; a server takes the first one the number fits.
const (
	Form6  Form = iota // 1 byte, below 64
	Form14             // 2 bytes, below 16384
	Form32             // 5 bytes, below 2^32
	Form64             // 9 bytes
)

// AppendLen appends n in its shortest form.
func AppendLen(dst []byte, n uint64) []byte {
	f := Form64
	switch {
	case n < 1<<6:
		f = Form6
	case n < 1<<14:
		f = Form14
	case n <= math.MaxUint32:
		f = Form32
	}
	return AppendLenAs(dst, f, n)
}

// AppendLenAs appends n in the given form, cut to what the form holds.
func AppendLenAs(dst []byte, f Form, n uint64) []byte {
	switch f {
	case Form6:
		return append(dst, byte(n&0x3f))
	case Form14:
		return append(dst, 0x40|byte(n>>8&0x3f), byte(n))
	case Form32:
		return binary.BigEndian.AppendUint32(append(dst, 0x80), uint32(n))
	default:
		return binary.BigEndian.AppendUint64(append(dst, 0x81), n)
	}
}

// Str is a string as a dump stores it: a length or encoding, then the payload.
type Str []byte

// Plain stores s as it is, after its length.
func Plain[T ~string | ~[]byte](s T) Str {
	return append(AppendLen(nil, uint64(len(s))), s...)
}

// PlainAs is Plain with a length in the given form: an overlong one is legal.
func PlainAs[T ~string | ~[]byte](f Form, s T) Str {
	return append(AppendLenAs(nil, f, uint64(len(s))), s...)
}

// Int stores the decimal text of v in 8, 16 or 32 bits, the fewest it fits.
func Int(v int32) Str {
	switch {
	case v >= math.MinInt8 && v <= math.MaxInt8:
		return Str{0xc0, byte(v)}
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return binary.LittleEndian.AppendUint16(Str{0xc1}, uint16(v))
	default:
		return binary.LittleEndian.AppendUint32(Str{0xc2}, uint32(v))
	}
}

// LZF stores s compressed, even where that takes more room.
func LZF[T ~string | ~[]byte](s T) Str {
	p := Compress([]byte(s))
	return LZFClaim(p, uint64(len(p)), uint64(len(s)))
}

// LZFClaim stores compressed bytes under the lengths given.
func LZFClaim(compressed []byte, compressedLen, uncompressedLen uint64) Str {
	return append(AppendLen(AppendLen(Str{0xc3}, compressedLen), uncompressedLen), compressed...)
}

// Auto stores s as a server with rdbcompression yes does: short canonical
// 32-bit integers as integers, strings over 20 bytes that compression makes at
// least 4 bytes shorter as LZF, the rest as they are (rdbSaveRawString of Redis).
func Auto(s string) Str {
	if len(s) <= 11 {
		if v, ok := canonicalInt(s); ok && v >= math.MinInt32 && v <= math.MaxInt32 {
			return Int(int32(v))
		}
	}
	if len(s) > 20 {
		if p := Compress([]byte(s)); len(p) <= len(s)-4 {
			return LZFClaim(p, uint64(len(p)), uint64(len(s)))
		}
	}
	return Plain(s)
}

// Strs applies Auto to each string.
func Strs(s ...string) []Str {
	out := make([]Str, len(s))
	for i := range s {
		out[i] = Auto(s[i])
	}
	return out
}

// canonicalInt parses s when it is what strconv.FormatInt would print.
func canonicalInt(s string) (int64, bool) {
	if len(s) == 0 || len(s) > 20 || s[0] == '+' {
		return 0, false
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(v, 10) != s {
		return 0, false
	}
	return v, true
}

const (
	lzfMaxLiteral  = 32
	lzfMaxMatch    = 264
	lzfMaxDistance = 8192
	lzfHashBits    = 14
)

// Compress returns p as an LZF stream. A control byte below 32 is followed by
// that many literals and one; otherwise its upper three bits are a match's
// length less 2 (7: the next byte is added), its lower five and the next byte
// the distance less 1. The stream may be longer than p: a literal run costs one
// byte in 32.
func Compress(p []byte) []byte {
	out := make([]byte, 0, len(p)+len(p)/lzfMaxLiteral+1)
	var last [1 << lzfHashBits]int32 // position of a triple, plus 1
	literal := 0                     // start of the literals not yet written
	flush := func(end int) {
		for literal < end {
			n := min(end-literal, lzfMaxLiteral)
			out = append(out, byte(n-1))
			out = append(out, p[literal:literal+n]...)
			literal += n
		}
	}
	for i := 0; i+2 < len(p); {
		h := (uint32(p[i]) | uint32(p[i+1])<<8 | uint32(p[i+2])<<16) * 2654435761 >> (32 - lzfHashBits)
		ref := int(last[h]) - 1
		last[h] = int32(i + 1)
		if ref < 0 || i-ref > lzfMaxDistance || p[ref] != p[i] || p[ref+1] != p[i+1] || p[ref+2] != p[i+2] {
			i++
			continue
		}
		n := 3
		for n < lzfMaxMatch && i+n < len(p) && p[ref+n] == p[i+n] {
			n++
		}
		flush(i)
		d := i - ref - 1
		if n-2 < 7 {
			out = append(out, byte((n-2)<<5|d>>8), byte(d))
		} else {
			out = append(out, byte(7<<5|d>>8), byte(n-2-7), byte(d))
		}
		i += n
		literal = i
	}
	flush(len(p))
	return out
}
