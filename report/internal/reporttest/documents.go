// Package reporttest has what the tests of several formats render, and the checks
// they share.
package reporttest

import (
	"fmt"
	"math"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/advice"
	"github.com/rdblens/rdblens/report/document"
)

// at returns a pointer to a value.
func at[T any](v T) *T { return &v }

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// SavedAt is 2026-11-20 02:00:11Z.
const SavedAt aggregate.Time = 1795140011000

// Documents are reports made by hand, by the name of their Golden files.
var Documents = map[string]func() *document.Document{
	"empty":   EmptyDocument,
	"zero":    func() *document.Document { return &document.Document{} },
	"shop":    ShopDocument,
	"hostile": HostileDocument,
	"partial": PartialDocument,
	"fleet":   FleetDocument,
	"huge":    HugeDocument,
	"live":    LiveDocument,
}

// source is a whole source of a server of 7.2.
func source(name string, keys, bytes int64) aggregate.Source {
	return aggregate.Source{
		Name: name, Bytes: bytes, Magic: "REDIS0011", RDBVersion: 11, ServerVersion: "redis 7.2.4", Ctime: at(SavedAt), Now: at(SavedAt),
		ReportedUsedMemory: at(bytes * 2), Checksum: "ok", Keys: keys, Aux: map[string]string{"redis-bits": "64", "aof-base": "0"},
		Model: aggregate.Model{Server: "redis-7.2", Allocator: "jemalloc", Config: map[string]string{}},
	}
}

// EmptyDocument is of a dump without keys.
func EmptyDocument() *document.Document {
	s := source("empty.rdb", 0, 89)
	s.ReportedUsedMemory = nil
	return &document.Document{Report: aggregate.Report{
		Schema: aggregate.ReportSchema, Tool: aggregate.Tool{Name: "rdblens", Version: "1.0.0"}, Blobs: "walked",
		Sources: []aggregate.Source{s},
		Totals:  aggregate.Totals{Keyspace: at[int64](0), Baseline: at[int64](1_200_000), PredictedUsedMemory: at[int64](1_200_000)},
		Expiry: aggregate.Expiry{Buckets: []aggregate.ExpiryBucket{
			{Label: "past", To: at[int64](0)}, {Label: "<1h", From: at[int64](0), To: at[int64](3600)}, {Label: "never"}}},
		Unknowable: []string{"maxmemory and its policy: CONFIG GET maxmemory*"},
	}}
}

