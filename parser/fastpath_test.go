package parser_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// general makes a Reader take the general way for every key: the record could
// be wanted raw.
var general = parser.Options{Hooks: hooked(parser.Hooks{Record: noRecord})}

func noRecord(*parser.Key) int64 { return 0 }

// runDump writes n keys of the forms that the loops over runs of keys take and
// do not take, in random order.
func runDump(rnd *rand.Rand, n int) []byte {
	ints := []int64{0, 9, 12, 13, 99, 127, 128, 4095, 4096, math.MaxInt16, math.MaxInt16 + 1, 1<<23 - 1, 1 << 23, math.MaxInt32}
	str := func() rdbtest.Str {
		switch rnd.IntN(10) {
		case 0:
			v := ints[rnd.IntN(len(ints))]
			if rnd.IntN(2) == 0 {
				v = -v - 1
			}
			return rdbtest.Int(int32(v))
		case 1: // integers as texts, or nearly
			v := strconv.FormatInt(rnd.Int64()>>rnd.IntN(64), 10)
			return rdbtest.Plain([]string{v, "-" + v, v + "x", "x" + v, "0" + v, v[:len(v)/2] + "." + v}[rnd.IntN(6)])
		case 2:
			return rdbtest.Auto(strings.Repeat("abcd", rnd.IntN(200)))
		case 3:
			return rdbtest.Plain(strings.Repeat("-", rnd.IntN(3)) + strings.Repeat("8", rnd.IntN(22)))
		case 4:
			return rdbtest.Plain(strings.Repeat("v", rnd.IntN(20_000)))
		default:
			return rdbtest.Plain(fmt.Sprintf("%x", rnd.Uint64()>>rnd.IntN(64)))
		}
	}
	strs := func(n int) (all []rdbtest.Str) {
		for range n {
			all = append(all, str())
		}
		return all
	}
	texts := func(n int) (all []string) {
		for range n {
			all = append(all, strconv.Itoa(rnd.IntN(1000))+strings.Repeat("t", rnd.IntN(30)))
		}
		return all
	}
	w := rdbtest.Redis(12).SelectDB(0)
	for i := range n {
		for range rnd.IntN(3) {
			switch rnd.IntN(6) {
			case 0:
				w.Freq(uint8(rnd.IntN(256)))
			case 1:
				w.Idle(rnd.Uint64() >> (rnd.IntN(48) + 16))
			case 2:
				w.Expire(int32(rnd.Uint32()))
			case 3:
				w.SelectDB(uint64(rnd.IntN(3)))
			default:
				w.ExpireMs(rnd.Int64())
			}
		}
		key := rdbtest.Plain(fmt.Sprintf("key:%d", i) + strings.Repeat("k", rnd.IntN(100)*rnd.IntN(2)))
		if rnd.IntN(10) == 0 {
			key = str()
		}
		blob := rdbtest.NewListpack(texts(2 + 2*rnd.IntN(20))...)
		packed := blob.Str()
		if rnd.IntN(2) == 0 {
			packed = blob.LZF()
		}
		switch rnd.IntN(12) {
		case 0:
			w.PutStr(key, rdbtest.HashListpack(packed))
		case 1:
			w.PutStr(key, rdbtest.ZsetListpack(packed))
		case 2:
			w.PutStr(key, rdbtest.SetListpack(packed))
		case 3:
			w.PutStr(key, rdbtest.SetIntset(rdbtest.Plain(rdbtest.Intset(1, 2, rnd.Int64()>>rnd.IntN(62)|4))))
		case 4:
			w.PutStr(key, rdbtest.Hash(strs(2*rnd.IntN(40))...))
		case 5:
			w.PutStr(key, rdbtest.Set(strs(rnd.IntN(40))...))
		case 6:
			var members []rdbtest.Scored
			for _, s := range strs(rnd.IntN(40)) {
				members = append(members, rdbtest.Scored{Member: s, Score: rnd.NormFloat64()})
			}
			w.PutStr(key, rdbtest.Zset2(members...))
		default:
			w.PutStr(key, rdbtest.String(str()))
		}
	}
	return w.EOF().Bytes()
}

// TestRuns reads dumps by the loops over runs of keys and by the general way:
// keys, elements, counters, errors and their offsets are the same, whole or
// damaged.
func TestRuns(t *testing.T) {
	some := func(k *parser.Key) bool { return k.Offset&1 == 0 }
	sample := func(k *parser.Key) int {
		k.Tag = parser.Tag{uint64(k.NameLen)<<8 | uint64(k.Type), uint64(k.Offset), 7}
		return int(k.Offset & 7 / 6 * 100) // some of the keys
	}
	ways := []struct {
		name      string
		fast, all parser.Options
	}{
		{"headers", parser.Options{}, general},
		{"walked", parser.Options{WalkAll: true}, parser.Options{WalkAll: true, Hooks: general.Hooks}},
		{"some asked", parser.Options{Hooks: hooked(parser.Hooks{Walk: some})}, parser.Options{Hooks: hooked(parser.Hooks{Walk: some, Record: noRecord})}},
		{"some sampled", parser.Options{Hooks: hooked(parser.Hooks{Key: sample})}, parser.Options{Hooks: hooked(parser.Hooks{Key: sample, Record: noRecord})}},
		{"no checksum", parser.Options{NoChecksum: true}, parser.Options{NoChecksum: true, Hooks: general.Hooks}},
	}
	rnd := rand.New(rand.NewPCG(7, 11))
	for seed := range 3 {
		dump := runDump(rand.New(rand.NewPCG(uint64(seed), 3)), 1500/stride(4))
		for _, way := range ways {
			t.Run(fmt.Sprintf("%s %d", way.name, seed), func(t *testing.T) {
				want := readBytes(t, dump, way.all)
				if want.Err != nil {
					t.Fatal(want.Err)
				}
				compare(t, "whole", want, readBytes(t, dump, way.fast))
				for range 4 {
					cut := dump[:rnd.IntN(len(dump))]
					compare(t, fmt.Sprintf("cut to %d bytes", len(cut)), readBytes(t, cut, way.all), readBytes(t, cut, way.fast))
					flipped := []byte(string(dump))
					at := rnd.IntN(len(dump))
					flipped[at] ^= 1 << rnd.IntN(8)
					compare(t, fmt.Sprintf("byte %d flipped", at), readBytes(t, flipped, way.all), readBytes(t, flipped, way.fast))
				}
			})
		}
	}
}

