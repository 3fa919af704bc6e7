package counters

import (
	"bytes"
	"cmp"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// The sample of all keys, by size, answers what was not counted: how many bytes the
// keys have that belong to one word of a wide node. Keys taken by chance alone
// would miss the few large ones that matter, so it is a priority sample (Duffield,
// Lund, Thorup, "Priority sampling for estimation of arbitrary subset sums", 2007):
//
//	rank of a key = hash / bytes        the hash is even over 0 … 2^64-1, and has
//	                                    the seed of the source (keyname.Seed)
//	the sample    = the keys with the smallest ranks
//	t             = the rank that just missed it
//
// A key of w bytes has a rank below t with a probability of w*t/2^64, or always
// when that is more than 1: in the sample are all keys of 2^64/t bytes and more,
// and of smaller ones the more the larger they are. A sampled key stands for
// max(w, 2^64/t) bytes; sums of these are right on average for any subset of keys,
// and sketch.Estimate bounds their error.
//
// The sample is a function of the set of keys, and the smallest ranks of a union
// are among those of its parts: it merges.

// SampleKey is a key of the sample, plain data.
type SampleKey struct {
	Key       KeptKey         `part:"key"`
	Path      []byte          `part:"path,raw"` // of a key whose name is not kept whole and that is in no group, as keyname.AppendPath has it
	Type      string          `part:"type"`
	Memory    int64           `part:"memory"`
	Elements  int64           `part:"elements"`
	Payload   int64           `part:"payload"`
	Waste     int64           `part:"waste"`
	Resident  int64           `part:"resident"`
	Idle      int64           `part:"idle_seconds,signed,large"` // seconds, -1 when unknown
	Freq      int32           `part:"freq,signed"`               // -1 when unknown
	Encoding  memory.Encoding `part:"encoding"`
	HasExpiry bool            `part:"has_expiry"`
	// Of a hash: its fields with a TTL, and the expired ones among them.
	FieldTTLs     int64 `part:"field_ttls"`
	FieldsExpired int64 `part:"fields_expired"`
}

// Rank is what the sample is ordered by.
func (k *SampleKey) Rank() uint64 { return k.Key.Hash / uint64(k.Memory) }

// Compare orders by rank, then by key; a damaged dump may hold a key twice, so
// what follows makes the order total.
func (k *SampleKey) Compare(o *SampleKey) int {
	if c := cmp.Compare(k.Rank(), o.Rank()); c != 0 {
		return c
	}
	if c := cmp.Or(k.Key.CompareSample(&o.Key), cmp.Compare(k.Memory, o.Memory), cmp.Compare(k.Type, o.Type)); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(k.Elements, o.Elements), cmp.Compare(k.Payload, o.Payload), cmp.Compare(k.Waste, o.Waste),
		cmp.Compare(k.Encoding, o.Encoding), cmp.Compare(k.Resident, o.Resident), cmp.Compare(k.Idle, o.Idle), cmp.Compare(k.Freq, o.Freq),
		bytes.Compare(k.Path, o.Path), cmp.Compare(k.FieldTTLs, o.FieldTTLs), cmp.Compare(k.FieldsExpired, o.FieldsExpired), sketch.CompareBools(k.HasExpiry, o.HasExpiry))
}
