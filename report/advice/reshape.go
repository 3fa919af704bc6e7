package advice

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var splitHash = rule{
	RuleInfo: RuleInfo{
		ID:    "R12",
		Name:  "split-hash",
		Class: ClassCode,
		Title: "Big hashes that could be chunks of listpacks",
		What: "Sizes hashes of many fields, key by key, as several hashes of at most 500 fields that fit a listpack, each under the hash's name and a number. " +
			"Speaks of hashes whose fields and values are short enough for one. Chunks of more fields than hash-max-listpack-entries would be tables again and save next to nothing.",
		Why: "A table pays several blocks for each field; a listpack is one block. It also bounds what a command on one piece can cost, and pieces can lie on several nodes of a cluster.",
		Thresholds: []Threshold{
			{Name: "min-fields", Value: aggregate.SplitMin, Unit: UnitFields, Meaning: "smaller hashes are not counted; below, raising the limit (R04) does the same", Fixed: true},
			{Name: "chunk", Value: aggregate.SplitFields, Unit: UnitFields, Meaning: "fields of a chunk at most, or the limit in force where that is smaller", Fixed: true},
			{Name: "min-bytes", Value: 16 << 10, Unit: UnitBytes, Meaning: "less saving is not reported"},
			{Name: "min-share", Value: 10, Unit: UnitShare, Meaning: "nor is a smaller share of all memory"},
			{Name: "min-gain", Value: 1000, Unit: UnitShare, Meaning: "share of the hashes' own memory that must be saved"},
		},
		Risk: "Every reader and writer must choose the chunk, by a hash of the field that never changes. HGETALL, HLEN and HSCAN become many commands, and a transaction over all fields is lost. " +
			"Leave room: a chunk that grows over the limit becomes a table.",
	},
	apply: func(in *input, t limits) []finding {
		var found []finding
		for i, row := range in.Rows {
			x := &row.Split
			if x.Keys == 0 || !otherLayout(&row.Purpose) || !in.reshaped(x, t) {
				continue
			}
			f := in.reshape(i, x, gainReshape)
			f.Title = fmt.Sprintf("%s: %s of %s as %s of at most %d", command.Clip(row.Pattern), units.PluralAs(x.Keys, "hash", "hashes"), units.Plural(x.Elements, "field"),
				units.PluralAs(x.Pieces, "chunk", "chunks"), min(aggregate.SplitFields, in.inForce("hash-max-listpack-entries")))
			f.Basis = "model of each key: chunks of equal numbers of fields"
			f.fact("chunks", UnitNone, x.Pieces)
			f.act = func() []string {
				return append([]string{
					command.Note("in the client: chunk = CRC32 or another fixed hash of the field, modulo the number of chunks, then HSET name:chunk field value"),
					command.Note("choose the number of chunks for twice the fields there are, so that none outgrows %s", in.Target.SettingName("hash-max-listpack-entries")),
					command.Note("readers first: the chunk, and the old hash where the chunk has no such field"),
					command.Note("writers next, all of them at once: HSET to the chunk and HDEL from the old hash in one MULTI, whoever deletes does it in both places, HINCRBY and the like only after the field was moved, or they begin anew"),
					command.Note("then what exists, field by field of HSCAN in one script or under WATCH: HGET from the old hash, HSETNX to the chunk, HDEL, so that no write in between is lost, the old hash goes with its last field"),
				}, in.scan(row)...)
			}
			found = append(found, f)
		}
		return found
	},
}

var trimZset = rule{
	RuleInfo: RuleInfo{
		ID:    "R13",
		Name:  "trim-zset",
		Class: ClassCleanUp,
		Title: "Sorted sets with a long tail",
		What: "Sizes sorted sets of many members, key by key, cut down to 10,000 of them, which are taken to be as long as the others. " +
			"Speaks of leaderboards and feeds only, by their role: of an index, a queue, a set of what is due or positions every member is needed, however many there are.",
		Why: "A leaderboard of which the first pages are read keeps every member for ever unless something trims it; each costs about a hundred bytes.",
		Thresholds: []Threshold{
			{Name: "min-members", Value: aggregate.TrimMin, Unit: UnitMembers, Meaning: "smaller sorted sets are not counted", Fixed: true},
			{Name: "keep", Value: aggregate.TrimKeep, Unit: UnitMembers, Meaning: "members that stay", Fixed: true},
			{Name: "min-bytes", Value: 64 << 10, Unit: UnitBytes, Meaning: "less saving is not reported"},
			{Name: "min-share", Value: 100, Unit: UnitShare, Meaning: "nor is a smaller share of all memory"},
			{Name: "min-gain", Value: 1000, Unit: UnitShare, Meaning: "share of the sets' own memory that must be saved"},
		},
		Risk: "Trimming deletes data: ranks beyond the head are gone, and a member that comes back starts anew. Not for indexes, where every member is needed. The set's table shrinks some time after the trim, not at once.",
	},
	apply: func(in *input, t limits) []finding {
		var found []finding
		for i, row := range in.Rows {
			x := &row.Trim
			if x.Keys == 0 || !row.Purpose.MayTrim || !in.reshaped(x, t) {
				continue
			}
			f := in.reshape(i, x, gainReshape)
			f.Title = fmt.Sprintf("%s: %s of %s, the first %s of each kept", command.Clip(row.Pattern), units.Plural(x.Keys, "sorted set"), units.Plural(x.Elements, "member"), units.Grouped(aggregate.TrimKeep))
			f.Basis = "model of each key: members like the mean, skiplist levels are random"
			f.act = func() []string {
				lines := []string{
					command.Note("first: which end is the tail? Where high scores are best it is the lowest ranks, where low ones are, as with times, the highest ranks, and members that come back need their score"),
					command.Note("where members are added, now and then: ZREMRANGEBYRANK key 0 -%d keeps the highest scores, ZREMRANGEBYRANK key %d -1 the lowest", aggregate.TrimKeep+1, aggregate.TrimKeep),
					command.Note("the first time in steps of a thousand, or one command holds up the server, until ZCARD says enough"),
				}
				if row.Keys == 1 {
					flags, key := command.KeyWord(row.Example)
					lines = append(append(lines, in.Places("zset")...), fmt.Sprintf("%s %sZCARD %s", in.CLI("zset"), flags, key))
				} else {
					lines = append(lines, in.scan(row)...)
				}
				return lines
			}
			found = append(found, f)
		}
		return found
	},
}

// reshaped reports whether another shape is worth a suggestion.
func (in *input) reshaped(x *aggregate.Reshape, t limits) bool {
	saves := x.Before - x.After
	return in.worth(saves, t) && aggregate.RatioOf(saves, x.Before) >= aggregate.Ratio(t.get("min-gain"))
}

// reshape begins a finding about keys of another shape.
func (in *input) reshape(i int, x *aggregate.Reshape, g gain) finding {
	saves, used := x.Before-x.After, x.BeforeResident-x.AfterResident
	f := finding{shares: []share{{row: i, gain: g, bytes: saves, keys: x.Keys}}}
	f.Pattern, f.Keys = in.Rows[i].Pattern, x.Keys
	f.Saves, f.SavesUsedMemory = &saves, &used
	f.Evidence = Evidence{
		{"keys", UnitKeys, x.Keys},
		{"elements", UnitNone, x.Elements},
		{"largest_elements", UnitNone, x.Largest},
		{"memory_before_bytes", UnitBytes, x.Before},
		{"memory_after_bytes", UnitBytes, x.After},
		{"example", UnitNone, command.Line(in.Rows[i].Example)},
	}
	return f
}
