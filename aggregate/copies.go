package aggregate

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// Equal values are found in two samples of strings, both functions of the set of
// keys, so they merge.
//
// The sample of values takes those with the smallest hashes, whatever the names of
// their keys, with all keys that hold them: since the largest hash that is wanted
// only falls, a value that is in it at the end was counted from the first key on.
// A value has one entry for each stratum of names, so that patterns that share
// it are told apart.
//
// The sample of holders takes the keys with the smallest hashes of each stratum,
// with the hashes of their values. In it are, for certain, the values that many
// keys have, which may be few and so missing in the other one.
//
// A value is known by what stands in the dump: its length and its bytes as they
// are stored. A server stores equal values alike, since whether and how LZF
// compresses a string depends on the string alone. What one source stores
// compressed and another one as it is (rdbcompression no) counts as two values.
//
// Values are ordered by a hash of some of their bytes, so that most of the long
// ones are passed over without a look at the rest. Those that are equal in these
// bytes make a class: they are in the sample together, or not.

const (
	// valueStrata are those of strings.
	valueStrata = probeStrata / 2
	// A stratum keeps at least minHolders holders.
	minHolders = 16
	// wholeHash is up to how many stored bytes a value is ordered by the hash of
	// all. More would be read of every string for the few that are sampled.
	wholeHash = 64
)

// maxValues entries of values are kept, and allHolders holders in all strata
// together. (Variables for tests only.)
var (
	maxValues  = 1 << 10
	allHolders = 1 << 12
)

// holderLimit returns how many holders a stratum keeps when used strata have
// strings. It only falls as used grows.
func holderLimit(used int) int { return max(minHolders, allHolders/max(used, 1)) }

// valueID tells values apart: by their length, a hash of all bytes, and one of
// the bytes they are ordered by.
type valueID struct {
	Quick, Print uint64
	Length       int64
}

func (v *valueID) compare(o *valueID) int {
	return cmp.Or(cmp.Compare(v.Quick, o.Quick), cmp.Compare(v.Print, o.Print), cmp.Compare(v.Length, o.Length))
}

// sharedValue is a sampled value with the keys of one stratum that hold it, plain
// data. Sums are bytes.
type sharedValue struct {
	ID               valueID
	Stratum          uint16
	Keys, Expiring   int64
	Memory, Resident int64
	Example          keptKey // the key with the smallest hash
}

func (v *sharedValue) compare(o *sharedValue) int {
	return cmp.Or(v.ID.compare(&o.ID), cmp.Compare(v.Stratum, o.Stratum))
}

func (v *sharedValue) merge(o *sharedValue) {
	v.Keys += o.Keys
	v.Expiring += o.Expiring
	v.Memory += o.Memory
	v.Resident += o.Resident
	if o.Example.compareSample(&v.Example) < 0 {
		v.Example = o.Example
	}
}

// holder is a sampled key with its value, plain data.
type holder struct {
	Key              keptKey
	ID               valueID
	Memory, Resident int64
	Expires          bool
}

// compare orders holders; a damaged dump may hold a key twice.
func (h *holder) compare(o *holder) int {
	if c := h.Key.compareSample(&o.Key); c != 0 {
		return c
	}
	return cmp.Or(h.ID.compare(&o.ID), cmp.Compare(h.Memory, o.Memory), cmp.Compare(h.Resident, o.Resident))
}

// holderStratum is a stratum of a summary: its holders by hash.
type holderStratum struct {
	Stratum uint16
	Cut     bool // there were more keys
	Keys    []holder
}

// valueSample is what a summary has of values: entries and strata in order.
type valueSample struct {
	Cut     bool // there were more values
	Values  []sharedValue
	Holders []holderStratum
}

// prints returns the hashes of a value that may be in the sample, or whose key may
// be, and zeros for others.
func (t *thresholds) prints(k *parser.Key, stratum uint32, stored []byte) (quick, print uint64) {
	if len(stored) <= wholeHash {
		quick, print = hashStored(k.Len, stored)
	} else {
		quick = hashPlaces(k.Len, stored)
	}
	if quick > t.values.Load() && k.Tag[0] > t.holders[stratum&(valueStrata-1)].Load() {
		return 0, 0
	}
	if print == 0 {
		_, print = hashStored(k.Len, stored)
	}
	return quick, print
}

// mix combines a word with a hash. A product alone would lose one factor where
// the other is 0.
func mix(h, x, y uint64) uint64 {
	x, y = x^hashMul1, y^h
	return (fold(x, y) + x) ^ bits.RotateLeft64(y, 32) + hashMul2
}

