package check

import (
	"hash/maphash"
	"math"
	"slices"

	"github.com/rdblens/rdblens/parser"
)

// duplicates finds keys that a source holds twice in one database: no server
// writes them, and one that loads them stops. It collects a 64-bit fingerprint
// of each key, and when they get too many keeps only those of one slice in two,
// four, … of all keys, chosen by the fingerprint, so that both of a pair stay or
// neither. Two keys share a fingerprint by chance with a probability of 1 in
// 2^64: what is found is possible, and proven by a second look (see twice.go), which
// takes the other slices too.
type duplicates struct {
	seed maphash.Seed
	fingerprints
}

// fingerprints are those of keys, or of the members of one large value.
type fingerprints struct {
	limit int                       // of fingerprints
	parts [dupParts]fingerprintPart // by their highest bits, so that each is compared in the processor's cache
	kept  int
	mask  uint64     // of the bits that tell slices apart
	slice uint64     // fingerprints of other slices are not kept
	free  [][]uint64 // blocks that were thinned out
	slab  []uint64   // what new ones are cut from
	slabs int        // how many there were
}

// fingerprintPart holds fingerprints in blocks: what is collected is never
// copied, and a small dump takes little.
type fingerprintPart struct {
	full [][]uint64 // of dupBlock fingerprints
	open []uint64
}

// maxFingerprints take 64 MiB; blocks that are not full, a quarter of a MiB at most.
const (
	dupShift        = 57
	dupParts        = 1 << (64 - dupShift)
	dupBlock        = 256
	maxFingerprints = 1 << 23
)

func newDuplicates() *duplicates {
	return &duplicates{seed: maphash.MakeSeed(), fingerprints: fingerprints{limit: maxFingerprints}}
}

