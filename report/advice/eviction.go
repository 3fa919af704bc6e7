package advice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var evictionPolicy = rule{
	RuleInfo: RuleInfo{
		ID:    "R08",
		Name:  "eviction-policy",
		Class: ClassWatch,
		Title: "An eviction policy that finds little to evict",
		What: "A dump does not hold maxmemory-policy, but a server with an LRU policy writes each key's idle time into it, one with an LFU policy its frequency. " +
			"Where either is recorded, or the configuration given says volatile-*, and keys with a TTL hold only a small part of the memory, the rule says how much a volatile-* policy could evict at most. " +
			"It promises no saving, and is silent under filters: a share of some keys is not that of the server.",
		Why: "Policies of the volatile-* family evict only keys with a TTL. When these are used up, writes fail with OOM errors as under noeviction, however much cold data without a TTL there is.",
		Thresholds: []Threshold{
			{Name: "max-volatile-share", Value: 5000, Unit: UnitShare, Meaning: "speaks when keys with a TTL hold less than this share of the memory"},
			{Name: "min-memory", Value: 1 << 20, Unit: UnitBytes, Meaning: "smaller dumps are not judged"},
		},
		Risk: "An allkeys-* policy may evict any key: only where every key can be rebuilt. Keep records and cache on servers of their own if both are needed.",
	},
	apply: findEvictionMisfit,
}

func findEvictionMisfit(in *input, t limits) []finding {
	family := map[string]string{"idle": "lru", "freq": "lfu"}[in.Idle.Recorded]
	given := ""
	for i := range in.Sources {
		if p := in.Sources[i].Model.Config["maxmemory-policy"]; p != "" && (given == "" || strings.HasPrefix(p, "volatile-")) {
			given = strings.ToLower(p)
		}
	}
	if given == "" && in.Live != nil {
		given = strings.ToLower(in.Live.Policy) // the default, which stands in no model
	}
	if given == "" && family == "" || given != "" && !strings.HasPrefix(given, "volatile-") {
		return nil
	}
	volatile := in.Facts.VolatileMemory
	share := aggregate.RatioOf(volatile, in.total)
	if in.Filtered() || in.total < t.get("min-memory") || share >= aggregate.Ratio(t.get("max-volatile-share")) {
		return nil
	}
	policy, basis := command.Clip(given), "exact for this dump; the policy as given in the configuration"
	if given == "" {
		policy = "volatile-" + family
		basis = fmt.Sprintf("exact for this dump; %s recorded: the policy is allkeys-%s or volatile-%s",
			map[string]string{"lru": "IDLE", "lfu": "FREQ"}[family], family, family)
	}
	f := finding{}
	f.Title = fmt.Sprintf("%s could evict %s at most, %s of the memory", policy, units.Bytes(volatile), units.Ratio(share))
	f.Keys = in.Totals.KeysWithTTL
	f.Basis = basis
	f.Evidence = Evidence{
		{"volatile_bytes", UnitBytes, volatile},
		{"memory_bytes", UnitBytes, in.total},
		{"volatile_share_ten_thousandths", UnitShare, int64(share)},
		{"keys_with_ttl", UnitKeys, in.Totals.KeysWithTTL},
		{"keys", UnitKeys, in.Totals.Keys},
		{"recorded", UnitNone, in.Idle.Recorded},
		{"policy_given", UnitNone, command.Line(given)},
	}
	allkeys := "allkeys-lru"
	if family == "lfu" || strings.HasSuffix(given, "-lfu") {
		allkeys = "allkeys-lfu"
	}
	f.act = func() []string {
		lines := []string{
			command.Note("which policy is it, and how near is the limit"),
			in.Target.CLI() + " CONFIG GET 'maxmemory*'",
			in.Target.CLI() + " INFO memory",
			command.Note("with allkeys-* all is well and this can be ignored"),
		}
		if at := slices.IndexFunc(in.Rows, func(r *aggregate.PatternFacts) bool { return waits(&r.Purpose) || r.Purpose.Role == role.Index }); at >= 0 {
			return append(lines, command.Note("with volatile-* give a TTL to what may go, R02 names patterns, and leave the policy as it is: allkeys-* would evict %s, which is %s",
				command.Shown(in.Rows[at].Pattern), in.Rows[at].Purpose.Role.String()))
		}
		if slices.ContainsFunc(in.Rows, func(r *aggregate.PatternFacts) bool { return !r.Purpose.MayExpire }) {
			return append(lines, command.Note("with volatile-* give a TTL to what may go, R02 names patterns, and leave the policy as it is: allkeys-* may evict any key, and not every pattern here is known to be one that can be rebuilt"))
		}
		return append(lines,
			command.Note("with volatile-* either give a TTL to what may go, R02 names patterns, or, if every key may be evicted:"),
			command.Note("%s CONFIG SET maxmemory-policy %s", in.Target.CLI(), allkeys))
	}
	return []finding{f}
}
