package main

import (
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"slices"

	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/parser"
)

// duplicates finds keys that a source holds twice in one database: no server
// writes them, and one that loads them stops. It collects a 64-bit fingerprint
// of each key, and when they get too many keeps only those of every second,
// fourth, … key, chosen by the fingerprint, so that both of a pair stay or
// neither. Two keys share a fingerprint by chance with a probability of 1 in
// 2^64: what is found is possible, not proven, and in a dump of more than
// maxFingerprints keys a pair may be missed.
type duplicates struct {
	seed  maphash.Seed
	limit int                // of fingerprints
	parts [dupParts][]uint64 // by their highest bits, so that each is compared in the processor's cache
	kept  int
	mask  uint64 // fingerprints with one of these bits set are not kept
}

// maxFingerprints take 64 MiB, and up to a quarter more while they are collected.
const (
	dupParts        = 256
	maxFingerprints = 1 << 23
)

func newDuplicates() *duplicates {
	return &duplicates{seed: maphash.MakeSeed(), limit: maxFingerprints}
}

// fingerprint is a key's name and database in 64 bits, never 0.
func (d *duplicates) fingerprint(k *parser.Key) uint64 {
	h := maphash.Bytes(d.seed, k.Name)
	if k.Is(parser.NameTruncated) {
		h ^= k.NameHash
	}
	// The name's hash is random to whoever made the dump; each database moves it elsewhere.
	h = (h ^ uint64(k.DB)*0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93
	return max(h^h>>32, 1)
}

// add takes the keys of a batch.
func (d *duplicates) add(keys []parser.Key) {
	for i := range keys {
		k := &keys[i]
		if k.Is(parser.Continued) {
			continue
		}
		h := d.fingerprint(k)
		if h&d.mask != 0 {
			continue
		}
		p := &d.parts[h>>56]
		*p = append(*p, h)
		d.kept++
	}
	for d.kept > d.limit {
		d.mask = d.mask<<1 | 1
		d.kept = 0
		for i := range d.parts {
			d.parts[i] = slices.DeleteFunc(d.parts[i], func(h uint64) bool { return h&d.mask != 0 })
			d.kept += len(d.parts[i])
		}
	}
}

// repeated returns how many keys are there already when they come, and the
// fingerprints of some of them.
func (d *duplicates) repeated() (n int64, some map[uint64]bool) {
	const enough = 1000
	some = map[uint64]bool{}
	var table []uint64 // open addressing, 0 for free
	for _, part := range d.parts {
		size := 16
		for size < 2*len(part) {
			size *= 2
		}
		if size > len(table) {
			table = make([]uint64, size)
		}
		table = table[:size]
		clear(table)
		last := uint64(size - 1)
		for _, h := range part {
			i := h >> 20 & last // the lowest bits may all be 0, the highest are the part's
			for table[i] != 0 && table[i] != h {
				i = (i + 1) & last
			}
			if table[i] == 0 {
				table[i] = h
				continue
			}
			if n++; len(some) < enough {
				some[h] = true
			}
		}
		table = table[:cap(table)]
	}
	return n, some
}

// checkDuplicates is what became of the search for keys that are there twice.
type checkDuplicates struct {
	Possible int64 `json:"possible"` // keys that may be in their database already
	// OneKeyIn is how many keys there are for each that was looked at: 1 for up
	// to 8 million keys, then 2, 4, …
	OneKeyIn int64 `json:"one_key_in"`
	// FalsePositiveOneIn is how many keys it takes on average for one to be
	// taken for another by chance.
	FalsePositiveOneIn int64 `json:"false_positive_one_in"`
	some               map[uint64]bool
}

func (d *duplicates) result() *checkDuplicates {
	const most = 1 << 53 // a number that every reader of JSON keeps exact
	n, some := d.repeated()
	return &checkDuplicates{
		Possible: n, OneKeyIn: int64(d.mask) + 1, FalsePositiveOneIn: int64(min(math.MaxUint64/uint64(max(d.kept, 1)), most)), some: some,
	}
}

// String says how sure the search is.
func (c *checkDuplicates) String() string {
	text := "false-positive rate: one key in " + count(c.FalsePositiveOneIn)
	if c.FalsePositiveOneIn == 1<<53 {
		text = "false-positive rate: below one key in " + count(c.FalsePositiveOneIn)
	}
	if c.OneKeyIn > 1 {
		text += fmt.Sprintf("; of so many, one key in %s was looked at", count(c.OneKeyIn))
	}
	return text
}

// name reads a source again for the first key that is there twice: its name
// and where it comes again, "" when there is none or the source cannot be read
// twice.
func (d *duplicates) name(ctx context.Context, s *source.Source, some map[uint64]bool) string {
	if !s.Rereadable() {
		return ""
	}
	st, cancel, err := open(ctx, s)
	if err != nil {
		return ""
	}
	defer st.Close()
	defer cancel()
	r := parser.NewReader(st, parser.Options{Inflate: source.NewInflate()})
	defer r.Close()
	seen := map[string]bool{}
	for k := range r.All() {
		if k.Is(parser.Continued) || !some[d.fingerprint(k)] {
			continue
		}
		id := fmt.Sprint(k.DB, " ", k.NameHash, " ", string(k.Name))
		if seen[id] {
			return fmt.Sprintf("key \"%s\", db %d, again at offset %d", clipped(k.Name, 200), k.DB, k.Offset)
		}
		seen[id] = true
	}
	return ""
}
