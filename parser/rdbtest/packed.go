package rdbtest

import (
	"encoding/binary"
	"math"
	"slices"
)

// Listpack builds a listpack (listpack.c of Redis): total bytes (u32 LE),
// number of entries (u16 LE), entries each followed by its size read backwards,
// 0xFF. The zero value is an empty one.
type Listpack struct {
	entries      []byte
	n            int
	total, count *uint64
}

// NewListpack returns a listpack with values added.
func NewListpack(values ...string) *Listpack { return new(Listpack).Add(values...) }

// Add appends values as a server does: canonical 64-bit integers as integers.
func (l *Listpack) Add(values ...string) *Listpack {
	for _, s := range values {
		if v, ok := canonicalInt(s); ok {
			l.Int(v)
		} else {
			l.Text(s)
		}
	}
	return l
}

// Text appends s as a string whatever it looks like.
func (l *Listpack) Text(s string) *Listpack {
	var e []byte
	switch n := len(s); {
	case n < 1<<6:
		e = append(e, 0x80|byte(n))
	case n < 1<<12:
		e = append(e, 0xe0|byte(n>>8), byte(n))
	default:
		e = binary.LittleEndian.AppendUint32(append(e, 0xf0), uint32(n))
	}
	return l.Entry(append(e, s...)...)
}

