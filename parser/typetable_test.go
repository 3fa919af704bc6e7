package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestTypeTable checks what a Type says of itself.
func TestTypeTable(t *testing.T) {
	tests := []struct {
		typ      parser.Type
		name     string
		dataType parser.DataType
		packed   bool
		ttls     bool
		since    int
	}{
		{parser.TypeString, "STRING", parser.DataTypeString, false, false, 1},
		{parser.TypeZset2, "ZSET_2", parser.DataTypeZset, false, false, 8},
		{parser.TypeModule2, "MODULE_2", parser.DataTypeModule, false, false, 8},
		{parser.TypeHashZipmap, "HASH_ZIPMAP", parser.DataTypeHash, true, false, 2},
		{parser.TypeSetIntset, "SET_INTSET", parser.DataTypeSet, true, false, 2},
		{parser.TypeListQuicklist2, "LIST_QUICKLIST_2", parser.DataTypeList, true, false, 10},
		{parser.TypeStreamListpacks3, "STREAM_LISTPACKS_3", parser.DataTypeStream, true, false, 11},
		{parser.TypeHashListpackEx, "HASH_LISTPACK_EX", parser.DataTypeHash, true, true, 12},
		{parser.TypeArray, "ARRAY", parser.DataTypeArray, false, false, 14},
		{parser.TypeValkeyHash2, "HASH_2", parser.DataTypeHash, false, true, 80},
		{parser.TypeHashMetadataPreGA, "HASH_METADATA_PRE_GA", parser.DataTypeHash, false, true, 12},
		{parser.TypeKeyDBCron, "KEYDB_CRON", parser.DataTypeOther, false, false, 9},
		{parser.Type(63), "type 63", parser.DataTypeOther, false, false, 0},
	}
	for _, tt := range tests {
		if tt.typ.String() != tt.name || tt.typ.DataType() != tt.dataType || tt.typ.Packed() != tt.packed || tt.typ.FieldTTLs() != tt.ttls || tt.typ.Since() != tt.since {
			t.Errorf("type %d: %v %v %v %v %v, want %+v", tt.typ, tt.typ, tt.typ.DataType(), tt.typ.Packed(), tt.typ.FieldTTLs(), tt.typ.Since(), tt)
		}
	}
}

// TestTypesBySpecimen reads the specimen of every type, by its header and walked, and holds
// what comes against the type's row.
func TestTypesBySpecimen(t *testing.T) {
	names := map[string]bool{}
	dataTypes := map[parser.DataType]bool{}
	for info := range parser.Types() {
		if info.Name == "" || names[info.Name] || info.Since == 0 || info.Type.String() != info.Name {
			t.Errorf("%+v: its name is missing, or not its own, or there is no version", info)
		}
		names[info.Name] = true
		dataTypes[info.DataType] = true
		dump, ok := rdbtest.Specimen(info.Dialect.String(), info.Code())
		if ok == info.Unreadable {
			t.Errorf("%s: a specimen: %v, unreadable: %v", info.Name, ok, info.Unreadable)
		}
		if !ok {
			continue
		}
		for _, walk := range []bool{false, true} {
			key, elements := readOne(t, dump, parser.Options{WalkAll: walk})
			if key.Type != info.Type || key.Code != info.Code() || string(key.Name) != rdbtest.SpecimenKey {
				t.Errorf("%s: %q of type %v (%d)", info.Name, key.Name, key.Type, key.Code)
			}
			items, ttls, nodes := 0, 0, 0
			for i := range elements {
				switch e := &elements[i]; e.Kind {
				case parser.KindItem:
					items++
					if e.Is(parser.FlagTTL) {
						ttls++
					}
				case parser.KindNode, parser.KindStreamNode:
					nodes++
				}
			}
			wantItems, wantCount := rdbtest.SpecimenElements, int64(rdbtest.SpecimenElements)
			switch info.Shape {
			case parser.ShapeString, parser.ShapeModule, parser.ShapeOther:
				wantItems, wantCount = 0, 1
			case parser.ShapeStream:
				wantItems = 0 // entries are no elements
			case parser.ShapePacked, parser.ShapeNodes, parser.ShapeTemplate:
				if info.Format != parser.FormatNone && !walk {
					wantItems = 0
				}
			}
			if items != wantItems || key.Count != wantCount {
				t.Errorf("%s, walk %v: %d items, count %d; want %d and %d", info.Name, walk, items, key.Count, wantItems, wantCount)
			}
			if want := info.FieldTTLs && items > 0; want != (ttls > 0) || ttls > 1 {
				t.Errorf("%s, walk %v: %d fields have TTLs", info.Name, walk, ttls)
			}
			if want := info.Shape == parser.ShapeNodes || info.Shape == parser.ShapeStream; want != (nodes > 0) {
				t.Errorf("%s, walk %v: %d nodes", info.Name, walk, nodes)
			}
			if walked := key.Is(parser.Walked); walked != (walk && (info.Format != parser.FormatNone || info.Type == parser.TypeModule2)) {
				t.Errorf("%s, walk %v: walked %v", info.Name, walk, walked)
			}
			if (key.Module != nil) != (info.Shape == parser.ShapeModule) || (key.Stream != nil) != (info.Shape == parser.ShapeStream) {
				t.Errorf("%s: module %v, stream %v", info.Name, key.Module, key.Stream)
			}
		}
	}
	if len(dataTypes) != parser.NumDataTypes {
		t.Errorf("%d data types have types, of %d", len(dataTypes), parser.NumDataTypes)
	}
	all := slices.Collect(parser.Types())
	for typ := range parser.Types() {
		if typ.Type != all[0].Type {
			break // leaving early is fine
		}
	}
}

