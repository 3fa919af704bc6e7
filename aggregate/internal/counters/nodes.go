package counters

import (
	"github.com/rdblens/rdblens/parser"
)

// ListNodes are the nodes of one quicklist as they are in the dump.
type ListNodes struct {
	Nodes, bytes       int64
	lzfBytes, lzfTo    int64 // nodes stored LZF-compressed: their length, and stored
	firstLZF, lastSave int64 // what compression saves on the first and the last node
}

// Add takes a piece of a list.
func (n *ListNodes) Add(es []parser.Element) {
	for i := range es {
		e := &es[i]
		if e.Kind != parser.KindNode {
			continue
		}
		saves := int64(0)
		if stored := e.StoredLen(); stored > 0 {
			n.lzfBytes += e.Len
			n.lzfTo += stored
			saves = e.Len - stored
		}
		if n.Nodes == 0 {
			n.firstLZF = saves
		}
		n.lastSave = saves
		n.Nodes++
		n.bytes += e.Len
	}
}

// nodeStats are the nodes of lists that have more than one. Sums are bytes
// unless they are counts.
type nodeStats struct {
	Keys   int64 `part:"keys"`
	Nodes  int64 `part:"nodes"`
	Bytes  int64 `part:"bytes"`
	Memory int64 `part:"memory"`
	// Inner is what LZF takes off the nodes that are neither first nor last.
	Inner int64 `part:"inner_lzf_savings,signed"`
}

// Add counts a list.
func (s *nodeStats) Add(r *Observation) {
	s.Keys++
	s.Nodes += r.Nodes.Nodes
	s.Bytes += r.Nodes.bytes
	s.Memory += r.Cost.Bytes
	s.Inner += r.Nodes.lzfBytes - r.Nodes.lzfTo - r.Nodes.firstLZF - r.Nodes.lastSave
}
