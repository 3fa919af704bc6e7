package text

import (
	"strings"

	"github.com/rdblens/rdblens/report/units"
)

// liveTermNotes say where a term of used_memory is from.
var liveTermNotes = map[string]string{
	"dump": "once loaded",
	"info": "of the live server",
}

// reconciliation adds used_memory of the live server up; it reports whether it can.
func (t *reportText) reconciliation() bool {
	v := t.d.Live
	if v == nil || v.Reconciliation == nil {
		return false
	}
	var rows [][]string
	for _, x := range v.Reconciliation.Terms {
		note := liveTermNotes[x.Basis]
		if x.Basis == "rest" {
			note = "room of live values and tables that loaded ones do not have"
			if indexed := t.d.Indexed(); indexed != "" {
				note = t.clean(indexed) + ", built when it is loaded; room of live values"
			}
			if x.Bytes < 0 {
				note = "less was in use"
			}
		}
		rows = append(rows, []string{"  " + t.clean(x.Name), t.size(x.Bytes), strings.TrimPrefix(units.SignedPercent(x.Bytes, v.UsedMemory), "+"), note})
	}
	rows = append(rows, []string{"  used_memory", t.size(v.UsedMemory), units.Percent(v.UsedMemory, v.UsedMemory), "INFO, " + t.clean(v.Server)})
	t.table([]column{{title: "MEMORY"}, {right: true}, {title: "of used", right: true}, {wrap: true, min: 24, drop: 1}}, rows)
	if a := v.Reconciliation.Allocator; a != t.sizedFor() {
		t.paragraph("  ", "added up for "+t.clean(a)+", the allocator that INFO names")
	}
	return true
}

// sizedFor is the allocator that keys are sized for, "" where sources differ.
func (t *reportText) sizedFor() string {
	name := ""
	for i := range t.d.Sources {
		a := t.d.Sources[i].Model.Allocator
		if i > 0 && a != name {
			return ""
		}
		name = a
	}
	return name
}

// liveNotes says what the live server's figures mean.
func (t *reportText) liveNotes() {
	for _, s := range t.d.LiveNotes() {
		t.paragraph("  - ", t.clean(s))
	}
}
