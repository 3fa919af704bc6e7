package advice

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var stringsToHash = rule{
	RuleInfo: RuleInfo{
		ID:    "R11",
		Name:  "strings-to-hash",
		Class: ClassCode,
		Title: "Several strings for each entity",
		What: "Looks for strings whose names differ only in a last word behind an identifier, as user:17:name and user:17:last_login. All strings of a sampled entity are seen together and sized as one hash of as many fields, entities of a single string too. Where the strings of one entity differ in their TTL it says how many do, and not how to put them together. " +
			"In used_memory the tables of the keyspace, which shrink with the number of keys, are counted as well.",
		Why: "Every key pays for its name, its object and its entry in the keyspace; a field of a listpack pays two or three bytes.",
		Thresholds: append(savingThresholds(1000),
			Threshold{Name: "min-fields", Value: 150, Unit: UnitHundredths, Meaning: "strings that an entity must have on average, in hundredths"}),
		Risk: "Every reader and writer changes. A TTL is then the whole hash's (fields have their own only from Redis 7.4 and Valkey 9.0 on). Commands on several entities at once become several commands.",
	},
	apply: findSiblings,
}

func findSiblings(in *input, t limits) []finding {
	var found []finding
	for i := range in.Facts.Entities {
		x := &in.Facts.Entities[i]
		e := &x.Saving
		if x.Fields*100 < e.Sampled*t.get("min-fields") || !in.saving(e, t) {
			continue
		}
		saves, used := e.Saves(), e.BeforeResident-e.AfterResident+x.KeyspaceSaved
		f := finding{}
		f.Pattern, f.Keys = x.Pattern, x.Keys
		f.Saves, f.SavesUsedMemory = &saves, &used
		f.Basis = basisOf(e, "entity")
		var names []string
		var rows []*aggregate.PatternFacts
		own := false
		for _, n := range x.Rows {
			row := &in.Facts.Patterns[n]
			rows, own = append(rows, row), own || !otherLayout(&row.Purpose)
			if at := in.index(row); at >= 0 {
				f.shares = append(f.shares, share{row: at, gain: gainMerged, bytes: aggregate.MulDiv(saves, row.Memory, max(1, x.Memory)), keys: row.Keys})
			}
			if len(names) < 10 {
				names = append(names, row.Pattern)
			}
		}
		if own {
			continue // a framework looks for these strings
		}
		f.Evidence = Evidence{
			{"patterns", UnitNone, names},
			{"strings", UnitNone, x.Keys},
			{"entities", UnitNone, x.Entities},
			{"sampled_entities", UnitNone, e.Sampled},
			{"sampled_strings", UnitNone, x.Fields},
			{"entities_packed", UnitNone, x.Packed},
			{"entities_with_ttl", UnitNone, x.Expiring},
			{"entities_mixed_ttl", UnitNone, x.MixedTTL},
			{"entities_wide", UnitNone, x.Wide},
			{"memory_before_bytes", UnitBytes, e.Before},
			{"memory_after_bytes", UnitBytes, e.After},
			{"bound_bytes", UnitBytes, e.Bound},
			{"keyspace_saved_bytes", UnitBytes, x.KeyspaceSaved},
			{"example_entity_prefix", UnitNone, command.Line(x.Example)},
		}
		each := x.Fields * 10 / max(1, e.Sampled)
		ttl := ""
		if x.MixedTTL > 0 {
			ttl = fmt.Sprintf("; TTLs differ in %s of them", units.Ratio(aggregate.RatioOf(x.MixedTTL, e.Sampled)))
		}
		f.Title = fmt.Sprintf("%s: %s, %d.%d for each entity, as %s%s", command.Clip(x.Pattern), units.Plural(x.Keys, "string"), each/10, each%10, units.PluralAs(x.Entities, "hash", "hashes"), ttl)
		f.act = func() []string {
			// In a hash, fields that should go would stay, or go with the others.
			if x.MixedTTL > 0 {
				return []string{
					command.Note("put together only strings that live equally long: a hash has one TTL, and an EXPIRE of it takes all of its fields"),
					command.Note("a TTL for each field is HPEXPIRE, from Redis 7.4 and Valkey 9.0 on, without it leave strings with a TTL of their own as they are"),
				}
			}
			lines := []string{
				command.Note("readers first: HGET entity field, and GET entity:field where the hash has no such field yet"),
				command.Note("writers next, all of them at once: HSET entity field value and DEL entity:field in one MULTI, whoever deletes does it in both places, INCR, APPEND and the like only after the string was moved, or they begin anew"),
				command.Note("then what exists, string by string in one script or under WATCH: GET, HSETNX entity field, DEL the string, so that no write in between is lost"),
			}
			if x.Expiring > 0 {
				lines = append(lines, command.Note("the TTL goes along: PTTL of the string first, and PEXPIRE of the hash when that is more than 0, -1 says that there is none and must never be given to EXPIRE"))
			}
			scan, ok := in.ScanRows(x.Match, rows...)
			if !ok {
				return append(lines, scan...)
			}
			return append(append(lines, in.Places("string")...), scan...)
		}
		found = append(found, f)
	}
	return found
}
