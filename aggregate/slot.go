package aggregate

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// numSlots is the number of hash slots of a cluster.
const numSlots = 16384

// crc16 is CRC-16/XMODEM (polynomial 0x1021, no reflection, start 0), which
// clusters hash keys with (redis crc16.c). Table i advances a byte that i more
// bytes follow, so that eight bytes take one step.
var crc16 = func() (t [8][256]uint16) {
	for i := range t[0] {
		c := uint16(i) << 8
		for range 8 {
			if c&0x8000 != 0 {
				c = c<<1 ^ 0x1021
			} else {
				c <<= 1
			}
		}
		t[0][i] = c
	}
	for k := 1; k < len(t); k++ {
		for i := range t[k] {
			p := t[k-1][i]
			t[k][i] = p<<8 ^ t[0][p>>8]
		}
	}
	return t
}()

// crc16Of goes by whole words, the last one at the end of b. What the first
// lacks are zeros in front: as the start is 0 they change nothing.
func crc16Of(b []byte) uint16 {
	first, rest := crc16Words(b)
	c := crc16Word(0, first<<(64-8*(len(b)-len(rest))))
	for ; len(rest) >= 8; rest = rest[8:] {
		c = crc16Word(c, binary.LittleEndian.Uint64(rest))
	}
	return c
}

// crc16Words returns the first eight bytes, or fewer, and what lies a number of
// whole words before the end. Both may hold the same bytes.
func crc16Words(b []byte) (first uint64, rest []byte) {
	if len(b) < 8 {
		return word8(b), nil
	}
	return binary.LittleEndian.Uint64(b), b[len(b)%8:]
}

func crc16Word(c uint16, w uint64) uint16 {
	// All but the first two bytes need not wait for c.
	return crc16[5][byte(w>>16)] ^ crc16[4][byte(w>>24)] ^ crc16[3][byte(w>>32)] ^
		crc16[2][byte(w>>40)] ^ crc16[1][byte(w>>48)] ^ crc16[0][w>>56] ^
		(crc16[7][byte(w)^byte(c>>8)] ^ crc16[6][byte(w>>8)^byte(c)])
}

// slotOf returns the hash slot of a key: CRC16 of what stands between the
// first '{' and the first '}' after it, when that is not empty, otherwise of
// the whole key (redis cluster.c, keyHashSlot). whole is false when name is
// only the beginning of the key; the slot is then -1 unless the hash tag is
// within name.
func slotOf(name []byte, whole bool) int32 {
	slot, _ := slotAndTag(name, whole)
	return slot
}

// slotAndTag is slotOf with the key's hash tag, empty when it has none.
func slotAndTag(name []byte, whole bool) (slot int32, tag []byte) {
	first, rest := crc16Words(name)
	if holds(first, '{') {
		return bracedSlot(name, whole)
	}
	// The words are those of crc16Of.
	c := crc16Word(0, first<<(64-8*(len(name)-len(rest))))
	for ; len(rest) >= 8; rest = rest[8:] {
		w := binary.LittleEndian.Uint64(rest)
		if holds(w, '{') {
			return bracedSlot(name, whole)
		}
		c = crc16Word(c, w)
	}
	if !whole {
		return -1, nil
	}
	return int32(c & (numSlots - 1)), nil
}

// holds reports whether one of eight bytes is c, which is not 0.
func holds(w uint64, c byte) bool {
	x := w ^ uint64(c)*eachByte
	return (x-eachByte)&^x&topBits != 0
}

// bracedSlot is slotAndTag for a key with a brace.
func bracedSlot(name []byte, whole bool) (slot int32, tag []byte) {
	i := bytes.IndexByte(name, '{')
	j := bytes.IndexByte(name[i+1:], '}')
	switch {
	case j > 0:
		tag = name[i+1 : i+1+j]
		return int32(crc16Of(tag) & (numSlots - 1)), tag
	case !whole: // the tag may end, or another may not begin, beyond name
		return -1, nil
	}
	return int32(crc16Of(name) & (numSlots - 1)), nil
}