// Int appends an integer in the smallest encoding.
func (l *Listpack) Int(v int64) *Listpack {
	u := uint64(v)
	switch {
	case v >= 0 && v < 128:
		return l.Entry(byte(v))
	case v >= -4096 && v < 4096:
		return l.Entry(0xc0|byte(u>>8)&0x1f, byte(u))
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return l.Entry(0xf1, byte(u), byte(u>>8))
	case v >= -1<<23 && v < 1<<23:
		return l.Entry(0xf2, byte(u), byte(u>>8), byte(u>>16))
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return l.Entry(0xf3, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
	default:
		return l.Entry(binary.LittleEndian.AppendUint64([]byte{0xf4}, u)...)
	}
}

// Entry appends one entry as encoded, its size behind it.
func (l *Listpack) Entry(encoded ...byte) *Listpack {
	l.n++
	l.entries = append(l.entries, encoded...)
	l.entries = appendBacklen(l.entries, len(encoded))
	return l
}

// Raw appends bytes that do not count as an entry.
func (l *Listpack) Raw(p ...byte) *Listpack {
	l.entries = append(l.entries, p...)
	return l
}

// Count makes the header claim n entries; 65535 means unknown.
func (l *Listpack) Count(n uint16) *Listpack {
	v := uint64(n)
	l.count = &v
	return l
}

// Total makes the header claim n bytes.
func (l *Listpack) Total(n uint32) *Listpack {
	v := uint64(n)
	l.total = &v
	return l
}

// Bytes returns the blob.
func (l *Listpack) Bytes() []byte {
	total, count := uint64(6+len(l.entries)+1), uint64(min(l.n, math.MaxUint16))
	if l.total != nil {
		total = *l.total
	}
	if l.count != nil {
		count = *l.count
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(total))
	b = binary.LittleEndian.AppendUint16(b, uint16(count))
	return append(append(b, l.entries...), 0xff)
}

// Str returns the blob as a plain string.
func (l *Listpack) Str() Str { return Plain(l.Bytes()) }

// LZF returns the blob as a compressed string.
func (l *Listpack) LZF() Str { return LZF(l.Bytes()) }

// appendBacklen appends n in base 128, most significant digit first, the top
// bit set on all but the first byte. At 2^14-1, 2^21-1 and 2^28-1 servers
// already take one byte more than the number needs (lpEncodeBacklen of
// listpack.c, Redis 5.0 and later).
func appendBacklen(dst []byte, n int) []byte {
	size := 1
	switch {
	case n >= 1<<28-1:
		size = 5
	case n >= 1<<21-1:
		size = 4
	case n >= 1<<14-1:
		size = 3
	case n >= 1<<7:
		size = 2
	}
	for i := size - 1; i >= 0; i-- {
		b := byte(n >> (7 * i) & 0x7f)
		if i < size-1 {
			b |= 0x80
		}
		dst = append(dst, b)
	}
	return dst
}

// Ziplist builds a ziplist (ziplist.c of Redis up to 6.2): total bytes (u32
// LE), offset of the last entry (u32 LE), number of entries (u16 LE), entries
// each preceded by the size of the one before, 0xFF. The zero value is an
// empty one.
type Ziplist struct {
	entries            []byte
	n                  int
	prev               int // size of the last entry
	last               int // its offset in entries
	wide               bool
	total, tail, count *uint64
	// Old limits integers to the 16, 32 and 64-bit encodings of RDB
	// versions below 6.
	Old bool
}

// NewZiplist returns a ziplist with values added.
func NewZiplist(values ...string) *Ziplist { return new(Ziplist).Add(values...) }

// Add appends values as a server does: canonical 64-bit integers as integers.
func (z *Ziplist) Add(values ...string) *Ziplist {
	for _, s := range values {
		if v, ok := canonicalInt(s); ok {
			z.Int(v)
		} else {
			z.Text(s)
		}
	}
	return z
}

// Text appends s as a string whatever it looks like.
func (z *Ziplist) Text(s string) *Ziplist {
	var e []byte
	switch n := len(s); {
	case n < 1<<6:
		e = append(e, byte(n))
	case n < 1<<14:
		e = append(e, 0x40|byte(n>>8), byte(n))
	default:
		e = binary.BigEndian.AppendUint32(append(e, 0x80), uint32(n))
	}
	return z.Entry(append(e, s...)...)
}

// Int appends an integer in the smallest encoding.
func (z *Ziplist) Int(v int64) *Ziplist {
	u := uint64(v)
	switch {
	case !z.Old && v >= 0 && v <= 12:
		return z.Entry(0xf1 + byte(v))
	case !z.Old && v >= math.MinInt8 && v <= math.MaxInt8:
		return z.Entry(0xfe, byte(u))
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return z.Entry(0xc0, byte(u), byte(u>>8))
	case !z.Old && v >= -1<<23 && v < 1<<23:
		return z.Entry(0xf0, byte(u), byte(u>>8), byte(u>>16))
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return z.Entry(0xd0, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
	default:
		return z.Entry(binary.LittleEndian.AppendUint64([]byte{0xe0}, u)...)
	}
}

// Wide stores the size before the next entry in five bytes although one would
// do, as a cascade of updates leaves it.
func (z *Ziplist) Wide() *Ziplist {
	z.wide = true
	return z
}

// Entry appends one entry as encoded, the size of the entry before it in front.
func (z *Ziplist) Entry(encoded ...byte) *Ziplist {
	z.n++
	z.last = len(z.entries)
	if z.prev < 254 && !z.wide {
		z.entries = append(z.entries, byte(z.prev))
	} else {
		z.entries = binary.LittleEndian.AppendUint32(append(z.entries, 0xfe), uint32(z.prev))
	}
	z.wide = false
	z.entries = append(z.entries, encoded...)
	z.prev = len(z.entries) - z.last
	return z
}

// Raw appends bytes that do not count as an entry.
func (z *Ziplist) Raw(p ...byte) *Ziplist {
	z.entries = append(z.entries, p...)
	return z
}

// Count makes the header claim n entries; 65535 means unknown.
func (z *Ziplist) Count(n uint16) *Ziplist {
	v := uint64(n)
	z.count = &v
	return z
}

// Tail makes the header claim that the last entry is at offset n.
func (z *Ziplist) Tail(n uint32) *Ziplist {
	v := uint64(n)
	z.tail = &v
	return z
}

// Total makes the header claim n bytes.
func (z *Ziplist) Total(n uint32) *Ziplist {
	v := uint64(n)
	z.total = &v
	return z
}

// Bytes returns the blob.
func (z *Ziplist) Bytes() []byte {
	total, tail, count := uint64(10+len(z.entries)+1), uint64(10+z.last), uint64(min(z.n, math.MaxUint16))
	if z.total != nil {
		total = *z.total
	}
	if z.tail != nil {
		tail = *z.tail
	}
	if z.count != nil {
		count = *z.count
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(total))
	b = binary.LittleEndian.AppendUint32(b, uint32(tail))
	b = binary.LittleEndian.AppendUint16(b, uint16(count))
	return append(append(b, z.entries...), 0xff)
}

// Str returns the blob as a plain string.
func (z *Ziplist) Str() Str { return Plain(z.Bytes()) }

// LZF returns the blob as a compressed string.
func (z *Ziplist) LZF() Str { return LZF(z.Bytes()) }

// Zipmap builds a zipmap (zipmap.c of Redis up to 2.4): number of pairs (u8,
// 254 and above: unknown), fields and values each after its length, 0xFF. The
// zero value is an empty one.
type Zipmap struct {
	entries []byte
	n       int
	count   *uint8
}

// NewZipmap returns a zipmap of fields and values in turn.
func NewZipmap(fieldsAndValues ...string) *Zipmap {
	z := new(Zipmap)
	for i := 0; i+1 < len(fieldsAndValues); i += 2 {
		z.Pair(fieldsAndValues[i], fieldsAndValues[i+1], 0)
	}
	return z
}

// Pair appends a field and a value with free unused bytes behind the value.
func (z *Zipmap) Pair(field, value string, free uint8) *Zipmap {
	z.n++
	z.entries = append(appendZipmapLen(z.entries, len(field)), field...)
	z.entries = append(appendZipmapLen(z.entries, len(value)), free)
	z.entries = append(z.entries, value...)
	z.entries = append(z.entries, make([]byte, free)...)
	return z
}

// Raw appends bytes that do not count as a pair.
func (z *Zipmap) Raw(p ...byte) *Zipmap {
	z.entries = append(z.entries, p...)
	return z
}

// Count makes the header claim n pairs.
func (z *Zipmap) Count(n uint8) *Zipmap {
	z.count = &n
	return z
}

// Bytes returns the blob.
func (z *Zipmap) Bytes() []byte {
	count := uint8(min(z.n, 254))
	if z.count != nil {
		count = *z.count
	}
	return append(append([]byte{count}, z.entries...), 0xff)
}

// Str returns the blob as a plain string.
func (z *Zipmap) Str() Str { return Plain(z.Bytes()) }

// LZF returns the blob as a compressed string.
func (z *Zipmap) LZF() Str { return LZF(z.Bytes()) }

func appendZipmapLen(dst []byte, n int) []byte {
	if n < 254 {
		return append(dst, byte(n))
	}
	return binary.LittleEndian.AppendUint32(append(dst, 254), uint32(n))
}

// Intset returns an intset blob (intset.c of Redis): width in bytes (u32 LE),
// number of integers (u32 LE), the integers in ascending order, all as wide as
// the widest needs.
func Intset(values ...int64) []byte {
	values = slices.Clone(values)
	slices.Sort(values)
	width := 2
	for _, v := range values {
		switch {
		case v < math.MinInt32 || v > math.MaxInt32:
			width = 8
		case v < math.MinInt16 || v > math.MaxInt16:
			width = max(width, 4)
		}
	}
	return IntsetOf(width, values...)
}

// IntsetOf returns an intset blob of the given width, order and values; a
// width other than 1 to 8 stores no values.
func IntsetOf(width int, values ...int64) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(width))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(values)))
	if width < 1 || width > 8 {
		return b
	}
	for _, v := range values {
		var p [8]byte
		binary.LittleEndian.PutUint64(p[:], uint64(v))
		b = append(b, p[:width]...)
	}
	return b
}
