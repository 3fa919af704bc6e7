package text

import (
	"fmt"
	"strings"

	"github.com/rdblens/rdblens/report/units"
)

// slots shows the fullest hash slots and how uneven a cluster would be. A slot is
// the least that can move between nodes, so the largest sets the limit.
func (t *reportText) slots() {
	s := &t.d.Slots
	if s.Used == 0 || len(s.Biggest) == 0 {
		t.none("CLUSTER SLOTS")
		return
	}
	var rows [][]string
	for i := range s.Biggest {
		x := &s.Biggest[i]
		var tags []string
		for _, g := range x.Tags {
			bound := t.atMost
			if g.Exact {
				bound = ""
			}
			tags = append(tags, "{"+t.clean(g.Tag)+"} "+bound+t.size(g.AtMost))
		}
		rows = append(rows, []string{fmt.Sprintf("  %d", x.Slot), units.Grouped(x.Keys), t.size(x.Memory), units.Ratio(x.MemoryShare), strings.Join(tags, ", ")})
	}
	t.table([]column{{title: fmt.Sprintf("CLUSTER SLOTS (%d of %s in use)", len(s.Biggest), units.Grouped(s.Used)), min: 12},
		{title: "keys", right: true}, {title: "memory", right: true}, {title: "share", right: true}, {title: "hash tags", min: 20, drop: 1}}, rows)
	var memory, keys []string
	for i := range s.Shards {
		x := &s.Shards[i]
		memory = append(memory, fmt.Sprintf("%s: %s", units.Grouped(x.Shards), units.Times(x.MemorySkew)))
		keys = append(keys, fmt.Sprintf("%s: %s", units.Grouped(x.Shards), units.Times(x.KeysSkew)))
	}
	if len(memory) > 0 {
		t.line("  on equal shards the largest would be, compared with the mean:")
		t.flow("    memory  ", 12, " | ", memory...)
		t.flow("    keys    ", 12, " | ", keys...)
	}
	if x := s.Sources; x != nil {
		t.flow("  of the sources, compared with their mean, ", 4, ", ", "the largest has "+units.Times(x.MemorySkew)+" the memory", "that with most keys "+units.Times(x.KeysSkew)+" of them")
	}
}
