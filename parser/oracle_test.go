//go:build !386 && !arm && !mips && !mipsle

// The library compared with does not build where int has 32 bits.

package parser_test

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hdt3213/rdb/core"
	"github.com/hdt3213/rdb/model"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// oracleKey is what both readers must say of a key.
type oracleKey struct {
	DB       int
	Name     string
	Type     string
	Elements int64
	Expiry   int64  // ms, 0 for none
	Bytes    int64  // of the string, or of all elements; of fields with values for a hash
	TTLs     int64  // sum of field expiries in ms
	Scores   uint64 // bits of the sum of scores, for plain sorted sets only
}

// oracleCannot lists the dumps the library does not read to their end, by what
// it says. Where it stops the keys before are compared all the same.
var oracleCannot = map[string]string{
	"FalkorDB+redis-rdb-cli/dump.rdb":                                                       "cannot parse version: 13",
	"FalkorDB+redis-rdb-cli/dump@17f5f026.rdb":                                              "cannot parse version: 0",
	"handmade-v15-hash-templates/tmpl-array-ref.rdb":                                        "cannot parse version: 15",
	"handmade-v15-hash-templates/tmpl-array-selfcontained-raw.rdb":                          "cannot parse version: 15",
	"handmade-v15-hash-templates/tmpl-lp-ref.rdb":                                           "cannot parse version: 15",
	"handmade-v15-hash-templates/tmpl-lp-selfcontained.rdb":                                 "cannot parse version: 15",
	"hanzoai+kv/tests/assets/encodings-rdb987.rdb":                                          "cannot parse version: 987",
	"leonchen83+redis-rdb-cli/src/test/resources/rct/all.rdb":                               "panic: runtime error: index out of range [2] with length 2",
	"leonchen83+redis-rdb-cli/src/test/resources/rdt/34.rdb":                                "panic: runtime error: index out of range [2] with length 2",
	"leonchen83+redis-rdb-cli/src/test/resources/rdt/dump.rdb":                              "panic: runtime error: index out of range [2] with length 2",
	"leonchen83+redis-rdb-cli/src/test/resources/rdt/filter.rdb":                            "panic: runtime error: index out of range [2] with length 2",
	"leonchen83+redis-rdb-cli/src/test/resources/rdt/filter1.rdb":                           "unknown type flag: 11110110",
	"malformed/tag243-redis.rdb":                                                            "cannot parse version: 13",
	"malformed/ver-redis-0000.rdb":                                                          "cannot parse version: 0",
	"malformed/ver-redis-0080.rdb":                                                          "cannot parse version: 80",
	"malformed/ver-valkey-011.rdb":                                                          "cannot parse version: 11",
	"redis+librdb/test/dumps/cluster_slot_info.rdb":                                         "unsupported opcode 244 in Redis RDB version 12",
	"redis+librdb/test/dumps/redis_ent_opcode_ram_lru.rdb":                                  "unexpected EOF",
	"redis+librdb/test/dumps/stream_v13.rdb":                                                "cannot parse version: 13",
	"redis+librdb/test/dumps/stream_v13_idmp.rdb":                                           "cannot parse version: 13",
	"redis-7.0.15-debian/all.rdb":                                                           "panic: runtime error: index out of range [2] with length 2",
	"redis-7.0.15-debian/appendonlydir/appendonly.aof.2.base.rdb":                           "panic: runtime error: index out of range [2] with length 2",
	"redis-7.4.1/cluster-slotinfo.rdb":                                                      "unsupported opcode 244 in Redis RDB version 12",
	"redis-8.6.rdb":                                                                         "cannot parse version: 13",
	"redis-8.6dev-v13/all.rdb":                                                              "cannot parse version: 13",
	"redis-8.8.rdb":                                                                         "cannot parse version: 14",
	"redis-8.8dev-v14/all.rdb":                                                              "cannot parse version: 14",
	"redis-8.8dev-v14/cluster.rdb":                                                          "cannot parse version: 14",
	"redis-corrupt-dump-payloads/hash-hashtable-with-ttl-large-than-eb-expire-time-max.rdb": "invalid expireAt time: 281474976710656",
	"redis-corrupt-dump-payloads/hash-listpackex-with-invalid-string-ttl.rdb":               "foo is not a integer",
	"redis-corrupt-dump-payloads/stream-all-tombstone-listpack-with-zero-length.rdb":        "cannot parse version: 13",
	"redis-corrupt-dump-payloads/zipmap-5-bytes-length-encoding-and-a-huge-field.rdb":       "illegal zip map item length",
	"redis-corrupt-dump-payloads/zipmap-5-bytes-length-encoding-for-a-small-field.rdb":      "illegal zip map item length",
	"redis-corrupt-dump-payloads/zipmap-5-bytes-length-encoding-for-a-small-value.rdb":      "illegal zip map item length",
	"skaslev+redis/tests/assets/array-32bit.rdb":                                            "cannot parse version: 14",
	"sripathikrishnan+redis-rdb-tools/tests/dumps/zipmap_with_big_values@85fbfb49.rdb":      "cursor out of range",
}

