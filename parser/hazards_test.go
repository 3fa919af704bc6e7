package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// hazard is a key that no server writes, between two good ones.
type hazard struct {
	name  string
	value rdbtest.Value
	// err is the class of error that ends every reading, nil when the key is
	// accepted. Late damage is inside the value: only a reader that walks warns of it.
	err  error
	late bool
	// warning is what is said of an accepted key.
	warning parser.WarningCode
	also    parser.WarningCode // a second one
	count   int64              // of an accepted key, with every blob walked
}

// edit returns a blob with bytes replaced from an offset on.
func edit(blob []byte, at int, with ...byte) rdbtest.Str {
	b := bytes.Clone(blob)
	copy(b[at:], with)
	return rdbtest.Plain(b)
}

func hazards() []hazard {
	raw := func(typ byte, data ...byte) rdbtest.Value { return rdbtest.Value{Type: typ, Data: data} }
	lp := func(v ...string) *rdbtest.Listpack { return rdbtest.NewListpack(v...) }
	zl := func(v ...string) *rdbtest.Ziplist { return rdbtest.NewZiplist(v...) }
	zm := func(v ...string) *rdbtest.Zipmap { return rdbtest.NewZipmap(v...) }
	corrupt := parser.ErrCorrupt
	var out []hazard
	bad := func(name string, v rdbtest.Value) { out = append(out, hazard{name: name, value: v, err: corrupt}) }
	late := func(name string, v rdbtest.Value) {
		out = append(out, hazard{name: name, value: v, late: true})
	}
	inside := func(name string, v rdbtest.Value) {
		out = append(out, hazard{name: name, value: v, warning: parser.WarnDamaged, count: -1})
	}
	fine := func(name string, count int64, v rdbtest.Value) {
		out = append(out, hazard{name: name, value: v, count: count})
	}
	warned := func(name string, count int64, w parser.WarningCode, v rdbtest.Value) {
		out = append(out, hazard{name: name, value: v, count: count, warning: w})
	}

	// Strings.
	for _, c := range []byte{0x82, 0xbf, 0xc4, 0xd0, 0xff} {
		bad(fmt.Sprintf("string head %#x", c), raw(0, c, 0, 0, 0, 0, 0, 0, 0, 0))
	}
	bad("lzf declared 4 GiB", rdbtest.String(rdbtest.LZFClaim([]byte{0, 'a'}, 2, 1<<32)))
	bad("lzf declared 2^63", rdbtest.String(rdbtest.LZFClaim([]byte{0, 'a'}, 2, 1<<63)))
	bad("lzf declared beyond 88 times", rdbtest.String(rdbtest.LZFClaim([]byte{0, 'a'}, 2, 2*88+88)))
	late("lzf too short", rdbtest.String(rdbtest.LZFClaim([]byte{0, 'a'}, 2, 30)))
	late("lzf too long", rdbtest.String(rdbtest.LZFClaim(rdbtest.Compress([]byte(loremText)), uint64(lzfBytes(loremText)), 40)))
	late("lzf back-reference before the start", rdbtest.String(rdbtest.LZFClaim([]byte{0, 'a', 0x20, 9}, 4, 30)))
	late("lzf literals past its end", rdbtest.String(rdbtest.LZFClaim([]byte{31, 'a', 'b'}, 3, 32)))
	late("lzf back-reference cut off", rdbtest.String(rdbtest.LZFClaim([]byte{0, 'a', 0xe0}, 3, 30)))
	inside("lzf of nothing that is not empty", rdbtest.String(rdbtest.LZFClaim([]byte{0, 'a'}, 2, 0)))
	fine("lzf of nothing", 1, rdbtest.String(rdbtest.LZF("")))
	fine("lzf 88 times", 1, rdbtest.String(rdbtest.LZF(make([]byte, 10_000_000))))

	// Counts.
	counted := map[string]rdbtest.Value{
		"list": rdbtest.List(plain("a")), "set": rdbtest.Set(plain("a")), "hash": rdbtest.Hash(plain("a"), plain("b")),
		"zset": rdbtest.Zset2(rdbtest.Scored{Member: plain("a")}), "zset text": rdbtest.Zset1(rdbtest.Scored{Member: plain("a")}),
		"quicklist": rdbtest.Quicklist(zl("a").Str()), "quicklist 2": rdbtest.Quicklist2(rdbtest.PlainNode(plain("a"))),
		"array": rdbtest.Array(nil, rdbtest.ShortSlot(0, plain("a"))), "stream": streamOf(1).Value(1), "hash ttl rc": rdbtest.HashMetadataPreGA(rdbtest.Field{Name: plain("a"), Value: plain("b")}),
	}
	for name, v := range counted {
		for _, c := range []byte{0x82, 0xc0, 0xc3, 0xff} {
			bad(fmt.Sprintf("%s count %#x", name, c), v.WithCountAs([]byte{c}))
		}
		bad(name+" count 2^63", v.WithCount(1<<63))
		bad(name+" count 2^64-1", v.WithCount(math.MaxUint64))
		if name != "array" && name != "stream" {
			warned(name+" empty", 0, parser.WarnEmpty, rdbtest.Value{Type: v.Type, Data: []byte{0}})
		}
	}
	fine("overlong count", 1, rdbtest.List(plain("a")).WithCountAs([]byte{0x81, 0, 0, 0, 0, 0, 0, 0, 1}))

	// Listpacks.
	h := func(l *rdbtest.Listpack) rdbtest.Value { return rdbtest.HashListpack(l.Str()) }
	bad("listpack empty string", rdbtest.HashListpack(plain("")))
	bad("listpack of 6 bytes", rdbtest.HashListpack(plain("\x06\x00\x00\x00\x00\x00")))
	bad("listpack integer string", rdbtest.HashListpack(rdbtest.Int(5)))
	bad("listpack total too small", h(lp("a", "b").Total(9)))
	bad("listpack total too large", h(lp("a", "b").Total(math.MaxUint32)))
	inside("listpack odd by its header", h(lp("a", "b", "c")))
	inside("listpack odd, header unknown", h(lp("a", "b", "c").Count(65535)))
	inside("listpack expiry triples", rdbtest.HashListpackEx(0, lp("a", "b", "0", "c", "d", "0", "e").Str()))
	warned("listpack count lie", 20, parser.WarnCountLie, h(lp("a", "b").Count(40)))
	warned("listpack odd count lie", 1, parser.WarnCountLie, h(lp("a", "b").Count(7)))
	out = append(out, hazard{name: "listpack count zero", value: h(lp("a", "b").Count(0)), warning: parser.WarnCountLie, also: parser.WarnEmpty})
	fine("listpack count unknown", 1, h(lp("a", "b").Count(65535)))
	warned("listpack empty", 0, parser.WarnEmpty, h(lp()))
	for c := byte(0xf5); c <= 0xfe; c++ {
		late(fmt.Sprintf("listpack encoding %#x", c), h(lp("a").Entry(c)))
	}
	late("listpack early end", h(lp("a", "b").Raw(0xff)))
	late("listpack without end", rdbtest.HashListpack(edit(lp("a", "b").Bytes(), len(lp("a", "b").Bytes())-1, 0x01)))
	late("listpack entry past the end", h(lp("a").Entry(0xbf, 'x')))
	late("listpack long string past the end", h(lp("a").Entry(0xf0, 0xff, 0xff, 0xff, 0xff, 'x')))
	late("listpack 12-bit string past the end", h(lp("a").Entry(0xef, 0xff)))
	late("listpack integer past the end", h(lp("a").Raw(0xf4, 1).Count(2)))
	late("listpack back length", rdbtest.HashListpack(edit(lp("a", "b").Bytes(), 8, 9)))
	late("listpack back length with a stray bit", rdbtest.HashListpack(edit(lp("a", "b").Bytes(), 8, 0x82)))
	late("listpack lzf with a lie inside", rdbtest.HashListpack(rdbtest.LZF([]byte(edit(lp("a", loremText).Bytes(), 8, 9))[2:])))
	bad("listpack lzf cut before its head", rdbtest.HashListpack(rdbtest.LZFClaim([]byte{2, 9, 0, 0}, 4, 9)))
	// The sizes of back length that a test can afford; at 2^14-1 and 2^21-1
	// servers take a byte more than the number needs.
	for _, n := range []int{100, 10_000, 1<<14 - 1 - 5, 1<<14 - 5, 1<<21 - 1 - 5} {
		fine(fmt.Sprintf("listpack entry of %d bytes", n), 1, h(lp(strings.Repeat("x", n), "v")))
	}

	// Ziplists.
	z := func(l *rdbtest.Ziplist) rdbtest.Value { return rdbtest.HashZiplist(l.Str()) }
	bad("ziplist of 10 bytes", rdbtest.HashZiplist(rdbtest.Plain(zl().Bytes()[:10])))
	bad("ziplist total", z(zl("a", "b").Total(9999)))
	inside("ziplist odd", z(zl("a", "b", "c")))
	bad("ziplist tail outside", z(zl("a", "b").Tail(4000)))
	late("ziplist tail lie", z(zl("a", "b").Tail(10)))
	warned("ziplist count lie", 4, parser.WarnCountLie, z(zl("a", "b").Count(8)))
	warned("ziplist odd count lie", 1, parser.WarnCountLie, z(zl("a", "b").Count(9)))
	warned("ziplist empty", 0, parser.WarnEmpty, z(zl()))
	for _, c := range []byte{0xc1, 0xd5, 0xe9, 0xff} {
		late(fmt.Sprintf("ziplist encoding %#x", c), z(zl("a").Entry(c)))
	}
	late("ziplist previous length", rdbtest.HashZiplist(edit(zl("a", "b").Bytes(), 13, 9)))
	late("ziplist wide previous length", z(zl("a").Raw(0xfe, 0xff, 0xff, 0xff, 0xff, 1, 'b').Count(2)))
	late("ziplist early end", z(zl("a", "b").Raw(0xff)))
	late("ziplist entry past the end", z(zl("a").Entry(0x3f, 'b')))
	late("ziplist long string past the end", z(zl("a").Entry(0x80, 0xff, 0xff, 0xff, 0xff, 'b')))
	late("ziplist without end", rdbtest.HashZiplist(edit(zl("a", "b").Bytes(), len(zl("a", "b").Bytes())-1, 0x01)))

	// Intsets and zipmaps.
	i := func(b []byte) rdbtest.Value { return rdbtest.SetIntset(rdbtest.Plain(b)) }
	for _, w := range []uint32{0, 1, 3, 16, math.MaxUint32} {
		bad(fmt.Sprintf("intset width %d", w), i(edit(rdbtest.Intset(1, 2), 0, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))[1:]))
	}
	bad("intset of 7 bytes", i(rdbtest.Intset()[:7]))
	bad("intset count lie", i(edit(rdbtest.Intset(1, 2), 4, 3)[1:]))
	bad("intset count 2^32-1", i(edit(rdbtest.Intset(1, 2), 4, 0xff, 0xff, 0xff, 0xff)[1:]))
	late("intset not ascending", i(rdbtest.IntsetOf(2, 5, 4)))
	late("intset with a number twice", i(rdbtest.IntsetOf(2, 5, 5)))
	warned("intset empty", 0, parser.WarnEmpty, i(rdbtest.Intset()))
	m := func(l *rdbtest.Zipmap) rdbtest.Value { return rdbtest.HashZipmap(l.Str()) }
	bad("zipmap of 1 byte", rdbtest.HashZipmap(plain("\x00")))
	warned("zipmap empty", 0, parser.WarnEmpty, m(zm()))
	warned("zipmap count lie", 1, parser.WarnCountLie, m(zm("a", "b").Count(9)))
	fine("zipmap count unknown", 1, m(zm("a", "b").Count(254)))
	warned("zipmap count unknown as 255", 1, parser.WarnCountLie, m(zm("a", "b").Count(255)))
	warned("zipmap small field in the long form", 1, parser.WarnLongLength, m(new(rdbtest.Zipmap).Raw(254, 1, 0, 0, 0, 'a', 1, 0, 'b').Count(1)))
	warned("zipmap small value in the long form", 1, parser.WarnLongLength, m(new(rdbtest.Zipmap).Raw(1, 'a', 254, 253, 0, 0, 0, 0).Raw(make([]byte, 253)...).Count(1)))
	fine("zipmap value of 254 bytes", 1, m(new(rdbtest.Zipmap).Raw(1, 'a', 254, 254, 0, 0, 0, 0).Raw(make([]byte, 254)...).Count(1)))
	late("zipmap field without value", m(zm("a", "b").Raw(1, 'c')))
	late("zipmap field past the end", m(zm("a", "b").Raw(200, 'c')))
	late("zipmap long length past the end", m(zm("a", "b").Raw(254, 0xff, 0xff, 0xff, 0xff)))
	late("zipmap spare bytes past the end", m(new(rdbtest.Zipmap).Raw(1, 'a', 1, 200, 'b').Count(1)))
	late("zipmap without end", rdbtest.HashZipmap(edit(zm("a", "b").Bytes(), 6, 1)))

	// Lists.
	for _, c := range []uint64{0, 3, 1 << 40} {
		bad(fmt.Sprintf("quicklist container %d", c), rdbtest.Quicklist2(rdbtest.Node{Container: c, Data: plain("a")}))
	}
	bad("quicklist node is no listpack", rdbtest.Quicklist2(rdbtest.PackedNode(plain("abcdefghi"))))
	late("quicklist node broken inside", rdbtest.Quicklist2(rdbtest.PlainNode(plain("a")), rdbtest.PackedNode(lp("a").Entry(0xf9).Str())))
	warned("quicklist node count lie", 11, parser.WarnCountLie, rdbtest.Quicklist2(rdbtest.PackedNode(lp("a").Count(9).Str()), rdbtest.PackedNode(lp("b", "c").Str())))
	warned("quicklist of empty nodes", 0, parser.WarnEmpty, rdbtest.Quicklist(zl().Str()))

	// Scores.
	warned("NaN score", 1, parser.WarnScore, rdbtest.Zset2(rdbtest.Scored{Member: plain("a"), Score: math.NaN()}))
	warned("NaN text score", 1, parser.WarnScore, rdbtest.Zset1(rdbtest.Scored{Member: plain("a"), Score: math.NaN()}))
	warned("garbage text score", 1, parser.WarnScore, raw(3, 1, 1, 'a', 5, 'h', 'e', 'l', 'l', 'o'))
	warned("empty text score", 1, parser.WarnScore, raw(3, 1, 1, 'a', 0))

	// Field expiries.
	fine("hash expiry beyond int64", 1, raw(22, append(rdbtest.AppendLen([]byte{1}, math.MaxUint64), 1, 'f', 1, 'v')...))
	fine("hash listpack expiry as text", 1, rdbtest.HashListpackEx(0, new(rdbtest.Listpack).Add("f", "v").Text("7").Str()))

	// Arrays.
	bad("array flag 2", raw(28, 1, 2, 0, 3, 1, 'a'))
	bad("array tag 4", raw(28, 1, 0, 0, 4, 1, 'a'))
	bad("array index twice", rdbtest.Array(nil, rdbtest.ShortSlot(3, plain("a")), rdbtest.ShortSlot(3, plain("b"))))
	bad("array index down", rdbtest.Array(nil, rdbtest.ShortSlot(3, plain("a")), rdbtest.ShortSlot(2, plain("b"))))

	warned("array empty", 0, parser.WarnEmpty, raw(28, 0, 0))

	// What only a server that builds the value sees.
	fine("set member twice", 2, rdbtest.Set(plain("a"), plain("a")))
	fine("hash field twice", 2, rdbtest.Hash(plain("a"), plain("1"), plain("a"), plain("2")))
	fine("zset member twice", 2, rdbtest.Zset2(rdbtest.Scored{Member: plain("a")}, rdbtest.Scored{Member: plain("a"), Score: 1}))
	fine("listpack field twice", 2, h(lp("a", "1", "a", "2")))
	fine("zset not sorted", 2, rdbtest.ZsetListpack(lp("a", "9", "b", "-inf").Str()))

	// Streams.
	at := rdbtest.ID{Ms: 5}
	node := func(l *rdbtest.Listpack) rdbtest.Value {
		return rdbtest.Stream{Nodes: []rdbtest.StreamNode{{Key: rdbtest.StreamKey(at), Listpack: l.Str()}}, Length: 1, Last: at}.Value(3)
	}
	nodeKey := func(key rdbtest.Str) rdbtest.Value {
		return rdbtest.Stream{Nodes: []rdbtest.StreamNode{{Key: key, Listpack: rdbtest.StreamListpack(at, rdbtest.Entry{ID: at, Fields: []string{"a", "b"}}).Str()}}, Length: 1}.Value(1)
	}
	ints := func(v ...int64) *rdbtest.Listpack {
		l := new(rdbtest.Listpack)
		for _, v := range v {
			l.Int(v)
		}
		return l
	}
	bad("stream node key of 15 bytes", nodeKey(plain("123456789012345")))
	bad("stream node key of 17 bytes", nodeKey(plain("12345678901234567")))
	bad("stream node key as integer", nodeKey(rdbtest.Int(5)))
	bad("stream node of 6 bytes", rdbtest.Stream{Nodes: []rdbtest.StreamNode{{Key: rdbtest.StreamKey(at), Listpack: plain("\x06\x00\x00\x00\x00\x00")}}}.Value(1))
	late("stream without master entry", node(lp()))
	late("stream master entry cut", node(ints(1, 0)))
	late("stream master count negative", node(ints(-1, 0, 0, 0)))
	late("stream deleted count negative", node(ints(0, -1, 0, 0)))
	late("stream field count negative", node(ints(0, 0, -1, 0)))
	late("stream field count 2^62", node(ints(0, 0, 1<<62, 0)))
	late("stream count 2^62", node(ints(1<<62, 0, 0, 0)))
	late("stream counts that overflow", node(ints(math.MaxInt64, math.MaxInt64, 0, 0)))
	late("stream master without 0", node(ints(0, 0, 0, 1)))
	late("stream count as text", node(new(rdbtest.Listpack).Text("x").Int(0).Int(0).Int(0)))
	late("stream entry missing", node(ints(1, 0, 0, 0)))
	late("stream entry lp-count lie", node(ints(1, 0, 0, 0, 2, 0, 0, 9)))
	late("stream entry with too many fields", node(ints(1, 0, 0, 0, 0, 0, 0, 1<<60, 4)))
	late("stream entry with negative fields", node(ints(1, 0, 0, 0, 0, 0, 0, -1, 4)))
	late("stream deleted entries unmarked", node(ints(0, 1, 0, 0, 2, 0, 0, 3)))
	late("stream goes on behind its entries", node(ints(1, 0, 0, 0, 2, 0, 0, 3, 7)))
	fine("stream entry", 1, node(ints(1, 0, 0, 0, 2, 0, 0, 3)))
	warned("stream length lie", 9, parser.WarnStreamLength, rdbtest.Stream{Nodes: []rdbtest.StreamNode{rdbtest.NewStreamNode(rdbtest.Entry{ID: at, Fields: []string{"a", "b"}})}, Length: 9, Last: at}.Value(3))
	fine("stream without nodes, with a group", 0, rdbtest.Stream{Groups: []rdbtest.Group{{Name: plain("g")}}}.Value(3))
	fine("stream consumer with an unknown pending ID", 0, rdbtest.Stream{Groups: []rdbtest.Group{{Name: plain("g"), Consumers: []rdbtest.Consumer{{Name: plain("c"), Pending: []rdbtest.ID{at}}}}}}.Value(2))
	owned := rdbtest.Group{Name: plain("g"), Pending: []rdbtest.Pending{{ID: at}}, Nacks: []rdbtest.ID{at},
		Consumers: []rdbtest.Consumer{{Name: plain("c"), Pending: []rdbtest.ID{at}}, {Name: plain("c"), Pending: []rdbtest.ID{at}}}}
	fine("stream with a group and a consumer twice, and an owned NACK", 0, rdbtest.Stream{Groups: []rdbtest.Group{owned, owned}}.Value(5))
	fine("stream numbers with the top bit set", 0, rdbtest.Stream{Last: rdbtest.ID{Ms: math.MaxUint64, Seq: math.MaxUint64}, EntriesAdded: math.MaxUint64,
		Groups: []rdbtest.Group{{Name: plain("g"), EntriesRead: math.MaxUint64, Pending: []rdbtest.Pending{{ID: rdbtest.ID{Ms: math.MaxUint64, Seq: math.MaxUint64}, DeliveryMs: -1, Count: math.MaxUint64}}}}}.Value(3))

	// Modules.
	id := rdbtest.ModuleID("test-type", 0)
	bad("module opcode 6", rdbtest.Module(id, rdbtest.Op{6}))
	bad("module opcode 2^40", rdbtest.Module(id, rdbtest.AppendLen(nil, 1<<40)))
	bad("module opcode as string encoding", rdbtest.Module(id, rdbtest.Op{0xc0}))
	fine("module without payload", 1, rdbtest.Module(id))
	fine("module with signed integers", 1, rdbtest.Module(id, rdbtest.Sint(math.MinInt64)))
	for name, ops := range map[string][]rdbtest.Op{
		"nothing":                     {},
		"numbers only":                {rdbtest.Uint(1), rdbtest.Uint(2), rdbtest.Uint(3), rdbtest.Uint(4), rdbtest.Uint(5), rdbtest.Uint(6)},
		"strings first":               {rdbtest.Text(plain("a")), rdbtest.Text(plain("b")), rdbtest.Uint(5)},
		"count of 2^64-1 parameters":  {rdbtest.Uint(3), rdbtest.Uint(1), rdbtest.Uint(0), rdbtest.Uint(0), rdbtest.Text(plain("a")), rdbtest.Text(plain("v")), rdbtest.Uint(math.MaxUint64), rdbtest.Uint(1)},
		"no parameters":               {rdbtest.Uint(3), rdbtest.Uint(1), rdbtest.Uint(0), rdbtest.Uint(0), rdbtest.Text(plain("a")), rdbtest.Text(plain("v")), rdbtest.Uint(0)},
		"matrix missing":              {rdbtest.Uint(3), rdbtest.Uint(1), rdbtest.Uint(0), rdbtest.Uint(1), rdbtest.Uint(9)},
		"floats between":              {rdbtest.Uint(3), rdbtest.Double(1), rdbtest.Uint(1), rdbtest.Float(0), rdbtest.Uint(0), rdbtest.Uint(0)},
		"more elements than declared": {rdbtest.Uint(3), rdbtest.Uint(0), rdbtest.Uint(0), rdbtest.Uint(0), rdbtest.Text(plain("a")), rdbtest.Text(plain("v")), rdbtest.Uint(1), rdbtest.Uint(1)},
	} {
		h := hazard{name: "vector set: " + name, value: rdbtest.Module(rdbtest.ModuleID("vectorset", 0), ops...), count: -1, warning: parser.WarnCountLie}
		if strings.Contains(name, "parameters") || name == "nothing" {
			h.warning = "" // it has what it declares
		}
		out = append(out, h)
	}
	out = append(out,
		hazard{name: "module of a release candidate", value: rdbtest.Value{Type: 6, Data: append(rdbtest.AppendLen(nil, id), 1, 2, 3)}, err: parser.ErrUnknownType},
		hazard{name: "type 8", value: rdbtest.Value{Type: 8, Data: plain("x")}, err: parser.ErrUnknownType},
		hazard{name: "type 33", value: rdbtest.Value{Type: 33, Data: plain("x")}, err: parser.ErrUnknownType},
		hazard{name: "type 63", value: rdbtest.Value{Type: 63, Data: plain("x")}, err: parser.ErrUnknownType},
		hazard{name: "type 65", value: rdbtest.Value{Type: 65, Data: plain("x")}, err: parser.ErrUnknownType},
		hazard{name: "opcode 108", value: rdbtest.Value{Type: 108, Data: plain("x")}, err: parser.ErrUnknownType},
		hazard{name: "opcode 200", value: rdbtest.Value{Type: 200, Data: plain("x")}, err: parser.ErrUnknownType},
		hazard{name: "opcode 241", value: rdbtest.Value{Type: 241, Data: plain("x")}, err: parser.ErrUnknownType},
	)

	// Template hashes; template 1 has two fields.
	values := func(v ...string) rdbtest.Str { return rdbtest.TemplateListpack(1, v...).Str() }
	bad("template unknown", rdbtest.HashTmplArrayRef(77, plain("a"), plain("b")))
	bad("template unknown, id 2^64-1", rdbtest.HashTmplArrayRef(math.MaxUint64, plain("a"), plain("b")))
	bad("template without fields", rdbtest.HashTmplArray(rdbtest.FieldsPlain()))
	bad("template listpack without fields", rdbtest.HashTmplArray(rdbtest.FieldsListpack()))
	bad("template field layout 2", rdbtest.HashTmplArray([]byte{2}, plain("a")))
	bad("template fields not sorted", rdbtest.HashTmplArray(rdbtest.FieldsPlain("b", "a"), plain("1"), plain("2")))
	bad("template field twice", rdbtest.HashTmplArray(rdbtest.FieldsPlain("a", "a"), plain("1"), plain("2")))
	warned("template with too few values", 1, parser.WarnDamaged, rdbtest.HashTmplLP(rdbtest.FieldsListpack("a", "b"), values("1")))
	warned("template with too many values", 3, parser.WarnDamaged, rdbtest.HashTmplLP(rdbtest.FieldsListpack("a", "b"), values("1", "2", "3")))
	for name, v := range map[string]rdbtest.Str{"id": lp().Str(), "values": values()} {
		out = append(out, hazard{name: "template reference without " + name, value: rdbtest.HashTmplLPRef(v), warning: parser.WarnDamaged, also: parser.WarnEmpty})
	}
	warned("template values broken inside", 2, parser.WarnDamaged, rdbtest.HashTmplLPRef(rdbtest.TemplateListpack(1, "1").Entry(0xf9).Str()))
	warned("template names broken inside", 2, parser.WarnDamaged, rdbtest.HashTmplLP(append([]byte{0}, lp("a").Entry(0xf9).Str()...), values("1", "2")))
	warned("template listpack without fields, values in one", 1, parser.WarnDamaged, rdbtest.HashTmplLP(rdbtest.FieldsListpack(), values("1")))
	bad("template values too short for their head", rdbtest.HashTmplLPRef(rdbtest.TemplateListpack(1, "1", "2").Total(90).Str()))
	bad("template names broken inside, values behind", rdbtest.HashTmplArray(append([]byte{0}, lp("a").Entry(0xf9).Str()...), plain("1"), plain("2")))
	return out
}

