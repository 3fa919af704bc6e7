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

// RuleInfo describes a rule.
type RuleInfo struct {
	ID         string      `json:"id"`    // "R02", stable
	Name       string      `json:"name"`  // "no-ttl", stable
	Class      Class       `json:"class"` // who acts on it
	Title      string      `json:"title"` // one line
	What       string      `json:"what"`  // when it speaks, and how its saving is computed
	Why        string      `json:"why"`   // what is wrong with what it finds
	Thresholds []Threshold `json:"thresholds"`
	Risk       string      `json:"risk"` // of following, or of not following, the advice
	Off        bool        `json:"off"`  // left out by the options
}

// Threshold is a limit a rule works with.
type Threshold struct {
	Name    string `json:"name"`
	Value   int64  `json:"value"`
	Unit    Unit   `json:"unit"`
	Meaning string `json:"meaning"`
	// Fixed: it is counted while a dump is read and cannot be changed afterwards.
	Fixed bool `json:"fixed,omitempty"`
}

// Unit is the unit of a threshold or a fact.
type Unit string

// The units of thresholds and facts.
const (
	UnitNone      Unit = ""
	UnitBytes     Unit = "bytes"
	UnitKeys      Unit = "keys"
	UnitSeconds   Unit = "seconds"
	UnitTimes     Unit = "times"
	UnitFields    Unit = "fields"
	UnitMembers   Unit = "members"
	UnitSlots     Unit = "slots"
	UnitSources   Unit = "sources"
	UnitDatabases Unit = "databases"
	UnitSettings  Unit = "settings"
	UnitJobs      Unit = "jobs"
	// UnitHundredths is a number in hundredths.
	UnitHundredths Unit = "hundredths"
	// UnitShare is a share in ten-thousandths, as aggregate.Ratio.
	UnitShare Unit = "ten-thousandths"
)

// String returns the value with its unit, exactly: "16 KiB", "0.1 %", "100 keys",
// "30 d".
func (t Threshold) String() string {
	switch t.Unit {
	case UnitNone:
		return units.Grouped(t.Value)
	case UnitBytes:
		return units.ExactBytes(t.Value)
	case UnitShare:
		return units.ExactRatio(t.Value)
	case UnitSeconds:
		return units.ExactSeconds(t.Value)
	case UnitTimes:
		return units.Grouped(t.Value) + " times"
	case UnitHundredths:
		return fmt.Sprintf("%d.%02d", t.Value/100, t.Value%100)
	default:
		return units.Plural(t.Value, strings.TrimSuffix(string(t.Unit), "s"))
	}
}

// rules is the table of rules in the order of their IDs.
var rules = []rule{
	bigKeys,
	noTTL,
	mixedTTL,
	listpackLimits,
	intsetLimit,
	ttlStorm,
	compressValues,
	evictionPolicy,
	expiredBacklog,
	jsonToHash,
	stringsToHash,
	splitHash,
	trimZset,
	longNames,
	longIDs,
	copies,
	staleValues,
	oldNames,
	tinyStrings,
	serializers,
	quicklists,
	fragmentation,
	headroom,
	slotSkew,
	shardSkew,
	hashTags,
	upgrade,
	moduleData,
	settingNames,
	bigField,
	databases,
	pendingEntries,
	farTTL,
	sparseBitmaps,
	doubledPrefix,
	oneField,
	finishedJobs,
}

// maxPerRule bounds what one rule says: a dump with thousands of patterns gets
// the worst of them.
const maxPerRule = 20

// Rules describes every rule, by ID.
func Rules() []RuleInfo { return Options{}.Rules() }

// Rules describes every rule as the options make it.
func (o Options) Rules() []RuleInfo {
	infos := make([]RuleInfo, len(rules))
	for i := range rules {
		infos[i] = rules[i].RuleInfo
		infos[i].Thresholds = o.limits(&rules[i].RuleInfo)
		infos[i].Off = o.ignores(&rules[i].RuleInfo)
	}
	return infos
}

// limits returns the thresholds of a rule as the options set them.
func (o Options) limits(info *RuleInfo) []Threshold {
	ts := slices.Clone(info.Thresholds)
	for i := range ts {
		if v, ok := o.Thresholds[info.ID][ts[i].Name]; ok && !ts[i].Fixed {
			ts[i].Value = v
		}
	}
	return ts
}

// rule is a row of the table: what it is, and how it is applied.
type rule struct {
	RuleInfo
	hint  bool // what it says without a saving is a Hint
	apply func(in *input, t limits) []finding
}

// limits are the thresholds a rule is applied with.
type limits []Threshold

// get returns a threshold by name; a name that is not in the rule's row is a
// mistake of the rule.
func (l limits) get(name string) int64 {
	for i := range l {
		if l[i].Name == name {
			return l[i].Value
		}
	}
	panic(fmt.Sprintf("advice: internal error: no threshold %q", name))
}

// input is a report made ready for rules: rows in a total order, figures that
// several rules need.
type input struct {
	command.Writer
	total int64 // Σ MEMORY USAGE that shares refer to
	names newNames
	// groups are the places of the rows in Facts.Patterns, which are those of Report.Groups.
	groups map[*aggregate.PatternFacts]int
	// Of the server, bytes; 0 when not known.
	maxMemory, ram int64
}

func newInput(r *aggregate.Report) *input {
	in := &input{Writer: command.Writer{Report: r, Target: command.TargetOf(r)}, total: r.Totals.Memory, groups: make(map[*aggregate.PatternFacts]int)}
	var sum int64
	for i := range r.Facts.Patterns {
		if row := &r.Facts.Patterns[i]; !row.Estimated {
			in.Rows = append(in.Rows, row)
			in.groups[row] = i
			sum += row.Memory
		}
	}
	if in.total <= 0 {
		in.total = sum
	}
	slices.SortFunc(in.Rows, func(a, b *aggregate.PatternFacts) int {
		return cmp.Or(
			cmp.Compare(b.Memory, a.Memory),
			strings.Compare(a.Pattern, b.Pattern),
			strings.Compare(a.Type, b.Type),
			cmp.Compare(b.Keys, a.Keys),
		)
	})
	return in
}

// index returns the place of a row, -1 when it is not among the rows.
func (in *input) index(row *aggregate.PatternFacts) int { return slices.Index(in.Rows, row) }

// worth reports whether a number of bytes reaches the absolute and the relative
// minimum of a rule.
func (in *input) worth(bytes int64, t limits) bool {
	return bytes >= max(1, t.get("min-bytes")) && aggregate.RatioOf(bytes, in.total) >= aggregate.Ratio(t.get("min-share"))
}

// movedClock reports whether some source was judged at a time that is not the
// one it was saved at: then "expired" says nothing about the server.
func (in *input) movedClock() bool {
	const slack = 60_000 // ms; ctime has a resolution of one second
	return slices.ContainsFunc(in.Sources, func(s aggregate.Source) bool {
		return s.Now != nil && s.Ctime != nil && *s.Now-*s.Ctime > slack
	})
}

// finding is a suggestion with what the combined saving needs to know of it.
type finding struct {
	Suggestion
	shares []share
	// act makes the action; it runs only for findings that are kept, because
	// looking for other keys that a glob matches goes through all rows.
	act func() []string
}

// rank is the saving findings are ordered by; what saves nothing comes last.
func (f *finding) rank() int64 {
	if f.Saves == nil {
		return -1
	}
	return *f.Saves
}
