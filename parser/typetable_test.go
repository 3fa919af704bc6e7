package parser_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

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
			if walked := key.Is(parser.Walked); walked != (walk && info.Format != parser.FormatNone) {
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

// TestTypeBytes reads every type byte in every dialect: what the table knows is
// read, what it does not know is refused by name.
func TestTypeBytes(t *testing.T) {
	for _, d := range []struct {
		dialect parser.Dialect
		head    func() *rdbtest.Writer
	}{
		{parser.DialectRedis, func() *rdbtest.Writer { return rdbtest.Redis(15) }},
		{parser.DialectValkey, func() *rdbtest.Writer { return rdbtest.Valkey(80) }},
		{parser.DialectDragonfly, func() *rdbtest.Writer { return rdbtest.Redis(9).Aux("df-ver", "v1.30") }},
	} {
		known := map[byte]bool{}
		for info := range parser.Types() {
			if info.Dialect == d.dialect || info.Dialect == parser.DialectRedis {
				known[info.Code()] = true
			}
		}
		for code := range byte(66) {
			dump := d.head().SelectDB(0).Put("k", rdbtest.Value{Type: code}).Bytes()
			r := parser.NewReader(bytes.NewReader(dump), parser.Options{})
			for range r.Keys() {
			}
			if r.Info().Dialect != d.dialect {
				t.Fatalf("dialect %v, want %v", r.Info().Dialect, d.dialect)
			}
			unknown := errors.Is(r.Err(), parser.ErrUnknownType)
			if unknown == known[code] || !unknown && !errors.Is(r.Err(), parser.ErrTruncated) {
				t.Errorf("%v, type %d, known %v: %v", d.dialect, code, known[code], r.Err())
			}
		}
	}
}
