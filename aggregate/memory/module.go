package memory

import (
	"slices"

	"github.com/rdblens/rdblens/parser"
)

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

// moduleKind is a type of a module whose values can be sized.
type moduleKind uint8

const (
	moduleOther moduleKind = iota
	moduleBloom
	moduleCuckoo
	moduleCountMin
	moduleTopK
	moduleDigest
	moduleSeries
	moduleDocument
)

// moduleType is a type as a dump names it, with the newest encoding version that is
// known (rdb_load of each refuses newer ones).
type moduleType struct {
	kind   moduleKind
	newest int
}

var moduleTypes = map[string]moduleType{
	"MBbloom--": {moduleBloom, 4},
	"MBbloomCF": {moduleCuckoo, 4},
	"CMSk-TYPE": {moduleCountMin, 0},
	"TopK-TYPE": {moduleTopK, 0},
	"TDIS-TYPE": {moduleDigest, 0},
	"TSDB-TYPE": {moduleSeries, seriesNaN},
	"ReJSON-RL": {moduleDocument, 4},
}

// moduleSize is what a value takes.
type moduleSize struct {
	cost
	name, source string
	spread       int64 // bound of what is not known, 0 for nothing
	inexact      bool  // there is more that is not known, without a bound
	figures      Figures
}

// moduleState sizes values of modules, by what their payload is made of.
type moduleState struct {
	builtIn bool         // the modules come with the server (Redis 8)
	whole   bool         // RedisBloom counts structs and cells as they are (Redis 8.6)
	form    documentForm // of RedisJSON

	last     *parser.Module // whose type is kind
	kind     moduleKind
	bytes    int64 // of texts, decompressed, and 8 for each number
	filter   filterState
	series   seriesState
	document documentState
	sized    bool // the last value has figures
	figures  Figures
}

func (s *moduleState) init(l *line) {
	if l.family != "redis" {
		return
	}
	since := func(major, minor int) bool { return slices.Compare(l.since[:], []int{major, minor}) >= 0 }
	s.builtIn, s.whole = since(8, 0), since(8, 6)
	switch {
	case since(8, 10):
		s.form = documentSmall
	case since(8, 4):
		s.form = documentTyped
	case since(8, 2):
		s.form = documentBlocks
	}
}

func (s *moduleState) reset(m *meter, k *parser.Key) {
	s.bytes, s.sized = 0, false
	if s.last != k.Module || k.Module == nil {
		s.last, s.kind = k.Module, moduleOther
		if k.Module != nil {
			if t, known := moduleTypes[k.Module.Name]; known && k.Module.Version <= t.newest {
				s.kind = t.kind
			}
		}
	}
	switch s.kind {
	case moduleOther:
	case moduleSeries:
		s.series.reset(m, k.Module.Version)
	case moduleDocument:
		// What reads CBOR came with 8.8; an older line is sized as if it read text.
		s.document.reset(s.form, k.Module.Version >= 4 && s.form >= documentTyped)
	default:
		s.filter = filterState{}
	}
}

func (s *moduleState) add(m *meter, es []parser.Element) {
	for i := range es {
		e := &es[i]
		switch e.Kind {
		case parser.KindNumber, parser.KindDouble:
			s.bytes += 8
		case parser.KindText:
			s.bytes += e.Len
		}
		switch s.kind {
		case moduleOther:
		case moduleSeries:
			s.series.add(m, e)
		case moduleDocument:
			s.document.add(m, e)
		default:
			s.filter.add(m, s.kind, s.last.Version, e)
		}
	}
}

// end sizes the value; false when its type is not known, or it is not made as its type is.
func (s *moduleState) end(m *meter, k *parser.Key, out *moduleSize) bool {
	if k.Is(parser.Damaged) {
		return false
	}
	switch s.kind {
	case moduleOther:
		return false
	case moduleSeries:
		s.sized = s.series.end(m, out)
	case moduleDocument:
		s.sized = s.document.end(m, out)
	default:
		s.sized = s.filter.end(m, s.kind, s.last.Version, out)
	}
	s.figures = out.figures
	return s.sized
}

// endModule sizes a module's value as its mem_usage callback does, where its type is
// known. For others what the payload holds stands in, decompressed.
func (m *meter) endModule(k *parser.Key, s *Size) {
	s.Encoding, s.Longest, s.Payload = EncodingModule, -1, k.Len
	o := m.object(k)
	if m.line.object <= objectKeyless {
		o.robj.counted = 0 // objectComputeSize returns the callback's figure alone
	} else {
		o.robj.counted = o.robj.alloc
	}
	m.chargeObject(&o)
	var v moduleSize
	switch {
	case k.Module != nil && k.Module.Vector != nil && m.vector.n == int64(k.Module.Vector.Elements):
		v := m.vector.estimate(k.Module.Vector)
		// Allocated is about a tenth more than the module says.
		m.charge("vector set", "modules/vector-sets/vset.c VectorSetMemUsage", cost{counted: v, alloc: v + v/10})
		s.Longest, s.Payload = m.vector.longest, k.Len
	case m.module.end(m, k, &v):
		m.charge(v.name, v.source, v.cost)
		m.spread += v.spread
		if s.Payload = max(m.module.bytes, 0); v.inexact {
			m.inexact = true
			s.Unbounded = true
		}
	case m.module.bytes > 0:
		s.Payload = m.module.bytes
		m.chargeStandIn("value (stand-in: its contents, decompressed)", m.module.bytes, s)
	default:
		m.chargeStandIn(standInStored, k.Len, s)
	}
	m.chargeKey(&o)
}

// endUnknown sizes a value of a type that no line has, such as KeyDB's cron.
func (m *meter) endUnknown(k *parser.Key, s *Size) {
	s.Longest, s.Payload = -1, k.Len
	o := m.object(k)
	m.chargeObject(&o)
	m.chargeStandIn(standInStored, k.Len, s)
	m.chargeKey(&o)
}

// standInStored is the term for values of which nothing but the length is known.
const standInStored = "value (stand-in: its bytes in the dump)"

// chargeStandIn takes n bytes for a value of unknown memory. No bound is known.
func (m *meter) chargeStandIn(name string, n int64, s *Size) {
	n = max(n, 0)
	m.charge(name, "rdb.c", cost{counted: n, alloc: n})
	m.inexact = true
	s.Unbounded = true
}
