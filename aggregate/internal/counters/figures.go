package counters

import (
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/parser"
)

// The figures of a pattern that add up over its keys are listed once, below, and
// whatever is done to all of them goes by that list:
//
//	Merge    two sets of keys become one     a += b, or the larger of both
//	Sampled  keys of a sample become a row   each figure from the sampled keys
//	Take     a row leaves another one        a -= b, and b never more than a
//
// A sample does not record everything. What it does not know of a row is shared
// out: the row gets as much of the figure as it has of the keys, or of the bytes.
// Histograms, samples and effects, which are no single numbers, have a Merge and
// a Take of their own; TestFigures holds all of them to the same law.
//
// Counting a key (Stats.Add) does not go by the list: it is the hot path.

// figure is one such number of a T.
type figure[T any] struct {
	of func(*T) *int64
	// From which figure of a sampled key it is scaled up; nil when a sample does
	// not tell and the figure is shared out.
	sampled func(*SampleKey, copies) int64
	by      basis
	largest bool // the larger of two instead of their sum
}

// basis is what a figure is shared out by.
type basis uint8

const (
	byKeys   basis = iota // counts of keys
	byMemory              // bytes, and what is inside the keys
)

// copies is what a sampled key stands for: so many keys like it, with so many
// bytes of MEMORY USAGE together.
type copies struct{ keys, memory int64 }

// when is n where a condition holds, else 0.
func when(holds bool, n int64) int64 {
	if holds {
		return n
	}
	return 0
}

// statsFigures are those that all patterns have.
var statsFigures = [...]figure[Stats]{
	{of: func(s *Stats) *int64 { return &s.Keys }, sampled: func(_ *SampleKey, c copies) int64 { return c.keys }},
	{of: func(s *Stats) *int64 { return &s.Memory }, sampled: func(_ *SampleKey, c copies) int64 { return c.memory }},
	{of: func(s *Stats) *int64 { return &s.Elements }, sampled: func(k *SampleKey, c copies) int64 { return k.Elements * c.keys }},
	{of: func(s *Stats) *int64 { return &s.Resident }, sampled: func(k *SampleKey, c copies) int64 { return k.Resident * c.keys }},
	{of: func(s *Stats) *int64 { return &s.NoTTLKeys }, sampled: func(k *SampleKey, c copies) int64 { return when(!k.HasExpiry, c.keys) }},
	{of: func(s *Stats) *int64 { return &s.NoTTLMemory }, sampled: func(k *SampleKey, c copies) int64 { return when(!k.HasExpiry, c.memory) }},
	{of: func(s *Stats) *int64 { return &s.NoTTLResident }, sampled: func(k *SampleKey, c copies) int64 { return when(!k.HasExpiry, k.Resident*c.keys) }},
	{of: func(s *Stats) *int64 { return &s.KeyName }, sampled: func(k *SampleKey, c copies) int64 { return k.Key.Len * c.keys }},
	{of: func(s *Stats) *int64 { return &s.Payload }, sampled: func(k *SampleKey, c copies) int64 { return k.Payload * c.keys }},
	{of: func(s *Stats) *int64 { return &s.Waste }, sampled: func(k *SampleKey, c copies) int64 { return k.Waste * c.keys }},
	{of: func(s *Stats) *int64 { return &s.Integers }},
	{of: func(s *Stats) *int64 { return &s.SmallIntegers }},
	{of: func(s *Stats) *int64 { return &s.Compared }},
	{of: func(s *Stats) *int64 { return &s.ComparedMemory }, by: byMemory},
}

