package parser

import (
	"math"
	"strconv"
)

// sampled reads a string object of a sampled collection, keeping up to what is
// wanted of it in the arena; it reports whether its bytes were kept whole.
func (r *Reader) sampled(s *str) (kept bool, ok bool) {
	b := r.batch
	from := len(b.arena)
	b.arena, ok = r.text(b.arena, min(r.want, MaxName), s)
	if !ok {
		return false, false
	}
	if got := len(b.arena) - from; int64(got) == s.n {
		r.want = max(0, r.want-got)
		return true, true
	}
	b.arena = b.arena[:from]
	r.want /= 2 // a rest that nothing fits in must not be tried with every element
	return false, true
}

// readMembers reads a plain list or set.
func (r *Reader) readMembers(k *Key) bool {
	n, ok := r.count()
	k.Count = n
	var s str
	for ; ok && n > 0; n-- {
		if r.want == 0 {
			if n = r.shortMembers(n); n == 0 {
				break
			}
		}
		e := r.element()
		if e == nil {
			return false
		}
		ok = r.member(e, &s)
		e.Aux = s.i
	}
	return ok
}

// member reads an element of a list, set or sorted set.
func (r *Reader) member(e *Element, s *str) bool {
	var ok bool
	if r.want > 0 {
		e.Off = uint32(len(r.batch.arena))
		var kept bool
		if kept, ok = r.sampled(s); kept {
			e.Flags |= FlagBytes
		}
	} else {
		ok = r.str(s)
	}
	e.Len, e.Int = s.n, s.class
	if s.lzf {
		e.Flags |= FlagLZF
	}
	return ok
}

// readHash reads a plain hash.
func (r *Reader) readHash(k *Key) bool {
	n, ok := r.count()
	k.Count = n
	for ; ok && n > 0; n-- {
		if r.want == 0 {
			if n = r.shortPairs(n); n == 0 {
				break
			}
		}
		e := r.element()
		if e == nil {
			return false
		}
		ok = r.pair(e)
	}
	return ok
}

// pair reads a field and its value.
func (r *Reader) pair(e *Element) bool {
	var s str
	if r.want > 0 {
		return r.sampledPair(e)
	}
	if !r.str(&s) {
		return false
	}
	e.Len, e.Int = s.n, s.class
	if s.lzf {
		e.Flags |= FlagLZF
	}
	if !r.str(&s) {
		return false
	}
	e.Value, e.ValueInt = s.n, s.class
	if s.lzf {
		e.Flags |= FlagValueLZF
	}
	return true
}

func (r *Reader) sampledPair(e *Element) bool {
	var s str
	e.Off = uint32(len(r.batch.arena))
	kept, ok := r.sampled(&s)
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
	if r.want > 0 {
		kept, ok = r.sampled(&s)
		if kept {
			e.Flags |= FlagValueBytes
		}
	} else {
		ok = r.str(&s)
	}
	e.Value, e.ValueInt = s.n, s.class
	if s.lzf {
		e.Flags |= FlagValueLZF
	}
	return ok
}

// readHashTTL reads hashes with field TTLs: types 22 and 24 of Redis, whose
// TTL precedes the field, and type 22 of Valkey, where it follows the value.
func (r *Reader) readHashTTL(k *Key) bool {
	var minExpire uint64
	if k.Type == TypeHashMetadata {
		var ok bool
		if minExpire, ok = r.uint64le(); !ok {
			return false
		}
	}
	t := k.Type
	n, ok := r.count()
	k.Count = n
	for ; ok && n > 0; n-- {
		e := r.element()
		if e == nil {
			return false
		}
		if t == TypeValkeyHash2 {
			if !r.pair(e) {
				return false
			}
			var at uint64
			at, ok = r.uint64le()
			if int64(at) != -1 {
				e.Aux, e.Flags = int64(at), e.Flags|FlagTTL
			}
			continue
		}
		ttl, got := r.length()
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
		ok = r.pair(e)
	}
	return ok
}

// readZset reads a plain sorted set, scores as text (type 3) or binary (type 5).
func (r *Reader) readZset(k *Key) bool {
	t := k.Type
	n, ok := r.count()
	k.Count = n
	var s str
	for ; ok && n > 0; n-- {
		if t == TypeZset2 && r.want == 0 {
			if n = r.shortScored(n); n == 0 {
				break
			}
		}
		e := r.element()
		if e == nil {
			return false
		}
		if !r.member(e, &s) {
			return false
		}
		e.Flags |= FlagScore
		if t == TypeZset2 {
			var bits uint64
			bits, ok = r.uint64le()
			e.Aux = int64(bits)
		} else {
			var score float64
			score, ok = r.textScore()
			e.Aux = int64(math.Float64bits(score))
		}
	}
	return ok
}

// textScore reads a score as versions before RDB 8 wrote it. A text that is no
// number counts as 0, as the length alone is needed to go on.
func (r *Reader) textScore() (float64, bool) {
	n, ok := r.byte()
	if !ok {
		return 0, false
	}
	switch n {
	case 253:
		return math.NaN(), true
	case 254:
		return math.Inf(1), true
	case 255:
		return math.Inf(-1), true
	}
	if !r.need(int(n)) {
		return 0, false
	}
	text := r.b[r.p : r.p+int(n)]
	r.p += int(n)
	if i, class := intText(text); class != NotInt {
		return float64(i), true
	}
	score, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, true
	}
	return score, true
}

// readArray reads an array (Redis 8.8).
func (r *Reader) readArray(k *Key) bool {
	n, ok := r.count()
	if !ok {
		return false
	}
	k.Count = n
	flag, ok := r.length()
	if !ok {
		return false
	}
	if flag > 1 {
		return r.corrupt("ARRAY", "flag "+utoa(flag))
	}
	if flag == 1 {
		if _, ok = r.length(); !ok {
			return false
		}
	}
	var s str
	var prev uint64
	for first := true; ok && n > 0; n, first = n-1, false {
		e := r.element()
		if e == nil {
			return false
		}
		index, got := r.length()
		if !got {
			return false
		}
		if !first && index <= prev {
			return r.corrupt("ARRAY", "indexes do not ascend")
		}
		prev = index
		tag, got := r.length()
		if !got {
			return false
		}
		e.Aux, e.Value = int64(index), int64(tag)
		switch tag {
		case 0, 3:
			ok = r.str(&s)
			e.Len, e.Int = s.n, s.class
			if s.lzf {
				e.Flags |= FlagLZF
			}
		case 1, 2:
			_, ok = r.uint64le()
		default:
			return r.corrupt("ARRAY", "tag "+utoa(tag))
		}
	}
	return ok
}

// readCron reads KeyDB's cron value: script, start, interval, keys, arguments.
func (r *Reader) readCron(k *Key) bool {
	var s str
	if !r.str(&s) {
		return false
	}
	k.Len = s.n
	k.Count = 1
	if _, ok := r.uint64le(); !ok {
		return false
	}
	if _, ok := r.uint64le(); !ok {
		return false
	}
	for range 2 {
		n, ok := r.count()
		for ; ok && n > 0; n-- {
			ok = r.str(&s)
		}
		if !ok {
			return false
		}
	}
	return true
}
