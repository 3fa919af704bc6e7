package memory_test

import (
	"slices"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// TestSettingTypes: keys of types that a setting does not concern have the same
// size whatever it is, and keys of those it concerns have not.
func TestSettingTypes(t *testing.T) {
	values := map[string][]string{
		"hash-max-listpack-entries": {"8", "4096"}, "hash-max-listpack-value": {"300"},
		"hash-min-template-entries": {"3"}, "hash-max-template-entries": {"3"},
		"zset-max-listpack-entries": {"8", "4096"}, "zset-max-listpack-value": {"300"},
		"set-max-intset-entries": {"8", "4096"}, "set-max-listpack-entries": {"8", "4096"}, "set-max-listpack-value": {"300"},
		"list-max-listpack-size": {"-1", "2"}, "list-compress-depth": {"1"},
		"array-slice-size": {"256"}, "array-sparse-kmax": {"1"},
		"maxmemory": {"1gb"}, "maxmemory-policy": {"allkeys-lfu"},
	}
	dumps := map[string]string{"redis-7.4": "redis-7.4.rdb", "redis-8.8": "redis-8.8.rdb", "redis-8.10": "redis-8.8.rdb"}
	if testing.Short() {
		delete(dumps, "redis-7.4")
	}
	if len(values) != len(memory.SettingNames()) {
		t.Errorf("%d settings are tried of %d", len(values), len(memory.SettingNames()))
	}
	sizes := func(line string, c memory.Config) (out []memory.Size, types []parser.DataType) {
		s, err := memory.ParseServer(line)
		if err != nil {
			t.Fatal(err)
		}
		sizeBytes(t, truthDump(t, dumps[line]), memory.Profile{Server: s, Config: c}, false, func(k *parser.Key, s memory.Size, _ memory.Meter) {
			out, types = append(out, s), append(types, k.Type.DataType())
		})
		return out, types
	}
	for line := range dumps {
		base := memory.DefaultConfig()
		// Each of these two does nothing without the other.
		lru, limited, templates := base, base, base
		templates.HashMinTemplateEntries = 1
		lru.MaxMemoryPolicy, limited.MaxMemory = "allkeys-lru", 1<<30
		server, _ := memory.ParseServer(line)
		for name, list := range values {
			changed := memory.Types(0)
			from := base
			switch name {
			case "maxmemory":
				from = lru
			case "maxmemory-policy":
				from = limited
			case "hash-max-template-entries":
				from = templates
			}
			before, types := sizes(line, from)
			for _, v := range list {
				c := from
				if known, err := c.Set(name, v); !known || err != nil {
					t.Fatal(name, known, err)
				}
				if got := from.Differ(c); got != memory.SettingTypes(name) {
					t.Errorf("%s %s: differs in types %b, concerns %b", name, v, got, memory.SettingTypes(name))
				}
				after, _ := sizes(line, c)
				for i := range after {
					if after[i].Bytes != before[i].Bytes || after[i].Resident != before[i].Resident || after[i].Encoding != before[i].Encoding {
						changed |= 1 << types[i]
					}
				}
			}
			want := memory.SettingTypes(name)
			if !slices.Contains(types, parser.DataTypeArray) {
				want &^= 1 << parser.DataTypeArray // no shipped dump has them; TestArrays sizes some
			}
			if !server.Heeds(name) {
				want = 0
			}
			if changed != want {
				t.Errorf("%s: %s changes types %b, want %b", line, name, changed, want)
			}
		}
	}
}

func TestSettingNames(t *testing.T) {
	old, _ := memory.ParseServer("redis-6.2")
	recent, _ := memory.ParseServer("redis-7.0")
	for _, name := range append(memory.SettingNames(), memory.SettingAliases()...) {
		canonical, ok := memory.CanonicalSetting(name)
		if !ok {
			t.Errorf("%s is not known", name)
		}
		if again, ok := memory.CanonicalSetting(recent.SettingName(canonical)); !ok || again != canonical {
			t.Errorf("%s: 7.0 calls it %s", name, recent.SettingName(canonical))
		}
		if c, ok := memory.CanonicalSetting(old.SettingName(canonical)); !ok || c != canonical {
			t.Errorf("%s: 6.2 calls it %s, which is %s", name, old.SettingName(canonical), c)
		}
	}
	if got := old.SettingName("hash-max-listpack-value"); got != "hash-max-ziplist-value" {
		t.Errorf("6.2 calls it %s", got)
	}
	if _, ok := memory.CanonicalSetting("maxclients"); ok {
		t.Error("maxclients shapes no memory of keys")
	}
}

// TestLoads: which dumps a line loads (rdb.c; Valkey refuses the versions of
// Redis from 7.4 on).
func TestLoads(t *testing.T) {
	for _, c := range []struct {
		line   string
		rdb    int
		valkey bool
		want   bool
	}{
		{"redis-6.2", 9, false, true}, {"redis-6.2", 10, false, false}, {"redis-7.4", 12, false, true}, {"redis-8.8", 9, false, true},
		{"redis-8.8", 80, true, false}, {"valkey-7.2", 11, false, true}, {"valkey-8.1", 12, false, false}, {"valkey-9.0", 11, false, true},
		{"valkey-9.0", 14, false, false}, {"valkey-9.1", 80, true, true}, {"valkey-8.1", 80, true, false},
	} {
		s, err := memory.ParseServer(c.line)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Loads(c.rdb, c.valkey); got != c.want {
			t.Errorf("%s, RDB version %d of Valkey %v: %v", c.line, c.rdb, c.valkey, got)
		}
	}
}

// TestPacked: the blob is part of what is allocated, and its elements those of
// the key; what is not packed has none.
func TestPacked(t *testing.T) {
	for _, name := range []string{"redis-6.2", "redis-7.4", "valkey-9.1"} {
		s, err := memory.ParseServer(name)
		if err != nil {
			t.Fatal(err)
		}
		packed := 0
		sizeBytes(t, truthDump(t, name+".rdb"), memory.Profile{Server: s, Config: memory.DefaultConfig()}, false, func(k *parser.Key, s memory.Size, _ memory.Meter) {
			switch s.Encoding {
			case memory.EncodingListpack, memory.EncodingZiplist, memory.EncodingListpackEx, memory.EncodingIntset:
				packed++
				if s.Packed <= 0 || s.Packed > s.Resident || s.PackedElements != k.Count && k.Type.DataType() != parser.DataTypeList {
					t.Errorf("%q, %s of %d: %d bytes with %d elements of %d resident", k.Name, s.Encoding, k.Count, s.Packed, s.PackedElements, s.Resident)
				}
			case memory.EncodingQuicklist:
			default:
				if s.Packed != 0 || s.PackedElements != 0 {
					t.Errorf("%q, %s: %d bytes with %d elements", k.Name, s.Encoding, s.Packed, s.PackedElements)
				}
			}
		})
		if packed < 100 {
			t.Errorf("%s: %d packed values", name, packed)
		}
	}
}

// TestServerOrder holds what lines say of themselves against their names.
func TestServerOrder(t *testing.T) {
	server := func(name string) memory.Server {
		s, err := memory.ParseServer(name)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	order := []string{"redis-6.2", "redis-7.0", "redis-7.2", "valkey-7.2", "redis-7.4", "redis-8.0", "valkey-8.0", "valkey-8.1.0", "valkey-8.1", "redis-8.2", "redis-8.2.2",
		"redis-8.4", "redis-8.6", "redis-8.8.0", "redis-8.8", "valkey-9.0", "valkey-9.1"}
	byName := slices.Clone(order)
	slices.SortFunc(byName, func(a, b string) int {
		if c := server(a).Compare(server(b)); c != 0 {
			return c
		}
		return slices.Index(order, a) - slices.Index(order, b) // patch releases of a line
	})
	if !slices.Equal(order, byName) {
		t.Errorf("order %v, want %v", byName, order)
	}
	for name, want := range map[string]struct {
		valkey, at72, keyInObject bool
		packed                    memory.Encoding
	}{
		"redis-6.2":   {packed: memory.EncodingZiplist},
		"redis-7.0":   {packed: memory.EncodingListpack},
		"valkey-7.2":  {valkey: true, at72: true, packed: memory.EncodingListpack},
		"redis-8.0":   {at72: true, packed: memory.EncodingListpack},
		"valkey-8.0":  {valkey: true, at72: true, packed: memory.EncodingListpack},
		"redis-8.2.2": {at72: true, keyInObject: true, packed: memory.EncodingListpack},
		"valkey-8.1":  {valkey: true, at72: true, keyInObject: true, packed: memory.EncodingListpack},
	} {
		s := server(name)
		if s.IsValkey() != want.valkey || s.AtLeast(7, 2) != want.at72 || s.KeyInObject() != want.keyInObject || s.Packed() != want.packed {
			t.Errorf("%s: valkey %v, 7.2 %v, key in object %v, %v", name, s.IsValkey(), s.AtLeast(7, 2), s.KeyInObject(), s.Packed())
		}
	}
}
