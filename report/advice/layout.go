package advice

import (
	"fmt"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var quicklists = rule{
	RuleInfo: RuleInfo{
		ID:    "R21",
		Name:  "quicklist",
		Class: ClassSettings,
		Title: "Lists of small nodes, or of nodes that compress",
		What: "Counts the nodes of lists that have more than one, as they are in the dump. Where they are small, list-max-listpack-size is low or the list was worked at in its middle: fewer nodes save a struct, a header and rounding each. " +
			"Where the nodes are stored LZF-compressed in the dump, list-compress-depth 1 would keep all but the first and the last so in memory.",
		Why: "A node takes 32 or 40 bytes and a listpack's header beside its entries. Inner nodes of a long list are seldom touched.",
		Thresholds: []Threshold{
			{Name: "min-bytes", Value: 64 << 10, Unit: UnitBytes, Meaning: "less saving is not reported"},
			{Name: "min-share", Value: 50, Unit: UnitShare, Meaning: "nor is a smaller share of all memory"},
			{Name: "min-gain", Value: 1000, Unit: UnitShare, Meaning: "share of the lists' own memory that must be saved"},
			{Name: "small-node", Value: 1 << 10, Unit: UnitBytes, Meaning: "mean length of a node below which nodes are small"},
		},
		Risk: "Larger nodes make changes in the middle of a list dearer; compressed ones cost CPU time whenever something but the ends is read. Both settings hold for every list.",
	},
	apply: findQuicklists,
}

func findQuicklists(in *input, t limits) []finding {
	const (
		node   = 40 + 7 + 12 // struct, listpack header, about half a class step
		filled = 8 << 10     // list-max-listpack-size -2
	)
	var found []finding
	for i, row := range in.Rows {
		x := &row.Lists
		if x.Keys == 0 {
			continue
		}
		reaches := func(saves int64) bool {
			return in.worth(saves, t) && aggregate.RatioOf(saves, x.Memory) >= aggregate.Ratio(t.get("min-gain"))
		}
		begin := func(saves int64, setting string, value int64) finding {
			f := finding{shares: []share{{row: i, gain: gainReshape, bytes: saves, keys: x.Keys}}}
			f.Settings = []Setting{{Name: in.Target.SettingName(setting), Now: in.Facts.Settings[setting], To: value}}
			f.Pattern, f.Keys, f.Saves = row.Pattern, x.Keys, &saves
			f.Evidence = Evidence{
				{"setting", UnitNone, in.Target.SettingName(setting)},
				{"value_now", UnitNone, in.Facts.Settings[setting]},
				{"lists", UnitNone, x.Keys},
				{"nodes", UnitNone, x.Nodes},
				{"node_mean_bytes", UnitBytes, x.Bytes / max(1, x.Nodes)},
				{"memory_bytes", UnitBytes, x.Memory},
				{"example", UnitNone, command.Line(row.Example)},
			}
			f.act = func() []string {
				lines := append([]string{fmt.Sprintf("%s CONFIG SET %s %d", in.Target.CLI(), in.Target.SettingName(setting), value)}, in.kept()...)
				return append(lines, command.Note("lists that exist change when they are loaded from a dump or written anew: restart a replica with the setting and let it take over. %s", takeOver))
			}
			return f
		}
		after := x.Keys + x.Bytes/filled
		if saves := (x.Nodes - after) * node; x.Bytes/max(1, x.Nodes) < t.get("small-node") && x.Nodes > 4*x.Keys && reaches(saves) {
			f := begin(saves, "list-max-listpack-size", -2)
			f.Basis = "model: 59 bytes for each node less"
			f.Title = fmt.Sprintf("%s: %s of %s on average, %s less with nodes of 8 KiB", command.Clip(row.Pattern), units.Plural(x.Nodes, "node"), units.Bytes(x.Bytes/max(1, x.Nodes)), units.Plural(x.Nodes-after, "node"))
			found = append(found, f)
		}
		if in.Facts.Settings["list-compress-depth"] == 0 && reaches(x.Inner) {
			f := begin(x.Inner, "list-compress-depth", 1)
			f.Basis = "LZF lengths in the dump; rounding to size classes takes some of it"
			f.Title = fmt.Sprintf("%s: %s of %s, compressed but for their ends", command.Clip(row.Pattern), units.Plural(x.Keys, "list"), units.Plural(x.Nodes, "node"))
			found = append(found, f)
		}
	}
	return found
}

var fragmentation = rule{
	RuleInfo: RuleInfo{
		ID:    "R22",
		Name:  "rounding",
		Class: ClassWatch,
		Title: "Blocks much larger than what is in them",
		What: "Compares, pattern by pattern, the bytes asked for with the size classes of the allocator that serve them: internal fragmentation. There is no saving: what lengths a client can choose is not in a dump. " +
			"External fragmentation, mem_fragmentation_ratio and RSS are not in a dump either.",
		Why: "An allocator has four classes to a doubling: 1,030 bytes take 1,280. Values just over a class pay for the next one.",
		Thresholds: []Threshold{
			{Name: "min-waste", Value: 1800, Unit: UnitShare, Meaning: "share of the pattern's memory that is rounding"},
			{Name: "min-bytes", Value: 64 << 10, Unit: UnitBytes, Meaning: "less rounding is not reported"},
			{Name: "min-share", Value: 100, Unit: UnitShare, Meaning: "nor is a smaller share of all memory"},
		},
		Risk: "Padding and trimming values to a class is rarely worth it by itself; it tells whether shortening a value a little will pay.",
	},
	hint: true,
	apply: func(in *input, t limits) []finding {
		var found []finding
		for _, row := range in.Rows {
			if !in.worth(row.Waste, t) || aggregate.RatioOf(row.Waste, row.Memory) < aggregate.Ratio(t.get("min-waste")) {
				continue
			}
			f := finding{}
			f.Pattern, f.Keys = row.Pattern, row.Keys
			f.Basis = "model of each key; rounding to size classes, not external fragmentation"
			f.Title = fmt.Sprintf("%s (%s): %s of %s is rounding", command.Clip(row.Pattern), command.Line(row.Type), units.Ratio(aggregate.RatioOf(row.Waste, row.Memory)), units.Bytes(row.Memory))
			f.Evidence = Evidence{
				{"keys", UnitKeys, row.Keys},
				{"memory_bytes", UnitBytes, row.Memory},
				{"rounding_bytes", UnitBytes, row.Waste},
				{"rounding_each_bytes", UnitBytes, row.Waste / max(1, row.Keys)},
				{"example", UnitNone, command.Line(row.Example)},
			}
			f.act = func() []string {
				var lines []string
				// A name that is cut or escaped is none that show would find.
				if e := row.Example; e != "" && command.Line(e) == e && !strings.ContainsAny(e, `\…`) {
					lines = append(lines, command.Note("term by term, with the rounding of each block:"),
						fmt.Sprintf("rdblens show -- %s %s", in.Dump(), command.Quote(e)))
				}
				return append(lines,
					command.Note("external fragmentation is a matter of the running server:"),
					in.Target.CLI()+" INFO memory")
			}
			found = append(found, f)
		}
		return found
	},
}
