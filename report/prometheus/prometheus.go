// Package prometheus writes reports as metrics for the textfile collector of
// node_exporter, in the text that Prometheus and OpenMetrics have in common.
package prometheus

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/units"
)

// Bounds of the series of a family, whatever is in a dump and whatever --top is.
const (
	maxSources  = 64  // by name
	maxTypes    = 100 // rows of a database, type and encoding
	maxPatterns = 200
	maxLabel    = 200 // bytes of a label
)

// Family is a metric as WriteReport writes it.
type Family struct {
	Name, Help, Unit string
	Labels           []string // beside source
	values           func(d *document.Document) []sample
}

// sample is a value of a family with the values of its labels.
type sample struct {
	labels []string
	value  int64
}

// one is a family without labels of its own.
func one(n int64) []sample { return []sample{{value: n}} }

// maybe is one of what may not be known.
func maybe(n *int64) []sample {
	if n == nil {
		return nil
	}
	return one(*n)
}

// sum is a family of one figure.
func sum(name, unit, help string, value func(d *document.Document) *int64) Family {
	return Family{Name: name, Unit: unit, Help: help, values: func(d *document.Document) []sample { return maybe(value(d)) }}
}

// count is a family of one figure that is always known.
func count(name, unit, help string, value func(d *document.Document) int64) Family {
	return Family{Name: name, Unit: unit, Help: help, values: func(d *document.Document) []sample { return one(value(d)) }}
}

// Families returns all that WriteReport writes, in its order.
func Families() []Family {
	return slices.Concat(healthFamilies, totalFamilies, rowFamilies, adviceFamilies)
}

var healthFamilies = []Family{
	{Name: "rdblens_info", Help: "The program that wrote these metrics.", Labels: []string{"version"},
		values: func(d *document.Document) []sample { return []sample{{[]string{d.Tool.Version}, 1}} }},
	count("rdblens_partial", "", "Whether a source was damaged or could not be read: the figures cover what could be read.", func(d *document.Document) int64 {
		if d.Partial {
			return 1
		}
		return 0
	}),
	count("rdblens_sources", "", "Dumps that were read or should have been.", func(d *document.Document) int64 { return int64(len(d.Sources)) }),
	count("rdblens_sources_failed", "", "Of them, those that could not be read to their end.", func(d *document.Document) (n int64) {
		for i := range d.Sources {
			if d.Sources[i].Error != "" {
				n++
			}
		}
		return n
	}),
	{Name: "rdblens_snapshot_timestamp_seconds", Unit: "seconds", Help: "When a dump was written, since the epoch.", Labels: []string{"snapshot"}, values: func(d *document.Document) (out []sample) {
		for i := range d.Sources[:min(len(d.Sources), maxSources)] {
			if s := &d.Sources[i]; s.Ctime != nil {
				out = append(out, sample{[]string{s.Name}, units.ClampTime(int64(*s.Ctime)) / 1000})
			}
		}
		return out
	}},
	sum("rdblens_snapshot_oldest_timestamp_seconds", "seconds", "When the oldest dump was written, since the epoch.", func(d *document.Document) (oldest *int64) {
		for i := range d.Sources {
			if t := d.Sources[i].Ctime; t != nil {
				if s := units.ClampTime(int64(*t)) / 1000; oldest == nil || s < *oldest {
					oldest = &s
				}
			}
		}
		return oldest
	}),
	count("rdblens_warnings", "", "Warnings of the report.", func(d *document.Document) int64 { return int64(len(d.Warnings)) }),
}

