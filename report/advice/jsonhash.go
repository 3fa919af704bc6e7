package advice

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var jsonToHash = rule{
	RuleInfo: RuleInfo{
		ID:    "R10",
		Name:  "json-to-hash",
		Class: ClassCode,
		Title: "JSON objects kept as strings",
		What: "Really converts sampled values: a flat JSON object becomes a hash of its fields, which is sized under this server line and its listpack limits, key and all. " +
			"Objects and arrays inside stay JSON text in a field. Documents of RedisJSON are converted likewise where none has objects or arrays inside. Silent where the hashes would save too little, or take more.",
		Why: "A hash names each field once without quotes, keeps integers as integers, and one field can be read or changed alone. But its listpack has a header and lengths of its own: often little is saved.",
		Thresholds: append(savingThresholds(500),
			Threshold{Name: "min-objects", Value: 5000, Unit: UnitShare, Meaning: "share of the values looked at that must be JSON objects"}),
		Risk: "Every reader and writer changes. A TTL is the whole hash's (fields have their own only from Redis 7.4 and Valkey 9.0 on). Values lose their JSON types: true, 1 and \"1\" look alike. " +
			"Objects within objects are not taken apart.",
	},
	apply: findJSON,
}

func findJSON(in *input, t limits) []finding {
	var found []finding
	for i, row := range in.Rows {
		p := row.Probe
		// A document of RedisJSON with others inside is what that module is for.
		document := row.Type == documentType && p != nil && p.Nested == 0
		if p == nil || row.Type != "string" && !document || p.Objects == 0 || !otherLayout(&row.Purpose) ||
			aggregate.RatioOf(p.Objects, p.Probed) < aggregate.Ratio(t.get("min-objects")) {
			continue
		}
		e := &p.Hash
		if !in.saving(e, t) {
			continue
		}
		f := in.estimated(i, e, gainHash, "value")
		f.fact("objects_looked_at", UnitNone, p.Objects)
		f.fact("objects_nested", UnitNone, p.Nested)
		f.fact("objects_not_packed", UnitNone, p.Tables)
		f.fact("fields_each", UnitNone, p.Fields/p.Objects)
		f.values(p)
		nested := ""
		if p.Nested > 0 {
			nested = fmt.Sprintf(", %s of them nested", units.Ratio(aggregate.RatioOf(p.Nested, p.Objects)))
		}
		f.Title = fmt.Sprintf("%s: %s of JSON%s, as hashes %s less each", command.Clip(row.Pattern), units.Plural(e.Keys, "string"), nested, units.Bytes(each(e)))
		if document {
			f.Title = fmt.Sprintf("%s: %s without any inside, as hashes %s less each", command.Clip(row.Pattern), units.Plural(e.Keys, "JSON document"), units.Bytes(each(e)))
			f.act = func() []string { return append(documentSteps(), in.scan(row)...) }
			found = append(found, f)
			continue
		}
		f.act = func() []string {
			return append([]string{
				command.Note("readers first: HGETALL or HMGET, and GET where the key is still a string, as TYPE or a WRONGTYPE error says"),
				command.Note("writers next, in one MULTI: DEL key, HSET key field value ... with all fields, and the TTL that SET gives today"),
				command.Note("then the keys that exist, in the client, key by key: WATCH key, GET, PTTL, then in MULTI and EXEC: DEL key, HSET key field value ..., and PEXPIRE when PTTL said more than 0, begin again when EXEC does nothing because somebody wrote"),
			}, in.scan(row)...)
		}
		found = append(found, f)
	}
	return found
}

// documentType is RedisJSON's.
const documentType = "ReJSON-RL"

// documentSteps leads from documents of RedisJSON to hashes.
func documentSteps() []string {
	return []string{
		command.Note("a search index ON JSON must be made anew ON HASH; then readers: HGETALL or HMGET, and JSON.GET where the key is still a document, as TYPE or a WRONGTYPE error says"),
		command.Note("writers next, in one MULTI: DEL key, HSET key field value ... with all fields, and the TTL that the document has today"),
		command.Note("then the keys that exist, in the client, key by key: WATCH key, JSON.GET, PTTL, then in MULTI and EXEC: DEL key, HSET key field value ..., and PEXPIRE when PTTL said more than 0, begin again when EXEC does nothing because somebody wrote"),
	}
}
