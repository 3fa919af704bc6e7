package aggregate

import (
	"bytes"
	"cmp"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

const (
	keyLimit     = 1 << 10 // bytes of a key kept in the top lists
	exampleLimit = 256     // bytes of a key kept as an example or a sample

	mib      = 1 << 20
	largeLen = 1 << 10 // bytes from which a string is worth compressing
)

// keptKey is a key that outlives its batch.
type keptKey struct {
	Hash   uint64 // of database and whole key
	DB     int32
	Len    int64 // of the whole key, bytes
	Name   []byte
	Source string
}

// set takes over a key, reusing the space of the one before.
func (k *keptKey) set(r *record, limit int) {
	k.Hash, k.DB, k.Len, k.Source = r.hash, r.DB, r.KeyLen, r.Source
	k.Name = append(k.Name[:0], r.Key[:min(len(r.Key), limit)]...)
}

// compareName orders by name as far as it is known: the bytes kept, then the
// length, then the hash.
func (k *keptKey) compareName(o *keptKey) int {
	return cmp.Or(bytes.Compare(k.Name, o.Name), cmp.Compare(k.Len, o.Len), cmp.Compare(k.Hash, o.Hash))
}

// compareSample orders samples: the hash decides, what follows makes it total.
func (k *keptKey) compareSample(o *keptKey) int {
	return cmp.Or(cmp.Compare(k.Hash, o.Hash), cmp.Compare(k.DB, o.DB), k.compareName(o), cmp.Compare(k.Source, o.Source))
}

// stats is what the keys of one pattern and type add up to. Sums are bytes
// unless they are counts of keys. The zero value is empty.
type stats struct {
	Keys, Elements          int64
	Memory, Resident        int64
	NoTTLKeys, NoTTLMemory  int64
	NoTTLResident           int64
	Compared                int64 // strings whose values may be compared with others
	ComparedMemory          int64
	KeyName, Payload, Waste int64
	Error                   sumSquares
	Encodings               [memory.NumEncodings]int64
	Sizes                   histogram // of MEMORY USAGE
	Counts                  histogram // of elements; strings, which have one each, are not counted
	Example                 keptKey   // the smallest by compareSample
	Use                     *useStats
	Rare                    *rareStats
	Effects                 []effect // by scenario
}

// rareStats are figures most patterns do not have.
type rareStats struct {
	Expired, ExpiredMemory, ExpiredResident int64
	Over1MiB, Over1MiBMemory                int64
	Over10MiB, Over10MiBMemory              int64
	LargeStrings, LargeStringMemory         int64
	LZFKeys, LZFLength, LZFStored           int64
	LZFMemory, LZFMemoryAfter               int64
	LZFResident, LZFResidentAfter           int64
	FieldTTL                                fieldTally
	Candidates                              [maxCandidates]candidateStats
	Split, Trim                             reshapeStats
	Nodes                                   nodeStats
}

// fieldTally counts hashes with fields that expire, those fields, and the
// expired ones among them.
type fieldTally struct{ Hashes, Fields, Expired int64 }

// candidateStats is one candidate of candidatesOf.
type candidateStats struct {
	Keys, Before, After, Longest  int64
	BeforeResident, AfterResident int64
}

func (s *stats) rare() *rareStats {
	if s.Rare == nil {
		s.Rare = new(rareStats)
	}
	return s.Rare
}

// add counts a key.
func (s *stats) add(r *record, lim *limits) {
	z := r.size
	s.Keys++
	s.Elements += r.Elements
	s.Memory += z.Bytes
	s.Resident += z.Resident
	s.KeyName += r.KeyLen
	s.Payload += z.Payload
	s.Waste += z.Waste
	s.Encodings[z.Encoding]++
	lim.pages += s.Sizes.addTo(r.bucket, z.Bytes)
	if r.Logical != parser.DataTypeString {
		lim.pages += s.Counts.add(r.Elements)
	}
	if !r.HasExpiry {
		s.NoTTLKeys++
		s.NoTTLMemory += z.Bytes
		s.NoTTLResident += z.Resident
	}
	if z.Error != 0 {
		s.Error.add(z.Error)
	}
	if s.Keys == 1 || r.hash <= s.Example.Hash {
		s.offerExample(r)
	}
	if r.IdleSeconds >= 0 || r.Freq >= 0 {
		lim.pages += s.use().add(r.IdleSeconds, r.Freq, 1, z.Bytes)
	}
	if r.expired || z.Bytes >= mib || r.fieldTTLs.Fields > 0 {
		s.addRare(r)
	}
	if r.Logical == parser.DataTypeString && r.strLen >= parser.FingerprintMin {
		s.addLong(r)
	}
	if z.Compact > 0 {
		s.addCandidates(r, lim)
	}
	if r.trials != nil {
		s.addEffects(r)
	}
}

func (s *stats) offerExample(r *record) {
	if s.Keys > 1 && r.hash == s.Example.Hash {
		// Hardly ever: the same hash twice.
		var k keptKey
		k.set(r, exampleLimit)
		if k.compareSample(&s.Example) >= 0 {
			return
		}
	}
	s.Example.set(r, exampleLimit)
}

func (s *stats) addRare(r *record) {
	x := s.rare()
	if r.expired {
		x.Expired++
		x.ExpiredMemory += r.size.Bytes
		x.ExpiredResident += r.size.Resident
	}
	if r.size.Bytes >= mib {
		x.Over1MiB++
		x.Over1MiBMemory += r.size.Bytes
	}
	if r.size.Bytes >= 10*mib {
		x.Over10MiB++
		x.Over10MiBMemory += r.size.Bytes
	}
	if r.fieldTTLs.Fields > 0 {
		x.FieldTTL.merge(fieldTally{1, r.fieldTTLs.Fields, r.fieldTTLs.Expired})
	}
}

func (t *fieldTally) merge(o fieldTally) {
	t.Hashes += o.Hashes
	t.Fields += o.Fields
	t.Expired += o.Expired
}

// addLong counts a string of parser.FingerprintMin bytes and more.
func (s *stats) addLong(r *record) {
	if cmp.Or(r.strStored, r.strLen) <= parser.FingerprintMax {
		s.Compared++
		s.ComparedMemory += r.size.Bytes
	}
	if r.strLen < largeLen {
		return
	}
	x := s.rare()
	x.LargeStrings++
	x.LargeStringMemory += r.size.Bytes
	if r.size.Compressed > 0 {
		x.LZFKeys++
		x.LZFLength += r.strLen
		x.LZFStored += r.strStored
		x.LZFMemory += r.size.Bytes
		x.LZFMemoryAfter += r.size.Compressed
		x.LZFResident += r.size.Resident
		x.LZFResidentAfter += r.size.CompressedResident
	}
}

func (s *stats) merge(o *stats) {
	if o.Keys > 0 && (s.Keys == 0 || o.Example.compareSample(&s.Example) < 0) {
		s.Example = o.Example
	}
	s.Keys += o.Keys
	s.Elements += o.Elements
	s.Memory += o.Memory
	s.Resident += o.Resident
	s.NoTTLKeys += o.NoTTLKeys
	s.NoTTLMemory += o.NoTTLMemory
	s.NoTTLResident += o.NoTTLResident
	s.Compared += o.Compared
	s.ComparedMemory += o.ComparedMemory
	s.KeyName += o.KeyName
	s.Payload += o.Payload
	s.Waste += o.Waste
	s.Error.merge(o.Error)
	for i, n := range &o.Encodings {
		s.Encodings[i] += n
	}
	s.Sizes.merge(&o.Sizes)
	s.Counts.merge(&o.Counts)
	if o.Use != nil {
		s.use().merge(o.Use)
	}
	if o.Rare != nil {
		s.rare().merge(o.Rare)
	}
	s.mergeEffects(o)
}

func (x *rareStats) merge(o *rareStats) {
	x.Expired += o.Expired
	x.ExpiredMemory += o.ExpiredMemory
	x.ExpiredResident += o.ExpiredResident
	x.Over1MiB += o.Over1MiB
	x.Over1MiBMemory += o.Over1MiBMemory
	x.Over10MiB += o.Over10MiB
	x.Over10MiBMemory += o.Over10MiBMemory
	x.LargeStrings += o.LargeStrings
	x.LargeStringMemory += o.LargeStringMemory
	x.LZFKeys += o.LZFKeys
	x.LZFLength += o.LZFLength
	x.LZFStored += o.LZFStored
	x.LZFMemory += o.LZFMemory
	x.LZFMemoryAfter += o.LZFMemoryAfter
	x.LZFResident += o.LZFResident
	x.LZFResidentAfter += o.LZFResidentAfter
	x.FieldTTL.merge(o.FieldTTL)
	x.Split.merge(&o.Split)
	x.Trim.merge(&o.Trim)
	x.Nodes.merge(&o.Nodes)
	for i := range x.Candidates {
		c, d := &x.Candidates[i], &o.Candidates[i]
		c.Keys += d.Keys
		c.Before += d.Before
		c.After += d.After
		c.BeforeResident += d.BeforeResident
		c.AfterResident += d.AfterResident
		c.Longest = max(c.Longest, d.Longest)
	}
}

// take removes from s what part holds, and from part what s does not hold: the
// two add up to what s was, whatever part's figures were.
func (s *stats) take(part *stats) {
	// Sampled keys do not say whether their values may be compared: as many as of all.
	part.Compared = mulDiv(s.Compared, min(max(part.Keys, 0), s.Keys), max(1, s.Keys))
	part.ComparedMemory = mulDiv(s.ComparedMemory, min(max(part.Memory, 0), s.Memory), max(1, s.Memory))
	for _, f := range [...]struct{ all, part *int64 }{
		{&s.Keys, &part.Keys}, {&s.Elements, &part.Elements}, {&s.Memory, &part.Memory}, {&s.Resident, &part.Resident},
		{&s.Compared, &part.Compared}, {&s.ComparedMemory, &part.ComparedMemory},
		{&s.NoTTLKeys, &part.NoTTLKeys}, {&s.NoTTLMemory, &part.NoTTLMemory},
		{&s.KeyName, &part.KeyName}, {&s.Payload, &part.Payload}, {&s.Waste, &part.Waste},
	} {
		*f.part = min(max(*f.part, 0), *f.all)
		*f.all -= *f.part
	}
	for i := range s.Encodings {
		part.Encodings[i] = min(part.Encodings[i], s.Encodings[i])
		s.Encodings[i] -= part.Encodings[i]
	}
	s.Sizes.take(&part.Sizes)
	s.Counts.take(&part.Counts)
	switch {
	case part.Use == nil:
	case s.Use == nil:
		part.Use = nil
	default:
		s.Use.take(part.Use)
	}
}
