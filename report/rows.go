package report

import (
	"io"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// lineBuffer collects lines and hands them on in large pieces. The zero value
// needs w.
type lineBuffer struct {
	w   io.Writer
	buf []byte
	err error
}

// flushSize is the number of bytes from which a lineBuffer is written out.
const flushSize = 64 << 10

// endRow writes the buffer out when it is full enough.
func (b *lineBuffer) endRow() error {
	if len(b.buf) < flushSize {
		return nil
	}
	return b.flush()
}

// flush writes what is buffered and keeps the first error.
func (b *lineBuffer) flush() error {
	if b.err != nil {
		return b.err
	}
	if len(b.buf) == 0 {
		return nil
	}
	n, err := b.w.Write(b.buf)
	if err == nil && n < len(b.buf) {
		err = io.ErrShortWrite
	}
	b.buf = b.buf[:0]
	b.err = err
	return err
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

// appendInt appends a decimal number. Most are of a few digits, which go right
// to their places.
func appendInt(dst []byte, n int64) []byte {
	if uint64(n) >= 1e8 {
		return strconv.AppendInt(dst, n, 10)
	}
	w, width := uint32(n), 1
	for limit := uint32(10); w >= limit && width < 8; limit *= 10 {
		width++
	}
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)[:start+width]
	for i := len(dst) - 1; i >= start; i-- {
		q := w / 10
		dst[i] = byte('0' + w - q*10)
		w = q
	}
	return dst
}

// typeName returns what TYPE prints.
func typeName(r *aggregate.Row) string {
	if r.TypeName == "" {
		return r.Logical.String()
	}
	return r.TypeName
}

// encodingName returns what OBJECT ENCODING prints, for a module's value the
// name of its type.
func encodingName(r *aggregate.Row) string {
	if r.Size.Encoding == memory.EncodingModule {
		return typeName(r)
	}
	return r.Size.Encoding.String()
}

// appendTime appends ms since the epoch as aggregate.Time prints them, without
// its allocation.
func appendTime(dst []byte, ms int64) []byte {
	t := time.UnixMilli(clampTime(ms)).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	milli := t.Nanosecond() / 1e6
	dst = appendPair(appendPair(dst, year/100), year%100)
	dst = appendPair(append(dst, '-'), int(month))
	dst = appendPair(append(dst, '-'), day)
	dst = appendPair(append(dst, 'T'), hour)
	dst = appendPair(append(dst, ':'), minute)
	dst = appendPair(append(dst, ':'), second)
	dst = append(dst, '.', byte('0'+milli/100))
	return append(appendPair(dst, milli%100), 'Z')
}

// clampTime keeps ms since the epoch within the years of RFC 3339, 0000 to 9999,
// as aggregate.Time does: an expiry may be any number, and a reader that turns
// ms into finer units would refuse a whole file for one wild one.
func clampTime(ms int64) int64 {
	const (
		first = -62167219200000     // 0000-01-01
		last  = 253402300800000 - 1 // the end of 9999
	)
	return min(max(ms, first), last)
}

// appendPair appends two digits.
func appendPair(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

// appendKey appends a row's key as text: printable UTF-8, other bytes as \xNN,
// a backslash doubled. A key that the row does not hold whole ends in \... and
// its length in parentheses; a lone backslash before a dot is no escape.
func appendKey(dst []byte, r *aggregate.Row) []byte {
	dst = parser.AppendEscaped(dst, r.Key)
	return appendCutMark(dst, r)
}

func appendCutMark(dst []byte, r *aggregate.Row) []byte {
	if !isCut(r) {
		return dst
	}
	dst = append(dst, `\...(`...)
	dst = appendInt(dst, r.KeyLen)
	return append(dst, " bytes)"...)
}

// isCut reports whether the row holds only the beginning of its key.
func isCut(r *aggregate.Row) bool { return r.KeyLen > int64(len(r.Key)) }

// appendPrintable appends text that is escaped already, and escapes what is
// not printable in it all the same; backslashes stay as they are.
func appendPrintable[T string | []byte](dst []byte, s T, ascii bool) []byte {
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

func decodeRune[T string | []byte](s T) (rune, int) {
	return utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
}
