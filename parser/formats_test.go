package parser_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestWithoutFooter reads RDB 1 to 4, which end at the EOF opcode, and tells
// what follows them from a footer.
func TestWithoutFooter(t *testing.T) {
	values := []rdbtest.Value{1: rdbtest.Zset1(rdbtest.Scored{Member: plain("m"), Score: 2.5}),
		2: rdbtest.HashZipmap(rdbtest.NewZipmap("f", "v").Str()), 3: rdbtest.ListZiplist((&rdbtest.Ziplist{Old: true}).Add("a", "1").Str()),
		4: rdbtest.HashZiplist((&rdbtest.Ziplist{Old: true}).Add("f", "v").Str())}
	for version := 1; version <= 4; version++ {
		for after, kind := range map[string]string{
			"": "", "\n": "newline", "\x00\x00\x00\x00\x00\x00\x00\x00": "garbage", "\x01\x02\x03": "garbage", "seven b": "garbage",
			"*1\r\n$4\r\nPING\r\n": "aof", "REDIS0003\xff": "rdb", strings.Repeat("0123456789abcdef", 3)[:40]: "eof-mark",
		} {
			t.Run(fmt.Sprintf("%d/%q", version, after), func(t *testing.T) {
				w := rdbtest.Redis(version).SelectDB(0).Expire(1_700_000_000).Put("k", values[version]).Put("s", rdbtest.String(plain("v"))).EOF()
				end := w.Offset()
				got := readBytes(t, w.RawString(after).Bytes(), parser.Options{})
				if got.Err != nil || len(got.Keys) != 2 {
					t.Fatalf("%v, %d keys", got.Err, len(got.Keys))
				}
				in := got.Info
				if in.End != end || in.Checksum != parser.ChecksumAbsent || !in.Walked {
					t.Errorf("end %d, want %d; checksum %v; walked %v", in.End, end, in.Checksum, in.Walked)
				}
				if d := cmp.Diff(parser.Tail{Kind: kind, Bytes: int64(len(after))}, in.Tail); d != "" {
					t.Errorf("tail (-want +got)\n%s", d)
				}
				if k := got.Keys[0].key; k.Expiry != 1_700_000_000_000 || k.Count != []int64{0, 1, 1, 2, 1}[version] {
					t.Errorf("%s", got.Keys[0].Head)
				}
			})
		}
	}
}

// TestKeyDB reads what only KeyDB writes: AUX fields between an expiry and its
// key and behind the key they belong to, and cron jobs.
func TestKeyDB(t *testing.T) {
	w := rdbtest.Redis(9).Aux("redis-ver", "6.3.4").SelectDB(0).ResizeDB(4, 1)
	w.ExpireMs(1_700_000_000_123).Aux("mvcc-tstamp", "1782460317974691840").Put("set", rdbtest.Set(plain("a"), plain("b")))
	for _, member := range []string{"a", "b"} {
		w.Aux("keydb-subexpire-key", member).Aux("keydb-subexpire-when", "1700000001000")
	}
	w.Aux("mvcc-tstamp", "1782460317974691841").Put("hash", rdbtest.Hash(plain("f"), plain("v")))
	w.Aux("keydb-subexpire-key", "f").Aux("keydb-subexpire-when", "1700000002000")
	w.Put("cron", rdbtest.KeyDBCron(plain("return 1"), 1, -1, []rdbtest.Str{plain("k1"), rdbtest.Int(2)}, []rdbtest.Str{rdbtest.LZF(loremText)}))
	w.Put("last", rdbtest.String(rdbtest.Int(-7)))
	got := readBytes(t, w.EOF().Bytes(), parser.Options{WalkAll: true})
	if got.Err != nil || len(got.Info.Warnings) > 0 {
		t.Fatalf("%v, warnings %+v", got.Err, got.Info.Warnings)
	}
	var keys []string
	for _, k := range got.Keys {
		keys = append(keys, fmt.Sprintf("%s %v %d expiry %d", k.key.Name, k.key.Type, k.key.Count, k.key.Expiry))
	}
	want := []string{"set SET 2 expiry 1700000000123", "hash HASH 1 expiry 0", "cron KEYDB_CRON 1 expiry 0", "last STRING 1 expiry 0"}
	if d := cmp.Diff(want, keys); d != "" {
		t.Errorf("keys (-want +got)\n%s", d)
	}
	if n := got.Info.Opcodes[rdbtest.OpAux]; n != 9 || got.Info.Expires != 1 {
		t.Errorf("%d AUX fields, %d expiries", n, got.Info.Expires)
	}
}

