package collect

import (
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// The allocator is in no dump, and what is left between predicted and reported
// used_memory depends on it first of all. Sizing every key under each of the three
// would make the pass slower by a tenth, so that is done for all keys of a small source
// and for some of a large one; what is kept is the difference to the profile's own.
const (
	// sizedWhole is how much of a source is sized in full, in elements; a key counts as
	// much as keyWork of them. A source of less than smallSource bytes is done in a few
	// milliseconds whatever is done with it.
	sizedWhole  = 1 << 18
	sizedSmall  = 1 << 20
	smallSource = 32 << 20
	keyWork     = 2
	// Beyond that one key in keyStride is, with its elements, or of those with fullKey
	// elements and more one of a type in fullStride. The others of their encoding differ as
	// they do, byte for byte of what is allocated.
	keyStride  = 64
	fullStride = 32
	fullKey    = 64
	// largeBlob is the length from which a single blob is always sized: nothing of it is
	// looked at but that.
	largeBlob = 16 << 10
	// largeTable is the number of elements from which a table is always sized, by one in
	// elementStride of them. That many are well beyond the limits of packed encodings
	// that are in use.
	largeTable    = 2048
	elementStride = 32
)

// allocators are the differences in what is really allocated for a source's keys.
type allocators struct {
	others   [2]otherAllocator
	left     int64                         // of sizedWhole
	small    int64                         // keys of few elements to pass over; not above 0 while some are left
	seen     [2][parser.NumDataTypes]int64 // others beyond, by how many elements they have, and type
	passed   [memory.NumEncodings]int64    // bytes really allocated for keys that were passed over
	sample   [memory.NumEncodings]int64    // and for those that stand for them
	current  manner                        // in which the current key is sized
	taken    int64                         // elements of a thinned key
	estimate bool                          // not all keys were sized in full
	thin     memory.Meter                  // the profile's own, of the elements that are taken
}

// otherAllocator is one that the profile does not have.
type otherAllocator struct {
	profile    memory.Profile
	whole      memory.Meter
	thin       memory.Meter               // nothing is packed
	size       memory.Size                // of the current key
	difference int64                      // bytes, of the keys that were sized
	sample     [memory.NumEncodings]int64 // of those that stand for others
}

// manner is how a key is sized under the other allocators.
type manner uint8

const (
	passedOver manner = iota // others of its type stand for it
	inFull
	inSteps // and stands for those that are passed over
	thinned // some of its elements stand for all
)

// tableTypes have their elements one by one in the dump, and are tables once there are
// many.
var tableTypes = [256]bool{
	parser.TypeSet: true, parser.TypeZset: true, parser.TypeZset2: true, parser.TypeHash: true,
	parser.TypeHashMetadata: true, parser.TypeValkeyHash2: true,
}

// newAllocators returns the allocators that p does not have.
func newAllocators(p memory.Profile, size int64) *allocators {
	a := &allocators{left: sizedWhole}
	if size > 0 && size < smallSource {
		a.left = sizedSmall
	}
	unpacked := func(p memory.Profile) memory.Meter {
		c := &p.Config
		c.HashMaxListpackEntries, c.ZsetMaxListpackEntries, c.SetMaxListpackEntries, c.SetMaxIntsetEntries = 0, 0, 0, 0
		return memory.NewMeter(p, false)
	}
	a.thin = unpacked(p)
	i := 0
	for x := memory.Jemalloc; x <= memory.Libc; x++ {
		if x == p.Allocator {
			continue
		}
		o := &a.others[i]
		i++
		o.profile = p
		o.profile.Allocator = x
		o.whole, o.thin = memory.NewMeter(o.profile, false), unpacked(o.profile)
	}
	return a
}

// piece takes a piece of a key; open says whether the key before goes on.
func (a *allocators) piece(b *parser.Batch, k *parser.Key, open bool) {
	begins := !open || !k.Is(parser.Continued)
	if begins {
		a.choose(k)
	}
	switch a.current {
	case passedOver:
	case thinned:
		if begins {
			a.taken = 0
			a.thin.Begin(k)
			for i := range a.others {
				a.others[i].thin.Begin(k)
			}
		}
		es := b.Elements(k)
		es = es[:(len(es)+elementStride-1)/elementStride]
		a.taken += int64(len(es))
		a.thin.Elements(b, k, es)
		for i := range a.others {
			a.others[i].thin.Elements(b, k, es)
		}
	default:
		if a.left > 0 && k.Type != parser.TypeString {
			a.left -= int64(len(b.Elements(k)))
		}
		for i := range a.others {
			a.others[i].whole.Piece(b, k, &a.others[i].size, open)
		}
	}
}

// passes reports whether a key is passed over that begins, or that goes on, and takes note
// of that. Most keys of a large source are, and little may be asked of each.
func (a *allocators) passes(k *parser.Key, open bool) bool {
	if open && k.Is(parser.Continued) {
		return a.current == passedOver
	}
	if k.Count >= fullKey || k.Len >= largeBlob {
		return false
	}
	a.small--
	if a.small < 0 {
		return false
	}
	a.current = passedOver
	return true
}

// choose says how a key is sized that begins.
func (a *allocators) choose(k *parser.Key) {
	table := tableTypes[k.Type]
	if a.left > 0 && (k.Count <= a.left || !table) {
		a.left -= keyWork
		a.current = inFull
		return
	}
	a.estimate = true
	switch {
	case table && k.Count >= largeTable:
		a.current = thinned
		return
	case !table && k.Count >= largeTable, k.Len >= largeBlob && (k.Type == parser.TypeString || factsOf[k.Type].blob):
		a.current = inFull // lists and streams come by the node
		return
	}
	if a.left <= 0 && k.Count < fullKey && k.Len < largeBlob {
		a.current, a.small = inSteps, keyStride-1 // it stands for those
		return
	}
	full, stride := 0, int64(keyStride)
	if k.Count >= fullKey {
		full, stride = 1, fullStride
	}
	n := &a.seen[full][k.Type.DataType()]
	*n++
	a.current = passedOver
	if *n%stride == stride/2 {
		a.current = inSteps
	}
}

// count counts a whole key; own is its size, and byHead as for end.
func (a *allocators) count(k *parser.Key, own *memory.Size, byHead bool) {
	if a.current == passedOver {
		a.passed[own.Encoding] += own.Resident
		return
	}
	a.end(k, own, byHead)
}

// end counts a whole key that was not passed over; own is its size. With byHead it was
// sized without its elements.
func (a *allocators) end(k *parser.Key, own *memory.Size, byHead bool) {
	switch a.current {
	case thinned:
		a.endThinned(k, own)
		return
	case inSteps:
		a.sample[own.Encoding] += own.Resident
	}
	for i := range a.others {
		o := &a.others[i]
		if byHead {
			o.whole.Begin(k)
			o.size = o.whole.End(k)
		}
		d := o.size.Resident - own.Resident
		if a.current == inSteps {
			o.sample[own.Encoding] += d
		}
		o.difference += d
	}
}

// endThinned takes the difference of an empty table, and for each element that of the
// elements that were taken.
func (a *allocators) endThinned(k *parser.Key, own *memory.Size) {
	some := a.thin.End(k)
	if a.taken == 0 || some.Encoding != own.Encoding {
		a.passed[own.Encoding] += own.Resident // damaged, or a limit in the thousands
		return
	}
	empty := *k
	empty.Count = 0
	a.thin.Begin(&empty)
	none := a.thin.End(&empty)
	n := max(k.Count, a.taken)
	for i := range a.others {
		o := &a.others[i]
		part := o.thin.End(k).Resident - some.Resident
		o.thin.Begin(&empty)
		base := o.thin.End(&empty).Resident - none.Resident
		o.difference += base + mulDivSigned(part-base, n, a.taken)
	}
}

// mulDivSigned returns d*n/of; n is a number of elements, at most the bytes of a dump,
// d a few bytes for each of one piece.
func mulDivSigned(d, n, of int64) int64 {
	return d/of*n + d%of*n/of
}

// unseen is the difference of the keys that were passed over.
func (a *allocators) unseen(o *otherAllocator) (n int64) {
	for e, sample := range a.sample {
		if sample > 0 {
			d := o.sample[e]
			m := sketch.MulDiv(max(d, -d), a.passed[e], sample)
			if d < 0 {
				m = -m
			}
			n += m
		}
	}
	return n
}

// states returns the differences, and what the servers' tables and an empty server take
// under these allocators.
func (a *allocators) states(tables *tableSums) []state.AllocatorState {
	if a == nil {
		return nil
	}
	out := make([]state.AllocatorState, 0, len(a.others))
	for i := range a.others {
		o := &a.others[i]
		out = append(out, state.AllocatorState{
			Allocator: o.profile.Allocator, Resident: o.difference + a.unseen(o), Estimated: a.estimate,
			Keyspace: tables.others[i].keyspace, Baseline: o.profile.BaselineBytes(),
		})
	}
	return out
}
