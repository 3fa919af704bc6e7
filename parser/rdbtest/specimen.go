package rdbtest

import "encoding/binary"

// SpecimenKey is the name of the key in the dump of a Specimen.
const SpecimenKey = "specimen"

// SpecimenElements is how many elements a Specimen has whose type has elements.
const SpecimenElements = 3

// specimenExpiry is the expiry of the first field where fields have one, in ms.
const specimenExpiry = 1893456000000

// Specimen returns a dump of one key whose type has the given number in the given
// dialect ("redis", "valkey", "dragonfly", "keydb", "ror", as parser.Dialect prints them). Members
// and fields are beta, alpha and gamma where they are texts, and 7, 42 and 1000
// where they are integers; values are 1, 22 and 333. The first field has a TTL if
// fields of the type can. Types that nobody but a module can read have none.
//
// Tests of packages that treat every type go over parser.Types and demand that
// each has a specimen that they treat.
func Specimen(dialect string, code byte) (dump []byte, ok bool) {
	switch dialect {
	case "redis":
		if v, ok := redisSpecimen(code); ok {
			return Redis(15).Aux("redis-ver", "8.10.0").HashTemplate(1, "beta", "alpha", "gamma").SelectDB(0).Put(SpecimenKey, v).EOF().Bytes(), true
		}
	case "valkey":
		if code == 22 {
			v := ValkeyHash2(specimenFields()...)
			return Valkey(80).Aux("valkey-ver", "9.0.0").SelectDB(0).Put(SpecimenKey, v).EOF().Bytes(), true
		}
		if code == 23 {
			v := PathHash(PathFields{"a", Strs("beta", "1", "alpha", "22")}, PathFields{"a/b", Strs("gamma", "333")})
			return Valkey(81).Aux("valkey-ver", "9.2.0").SelectDB(0).Put(SpecimenKey, v).EOF().Bytes(), true
		}
	case "keydb":
		if code == 64 {
			v := KeyDBCron(Plain("return 1"), 0, 1000, nil, nil)
			return Redis(9).Aux("redis-ver", "6.3.4").SelectDB(0).Put(SpecimenKey, v).EOF().Bytes(), true
		}
	case "ror":
		if code == 192 {
			return Redis(12).Aux("gtid-repl-mode", "psync").SelectDB(0).Put(SpecimenKey, RORBitmap(4096, Plain("bits"))).EOF().Bytes(), true
		}
	case "dragonfly":
		if v, ok := dragonflySpecimen(code); ok {
			return Redis(9).Aux("df-ver", "v1.30").SelectDB(0).Put(SpecimenKey, v).EOF().Bytes(), true
		}
	}
	return nil, false
}

func specimenFields() []Field {
	return []Field{
		{Name: Plain("beta"), Value: Plain("1"), Expiry: specimenExpiry},
		{Name: Plain("alpha"), Value: Plain("22")},
		{Name: Plain("gamma"), Value: Plain("333")},
	}
}

func redisSpecimen(code byte) (Value, bool) {
	members := Strs("beta", "alpha", "gamma")
	pairs := []string{"beta", "1", "alpha", "22", "gamma", "333"}
	// In the order of scores: a packed sorted set stores it so.
	scored := []Scored{{Plain("beta"), 1}, {Plain("alpha"), 22}, {Plain("gamma"), 333}}
	tripled := new(Listpack).Add("beta", "1").Int(specimenExpiry).Add("alpha", "22").Int(0).Add("gamma", "333").Int(0)
	switch code {
	case 0:
		return String(Plain("some text")), true
	case 1:
		return List(members...), true
	case 2:
		return Set(members...), true
	case 3:
		return Zset1(scored...), true
	case 4:
		return Hash(Strs(pairs...)...), true
	case 5:
		return Zset2(scored...), true
	case 7:
		return Module(ModuleID("ReJSON-RL", 3), Text(Plain(`{"a":1}`))), true
	case 9:
		return HashZipmap(NewZipmap(pairs...).Str()), true
	case 10:
		return ListZiplist(NewZiplist("beta", "alpha", "gamma").Str()), true
	case 11:
		return SetIntset(Plain(Intset(7, 42, 1000))), true
	case 12:
		return ZsetZiplist(NewZiplist(pairs...).Str()), true
	case 13:
		return HashZiplist(NewZiplist(pairs...).Str()), true
	case 14:
		return Quicklist(NewZiplist("beta", "alpha").Str(), NewZiplist("gamma").Str()), true
	case 16:
		return HashListpack(NewListpack(pairs...).Str()), true
	case 17:
		return ZsetListpack(NewListpack(pairs...).Str()), true
	case 18:
		return Quicklist2(PackedNode(NewListpack("beta", "alpha").Str()), PlainNode(Plain("gamma"))), true
	case 20:
		return SetListpack(NewListpack("beta", "alpha", "gamma").Str()), true
	case 22:
		return HashMetadataPreGA(specimenFields()...), true
	case 23:
		return HashListpackExPreGA(tripled.Str()), true
	case 24:
		return HashMetadata(specimenFields()...), true
	case 25:
		return HashListpackEx(specimenExpiry, tripled.Str()), true
	case 28:
		return Array(nil, ShortSlot(0, Plain("beta")), IntSlot(1, 22), FloatSlot(5, 333)), true
	case 29:
		return HashTmplLP(FieldsListpack("beta", "alpha", "gamma"), TemplateListpack(1, "1", "22", "333").Str()), true
	case 30:
		return HashTmplLPRef(TemplateListpack(1, "1", "22", "333").Str()), true
	case 31:
		return HashTmplArray(FieldsPlain("beta", "alpha", "gamma"), Strs("1", "22", "333")...), true
	case 32:
		return HashTmplArrayRef(1, Strs("1", "22", "333")...), true
	}
	return streamSpecimen(code)
}

