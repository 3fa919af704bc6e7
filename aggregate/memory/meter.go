package memory

import (
	"github.com/rdblens/rdblens/parser"
)

// srcMemoryUsage is where servers add the key to the size of its value.
const srcMemoryUsage = "object.c memoryCommand"

// meter implements Meter for one profile. It holds running sums only.
type meter struct {
	ledger
	line   *line
	config Config
	sizes  topSizes
	rows   lengthTable // costs by length of short strings
	tops   topTable    // costs by length of short names
	shared bool        // 0..9999 are shared objects
	quick  bool        // strings may go by the tables alone
	vague  bool        // no size is exact: see line.unmeasured and Profile.StandIn

	nodeBytes, nodeEntries int64 // limits of a quicklist node

	items tally
	list  listState
	set   setState
	hash  hashState
	zset  zsetState

	stream *streamState
	array  *arrayState
	vector vectorState
	module moduleState
}

func newMeter(p Profile, explain bool) *meter {
	l := lineOf(p.Server)
	s := stringSizes{classes: allocatorClasses[p.Allocator], rule: l.sds, tracked: l.tracked}
	m := &meter{
		ledger: ledger{explain: explain},
		line:   l,
		config: p.Config,
		sizes:  topSizes{stringSizes: s, line: l, cluster: p.Cluster},
		shared: l.sharedInts && p.Config.sharesIntegers(),
	}
	m.rows.fill(l, s)
	m.tops.fill(&m.sizes)
	m.nodeBytes, m.nodeEntries = p.Config.nodeLimits()
	m.list.init(m)
	m.zset.init(m)
	m.hash.init(m)
	m.stream = newStreamState(m)
	m.array = newArrayState(m)
	m.module.init(l)
	m.vague = p.StandIn || l.unmeasured != ""
	m.quick = !explain && m.sizes.quantum > 0 && !m.vague
	return m
}

// shape is the group of types that are sized alike.
type shape uint8

const (
	shapeUnknown shape = iota
	shapeString
	shapeList
	shapeQuicklist
	shapeSet
	shapeZset
	shapeHash
	shapeStream
	shapeArray
	shapeModule
)

var shapes = [256]shape{
	parser.TypeString:            shapeString,
	parser.TypeList:              shapeList,
	parser.TypeListZiplist:       shapeList,
	parser.TypeListQuicklist:     shapeQuicklist,
	parser.TypeListQuicklist2:    shapeQuicklist,
	parser.TypeSet:               shapeSet,
	parser.TypeSetIntset:         shapeSet,
	parser.TypeSetListpack:       shapeSet,
	parser.TypeZset:              shapeZset,
	parser.TypeZset2:             shapeZset,
	parser.TypeZsetZiplist:       shapeZset,
	parser.TypeZsetListpack:      shapeZset,
	parser.TypeHash:              shapeHash,
	parser.TypeHashZipmap:        shapeHash,
	parser.TypeHashZiplist:       shapeHash,
	parser.TypeHashListpack:      shapeHash,
	parser.TypeHashMetadataPreGA: shapeHash,
	parser.TypeHashListpackPreGA: shapeHash,
	parser.TypeHashMetadata:      shapeHash,
	parser.TypeHashListpackEx:    shapeHash,
	parser.TypeHashTmplLP:        shapeHash,
	parser.TypeHashTmplLPRef:     shapeHash,
	parser.TypeHashTmplArray:     shapeHash,
	parser.TypeHashTmplArrayRef:  shapeHash,
	parser.TypeValkeyHash2:       shapeHash,
	parser.TypeValkeyPathHash:    shapeHash,
	parser.TypeStreamListpacks:   shapeStream,
	parser.TypeStreamListpacks2:  shapeStream,
	parser.TypeStreamListpacks3:  shapeStream,
	parser.TypeStreamListpacks4:  shapeStream,
	parser.TypeStreamListpacks5:  shapeStream,
	parser.TypeArray:             shapeArray,
	parser.TypeModule2:           shapeModule,
	parser.TypeModulePreGA:       shapeModule,
}

// Begin implements Meter.
func (m *meter) Begin(k *parser.Key) {
	switch shapes[k.Type] {
	case shapeString, shapeUnknown:
		return
	case shapeList, shapeQuicklist:
		m.list.reset()
		m.list.convert = k.Type == parser.TypeListQuicklist && !m.list.ziplist ||
			k.Type == parser.TypeListQuicklist2 && m.list.ziplist
	case shapeSet:
		m.set.reset()
	case shapeZset:
		m.zset.reset()
	case shapeHash:
		m.hash.reset()
		m.hash.template = m.templateWanted(k)
	case shapeStream:
		m.stream.reset()
	case shapeArray:
		m.array.reset()
	case shapeModule:
		m.vector.reset()
		m.module.reset(m, k)
	}
	m.items.reset(m.line.pack)
}

// Elements implements Meter.
func (m *meter) Elements(b *parser.Batch, k *parser.Key, es []parser.Element) {
	switch shapes[k.Type] {
	case shapeList:
		m.addList(es)
	case shapeQuicklist:
		m.addQuicklist(es)
	case shapeSet:
		m.addSet(es)
	case shapeZset:
		m.addZset(es)
	case shapeHash:
		m.addHash(es)
		if m.hash.template {
			m.addTemplateValues(es)
		}
	case shapeStream:
		m.stream.add(b, es)
	case shapeArray:
		m.addArray(es)
	case shapeModule:
		if k.Module != nil && k.Module.Name == "vectorset" {
			m.vector.add(m, es)
		} else {
			m.module.add(m, es)
		}
	}
}

