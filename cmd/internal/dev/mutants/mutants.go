// Package mutants makes dumps that are wrong in one place and whole around it:
// they are put together anew, with the right lengths around what was changed and the
// right checksum, so that no reader is told of the damage by anything else.
package mutants

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// Mutant is a dump with what was done to it.
type Mutant struct {
	Kind    string // of the mutation
	Version int    // RDB version
	Dump    []byte
}

// record is a key with what stands in front of it.
type record struct {
	attributes []byte
	key        string
	value      rdbtest.Value
	raw        []byte // the whole record of a foreign dump, instead of all else
}

func (r *record) append(dst []byte) []byte {
	if r.raw != nil {
		return append(dst, r.raw...)
	}
	dst = append(dst, r.attributes...)
	dst = append(dst, r.value.Type)
	dst = append(dst, rdbtest.Auto(r.key)...)
	return append(dst, r.value.Data...)
}

// maker makes mutants of one seed.
type maker struct {
	*rand.Rand
	version int
	head    []byte // from the magic to the first record
	records []record
}

// New returns the mutant of a number: the same one for the same number and seeds,
// dumps of servers that are cut into records and mutated too.
func New(number uint64, seeds [][]byte) Mutant {
	m := &maker{Rand: rand.New(rand.NewPCG(number, 14)), version: 10}
	if m.IntN(4) == 0 {
		m.version = 12
	}
	m.head = rdbtest.Redis(m.version).Aux("redis-ver", map[int]string{10: "7.0.15", 12: "7.4.1"}[m.version]).Aux("ctime", "1763700000").Aux("used-mem", "1000000").SelectDB(0).Bytes()
	if len(seeds) > 0 && m.IntN(5) == 0 {
		m.take(seeds[m.IntN(len(seeds))])
	}
	for n := 3 + m.IntN(12); n > 0; n-- {
		m.records = append(m.records, record{attributes: m.attributes(), key: m.name(), value: m.value()})
	}
	kind := kinds[m.IntN(len(kinds))]
	dump := kind.make(m)
	if dump == nil {
		dump = m.dump()
	}
	return Mutant{Kind: kind.name, Version: m.version, Dump: dump}
}

// take cuts a dump into records.
func (m *maker) take(seed []byte) {
	r := parser.NewReader(bytes.NewReader(seed), parser.Options{Hooks: func() parser.Hooks {
		return parser.Hooks{Record: func(*parser.Key) int64 { return 1 << 16 }}
	}})
	defer r.Close()
	h, err := r.Header()
	if err != nil || h.Version < 5 || h.Version > 12 || !strings.HasPrefix(h.Magic, "REDIS") {
		return
	}
	for b, err := r.Next(); err == nil; b, err = r.Next() {
		for i := range b.Keys {
			if k := &b.Keys[i]; k.Raw != nil && k.DB == 0 && len(m.records) < 40 {
				m.records = append(m.records, record{raw: bytes.Clone(k.Raw)})
			}
		}
		b.Release()
	}
	m.version = max(m.version, h.Version)
	copy(m.head[5:], fmt.Sprintf("%04d", m.version))
}

// dump puts the records together.
func (m *maker) dump() []byte { return m.dumpWith(nil) }

// dumpWith puts extra bytes in front of the end.
func (m *maker) dumpWith(extra []byte) []byte {
	b := bytes.Clone(m.head)
	for i := range m.records {
		b = m.records[i].append(b)
	}
	return sealed(append(b, extra...))
}

// sealed appends the end and the checksum.
func sealed(b []byte) []byte {
	b = append(b, rdbtest.OpEOF)
	return binary.LittleEndian.AppendUint64(b, rdbtest.Checksum(b))
}

// --- what sound records hold ---

func (m *maker) name() string {
	return []string{"user:", "cart:", "q:", "", "a.b:"}[m.IntN(5)] + fmt.Sprint(m.IntN(1e9))
}

func (m *maker) attributes() []byte {
	w := new(rdbtest.Writer)
	switch m.IntN(6) {
	case 0:
		w.ExpireMs(4_000_000_000_000 + m.Int64N(1e9))
	case 1:
		w.Idle(m.Uint64N(1e6))
	case 2:
		w.ExpireMs(4_100_000_000_000).Freq(uint8(m.IntN(256)))
	}
	return w.Bytes()
}