// ShopDocument is a whole report of one dump.
func ShopDocument() *document.Document {
	s := source("shop-2026-11-20.rdb", 32_202_118, 6_657_199_309)
	s.ReportedUsedMemory = at[int64](12_713_110_000)
	s.Model.Reason = "redis-ver of the dump"
	s.Model.Config = map[string]string{"hash-max-listpack-entries": "512", "hash-max-listpack-value": "128"}
	d := &document.Document{Report: aggregate.Report{
		Schema: aggregate.ReportSchema, Tool: aggregate.Tool{Name: "rdblens", Version: "1.0.0"}, Blobs: "header",
		Sources: []aggregate.Source{s},
		Totals: aggregate.Totals{
			Keys: 32_202_118, Elements: 210_000_000, Memory: 11_790_000_000, MemoryError: 40_960, Resident: 11_832_000_000,
			Keyspace: at[int64](740_900_000), Baseline: at[int64](1_073_152), PredictedUsedMemory: at[int64](12_573_973_152),
			ReportedUsedMemory: at[int64](12_713_110_000), KeyName: 940_000_000, Payload: 8_120_000_000, Waste: 610_000_000, RDB: 6_600_000_000,
			KeysWithTTL: 17_900_000, MemoryWithTTL: 4_950_000_000, KeysExpired: 61_207, MemoryExpired: 42_900_000,
		},
		ByType: []aggregate.TypeRow{
			{DB: 0, Type: "hash", Encoding: "listpack", Keys: 11_578_671, Elements: 90_000_000, Memory: 3_800_000_000, KeysWithoutTTL: 11_500_000, MemoryWithoutTTL: 3_790_000_000, P50: 312, P90: 640, P99: 1_100, Max: 9_200},
			{DB: 0, Type: "hash", Encoding: "hashtable", Keys: 2_541_660, Elements: 60_000_000, Memory: 1_676_000_000, KeysWithoutTTL: 2_500_000, MemoryWithoutTTL: 1_670_000_000, P50: 610, P90: 1_400, P99: 4_100, Max: 39_845_888},
			{DB: 0, Type: "string", Encoding: "raw", Keys: 15_549_749, Elements: 15_549_749, Memory: 4_560_000_000, KeysWithoutTTL: 777_000, MemoryWithoutTTL: 210_000_000, P50: 176, P90: 420, P99: 4_096, Max: 5_033_164},
			{DB: 0, Type: "string", Encoding: "embstr", Keys: 1_183_133, Elements: 1_183_133, Memory: 91_000_000, KeysWithoutTTL: 50_000, MemoryWithoutTTL: 4_000_000, P50: 72, P90: 80, P99: 96, Max: 96},
			{DB: 0, Type: "string", Encoding: "int", Keys: 169_020, Elements: 169_020, Memory: 9_464_000, KeysWithoutTTL: 0, P50: 56, P90: 56, P99: 64, Max: 64},
			{DB: 3, Type: "zset", Encoding: "skiplist", Keys: 311, Elements: 15_300_000, Memory: 1_653_536_000, KeysWithoutTTL: 311, MemoryWithoutTTL: 1_653_536_000, P50: 110_000_000, P90: 130_000_000, P99: 421_527_552, Max: 421_527_552},
			{DB: 3, Type: "ReJSON-RL", Encoding: "ReJSON-RL", Keys: 1, Elements: 1, Memory: 512, KeysWithoutTTL: 1, MemoryWithoutTTL: 512, P50: 512, P90: 512, P99: 512, Max: 512},
		},
		PatternsTotal: 1_847,
		Patterns:      shopPatterns(),
		Groups:        shopPatterns(),
		Expiry: aggregate.Expiry{
			Buckets: []aggregate.ExpiryBucket{
				{Label: "past", To: at[int64](0), Keys: 61_207, Memory: 42_900_000},
				{Label: "<1h", From: at[int64](0), To: at[int64](3600), Keys: 2_100_000, Memory: 654_000_000},
				{Label: "<1d", From: at[int64](3600), To: at[int64](86400), Keys: 9_000_000, Memory: 2_587_000_000},
				{Label: "<7d", From: at[int64](86400), To: at[int64](604800), Keys: 5_900_000, Memory: 1_310_000_000},
				{Label: "<30d", From: at[int64](604800), To: at[int64](2592000), Keys: 800_000, Memory: 332_000_000},
				{Label: "later", From: at[int64](2592000), Keys: 38_793, Memory: 24_100_000},
				{Label: "never", Keys: 14_302_118, Memory: 6_840_000_000},
			},
			Timeline: []aggregate.TimelineBin{{At: SavedAt - 11_000, WidthSeconds: 3600, Keys: 2_100_000, Memory: 654_000_000}, {At: SavedAt + 3_589_000, WidthSeconds: 3600, Keys: 9_000_000, Memory: 2_587_000_000}},
			Storms: []aggregate.Storm{{At: SavedAt + 3589000, WidthSeconds: 60, Keys: 412_006, Memory: 950_000_000, TopPatterns: []string{"price:{int}", "price:{int}:eur"}, TopShares: []aggregate.Ratio{7100, 2900},
				First: SavedAt + 3589123, Last: SavedAt + 3648999, PeakAt: SavedAt + 3589000, PeakKeys: 412_006, PeakMemory: 950_000_000, SameTime: at(SavedAt + 3_600_000), SameShare: 6250}},
			Fields: aggregate.FieldExpiry{Hashes: 1_200, Fields: 48_000, Expired: 311, Buckets: []aggregate.FieldBucket{
				{Label: "past", To: at[int64](0), Fields: 311}, {Label: "<1h", From: at[int64](0), To: at[int64](3600), Fields: 40_000}, {Label: "later", From: at[int64](2592000), Fields: 7_689}}},
		},
		Biggest: []aggregate.BigKey{
			{DB: 3, Type: "zset", Key: "leaderboard:1", KeyLen: 13, Size: 421_527_552, Memory: 421_527_552, Error: at[int64](4_096), Encoding: "skiplist", Elements: 3_900_000, LongestElement: at[int64](22), Pattern: "leaderboard:{int}", RDBBytes: 88_000_000, Source: s.Name},
			{DB: 0, Type: "hash", Key: "cart:10000017", KeyLen: 13, Size: 39_845_888, Memory: 39_845_888, Exact: true, Error: at[int64](0), Encoding: "hashtable", Elements: 210_004, LongestElement: at[int64](118), Pattern: "cart:{int}", RDBBytes: 9_100_000, Source: s.Name},
			{DB: 0, Type: "string", Key: "product:7", KeyLen: 9, Size: 5_033_164, Memory: 5_033_164, Exact: true, Error: at[int64](0), Encoding: "raw", Elements: 1, LongestElement: at[int64](5_033_100), Expiry: at(SavedAt + 86_400_000), Pattern: "product:{int}", RDBBytes: 1_900_000, Source: s.Name},
		},
		BiggestByElements: []aggregate.BigKey{
			{DB: 3, Type: "zset", Key: "leaderboard:1", KeyLen: 13, Size: 421_527_552, Memory: 421_527_552, Error: at[int64](4_096), Encoding: "skiplist", Elements: 3_900_000, Pattern: "leaderboard:{int}", RDBBytes: 88_000_000, Source: s.Name},
		},
		Sizes: []aggregate.Percentile{{Percent: "1", Bytes: 56}, {Percent: "50", Bytes: 208}, {Percent: "90", Bytes: 640}, {Percent: "99", Bytes: 2_816}, {Percent: "99.9", Bytes: 4_608}, {Percent: "100", Bytes: 421_527_552}},
		Tree: []aggregate.TreeRow{
			{Depth: 1, Kind: "prefix", Prefix: "user", Match: "user*", Type: "mixed", IdleMemoryP50: at[int64](90_000), Keys: 4_200_000, Memory: 1_060_000_000, MemoryShare: 900, AvgBytes: 252, KeysWithoutTTL: 4_100_000, MemoryWithoutTTL: 1_052_266_987, Patterns: 3},
			{Depth: 2, Kind: "keys", Prefix: "user", Match: "user", Keys: 1, Memory: 64, AvgBytes: 64, Patterns: 1},
			{Depth: 2, Kind: "prefix", Prefix: "user:{int}", Match: "user:*", Keys: 4_199_999, Memory: 1_059_999_936, MemoryShare: 900, AvgBytes: 252, KeysWithoutTTL: 4_100_000, Patterns: 2},
			{Depth: 1, Kind: "other", Prefix: "[other]", Keys: 100, Memory: 10_000, AvgBytes: 100, Patterns: 40},
		},
		Slots: aggregate.Slots{Used: 16_384, Biggest: []aggregate.SlotRow{{Slot: 4_242, Keys: 2_011, Memory: 421_900_000, MemoryShare: 358, TaggedKeys: 20, TaggedMemory: 421_600_000, Tags: []aggregate.SlotTag{{Tag: "board", AtMost: 421_600_000}, {Tag: "user:7", AtMost: 9_000, Exact: true}}}},
			Shards: []aggregate.ShardSkew{{Shards: 3, LargestKeys: 11_000_000, LargestMemory: 4_100_000_000, KeysSkew: 10_248, MemorySkew: 10_449}, {Shards: 6, LargestKeys: 5_500_000, LargestMemory: 2_200_000_000, KeysSkew: 10_251, MemorySkew: 11_211}},
			All:    []aggregate.SlotRow{{Slot: 1, Keys: 1_990, Memory: 700_000, MemoryShare: 1}, {Slot: 4_242, Keys: 2_011, Memory: 421_900_000, MemoryShare: 358}}},
		Idle: aggregate.Idle{Recorded: "idle", Keys: 32_202_118, Percentiles: []aggregate.UsePercentile{{Percent: "50", Value: 90_000, Bytes: 90_000}, {Percent: "99", Value: 9_000_000, Bytes: 9_000_000}, {Percent: "100", Value: 99_000_000, Bytes: 99_000_000}},
			MemoryPercentiles: []aggregate.UsePercentile{{Percent: "50", Value: 1_900_000, Bytes: 1_900_000}, {Percent: "100", Value: 99_000_000, Bytes: 99_000_000}},
			Cold:              []aggregate.Cold{{IdleSeconds: 86_400, Keys: 20_000_000, Memory: 6_000_000_000, MemoryShare: 5092}, {IdleSeconds: 2_592_000, Keys: 2_000_000, Memory: 600_000_000, MemoryShare: 509}}},
		Unknowable: []string{"fragmentation and resident set size: INFO memory (mem_fragmentation_ratio, used_memory_rss, allocator_frag_ratio)", "maxmemory and its policy: CONFIG GET maxmemory*"},
		Warnings: []aggregate.Warning{
			{Source: s.Name, Code: "unknown-aux", Text: "an AUX field that no known server writes", Count: 3},
			{Code: "patterns-capped", Text: "there were more patterns than are kept apart: the last ones are counted as {*}", Count: 1},
		},
	}}
	d.BiggestByType = d.Biggest
	d.Idle.Hottest = []aggregate.BigKey{{DB: 3, Type: "zset", Key: "leaderboard:1", KeyLen: 13, Size: 421_527_552, Memory: 421_527_552, Encoding: "skiplist", Idle: at[int64](3)}}
	d.LongestNames = []aggregate.BigKey{{Type: "string", Key: strings.Repeat("session:", 12), KeyLen: 96, Size: 200, Memory: 200, Exact: true, Encoding: "raw"}}
	d.Idle.Coldest = []aggregate.BigKey{{Type: "hash", Key: "cart:10000017", KeyLen: 13, Size: 39_845_888, Memory: 39_845_888, Exact: true, Encoding: "hashtable", Idle: at[int64](9_000_000)}}
	d.Suggestions = shopSuggestions()
	d.Classes = []advice.ClassSum{
		{Class: advice.ClassSettings, Suggestions: 1, Saves: at[int64](332_000_000), Settings: []advice.Setting{{Name: "hash-max-listpack-value", Now: 64, To: 128}}},
		{Class: advice.ClassCleanUp, Suggestions: 2, Saves: at[int64](4_260_000_000), Settings: []advice.Setting{}},
	}
	d.Headroom = &advice.Headroom{Used: 12_713_110_000, Basis: "reported", MaxMemory: 16 * gib, Share: 7400, Over: 687_000_000, Line: 7000}
	d.Together = at[int64](4_500_000_000)
	return d
}

