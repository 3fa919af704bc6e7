package advice

import (
	"fmt"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var copies = rule{
	RuleInfo: RuleInfo{
		ID:    "R16",
		Name:  "duplicates",
		Class: ClassCode,
		Title: "The same values under many keys",
		What: "Compares strings of 64 bytes and more, of at most 16 KiB in the dump, by their length and a digest (128 bits of SHA-256) of all bytes that are stored: of all strings a sample of values, with all keys that hold them, and, for values that very many keys hold, keys sampled by their names. " +
			"Where there are no more values than the sample takes the count is exact. Sessions, limiters, counters, locks and work may be alike and are left alone. Of a value that several patterns share one key of one of them is no copy; the keys of a value that begin with the same words count with the pattern of one of them, and where these are of several patterns the count is not exact. What sources store differently, compressed and not, is not equal. " +
			"The saving is that of each value stored once under a key of its own, with references of 20 bytes under the keys that had it.",
		Why: "A page or a document that is cached under every user's or every query's key is stored as often as there are keys.",
		Thresholds: append(savingThresholds(500),
			Threshold{Name: "min-copies", Value: 2000, Unit: UnitShare, Meaning: "share of the pattern's keys, or of their memory, that must be copies"}),
		Risk: "A reference takes a second look-up, and a value must not go while some key still names it. Equal values may be so by accident, defaults for example.",
	},
	apply: findCopies,
}

func findCopies(in *input, t limits) []finding {
	var found []finding
	for i, row := range in.Rows {
		p := row.Probe
		if p == nil || p.Copies == nil || apartByNature(&row.Purpose) {
			continue
		}
		c := p.Copies
		e := &c.Saving
		part := max(aggregate.RatioOf(e.Keys, row.Keys), aggregate.RatioOf(e.Before, row.Memory))
		if e.Keys == 0 || part < aggregate.Ratio(t.get("min-copies")) || !in.saving(e, t) {
			continue
		}
		f := in.estimated(i, e, gainCopies, "value")
		if e.Exact {
			f.Basis = fmt.Sprintf("exact: the values of %s compared", units.Plural(e.Sampled, "key"))
		}
		f.drop("sampled_keys")
		f.fact("values_looked_at", UnitNone, c.Values)
		f.fact("keys_looked_at", UnitKeys, c.Holders)
		f.fact("compared_keys", UnitKeys, c.Compared)
		f.fact("distinct_values", UnitNone, c.Distinct)
		f.fact("copies", UnitNone, e.Keys)
		f.fact("copies_memory_bytes", UnitBytes, e.Before)
		f.fact("reference_length_bytes", UnitBytes, int64(aggregate.ReferenceLen))
		f.copied(c.Top)
		f.values(p)
		f.Title = fmt.Sprintf("%s: %s of the values are copies of another", command.Clip(row.Pattern), units.Ratio(aggregate.RatioOf(e.Keys, row.Keys)))
		if e.Keys < row.Keys && len(c.Top) > 0 && c.Top[0].Keys*10 >= row.Keys {
			f.Title += fmt.Sprintf(", one value is in %s of the keys", units.Ratio(aggregate.RatioOf(min(c.Top[0].Keys, row.Keys), row.Keys)))
		}
		if len(c.Also) > 0 {
			f.fact("also_under", UnitNone, c.Also)
			f.Title += fmt.Sprintf(", also under %s", command.Clip(c.Also[0]))
		}
		f.act = func() []string {
			why := command.Note("look why: a cache key with parts that do not matter, as a session or a timestamp, makes a copy for each; without these parts the copies' keys go as well")
			if !otherLayout(&row.Purpose) {
				return []string{why}
			}
			return append([]string{why, command.Note("or store the value once under a hash of its contents, and that hash under the keys")}, in.scan(row)...)
		}
		found = append(found, f)
	}
	return found
}

// apartByNature reports whether equal values are nobody's copies: sessions that are as
// new, counts that are alike, work. Under one name they would be one.
func apartByNature(p *aggregate.Purpose) bool {
	return waits(p) || p.Role == role.Session || p.Role == role.Limiter || p.Role == role.Counter
}

// copied adds the values that most memory is spent on, by a key of each.
func (f *finding) copied(top []aggregate.CopiedValue) {
	var examples, counts []string
	var keys, all, lengths, memory []int64
	for i := range top {
		v := &top[i]
		examples, keys = append(examples, command.Line(v.Example)), append(keys, v.Keys)
		lengths, memory, all = append(lengths, v.Length), append(memory, v.Memory), append(all, v.AllKeys)
		if v.Counted {
			counts = append(counts, "exact")
		} else {
			counts = append(counts, "about")
		}
	}
	f.fact("top_examples", UnitNone, examples)
	f.fact("top_keys", UnitKeys, keys)
	f.fact("top_counts", UnitNone, counts)
	f.fact("top_length_bytes", UnitBytes, lengths)
	f.fact("top_memory_bytes", UnitBytes, memory)
	f.fact("top_keys_of_all_patterns", UnitKeys, all)
}

var staleValues = rule{
	RuleInfo: RuleInfo{
		ID:    "R17",
		Name:  "stale",
		Class: ClassCleanUp,
		Title: "Keys that say themselves that nobody changed them for long",
		What: "Reads, in sampled hashes and JSON strings without a TTL, fields whose name says when something was used or changed last (last_update, updated_at, last_seen, mtime, ts and the like) as Unix seconds, milliseconds, microseconds or ISO 8601 within 20 years, and holds them against the dump's own clock. " +
			"The saving is the memory of the keys that are older than the age: what goes if these were deleted or expired. There is no command: a server does not choose keys by what is in them.",
		Why: "Abandoned carts and forgotten sessions stay for ever without a TTL, and tell their age themselves.",
		Thresholds: append(savingThresholds(100),
			Threshold{Name: "age", Value: 30 * 86400, Unit: UnitSeconds, Meaning: "age from which a key is stale: 7, 30, 90 or 365 days, the next larger one counts"},
			Threshold{Name: "min-stale", Value: 2000, Unit: UnitShare, Meaning: "share of the pattern's keys that must be stale"}),
		Risk: "The dump does not say whether the field is kept up to date, nor whether old data is still read. Deleting loses it: look at some keys first.",
	},
	apply: findStale,
}

func findStale(in *input, t limits) []finding {
	var found []finding
	for i, row := range in.Rows {
		p := row.Probe
		if p == nil || in.movedClock() {
			continue
		}
		var at *aggregate.AgeCount
		for j := range p.Changed {
			if p.Changed[j].Seconds >= t.get("age") {
				at = &p.Changed[j]
				break
			}
		}
		if at == nil || aggregate.RatioOf(at.Keys, row.Keys) < aggregate.Ratio(t.get("min-stale")) || !in.saving(&at.Estimate, t) {
			continue
		}
		how := stanceOf(&row.Purpose, row.Purpose.MayDelete)
		if how == silent {
			continue
		}
		f := in.estimated(i, &at.Estimate, gainExpire, "key")
		f.fact("age_seconds", UnitSeconds, at.Seconds)
		f.fact("keys_with_such_a_field_looked_at", UnitKeys, p.ChangedKeys)
		var ages, keys, bytes []int64
		for j := range p.Changed {
			ages, keys, bytes = append(ages, p.Changed[j].Seconds), append(keys, p.Changed[j].Keys), append(bytes, p.Changed[j].Before)
		}
		f.fact("ages_seconds", UnitSeconds, ages)
		f.fact("ages_keys", UnitKeys, keys)
		f.fact("ages_bytes", UnitBytes, bytes)
		field := "a field"
		if p.ChangedField != "" {
			field = p.ChangedField
			f.fact("field", UnitNone, p.ChangedField)
		}
		f.Title = fmt.Sprintf("%s (%s): %s not changed for %s by %s, no TTL", command.Clip(row.Pattern), command.Line(row.Type), units.Ratio(aggregate.RatioOf(at.Keys, row.Keys)), units.Seconds(at.Seconds), field)
		f.act = func() []string {
			if how != acts {
				return in.expiring(row, how, "")
			}
			return append([]string{
				command.Note("set the TTL where the key is changed, EXPIRE beside HSET, so that it lives on as long as it is used"),
				command.Note("no command for those that exist: the server does not choose keys by what is in them, and others of this pattern are in use"),
				command.Note("in the client, key by key: WATCH key, read %s and TTL, and where it is old and has no TTL, EXPIRE in MULTI and EXEC, which does nothing when somebody wrote meanwhile", command.Shown(field)),
			}, in.Listed(row)...)
		}
		found = append(found, f)
	}
	return found
}

var oldNames = rule{
	RuleInfo: RuleInfo{
		ID:    "R18",
		Name:  "old-names",
		Class: ClassCleanUp,
		Title: "Names that say the data is old",
		What: "Speaks of patterns whose name holds a word like old, backup, bak, legacy, deprecated, obsolete or archive, and of patterns with a date in the name where sampled keys without a TTL have one that lies 180 days or more before the dump's clock. " +
			"The saving is the memory of those keys. Commands give a TTL and delete nothing, and only where the whole pattern is meant and its role says that it may go.",
		Why: "Copies made before a migration and statistics of days long past are seldom deleted by those who made them.",
		Thresholds: append(savingThresholds(100),
			Threshold{Name: "min-age", Value: aggregate.DatedSeconds, Unit: UnitSeconds, Meaning: "age of a date in a name from which it counts as old", Fixed: true}),
		Risk: "A name proves nothing: make sure that nobody reads the data. Deleting loses it; a dump of it can be kept.",
	},
	apply: findOldNames,
}

// oldWords name what was put aside.
var oldWords = []string{"old", "bak", "backup", "legacy", "deprecated", "obsolete", "unused", "archive", "archived"}

func findOldNames(in *input, t limits) []finding {
	var found []finding
	for i, row := range in.Rows {
		old := ""
		for _, w := range words(row.Pattern) {
			for _, o := range oldWords {
				if w == o || w == o+"s" {
					old = w
				}
			}
		}
		how := stanceOf(&row.Purpose, row.Purpose.MayDelete)
		if how == silent && row.Purpose.Framework == "" && (row.Purpose.Role == role.Counter || row.Purpose.Role == role.Bitmap) {
			how = states // old statistics are a fact
		}
		if how == silent {
			continue
		}
		var f finding
		dated := false
		switch p := row.Probe; {
		case old != "" && row.KeysWithoutTTL > 0 && in.worth(row.MemoryWithoutTTL, t):
			f = in.withoutTTL(i, row)
			f.Title = fmt.Sprintf("%s (%s): the name says %s, %s without a TTL", command.Clip(row.Pattern), command.Line(row.Type), old, units.Plural(row.KeysWithoutTTL, "key"))
		case p != nil && p.Dated.Keys > 0 && !in.movedClock() && in.saving(&p.Dated, t):
			dated = true
			f = in.estimated(i, &p.Dated, gainExpire, "key")
			f.fact("oldest_date", UnitNone, p.OldestDate.String())
			f.Title = fmt.Sprintf("%s (%s): %s dated %s ago and more, the oldest %.10s, no TTL", command.Clip(row.Pattern), command.Line(row.Type), units.Plural(p.Dated.Keys, "key"), units.Seconds(aggregate.DatedSeconds), p.OldestDate.String())
		default:
			continue
		}
		f.act = func() []string {
			switch how {
			case offers:
				return append(in.offered(&row.Purpose), in.Listed(row)...)
			case states, silent:
				return in.unsure(row)
			case acts:
			}
			if dated || row.Purpose.ByTTL {
				return append([]string{command.Note("no command: the others of this pattern are younger, or in use. Choose from the list, and give what may go a TTL of some days first")}, in.Listed(row)...)
			}
			return append([]string{command.Note("a TTL of some days leaves time to find out who still reads them, PERSIST takes it back")}, in.Expire(row)...)
		}
		found = append(found, f)
	}
	return found
}

var tinyStrings = rule{
	RuleInfo: RuleInfo{
		ID:    "R19",
		Name:  "tiny-strings",
		Class: ClassCode,
		Title: "Many small strings that are mostly overhead",
		What: "Compares what a pattern's strings hold, names and contents, with what they take: object, string headers, entry in the keyspace, rounding. There is no saving: it depends on how they are put together. " +
			"Strings of one entity, for which there is one, are R11's.",
		Why: "A string of a few bytes takes fifty and more beside its name and contents.",
		Thresholds: []Threshold{
			{Name: "min-keys", Value: 10_000, Unit: UnitKeys, Meaning: "smaller patterns are not judged"},
			{Name: "min-share", Value: 500, Unit: UnitShare, Meaning: "share of all memory that the pattern must hold"},
			{Name: "min-overhead", Value: 6500, Unit: UnitShare, Meaning: "share of the pattern's memory that is neither name nor contents"},
		},
		Risk: "Hashes of many strings give up a TTL for each (before Redis 7.4 and Valkey 9.0), and GET, INCR and MGET become HGET, HINCRBY and HMGET.",
	},
	hint: true,
	apply: func(in *input, t limits) []finding {
		merged := map[int]bool{}
		for i := range in.Facts.Entities {
			if x := &in.Facts.Entities[i]; x.Fields*2 >= 3*x.Saving.Sampled {
				for _, n := range x.Rows {
					merged[in.index(&in.Facts.Patterns[n])] = true
				}
			}
		}
		var found []finding
		for i, row := range in.Rows {
			overhead := row.Memory - row.Payload
			if row.Type != "string" || row.Payload == 0 || merged[i] || !otherLayout(&row.Purpose) || row.Keys < t.get("min-keys") ||
				aggregate.RatioOf(row.Memory, in.total) < aggregate.Ratio(t.get("min-share")) ||
				aggregate.RatioOf(overhead, row.Memory) < aggregate.Ratio(t.get("min-overhead")) {
				continue
			}
			f := finding{}
			f.Pattern, f.Keys = row.Pattern, row.Keys
			f.Basis = "exact for this dump; what it saves depends on how they are put together"
			f.Title = fmt.Sprintf("%s: %s, %s of their %s overhead", command.Clip(row.Pattern), units.Plural(row.Keys, "string"), units.Ratio(aggregate.RatioOf(overhead, row.Memory)), units.Bytes(row.Memory))
			f.Evidence = Evidence{
				{"keys", UnitKeys, row.Keys},
				{"memory_bytes", UnitBytes, row.Memory},
				{"payload_bytes", UnitBytes, row.Payload},
				{"name_bytes", UnitBytes, row.KeyName},
				{"overhead_bytes", UnitBytes, overhead},
				{"example", UnitNone, command.Line(row.Example)},
			}
			f.act = func() []string {
				return []string{
					command.Note("where keys have a number: HSET name:number/100 number value puts a hundred into one listpack, well within %s", in.Target.SettingName("hash-max-listpack-entries")),
					command.Note("readers first: HGET, and GET where the hash has no such field yet"),
				}
			}
			found = append(found, f)
		}
		return found
	},
}

var serializers = rule{
	RuleInfo: RuleInfo{
		ID:    "R20",
		Name:  "serializers",
		Class: ClassCode,
		Title: "Values written by serializers of one language",
		What: "Tells the format of sampled strings by magic numbers and structure: JSON, XML, PHP serialize, igbinary, pickle, Java, .NET, Ruby, Erlang, MessagePack, CBOR, Protocol Buffers (by structure, a guess), gzip and other compressors, images. " +
			"Speaks of patterns with a serializer other than JSON or MessagePack, or with several formats. There is no saving: sizes of other formats depend on the data.",
		Why: "Formats of one language lock the data to it, carry class names with every value, and run code of the sender's choice when read carelessly (pickle, Java, PHP objects, Ruby). Several formats under one pattern mean that readers must guess.",
		Thresholds: []Threshold{
			{Name: "min-share", Value: 100, Unit: UnitShare, Meaning: "share of all memory that the pattern must hold"},
			{Name: "min-part", Value: 1000, Unit: UnitShare, Meaning: "share of the values looked at that a format must have to count"},
			{Name: "min-sample", Value: 16, Unit: UnitKeys, Meaning: "patterns of which fewer values were looked at are not judged"},
		},
		Risk: "Changing the format changes every reader and writer, and both forms are there for a while.",
	},
	hint:  true,
	apply: findSerializers,
}

func findSerializers(in *input, t limits) []finding {
	var found []finding
	for _, row := range in.Rows {
		p := row.Probe
		if p == nil || p.Probed < t.get("min-sample") || aggregate.RatioOf(row.Memory, in.total) < aggregate.Ratio(t.get("min-share")) {
			continue
		}
		var names, formats []string
		var keys []int64
		kinds, bound := 0, false
		for _, c := range p.Formats {
			formats, keys = append(formats, c.Format), append(keys, c.Keys)
			if aggregate.RatioOf(c.Keys, p.Probed) < aggregate.Ratio(t.get("min-part")) || !c.Serialized && !c.Compressed {
				continue
			}
			kinds++
			names = append(names, fmt.Sprintf("%s %s", units.Ratio(aggregate.RatioOf(c.Keys, p.Probed)), c.Format))
			bound = bound || c.Serialized && !strings.HasPrefix(c.Format, "json") && c.Format != "msgpack" && c.Format != "cbor" && !strings.HasPrefix(c.Format, "protobuf")
		}
		if !bound && kinds < 2 {
			continue
		}
		f := finding{}
		f.Pattern, f.Keys = row.Pattern, row.Keys
		f.Basis = fmt.Sprintf("%s; risk, not bytes", units.Plural(p.Probed, "sampled value"))
		f.Title = fmt.Sprintf("%s: %s", command.Clip(row.Pattern), strings.Join(names, ", "))
		f.Evidence = Evidence{{"keys", UnitKeys, row.Keys}, {"memory_bytes", UnitBytes, row.Memory}, {"looked_at", UnitNone, p.Probed}, {"formats", UnitNone, formats}, {"format_keys", UnitKeys, keys}}
		f.values(p)
		f.act = func() []string {
			return []string{
				command.Note("agree on one format that every client can read, mark it by a leading byte or in the name, and convert when a value is rewritten"),
				command.Note("never read pickle, Java, PHP or Ruby objects from a server that others can write to"),
			}
		}
		found = append(found, f)
	}
	return found
}

var bigField = rule{
	RuleInfo: RuleInfo{
		ID:    "R30",
		Name:  "big-field",
		Class: ClassCode,
		Title: "One field that is most of its hashes",
		What:  "Looks for the field that is the longest of most sampled hashes of a pattern, and its share of their contents. A field whose name is no plain word is told, escaped, only when it is big. There is no saving: moved to a key of its own it takes the overhead of one.",
		Why:   "A hash lives and expires as a whole. A large field with another lifetime, the cart in a session, keeps the small ones company in memory, and one long value keeps the hash from being a listpack.",
		Thresholds: []Threshold{
			{Name: "min-part", Value: 6000, Unit: UnitShare, Meaning: "share of the contents that the field must be"},
			{Name: "min-share", Value: 100, Unit: UnitShare, Meaning: "share of all memory that the pattern must hold"},
			{Name: "min-sample", Value: 16, Unit: UnitKeys, Meaning: "patterns of which fewer hashes were looked at are not judged"},
			{Name: "big-field", Value: 16 << 10, Unit: UnitBytes, Meaning: "a field of at least this is named whatever the number of hashes"},
			{Name: "big-part", Value: 2000, Unit: UnitShare, Meaning: "share of the contents that such a field must be"},
			{Name: "min-fields", Value: 300, Unit: UnitHundredths, Meaning: "fields that a hash must have on average, in hundredths"},
		},
		Risk: "Two keys are no longer changed by one command: use MULTI, and a hash tag where they must share a slot.",
	},
	apply: func(in *input, t limits) []finding {
		var found []finding
		for _, row := range in.Rows {
			p := row.Probe
			big, part := p != nil && p.TopFieldLen >= t.get("big-field"), "min-part"
			if big {
				part = "big-part"
			}
			if p == nil || p.TopField == "" || !otherLayout(&row.Purpose) || !big && p.Probed < t.get("min-sample") || p.TopFieldShare < aggregate.Ratio(t.get(part)) ||
				row.Elements*100 < row.Keys*t.get("min-fields") || aggregate.RatioOf(row.Memory, in.total) < aggregate.Ratio(t.get("min-share")) {
				continue
			}
			f := finding{}
			f.Pattern, f.Keys = row.Pattern, row.Keys
			f.Basis = fmt.Sprintf("%s; lifetimes, not bytes", units.Plural(p.Probed, "sampled hash"))
			f.Title = fmt.Sprintf("%s: field %s is %s of the contents", command.Clip(row.Pattern), command.Clip(p.TopField), units.Ratio(p.TopFieldShare))
			if big {
				f.Title += fmt.Sprintf(", %s in the largest", units.Bytes(p.TopFieldLen))
			}
			f.Evidence = Evidence{{"keys", UnitKeys, row.Keys}, {"memory_bytes", UnitBytes, row.Memory}, {"looked_at", UnitNone, p.Probed}, {"field", UnitNone, command.Line(p.TopField)}, {"share_ten_thousandths", UnitShare, int64(p.TopFieldShare)}, {"largest_field_bytes", UnitBytes, p.TopFieldLen}}
			f.act = func() []string {
				return []string{command.Note("where the field may go sooner than the rest: give it a key and a TTL of its own, or a field TTL, HPEXPIRE, from Redis 7.4 and Valkey 9.0 on")}
			}
			found = append(found, f)
		}
		return found
	},
}