// TestTypeBytes reads every type byte in every dialect: what its own table has is
// read, and nothing falls through from another's; what it has not is refused by name,
// and so is what came with a later version.
func TestTypeBytes(t *testing.T) {
	span := func(from, to byte) (all []byte) {
		for c := from; c <= to; c++ {
			if c != 8 { // never on disk
				all = append(all, c)
			}
		}
		return all
	}
	common := span(0, 21)
	for _, d := range []struct {
		name    string
		dialect parser.Dialect
		head    func() *rdbtest.Writer
		known   []byte // beyond those that all have
	}{
		{"redis 16", parser.DialectRedis, func() *rdbtest.Writer { return rdbtest.Redis(16) }, span(22, 32)},
		{"redis 15", parser.DialectRedis, func() *rdbtest.Writer { return rdbtest.Redis(15) }, span(22, 32)},
		{"redis 14", parser.DialectRedis, func() *rdbtest.Writer { return rdbtest.Redis(14) }, span(22, 28)},
		{"redis 13", parser.DialectRedis, func() *rdbtest.Writer { return rdbtest.Redis(13) }, span(22, 26)},
		{"redis 12", parser.DialectRedis, func() *rdbtest.Writer { return rdbtest.Redis(12) }, span(22, 25)},
		{"redis 11", parser.DialectRedis, func() *rdbtest.Writer { return rdbtest.Redis(11) }, nil},
		{"valkey 81", parser.DialectValkey, func() *rdbtest.Writer { return rdbtest.Valkey(81) }, []byte{22, 23}},
		{"valkey 80", parser.DialectValkey, func() *rdbtest.Writer { return rdbtest.Valkey(80) }, []byte{22}},
		{"dragonfly", parser.DialectDragonfly, func() *rdbtest.Writer { return rdbtest.Redis(9).Aux("df-ver", "v1.30") }, span(30, 37)},
		{"keydb", parser.DialectKeyDB, func() *rdbtest.Writer { return rdbtest.Redis(9).Aux("mvcc-tstamp", "1") }, []byte{64}},
		{"ror", parser.DialectROR, func() *rdbtest.Writer { return rdbtest.Redis(12).Aux("gtid-repl-mode", "psync") }, append(span(22, 25), 192)},
	} {
		known := map[byte]bool{}
		for _, code := range slices.Concat(common, d.known) {
			known[code] = true
		}
		for info := range parser.Types() {
			if _, in, _ := strings.Cut(d.name, " "); in != "" {
				version, err := strconv.Atoi(in)
				if got := info.KnownIn(d.dialect, version); err != nil || got && !known[info.Code()] {
					t.Errorf("%s: KnownIn says %v of %s", d.name, got, info.Name)
				}
			}
		}
		for code := range byte(200) {
			if parser.OpcodeName(code, d.dialect) != "" {
				continue
			}
			dump := d.head().SelectDB(0).Put("k", rdbtest.Value{Type: code}).Bytes()
			r := parser.NewReader(bytes.NewReader(dump), parser.Options{})
			for range r.Keys() {
			}
			if r.Info().Dialect != d.dialect {
				t.Fatalf("%s: dialect %v, want %v", d.name, r.Info().Dialect, d.dialect)
			}
			unknown := errors.Is(r.Err(), parser.ErrUnknownType)
			if unknown == known[code] || !unknown && !errors.Is(r.Err(), parser.ErrTruncated) {
				t.Errorf("%s, type %d, known %v: %v", d.name, code, known[code], r.Err())
			}
			if said := fmt.Sprintf(" %d is not known in %s", code, r.Info().Magic); unknown && !strings.Contains(r.Err().Error(), said) {
				t.Errorf("%s, type %d: %v", d.name, code, r.Err())
			}
		}
	}
}

