package memory

import (
	"math"

	"github.com/rdblens/rdblens/parser"
)

// RedisBloom's types: Bloom and cuckoo filters, Count-Min sketches, TopK lists and
// t-digests. What MEMORY USAGE adds for each is its mem_usage callback, which is the
// same in RedisBloom 2.0 to 8.4; 8.6 counts the structs and the cells of a sketch as
// they are.
//
// sizeof, 64-bit: SBChain 32, SBLink 64 (src/sb.h, deps/bloom/bloom.h); CuckooFilter 40,
// SubCF 16 (src/cuckoo.h); CMSketch 32 (src/cms.h); TopK 2088 with its table of 256
// doubles, HeapBucket 24 (src/topk.h); td_histogram 80 (t-digest-c src/tdigest.h).

// filterState follows the parts of a payload of one of these types.
type filterState struct {
	numbers [8]uint64 // the first ones
	n       int       // numbers seen
	doubles int
	first   float64 // double
	texts   int64
	bytes   int64 // of the texts
	blocks  int64 // what they are allocated as
	waste   int64
	long    int64  // texts of more than one byte
	entries uint64 // Bloom: items that all layers were made for
	weight  float64
}

// bloomHead is how many numbers stand in front of the first layer, by encoding version
// (BFRdbLoad in src/rebloom.c: options since 2, growth since 4), and bloomLayer how many
// a layer has (bits and n2 since 1).
func bloomHead(version int) int {
	switch {
	case version >= 4:
		return 4
	case version >= 2:
		return 3
	default:
		return 2
	}
}

func bloomLayer(version int) int {
	if version >= 1 {
		return 5
	}
	return 3
}

func (f *filterState) add(m *meter, kind moduleKind, version int, e *parser.Element) {
	switch e.Kind {
	case parser.KindNumber:
		if f.n < len(f.numbers) {
			f.numbers[f.n] = e.Number()
		}
		if head := bloomHead(version); kind == moduleBloom && f.n >= head && (f.n-head)%bloomLayer(version) == 0 {
			f.entries += uint64(figure(e.Number()))
		}
		f.n++
	case parser.KindDouble:
		if f.doubles == 0 {
			f.first = e.Double()
		}
		if f.doubles == 3 { // of a t-digest
			f.weight = e.Double()
		}
		f.doubles++
	case parser.KindText:
		f.texts++
		f.bytes += e.Len
		a := m.sizes.of(e.Len)
		f.blocks += a
		f.waste += a - e.Len
		if e.Len > 1 {
			f.long++
		}
	}
}

// end sizes a value; false when its parts are not those of its type.
func (f *filterState) end(m *meter, kind moduleKind, version int, out *moduleSize) bool {
	block := func(n int64) {
		a := m.sizes.of(n)
		out.alloc += a
		out.waste += a - n
	}
	out.alloc, out.waste = f.blocks, f.waste
	whole := m.module.whole
	switch kind {
	case moduleBloom:
		layers := int64(min(f.numbers[1], 1<<32))
		if f.texts != layers || f.n != bloomHead(version)+int(layers)*bloomLayer(version) {
			return false
		}
		out.counted = 32 + 64*layers + f.bytes
		out.name, out.source = "Bloom filter", "RedisBloom src/rebloom.c BFMemUsage"
		block(32)
		block(64 * layers)
		out.figures[FigureItems], out.figures[FigureCapacity], out.figures[FigureFilters] = figure(f.numbers[0]), figure(f.entries), layers
	case moduleCuckoo:
		layers := int64(min(f.numbers[0], 1<<16))
		head, each := 7, 1
		if version < 4 {
			head, each = 3, 0
		}
		if f.texts != layers || f.n != head+int(layers)*each {
			return false
		}
		out.counted = 40 + 16*layers + f.bytes
		out.name, out.source = "cuckoo filter", "RedisBloom src/rebloom.c CFMemUsage"
		block(40)
		block(16 * layers)
		out.figures[FigureItems], out.figures[FigureCapacity], out.figures[FigureFilters] = figure(f.numbers[2]), figure(uint64(f.bytes)), layers
	case moduleCountMin:
		if f.texts != 1 || f.n != 3 {
			return false
		}
		if out.counted = 8 + 2*f.bytes; whole { // sizeof(size_t) for each cell of 4 bytes
			out.counted = 32 + f.bytes
		}
		out.name, out.source = "Count-Min sketch", "RedisBloom src/rm_cms.c CMSMemUsage"
		block(32)
		out.figures[FigureItems], out.figures[FigureCells] = figure(f.numbers[2]), f.bytes/4
	case moduleTopK:
		k := int64(min(f.numbers[0], 1<<32))
		if f.n != 3 || f.doubles != 1 || f.texts != 2+k {
			return false
		}
		cells := int64(min(f.numbers[1], 1<<32)) // width
		cells = min(cells*int64(min(f.numbers[2], 1<<20)), 1<<48)
		out.counted = 2088 + 8*cells + 24*k
		out.name, out.source = "TopK", "RedisBloom src/rm_topk.c TopKMemUsage"
		block(2088)
		// The items, which the callback leaves out, are among the texts; an empty place
		// has none.
		out.alloc -= (f.texts - f.long) * m.sizes.of(1)
		out.figures[FigureItems], out.figures[FigureCapacity], out.figures[FigureCells] = max(f.long-2, 0), k, cells
	case moduleDigest:
		places := int64(min(f.numbers[0], 1<<31))
		if f.texts != 0 || f.n != 4 || f.numbers[1] > uint64(places) || f.doubles != 5+2*int(f.numbers[1]) {
			return false
		}
		if out.counted = 8 + 16*places; whole {
			out.counted = 80 + 16*places
		}
		out.name, out.source = "t-digest", "RedisBloom src/rm_tdigest.c TDigestMemUsage"
		block(80)
		// td_new makes room for 6 * compression + 10 nodes, whatever the dump says.
		if c := f.first; c >= 0 && c < 1<<31 {
			block(8 * (6*int64(c) + 10))
			block(8 * (6*int64(c) + 10))
		}
		out.figures[FigureItems], out.figures[FigureCapacity] = figure(uint64(math.Max(0, math.Min(f.weight, 1<<40)))), places
	}
	return true
}
