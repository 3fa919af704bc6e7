package view

import (
	"cmp"
	"maps"
	"math/big"
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/naming"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/probe"
)

// referenceSize sizes a key that holds a reference.
func referenceSize(sizer *probe.Prober, k *counters.KeptKey, expires bool) (bytes, resident int64) {
	z := sizer.Text(k.Len, data.ReferenceLen, expires)
	return z.Bytes, z.Resident
}

const (
	// TopCopies is how many values are named, alsoPatterns how many patterns.
	TopCopies    = 3
	alsoPatterns = 3
	// frequentSeen is how often a value must be among one half of the holders for
	// its keys to be estimated from the other half.
	frequentSeen = 3
)

// valueEntry is a sampled entry with what of it are copies.
type valueEntry struct {
	*state.SharedValue
	total            int64 // keys of the value in all patterns
	keys             int64 // copies
	before, after    int64 // their memory; the keys of the value with references
	resident, afterR int64
}

// valueFacts is what the samples of a summary say of values, by node.
type valueFacts struct {
	cut     bool
	weight  uint64 // of a class
	last    uint64 // classes from here on are not among the entries
	entries map[uint32][]valueEntry
	holders map[uint32][]heldValue
	// Of one half of the holders: how many have values of a class, and a value.
	classes map[uint64]int64
	seen    map[state.ValueID]int64
	all     map[state.ValueID]int64 // about how many keys have a frequent value, in sketch.WeightUnit
	first   map[state.ValueID]firstHolder
	nodes   map[state.ValueID]map[uint32]int64 // keys looked at, by pattern
	sizer   *probe.Prober
	view    *naming.View
	texts   map[uint32]naming.NodeText
}

// heldValue is a holder with the number of keys it stands for, in sketch.WeightUnit.
type heldValue struct {
	*state.Holder
	weight uint64
}

// firstHolder is the holder of a value that is taken for the one that is no copy.
type firstHolder struct {
	*state.Holder
	node uint32
}

// newValueFacts reads the samples; nil when there are none.
func newValueFacts(v *naming.View, s *state.ValueSample, cfg *data.Config, sizer *probe.Prober) *valueFacts {
	if len(s.Values) == 0 || sizer == nil {
		return nil
	}
	f := &valueFacts{
		cut: s.Cut, last: s.Values[len(s.Values)-1].ID.Quick, sizer: sizer, view: v,
		entries: make(map[uint32][]valueEntry), holders: make(map[uint32][]heldValue),
		classes: make(map[uint64]int64), seen: make(map[state.ValueID]int64), all: make(map[state.ValueID]int64), first: make(map[state.ValueID]firstHolder),
		nodes: make(map[state.ValueID]map[uint32]int64),
	}
	split := keyname.NewSplitter(cfg.Separators, cfg.Depth)
	nodeOf := func(k *counters.KeptKey) uint32 { return v.NodeOf(k.Name, k.Len, split, cfg.Groups) }
	list, weight := s.Usable()
	f.weight = weight
	if !s.Cut {
		list = acrossSources(list)
	}
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].ID == list[0].ID {
			n++
		}
		f.addValue(list[:n], nodeOf)
		list = list[n:]
	}
	if !s.Cut {
		return f
	}
	for i := range s.Holders {
		h := &s.Holders[i]
		n := len(h.Keys)
		for j := range h.Keys {
			k := heldValue{&h.Keys[j], sketch.StandsFor(h.Cut, h.Keys[n-1].Key.Hash)}
			node := nodeOf(&k.Key)
			f.holders[node] = append(f.holders[node], k)
			if k.Decides() {
				f.classes[k.ID.Quick]++
				f.seen[k.ID]++
			}
		}
	}
	for node, list := range f.holders {
		for _, k := range list {
			if f.unseen(k.ID.Quick) && f.seen[k.ID] >= frequentSeen {
				f.all[k.ID] = sketch.SumCapped(f.all[k.ID], int64(min(k.weight, 1<<56)))
				f.count(k.ID, node, 1)
				if x := f.first[k.ID]; x.Holder == nil || k.Compare(x.Holder) < 0 {
					f.first[k.ID] = firstHolder{k.Holder, node}
				}
			}
		}
	}
	return f
}

