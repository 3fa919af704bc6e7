package report

import (
	"io"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
)

// NewKeysText writes rows as aligned text lines for reading, under a heading,
// each as soon as it comes: a column is as wide as such values usually are, and
// the key takes the rest of o.Width, shortened at its end. A size with ~ is not
// exact. Of o, Width, Bytes and ASCII count.
func NewKeysText(w io.Writer, o TextOptions) RowWriter {
	k := &keysText{lineBuffer: lineBuffer{w: w, buf: make([]byte, 0, flushSize+4096)}, width: textWidth(o), bytes: o.Bytes, ascii: o.ASCII, scratch: make([]byte, 0, 256)}
	k.mark = newText(nil, o).ellipsis
	k.markWidth = displayWidth(k.mark)
	k.sizeWidth = len("1023 MiB") + 1
	if o.Bytes {
		k.sizeWidth = 13
	}
	k.encoding, k.elements, k.expiry = k.width >= 100, k.width >= 70, k.width >= 80
	b := k.buf
	b = append(b, "DB"...)
	b = appendRight(b, "SIZE", gap+k.sizeWidth)
	b = appendLeft(b, "TYPE", typeWidth)
	if k.encoding {
		b = appendLeft(b, "ENCODING", encodingWidth)
	}
	if k.elements {
		b = appendRight(b, "ELEMENTS", gap+elementsWidth)
	}
	if k.expiry {
		b = appendLeft(b, "EXPIRES", expiryWidth)
	}
	k.buf = append(b, "  KEY\n"...)
	return k
}

// Widths of the columns.
const (
	typeWidth     = len("ReJSON-RL")
	encodingWidth = len("listpackex")
	elementsWidth = len("1,000,000")
	expiryWidth   = len("2026-11-20 02:00:11Z")
)

type keysText struct {
	lineBuffer
	width     int
	bytes     bool
	ascii     bool
	mark      string // stands for what is cut
	markWidth int
	sizeWidth int
	encoding  bool // columns that are shown
	elements  bool
	expiry    bool
	scratch   []byte
}

func (k *keysText) WriteRow(r *aggregate.Row) error {
	if k.err != nil {
		return k.err
	}
	start := len(k.buf)
	b := appendInt(k.buf, int64(r.DB))
	b = appendPadding(b, len("DB")-(len(b)-start))

	s := k.scratch[:0]
	if !r.Size.Exact {
		s = append(s, '~')
	}
	if k.bytes {
		s = appendInt(s, r.Size.Bytes)
	} else {
		s = appendHumanBytes(s, r.Size.Bytes)
	}
	b = appendRight(b, s, gap+k.sizeWidth)
	b = appendLeft(b, appendPrintable(s[:0], typeName(r), true), typeWidth)
	if k.encoding {
		b = appendLeft(b, appendPrintable(s[:0], encodingName(r), true), encodingWidth)
	}
	if k.elements {
		if s = appendInt(s[:0], r.Elements); !k.bytes && len(s) > elementsWidth-2 {
			s = append(s[:0], humanCount(r.Elements)...)
		} else if !k.bytes {
			s = appendGrouped(s[:0], r.Elements)
		}
		b = appendRight(b, s, gap+elementsWidth)
	}
	if k.expiry {
		s = append(s[:0], "never"...)
		if r.HasExpiry {
			s = appendTime(s[:0], r.Expiry)
			s[10] = ' '
			s = append(s[:19], 'Z')
		}
		b = appendLeft(b, s, expiryWidth)
	}
	b = append(b, "  "...)
	// All so far is ASCII, foreign names of types escaped: a column a byte.
	if room := k.width - (len(b) - start); room > 0 {
		b = k.appendKey(b, r, room)
	} else {
		b = append(b[:start+k.width-k.markWidth], k.mark...)
	}
	k.scratch = s
	k.buf = append(b, '\n')
	return k.endRow()
}

func (k *keysText) Close() error { return k.flush() }

// appendKey appends as much of the escaped key as fits into room columns.
func (k *keysText) appendKey(dst []byte, r *aggregate.Row, room int) []byte {
	if r.KeyLen == 0 {
		return append(dst, `""`[:min(room, 2)]...)
	}
	start := len(dst)
	// A column needs a byte at least, and no character has more than four: what
	// is beyond cannot be seen.
	name := r.Key[:min(len(r.Key), 4*(room+1))]
	dst = parser.AppendEscaped(dst, name)
	if k.ascii {
		dst = append(dst[:start], appendPrintable(nil, dst[start:], true)...)
	}
	ascii := true
	for _, c := range dst[start:] {
		ascii = ascii && c < utf8.RuneSelf
	}
	whole := int64(len(name)) == r.KeyLen
	if !ascii {
		text := string(dst[start:])
		if !whole {
			// Combining characters may take no column at all.
			text += k.mark
		}
		return append(dst[:start], cutEnd(text, room, k.mark)...)
	}
	n := len(dst) - start
	switch {
	case n <= room && whole:
		return dst
	case room <= k.markWidth:
		return dst[:start+min(n, room)]
	default:
		return append(dst[:start+min(n, room-k.markWidth)], k.mark...)
	}
}

// appendRight appends s right-aligned in a field of width columns, and at least
// the gap before it.
func appendRight[T string | []byte](dst []byte, s T, width int) []byte {
	return append(appendPadding(dst, max(width-len(s), gap)), s...)
}

// appendLeft appends the gap and s, padded to a field of width columns.
func appendLeft[T string | []byte](dst []byte, s T, width int) []byte {
	return appendPadding(append(appendPadding(dst, gap), s...), width-len(s))
}

func appendPadding(dst []byte, n int) []byte {
	for ; n > 0; n-- {
		dst = append(dst, ' ')
	}
	return dst
}
