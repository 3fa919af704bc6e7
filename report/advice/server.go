package advice

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var headroom = rule{
	RuleInfo: RuleInfo{
		ID:    "R23",
		Name:  "headroom",
		Class: ClassWatch,
		Title: "Memory near its limit",
		What: "Needs --maxmemory (or maxmemory in --config, or --info), and --ram where it is to be judged (--info has it). Holds used_memory as INFO or the dump reports it, or as predicted where it does not, against maxmemory: over 70, 75, 80 and 90 %; and maxmemory against the machine's memory, of which it may take 1/1.2. " +
			"Servers compare used_memory less the buffers of replicas and the AOF with maxmemory, not RSS.",
		Why: "At maxmemory a server evicts with every write, or refuses writes. Fork, buffers and fragmentation take memory beyond it.",
		Thresholds: []Threshold{
			{Name: "line-1", Value: 7000, Unit: UnitShare, Meaning: "the first line: below it all is well"},
			{Name: "line-2", Value: 7500, Unit: UnitShare, Meaning: "the second line"},
			{Name: "line-3", Value: 8000, Unit: UnitShare, Meaning: "the third line: plan for more memory"},
			{Name: "line-4", Value: 9000, Unit: UnitShare, Meaning: "the fourth line: act now"},
			{Name: "ram", Value: 120, Unit: UnitHundredths, Meaning: "memory of the machine for each byte of maxmemory, in hundredths"},
		},
		Risk: "A maxmemory above what the machine can hold ends in swapping or in the kernel killing the server.",
	},
	apply: findHeadroom,
}

func findHeadroom(in *input, t limits) []finding {
	limit := in.limit()
	ram := in.ram
	if ram == 0 && in.Live != nil && len(in.Sources) == 1 {
		ram = in.Live.SystemTotal
	}
	var found []finding
	used, from := in.used()
	switch from {
	case "live":
		from = "used_memory in INFO, less what does not count for eviction"
	case "reported":
		from = "used-mem in the dump"
	}
	if limit > 0 && used > 0 {
		share := aggregate.RatioOf(used, limit)
		line := int64(0)
		for _, name := range []string{"line-1", "line-2", "line-3", "line-4"} {
			if v := t.get(name); share >= aggregate.Ratio(v) {
				line = v
			}
		}
		if line > 0 {
			f := finding{}
			f.Keys = in.Totals.Keys
			f.Basis = from
			f.Title = fmt.Sprintf("%s of %s are used, %s: over the %s line", units.Bytes(used), units.Bytes(limit), units.Ratio(share), units.ExactRatio(line))
			f.Evidence = Evidence{{"used_bytes", UnitBytes, used}, {"maxmemory_bytes", UnitBytes, limit}, {"share_ten_thousandths", UnitShare, int64(share)}, {"maxmemory_for_line_1_bytes", UnitBytes, aggregate.MulDiv(used, 10_000, max(1, t.get("line-1")))}}
			f.act = func() []string {
				return []string{
					command.Note("for %s allow %s, or save by the other suggestions", units.ExactRatio(t.get("line-1")), units.Bytes(aggregate.MulDiv(used, 10_000, max(1, t.get("line-1"))))),
					in.Target.CLI() + " INFO memory",
					in.Target.CLI() + " CONFIG GET 'maxmemory*'",
				}
			}
			found = append(found, f)
		}
	}
	if limit > 0 && ram > 0 && aggregate.MulDiv(limit, t.get("ram"), 100) > ram {
		f := finding{}
		f.Keys = in.Totals.Keys
		f.Basis = "the sizes given"
		f.Title = fmt.Sprintf("maxmemory %s wants %s of memory, the machine has %s", units.Bytes(limit), units.Bytes(aggregate.MulDiv(limit, t.get("ram"), 100)), units.Bytes(ram))
		f.Evidence = Evidence{{"maxmemory_bytes", UnitBytes, limit}, {"ram_bytes", UnitBytes, ram}, {"maxmemory_for_ram_bytes", UnitBytes, aggregate.MulDiv(ram, 100, max(1, t.get("ram")))}}
		f.act = func() []string {
			return []string{
				command.Note("fork and copy-on-write, buffers and fragmentation need room: maxmemory of at most %s on this machine", units.Bytes(aggregate.MulDiv(ram, 100, max(1, t.get("ram"))))),
				in.Target.CLI() + " INFO memory",
			}
		}
		found = append(found, f)
	}
	return found
}

