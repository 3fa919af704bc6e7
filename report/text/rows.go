package text

import (
	"io"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/internal/linebuf"
	"github.com/rdblens/rdblens/report/rows"
	"github.com/rdblens/rdblens/report/units"
)

// NewRows writes rows as aligned text lines for reading, under a heading,
// each as soon as it comes: a column is as wide as such values usually are, and
// the key takes the rest of o.Width, shortened at its end unless o.Whole is set. A size
// with ~ is not exact. Of o, Width, Bytes, ASCII and Whole count.
func NewRows(w io.Writer, o Options) rows.Writer {
	k := &keysText{Buffer: linebuf.New(w), width: textWidth(o), bytes: o.Bytes, ascii: o.ASCII, whole: o.Whole, scratch: make([]byte, 0, 256)}
	k.mark = newPage(o).ellipsis
	k.markWidth = displayWidth(k.mark)
	k.sizeWidth = len("1023 MiB") + 1
	if o.Bytes {
		k.sizeWidth = 13
	}
	k.encoding, k.elements, k.expiry = k.width >= 100, k.width >= 70, k.width >= 80
	b := k.Buf
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
	k.Buf = append(b, "  KEY\n"...)
	return k
}

// Widths of the columns.
const (
	typeWidth     = len("ReJSON-RL")
	encodingWidth = len("listpackex")
	elementsWidth = len("1,000,000")
	expiryWidth   = len("2026-11-20 02:00:11Z")
)

// keysText writes a row a line as it comes. Widths are fixed, not fitted: nothing
// may wait for the rows that follow.
type keysText struct {
	linebuf.Buffer
	width     int
	bytes     bool
	ascii     bool
	whole     bool   // keys are not cut
	mark      string // stands for what is cut
	markWidth int
	sizeWidth int
	encoding  bool // columns that are shown
	elements  bool
	expiry    bool
	scratch   []byte
}

// WriteRow writes one line, at most as wide as the terminal unless keys are whole.
func (k *keysText) WriteRow(r *aggregate.Row) error {
	if k.Err != nil {
		return k.Err
	}
	start := len(k.Buf)
	b := linebuf.AppendInt(k.Buf, int64(r.DB))
	b = appendPadding(b, len("DB")-(len(b)-start))

	s := k.scratch[:0]
	if !r.Size.Exact {
		s = append(s, '~')
	}
	if k.bytes {
		s = linebuf.AppendInt(s, r.Size.Bytes)
	} else {
		s = units.AppendBytes(s, r.Size.Bytes)
	}
	b = appendRight(b, s, gap+k.sizeWidth)
	b = appendLeft(b, escape.AppendPrintable(s[:0], rows.TypeName(r), true), typeWidth)
	if k.encoding {
		b = appendLeft(b, escape.AppendPrintable(s[:0], rows.EncodingName(r), true), encodingWidth)
	}
	if k.elements {
		if s = linebuf.AppendInt(s[:0], r.Elements); !k.bytes && len(s) > elementsWidth-2 {
			s = append(s[:0], units.Count(r.Elements)...)
		} else if !k.bytes {
			s = units.AppendGrouped(s[:0], r.Elements)
		}
		b = appendRight(b, s, gap+elementsWidth)
	}
	if k.expiry {
		s = append(s[:0], "never"...)
		if r.HasExpiry {
			s = units.AppendMoment(s[:0], r.Expiry)
		}
		b = appendLeft(b, s, expiryWidth)
	}
	b = append(b, "  "...)
	// All so far is ASCII, foreign names of types escaped: a column a byte.
	if k.whole {
		b = k.appendWholeKey(b, r)
	} else if room := k.width - (len(b) - start); room > 0 {
		b = k.appendKey(b, r, room)
	} else {
		b = append(b[:start+k.width-k.markWidth], k.mark...)
	}
	k.scratch = s
	k.Buf = append(b, '\n')
	return k.EndRow()
}

// Close writes what is buffered.
func (k *keysText) Close() error { return k.Flush() }

// appendWholeKey appends the escaped key, and a mark where less of it is kept.
func (k *keysText) appendWholeKey(dst []byte, r *aggregate.Row) []byte {
	if r.KeyLen <= 2 { // none is shown as two quotes
		return k.appendKey(dst, r, 4*len(`""`))
	}
	start := len(dst)
	dst = rows.AppendKey(dst, r)
	if k.ascii {
		dst = append(dst[:start], escape.AppendPrintable(nil, dst[start:], true)...)
	}
	return dst
}

// appendKey appends as much of the escaped key as fits into room columns.
func (k *keysText) appendKey(dst []byte, r *aggregate.Row, room int) []byte {
	switch {
	case r.KeyLen == 0:
		return append(dst, `""`[:min(room, 2)]...)
	case string(r.Key) == `""`: // which is how none is shown
		return append(dst, `\x22\x22`[:min(room, 8)]...)
	}
	start := len(dst)
	// A column needs a byte at least, and no character has more than four: what
	// is beyond cannot be seen.
	name := r.Key[:min(len(r.Key), 4*(room+1))]
	dst = parser.AppendEscaped(dst, name)
	if k.ascii {
		dst = append(dst[:start], escape.AppendPrintable(nil, dst[start:], true)...)
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

// appendPadding appends n spaces, none when n is negative.
func appendPadding(dst []byte, n int) []byte {
	for ; n > 0; n-- {
		dst = append(dst, ' ')
	}
	return dst
}
