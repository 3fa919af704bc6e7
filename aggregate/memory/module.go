package memory

import "github.com/rdblens/rdblens/parser"

// vectorTail is how many elements the vectorset module looks at to judge the
// size of their strings (modules/vector-sets/vset.c VectorSetMemUsage; the list is built head
// first, so they are the last ones of the dump).
const vectorTail = 20

// vectorState keeps what the module's estimate needs of a vector set.
type vectorState struct {
	n          int64
	attributes int64
	levels     int64 // link slots of the last node
	items      [vectorTail]int64
	attrs      [vectorTail]int64 // -1: none
	longest    int64
	payload    int64
}

func (v *vectorState) reset() { *v = vectorState{longest: -1} }

func (v *vectorState) add(m *meter, es []parser.Element) {
	for i := range es {
		e := &es[i]
		if e.Kind != parser.KindVector {
			continue
		}
		at := v.n % vectorTail
		v.n++
		v.items[at] = m.vectorString(e.Len, e.Is(parser.FlagLZF))
		v.attrs[at] = -1
		if n := e.ValueLen(); n >= 0 {
			v.attributes++
			v.attrs[at] = m.vectorString(n, e.Is(parser.FlagValueLZF))
			v.payload += n
		}
		v.levels = e.LinkSlots()
		v.longest = max(v.longest, e.Len)
		v.payload += e.Len
	}
}

// vectorString returns what the module counts for a string of n bytes:
// RedisModule_MallocSizeString, that is an embedded robj or one with an sds.
func (m *meter) vectorString(n int64, lzf bool) int64 {
	if n <= 44 && !lzf {
		return m.sizes.of(sizeofRobj + 3 + n + 1)
	}
	return sizeofRobj + m.sizes.alloc(n)
}

// estimate is the module's mem_usage callback (modules/vector-sets/vset.c
// VectorSetMemUsage, Redis 8.0 to 8.8), an estimate of its own.
func (v *vectorState) estimate(h *parser.VectorSet) int64 {
	const (
		object, graph = 112, 1672 // sizeof(struct vsetObject), sizeof(HNSW)
		node, level   = 312, 24   // sizeof(hnswNode), of one of its layers
	)
	const bound = 1 << 32 // hostile dimensions must not overflow
	dim := int64(min(h.Dim, bound))
	total := int64(object + graph)
	if h.Flags&1 != 0 {
		total += 4 * int64(min(h.InputDim, bound/4)) * min(dim, bound/4)
	}
	n := v.n
	if n == 0 {
		return total
	}
	var quantised int64
	switch h.Config & 0xff {
	case 0:
		quantised = 4 * dim
	case 1:
		quantised = dim
	default:
		quantised = (dim + 63) / 64 * 8
	}
	links := int64(h.Config >> 8 & 0xffff)
	if links == 0 {
		links = 16
	}
	links = max(2*links, min(v.levels, 1<<16))
	var items, attrs, withAttrs int64
	seen := min(n, vectorTail)
	for i := range seen {
		items += v.items[i]
		if v.attrs[i] >= 0 {
			attrs += v.attrs[i]
			withAttrs++
		}
	}
	attr := int64(64) // what the module takes when none of those has any
	if withAttrs > 0 {
		attr = attrs / withAttrs
	}
	total += node*n + quantised*n + level*n*4/3 + 8*links*n + 8*(links/2)*n/3
	return total + items/seen*n + attr*v.attributes + 16*n
}

// endModule sizes a module's value. Only the module knows its memory: vector
// sets are computed as their module does; for others the bytes of the payload
// stand in.
func (m *meter) endModule(k *parser.Key, s *Size) {
	s.Encoding, s.Longest, s.Payload = EncodingModule, -1, k.Len
	o := m.object(k)
	if m.line.object <= objectKeyless {
		o.robj.counted = 0 // objectComputeSize returns the callback's figure alone
	} else {
		o.robj.counted = o.robj.alloc
	}
	m.chargeObject(&o)
	if k.Module != nil && k.Module.Vector != nil && m.vector.n == int64(k.Module.Vector.Elements) {
		v := m.vector.estimate(k.Module.Vector)
		// Allocated is about a tenth more than the module says.
		m.charge("vector set", "modules/vector-sets/vset.c VectorSetMemUsage", cost{counted: v, alloc: v + v/10})
		s.Longest, s.Payload = m.vector.longest, k.Len
	} else {
		m.chargeStandIn(k, s)
	}
	m.chargeKey(&o)
}

// endUnknown sizes a value of a type that no line has, such as KeyDB's cron.
func (m *meter) endUnknown(k *parser.Key, s *Size) {
	s.Longest, s.Payload = -1, k.Len
	o := m.object(k)
	m.chargeObject(&o)
	m.chargeStandIn(k, s)
	m.chargeKey(&o)
}

// chargeStandIn takes the bytes in the dump for a value of unknown memory, and
// as much for the error.
func (m *meter) chargeStandIn(k *parser.Key, s *Size) {
	n := max(k.Len, 0)
	m.charge("value (stand-in: its bytes in the dump)", "rdb.c", cost{counted: n, alloc: n})
	m.inexact = true
	s.Error = n
}