// text is a value; words repeat, so that some can be compressed.
func (m *maker) text() string {
	switch m.IntN(8) {
	case 0:
		return fmt.Sprint(m.Int64() >> m.IntN(64))
	case 1:
		return strings.Repeat(string(rune('a'+m.IntN(26))), m.IntN(200))
	case 2:
		return string(binary.LittleEndian.AppendUint64(nil, m.Uint64()))
	case 3:
		return ""
	}
	return strings.Repeat("word "+fmt.Sprint(m.IntN(1000)), 1+m.IntN(3))
}

// texts are n different texts.
func (m *maker) texts(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint(i)+m.text())
	}
	return out
}

// blob is a packed value: its bytes, and what becomes of them.
type blob struct {
	form  string // listpack, ziplist, intset, zipmap, stream
	bytes []byte
	build func(s rdbtest.Str) rdbtest.Value
}

// value is the blob's value, compressed sometimes.
func (m *maker) built(b *blob) rdbtest.Value {
	if m.IntN(3) == 0 {
		return b.build(rdbtest.LZF(b.bytes))
	}
	return b.build(rdbtest.Plain(b.bytes))
}

// pairs are fields and values, or members and scores.
func (m *maker) pairs(n int, scores bool) (out []string) {
	for _, f := range m.texts(n) {
		if v := m.text(); scores {
			out = append(out, f, fmt.Sprint(m.IntN(1000)))
		} else {
			out = append(out, f, v)
		}
	}
	return out
}

func (m *maker) blob() *blob {
	n := 1 + m.IntN(12)
	listpack := func(build func(s rdbtest.Str) rdbtest.Value, v ...string) *blob {
		return &blob{"listpack", rdbtest.NewListpack(v...).Bytes(), build}
	}
	ziplist := func(build func(s rdbtest.Str) rdbtest.Value, v ...string) *blob {
		return &blob{"ziplist", rdbtest.NewZiplist(v...).Bytes(), build}
	}
	switch m.IntN(12) {
	case 0, 1:
		return listpack(rdbtest.HashListpack, m.pairs(n, false)...)
	case 2:
		return listpack(rdbtest.ZsetListpack, m.pairs(n, true)...)
	case 3:
		return listpack(func(s rdbtest.Str) rdbtest.Value { return rdbtest.Quicklist2(rdbtest.PackedNode(s)) }, m.texts(n)...)
	case 4:
		return ziplist(rdbtest.HashZiplist, m.pairs(n, false)...)
	case 5:
		return ziplist(rdbtest.ZsetZiplist, m.pairs(n, true)...)
	case 6:
		return ziplist(rdbtest.ListZiplist, m.texts(n)...)
	case 7:
		return ziplist(func(s rdbtest.Str) rdbtest.Value { return rdbtest.Quicklist(s) }, m.texts(n)...)
	case 8:
		var v []int64
		for i := range n {
			v = append(v, int64(i)*m.Int64N(1<<(1+m.IntN(50))))
		}
		slices.Sort(v)
		return &blob{"intset", rdbtest.Intset(slices.Compact(v)...), rdbtest.SetIntset}
	case 9:
		return &blob{"zipmap", rdbtest.NewZipmap(m.pairs(n, false)...).Bytes(), rdbtest.HashZipmap}
	case 10:
		if m.version >= 11 {
			return listpack(rdbtest.SetListpack, m.texts(n)...)
		}
		fallthrough
	default:
		s := m.stream()
		node := s.Nodes[0]
		master := rdbtest.ID{Ms: 1000, Seq: 1}
		return &blob{"stream", rdbtest.StreamListpack(master, m.entries(master)...).Bytes(), func(lp rdbtest.Str) rdbtest.Value {
			x := s
			x.Nodes = []rdbtest.StreamNode{{Key: node.Key, Listpack: lp}}
			x.Length = 3
			return x.Value(2)
		}}
	}
}

func (m *maker) entries(at rdbtest.ID) (out []rdbtest.Entry) {
	for i := range uint64(3) {
		out = append(out, rdbtest.Entry{ID: rdbtest.ID{Ms: at.Ms + i, Seq: at.Seq}, Fields: []string{"f", m.text(), "g", fmt.Sprint(i)}})
	}
	return out
}