var slotSkew = rule{
	RuleInfo: RuleInfo{
		ID:    "R24",
		Name:  "slot-skew",
		Class: ClassWatch,
		Title: "A hash slot with far more than its share",
		What:  "Sums memory by hash slot (CRC16 of the key or its hash tag). Speaks where the dump has to do with a cluster: cluster mode, several sources, or hash tags in names. The evidence has the shares of three shards with equal ranges of slots.",
		Why:   "A slot is the least that can move between nodes: one that holds much sets how even a cluster can be.",
		Thresholds: []Threshold{
			{Name: "min-share", Value: 500, Unit: UnitShare, Meaning: "share of all memory in one slot, at least"},
			{Name: "times-mean", Value: 10, Unit: UnitTimes, Meaning: "and this many times what the slots in use hold on average"},
			{Name: "min-slots", Value: 8, Unit: UnitSlots, Meaning: "slots that must be in use"},
			{Name: "min-keys", Value: 2, Unit: UnitKeys, Meaning: "keys in the slot: a single one is R01's"},
		},
		Risk: "Taking a hash tag away, or splitting a key, ends commands and transactions over the keys that shared the slot.",
	},
	apply: findSlotSkew,
}

// clustered reports whether the dump has to do with a cluster.
func (in *input) clustered() bool {
	return in.Facts.Cluster || len(in.Sources) > 1 || slices.ContainsFunc(in.Rows, func(r *aggregate.PatternFacts) bool { return strings.Contains(r.Pattern, "{{") })
}

func findSlotSkew(in *input, t limits) []finding {
	all := in.Slots.All
	if !in.clustered() || int64(len(all)) < t.get("min-slots") {
		return nil
	}
	var total int64
	var top aggregate.SlotRow
	var shards [3]int64
	for _, s := range all {
		total += s.Memory
		shards[min(int(s.Slot)*3/16384, 2)] += s.Memory
		if s.Memory > top.Memory || s.Memory == top.Memory && s.Slot < top.Slot {
			top = s
		}
	}
	share := aggregate.RatioOf(top.Memory, total)
	if top.Keys < t.get("min-keys") || share < aggregate.Ratio(t.get("min-share")) || top.Memory/max(1, t.get("times-mean")) < total/int64(len(all)) {
		return nil
	}
	f := finding{}
	f.Keys = top.Keys
	f.Basis = "exact for this dump; balance, not bytes"
	f.Title = fmt.Sprintf("slot %d holds %s in %s, %s of the memory", top.Slot, units.Bytes(top.Memory), units.Plural(top.Keys, "key"), units.Ratio(share))
	f.Evidence = Evidence{
		{"slot", UnitNone, int64(top.Slot)},
		{"keys", UnitKeys, top.Keys},
		{"memory_bytes", UnitBytes, top.Memory},
		{"slots_used", UnitNone, int64(len(all))},
		{"three_shards_ten_thousandths", UnitShare, []int64{int64(aggregate.RatioOf(shards[0], total)), int64(aggregate.RatioOf(shards[1], total)), int64(aggregate.RatioOf(shards[2], total))}},
	}
	f.act = func() []string {
		var lines []string
		if in.Facts.Cluster {
			lines = append(lines, command.Note("which keys are in it, on the node that serves it:"),
				fmt.Sprintf("%s CLUSTER GETKEYSINSLOT %d 10", in.Target.CLI(), top.Slot))
		}
		// What a framework tags belongs together.
		if slices.ContainsFunc(in.Rows, func(r *aggregate.PatternFacts) bool {
			return strings.Contains(r.Pattern, "{{") && (r.Purpose.Own || waits(&r.Purpose))
		}) {
			return append(lines, command.Note("a queue is in one slot, by its hash tag, because its commands take several keys: leave the tag as it is, several queues spread"))
		}
		return append(lines, command.Note("many keys share a hash tag: make the tag narrower where they are not used together, one big key: split it"))
	}
	return []finding{f}
}

