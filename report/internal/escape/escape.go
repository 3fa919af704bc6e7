// Package escape makes hostile bytes safe, once for each medium: a terminal, CSV,
// JSON and Markdown.
package escape

import (
	"unicode"
	"unicode/utf8"
)

// AppendPrintable appends text that is escaped already, and escapes what is
// not printable in it all the same; backslashes stay as they are.
func AppendPrintable[T string | []byte](dst []byte, s T, ascii bool) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f {
			dst = append(dst, c)
			i++
			continue
		}
		n, ok := 1, false
		if c >= utf8.RuneSelf {
			var r rune
			r, n = decodeRune(s[i:])
			ok = n > 1 && !ascii && unicode.IsPrint(r)
		}
		for _, b := range []byte(s[i : i+n]) {
			if ok {
				dst = append(dst, b)
			} else {
				dst = append(dst, '\\', 'x', hex[b>>4], hex[b&15])
			}
		}
		i += n
	}
	return dst
}

// decodeRune returns the first rune of s and its length.
func decodeRune[T string | []byte](s T) (rune, int) {
	return utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
}

// plainText reports whether text is printable ASCII without a backslash, a
// quotation mark and one byte more.
func plainText[T string | []byte](s T, other byte) bool {
	const (
		ones = 0x0101010101010101
		tops = ones << 7
	)
	odd := func(w uint64) uint64 {
		// zero(x) has the top bit of the lowest byte of x that is zero, and none
		// when there is none; what borrows make of bytes above it is no matter.
		zero := func(x uint64) uint64 { return (x - ones) &^ x }
		control, high := w-ones*0x20, w|(w+ones) // below 0x20; from 0x7f
		return (control | high | zero(w^ones*'"') | zero(w^ones*'\\') | zero(w^ones*uint64(other))) & tops
	}
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		if odd(loadWord(s[i:i+8])) != 0 {
			return false
		}
	}
	if i == len(s) {
		return true
	}
	if i > 0 {
		return odd(loadWord(s[len(s)-8:])) == 0 // some bytes again
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == other {
			return false
		}
	}
	return true
}

// loadWord returns the first eight bytes of s, the first one lowest.
func loadWord[T string | []byte](s T) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