// rareFigures are those of rareStats.
var rareFigures = func() []figure[rareStats] {
	large := func(k *SampleKey, n, least int64) int64 { return when(k.Memory >= least, n) }
	list := []figure[rareStats]{
		{of: func(x *rareStats) *int64 { return &x.FieldTTL.Hashes }, sampled: func(k *SampleKey, c copies) int64 { return when(k.FieldTTLs > 0, c.keys) }},
		{of: func(x *rareStats) *int64 { return &x.FieldTTL.Fields }, sampled: func(k *SampleKey, c copies) int64 { return k.FieldTTLs * c.keys }},
		{of: func(x *rareStats) *int64 { return &x.FieldTTL.Expired }, sampled: func(k *SampleKey, c copies) int64 { return k.FieldsExpired * c.keys }},
		{of: func(x *rareStats) *int64 { return &x.Over1MiB }, sampled: func(k *SampleKey, c copies) int64 { return large(k, c.keys, mib) }},
		{of: func(x *rareStats) *int64 { return &x.Over1MiBMemory }, sampled: func(k *SampleKey, c copies) int64 { return large(k, c.memory, mib) }},
		{of: func(x *rareStats) *int64 { return &x.Over10MiB }, sampled: func(k *SampleKey, c copies) int64 { return large(k, c.keys, 10*mib) }},
		{of: func(x *rareStats) *int64 { return &x.Over10MiBMemory }, sampled: func(k *SampleKey, c copies) int64 { return large(k, c.memory, 10*mib) }},
		{of: func(x *rareStats) *int64 { return &x.Expired }},
		{of: func(x *rareStats) *int64 { return &x.ExpiredMemory }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.ExpiredResident }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.LargeStrings }},
		{of: func(x *rareStats) *int64 { return &x.LargeStringMemory }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.LZFKeys }},
		{of: func(x *rareStats) *int64 { return &x.LZFLength }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.LZFStored }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.LZFMemory }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.LZFMemoryAfter }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.LZFResident }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.LZFResidentAfter }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.Nodes.Keys }},
		{of: func(x *rareStats) *int64 { return &x.Nodes.Nodes }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.Nodes.Bytes }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.Nodes.Memory }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.Nodes.Inner }, by: byMemory},
		{of: func(x *rareStats) *int64 { return &x.Groups }},
	}
	list = append(list, figure[rareStats]{of: func(x *rareStats) *int64 { return &x.Unbounded }},
		figure[rareStats]{of: func(x *rareStats) *int64 { return &x.UnboundedMemory }, by: byMemory})
	for i := range memory.NumFigures {
		list = append(list, figure[rareStats]{of: func(x *rareStats) *int64 { return &x.Figures[i] }, by: byMemory})
	}
	for i := range role.NumScores {
		list = append(list, figure[rareStats]{of: func(x *rareStats) *int64 { return &x.Scores[i] }, by: byMemory})
	}
	for _, f := range &farFigures {
		list = append(list, within(func(x *rareStats) *farStats { return &x.Far }, f))
	}
	for _, f := range &pendingFigures {
		list = append(list, within(func(x *rareStats) *pendingStats { return &x.Pending }, f))
	}
	for _, shape := range [...]func(*rareStats) *ReshapeStats{
		func(x *rareStats) *ReshapeStats { return &x.Split },
		func(x *rareStats) *ReshapeStats { return &x.Trim },
	} {
		for _, f := range &reshapeFigures {
			list = append(list, within(shape, f))
		}
	}
	for i := range maxCandidates {
		for _, f := range &candidateFigures {
			list = append(list, within(func(x *rareStats) *candidateStats { return &x.Candidates[i] }, f))
		}
	}
	for i := range maxPairs {
		for _, f := range &candidateFigures {
			list = append(list, within(func(x *rareStats) *candidateStats { return &x.Both[i] }, f))
		}
	}
	return list
}()

var farFigures = [...]figure[farStats]{
	{of: func(f *farStats) *int64 { return &f.Keys }},
	{of: func(f *farStats) *int64 { return &f.Memory }, by: byMemory},
	{of: func(f *farStats) *int64 { return &f.Last }, largest: true},
}

var pendingFigures = [...]figure[pendingStats]{
	{of: func(p *pendingStats) *int64 { return &p.Keys }},
	{of: func(p *pendingStats) *int64 { return &p.Memory }, by: byMemory},
	{of: func(p *pendingStats) *int64 { return &p.Resident }, by: byMemory},
	{of: func(p *pendingStats) *int64 { return &p.Length }, by: byMemory},
	{of: func(p *pendingStats) *int64 { return &p.Entries }, by: byMemory},
	{of: func(p *pendingStats) *int64 { return &p.Groups }},
	{of: func(p *pendingStats) *int64 { return &p.Holders }},
	{of: func(p *pendingStats) *int64 { return &p.Consumers }},
	{of: func(p *pendingStats) *int64 { return &p.Most }, largest: true},
}