func shopPatterns() []aggregate.PatternRow {
	return []aggregate.PatternRow{
		{Pattern: "cart:{int}", Role: "unknown", RoleReason: "nothing says what it is for", Match: "cart:*", Type: "hash", Keys: 9_800_000, Memory: 4_187_593_113, MemoryShare: 3552, AvgBytes: 427, KeysWithoutTTL: 9_800_000, MemoryWithoutTTL: 4_187_593_113, Encodings: map[string]int64{"listpack": 9_700_000, "hashtable": 100_000}, P50: 400, P90: 600, P99: 1_100, Max: 39_845_888, IdleP50: at[int64](3_974_400), Example: "cart:10000017", Elements: 80_000_000, KeyName: 130_000_000, Payload: 3_000_000_000, Waste: 190_000_000},
		{Pattern: "session:{uuid}", Role: "session", RoleReason: "the name says so, and they expire", Match: "session:*", Type: "string", Keys: 14_900_000, Memory: 2_619_930_050, MemoryShare: 2222, AvgBytes: 176, KeysWithoutTTL: 447_000, MemoryWithoutTTL: 78_000_000, Encodings: map[string]int64{"raw": 14_900_000}, P50: 176, P90: 176, P99: 192, Max: 224, IdleP50: at[int64](7_300), Example: "session:9f1c3a52-5a0e-4b1f-8f6e-2f8d1f0a7c11", Elements: 14_900_000},
		{Pattern: "product:{int}", Role: "unknown", RoleReason: "nothing says what it is for", Match: "product:*", Type: "string", Keys: 800_000, Memory: 1_846_835_937, MemoryShare: 1566, AvgBytes: 2_308, KeysWithoutTTL: 96_000, MemoryWithoutTTL: 221_000_000, Encodings: map[string]int64{"raw": 800_000}, P50: 2_304, P90: 3_072, P99: 4_096, Max: 5_033_164, IdleP50: at[int64](86_000), Example: "product:7"},
		{Pattern: "leaderboard:{int}", Role: "leaderboard", RoleReason: "the name says so, and the scores are no times", Match: "leaderboard:*", Type: "zset", Keys: 14, Memory: 1_653_536_000, MemoryShare: 1402, AvgBytes: 118_109_714, KeysWithoutTTL: 14, MemoryWithoutTTL: 1_653_536_000, Encodings: map[string]int64{"skiplist": 14}, P50: 110_000_000, P90: 130_000_000, P99: 421_527_552, Max: 421_527_552, IdleP50: at[int64](61), Example: "leaderboard:1"},
		{Pattern: "user:{int}:profile", Role: "unknown", RoleReason: "nothing says what it is for", Match: "user:*:profile", Type: "hash", Keys: 4_100_000, Memory: 1_052_266_987, MemoryShare: 893, AvgBytes: 257, KeysWithoutTTL: 4_100_000, MemoryWithoutTTL: 1_052_266_987, Encodings: map[string]int64{"listpack": 4_100_000}, P50: 256, P90: 300, P99: 320, Max: 9_200, IdleP50: at[int64](777_600), IdleMemoryP50: at[int64](801_000), IdleMemoryP90: at[int64](3_000_000), IdleMemoryP99: at[int64](9_000_000), Cold1d: at[int64](900_000_000), Cold7d: at[int64](600_000_000), Cold30d: at[int64](123_456_789),
			FreqMemoryP50: at[int64](5), FreqMemoryP90: at[int64](9), FreqMemoryP99: at[int64](200), ElementsP50: 12, ElementsP90: 20, ElementsP99: 40, ElementsMax: 800, Resident: 1_060_000_000, Payload: 700_000_000, KeyName: 61_500_000, Waste: 60_000_000, Overhead: 300_000_000, FieldsWithTTL: 48_000, FieldsExpired: 311, Example: "user:1:profile", Estimated: true, Error: 2_100_000},
		{Pattern: "[other]", Role: "unknown", RoleReason: "keys of several patterns", Type: "mixed", Keys: 2_602_104, Memory: 429_837_913, MemoryShare: 365, AvgBytes: 165, KeysWithoutTTL: 800_000, Encodings: map[string]int64{"embstr": 1_183_133, "raw": 1_249_951, "int": 169_020}, P50: 100, P90: 300, P99: 900, Max: 120_000},
	}
}

