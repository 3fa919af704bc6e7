package parser

import (
	"bytes"
	"errors"
	"math"
	"strconv"
)

// The plain layouts: a count, then the elements one by one (rdb.c, rdbLoadObject).
//
//	list, set   n (len)  element (str) ...
//	zset        n (len)  member (str) score ...      score: see textScore; type 5: f64le
//	hash        n (len)  field (str) value (str) ...
//	array       n (len)  insert  index (len) tag (len) slot ...
//
// The loops below read all of them; those of fastpath.go run ahead of these over
// members that are short and stored as they are, in front of which each iteration
// here asks for them.

// sampled reads a string object of a sampled collection, keeping up to what is
// wanted of it in the arena; it reports whether its bytes were kept whole. Half a
// text is worth nothing to who asked, so what does not fit is not kept at all.
func (sc *scanner) sampled(s *str) (kept bool, ok bool) {
	b := sc.batch
	from := len(b.arena)
	if !sc.strHead(s) {
		return false, false
	}
	if kept, ok = sc.readContents(min(sc.want, MaxName), s); !kept {
		return false, ok
	}
	if got := len(b.arena) - from; int64(got) == s.n {
		sc.want = max(0, sc.want-got)
		return true, true
	}
	b.arena = b.arena[:from]
	sc.want /= 2 // a rest that nothing fits in must not be tried with every element
	return false, true
}

// readMembers reads a plain list or set.
func (sc *scanner) readMembers(k *Key) bool {
	n, ok := sc.count()
	k.Count = n
	var s str
	for ; ok && n > 0; n-- {
		if sc.want == 0 && sc.shown == nil {
			if n = sc.shortMembers(n); n == 0 {
				break
			}
		}
		e := sc.element()
		if e == nil {
			return false
		}
		ok = sc.member(e, &s)
		e.Aux = s.i // an intset would be as wide as its widest integer
	}
	return ok
}

// member reads an element of a list, set or sorted set.
func (sc *scanner) member(e *Element, s *str) bool {
	var ok bool
	switch {
	case sc.want > 0:
		e.Off = uint32(len(sc.batch.arena))
		var kept bool
		if kept, ok = sc.sampled(s); kept {
			e.Flags |= FlagBytes
		}
	case sc.shown != nil:
		ok = sc.shownStr(s)
	default:
		ok = sc.str(s)
	}
	e.Len, e.Int = s.n, s.class
	if s.lzf {
		e.Flags |= FlagLZF
	}
	return ok
}

// readHash reads a plain hash.
func (sc *scanner) readHash(k *Key) bool {
	n, ok := sc.count()
	k.Count = n
	for ; ok && n > 0; n-- {
		if sc.want == 0 && sc.shown == nil {
			if n = sc.shortPairs(n); n == 0 {
				break
			}
		}
		e := sc.element()
		if e == nil {
			return false
		}
		ok = sc.pair(e)
	}
	return ok
}

// pair reads a field and its value.
func (sc *scanner) pair(e *Element) bool {
	var s str
	switch {
	case sc.want > 0:
		return sc.sampledPair(e)
	case sc.k.Is(Tagged):
		return sc.taggedPair(e)
	}
	if sc.shown != nil && !sc.shownStr(&s) || sc.shown == nil && !sc.str(&s) {
		return false
	}
	e.Len, e.Int = s.n, s.class
	if s.lzf {
		e.Flags |= FlagLZF
	}
	if !sc.str(&s) {
		return false
	}
	e.Value, e.ValueInt = s.n, s.class
	if s.lzf {
		e.Flags |= FlagValueLZF
	}
	return true
}

// BigValue is the length in bytes from which a field of a tagged hash comes with the
// bytes of its name, even when no more contents are wanted, and bigValueName how
// long that name may be.
const (
	BigValue     = 16 << 10
	bigValueName = 128
)

// taggedPair is pair for a hash that was tagged, when what was wanted of it has been
// read: the name stays in the arena when the value behind it turns out to be big.
func (sc *scanner) taggedPair(e *Element) bool {
	var s str
	b := sc.batch
	from := len(b.arena)
	if !sc.strHead(&s) {
		return false
	}
	kept, ok := sc.readContents(bigValueName, &s)
	if !ok {
		return false
	}
	whole := kept && int64(len(b.arena)-from) == s.n
	e.Off, e.Len, e.Int = uint32(from), s.n, s.class
	if s.lzf {
		e.Flags |= FlagLZF
	}
	if !sc.str(&s) {
		return false
	}
	e.Value, e.ValueInt = s.n, s.class
	if s.lzf {
		e.Flags |= FlagValueLZF
	}
	if whole && s.n >= BigValue {
		e.Flags |= FlagBytes
	} else {
		b.arena = b.arena[:from]
	}
	return true
}

