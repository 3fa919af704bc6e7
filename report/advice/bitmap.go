package advice

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var sparseBitmaps = rule{
	RuleInfo: RuleInfo{
		ID:    "R34",
		Name:  "sparse-bitmap",
		Class: ClassCode,
		Title: "Bitmaps that are mostly zero bytes",
		What: "Counts the zero bytes of sampled binary strings of 256 bytes and more, the first 16 KiB of each, compressed data and HyperLogLogs left out. " +
			"The saving is that of sets of the offsets of the bits, computed key by key for strings that were looked at whole and whose set is an intset under the limit in force; where that does not apply there is none.",
		Why: "SETBIT makes a string as long as the highest offset: one bit at offset 80,000,000 takes ten megabytes.",
		Thresholds: append(savingThresholds(1000),
			Threshold{Name: "min-zeros", Value: 9000, Unit: UnitShare, Meaning: "share of the bytes looked at that must be zero"},
			Threshold{Name: "min-part", Value: 5000, Unit: UnitShare, Meaning: "share of the strings looked at that must be mostly zero bytes"},
			Threshold{Name: "fact-share", Value: 100, Unit: UnitShare, Meaning: "share of all memory from which a pattern is named though no saving is known"}),
		Risk: "Bit commands do not work on sets: BITCOUNT becomes SCARD, BITOP SINTER and SUNION, and every client changes. A set of many members is a table, and larger than a bitmap of which one bit in a hundred is set.",
	},
	apply: func(in *input, t limits) []finding {
		var found []finding
		for i, row := range in.Rows {
			p := row.Probe
			if p == nil || row.Type != "string" || p.Bitmaps == 0 || !otherLayout(&row.Purpose) || p.Probed < t.get("min-sample") && p.Probed < row.Keys ||
				aggregate.RatioOf(p.Bitmaps, p.Probed) < aggregate.Ratio(t.get("min-part")) ||
				aggregate.RatioOf(p.BitmapZeros, p.BitmapBytes) < aggregate.Ratio(t.get("min-zeros")) {
				continue
			}
			pays := in.saving(&p.Sparse, t)
			if !pays && (row.Memory < t.get("min-bytes") || aggregate.RatioOf(row.Memory, in.total) < aggregate.Ratio(t.get("fact-share"))) {
				continue
			}
			f := in.estimated(i, &p.Sparse, gainReshape, "value")
			zeros := units.Ratio(aggregate.RatioOf(p.BitmapZeros, p.BitmapBytes))
			f.Title = fmt.Sprintf("%s: %s, %s of the bytes looked at are zero", command.Clip(row.Pattern), units.Plural(row.Keys, "string"), zeros)
			if pays {
				f.Title += fmt.Sprintf("; %s as sets of offsets, %s less each", units.Grouped(p.Sparse.Keys), units.Bytes(each(&p.Sparse)))
			} else {
				f.Saves, f.SavesUsedMemory, f.shares = nil, nil, nil
				f.Keys = row.Keys
				f.Basis = fmt.Sprintf("%s, the first 16 KiB of each; what another form takes depends on the bits", units.Plural(p.Probed, "sampled value"))
				f.drop("memory_after_bytes")
				f.drop("memory_before_bytes")
				f.drop("bound_bytes")
			}
			f.fact("memory_bytes", UnitBytes, row.Memory)
			f.fact("looked_at", UnitNone, p.Probed)
			f.fact("mostly_zero", UnitNone, p.Bitmaps)
			f.fact("looked_at_bytes", UnitBytes, p.BitmapBytes)
			f.fact("zero_bytes", UnitBytes, p.BitmapZeros)
			f.act = func() []string {
				return append([]string{
					command.Note("give dense numbers to what is counted, or take offset modulo a chunk in keys of their own, so that chunks without a bit are no keys"),
					command.Note("few members: SADD of the numbers, an intset up to %s, only their number: PFADD, 12 KiB whatever it is, within 1 %%", in.Target.SettingName("set-max-intset-entries")),
				}, in.scan(row)...)
			}
			found = append(found, f)
		}
		return found
	},
}
