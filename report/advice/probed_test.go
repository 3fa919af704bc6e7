package advice

import (
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/role"
)

// estimate returns one whose saving is known well.
func estimate(keys, before, after int64) aggregate.Estimate {
	return aggregate.Estimate{Sampled: 500, Keys: keys, Before: before, After: after, BeforeResident: before, AfterResident: after, Bound: (before - after) / 100}
}

// probed returns a row with what samples say of it.
func probed(pattern, typ string, keys, bytes int64, change func(*aggregate.ProbeFacts)) aggregate.PatternFacts {
	p := row(pattern, typ, keys, bytes, keys, bytes)
	p.Payload = bytes / 2
	p.Probe = &aggregate.ProbeFacts{Sampled: 500, Probed: 500}
	change(p.Probe)
	return p
}

// plantedCase is one case for a rule; the clean one differs in little and must
// be left in peace.
type plantedCase struct {
	id, title    string
	planted, not func(*aggregate.Report)
	opts         Options
}

func plant(rows ...aggregate.PatternFacts) func(*aggregate.Report) {
	return func(r *aggregate.Report) { add(r, rows...) }
}

var plantedCases = []plantedCase{
	{
		id: "R07", title: "doc:{int}: 9,000 strings of 2.00 KiB on average compress 4.00x with zlib",
		planted: plant(probed("doc:{int}", "string", 9000, 20*mib, func(p *aggregate.ProbeFacts) {
			p.Zlib, p.Tried, p.ZlibIn, p.ZlibTo = estimate(9000, 20*mib, 5*mib), 500, 500*2048, 500*512
		})),
		not: plant(probed("doc:{int}", "string", 9000, 20*mib, func(p *aggregate.ProbeFacts) { // compressed already
			p.Compressed, p.Formats = 500, []aggregate.FormatCount{{Format: "gzip", Keys: 500, Compressed: true}}
		})),
	},
	{
		id: "R10", title: "u:{int}: 9,000 strings of JSON, as hashes 466 B less each",
		planted: plant(probed("u:{int}", "string", 9000, 20*mib, func(p *aggregate.ProbeFacts) {
			p.Objects, p.Fields, p.Hash = 500, 2500, estimate(9000, 20*mib, 16*mib)
		})),
		not: plant(
			probed("u:{int}", "string", 9000, 20*mib, func(p *aggregate.ProbeFacts) { // mostly something else
				p.Objects, p.Fields, p.Hash = 100, 500, estimate(1800, 4*mib, 3*mib)
			}),
			probed("n:{int}", "string", 9000, 20*mib, func(p *aggregate.ProbeFacts) { // hashes would take more
				p.Objects, p.Nested, p.Fields, p.Hash = 500, 500, 2500, estimate(9000, 20*mib, 21*mib)
			})),
	},
	{
		id: "R11", title: "u:{int}:*: 9,000 strings, 3.0 for each entity, as 3,000 hashes; TTLs differ in 20.0 % of them",
		planted: func(r *aggregate.Report) {
			add(r, row("u:{int}:name", "string", 9000, 3*mib, 9000, 3*mib))
			r.Facts.Entities = []aggregate.EntityFacts{{Pattern: "u:{int}:*", Match: "u:*:*", Keys: 9000, Memory: 3 * mib, Entities: 3000, Fields: 1500, Packed: 500, MixedTTL: 100,
				Saving: estimate(3000, 3*mib, mib), Rows: []int{2}, KeyspaceSaved: 1000}}
		},
		not: func(r *aggregate.Report) { // one string each
			r.Facts.Entities = []aggregate.EntityFacts{{Pattern: "u:{int}:*", Keys: 9000, Memory: 3 * mib, Entities: 9000, Fields: 500, Saving: estimate(9000, 3*mib, 2*mib)}}
		},
	},
	{
		id: "R12", title: "map:{int}: 2 hashes of 20,000 fields as 40 chunks of at most 500",
		planted: plant(with(row("map:{int}", "hash", 2, 4*mib, 2, 4*mib), func(p *aggregate.PatternFacts) {
			p.Split = aggregate.Reshape{Keys: 2, Elements: 20_000, Pieces: 40, Before: 4 * mib, After: 2 * mib, BeforeResident: 4 * mib, AfterResident: 2 * mib, Largest: 10_000}
		})),
		not: plant(with(row("map:{int}", "hash", 2, 4*mib, 2, 4*mib), func(p *aggregate.PatternFacts) { // saves next to nothing
			p.Split = aggregate.Reshape{Keys: 2, Elements: 20_000, Pieces: 40, Before: 4 * mib, After: 4*mib - 100*kib}
		})),
	},
	{
		id: "R13", title: "board: 1 sorted set of 50,000 members, the first 10,000 of each kept",
		planted: plant(with(row("board", "zset", 1, 5*mib, 1, 5*mib), func(p *aggregate.PatternFacts) {
			p.Purpose = aggregate.Purpose{Role: role.Leaderboard, MayTrim: true}
			p.Trim = aggregate.Reshape{Keys: 1, Elements: 50_000, Pieces: 1, Before: 5 * mib, After: mib, BeforeResident: 5 * mib, AfterResident: mib, Largest: 50_000}
		})),
		not: plant(with(row("board", "zset", 1, 5*mib, 1, 5*mib), func(p *aggregate.PatternFacts) {
			p.Purpose = aggregate.Purpose{Role: role.Leaderboard, MayTrim: true}
			p.Trim = aggregate.Reshape{Keys: 1, Elements: 12_000, Before: mib, After: mib - 60*kib}
		}), with(row("due", "zset", 1, 5*mib, 1, 5*mib), func(p *aggregate.PatternFacts) {
			p.Purpose.Role = role.DelayedSet
			p.Trim = aggregate.Reshape{Keys: 1, Elements: 50_000, Pieces: 1, Before: 5 * mib, After: mib, BeforeResident: 5 * mib, AfterResident: mib, Largest: 50_000}
		}), with(row("ids", "zset", 1, 5*mib, 1, 5*mib), func(p *aggregate.PatternFacts) {
			p.Trim = aggregate.Reshape{Keys: 1, Elements: 50_000, Pieces: 1, Before: 5 * mib, After: mib, BeforeResident: 5 * mib, AfterResident: mib, Largest: 50_000}
		})),
	},
	{
		id: "R14", title: "a:long:name:{int} -> n:{int}: 90,000 keys, 34 B less each",
		planted: plant(probed("a:long:name:{int}", "string", 90_000, 9*mib, func(p *aggregate.ProbeFacts) {
			p.ShortName, p.Short = "n:{int}", estimate(90_000, 9*mib, 6*mib)
		})),
		not: plant(probed("a:long:name:{int}", "string", 900_000, 90*mib, func(p *aggregate.ProbeFacts) { // eight bytes each
			p.ShortName, p.Short = "n:{int}", estimate(900_000, 90*mib, 83*mib)
		})),
	},
	{
		id: "R14", title: "a:long:name:{int} -> n:{int}: 90,000 keys, 34 B less each; only in used_memory, MEMORY USAGE does not count names on this line",
		planted: plant(probed("a:long:name:{int}", "string", 90_000, 9*mib, func(p *aggregate.ProbeFacts) {
			p.ShortName, p.Short = "n:{int}", estimate(90_000, 9*mib, 6*mib)
			p.Short.After = p.Short.Before
		})),
	},
	{
		id: "R15", title: "order:{uuid} -> order:{int}: 90,000 keys, 34 B less each",
		planted: plant(probed("order:{uuid}", "string", 90_000, 9*mib, func(p *aggregate.ProbeFacts) {
			p.NumberedName, p.Numbered = "order:{int}", estimate(90_000, 9*mib, 6*mib)
			p.EncodedName, p.Encoded = "order:{b64}", estimate(90_000, 9*mib, 7*mib)
		})),
		not: plant(probed("order:{uuid}", "string", 90_000, 90*mib, func(p *aggregate.ProbeFacts) { // large values: it does not matter
			p.NumberedName, p.Numbered = "order:{int}", estimate(90_000, 90*mib, 87*mib)
		})),
	},
	{
		id: "R15", title: "tok:{uuid} -> tok:{b64}: 90,000 keys, 23 B less each, the same bits in base64url",
		planted: plant(probed("tok:{uuid}", "string", 90_000, 9*mib, func(p *aggregate.ProbeFacts) {
			p.NumberedName, p.Numbered = "tok:{int}", estimate(90_000, 9*mib, 6*mib)
			p.EncodedName, p.Encoded = "tok:{b64}", estimate(90_000, 9*mib, 7*mib)
		})),
		not: plant(probed("remember_me:{b64}", "string", 90_000, 9*mib, func(p *aggregate.ProbeFacts) { // no number for a secret, and it is base64 already
			p.NumberedName, p.Numbered = "remember_me:{int}", estimate(90_000, 9*mib, 6*mib)
		})),
	},
	{
		id: "R16", title: "frag:{int}: 50.0 % of the values are copies of another, one value is in 33.3 % of the keys",
		planted: plant(probed("frag:{int}", "string", 9000, 9*mib, func(p *aggregate.ProbeFacts) {
			p.Copies = &aggregate.CopyFacts{Saving: estimate(4500, 4*mib, mib), Top: []aggregate.CopiedValue{{Example: "frag:17", Length: 900, Keys: 3000, Memory: 3 * mib}}}
		})),
		not: plant(probed("frag:{int}", "string", 9000, 9*mib, func(p *aggregate.ProbeFacts) { p.Copies = &aggregate.CopyFacts{Saving: estimate(900, mib, 0)} })),
	},
	{
		id: "R17", title: "basket:{int} (hash): 61.0 % not changed for 30 d by last_update, no TTL",
		planted: plant(probed("basket:{int}", "hash", 9000, 9*mib, func(p *aggregate.ProbeFacts) {
			p.ChangedField, p.ChangedKeys = "last_update", 500
			p.Changed = []aggregate.AgeCount{{Seconds: 7 * 86400, Estimate: estimate(8000, 8*mib, 0)}, {Seconds: 30 * 86400, Estimate: estimate(5490, 5*mib, 0)}}
		})),
		not: plant(probed("basket:{int}", "hash", 9000, 9*mib, func(p *aggregate.ProbeFacts) { // a week old at most
			p.ChangedField, p.ChangedKeys = "last_update", 500
			p.Changed = []aggregate.AgeCount{{Seconds: 7 * 86400, Estimate: estimate(8000, 8*mib, 0)}, {Seconds: 30 * 86400, Estimate: estimate(100, 100*kib, 0)}}
		})),
	},
	{
		id: "R18", title: "user_backup:{int} (hash): the name says backup, 9,000 keys without a TTL",
		planted: plant(row("user_backup:{int}", "hash", 9000, 9*mib, 9000, 9*mib)),
		not:     plant(row("golden:{int}", "hash", 9000, 9*mib, 9000, 9*mib), row("household:{int}", "hash", 9000, 9*mib, 9000, 9*mib)),
	},
	{
		id: "R18", title: "hits:{date} (string): 800 keys dated 180 d ago and more, the oldest 2023-02-01, no TTL",
		planted: plant(probed("hits:{date}", "string", 900, mib, func(p *aggregate.ProbeFacts) {
			p.DatedKeys, p.OldestDate, p.Dated = 500, 1_675_209_600_000, estimate(800, 800*kib, 0)
		})),
		not: plant(probed("hits:{date}", "string", 900, mib, func(p *aggregate.ProbeFacts) { p.DatedKeys, p.OldestDate = 500, saved })),
	},
	{
		id: "R19", title: "m:{int}: 200,000 strings, 75.0 % of their 12.0 MiB overhead",
		planted: plant(with(row("m:{int}", "string", 200_000, 12*mib, 0, 0), func(p *aggregate.PatternFacts) { p.Payload = 3 * mib })),
		not:     plant(with(row("m:{int}", "string", 200_000, 12*mib, 0, 0), func(p *aggregate.PatternFacts) { p.Payload = 6 * mib })),
	},
	{
		id: "R20", title: "o:{int}: 90.0 % java serialization, 10.0 % json",
		planted: plant(probed("o:{int}", "string", 9000, 9*mib, func(p *aggregate.ProbeFacts) {
			p.Formats = []aggregate.FormatCount{{Format: "java serialization", Keys: 450, Serialized: true}, {Format: "json", Keys: 50, Serialized: true}}
		})),
		not: plant(probed("o:{int}", "string", 9000, 9*mib, func(p *aggregate.ProbeFacts) {
			p.Formats = []aggregate.FormatCount{{Format: "json", Keys: 480, Serialized: true}, {Format: "text", Keys: 20}}
		})),
	},
	{
		id: "R21", title: "q:{int}: 90,000 nodes of 100 B on average, 88,802 nodes less with nodes of 8 KiB",
		planted: plant(with(row("q:{int}", "list", 100, 20*mib, 100, 20*mib), func(p *aggregate.PatternFacts) {
			p.Lists = aggregate.ListFacts{Keys: 100, Nodes: 90_000, Bytes: 9_000_000, Memory: 20 * mib}
		})),
		not: plant(with(row("q:{int}", "list", 100, 20*mib, 100, 20*mib), func(p *aggregate.PatternFacts) {
			p.Lists = aggregate.ListFacts{Keys: 100, Nodes: 2500, Bytes: 20_000_000, Memory: 20 * mib}
		})),
	},
	{
		id: "R21", title: "q:{int}: 100 lists of 2,500 nodes, compressed but for their ends",
		planted: plant(with(row("q:{int}", "list", 100, 20*mib, 100, 20*mib), func(p *aggregate.PatternFacts) {
			p.Lists = aggregate.ListFacts{Keys: 100, Nodes: 2500, Bytes: 20_000_000, Memory: 20 * mib, Inner: 12 * mib}
		})),
		not: func(r *aggregate.Report) {
			add(r, with(row("q:{int}", "list", 100, 20*mib, 100, 20*mib), func(p *aggregate.PatternFacts) {
				p.Lists = aggregate.ListFacts{Keys: 100, Nodes: 2500, Bytes: 20_000_000, Memory: 20 * mib, Inner: 12 * mib}
			}))
			r.Facts.Settings = map[string]int64{"list-compress-depth": 1} // it is on already
		},
	},
	{
		id: "R22", title: "img:{int} (string): 19.5 % of 20.0 MiB is rounding",
		planted: plant(with(row("img:{int}", "string", 9000, 20*mib, 0, 0), func(p *aggregate.PatternFacts) { p.Waste = 39 * mib / 10 })),
		not:     plant(with(row("img:{int}", "string", 9000, 20*mib, 0, 0), func(p *aggregate.PatternFacts) { p.Waste = 2 * mib })),
	},
	{
		id: "R23", title: "89.0 MiB of 100 MiB are used, 89.0 %: over the 80 % line", opts: Options{MaxMemory: 100 * mib},
		planted: func(r *aggregate.Report) { r.Totals.ReportedUsedMemory = ptr(89 * mib) },
		not:     func(r *aggregate.Report) { r.Totals.ReportedUsedMemory = ptr(60 * mib) },
	},
	{
		id: "R23", title: "maxmemory 10.0 GiB wants 12.0 GiB of memory, the machine has 11.0 GiB", opts: Options{MaxMemory: 10 << 30, RAM: 11 << 30},
		planted: func(*aggregate.Report) {},
		not:     nil,
	},
	{
		id: "R24", title: "slot 7 holds 31.0 MiB in 90 keys, 31.0 % of the memory",
		planted: func(r *aggregate.Report) { slotsOf(r, 31*mib, 90); r.Facts.Cluster = true },
		not:     func(r *aggregate.Report) { slotsOf(r, 31*mib, 90) }, // no cluster in sight
	},
	{
		id: "R24", title: "slot 7 holds 31.0 MiB in 90 keys, 31.0 % of the memory",
		planted: func(r *aggregate.Report) { slotsOf(r, 31*mib, 90); r.Facts.Cluster = true },
		not:     func(r *aggregate.Report) { slotsOf(r, mib, 90); r.Facts.Cluster = true },
	},
	{
		id: "R25", title: "b.rdb has 80.0 % of all used_memory in 2 sources",
		planted: func(r *aggregate.Report) { twoSources(r, 20*mib, 80*mib) },
		not:     func(r *aggregate.Report) { twoSources(r, 45*mib, 55*mib) },
	},
	{
		id: "R26", title: "{{board}}:{int}: 9,000 keys, 16.7 %, in one slot by the tag board",
		planted: func(r *aggregate.Report) {
			plant(row("{{board}}:{int}", "hash", 9000, 20*mib, 0, 0))(r)
			r.Facts.Cluster = true
		},
		not: func(r *aggregate.Report) {
			plant(row("{{{int}}}:board", "hash", 9000, 20*mib, 0, 0))(r)
			r.Facts.Cluster = true
		},
	},
	{
		id: "R26", title: "{{board}}:{int}: 9,000 keys, 16.7 %, in one slot by the tag board",
		planted: func(r *aggregate.Report) {
			plant(row("{{board}}:{int}", "hash", 9000, 20*mib, 0, 0))(r)
			r.Facts.Cluster = true
		},
		not: plant(row("{{board}}:{int}", "hash", 9000, 20*mib, 0, 0)), // no cluster
	},
	{
		id: "R27", title: "redis-7.0: later lines pack sets and need less for each key",
		planted: func(r *aggregate.Report) { r.Facts.Server, r.Sources[0].Model.Server = "redis-7.0", "redis-7.0" },
		not:     func(r *aggregate.Report) { r.Facts.Server, r.Sources[0].Model.Server = "redis-7.2", "redis-7.2" },
	},
	{
		id: "R28", title: "9 keys of modules: ReJSON-RL",
		planted: plant(with(row("j:{int}", "ReJSON-RL", 9, 20*mib, 0, 0), func(p *aggregate.PatternFacts) { p.Module = true })),
		not:     plant(row("j:{int}", "string", 9, 20*mib, 0, 0)),
	},
	{
		id: "R29", title: "1 setting is not known: set-max-listpack-entries on redis-7.0",
		planted: func(r *aggregate.Report) {
			r.Sources[0].Model.Server, r.Sources[0].Model.Config = "redis-7.0", map[string]string{"set-max-listpack-entries": "256", "hash-max-listpack-entries": "600"}
		},
		not: func(r *aggregate.Report) {
			r.Sources[0].Model.Config = map[string]string{"set-max-listpack-entries": "256", "hash-max-listpack-entries": "600"}
		},
	},
	{
		id: "R30", title: "sess:{int}: field cart is 71.0 % of the contents",
		planted: plant(with(probed("sess:{int}", "hash", 9000, 9*mib, func(p *aggregate.ProbeFacts) { p.TopField, p.TopFieldShare = "cart", 7100 }), func(p *aggregate.PatternFacts) { p.Elements = 45_000 })),
		not:     plant(with(probed("sess:{int}", "hash", 9000, 9*mib, func(p *aggregate.ProbeFacts) { p.TopField, p.TopFieldShare = "cart", 4000 }), func(p *aggregate.PatternFacts) { p.Elements = 45_000 })),
	},
	{
		id: "R37", title: "BullMQ keeps 6,000 finished jobs of 8,000: 7.00 MiB, 6.0 % of the memory",
		planted: plant(jobs("bull:{*}:completed", "zset", 3, mib, 6000, false), jobs("bull:{*}:{int}", "hash", 8000, 8*mib, 40_000, true),
			with(row("bull:{*}:wait", "list", 1, 8*mib, 1, 8*mib), func(p *aggregate.PatternFacts) { p.Elements = 2000 })),
		not: plant(jobs("bull:{*}:completed", "zset", 1, kib, 50, false), jobs("bull:{*}:{int}", "hash", 8000, 8*mib, 40_000, true)),
	},
	{
		id: "R31", title: "2 databases hold keys",
		planted: func(r *aggregate.Report) { r.ByType[1].DB = 3 },
		not: func(r *aggregate.Report) {
			r.ByType = append(r.ByType, aggregate.TypeRow{DB: 1, Type: "string", Keys: 3})
		},
	},
	{
		id: "R30", title: "doc:{int}: field \\xff\\x00 is 31.0 % of the contents, 2.00 MiB in the largest",
		planted: plant(with(probed("doc:{int}", "hash", 1, 9*mib, func(p *aggregate.ProbeFacts) {
			p.Sampled, p.Probed, p.TopField, p.TopFieldShare, p.TopFieldLen = 1, 1, `\xff\x00`, 3100, 2*mib
		}), func(p *aggregate.PatternFacts) { p.Elements = 45_000 })),
		not: plant(with(probed("doc:{int}", "hash", 1, 9*mib, func(p *aggregate.ProbeFacts) { // no large part of it
			p.Sampled, p.Probed, p.TopField, p.TopFieldShare, p.TopFieldLen = 1, 1, "body", 900, 20*kib
		}), func(p *aggregate.PatternFacts) { p.Elements = 45_000 })),
	},
	{
		id: "R32", title: "jobs: 1,000 entries pending in 1 group, held by 2 of 5 consumers; at least 900 of them are no longer in the stream; MEMORY USAGE says 1.00 MiB, 150 KiB are allocated",
		planted: plant(with(row("jobs", "stream", 1, mib, 1, mib), func(p *aggregate.PatternFacts) {
			p.Pending = aggregate.PendingEntries{Keys: 1, Memory: mib, Resident: 150 * kib, Length: 100, Entries: 1000, Groups: 1, Consumers: 5, Holders: 2, Most: 900, Top: []aggregate.PendingHolder{
				{Key: "jobs", Group: "g", Consumer: `a\x00"b'`, Entries: 900}, {Key: "jobs", Group: "g", Consumer: "two", Entries: 100}}}
		})),
		not: plant(with(row("jobs", "stream", 1, mib, 1, mib), func(p *aggregate.PatternFacts) { // work in progress
			p.Pending = aggregate.PendingEntries{Keys: 1, Memory: mib, Resident: mib, Length: 100, Entries: 12, Groups: 1, Consumers: 5, Holders: 5, Most: 3}
		})),
	},
	{
		id: "R32", title: "jobs:{int}: 4,000 entries pending in 12 groups, held by 3 of 5 consumers",
		planted: plant(with(row("jobs:{int}", "stream", 9, mib, 9, mib), func(p *aggregate.PatternFacts) {
			p.Pending = aggregate.PendingEntries{Keys: 9, Memory: mib, Resident: 900 * kib, Length: 9000, Entries: 4000, Groups: 12, Consumers: 5, Holders: 3, Most: 2000}
		})),
	},
	{
		id: "R33", title: "50 keys of run:{int} expire in more than 10 y, the last in 82.1 y; milliseconds given as seconds? A thousandth is 30 d",
		planted: plant(with(row("run:{int}", "string", 90, mib, 0, 0), func(p *aggregate.PatternFacts) {
			p.Far = aggregate.FarTTLs{Keys: 50, Memory: mib / 2, Last: saved + 30*86_400*1_000_000}
		})),
		not: plant(row("run:{int}", "string", 90, mib, 0, 0)),
	},
	{
		id: "R33", title: "1 key of run:{int} expires in more than 10 y, the last in 56,665.0 y; as milliseconds that is 2026-09-21T15:13:20.000Z",
		planted: plant(with(row("run:{int}", "string", 90, mib, 0, 0), func(p *aggregate.PatternFacts) {
			p.Far = aggregate.FarTTLs{Keys: 1, Memory: 100, Last: (saved + 3_600_000) * 1000}
		})),
		not: func(r *aggregate.Report) { // a source without a clock
			plant(with(row("run:{int}", "string", 90, mib, 0, 0), func(p *aggregate.PatternFacts) {
				p.Far = aggregate.FarTTLs{Keys: 1, Memory: 100, Last: (saved + 3_600_000) * 1000}
			}))(r)
			r.Sources[0].Now = nil
		},
	},
	{
		id: "R34", title: "dau:{int}: 800 strings, 97.0 % of the bytes looked at are zero; 800 as sets of offsets, 4.00 KiB less each",
		planted: plant(probed("dau:{int}", "string", 800, 5*mib, func(p *aggregate.ProbeFacts) {
			p.Bitmaps, p.BitmapBytes, p.BitmapZeros, p.Sparse = 500, 1000*kib, 970*kib, estimate(800, 5*mib, 5*mib-800*4*kib)
		})),
		not: plant(probed("dau:{int}", "string", 800, 5*mib, func(p *aggregate.ProbeFacts) { // dense
			p.Bitmaps, p.BitmapBytes, p.BitmapZeros = 500, 1000*kib, 600*kib
		})),
	},
	{
		id: "R34", title: "dau:{int}: 800 strings, 97.0 % of the bytes looked at are zero",
		planted: plant(probed("dau:{int}", "string", 800, 50*mib, func(p *aggregate.ProbeFacts) {
			p.Bitmaps, p.BitmapBytes, p.BitmapZeros = 500, 1000*kib, 970*kib
		})),
		not: plant(probed("dau:{int}", "string", 800, 300*kib, func(p *aggregate.ProbeFacts) { // little
			p.Bitmaps, p.BitmapBytes, p.BitmapZeros = 500, 1000*kib, 970*kib
		})),
	},
	{
		id: "R35", title: "laravel_database_laravel_cache_:{alnum} begins twice with the same word: 20,000 keys carry 332 KiB of names for laravel_database_",
		planted: plant(
			row("laravel_database_laravel_cache_:{alnum}", "string", 9000, 2*mib, 0, 0), row("laravel_database_laravel_cache_:{int}:x", "string", 11_000, mib, 0, 0)),
		not: plant(row("laravel_database_cache_:{alnum}", "string", 9000, 2*mib, 0, 0), row("laravel_laravels_:{alnum}", "string", 9000, 2*mib, 0, 0), row("pet:{int}:pet:{int}", "string", 9000, 2*mib, 0, 0)),
	},
	{
		id: "R35", title: "cache:cache:{int} begins twice with the same word: 9,000 keys carry 52.7 KiB of names for cache:",
		planted: plant(row("cache:cache:{int}", "string", 9000, 2*mib, 0, 0)),
		not:     plant(row("cache:cache:{int}", "string", 90, 2*mib, 0, 0), row("cache:cache", "string", 9000, 2*mib, 0, 0)),
	},
	{
		id: "R36", title: "tok:{int}: 9,000 hashes of one field, as strings 23 B less each",
		planted: plant(probed("tok:{int}", "hash", 9000, mib, func(p *aggregate.ProbeFacts) { p.Single = estimate(9000, mib, mib-9000*23) })),
		not: plant(
			probed("tok:{int}", "hash", 9000, mib, func(p *aggregate.ProbeFacts) { p.Single = estimate(9000, mib, mib+9000*8) }),          // strings take more
			probed("mix:{int}", "hash", 9000, 20*mib, func(p *aggregate.ProbeFacts) { p.Single = estimate(4000, 9*mib, 9*mib-9000*23) })), // half of them have more fields
	},
}