// oracleSkips names keys that the library reads differently: it stops after
// 65535 entries of a packed blob, and counts fields that repeat once.
var oracleSkips = map[string][]string{
	"redis-6.2.16/ziplist-encodings.rdb":                                   {"h:65535+"},
	"redis-corrupt-dump-payloads/hash-duplicate-records.rdb":               {"key"},
	"redis-corrupt-dump-payloads/hash-listpack-with-duplicate-records.rdb": {"key"},
	"redis-corrupt-dump-payloads/hash-zipmap-with-duplicate-keys.rdb":      {"key"},
}

// modulePayload reads a module's payload for the library, which has no way to
// pass over one silently.
func modulePayload(h core.ModuleTypeHandler, _ int) (any, error) {
	for {
		op, err := h.ReadOpcode()
		if err != nil {
			return nil, err
		}
		switch op {
		case core.ModuleOpcodeEOF:
			return nil, nil
		case core.ModuleOpcodeSInt, core.ModuleOpcodeUInt:
			_, err = h.ReadUInt()
		case core.ModuleOpcodeFloat:
			_, err = h.ReadFloat32()
		case core.ModuleOpcodeDouble:
			_, err = h.ReadDouble()
		case core.ModuleOpcodeString:
			_, err = h.ReadString()
		}
		if err != nil {
			return nil, err
		}
	}
}

func oracleRead(dump []byte, modules []string) (keys []oracleKey, err error) {
	dec := core.NewDecoder(bytes.NewReader(dump))
	for _, m := range modules {
		dec = dec.WithSpecialType(m, modulePayload)
	}
	err = dec.Parse(func(o model.RedisObject) bool {
		k := oracleKey{DB: o.GetDBIndex(), Name: o.GetKey(), Type: o.GetType(), Elements: int64(o.GetElemCount())}
		if at := o.GetExpiration(); at != nil {
			k.Expiry = at.UnixMilli()
		}
		var scores float64
		switch o := o.(type) {
		case *model.StringObject:
			k.Elements, k.Bytes = 1, int64(len(o.Value))
		case *model.ListObject:
			for _, v := range o.Values {
				k.Bytes += int64(len(v))
			}
		case *model.SetObject:
			for _, v := range o.Members {
				k.Bytes += int64(len(v))
			}
		case *model.HashObject:
			for f, v := range o.Hash {
				k.Bytes += int64(len(f) + len(v))
			}
			for _, at := range o.FieldExpirations {
				k.TTLs += at
			}
		case *model.ZSetObject:
			for _, e := range o.Entries {
				k.Bytes += int64(len(e.Member))
				scores += e.Score
			}
			if o.Encoding == model.ZSetEncoding || o.Encoding == model.ZSet2Encoding {
				k.Scores = math.Float64bits(scores)
			}
		case *model.StreamObject:
			k.Elements = int64(o.Length)
		case *model.ModuleTypeObject:
			k.Type, k.Elements = o.ModuleType, 0
		}
		keys = append(keys, k)
		return true
	})
	return keys, err
}

