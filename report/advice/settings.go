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
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/advice/internal/packing"
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

// packedEncoding is one of a type that goes by one setting or by two.
type packedEncoding struct {
	settings []string // that on entries first
	typ      string
	packs    string // the encoding they lead to
	gain     gain
}

// packed is what raising the settings of a packed encoding together does.
type packed struct {
	packedEncoding
	packing.Raise
	changes []packing.Change
}

// pack chooses the values of the settings of a packed encoding; nil when nothing is
// worth it.
func (in *input) pack(p packedEncoding, t limits) *packed {
	now := make([]int64, len(p.settings))
	for i, s := range p.settings {
		if !in.Target.Heeds(s) {
			return nil
		}
		now[i] = in.inForce(s)
	}
	l := packing.Limits{
		Rows: in.Rows, MaxPacked: t.get("max-packed"), MaxRaise: t.get("max-raise"),
		Enough: aggregate.Ratio(t.get("enough")), MinGain: aggregate.Ratio(t.get("min-gain")),
		Worth: func(bytes int64) bool { return in.worth(bytes, t) },
	}
	all, changes := l.Choose(p.settings, now)
	if all == nil {
		return nil
	}
	return &packed{packedEncoding: p, Raise: *all, changes: changes}
}

// raised is the suggestion of what is packed by settings that belong together.
func (in *input) raised(p *packed) finding {
	f := finding{}
	var names, settings, titles []string
	var nows, tos, rowKeys, rowSaves []int64
	all := p.Plus() // rows of its own, which are sorted below
	for _, c := range p.changes {
		name := in.Target.SettingName(c.Setting)
		settings, nows, tos = append(settings, name), append(nows, c.Now), append(tos, c.To)
		titles = append(titles, fmt.Sprintf("%s %d -> %d", name, c.Now, c.To))
		f.Settings = append(f.Settings, Setting{Name: name, Now: c.Now, To: c.To})
	}
	for _, rr := range p.Rows {
		f.shares = append(f.shares, share{row: rr.Row, gain: p.gain, bytes: rr.Before - rr.After, keys: rr.Keys})
	}
	saves := all.Saves()
	f.Keys, f.Saves = all.Keys, &saves
	if p.ResidentKnown {
		used := all.ResidentBefore - all.ResidentAfter
		f.SavesUsedMemory = &used
	}
	f.Basis = in.packBasis(p.typ)
	f.Evidence = Evidence{
		{"settings", UnitNone, settings},
		{"values_now", UnitNone, nows},
		{"values_new", UnitNone, tos},
		{"keys", UnitKeys, all.Keys},
		{"before_bytes", UnitBytes, all.Before},
		{"after_bytes", UnitBytes, all.After},
		{"largest_blob_bytes", UnitBytes, all.Longest},
	}
	if len(settings) == 1 {
		f.fact("setting", UnitNone, settings[0])
		f.fact("value_now", UnitNone, nows[0])
		f.fact("value_new", UnitNone, tos[0])
	}
	slices.SortStableFunc(all.Rows, func(a, b packing.RowRaise) int {
		order := cmp.Or(cmp.Compare(b.Before-b.After, a.Before-a.After), strings.Compare(in.Rows[a.Row].Pattern, in.Rows[b.Row].Pattern), cmp.Compare(b.Keys, a.Keys))
		for i := 0; order == 0 && i < len(p.changes); i++ {
			order = slices.Compare(packing.CurveOf(p.changes[i].Curve, a.Row), packing.CurveOf(p.changes[i].Curve, b.Row))
		}
		return order
	})
	for _, rr := range all.Rows[:min(len(all.Rows), 10)] {
		names, rowKeys, rowSaves = append(names, in.Rows[rr.Row].Pattern), append(rowKeys, rr.Keys), append(rowSaves, rr.Before-rr.After)
	}
	of := ""
	switch lead := rowSaves[0]; {
	case len(all.Rows) == 1:
		f.Pattern = names[0]
		of = " of " + command.Clip(f.Pattern)
	case aggregate.RatioOf(lead, saves) >= mostly:
		f.Pattern = names[0]
		of = ", mostly " + command.Clip(f.Pattern) + ","
	}
	f.Title = fmt.Sprintf("%s: %s%s %s", strings.Join(titles, ", "), units.Plural(all.Keys, p.typ), of, verb(all.Keys, "becomes "+article(p.packs), "become "+p.packs+"s"))
	f.fact("patterns", UnitNone, names)
	f.fact("pattern_keys", UnitKeys, rowKeys)
	f.fact("pattern_saves_bytes", UnitBytes, rowSaves)
	in.curves(&f, p, all.Rows[:len(names)])
	f.act = func() []string { return in.raiseActions(p) }
	return f
}

