package aggregate

import (
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// Big hashes cut into chunks, and sorted sets cut down to their head, are sized
// key by key while a dump is read.

const (
	// SplitFields is how many fields a chunk of a big hash gets at most, SplitMin
	// from how many fields on a hash is cut.
	SplitFields = 500
	SplitMin    = 5000
	// TrimKeep is how many members a sorted set keeps, TrimMin from how many on
	// it is cut down.
	TrimKeep = 10_000
	TrimMin  = 12_000
)

// reshapeStats are keys of another shape. Sums are bytes.
type reshapeStats struct {
	Keys, Elements, Pieces  int64
	Memory, After           int64
	Resident, AfterResident int64
	Largest                 int64 // elements of the largest key
}

func (s *reshapeStats) merge(o *reshapeStats) {
	s.Keys += o.Keys
	s.Elements += o.Elements
	s.Pieces += o.Pieces
	s.Memory += o.Memory
	s.After += o.After
	s.Resident += o.Resident
	s.AfterResident += o.AfterResident
	s.Largest = max(s.Largest, o.Largest)
}

func (s *reshapeStats) view() Reshape {
	return Reshape{s.Keys, s.Elements, s.Pieces, s.Memory, s.After, s.Resident, s.AfterResident, s.Largest}
}

func (s *reshapeStats) add(r *record, pieces, after, afterResident int64) {
	s.Keys++
	s.Elements += r.Elements
	s.Pieces += pieces
	s.Memory += r.size.Bytes
	s.After += after
	s.Resident += r.size.Resident
	s.AfterResident += afterResident
	s.Largest = max(s.Largest, r.Elements)
}

// reshapes reports whether a key may be worth another shape.
func reshapes(r *record) bool {
	return r.Elements >= SplitMin && r.size.Encoding == memory.EncodingHashtable && r.Logical == parser.DataTypeHash ||
		r.Elements >= TrimMin && r.size.Encoding == memory.EncodingSkiplist
}

// addReshaped sizes a key that reshapes accepts.
func (s *stats) addReshaped(r *record, w *probe.Prober, lim *limits) {
	if r.Logical == parser.DataTypeZset {
		after, resident := trimmed(r, w)
		s.rare().Trim.add(r, 1, after, resident)
		return
	}
	fields := min(SplitFields, lim.hash.entries)
	if r.size.Compact == 0 || fields < 1 || r.size.Longest < 0 || r.size.Longest > lim.hash.value {
		return // a chunk would be a table again
	}
	chunks, after, resident := split(r, w, fields)
	s.rare().Split.add(r, chunks, after, resident)
}

// normalParts are the medians of the sixteen equal parts of a normal
// distribution, in thousandths of its standard deviation.
var normalParts = [...]int64{-1863, -1318, -1010, -776, -579, -402, -237, -78, 78, 237, 402, 579, 776, 1010, 1318, 1863}

// split sizes a hash as chunks of so many fields.
func split(r *record, w *probe.Prober, fields int64) (chunks, bytes, resident int64) {
	const overhead = 7 // listpack.c LP_HDR_SIZE, LP_EOF
	n := r.Elements
	entries := max(r.size.CompactLen-overhead, 0)
	chunks = (n + fields - 1) / fields
	name := r.KeyLen + 1 + decimalLen(chunks/2)
	size := func(blob, count int64) (int64, int64) {
		z := w.Declared(parser.TypeHashListpack, name, r.HasExpiry, count, blob)
		return z.Bytes, z.Resident
	}
	// The sizes of chunks scatter around the mean, which matters near the edge of
	// an allocator's class: by about a quarter of the longest entry times the
	// root of their number, and by more when a chunk holds fields that were
	// written together. Sixteen chunks stand for all of them.
	blob := overhead + mulDiv(entries, fields, n)
	deviation := r.size.Longest * root(fields) / 3
	var sum, sumResident int64
	for _, x := range normalParts {
		b, a := size(max(blob+deviation*x/1000, overhead), fields)
		sum += b
		sumResident += a
	}
	last := n - (chunks-1)*fields
	b, a := size(overhead+mulDiv(entries, last, n), last)
	return chunks, mulDiv(sum, chunks-1, int64(len(normalParts))) + b, mulDiv(sumResident, chunks-1, int64(len(normalParts))) + a
}

// trimmed sizes a sorted set with TrimKeep of its members, which are taken to be
// like the others.
func trimmed(r *record, w *probe.Prober) (bytes, resident int64) {
	member := max(r.size.Payload-r.KeyLen-8*r.Elements, 0)
	size := func(n int64) (int64, int64) {
		// A length of which members make up half (memory: chargeSkiplist).
		z := w.Declared(parser.TypeZset2, r.KeyLen, r.HasExpiry, n, 7+4*n+2*mulDiv(member, n, r.Elements))
		return max(z.Bytes, 1), max(z.Resident, 1)
	}
	allBytes, allResident := size(r.Elements)
	headBytes, headResident := size(TrimKeep)
	return mulDiv(r.size.Bytes, headBytes, allBytes), mulDiv(r.size.Resident, headResident, allResident)
}

// decimalLen returns the digits of a number that is not negative.
func decimalLen(n int64) (digits int64) {
	for digits = 1; n >= 10; n /= 10 {
		digits++
	}
	return digits
}

// root returns the integer square root.
func root(n int64) int64 {
	r := int64(0)
	for (r+1)*(r+1) <= n {
		r++
	}
	return r
}