func ourOracleKeys(t testing.TB, dump []byte) []oracleKey {
	t.Helper()
	got := readBytes(t, dump, parser.Options{WalkAll: true})
	var out []oracleKey
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{WalkAll: true})
	sums := map[int64]oracleKey{} // by offset
	scores := map[int64]float64{}
	for k := range r.All() {
		sum := sums[k.Offset]
		for e := range k.Elements() {
			if e.Kind != parser.KindItem {
				continue
			}
			sum.Elements++
			switch k.Type.DataType() {
			case parser.DataTypeHash:
				sum.Bytes += e.Len + e.ValueLen()
				if e.Is(parser.FlagTTL) {
					sum.TTLs += e.FieldTTL()
				}
			default:
				sum.Bytes += e.Len
			}
			if e.Is(parser.FlagScore) {
				scores[k.Offset] += e.Score()
				sum.Scores = math.Float64bits(scores[k.Offset])
			}
		}
		sums[k.Offset] = sum
	}
	for i := range got.Keys {
		k := &got.Keys[i].key
		o := sums[k.Offset]
		o.DB, o.Name, o.Type = int(k.DB), string(k.Name), k.Type.DataType().String()
		if k.Is(parser.HasExpiry) {
			// As the library computes it: beyond 2262 the nanoseconds overflow.
			o.Expiry = time.Unix(0, k.Expiry*int64(time.Millisecond)).UnixMilli()
			if k.Expiry <= 0 {
				o.Expiry = 0 // it takes an expiry before 1970 for none
			}
		}
		switch {
		case k.Type == parser.TypeString:
			o.Elements, o.Bytes = 1, k.Len
		case k.Stream != nil:
			o.Elements = k.Count
		case k.Module != nil:
			o.Type, o.Elements, o.Bytes = k.Module.Name, 0, 0
		}
		out = append(out, o)
	}
	return out
}

// TestOracle compares every key of every dump that an independent reader
// understands: database, name, type, number and bytes of elements, expiries.
func TestOracle(t *testing.T) {
	if raceEnabled {
		t.Skip("nothing runs at the same time here that other tests do not run")
	}
	type dump struct {
		name    string
		file    string
		modules []string
	}
	var dumps []dump
	for _, d := range manifest(t, filepath.Join("testdata", "dumps")) {
		if d.ok() {
			dumps = append(dumps, dump{d.path, d.file, oracleModules(d.modules)})
		}
	}
	t.Run("shipped", func(t *testing.T) {
		for _, d := range dumps {
			compareOracle(t, d.name, d.file, d.modules)
		}
	})
	t.Run("public", func(t *testing.T) {
		shared := sharedDir(t)
		for _, d := range manifest(t, filepath.Join(shared, "corpus")) {
			if d.ok() && !strings.HasPrefix(d.path, "own/") {
				compareOracle(t, d.path, d.file, oracleModules(d.modules))
			}
		}
		for _, pattern := range []string{"truth/*.rdb", "advice/*.rdb"} {
			files, err := filepath.Glob(filepath.Join(shared, filepath.FromSlash(pattern)))
			if err != nil {
				t.Fatal(err)
			}
			for i, file := range files {
				if testing.Short() && i%6 != 0 {
					continue
				}
				compareOracle(t, filepath.Base(file), file, []string{"vectorset"})
			}
		}
	})
}

// oracleModules splits the manifest's list of module types.
func oracleModules(s string) (names []string) {
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		name, _, _ := strings.Cut(f, ":")
		if len(name) >= 9 {
			names = append(names, name[:9])
		}
	}
	return names
}

func compareOracle(t *testing.T, name, file string, modules []string) {
	t.Run(name, func(t *testing.T) {
		p, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// The library knows no containers.
		r := parser.NewReader(bytes.NewReader(p), parser.Options{})
		if _, err := r.Header(); err != nil {
			t.Fatal(err)
		}
		p = p[r.Info().Start:]
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		want, err := oracleRead(p, modules)
		if reason, listed := oracleCannot[name]; listed != (err != nil) || err != nil && !strings.Contains(err.Error(), reason) {
			t.Errorf("the library says %v, expected %q", err, reason)
		}
		got := ourOracleKeys(t, p)
		if err != nil {
			got = got[:min(len(got), len(want))]
		}
		if len(got) != len(want) {
			t.Errorf("%d keys, the library reads %d", len(got), len(want))
		}
		for i := range min(len(got), len(want)) {
			w, g := want[i], got[i]
			if d := cmp.Diff(w, g); d != "" && !slices.Contains(oracleSkips[name], w.Name) {
				t.Errorf("key %d (-library +parser)\n%s", i, d)
			}
		}
	})
}

// FuzzOracle reads anything as a value of the types that both readers know;
// what ours accepts the library must read the same, or say that it cannot.
// Ours goes first: it has proved every length and count before the library,
// which allocates by them, sees the bytes.
func FuzzOracle(f *testing.F) {
	types := []byte{0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 16, 17, 18, 20, 24, 25}
	storedValues(f, func(typ byte, value []byte) {
		if which := slices.Index(types, typ); which >= 0 && len(value) < 2000 {
			f.Add(value, uint8(which))
		}
	})
	for _, s := range specimens() {
		if which := slices.Index(types, s.value.Type); which >= 0 && len(s.value.Data) < 2000 {
			f.Add(s.value.Data, uint8(which))
		}
	}
	f.Fuzz(func(t *testing.T, value []byte, which uint8) {
		if len(value) > 1<<14 {
			return
		}
		typ := types[int(which)%len(types)]
		dump := rdbtest.Redis(12).SelectDB(0).Put("k", rdbtest.Value{Type: typ, Data: value}).EOF().Bytes()
		got, ok := ourContents(t, dump)
		if !ok {
			return
		}
		want, err := libraryContents(dump)
		if err != nil {
			return // it knows less of old and odd forms
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("type %d (-library +parser)\n%s", typ, d)
		}
	})
}