func (m *maker) stream() rdbtest.Stream {
	at, then := rdbtest.ID{Ms: 1000, Seq: 1}, rdbtest.ID{Ms: 2000, Seq: 1}
	s := rdbtest.Stream{Nodes: []rdbtest.StreamNode{rdbtest.NewStreamNode(m.entries(at)...), rdbtest.NewStreamNode(m.entries(then)...)}, Length: 6, Last: rdbtest.ID{Ms: 2002, Seq: 1}, EntriesAdded: 6}
	for _, name := range []string{"g", "h"}[:m.IntN(3)] {
		s.Groups = append(s.Groups, rdbtest.Group{
			Name: rdbtest.Plain(name), Pending: []rdbtest.Pending{{ID: at, DeliveryMs: 5, Count: 1}, {ID: then, DeliveryMs: 6, Count: 2}},
			Consumers: []rdbtest.Consumer{{Name: rdbtest.Plain("c"), Pending: []rdbtest.ID{at}}, {Name: rdbtest.Plain("d"), Pending: []rdbtest.ID{then}}},
		})
	}
	return s
}

func (m *maker) value() rdbtest.Value {
	n := 1 + m.IntN(8)
	switch m.IntN(10) {
	case 0, 1:
		return rdbtest.String(rdbtest.Auto(m.text()))
	case 2:
		return rdbtest.Set(rdbtest.Strs(m.texts(n)...)...)
	case 3:
		return rdbtest.Hash(rdbtest.Strs(m.pairs(n, false)...)...)
	case 4:
		return m.zset(m.texts(n))
	case 5:
		return m.stream().Value(2)
	case 6:
		if m.version >= 12 {
			return rdbtest.HashMetadata(rdbtest.Field{Name: rdbtest.Plain("f"), Value: rdbtest.Plain(m.text()), Expiry: 4_000_000_000_000}, rdbtest.Field{Name: rdbtest.Plain("g"), Value: rdbtest.Plain("v")})
		}
		return rdbtest.List(rdbtest.Strs(m.texts(n)...)...)
	}
	return m.built(m.blob())
}

func (m *maker) zset(members []string) rdbtest.Value {
	var out []rdbtest.Scored
	for i, s := range members {
		out = append(out, rdbtest.Scored{Member: rdbtest.Auto(s), Score: float64(i)})
	}
	if m.IntN(3) == 0 {
		return rdbtest.Zset1(out...)
	}
	return rdbtest.Zset2(out...)
}

// add puts a record with this value at some place.
func (m *maker) add(v rdbtest.Value) []byte {
	m.insert(record{key: m.name(), value: v})
	return nil
}

func (m *maker) insert(r record) {
	m.records = slices.Insert(m.records, m.IntN(len(m.records)+1), r)
}

// poke changes a byte of b from an offset on.
func (m *maker) poke(b []byte, from int) []byte {
	if len(b) > from {
		at := from + m.IntN(len(b)-from)
		b[at] = []byte{b[at] ^ 1<<m.IntN(8), 0, 0xff, byte(m.IntN(256)), b[at] + 1, b[at] - 1}[m.IntN(6)]
	}
	return b
}

