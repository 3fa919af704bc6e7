// Package inspect looks at single keys: it finds them in a dump by name and
// tells all about them: the row that all keys have, what each part of a key costs
// in memory and which function of the server says so, and how its value begins.
package inspect

import (
	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// Key is one key. Sizes and offsets are bytes.
type Key struct {
	Row     aggregate.Row   `json:"-"`
	Offset  int64           `json:"offset"` // of the record in the dump
	RDBType string          `json:"rdb_type"`
	Model   aggregate.Model `json:"model"`
	Terms   []memory.Term   `json:"terms"`
	Waste   int64           `json:"waste_bytes"`
	Preview Preview         `json:"value_preview"`
}

// Preview is the beginning of a value.
type Preview struct {
	By    string `json:"by"`    // which decoder it comes from: "hdt3213/rdb" or "rdblens"
	Items []Item `json:"items"` // fields of a hash in byte order when by is hdt3213/rdb, else in dump order
	Of    int64  `json:"of"`    // elements of the value
	// Largest are the largest elements of a collection of which Items shows some only,
	// the largest first: those that take a hundredth of its contents and more.
	Largest []Item `json:"largest,omitempty"`
	Note    string `json:"note,omitempty"`
}

// Item is one element; the fields that its type has are set.
type Item struct {
	Index  *int64          `json:"index,omitempty"`
	Field  *Text           `json:"field,omitempty"`
	Member *Text           `json:"member,omitempty"`
	Value  *Text           `json:"value,omitempty"`
	Score  string          `json:"score,omitempty"`
	Expiry *aggregate.Time `json:"expiry,omitempty"`
}

// Text is the beginning of a text.
type Text struct {
	Text  string `json:"text"`  // at most MaxText bytes, escaped
	Bytes int64  `json:"bytes"` // of the whole, before it was escaped
	// Unknown: the contents were not kept.
	Unknown bool `json:"unknown,omitempty"`
}

// Size is how many bytes the texts of an element have.
func (it *Item) Size() (n int64) {
	for _, t := range []*Text{it.Field, it.Member, it.Value} {
		if t != nil {
			n += t.Bytes
		}
	}
	return n
}

// MaxText is how many bytes of a text a preview has.
const MaxText = 200
