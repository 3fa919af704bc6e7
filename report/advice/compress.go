package advice

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate"
)

var compressValues = rule{
	RuleInfo: RuleInfo{
		ID:    "R07",
		Name:  "compress",
		Title: "Large strings that compress well",
		What: "Servers store strings LZF-compressed in a dump when that makes them shorter, so the dump says for free how well each one compresses. " +
			"Takes strings of at least 1 KiB stored that way, by pattern, and sizes them as if the client stored as many bytes as LZF took. " +
			"zlib and zstd usually save more. " +
			"A server with rdbcompression no writes everything plain: then this rule is blind and silent.",
		Why: "A server keeps string values as they come: compression is the client's to do.",
		Thresholds: []Threshold{
			{"min-bytes", 64 << 10, UnitBytes, "less saving is not reported"},
			{"min-share", 50, UnitShare, "nor is a smaller share of all memory"},
			{"min-gain", 2500, UnitShare, "share of the strings' own memory that must be saved"},
		},
		Risk: "Every client that reads these keys must be able to decompress, old values and new ones side by side for a while. " +
			"APPEND, GETRANGE, SETRANGE, bit commands and scripts on the contents stop working; CPU time moves to the clients.",
	},
	apply: findCompressible,
}

func findCompressible(in *input, t limits) []finding {
	var found []finding
	for i, row := range in.rows {
		saves := row.LZFMemory - row.LZFMemoryAfter
		if row.Type != "string" || row.LZFKeys <= 0 || !in.worth(saves, t) ||
			aggregate.RatioOf(saves, row.LZFMemory) < aggregate.Ratio(t.get("min-gain")) {
			continue
		}
		f := finding{shares: []share{{row: i, gain: gainCompress, bytes: saves, keys: row.LZFKeys}}}
		f.Pattern = row.Pattern
		f.Keys = row.LZFKeys
		f.Saves = &saves
		if row.LZFResident > 0 && row.LZFResidentAfter > 0 {
			used := row.LZFResident - row.LZFResidentAfter
			f.SavesUsedMemory = &used
		}
		average := row.LZFLength / row.LZFKeys
		f.Title = fmt.Sprintf("%s: %s of %s%s %s %s", clip(row.Pattern), count(row.LZFKeys, "string"), size(average),
			verb(row.LZFKeys, "", " on average"), verb(row.LZFKeys, "compresses", "compress"), times(row.LZFLength, row.LZFStored))
		f.Basis = "LZF lengths in the dump; zlib and zstd usually save more"
		f.Evidence = map[string]any{
			"large_strings":        row.LargeStrings,
			"large_strings_bytes":  row.LargeStringMemory,
			"compressible_strings": row.LZFKeys,
			"length_bytes":         row.LZFLength,
			"lzf_length_bytes":     row.LZFStored,
			"average_length_bytes": average,
			"memory_before_bytes":  row.LZFMemory,
			"memory_after_bytes":   row.LZFMemoryAfter,
			"example":              line(row.Example),
		}
		f.act = func() []string {
			lines := []string{
				note("in the client: compress values of 1 KiB and more with zlib or a low level of zstd, mark them by a leading byte, and teach readers both forms before any writer changes"),
				note("values convert as they are rewritten, those below 1 KiB rarely gain a size class"),
			}
			if row.Match != "" {
				lines = append(lines,
					note("try it on a few values first, of these keys:"),
					fmt.Sprintf("rdblens keys --match %s --type string --min-size 1024 %s", quote(glob(row.Match)), in.dump()))
			}
			return lines
		}
		found = append(found, f)
	}
	return found
}

// times returns whole/part with one decimal: "2.7x".
func times(whole, part int64) string {
	if part <= 0 {
		return "well"
	}
	for whole > 1<<56 || part > 1<<56 { // ten times these would overflow
		whole, part = whole>>1, max(1, part>>1)
	}
	tenths := whole/part*10 + whole%part*10/part
	return fmt.Sprintf("%d.%dx", tenths/10, tenths%10)
}