var candidateFigures = [...]figure[candidateStats]{
	{of: func(c *candidateStats) *int64 { return &c.Keys }},
	{of: func(c *candidateStats) *int64 { return &c.Before }, by: byMemory},
	{of: func(c *candidateStats) *int64 { return &c.After }, by: byMemory},
	{of: func(c *candidateStats) *int64 { return &c.BeforeResident }, by: byMemory},
	{of: func(c *candidateStats) *int64 { return &c.AfterResident }, by: byMemory},
	{of: func(c *candidateStats) *int64 { return &c.Longest }, largest: true},
}

var reshapeFigures = [...]figure[ReshapeStats]{
	{of: func(s *ReshapeStats) *int64 { return &s.Keys }},
	{of: func(s *ReshapeStats) *int64 { return &s.Elements }, by: byMemory},
	{of: func(s *ReshapeStats) *int64 { return &s.Pieces }, by: byMemory},
	{of: func(s *ReshapeStats) *int64 { return &s.Memory }, by: byMemory},
	{of: func(s *ReshapeStats) *int64 { return &s.After }, by: byMemory},
	{of: func(s *ReshapeStats) *int64 { return &s.Resident }, by: byMemory},
	{of: func(s *ReshapeStats) *int64 { return &s.AfterResident }, by: byMemory},
	{of: func(s *ReshapeStats) *int64 { return &s.Largest }, largest: true},
}

// within is the figure of a part of a T as one of the T.
func within[T, P any](part func(*T) *P, f figure[P]) figure[T] {
	return figure[T]{of: func(x *T) *int64 { return f.of(part(x)) }, sampled: f.sampled, by: f.by, largest: f.largest}
}

// merge adds the figure of b to that of a.
func (f *figure[T]) merge(a, b *T) {
	x, y := f.of(a), f.of(b)
	if f.largest {
		*x = max(*x, *y)
		return
	}
	*x += *y
}

// sample adds what a sampled key stands for.
func (f *figure[T]) sample(x *T, k *SampleKey, c copies) {
	if f.sampled != nil {
		*f.of(x) += f.sampled(k, c)
	}
}

// take moves the figure of part, which share describes, out of all. What is the
// largest of all may be in either of them, and stays in both.
func (f *figure[T]) take(all, part *T, share *share) {
	x, y := f.of(all), f.of(part)
	switch {
	case f.largest:
		*y = *x
		return
	case f.sampled == nil:
		*y = share.of(*x, f.by)
	default:
		*y = min(max(*y, 0), *x)
	}
	*x -= *y
}

// share is how much of a row's keys and bytes another row takes over.
type share [2]struct{ part, all int64 } // by basis

func shareOf(all, part *Stats) (s share) {
	s[byKeys].part, s[byKeys].all = min(max(part.Keys, 0), all.Keys), max(1, all.Keys)
	s[byMemory].part, s[byMemory].all = min(max(part.Memory, 0), all.Memory), max(1, all.Memory)
	return s
}

// of returns the share of a figure; one below zero has a share below zero.
func (s *share) of(n int64, by basis) int64 {
	if n < 0 {
		return -s.of(-n, by)
	}
	return sketch.MulDiv(n, s[by].part, s[by].all)
}

// Sampled is what the keys of a row are estimated to add up to from those of them
// that are in the sample.
//
// A sampled key stands for max(its bytes, weight) bytes, and so for weight/bytes
// keys like it: a fraction, while a row of 0.4 elements or of 1.5 keys with an
// expiry is none. So each key counts a whole number of times, and what is over or
// under is carried on to the next one:
//
//	weight 250, keys of 100 bytes    2.5  2.5  2.5  2.5
//	counted                          3    2    3    2
//
// All figures but the bytes are those of that many copies, and agree with each
// other like those of keys that were counted. The bytes are exactly the sum of the
// weights, whose error has a bound (sketch.Estimate).
type Sampled struct {
	Stats
	carry uint64 // in fractions of a key, 1<<32 a whole one
}

