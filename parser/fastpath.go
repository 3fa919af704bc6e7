package parser

import (
	"cmp"
	"encoding/binary"
	"math"
	"unsafe" // for sizes alone
)

// The loops of this file read what most dumps mostly consist of: keys that are
// strings or small packed collections, and the short members of plain collections.
// All of it could be read the general way, by record and what that calls, and is
// read so when it is not taken here; the tests hold both ways to the same result.
//
// What makes the loops fast is what they do without. They stay within the current
// buffer, so one comparison with its end stands for many. Their state is in local
// variables, which the compiler keeps in registers, and goes back to the scanner
// when the loop is left. They have no errors and no warnings: whatever is not plain,
// a malformed record included, ends the loop in front of it, and the general way
// reads that record from its first byte.
//
// This costs lines, and was measured: six calls for a string key, with records built
// and copied on the way, took 57 ns of processor time (checksum included), one loop
// takes 17.

// runRoom is how many bytes from a record's first one the loop over strings looks
// at before it compares anything with the buffer's end: an expiry (9), an idle time
// (6), the type (1), and the length of the name (2).
const runRoom = 9 + 6 + 1 + 2

// valueRoom is the same behind a name: an LZF head (1 + 5 + 5), or a length and a
// text that may be an integer (1 + maxIntText), of which mayBeInt reads up to eight
// bytes at once, whatever its length.
const valueRoom = 1 + maxIntText + 8

// How many records ahead of the one that is written the loops ask the processor for
// others, four keys or eight elements at a time, and how many cache lines of 64
// bytes these elements take: see prefetchKeys.
const (
	keysAhead     = 8
	elementsAhead = 16
	elementLines  = (8*int(unsafe.Sizeof(Element{})) + 63) / 64
)

// run reads the string keys that lie whole within the current buffer, up to
// the first record that is anything else. It reports false when the Reader was
// closed.
func (sc *scanner) run() bool {
	for sc.runnable() {
		if !sc.strings() {
			return true
		}
		if len(sc.batch.Keys) == cap(sc.batch.Keys) && !sc.emit() {
			return false
		}
	}
	return true
}

// runnable reports whether the next record can be read by strings: nothing of
// it was read, and nobody wants it raw.
func (sc *scanner) runnable() bool {
	return !sc.pending.any && !sc.crossed && sc.db >= 0 && sc.outer == nil && sc.err == nil &&
		sc.hooks.Record == nil && !sc.opts.Salvage
}

