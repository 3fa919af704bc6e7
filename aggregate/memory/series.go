package memory

import (
	"encoding/binary"
	"math/bits"

	"github.com/rdblens/rdblens/parser"
)

// RedisTimeSeries (type TSDB-TYPE): the payload is what series_rdb_save in src/rdb.c
// writes, the figure that of SeriesMemUsage in src/tsdb.c, which has two forms. Up to
// 1.8, 1.10.16 and 1.12.5 it adds up what is asked for, and takes the size of a pointer
// for the series itself. 1.10.17, 1.12.6 and 8.0 add up what is allocated.
//
// sizeof, 64-bit: Series 120, with encoding version 8 144 (src/tsdb.h); CompactionRule 56,
// 64 with an alignment (version 6), 72 with version 9; Label 16; CompressedChunk 80
// (src/gorilla.h); Chunk 32 (src/chunk.h); the contexts of src/compaction.c as in
// seriesContexts.

// Encoding versions of TSDB-TYPE at which parts came (src/rdb.h).
const (
	seriesOptions   = 1
	seriesSized     = 2 // chunks as they are, not their samples
	seriesPolicy    = 3
	seriesOverflow  = 4
	seriesAlignment = 6
	seriesLastEmpty = 7
	seriesIgnore    = 8
	seriesNaN       = 9
)

// seriesContext is what a rule's aggregation keeps (src/compaction.c, *WriteContext): its
// parts in the payload, and its size.
type seriesContext struct {
	parts int
	size  int64
}

// contextOf returns that of an aggregation, by its number in src/consts.h.
func contextOf(aggregation uint64, version int) (c seriesContext, known bool) {
	extra := func(yes bool) int {
		if yes {
			return 1
		}
		return 0
	}
	switch aggregation {
	case 1, 2, 8: // min, max, range
		return seriesContext{2 + extra(version < seriesAlignment), 16}, true
	case 3, 5, 7, 14, 15: // sum, count, last, countNaN, countAll
		return seriesContext{1 + extra(version >= seriesPolicy && version < seriesLastEmpty), 8}, true
	case 4: // avg
		return seriesContext{2 + extra(version >= seriesOverflow), 24}, true
	case 6: // first
		return seriesContext{1 + extra(version >= seriesPolicy), 16}, true
	case 9, 10, 11, 12: // std and var
		return seriesContext{3, 24}, true
	case 13: // twa
		return seriesContext{10, 72}, true
	}
	return seriesContext{}, false
}

// seriesStep is where in the payload a series is.
type seriesStep uint8

const (
	seriesHead seriesStep = iota // up to the source's key
	seriesSource
	seriesTail // ignore limits, number of labels
	seriesLabelNames
	seriesRuleCount
	seriesRuleHead
	seriesRuleContext
	seriesChunkCount
	seriesChunkParts
	seriesOldSamples
	seriesDone
	seriesWrong
)

// seriesState follows the parts of a series.
type seriesState struct {
	step    seriesStep
	at      int // parts of the step
	version int

	uncompressed bool
	samples      uint64
	chunkBytes   uint64 // of a new chunk
	labels       uint64
	rules, rule  uint64
	aggregation  uint64
	context      seriesContext
	chunks       uint64
	chunk        uint64
	first        uint64 // time of the chunk under way

	asked, allocated int64 // by the two forms of the callback
	real, waste      int64
	nameLen          int64 // of the series
	index            trie  // of the chunks by their first time
	last             uint64
}

func (s *seriesState) reset(m *meter, version int) {
	index := s.index
	*s = seriesState{version: version, index: index}
	s.index.classes = m.sizes.classes
	s.index.reset()
}

// block counts a struct or buffer of the module.
func (s *seriesState) block(m *meter, n int64) int64 {
	a := m.sizes.of(n)
	s.real += a
	s.waste += a - n
	return a
}

