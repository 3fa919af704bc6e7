package aggregate

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math/big"
	"math/bits"
	"slices"

	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// Equal values are found in a sample of values: of each stratum of strings the
// values with the smallest hashes, with all keys that hold them. Which ones is a
// function of the set of keys, as with the sample of keys, so it merges; and a
// value that is in it was counted whole.
//
// A value is known by what stands in the dump: its length and its bytes as they
// are stored. A server stores equal values alike, since whether and how LZF
// compresses a string depends on the string alone. What one source stores
// compressed and another one as it is (rdbcompression no) counts as two values:
// telling that they are equal would take a decompression of every string, while
// most are passed over by their ends alone.
//
// The order is that of the hash of a value's ends, then that of all its bytes:
// few values need the latter, and values that share their ends are no more in
// the sample than it has room for.

const (
	// valueStrata are those of strings.
	valueStrata = probeStrata / 2
	// A stratum keeps maxValues, fewer when there are many strata.
	maxValues = 512
	minValues = 16
	allValues = 1 << 13
)

// valueLimit returns how many values a stratum keeps.
func valueLimit(used int) int { return min(maxValues, max(minValues, allValues/max(used, 1))) }

// sharedValue is a sampled value with the keys that hold it, plain data. Sums
// are bytes.
type sharedValue struct {
	Ends, Print      uint64 // hashes of the ends and of the whole
	Length           int64
	Keys, Expiring   int64
	Memory, Resident int64
	Example          keptKey // the key with the smallest hash
}

