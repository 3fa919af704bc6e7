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
			sum.add(i, &cs[n])
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

// packing is a type whose packed encoding goes by one setting or by two.
type packing struct {
	settings []string // that on entries first
	typ      string
	packs    string // the encoding they lead to
	gain     gain
}

// change is a setting at a higher value.
type change struct {
	setting string
	now, to int64
	curve   []raise // what each value would do, alone
}

// packed is what raising the settings of a packing together does.
type packed struct {
	packing
	raise
	changes []change
}

// bothRaised are the keys that only raising two settings together packs.
func (in *input) bothRaised(entries string, entriesTo, valueTo int64) raise {
	sum := raise{value: entriesTo, residentKnown: true}
	for i, row := range in.rows {
		for j := range row.Pairs {
			if p := &row.Pairs[j]; p.Setting == entries && p.Value == entriesTo && p.WithValue == valueTo && p.Keys > 0 {
				sum.add(i, &p.Candidate)
			}
		}
	}
	return sum
}

// add adds keys of a row.
func (r *raise) add(row int, c *aggregate.Candidate) {
	r.keys += c.Keys
	r.before += c.Before
	r.after += c.After
	r.longest = max(r.longest, c.Longest)
	r.residentKnown = r.residentKnown && c.BeforeResident > 0 && c.AfterResident > 0
	r.residentBefore += c.BeforeResident
	r.residentOf += c.AfterResident
	// By row, so that those of two settings are found in each other.
	i, there := slices.BinarySearchFunc(r.rows, row, func(x rowRaise, row int) int { return cmp.Compare(x.row, row) })
	if !there {
		r.rows = slices.Insert(r.rows, i, rowRaise{row, *c})
		return
	}
	x := &r.rows[i]
	x.Keys += c.Keys
	x.Before += c.Before
	x.After += c.After
	x.Longest = max(x.Longest, c.Longest)
}

// plus returns what r and others do together; no key is in two of them.
func (r raise) plus(others ...raise) raise {
	r.rows = slices.Clone(r.rows)
	for i := range others {
		for j := range others[i].rows {
			r.add(others[i].rows[j].row, &others[i].rows[j].Candidate)
		}
	}
	return r
}

// at returns what a value of a setting does, nothing for one below all values.
func at(rs []raise, value int64) raise {
	sum := raise{value: value, residentKnown: true}
	for i := range rs {
		if rs[i].value <= value {
			sum = rs[i]
		}
	}
	sum.value = value
	return sum
}

// pack chooses the values of the settings of a packing, together: what one of them
// brings may hang on the other, since keys over both limits gain only when both are
// raised. nil when nothing is worth it.
func (in *input) pack(p packing, t limits) *packed {
	out := &packed{packing: p}
	now, curves := make([]int64, len(p.settings)), make([][]raise, len(p.settings))
	chosen := make([]*raise, len(p.settings))
	for i, s := range p.settings {
		if !in.target.Heeds(s) {
			return nil
		}
		now[i], curves[i] = in.inForce(s), in.raises(s)
		chosen[i] = in.choose(curves[i], now[i], t)
	}
	if len(p.settings) == 2 {
		in.chooseBoth(p.settings[0], now, curves, chosen, t)
	}
	first := true
	for i, r := range chosen {
		if r == nil {
			continue
		}
		out.changes = append(out.changes, change{setting: p.settings[i], now: now[i], to: r.value, curve: curves[i]})
		if alone := at(curves[i], r.value); first {
			out.raise, first = alone.plus(), false
		} else {
			out.raise = out.plus(alone)
		}
	}
	if first {
		return nil
	}
	if len(out.changes) == 2 {
		out.raise = out.plus(in.bothRaised(p.settings[0], chosen[0].value, chosen[1].value))
	}
	return out
}