// text counts a RedisModuleString as it was loaded: with an sds up to Redis 7.0, since
// 7.2 embedded where it is short (rdb.c rdbGenericLoadStringObject without RDB_LOAD_ENC).
func (s *seriesState) text(m *meter, e *parser.Element) int64 {
	a := sizeofRobj + m.sizes.alloc(e.Len)
	if m.line.setListpack {
		a = m.vectorString(e.Len, e.Is(parser.FlagLZF))
	}
	s.real += a
	return a
}

// add takes the next part. Each step names the parts that it is made of; what is not
// among them makes the series one of a kind that is not known.
func (s *seriesState) add(m *meter, e *parser.Element) {
	switch s.step {
	case seriesHead:
		s.addHead(m, e)
	case seriesSource:
		s.text(m, e)
		s.next(seriesTail)
	case seriesTail:
		s.addTail(e)
	case seriesLabelNames:
		s.asked += e.Len + 1
		s.allocated += s.text(m, e)
		if s.at++; uint64(s.at) == 2*s.labels {
			s.next(seriesRuleCount)
		}
	case seriesRuleCount:
		s.rules = e.Number()
		s.next(seriesRuleHead)
		s.skipRules()
	case seriesRuleHead:
		s.addRule(m, e)
	case seriesRuleContext:
		if s.at++; s.at == s.context.parts {
			s.rule++
			s.next(seriesRuleHead)
			s.skipRules()
		}
	case seriesChunkCount:
		s.chunks = e.Number()
		if s.step = seriesChunkParts; s.version < seriesSized {
			s.samples, s.step = s.chunks, seriesOldSamples
		}
		s.at = 0
		if s.chunks == 0 {
			s.step = seriesDone
		}
	case seriesChunkParts:
		s.addChunk(m, e)
	case seriesOldSamples:
		if s.at++; uint64(s.at) == 2*s.samples {
			s.step = seriesDone
		}
	default:
		s.step = seriesWrong
	}
}

func (s *seriesState) next(step seriesStep) { s.step, s.at = step, 0 }

// addHead takes the name, retention, size of chunks, options, last sample, number of
// samples, policy of duplicates, and whether there is a source.
func (s *seriesState) addHead(m *meter, e *parser.Element) {
	if (s.at == 0) != (e.Kind == parser.KindText) {
		s.step = seriesWrong
		return
	}
	switch s.at {
	case 0:
		s.nameLen = e.Len
		s.text(m, e)
	case 2:
		if s.chunkBytes = e.Number(); s.version < seriesSized {
			s.chunkBytes *= 16
		}
	case 3:
		s.uncompressed = e.Number()&1 != 0
	case 6:
		s.samples = e.Number()
	}
	s.at++
	last := 8
	switch {
	case s.version < seriesOptions:
		last = 3
		s.uncompressed = true
	case s.version < seriesSized:
		last = 4
	case s.version >= seriesPolicy:
		last = 9
	}
	if s.at < last {
		return
	}
	hasSource := s.version >= seriesSized && e.Number() != 0
	if s.next(seriesTail); hasSource {
		s.next(seriesSource)
	}
}

// addTail takes the limits under which samples are ignored, and the number of labels.
func (s *seriesState) addTail(e *parser.Element) {
	if s.version >= seriesIgnore && s.at < 2 {
		s.at++
		return
	}
	s.labels = min(e.Number(), 1<<32)
	if s.next(seriesLabelNames); s.labels == 0 {
		s.next(seriesRuleCount)
	}
}

// skipRules goes on to the chunks when all rules were read.
func (s *seriesState) skipRules() {
	if s.rule >= s.rules {
		s.next(seriesChunkCount)
	}
}

