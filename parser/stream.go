package parser

import (
	"encoding/binary"
	"math"
)

// A stream (t_stream.c and rdb.c of Redis) has five layouts, each with something
// more than the one before it. v is the version in the table of types.
//
//	         n (len)
//	nodes    key (str: ID)  listpack (str) ...           entries, see streamWalker
//	         length (len)  last ms (len)  last seq (len)
//	v >= 2   first ms, seq  largest deleted ms, seq  entries added (5 len)
//	         n (len)
//	groups   name (str)  last delivered ms, seq (2 len)
//	         v >= 2: entries read (len), 2^64-1 when unknown
//	         n (len)  PEL: ID  delivered i64le  times (len) ...
//	         n (len)
//	         consumers: name (str)  seen i64le  v >= 3: active i64le
//	                    n (len)  PEL: ID ...
//	         v >= 5: n (len)  NACK zone: ID ...
//	v >= 4   duration s (len)  most entries (len)  n (len)
//	         producers: name (str)  n (len)  IDMP: iid (str) ms (len) seq (len) ...
//	         identifiers added (len)  duplicates (len)
//
// An ID is 16 bytes here, as id reads it. A group's PEL holds the entries that were
// delivered and not acknowledged; those of its consumers refer to it, and so does
// the NACK zone (Redis 8.8), of entries without an owner. IDMP (Redis 8.6)
// remembers what producers sent, so that they may send it again.

// readStream reads a stream: its counters become Key.Stream, all else elements.
func (sc *scanner) readStream(k *Key) bool {
	v := types[k.Type].version
	walk := sc.walk || sc.hooks.Walk != nil && sc.hooks.Walk(k)
	if walk {
		k.Flags |= Walked
	}
	var st Stream
	n, ok := sc.count()
	if !ok {
		return false
	}
	st.Nodes = n
	var live int64 // entries that are not deleted, when the nodes are walked
	for ; n > 0; n-- {
		if !sc.streamNode(walk, &live) {
			return false
		}
	}
	if st.Length, ok = sc.count(); !ok {
		return false
	}
	if walk && live != st.Length && !sc.k.Is(Damaged) {
		sc.warn(WarnStreamLength, sc.start, "a stream says it has "+utoa(uint64(st.Length))+" entries and has "+utoa(uint64(live)))
	}
	if !walk && st.Length > sc.k.Len {
		sc.warn(WarnStreamLength, sc.start, "a stream of "+utoa(uint64(sc.k.Len))+" bytes says it has "+utoa(uint64(st.Length))+" entries")
	}
	// An entry takes more than a byte: counts are added up and must not be made up.
	sc.k.Count = min(st.Length, sc.k.Len)
	if !sc.numbers(&st.LastMs, &st.LastSeq) {
		return false
	}
	if v >= 2 {
		var skipped uint64 // the first and the largest deleted ID
		if !sc.numbers(&skipped, &skipped, &skipped, &skipped, &st.EntriesAdded) {
			return false
		}
	}
	if st.Groups, ok = sc.count(); !ok {
		return false
	}
	for n = st.Groups; n > 0; n-- {
		if !sc.group(v) {
			return false
		}
	}
	if v >= 4 && !sc.producers(&st) {
		return false
	}
	// In the batch, as all that a key points to; it was handed over with none of the
	// earlier pieces.
	b := sc.batch
	b.streams = append(b.streams, st)
	sc.k.Stream = &b.streams[len(b.streams)-1]
	return true
}

// numbers reads plain numbers one after the other.
func (sc *scanner) numbers(dst ...*uint64) bool {
	for _, d := range dst {
		v, ok := sc.length()
		if !ok {
			return false
		}
		*d = v
	}
	return true
}

// streamNode reads a macro node: its master ID as a string of 16 bytes, then its
// listpack.
func (sc *scanner) streamNode(walk bool, live *int64) bool {
	e := sc.element()
	if e == nil {
		return false
	}
	e.Kind = KindStreamNode
	var s str
	var key [16]byte
	id, ok := sc.text(key[:0], len(key), &s)
	if !ok {
		return false
	}
	if s.n != 16 || s.class != NotInt { // 16 digits are a text of 16 bytes, and no key
		return sc.corrupt("stream", "a node key of "+utoa(uint64(s.n))+" bytes")
	}
	e.Value, e.Aux = int64(binary.BigEndian.Uint64(id)), int64(binary.BigEndian.Uint64(id[8:]))
	var h blobHead
	if !sc.strHead(&s) || !sc.peek(&s, FormatListpack, &h) {
		return false
	}
	e.Len = s.n
	k := sc.k
	k.Len += s.n
	if s.lzf {
		k.Flags |= Compressed
		k.Stored += s.stored
	}
	if !walk {
		return sc.skip(uint64(storedBytes(&s)))
	}
	c := &sc.blob
	if !c.open(sc, &s) {
		return false
	}
	w := streamWalker{packer: packer{sc: sc, arity: 1}, c: c}
	if !w.node(live) || !c.close() {
		return sc.contain(c, false)
	}
	if h.entries >= 0 && h.entries != w.packer.entries {
		sc.warn(WarnNodeCount, c.at, "a stream node says it has "+utoa(uint64(h.entries))+" entries and has "+utoa(uint64(w.packer.entries)))
	}
	return true
}