func ptr(n int64) *int64 { return &n }

// jobs is a row of a framework of queues: its jobs, or which of them are done.
func jobs(pattern, typ string, keys, bytes, elements int64, all bool) aggregate.PatternFacts {
	p := row(pattern, typ, keys, bytes, keys, bytes)
	p.Elements = elements
	p.Purpose = aggregate.Purpose{Role: role.Job, Own: true, Framework: "BullMQ", Bound: "removeOnComplete", Finished: !all, Jobs: all}
	return p
}

func slotsOf(r *aggregate.Report, top int64, keys int64) {
	r.Slots.All = nil
	rest := 100*mib - top
	for i := range int32(100) {
		s := aggregate.SlotRow{Slot: i, Keys: 10, Memory: rest / 99}
		if i == 7 {
			s.Keys, s.Memory = keys, top
		}
		r.Slots.All = append(r.Slots.All, s)
	}
	r.Slots.All[0].Memory += rest % 99
}

func twoSources(r *aggregate.Report, a, b int64) {
	r.Sources = append(r.Sources, r.Sources[0])
	r.Sources[0].Name, r.Sources[1].Name = "a.rdb", "b.rdb"
	r.Sources[0].ReportedUsedMemory, r.Sources[1].ReportedUsedMemory = &a, &b
}