// addRule takes a rule's target, its bucket, alignment, aggregation, the start of its
// bucket, and whether that has samples.
func (s *seriesState) addRule(m *meter, e *parser.Element) {
	aggregation, last := 2, 3
	if s.version >= seriesAlignment {
		aggregation, last = 3, 4
	}
	if s.version >= seriesNaN {
		last++
	}
	if (s.at == 0) != (e.Kind == parser.KindText) {
		s.step = seriesWrong
		return
	}
	switch s.at {
	case 0:
		s.text(m, e)
	case aggregation:
		s.aggregation = e.Number()
	}
	if s.at++; s.at <= last {
		return
	}
	c, known := contextOf(s.aggregation, s.version)
	if !known {
		s.step = seriesWrong
		return
	}
	s.context = c
	n := int64(64)
	switch {
	case s.version < seriesAlignment:
		n = 56
	case s.version >= seriesNaN:
		n = 72
	}
	s.asked += n
	s.allocated += s.block(m, n) + s.block(m, c.size)
	s.next(seriesRuleContext)
}

// addChunk takes the parts of a chunk: ten numbers, or three of one that is not
// compressed, and its bytes.
func (s *seriesState) addChunk(m *meter, e *parser.Element) {
	numbers, firstAt, size := 10, 4, int64(80)
	if s.uncompressed {
		numbers, firstAt, size = 3, 0, 32
	}
	if (s.at == numbers) != (e.Kind == parser.KindText) {
		s.step = seriesWrong
		return
	}
	if s.at == firstAt {
		s.first = e.Number()
	}
	if s.at++; s.at <= numbers {
		return
	}
	s.asked += size + e.Len
	s.allocated += s.block(m, size) + s.block(m, e.Len)
	common := 0
	if s.chunk > 0 {
		common = bits.LeadingZeros64(s.first^s.last) / 8
	}
	s.index.add(common, binary.Size(s.first))
	s.last = s.first
	s.at = 0
	if s.chunk++; s.chunk == s.chunks {
		s.step = seriesDone
	}
}

// end sizes the series; false when its parts are not those of one.
func (s *seriesState) end(m *meter, out *moduleSize) bool {
	if s.step != seriesDone {
		return false
	}
	if s.version < seriesSized { // samples are added one by one when it is loaded
		out.inexact = true
		s.oldChunks(m)
	}
	series := int64(144)
	if s.version < seriesIgnore {
		series = 120
	}
	asked := 8 + 16*int64(s.labels) + s.asked
	allocated := s.allocated + s.block(m, series) + s.block(m, 16*int64(s.labels))
	s.index.finish()
	dict := s.block(m, 8) + m.sizes.of(24) + s.index.alloc
	counted := 32 + 244*s.index.nodes // module.c RM_MallocSizeDict
	if m.line.raxExact {
		out.spread += max(counted-dict, dict-counted)
		counted = dict
	}
	allocated += counted
	out.alloc, out.waste = s.real+m.sizes.of(24)+s.index.alloc, s.waste
	out.name, out.source = "time series", "RedisTimeSeries src/tsdb.c SeriesMemUsage"
	out.counted = asked
	switch gap := max(asked-allocated, allocated-asked); {
	case m.module.builtIn:
		out.counted = allocated
	case s.version < seriesLastEmpty:
	case s.version == seriesLastEmpty && !m.line.setListpack: // before 7.2: 1.8
		out.spread += gap
	default:
		out.counted = allocated
		out.spread += gap
	}
	f := &out.figures
	f[FigureSamples], f[FigureChunks], f[FigureLabels], f[FigureRules] = figure(s.samples), figure(s.chunks), figure(s.labels), figure(s.rules)
	return true
}

// oldChunks takes for the chunks of a series of which the dump has samples as many as
// hold them uncompressed.
func (s *seriesState) oldChunks(m *meter) {
	size := min(max(s.chunkBytes, 16), 1<<32)
	s.chunks = max(1, (min(s.samples, 1<<40)*16+size-1)/size)
	header := int64(80)
	if s.uncompressed {
		header = 32
	}
	each := int64(min(s.chunks, 1<<24)) // of what the payload has samples for
	s.asked += each * (header + int64(size))
	a := m.sizes.of(header) + m.sizes.of(int64(size))
	s.allocated += each * a
	s.real += each * a
	s.index.add(0, 8)
}
