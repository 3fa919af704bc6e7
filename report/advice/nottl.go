package advice

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

// mixedShare separates the rules for keys without a TTL: where at least this
// share of a row's keys expires, those that do not are a slip (R03), below it
// they are a habit (R02). In ten-thousandths.
const mixedShare = 8000

var noTTL = rule{
	RuleInfo: RuleInfo{
		ID:    "R02",
		Name:  "no-ttl",
		Class: ClassCleanUp,
		Title: "Patterns that look temporary and never expire",
		What: "Speaks of a pattern whose keys have no TTL when something says that they are temporary: their role, which is that of a cache, a session or a limiter; a word of the pattern (temp, tmp, cache, otp, captcha and the like); " +
			"strings that all hold the same few bytes under names that end in an identifier, as marks of what was seen; " +
			"a good part of its keys that does have a TTL, or, where the dump records idle times, that most of its keys have not been touched for long. " +
			"It is silent on work, on what refers to other keys and on whatever else is meant to stay, and gives commands only where the role says that the keys may expire: of a framework's keys it says what the framework offers, of others the fact. " +
			"The saving is the memory of the keys without a TTL, which is what goes if all of them expired: an upper bound. " +
			"In used_memory what the TTLs cost is taken off: entries in the expires table, and on later lines eight bytes in the key itself. " +
			"Records that are meant to stay have no TTL either; without one of these signs a pattern is left in peace, and the pattern table shows its share without a TTL.",
		Why: "Keys that nobody deletes and nothing expires are the commonest reason for memory that only grows. Policies that evict only keys with a TTL cannot touch them either.",
		Thresholds: []Threshold{
			{Name: "min-keys", Value: 10, Unit: UnitKeys, Meaning: "fewer keys without a TTL are not reported"},
			{Name: "min-bytes", Value: 16 << 10, Unit: UnitBytes, Meaning: "less saving is not reported"},
			{Name: "min-share", Value: 10, Unit: UnitShare, Meaning: "nor is a smaller share of all memory"},
			{Name: "some-expire", Value: 2000, Unit: UnitShare, Meaning: "share of a pattern's keys with a TTL that makes the others suspect"},
			{Name: "mixed", Value: mixedShare, Unit: UnitShare, Meaning: "from this share of keys with a TTL on the pattern is R03's"},
			{Name: "idle", Value: 30 * 86400, Unit: UnitSeconds, Meaning: "median idle time from which a pattern counts as abandoned"},
			{Name: "min-marks", Value: 10_000, Unit: UnitKeys, Meaning: "strings of one value from which on they are marks that nobody removes"},
			{Name: "idle-min-share", Value: 500, Unit: UnitShare, Meaning: "share of all memory an abandoned pattern must have when nothing else speaks against it"},
		},
		Risk: noTTLRisk,
	},
	apply: findNoTTL,
}

// noTTLRisk is what every suggestion of R02 has to say.
const noTTLRisk = "A TTL deletes data: make sure that every reader can rebuild or do without these keys before it is set. Give the writers a TTL first, or new keys go on without one."

func findNoTTL(in *input, t limits) []finding {
	var found []finding
	for i, row := range in.Rows {
		bytes := row.MemoryWithoutTTL
		if row.Keys <= 0 || row.Match == "" || row.KeysWithoutTTL < t.get("min-keys") || !in.worth(bytes, t) {
			continue
		}
		expiring := aggregate.RatioOf(row.Keys-row.KeysWithoutTTL, row.Keys)
		if expiring >= aggregate.Ratio(t.get("mixed")) {
			continue
		}
		how := stanceOf(&row.Purpose, row.Purpose.MayExpire)
		marks := row.Keys >= t.get("min-marks") && areMarks(row)
		if how == silent && marks {
			how = states
		}
		if how == silent {
			continue
		}
		var signs []string
		if row.Purpose.MayExpire {
			signs = append(signs, row.RoleReason)
		} else if w := temporaryWord(row.Pattern); w != "" {
			signs = append(signs, fmt.Sprintf("the name says %s", w))
		}
		if marks {
			signs = append(signs, "all hold the same value")
		}
		if expiring >= aggregate.Ratio(t.get("some-expire")) {
			signs = append(signs, fmt.Sprintf("%s of the pattern do", units.Ratio(expiring)))
		}
		idle := in.Idle.Recorded == "idle" && row.IdleP50 != nil && *row.IdleP50 >= t.get("idle")
		if idle && (len(signs) > 0 || aggregate.RatioOf(bytes, in.total) >= aggregate.Ratio(t.get("idle-min-share"))) {
			signs = append(signs, fmt.Sprintf("half of them untouched for %s", units.Seconds(*row.IdleP50)))
		}
		if len(signs) == 0 {
			continue
		}
		f := in.withoutTTL(i, row)
		f.Title = fmt.Sprintf("%s (%s): %s never %s; %s", command.Clip(row.Pattern), command.Line(row.Type),
			units.Plural(row.KeysWithoutTTL, "key"), verb(row.KeysWithoutTTL, "expires", "expire"), strings.Join(signs, ", "))
		f.fact("signs", UnitNone, signs)
		if idle {
			f.Risk = noTTLRisk + " Idle times are those of the server that was dumped: what clients read from replicas, or keep themselves, grows idle there while it is in use."
		}
		f.act = func() []string {
			return in.expiring(row, how, command.Note("set the TTL where the key is written, or new keys go on without one: SET key value EX seconds, or EXPIRE beside HSET, ZADD, RPUSH and the like"))
		}
		found = append(found, f)
	}
	return found
}