// hazardDump puts a value between two good keys.
func hazardDump(v rdbtest.Value) []byte {
	w := rdbtest.Redis(15).SelectDB(0).HashTemplate(1, "f1", "field2").Put("before", rdbtest.String(plain("x")))
	return w.Put("key", v).Put("after", rdbtest.String(plain("y"))).EOF().Bytes()
}

// TestHazards reads values no server writes: what can be passed over is, the
// rest is an error in the right place, and nothing takes memory for what a
// value only claims.
func TestHazards(t *testing.T) {
	for _, h := range hazards() {
		t.Run(h.name, func(t *testing.T) {
			dump := hazardDump(h.value)
			for _, walk := range []bool{true, false} {
				var got *reading
				n := allocated(func() { got = readBytes(t, dump, parser.Options{WalkAll: walk}) })
				if n > readMemory {
					t.Errorf("walk %v: %d bytes allocated", walk, n)
				}
				if h.err != nil {
					if !errors.Is(got.Err, h.err) {
						t.Errorf("walk %v: %v, want %v", walk, got.Err, h.err)
					}
					if len(got.Keys) != 1 {
						t.Errorf("walk %v: %d keys", walk, len(got.Keys))
					}
					// The error is inside the key's record.
					start, end := got.Keys[0].key.Offset+got.Keys[0].key.Size, int64(len(dump))-9-8
					if off := got.errorOffset(); off < start || off > end {
						t.Errorf("walk %v: error at %d, the key is at %d-%d", walk, off, start, end)
					}
					continue
				}
				if got.Err != nil || len(got.Keys) != 3 {
					t.Errorf("walk %v: %v, %d keys", walk, got.Err, len(got.Keys))
					continue
				}
				if h.late {
					h.warning, h.count = parser.WarnDamaged, -1
				}
				if k := got.Keys[1].key; walk && h.count >= 0 && h.err == nil && k.Count != h.count {
					t.Errorf("count %d, want %d", k.Count, h.count)
				}
				var codes []parser.WarningCode
				for _, w := range got.Info.Warnings {
					codes = append(codes, w.Code)
					start, end := got.Keys[1].key.Offset, got.Keys[1].key.Offset+got.Keys[1].key.Size
					if w.Code.Defect() != slices.Contains([]parser.WarningCode{parser.WarnCountLie, parser.WarnLongLength, parser.WarnDamaged, parser.WarnScore, parser.WarnTemplate}, w.Code) {
						t.Errorf("%s is a defect: %v", w.Code, w.Code.Defect())
					}
					if w.Key != "key" || w.Count != 1 || w.Offset < start || w.Offset > end || w.Text == "" {
						t.Errorf("walk %v: warning %+v of the key at %d-%d", walk, w, start, end)
					}
				}
				want := []parser.WarningCode{h.warning}
				if h.also != "" {
					want = append(want, h.also)
				}
				if walk && h.warning == "" && len(codes) > 0 || walk && h.warning != "" && !slices.Equal(codes, want) {
					t.Errorf("warnings %v, want %q", codes, want)
				}
			}
		})
	}
}