// End implements Meter.
func (m *meter) End(k *parser.Key) (s Size) {
	m.end(k, &s)
	return s
}

// oneBlob are the types whose value is one packed blob.
var oneBlob = func() (t [256]bool) {
	for info := range parser.Types() {
		t[info.Type] = info.Shape == parser.ShapePacked
	}
	return t
}()

// end sizes the key that was begun; s is zero. A packed blob that could not be read to
// its end is sized by its head: as much of it may have been seen as somebody asked for.
func (m *meter) end(k *parser.Key, s *Size) {
	if k.Is(parser.Damaged) && oneBlob[k.Type] {
		m.Begin(k)
	}
	m.reset()
	switch shapes[k.Type] {
	case shapeString:
		m.endString(k, s)
	case shapeList, shapeQuicklist:
		m.endList(k, s)
	case shapeSet:
		m.endSet(k, s)
	case shapeZset:
		m.endZset(k, s)
	case shapeHash:
		m.endHash(k, s)
	case shapeStream:
		m.endStream(k, s)
	case shapeArray:
		m.endArray(k, s)
	case shapeModule:
		m.endModule(k, s)
	default:
		m.endUnknown(k, s)
	}
	if m.sizes.quantum == 0 {
		m.variance += glibcSlackVariance
		m.spread += glibcSlack
	}
	s.Bytes, s.Resident, s.Waste = m.bytes, m.alloc, m.waste
	s.Payload += k.NameLen
	s.Exact = m.variance == 0 && m.spread == 0 && !m.inexact
	if !s.Exact {
		s.Error += m.errorBound()
	}
	if m.vague || k.Is(parser.Nameless) || k.Type == parser.TypeValkeyPathHash {
		s.Exact, s.Unbounded = false, true
	}
}

// Piece implements Meter.
func (m *meter) Piece(b *parser.Batch, k *parser.Key, s *Size, open bool) bool {
	*s = Size{}
	if m.quick && k.Type == parser.TypeString && uint64(k.NameLen) < names && k.Metas == 0 {
		m.quickString(k, s)
		return false
	}
	if !open || !k.Is(parser.Continued) {
		// A key that was open and is not continued was lost to damage.
		m.Begin(k)
	}
	if es := b.Elements(k); len(es) > 0 {
		m.Elements(b, k, es)
	}
	if k.Is(parser.More) {
		return true
	}
	m.end(k, s)
	return false
}

// Figures implements Meter.
func (m *meter) Figures() *Figures {
	if !m.module.sized {
		return nil
	}
	return &m.module.figures
}

// Terms implements Meter.
func (m *meter) Terms() []Term { return m.terms }

// NeedsWalk implements Meter.
func (m *meter) NeedsWalk(k *parser.Key) bool {
	l, c := m.line, &m.config
	ziplists := l.pack == packZiplist
	switch k.Type {
	case parser.TypeHashZipmap, parser.TypeListZiplist:
		return true
	case parser.TypeListQuicklist:
		return !ziplists
	case parser.TypeListQuicklist2:
		return ziplists
	case parser.TypeSetIntset:
		return k.Count < 0 || k.Count > c.SetMaxIntsetEntries
	case parser.TypeSetListpack:
		return !l.setListpack || k.Count < 0 || k.Count > c.SetMaxListpackEntries
	case parser.TypeZsetZiplist:
		return !ziplists || k.Count < 0 || k.Count > c.ZsetMaxListpackEntries
	case parser.TypeHashZiplist:
		return !ziplists || k.Count < 0 || k.Count > c.HashMaxListpackEntries || m.templateWanted(k)
	case parser.TypeZsetListpack:
		return ziplists || k.Count < 0 || k.Count > c.ZsetMaxListpackEntries
	case parser.TypeHashListpack:
		return ziplists || k.Count < 0 || k.Count > c.HashMaxListpackEntries || m.templateWanted(k)
	case parser.TypeHashListpackEx, parser.TypeHashListpackPreGA:
		return l.listpackEx == 0 || k.Count < 0 || k.Count > c.HashMaxListpackEntries
	case parser.TypeHashTmplLP, parser.TypeHashTmplLPRef, parser.TypeModule2:
		return true
	}
	return false
}

func keyFactsOf(k *parser.Key) keyFacts {
	return keyFacts{name: k.NameLen, expires: k.Is(parser.HasExpiry), metas: int64(k.Metas)}
}

// chargeObject charges the robj: what enters the value's sum.
func (m *meter) chargeObject(o *object) {
	if !m.explain {
		m.bytes += o.robj.counted
		m.alloc += o.robj.alloc
		m.waste += o.robj.waste
		return
	}
	m.charge(m.robjName(o.inside), m.line.source, o.robj)
}

func (m *meter) robjName(inside bool) string {
	keyed := m.line.object != objectEntry && m.line.object != objectEntryEmbedded
	switch {
	case keyed && inside:
		return "robj with key and string"
	case keyed:
		return "robj with the key"
	case inside:
		return "robj with the string"
	default:
		return "robj"
	}
}

// chargeKey charges what is added to the value's sum at the end.
func (m *meter) chargeKey(o *object) {
	if o.key.counted == 0 {
		return
	}
	if m.line.object == objectEntryEmbedded {
		m.charge("dictEntry with the key", srcMemoryUsage, o.key)
		return
	}
	m.charge("key sds", srcMemoryUsage, o.key)
	m.charge("dictEntry", srcMemoryUsage, o.entry)
}

// countOf returns the elements of a key: those seen, else those declared.
func (m *meter) countOf(k *parser.Key) int64 {
	if m.items.n > 0 {
		return m.items.n
	}
	return max(k.Count, 0)
}
