package document

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
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

// TypeSums are those of one type, over databases and encodings.
type TypeSums struct {
	Type string
	Sums
	Encodings map[string]int64 // keys by encoding
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