// TestClaims reads values that claim more than the source holds, in a source
// whose size is not known: memory stays bounded, the error is truncation or
// the first byte that makes no sense.
func TestClaims(t *testing.T) {
	claims := map[string]rdbtest.Value{
		"string 4 GiB": rdbtest.String(rdbtest.Str{0x80, 0xff, 0xff, 0xff, 0xff}),
		"string 2^40":  rdbtest.String(rdbtest.AppendLen(nil, 1<<40)),
		"string 2^63":  rdbtest.String(rdbtest.AppendLen(nil, 1<<63)),
		"string 2^64":  rdbtest.String(rdbtest.AppendLen(nil, math.MaxUint64)),
		"lzf 2^40":     rdbtest.String(rdbtest.LZFClaim(nil, 1<<40, 1<<40)),
		"lzf 2^62":     rdbtest.String(rdbtest.LZFClaim(nil, 1<<62, 1<<62)),
		"blob 2^40":    rdbtest.HashListpack(append(rdbtest.AppendLen(nil, 1<<40), rdbtest.NewListpack("a").Bytes()...)),
		"module text":  {Type: 7, Data: append(rdbtest.AppendLen(nil, rdbtest.ModuleID("test-type", 0)), append([]byte{5}, rdbtest.AppendLen(nil, 1<<50)...)...)},
		"template":     rdbtest.HashTmplArray(append([]byte{1}, rdbtest.AppendLen(nil, 1<<50)...)),
		"module endless": {Type: 7, Data: append(rdbtest.AppendLen(nil, rdbtest.ModuleID("test-type", 0)),
			bytes.Repeat([]byte{2, 1}, 1000)...)},
	}
	for _, c := range []uint64{1 << 31, 1 << 33, 1 << 40, 1 << 60, math.MaxInt64} {
		claims[fmt.Sprintf("list %d", c)] = rdbtest.List(plain("a")).WithCount(c)
		claims[fmt.Sprintf("set %d", c)] = rdbtest.Set(plain("a")).WithCount(c)
		claims[fmt.Sprintf("hash %d", c)] = rdbtest.Hash(plain("a"), plain("b")).WithCount(c)
		claims[fmt.Sprintf("zset %d", c)] = rdbtest.Zset2(rdbtest.Scored{Member: plain("a")}).WithCount(c)
		claims[fmt.Sprintf("quicklist %d", c)] = rdbtest.Quicklist(rdbtest.NewZiplist("a").Str()).WithCount(c)
		claims[fmt.Sprintf("stream %d", c)] = streamOf(1).Value(1).WithCount(c)
		claims[fmt.Sprintf("array %d", c)] = rdbtest.Array(nil, rdbtest.ShortSlot(1, plain("a"))).WithCount(c)
		claims[fmt.Sprintf("cron %d", c)] = rdbtest.Value{Type: 64, Data: append(append(plain("x"), make([]byte, 16)...), rdbtest.AppendLen(nil, c)...)}
		for name, part := range map[string]func() rdbtest.Value{
			"groups": func() rdbtest.Value {
				return rdbtest.Value{Type: 15, Data: append([]byte{0, 0, 0, 0}, rdbtest.AppendLen(nil, c)...)}
			},
			"pending": func() rdbtest.Value {
				return rdbtest.Value{Type: 15, Data: append([]byte{0, 0, 0, 0, 1, 1, 'g', 0, 0}, rdbtest.AppendLen(nil, c)...)}
			},
			"consumers": func() rdbtest.Value {
				return rdbtest.Value{Type: 15, Data: append([]byte{0, 0, 0, 0, 1, 1, 'g', 0, 0, 0}, rdbtest.AppendLen(nil, c)...)}
			},
		} {
			claims[fmt.Sprintf("stream %s %d", name, c)] = part()
		}
	}
	for name, v := range claims {
		t.Run(name, func(t *testing.T) {
			version := 15
			if v.Type == 64 { // KeyDB's
				version = 9
			}
			dump := rdbtest.Redis(version).SelectDB(0).Put("before", rdbtest.String(plain("x"))).Put("key", v).Bytes()
			for _, walk := range []bool{true, false} {
				var keys int64
				var err error
				n := allocated(func() { keys, err = drain(bytes.NewReader(dump), parser.Options{WalkAll: walk}) })
				if !errors.Is(err, parser.ErrTruncated) && !errors.Is(err, parser.ErrCorrupt) || keys != 1 {
					t.Errorf("walk %v: %v, %d keys", walk, err, keys)
				}
				if n > readMemory {
					t.Errorf("walk %v: %d bytes allocated", walk, n)
				}
			}
		})
	}
}

