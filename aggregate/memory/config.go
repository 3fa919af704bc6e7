package memory

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Config holds the settings that shape memory. The zero value is not valid:
// use DefaultConfig.
type Config struct {
	HashMaxListpackEntries int64 `part:"hash_max_listpack_entries"`
	HashMaxListpackValue   int64 `part:"hash_max_listpack_value"`
	ZsetMaxListpackEntries int64 `part:"zset_max_listpack_entries"`
	ZsetMaxListpackValue   int64 `part:"zset_max_listpack_value"`
	SetMaxIntsetEntries    int64 `part:"set_max_intset_entries"`
	SetMaxListpackEntries  int64 `part:"set_max_listpack_entries"`
	SetMaxListpackValue    int64 `part:"set_max_listpack_value"`
	ListMaxListpackSize    int64 `part:"list_max_listpack_size,signed"`
	ListCompressDepth      int64 `part:"list_compress_depth"`
	// HashMinTemplateEntries, when not 0, and HashMaxTemplateEntries, when not 0, are
	// how many fields a hash has whose names go into a template (Redis 8.10).
	HashMinTemplateEntries int64 `part:"hash_min_template_entries"`
	HashMaxTemplateEntries int64 `part:"hash_max_template_entries"`
	// ArraySliceSize and ArraySparseKmax shape arrays (Redis 8.8).
	ArraySliceSize  int64 `part:"array_slice_size"`
	ArraySparseKmax int64 `part:"array_sparse_kmax"`
	// MaxMemory and MaxMemoryPolicy decide whether small integers are shared.
	MaxMemory       int64  `part:"maxmemory"`
	MaxMemoryPolicy string `part:"maxmemory_policy,raw"`
}

// DefaultConfig returns the servers' defaults (config.c; the same from Redis
// 6.2 to 8.10 and Valkey 7.2 to 9.2).
func DefaultConfig() Config {
	return Config{
		HashMaxListpackEntries: 512,
		HashMaxListpackValue:   64,
		ZsetMaxListpackEntries: 128,
		ZsetMaxListpackValue:   64,
		SetMaxIntsetEntries:    512,
		SetMaxListpackEntries:  128,
		SetMaxListpackValue:    64,
		ListMaxListpackSize:    -2,
		ListCompressDepth:      0,
		ArraySliceSize:         4096,
		ArraySparseKmax:        10,
		MaxMemory:              0,
		MaxMemoryPolicy:        "noeviction",
	}
}

// setting is one row of the table of settings.
type setting struct {
	name, alias string
	field       func(*Config) *int64
	min, max    int64
	bytes       bool // takes units: 1kb, 64mb
	power       bool // a power of two
}

var settings = []setting{
	{name: "hash-max-listpack-entries", alias: "hash-max-ziplist-entries", field: func(c *Config) *int64 { return &c.HashMaxListpackEntries }, max: math.MaxInt64},
	{name: "hash-max-listpack-value", alias: "hash-max-ziplist-value", field: func(c *Config) *int64 { return &c.HashMaxListpackValue }, max: math.MaxInt64, bytes: true},
	{name: "hash-min-template-entries", field: func(c *Config) *int64 { return &c.HashMinTemplateEntries }, max: math.MaxInt64},
	{name: "hash-max-template-entries", field: func(c *Config) *int64 { return &c.HashMaxTemplateEntries }, max: math.MaxInt64},
	{name: "zset-max-listpack-entries", alias: "zset-max-ziplist-entries", field: func(c *Config) *int64 { return &c.ZsetMaxListpackEntries }, max: math.MaxInt64},
	{name: "zset-max-listpack-value", alias: "zset-max-ziplist-value", field: func(c *Config) *int64 { return &c.ZsetMaxListpackValue }, max: math.MaxInt64, bytes: true},
	{name: "set-max-intset-entries", field: func(c *Config) *int64 { return &c.SetMaxIntsetEntries }, max: math.MaxInt64},
	{name: "set-max-listpack-entries", field: func(c *Config) *int64 { return &c.SetMaxListpackEntries }, max: math.MaxInt64},
	{name: "set-max-listpack-value", field: func(c *Config) *int64 { return &c.SetMaxListpackValue }, max: math.MaxInt64, bytes: true},
	{name: "list-max-listpack-size", alias: "list-max-ziplist-size", field: func(c *Config) *int64 { return &c.ListMaxListpackSize }, min: math.MinInt32, max: math.MaxInt32},
	{name: "list-compress-depth", field: func(c *Config) *int64 { return &c.ListCompressDepth }, max: math.MaxInt32},
	{name: "array-slice-size", field: func(c *Config) *int64 { return &c.ArraySliceSize }, min: 256, max: 65536, power: true},
	{name: "array-sparse-kmax", field: func(c *Config) *int64 { return &c.ArraySparseKmax }, max: 1 << 20},
	{name: "maxmemory", field: func(c *Config) *int64 { return &c.MaxMemory }, max: math.MaxInt64, bytes: true},
}

