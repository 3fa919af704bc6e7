package advice

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var mixedTTL = rule{
	RuleInfo: RuleInfo{
		ID:    "R03",
		Name:  "mixed-ttl",
		Class: ClassCleanUp,
		Title: "A few keys without a TTL in a pattern that expires",
		What: "Speaks of a pattern most of whose keys expire while some do not. The saving is the memory of those that do not, as in R02: what goes if they expired like the others; " +
			"in used_memory without what their entries in the expires table take. " +
			"Commands come only where more than the TTLs of the others says that the keys may go: a cache's envelope, a word of the name, a session, a limiter.",
		Why: "Usually a bug of one code path: a plain SET on a key that exists drops its TTL (KEEPTTL or EX keeps or renews it), so do GETSET and RENAME onto it; " +
			"INCR or HSET on a key that has just expired makes a new one without any. Such keys stay for ever and pile up.",
		Thresholds: []Threshold{
			{Name: "mixed", Value: mixedShare, Unit: UnitShare, Meaning: "share of the pattern's keys that has a TTL, at least"},
			{Name: "min-pattern-keys", Value: 50, Unit: UnitKeys, Meaning: "smaller patterns are not judged"},
			{Name: "min-keys", Value: 5, Unit: UnitKeys, Meaning: "fewer keys without a TTL are not reported"},
			{Name: "min-part", Value: 10, Unit: UnitShare, Meaning: "nor a smaller share of the pattern's keys: a few pinned records"},
			{Name: "min-bytes", Value: 1 << 10, Unit: UnitBytes, Meaning: "nor less saving"},
		},
		Risk: "Some of these keys may be permanent on purpose (a default entry, a pinned record): look at the list before setting a TTL.",
	},
	apply: findMixedTTL,
}

func findMixedTTL(in *input, t limits) []finding {
	var found []finding
	for i, row := range in.Rows {
		if row.Match == "" || row.Keys < t.get("min-pattern-keys") || row.KeysWithoutTTL < t.get("min-keys") || row.MemoryWithoutTTL < t.get("min-bytes") {
			continue
		}
		expiring := aggregate.RatioOf(row.Keys-row.KeysWithoutTTL, row.Keys)
		if expiring < aggregate.Ratio(t.get("mixed")) || aggregate.RatioOf(row.KeysWithoutTTL, row.Keys) < aggregate.Ratio(t.get("min-part")) {
			continue
		}
		how := stanceOf(&row.Purpose, row.Purpose.MayExpire)
		if how == silent {
			continue
		}
		// An account that pays has no TTL where those of guests have one.
		if how == acts && row.Purpose.ByTTL && !mustGo(row.Pattern) {
			how = states
		}
		f := in.withoutTTL(i, row)
		f.Title = fmt.Sprintf("%s (%s): %s never %s, %s of the pattern's keys do", command.Clip(row.Pattern), command.Line(row.Type),
			units.Plural(row.KeysWithoutTTL, "key"), verb(row.KeysWithoutTTL, "expires", "expire"), units.Ratio(expiring))
		f.fact("keys_with_ttl", UnitKeys, row.Keys-row.KeysWithoutTTL)
		f.act = func() []string {
			return in.expiring(row, how, command.Note("look for the writer that loses the TTL: SET without KEEPTTL or EX, GETSET, RENAME, PERSIST, or INCR and HSET on a key that had expired"))
		}
		found = append(found, f)
	}
	return found
}