// curves adds what other values of each setting would save, alone.
func (in *input) curves(f *finding, p *packed, rows []packing.RowRaise) {
	scanned := int64(0)
	for _, c := range p.changes {
		scanned = max(scanned, in.elementsScanned(c.Setting, c.To))
		if len(c.Curve) == 0 {
			continue // it pays only with the other
		}
		var values, saves, each []int64
		for i := range c.Curve {
			values, saves = append(values, c.Curve[i].Value), append(saves, c.Curve[i].Saves())
		}
		for _, rr := range rows {
			each = append(each, packing.CurveOf(c.Curve, rr.Row)...)
		}
		prefix := ""
		if len(p.changes) > 1 {
			prefix = strings.ReplaceAll(c.Setting, "-", "_") + "_"
		}
		f.fact(prefix+"curve_values", UnitNone, values)
		f.fact(prefix+"curve_saves_bytes", UnitBytes, saves)
		f.fact(prefix+"pattern_curve_saves_bytes", UnitBytes, each) // of each pattern in turn, at each of curve_values
	}
	f.fact("elements_scanned_max", UnitNone, scanned)
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
	case in.Target.Random:
		basis = "model of each key; tables depend on a random seed, sums are within 1 %"
	case in.Target.Libc:
		basis = "model of each key; blocks of glibc's malloc vary, sums are within 0.01 %"
	}
	if in.Target.Others {
		basis += "; different server lines, each sized for its own"
	}
	return basis
}

// raiseActions sets all of it at once, since converting what exists takes a restart.
func (in *input) raiseActions(p *packed) []string {
	lines := []string{}
	if in.Target.Others {
		lines = append(lines, command.Note("the sources are of different server lines: the name is the one %s knows, later lines take it too", in.Target.String()))
	}
	var sets []string
	scanned := int64(0)
	for _, c := range p.changes {
		scanned = max(scanned, in.elementsScanned(c.Setting, c.To))
		sets = append(sets, fmt.Sprintf("%s %d", in.Target.SettingName(c.Setting), c.To))
	}
	cost := fmt.Sprintf("looking for an element of such a %s passes up to %s entries, half of that on average", p.typ, units.Grouped(scanned))
	if p.packs == "intset" {
		cost = fmt.Sprintf("a lookup in an intset takes up to %d steps, it is sorted, but adding or removing a member moves up to all bytes behind it", scanned)
	}
	lines = append(lines, command.Note("cost: %s, and the largest %s will have %s", cost, p.packs, units.Bytes(p.Longest)))
	// CONFIG SET takes several settings from 7.0 on (config.c, configSetCommand).
	if in.Target.AtLeast(7, 0) {
		lines = append(lines, in.Target.CLI()+" CONFIG SET "+strings.Join(sets, " "))
	} else {
		for _, s := range sets {
			lines = append(lines, in.Target.CLI()+" CONFIG SET "+s)
		}
	}
	if len(sets) > 1 {
		lines = append(lines, command.Note("both belong together: what is saved is that of both"))
	}
	lines = append(lines, in.kept()...)
	return append(lines,
		command.Note("keys that exist convert only when they are written anew from a dump: restart a replica with the setting, loading converts them, and let it take over. %s,", takeOver),
		command.Note("or key by key, with REPLACE, since changing a field converts nothing: %s", restoring),
	)
}

// takeOver says how a replica becomes the primary without loss: one that is promoted
// by itself lacks the writes that were under way.
const takeOver = "By FAILOVER, from 6.2 on, or CLUSTER FAILOVER, which wait until it has every write, never by stopping the primary"

// kept says how a setting outlives a restart. CONFIG REWRITE is for reading: it makes
// whatever else was set for the moment last as well.
func (in *input) kept() []string {
	return []string{
		command.Note("keep it over a restart: write it into the configuration file, of replicas as well, a failover must not undo it"),
		command.Note("the next line does that, and makes every other setting last that was changed at run time, a save or appendonly that was switched off for an hour among them: look at CONFIG GET save and CONFIG GET appendonly first"),
		command.Note("%s CONFIG REWRITE", in.Target.CLI()),
	}
}

func article(packs string) string {
	if strings.HasPrefix(packs, "i") {
		return "an " + packs
	}
	return "a " + packs
}