func shopSuggestions() []advice.Suggestion {
	return []advice.Suggestion{
		{ID: "R02", Rule: "no-ttl", Class: advice.ClassCleanUp, Title: "cart:{int} (hash): 9,800,000 keys never expire; its name says cart, half of its keys untouched for 46 days or longer", Pattern: "cart:{int}", Saves: at[int64](4_187_593_113), SavesUsedMemory: at[int64](4_030_793_113),
			Basis: "upper bound, if all these keys expired: 3.9 GiB freed, less 149.54 MiB for TTL entries in used_memory", Keys: 9_800_000,
			Evidence: advice.Evidence{{Name: "keys", Unit: advice.UnitKeys, Value: int64(9_800_000)}, {Name: "memory_without_ttl_bytes", Unit: advice.UnitBytes, Value: int64(4_187_593_113)},
				{Name: "idle_p50_seconds", Unit: advice.UnitSeconds, Value: int64(3_974_400)}, {Name: "signs", Value: []string{"its name says cart", "idle"}}, {Name: "limits", Value: []int64{1, 2000}}},
			Action: []string{
				"# set the TTL where the key is written, or new keys go on without one: SET key value EX seconds, or EXPIRE beside HSET, ZADD, RPUSH and the like",
				`redis-cli --scan --pattern 'cart:*' | while IFS= read -r key; do redis-cli EXPIRE "$key" 2592000 NX; done # a command that is longer than the terminal is wide stays whole`,
			},
			Risk: "A TTL deletes data: make sure that every reader can rebuild or do without these keys before it is set."},
		{ID: "R02", Rule: "no-ttl", Class: advice.ClassCleanUp, Title: "session:{uuid} (string): 447,000 keys never expire; its name says session", Pattern: "session:{uuid}", Saves: at[int64](78_000_000), Basis: "upper bound, if all these keys expired", Keys: 447_000},
		{ID: "R04", Rule: "listpack", Class: advice.ClassSettings, Settings: []advice.Setting{{Name: "hash-max-listpack-value", Now: 64, To: 128}}, Title: "hash-max-listpack-value 64 -> 128: 1,100,000 hashes become listpacks", Saves: at[int64](332_000_000), SavesUsedMemory: at[int64](331_000_000), Basis: "exact for this dump", Keys: 1_100_000},
		{ID: "R06", Rule: "ttl-storm", Class: advice.ClassWatch, Title: "412,006 keys (905.99 MiB) of price:{int} expire within 60 seconds at 2026-11-20T03:00:00.000Z", Pattern: "price:{int}", Basis: "exact for this dump", Keys: 412_006},
		{ID: "R08", Rule: "eviction-policy", Class: advice.ClassWatch, Title: "volatile-lru can evict at most 4.61 GiB (41.98 % of the memory); IDLE is recorded", Basis: "exact share for this dump; the policy in force is not in a dump"},
	}
}