// TestRunsOfDamage damages small dumps in every byte.
func TestRunsOfDamage(t *testing.T) {
	dump := runDump(rand.New(rand.NewPCG(1, 4)), 12)
	if len(dump) > 600 {
		dump = append(dump[:600:600], 0xff)
	}
	for at := range dump {
		for _, value := range []byte{dump[at] ^ 1, 0, 0x40, 0x80, 0xc3, 0xfc} {
			damaged := []byte(string(dump))
			damaged[at] = value
			compare(t, fmt.Sprintf("byte %d set to %#x", at, value), readBytes(t, damaged, general), readBytes(t, damaged, parser.Options{}))
		}
	}
}

// TestWalkAsked holds that Walk is asked once for a key, however it is read.
func TestWalkAsked(t *testing.T) {
	dump := runDump(rand.New(rand.NewPCG(2, 4)), 2000)
	asked := map[int64]int{}
	got := readBytes(t, dump, parser.Options{Hooks: hooked(parser.Hooks{Walk: func(k *parser.Key) bool {
		asked[k.Offset]++
		return k.Count%3 == 0
	}})})
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	if len(asked) < 500 {
		t.Errorf("asked for %d keys", len(asked))
	}
	for at, n := range asked {
		if n != 1 {
			t.Errorf("asked %d times for the key at %d", n, at)
		}
	}
}

// TestRecordsAgain: what the loop over strings does not write is not that of a
// key that stood in the same place of an earlier batch.
func TestRecordsAgain(t *testing.T) {
	w := rdbtest.Redis(13).SelectDB(0)
	const n = 30_000
	for i := range n {
		key := "key:" + strconv.Itoa(i)
		if i < n/2 && i%7 == 0 {
			w.KeyMeta(rdbtest.Meta{Class: "TEST", Flags: 1, Ops: []rdbtest.Op{rdbtest.Uint(7)}})
		}
		if i < n/2 && i%5 == 0 {
			w.Put(key, rdbtest.Module(rdbtest.ModuleID("ReJSON-RL", 3)))
			continue
		}
		w.Put(key, rdbtest.String(rdbtest.Plain("some text")))
	}
	r := parser.NewReader(bytes.NewReader(w.EOF().Bytes()), parser.Options{})
	i := 0
	for k := range r.Keys() {
		if module := i < n/2 && i%5 == 0; module != (k.Module != nil) || k.Type == parser.TypeString == module {
			t.Fatalf("key %d: %v with module %v", i, k.Type, k.Module)
		}
		if metas := i < n/2 && i%7 == 0; metas != (k.Metas > 0) {
			t.Fatalf("key %d: %d metadata", i, k.Metas)
		}
		i++
	}
	if err := r.Err(); err != nil || i != n {
		t.Errorf("%d keys, %v", i, err)
	}
}

// TestFailedRecord: nothing is left of a key that could not be read where the next
// one will stand, in this dump or in another.
func TestFailedRecord(t *testing.T) {
	meta := rdbtest.Meta{Class: "TEST", Flags: 1, Ops: []rdbtest.Op{rdbtest.Uint(7)}}
	for name, cut := range map[string]struct {
		value rdbtest.Value
		less  int
	}{
		"in a hash":   {rdbtest.Hash(rdbtest.Strs("a", "b")...), 1},
		"in a module": {rdbtest.Module(rdbtest.ModuleID("ReJSON-RL", 3), rdbtest.Uint(1)), 1},
		"in a name":   {rdbtest.String(rdbtest.Plain("v")), 4},
	} {
		for _, salvage := range []bool{false, true} {
			dump := rdbtest.Redis(13).SelectDB(0).Put("whole", rdbtest.String(rdbtest.Plain("x"))).KeyMeta(meta).Put("broken", cut.value).Bytes()
			r := parser.NewReader(bytes.NewReader(dump[:len(dump)-cut.less]), parser.Options{Salvage: salvage})
			b, err := r.Next()
			if err != nil || len(b.Keys) != 1 {
				t.Fatalf("%s: %v", name, err)
			}
			if k := b.Keys[:2][1]; !reflect.DeepEqual(k, parser.Key{}) {
				t.Errorf("%s, salvage %v: left behind: %+v", name, salvage, k)
			}
			b.Release()
			if _, err := r.Next(); err == nil {
				t.Errorf("%s: it was read", name)
			}
		}
	}
}