// TestRecordHazards writes records that are no keys wrongly.
func TestRecordHazards(t *testing.T) {
	x := rdbtest.String(plain("x"))
	short := 1
	if testing.Short() {
		short = 10
	}
	many := func(n int, f func(w *rdbtest.Writer, i int)) func(*rdbtest.Writer) {
		return func(w *rdbtest.Writer) {
			for i := range n {
				f(w, i)
			}
		}
	}
	tests := []struct {
		name    string
		write   func(w *rdbtest.Writer)
		err     error
		warning parser.WarningCode
	}{
		{"database 99999", func(w *rdbtest.Writer) { w.SelectDB(99999) }, nil, ""},
		{"database 2^31", func(w *rdbtest.Writer) { w.SelectDB(1 << 31) }, parser.ErrCorrupt, ""},
		{"database 2^64-1", func(w *rdbtest.Writer) { w.SelectDB(math.MaxUint64) }, parser.ErrCorrupt, ""},
		{"100 databases", many(100, func(w *rdbtest.Writer, i int) { w.SelectDB(uint64(i)) }), nil, ""},
		{"a million databases", many(1_000_000/short, func(w *rdbtest.Writer, i int) { w.SelectDB(uint64(i)) }), nil, ""},
		{"database 2^31-1", func(w *rdbtest.Writer) { w.SelectDB(math.MaxInt32) }, nil, ""},
		{"RESIZEDB too high", func(w *rdbtest.Writer) { w.ResizeDB(1<<40, 5) }, nil, parser.WarnResizeLie},
		{"RESIZEDB too low", func(w *rdbtest.Writer) { w.ResizeDB(0, 0) }, nil, parser.WarnResizeLie},
		{"RESIZEDB right", func(w *rdbtest.Writer) { w.ResizeDB(1, 0) }, nil, ""},
		{"RESIZEDB repeated", func(w *rdbtest.Writer) { w.ResizeDB(math.MaxInt64, 0).ResizeDB(math.MaxInt64, 0) }, nil, parser.WarnResizeLie},
		{"SLOT_INFO too high", func(w *rdbtest.Writer) { w.SlotInfo(99999, 1<<40, 1<<41) }, nil, ""},
		{"100,000 AUX fields", many(100_000/short, func(w *rdbtest.Writer, i int) { w.Aux("lua", strings.Repeat("x", i%3000)) }), nil, ""},
		{"AUX of 20 MB", func(w *rdbtest.Writer) {
			w.Raw(rdbtest.OpAux).Str(plain("big"), rdbtest.Plain(make([]byte, 20_000_000)))
		}, nil, ""},
		{"AUX key of 20 MB compressed", func(w *rdbtest.Writer) { w.Raw(rdbtest.OpAux).Str(rdbtest.LZF(make([]byte, 20_000_000)), plain("v")) }, nil, ""},
		{"AUX with a bad value", func(w *rdbtest.Writer) { w.Raw(rdbtest.OpAux).Str(plain("k"), rdbtest.Str{0xc9}) }, parser.ErrCorrupt, ""},
		{"100,000 functions", many(100_000/short, func(w *rdbtest.Writer, _ int) { w.Function2(plain("code")) }), nil, ""},
		{"MODULE_AUX without place", func(w *rdbtest.Writer) { w.Raw(rdbtest.OpModuleAux).Len(rdbtest.ModuleID("test-type", 0)).Raw(1, 1, 0) }, parser.ErrCorrupt, ""},
		{"100,000 module sections", many(100_000/short, func(w *rdbtest.Writer, i int) { w.ModuleAux(rdbtest.ModuleID("aux", 0)+uint64(i)<<20, 1) }), nil, ""},
		{"KEY_META with a bad payload", func(w *rdbtest.Writer) { w.KeyMeta(rdbtest.Meta{Class: "aaaa", Ops: []rdbtest.Op{{9}}}) }, parser.ErrCorrupt, ""},
		{"KEY_META 2^40 classes", func(w *rdbtest.Writer) { w.Raw(rdbtest.OpKeyMeta).Len(1 << 40) }, nil, "any"},
		{"template without fields", func(w *rdbtest.Writer) { w.HashTemplate(5) }, parser.ErrCorrupt, ""},
		{"template twice", func(w *rdbtest.Writer) { w.HashTemplate(5, "a").HashTemplate(5, "a") }, parser.ErrCorrupt, ""},
		{"template not sorted by length", func(w *rdbtest.Writer) { w.HashTemplate(5, "aa", "b") }, parser.ErrCorrupt, ""},
		{"template not sorted", func(w *rdbtest.Writer) { w.HashTemplate(5, "b", "a") }, parser.ErrCorrupt, ""},
		{"template field twice", func(w *rdbtest.Writer) { w.HashTemplate(5, "b", "b") }, parser.ErrCorrupt, ""},
		{"template of huge id", func(w *rdbtest.Writer) { w.HashTemplate(math.MaxUint64, "a") }, nil, ""},
		{"template of 2^40 fields", func(w *rdbtest.Writer) { w.Raw(rdbtest.OpHashTemplate).Len(5).Len(1 << 40) }, nil, "any"},
		{"2 million templates", many(2_000_000, func(w *rdbtest.Writer, i int) { w.HashTemplate(uint64(i), "a") }), parser.ErrCorrupt, ""},
		{"SLOT_INFO cut short by a key", func(w *rdbtest.Writer) { w.Raw(rdbtest.OpSlotInfo).Len(1).Raw(0xc0) }, parser.ErrCorrupt, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if raceEnabled && strings.Contains(tt.name, "million") {
				t.Skip("long under the race detector")
			}
			w := rdbtest.Redis(15).SelectDB(0)
			tt.write(w)
			dump := w.Put("k", x).EOF().Bytes()
			var err error
			var info parser.Info
			n := allocated(func() {
				r := parser.NewReader(bytes.NewReader(dump), parser.Options{})
				for range r.Keys() {
				}
				err, info = r.Err(), *r.Info()
			})
			limit := uint64(readMemory)
			if strings.Contains(tt.name, "million") {
				limit = 64 << 20 // a table of them is kept, up to a bound
				t.Logf("%d bytes allocated", n)
			}
			if n > limit {
				t.Errorf("%d bytes allocated", n)
			}
			if tt.warning == "any" {
				if err == nil {
					t.Error("no error")
				}
				return
			}
			if !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
				t.Errorf("%v, want %v", err, tt.err)
			}
			if err == nil && info.Keys != 1 {
				t.Errorf("%d keys", info.Keys)
			}
			var codes []parser.WarningCode
			for _, w := range info.Warnings {
				codes = append(codes, w.Code)
			}
			if tt.warning == "" && len(codes) > 0 || tt.warning != "" && !slices.Equal(codes, []parser.WarningCode{tt.warning}) {
				t.Errorf("warnings %v, want %q", codes, tt.warning)
			}
			if len(info.Aux) > parser.MaxAux {
				t.Errorf("%d AUX fields kept", len(info.Aux))
			}
			for _, a := range info.Aux {
				if len(a.Key) > 4096 || len(a.Value) > 4096 {
					t.Errorf("an AUX field of %d and %d bytes is kept", len(a.Key), len(a.Value))
				}
			}
		})
	}

	t.Run("module without an end", func(t *testing.T) {
		module := rdbtest.Module(rdbtest.ModuleID("test-type", 0), rdbtest.Uint(7))
		module.Data = module.Data[:len(module.Data)-1]
		w := rdbtest.Redis(11).SelectDB(0).Put("before", x)
		at := w.Offset()
		// It runs into what follows. A string's type byte ends it by chance, and
		// what comes then makes no sense; anything else is an error that names it.
		for after, named := range map[*rdbtest.Writer]bool{rdbtest.Redis(11).Put("after", x).EOF(): false, rdbtest.Redis(11).EOF(): true} {
			dump := append(rdbtest.Redis(11).Raw(w.Bytes()[9:]...).Put("module", module).Bytes(), after.Bytes()[9:]...)
			got := readBytes(t, dump, parser.Options{})
			if got.Err == nil || string(got.Keys[0].key.Name) != "before" || strings.Contains(fmt.Sprint(got.Err), `key "module"`) != named {
				t.Errorf("%v, %d keys", got.Err, len(got.Keys))
			}
			// Its value begins behind the last good key.
			if in := got.Info; named && in.LastKeyOffset+got.Keys[0].key.Size != at {
				t.Errorf("last good key at %d", in.LastKeyOffset)
			}
		}
	})
	t.Run("expiry before SELECTDB", func(t *testing.T) {
		got := readBytes(t, rdbtest.Redis(11).ExpireMs(5).SelectDB(2).Aux("any", "where").Put("k", x).EOF().Bytes(), parser.Options{})
		if got.Err != nil || len(got.Keys) != 1 || got.Keys[0].key.DB != 2 || got.Keys[0].key.Expiry != 5 {
			t.Errorf("%v, %d keys", got.Err, len(got.Keys))
		}
	})
	t.Run("attributes without a key", func(t *testing.T) {
		got := readBytes(t, rdbtest.Redis(11).Put("k", x).ExpireMs(5).EOF().Bytes(), parser.Options{})
		if got.Err != nil || len(got.Keys) != 1 || !got.warned(parser.WarnDangling) {
			t.Errorf("%v, %d keys, warnings %+v", got.Err, len(got.Keys), got.Info.Warnings)
		}
	})
	t.Run("keys before any database", func(t *testing.T) {
		got := readBytes(t, rdbtest.Redis(11).Put("k", x).SelectDB(0).Put("l", x).EOF().Bytes(), parser.Options{})
		if got.Err != nil || len(got.Info.Databases) != 1 || got.Info.Databases[0].Keys != 2 {
			t.Errorf("%v, databases %+v", got.Err, got.Info.Databases)
		}
	})
	t.Run("a hint beyond 63 bits", func(t *testing.T) {
		got := readBytes(t, rdbtest.Redis(11).SelectDB(0).ResizeDB(math.MaxUint64, math.MaxUint64).Put("k", x).EOF().Bytes(), parser.Options{})
		if got.Err != nil || !got.warned(parser.WarnResizeLie) {
			t.Errorf("RESIZEDB is a hint and must not stop reading: %v, warnings %+v", got.Err, got.Info.Warnings)
		}
	})
	t.Run("warnings are counted, not collected", func(t *testing.T) {
		w := rdbtest.Redis(11).SelectDB(0)
		for range 1000 {
			w.Put("empty", rdbtest.List())
		}
		got := readBytes(t, w.EOF().Bytes(), parser.Options{})
		if got.Err != nil || len(got.Info.Warnings) != 1 || got.Info.Warnings[0].Count != 1000 {
			t.Errorf("%v, warnings %+v", got.Err, got.Info.Warnings)
		}
	})
}