// streamWalker reads the listpack of a macro node (t_stream.c). Its entries are not
// fields and values but parts of a layout of their own; ms and seq are relative to
// the node's key:
//
//	master   count  deleted  n  field 1 .. field n  0
//	entry    flags  ms  seq  value 1 .. value n                         parts    with flag 2
//	         flags  ms  seq  m  field 1  value 1 .. field m  value m    parts    without
//
// count is the number of entries that are there, deleted that of those marked so
// (flag 1), and parts how many listpack entries an entry has in front of it. With
// flag 2 an entry has the fields of the master.
type streamWalker struct {
	packer packer
	c      *cursor
}

// next reads one listpack entry and returns the integer it is, which want demands
// that it be.
func (w *streamWalker) next(want bool) (int64, bool) {
	c := w.c
	if !c.need(1) {
		return 0, false
	}
	x := c.b[c.p]
	if x == 0xff {
		return 0, c.corrupt("a stream node ends inside an entry")
	}
	var v int64
	isInt := false
	if want {
		v, isInt = peekLPInt(c)
		if c.sc.err != nil {
			return 0, false
		}
		if !isInt {
			return 0, c.corrupt("a stream entry holds a text where an integer is required")
		}
	}
	size, ok := lpEntry(c, &w.packer, x)
	return v, ok && lpBacklen(c, size)
}

// peekLPInt decodes an integer entry without passing over it, which lpEntry does
// then: only few of the many entries of a node are looked at.
func peekLPInt(c *cursor) (int64, bool) {
	x := c.b[c.p]
	switch {
	case x < 0x80:
		return int64(x), true
	case x >= 0xc0 && x < 0xe0:
		if !c.need(2) {
			return 0, false
		}
		v := int64(c.b[c.p]&0x1f)<<8 | int64(c.b[c.p+1])
		if v >= 1<<12 {
			v -= 1 << 13
		}
		return v, true
	case x >= 0xf1 && x <= 0xf4:
		n := [...]int{2, 3, 4, 8}[x-0xf1]
		if !c.need(1 + n) {
			return 0, false
		}
		return leInt(c.b[c.p+1:], n), true
	}
	return 0, false
}

// skipEntries passes over n listpack entries.
func (w *streamWalker) skipEntries(n int64) bool {
	for ; n > 0; n-- {
		if _, ok := w.next(false); !ok {
			return false
		}
	}
	return true
}

// node reads the whole listpack and adds the entries that are there to live.
func (w *streamWalker) node(live *int64) bool {
	c := w.c
	if !c.skip(6) {
		return false
	}
	count, ok := w.next(true)
	if !ok {
		return false
	}
	deleted, ok := w.next(true)
	if !ok {
		return false
	}
	fields, ok := w.next(true)
	if !ok {
		return false
	}
	// Each entry takes at least two bytes, so larger claims cannot be met.
	if count < 0 || deleted < 0 || fields < 0 || count > c.left() || deleted > c.left() || fields > c.left() {
		return c.corrupt("the master entry counts more than the node holds")
	}
	if !w.skipEntries(fields) {
		return false
	}
	// Read backwards, an entry begins with its number of parts; 0 stands for the master.
	if zero, ok := w.next(true); !ok || zero != 0 {
		return ok && c.corrupt("the master entry does not end with 0")
	}
	var dead int64
	for n := count + deleted; n > 0; n-- {
		if !w.entry(fields, &dead) {
			return false
		}
	}
	if dead != deleted {
		return c.corrupt("the master entry counts " + utoa(uint64(deleted)) + " deleted entries, " + utoa(uint64(dead)) + " are marked so")
	}
	if !c.need(1) {
		return false
	}
	if c.b[c.p] != 0xff {
		return c.corrupt("a stream node goes on after its last entry")
	}
	c.p++
	*live += count
	return true
}

