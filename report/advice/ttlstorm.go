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

var ttlStorm = rule{
	RuleInfo: RuleInfo{
		ID:    "R06",
		Name:  "ttl-storm",
		Class: ClassWatch,
		Title: "Many keys that expire at the same time",
		What: "Takes the spans of the expiry timeline in which unusually many keys expire and names their keys, bytes and patterns, which are rows of the pattern table. What share of the keys a pattern has comes from sampled keys of the span; one is named only when so many of these are its own that it has more than half of all. " +
			"A span that is wholly before the dump's own clock has passed and is not reported. At most the five largest are named. It promises no saving: the keys go either way.",
		Why: "Keys written together with the same TTL expire together. The server then spends its cycles on deleting, and clients that find their entries gone rebuild all of them at once.",
		Thresholds: []Threshold{
			{Name: "min-keys", Value: 1000, Unit: UnitKeys, Meaning: "smaller storms are not reported"},
			{Name: "min-share", Value: 100, Unit: UnitShare, Meaning: "share of all keys with a TTL, or of their bytes, that a storm must have"},
			{Name: "max-width", Value: 3600, Unit: UnitSeconds, Meaning: "wider spans are no storm"},
		},
		Risk: "Left alone: a peak of deletions and of cache misses at that time. Jitter makes some entries live shorter or longer than the others by its width.",
	},
	apply: findStorms,
}

// maxStorms bounds what is said of one timeline: the largest storms.
const maxStorms = 5

func findStorms(in *input, t limits) []finding {
	var clock *aggregate.Time
	for i := range in.Sources {
		if n := in.Sources[i].Now; n != nil && (clock == nil || *n < *clock) {
			clock = n
		}
	}
	storms := slices.DeleteFunc(slices.Clone(in.Expiry.Storms), func(s aggregate.Storm) bool {
		share := max(aggregate.RatioOf(s.Keys, in.Totals.KeysWithTTL), aggregate.RatioOf(s.Memory, in.Totals.MemoryWithTTL))
		past := clock != nil && s.At+aggregate.Time(s.WidthSeconds*1000) <= *clock
		return s.Keys < t.get("min-keys") || share < aggregate.Ratio(t.get("min-share")) || past || s.WidthSeconds > t.get("max-width")
	})
	slices.SortFunc(storms, func(a, b aggregate.Storm) int {
		return cmp.Or(cmp.Compare(b.Keys, a.Keys), cmp.Compare(a.At, b.At), cmp.Compare(a.WidthSeconds, b.WidthSeconds))
	})
	var found []finding
	for _, s := range storms[:min(len(storms), maxStorms)] {
		width := max(1, s.WidthSeconds)
		f := finding{}
		of := ""
		if s.Mostly() {
			of = ", mostly " + command.Clip(s.TopPatterns[0]) + ","
			f.Pattern = s.TopPatterns[0]
		}
		f.Title = fmt.Sprintf("%s (%s)%s %s within %s from %s", units.Plural(s.Keys, "key"), units.Bytes(s.Memory), of, verb(s.Keys, "expires", "expire"), units.Seconds(width), units.Moment(s.At))
		f.Keys = s.Keys
		f.Basis = "exact for this dump"
		patterns := slices.Clone(s.TopPatterns)
		if patterns == nil {
			patterns = []string{}
		}
		shares := make([]int64, 0, len(s.TopShares))
		for _, r := range s.TopShares {
			shares = append(shares, int64(r))
		}
		f.Evidence = Evidence{
			{"at", UnitNone, s.At.String()},
			{"width_seconds", UnitSeconds, s.WidthSeconds},
			{"keys", UnitKeys, s.Keys},
			{"bytes", UnitBytes, s.Memory},
			{"keys_per_minute", UnitNone, perMinute(s.Keys, width)},
			{"bytes_per_minute", UnitBytes, perMinute(s.Memory, width)},
			{"patterns", UnitNone, patterns},
			{"pattern_shares_ten_thousandths", UnitShare, shares},
		}
		written := "these keys are"
		if len(patterns) > 0 {
			names := make([]string, 0, 3)
			for _, p := range patterns[:min(len(patterns), 3)] {
				names = append(names, command.Shown(p))
			}
			written = strings.Join(names, ", ") + verb(int64(len(names)), " is", " are")
		}
		f.act = func() []string {
			return []string{
				command.Note("where %s written, which are among them: add up to 10 %% at random to the TTL instead of giving all the same", written),
				command.Note("the same for jobs that write at a fixed time, and for EXPIREAT and PEXPIREAT at a round hour: add a random part"),
				command.Note("clients: let one of them rebuild a missing entry while the others wait or serve the old one"),
				command.Note("keys that are written already expire as they are, once, which can be watched in INFO stats, expired_keys and expired_time_cap_reached_count"),
				in.Target.CLI() + " INFO stats",
			}
		}
		found = append(found, f)
	}
	return found
}

// perMinute returns n per 60 seconds when it was counted over width seconds.
func perMinute(n, width int64) int64 { return n/width*60 + n%width*60/width }