// acrossSources returns entries in an order in which those of a value stand together
// whatever source they are of: all values are there, and what orders them has the
// seed of their source.
func acrossSources(list []state.SharedValue) []state.SharedValue {
	list = slices.Clone(list)
	for i := range list {
		list[i].ID.Quick = 0
	}
	slices.SortFunc(list, func(a, b state.SharedValue) int {
		return cmp.Or(a.Compare(&b), a.Example.CompareSample(&b.Example))
	})
	return list
}

func (f *valueFacts) count(id state.ValueID, node uint32, keys int64) {
	if f.nodes[id] == nil {
		f.nodes[id] = make(map[uint32]int64)
	}
	f.nodes[id][node] += keys
}

// frequent reports whether many keys have values of a class: these are left out of
// what sampled values stand for.
func (f *valueFacts) frequent(class uint64) bool { return f.classes[class] >= frequentSeen }

// unseen reports whether a class is frequent and not among the entries.
func (f *valueFacts) unseen(class uint64) bool { return f.cut && class >= f.last && f.frequent(class) }

// addValue adds the entries of one value.
func (f *valueFacts) addValue(list []state.SharedValue, nodeOf func(*counters.KeptKey) uint32) {
	first, total := 0, int64(0)
	for i := range list {
		total += list[i].Keys
		if list[i].Example.CompareSample(&list[first].Example) < 0 {
			first = i
		}
	}
	for i := range list {
		v := &list[i]
		e := valueEntry{SharedValue: v, total: total}
		if total > 1 {
			e.keys, e.before, e.resident = v.Keys, v.Memory, v.Resident
			if i == first {
				e.keys, e.before, e.resident = v.Keys-1, v.Memory-v.Memory/v.Keys, v.Resident-v.Resident/v.Keys
			}
			bytes, resident := referenceSize(f.sizer, &v.Example, 2*v.Expiring > v.Keys)
			e.after, e.afterR = min(e.before, sketch.MulDiv(v.Keys, bytes, 1)), min(e.resident, sketch.MulDiv(v.Keys, resident, 1))
		}
		node := nodeOf(&v.Example)
		f.entries[node] = append(f.entries[node], e)
		if total > 1 {
			f.count(v.ID, node, v.Keys)
		}
	}
}

// copyFacts computes what the samples say of a row; nil when nothing of it was
// looked at. Values that many keys have are those that one half of the holders
// has several times; their keys are estimated from the other half, unless they
// are among the sampled values, and counted. All others are carried over from the
// sampled values by the memory that is left.
func copyFacts(r *naming.Row, f *valueFacts) *data.CopyFacts {
	if f == nil || r.Compared == 0 || len(f.entries[r.Node])+len(f.holders[r.Node]) == 0 {
		return nil
	}
	c := &copySum{f: f, row: r, facts: &data.CopyFacts{Compared: r.Compared}}
	c.addEntries()
	if f.cut {
		c.addFrequent()
		c.carry()
	} else {
		c.close()
	}
	name(c.facts, f, r.Node)
	return c.facts
}

// copySum adds up the copies of a row.
type copySum struct {
	f            *valueFacts
	row          *naming.Row
	facts        *data.CopyFacts
	keys, memory int64       // what is known of, copies and others
	rare         []valueUnit // by class
	bound        big.Int     // square of it
	blind        int64       // memory of keys of which it is not known whether they are copies
}

// valueUnit is what one class has in a row.
type valueUnit struct {
	class        uint64
	keys, memory int64
	copies       int64
	sums         [4]int64 // before, after, the same allocated
}

// addEntries counts the entries: those of frequent values as they are, all of them
// when the sample was not cut.
func (c *copySum) addEntries() {
	e := &c.facts.Saving
	for i, list := 0, c.f.entries[c.row.Node]; i < len(list); i++ {
		v := &list[i]
		if i == 0 || list[i-1].ID != v.ID {
			c.facts.Values++
		}
		if c.f.cut && !c.f.frequent(v.ID.Quick) {
			c.addRare(v)
			continue
		}
		c.keys += v.Keys
		c.memory += v.Memory
		e.Keys += v.keys
		e.Before += v.before
		e.After += v.after
		e.BeforeResident += v.resident
		e.AfterResident += v.afterR
	}
}

func (c *copySum) addRare(v *valueEntry) {
	n := len(c.rare) - 1
	if n < 0 || c.rare[n].class != v.ID.Quick {
		n++
		c.rare = append(c.rare, valueUnit{class: v.ID.Quick})
	}
	u := &c.rare[n]
	u.keys += v.Keys
	u.memory += v.Memory
	u.copies += v.keys
	for i, x := range [...]int64{v.before, v.after, v.resident, v.afterR} {
		u.sums[i] += x
	}
}

