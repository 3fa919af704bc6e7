package parser_test

import (
	"math"
	"strings"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// specimen is a value and what a reading with WalkAll says of it. Elements
// are compared without Off.
type specimen struct {
	name     string
	value    rdbtest.Value
	key      parser.Key // Type, Count, Len, Stored, Int, IntClass, Module, Stream; Flags: Compressed
	elements []parser.Element
}

func plain(s string) rdbtest.Str { return rdbtest.Plain(s) }

// item, member, pair, ttlPair, scored and node are elements as a reader should
// describe them.
func item(n int64, class parser.IntClass) parser.Element {
	return parser.Element{Len: n, Int: class}
}

func member(n int64, class parser.IntClass, v int64) parser.Element {
	return parser.Element{Len: n, Int: class, Aux: v}
}

func pair(n int64, class parser.IntClass, value int64, valueClass parser.IntClass) parser.Element {
	return parser.Element{Len: n, Int: class, Value: value, ValueInt: valueClass}
}

func ttlPair(n, value, expiry int64) parser.Element {
	return parser.Element{Len: n, Value: value, Aux: expiry, Flags: parser.FlagTTL}
}

func scored(n int64, class parser.IntClass, score float64) parser.Element {
	return parser.Element{Len: n, Int: class, Aux: int64(math.Float64bits(score)), Flags: parser.FlagScore}
}

func node(n, stored, entries int64, flags parser.ElementFlags) parser.Element {
	if stored > 0 {
		flags |= parser.FlagLZF
	}
	return parser.Element{Kind: parser.KindNode, Len: n, Value: stored, Aux: entries, Flags: flags}
}

// lzfBytes is how many bytes of a dump the compressed form of s takes.
func lzfBytes(s string) int64 { return int64(len(rdbtest.Compress([]byte(s)))) }

var loremText = strings.Repeat("lorem ipsum dolor sit amet ", 12)

const loremLen = 27 * 12

func streamOf(version int) rdbtest.Stream {
	id := func(ms, seq uint64) rdbtest.ID { return rdbtest.ID{Ms: ms, Seq: seq} }
	s := rdbtest.Stream{
		Nodes: []rdbtest.StreamNode{
			rdbtest.NewStreamNode(
				rdbtest.Entry{ID: id(1000, 1), Fields: []string{"temp", "21", "place", "cellar"}},
				rdbtest.Entry{ID: id(1001, 0), Fields: []string{"temp", "22", "place", "attic"}, Deleted: true},
				rdbtest.Entry{ID: id(1002, 7), Fields: []string{"other", "x"}}),
			{Key: rdbtest.StreamKey(id(2000, 0)), Listpack: rdbtest.StreamListpack(id(2000, 0),
				rdbtest.Entry{ID: id(2000, 0), Fields: []string{"text", loremText}}).LZF()},
		},
		Length: 3, Last: id(2000, 0), First: id(1000, 1), MaxDeleted: id(1001, 0), EntriesAdded: 4,
		Groups: []rdbtest.Group{
			{Name: plain("workers"), Last: id(1002, 7), EntriesRead: math.MaxUint64,
				Pending: []rdbtest.Pending{{ID: id(1000, 1), DeliveryMs: 1700000000000, Count: 3}, {ID: id(1002, 7), DeliveryMs: 1700000000001, Count: 1}},
				Consumers: []rdbtest.Consumer{
					{Name: plain("alice"), SeenMs: 1700000000002, ActiveMs: -1, Pending: []rdbtest.ID{id(1000, 1)}},
					{Name: rdbtest.Int(42), SeenMs: 1700000000003, ActiveMs: 1700000000003},
				}},
			{Name: rdbtest.LZF(loremText), Last: id(0, 0)},
		},
	}
	if version >= 4 {
		s.DurationSeconds, s.MaxEntries, s.Added, s.Duplicates = 100, 50, 7, 2
		s.Producers = []rdbtest.Producer{
			{ID: plain("producer-1"), Entries: []rdbtest.ProducerEntry{{IID: plain("iid"), ID: id(1000, 1)}, {IID: rdbtest.Int(5), ID: id(1002, 7)}}},
			{ID: plain("p2")},
		}
	}
	if version >= 5 {
		s.Groups[0].Nacks = []rdbtest.ID{id(1002, 7)}
	}
	return s
}

func streamSpecimen(version int) specimen {
	types := [...]parser.Type{parser.TypeStreamListpacks, parser.TypeStreamListpacks2, parser.TypeStreamListpacks3, parser.TypeStreamListpacks4, parser.TypeStreamListpacks5}
	s := streamOf(version)
	first := rdbtest.StreamListpack(rdbtest.ID{Ms: 1000, Seq: 1},
		rdbtest.Entry{ID: rdbtest.ID{Ms: 1000, Seq: 1}, Fields: []string{"temp", "21", "place", "cellar"}},
		rdbtest.Entry{ID: rdbtest.ID{Ms: 1001, Seq: 0}, Fields: []string{"temp", "22", "place", "attic"}, Deleted: true},
		rdbtest.Entry{ID: rdbtest.ID{Ms: 1002, Seq: 7}, Fields: []string{"other", "x"}}).Bytes()
	second := rdbtest.StreamListpack(rdbtest.ID{Ms: 2000}, rdbtest.Entry{ID: rdbtest.ID{Ms: 2000}, Fields: []string{"text", loremText}}).Bytes()
	facts := parser.Stream{Nodes: 2, Length: 3, Groups: 2, LastMs: 2000}
	if version >= 2 {
		facts.EntriesAdded = 4
	}
	named := func(kind parser.Kind, n int64) parser.Element {
		return parser.Element{Kind: kind, Len: n, Flags: parser.FlagBytes}
	}
	id := func(kind parser.Kind, ms, seq, n int64) parser.Element {
		return parser.Element{Kind: kind, Value: ms, Aux: seq, Len: n}
	}
	elements := []parser.Element{
		{Kind: parser.KindStreamNode, Len: int64(len(first)), Value: 1000, Aux: 1},
		{Kind: parser.KindStreamNode, Len: int64(len(second)), Value: 2000, Aux: 0},
		named(parser.KindGroup, 7),
		id(parser.KindPending, 1000, 1, 1700000000000),
		id(parser.KindPending, 1002, 7, 1700000000001),
		named(parser.KindConsumer, 5),
		id(parser.KindConsumerPending, 1000, 1, 0),
		named(parser.KindConsumer, 2),
	}
	if version >= 5 {
		elements = append(elements, id(parser.KindNack, 1002, 7, 0))
	}
	elements = append(elements, named(parser.KindGroup, loremLen))
	if version >= 4 {
		facts.DurationSeconds, facts.MaxEntries, facts.Producers = 100, 50, 2
		elements = append(elements,
			named(parser.KindProducer, 10),
			id(parser.KindProducerEntry, 1000, 1, 3),
			id(parser.KindProducerEntry, 1002, 7, 1),
			named(parser.KindProducer, 2))
	}
	return specimen{
		name: "stream " + string(rune('0'+version)), value: s.Value(version),
		key: parser.Key{Type: types[version-1], Count: 3, Len: int64(len(first) + len(second)), Stored: lzfBytes(string(second)),
			Flags: parser.Compressed, Stream: &facts},
		elements: elements,
	}
}

// specimens returns one or more values of every type a Redis dump can hold.
func specimens() []specimen {
	str := func(name string, s rdbtest.Str, n, stored, i int64, class parser.IntClass) specimen {
		k := parser.Key{Type: parser.TypeString, Count: 1, Len: n, Stored: stored, Int: i, IntClass: class}
		if stored > 0 {
			k.Flags = parser.Compressed
		}
		return specimen{name: name, value: rdbtest.String(s), key: k}
	}
	packed := func(name string, typ parser.Type, v rdbtest.Value, blob []byte, compressed bool, count int64, elements ...parser.Element) specimen {
		k := parser.Key{Type: typ, Count: count, Len: int64(len(blob))}
		if compressed {
			k.Stored, k.Flags = lzfBytes(string(blob)), parser.Compressed
		}
		return specimen{name: name, value: v, key: k, elements: elements}
	}
	collection := func(name string, typ parser.Type, v rdbtest.Value, elements ...parser.Element) specimen {
		return specimen{name: name, value: v, key: parser.Key{Type: typ, Count: int64(len(elements))}, elements: elements}
	}
	auto := rdbtest.Auto
	const none = parser.NotInt
	lzf := lzfBytes(loremText)

	hashLP := rdbtest.NewListpack("name", "ada", "visits", "12", "7", loremText)
	hashZL := rdbtest.NewZiplist("name", "ada", "visits", "12", "7", loremText)
	hashZM := rdbtest.NewZipmap("name", "ada", "visits", "12", "7", loremText)
	hashItems := []parser.Element{pair(4, none, 3, none), pair(6, none, 2, parser.Int4), pair(1, parser.Int4, loremLen, none)}
	zsetLP := rdbtest.NewListpack("a", "1", "b", "2.5", "c", "-inf", "-129", "70000")
	zsetZL := rdbtest.NewZiplist("a", "1", "b", "2.5", "c", "-inf", "-129", "70000")
	zsetItems := []parser.Element{pair(1, none, 1, parser.Int4), pair(1, none, 3, none), pair(1, none, 4, none), pair(4, parser.Int13, 5, parser.Int24)}
	ints := []string{"0", "12", "13", "127", "128", "-1", "-128", "-129", "4095", "4096", "-4096", "-4097", "32767", "32768", "-32768", "-32769",
		"8388607", "8388608", "-8388608", "-8388609", "2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775807", "-9223372036854775808",
		"9223372036854775808", "-0", "01", "+1", "1 ", "", "-", loremText}
	classes := []parser.IntClass{parser.Int4, parser.Int4, parser.Int7, parser.Int7, parser.Int13, parser.Int8, parser.Int8, parser.Int13, parser.Int13, parser.Int16, parser.Int13, parser.Int16,
		parser.Int16, parser.Int24, parser.Int16, parser.Int24, parser.Int24, parser.Int32, parser.Int24, parser.Int32, parser.Int32, parser.Int64, parser.Int32, parser.Int64,
		parser.Int64, parser.Int64, none, none, none, none, none, none, none, none}
	values := []int64{0, 12, 13, 127, 128, -1, -128, -129, 4095, 4096, -4096, -4097, 32767, 32768, -32768, -32769,
		8388607, 8388608, -8388608, -8388609, 2147483647, 2147483648, -2147483648, -2147483649, math.MaxInt64, math.MinInt64}
	var intItems, intMembers []parser.Element
	for i, s := range ints {
		intItems = append(intItems, item(int64(len(s)), classes[i]))
		m := member(int64(len(s)), classes[i], 0)
		if i < len(values) {
			m.Aux = values[i]
		}
		intMembers = append(intMembers, m)
	}
	intsLP, intsZL := rdbtest.NewListpack(ints...), rdbtest.NewZiplist(ints...)
	oldZL := (&rdbtest.Ziplist{Old: true}).Add("1", "70000")
	wideZL := new(rdbtest.Ziplist).Add(strings.Repeat("w", 300)).Add("a").Wide().Add("b")
	intset := func(v ...int64) []byte { return rdbtest.Intset(v...) }
	exLP := rdbtest.NewListpack("f", "v", "1700000000123", "gg", "55", "0")
	vector := rdbtest.VectorSet{Dim: 3, Config: 2 | 16<<8, Flags: 3, InputDim: 8, Matrix: plain("matrixmatrix"), Vectors: []rdbtest.Vector{
		{Item: plain("apple"), Attributes: plain(`{"a":1}`), Vector: plain("vvv"), Params: []uint64{1, 2, 3, 44, 5}},
		{Item: rdbtest.LZF(loremText), Attributes: rdbtest.LZF(loremText), Vector: plain("www"), Params: []uint64{9}},
	}}
	noAttributes := rdbtest.VectorSet{Dim: 3, Config: 1, Vectors: []rdbtest.Vector{{Item: plain("x"), Vector: plain("v"), Params: []uint64{1, 2, 3, math.MaxInt32, 5}}}}
	insert := uint64(12)
	tmplLP := rdbtest.TemplateListpack(1, "v1", "200")

	out := []specimen{
		str("string", plain("hello"), 5, 0, 0, none),
		str("string empty", plain(""), 0, 0, 0, none),
		str("string int8", rdbtest.Int(-5), 2, 0, -5, parser.Int8),
		str("string int16", rdbtest.Int(-300), 4, 0, -300, parser.Int13),
		str("string int32", rdbtest.Int(math.MinInt32), 11, 0, math.MinInt32, parser.Int32),
		str("string digits", plain("123456789012"), 12, 0, 123456789012, parser.Int64),
		str("string smallest", plain("-9223372036854775808"), 20, 0, math.MinInt64, parser.Int64),
		str("string beyond", plain("9223372036854775808"), 19, 0, 0, none),
		str("string not canonical", plain("007"), 3, 0, 0, none),
		str("string lzf", rdbtest.LZF(loremText), loremLen, lzf, 0, none),
		str("string lzf digits", rdbtest.LZF("11111111111"), 11, lzfBytes("11111111111"), 11111111111, parser.Int64),
		str("string form 14", rdbtest.PlainAs(rdbtest.Form14, "abc"), 3, 0, 0, none),
		str("string form 32", rdbtest.PlainAs(rdbtest.Form32, "12"), 2, 0, 12, parser.Int4),
		str("string form 64", rdbtest.PlainAs(rdbtest.Form64, loremText), loremLen, 0, 0, none),

		collection("list", parser.TypeList, rdbtest.List(plain("a"), rdbtest.Int(200), rdbtest.LZF(loremText), plain("")),
			item(1, none), item(3, parser.Int13), parser.Element{Len: loremLen, Flags: parser.FlagLZF}, item(0, none)),
		collection("set", parser.TypeSet, rdbtest.Set(plain("a"), rdbtest.Int(-7), plain("90000")),
			item(1, none), member(2, parser.Int8, -7), member(5, parser.Int24, 90000)),
		collection("zset text scores", parser.TypeZset, rdbtest.Zset1(
			rdbtest.Scored{Member: plain("a"), Score: 1.5}, rdbtest.Scored{Member: rdbtest.Int(3), Score: math.Inf(1)},
			rdbtest.Scored{Member: plain("c"), Score: math.Inf(-1)}, rdbtest.Scored{Member: plain("d"), Score: 0.1}, rdbtest.Scored{Member: plain("e"), Score: -3}),
			scored(1, none, 1.5), scored(1, parser.Int4, math.Inf(1)), scored(1, none, math.Inf(-1)), scored(1, none, 0.1), scored(1, none, -3)),
		collection("zset", parser.TypeZset2, rdbtest.Zset2(
			rdbtest.Scored{Member: plain("a"), Score: 1.5}, rdbtest.Scored{Member: plain("bb"), Score: math.Copysign(0, -1)}),
			scored(1, none, 1.5), scored(2, none, math.Copysign(0, -1))),
		collection("hash", parser.TypeHash, rdbtest.Hash(plain("f"), plain("value"), rdbtest.Int(1), rdbtest.Int(1000), plain("t"), rdbtest.LZF(loremText)),
			pair(1, none, 5, none), pair(1, parser.Int4, 4, parser.Int13), parser.Element{Len: 1, Value: loremLen, Flags: parser.FlagValueLZF}),

		packed("zipmap", parser.TypeHashZipmap, rdbtest.HashZipmap(hashZM.Str()), hashZM.Bytes(), false, 3, hashItems...),
		packed("zipmap lzf", parser.TypeHashZipmap, rdbtest.HashZipmap(hashZM.LZF()), hashZM.Bytes(), true, 3, hashItems...),
		packed("zipmap free", parser.TypeHashZipmap, rdbtest.HashZipmap(new(rdbtest.Zipmap).Pair("a", "b", 3).Str()), new(rdbtest.Zipmap).Pair("a", "b", 3).Bytes(), false, 1, pair(1, none, 1, none)),
		packed("list ziplist", parser.TypeListZiplist, rdbtest.ListZiplist(intsZL.Str()), intsZL.Bytes(), false, int64(len(ints)), intItems...),
		packed("list ziplist lzf", parser.TypeListZiplist, rdbtest.ListZiplist(intsZL.LZF()), intsZL.Bytes(), true, int64(len(ints)), intItems...),
		packed("list ziplist old", parser.TypeListZiplist, rdbtest.ListZiplist(oldZL.Str()), oldZL.Bytes(), false, 2, item(1, parser.Int4), item(5, parser.Int24)),
		packed("list ziplist wide", parser.TypeListZiplist, rdbtest.ListZiplist(wideZL.Str()), wideZL.Bytes(), false, 3, item(300, none), item(1, none), item(1, none)),
		packed("intset 16", parser.TypeSetIntset, rdbtest.SetIntset(rdbtest.Plain(intset(-300, 5))), intset(-300, 5), false, 2, member(4, parser.Int13, -300), member(1, parser.Int4, 5)),
		packed("intset 32", parser.TypeSetIntset, rdbtest.SetIntset(rdbtest.Plain(intset(1, 70000))), intset(1, 70000), false, 2, member(1, parser.Int4, 1), member(5, parser.Int24, 70000)),
		packed("intset 64", parser.TypeSetIntset, rdbtest.SetIntset(rdbtest.LZF(intset(math.MinInt64, 0, math.MaxInt64))), intset(math.MinInt64, 0, math.MaxInt64), true, 3,
			member(20, parser.Int64, math.MinInt64), member(1, parser.Int4, 0), member(19, parser.Int64, math.MaxInt64)),
		packed("zset ziplist", parser.TypeZsetZiplist, rdbtest.ZsetZiplist(zsetZL.Str()), zsetZL.Bytes(), false, 4, zsetItems...),
		packed("hash ziplist", parser.TypeHashZiplist, rdbtest.HashZiplist(hashZL.LZF()), hashZL.Bytes(), true, 3, hashItems...),
		packed("hash listpack", parser.TypeHashListpack, rdbtest.HashListpack(hashLP.Str()), hashLP.Bytes(), false, 3, hashItems...),
		packed("hash listpack lzf", parser.TypeHashListpack, rdbtest.HashListpack(hashLP.LZF()), hashLP.Bytes(), true, 3, hashItems...),
		packed("zset listpack", parser.TypeZsetListpack, rdbtest.ZsetListpack(zsetLP.Str()), zsetLP.Bytes(), false, 4, zsetItems...),
		packed("set listpack", parser.TypeSetListpack, rdbtest.SetListpack(intsLP.Str()), intsLP.Bytes(), false, int64(len(ints)), intMembers...),
		packed("hash listpack ttl", parser.TypeHashListpackEx, rdbtest.HashListpackEx(1700000000123, exLP.Str()), exLP.Bytes(), false, 2, ttlPair(1, 1, 1700000000123), pair(2, none, 2, parser.Int7)),
		packed("hash listpack ttl rc", parser.TypeHashListpackPreGA, rdbtest.HashListpackExPreGA(exLP.LZF()), exLP.Bytes(), true, 2, ttlPair(1, 1, 1700000000123), pair(2, none, 2, parser.Int7)),

		{name: "quicklist", value: rdbtest.Quicklist(rdbtest.NewZiplist("a", "70000").Str(), rdbtest.NewZiplist(loremText).LZF()),
			key: parser.Key{Type: parser.TypeListQuicklist, Count: 3, Len: int64(len(rdbtest.NewZiplist("a", "70000").Bytes()) + len(rdbtest.NewZiplist(loremText).Bytes())),
				Stored: lzfBytes(string(rdbtest.NewZiplist(loremText).Bytes())), Flags: parser.Compressed},
			elements: []parser.Element{
				node(int64(len(rdbtest.NewZiplist("a", "70000").Bytes())), 0, 2, 0), item(1, none), item(5, parser.Int24),
				node(int64(len(rdbtest.NewZiplist(loremText).Bytes())), lzfBytes(string(rdbtest.NewZiplist(loremText).Bytes())), 1, 0), item(loremLen, none)}},
		{name: "quicklist 2", value: rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack("a", "70000").Str()), rdbtest.PlainNode(rdbtest.LZF(loremText)), rdbtest.PlainNode(plain("12"))),
			key: parser.Key{Type: parser.TypeListQuicklist2, Count: 4, Len: int64(len(rdbtest.NewListpack("a", "70000").Bytes())) + loremLen + 2,
				Stored: lzf, Flags: parser.Compressed},
			elements: []parser.Element{
				node(int64(len(rdbtest.NewListpack("a", "70000").Bytes())), 0, 2, 0), item(1, none), item(5, parser.Int24),
				node(loremLen, lzf, 1, parser.FlagPlain), item(loremLen, none),
				node(2, 0, 1, parser.FlagPlain), item(2, parser.Int4)}},

		collection("hash ttl", parser.TypeHashMetadata, rdbtest.HashMetadata(
			rdbtest.Field{Name: plain("f"), Value: plain("v"), Expiry: 1700000000500}, rdbtest.Field{Name: plain("gg"), Value: rdbtest.Int(20)},
			rdbtest.Field{Name: plain("h"), Value: plain("vvv"), Expiry: 1700000000000}),
			ttlPair(1, 1, 1700000000500), pair(2, none, 2, parser.Int7), ttlPair(1, 3, 1700000000000)),
		collection("array", parser.TypeArray, rdbtest.Array(&insert, rdbtest.LongSlot(0, rdbtest.LZF(loremText)), rdbtest.IntSlot(3, -70000),
			rdbtest.FloatSlot(4, 2.5), rdbtest.ShortSlot(math.MaxUint64-1, plain("abc")), rdbtest.LongSlot(math.MaxUint64, rdbtest.Int(8))),
			parser.Element{Len: loremLen, Aux: 0, Value: 0, Flags: parser.FlagLZF}, parser.Element{Aux: 3, Value: 1}, parser.Element{Aux: 4, Value: 2},
			parser.Element{Len: 3, Aux: -2, Value: 3}, parser.Element{Len: 1, Aux: -1, Value: 0, Int: parser.Int4}),
		collection("array no insert", parser.TypeArray, rdbtest.Array(nil, rdbtest.ShortSlot(7, plain("x"))), parser.Element{Len: 1, Aux: 7, Value: 3}),

		{name: "module", value: rdbtest.Module(rdbtest.ModuleID("test-type", 3), rdbtest.Uint(7), rdbtest.Sint(-1), rdbtest.Float(1), rdbtest.Double(2), rdbtest.Text(rdbtest.LZF(loremText))),
			key: parser.Key{Type: parser.TypeModule2, Count: 1, Module: &parser.Module{Name: "test-type", Version: 3}},
			elements: []parser.Element{
				{Kind: parser.KindNumber, Aux: 7}, {Kind: parser.KindNumber, Aux: -1},
				{Kind: parser.KindDouble, Aux: int64(math.Float64bits(1))}, {Kind: parser.KindDouble, Aux: int64(math.Float64bits(2))},
				{Kind: parser.KindText, Len: int64(len(loremText)), Value: lzfBytes(loremText), Flags: parser.FlagLZF},
			}},
		{name: "vector set", value: vector.Value(),
			key: parser.Key{Type: parser.TypeModule2, Count: 2, Module: &parser.Module{Name: "vectorset", Vector: &parser.VectorSet{Dim: 3, Elements: 2, Config: 2 | 16<<8, Flags: 3, InputDim: 8}}},
			elements: []parser.Element{
				{Kind: parser.KindVector, Len: 5, Value: 7, Aux: 44},
				{Kind: parser.KindVector, Len: loremLen, Value: loremLen, Flags: parser.FlagLZF | parser.FlagValueLZF}}},
		{name: "vector set without attributes", value: noAttributes.Value(),
			key:      parser.Key{Type: parser.TypeModule2, Count: 1, Module: &parser.Module{Name: "vectorset", Vector: &parser.VectorSet{Dim: 3, Elements: 1, Config: 1}}},
			elements: []parser.Element{{Kind: parser.KindVector, Len: 1, Value: -1, Aux: math.MaxInt32}}},

		collection("template array ref", parser.TypeHashTmplArrayRef, rdbtest.HashTmplArrayRef(1, rdbtest.Int(20), auto(loremText)),
			pair(2, none, 2, parser.Int7), parser.Element{Len: 6, Value: loremLen, Flags: parser.FlagValueLZF}),
		collection("template array", parser.TypeHashTmplArray, rdbtest.HashTmplArray(rdbtest.FieldsPlain("f1", "field2"), plain("v"), plain("33")),
			pair(2, none, 1, none), pair(6, none, 2, parser.Int7)),
		{name: "template listpack ref", value: rdbtest.HashTmplLPRef(tmplLP.Str()),
			key:      parser.Key{Type: parser.TypeHashTmplLPRef, Count: 2, Len: int64(len(tmplLP.Bytes()))},
			elements: []parser.Element{pair(2, none, 2, none), pair(6, none, 3, parser.Int13)}},
		{name: "template listpack", value: rdbtest.HashTmplLP(rdbtest.FieldsListpack("f1", "field2"), tmplLP.Str()),
			key:      parser.Key{Type: parser.TypeHashTmplLP, Count: 2, Len: int64(len(tmplLP.Bytes()))},
			elements: []parser.Element{pair(2, none, 2, none), pair(6, none, 3, parser.Int13)}},
	}
	for v := 1; v <= 5; v++ {
		out = append(out, streamSpecimen(v))
	}
	return out
}

