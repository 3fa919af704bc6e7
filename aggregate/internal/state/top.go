package state

import (
	"bytes"
	"cmp"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// MinTop is the least number of keys a top list keeps, whatever it shows.
const MinTop = 1000

// TopKey is a key of a top list, plain data.
type TopKey struct {
	Value     int64           `part:"value"` // what the list is ordered by
	Key       KeptKey         `part:"key"`
	Type      string          `part:"type"`
	Memory    int64           `part:"memory"`
	Exact     bool            `part:"exact"`
	Error     int64           `part:"error"`
	Encoding  memory.Encoding `part:"encoding"`
	Elements  int64           `part:"elements"`
	Longest   int64           `part:"longest_element,signed"` // -1 when unknown
	HasExpiry bool            `part:"has_expiry"`
	Expiry    int64           `part:"expiry,signed"`
	Pattern   []byte          `part:"pattern"`
	RDBBytes  int64           `part:"rdb_bytes"`
	Idle      int64           `part:"idle_seconds,signed"` // seconds, -1 when unknown
	Freq      int32           `part:"freq,signed"`         // -1 when unknown
	Slot      int32           `part:"slot,signed"`         // -1 when unknown
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
		sketch.CompareBools(k.Exact, o.Exact), sketch.CompareBools(k.HasExpiry, o.HasExpiry), bytes.Compare(k.Pattern, o.Pattern))
}