// HostileKeys are keys that a terminal, a spreadsheet or a table must not take
// at their word.
var HostileKeys = []string{
	"\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "line one\nline two\r\n", "tab\tand\x00nul", "\xff\xfe\x80 no utf-8", `back\slash \x41`,
	"=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "comma, \"quote\"", " leading and trailing ",
	"漢字かな交じり文字列:全角:長い長い長い長い長い長い名前", "emoji:😀😀😀:👩‍💻:❤️", "e\u0301\u0301\u0301 combining", "\u202eright to left", "\u2028 separator", "\u009b31m C1",
	"", "<script>alert(1)</script>", "'; DROP TABLE keys; --", "${jndi:ldap://x}", "`id` $(id)", "ﾊﾝｶｸ", "한글:키", "Ａ全角", "a\u00a0b", "\u00ad", "\ufeffbom",
	strings.Repeat("k", 300), strings.Repeat("漢", 300), strings.Repeat("\x00", 100),
}

// HostileDocument has hostile text in every string. What the contract says is
// escaped is escaped in the even places, and raw in the odd ones: a renderer
// relies on nobody.
func HostileDocument() *document.Document {
	n := 0
	next := func() string {
		s := HostileKeys[n%len(HostileKeys)]
		if n++; n%2 == 0 {
			s = parser.Escape([]byte(s))
		}
		return s
	}
	s := aggregate.Source{
		Name: "/very/long/path/to/dumps/\x1b[2J/" + strings.Repeat("d/", 80) + "dump\n.rdb", Bytes: 1, Magic: next(), ServerVersion: next(), Checksum: next(),
		Aux: map[string]string{next(): next()}, Model: aggregate.Model{Server: next(), Allocator: next(), Config: map[string]string{next(): next()}, Reason: next()},
		Error: next(), ErrorOffset: at[int64](12), LastGoodKey: strings.Repeat("\x1b漢", 100),
	}
	d := &document.Document{Report: aggregate.Report{
		Schema: aggregate.ReportSchema, Tool: aggregate.Tool{Name: next(), Version: next()}, Partial: true, Blobs: next(), Sources: []aggregate.Source{s},
		Filters: aggregate.Filters{DB: []int32{0, 7}, Type: []string{next()}, Match: []string{next(), next()}, Regex: []string{next()}, Exclude: []string{next()}, TTL: next(), MinSize: 1, MaxSize: math.MaxInt64},
		Totals:  aggregate.Totals{Keys: 32, Memory: 3200, Resident: 3200, Payload: 1000, KeyName: 500},
	}}
	for i := range HostileKeys {
		k := next()
		d.ByType = append(d.ByType, aggregate.TypeRow{DB: int32(i), Type: k, Encoding: next(), Keys: 1, Memory: 100, Max: 100})
		d.Patterns = append(d.Patterns, aggregate.PatternRow{Pattern: k, Match: next(), Type: next(), Keys: 1, Memory: int64(100 - i), MemoryShare: aggregate.Ratio(312 - i), AvgBytes: 100, Encodings: map[string]int64{next(): 1}, Example: next()})
		d.Biggest = append(d.Biggest, aggregate.BigKey{DB: int32(i), Type: next(), Key: k, KeyLen: int64(len(k)), Size: 100, Memory: 100, Encoding: next(), Elements: 2, Pattern: next(), Source: next()})
		d.Warnings = append(d.Warnings, aggregate.Warning{Source: next(), Code: next(), Text: next(), Count: int64(i)})
		d.Unknowable = append(d.Unknowable, next())
		d.Suggestions = append(d.Suggestions, advice.Suggestion{ID: fmt.Sprintf("R%02d", i), Rule: next(), Title: next(), Pattern: next(), Basis: next(), Evidence: advice.Evidence{{Name: next(), Value: next()}, {Name: "list", Value: []string{next()}}, {Name: "any", Value: []any{next(), int64(1)}}}, Action: []string{next(), "# " + next()}, Risk: next()})
	}
	d.BiggestByElements, d.BiggestByType, d.LongestNames = d.Biggest, d.Biggest, d.Biggest
	d.Sizes = []aggregate.Percentile{{Percent: next(), Bytes: 1}}
	d.Idle = aggregate.Idle{Recorded: "freq", Keys: 1, Hottest: d.Biggest, Coldest: d.Biggest, Percentiles: []aggregate.UsePercentile{{Percent: next(), Value: 1, Bytes: 1}}, Note: next()}
	d.Expiry = aggregate.Expiry{Buckets: []aggregate.ExpiryBucket{{Label: next(), Keys: 1, Memory: 1}}, Storms: []aggregate.Storm{{At: math.MaxInt64, WidthSeconds: math.MaxInt64, Keys: 1, TopPatterns: []string{next(), next()}, TopShares: []aggregate.Ratio{math.MaxInt64, math.MinInt64}, SameTime: at(aggregate.Time(math.MinInt64))}, {At: math.MinInt64, WidthSeconds: -1}},
		Fields: aggregate.FieldExpiry{Fields: 1, Buckets: []aggregate.FieldBucket{{Label: next(), Fields: 1}}}}
	for i := range HostileKeys {
		d.Tree = append(d.Tree, aggregate.TreeRow{Depth: 1 + i%3, Kind: "prefix", Prefix: next(), Match: next(), Keys: 1, Memory: 100, MemoryShare: 312, AvgBytes: 100, Patterns: 1})
	}
	d.Slots = aggregate.Slots{Used: 1, Biggest: []aggregate.SlotRow{{Slot: 1, Keys: 1, Memory: 100, TaggedKeys: 1, TaggedMemory: 100, Tags: []aggregate.SlotTag{{Tag: next(), AtMost: 100}, {Tag: next(), AtMost: 100, Exact: true}}}}}
	return d
}