// ourContents reads a dump of one key as lines of contents. ok is false when
// it holds anything else, or what the library is known to read differently: a
// count that a header cannot hold or lies about, scores that are no numbers.
func ourContents(t *testing.T, dump []byte) (lines []string, ok bool) {
	t.Helper()
	const enough = 1 << 20
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{WalkAll: true, Hooks: hooked(parser.Hooks{Key: func(*parser.Key) int { return enough }})})
	hash := map[string]string{}
	keys := 0
	ok = true
	for {
		b, err := r.Next()
		if err != nil {
			in := r.Info()
			lines = append(lines, hashLines(hash)...)
			return lines, ok && err == io.EOF && keys == 1 && len(in.Warnings) == 0 && in.Tail.Bytes == 0
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			if !k.Is(parser.More) {
				keys++
			}
			ok = ok && string(k.Name) == "k" && k.Count < math.MaxUint16 && k.Len < enough
			if k.Type == parser.TypeString {
				lines = append(lines, fmt.Sprintf("%q", k.Value))
			}
			elements := b.Elements(k)
			for e := range elements {
				e := &elements[e]
				whole := e.Flags&parser.FlagBytes != 0 && e.Len <= parser.MaxName
				switch {
				case e.Kind == parser.KindNode:
					ok = ok && e.Aux < math.MaxUint16 && e.Flags&parser.FlagPlain == 0
				case !whole:
					ok = false // too much of it to be kept
				case k.Type.DataType() == parser.DataTypeHash:
					ok = ok && e.Flags&parser.FlagValueBytes != 0 && e.Value <= parser.MaxName
					line := fmt.Sprintf("%q", b.ValueBytes(e))
					if e.Flags&parser.FlagTTL != 0 {
						line += fmt.Sprintf(" until %d", e.Aux)
						ok = ok && e.Aux > 0 && e.Aux < 1<<48 // the range that servers have
					}
					hash[string(b.Bytes(e))] = line
				case k.Type.DataType() == parser.DataTypeZset:
					score := e.Score()
					if e.Flags&parser.FlagScore == 0 {
						var err error
						score, err = strconv.ParseFloat(string(b.ValueBytes(e)), 64)
						ok = ok && err == nil && e.Flags&parser.FlagValueBytes != 0
					}
					ok = ok && !math.IsNaN(score)
					lines = append(lines, fmt.Sprintf("%q %v", b.Bytes(e), score))
				default:
					lines = append(lines, fmt.Sprintf("%q", b.Bytes(e)))
				}
			}
		}
		b.Release()
	}
}

func hashLines(hash map[string]string) (lines []string) {
	for field, value := range hash {
		lines = append(lines, fmt.Sprintf("%q = %s", field, value))
	}
	slices.Sort(lines)
	return lines
}

// libraryContents has the library read the same dump.
func libraryContents(dump []byte) (lines []string, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	err = core.NewDecoder(bytes.NewReader(dump)).Parse(func(o model.RedisObject) bool {
		switch o := o.(type) {
		case *model.StringObject:
			lines = append(lines, fmt.Sprintf("%q", o.Value))
		case *model.ListObject:
			for _, v := range o.Values {
				lines = append(lines, fmt.Sprintf("%q", v))
			}
		case *model.SetObject:
			for _, v := range o.Members {
				lines = append(lines, fmt.Sprintf("%q", v))
			}
		case *model.ZSetObject:
			for _, e := range o.Entries {
				lines = append(lines, fmt.Sprintf("%q %v", e.Member, e.Score))
			}
		case *model.HashObject:
			hash := map[string]string{}
			for f, v := range o.Hash {
				hash[f] = fmt.Sprintf("%q", v)
				if at := o.FieldExpirations[f]; at != 0 {
					hash[f] += fmt.Sprintf(" until %d", at)
				}
			}
			lines = append(lines, hashLines(hash)...)
		}
		return true
	})
	return lines, err
}