// entry reads one entry; master is the number of the master's fields. A deleted one
// adds to dead.
func (w *streamWalker) entry(master int64, dead *int64) bool {
	c := w.c
	before := w.packer.entries
	flags, ok := w.next(true)
	if !ok {
		return false
	}
	if flags&1 != 0 {
		*dead++
	}
	for range 2 { // ms and seq, relative to the node's key
		if _, ok := w.next(true); !ok {
			return false
		}
	}
	n := master
	if flags&2 == 0 { // fields of its own
		if n, ok = w.next(true); !ok {
			return false
		}
		if n < 0 || n > c.left() {
			return c.corrupt("an entry counts more fields than the node holds")
		}
		n *= 2
	}
	if !w.skipEntries(n) {
		return false
	}
	// A server reads a node backwards by this number, so it must be right.
	have := w.packer.entries - before
	said, ok := w.next(true)
	if ok && said != have {
		return c.corrupt("an entry of " + utoa(uint64(have)) + " elements says it has " + utoa(uint64(said)))
	}
	return ok
}

// named reads a name, of a group, consumer or producer, into an element with its
// bytes: the size of the tree that a server keeps of them depends on these.
func (sc *scanner) named(kind Kind) bool {
	e := sc.element()
	if e == nil {
		return false
	}
	e.Kind = kind
	b := sc.batch
	from := len(b.arena)
	var s str
	var ok bool
	if b.arena, ok = sc.text(b.arena, MaxName, &s); !ok {
		return false
	}
	e.Len, e.Off, e.Flags = s.n, uint32(from), FlagBytes
	return true
}

// group reads a consumer group, of a stream in version v.
func (sc *scanner) group(v int) bool {
	var skipped uint64
	if !sc.named(KindGroup) || !sc.numbers(&skipped, &skipped) {
		return false
	}
	if v >= 2 && !sc.numbers(&skipped) { // entries read, 2^64-1 when unknown
		return false
	}
	n, ok := sc.count()
	for ; ok && n > 0; n-- {
		e := sc.element()
		if e == nil {
			return false
		}
		ms, seq, got := sc.id()
		if !got {
			return false
		}
		delivered, got := sc.uint64le()
		if !got {
			return false
		}
		*e = Element{Kind: KindPending, Value: int64(ms), Aux: int64(seq), Len: int64(delivered)}
		_, ok = sc.length() // delivery count
	}
	if !ok {
		return false
	}
	n, ok = sc.count()
	for ; ok && n > 0; n-- {
		ok = sc.consumer(v)
	}
	if ok && v >= 5 {
		ok = sc.ids(KindNack)
	}
	return ok
}

// consumer reads a consumer of a group, of a stream in version v.
func (sc *scanner) consumer(v int) bool {
	if !sc.named(KindConsumer) {
		return false
	}
	times := 1 // seen
	if v >= 3 {
		times = 2 // and active
	}
	for range times {
		if _, ok := sc.uint64le(); !ok {
			return false
		}
	}
	return sc.ids(KindConsumerPending)
}

// ids reads a count and that many stream IDs.
func (sc *scanner) ids(kind Kind) bool {
	n, ok := sc.count()
	for ; ok && n > 0; n-- {
		e := sc.element()
		if e == nil {
			return false
		}
		var ms, seq uint64
		ms, seq, ok = sc.id()
		e.Kind, e.Value, e.Aux = kind, int64(ms), int64(seq)
	}
	return ok
}

// producers reads the IDMP part of a stream (Redis 8.6+).
func (sc *scanner) producers(st *Stream) bool {
	if !sc.numbers(&st.DurationSeconds, &st.MaxEntries) {
		return false
	}
	n, ok := sc.count()
	st.Producers = n
	for ; ok && n > 0; n-- {
		if !sc.named(KindProducer) {
			return false
		}
		var entries int64
		if entries, ok = sc.count(); !ok {
			return false
		}
		for ; entries > 0; entries-- {
			e := sc.element()
			if e == nil {
				return false
			}
			var s str
			var ms, seq uint64
			if !sc.str(&s) || !sc.numbers(&ms, &seq) {
				return false
			}
			*e = Element{Kind: KindProducerEntry, Len: s.n, Value: int64(min(ms, math.MaxInt64)), Aux: int64(min(seq, math.MaxInt64))}
		}
	}
	var skipped uint64
	return ok && sc.numbers(&skipped, &skipped) // identifiers added, duplicates
}