// kinds are the mutations. A function returns the dump, or nil when it changed the
// records.
var kinds = []struct {
	name string
	make func(m *maker) []byte
}{
	{"none", func(*maker) []byte { return nil }},
	{"inside: a byte", inside(func(m *maker, b *blob) { b.bytes = m.poke(b.bytes, headBytes[b.form]) })},
	{"inside: two bytes", inside(func(m *maker, b *blob) {
		b.bytes = m.poke(m.poke(b.bytes, headBytes[b.form]), headBytes[b.form])
	})},
	{"inside: the count", inside(func(m *maker, b *blob) {
		n := uint16([]int{0, 1, 2, 7, 40, 65534, 65535}[m.IntN(7)])
		switch b.form {
		case "ziplist":
			binary.LittleEndian.PutUint16(b.bytes[8:], n)
		case "zipmap":
			b.bytes[0] = byte(n)
		default:
			binary.LittleEndian.PutUint16(b.bytes[4:], n)
		}
	})},
	{"inside: the entries cut", inside(func(m *maker, b *blob) { b.resize(max(len(b.bytes)-1-m.IntN(9), 8)) })},
	{"inside: bytes behind", inside(func(m *maker, b *blob) { b.resize(len(b.bytes) + 1 + m.IntN(9)) })},
	{"inside: an odd entry", inside(func(m *maker, b *blob) {
		switch b.form {
		case "listpack":
			b.bytes = rdbtest.NewListpack(m.texts(1 + 2*m.IntN(4))...).Bytes()
		case "ziplist":
			b.bytes = rdbtest.NewZiplist(m.texts(1 + 2*m.IntN(4))...).Bytes()
		}
	})},
	{"head: a byte", inside(func(m *maker, b *blob) { m.poke(b.bytes[:headBytes[b.form]], 0) })},
	{"lzf: a byte", func(m *maker) []byte {
		b := m.blob()
		c := m.poke(rdbtest.Compress(b.bytes), 0)
		return m.add(b.build(rdbtest.LZFClaim(c, uint64(len(c)), uint64(len(b.bytes)))))
	}},
	{"lzf: the length", func(m *maker) []byte {
		b := m.blob()
		c := rdbtest.Compress(b.bytes)
		return m.add(b.build(rdbtest.LZFClaim(c, uint64(len(c)), uint64(len(b.bytes)+m.IntN(5)-2))))
	}},
	{"lzf: a string", func(m *maker) []byte { return m.add(rdbtest.String(m.brokenLZF())) }},
	{"lzf: a member", func(m *maker) []byte {
		s := append(rdbtest.Strs(m.texts(3)...), m.brokenLZF())
		m.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
		return m.add([]rdbtest.Value{rdbtest.List(s...), rdbtest.Set(s...), rdbtest.Hash(s...)}[m.IntN(3)])
	}},
	{"twice: a member", func(m *maker) []byte {
		s := m.texts(2 + m.IntN(30))
		s[m.IntN(len(s))] = s[m.IntN(len(s))]
		return m.add([]rdbtest.Value{rdbtest.Set(rdbtest.Strs(s...)...), m.zset(s)}[m.IntN(2)])
	}},
	{"twice: a field", func(m *maker) []byte {
		s := m.pairs(2+m.IntN(20), false)
		s[2*m.IntN(len(s)/2)] = s[2*m.IntN(len(s)/2)]
		return m.add([]rdbtest.Value{
			rdbtest.Hash(rdbtest.Strs(s...)...), rdbtest.HashListpack(rdbtest.NewListpack(s...).Str()),
			rdbtest.HashZiplist(rdbtest.NewZiplist(s...).Str()), rdbtest.HashZipmap(rdbtest.NewZipmap(s...).Str()),
		}[m.IntN(4)])
	}},
	{"twice: a key", func(m *maker) []byte {
		r := m.records[m.IntN(len(m.records))]
		if r.raw == nil {
			r.attributes, r.value = m.attributes(), m.value()
		}
		m.insert(r)
		return nil
	}},
	{"twice: a key, in another database", func(m *maker) []byte {
		r := m.records[m.IntN(len(m.records))]
		return m.dumpWith(r.append(append([]byte{rdbtest.OpSelectDB}, rdbtest.AppendLen(nil, 3)...)))
	}},
	{"a count", func(m *maker) []byte {
		v := []rdbtest.Value{rdbtest.Set(rdbtest.Strs(m.texts(3)...)...), rdbtest.Hash(rdbtest.Strs(m.pairs(3, false)...)...), m.zset(m.texts(3)), rdbtest.List(rdbtest.Strs(m.texts(3)...)...)}[m.IntN(4)]
		return m.add(v.WithCount([]uint64{0, 1, 2, 4, 5, 1 << 20, math.MaxUint64}[m.IntN(7)]))
	}},
	{"an empty value", func(m *maker) []byte {
		return m.add([]rdbtest.Value{
			rdbtest.Set(), rdbtest.List(), rdbtest.Hash(), rdbtest.HashListpack(rdbtest.NewListpack().Str()), rdbtest.ZsetZiplist(rdbtest.NewZiplist().Str()),
			rdbtest.Quicklist2(), rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack().Str())), rdbtest.Stream{}.Value(2),
		}[m.IntN(8)])
	}},
	{"a type", func(m *maker) []byte {
		v := m.value()
		v.Type = byte(m.IntN(28))
		return m.add(v)
	}},
	{"an expiry", func(m *maker) []byte {
		w := new(rdbtest.Writer)
		for range 1 + m.IntN(2) {
			switch m.IntN(3) {
			case 0:
				w.Expire([]int32{-1, 0, 1, math.MaxInt32, math.MinInt32}[m.IntN(5)])
			default:
				w.ExpireMs([]int64{-1, -2, 0, 1, math.MaxInt64, math.MinInt64, 4_000_000_000_000}[m.IntN(7)])
			}
		}
		m.insert(record{attributes: w.Bytes(), key: m.name(), value: m.value()})
		return nil
	}},
	{"opcodes", func(m *maker) []byte {
		w := new(rdbtest.Writer)
		switch m.IntN(6) {
		case 0:
			w.ResizeDB(m.Uint64N(100), m.Uint64N(10))
		case 1:
			w.Aux("mvcc-tstamp", m.text())
		case 2:
			w.SelectDB(uint64(m.IntN(16)))
		case 3:
			w.ExpireMs(5)
		case 4:
			w.Idle(m.Uint64()).Freq(3)
		case 5:
			w.Raw(byte(200+m.IntN(54)), byte(m.IntN(64)))
		}
		m.insert(record{raw: bytes.Clone(w.Bytes())})
		return nil
	}},
	{"a score", func(m *maker) []byte {
		f := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, math.Copysign(0, -1), math.MaxFloat64}[m.IntN(6)]
		v := []rdbtest.Scored{{Member: rdbtest.Plain("a"), Score: 1}, {Member: rdbtest.Plain("b"), Score: f}}
		return m.add([]rdbtest.Value{rdbtest.Zset1(v...), rdbtest.Zset2(v...)}[m.IntN(2)])
	}},
	{"a stream", func(m *maker) []byte {
		s := m.stream()
		if len(s.Groups) == 0 {
			s.Groups = append(s.Groups, rdbtest.Group{Name: rdbtest.Plain("g"), Consumers: []rdbtest.Consumer{{Name: rdbtest.Plain("c")}}})
		}
		g := &s.Groups[m.IntN(len(s.Groups))]
		strange := rdbtest.ID{Ms: 7777, Seq: 7}
		switch m.IntN(9) {
		case 0:
			s.Length = m.Uint64N(20)
		case 1:
			s.Groups = append(s.Groups, *g)
		case 2:
			g.Consumers = append(g.Consumers, g.Consumers[0])
		case 3:
			g.Pending = append(g.Pending, rdbtest.Pending{ID: strange})
		case 4:
			g.Consumers[0].Pending = append(g.Consumers[0].Pending, strange)
		case 5:
			g.Pending = append(g.Pending, g.Pending...)
		case 6:
			s.Nodes = append(s.Nodes, s.Nodes[0])
		case 7:
			s.Nodes = nil
		case 8:
			s.Last, s.EntriesAdded = rdbtest.ID{}, math.MaxUint64
		}
		return m.add(s.Value(2))
	}},
	{"cut", func(m *maker) []byte {
		b := m.dump()
		return b[:m.IntN(len(b))]
	}},
	{"order", func(m *maker) []byte {
		m.Shuffle(len(m.records), func(i, j int) { m.records[i], m.records[j] = m.records[j], m.records[i] })
		return nil
	}},
	{"a byte anywhere", func(m *maker) []byte {
		b := m.dump()
		return sealed(m.poke(b[:len(b)-9], len(m.head)))
	}},
}

// headBytes is how long the head of a blob is.
var headBytes = map[string]int{"listpack": 6, "stream": 6, "ziplist": 10, "intset": 8, "zipmap": 1}

// inside makes a mutation of a blob's bytes.
func inside(change func(m *maker, b *blob)) func(m *maker) []byte {
	return func(m *maker) []byte {
		b := m.blob()
		b.bytes = bytes.Clone(b.bytes)
		change(m, b)
		return m.add(m.built(b))
	}
}

// resize cuts or lengthens a blob and corrects the length in its head.
func (b *blob) resize(n int) {
	if n < len(b.bytes) {
		b.bytes = b.bytes[:n]
	}
	for len(b.bytes) < n {
		b.bytes = append(b.bytes, 0xff)
	}
	if b.form != "intset" && b.form != "zipmap" {
		binary.LittleEndian.PutUint32(b.bytes, uint32(n))
	}
}

// brokenLZF is a compressed string that does not come out.
func (m *maker) brokenLZF() rdbtest.Str {
	text := strings.Repeat(m.text()+"x", 1+m.IntN(9))
	c := m.poke(rdbtest.Compress([]byte(text)), 0)
	return rdbtest.LZFClaim(c, uint64(len(c)), uint64(len(text)))
}
