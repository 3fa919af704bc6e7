package counters

import (
	"github.com/rdblens/rdblens/parser"
)

// NameFacts are what a keyTagger says beside the hash, parser.Tag in other words.
type NameFacts struct {
	Path    uint64 // of the pattern, under the tagger's seeds; of a group
	Slot    int32  // -1 when unknown
	Stratum uint32 // of samples
	Tagged  bool   // it has a hash tag
	Field   bool   // the string may belong to a sampled entity
}

// Bits of the third mark.
const (
	markSlot   = 1<<16 - 1 // slot + 1
	MarkTagged = 1 << 16
	MarkField  = 1 << 17
	StratumAt  = 32 // and upwards: the stratum
)

// Set takes over what a keyTagger left with a key.
func (f *NameFacts) Set(m *parser.Tag) {
	x := m[2]
	f.Path = m[1]
	f.Slot = int32(x&markSlot) - 1
	f.Stratum = uint32(x >> StratumAt)
	f.Tagged = x&MarkTagged != 0
	f.Field = x&MarkField != 0
}
