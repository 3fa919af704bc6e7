package advice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

// The facts count keys over these two sizes; the rule can have no others.
const (
	bigKeyBytes  = 1 << 20
	hugeKeyBytes = 10 << 20
)

var bigKeys = rule{
	RuleInfo: RuleInfo{
		ID:    "R01",
		Name:  "big-keys",
		Class: ClassWatch,
		Title: "Single keys of at least 1 MiB",
		What: "Counts keys by their MEMORY USAGE and names the largest ones. It promises no saving: what is in a big key may all be needed. " +
			"Where a big key's bytes can be saved by other means (packing, compression, a TTL), another rule says so.",
		Why: "A command that reads or deletes a big key as a whole holds up every other client; so do its expiry and eviction where they free in the foreground. " +
			"It goes to replicas and between cluster nodes in one piece, and it sits on one node whatever the cluster's size.",
		Thresholds: []Threshold{
			{Name: "big", Value: bigKeyBytes, Unit: UnitBytes, Meaning: "a key of at least this is big", Fixed: true},
			{Name: "huge", Value: hugeKeyBytes, Unit: UnitBytes, Meaning: "a key of at least this is counted as huge as well", Fixed: true},
			{Name: "min-keys", Value: 1, Unit: UnitKeys, Meaning: "speaks from this many big keys on"},
		},
		Risk: "Left alone: pauses for all clients whenever such a key is read whole, deleted, expired, evicted or migrated, and replication buffers that overflow. " +
			"Acting: UNLINK and trimming remove data for good, and splitting a key changes every client that uses it.",
	},
	apply: findBigKeys,
}

func findBigKeys(in *input, t limits) []finding {
	var keys, bytes, hugeKeys, hugeBytes int64
	var names, types []string
	for _, row := range in.Rows {
		if row.Over1MiB == 0 {
			continue
		}
		keys += row.Over1MiB
		bytes += row.Over1MiBMemory
		hugeKeys += row.Over10MiB
		hugeBytes += row.Over10MiBMemory
		names = append(names, row.Pattern)
		types = append(types, row.Type)
	}
	if keys < t.get("min-keys") || keys == 0 {
		return nil
	}
	names, types = command.Unique(names), command.Unique(types)

	largest := slices.DeleteFunc(slices.Clone(in.Biggest), func(k aggregate.BigKey) bool { return k.Memory < bigKeyBytes })
	slices.SortFunc(largest, func(a, b aggregate.BigKey) int {
		return cmp.Or(cmp.Compare(b.Memory, a.Memory), strings.Compare(a.Source, b.Source), cmp.Compare(a.DB, b.DB), strings.Compare(a.Key, b.Key))
	})
	largest = largest[:min(len(largest), 10)]

	title := fmt.Sprintf("%s of at least 1 MiB %s %s", units.Plural(keys, "key"), verb(keys, "holds", "hold"), units.Bytes(bytes))
	if share := aggregate.RatioOf(bytes, in.total); share > 0 {
		title += fmt.Sprintf(" (%s)", units.Ratio(share))
	}
	if hugeKeys > 0 {
		title += fmt.Sprintf(", %s of them at least 10 MiB", units.Grouped(hugeKeys))
	}
	f := finding{}
	f.Title = title
	f.Keys = keys
	if len(names) == 1 {
		f.Pattern = names[0]
	}
	f.Basis = "exact for this dump; latency and replication, not bytes"
	f.Evidence = Evidence{
		{"keys", UnitKeys, keys},
		{"bytes", UnitBytes, bytes},
		{"keys_10mib", UnitKeys, hugeKeys},
		{"bytes_10mib", UnitBytes, hugeBytes},
		{"patterns", UnitNone, names[:min(len(names), 10)]},
		{"largest_keys", UnitNone, []string{}},
	}
	if len(largest) > 0 {
		var ks, ts []string
		var ms, es []int64
		for i := range largest {
			ks = append(ks, command.Line(largest[i].Key))
			ts = append(ts, command.Line(largest[i].Type))
			ms = append(ms, largest[i].Memory)
			es = append(es, largest[i].Elements)
		}
		f.fact("largest_keys", UnitNone, ks)
		f.fact("largest_types", UnitNone, ts)
		f.fact("largest_bytes", UnitBytes, ms)
		f.fact("largest_elements", UnitNone, es)
	}
	f.act = func() []string { return in.bigKeyActions(largest, types) }
	return []finding{f}
}