// chooseBoth fills in of two settings the one, or both, that pay only together.
func (in *input) chooseBoth(entries string, now []int64, curves [][]raise, chosen []*raise, t limits) {
	var values [2][]int64
	for _, row := range in.rows {
		for j := range row.Pairs {
			if p := &row.Pairs[j]; p.Setting == entries {
				values[0], values[1] = append(values[0], p.Value), append(values[1], p.WithValue)
			}
		}
	}
	for i := range values {
		slices.Sort(values[i])
		values[i] = slices.Compact(values[i])
	}
	pairOf := func(i int, mine, other int64) raise {
		if i == 0 {
			return in.bothRaised(entries, mine, other)
		}
		return in.bothRaised(entries, other, mine)
	}
	// With the one held, what the other brings and what both bring.
	along := func(i int, other int64) *raise {
		rs := make([]raise, 0, len(values[i]))
		for _, v := range values[i] {
			r := at(curves[i], v).plus(pairOf(i, v, other))
			r.value = v
			rs = append(rs, r)
		}
		return in.choose(rs, now[i], t)
	}
	switch {
	case chosen[0] != nil && chosen[1] == nil:
		chosen[1] = along(1, chosen[0].value)
	case chosen[0] == nil && chosen[1] != nil:
		chosen[0] = along(0, chosen[1].value)
	case chosen[0] == nil:
		// The lower value of the second for which the first pays.
		for _, v := range values[1] {
			if v <= now[1] || (v-1)/t.get("max-raise") >= now[1] {
				continue
			}
			if r := along(0, v); r != nil {
				held := raise{value: v}
				chosen[0], chosen[1] = r, &held
				return
			}
		}
	}
}

// raised is the suggestion of what is packed by settings that belong together.
func (in *input) raised(p *packed) finding {
	f := finding{}
	var names, settings, titles []string
	var nows, tos, rowKeys, rowSaves []int64
	all := p.plus() // rows of its own, which are sorted below
	for _, c := range p.changes {
		name := in.target.SettingName(c.setting)
		settings, nows, tos = append(settings, name), append(nows, c.now), append(tos, c.to)
		titles = append(titles, fmt.Sprintf("%s %d -> %d", name, c.now, c.to))
	}
	for _, rr := range p.rows {
		f.shares = append(f.shares, share{row: rr.row, gain: p.gain, bytes: rr.Before - rr.After, keys: rr.Keys})
	}
	saves := all.saves()
	f.Keys, f.Saves = all.keys, &saves
	if p.residentKnown {
		used := all.residentBefore - all.residentOf
		f.SavesUsedMemory = &used
	}
	f.Basis = in.packBasis(p.typ)
	f.Evidence = Evidence{
		{"settings", UnitNone, settings},
		{"values_now", UnitNone, nows},
		{"values_new", UnitNone, tos},
		{"keys", UnitKeys, all.keys},
		{"before_bytes", UnitBytes, all.before},
		{"after_bytes", UnitBytes, all.after},
		{"largest_blob_bytes", UnitBytes, all.longest},
	}
	if len(settings) == 1 {
		f.fact("setting", UnitNone, settings[0])
		f.fact("value_now", UnitNone, nows[0])
		f.fact("value_new", UnitNone, tos[0])
	}
	slices.SortStableFunc(all.rows, func(a, b rowRaise) int {
		order := cmp.Or(cmp.Compare(b.Before-b.After, a.Before-a.After), strings.Compare(in.rows[a.row].Pattern, in.rows[b.row].Pattern), cmp.Compare(b.Keys, a.Keys))
		for i := 0; order == 0 && i < len(p.changes); i++ {
			order = slices.Compare(curveOf(p.changes[i].curve, a.row), curveOf(p.changes[i].curve, b.row))
		}
		return order
	})
	for _, rr := range all.rows[:min(len(all.rows), 10)] {
		names, rowKeys, rowSaves = append(names, in.rows[rr.row].Pattern), append(rowKeys, rr.Keys), append(rowSaves, rr.Before-rr.After)
	}
	of := ""
	switch lead := rowSaves[0]; {
	case len(all.rows) == 1:
		f.Pattern = names[0]
		of = " of " + clip(f.Pattern)
	case aggregate.RatioOf(lead, saves) >= mostly:
		f.Pattern = names[0]
		of = ", mostly " + clip(f.Pattern) + ","
	}
	f.Title = fmt.Sprintf("%s: %s%s %s", strings.Join(titles, ", "), units.Plural(all.keys, p.typ), of, verb(all.keys, "becomes "+article(p.packs), "become "+p.packs+"s"))
	f.fact("patterns", UnitNone, names)
	f.fact("pattern_keys", UnitKeys, rowKeys)
	f.fact("pattern_saves_bytes", UnitBytes, rowSaves)
	in.curves(&f, p, all.rows[:len(names)])
	f.act = func() []string { return in.raiseActions(p) }
	return f
}

