package advice

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var oneField = rule{
	RuleInfo: RuleInfo{
		ID:    "R36",
		Name:  "one-field",
		Class: ClassCode,
		Title: "Hashes of a single field",
		What: "Sizes sampled hashes of one field as strings under the hash's name with the field's behind it, a number as a number. " +
			"Says nothing where strings would save too little, or take more.",
		Why: "A listpack of one field pays its header, the entry's lengths and the rounding for nothing that a string has not: INCR, GET and SET do on it what HINCRBY, HGET and HSET do.",
		Thresholds: append(savingThresholds(1000),
			Threshold{Name: "min-part", Value: 9000, Unit: UnitShare, Meaning: "share of the pattern's keys that must have a single field"}),
		Risk: "Every reader and writer changes. A hash that gets a second field later is one key; strings are two, with a TTL each.",
	},
	apply: func(in *input, t limits) []finding {
		var found []finding
		for i, row := range in.Rows {
			p := row.Probe
			if p == nil || row.Type != "hash" || !otherLayout(&row.Purpose) || aggregate.RatioOf(p.Single.Keys, row.Keys) < aggregate.Ratio(t.get("min-part")) || !in.saving(&p.Single, t) {
				continue
			}
			f := in.estimated(i, &p.Single, gainReshape, "hash")
			f.fact("elements", UnitNone, row.Elements)
			f.Title = fmt.Sprintf("%s: %s of one field, as strings %s less each", command.Clip(row.Pattern), units.PluralAs(p.Single.Keys, "hash", "hashes"), units.Bytes(each(&p.Single)))
			f.act = func() []string {
				return append([]string{
					command.Note("readers first: GET key:field, and HGET key field where that is not there"),
					command.Note("writers next, all of them at once: what exists is moved before the first write to it, in one script: HGET, PTTL, SET key:field with NX, PEXPIRE when PTTL said more than 0, HDEL, then SET or INCRBY, whoever deletes does it in both places"),
				}, in.scan(row)...)
			}
			found = append(found, f)
		}
		return found
	},
}