// maxmemoryPolicy is the one setting that is a word.
const maxmemoryPolicy = "maxmemory-policy"

var policies = []string{"noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-lrm", "allkeys-random",
	"volatile-lru", "volatile-lfu", "volatile-lrm", "volatile-random", "volatile-ttl"}

// Set changes one setting by the name redis.conf gives it (old *-ziplist-*
// names too). Settings that do not shape memory report known == false.
func (c *Config) Set(name, value string) (known bool, err error) {
	name = strings.ToLower(name)
	if name == maxmemoryPolicy {
		v := strings.ToLower(value)
		for _, p := range policies {
			if v == p {
				c.MaxMemoryPolicy = v
				return true, nil
			}
		}
		return true, fmt.Errorf("%s: unknown policy %q", name, clip(value))
	}
	for i := range settings {
		s := &settings[i]
		if name != s.name && (s.alias == "" || name != s.alias) {
			continue
		}
		v, err := parseSetting(value, s.bytes)
		if err != nil {
			return true, fmt.Errorf("%s: %w", name, err)
		}
		if v < s.min || v > s.max {
			return true, fmt.Errorf("%s: %d is out of range (%d to %d)", name, v, s.min, s.max)
		}
		if s.power && v&(v-1) != 0 {
			return true, fmt.Errorf("%s: %d is not a power of two", name, v)
		}
		*s.field(c) = v
		return true, nil
	}
	return false, nil
}

// units of memory settings (util.c memtoull).
var units = map[string]int64{"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1000 * 1000, "mb": 1 << 20, "g": 1000 * 1000 * 1000, "gb": 1 << 30}

func parseSetting(text string, bytes bool) (int64, error) {
	digits := len(text)
	if bytes {
		for digits > 0 && (text[digits-1] < '0' || text[digits-1] > '9') {
			digits--
		}
	}
	v, err := strconv.ParseInt(text[:digits], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", clip(text))
	}
	unit, ok := units[strings.ToLower(text[digits:])]
	if !ok {
		return 0, fmt.Errorf("%q has an unknown unit", clip(text))
	}
	if v > math.MaxInt64/unit || v < math.MinInt64/unit {
		return 0, fmt.Errorf("%q is too large", clip(text))
	}
	return v * unit, nil
}

// Get returns a setting as Set takes it; known is false for names Set does not
// know.
func (c Config) Get(name string) (value string, known bool) {
	name = strings.ToLower(name)
	if name == maxmemoryPolicy {
		return c.MaxMemoryPolicy, true
	}
	for i := range settings {
		if s := &settings[i]; name == s.name || s.alias != "" && name == s.alias {
			return strconv.FormatInt(*s.field(&c), 10), true
		}
	}
	return "", false
}

// Changed returns the settings that differ from the defaults, by name.
func (c Config) Changed() map[string]string {
	d := DefaultConfig()
	changed := map[string]string{}
	for i := range settings {
		s := &settings[i]
		if v := *s.field(&c); v != *s.field(&d) {
			changed[s.name] = strconv.FormatInt(v, 10)
		}
	}
	if c.MaxMemoryPolicy != d.MaxMemoryPolicy {
		changed[maxmemoryPolicy] = c.MaxMemoryPolicy
	}
	return changed
}

// sharesIntegers reports whether 0..9999 may be shared objects: with an LRU or
// LFU policy in force each value needs a clock of its own (object.c
// tryObjectEncoding, MAXMEMORY_FLAG_NO_SHARED_INTEGERS).
func (c Config) sharesIntegers() bool {
	return c.MaxMemory == 0 || !strings.HasSuffix(c.MaxMemoryPolicy, "lru") && !strings.HasSuffix(c.MaxMemoryPolicy, "lfu")
}

// nodeLimits returns what list-max-listpack-size allows a quicklist node:
// bytes (negative settings) or entries (quicklist.c quicklistNodeLimit).
// The limit that does not apply is math.MaxInt64.
func (c Config) nodeLimits() (bytes, entries int64) {
	fill := c.ListMaxListpackSize
	switch {
	case fill > 0:
		return math.MaxInt64, min(fill, 1<<15-1)
	case fill == 0:
		return math.MaxInt64, 1
	default:
		return 4096 << (min(-fill, 5) - 1), math.MaxInt64
	}
}
