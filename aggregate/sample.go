package aggregate

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/rdblens/rdblens/aggregate/memory"
)

// The sample of all keys, by size: a priority sample (Duffield, Lund, Thorup,
// "Priority sampling for estimation of arbitrary subset sums", 2007). A key of
// w bytes and hash u has the rank u/w; the sample is the keys with the
// smallest ranks. It is a function of the set of keys, and merges. With t the
// rank that just missed it, a sampled key stands for max(w, 1/t) bytes: sums
// of these estimate the bytes of any subset without bias.

// sampleSize keys are kept; one more sets the threshold. (A variable for tests
// only.)
var sampleSize = 8192

// sampleKey is a key of the sample, plain data.
type sampleKey struct {
	Key       keptKey
	Type      string
	Memory    int64
	Elements  int64
	Payload   int64
	Waste     int64
	Encoding  memory.Encoding
	HasExpiry bool
}

// compare orders by rank, then by key; a damaged dump may hold a key twice, so
// what follows makes the order total.
func (k *sampleKey) compare(o *sampleKey) int {
	ah, al := bits.Mul64(k.Key.Hash, uint64(o.Memory))
	bh, bl := bits.Mul64(o.Key.Hash, uint64(k.Memory))
	if c := cmp.Or(cmp.Compare(ah, bh), cmp.Compare(al, bl)); c != 0 {
		return c
	}
	if c := cmp.Or(k.Key.compareSample(&o.Key), cmp.Compare(k.Memory, o.Memory), cmp.Compare(k.Type, o.Type)); c != 0 {
		return c
	}
	c := cmp.Or(cmp.Compare(k.Elements, o.Elements), cmp.Compare(k.Payload, o.Payload), cmp.Compare(k.Waste, o.Waste),
		cmp.Compare(k.Encoding, o.Encoding))
	if c == 0 && k.HasExpiry != o.HasExpiry {
		c = 1
		if o.HasExpiry {
			c = -1
		}
	}
	return c
}

// sampler keeps the sample of one source: a heap with the largest rank on top.
type sampler struct {
	heap []sampleKey
	next sampleKey
}

func (s *sampler) offer(r *record) {
	if r.Size.Bytes <= 0 {
		return
	}
	full := len(s.heap) > sampleSize
	if full {
		root := &s.heap[0]
		ah, al := bits.Mul64(r.hash, uint64(root.Memory))
		bh, bl := bits.Mul64(root.Key.Hash, uint64(r.Size.Bytes))
		if ah > bh || ah == bh && al > bl {
			return
		}
	}
	k := &s.next
	k.Key.set(r, exampleLimit)
	k.Type, k.Memory, k.Elements, k.Payload, k.Waste = r.TypeName, r.Size.Bytes, r.Elements, r.Size.Payload, r.Size.Waste
	k.Encoding, k.HasExpiry = r.Size.Encoding, r.HasExpiry
	if !full {
		s.heap = append(s.heap, *k)
		*k = sampleKey{}
		for i := len(s.heap) - 1; i > 0; {
			up := (i - 1) / 2
			if s.heap[up].compare(&s.heap[i]) >= 0 {
				break
			}
			s.heap[up], s.heap[i] = s.heap[i], s.heap[up]
			i = up
		}
		return
	}
	if k.compare(&s.heap[0]) >= 0 {
		return
	}
	s.heap[0], *k = *k, s.heap[0]
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(s.heap) {
			return
		}
		if down+1 < len(s.heap) && s.heap[down].compare(&s.heap[down+1]) < 0 {
			down++
		}
		if s.heap[i].compare(&s.heap[down]) >= 0 {
			return
		}
		s.heap[i], s.heap[down] = s.heap[down], s.heap[i]
		i = down
	}
}

// sorted returns the sample by rank.
func (s *sampler) sorted() []sampleKey {
	slices.SortFunc(s.heap, func(a, b sampleKey) int { return a.compare(&b) })
	return s.heap
}

// sampleWeight returns the sampled keys and the bytes that each stands for at
// least: 0 when the sample is all keys.
func sampleWeight(sample []sampleKey) (keys []sampleKey, weight int64) {
	if len(sample) <= sampleSize {
		return sample, 0
	}
	t := &sample[sampleSize]
	w, u := uint64(t.Memory), t.Key.Hash
	if w >= u {
		return sample[:sampleSize], 1<<63 - 1
	}
	q, _ := bits.Div64(w, 0, u)
	return sample[:sampleSize], int64(min(q, 1<<63-1))
}