func streamSpecimen(code byte) (Value, bool) {
	for i, c := range []byte{15, 19, 21, 26, 27} {
		if c == code {
			id := ID{Ms: 1000, Seq: 1}
			return Stream{
				Nodes: []StreamNode{NewStreamNode(
					Entry{ID: id, Fields: []string{"beta", "1"}},
					Entry{ID: ID{Ms: 1001}, Fields: []string{"alpha", "22"}},
					Entry{ID: ID{Ms: 1002}, Fields: []string{"gamma", "333"}})},
				Length: 3, First: id, Last: ID{Ms: 1002}, EntriesAdded: 3,
				Groups: []Group{{Name: Plain("group"), Last: id,
					Pending:   []Pending{{ID: id, DeliveryMs: 1700000000000, Count: 1}},
					Consumers: []Consumer{{Name: Plain("consumer"), SeenMs: 1700000000000, ActiveMs: -1, Pending: []ID{id}}}}},
			}.Value(i + 1), true
		}
	}
	return Value{}, false
}

func dragonflySpecimen(code byte) (Value, bool) {
	ttl := func(ms int64) Str {
		if ms == 0 {
			return Plain("-1")
		}
		return Plain("1893456000") // in s
	}
	switch code {
	case 30: // JSON: a string
		return build(code, func(w *Writer) { w.Str(Plain(`{"a":1}`)) }), true
	case 31: // hash: fields, values, expiries in s
		return build(code, func(w *Writer) {
			w.Len(SpecimenElements)
			for _, f := range specimenFields() {
				w.Str(f.Name, f.Value, ttl(f.Expiry))
			}
		}), true
	case 32: // set: members, expiries in s
		return build(code, func(w *Writer) {
			w.Len(SpecimenElements)
			for _, f := range specimenFields() {
				w.Str(f.Name, ttl(f.Expiry))
			}
		}), true
	case 33, 34: // Bloom filters: options, two doubles, three numbers, filters
		return build(code, func(w *Writer) {
			w.Len(0).Raw(make([]byte, 16)...).Len(1).Len(1).Len(1).Len(1).Len(4)
			if code == 33 {
				w.Str(Plain("bits"))
			} else { // in pieces
				w.Len(4).Len(2).Raw(1, 2).Len(2).Raw(3, 4)
			}
		}), true
	case 35: // count-min sketch: width, depth, count, counters
		return build(code, func(w *Writer) { w.Len(2).Len(1).Len(0).Raw(make([]byte, 16)...) }), true
	case 36: // top k: four numbers, a double, items with counts, counters
		return build(code, func(w *Writer) {
			w.Len(0).Len(1).Len(1).Len(1).Raw(binary.LittleEndian.AppendUint64(nil, 0)...).Len(1).Str(Plain("beta")).Len(7).Str(Plain("counters"))
		}), true
	case 37: // cuckoo filter: six numbers, filters in pieces
		return build(code, func(w *Writer) { w.Len(2).Len(3).Len(1).Len(4).Len(0).Len(0).Len(1).Len(2).Len(2).Raw(1, 2) }), true
	}
	return Value{}, false
}
