package check

import (
	"crypto/sha256"
	"hash"
	"hash/maphash"
	"runtime"
	"slices"

	"github.com/rdblens/rdblens/parser"
)

// A member of a set or sorted set, or a field of a hash, that is there twice stops a
// server: always in values that are stored element by element, in zipmaps and in
// ziplists (rdb.c rdbLoadObject "Duplicate …", since 6.2), and with
// sanitize-dump-payload, as in redis-check-rdb, in listpacks. An intset ascends, which
// the parser sees to.

// bag is a collection of 64-bit hashes that keeps at most limit of them: when they
// get too many only those of one slice in two, four, … of all, so that both of a pair
// are there or neither.
type bag struct {
	hashes []uint64
	limit  int
	slice  uint64 // which ones are kept when not all are
	mask   uint64 // of the bits that tell slices apart
	bits   [32 * sieved / 64]uint64
}

func (b *bag) reset(slice uint64) { b.hashes, b.slice, b.mask = b.hashes[:0], slice, 0 }

func (b *bag) add(h uint64) {
	if (h^b.slice)&b.mask != 0 {
		return
	}
	b.hashes = append(b.hashes, h)
	for len(b.hashes) > b.limit {
		b.mask = b.mask<<1 | 1
		b.hashes = slices.DeleteFunc(b.hashes, func(h uint64) bool { return (h^b.slice)&b.mask != 0 })
	}
}

// few is up to how many hashes are compared each with each, sieved up to how many are
// told apart by a bitmap: 16 KiB of bits.
const (
	few    = 8
	sieved = 1 << 12
)

// twice calls f with each hash that is there already. It sorts the bag.
func (b *bag) twice(f func(h uint64)) {
	h := b.hashes
	if len(h) <= few {
		for i := 1; i < len(h); i++ {
			if slices.Contains(h[:i], h[i]) {
				f(h[i])
			}
		}
		return
	}
	if len(h) <= sieved && !b.sieve() {
		return
	}
	slices.Sort(h)
	for i := 1; i < len(h); i++ {
		if h[i] == h[i-1] {
			f(h[i])
		}
	}
}

// sieve reports whether a hash may be there twice. It is for small bags: 32 bits for each
// hash, of which two are set, stay in the processor's cache, and few are met by chance.
// Those are looked for one by one, unless they get many.
func (b *bag) sieve() bool {
	h := b.hashes
	size := 64
	for size < 32*len(h) {
		size *= 2
	}
	words, last := b.bits[:size/64], uint64(size-1)
	clear(words)
	suspects := 0
	for i, x := range h {
		// The lowest bits may all be the slice's.
		p, q := x>>20&last, x>>42&last
		if words[p/64]>>(p%64)&(words[q/64]>>(q%64))&1 != 0 {
			if suspects++; suspects > 64 || slices.Contains(h[:i], x) {
				return true
			}
		}
		words[p/64] |= 1 << (p % 64)
		words[q/64] |= 1 << (q % 64)
	}
	return false
}

func (b *bag) sort() { slices.Sort(b.hashes) }

// has reports whether a bag that was sorted holds a hash; one of another slice may be
// anywhere.
func (b *bag) has(h uint64) bool {
	if (h^b.slice)&b.mask != 0 {
		return true
	}
	_, ok := slices.BinarySearch(b.hashes, h)
	return ok
}

const (
	// maxMembers is how many members of one value are looked at in one reading, however
	// many keys there are: 8 MiB. Of keys that number less than maxFingerprints the rest
	// is left to members, see room.
	maxMembers = 1 << 20
	// maxSuspects is how many values and keys are looked at a second time, maxLarge how
	// many values of too many members are read slice by slice.
	maxSuspects = 1000
	maxLarge    = 1000
)

// suspect is a member whose hash its value holds already.
type suspect struct {
	offset int64 // of the key's record
	hash   uint64
}

// members looks for members that are there twice, on the scanner's goroutine.
type members struct {
	seed     maphash.Seed
	hash     maphash.Hash
	bag      bag              // of what has come since it was full
	big      fingerprints     // of a value that does not fit in the bag
	limit    int              // of hashes of one value, 0 for the default
	slice    uint64           // of values with too many members for one reading
	only     map[int64]uint64 // of the keys that are looked at: offset → mask; nil for all
	offset   int64            // of the key under way
	open     bool
	possible int64
	suspects []suspect
	large    map[int64]uint64 // offset → mask, of values with too many members
	lost     bool             // there were more large ones than are kept
	full     int              // at which the bag is poured over
	take     func(piece []byte, first, last bool)
}

func newMembers(seed maphash.Seed, slice uint64, limit int) *members {
	m := &members{seed: seed, limit: limit, slice: slice, large: map[int64]uint64{}}
	m.hash.SetSeed(seed)
	m.take = m.add
	return m
}