// TestNewerVersion reads a version that is not known yet, as far as its codes are.
func TestNewerVersion(t *testing.T) {
	w := rdbtest.Redis(16).Aux("redis-ver", "8.12.0").SelectDB(0)
	w.Put("array", rdbtest.Array(nil, rdbtest.ShortSlot(0, plain("a")))).Put("string", rdbtest.String(plain("v")))
	known := w.EOF().Bytes()
	got := readBytes(t, known, parser.Options{})
	if got.Err != nil || len(got.Keys) != 2 || !got.warned(parser.WarnNewerVersion) || got.Info.Checksum != parser.ChecksumOK {
		t.Errorf("%v, %d keys, checksum %v, warnings %+v", got.Err, len(got.Keys), got.Info.Checksum, got.Info.Warnings)
	}
	at := int64(len(known)) - 9
	for _, code := range []byte{33, 34, 63, 240, 241} {
		dump := append(known[:at:at], code, 3, 'k', 'e', 'y', 5, 'b', 'y', 't', 'e', 's', 0xff, 0, 0, 0, 0, 0, 0, 0, 0)
		got := readBytes(t, dump, parser.Options{})
		if !errors.Is(got.Err, parser.ErrUnknownType) || got.errorOffset() != at || len(got.Keys) != 2 || !got.warned(parser.WarnNewerVersion) {
			t.Errorf("code %d at %d: %v, %d keys, warnings %+v", code, at, got.Err, len(got.Keys), got.Info.Warnings)
		}
		for _, said := range []string{fmt.Sprint(code), "REDIS0016"} {
			if got.Err != nil && !strings.Contains(got.Err.Error(), said) {
				t.Errorf("code %d: %v does not say %s", code, got.Err, said)
			}
		}
	}
}

// TestModuleOfCandidate stops at a module value that has no tags to be skipped
// by, and says why.
func TestModuleOfCandidate(t *testing.T) {
	w := rdbtest.Redis(8).SelectDB(0).Put("before", rdbtest.String(plain("x")))
	at := w.Offset()
	w.Put("module", rdbtest.Value{Type: 6, Data: append(rdbtest.AppendLen(nil, rdbtest.ModuleID("test-type", 1)), 1, 2, 3)})
	got := readBytes(t, w.EOF().Bytes(), parser.Options{})
	if !errors.Is(got.Err, parser.ErrUnknownType) || len(got.Keys) != 1 || got.errorOffset() < at {
		t.Fatalf("%v, %d keys", got.Err, len(got.Keys))
	}
	for _, said := range []string{"module test-type", "type 6", "only the module can read", `key "module"`} {
		if !strings.Contains(got.Err.Error(), said) {
			t.Errorf("%v does not say %s", got.Err, said)
		}
	}
}

// TestModuleSections reads sections of modules at places that no server names.
func TestModuleSections(t *testing.T) {
	for _, when := range []uint64{0, 1, 2, 3, 1 << 40} {
		id := rdbtest.ModuleID("Vk-Search", 2)
		w := rdbtest.Redis(11).ModuleAux(id, when, rdbtest.Text(rdbtest.LZF(loremText)), rdbtest.Sint(-1)).SelectDB(0)
		w.Put("k", rdbtest.String(plain("v"))).ModuleAux(id, when).Put("l", rdbtest.String(plain("v"))).ModuleAux(id, when, rdbtest.Float(1))
		got := readBytes(t, w.EOF().Bytes(), parser.Options{})
		if got.Err != nil || len(got.Keys) != 2 || len(got.Info.Warnings) > 0 {
			t.Errorf("when %d: %v, %d keys, warnings %+v", when, got.Err, len(got.Keys), got.Info.Warnings)
		}
		if aux := got.Info.ModuleAux; len(aux) != 1 || aux[0].Name != "Vk-Search" || aux[0].Version != 2 || aux[0].Count != 3 {
			t.Errorf("when %d: %+v", when, aux)
		}
	}
}

// TestCountOffByOne reads collections that declare one element more or less
// than they have, in dumps whose checksum is right: the record behind is taken
// for an element or an element for a record, and neither goes unnoticed.
func TestCountOffByOne(t *testing.T) {
	array := rdbtest.Array(nil, rdbtest.IntSlot(5, 1), rdbtest.FloatSlot(6, 2.5), rdbtest.ShortSlot(1<<40, plain("abc")))
	quicklist := rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack("a", "b").Str()), rdbtest.PlainNode(plain("a long element")))
	for name, v := range map[string]rdbtest.Value{
		"array more": array.WithCount(4), "array less": array.WithCount(2), "quicklist more": quicklist.WithCount(3), "quicklist less": quicklist.WithCount(1),
		"stream more": streamOf(5).Value(5).WithCount(9), "stream less": streamOf(5).Value(5).WithCount(0),
	} {
		got := readBytes(t, hazardDump(v), parser.Options{})
		if got.Err == nil {
			t.Errorf("%s: no error, %d keys", name, len(got.Keys))
		}
		if len(got.Keys) == 0 || string(got.Keys[0].key.Name) != "before" {
			t.Errorf("%s: the key before it is lost", name)
		}
	}
}
