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

var expiredBacklog = rule{
	RuleInfo: RuleInfo{
		ID:    "R09",
		Name:  "expired-backlog",
		Class: ClassCleanUp,
		Title: "Expired keys that still take memory",
		What: "Counts keys whose TTL had passed when the dump was saved and that were still there. The saving is their memory: nobody can read these keys any more. " +
			"Servers let such keys be while they are under a tenth of those with a TTL, so only a share above that says that the expiry cycle does not keep up. " +
			"Silent when the report's clock was moved past the time of saving: then keys count as expired that were not.",
		Why: "An expired key goes when it is accessed or when the server's expiry cycle comes upon it. Until then it takes memory for nothing. A large backlog means that the cycle does not keep up, or that the dump is a replica's: replicas wait for their primary's deletions.",
		Thresholds: []Threshold{
			{Name: "min-keys", Value: 100, Unit: UnitKeys, Meaning: "fewer expired keys are not reported"},
			{Name: "min-bytes", Value: 16 << 10, Unit: UnitBytes, Meaning: "less memory is not reported"},
			{Name: "min-share", Value: 100, Unit: UnitShare, Meaning: "speaks when expired keys hold this share of the memory"},
			{Name: "of-volatile", Value: 100, Unit: UnitShare, Meaning: "or when they are this share of the keys with a TTL"},
		},
		Risk: "A higher active-expire-effort takes CPU time from commands. On a replica nothing is wrong as long as its primary deletes in time.",
	},
	apply: findBacklog,
}

func findBacklog(in *input, t limits) []finding {
	keys, bytes := in.Totals.KeysExpired, in.Totals.MemoryExpired
	if in.movedClock() || keys < t.get("min-keys") || bytes < t.get("min-bytes") {
		return nil
	}
	if aggregate.RatioOf(bytes, in.total) < aggregate.Ratio(t.get("min-share")) &&
		aggregate.RatioOf(keys, in.Totals.KeysWithTTL) < aggregate.Ratio(t.get("of-volatile")) {
		return nil
	}
	type part struct {
		row int
		*aggregate.PatternFacts
	}
	var parts []part
	var resident int64
	known := true
	for i, row := range in.Rows {
		if row.Expired > 0 {
			parts = append(parts, part{i, row})
			resident += row.ExpiredResident
			known = known && row.ExpiredResident > 0
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(b.ExpiredMemory, a.ExpiredMemory), strings.Compare(a.Pattern, b.Pattern))
	})
	f := finding{}
	stale := aggregate.RatioOf(keys, in.Totals.KeysWithTTL)
	f.Title = fmt.Sprintf("%s past %s TTL still %s %s, %s of the keys with a TTL", units.Plural(keys, "key"), verb(keys, "its", "their"), verb(keys, "takes", "take"), units.Bytes(bytes), units.Ratio(stale))
	f.Keys = keys
	f.Saves = &bytes
	if known && len(parts) > 0 {
		f.SavesUsedMemory = &resident
	}
	f.Basis = "exact for this dump, at the time it was saved"
	names, rowKeys, rowBytes := []string{}, []int64{}, []int64{}
	for i, p := range parts {
		f.shares = append(f.shares, share{row: p.row, gain: gainExpired, bytes: p.ExpiredMemory, keys: p.Expired})
		if i < 10 {
			names = append(names, p.Pattern)
			rowKeys = append(rowKeys, p.Expired)
			rowBytes = append(rowBytes, p.ExpiredMemory)
		}
	}
	if len(parts) == 1 {
		f.Pattern = names[0]
	}
	f.Evidence = Evidence{
		{"keys", UnitKeys, keys},
		{"bytes", UnitBytes, bytes},
		{"keys_with_ttl", UnitKeys, in.Totals.KeysWithTTL},
		{"patterns", UnitNone, names},
		{"pattern_keys", UnitKeys, rowKeys},
		{"pattern_bytes", UnitBytes, rowBytes},
	}
	f.act = func() []string {
		lines := []string{
			command.Note("if the dump is that of a replica, look at the primary: replicas keep expired keys until the primary deletes them"),
			in.Target.CLI() + " INFO replication",
			command.Note("on the primary: how much is stale, and does the cycle hit its time limit"),
			in.Target.CLI() + " INFO stats",
			command.Note("expired_stale_perc over 10: let the cycle work harder, 1 to 10, one step at a time"),
			in.Target.CLI() + " CONFIG SET active-expire-effort 2",
			command.Note("a full scan deletes what it comes upon that has expired"),
		}
		for _, db := range in.Databases("")[:min(len(in.Databases("")), 16)] {
			lines = append(lines, fmt.Sprintf("%s -n %d --scan > /dev/null", in.Target.CLI(), db))
		}
		return lines
	}
	return []finding{f}
}