// zoo writes a Redis dump with every specimen, in two databases, with every
// opcode and attribute.
func zoo() *rdbtest.Writer {
	w := rdbtest.Redis(15).Aux("redis-ver", "8.10.0").Aux("redis-bits", "64").Aux("ctime", "1700000000").Aux("used-mem", "123456")
	w.ModuleAux(rdbtest.ModuleID("test-type", 3), 1, rdbtest.Text(plain("before")))
	w.Function2(plain("#!lua name=lib\n")).FunctionPreGA("old", "LUA", "described", plain("return 1")).FunctionPreGA("old2", "LUA", "", plain("return 2"))
	w.HashTemplate(1, "f1", "field2")
	all := specimens()
	w.SelectDB(0).ResizeDB(uint64(len(all)), 3).SlotInfo(5, 2, 1)
	for i, s := range all {
		switch i {
		case 2:
			w.ExpireMs(1700000000123)
		case 3:
			w.Expire(1700000000).Idle(77)
		case 4:
			w.Freq(255).KeyMeta(rdbtest.Meta{Class: "test", Flags: 1, Ops: []rdbtest.Op{rdbtest.Uint(1)}})
		case 5:
			w.ExpireMs(-2)
		}
		w.Put(s.name, s.value)
	}
	w.SelectDB(7).ResizeDB(2, 0).Aux("between", "keys").PutStr(rdbtest.Int(123), rdbtest.String(plain("int key")))
	w.PutStr(rdbtest.LZF(loremText), rdbtest.String(plain("lzf key")))
	w.ModuleAux(rdbtest.ModuleID("test-type", 3), 2, rdbtest.Double(1))
	return w
}

// valkeyZoo writes a Valkey dump with what only Valkey has.
func valkeyZoo() *rdbtest.Writer {
	w := rdbtest.Valkey(80).Aux("valkey-ver", "9.0.0")
	w.SlotImport(strings.Repeat("a", 40), [2]uint64{0, 100}, [2]uint64{16000, 16383})
	w.SelectDB(0).ResizeDB(2, 0).Aux("slot-info", "1,1,0")
	w.Put("hash", rdbtest.ValkeyHash2(
		rdbtest.Field{Name: plain("f"), Value: plain("value"), Expiry: 1700000000000},
		rdbtest.Field{Name: plain("g"), Value: rdbtest.Int(5)}))
	return w.Put("string", rdbtest.String(plain("x")))
}