// TestUnknownCounts reads packed blobs with more entries than their headers
// can say: they are walked to be counted, whether or not anyone asks.
func TestUnknownCounts(t *testing.T) {
	const n = 70_000
	var lp rdbtest.Listpack
	var zl rdbtest.Ziplist
	var zm rdbtest.Zipmap
	for i := range n {
		lp.Int(int64(i))
		zl.Int(int64(i))
	}
	for i := range 300 {
		zm.Pair(fmt.Sprint(i), "v", 0)
	}
	tests := []struct {
		name  string
		value rdbtest.Value
		want  int64
	}{
		{"set listpack", rdbtest.SetListpack(lp.Str()), n},
		{"hash listpack lzf", rdbtest.HashListpack(lp.LZF()), n / 2},
		{"list ziplist", rdbtest.ListZiplist(zl.Str()), n},
		{"zset ziplist lzf", rdbtest.ZsetZiplist(zl.LZF()), n / 2},
		{"quicklist", rdbtest.Quicklist(rdbtest.NewZiplist("a").Str(), zl.Str(), rdbtest.NewZiplist("b").Str()), n + 2},
		{"quicklist 2", rdbtest.Quicklist2(rdbtest.PackedNode(lp.LZF()), rdbtest.PlainNode(plain("a"))), n + 1},
		{"zipmap", rdbtest.HashZipmap(zm.Str()), 300},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dump := hazardDump(tt.value)
			walked := readBytes(t, dump, parser.Options{WalkAll: true})
			headers := readBytes(t, dump, parser.Options{})
			for _, got := range []*reading{walked, headers} {
				if got.Err != nil || len(got.Keys) != 3 || len(got.Info.Warnings) > 0 {
					t.Fatalf("%v, %d keys, warnings %+v", got.Err, len(got.Keys), got.Info.Warnings)
				}
				if k := got.Keys[1].key; k.Count != tt.want {
					t.Errorf("count %d, want %d", k.Count, tt.want)
				}
			}
			checkItems(t, &walked.Keys[1])
		})
	}
}