// strings reads keys that are strings or small packed collections until the batch
// is full or one is not to be read here; it reports whether to try again in the next
// buffer or batch: there were some, and none was left to the general way.
//
// It is long because the parts of a record share a dozen variables, which a call
// for each part would send through memory: written out, a key takes 17 ns, of which
// a call for the value alone is one.
func (sc *scanner) strings() bool {
	b, p, base := sc.b, sc.p, sc.base
	walk, tag, fingerprint := sc.walk, sc.hooks.Key, sc.hooks.Fingerprint
	batch := sc.batch
	from := len(batch.Keys)
	keys := batch.Keys[from:cap(batch.Keys)]
	first := uint16(len(batch.elements))
	db := sc.info.Databases[sc.db].DB
	asks := tag != nil || fingerprint != nil
	var expires, idles, freqs, packed int64
	var k *Key
	n, left := 0, false
	for n < len(keys) {
		if len(b)-p < runRoom {
			break
		}
		// The attributes, in the only order that servers write them.
		q := p // p stays in front of the record until all of it is known to be here
		var flags KeyFlags
		var freq uint8
		var expiry, idle int64
		op := b[q]
		if op >= opIdle {
			if op == opExpireTimeMs {
				if expiry, flags = int64(binary.LittleEndian.Uint64(b[q+1:])), HasExpiry; expiry == noExpiry {
					break
				}
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
				idle, flags = v, flags|HasIdle
				q += 1 + w
				op = b[q]
			}
		}
		// op is the type now. The name: a length of one byte or two.
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
		// The value. q becomes 0 when it is not to be read here.
		var length, stored, count, integer int64
		var class IntClass
		if op == byte(TypeString) {
			count = 1
			if c := b[q]; c <= maxIntText { // as shortString has it
				q++
				length = int64(c)
				if mayBeInt(b, q, int(c)) {
					integer, class = intText(b[q : q+int(c)])
				}
				q += int(c)
			} else if c != 0xc3 {
				q, length, integer, class = shortString(b, q)
			} else if !walk {
				q, length, stored = shortLZF(b, q)
				flags |= Compressed
			} else {
				break
			}
		} else if walk {
			break
		} else {
			q, length, stored, count = packedHead(b, q, Type(op))
			if stored > 0 {
				flags |= Compressed
			}
		}
		if q == 0 {
			break
		}
		// What the caller's hooks say.
		want := 0
		var mark0, mark1, mark2 uint64
		if asks || op != byte(TypeString) {
			// The hooks see a copy. The record itself may still be in the cache of the
			// processor that last used the batch: writing it does not have to wait
			// until it is here, but reading what was just written would.
			s := &sc.asking
			s.Name = b[name : name+size : name+size]
			s.NameLen = int64(size)
			s.Offset = base + int64(p)
			s.Expiry = expiry
			s.Idle = idle
			s.Len = length
			s.Stored = stored
			s.Count = count
			s.Int = integer
			s.Tag[0] = 0
			s.Tag[1] = 0
			s.Tag[2] = 0
			s.DB = db
			s.Type, s.Code = Type(op), op
			s.IntClass = class
			s.Freq = freq
			s.Flags = flags
			if tag != nil {
				want = tag(s)
				// One by one: a load that is wider than the stores it needs waits until
				// those, and all before them, have left the store buffer.
				mark0, mark1, mark2 = s.Tag[0], s.Tag[1], s.Tag[2]
				flags = s.Flags
				if want > 0 && (op != byte(TypeString) || stored > 0 && !sc.hooks.KeepLZF || class != NotInt) {
					left = true // it is asked again the general way
					break
				}
			}
			if op != byte(TypeString) && (walk || sc.ask(s)) {
				break
			}
		}
		if n&3 == 0 && n+keysAhead+4 <= len(keys) {
			prefetchKeys(&keys[n+keysAhead], 4)
		}
		// The record, field by field: a literal would be built elsewhere and copied.
		// What is not set here is zero in every record of the batch (see Batch.rare).
		k = &keys[n]
		k.Name = b[name : name+size : name+size]
		k.NameLen = int64(size)
		k.Offset = base + int64(p)
		k.Size = 0
		k.Expiry = expiry
		k.Idle = idle
		k.Len = length
		k.Stored = stored
		k.Count = count
		k.Tag[0] = mark0
		k.Tag[1] = mark1
		k.Tag[2] = mark2
		k.DB = db
		k.Type, k.Code = Type(op), op
		k.IntClass = class
		k.Freq = freq
		k.Flags = flags
		k.first, k.n = first, 0
		if class != NotInt {
			k.Int = integer
			batch.ints = append(batch.ints, int32(from+n))
		}
		if want > 0 {
			from, kept := q-int(length), int(min(length, int64(want)))
			if k.Flags |= HasValue; stored > 0 {
				from, kept = q-int(stored), int(min(stored, int64(lzfPrefix(int(min(length, int64(want)))))))
				k.Flags |= ValueLZF
			}
			k.Value = b[from : from+kept : from+kept]
			batch.rare = append(batch.rare, int32(len(batch.Keys)+n))
		}
		if length >= FingerprintMin && fingerprint != nil && op == byte(TypeString) {
			if first, second, third := sc.fingerprint(&sc.asking, b[q-int(cmp.Or(stored, length)):q]); first|second|third != 0 {
				k.Fingerprint[0], k.Fingerprint[1], k.Fingerprint[2] = first, second, third
				k.Flags |= HasFingerprint
				batch.rare = append(batch.rare, int32(len(batch.Keys)+n))
			}
		}
		if op != byte(TypeString) {
			packed++
			sc.info.Types[op]++
		}
		k.Size = int64(q - p)
		expires += int64(flags & HasExpiry)
		idles += int64(flags & HasIdle)
		freqs += int64(flags & HasFreq)
		n++
		p = q
	}
	sc.p = p
	if n == 0 {
		return false
	}
	batch.Keys = batch.Keys[:from+n]
	sc.hold()
	in := &sc.info
	in.Keys += int64(n)
	in.Types[TypeString] += int64(n) - packed
	in.Databases[sc.db].Keys += int64(n)
	in.Expires += expires
	in.Databases[sc.db].Expires += expires
	in.Opcodes[opExpireTimeMs] += expires
	in.Opcodes[opIdle] += idles / int64(HasIdle)
	in.Opcodes[opFreq] += freqs / int64(HasFreq)
	k = &keys[n-1]
	sc.lastLen = copy(sc.last[:], k.Name)
	in.LastKeyDB, in.LastKeyOffset = db, k.Offset
	return !left
}

// fingerprint shows the caller the contents of a string, as they are stored, and
// returns what it says to them.
func (sc *scanner) fingerprint(k *Key, stored []byte) (first, second, third uint64) {
	if len(stored) > FingerprintMax {
		return 0, 0, 0
	}
	return sc.hooks.Fingerprint(k, stored)
}

