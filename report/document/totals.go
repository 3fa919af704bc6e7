package document

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/units"
)

// Sums are figures of several rows of Report.ByType together.
type Sums struct {
	Keys, Memory, KeysWithoutTTL int64 // keys, bytes of MEMORY USAGE, keys
	AvgBytes                     int64 // of a key
	Max                          int64 // of the largest key, bytes
	P99                          int64 // the highest of the rows, which no mixture of them exceeds
	Rows                         int
}

// add takes in one row.
func (s *Sums) add(r *aggregate.TypeRow) {
	s.Keys += r.Keys
	s.Memory += r.Memory
	s.KeysWithoutTTL += r.KeysWithoutTTL
	s.Max = max(s.Max, r.Max)
	s.P99 = max(s.P99, r.P99)
	s.Rows++
	s.AvgBytes = average(s.Memory, s.Keys)
}

// Merge adds the figures of o.
func (s *Sums) Merge(o *Sums) {
	s.Keys += o.Keys
	s.Memory += o.Memory
	s.KeysWithoutTTL += o.KeysWithoutTTL
	s.Max, s.P99 = max(s.Max, o.Max), max(s.P99, o.P99)
	s.Rows += o.Rows
	s.AvgBytes = average(s.Memory, s.Keys)
}

// TypeSums are those of one type, over databases and encodings.
type TypeSums struct {
	Type string
	Sums
	Encodings map[string]int64 // keys by encoding
	Figures   map[string]int64 // of module types, by name: see Report.ByType
	Unbounded int64            // keys whose memory is known within no bound
}

// Types sums Report.ByType by type, the type with most memory first.
func (d *Document) Types() []TypeSums {
	by := map[string]*TypeSums{}
	for i := range d.ByType {
		r := &d.ByType[i]
		x := by[r.Type]
		if x == nil {
			x = &TypeSums{Type: r.Type, Encodings: map[string]int64{}}
			by[r.Type] = x
		}
		x.add(r)
		x.Encodings[r.Encoding] += r.Keys
		x.Unbounded += r.UnboundedKeys
		for name, n := range r.Figures {
			if x.Figures == nil {
				x.Figures = map[string]int64{}
			}
			x.Figures[name] += n
		}
	}
	out := make([]TypeSums, 0, len(by))
	for _, x := range by {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b TypeSums) int { return cmp.Or(cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.Type, b.Type)) })
	return out
}

// DatabaseSums are those of one database, over types and encodings.
type DatabaseSums struct {
	DB int32
	Sums
}

// Databases sums Report.ByType by database, in the order of their numbers.
func (d *Document) Databases() []DatabaseSums {
	by := map[int32]*DatabaseSums{}
	for i := range d.ByType {
		r := &d.ByType[i]
		x := by[r.DB]
		if x == nil {
			x = &DatabaseSums{DB: r.DB}
			by[r.DB] = x
		}
		x.add(r)
	}
	out := make([]DatabaseSums, 0, len(by))
	for _, n := range slices.Sorted(maps.Keys(by)) {
		out = append(out, *by[n])
	}
	return out
}

// Unexplained returns reported less predicted used_memory, bytes; nil when one of
// them is not known.
func (d *Document) Unexplained() *int64 {
	m := &d.Totals
	if m.ReportedUsedMemory == nil || m.PredictedUsedMemory == nil {
		return nil
	}
	n := *m.ReportedUsedMemory - *m.PredictedUsedMemory
	return &n
}

// Indexed says, in a few words, which indexes of modules are part of what is unexplained:
// they are in no key of a dump. It is empty for none.
func (d *Document) Indexed() string {
	var names []string
	var count int64
	search := false
	for i := range d.Sources {
		for _, x := range d.Sources[i].Indexes {
			search = true
			count += x.Count
			if x.Example != "" && len(names) < 3 {
				names = append(names, x.Example)
			}
		}
	}
	text := ""
	if search {
		text = "indexes of module search"
		if count > 0 {
			text = units.PluralAs(count, "index", "indexes") + " of module search"
		}
		if len(names) > 0 {
			text += " (" + strings.Join(names, ", ")
			if int64(len(names)) < count {
				text += ", …"
			}
			text += ")"
		}
	}
	var labels int64
	for i := range d.ByType {
		labels += d.ByType[i].Figures["labels"]
	}
	if labels > 0 {
		if text != "" {
			text += ", "
		}
		text += "the index of " + units.Plural(labels, "label") + " of time series"
	}
	return text
}

// Contents returns the bytes of values, without the names of keys.
func (d *Document) Contents() int64 { return d.Totals.Payload - d.Totals.KeyName }

// Overhead returns what the server takes for keys and values beside their bytes
// and the allocator's rounding, in bytes.
func (d *Document) Overhead() int64 { return d.Totals.Resident - d.Totals.Payload - d.Totals.Waste }

// SumSources returns the bytes that were read of sources, and their keys.
func SumSources(sources []aggregate.Source) (bytes, keys int64) {
	for i := range sources {
		bytes += sources[i].Bytes
		keys += sources[i].Keys
	}
	return bytes, keys
}

// average returns total/n rounded to the nearest.
func average(total, n int64) int64 {
	if n <= 0 {
		return 0
	}
	q, r := total/n, total%n
	if r >= n-r {
		q++
	}
	return q
}
