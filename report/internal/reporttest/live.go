package reporttest

import (
	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
)

// LiveDocument is the shop's, with what its server said of itself: fragmented, short of
// memory for a child, and near its limit.
func LiveDocument() *document.Document {
	d := ShopDocument()
	d.Totals.Allocators = []aggregate.AllocatorTotal{
		{Allocator: "jemalloc", PredictedUsedMemory: *d.Totals.PredictedUsedMemory},
		{Allocator: "jemalloc-debian", PredictedUsedMemory: 13_573_973_152, Estimated: true},
		{Allocator: "libc", PredictedUsedMemory: 13_273_973_152, Estimated: true},
	}
	terms := []aggregate.LiveTerm{
		{Name: "keys and values", Bytes: 11_832_000_000, Basis: "dump"}, {Name: "key tables", Bytes: 740_900_000, Basis: "dump"},
		{Name: "server at its start", Bytes: 866_200, Basis: "info"}, {Name: "clients", Bytes: 12_000_000, Basis: "info"},
		{Name: "replication backlog", Bytes: 67_108_864, Basis: "info"}, {Name: "growth room", Bytes: 1_347_124_936, Basis: "rest"},
	}
	d.Live = &aggregate.Live{
		Sources: []string{d.Sources[0].Name}, Server: "redis 7.2.4", Allocator: "jemalloc-5.3.0", Policy: "volatile-lru", Role: "master",
		UsedMemory: 14_000_000_000, Peak: 15_000_000_000, RSS: 18_000_000_000, MaxMemory: 16_000_000_000, NotCounted: 67_108_864,
		SystemTotal: 32_000_000_000, Keys: 32_202_118,
		Reconciliation: &aggregate.Reconciliation{
			Allocator: "jemalloc", Terms: terms, GrowthRoom: 1_347_124_936, RestartUsedMemory: 12_652_875_064, RestartSaves: 1_347_124_936,
			Named: aggregate.RatioOf(12_652_875_064, 14_000_000_000),
		},
		Fragmentation: aggregate.Fragmentation{
			Known: true, Ratio: aggregate.RatioOf(18, 14), Allocator: 2_000_000_000, Retained: 1_500_000_000, Process: 300_000_000,
			AllocatorRatio: aggregate.RatioOf(16, 14), ActiveDefrag: "no",
		},
		Fork: aggregate.Fork{LastCopied: 700_000_000, Micros: 240_000, Room: at[int64](14_000_000_000)},
		Use: aggregate.LiveUse{
			Hits: 9_000_000_000, Misses: 1_000_000_000, HitRate: at(aggregate.RatioOf(9, 10)), Evicted: 0, Expired: 4_200_000, Uptime: 8_640_000,
		},
	}
	return d
}