// ask asks the caller whether the blobs of k are to be walked, once for a key.
func (sc *scanner) ask(k *Key) bool {
	if sc.hooks.Walk == nil {
		return false
	}
	if sc.asked == k.Offset {
		return true // run left the key to the general way for that answer
	}
	if !sc.hooks.Walk(k) {
		return false
	}
	sc.asked = k.Offset
	return true
}

// shortString reads the string object at b[q:] if it lies whole within b and is not
// compressed. It returns the index behind it (0: it is not to be read here), its
// length, and the integer it is, if it is one.
func shortString(b []byte, q int) (next int, n, v int64, class IntClass) {
	if len(b)-q < valueRoom {
		return 0, 0, 0, NotInt
	}
	c := b[q]
	q++
	switch {
	case c <= maxIntText:
		next = q + int(c)
		if mayBeInt(b, q, int(c)) {
			v, class = intText(b[q:next])
		}
		return next, int64(c), v, class
	case c < 0x40:
		n = int64(c)
	case c < 0x80:
		n = int64(c&0x3f)<<8 | int64(b[q])
		q++
	case c == 0x80:
		n = int64(binary.BigEndian.Uint32(b[q:]))
		q += 4
	case c == 0xc0:
		v, q = int64(int8(b[q])), q+1
		return q, digits(v), v, ClassOf(v)
	case c == 0xc1:
		v, q = int64(int16(binary.LittleEndian.Uint16(b[q:]))), q+2
		return q, digits(v), v, ClassOf(v)
	case c == 0xc2:
		v, q = int64(int32(binary.LittleEndian.Uint32(b[q:]))), q+4
		return q, digits(v), v, ClassOf(v)
	default:
		return 0, 0, 0, NotInt
	}
	if n <= maxIntText || n > int64(len(b)-q) { // not the shortest form of a length, or cut
		return 0, 0, 0, NotInt
	}
	return q + int(n), n, 0, NotInt
}

// shortLZF passes over the compressed string at b[q:], of which valueRoom bytes
// are there; next is 0 when it is not to be read here.
func shortLZF(b []byte, q int) (next int, n, stored int64) {
	clen, w := shortLength(b[q+1:])
	ulen, x := shortLength(b[q+1+w:])
	q += 1 + w + x
	if w == 0 || x == 0 || ulen <= maxIntText || ulen/88 > clen || clen == 0 || clen > int64(len(b)-q) {
		return 0, 0, 0
	}
	return q + int(clen), ulen, clen
}

// packedHead judges the packed blob at b[q:], of which valueRoom bytes are
// there, as readPacked does by its head: next is the index behind it, 0 when it
// is not to be read here.
func packedHead(b []byte, q int, t Type) (next int, length, stored, count int64) {
	f, arity := fastForms[t].format, int64(fastForms[t].arity)
	if arity == 0 {
		return 0, 0, 0, 0
	}
	var tmp [10]byte
	var head []byte
	if b[q] == 0xc3 {
		if next, length, stored = shortLZF(b, q); next == 0 {
			return 0, 0, 0, 0
		}
		in := b[next-int(stored) : next]
		if c := int(in[0]); c < 32 && c+1 >= len(tmp) && c+1 < len(in) {
			head = in[1 : 1+len(tmp)] // it begins with that many literals
		} else {
			head = tmp[:formats[f].head]
			if lzfHead(head, in) < len(head) {
				return 0, 0, 0, 0
			}
		}
	} else {
		var w int
		length, w = shortLength(b[q:])
		q += w
		if w == 0 || length > int64(len(b)-q) {
			return 0, 0, 0, 0
		}
		next = q + int(length)
		head = b[q:next]
	}
	if length < formats[f].least {
		return 0, 0, 0, 0
	}
	total, entries := int64(binary.LittleEndian.Uint32(head)), int64(0)
	switch f {
	case FormatListpack:
		entries = int64(binary.LittleEndian.Uint16(head[4:]))
	case FormatIntset:
		entries = int64(binary.LittleEndian.Uint32(head[4:]))
		if total != 2 && total != 4 && total != 8 {
			return 0, 0, 0, 0
		}
		total = 8 + total*entries
	case FormatZiplist:
		tail := int64(binary.LittleEndian.Uint32(head[4:]))
		if tail < 10 || tail >= length {
			return 0, 0, 0, 0
		}
		entries = int64(binary.LittleEndian.Uint16(head[8:]))
	}
	if total != length || entries == 0 || entries%arity != 0 || f != FormatIntset && entries == 1<<16-1 {
		return 0, 0, 0, 0
	}
	return next, length, stored, entries / arity
}

