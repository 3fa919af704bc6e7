package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// MinTop is the least number of keys a top list keeps, whatever it shows.
const MinTop = 1000

// NamedTop is how many keys each of the NamedLists keeps.
const NamedTop = 50

// NamedLists name keys by something else than their size, NamedTop of each.
type NamedLists struct {
	LastUsed    []TopKey `part:"last_used"`    // by idle time, the shortest first
	LongestIdle []TopKey `part:"longest_idle"` // by idle time
	MostUsed    []TopKey `part:"most_used"`    // by access counter
	LeastUsed   []TopKey `part:"least_used"`   // by access counter, the smallest first
	LongNames   []TopKey `part:"long_names"`   // by length of name
}

// all are the lists in their order.
func (l *NamedLists) all() [5]*[]TopKey {
	return [...]*[]TopKey{&l.LastUsed, &l.LongestIdle, &l.MostUsed, &l.LeastUsed, &l.LongNames}
}

// merge keeps the first of both.
func (l *NamedLists) merge(o *NamedLists) {
	theirs := o.all()
	for i, list := range l.all() {
		*list = sketch.MergeSorted(NamedTop, *list, *theirs[i], (*TopKey).Compare)
	}
}

// check looks for what no collector makes.
func (l *NamedLists) check() error {
	for _, list := range l.all() {
		if len(*list) > NamedTop {
			return fmt.Errorf("%d keys", len(*list))
		}
		if err := checkKeys(*list); err != nil {
			return err
		}
	}
	return nil
}

// rankBits is how much of a rank is a key's hash.
const rankBits = 24

// maxRanked is the largest figure that ranks apart from larger ones.
const maxRanked = 1<<(62-rankBits) - 1

// Rank is the value of a key in a NamedList for a figure of it, of keys with the same
// figure the hash decides: many keys have one, and none shall be compared by name. It is
// not negative.
func Rank(figure int64, hash uint64) int64 {
	return min(max(figure, 0), maxRanked)<<rankBits | int64(hash>>(64-rankBits))
}

// FigureOf is the figure of a Rank, at most maxRanked.
func FigureOf(rank int64) int64 { return rank >> rankBits }

// RankLeast is Rank for lists of the smallest figures.
func RankLeast(figure int64, hash uint64) int64 {
	return Rank(maxRanked-min(max(figure, 0), maxRanked), hash)
}

// TopKey is a key of a top list, plain data.
type TopKey struct {
	Value     int64            `part:"value,large"` // what the list is ordered by
	Key       counters.KeptKey `part:"key"`
	Whole     sketch.Digest    `part:"whole_name"` // tells names apart of which less is kept; otherwise zero
	Type      string           `part:"type"`
	Memory    int64            `part:"memory"`
	Exact     bool             `part:"exact"`
	Error     int64            `part:"error"`
	Unbounded bool             `part:"unbounded,optional"` // Error is no bound
	Encoding  memory.Encoding  `part:"encoding"`
	Elements  int64            `part:"elements"`
	Longest   int64            `part:"longest_element,signed,large"` // -1 when unknown
	HasExpiry bool             `part:"has_expiry"`
	Expiry    int64            `part:"expiry,signed,large"`
	Pattern   []byte           `part:"pattern"`
	RDBBytes  int64            `part:"rdb_bytes"`
	Idle      int64            `part:"idle_seconds,signed,large"` // seconds, -1 when unknown
	Freq      int32            `part:"freq,signed"`               // -1 when unknown
	Slot      int32            `part:"slot,signed"`               // -1 when unknown
}

// WholeName returns the digest of a key's name; of one longer than parser.MaxName
// rest is the hash of the whole name and length its length, in bytes.
func WholeName(name []byte, length int64, rest uint64) sketch.Digest {
	d := sketch.DigestOf(name)
	if length == int64(len(name)) {
		return d
	}
	var m [32]byte
	for i, x := range [...]uint64{d[0], d[1], rest, uint64(length)} {
		binary.LittleEndian.PutUint64(m[8*i:], x)
	}
	return sketch.DigestOf(m[:])
}

// Compare orders a list: the larger first, then source, database and key. A
// damaged dump may hold a key twice, and two sources may have one name: the
// rest makes the order total.
func (k *TopKey) Compare(o *TopKey) int {
	if c := cmp.Compare(o.Value, k.Value); c != 0 {
		return c
	}
	if c := cmp.Or(cmp.Compare(k.Key.Source, o.Key.Source), cmp.Compare(k.Key.DB, o.Key.DB), k.Key.CompareName(&o.Key)); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(k.Memory, o.Memory), cmp.Compare(k.Elements, o.Elements), cmp.Compare(k.Expiry, o.Expiry),
		cmp.Compare(k.Type, o.Type), cmp.Compare(k.Encoding, o.Encoding), cmp.Compare(k.Longest, o.Longest),
		cmp.Compare(k.Error, o.Error), cmp.Compare(k.RDBBytes, o.RDBBytes),
		cmp.Compare(k.Idle, o.Idle), cmp.Compare(k.Freq, o.Freq), cmp.Compare(k.Slot, o.Slot),
		slices.Compare(k.Whole[:], o.Whole[:]), sketch.CompareBools(k.Exact, o.Exact), sketch.CompareBools(k.Unbounded, o.Unbounded), sketch.CompareBools(k.HasExpiry, o.HasExpiry), bytes.Compare(k.Pattern, o.Pattern))
}
