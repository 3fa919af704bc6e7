package memory_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

func mustServer(t testing.TB, name string) memory.Server {
	t.Helper()
	s, err := memory.ParseServer(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestServers(t *testing.T) {
	var got []string
	for _, s := range memory.Servers() {
		got = append(got, s.String())
		if back, err := memory.ParseServer(s.String()); err != nil || back != s {
			t.Errorf("%s parses to %v, %v", s, back, err)
		}
	}
	want := []string{"redis-6.2", "redis-7.0", "redis-7.2", "redis-7.4", "redis-8.0", "redis-8.2", "redis-8.4", "redis-8.6", "redis-8.8", "redis-8.10",
		"valkey-7.2", "valkey-8.0", "valkey-8.1", "valkey-9.0", "valkey-9.1", "valkey-9.2"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for release, line := range map[string]string{"redis-7.4.1": "redis-7.4", "redis-8.2.0": "redis-8.2", "redis-8.2.1": "redis-8.2", "redis-8.2.3": "redis-8.2.2",
		"valkey-8.1.1": "valkey-8.1.0", "valkey-8.1.4": "valkey-8.1", "redis-8.8.0": "redis-8.8.0", "redis-8.8.1": "redis-8.8", "valkey-9.0.4": "valkey-9.0"} {
		if s, err := memory.ParseServer(release); err != nil || s.String() != line {
			t.Errorf("%s is %v, %v, want %s", release, s, err, line)
		}
	}
	for _, name := range []string{"", "redis", "redis-", "redis-5.0", "valkey-6.2", "redis-7", "redis-7.4.x", "redis-7.4.1.2", "mysql-8.0.0", "7.4.1"} {
		_, err := memory.ParseServer(name)
		if err == nil || !strings.Contains(err.Error(), "redis-7.4") || !strings.Contains(err.Error(), "valkey-9.1") {
			t.Errorf("%q: %v, want an error that lists the lines", name, err)
		}
	}
}

func TestDetect(t *testing.T) {
	header := func(version int, dialect parser.Dialect, aux ...string) *parser.Header {
		h := &parser.Header{Version: version, Dialect: dialect}
		for i := 0; i < len(aux); i += 2 {
			h.Aux = append(h.Aux, parser.Aux{Key: aux[i], Value: aux[i+1]})
		}
		return h
	}
	for _, tt := range []struct {
		name    string
		h       *parser.Header
		want    string
		warning string // "" for none
	}{
		{"release", header(12, parser.DialectRedis, "redis-ver", "7.4.1", "redis-bits", "64"), "redis-7.4", ""},
		{"oldest patch", header(9, parser.DialectRedis, "redis-ver", "6.2.0"), "redis-6.2", ""},
		{"release of a changed line", header(12, parser.DialectRedis, "redis-ver", "8.2.2"), "redis-8.2.2", ""},
		{"candidate", header(11, parser.DialectRedis, "redis-ver", "7.1.241"), "redis-7.2", ""},
		{"milestone", header(12, parser.DialectRedis, "redis-ver", "7.9.225"), "redis-8.0", ""},
		{"candidate by patch", header(11, parser.DialectRedis, "valkey-ver", "8.0.240"), "valkey-8.1", ""},
		{"valkey", header(11, parser.DialectRedis, "valkey-ver", "8.1.4"), "valkey-8.1", ""},
		{"valkey before the key was counted", header(11, parser.DialectRedis, "valkey-ver", "8.1.1"), "valkey-8.1.0", ""},
		{"valkey 7.2", header(11, parser.DialectRedis, "valkey-ver", "7.2.7"), "valkey-7.2", ""},
		{"valkey 9", header(80, parser.DialectValkey, "valkey-ver", "9.0.1"), "valkey-9.0", ""},
		{"valkey 9 to an old replica", header(11, parser.DialectRedis, "valkey-ver", "9.0.1"), "valkey-9.0", ""},
		{"older", header(8, parser.DialectRedis, "redis-ver", "4.0.14"), "redis-6.2", "no model for redis 4.0.14"},
		{"8.10", header(15, parser.DialectRedis, "redis-ver", "8.10.0"), "redis-8.10", ""},
		{"newer", header(16, parser.DialectRedis, "redis-ver", "8.12.0"), "redis-8.10", "no model for redis 8.12.0"},
		{"newer by its version alone", header(16, parser.DialectRedis), "redis-8.10", "does not say"},
		{"valkey 9.2", header(81, parser.DialectValkey, "valkey-ver", "9.2.0"), "valkey-9.2", ""},
		{"valkey 9.2 candidate", header(81, parser.DialectValkey, "valkey-ver", "9.1.240"), "valkey-9.2", ""},
		{"newer valkey", header(80, parser.DialectValkey, "valkey-ver", "10.0.0"), "valkey-9.2", "no model"},
		{"fork", header(9, parser.DialectRedis, "redis-ver", "6.3.4"), "redis-6.2", "no model for redis 6.3.4"},
		{"development", header(14, parser.DialectRedis, "redis-ver", "255.255.255"), "redis-8.8", "names no release"},
		{"development of many lines", header(12, parser.DialectRedis, "redis-ver", "255.255.255"), "redis-8.4", "names no release"},
		{"hostile version", header(11, parser.DialectRedis, "redis-ver", "\x1b[31m7.\x00"), "redis-7.2", `\x1b[31m7`},
		{"32 bits", header(11, parser.DialectRedis, "redis-ver", "7.2.5", "redis-bits", "32"), "redis-7.2", "32-bit"},
		{"nothing", header(7, parser.DialectRedis), "redis-6.2", "does not say"},
		{"nothing but the magic", header(80, parser.DialectValkey), "valkey-9.1", "does not say"},
		{"from the future", header(99, parser.DialectRedis), "redis-8.10", "does not say"},
		{"dragonfly", header(9, parser.DialectDragonfly, "df-ver", "1.30", "redis-ver", "6.2.11"), "redis-7.2", "Dragonfly"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := memory.Detect(tt.h)
			s, reason, warning := found.Server, found.Reason, found.Warning
			if s.String() != tt.want || reason == "" {
				t.Errorf("%s (%s), want %s", s, reason, tt.want)
			}
			if (warning == "") != (tt.warning == "") || !strings.Contains(warning, tt.warning) {
				t.Errorf("warning %q, want %q", warning, tt.warning)
			}
			if strings.ContainsFunc(warning+reason, func(r rune) bool { return r < ' ' }) {
				t.Errorf("control characters in %q, %q", reason, warning)
			}
		})
	}
}

func TestAllocatorNames(t *testing.T) {
	for _, a := range []memory.Allocator{memory.Jemalloc, memory.JemallocDebian, memory.Libc} {
		if back, err := memory.ParseAllocator(a.String()); err != nil || back != a {
			t.Errorf("%s parses to %v, %v", a, back, err)
		}
	}
	if _, err := memory.ParseAllocator("tcmalloc"); err == nil || !strings.Contains(err.Error(), "jemalloc-debian") {
		t.Errorf("an unknown allocator: %v", err)
	}
}

func TestConfig(t *testing.T) {
	c := memory.DefaultConfig()
	if d := cmp.Diff(map[string]string{}, c.Changed()); d != "" {
		t.Errorf("the defaults have changed settings: %s", d)
	}
	for _, s := range [][2]string{
		{"hash-max-ziplist-entries", "1024"}, {"HASH-MAX-LISTPACK-VALUE", "1kb"}, {"zset-max-listpack-entries", "0"},
		{"zset-max-ziplist-value", "128"}, {"set-max-intset-entries", "1000"}, {"set-max-listpack-entries", "64"},
		{"set-max-listpack-value", "32b"}, {"list-max-ziplist-size", "-1"}, {"list-compress-depth", "2"},
		{"maxmemory", "2GB"}, {"maxmemory-policy", "allkeys-LRU"}, {"array-slice-size", "1024"}, {"array-sparse-kmax", "0"},
	} {
		known, err := c.Set(s[0], s[1])
		if !known || err != nil {
			t.Errorf("%s %s: known %v, %v", s[0], s[1], known, err)
		}
	}
	want := map[string]string{"hash-max-listpack-entries": "1024", "hash-max-listpack-value": "1024", "zset-max-listpack-entries": "0",
		"zset-max-listpack-value": "128", "set-max-intset-entries": "1000", "set-max-listpack-entries": "64", "set-max-listpack-value": "32",
		"list-max-listpack-size": "-1", "list-compress-depth": "2", "maxmemory": "2147483648", "maxmemory-policy": "allkeys-lru",
		"array-slice-size": "1024", "array-sparse-kmax": "0"}
	if d := cmp.Diff(want, c.Changed()); d != "" {
		t.Error(d)
	}
	for name, value := range want {
		if v, known := c.Get(name); !known || v != value {
			t.Errorf("%s: %q, known %v, want %q", name, v, known, value)
		}
	}
	before := c
	for _, s := range [][2]string{{"hash-max-listpack-entries", "-1"}, {"hash-max-listpack-entries", "many"}, {"hash-max-listpack-entries", "1kb"},
		{"hash-max-listpack-value", "1pb"}, {"hash-max-listpack-value", ""}, {"maxmemory", "99999999999gb"}, {"maxmemory-policy", "lru"},
		{"list-max-listpack-size", "99999999999"}, {"list-compress-depth", "-1"}} {
		if known, err := c.Set(s[0], s[1]); !known || err == nil {
			t.Errorf("%s %q: known %v, error %v", s[0], s[1], known, err)
		}
	}
	if known, err := c.Set("appendonly", "yes"); known || err != nil {
		t.Errorf("a setting without effect: known %v, %v", known, err)
	}
	if _, known := c.Get("appendonly"); known {
		t.Error("a setting without effect is known to Get")
	}
	if c != before {
		t.Errorf("a refused setting changed the configuration: %s", cmp.Diff(before, c))
	}
}

// TestKeyspace takes the tables of databases from spec and from measurements.
func TestKeyspace(t *testing.T) {
	for _, tt := range []struct {
		server        string
		keys, expires int64
		want          int64
	}{
		{"redis-7.0", 0, 0, 0},
		{"redis-7.0", 1000, 0, 8*1024 + 32},
		{"redis-7.0", 1000, 100, 8*1024 + 8*128 + 24*100},
		{"redis-7.4", 1000, 0, 64 + 8*1024},
		{"redis-7.4", 1000, 100, 64 + 8*1024 + 64 + 8*128 + 24*100},
		{"redis-8.0", 1000, 0, 2560 + 8*1024},
		{"valkey-8.0", 1000, 1, 80 + 8*1024 + 80 + 8*4 + 24},
	} {
		p := memory.Profile{Server: mustServer(t, tt.server), Config: memory.DefaultConfig()}
		if got := p.KeyspaceBytes(tt.keys, tt.expires); got != tt.want {
			t.Errorf("%s, %d keys, %d expiring: %d bytes, want %d", tt.server, tt.keys, tt.expires, got, tt.want)
		}
	}
	for _, s := range memory.Servers() {
		for _, a := range []memory.Allocator{memory.Jemalloc, memory.JemallocDebian, memory.Libc} {
			for _, cluster := range []bool{false, true} {
				p := memory.Profile{Server: s, Allocator: a, Config: memory.DefaultConfig(), Cluster: cluster}
				if b := p.BaselineBytes(); b < 600_000 || b > 3_000_000 {
					t.Errorf("%s %s cluster %v: baseline %d", s, a, cluster, b)
				}
				last := int64(0)
				for n := int64(1); n < 1<<32; n *= 3 {
					all, some := p.KeyspaceBytes(n, n), p.KeyspaceBytes(n, 0)
					if some < last || all < some || p.ExpiresBytes(n) > all {
						t.Errorf("%s %s cluster %v: %d keys take %d, %d with expiry, %d fewer keys %d", s, a, cluster, n, some, all, p.ExpiresBytes(n), last)
					}
					last = some
				}
			}
		}
	}
	// Measured with 10.8 thousand keys in cluster mode, beside the same keys
	// standalone.
	for name, want := range map[string]int64{"redis-7.4": 1_000_000, "redis-8.0": 22_500_000, "valkey-8.0": 1_100_000, "valkey-8.1": 1_600_000} {
		p := memory.Profile{Server: mustServer(t, name), Config: memory.DefaultConfig()}
		alone := p.KeyspaceBytes(10800, 3000)
		p.Cluster = true
		if got := p.KeyspaceBytes(10800, 3000) - alone; got < want*3/4 || got > want*5/4 {
			t.Errorf("%s: slots cost %d, measured %d", name, got, want)
		}
	}
	// The same with 20000 keys, of which 6667 expire.
	for name, want := range map[string]int64{"redis-7.4": 1_330_656, "redis-8.4": 30_123_616, "redis-8.6": 30_122_720,
		"redis-8.8": 1_619_760, "valkey-8.1": 2_305_280, "valkey-9.0": 2_305_088, "valkey-9.1": 2_304_512} {
		p := memory.Profile{Server: mustServer(t, name), Config: memory.DefaultConfig()}
		alone := p.KeyspaceBytes(20000, 6667)
		p.Cluster = true
		if got := p.KeyspaceBytes(20000, 6667) - alone; got < want*98/100 || got > want*102/100 {
			t.Errorf("%s: slots cost %d, measured %d", name, got, want)
		}
	}
}