var totalFamilies = []Family{
	count("rdblens_keys", "", "Keys that were counted.", func(d *document.Document) int64 { return d.Totals.Keys }),
	count("rdblens_memory_bytes", "bytes", "What the keys take: the sum of MEMORY USAGE.", func(d *document.Document) int64 { return d.Totals.Memory }),
	count("rdblens_resident_bytes", "bytes", "What is allocated for the keys.", func(d *document.Document) int64 { return d.Totals.Resident }),
	sum("rdblens_used_memory_predicted_bytes", "bytes", "used_memory as the model has it; absent under filters and for damaged dumps.", func(d *document.Document) *int64 { return d.Totals.PredictedUsedMemory }),
	sum("rdblens_used_memory_reported_bytes", "bytes", "used_memory when the dumps were written, as they say.", func(d *document.Document) *int64 { return d.Totals.ReportedUsedMemory }),
	count("rdblens_keys_without_ttl", "", "Keys that never expire.", func(d *document.Document) int64 { return d.Totals.Keys - d.Totals.KeysWithTTL }),
	count("rdblens_memory_without_ttl_bytes", "bytes", "What the keys that never expire take.", func(d *document.Document) int64 { return d.Totals.Memory - d.Totals.MemoryWithTTL }),
	count("rdblens_keys_expired", "", "Keys that are past their TTL.", func(d *document.Document) int64 { return d.Totals.KeysExpired }),
	count("rdblens_memory_expired_bytes", "bytes", "What the keys that are past their TTL take.", func(d *document.Document) int64 { return d.Totals.MemoryExpired }),
	count("rdblens_waste_bytes", "bytes", "What the allocator rounds up.", func(d *document.Document) int64 { return d.Totals.Waste }),
	count("rdblens_biggest_key_memory_bytes", "bytes", "What the largest key takes.", func(d *document.Document) (n int64) {
		for i := range d.ByType {
			n = max(n, d.ByType[i].Max)
		}
		return n
	}),
	count("rdblens_patterns", "", "Patterns and types there are.", func(d *document.Document) int64 { return d.PatternsTotal }),
}

var rowFamilies = []Family{
	byType("rdblens_type_keys", "", "Keys by database, type and encoding.", func(r *aggregate.TypeRow) int64 { return r.Keys }),
	byType("rdblens_type_memory_bytes", "bytes", "What keys take, by database, type and encoding.", func(r *aggregate.TypeRow) int64 { return r.Memory }),
	byPattern("rdblens_pattern_keys", "", "Keys by pattern, the largest patterns and [other].", func(r *aggregate.PatternRow) int64 { return r.Keys }),
	byPattern("rdblens_pattern_memory_bytes", "bytes", "What keys take, by pattern, the largest patterns and [other].", func(r *aggregate.PatternRow) int64 { return r.Memory }),
	byPattern("rdblens_pattern_keys_without_ttl", "", "Keys that never expire, by pattern.", func(r *aggregate.PatternRow) int64 { return r.KeysWithoutTTL }),
	byPattern("rdblens_pattern_memory_without_ttl_bytes", "bytes", "What keys that never expire take, by pattern.", func(r *aggregate.PatternRow) int64 { return r.MemoryWithoutTTL }),
	byExpiry("rdblens_expiry_keys", "", "Keys by the time left: past, up to an hour, …, never.", func(b *aggregate.ExpiryBucket) int64 { return b.Keys }),
	byExpiry("rdblens_expiry_memory_bytes", "bytes", "What keys take, by the time left.", func(b *aggregate.ExpiryBucket) int64 { return b.Memory }),
	count("rdblens_expiry_storms", "", "Spans in which unusually many keys expire.", func(d *document.Document) int64 { return int64(len(d.Expiry.Storms)) }),
	count("rdblens_expiry_storm_keys", "", "Keys that expire in the largest of them.", func(d *document.Document) (n int64) {
		for i := range d.Expiry.Storms {
			n = max(n, d.Expiry.Storms[i].Keys)
		}
		return n
	}),
}

var adviceFamilies = []Family{
	{Name: "rdblens_suggestions", Help: "Suggestions by rule.", Labels: []string{"rule"}, values: func(d *document.Document) []sample {
		return byRule(d, func(int) int64 { return 1 })
	}},
	{Name: "rdblens_suggestion_saves_bytes", Unit: "bytes", Help: "What the suggestions of a rule save; those of several rules overlap.", Labels: []string{"rule"}, values: func(d *document.Document) []sample {
		return byRule(d, func(i int) int64 {
			if n := d.Suggestions[i].Saves; n != nil {
				return *n
			}
			return 0
		})
	}},
	sum("rdblens_suggestions_together_save_bytes", "bytes", "What all suggestions together save.", func(d *document.Document) *int64 { return d.Together }),
}