// curves adds what other values of each setting would save, alone.
func (in *input) curves(f *finding, p *packed, rows []rowRaise) {
	scanned := int64(0)
	for _, c := range p.changes {
		scanned = max(scanned, in.elementsScanned(c.setting, c.to))
		if len(c.curve) == 0 {
			continue // it pays only with the other
		}
		var values, saves, each []int64
		for i := range c.curve {
			values, saves = append(values, c.curve[i].value), append(saves, c.curve[i].saves())
		}
		for _, rr := range rows {
			each = append(each, curveOf(c.curve, rr.row)...)
		}
		prefix := ""
		if len(p.changes) > 1 {
			prefix = strings.ReplaceAll(c.setting, "-", "_") + "_"
		}
		f.fact(prefix+"curve_values", UnitNone, values)
		f.fact(prefix+"curve_saves_bytes", UnitBytes, saves)
		f.fact(prefix+"pattern_curve_saves_bytes", UnitBytes, each) // of each pattern in turn, at each of curve_values
	}
	f.fact("elements_scanned_max", UnitNone, scanned)
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

// raiseActions sets all of it at once, since converting what exists takes a restart.
func (in *input) raiseActions(p *packed) []string {
	lines := []string{}
	if in.target.others {
		lines = append(lines, note("the sources are of different server lines: the name is the one %s knows, later lines take it too", in.target.String()))
	}
	var sets []string
	scanned := int64(0)
	for _, c := range p.changes {
		scanned = max(scanned, in.elementsScanned(c.setting, c.to))
		sets = append(sets, fmt.Sprintf("%s %d", in.target.SettingName(c.setting), c.to))
	}
	cost := fmt.Sprintf("looking for an element of such a %s passes up to %s entries, half of that on average", p.typ, units.Grouped(scanned))
	if p.packs == "intset" {
		cost = fmt.Sprintf("a lookup in an intset takes up to %d steps, it is sorted, but adding or removing a member moves up to all bytes behind it", scanned)
	}
	lines = append(lines, note("cost: %s, and the largest %s will have %s", cost, p.packs, units.Bytes(p.longest)))
	// CONFIG SET takes several settings from 7.0 on (config.c, configSetCommand).
	if in.target.AtLeast(7, 0) {
		lines = append(lines, in.target.cli()+" CONFIG SET "+strings.Join(sets, " "))
	} else {
		for _, s := range sets {
			lines = append(lines, in.target.cli()+" CONFIG SET "+s)
		}
	}
	if len(sets) > 1 {
		lines = append(lines, note("both belong together: what is saved is that of both"))
	}
	lines = append(lines, in.kept()...)
	return append(lines,
		note("keys that exist convert only when they are written anew from a dump: restart a replica with the setting, loading converts them, and let it take over. %s,", takeOver),
		note("or key by key, with REPLACE, since changing a field converts nothing: %s", restoring),
	)
}

// takeOver says how a replica becomes the primary without loss: one that is promoted
// by itself lacks the writes that were under way.
const takeOver = "By FAILOVER, from 6.2 on, or CLUSTER FAILOVER, which wait until it has every write, never by stopping the primary"

// kept says how a setting outlives a restart. CONFIG REWRITE is for reading: it makes
// whatever else was set for the moment last as well.
func (in *input) kept() []string {
	return []string{
		note("keep it over a restart: write it into the configuration file, of replicas as well, a failover must not undo it"),
		note("the next line does that, and makes every other setting last that was changed at run time, a save or appendonly that was switched off for an hour among them: look at CONFIG GET save and CONFIG GET appendonly first"),
		note("%s CONFIG REWRITE", in.target.cli()),
	}
}

func article(packs string) string {
	if strings.HasPrefix(packs, "i") {
		return "an " + packs
	}
	return "a " + packs
}