var shardSkew = rule{
	RuleInfo: RuleInfo{
		ID:    "R25",
		Name:  "shard-skew",
		Class: ClassWatch,
		Title: "Sources of unequal size",
		What:  "Compares used_memory as each source reports it, or the numbers of keys where one does not. It means something only when the sources are shards of one cluster, saved at about the same time.",
		Why:   "The fullest shard meets its limit while the others have room.",
		Thresholds: []Threshold{
			{Name: "times-mean", Value: 150, Unit: UnitHundredths, Meaning: "the largest is at least so many times the mean, in hundredths"},
			{Name: "min-sources", Value: 2, Unit: UnitSources, Meaning: "sources there must be"},
			{Name: "min-memory", Value: 16 << 20, Unit: UnitBytes, Meaning: "smaller sums are not judged"},
		},
		Risk: "Moving slots costs network and CPU time while clients use them.",
	},
	apply: func(in *input, t limits) []finding {
		n := int64(len(in.Sources))
		if n < t.get("min-sources") || in.total < t.get("min-memory") {
			return nil
		}
		reported := !slices.ContainsFunc(in.Sources, func(s aggregate.Source) bool { return s.ReportedUsedMemory == nil })
		of := func(s *aggregate.Source) int64 {
			if reported {
				return *s.ReportedUsedMemory
			}
			return s.Keys
		}
		var sum int64
		var names []string
		var figures []int64
		top := &in.Sources[0]
		for i := range in.Sources {
			s := &in.Sources[i]
			sum += of(s)
			names, figures = append(names, command.Line(s.Name)), append(figures, of(s))
			if of(s) > of(top) {
				top = s
			}
		}
		if sum == 0 || aggregate.MulDiv(of(top), 100*n, sum) < t.get("times-mean") {
			return nil
		}
		f := finding{}
		f.Keys = top.Keys
		what, unit := "keys", UnitKeys
		if reported {
			what, unit = "used_memory", UnitBytes
		}
		f.Basis = what + " of each source; only if these are shards of one cluster"
		f.Title = fmt.Sprintf("%s has %s of all %s in %d sources", command.Clip(top.Name), units.Ratio(aggregate.RatioOf(of(top), sum)), what, n)
		f.Evidence = Evidence{{"sources", UnitNone, names[:min(len(names), 64)]}, {"figures", unit, figures[:min(len(figures), 64)]}, {"measured", UnitNone, what}}
		f.act = func() []string {
			return []string{command.Note("move slots from the fullest node, some at a time:"), command.Note("%s --cluster rebalance host:port --cluster-threshold 5", in.Target.CLI())}
		}
		return []finding{f}
	},
}

var hashTags = rule{
	RuleInfo: RuleInfo{
		ID:    "R26",
		Name:  "hash-tags",
		Class: ClassWatch,
		Title: "A hash tag that keeps much memory in one slot",
		What:  "Looks for patterns whose hash tag has nothing in it that varies, as {cart}:1 and {cart}:2: all keys of such a pattern are in one slot, whatever their number. Tags with an identifier in them spread; what one of those holds is in the slots. Speaks of clusters only: dumps that record slots, or --cluster; several sources alone are none, and libraries write hash tags for single servers too.",
		Why:   "All of it is on one node of a cluster and can only move as a whole.",
		Thresholds: []Threshold{
			{Name: "min-share", Value: 500, Unit: UnitShare, Meaning: "share of all memory that the pattern must hold"},
			{Name: "min-keys", Value: 100, Unit: UnitKeys, Meaning: "smaller patterns are not judged"},
		},
		Risk: "Commands and transactions on several of these keys need them in one slot: narrow the tag to what is used together.",
	},
	apply: func(in *input, t limits) []finding {
		var found []finding
		for _, row := range in.Rows {
			tag := constantTag(row.Pattern)
			if !in.Facts.Cluster || tag == "" || row.Purpose.Own || waits(&row.Purpose) || row.Keys < t.get("min-keys") || aggregate.RatioOf(row.Memory, in.total) < aggregate.Ratio(t.get("min-share")) {
				continue
			}
			f := finding{}
			f.Pattern, f.Keys = row.Pattern, row.Keys
			f.Basis = "exact for this dump; balance, not bytes"
			f.Title = fmt.Sprintf("%s: %s, %s, in one slot by the tag %s", command.Clip(row.Pattern), units.Plural(row.Keys, "key"), units.Ratio(aggregate.RatioOf(row.Memory, in.total)), command.Shown(tag))
			f.Evidence = Evidence{{"keys", UnitKeys, row.Keys}, {"memory_bytes", UnitBytes, row.Memory}, {"tag", UnitNone, command.Line(tag)}, {"example", UnitNone, command.Line(row.Example)}}
			f.act = func() []string {
				return []string{command.Note("put what varies into the tag, so that only keys used together share a slot, the keys have other names then: readers of both come first"), fmt.Sprintf("%s CLUSTER KEYSLOT %s", in.Target.CLI(), command.Quote(command.Line(tag)))}
			}
			found = append(found, f)
		}
		return found
	},
}

