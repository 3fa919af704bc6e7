package advice

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice/internal/command"
	"github.com/rdblens/rdblens/report/units"
)

var compressValues = rule{
	RuleInfo: RuleInfo{
		ID:    "R07",
		Name:  "compress",
		Class: ClassCode,
		Title: "Large strings that compress well",
		What: "Compresses sampled strings of at least 512 bytes, of patterns where these have 1 KiB and more on average, with zlib (level 6) and zstd (default level), sizes them with their keys as if a client stored them so, and leaves out what is compressed already (gzip, zlib, zstd, lz4, snappy, bzip2, xz, images, PDF) and binary data on which commands may work (HyperLogLogs, bitmaps). " +
			"The saving is that of zlib. Where too few values were looked at, the LZF lengths that servers write into dumps stand in: zlib and zstd usually save more.",
		Why: "A server keeps string values as they come: compression is the client's to do.",
		Thresholds: []Threshold{
			{Name: "min-bytes", Value: 64 << 10, Unit: UnitBytes, Meaning: "less saving is not reported"},
			{Name: "min-share", Value: 50, Unit: UnitShare, Meaning: "nor is a smaller share of all memory"},
			{Name: "min-gain", Value: 2500, Unit: UnitShare, Meaning: "share of the strings' own memory that must be saved"},
			{Name: "min-sample", Value: 16, Unit: UnitKeys, Meaning: "patterns of which fewer keys were looked at are not judged, unless these are all"},
		},
		Risk: "Every client that reads these keys must be able to decompress, old values and new ones side by side for a while. " +
			"APPEND, GETRANGE, SETRANGE, bit commands and scripts on the contents stop working; CPU time moves to the clients.",
	},
	apply: findCompressible,
}

func findCompressible(in *input, t limits) []finding {
	var found []finding
	for i, row := range in.Rows {
		if row.Type != "string" || waits(&row.Purpose) {
			continue
		}
		// A sample holds a bounded number of bytes: of very large values it may have
		// too few to judge by.
		if p := row.Probe; p != nil && (p.Zlib.Exact || p.Probed >= t.get("min-sample")) {
			if e := &p.Zlib; in.saving(e, t) {
				found = append(found, in.compressed(i, e, p))
			}
			continue
		}
		lzf := aggregate.Estimate{
			Keys: row.LZFKeys, Before: row.LZFMemory, After: row.LZFMemoryAfter, BeforeResident: row.LZFResident, AfterResident: row.LZFResidentAfter, Exact: true,
		}
		if row.LZFKeys > 0 && in.saving(&lzf, t) {
			found = append(found, in.compressed(i, &lzf, nil))
		}
	}
	return found
}

// compressed returns the finding of a row: with p nil by LZF's lengths.
func (in *input) compressed(i int, e *aggregate.Estimate, p *aggregate.ProbeFacts) finding {
	row := in.Rows[i]
	f := in.estimated(i, e, gainCompress, "value")
	with := ""
	average, whole, part := row.LZFLength/max(1, row.LZFKeys), row.LZFLength, row.LZFStored
	if p != nil {
		whole, part = p.ZlibIn, p.ZlibTo
		average = whole / max(1, p.Tried)
		with = " with zlib"
		f.fact("zlib_sampled_length_bytes", UnitBytes, whole)
		f.fact("zlib_sampled_to_bytes", UnitBytes, part)
		f.fact("zstd_saves_bytes", UnitBytes, p.Zstd.Saves())
		f.fact("compressed_already", UnitNone, p.Compressed)
		f.values(p)
	} else {
		f.Basis = "LZF lengths in the dump; zlib and zstd usually save more"
		if e.BeforeResident <= 0 || e.AfterResident <= 0 {
			f.SavesUsedMemory = nil
		}
	}
	f.Title = fmt.Sprintf("%s: %s of %s%s %s %s%s", command.Clip(row.Pattern), units.Plural(e.Keys, "string"), units.Bytes(average),
		verb(e.Keys, "", " on average"), verb(e.Keys, "compresses", "compress"), times(whole, part), with)
	f.fact("large_strings", UnitNone, row.LargeStrings)
	f.fact("large_strings_bytes", UnitBytes, row.LargeStringMemory)
	f.fact("compressible_strings", UnitNone, row.LZFKeys)
	f.fact("length_bytes", UnitBytes, row.LZFLength)
	f.fact("lzf_length_bytes", UnitBytes, row.LZFStored)
	f.fact("lzf_saves_bytes", UnitBytes, row.LZFMemory-row.LZFMemoryAfter)
	f.fact("average_length_bytes", UnitBytes, average)
	f.act = func() []string {
		lines := []string{
			command.Note("in the client: compress values of 512 bytes and more with zlib or a low level of zstd, mark them by a leading byte, and teach readers both forms before any writer changes"),
			command.Note("values convert as they are rewritten, those below 512 bytes rarely gain a size class"),
		}
		if row.Match != "" {
			lines = append(lines,
				command.Note("try it on a few values first, of these keys:"),
				fmt.Sprintf("rdblens keys --match %s --type string --min-size 512 %s", command.Quote(command.Glob(row.Match)), in.Dump()))
		}
		return lines
	}
	return f
}

// times says how many times smaller a part is than the whole.
func times(whole, part int64) string {
	if part <= 0 {
		return "well"
	}
	return units.Times(aggregate.RatioOf(whole, part))
}
