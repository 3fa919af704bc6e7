package counters

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// ReshapeStats are keys of another shape. Sums are bytes.
type ReshapeStats struct {
	Keys          int64 `part:"keys"`
	Elements      int64 `part:"elements"`
	Pieces        int64 `part:"pieces"`
	Memory        int64 `part:"memory"`
	After         int64 `part:"after"`
	Resident      int64 `part:"resident"`
	AfterResident int64 `part:"after_resident"`
	Largest       int64 `part:"largest"` // elements of the largest key
}

func (s *ReshapeStats) add(r *Observation, pieces, after, afterResident int64) {
	s.Keys++
	s.Elements += r.Elements
	s.Pieces += pieces
	s.Memory += r.Cost.Bytes
	s.After += after
	s.Resident += r.Cost.Resident
	s.AfterResident += afterResident
	s.Largest = max(s.Largest, r.Elements)
}

// Reshapes reports whether a key may be worth another shape.
func Reshapes(r *Observation) bool {
	return r.Elements >= data.SplitMin && r.Cost.Encoding == memory.EncodingHashtable && r.DataType == parser.DataTypeHash ||
		r.Elements >= data.TrimMin && r.Cost.Encoding == memory.EncodingSkiplist
}

// AddReshaped sizes a key that reshapes accepts.
func (s *Stats) AddReshaped(r *Observation, w *probe.Prober, lim *Limits) {
	if r.DataType == parser.DataTypeZset {
		after, resident := trimmed(r, w)
		s.EnsureRare().Trim.add(r, 1, after, resident)
		return
	}
	fields := min(data.SplitFields, lim.hash.entries)
	if r.Cost.Compact == 0 || fields < 1 || r.Cost.Longest < 0 || r.Cost.Longest > lim.hash.value {
		return // a chunk would be a table again
	}
	chunks, after, resident := split(r, w, fields)
	s.EnsureRare().Split.add(r, chunks, after, resident)
}

// normalParts are the medians of the sixteen equal parts of a normal
// distribution, in thousandths of its standard deviation.
var normalParts = [...]int64{-1863, -1318, -1010, -776, -579, -402, -237, -78, 78, 237, 402, 579, 776, 1010, 1318, 1863}

// split sizes a hash as chunks of so many fields.
func split(r *Observation, w *probe.Prober, fields int64) (chunks, bytes, resident int64) {
	const overhead = 7 // listpack.c LP_HDR_SIZE, LP_EOF
	n := r.Elements
	entries := max(r.Cost.CompactLen-overhead, 0)
	chunks = (n + fields - 1) / fields
	name := r.KeyLen + 1 + sketch.DecimalLen(chunks/2)
	size := func(blob, count int64) (int64, int64) {
		z := w.Declared(parser.TypeHashListpack, name, r.HasExpiry, count, blob)
		return z.Bytes, z.Resident
	}
	// The sizes of chunks scatter around the mean, which matters near the edge of
	// an allocator's class: by about a quarter of the longest entry times the
	// root of their number, and by more when a chunk holds fields that were
	// written together. Sixteen chunks stand for all of them.
	blob := overhead + sketch.MulDiv(entries, fields, n)
	deviation := r.Cost.Longest * sketch.Root(fields) / 3
	var sum, sumResident int64
	for _, x := range normalParts {
		b, a := size(max(blob+deviation*x/1000, overhead), fields)
		sum += b
		sumResident += a
	}
	last := n - (chunks-1)*fields
	b, a := size(overhead+sketch.MulDiv(entries, last, n), last)
	return chunks, sketch.MulDiv(sum, chunks-1, int64(len(normalParts))) + b, sketch.MulDiv(sumResident, chunks-1, int64(len(normalParts))) + a
}

// trimmed sizes a sorted set with TrimKeep of its members, which are taken to be
// like the others.
func trimmed(r *Observation, w *probe.Prober) (bytes, resident int64) {
	member := max(r.Cost.Payload-r.KeyLen-8*r.Elements, 0)
	size := func(n int64) (int64, int64) {
		// A length of which members make up half (memory: chargeSkiplist).
		z := w.Declared(parser.TypeZset2, r.KeyLen, r.HasExpiry, n, 7+4*n+2*sketch.MulDiv(member, n, r.Elements))
		return max(z.Bytes, 1), max(z.Resident, 1)
	}
	allBytes, allResident := size(r.Elements)
	headBytes, headResident := size(data.TrimKeep)
	return sketch.MulDiv(r.Cost.Bytes, headBytes, allBytes), sketch.MulDiv(r.Cost.Resident, headResident, allResident)
}