// constantTag returns the hash tag of a pattern when all its keys have the same,
// "" otherwise. Braces of keys are doubled in patterns.
func constantTag(pattern string) string {
	_, rest, ok := strings.Cut(pattern, "{{")
	if !ok {
		return ""
	}
	tag, _, ok := strings.Cut(rest, "}}")
	if !ok || tag == "" || strings.ContainsAny(tag, "{}") {
		return ""
	}
	return tag
}

var upgrade = rule{
	RuleInfo: RuleInfo{
		ID:    "R27",
		Name:  "upgrade",
		Class: ClassSettings,
		Title: "A server line whose successors need less memory",
		What:  "Speaks of lines before Redis 7.2, which keep small sets of strings as tables, and small collections as ziplists up to 6.2. It is a hint without a figure: rdblens whatif --to sizes the same keys for another line.",
		Why:   "Later lines pack more and need less for each key; lines that old get no fixes any more.",
		Thresholds: []Threshold{
			{Name: "min-memory", Value: 1 << 20, Unit: UnitBytes, Meaning: "smaller dumps are not judged"},
		},
		Risk: "A newer server cannot go back: older ones do not read its dumps. Test clients and modules against it first.",
	},
	hint: true,
	apply: func(in *input, t limits) []finding {
		if in.Target.AtLeast(7, 2) || in.total < t.get("min-memory") || in.Facts.Server == "" {
			return nil
		}
		f := finding{}
		f.Keys = in.Totals.Keys
		f.Basis = "a hint; whatif computes it"
		f.Title = fmt.Sprintf("%s: later lines pack sets and need less for each key", in.Target.String())
		f.Evidence = Evidence{{"server", UnitNone, in.Target.String()}, {"memory_bytes", UnitBytes, in.total}}
		f.act = func() []string {
			return []string{command.Note("the same keys on other lines:"), fmt.Sprintf("rdblens whatif --to redis-7.4 --to redis-8.2 --to valkey-8.1 %s", in.Dump())}
		}
		return []finding{f}
	},
}

var moduleData = rule{
	RuleInfo: RuleInfo{
		ID:    "R28",
		Name:  "modules",
		Class: ClassWatch,
		Title: "Data of modules",
		What:  "Names the types of modules and what they hold. Values of RedisBloom, RedisTimeSeries, RedisJSON and vector sets are sized as their modules do; how others lay their data out is their own affair: what the payload holds stands in.",
		Why:   "A dump with such values loads only where the module is there, in a version that knows the encoding.",
		Thresholds: []Threshold{
			{Name: "min-share", Value: 100, Unit: UnitShare, Meaning: "share of all memory, at least"},
			{Name: "min-keys", Value: 1, Unit: UnitKeys, Meaning: "keys, at least"},
		},
		Risk: "None in the data itself; MEMORY USAGE of the running server tells what it takes.",
	},
	hint: true,
	apply: func(in *input, t limits) []finding {
		type sums struct{ keys, memory int64 }
		types := map[string]sums{}
		var keys, memory int64
		for _, row := range in.Rows {
			if !row.Module {
				continue
			}
			s := types[row.Type]
			types[row.Type] = sums{s.keys + row.Keys, s.memory + row.Memory}
			keys += row.Keys
			memory += row.Memory
		}
		if keys < t.get("min-keys") || aggregate.RatioOf(memory, in.total) < aggregate.Ratio(t.get("min-share")) {
			return nil
		}
		names := slices.SortedFunc(maps.Keys(types), func(a, b string) int {
			return cmp.Or(cmp.Compare(types[b].memory, types[a].memory), strings.Compare(a, b))
		})
		names = names[:min(len(names), 10)]
		var ks, ms []int64
		var escaped []string
		for _, n := range names {
			escaped, ks, ms = append(escaped, command.Line(n)), append(ks, types[n].keys), append(ms, types[n].memory)
		}
		f := finding{}
		f.Keys = keys
		f.Basis = "bytes in the dump; the memory of a module is not known"
		f.Title = fmt.Sprintf("%s of modules: %s", units.Plural(keys, "key"), strings.Join(escaped[:min(len(escaped), 3)], ", "))
		f.Evidence = Evidence{{"types", UnitNone, escaped}, {"type_keys", UnitKeys, ks}, {"type_bytes", UnitBytes, ms}}
		f.act = func() []string {
			return []string{command.Note("which modules are loaded, and what a key really takes:"), in.Target.CLI() + " MODULE LIST", command.Note("%s MEMORY USAGE key SAMPLES 0", in.Target.CLI())}
		}
		return []finding{f}
	},
}

