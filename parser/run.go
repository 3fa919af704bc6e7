package parser

import "encoding/binary"

// The loops of this file read what most dumps mostly consist of: string keys
// and collections whose members are short. Each keeps its state in registers,
// stays within the current buffer, and stops in front of whatever it does not
// take as it comes, a malformed record included: the general way then reads
// that from its first byte, so that errors and warnings have one source.

// runRoom is how many bytes behind a record's first byte the loop over strings
// looks at before it compares anything with the buffer's end: an expiry (9), an
// idle time (6), the type, and the length of the name (2).
const runRoom = 9 + 6 + 1 + 2

// valueRoom is the same behind a name: an LZF head (1 + 5 + 5), or a length and
// a text that may be an integer (1 + maxIntText), or a word from its start.
const valueRoom = 1 + maxIntText + 8

// run reads the string keys that lie whole within the current buffer, up to
// the first record that is anything else. It reports false when the Reader was
// closed.
func (r *Reader) run() bool {
	for r.runnable() {
		if !r.strings() {
			return true
		}
		if len(r.batch.Keys) == cap(r.batch.Keys) && !r.emit() {
			return false
		}
	}
	return true
}

// runnable reports whether the next record can be read by strings: nothing of
// it was read, and nobody asked for more than its facts.
func (r *Reader) runnable() bool {
	return !r.pending.any && !r.crossed && r.db >= 0 && r.outer == nil && r.err == nil &&
		r.opts.Sample == nil && r.opts.Capture == nil && !r.opts.Salvage
}

// strings reads string keys until the batch is full or one is not to be read
// here; it reports whether there were any.
func (r *Reader) strings() bool {
	b, p, base := r.b, r.p, r.base
	walk := r.walk
	batch := r.batch
	from := len(batch.Keys)
	keys := batch.Keys[from:cap(batch.Keys)]
	first := int32(len(batch.elements))
	db := r.info.Databases[r.db].DB
	var expires, idles, freqs int64
	var k *Key
	n := 0
loop:
	for n < len(keys) {
		if len(b)-p < runRoom {
			break
		}
		q := p // p stays in front of the record until all of it is known to be here
		var flags KeyFlags
		var freq uint8
		var expiry, idle int64
		op := b[q]
		if op >= opIdle {
			if op == opExpireTimeMs {
				expiry, flags = int64(binary.LittleEndian.Uint64(b[q+1:])), HasExpiry
				q += 9
				op = b[q]
			}
			if op == opFreq {
				freq, flags = b[q+1], flags|HasFreq
				q += 2
				op = b[q]
			} else if op == opIdle {
				v, w := shortLength(b[q+1:])
				if w == 0 {
					break
				}
				idle, flags = int64(v), flags|HasIdle
				q += 1 + w
				op = b[q]
			}
		}
		if op != byte(TypeString) {
			break
		}
		size := int(b[q+1])
		q += 2
		if size >= 0x40 {
			if size >= 0x80 {
				break
			}
			size = size&0x3f<<8 | int(b[q])
			q++
		}
		name := q
		if len(b)-q < size+valueRoom {
			break
		}
		q += size
		var length, stored, skip uint64
		var integer int64
		class := NotInt
		c := b[q]
		q++
		switch {
		case c <= maxIntText:
			length, skip = uint64(c), uint64(c)
			if mayBeInt(b, q, int(c)) {
				integer, class = intText(b[q : q+int(c)])
			}
		case c < 0x40:
			length, skip = uint64(c), uint64(c)
		case c == 0xc0:
			integer, skip = int64(int8(b[q])), 1
			class, length = ClassOf(integer), uint64(digits(integer))
		case c == 0xc1:
			integer, skip = int64(int16(binary.LittleEndian.Uint16(b[q:]))), 2
			class, length = ClassOf(integer), uint64(digits(integer))
		case c == 0xc2:
			integer, skip = int64(int32(binary.LittleEndian.Uint32(b[q:]))), 4
			class, length = ClassOf(integer), uint64(digits(integer))
		case c == 0xc3:
			var w int
			if stored, w = shortLength(b[q:]); w == 0 {
				break loop
			}
			q += w
			if length, w = shortLength(b[q:]); w == 0 || length <= maxIntText || length/88 > stored || walk {
				break loop
			}
			q += w
			skip = stored
			flags |= Compressed
		default:
			var w int
			length, w = shortLength(b[q-1:])
			if w == 0 || length <= maxIntText { // no length, or not in its shortest form
				break loop
			}
			q += w - 1
			skip = length
		}
		if skip > uint64(len(b)-q) {
			break
		}
		q += int(skip)
		// Field by field: a literal would be built elsewhere and copied. What is
		// not set here is zero in every record of the batch (see Batch.rare).
		k = &keys[n]
		k.Name = b[name : name+size : name+size]
		k.NameLen = int64(size)
		k.NameHash = 0
		k.Offset = base + int64(p)
		k.Size = int64(q - p)
		k.Expiry = expiry
		k.Idle = idle
		k.Len = int64(length)
		k.Stored = int64(stored)
		k.Count = 1
		k.Int = integer
		k.Module = nil
		k.DB = db
		k.Type, k.Code = TypeString, byte(TypeString)
		k.IntClass = class
		k.Freq = freq
		k.Metas = 0
		k.Flags = flags
		k.first, k.n = first, 0
		expires += int64(flags & HasExpiry)
		idles += int64(flags & HasIdle)
		freqs += int64(flags & HasFreq)
		n++
		p = q
	}
	r.p = p
	if n == 0 {
		return false
	}
	batch.Keys = batch.Keys[:from+n]
	r.hold()
	in := &r.info
	in.Keys += int64(n)
	in.Types[TypeString] += int64(n)
	in.Databases[r.db].Keys += int64(n)
	in.Expires += expires
	in.Databases[r.db].Expires += expires
	in.Opcodes[opExpireTimeMs] += expires
	in.Opcodes[opIdle] += idles / int64(HasIdle)
	in.Opcodes[opFreq] += freqs / int64(HasFreq)
	k = &keys[n-1]
	r.lastLen = copy(r.last[:], k.Name)
	in.LastKeyDB, in.LastKeyOffset = db, k.Offset
	return true
}

// shortLength reads a length of one, two or five bytes and returns how many
// they were, 0 for anything else.
func shortLength(b []byte) (uint64, int) {
	switch c := b[0]; {
	case c < 0x40:
		return uint64(c), 1
	case c < 0x80:
		return uint64(c&0x3f)<<8 | uint64(b[1]), 2
	case c == 0x80:
		return uint64(binary.BigEndian.Uint32(b[1:])), 5
	}
	return 0, 0
}

// mayBeInt reports whether the n bytes at b[p:], 1 to 20, end like the text of
// an integer: up to eight digits, or a minus sign and digits. It looks at eight
// bytes whatever n is, and tells most texts without a branch on their contents.
func mayBeInt(b []byte, p, n int) bool {
	m := min(n, 8)
	x := binary.LittleEndian.Uint64(b[p+n-m:])
	shift := uint(64-8*m) & 63
	// The m bytes go to the top, and digits below them.
	x = x<<shift | uint64(asciiZeros)>>(64-shift)
	const high = 0xf0f0f0f0f0f0f0f0
	return x&high|(x+0x0606060606060606)&high>>4 == 0x3333333333333333 || b[p] == '-'
}

const asciiZeros = 0x3030303030303030
