package parser

import "encoding/binary"

// Dragonfly writes REDIS0009 dumps with the AUX field df-ver, types and opcodes of
// its own (its src/server/rdb_extensions.h, rdb_load.cc), and runs of records that
// are compressed: see outer.go.
const (
	opDFFullSyncEnd   = 200
	opDFZstdBlob      = 201
	opDFLZ4Blob       = 202
	opDFBlobEnd       = 203
	opDFJournal       = 210
	opDFJournalOffset = 211
	opDFMask          = 220
	opDFVectorIndex   = 222
	opDFDocIndex      = 223
	opDFTaggedChunk   = 224
)

// --- opcodes ---

func (sc *scanner) readZstdBlob() bool { return sc.openBlob(CodecZstd) }
func (sc *scanner) readLZ4Blob() bool  { return sc.openBlob(CodecLZ4) }

// readEightBytes passes over the number behind FULLSYNC_END and JOURNAL_OFFSET.
func (sc *scanner) readEightBytes() bool { return sc.skip(8) }

// readJournal passes over JOURNAL_BLOB: a number of entries, and those (len str).
func (sc *scanner) readJournal() bool {
	var s str
	_, ok := sc.length()
	return ok && sc.str(&s)
}

// readMask reads DF_MASK, attributes of the next key: bits (u32le), of which the
// second announces memcached flags (u32).
func (sc *scanner) readMask() bool {
	if !sc.need(4) {
		return false
	}
	mask := binary.LittleEndian.Uint32(sc.b[sc.p:])
	sc.p += 4
	sc.pending.any = true
	return mask&2 == 0 || sc.skip(4)
}

// readDocIndex passes over SHARD_DOC_INDEX: a number, the index's name, and
// counted documents with their numbers (len str, len (str len)*).
func (sc *scanner) readDocIndex() bool {
	var s str
	if _, ok := sc.length(); !ok || !sc.str(&s) {
		return false
	}
	n, ok := sc.count()
	for ; ok && n > 0; n-- {
		if ok = sc.str(&s); ok {
			_, ok = sc.length()
		}
	}
	return ok
}

// readTaggedChunk stops: a value may go on in a later chunk, with others between.
func (sc *scanner) readTaggedChunk() bool {
	return sc.fail("", &detail{ErrUnknownType, "a tagged chunk of Dragonfly (opcode 224), whose values may be split and interleaved"})
}

// readVectorIndex passes over VECTOR_INDEX, the graph of a search index: name, entry point,
// count, then per node ids (4 and 8 bytes), level (4), and for each level from
// 0 a number of links (4) with the links (4 each).
func (sc *scanner) readVectorIndex() bool {
	var s str
	if !sc.str(&s) {
		return false
	}
	if _, ok := sc.length(); !ok {
		return false
	}
	n, ok := sc.count()
	for ; ok && n > 0; n-- {
		if !sc.need(16) {
			return false
		}
		levels := uint64(binary.LittleEndian.Uint32(sc.b[sc.p+12:])) + 1
		sc.p += 16
		for ; levels > 0; levels-- {
			if !sc.need(4) {
				return false
			}
			links := uint64(binary.LittleEndian.Uint32(sc.b[sc.p:]))
			sc.p += 4
			if !sc.skip(4 * links) {
				return false
			}
		}
	}
	return ok
}

// readDragonfly reads the values that Dragonfly keeps as types of its own, and
// Redis as those of a module.
func (sc *scanner) readDragonfly(k *Key) bool {
	from := sc.pos()
	k.Count = 1
	m := types[k.Type].module
	k.Module = m
	if !sc.dragonflyOpaque(k.Type) {
		return false
	}
	k.Len = sc.pos() - from
	sc.use(&sc.info.Modules, m, k.Len)
	return true
}

// readDragonflyMembers reads hashes and sets whose members may expire; a member's
// expiry is a text of seconds, -1 for none.
func (sc *scanner) readDragonflyMembers(k *Key) bool {
	hash := k.Type == TypeDragonflyHash
	n, ok := sc.count()
	k.Count = n
	var s str
	for ; ok && n > 0; n-- {
		e := sc.element()
		if e == nil {
			return false
		}
		if hash {
			ok = sc.pair(e)
		} else if ok = sc.str(&s); ok {
			e.Len, e.Int = s.n, s.class
		}
		if ok = ok && sc.str(&s); ok && s.class != NotInt && s.i >= 0 {
			e.Flags |= FlagTTL
			if hash {
				e.Aux = s.i * 1000
			}
		}
	}
	return ok
}

// dragonflyOpaque passes over a value that stands for one of a module. chunks and
// str are texts; the numbers are len, the doubles f64le.
//
//	JSON      str
//	SBF       options  fp grow (2 doubles)  3 numbers  n  (number  str) ...
//	SBF2      options  fp grow (2 doubles)  3 numbers  n  (number  chunks) ...
//	CMS       width  depth  number  width * depth counters of 8 bytes
//	TopK      4 numbers  double  n  (str  number) ...  str
//	Cuckoo    6 numbers  n  chunks ...
//	chunks    total  (n  n bytes) ...       until they make up the total
func (sc *scanner) dragonflyOpaque(t Type) bool {
	var s str
	chunks := func() bool { // a total, then counted pieces that make it up
		total, ok := sc.length()
		for ok && total > 0 {
			var n uint64
			if n, ok = sc.length(); !ok {
				break
			}
			if n == 0 || n > total {
				return sc.corrupt(t.String(), "a piece of "+utoa(n)+" bytes")
			}
			total -= n
			ok = sc.skip(n)
		}
		return ok
	}
	numbers := func(n int) bool {
		for range n {
			if _, ok := sc.length(); !ok {
				return false
			}
		}
		return true
	}
	switch t {
	case TypeDragonflyJSON:
		return sc.str(&s)
	case TypeDragonflySBF, TypeDragonflySBF2:
		// options, two doubles, three numbers, then the filters
		if !numbers(1) || !sc.skip(16) || !numbers(3) {
			return false
		}
		n, ok := sc.count()
		for ; ok && n > 0; n-- {
			if ok = numbers(1); ok {
				if t == TypeDragonflySBF2 {
					ok = chunks()
				} else {
					ok = sc.str(&s)
				}
			}
		}
		return ok
	case TypeDragonflyCMS:
		width, ok := sc.length()
		if !ok {
			return false
		}
		depth, ok := sc.length()
		if !ok || !numbers(1) {
			return false
		}
		if width > 1<<32 || depth > 1<<28 {
			return sc.corrupt(t.String(), "a sketch of "+utoa(width)+" by "+utoa(depth)+" counters")
		}
		return sc.skip(8 * width * depth)
	case TypeDragonflyTopK:
		if !numbers(4) || !sc.skip(8) {
			return false
		}
		n, ok := sc.count()
		for ; ok && n > 0; n-- {
			ok = sc.str(&s) && numbers(1)
		}
		return ok && sc.str(&s)
	default: // TypeDragonflyCuckoo
		if !numbers(6) {
			return false
		}
		n, ok := sc.count()
		for ; ok && n > 0; n-- {
			ok = chunks()
		}
		return ok
	}
}