// TestOpcodeBytes holds the opcodes of each dialect and version against what its
// servers have.
func TestOpcodeBytes(t *testing.T) {
	for _, c := range []struct {
		head *rdbtest.Writer
		code byte
		want string // of the error, "" for an opcode that is known
	}{
		{rdbtest.Redis(15), 242, ""},
		{rdbtest.Redis(14), 242, "opcode 242 is not known in REDIS0014; read up to key \"k\""},
		{rdbtest.Redis(12), 243, "opcode 243 is not known in REDIS0012"},
		{rdbtest.Redis(11), 244, "opcode 244 is not known in REDIS0011"},
		{rdbtest.Valkey(81), 242, ""},
		{rdbtest.Valkey(80), 242, "opcode 242 is not known in VALKEY080"},
		{rdbtest.Valkey(80), 244, "opcode 244 is not known in VALKEY080"},
		{rdbtest.Redis(9).Aux("mvcc-tstamp", "1"), 244, "opcode 244 is not known in REDIS0009 of KeyDB"},
		{rdbtest.Redis(9).Aux("df-ver", "v1"), 242, "opcode 242 is not known in REDIS0009 of Dragonfly"},
		{rdbtest.Redis(12).Aux("gtid-executed", ""), 201, "opcode 201 is not known in REDIS0012 of Redis-On-Rocks"},
	} {
		dump := c.head.SelectDB(0).Put("k", rdbtest.String(plain("v"))).Raw(c.code).Bytes()
		_, err := drain(bytes.NewReader(dump), parser.Options{})
		if c.want == "" && !errors.Is(err, parser.ErrTruncated) || c.want != "" && (!errors.Is(err, parser.ErrUnknownType) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("opcode %d: %v, want %q", c.code, err, c.want)
		}
	}
}

// TestUpdates reads the commands that a sync without a fork puts between the keys.
func TestUpdates(t *testing.T) {
	head := func() *rdbtest.Writer { return rdbtest.Valkey(81).SelectDB(0).Put("a", rdbtest.String(plain("1"))) }
	whole := "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3\r\n\r\n2\r\n"
	dump := head().Raw(242).Raw([]byte(whole)...).Raw(242).Raw([]byte(whole)...).Put("b", rdbtest.String(plain("3"))).EOF().Bytes()
	got := readBytes(t, dump, parser.Options{})
	if got.Err != nil || len(got.Keys) != 2 || got.Info.Opcodes[242] != 2 || !got.warned(parser.WarnUpdates) || got.Info.Checksum != parser.ChecksumOK {
		t.Errorf("%v, %d keys, %d updates, warnings %+v", got.Err, len(got.Keys), got.Info.Opcodes[242], got.Info.Warnings)
	}
	for _, bad := range []string{"3\r\n", "*x\r\n", "*1\n", "*1\r\n$2\r\nabc\r\n", "*1\r\n$-1\r\n", "*99999999999999999999999\r\n"} {
		dump := head().Raw(242).Raw([]byte(bad)...).Put("b", rdbtest.String(plain("3"))).EOF().Bytes()
		if got := readBytes(t, dump, parser.Options{}); !errors.Is(got.Err, parser.ErrCorrupt) {
			t.Errorf("%q: %v", bad, got.Err)
		}
	}
}

