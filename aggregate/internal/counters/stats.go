package counters

import (
	"bytes"
	"cmp"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/role"
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
	Hash   uint64 `part:"hash,predicted"` // of database and whole key, under the seed of the source
	DB     int32  `part:"db"`
	Len    int64  `part:"length"` // of the whole key, bytes
	Name   []byte `part:"name,raw"`
	Source string `part:"source,raw"`
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

// Predicted returns what Hash is when the name is kept whole: a part holds the
// difference only.
func (k *KeptKey) Predicted(h *Hashers) uint64 { return h.Of(k.Source).Key(k.DB, k.Name, k.Len, 0) }

// Stats is what the keys of one pattern and type add up to. Sums are bytes
// unless they are counts of keys. The zero value is empty.
type Stats struct {
	Keys           int64                      `part:"keys"`
	Elements       int64                      `part:"elements"`
	Memory         int64                      `part:"memory"`
	Resident       int64                      `part:"resident"`
	NoTTLKeys      int64                      `part:"no_ttl_keys"`
	NoTTLMemory    int64                      `part:"no_ttl_memory"`
	NoTTLResident  int64                      `part:"no_ttl_resident"`
	Compared       int64                      `part:"comparable_keys"` // strings whose values may be compared with others
	ComparedMemory int64                      `part:"comparable_memory"`
	KeyName        int64                      `part:"name_bytes"`
	Payload        int64                      `part:"payload"`
	Waste          int64                      `part:"waste"`
	Integers       int64                      `part:"integers,optional"`       // strings that are integers
	SmallIntegers  int64                      `part:"small_integers,optional"` // of them those from -4096 to 4095
	Error          sketch.SumSquares          `part:"error_squares"`
	Encodings      [memory.NumEncodings]int64 `part:"encodings"`
	Sizes          sketch.Histogram           `part:"sizes"`          // of MEMORY USAGE
	Counts         sketch.Histogram           `part:"element_counts"` // of elements; strings, which have one each, are not counted
	Example        KeptKey                    `part:"example"`        // the smallest by CompareSample
	Use            *AccessStats               `part:"access"`
	Rare           *rareStats                 `part:"rare"`
	Effects        []effect                   `part:"scenario_effects"` // by scenario
}

// rareStats are figures most patterns do not have.
type rareStats struct {
	Expired           int64                         `part:"expired"`
	ExpiredMemory     int64                         `part:"expired_memory"`
	ExpiredResident   int64                         `part:"expired_resident"`
	Over1MiB          int64                         `part:"over_1_mib"`
	Over1MiBMemory    int64                         `part:"over_1_mib_memory"`
	Over10MiB         int64                         `part:"over_10_mib"`
	Over10MiBMemory   int64                         `part:"over_10_mib_memory"`
	LargeStrings      int64                         `part:"large_strings"`
	LargeStringMemory int64                         `part:"large_string_memory"`
	LZFKeys           int64                         `part:"lzf_keys"`
	LZFLength         int64                         `part:"lzf_length"`
	LZFStored         int64                         `part:"lzf_stored"`
	LZFMemory         int64                         `part:"lzf_memory"`
	LZFMemoryAfter    int64                         `part:"lzf_memory_after"`
	LZFResident       int64                         `part:"lzf_resident"`
	LZFResidentAfter  int64                         `part:"lzf_resident_after"`
	FieldTTL          fieldTally                    `part:"field_ttls"`
	Candidates        [maxCandidates]candidateStats `part:"candidates"`
	Split             ReshapeStats                  `part:"split"`
	Trim              ReshapeStats                  `part:"trim"`
	Nodes             nodeStats                     `part:"list_nodes"`
	Groups            int64                         `part:"consumer_groups,optional"`
	Scores            [role.NumScores]int64         `part:"scores,optional"` // by role.Score, of those looked at: see Scores
	Both              [maxPairs]candidateStats      `part:"candidate_pairs,optional"`
	Far               farStats                      `part:"far_ttls,optional"`
	Pending           pendingStats                  `part:"pending,optional"`
	Unbounded         int64                         `part:"unbounded_keys,optional"` // whose memory is known within no bound
	UnboundedMemory   int64                         `part:"unbounded_memory,optional"`
	Figures           memory.Figures                `part:"module_figures,optional"`
}

// farStats are keys whose TTL is longer than sketch.FarAway.
type farStats struct {
	Keys   int64 `part:"keys"`
	Memory int64 `part:"memory"`
	Last   int64 `part:"last,large"` // ms since the epoch, the latest expiry
}

// pendingStats are streams with entries that consumers were given and have not
// acknowledged.
type pendingStats struct {
	Keys      int64 `part:"keys"`
	Memory    int64 `part:"memory"`
	Resident  int64 `part:"resident"`
	Length    int64 `part:"length"` // entries of these streams
	Entries   int64 `part:"entries"`
	Groups    int64 `part:"groups"`
	Holders   int64 `part:"holders"` // consumers with such entries
	Consumers int64 `part:"consumers"`
	Most      int64 `part:"most"` // entries of one consumer, at most
	// Top are the consumers that hold most, the most first.
	Top []PendingHolder `part:"top,optional"`
}

// fieldTally counts hashes with fields that expire, those fields, and the
// expired ones among them.
type fieldTally struct {
	Hashes  int64 `part:"hashes"`
	Fields  int64 `part:"fields"`
	Expired int64 `part:"expired"`
}

// candidateStats is one candidate of CandidatesOf.
type candidateStats struct {
	Keys           int64 `part:"keys"`
	Before         int64 `part:"before"`
	After          int64 `part:"after"`
	Longest        int64 `part:"longest"`
	BeforeResident int64 `part:"before_resident"`
	AfterResident  int64 `part:"after_resident"`
}

// EnsureRare returns s.Rare, which it makes when it is not there.
func (s *Stats) EnsureRare() *rareStats {
	if s.Rare == nil {
		s.Rare = new(rareStats)
	}
	return s.Rare
}

// Add counts a key, and returns how many pages of histograms that made: hardly
// ever one.
func (s *Stats) Add(r *Observation, lim *Limits) (pages int) {
	z := r.Cost
	s.Keys++
	s.Elements += r.Elements
	s.Memory += z.Bytes
	s.Resident += z.Resident
	s.KeyName += r.KeyLen
	s.Payload += z.Payload
	s.Waste += z.Waste
	s.Encodings[z.Encoding]++
	pages = s.Sizes.AddTo(r.Bucket, z.Bytes)
	if r.DataType != parser.DataTypeString {
		pages += s.Counts.Add(r.Elements)
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
		pages += s.EnsureUse().add(r.IdleSeconds, r.Freq, 1, z.Bytes)
	}
	if r.Expired || r.Far || z.Bytes >= mib || r.FieldTTLs.Fields > 0 || r.Groups > 0 || r.Scores.counted ||
		r.Figures != nil || z.Unbounded {
		s.addRare(r)
	}
	if r.IntClass != parser.NotInt {
		s.Integers++
		if r.IntClass <= parser.Int13 {
			s.SmallIntegers++
		}
	}
	if r.DataType == parser.DataTypeString && r.StrLen >= parser.FingerprintMin {
		s.addLong(r)
	}
	if z.Compact > 0 {
		s.addCandidates(r, lim)
	}
	if r.Trials != nil {
		s.addEffects(r)
	}
	return pages
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
	if r.Far {
		x.Far.Keys++
		x.Far.Memory += r.Cost.Bytes
		x.Far.Last = max(x.Far.Last, r.Expiry)
	}
	if r.Pending.Entries > 0 {
		x.Pending.add(r)
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
	if r.Cost.Unbounded {
		x.Unbounded++
		x.UnboundedMemory += r.Cost.Bytes
	}
	if r.Figures != nil {
		x.Figures.Add(r.Figures)
	}
	x.Groups += r.Groups
	if r.Scores.counted {
		for i, n := range &r.Scores.by {
			x.Scores[i] += int64(n)
		}
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