// PartialDocument is of a dump that breaks off and one with a bad checksum.
func PartialDocument() *document.Document {
	a := source("a.rdb", 100, 40_000)
	a.Error, a.ErrorOffset, a.LastGoodKey, a.Checksum = `truncated: 12 bytes of a string are missing (key "user:8", db 0)`, at[int64](39_988), "user:7", "unknown"
	b := source("b.rdb", 20, 8_000)
	b.Checksum, b.Ctime, b.Now, b.ReportedUsedMemory = parser.ChecksumMismatch.String(), nil, nil, nil
	d := &document.Document{Report: aggregate.Report{
		Schema: aggregate.ReportSchema, Partial: true, Blobs: "header", Sources: []aggregate.Source{a, b}, Filters: aggregate.Filters{DB: []int32{0}, Match: []string{"user:*"}, TTL: "none"},
		Totals:   aggregate.Totals{Keys: 120, Memory: 13_000, Resident: 13_400, Payload: 5_000, KeyName: 900, Waste: 300, Baseline: at[int64](1_000_000)},
		ByType:   []aggregate.TypeRow{{Type: "hash", Encoding: "listpack", Keys: 120, Memory: 13_000, P99: 200, Max: 320}},
		Patterns: []aggregate.PatternRow{{Pattern: "user:{int}", Type: "hash", Keys: 120, Memory: 13_000, MemoryShare: 10_000, AvgBytes: 108, KeysWithoutTTL: 120}},
		Tree:     []aggregate.TreeRow{{Depth: 1, Kind: "prefix", Prefix: "user:{int}", Match: "user:*", Type: "hash", Keys: 120, Memory: 13_000, MemoryShare: 10_000, AvgBytes: 108, KeysWithoutTTL: 120, MemoryWithoutTTL: 13_000, Patterns: 1}},
		Expiry:   aggregate.Expiry{Buckets: []aggregate.ExpiryBucket{{Label: "never", Keys: 120, Memory: 13_000}, {Label: "unknown"}}},
	}}
	d.PatternsCapped = true
	return d
}