// sampledPair is pair for a sampled hash: the bytes of the value follow those of
// the field in the arena.
func (sc *scanner) sampledPair(e *Element) bool {
	var s str
	e.Off = uint32(len(sc.batch.arena))
	kept, ok := sc.sampled(&s)
	if !ok {
		return false
	}
	if kept {
		e.Flags |= FlagBytes
	}
	e.Len, e.Int = s.n, s.class
	if s.lzf {
		e.Flags |= FlagLZF
	}
	if sc.want > 0 {
		kept, ok = sc.sampled(&s)
		if kept {
			e.Flags |= FlagValueBytes
		}
	} else {
		ok = sc.str(&s)
	}
	e.Value, e.ValueInt = s.n, s.class
	if s.lzf {
		e.Flags |= FlagValueLZF
	}
	return ok
}

// readHashTTL reads hashes with field TTLs, three layouts of which two have the
// same number:
//
//	22 of Redis (7.4-rc)            n (len)  ttl (len) field (str) value (str) ...
//	24 of Redis (7.4)     min i64le n (len)  ttl (len) field (str) value (str) ...
//	22 of Valkey (9.0)              n (len)  field (str) value (str) ttl i64le ...
//
// ttl is ms since the epoch. In type 24 it counts from min, the earliest of all, and
// is one more than the difference; 0 stands for no TTL, in Valkey -1.
func (sc *scanner) readHashTTL(k *Key) bool {
	var minExpire uint64
	if k.Type == TypeHashMetadata {
		var ok bool
		if minExpire, ok = sc.uint64le(); !ok {
			return false
		}
	}
	t := k.Type
	n, ok := sc.count()
	k.Count = n
	for ; ok && n > 0; n-- {
		e := sc.element()
		if e == nil {
			return false
		}
		if t == TypeValkeyHash2 {
			if !sc.pair(e) {
				return false
			}
			var at uint64
			at, ok = sc.uint64le()
			if int64(at) != -1 {
				e.Aux, e.Flags = int64(at), e.Flags|FlagTTL
			}
			continue
		}
		ttl, got := sc.length()
		if !got {
			return false
		}
		if ttl != 0 {
			e.Flags |= FlagTTL
			e.Aux = int64(ttl)
			if t == TypeHashMetadata {
				e.Aux = int64(minExpire + ttl - 1)
			}
		}
		ok = sc.pair(e)
	}
	return ok
}

// readZset reads a plain sorted set, scores as text (type 3) or binary (type 5).
func (sc *scanner) readZset(k *Key) bool {
	t := k.Type
	n, ok := sc.count()
	k.Count = n
	var s str
	for ; ok && n > 0; n-- {
		if t == TypeZset2 && sc.want == 0 && sc.shown == nil {
			if n = sc.shortScored(n); n == 0 {
				break
			}
		}
		e := sc.element()
		if e == nil {
			return false
		}
		if !sc.member(e, &s) {
			return false
		}
		e.Flags |= FlagScore
		if t == TypeZset2 {
			var bits uint64
			bits, ok = sc.uint64le()
			e.Aux = int64(bits)
			if notANumber(bits) {
				sc.badScore("a score is not a number")
			}
		} else {
			var score float64
			score, ok = sc.textScore()
			e.Aux = int64(math.Float64bits(score))
		}
	}
	return ok
}

// textScore reads a score as versions before RDB 8 wrote it: its length and decimal
// text, or one byte for what has no digits.
//
//	n u8, n bytes   n <= 252
//	FD              not a number
//	FE              +inf
//	FF              -inf
//
// A text that is no number counts as 0: what follows can be read all the same. A server
// stops at it, and at what is not a number.
func (sc *scanner) textScore() (float64, bool) {
	n, ok := sc.byte()
	if !ok {
		return 0, false
	}
	switch n {
	case 253:
		sc.badScore("a score is not a number")
		return math.NaN(), true
	case 254:
		return math.Inf(1), true
	case 255:
		return math.Inf(-1), true
	}
	if !sc.need(int(n)) {
		return 0, false
	}
	text := sc.b[sc.p : sc.p+int(n)]
	sc.p += int(n)
	if i, class := intText(text); class != NotInt {
		return float64(i), true
	}
	score, err := strconv.ParseFloat(string(text), 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange) && !scans(text):
		sc.badScore("a score is no number but " + quote(clip(text, 40)))
		return 0, true
	case math.IsNaN(score):
		sc.badScore("a score is not a number")
	case err != nil:
		return 0, true
	}
	return score, true
}

