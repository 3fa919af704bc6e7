package memory_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// encodingsOf are the encodings that a value of a data type can have.
var encodingsOf = map[parser.DataType][]memory.Encoding{
	parser.DataTypeString: {memory.EncodingInt, memory.EncodingEmbstr, memory.EncodingRaw},
	parser.DataTypeList:   {memory.EncodingListpack, memory.EncodingQuicklist},
	parser.DataTypeSet:    {memory.EncodingIntset, memory.EncodingListpack, memory.EncodingHashtable},
	parser.DataTypeZset:   {memory.EncodingZiplist, memory.EncodingListpack, memory.EncodingSkiplist},
	parser.DataTypeHash: {memory.EncodingZiplist, memory.EncodingListpack, memory.EncodingListpackEx, memory.EncodingHashtable,
		memory.EncodingTemplateListpack, memory.EncodingTemplateArray},
	parser.DataTypeStream: {memory.EncodingStream},
	parser.DataTypeArray:  {memory.EncodingArray},
	parser.DataTypeModule: {memory.EncodingModule},
}

// unsized are the types that no server of a line that is known can hold, which are
// sized by their length and said to be a guess.
var unsized = []parser.Type{
	parser.TypeKeyDBCron, parser.TypeRORBitmap,
	parser.TypeDragonflyJSON, parser.TypeDragonflyHash, parser.TypeDragonflySet, parser.TypeDragonflySBF,
	parser.TypeDragonflySBF2, parser.TypeDragonflyCMS, parser.TypeDragonflyTopK, parser.TypeDragonflyCuckoo,
}

// TestEveryType sizes a value of every type that the parser knows, on every line: a
// type that is new there must be sized here, and not fall through to a guess.
func TestEveryType(t *testing.T) {
	for info := range parser.Types() {
		if info.Unreadable {
			continue
		}
		dump, ok := rdbtest.Specimen(info.Dialect.String(), info.Code())
		if !ok {
			t.Errorf("%s: no specimen", info.Name)
			continue
		}
		walked := map[string]int64{}
		for _, name := range serverNames() {
			p := memory.Profile{Server: mustServer(t, name), Config: memory.DefaultConfig()}
			walked[name] = sizeWalked(t, dump, p)
			sizeBytes(t, dump, p, false, func(k *parser.Key, s memory.Size, _ memory.Meter) {
				if slices.Contains(unsized, info.Type) {
					if s.Encoding != memory.EncodingUnknown || s.Exact || s.Bytes < k.Len {
						t.Errorf("%s on %s: %+v, and it is among the types that are not sized", info.Name, name, s)
					}
					return
				}
				if !slices.Contains(encodingsOf[info.DataType], s.Encoding) {
					t.Errorf("%s on %s: a %s with the encoding %s", info.Name, name, info.DataType, s.Encoding)
				}
				if info.DataType == parser.DataTypeModule {
					return // what is inside is known to the module alone
				}
				// The name is payload too: contents come on top of it.
				if s.Payload <= int64(len(rdbtest.SpecimenKey)) || s.Bytes <= s.Payload {
					t.Errorf("%s on %s: %d bytes for a payload of %d", info.Name, name, s.Bytes, s.Payload)
				}
				if s.Exact && s.Bytes != walked[name] {
					t.Errorf("%s on %s: %d bytes by its header, called exact, and %d walked", info.Name, name, s.Bytes, walked[name])
				}
			})
		}
	}
}

// sizeWalked sizes the one key of a dump with all its blobs walked.
func sizeWalked(t *testing.T, dump []byte, p memory.Profile) (size int64) {
	t.Helper()
	m := memory.NewMeter(p, false)
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{WalkAll: true})
	b, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	k := &b.Keys[0]
	m.Begin(k)
	m.Elements(b, k, b.Elements(k))
	size = m.End(k).Bytes
	b.Release()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return size
}