// FleetDocument is of more sources than are shown one by one.
func FleetDocument() *document.Document {
	d := ShopDocument()
	d.Sources = nil
	for i := range 30 {
		s := source(fmt.Sprintf("/backup/eu-central-1/2026-11-20/shard-%03d/dump.rdb", i), int64(1_000_000+i), 200*mib+int64(i))
		if i == 25 {
			s.Error, s.ErrorOffset, s.LastGoodKey = "listpack: length 40 exceeds 12 remaining bytes", at[int64](104_857_600), "cart:10000017"
			s.Now = at(SavedAt + 3_600_000)
		}
		d.Sources = append(d.Sources, s)
	}
	d.Partial = true
	d.Totals.Keyspace, d.Totals.PredictedUsedMemory = nil, nil
	for i := range d.Biggest {
		d.Biggest[i].Source = d.Sources[i].Name
	}
	for i := range 12 {
		d.Expiry.Storms = append(d.Expiry.Storms, aggregate.Storm{At: SavedAt + aggregate.Time(i)*60_000, WidthSeconds: 60, Keys: 1_000, Memory: mib})
	}
	for i := range 60 {
		d.Warnings = append(d.Warnings, aggregate.Warning{Source: d.Sources[i%30].Name, Code: "newer-version", Text: "REDIS0099 is newer than this reader knows", Count: 1})
	}
	return d
}

