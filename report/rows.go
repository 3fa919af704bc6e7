package report

import (
	"io"
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