// compare orders values; two are the same when they are equal in it.
func (v *sharedValue) compare(o *sharedValue) int {
	return cmp.Or(cmp.Compare(v.Ends, o.Ends), cmp.Compare(v.Print, o.Print), cmp.Compare(v.Length, o.Length))
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

// valueStratum is a stratum of a summary: its values in order.
type valueStratum struct {
	Stratum uint16
	Cut     bool // there were more values
	Values  []sharedValue
}

// look is parser.Options.Look: it leaves the hashes of values that may be in the
// sample, and of those whose keys are sampled.
func (t *thresholds) look(k *parser.Key, stored []byte) [2]uint64 {
	ends := hashEnds(k.Len, stored)
	if ends > t.values[t.stratum&(valueStrata-1)].Load() && !k.Is(parser.Marked) {
		return [2]uint64{}
	}
	return [2]uint64{ends, hashStored(k.Len, stored)}
}

func (t *thresholds) lowerValues(stratum int, to uint64) {
	if to < t.values[stratum].Load() { // there is one writer
		t.values[stratum].Store(to)
	}
}

// hashEnds hashes the length of a value, and the first and the last bytes of what
// is stored: those lie beside the name and the next record.
func hashEnds(length int64, stored []byte) uint64 {
	n := len(stored)
	h := uint64(length)*hashMul2 ^ uint64(n)
	if n < 16 {
		return fold(hashBytes(h, stored)^hashMul2, hashMul1)
	}
	head, last := binary.LittleEndian.Uint64(stored), binary.LittleEndian.Uint64(stored[n-8:])
	h = fold(h^head, hashMul1^last)
	return fold(h^binary.LittleEndian.Uint64(stored[n-16:]), hashMul1) ^ hashMul2
}

// hashStored hashes all that is stored of a value with its length; it is never 0.
func hashStored(length int64, stored []byte) uint64 {
	a, b := uint64(length)*hashMul1+hashMul2, uint64(len(stored))*hashMul2+hashMul1
	for len(stored) > 32 {
		a = fold(binary.LittleEndian.Uint64(stored)^hashMul1, binary.LittleEndian.Uint64(stored[8:])^a) + hashMul2
		b = fold(binary.LittleEndian.Uint64(stored[16:])^hashMul2, binary.LittleEndian.Uint64(stored[24:])^b) + hashMul1
		stored = stored[32:]
	}
	return max(1, hashBytes(fold(a^hashMul2, b^hashMul1), stored))
}

// values samples the values of one source.
type values struct {
	thresholds *thresholds
	strata     [valueStrata]*valueHeap
	used       int
}

// valueHeap holds the values of a stratum, the last one in front.
type valueHeap struct {
	byHash map[uint64]*sharedValue
	order  []valueRef
	cut    bool
	spare  *sharedValue
}

// valueRef is a value with its hash, which most comparisons need alone.
type valueRef struct {
	ends uint64
	*sharedValue
}

// after is the order of the heap: the last value is in front.
func (a *valueRef) after(b *valueRef) bool {
	if a.ends != b.ends {
		return a.ends > b.ends
	}
	return a.compare(b.sharedValue) > 0
}

func (v *sharedValue) hash() uint64 { return v.Ends*hashMul1 ^ v.Print }

// offer counts a key whose value may be in the sample.
func (s *values) offer(r *record) {
	at := stratumOf(parser.LogicalString, r.Key)
	h := s.strata[at]
	if h == nil {
		h = &valueHeap{byHash: make(map[uint64]*sharedValue)}
		s.strata[at] = h
		if s.used++; s.used&(s.used-1) == 0 {
			s.trim()
		}
	}
	of := sharedValue{Ends: r.prints[0], Print: r.prints[1], Length: r.strLen}
	if h.cut && (len(h.order) == 0 || of.compare(h.order[0].sharedValue) > 0) {
		return
	}
	v := h.byHash[of.hash()]
	if v == nil {
		if v = h.spare; v == nil {
			v = new(sharedValue)
		}
		h.spare, of.Example.Name = nil, v.Example.Name
		*v = of
		v.Example.set(r, exampleLimit)
		h.push(v)
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
	s.trimOne(int(at), h)
}

func (s *values) trimOne(at int, h *valueHeap) {
	for limit := valueLimit(s.used); len(h.order) > limit; {
		h.pop()
	}
	if h.cut && len(h.order) > 0 {
		s.thresholds.lowerValues(at, h.order[0].ends)
	}
}

func (s *values) trim() {
	for at, h := range s.strata {
		if h != nil {
			s.trimOne(at, h)
		}
	}
}

func (h *valueHeap) push(v *sharedValue) {
	h.byHash[v.hash()] = v
	h.order = append(h.order, valueRef{v.Ends, v})
	for i := len(h.order) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.order[i].after(&h.order[up]) {
			return
		}
		h.order[i], h.order[up] = h.order[up], h.order[i]
		i = up
	}
}

// pop removes the last value.
func (h *valueHeap) pop() {
	n := len(h.order) - 1
	h.spare, h.cut = h.order[0].sharedValue, true
	delete(h.byHash, h.spare.hash())
	h.order[0] = h.order[n]
	h.order = h.order[:n]
	for i := 0; 2*i+1 < n; {
		down := 2*i + 1
		if down+1 < n && h.order[down+1].after(&h.order[down]) {
			down++
		}
		if !h.order[down].after(&h.order[i]) {
			return
		}
		h.order[i], h.order[down] = h.order[down], h.order[i]
		i = down
	}
}

// finish returns the sample as plain data.
func (s *values) finish() []valueStratum {
	s.trim()
	var out []valueStratum
	for at, h := range s.strata {
		if h == nil {
			continue
		}
		slices.SortFunc(h.order, func(a, b valueRef) int { return a.compare(b.sharedValue) })
		x := valueStratum{Stratum: uint16(at), Cut: h.cut, Values: make([]sharedValue, len(h.order))}
		for i, v := range h.order {
			x.Values[i] = *v.sharedValue
		}
		out = append(out, x)
	}
	return out
}

// mergeValues combines samples; the keys of a value may be in several parts.
func mergeValues(parts ...[]valueStratum) []valueStratum {
	var strata [valueStrata]*valueStratum
	used := 0
	for _, p := range parts {
		for i := range p {
			at := p[i].Stratum & (valueStrata - 1)
			s := strata[at]
			if s == nil {
				s = &valueStratum{Stratum: at}
				strata[at] = s
				used++
			}
			s.Cut = s.Cut || p[i].Cut
			s.Values = append(s.Values, p[i].Values...)
		}
	}
	var out []valueStratum
	for _, s := range strata {
		if s != nil {
			s.unite(valueLimit(used))
			out = append(out, *s)
		}
	}
	return out
}

// unite sorts the values, makes one of those that are the same, and leaves as
// many as there is room for.
func (s *valueStratum) unite(limit int) {
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
	if s.Values = out; len(out) > limit {
		s.Values, s.Cut = out[:limit:limit], true
	}
}

// CopyFacts are the equal values of one pattern's strings: of those of
// parser.LookMin bytes and more that take at most parser.MaxLook in the dump.
type CopyFacts struct {
	// Saving is that of values stored once, under a key for each, with references
	// of ReferenceLen bytes under all the keys of values that several have; Keys
	// are the copies, one of each value not among them, Sampled the values looked
	// at, and Before the memory of the copies.
	Saving   Estimate
	Distinct int64 // values, about
	Top      []CopiedValue
}

// CopiedValue is a value that several keys have, by one of these keys.
type CopiedValue struct {
	Example string
	Length  int64 // bytes
	Keys    int64
	Memory  int64 // of these keys
	Counted bool  // Keys and Memory are exact; else they were carried over from sampled keys
}

// ReferenceLen is the length in bytes of what stands for a value elsewhere: the
// hexadecimal form of 80 bits of a hash.
const ReferenceLen = 20

// topCopies is how many values are named.
const topCopies = 3

// weighedValue is a sampled value with the number of values it stands for, in
// units of 1/weightUnit.
type weighedValue struct {
	*sharedValue
	weight uint64
	class  uint64 // values of one class were taken or not together
	cut    bool   // the stratum had more values
}

const weightUnit = 1 << 16

// weightOf returns what a value stands for when those with hashes below last
// were taken.
func weightOf(last uint64) uint64 {
	w, _ := bits.Div64(weightUnit, 0, max(last, 2*weightUnit))
	return max(w, weightUnit)
}

// clumped is how many values with the same ends make a clump.
const clumped = 8

// weighted returns the values of a stratum with their weights. Of a sample that
// was cut the last value is the threshold and no part of it (Cohen and Kaplan,
// "Summarizing data using bottom-k sketches", 2007). Values that share their ends
// with it are a sample by the other hash.
func (s *valueStratum) weighted() []weighedValue {
	out := make([]weighedValue, 0, len(s.Values))
	n := len(s.Values)
	if !s.Cut || n == 0 {
		for i := range s.Values {
			out = append(out, weighedValue{&s.Values[i], weightUnit, 0, false})
		}
		return out
	}
	last := &s.Values[n-1]
	for i := range s.Values[:n-1] {
		v := &s.Values[i]
		switch {
		case v.Ends < last.Ends:
			out = append(out, weighedValue{v, weightOf(last.Ends), v.Ends, true})
		case n-1-i >= clumped || len(out) > 0 && out[len(out)-1].Ends == v.Ends:
			out = append(out, weighedValue{v, weightOf(last.Print), v.Print, true})
		}
	}
	return out
}

// valuesByNode returns the sampled values under the node of their example.
func (v *view) valuesByNode(strata []valueStratum, cfg *Config) map[uint32][]weighedValue {
	split := newSplitter(cfg.Separators, cfg.Depth)
	out := make(map[uint32][]weighedValue)
	for i := range strata {
		for _, x := range strata[i].weighted() {
			if node := v.nodeOf(x.Example.Name, x.Example.Len, split, cfg.Groups); node != 0 {
				out[node] = append(out[node], x)
			}
		}
	}
	return out
}

// copyFacts computes what the samples of a row say of equal values. Those that
// many keys have are estimated from the sample of keys, in which they are for
// certain; all others from the sample of values.
func (r *patternRow) copyFacts(samples []weighed, values []weighedValue, sizer *probe.Prober) *CopyFacts {
	f := &CopyFacts{Saving: Estimate{Exact: true}}
	for i := range values {
		f.Saving.Exact = f.Saving.Exact && !values[i].cut
	}
	frequent := frequentValues{}
	if !f.Saving.Exact {
		if int64(len(samples)) >= r.Keys { // every key was looked at
			all := frequentOf(samples, 1)
			f.Saving = r.frequentCopies(samples, frequentOf(samples, 2), sizer)
			f.Saving.Sampled, f.Distinct = int64(len(all)), int64(len(all))
			f.top(samples, nil, all)
			return f
		}
		frequent = frequentOf(samples, frequentSeen)
		f.Saving = r.frequentCopies(samples, frequent, sizer)
	}
	rare := rareCopies{sizer: sizer}
	for i := range values {
		if frequent[values[i].Print] == 0 {
			rare.add(&values[i])
		}
	}
	rare.carry(f, int64(len(values)), r)
	f.Distinct = min(f.Distinct+int64(len(frequent)), r.Keys)
	f.top(samples, values, frequent)
	return f
}

// frequentSeen is how often a value must be seen in the sample of keys for its
// share of all keys to be taken from that. One that is seen less often has some
// thousandths of the keys.
const frequentSeen = 6

// frequentValues are how often values were seen in a sample of keys, by print.
type frequentValues map[uint64]int64

// frequentOf returns the values that were seen so often at least.
func frequentOf(samples []weighed, times int64) frequentValues {
	seen := make(frequentValues)
	for i := range samples {
		if p := samples[i].Print; p != 0 {
			seen[p]++
		}
	}
	maps.DeleteFunc(seen, func(_ uint64, n int64) bool { return n < times })
	return seen
}

// frequentCopies estimates the copies of frequent values from the sampled keys.
// The first key of each may stand for one that is no copy: the bound has what
// these stand for as well.
func (r *patternRow) frequentCopies(samples []weighed, of frequentValues, sizer *probe.Prober) Estimate {
	var e estimator
	first := make(map[uint64]bool)
	var slack big.Int
	for i := range samples {
		k := &samples[i]
		if of[k.Print] == 0 {
			e.add(k, false, 0, 0, 0, 0)
			continue
		}
		ref := sizer.Text(k.Key.Len, ReferenceLen, k.Expires)
		saves := max(0, k.Memory-ref.Bytes)
		e.add(k, first[k.Print], k.Memory, k.Memory-saves, k.Resident, k.Resident-max(0, k.Resident-ref.Resident))
		if !first[k.Print] {
			first[k.Print] = true
			slack.Add(&slack, new(big.Int).Mul(new(big.Int).SetUint64(k.weight), big.NewInt(saves)))
		}
	}
	est := e.estimate(r.Keys, r.Memory)
	if !est.Exact {
		est.Bound = sumCapped(est.Bound, capped(&slack))
	}
	return est
}

// rareCopies adds up the copies of sampled values; all sums are in units of
// 1/weightUnit.
type rareCopies struct {
	sizer                                                  *probe.Prober
	distinct, keys, before, after, resident, afterResident big.Int
	variance                                               big.Int // in units of 1/weightUnit²
	class                                                  struct {
		class, weight uint64
		saves         int64
	}
	w, x big.Int
}

// add takes the values in order.
func (c *rareCopies) add(v *weighedValue) {
	if v.class != c.class.class || v.weight != c.class.weight {
		c.endClass()
		c.class.class, c.class.weight = v.class, v.weight
	}
	c.sum(&c.distinct, v.weight, 1)
	if v.Keys < 2 {
		return
	}
	ref := c.sizer.Text(v.Example.Len, ReferenceLen, 2*v.Expiring > v.Keys)
	before, resident := v.Memory-v.Memory/v.Keys, v.Resident-v.Resident/v.Keys
	saves := max(0, before-v.Keys*ref.Bytes)
	c.sum(&c.keys, v.weight, v.Keys-1)
	c.sum(&c.before, v.weight, before)
	c.sum(&c.after, v.weight, before-saves)
	c.sum(&c.resident, v.weight, resident)
	c.sum(&c.afterResident, v.weight, resident-max(0, resident-v.Keys*ref.Resident))
	c.class.saves += saves
}

func (c *rareCopies) sum(to *big.Int, weight uint64, n int64) {
	to.Add(to, c.x.Mul(c.w.SetUint64(weight), c.x.SetInt64(n)))
}

// endClass adds the variance of values that were sampled together: the square of
// their sum times w² - w.
func (c *rareCopies) endClass() {
	if c.class.saves > 0 && c.class.weight > weightUnit {
		c.w.SetUint64(c.class.weight)
		c.w.Mul(&c.w, c.x.SetUint64(c.class.weight-weightUnit))
		c.x.SetInt64(c.class.saves)
		c.variance.Add(&c.variance, c.w.Mul(&c.w, c.x.Mul(&c.x, &c.x)))
	}
	c.class.saves = 0
}

// carry adds what was summed up to an estimate.
func (c *rareCopies) carry(f *CopyFacts, sampled int64, r *patternRow) {
	c.endClass()
	whole := func(n *big.Int) int64 { return capped(c.x.Rsh(n, 16)) }
	e := &f.Saving
	e.Sampled = sampled
	f.Distinct = min(whole(&c.distinct), r.Keys)
	e.Keys = min(sumCapped(e.Keys, whole(&c.keys)), r.Keys)
	saves := min(sumCapped(e.Before-e.After, whole(&c.before)-whole(&c.after)), r.Memory)
	savesResident := sumCapped(e.BeforeResident-e.AfterResident, whole(&c.resident)-whole(&c.afterResident))
	e.Before = min(sumCapped(e.Before, whole(&c.before)), r.Memory)
	e.After = max(0, e.Before-saves)
	e.BeforeResident = sumCapped(e.BeforeResident, whole(&c.resident))
	e.AfterResident = max(0, e.BeforeResident-savesResident)
	if e.Exact {
		e.Bound = 0
		return
	}
	c.variance.Sqrt(&c.variance)
	e.Bound = sumCapped(e.Bound, 2*min(whole(&c.variance), 1<<61))
}

// top names the values whose keys take most.
func (f *CopyFacts) top(samples []weighed, values []weighedValue, frequent frequentValues) {
	var all []CopiedValue
	counted := make(map[uint64]bool)
	for i := range values {
		v := &values[i]
		if v.Keys > 1 {
			counted[v.Print] = true
			all = append(all, CopiedValue{exampleText(&v.Example), v.Length, v.Keys, v.Memory, true})
		}
	}
	at := make(map[uint64]int)
	for i := range samples {
		k := &samples[i]
		if frequent[k.Print] == 0 || counted[k.Print] {
			continue
		}
		j, ok := at[k.Print]
		if !ok {
			j = len(all)
			at[k.Print] = j
			all = append(all, CopiedValue{Example: exampleText(&k.Key), Length: k.ValueLen})
		}
		weight := int64(min(k.weight, 1<<40))
		all[j].Keys = sumCapped(all[j].Keys, weight)
		all[j].Memory = sumCapped(all[j].Memory, mulDiv(weight, k.Memory, 1))
		all[j].Counted = weight == 1
	}
	all = slices.DeleteFunc(all, func(v CopiedValue) bool { return v.Keys < 2 })
	slices.SortFunc(all, func(a, b CopiedValue) int {
		return cmp.Or(cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.Example, b.Example), cmp.Compare(a.Length, b.Length))
	})
	f.Top = all[:min(len(all), topCopies)]
}

// capped returns a sum that is not negative as far as an int64 goes.
func capped(n *big.Int) int64 {
	if !n.IsInt64() {
		return 1<<63 - 1
	}
	return n.Int64()
}

func sumCapped(a, b int64) int64 {
	if a > 1<<63-1-b {
		return 1<<63 - 1
	}
	return a + b
}
