package memory

// sdsRule says at which lengths an sds string takes its next larger header
// (sds.c sdsReqType).
type sdsRule uint8

const (
	// sdsByLength: Redis up to 8.0 and Valkey 7.2 compare the length alone.
	sdsByLength sdsRule = iota
	// sdsByAllocation: Valkey 8.0 and Redis 8.2 leave room for the header and
	// the final zero within what the type can express.
	sdsByAllocation
)

// header returns the bytes before the contents of an sds of n bytes: type 5,
// 8, 16, 32 or 64 (sds.h). n = 0 is type 5 here, as sdsReqType has it.
func (r sdsRule) header(n int64) int64 {
	t8, t16, t32 := int64(1<<8), int64(1<<16), int64(1<<32)
	if r == sdsByAllocation {
		t8, t16, t32 = 253, 65531, 1<<32-9
	}
	switch {
	case n < 32:
		return 1
	case n < t8:
		return 3
	case n < t16:
		return 5
	case n < t32:
		return 9
	default:
		return 17
	}
}

// request returns the bytes of an sds inside another block: header, contents,
// final zero (sds.c sdsReqSize).
func (r sdsRule) request(n int64) int64 { return r.header(n) + n + 1 }

// newRequest returns the bytes sdsnewlen asks for: the empty string is never
// type 5 there, since it is expected to grow (sds.c _sdsnewlen).
func (r sdsRule) newRequest(n int64) int64 {
	if n == 0 {
		return 4
	}
	return r.request(n)
}

// stringSizes sizes the sds strings of one line under one allocator.
type stringSizes struct {
	classes
	rule    sdsRule
	tracked bool
}

// alloc returns what is allocated for an sds of n bytes (sds.c sdsnewlen).
func (s stringSizes) alloc(n int64) int64 { return s.of(s.rule.newRequest(n)) }

// counted returns what MEMORY USAGE counts for an sds of n bytes:
// zmalloc_size (object.c sdsZmallocSize), or with tracked sizes sdsAllocSize,
// which knows only the request of a type 5 string (sds.h, Redis 8.4).
func (s stringSizes) counted(n int64) int64 {
	if s.tracked && n > 0 && n < 32 {
		return s.rule.request(n)
	}
	return s.alloc(n)
}

// mstrRequest returns the bytes asked for a hash field of n bytes kept as an
// mstr (mstr.c mstrNew, Redis 7.4 to 8.4): headers of 1, 3 or 9 bytes, before
// them 16 bytes of expiry and 2 of flags when the field has a TTL.
func mstrRequest(n int64, ttl bool) int64 {
	size := n + 1
	switch {
	case n < 32:
		size++
	case n < 1<<16:
		size += 3
	default:
		size += 9
	}
	if ttl {
		size += 16 + 2
	}
	return size
}

// cost is what one string or entry takes: counted by MEMORY USAGE, allocated,
// and the part of the latter that was not asked for.
type cost struct{ counted, alloc, waste int64 }

func (c *cost) add(d cost) {
	c.counted += d.counted
	c.alloc += d.alloc
	c.waste += d.waste
}

// sds returns the cost of a string of its own.
func (s stringSizes) sds(n int64) cost {
	a := s.alloc(n)
	return cost{s.counted(n), a, a - s.rule.newRequest(n)}
}

// mstr returns the cost of a hash field kept as an mstr.
func (s stringSizes) mstr(n int64, ttl bool) cost {
	r := mstrRequest(n, ttl)
	a := s.of(r)
	return cost{a, a, a - r}
}

// jointRedis returns the cost of a hash entry that holds field and value
// (entry.c entryWriteNew, Redis 8.6): one block up to 128 bytes,
// beyond it the value is a string of its own. Counted unrounded.
func (s stringSizes) jointRedis(field, value int64, ttl bool) cost {
	expiry := int64(0)
	fs := s.rule.request(field)
	if ttl {
		expiry = 16
		fs = s.neverType5(field)
	}
	if total := fs + expiry + value + 4; total <= entryEmbedMax {
		a := s.of(total)
		return cost{total, a, a - total}
	}
	request := s.neverType5(field) + expiry + 8
	a := s.of(request)
	c := cost{request, a, a - request}
	c.add(s.sds(value))
	return c
}

// jointValkey returns the cost of a hash entry that holds field and value
// (t_hash.c hashTypeCreateEntry, Valkey 8.1; entry.c entryCreate, Valkey 9.0).
func (s stringSizes) jointValkey(field, value int64, ttl bool) cost {
	expiry := int64(0)
	fs := s.rule.request(field)
	if ttl {
		expiry = 8
		fs = s.neverType5(field)
	}
	if total := fs + expiry + value + 4; total <= entryEmbedMax {
		a := s.of(total)
		return cost{a, a, a - total}
	}
	request := s.neverType5(field) + expiry + 8
	a := s.of(request)
	c := cost{a, a, a - request}
	c.add(s.sds(value))
	return c
}

// entryEmbedMax is the largest joint hash entry with its value inside
// (EMBED_VALUE_MAX_ALLOC_SIZE, entry.c of Redis and Valkey).
const entryEmbedMax = 128

// neverType5 returns the bytes of an embedded sds whose header must carry
// flags, for which type 5 has no room.
func (s stringSizes) neverType5(n int64) int64 {
	if n < 32 {
		return 3 + n + 1
	}
	return s.rule.request(n)
}