// checkShares: what a rule saves is in the rows it names, or all suggestions together
// would save too little.
func checkShares(t *testing.T, r *aggregate.Report, id string, o Options) {
	t.Helper()
	for i := range rules {
		if rules[i].ID != id {
			continue
		}
		for _, f := range rules[i].apply(newInput(r), o.limits(&rules[i].RuleInfo)) {
			if f.Saves != nil && *f.Saves > 0 && len(f.shares) == 0 {
				t.Errorf("%s saves %d bytes of no row: a finding that saves has shares", id, *f.Saves)
			}
		}
	}
}

// TestPlanted: each rule speaks of the case that was planted for it, and not of
// one that looks alike and is none.
func TestPlanted(t *testing.T) {
	covered := map[string]bool{}
	for _, c := range plantedCases {
		covered[c.id] = true
		r := clean()
		c.planted(r)
		got, _ := Suggest(r, c.opts)
		checkShares(t, r, c.id, c.opts)
		found := false
		for _, s := range got {
			if s.ID != c.id {
				continue
			}
			if found = s.Title == c.title; !found {
				t.Errorf("%s says %q, want %q", c.id, s.Title, c.title)
				found = true
			}
			if s.Basis == "" || s.Risk == "" || len(s.Action) == 0 || len(s.Evidence) == 0 {
				t.Errorf("%s lacks something: %+v", c.id, s)
			}
			for _, l := range s.Action {
				if !strings.HasPrefix(l, "# ") && (strings.Contains(l, "UNLINK") || strings.Contains(l, " DEL ")) {
					t.Errorf("%s deletes when pasted: %s", c.id, l)
				}
			}
		}
		if !found {
			t.Errorf("%s is silent on %q; others: %v", c.id, c.title, titles(got))
		}
		if c.not == nil {
			continue
		}
		r = clean()
		c.not(r)
		got, _ = Suggest(r, c.opts)
		for _, s := range got {
			if s.ID == c.id {
				t.Errorf("%s speaks of a clean case: %s", c.id, s.Title)
			}
		}
	}
	for _, info := range Rules() {
		if info.ID > "R09" && !covered[info.ID] {
			t.Errorf("no case is planted for %s", info.ID)
		}
	}
}