// fingerprint is a key's name and database in 64 bits.
func (d *duplicates) fingerprint(k *parser.Key) uint64 {
	h := maphash.Bytes(d.seed, k.Name)
	if k.Is(parser.NameTruncated) { // see longName
		h ^= k.NameHash ^ uint64(k.NameLen)
	}
	// The name's hash is random to whoever made the dump; each database moves it elsewhere.
	h = (h ^ uint64(k.DB)*0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93
	return h ^ h>>32
}

// add takes the keys of a batch.
func (d *duplicates) add(keys []parser.Key) {
	for i := range keys {
		k := &keys[i]
		if k.Is(parser.Continued) {
			continue
		}
		d.keep(d.fingerprint(k))
	}
	d.bound()
}

// collect takes fingerprints.
func (d *fingerprints) collect(hashes []uint64) {
	for _, h := range hashes {
		d.keep(h)
	}
	d.bound()
}

// keep takes a fingerprint of the slice; bound follows a number of them.
func (d *fingerprints) keep(h uint64) {
	if (h^d.slice)&d.mask != 0 {
		return
	}
	p := &d.parts[h>>dupShift]
	if len(p.open) == cap(p.open) {
		d.extend(p)
	}
	p.open = append(p.open, h)
	d.kept++
}

// bound thins out until no more are kept than may be.
func (d *fingerprints) bound() {
	for d.kept > d.limit {
		d.thin()
	}
}

// thin keeps one slice of two.
func (d *fingerprints) thin() {
	d.mask = d.mask<<1 | 1
	d.kept = 0
	for i := range d.parts {
		d.free = append(d.free, d.parts[i].drop(d.slice, d.mask)...)
		d.kept += d.parts[i].len()
	}
}

// release lets the fingerprints go.
func (d *fingerprints) release() {
	d.parts, d.free, d.slab, d.slabs, d.kept = [dupParts]fingerprintPart{}, nil, nil, 0, 0
}

// recycle lets the fingerprints go, and keeps their blocks for others.
func (d *fingerprints) recycle() {
	for i := range d.parts {
		p := &d.parts[i]
		if cap(p.open) > 0 {
			d.free = append(append(d.free, p.full...), p.open)
		}
		p.full, p.open = p.full[:0], nil
	}
	d.kept = 0
}

// extend gives p an empty block. Slabs grow from 32 KiB to 1 MiB.
func (d *fingerprints) extend(p *fingerprintPart) {
	if len(p.open) > 0 {
		p.full = append(p.full, p.open)
	}
	if n := len(d.free); n > 0 {
		p.open, d.free = d.free[n-1][:0], d.free[:n-1]
		return
	}
	if len(d.slab) == 0 {
		d.slab = make([]uint64, dupBlock<<min(4+d.slabs, 9))
		d.slabs++
	}
	p.open, d.slab = d.slab[:0:dupBlock], d.slab[dupBlock:]
}

func (p *fingerprintPart) len() int { return len(p.full)*dupBlock + len(p.open) }

// blocks calls f with each block that holds something.
func (p *fingerprintPart) blocks(f func(block []uint64)) {
	for _, b := range p.full {
		f(b)
	}
	f(p.open)
}

// drop removes fingerprints of other slices. Blocks are filled anew from the
// first: what is written is never in front of what is read. It returns those that
// become free.
func (p *fingerprintPart) drop(slice, mask uint64) (free [][]uint64) {
	if cap(p.open) == 0 {
		return nil
	}
	all := append(p.full, p.open)
	to, n := 0, 0
	for _, b := range all {
		for _, h := range b {
			if (h^slice)&mask != 0 {
				continue
			}
			if n == dupBlock {
				to, n = to+1, 0
			}
			all[to][:dupBlock][n] = h
			n++
		}
	}
	p.full, p.open = all[:to:to], all[to][:n]
	return all[to+1:]
}

// repeated returns how many are there already when they come, and the fingerprints of
// some of them.
func (d *fingerprints) repeated() (n int64, some map[uint64]bool) {
	const enough = 1000
	some = map[uint64]bool{}
	var s suspects
	seen := map[uint64]bool{}
	for i := range d.parts {
		clear(seen)
		for _, h := range s.find(&d.parts[i]) {
			if !seen[h] {
				seen[h] = true
				continue
			}
			if n++; len(some) < enough {
				some[h] = true
			}
		}
	}
	return n, some
}

// suspects sorts out the fingerprints of a part that are there once. Most are
// told by a bitmap of 8 to 16 bits for each fingerprint, without a branch.
type suspects struct {
	bits  []uint64
	named [1 << 16 / 64]uint64
	list  []uint64
}

// find returns the fingerprints of a part that may be there twice, each as
// often as it is there: all that are, and few that are not. The list is good
// until the next call.
func (s *suspects) find(p *fingerprintPart) []uint64 {
	size := 1024
	for size < 8*p.len() {
		size *= 2
	}
	s.bits = slices.Grow(s.bits[:0], size/64)[:size/64]
	clear(s.bits)
	s.list = slices.Grow(s.list[:0], p.len()+1)[:p.len()+1]
	list, bits, last := s.list, s.bits, uint64(size-1)
	n := 0
	p.blocks(func(block []uint64) {
		for _, h := range block {
			// The lowest bits may all be 0, the highest are the part's.
			at := h >> 20 & last
			word := &bits[at/64]
			list[n] = h
			n += int(*word >> (at % 64) & 1)
			*word |= 1 << (at % 64)
		}
	})
	if n == 0 {
		return nil
	}
	// These share their bit with one before them. That one is found by other bits.
	clear(s.named[:])
	for _, h := range list[:n] {
		s.named[uint16(h>>40)/64] |= 1 << (h >> 40 & 63)
	}
	n = 0
	p.blocks(func(block []uint64) {
		for _, h := range block {
			at := uint16(h >> 40)
			list[n] = h
			n += int(s.named[at/64] >> (at % 64) & 1)
		}
	})
	return list[:n]
}

// Duplicates is what became of the search for keys that are there twice.
type Duplicates struct {
	Possible int64 `json:"possible"` // keys that may be in their database already
	// Proven is how many of them are, as a second reading of the source showed; it
	// looks at 1,000.
	Proven int64 `json:"proven"`
	// OneKeyIn is how many keys there are for each that was looked at: 1 where the
	// source can be read again, or has up to 8 million keys, else 2, 4, …
	OneKeyIn int64 `json:"one_key_in"`
	// FalsePositiveOneIn is how many keys it takes on average for one to be
	// taken for another by chance.
	FalsePositiveOneIn int64 `json:"false_positive_one_in"`
	// First is the first key that is there twice, nil when there is none or the
	// source could not be read again for it.
	First  *Repeated `json:"-"`
	some   map[uint64]bool
	looked bool // a second reading settled it
}

// Members is what became of the search for members of sets and sorted sets and
// fields of hashes that are there twice.
type Members struct {
	Possible int64 `json:"possible"` // members that may be in their value already
	// Proven is how many of them are, as a second reading of the source showed; it
	// looks at 1,000.
	Proven int64 `json:"proven"`
	// Unseen is how many values have more members than are compared in one reading (8
	// million less the keys in front of the value, at least one) and were compared in
	// part: 0 where the source can be read again.
	Unseen int64 `json:"partly_compared"`
	// First is the key of the first member that is there twice, nil when there is none
	// or the source could not be read again for it.
	First *Repeated `json:"-"`
}

// Repeated is a key that comes a second time.
type Repeated struct {
	Key    string // escaped, at most 200 bytes of it
	DB     int32
	Offset int64 // of the second record
}

// MaxOneIn bounds Duplicates.FalsePositiveOneIn: it may be more. Every reader of
// JSON keeps this number exact.
const MaxOneIn = 1 << 53

func (d *duplicates) result() *Duplicates {
	n, some := d.repeated()
	return &Duplicates{
		Possible: n, OneKeyIn: int64(d.mask) + 1, FalsePositiveOneIn: int64(min(math.MaxUint64/uint64(max(d.kept, 1)), MaxOneIn)), some: some,
	}
}