const (
	// slotSamples is how many tagged keys a slot samples; one more sets the
	// threshold.
	slotSamples = 8
	// tagLimit is how many bytes of a hash tag are kept.
	tagLimit = 64
)

// slotTally is what one hash slot holds, plain data.
type slotTally struct {
	Slot int32
	tally
	Tagged tally    // of keys with a hash tag
	Tags   []tagKey // a priority sample of those, by rank, of at most slotSamples+1
}

// tagKey is a sampled key of a slot; what is kept of it is its hash tag.
type tagKey struct {
	Hash   uint64 // of the key
	Memory int64
	Tag    []byte // at most tagLimit bytes
}

func (k *tagKey) rank() uint64 { return k.Hash / uint64(k.Memory) }

func (k *tagKey) compare(o *tagKey) int {
	return cmp.Or(cmp.Compare(k.rank(), o.rank()), cmp.Compare(k.Hash, o.Hash), cmp.Compare(k.Memory, o.Memory), bytes.Compare(k.Tag, o.Tag))
}

// taggedSlot collects the keys with a hash tag of one slot.
type taggedSlot struct {
	tally
	limit uint64 // once all places are taken: the largest rank of a sampled key
	tags  []tagKey
}

// addTagged counts a key with a hash tag.
func (c *collector) addTagged(r *record) {
	if c.tagged == nil {
		c.tagged = new([numSlots]taggedSlot)
	}
	s := &c.tagged[r.Slot]
	s.add(r.size.Bytes)
	if r.size.Bytes <= 0 {
		return
	}
	if len(s.tags) > slotSamples {
		// hash/bytes > limit, without a division.
		if hi, lo := bits.Mul64(s.limit+1, uint64(r.size.Bytes)); hi == 0 && r.hash >= lo {
			return
		}
	}
	k := tagKey{Hash: r.hash, Memory: r.size.Bytes, Tag: r.tag[:min(len(r.tag), tagLimit)]}
	if len(s.tags) <= slotSamples {
		k.Tag = bytes.Clone(k.Tag)
		if len(s.tags) == 1 {
			s.tags = append(make([]tagKey, 0, slotSamples+1), s.tags...) // no more than that, ever
		}
		s.tags = append(s.tags, k)
		slices.SortFunc(s.tags, func(a, b tagKey) int { return a.compare(&b) })
		s.limit = s.tags[len(s.tags)-1].rank()
		return
	}
	last := &s.tags[slotSamples]
	if k.compare(last) >= 0 {
		return
	}
	k.Tag = append(last.Tag[:0], k.Tag...)
	*last = k
	for i := slotSamples; i > 0 && s.tags[i].compare(&s.tags[i-1]) < 0; i-- {
		s.tags[i], s.tags[i-1] = s.tags[i-1], s.tags[i]
	}
	s.limit = s.tags[slotSamples].rank()
}

// packSlots drops empty slots.
func packSlots(sums []tally, tagged *[numSlots]taggedSlot) []slotTally {
	used := 0
	for i := range sums {
		if sums[i].Keys > 0 {
			used++
		}
	}
	if used == 0 {
		return nil
	}
	out := make([]slotTally, 0, used)
	for i, t := range sums {
		if t.Keys == 0 {
			continue
		}
		s := slotTally{Slot: int32(i), tally: t}
		if tagged != nil {
			s.Tagged, s.Tags = tagged[i].tally, tagged[i].tags
		}
		out = append(out, s)
	}
	return out
}

// mergeSlots adds up slots by number; it changes neither list.
func mergeSlots(a, b []slotTally) []slotTally {
	out := make([]slotTally, 0, max(len(a), len(b)))
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Slot < b[0].Slot:
			out, a = append(out, a[0]), a[1:]
		case len(a) == 0 || b[0].Slot < a[0].Slot:
			out, b = append(out, b[0]), b[1:]
		default:
			s := a[0]
			s.merge(b[0].tally)
			s.Tagged.merge(b[0].Tagged)
			s.Tags = nil
			if len(a[0].Tags)+len(b[0].Tags) > 0 {
				s.Tags = mergeSorted(slotSamples+1, a[0].Tags, b[0].Tags, (*tagKey).compare)
			}
			out, a, b = append(out, s), a[1:], b[1:]
		}
	}
	return out
}

