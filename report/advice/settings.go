package advice

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/report/units"
)

// packThresholds are those of the rules that raise a limit of a packed
// encoding.
func packThresholds() []Threshold {
	return []Threshold{
		{Name: "min-bytes", Value: 16 << 10, Unit: UnitBytes, Meaning: "less saving is not reported"},
		{Name: "min-share", Value: 10, Unit: UnitShare, Meaning: "nor is a smaller share of all memory"},
		{Name: "min-gain", Value: 1000, Unit: UnitShare, Meaning: "share of the converted keys' own memory that must be saved"},
		{Name: "enough", Value: 8000, Unit: UnitShare, Meaning: "the smallest value is chosen that gets this share of the best saving"},
		{Name: "max-packed", Value: 64 << 10, Unit: UnitBytes, Meaning: "values that make a larger blob than this are not considered: each access scans or moves it"},
		{Name: "max-raise", Value: 16, Unit: UnitTimes, Meaning: "values above the one in force times this are not considered"},
	}
}

// packRisk is the cost of a packed encoding.
const packRisk = "CPU for memory: looking for an element of a packed value scans it from its start, and every change moves the bytes behind it. " +
	"The setting holds for every key of its type, also for those that come later. Watch the latency percentiles after the change; lowering the limit again converts a key back only when it is next written."

// mostly is the share of a saving, in ten-thousandths, from which a pattern
// gives it its name.
const mostly = 9000

// inForce returns the value a setting has now: as some source says, under its
// old name too, or the default of all lines.
func (in *input) inForce(setting string) int64 {
	if v, ok := in.Facts.Settings[setting]; ok {
		return v
	}
	for name, v := range in.Facts.Settings {
		if canonical, ok := memory.CanonicalSetting(name); ok && canonical == setting {
			return v
		}
	}
	text, _ := memory.DefaultConfig().Get(setting)
	v, _ := strconv.ParseInt(text, 10, 64) // of the settings that are numbers
	return v
}

// raise is what one value of a setting would do to the whole dump.
type raise struct {
	value                      int64
	keys, before, after        int64
	longest                    int64
	residentKnown              bool
	residentBefore, residentOf int64
	rows                       []rowRaise
}

type rowRaise struct {
	row int
	aggregate.Candidate
}

func (r *raise) saves() int64 { return r.before - r.after }

// raises adds the candidates of all rows up, for every value of a setting that
// some row has a candidate at, ascending. Candidates are cumulative: a row
// without one at some value has what its next lower one says.
func (in *input) raises(setting string) []raise {
	perRow := make(map[int][]aggregate.Candidate)
	var values []int64
	var concerned []int // rows that have candidates
	for i, row := range in.rows {
		for _, c := range row.Candidates {
			if c.Setting == setting && c.Keys > 0 {
				perRow[i] = append(perRow[i], c)
				values = append(values, c.Value)
			}
		}
		if cs := perRow[i]; cs != nil {
			slices.SortFunc(cs, func(a, b aggregate.Candidate) int { return cmp.Compare(a.Value, b.Value) })
			concerned = append(concerned, i)
		}
	}
	slices.Sort(values)
	values = slices.Compact(values)

	out := make([]raise, 0, len(values))
	for _, v := range values {
		sum := raise{value: v, residentKnown: true}
		for _, i := range concerned {
			cs := perRow[i]
			n, exact := slices.BinarySearchFunc(cs, v, func(c aggregate.Candidate, v int64) int { return cmp.Compare(c.Value, v) })
			if !exact {
				n--
			}
			if n < 0 {
				continue
			}
			c := cs[n]
			sum.keys += c.Keys
			sum.before += c.Before
			sum.after += c.After
			sum.longest = max(sum.longest, c.Longest)
			sum.residentKnown = sum.residentKnown && c.BeforeResident > 0 && c.AfterResident > 0
			sum.residentBefore += c.BeforeResident
			sum.residentOf += c.AfterResident
			sum.rows = append(sum.rows, rowRaise{i, c})
		}
		out = append(out, sum)
	}
	return out
}

// choose returns the smallest allowed value that gets enough of the best
// allowed saving, nil when none is worth it.
func (in *input) choose(rs []raise, now int64, t limits) *raise {
	allowed := func(r *raise) bool {
		return r.value > now && r.longest <= t.get("max-packed") && (r.value-1)/t.get("max-raise") < now
	}
	var best int64
	for i := range rs {
		if allowed(&rs[i]) {
			best = max(best, rs[i].saves())
		}
	}
	for i := range rs {
		r := &rs[i]
		if !allowed(r) || r.saves() <= 0 || aggregate.RatioOf(r.saves(), best) < aggregate.Ratio(t.get("enough")) {
			continue
		}
		if in.worth(r.saves(), t) && aggregate.RatioOf(r.saves(), r.before) >= aggregate.Ratio(t.get("min-gain")) {
			return r
		}
	}
	return nil
}

