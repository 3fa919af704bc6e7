package parser_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// readOne reads a dump of one key and returns it with its elements.
func readOne(t *testing.T, dump []byte, opts parser.Options) (parser.Key, []parser.Element) {
	t.Helper()
	r := parser.NewReader(bytes.NewReader(dump), opts)
	var key parser.Key
	var elements []parser.Element
	for k := range r.All() {
		for e := range k.Elements() {
			elements = append(elements, *e)
		}
		key = *k.Key
		key.Name, key.Value, key.Raw = bytes.Clone(k.Name), bytes.Clone(k.Value), bytes.Clone(k.Raw)
		if k.Stream != nil {
			st := *k.Stream
			key.Stream = &st
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	if r.Info().Keys != 1 {
		t.Fatalf("%d keys", r.Info().Keys)
	}
	return key, elements
}

// TestTypes reads each specimen alone and compares what is said of it.
func TestTypes(t *testing.T) {
	for _, s := range specimens() {
		t.Run(s.name, func(t *testing.T) {
			w := rdbtest.Redis(15).HashTemplate(1, "f1", "field2")
			start := w.Offset()
			dump := w.Put("key", s.value).EOF().Bytes()
			got, elements := readOne(t, dump, parser.Options{WalkAll: true})

			if string(got.Name) != "key" || got.NameLen != 3 || got.DB != 0 || got.Code != s.value.Type {
				t.Errorf("name %q of %d bytes, db %d, code %d", got.Name, got.NameLen, got.DB, got.Code)
			}
			if end := int64(len(dump)) - 9; got.Offset != start || got.Size != end-start {
				t.Errorf("record @%d+%d, want @%d+%d", got.Offset, got.Size, start, end-start)
			}
			want := s.key
			if want.Len == 0 {
				want.Len = got.Len // not every type has one
			}
			facts := func(k parser.Key) parser.Key {
				return parser.Key{Type: k.Type, Count: k.Count, Len: k.Len, Stored: k.Stored, Int: k.Int, IntClass: k.IntClass,
					Module: k.Module, Stream: k.Stream, Flags: k.Flags & parser.Compressed}
			}
			if d := cmp.Diff(facts(want), facts(got), cmpopts.IgnoreUnexported(parser.Key{})); d != "" {
				t.Errorf("key (-want +got)\n%s", d)
			}
			for i := range elements {
				if got.Type.DataType() == parser.DataTypeList && elements[i].Kind == parser.KindItem {
					elements[i].Aux = 0 // lists need no integer values
				}
			}
			if d := cmp.Diff(s.elements, elements, cmpopts.IgnoreFields(parser.Element{}, "Off"), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("elements (-want +got)\n%s", d)
			}

			byHeaders, _ := readOne(t, dump, parser.Options{})
			if a, b := headText(&got), headText(&byHeaders); a != b {
				t.Errorf("walked     %s\nby headers %s", a, b)
			}
		})
	}
}

// TestClassOf compares the classes of integers with the ranges they stand for.
func TestClassOf(t *testing.T) {
	tests := []struct {
		from, to int64
		want     parser.IntClass
	}{
		{0, 12, parser.Int4}, {13, 127, parser.Int7}, {-128, -1, parser.Int8}, {-4096, -129, parser.Int13}, {128, 4095, parser.Int13},
		{-32768, -4097, parser.Int16}, {4096, 32767, parser.Int16}, {-8388608, -32769, parser.Int24}, {32768, 8388607, parser.Int24},
		{math.MinInt32, -8388609, parser.Int32}, {8388608, math.MaxInt32, parser.Int32},
		{math.MinInt64, math.MinInt32 - 1, parser.Int64}, {math.MaxInt32 + 1, math.MaxInt64, parser.Int64},
	}
	for _, tt := range tests {
		for _, v := range []int64{tt.from, tt.to} {
			if got := parser.ClassOf(v); got != tt.want {
				t.Errorf("ClassOf(%d) is %d, want %d", v, got, tt.want)
			}
		}
	}
}

// TestZoo reads the dump of all specimens with all attributes and opcodes.
func TestZoo(t *testing.T) {
	dump := zoo().EOF().Bytes()
	got := readBytes(t, dump, parser.Options{WalkAll: true})
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	all := specimens()
	if len(got.Keys) != len(all)+2 {
		t.Fatalf("%d keys, want %d", len(got.Keys), len(all)+2)
	}
	for i, s := range all {
		if k := got.Keys[i].key; string(k.Name) != s.name || k.Type != s.key.Type || k.DB != 0 {
			t.Errorf("key %d is %q of type %v in db %d, want %q of type %v", i, k.Name, k.Type, k.DB, s.name, s.key.Type)
		}
	}
	attributes := func(i int) parser.Key {
		k := got.Keys[i].key
		const mask = parser.HasExpiry | parser.HasIdle | parser.HasFreq
		return parser.Key{Expiry: k.Expiry, Idle: k.Idle, Freq: k.Freq, Metas: k.Metas, Flags: k.Flags & mask}
	}
	for i, want := range map[int]parser.Key{
		1: {},
		2: {Expiry: 1700000000123, Flags: parser.HasExpiry},
		3: {Expiry: 1700000000000, Idle: 77, Flags: parser.HasExpiry | parser.HasIdle},
		4: {Freq: 255, Metas: 1, Flags: parser.HasFreq},
		5: {Expiry: -2, Flags: parser.HasExpiry},
		6: {},
	} {
		if d := cmp.Diff(want, attributes(i), cmpopts.IgnoreUnexported(parser.Key{})); d != "" {
			t.Errorf("attributes of key %d (-want +got)\n%s", i, d)
		}
	}
	for i, name := range map[int]string{len(all): "123", len(all) + 1: loremText} {
		if k := got.Keys[i].key; string(k.Name) != name || k.NameLen != int64(len(name)) || k.DB != 7 {
			t.Errorf("key %d is %q of %d bytes in db %d, want %q in db 7", i, k.Name, k.NameLen, k.DB, name)
		}
	}

	in := got.Info
	wantDBs := []parser.Database{
		{DB: 0, DeclaredKeys: int64(len(all)), DeclaredExpires: 3, Keys: int64(len(all)), Expires: 3, Slots: 1, SlotKeysDeclared: 2},
		{DB: 7, DeclaredKeys: 2, DeclaredExpires: 0, Keys: 2},
	}
	if d := cmp.Diff(wantDBs, in.Databases); d != "" {
		t.Errorf("databases (-want +got)\n%s", d)
	}
	if in.Functions != 3 || in.FunctionBytes <= 0 || in.KeyMetas != 1 || in.Expires != 3 {
		t.Errorf("%d functions of %d bytes, %d keys with metadata, %d expiries", in.Functions, in.FunctionBytes, in.KeyMetas, in.Expires)
	}
	uses := func(list []parser.ModuleUse) (out []parser.ModuleUse) {
		for _, u := range list {
			if u.Bytes <= 0 {
				t.Errorf("module %s takes %d bytes", u.Name, u.Bytes)
			}
			u.Bytes, u.Number, u.Text = 0, 0, ""
			out = append(out, u)
		}
		return out
	}
	if d := cmp.Diff([]parser.ModuleUse{{Name: "test-type", Version: 3, Count: 2}}, uses(in.ModuleAux)); d != "" {
		t.Errorf("module sections (-want +got)\n%s", d)
	}
	if d := cmp.Diff([]parser.ModuleUse{{Name: "test-type", Version: 3, Count: 1}, {Name: "vectorset", Count: 2}}, uses(in.Modules)); d != "" {
		t.Errorf("modules (-want +got)\n%s", d)
	}
	wantAux := []parser.Aux{{Key: "redis-ver", Value: "8.10.0"}, {Key: "redis-bits", Value: "64"}, {Key: "ctime", Value: "1700000000"}, {Key: "used-mem", Value: "123456"}, {Key: "between", Value: "keys"}}
	if d := cmp.Diff(wantAux, in.Aux); d != "" {
		t.Errorf("AUX fields (-want +got)\n%s", d)
	}
	if v, ok := in.Lookup("used-mem"); v != "123456" || !ok {
		t.Errorf("used-mem is %q, %v", v, ok)
	}
	if in.Dialect != parser.DialectRedis || in.Version != 15 || in.Checksum != parser.ChecksumOK || in.ChecksumComputed != in.ChecksumStored {
		t.Errorf("%v version %d, checksum %v %x %x", in.Dialect, in.Version, in.Checksum, in.ChecksumComputed, in.ChecksumStored)
	}
	if len(in.Warnings) > 0 {
		t.Errorf("warnings %+v", in.Warnings)
	}
	for op, want := range map[int]int64{rdbtest.OpAux: 5, rdbtest.OpSelectDB: 2, rdbtest.OpResizeDB: 2, rdbtest.OpSlotInfo: 1, rdbtest.OpExpireMs: 2, rdbtest.OpExpire: 1,
		rdbtest.OpIdle: 1, rdbtest.OpFreq: 1, rdbtest.OpModuleAux: 2, rdbtest.OpFunction2: 1, rdbtest.OpFunctionPreGA: 2, rdbtest.OpKeyMeta: 1, rdbtest.OpHashTemplate: 1, rdbtest.OpEOF: 1} {
		if in.Opcodes[op] != want {
			t.Errorf("opcode %d counted %d times, want %d", op, in.Opcodes[op], want)
		}
	}
}

// TestDialects reads numbers that mean different things to different servers.
func TestDialects(t *testing.T) {
	t.Run("valkey", func(t *testing.T) {
		got := readBytes(t, valkeyZoo().EOF().Bytes(), parser.Options{WalkAll: true})
		if got.Err != nil || len(got.Info.Warnings) > 0 {
			t.Fatalf("%v, warnings %+v", got.Err, got.Info.Warnings)
		}
		if got.Info.Dialect != parser.DialectValkey || got.Info.Version != 80 || got.Info.Magic != "VALKEY080" {
			t.Errorf("%v version %d magic %q", got.Info.Dialect, got.Info.Version, got.Info.Magic)
		}
		k := got.Keys[0]
		want := []string{
			"kind=0 len=1/0 value=5/0 aux=1700000000000 flags=100",
			"kind=0 len=1/0 value=1/1 aux=0 flags=0",
		}
		if k.key.Type != parser.TypeValkeyHash2 || k.key.Code != 22 || k.key.Count != 2 {
			t.Errorf("type %v code %d count %d", k.key.Type, k.key.Code, k.key.Count)
		}
		if d := cmp.Diff(want, k.Elements); d != "" {
			t.Errorf("elements (-want +got)\n%s", d)
		}
		if got.Info.Types[parser.TypeValkeyHash2] != 1 || got.Info.Types[22] != 0 {
			t.Error("the type is counted under the wrong number")
		}
	})
	t.Run("type 22 of redis", func(t *testing.T) {
		dump := rdbtest.Redis(12).Put("h", rdbtest.HashMetadataPreGA(
			rdbtest.Field{Name: plain("f"), Value: plain("v"), Expiry: 5}, rdbtest.Field{Name: plain("g"), Value: plain("w")})).EOF().Bytes()
		k, elements := readOne(t, dump, parser.Options{})
		if k.Type != parser.TypeHashMetadataPreGA || k.Count != 2 {
			t.Errorf("type %v count %d", k.Type, k.Count)
		}
		if d := cmp.Diff([]parser.Element{ttlPair(1, 1, 5), pair(1, 0, 1, 0)}, elements); d != "" {
			t.Error(d)
		}
	})
	t.Run("dragonfly", func(t *testing.T) {
		head := func() *rdbtest.Writer { return rdbtest.Redis(9).Aux("df-ver", "v1.30").SelectDB(0) }
		got := readBytes(t, head().Put("s", rdbtest.String(plain("x"))).EOF().Bytes(), parser.Options{})
		if got.Err != nil || got.Info.Dialect != parser.DialectDragonfly {
			t.Errorf("%v, dialect %v", got.Err, got.Info.Dialect)
		}
		// 30 is JSON there and a template hash elsewhere; 201 is a compressed run of records.
		k, _ := readOne(t, head().Raw(30).Str(plain("k"), plain("{}")).EOF().Bytes(), parser.Options{})
		if k.Type != parser.TypeDragonflyJSON || k.Type.DataType() != parser.DataTypeModule {
			t.Errorf("type %v", k.Type)
		}
		got = readBytes(t, head().Raw(201).Str(plain("k")).EOF().Bytes(), parser.Options{})
		if !errors.Is(got.Err, parser.ErrUnknownType) || got.errorOffset() != head().Offset() {
			t.Errorf("code 201: %v", got.Err)
		}
	})
	t.Run("names", func(t *testing.T) {
		for d, want := range map[parser.Dialect]string{parser.DialectRedis: "redis", parser.DialectValkey: "valkey", parser.DialectDragonfly: "dragonfly"} {
			if d.String() != want {
				t.Errorf("%d is %q, want %q", d, d, want)
			}
		}
		if a, b := parser.OpcodeName(243, parser.DialectRedis), parser.OpcodeName(243, parser.DialectValkey); a != "KEY_META" || b != "SLOT_IMPORT" {
			t.Errorf("opcode 243 is %q in redis, %q in valkey", a, b)
		}
	})
}

// TestAttributes reads attributes in the orders servers and tools write them.
func TestAttributes(t *testing.T) {
	x := rdbtest.String(plain("x"))
	tests := []struct {
		name  string
		write func(w *rdbtest.Writer)
		want  parser.Key
	}{
		{"last of two wins", func(w *rdbtest.Writer) { w.ExpireMs(5).ExpireMs(6) }, parser.Key{Expiry: 6, Flags: parser.HasExpiry}},
		{"seconds after ms", func(w *rdbtest.Writer) { w.ExpireMs(5).Expire(-1) }, parser.Key{Expiry: -1000, Flags: parser.HasExpiry}},
		{"-1 is none", func(w *rdbtest.Writer) { w.ExpireMs(-1) }, parser.Key{}},
		{"-1 takes the one before away", func(w *rdbtest.Writer) { w.ExpireMs(5).Freq(7).ExpireMs(-1) }, parser.Key{Freq: 7, Flags: parser.HasFreq}},
		{"ms after -1", func(w *rdbtest.Writer) { w.ExpireMs(-1).ExpireMs(5) }, parser.Key{Expiry: 5, Flags: parser.HasExpiry}},
		{"zero", func(w *rdbtest.Writer) { w.ExpireMs(0) }, parser.Key{Flags: parser.HasExpiry}},
		{"smallest", func(w *rdbtest.Writer) { w.ExpireMs(math.MinInt64) }, parser.Key{Expiry: math.MinInt64, Flags: parser.HasExpiry}},
		{"idle and freq", func(w *rdbtest.Writer) { w.Idle(1 << 40).Freq(0) }, parser.Key{Idle: 1 << 40, Flags: parser.HasIdle | parser.HasFreq}},
		{"kept over AUX", func(w *rdbtest.Writer) { w.ExpireMs(9).Aux("mvcc-tstamp", "1") }, parser.Key{Expiry: 9, Flags: parser.HasExpiry}},
		{"kept over SELECTDB", func(w *rdbtest.Writer) { w.ExpireMs(9).SelectDB(3) }, parser.Key{Expiry: 9, DB: 3, Flags: parser.HasExpiry}},
		{"metadata first", func(w *rdbtest.Writer) {
			w.KeyMeta(rdbtest.Meta{Class: "aaaa"}, rdbtest.Meta{Class: "bbbb", Ops: []rdbtest.Op{rdbtest.Text(plain("t"))}}).ExpireMs(9)
		}, parser.Key{Expiry: 9, Metas: 2, Flags: parser.HasExpiry}},
		{"enterprise opcodes", func(w *rdbtest.Writer) { w.Raw(107).Len(5).Raw(121).Len(70) }, parser.Key{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := rdbtest.Redis(13).SelectDB(0)
			start := w.Offset()
			tt.write(w)
			w.Put("k", x).Put("after", x)
			got := readBytes(t, w.EOF().Bytes(), parser.Options{})
			if got.Err != nil || len(got.Keys) != 2 {
				t.Fatalf("%v, %d keys", got.Err, len(got.Keys))
			}
			k := got.Keys[0].key
			have := parser.Key{Expiry: k.Expiry, Idle: k.Idle, Freq: k.Freq, Metas: k.Metas, DB: k.DB, Flags: k.Flags}
			if d := cmp.Diff(tt.want, have, cmpopts.IgnoreUnexported(parser.Key{})); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if tt.want.Flags != 0 && k.Offset != start {
				t.Errorf("the record begins at %d, its first attribute is at %d", k.Offset, start)
			}
			if after := got.Keys[1].key; after.Flags != 0 || after.Metas != 0 || after.DB != k.DB {
				t.Errorf("the next key has attributes: %s", got.Keys[1].Head)
			}
		})
	}
}

// TestNames reads keys of lengths around what a Key holds.
func TestNames(t *testing.T) {
	hashed := func(s string) uint64 {
		sum := sha256.Sum256([]byte(s))
		return binary.LittleEndian.Uint64(sum[:])
	}
	for _, n := range []int{0, 1, 63, 64, 16383, 16384, parser.MaxName - 1, parser.MaxName, parser.MaxName + 1, 300_000, 1_000_000} {
		name := strings.Repeat("abcdefg", n/7+1)[:n]
		for form, key := range map[string]rdbtest.Str{"plain": plain(name), "lzf": rdbtest.LZF(name)} {
			dump := rdbtest.Redis(11).PutStr(key, rdbtest.String(plain("v"))).Put("after", rdbtest.String(plain("w"))).EOF().Bytes()
			for _, walk := range []bool{false, true} {
				got := readBytes(t, dump, parser.Options{WalkAll: walk})
				if got.Err != nil || len(got.Keys) != 2 {
					t.Fatalf("%s name of %d bytes: %v, %d keys", form, n, got.Err, len(got.Keys))
				}
				k := got.Keys[0].key
				cut := name[:min(n, parser.MaxName)]
				if string(k.Name) != cut || k.NameLen != int64(n) || k.Is(parser.NameTruncated) != (n > parser.MaxName) {
					t.Errorf("%s name of %d bytes: %d bytes kept (equal: %v), length %d, truncated %v", form, n, len(k.Name), string(k.Name) == cut, k.NameLen, k.Is(parser.NameTruncated))
				}
				var hash uint64
				if n > parser.MaxName {
					hash = hashed(name)
				}
				if k.NameHash != hash {
					t.Errorf("%s name of %d bytes: hash %x, want %x", form, n, k.NameHash, hash)
				}
				if got.warned(parser.WarnNameTruncated) != (n > parser.MaxName) {
					t.Errorf("%s name of %d bytes: warnings %+v", form, n, got.Info.Warnings)
				}
			}
		}
	}
}

// TestBufferEdges slides the dump of all specimens over a place where a
// reader's buffers end, so that each token is cut there.
func TestBufferEdges(t *testing.T) {
	zooBytes := zoo().EOF().Bytes()
	want := readBytes(t, zooBytes, parser.Options{WalkAll: true})
	if want.Err != nil {
		t.Fatal(want.Err)
	}
	body := zooBytes[9:]
	const edge = 256 << 10 // a multiple of every buffer size that is likely
	for pad := edge - len(zooBytes) - 20; pad < edge+8; pad += 5 * stride(9) {
		w := rdbtest.Redis(15).Raw(rdbtest.OpAux).Str(plain("pad"), rdbtest.PlainAs(rdbtest.Form32, make([]byte, pad)))
		shift := w.Offset() - 9
		dump := w.Raw(body[:len(body)-9]...).EOF().Bytes()
		got := readBytes(t, dump, parser.Options{WalkAll: true})
		if got.Err != nil {
			t.Fatalf("pad %d: %v", pad, got.Err)
		}
		if got.Info.Checksum != parser.ChecksumOK {
			t.Fatalf("pad %d: checksum %v", pad, got.Info.Checksum)
		}
		for i := range got.Keys {
			got.Keys[i].key.Offset -= shift
			got.Keys[i].Head = headText(&got.Keys[i].key)
		}
		compareKeys(t, "pad", want.Keys, got.Keys)
		if t.Failed() {
			t.Fatalf("pad %d", pad)
		}
	}
}