// close ends the count of a sample that has all values. It is exact when the
// entries are the keys of the row: a stratum may have those of several patterns,
// and what a stratum's values were counted with is the pattern of one key.
func (c *copySum) close() {
	e := &c.facts.Saving
	e.Sampled = min(c.keys, c.row.Compared)
	e.Exact = !c.row.Estimated && c.keys == c.row.Compared && c.memory == c.row.ComparedMemory
	if !e.Exact {
		e.Bound = max(1, c.memory-c.row.ComparedMemory, c.row.ComparedMemory-c.memory)
	}
	c.limit()
}

// limit keeps the figures within those of the row.
func (c *copySum) limit() {
	e, r := &c.facts.Saving, c.row
	e.Keys = min(e.Keys, r.Compared)
	saves, resident := min(max(0, e.Saves()), r.ComparedMemory), max(0, e.BeforeResident-e.AfterResident)
	e.Before = min(e.Before, r.ComparedMemory)
	e.After = max(0, e.Before-saves)
	e.AfterResident = max(0, e.BeforeResident-resident)
	e.Bound = min(e.Bound, max(1, r.ComparedMemory))
	if e.Exact {
		e.Bound = 0
	}
	c.facts.Distinct = r.Compared - e.Keys
}

// addFrequent estimates the keys of frequent values that are not among the entries.
func (c *copySum) addFrequent() {
	var copied, all estimator
	var x state.ProbeKey
	k := weighed{ProbeKey: &x}
	for _, h := range c.f.holders[c.row.Node] {
		c.facts.Holders++
		if h.Decides() {
			continue
		}
		unseen := c.f.unseen(h.ID.Quick)
		known := unseen && c.f.seen[h.ID] >= frequentSeen
		x.Memory, k.weight = h.Memory, h.weight
		all.add(&k, unseen, h.Memory, 0, h.Resident, 0)
		bytes, resident := int64(0), int64(0)
		if known {
			bytes, resident = referenceSize(c.f.sizer, &h.Key, h.Expires)
		}
		copied.add(&k, known, h.Memory, min(bytes, h.Memory), h.Resident, min(resident, h.Resident))
	}
	if all.n == 0 {
		return
	}
	of, got := all.estimate(c.row.Compared, c.row.ComparedMemory), copied.estimate(c.row.Compared, c.row.ComparedMemory)
	if of.Keys == 0 {
		return
	}
	c.keys, c.memory = sketch.SumCapped(c.keys, of.Keys), sketch.SumCapped(c.memory, of.Before)
	c.blind = max(0, of.Before-got.Before)
	c.square(got.Bound)
	e := &c.facts.Saving
	for _, h := range c.f.first { // the one key that is no copy
		if h.node == c.row.Node {
			got.Keys, got.Before, got.BeforeResident = got.Keys-1, got.Before-h.Memory, got.BeforeResident-h.Resident
		}
	}
	e.Keys += max(0, got.Keys)
	e.Before += max(0, got.Before)
	e.After += min(max(0, got.Before), got.After)
	e.BeforeResident += max(0, got.BeforeResident)
	e.AfterResident += min(max(0, got.BeforeResident), got.AfterResident)
}

func (c *copySum) square(bound int64) {
	x := big.NewInt(bound)
	c.bound.Add(&c.bound, x.Mul(x, x))
}

// carry adds what the sampled values say of the keys that are left.
func (c *copySum) carry() {
	e := &c.facts.Saving
	keys, memory := max(0, c.row.Compared-c.keys), max(0, c.row.ComparedMemory-c.memory)
	var sum valueUnit
	var units estimator
	var x state.ProbeKey
	for i := range c.rare {
		u := &c.rare[i]
		x.Memory = u.memory
		units.add(&weighed{&x, 1}, u.copies > 0, u.sums[0], u.sums[1], u.sums[2], u.sums[3])
		sum.keys += u.keys
		sum.memory += u.memory
		sum.copies += u.copies
		sum.sums[0] += u.sums[0] - u.sums[1]
	}
	n := int64(len(c.rare))
	e.Sampled = n + c.facts.Holders
	if sum.keys == 0 {
		c.blind = sketch.SumCapped(c.blind, memory)
	} else {
		all := max(n+1, sketch.MulDiv(n, int64(min(c.f.weight, 1<<62)), sketch.WeightUnit))
		got := units.estimate(all, memory)
		e.Keys += sketch.MulDiv(keys, sum.copies, sum.keys)
		e.Before += got.Before
		e.After += got.After
		e.BeforeResident += got.BeforeResident
		e.AfterResident += got.AfterResident
		c.square(got.Bound)
		c.square(c.missed(&sum))
	}
	c.bound.Sqrt(&c.bound)
	e.Bound = max(1, sketch.SumCapped(capped(&c.bound), c.blind))
	c.limit()
}