// byType has a sample for each row of types; what is beyond the bound is one more.
func byType(name, unit, help string, value func(r *aggregate.TypeRow) int64) Family {
	return Family{Name: name, Unit: unit, Help: help, Labels: []string{"db", "type", "encoding"}, values: func(d *document.Document) []sample {
		rows := make([]*aggregate.TypeRow, len(d.ByType))
		for i := range rows {
			rows[i] = &d.ByType[i]
		}
		// The bound keeps the same rows in every family.
		slices.SortStableFunc(rows, func(a, b *aggregate.TypeRow) int { return cmp.Compare(b.Memory, a.Memory) })
		var out []sample
		for i, r := range rows {
			labels := []string{strconv.Itoa(int(r.DB)), r.Type, r.Encoding}
			if i >= maxTypes {
				labels = []string{"[other]", "mixed", "mixed"}
			}
			out = add(out, labels, value(r))
		}
		return out
	}}
}

// byPattern has a sample for each pattern and type that the report shows.
func byPattern(name, unit, help string, value func(r *aggregate.PatternRow) int64) Family {
	return Family{Name: name, Unit: unit, Help: help, Labels: []string{"pattern", "type"}, values: func(d *document.Document) (out []sample) {
		for i := range d.Patterns {
			r := &d.Patterns[i]
			labels := []string{r.Pattern, r.Type}
			if i >= maxPatterns {
				labels = []string{"[other]", "mixed"}
			}
			out = add(out, labels, value(r))
		}
		return out
	}}
}

func byExpiry(name, unit, help string, value func(b *aggregate.ExpiryBucket) int64) Family {
	return Family{Name: name, Unit: unit, Help: help, Labels: []string{"left"}, values: func(d *document.Document) (out []sample) {
		for i := range d.Expiry.Buckets {
			out = add(out, []string{d.Expiry.Buckets[i].Label}, value(&d.Expiry.Buckets[i]))
		}
		return out
	}}
}

// byRule adds up suggestions by rule; value is called with the index of one.
func byRule(d *document.Document, value func(i int) int64) (out []sample) {
	for i := range d.Suggestions {
		out = add(out, []string{d.Suggestions[i].ID}, value(i))
	}
	return out
}

// add adds to the sample with these labels: one series must not be written twice.
func add(out []sample, labels []string, n int64) []sample {
	for i := range labels {
		labels[i] = short(labels[i])
	}
	for i := range out {
		if slices.Equal(out[i].labels, labels) {
			out[i].value += n
			return out
		}
	}
	return append(out, sample{labels, n})
}

// short bounds a label. It is escaped for display before it is cut, so that nothing is
// cut within an escape of ours.
func short(s string) string {
	s = string(escape.AppendPrintable(nil, s, false))
	if len(s) <= maxLabel {
		return s
	}
	n := maxLabel
	for n > 0 && s[n]&0xc0 == 0x80 { // within a character
		n--
	}
	return s[:n] + "…"
}

// WriteReport writes the families that have values: TYPE, UNIT and HELP, then a line for
// each value, with no time, which the textfile collector does not take. Every series has
// the label source, so that files of several servers may lie in one folder.
func WriteReport(w io.Writer, d *document.Document) error {
	var b bytes.Buffer
	source := sourceOf(d)
	for _, f := range Families() {
		list := f.values(d)
		if len(list) == 0 {
			continue
		}
		b.WriteString("# TYPE " + f.Name + " gauge\n")
		if f.Unit != "" {
			b.WriteString("# UNIT " + f.Name + " " + f.Unit + "\n")
		}
		b.WriteString("# HELP " + f.Name + " " + f.Help + "\n")
		for _, s := range list {
			b.WriteString(f.Name + `{source="` + label(source) + `"`)
			for i, name := range f.Labels {
				b.WriteString("," + name + `="` + label(s.labels[i]) + `"`)
			}
			b.WriteString("} " + strconv.FormatInt(s.value, 10) + "\n")
		}
	}
	b.WriteString("# EOF\n")
	_, err := w.Write(b.Bytes())
	return err
}

// sourceOf names the source, or says how many there are.
func sourceOf(d *document.Document) string {
	if len(d.Sources) == 1 {
		return d.Sources[0].Name
	}
	return units.Plural(int64(len(d.Sources)), "source")
}

// label escapes the value of a label: backslashes, quotation marks, and line feeds,
// of which there are none in what is printable.
func label(s string) string {
	s = short(s)
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s)
}