// raiseLimit is the rule of one setting: packs names the encoding it leads to.
func (in *input) raiseLimit(setting, packs string, g gain, t limits) []finding {
	if !in.target.Heeds(setting) {
		return nil
	}
	now := in.inForce(setting)
	rs := in.raises(setting)
	r := in.choose(rs, now, t)
	if r == nil {
		return nil
	}
	saves := r.saves()
	name := in.target.SettingName(setting)
	typ, _, _ := strings.Cut(setting, "-")

	f := finding{}
	f.Keys = r.keys
	f.Saves = &saves
	if r.residentKnown {
		used := r.residentBefore - r.residentOf
		f.SavesUsedMemory = &used
	}
	f.Basis = in.packBasis(typ)
	f.Evidence = Evidence{
		{"setting", UnitNone, name},
		{"value_now", UnitNone, now},
		{"value_new", UnitNone, r.value},
		{"keys", UnitKeys, r.keys},
		{"before_bytes", UnitBytes, r.before},
		{"after_bytes", UnitBytes, r.after},
		{"largest_blob_bytes", UnitBytes, r.longest},
	}
	slices.SortStableFunc(r.rows, func(a, b rowRaise) int {
		order := cmp.Or(cmp.Compare(b.Before-b.After, a.Before-a.After), strings.Compare(in.rows[a.row].Pattern, in.rows[b.row].Pattern))
		if order != 0 {
			return order
		}
		return slices.Compare(curveOf(rs, a.row), curveOf(rs, b.row))
	})
	var names []string
	var rowKeys, rowSaves, rowCurves, curveAt, curve []int64
	for _, rr := range r.rows {
		f.shares = append(f.shares, share{row: rr.row, gain: g, bytes: rr.Before - rr.After, keys: rr.Keys})
		if len(names) < 10 {
			names = append(names, in.rows[rr.row].Pattern)
			rowKeys = append(rowKeys, rr.Keys)
			rowSaves = append(rowSaves, rr.Before-rr.After)
			rowCurves = append(rowCurves, curveOf(rs, rr.row)...)
		}
	}
	of := ""
	switch lead := r.rows[0].Before - r.rows[0].After; {
	case len(r.rows) == 1:
		f.Pattern = names[0]
		of = " of " + clip(f.Pattern)
	case aggregate.RatioOf(lead, saves) >= mostly:
		f.Pattern = names[0]
		of = ", mostly " + clip(f.Pattern) + ","
	}
	f.Title = fmt.Sprintf("%s %d -> %d: %s%s %s", name, now, r.value, units.Plural(r.keys, typ), of, verb(r.keys, "becomes "+article(packs), "become "+packs+"s"))
	f.fact("patterns", UnitNone, names)
	f.fact("pattern_keys", UnitKeys, rowKeys)
	f.fact("pattern_saves_bytes", UnitBytes, rowSaves)
	for i := range rs {
		curveAt = append(curveAt, rs[i].value)
		curve = append(curve, rs[i].saves())
	}
	f.fact("curve_values", UnitNone, curveAt)
	f.fact("curve_saves_bytes", UnitBytes, curve)
	f.fact("pattern_curve_saves_bytes", UnitBytes, rowCurves) // of each pattern in turn, at each of curve_values
	scanned := in.elementsScanned(setting, r.value)
	f.fact("elements_scanned_max", UnitNone, scanned)
	f.act = func() []string { return in.raiseActions(name, r, packs, typ, scanned) }
	return []finding{f}
}

// curveOf returns what one row saves at each value.
func curveOf(rs []raise, row int) []int64 {
	curve := make([]int64, len(rs))
	for i := range rs {
		for _, rr := range rs[i].rows {
			if rr.row == row {
				curve[i] = rr.Before - rr.After
			}
		}
	}
	return curve
}

// elementsScanned is the most entries that finding one element of a packed
// value touches at a limit: field and value, or member and score, are two
// entries; an intset is searched by halves.
func (in *input) elementsScanned(setting string, value int64) int64 {
	entries := value
	if strings.HasSuffix(setting, "-value") {
		entries = in.inForce(strings.TrimSuffix(setting, "value") + "entries")
	}
	switch {
	case setting == "set-max-intset-entries":
		return int64(bits.Len64(uint64(max(0, entries))))
	case strings.HasPrefix(setting, "set-"):
		return entries
	default:
		return 2 * entries
	}
}

func (in *input) packBasis(typ string) string {
	basis := "exact for this dump"
	switch {
	case typ == "zset":
		basis = "model of each key; skiplist levels are random, sums are within 1 %"
	case in.target.random:
		basis = "model of each key; tables depend on a random seed, sums are within 1 %"
	case in.target.libc:
		basis = "model of each key; blocks of glibc's malloc vary, sums are within 0.01 %"
	}
	if in.target.others {
		basis += "; different server lines, each sized for its own"
	}
	return basis
}

func (in *input) raiseActions(name string, r *raise, packs, typ string, scanned int64) []string {
	lines := []string{}
	if in.target.others {
		lines = append(lines, note("the sources are of different server lines: the name is the one %s knows, later lines take it too", in.target.String()))
	}
	cost := fmt.Sprintf("looking for an element of such a %s passes up to %s entries, half of that on average", typ, units.Grouped(scanned))
	if packs == "intset" {
		cost = fmt.Sprintf("a lookup in an intset takes up to %d steps, it is sorted, but adding or removing a member moves up to all bytes behind it", scanned)
	}
	return append(lines,
		note("cost: %s, and the largest %s will have %s", cost, packs, units.Bytes(r.longest)),
		fmt.Sprintf("%s CONFIG SET %s %d", in.target.cli(), name, r.value),
		note("keep it over a restart, and set it on replicas as well: a failover must not undo it"),
		in.target.cli()+" CONFIG REWRITE",
		note("keys that exist convert only when they are written anew from a dump: restart a replica with the setting, loading converts them, and fail over to it,"),
		note("or DUMP, then RESTORE with the remaining PTTL and REPLACE, key by key, where no client writes in between, since changing a field converts nothing"),
	)
}

func article(packs string) string {
	if strings.HasPrefix(packs, "i") {
		return "an " + packs
	}
	return "a " + packs
}