// room is how many hashes of one value are kept. Those of keys take maxFingerprints at
// most, so what the keys before this one leave of it is free until the value ends.
func (m *members) room(before int64) int {
	n := m.limit
	if n == 0 {
		n = int(max(maxMembers, maxFingerprints-before))
	}
	if m.slice > 0 {
		n += n / 8 // slices are of about the same size
	}
	return n
}

// begin is parser.Hooks.Members: it ends the key before.
func (m *members) begin(k *parser.Key, before int64) func(piece []byte, first, last bool) {
	m.end()
	mask := m.only[k.Offset]
	if m.only != nil && m.slice > mask {
		return nil
	}
	m.offset, m.open = k.Offset, true
	m.bag.reset(m.slice)
	m.bag.mask = mask
	m.big.limit, m.big.slice, m.big.mask = m.room(before), m.slice, mask
	m.full = min(sieved, m.big.limit+1)
	return m.take
}

// add takes a piece of a member.
func (m *members) add(piece []byte, first, last bool) {
	if first && last {
		m.put(maphash.Bytes(m.seed, piece))
		return
	}
	if first {
		m.hash.Reset()
	}
	_, _ = m.hash.Write(piece)
	if last {
		m.put(m.hash.Sum64())
	}
}

// put takes a hash. The bag of a value that does not fit in it is poured over.
func (m *members) put(h uint64) {
	b := &m.bag
	if (h^b.slice)&b.mask != 0 {
		return
	}
	if b.hashes = append(b.hashes, h); len(b.hashes) >= m.full {
		m.pour()
	}
}

func (m *members) pour() {
	m.big.collect(m.bag.hashes)
	m.bag.reset(m.slice)
	m.bag.mask = m.big.mask
}

// end looks at the key that was begun last.
func (m *members) end() {
	if !m.open {
		return
	}
	m.open = false
	if m.big.kept == 0 && m.big.mask == m.bag.mask {
		m.bag.twice(func(h uint64) { m.suspect(h) })
	} else {
		m.endBig()
	}
	if m.only != nil {
		m.lost = m.lost || m.bag.mask != m.only[m.offset]
		return
	}
	if m.bag.mask == 0 {
		return
	}
	if len(m.large) == maxLarge {
		m.lost = true
		return
	}
	m.large[m.offset] = m.bag.mask
}

// endBig looks at a value that did not fit in the bag, and gives back the memory before
// keys need it: as garbage it would count twice.
func (m *members) endBig() {
	m.pour()
	n, some := m.big.repeated()
	m.possible += n - int64(len(some))
	for h := range some {
		m.suspect(h)
	}
	if m.big.kept <= maxMembers {
		m.big.recycle()
		return
	}
	m.big.release()
	runtime.GC()
}

func (m *members) suspect(h uint64) {
	m.possible++
	if len(m.suspects) < maxSuspects {
		m.suspects = append(m.suspects, suspect{m.offset, h})
	}
}

// secondLook tells members that are there twice from those that only share a hash.
type secondLook struct {
	seed     maphash.Seed
	hash     maphash.Hash
	digest   hash.Hash
	suspects map[suspect]bool
	only     map[int64]bool
	at       suspect
	key      Repeated // the key under way
	seen     map[[sha256.Size]byte]bool
	proven   int64
	first    *Repeated
}

func newSecondLook(seed maphash.Seed, list []suspect) *secondLook {
	l := &secondLook{seed: seed, digest: sha256.New(), suspects: map[suspect]bool{}, only: map[int64]bool{}, seen: map[[sha256.Size]byte]bool{}}
	l.hash.SetSeed(seed)
	for _, s := range list {
		l.suspects[s], l.only[s.offset] = true, true
	}
	return l
}

// begin is parser.Hooks.Members.
func (l *secondLook) begin(k *parser.Key, _ int64) func(piece []byte, first, last bool) {
	if !l.only[k.Offset] {
		return nil
	}
	l.at.offset, l.key = k.Offset, Repeated{Key: clipped(k.Name, maxQuoted), DB: k.DB, Offset: k.Offset}
	clear(l.seen)
	return l.add
}

func (l *secondLook) add(piece []byte, first, last bool) {
	if first {
		l.hash.Reset()
		l.digest.Reset()
	}
	_, _ = l.hash.Write(piece)
	_, _ = l.digest.Write(piece)
	if !last {
		return
	}
	if l.at.hash = l.hash.Sum64(); !l.suspects[l.at] {
		return
	}
	var sum [sha256.Size]byte
	l.digest.Sum(sum[:0])
	if !l.seen[sum] {
		l.seen[sum] = true
		return
	}
	if l.proven++; l.first == nil {
		key := l.key
		l.first = &key
	}
}