// pieces says, by type, how a value is read in pieces and how it is made
// smaller.
var pieces = []struct {
	typ, read, split string
	trims            bool // what split says deletes
}{
	{"string", "GETRANGE", "cut it into chunks under keys of their own, or compress it in the client", false},
	{"hash", "HSCAN", "cut it by a hash of the field into several hashes, small enough ones of which become listpacks", false},
	{"set", "SSCAN", "cut it by a hash of the member into several sets", false},
	{"zset", "ZRANGE of ranks or ZSCAN", "trim it by ZREMRANGEBYRANK in steps of a few thousand", true},
	{"list", "LRANGE of ranges", "trim it by LTRIM in steps of a few thousand", true},
	{"stream", "XRANGE with COUNT", "bound it by XADD with MAXLEN or XTRIM with LIMIT", true},
}

// splits reports whether a big key of a type may be cut, or trimmed: all rows with
// big keys of it must allow that.
func (in *input) splits(typ string, trims bool) bool {
	for _, row := range in.Rows {
		if p := &row.Purpose; row.Over1MiB > 0 && row.Type == typ && (trims && !p.MayTrim || !trims && !otherLayout(p)) {
			return false
		}
	}
	return true
}

// bigPurpose is what a big key is for, the zero Purpose when that is not known.
func (in *input) bigPurpose(k *aggregate.BigKey) (p aggregate.Purpose) {
	name := command.Unescape(k.Key)
	for _, row := range in.Rows {
		if row.Type == k.Type && (row.Pattern == k.Pattern || slices.Contains(row.Names, name)) {
			return row.Purpose
		}
	}
	return p
}

func (in *input) bigKeyActions(largest []aggregate.BigKey, types []string) []string {
	lines := []string{}
	if len(in.Sources) > 1 {
		lines = append(lines, command.Note("on the server of the source that holds the key"))
	}
	for i := range largest[:min(len(largest), 3)] {
		k := &largest[i]
		if k.KeyLen > 1024 || k.Key == "" {
			continue // only the beginning of the name is known
		}
		cli := in.Target.CLI()
		if k.DB > 0 {
			cli += fmt.Sprintf(" -n %d", k.DB)
		}
		flags, key := command.KeyWord(k.Key)
		lines = append(lines, fmt.Sprintf("%s %sMEMORY USAGE %s", cli, flags, key))
		p := in.bigPurpose(k)
		switch how := stanceOf(&p, p.MayDelete); {
		case how == acts && (in.Withheld() != "" || p.ByTTL):
			// What says that it may go was judged by some of the keys.
		case how == acts:
			lines = append(lines,
				command.Note("when it may go: UNLINK frees it in the background, DEL stops the server meanwhile"),
				command.Note("%s %sUNLINK %s", cli, flags, key))
		case how == offers:
			lines = append(lines, in.offered(&p)...)
		}
	}
	for _, p := range pieces {
		switch {
		case !slices.Contains(types, p.typ):
		case in.splits(p.typ, p.trims):
			lines = append(lines, command.Note("%s: read it in pieces by %s, never whole, and %s", p.typ, p.read, p.split))
		default:
			lines = append(lines, command.Note("%s: read it in pieces by %s, never whole", p.typ, p.read))
		}
	}
	if !in.Target.LazyByDefault() {
		lines = append(lines,
			command.Note("let expiry and eviction free big values in the background too, and write it into the configuration file"),
			in.Target.CLI()+" CONFIG SET lazyfree-lazy-expire yes",
			in.Target.CLI()+" CONFIG SET lazyfree-lazy-eviction yes")
	}
	return lines
}