// TestMadeUpCounts reads counts that nothing in the dump bears out: they are
// added up by those who read the keys, and must not overflow.
func TestMadeUpCounts(t *testing.T) {
	at := rdbtest.ID{Ms: 1, Seq: 1}
	stream := rdbtest.Stream{
		Nodes: []rdbtest.StreamNode{rdbtest.NewStreamNode(rdbtest.Entry{ID: at, Fields: []string{"a", "b"}})}, Length: math.MaxInt64, Last: at,
	}.Value(3)
	vectors := rdbtest.Module(rdbtest.ModuleID("vectorset", 0), rdbtest.Uint(3), rdbtest.Uint(math.MaxUint64), rdbtest.Uint(0), rdbtest.Uint(0),
		rdbtest.Text(plain("item")), rdbtest.Text(plain("vector")), rdbtest.Uint(0))
	for _, tt := range []struct {
		name    string
		value   rdbtest.Value
		most    int64
		warning parser.WarningCode
	}{
		{"stream", stream, 100, parser.WarnStreamLength},
		{"vector set", vectors, 1, parser.WarnCountLie},
	} {
		for _, walk := range []bool{false, true} {
			got := readBytes(t, hazardDump(tt.value), parser.Options{WalkAll: walk})
			if got.Err != nil {
				t.Errorf("%s: %v", tt.name, got.Err)
				continue
			}
			if n := got.Keys[1].key.Count; n < 1 || n > tt.most {
				t.Errorf("%s: %d elements", tt.name, n)
			}
			if !got.warned(tt.warning) {
				t.Errorf("%s: warnings %v", tt.name, got.Info.Warnings)
			}
		}
	}
}