// markBytes is how long a value may be that says no more than that something was
// seen.
const markBytes = 16

// areMarks reports whether strings are marks: the same few bytes under each name,
// and names that end in an identifier of something that happened once.
func areMarks(row *aggregate.PatternFacts) bool {
	if row.Probe == nil || !row.Probe.SameValue || !otherLayout(&row.Purpose) || row.Type != "string" || row.Payload-row.KeyName > row.Keys*markBytes {
		return false
	}
	for _, class := range [...]string{"uuid", "ulid", "hex", "b64", "alnum", "jwt"} {
		if strings.HasSuffix(row.Pattern, "{"+class+"}") {
			return true
		}
	}
	return false
}

// expiring is the action of a rule by which keys get a TTL, with what the writer is
// to be told.
func (in *input) expiring(row *aggregate.PatternFacts, how stance, writer string) []string {
	switch how {
	case acts:
		return append([]string{writer}, in.Expire(row)...)
	case offers:
		return append(in.offered(&row.Purpose), in.Listed(row)...)
	case states, silent:
	}
	return in.unsure(row)
}

// withoutTTL returns what is common to the rules for keys without a TTL.
func (in *input) withoutTTL(i int, row *aggregate.PatternFacts) finding {
	bytes := row.MemoryWithoutTTL
	freed, of := row.ResidentWithoutTTL, "allocated bytes"
	if freed == 0 {
		freed, of = bytes, "MEMORY USAGE"
	}
	used := max(0, freed-row.TTLCostBytes)
	f := finding{shares: []share{{row: i, gain: gainExpire, bytes: bytes, keys: row.KeysWithoutTTL}}}
	f.Pattern = row.Pattern
	f.Keys = row.KeysWithoutTTL
	f.Saves = &bytes
	f.SavesUsedMemory = &used
	f.Basis = fmt.Sprintf("upper bound: %s freed if all expired, less %s that TTLs cost", units.Bytes(freed), units.Bytes(row.TTLCostBytes))
	f.Evidence = Evidence{
		{"type", UnitNone, row.Type},
		{"keys", UnitKeys, row.Keys},
		{"keys_without_ttl", UnitKeys, row.KeysWithoutTTL},
		{"memory_without_ttl_bytes", UnitBytes, bytes},
		{"freed_bytes", UnitBytes, freed},
		{"freed_measured_as", UnitNone, of},
		{"ttl_cost_bytes", UnitBytes, row.TTLCostBytes},
		{"example", UnitNone, command.Line(row.Example)},
	}
	if row.IdleP50 != nil {
		f.fact("idle_p50_seconds", UnitSeconds, *row.IdleP50)
	}
	return f
}

// temporaryWords are words that name what is not meant to stay and nothing else, as
// whole words of a pattern; their plurals count too. What people queue, lock, hold
// in carts or sign in with is not among them.
var temporaryWords = []string{"temp", "tmp", "temporary", "scratch", "transient", "ephemeral", "otp", "captcha", "nonce", "csrf", "dedup", "dedupe"}

// temporaryParts are long enough to be looked for inside words: pagecache.
var temporaryParts = []string{"cache"}

// mustGo reports whether a word of a pattern leaves no other meaning: temp may be a
// temperature, what otp names may be a secret that somebody enrolled with.
func mustGo(pattern string) bool {
	switch w := temporaryWord(pattern); w {
	case "", "temp", "temps", "otp", "otps", "nonce", "nonces", "csrf":
		return false
	default:
		return true
	}
}

// temporaryWord returns the first word of a pattern that names something
// temporary, "" when there is none.
func temporaryWord(pattern string) string {
	if strings.ContainsAny(pattern, "\"[") {
		return "" // JSON and the like: words of somebody's data
	}
	for _, w := range words(pattern) {
		for _, t := range temporaryWords {
			if w == t || w == t+"s" || w == t+"es" {
				return w
			}
		}
		for _, t := range temporaryParts {
			if strings.Contains(w, t) {
				return w
			}
		}
	}
	return ""
}

// words splits a pattern into its words in lower case: at what is no letter and
// where camel case begins a new word.
func words(pattern string) []string {
	var out []string
	var w []rune
	flush := func() {
		if len(w) > 0 {
			out = append(out, strings.ToLower(string(w)))
			w = w[:0]
		}
	}
	lower := false
	for _, r := range pattern {
		switch {
		case !unicode.IsLetter(r):
			flush()
		case unicode.IsUpper(r) && lower:
			flush()
			w = append(w, r)
		default:
			w = append(w, r)
		}
		lower = unicode.IsLower(r)
	}
	flush()
	return out
}