// HugeDocument has the largest numbers there are.
func HugeDocument() *document.Document {
	const m = math.MaxInt64
	s := source("huge.rdb", m, m)
	s.Ctime, s.Now, s.ReportedUsedMemory, s.ErrorOffset, s.RDBVersion = at(aggregate.Time(m)), at(aggregate.Time(-m)), at[int64](m), at[int64](m), math.MaxInt32
	d := &document.Document{Report: aggregate.Report{
		Schema: aggregate.ReportSchema, Sources: []aggregate.Source{s},
		Totals: aggregate.Totals{Keys: m, Elements: m, Memory: m, MemoryError: m, Resident: m, Keyspace: at[int64](m), Baseline: at[int64](m), PredictedUsedMemory: at[int64](1),
			ReportedUsedMemory: at[int64](m), KeyName: m, Payload: m, Waste: m, RDB: m, KeysWithTTL: m, MemoryWithTTL: m, KeysExpired: m, MemoryExpired: m},
		Expiry:        aggregate.Expiry{Buckets: []aggregate.ExpiryBucket{{Label: "never", From: at[int64](m), To: at[int64](-m), Keys: m, Memory: m}}, Storms: []aggregate.Storm{{At: m, WidthSeconds: m, Keys: m, Memory: m}}},
		Sizes:         []aggregate.Percentile{{Percent: "50", Bytes: m}, {Percent: "100", Bytes: m}},
		Idle:          aggregate.Idle{Recorded: "idle", Keys: m, Percentiles: []aggregate.UsePercentile{{Percent: "50", Value: m, Bytes: m}}},
		PatternsTotal: m,
	}}
	for i := range 3 {
		d.ByType = append(d.ByType, aggregate.TypeRow{DB: m>>32 - int32(i), Type: "hash", Encoding: fmt.Sprint("e", i), Keys: m / 4, Elements: m, Memory: m / 4, KeysWithoutTTL: m / 4, MemoryWithoutTTL: m, P50: m, P90: m, P99: m, Max: m})
		d.Patterns = append(d.Patterns, aggregate.PatternRow{Pattern: "user:{int}", Type: "hash", Keys: m, Memory: m, MemoryShare: 3333, AvgBytes: m, KeysWithoutTTL: m - 1, P50: m, P90: m, P99: m, Max: m, IdleP50: at[int64](m), Elements: m, Estimated: true, Error: m})
		d.Biggest = append(d.Biggest, aggregate.BigKey{Key: "user:1", Type: "hash", Encoding: "hashtable", KeyLen: m, Size: m, Memory: m, Error: at[int64](m), Elements: m, LongestElement: at[int64](m), Expiry: at(aggregate.Time(m)), RDBBytes: m})
		d.Suggestions = append(d.Suggestions, advice.Suggestion{ID: "R01", Rule: "big-keys", Title: "a title", Saves: at[int64](m), SavesUsedMemory: at[int64](-m), Basis: "a basis", Keys: m, Evidence: advice.Evidence{{Name: "largest_bytes", Unit: advice.UnitBytes, Value: int64(m)}, {Name: "least", Value: int64(math.MinInt64)}, {Name: "float", Value: 1e300}, {Name: "none", Value: nil}}})
	}
	d.Together = at[int64](m)
	return d
}