// shortPairs reads at most n pairs of a hash into the open batch and returns how
// many are left, the first of which is not to be read here: it goes beyond the
// buffer, is compressed or malformed, the batch is full, or the hash is tagged and
// the value is big: its name is kept, see taggedPair.
//
// It and its two siblings are one loop around different members, whose state stays
// in registers as that of strings does.
func (sc *scanner) shortPairs(n int64) int64 {
	b, p := sc.b, sc.p
	batch := sc.batch
	from := len(batch.elements)
	free := batch.elements[from:cap(batch.elements)]
	free = free[:min(int64(len(free)), n)]
	big := int64(math.MaxInt64)
	if sc.k.Is(Tagged) {
		big = BigValue
	}
	i := 0
	for i < len(free) {
		if i&7 == 0 && i+elementsAhead+8 <= len(free) {
			prefetchElements(&free[i+elementsAhead], elementLines)
		}
		q, length, _, class := shortString(b, p)
		if q == 0 {
			break
		}
		q, value, _, valueClass := shortString(b, q)
		if q == 0 || value >= big {
			break
		}
		e := &free[i]
		e.Len, e.Value, e.Aux = length, value, 0
		e.Off, e.Kind, e.Flags, e.Int, e.ValueInt = 0, KindItem, 0, class, valueClass
		i++
		p = q
	}
	sc.p = p
	batch.elements = batch.elements[:from+i]
	return n - int64(i)
}

// shortMembers does for members of plain lists and sets what shortPairs does
// for pairs.
func (sc *scanner) shortMembers(n int64) int64 {
	b, p := sc.b, sc.p
	batch := sc.batch
	from := len(batch.elements)
	free := batch.elements[from:cap(batch.elements)]
	free = free[:min(int64(len(free)), n)]
	i := 0
	for i < len(free) {
		if i&7 == 0 && i+elementsAhead+8 <= len(free) {
			prefetchElements(&free[i+elementsAhead], elementLines)
		}
		q, length, v, class := shortString(b, p)
		if q == 0 {
			break
		}
		e := &free[i]
		e.Len, e.Value, e.Aux = length, 0, v
		e.Off, e.Kind, e.Flags, e.Int, e.ValueInt = 0, KindItem, 0, class, NotInt
		i++
		p = q
	}
	sc.p = p
	batch.elements = batch.elements[:from+i]
	return n - int64(i)
}

// shortScored does it for members of sorted sets with binary scores.
func (sc *scanner) shortScored(n int64) int64 {
	b, p := sc.b, sc.p
	batch := sc.batch
	from := len(batch.elements)
	free := batch.elements[from:cap(batch.elements)]
	free = free[:min(int64(len(free)), n)]
	i := 0
	for i < len(free) {
		if i&7 == 0 && i+elementsAhead+8 <= len(free) {
			prefetchElements(&free[i+elementsAhead], elementLines)
		}
		if len(b)-p < valueRoom {
			break
		}
		q, length, class := p+1, int64(b[p]), NotInt // as shortString has it
		if length > maxIntText {
			if q, length, _, class = shortString(b, p); q == 0 {
				break
			}
		} else {
			if mayBeInt(b, q, int(length)) {
				_, class = intText(b[q : q+int(length)])
			}
			q += int(length)
		}
		if len(b)-q < 8 {
			break
		}
		bits := binary.LittleEndian.Uint64(b[q:])
		if notANumber(bits) {
			break // there is a warning to be given
		}
		e := &free[i]
		e.Len, e.Value, e.Aux = length, 0, int64(bits)
		e.Off, e.Kind, e.Flags, e.Int, e.ValueInt = 0, KindItem, FlagScore, class, NotInt
		i++
		p = q + 8
	}
	sc.p = p
	batch.elements = batch.elements[:from+i]
	return n - int64(i)
}

// shortLength reads a length of one, two or five bytes and returns how many
// they were, 0 for anything else.
func shortLength(b []byte) (int64, int) {
	switch c := b[0]; {
	case c < 0x40:
		return int64(c), 1
	case c < 0x80:
		return int64(c&0x3f)<<8 | int64(b[1]), 2
	case c == 0x80:
		return int64(binary.BigEndian.Uint32(b[1:])), 5
	}
	return 0, 0
}

// mayBeInt reports whether the n bytes at b[p:], 1 to 20, end like the text of an
// integer, so that it is worth while to parse them: their last eight bytes are
// digits, or the first is a minus sign. It looks at eight bytes whatever n is, and
// tells most texts without a branch on their contents, which a processor could not
// predict.
//
// The eight bytes are a word. A byte is a digit, 0x30 to 0x39, when its high half is
// 3 and remains 3 after 6 is added: both are tested for all bytes at once.
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