// TestPathHash reads a hash of hashes by path.
func TestPathHash(t *testing.T) {
	v := rdbtest.PathHash(rdbtest.PathFields{Path: "a/b", Fields: []rdbtest.Str{plain("f"), plain("v")}},
		rdbtest.PathFields{Path: "a/b/c", Fields: []rdbtest.Str{plain("f"), plain("v2"), plain("f2"), rdbtest.Int(333)}})
	k, elements := readOne(t, rdbtest.Valkey(81).SelectDB(0).Put("tree", v).EOF().Bytes(), parser.Options{WalkAll: true})
	if k.Type != parser.TypeValkeyPathHash || k.Count != 3 || k.Len != 8 || k.Type.DataType() != parser.DataTypeHash {
		t.Errorf("%v: count %d, length %d", k.Type, k.Count, k.Len)
	}
	if d := cmp.Diff([]parser.Element{pair(1, 0, 1, 0), pair(1, 0, 2, 0), pair(2, 0, 3, parser.Int13)}, elements); d != "" {
		t.Error(d)
	}
}

// TestHashTemplates reads the names' lengths with the values, whether the names stand
// in a record or in the hash, and gets along where they cannot be had.
func TestHashTemplates(t *testing.T) {
	values := rdbtest.TemplateListpack(7, "a", "22").Str()
	want := []parser.Element{pair(1, 0, 1, 0), pair(3, parser.Int13, 2, parser.Int7)}
	head := func() *rdbtest.Writer { return rdbtest.Redis(15).HashTemplate(7, "f", "333").SelectDB(0) }
	for name, v := range map[string]rdbtest.Value{
		"lp ref":    rdbtest.HashTmplLPRef(values),
		"lp":        rdbtest.HashTmplLP(rdbtest.FieldsListpack("f", "333"), values),
		"lp raw":    rdbtest.HashTmplLP(rdbtest.FieldsPlain("f", "333"), values),
		"array ref": rdbtest.HashTmplArrayRef(7, plain("a"), plain("22")),
		"array":     rdbtest.HashTmplArray(rdbtest.FieldsPlain("f", "333"), plain("a"), plain("22")),
	} {
		k, elements := readOne(t, head().Put("h", v).EOF().Bytes(), parser.Options{WalkAll: true})
		if d := cmp.Diff(want, elements); d != "" || k.Is(parser.Nameless) || k.Count != 2 {
			t.Errorf("%s: count %d, flags %b\n%s", name, k.Count, k.Flags, d)
		}
		if packed := name[:2] == "lp"; packed != (k.Len == int64(len(rdbtest.TemplateListpack(7, "a", "22").Bytes()))) {
			t.Errorf("%s: length %d", name, k.Len)
		}
	}
	undefined := readBytes(t, rdbtest.Redis(15).SelectDB(0).Put("h", rdbtest.HashTmplLPRef(values)).EOF().Bytes(), parser.Options{WalkAll: true})
	if undefined.Err != nil || len(undefined.Keys) != 1 || !undefined.Keys[0].key.Is(parser.Nameless) || !undefined.warned(parser.WarnTemplate) || !parser.WarnTemplate.Defect() {
		t.Errorf("%v, warnings %+v", undefined.Err, undefined.Info.Warnings)
	}
	fewer := readBytes(t, head().Put("h", rdbtest.HashTmplLPRef(rdbtest.TemplateListpack(7, "a").Str())).EOF().Bytes(), parser.Options{})
	if fewer.Err != nil || !fewer.warned(parser.WarnDamaged) || !fewer.Keys[0].key.Is(parser.Damaged) {
		t.Errorf("one value for two fields: %v, warnings %+v", fewer.Err, fewer.Info.Warnings)
	}
}