// heldTag is the bytes of a slot that one hash tag holds, at most.
type heldTag struct {
	tag    string
	atMost int64
	exact  bool
}

// heaviest returns the tags that may hold most of a slot, at most n.
func (s *slotTally) heaviest(n int) []heldTag {
	sample, weight := s.Tags, int64(0)
	if len(sample) > slotSamples {
		weight = min(rankWeight(sample[slotSamples].rank()), s.Tagged.Memory)
		sample = sample[:slotSamples]
	}
	sums := make(map[string]*estimate)
	for i := range sample {
		tag := string(sample[i].Tag)
		if sums[tag] == nil {
			sums[tag] = new(estimate)
		}
		sums[tag].add(sample[i].Memory, weight)
	}
	var out []heldTag
	for tag, e := range sums {
		out = append(out, heldTag{tag, min(e.memory+e.bound(), s.Tagged.Memory), weight == 0})
	}
	slices.SortFunc(out, func(a, b heldTag) int { return cmp.Or(cmp.Compare(b.atMost, a.atMost), cmp.Compare(a.tag, b.tag)) })
	return out[:min(len(out), n)]
}

// shardOf returns which of n equal shards a slot belongs to: the ranges that
// redis-cli --cluster create makes (redis-cli.c, clusterManagerCommandCreate).
func shardOf(slot int32, n int) int {
	// Shard k ends before round((k+1)*numSlots/n).
	k := int(slot) * n / numSlots
	for k+1 < n && int(slot) >= (2*(k+1)*numSlots+n)/(2*n) {
		k++
	}
	for k > 0 && int(slot) < (2*k*numSlots+n)/(2*n) {
		k--
	}
	return k
}

// slotCounter counts keys and bytes by slot. Most keys take eight bytes of a
// table that is half as large as one of tallies: the cache holds it.
//
// Keys wait until there are some: their places are anywhere in the table, and one
// after the other they are fetched while the one before is still on its way.
type slotCounter struct {
	small   []uint64 // keys in the upper smallKeys bits, bytes below
	large   []tally  // what was moved out of small
	waiting []slotKey
}

type slotKey struct {
	slot  int32
	bytes int64
}

const (
	smallKeys  = 20
	smallBytes = 64 - smallKeys
)

func newSlotCounter() slotCounter {
	return slotCounter{make([]uint64, numSlots), make([]tally, numSlots), make([]slotKey, 0, 256)}
}

// put counts a key of a slot.
func (c *slotCounter) put(slot int32, bytes int64) {
	if len(c.waiting) == cap(c.waiting) {
		c.flush()
	}
	c.waiting = append(c.waiting, slotKey{slot, bytes})
}

func (c *slotCounter) flush() {
	for _, k := range c.waiting {
		c.add(k.slot, k.bytes)
	}
	c.waiting = c.waiting[:0]
}

func (c *slotCounter) add(slot int32, bytes int64) {
	if uint64(bytes) >= 1<<(smallBytes-1) {
		c.large[slot].add(bytes)
		return
	}
	v := c.small[slot] + 1<<smallBytes + uint64(bytes)
	// Either half may have filled its upper bit: room for one more is left.
	if v&(1<<63|1<<(smallBytes-1)) != 0 {
		c.large[slot].merge(smallTally(v))
		v = 0
	}
	c.small[slot] = v
}

func smallTally(v uint64) tally {
	return tally{int64(v >> smallBytes), int64(v & (1<<smallBytes - 1))}
}

// sums returns the counts; it moves all of them to large.
func (c *slotCounter) sums() []tally {
	c.flush()
	for i, v := range c.small {
		c.large[i].merge(smallTally(v))
		c.small[i] = 0
	}
	return c.large
}