// scans reports whether a text that is no number begins with one, which is enough for a
// server (rdb.c rdbLoadDoubleValue: sscanf).
func scans(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\n\v\f\r")
	for n := len(text); n > 0; n-- {
		if score, err := strconv.ParseFloat(string(text[:n]), 64); err == nil && !math.IsNaN(score) {
			return true
		}
	}
	return false
}

// notANumber reports whether the bits of a score are those of a NaN.
func notANumber(bits uint64) bool { return bits<<1 > 0x7ff0<<49 }

// badScore notes a score that makes servers stop.
func (sc *scanner) badScore(text string) { sc.warn(WarnScore, sc.k.Offset, text) }

// readArray reads an array (Redis 8.8, rdb.c): a sparse map from index to
// element, whose indexes ascend.
//
//	n (len)  flag (len)  [ next (len) ]     where the next element is put, with flag 1
//	index (len)  tag (len)  slot ...
//
//	tag 0    str      a string of its own
//	tag 1    i64le    an integer
//	tag 2    f64le    a double
//	tag 3    str      a string of at most 7 bytes, kept in the slot
func (sc *scanner) readArray(k *Key) bool {
	n, ok := sc.count()
	if !ok {
		return false
	}
	k.Count = n
	flag, ok := sc.length()
	if !ok {
		return false
	}
	if flag > 1 {
		return sc.corrupt("ARRAY", "flag "+utoa(flag))
	}
	if flag == 1 {
		if _, ok = sc.length(); !ok {
			return false
		}
	}
	var s str
	var prev uint64
	for first := true; ok && n > 0; n, first = n-1, false {
		e := sc.element()
		if e == nil {
			return false
		}
		index, got := sc.length()
		if !got {
			return false
		}
		if !first && index <= prev {
			return sc.corrupt("ARRAY", "indexes do not ascend")
		}
		prev = index
		tag, got := sc.length()
		if !got {
			return false
		}
		e.Aux, e.Value = int64(index), int64(tag)
		switch tag {
		case 0, 3:
			ok = sc.str(&s)
			e.Len, e.Int = s.n, s.class
			if s.lzf {
				e.Flags |= FlagLZF
			}
		case 1, 2:
			_, ok = sc.uint64le()
		default:
			return sc.corrupt("ARRAY", "tag "+utoa(tag))
		}
	}
	return ok
}

// readCron reads a cron job of KeyDB:
//
//	script (str)  start i64le  interval i64le  n (len) key (str) ...  n (len) argument (str) ...
func (sc *scanner) readCron(k *Key) bool {
	var s str
	if !sc.str(&s) {
		return false
	}
	k.Len = s.n
	k.Count = 1
	if _, ok := sc.uint64le(); !ok {
		return false
	}
	if _, ok := sc.uint64le(); !ok {
		return false
	}
	for range 2 {
		n, ok := sc.count()
		for ; ok && n > 0; n-- {
			ok = sc.str(&s)
		}
		if !ok {
			return false
		}
	}
	return true
}

// readPathHash reads a hash of hashes by path (Valkey 9.2, rdb.c, type 23):
//
//	paths (len)  path (str)  n (len)  field (str) value (str) ...
//
// Its elements are the pairs of all paths, its length the bytes of the paths.
func (sc *scanner) readPathHash(k *Key) bool {
	sc.shown = nil // a field may be there under each path
	paths, ok := sc.count()
	var fields, names int64
	var s str
	for ; ok && paths > 0; paths-- {
		if !sc.str(&s) {
			return false
		}
		names = addSat(names, s.n)
		var n int64
		if n, ok = sc.count(); !ok {
			return false
		}
		for fields = addSat(fields, n); ok && n > 0; n-- {
			e := sc.element()
			if e == nil {
				return false
			}
			ok = sc.pair(e)
		}
	}
	// The open key is another one when elements went on in the next batch.
	sc.k.Count, sc.k.Len = fields, names
	return ok
}

// readRORBitmap reads a bitmap of Redis-On-Rocks: its size and that of the pieces it
// is kept in, in bytes, and all of them as one string (len len str).
func (sc *scanner) readRORBitmap(k *Key) bool {
	var size, piece uint64
	if !sc.numbers(&size, &piece) {
		return false
	}
	var s str
	if !sc.str(&s) {
		return false
	}
	k.Count, k.Len = 1, s.n
	return true
}