// hashPlaces hashes the length of a value of more than wholeHash stored bytes,
// and some bytes at its ends and in its middle.
func hashPlaces(length int64, stored []byte) uint64 {
	n := len(stored)
	h := uint64(length)*hashMul2 ^ uint64(n)
	if n < 32 {
		return fold(hashBytes(h, stored)^hashMul2, hashMul1)
	}
	at := func(i int) uint64 { return binary.LittleEndian.Uint64(stored[i:]) }
	h = mix(h, at(0), at(n-8))
	h = mix(h, at(8), at(n-16))
	h = mix(h, at(n/2), 0)
	return fold(h^hashMul2, hashMul1)
}

// hashStored hashes all that is stored of a value with its length, twice; the
// second hash is never 0.
func hashStored(length int64, stored []byte) (first, second uint64) {
	a, b := uint64(length)*hashMul1+hashMul2, uint64(len(stored))*hashMul2+hashMul1
	for len(stored) >= 32 {
		a = mix(a, binary.LittleEndian.Uint64(stored), binary.LittleEndian.Uint64(stored[8:]))
		b = mix(b, binary.LittleEndian.Uint64(stored[16:]), binary.LittleEndian.Uint64(stored[24:]))
		stored = stored[32:]
	}
	h := hashBytes(mix(a, b, hashMul2), stored)
	return fold(h^hashMul2, hashMul1), max(1, hashBytes(mix(b, hashMul1, a), stored))
}

// values samples the strings of one source.
type values struct {
	thresholds *thresholds
	entries    map[valueKey]*sharedValue
	order      []valueRef // a heap, the last entry in front
	cut        bool
	spare      *sharedValue

	holders [valueStrata]*holders
	used    int
}

// valueKey names an entry.
type valueKey struct {
	id      valueID
	stratum uint16
}

func (v *sharedValue) key() valueKey { return valueKey{v.ID, v.Stratum} }

// valueRef is an entry with its hash, which most comparisons need alone.
type valueRef struct {
	quick uint64
	*sharedValue
}

// after is the order of the heap.
func (a *valueRef) after(b *valueRef) bool {
	if a.quick != b.quick {
		return a.quick > b.quick
	}
	return a.compare(b.sharedValue) > 0
}

// holders are those of a stratum.
type holders struct {
	bounded[holder]
	cut bool
}

func newValues(t *thresholds) *values {
	return &values{thresholds: t, entries: make(map[valueKey]*sharedValue)}
}

// offer counts a key whose value, or which itself, may be in the samples.
func (s *values) offer(r *record) {
	at := uint16(r.name.stratum) & (valueStrata - 1)
	id := valueID{r.prints[0], r.prints[1], r.strLen}
	s.offerHolder(r, &id, at)
	if s.cut && (len(s.order) == 0 || id.Quick > s.order[0].quick) {
		return
	}
	of := sharedValue{ID: id, Stratum: at}
	if s.cut && of.compare(s.order[0].sharedValue) > 0 {
		return
	}
	v := s.entries[of.key()]
	if v == nil {
		if v = s.spare; v == nil {
			v = new(sharedValue)
		}
		s.spare, of.Example.Name = nil, v.Example.Name
		*v = of
		v.Example.set(r, exampleLimit)
		s.push(v)
	} else if v.Example.Hash >= r.hash {
		// Of equal hashes a smaller name counts, which is rare.
		var k keptKey
		if k.set(r, exampleLimit); k.compareSample(&v.Example) < 0 {
			v.Example = k
		}
	}
	v.Keys++
	v.Memory += r.size.Bytes
	v.Resident += r.size.Resident
	if r.HasExpiry {
		v.Expiring++
	}
	if len(s.order) > maxValues {
		s.pop()
		s.thresholds.lowerValues(s.order[0].quick)
	}
}

func (t *thresholds) lowerValues(to uint64) {
	if to < t.values.Load() { // there is one writer
		t.values.Store(to)
	}
}

func (s *values) offerHolder(r *record, id *valueID, at uint16) {
	h := s.holders[at]
	if h == nil {
		s.used++
		h = &holders{bounded: bounded[holder]{n: holderLimit(s.used), compare: (*holder).compare}}
		s.holders[at] = h
		if s.used&(s.used-1) == 0 {
			s.trimHolders()
		}
	}
	if h.full && r.hash > h.last.key {
		h.cut = true
		return
	}
	k := h.place()
	k.Key.set(r, exampleLimit)
	k.ID, k.Memory, k.Resident, k.Expires = *id, r.size.Bytes, r.size.Resident, r.HasExpiry
	if h.push(r.hash) {
		h.cut = true
		s.lowerHolders(at, h)
	}
}

// trimHolders cuts all strata down after their number has doubled.
func (s *values) trimHolders() {
	for at, h := range s.holders {
		if h == nil {
			continue
		}
		h.n = holderLimit(s.used)
		if h.held > h.n {
			h.cut = true
			h.bounded.cut()
			s.lowerHolders(uint16(at), h)
		}
	}
}