// Add adds a sampled key of a sample with this weight, see SampleWeight.
func (s *Sampled) Add(k *SampleKey, weight int64) {
	c := copies{1, k.Memory}
	if k.Memory < weight {
		if s.Keys == 0 {
			s.carry = 1 << 31 // to the nearest number of keys
		}
		s.carry += uint64(sketch.MulDiv(weight%k.Memory, 1<<32, k.Memory))
		c = copies{weight/k.Memory + int64(s.carry>>32), weight}
		s.carry &= 1<<32 - 1
	}
	if s.Keys == 0 || k.Key.CompareSample(&s.Example) < 0 {
		s.Example = k.Key
	}
	for i := range statsFigures {
		statsFigures[i].sample(&s.Stats, k, c)
	}
	for i := range rareFigures {
		f := &rareFigures[i]
		if f.sampled == nil {
			continue
		}
		if n := f.sampled(k, c); n != 0 {
			*f.of(s.EnsureRare()) += n
		}
	}
	s.Encodings[k.Encoding] += c.keys
	s.Sizes.AddN(k.Memory, c.keys)
	if k.Type != parser.DataTypeString.String() {
		s.Counts.AddN(k.Elements, c.keys)
	}
	if k.Idle >= 0 || k.Freq >= 0 {
		s.EnsureUse().add(k.Idle, k.Freq, c.keys, c.memory)
	}
}

// Merge adds the keys of o to those of s.
func (s *Stats) Merge(o *Stats) {
	if o.Keys > 0 && (s.Keys == 0 || o.Example.CompareSample(&s.Example) < 0) {
		s.Example = o.Example
	}
	for i := range statsFigures {
		statsFigures[i].merge(s, o)
	}
	s.Error.Merge(o.Error)
	for i, n := range &o.Encodings {
		s.Encodings[i] += n
	}
	s.Sizes.Merge(&o.Sizes)
	s.Counts.Merge(&o.Counts)
	if o.Use != nil {
		s.EnsureUse().Merge(o.Use)
	}
	if o.Rare != nil {
		x := s.EnsureRare()
		for i := range rareFigures {
			rareFigures[i].merge(x, o.Rare)
		}
		x.Pending.Top = mergeHolders(x.Pending.Top, o.Rare.Pending.Top)
	}
	s.mergeEffects(o)
}

// Take removes from s what part holds, and from part what s does not hold: the
// two add up to what s was, whatever part's figures were. Of figures that a sample
// does not tell part gets its share.
func (s *Stats) Take(part *Stats) {
	share := shareOf(s, part)
	for i := range statsFigures {
		statsFigures[i].take(s, part, &share)
	}
	part.Error = s.Error.Part(share[byMemory].part, share[byMemory].all)
	s.Error.Sub(part.Error)
	for i := range s.Encodings {
		part.Encodings[i] = min(part.Encodings[i], s.Encodings[i])
		s.Encodings[i] -= part.Encodings[i]
	}
	s.Sizes.Take(&part.Sizes)
	s.Counts.Take(&part.Counts)
	switch {
	case s.Use == nil:
		part.Use = nil
	case part.Use != nil:
		s.Use.take(part.Use)
	}
	if s.Rare == nil {
		part.Rare = nil
	} else {
		x := part.EnsureRare()
		for i := range rareFigures {
			rareFigures[i].take(s.Rare, x, &share)
		}
	}
	s.takeEffects(part, &share)
	// What is without a TTL is part of the whole on both sides.
	keepWithin(&s.NoTTLKeys, s.Keys, &part.NoTTLKeys)
	keepWithin(&s.NoTTLMemory, s.Memory, &part.NoTTLMemory)
	keepWithin(&s.NoTTLResident, s.Resident, &part.NoTTLResident)
}

// keepWithin moves what a figure has beyond a limit to another one.
func keepWithin(n *int64, limit int64, to *int64) {
	if over := *n - limit; over > 0 {
		*n -= over
		*to += over
	}
}