// missed returns two standard deviations of one class more, as far from the mean
// as any that was seen, or as a key: a sample of few large ones does not show how
// they vary.
func (c *copySum) missed(sum *valueUnit) int64 {
	far := sum.memory / sum.keys
	for i := range c.rare {
		u := &c.rare[i]
		mean := sketch.MulDiv(u.memory, max(0, sum.sums[0]), max(1, sum.memory))
		saves := u.sums[0] - u.sums[1]
		far = max(far, saves-mean, mean-saves)
	}
	w := new(big.Int).SetUint64(c.f.weight)
	w.Mul(w, new(big.Int).SetUint64(c.f.weight-sketch.WeightUnit))
	w.Sqrt(w)
	w.Mul(w, big.NewInt(2*min(far, 1<<61)))
	return capped(w.Rsh(w, 16))
}

// name names the values whose keys take most, and the other patterns they are in.
func name(c *data.CopyFacts, f *valueFacts, node uint32) {
	var list []data.CopiedValue
	var ids []state.ValueID
	var held []int64 // keys that holders stand for, in sketch.WeightUnit
	also := make(map[uint32]int64)
	at := make(map[state.ValueID]int)
	place := func(id state.ValueID, k *counters.KeptKey, all int64, counted bool) int {
		i, ok := at[id]
		if !ok {
			i = len(list)
			at[id] = i
			list = append(list, data.CopiedValue{Example: ExampleText(k), Length: id.Length, AllKeys: all, Counted: counted})
			ids, held = append(ids, id), append(held, 0)
		}
		return i
	}
	for i := range f.entries[node] {
		if v := &f.entries[node][i]; v.total > 1 {
			x := &list[place(v.ID, &v.Example, v.total, true)]
			x.Keys += v.Keys
			x.Memory += v.Memory
		}
	}
	for _, h := range f.holders[node] {
		if all := f.all[h.ID]; all > 0 {
			i := place(h.ID, &h.Key, all/sketch.WeightUnit, false)
			weight := int64(min(h.weight, 1<<56))
			held[i] = sketch.SumCapped(held[i], weight)
			list[i].Memory = sketch.SumCapped(list[i].Memory, sketch.MulDiv(weight, h.Memory, sketch.WeightUnit))
		}
	}
	for i, units := range held {
		list[i].Keys += units / sketch.WeightUnit
	}
	var mine int64
	for _, id := range ids {
		for other, keys := range f.nodes[id] {
			if other == node {
				mine += keys
			} else if other != 0 {
				also[other] += keys
			}
		}
	}
	maps.DeleteFunc(also, func(_ uint32, keys int64) bool { return keys*10 < mine })
	c.Also = f.patterns(also)
	slices.SortFunc(list, func(a, b data.CopiedValue) int {
		return cmp.Or(cmp.Compare(b.Memory, a.Memory), cmp.Compare(a.Example, b.Example), cmp.Compare(a.Length, b.Length), cmp.Compare(a.Keys, b.Keys))
	})
	c.Top = list[:min(len(list), TopCopies)]
}

// patterns returns the patterns of the nodes with most keys.
func (f *valueFacts) patterns(keys map[uint32]int64) []string {
	if len(keys) == 0 {
		return nil
	}
	if f.texts == nil {
		f.texts = f.view.Texts()
	}
	byText := make(map[string]int64)
	for node, n := range keys {
		byText[f.texts[node].Pattern] += n
	}
	list := slices.SortedFunc(maps.Keys(byText), func(a, b string) int { return cmp.Or(cmp.Compare(byText[b], byText[a]), cmp.Compare(a, b)) })
	return list[:min(len(list), alsoPatterns)]
}

// capped returns a sum that is not negative as far as an int64 goes.
func capped(n *big.Int) int64 {
	if !n.IsInt64() {
		return 1<<63 - 1
	}
	return n.Int64()
}