func (s *values) lowerHolders(at uint16, h *holders) {
	if t := &s.thresholds.holders[at]; h.last.key < t.Load() {
		t.Store(h.last.key)
	}
}

func (s *values) push(v *sharedValue) {
	s.entries[v.key()] = v
	s.order = append(s.order, valueRef{v.ID.Quick, v})
	for i := len(s.order) - 1; i > 0; {
		up := (i - 1) / 2
		if !s.order[i].after(&s.order[up]) {
			return
		}
		s.order[i], s.order[up] = s.order[up], s.order[i]
		i = up
	}
}

// pop removes the last entry.
func (s *values) pop() {
	n := len(s.order) - 1
	s.spare, s.cut = s.order[0].sharedValue, true
	delete(s.entries, s.spare.key())
	s.order[0] = s.order[n]
	s.order = s.order[:n]
	for i := 0; 2*i+1 < n; {
		down := 2*i + 1
		if down+1 < n && s.order[down+1].after(&s.order[down]) {
			down++
		}
		if !s.order[down].after(&s.order[i]) {
			return
		}
		s.order[i], s.order[down] = s.order[down], s.order[i]
		i = down
	}
}

// finish returns the samples as plain data.
func (s *values) finish() valueSample {
	out := valueSample{Cut: s.cut}
	slices.SortFunc(s.order, func(a, b valueRef) int { return a.compare(b.sharedValue) })
	for _, v := range s.order {
		out.Values = append(out.Values, *v.sharedValue)
	}
	s.trimHolders()
	for at, h := range s.holders {
		if h != nil {
			out.Holders = append(out.Holders, holderStratum{uint16(at), h.cut, h.sorted()})
			s.holders[at] = nil
		}
	}
	return out
}

// mergeValues combines samples; the keys of a value may be in several parts.
func mergeValues(parts ...valueSample) valueSample {
	var out valueSample
	var strata [valueStrata]*holderStratum
	used := 0
	for i := range parts {
		p := &parts[i]
		out.Cut = out.Cut || p.Cut
		out.Values = append(out.Values, p.Values...)
		for j := range p.Holders {
			at := p.Holders[j].Stratum & (valueStrata - 1)
			h := strata[at]
			if h == nil {
				h = &holderStratum{Stratum: at}
				strata[at] = h
				used++
			}
			h.Cut = h.Cut || p.Holders[j].Cut
			h.Keys = append(h.Keys, p.Holders[j].Keys...)
		}
	}
	out.unite()
	for _, h := range strata {
		if h == nil {
			continue
		}
		slices.SortFunc(h.Keys, func(a, b holder) int { return a.compare(&b) })
		if n := holderLimit(used); len(h.Keys) > n {
			h.Keys, h.Cut = h.Keys[:n:n], true
		}
		out.Holders = append(out.Holders, *h)
	}
	return out
}

// unite sorts the entries, makes one of those that are the same, and leaves as
// many as there is room for.
func (s *valueSample) unite() {
	slices.SortFunc(s.Values, func(a, b sharedValue) int { return a.compare(&b) })
	out := s.Values[:0]
	for i := range s.Values {
		v := &s.Values[i]
		if n := len(out); n > 0 && out[n-1].compare(v) == 0 {
			out[n-1].merge(v)
			continue
		}
		out = append(out, *v)
	}
	if s.Values = out; len(out) > maxValues {
		s.Values, s.Cut = out[:maxValues:maxValues], true
	}
}

// usable returns the entries of whole classes. Of a sample that was cut the last
// value is the threshold and no part of it (Cohen and Kaplan, "Summarizing data
// using bottom-k sketches", 2007), nor are those of its class: there may be more.
// A class stands for weight/weightUnit.
func (s *valueSample) usable() (list []sharedValue, weight uint64) {
	if !s.Cut || len(s.Values) == 0 {
		return s.Values, weightUnit
	}
	last := s.Values[len(s.Values)-1].ID.Quick
	n, _ := slices.BinarySearchFunc(s.Values, last, func(v sharedValue, q uint64) int { return cmp.Compare(v.ID.Quick, q) })
	w, _ := bits.Div64(weightUnit, 0, max(last, 2*weightUnit))
	return s.Values[:n], max(w, weightUnit)
}

const weightUnit = 1 << 16

// ReferenceLen is the length in bytes of what stands for a value elsewhere: the
// hexadecimal form of 80 bits of a hash.
const ReferenceLen = 20

// referenceSize sizes a key that holds a reference.
func referenceSize(sizer *probe.Prober, k *keptKey, expires bool) (bytes, resident int64) {
	z := sizer.Text(k.Len, ReferenceLen, expires)
	return z.Bytes, z.Resident
}
