package state

import (
	"bytes"
	"cmp"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

const (
	KeyLimit     = 1 << 10 // bytes of a key kept in the top lists
	ExampleLimit = 256     // bytes of a key kept as an example or a sample

	mib      = 1 << 20
	largeLen = 1 << 10 // bytes from which a string is worth compressing
)

// KeptKey is a key that outlives its batch.
type KeptKey struct {
	Hash   uint64 // of database and whole key
	DB     int32
	Len    int64 // of the whole key, bytes
	Name   []byte
	Source string
}

// Set takes over a key, reusing the space of the one before.
func (k *KeptKey) Set(r *Observation, limit int) {
	k.Hash, k.DB, k.Len, k.Source = r.Hash, r.DB, r.KeyLen, r.Source
	k.Name = append(k.Name[:0], r.Key[:min(len(r.Key), limit)]...)
}

// CompareName orders by name as far as it is known: the bytes kept, then the
// length, then the hash.
func (k *KeptKey) CompareName(o *KeptKey) int {
	return cmp.Or(bytes.Compare(k.Name, o.Name), cmp.Compare(k.Len, o.Len), cmp.Compare(k.Hash, o.Hash))
}

// CompareSample orders samples: the hash decides, what follows makes it total.
func (k *KeptKey) CompareSample(o *KeptKey) int {
	return cmp.Or(cmp.Compare(k.Hash, o.Hash), cmp.Compare(k.DB, o.DB), k.CompareName(o), cmp.Compare(k.Source, o.Source))
}

// Stats is what the keys of one pattern and type add up to. Sums are bytes
// unless they are counts of keys. The zero value is empty.
type Stats struct {
	Keys, Elements          int64
	Memory, Resident        int64
	NoTTLKeys, NoTTLMemory  int64
	NoTTLResident           int64
	Compared                int64 // strings whose values may be compared with others
	ComparedMemory          int64
	KeyName, Payload, Waste int64
	Error                   sketch.SumSquares
	Encodings               [memory.NumEncodings]int64
	Sizes                   sketch.Histogram // of MEMORY USAGE
	Counts                  sketch.Histogram // of elements; strings, which have one each, are not counted
	Example                 KeptKey          // the smallest by CompareSample
	Use                     *AccessStats
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
	Split, Trim                             ReshapeStats
	Nodes                                   nodeStats
}

// fieldTally counts hashes with fields that expire, those fields, and the
// expired ones among them.
type fieldTally struct{ Hashes, Fields, Expired int64 }

// candidateStats is one candidate of CandidatesOf.
type candidateStats struct {
	Keys, Before, After, Longest  int64
	BeforeResident, AfterResident int64
}

func (s *Stats) EnsureRare() *rareStats {
	if s.Rare == nil {
		s.Rare = new(rareStats)
	}
	return s.Rare
}

// Add counts a key.
func (s *Stats) Add(r *Observation, lim *Limits) {
	z := r.Cost
	s.Keys++
	s.Elements += r.Elements
	s.Memory += z.Bytes
	s.Resident += z.Resident
	s.KeyName += r.KeyLen
	s.Payload += z.Payload
	s.Waste += z.Waste
	s.Encodings[z.Encoding]++
	lim.Pages += s.Sizes.AddTo(r.Bucket, z.Bytes)
	if r.Logical != parser.DataTypeString {
		lim.Pages += s.Counts.Add(r.Elements)
	}
	if !r.HasExpiry {
		s.NoTTLKeys++
		s.NoTTLMemory += z.Bytes
		s.NoTTLResident += z.Resident
	}
	if z.Error != 0 {
		s.Error.Add(z.Error)
	}
	if s.Keys == 1 || r.Hash <= s.Example.Hash {
		s.offerExample(r)
	}
	if r.IdleSeconds >= 0 || r.Freq >= 0 {
		lim.Pages += s.EnsureUse().add(r.IdleSeconds, r.Freq, 1, z.Bytes)
	}
	if r.Expired || z.Bytes >= mib || r.FieldTTLs.Fields > 0 {
		s.addRare(r)
	}
	if r.Logical == parser.DataTypeString && r.StrLen >= parser.FingerprintMin {
		s.addLong(r)
	}
	if z.Compact > 0 {
		s.addCandidates(r, lim)
	}
	if r.Trials != nil {
		s.addEffects(r)
	}
}

func (s *Stats) offerExample(r *Observation) {
	if s.Keys > 1 && r.Hash == s.Example.Hash {
		// Hardly ever: the same hash twice.
		var k KeptKey
		k.Set(r, ExampleLimit)
		if k.CompareSample(&s.Example) >= 0 {
			return
		}
	}
	s.Example.Set(r, ExampleLimit)
}

func (s *Stats) addRare(r *Observation) {
	x := s.EnsureRare()
	if r.Expired {
		x.Expired++
		x.ExpiredMemory += r.Cost.Bytes
		x.ExpiredResident += r.Cost.Resident
	}
	if r.Cost.Bytes >= mib {
		x.Over1MiB++
		x.Over1MiBMemory += r.Cost.Bytes
	}
	if r.Cost.Bytes >= 10*mib {
		x.Over10MiB++
		x.Over10MiBMemory += r.Cost.Bytes
	}
	if r.FieldTTLs.Fields > 0 {
		x.FieldTTL.merge(fieldTally{1, r.FieldTTLs.Fields, r.FieldTTLs.Expired})
	}
}

func (t *fieldTally) merge(o fieldTally) {
	t.Hashes += o.Hashes
	t.Fields += o.Fields
	t.Expired += o.Expired
}

// addLong counts a string of parser.FingerprintMin bytes and more.
func (s *Stats) addLong(r *Observation) {
	if cmp.Or(r.StrStored, r.StrLen) <= parser.FingerprintMax {
		s.Compared++
		s.ComparedMemory += r.Cost.Bytes
	}
	if r.StrLen < largeLen {
		return
	}
	x := s.EnsureRare()
	x.LargeStrings++
	x.LargeStringMemory += r.Cost.Bytes
	if r.Cost.Compressed > 0 {
		x.LZFKeys++
		x.LZFLength += r.StrLen
		x.LZFStored += r.StrStored
		x.LZFMemory += r.Cost.Bytes
		x.LZFMemoryAfter += r.Cost.Compressed
		x.LZFResident += r.Cost.Resident
		x.LZFResidentAfter += r.Cost.CompressedResident
	}
}