// An estimate that stands on few keys, or is not larger than its bound, is no
// ground for advice.
func TestUncertainEstimates(t *testing.T) {
	for _, e := range []aggregate.Estimate{
		{Sampled: 8, Keys: 9000, Before: 20 * mib, After: 10 * mib},
		{Sampled: 500, Keys: 9000, Before: 20 * mib, After: 10 * mib, Bound: 6 * mib},
	} {
		r := add(clean(), probed("u:{int}", "string", 9000, 20*mib, func(p *aggregate.ProbeFacts) {
			p.ShortName, p.Short, p.NumberedName, p.Numbered, p.Zlib, p.Copies = "u", e, "u", e, e, &aggregate.CopyFacts{Saving: e}
		}))
		if got, _ := Suggest(r, Options{}); len(got) > 0 {
			t.Errorf("%+v: %v", e, titles(got))
		}
	}
}

func TestThresholdOptions(t *testing.T) {
	r := func() *aggregate.Report {
		return add(clean(), probed("a:long:name:{int}", "string", 90_000, 9*mib, func(p *aggregate.ProbeFacts) {
			p.ShortName, p.Short = "n:{int}", estimate(90_000, 9*mib, 6*mib)
		}))
	}
	o := Options{Thresholds: map[string]map[string]int64{"R14": {"min-each": 40}, "R01": {"big": 1}}}
	if got, _ := Suggest(r(), o); len(got) != 0 {
		t.Errorf("over the threshold: %v", titles(got))
	}
	for _, info := range o.Rules() {
		for _, th := range info.Thresholds {
			if info.ID == "R14" && th.Name == "min-each" && th.Value != 40 || info.ID == "R01" && th.Name == "big" && th.Value != bigKeyBytes {
				t.Errorf("%s %s is %d", info.ID, th.Name, th.Value)
			}
		}
	}
	if got, _ := Suggest(r(), Options{}); len(got) != 1 {
		t.Errorf("the options of another call hold: %v", titles(got))
	}
}