var databases = rule{
	RuleInfo: RuleInfo{
		ID:    "R31",
		Name:  "databases",
		Class: ClassWatch,
		Title: "Keys in several databases",
		What:  "Counts the databases with keys. There is no saving to speak of: each has tables of its own.",
		Why:   "Databases of one server share its memory limit, its eviction and its one thread; a cluster of Redis has database 0 only, and FLUSHALL knows no boundary.",
		Thresholds: []Threshold{
			{Name: "min-databases", Value: 2, Unit: UnitDatabases, Meaning: "databases with keys, at least"},
			{Name: "min-keys", Value: 100, Unit: UnitKeys, Meaning: "keys in a database, for it to count"},
		},
		Risk: "Moving a database to a server of its own changes the address in its clients.",
	},
	hint: true,
	apply: func(in *input, t limits) []finding {
		keys, memory := map[int32]int64{}, map[int32]int64{}
		for i := range in.ByType {
			keys[in.ByType[i].DB] += in.ByType[i].Keys
			memory[in.ByType[i].DB] += in.ByType[i].Memory
		}
		var dbs, ks, ms []int64
		for _, db := range slices.Sorted(maps.Keys(keys)) {
			if keys[db] >= t.get("min-keys") {
				dbs, ks, ms = append(dbs, int64(db)), append(ks, keys[db]), append(ms, memory[db])
			}
		}
		if int64(len(dbs)) < t.get("min-databases") {
			return nil
		}
		f := finding{}
		f.Keys = in.Totals.Keys
		f.Basis = "exact for this dump; separation, not bytes"
		f.Title = fmt.Sprintf("%d databases hold keys", len(dbs))
		f.Evidence = Evidence{{"databases", UnitNone, dbs[:min(len(dbs), 64)]}, {"database_keys", UnitKeys, ks[:min(len(ks), 64)]}, {"database_bytes", UnitBytes, ms[:min(len(ms), 64)]}}
		f.act = func() []string {
			return []string{command.Note("separate cache from records by servers, not by databases; within one server by prefixes of names"), in.Target.CLI() + " INFO keyspace"}
		}
		return []finding{f}
	},
}

var settingNames = rule{
	RuleInfo: RuleInfo{
		ID:    "R29",
		Name:  "settings",
		Class: ClassSettings,
		Title: "Settings that the server line does not know",
		What:  "Holds the settings given by --config against the server line that a source was sized for: set-max-listpack-* before 7.2 does nothing there. Names of the other limits changed in 7.0 from *-ziplist-* to *-listpack-*; actions use the line's own.",
		Why:   "CONFIG SET refuses a name it does not know, and a configuration file with one keeps the server from starting.",
		Thresholds: []Threshold{
			{Name: "min-settings", Value: 1, Unit: UnitSettings, Meaning: "such settings, at least"},
		},
		Risk: "None: a setting that is not known has no effect.",
	},
	apply: func(in *input, t limits) []finding {
		var unknown []string
		for i := range in.Sources {
			line, err := memory.ParseServer(in.Sources[i].Model.Server)
			for name := range in.Sources[i].Model.Config {
				if err == nil && !knows(line, name) {
					unknown = append(unknown, name+" on "+line.String())
				}
			}
		}
		slices.Sort(unknown)
		unknown = slices.Compact(unknown)
		if int64(len(unknown)) < t.get("min-settings") {
			return nil
		}
		f := finding{}
		f.Basis = "the settings given"
		f.Title = fmt.Sprintf("%s not known: %s", units.PluralAs(int64(len(unknown)), "setting is", "settings are"), command.Clip(strings.Join(unknown, ", ")))
		f.Evidence = Evidence{{"settings", UnitNone, unknown}}
		f.act = func() []string {
			return []string{command.Note("what the server has:"), in.Target.CLI() + " CONFIG GET '*max*'"}
		}
		return []finding{f}
	},
}

// knows reports whether a line has a setting at all. Server.Heeds says whether
// memory depends on it, which that of maxmemory does not on lines that have it.
func knows(line memory.Server, setting string) bool {
	return !strings.HasPrefix(setting, "set-max-listpack-") || line.Heeds(setting)
}
