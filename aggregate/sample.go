package aggregate

import (
	"cmp"
	"math/bits"

	"github.com/rdblens/rdblens/aggregate/memory"
)

// The sample of all keys, by size: a priority sample (Duffield, Lund, Thorup,
// "Priority sampling for estimation of arbitrary subset sums", 2007). A key of
// w bytes and hash u has the rank u/w; the sample is the keys with the
// smallest ranks. It is a function of the set of keys, and merges. With t the
// rank that just missed it, a sampled key stands for max(w, 2^64/t) bytes: sums
// of these estimate the bytes of any subset without bias.

// sampleSize keys are kept; one more sets the threshold. (A variable for tests
// only.)
var sampleSize = 12288

// sampleKey is a key of the sample, plain data.
type sampleKey struct {
	Key       keptKey
	Type      string
	Memory    int64
	Elements  int64
	Payload   int64
	Waste     int64
	Resident  int64
	Idle      int64 // seconds, -1 when unknown
	Freq      int32 // -1 when unknown
	Encoding  memory.Encoding
	HasExpiry bool
}

func (k *sampleKey) rank() uint64 { return k.Key.Hash / uint64(k.Memory) }

// compare orders by rank, then by key; a damaged dump may hold a key twice, so
// what follows makes the order total.
func (k *sampleKey) compare(o *sampleKey) int {
	if c := cmp.Compare(k.rank(), o.rank()); c != 0 {
		return c
	}
	if c := cmp.Or(k.Key.compareSample(&o.Key), cmp.Compare(k.Memory, o.Memory), cmp.Compare(k.Type, o.Type)); c != 0 {
		return c
	}
	c := cmp.Or(cmp.Compare(k.Elements, o.Elements), cmp.Compare(k.Payload, o.Payload), cmp.Compare(k.Waste, o.Waste),
		cmp.Compare(k.Encoding, o.Encoding), cmp.Compare(k.Resident, o.Resident), cmp.Compare(k.Idle, o.Idle), cmp.Compare(k.Freq, o.Freq))
	if c == 0 && k.HasExpiry != o.HasExpiry {
		c = 1
		if o.HasExpiry {
			c = -1
		}
	}
	return c
}

// sampler keeps the sample of one source.
type sampler struct{ bounded[sampleKey] }

func newSampler() sampler {
	return sampler{bounded[sampleKey]{n: sampleSize + 1, compare: (*sampleKey).compare}}
}

func (s *sampler) offer(r *record) {
	if r.size.Bytes <= 0 {
		return
	}
	w := uint64(r.size.Bytes)
	if s.full {
		// hash/w > last, without a division.
		if hi, lo := bits.Mul64(s.last.key+1, w); hi == 0 && r.hash >= lo {
			return
		}
	}
	k := s.place()
	k.Key.set(r, exampleLimit)
	k.Type, k.Memory, k.Elements, k.Payload, k.Waste = r.TypeName, r.size.Bytes, r.Elements, r.size.Payload, r.size.Waste
	k.Encoding, k.HasExpiry = r.size.Encoding, r.HasExpiry
	k.Resident, k.Idle, k.Freq = r.size.Resident, r.IdleSeconds, r.Freq
	s.push(r.hash / w)
}

// sampleWeight returns the sampled keys and the bytes that each stands for at
// least: 0 when the sample is all keys.
func sampleWeight(sample []sampleKey) (keys []sampleKey, weight int64) {
	if len(sample) <= sampleSize {
		return sample, 0
	}
	return sample[:sampleSize], rankWeight(sample[sampleSize].rank())
}

// rankWeight is what a key of a sample with this threshold stands for.
func rankWeight(t uint64) int64 {
	if t < 2 {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(1, 0, t)
	return int64(min(q, 1<<63-1))
}
