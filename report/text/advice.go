package text

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice"
	"github.com/rdblens/rdblens/report/units"
)

// advice lists the suggestions.
func (t *reportText) advice() {
	d := t.d
	if len(d.Suggestions) == 0 {
		why := "nothing found"
		for i := range d.Sources {
			if d.Sources[i].Checksum == mismatch {
				why = "no advice on figures with a wrong checksum"
			}
		}
		t.heading("WHAT TO DO   " + why)
		return
	}
	// The rule and the basis have columns of their own where there is room.
	wide := t.width >= 100
	var rows [][]string
	for i := range d.Suggestions {
		s := &d.Suggestions[i]
		if s.Hint {
			continue
		}
		saves := "-"
		if s.Saves != nil {
			saves = t.size(*s.Saves)
		}
		name, title, basis := "  "+t.clean(s.ID), t.clean(s.Title), t.basis(s)
		if wide {
			name += " " + t.clean(s.Rule)
		} else {
			title, basis = title+"\n"+t.clean(s.Rule)+": "+basis, ""
		}
		rows = append(rows, []string{name, title, saves, basis})
	}
	if len(rows) > 0 {
		t.table([]column{{title: "WHAT TO DO", min: 10}, {wrap: true, min: 24}, {title: "saves", right: true},
			{title: "basis", wrap: true, min: 30}}, rows)
	} else {
		t.heading("WHAT TO DO")
	}
	t.hints()
	var items []string
	if d.Together != nil {
		share := ""
		if p := units.Percent(*d.Together, d.Totals.Memory); p != "" {
			share = " (" + p + ")"
		}
		items = append(items, "They overlap: together at most "+t.sizeWithUnit(*d.Together)+share+".")
	}
	items = append(items, "--explain "+t.clean(d.Suggestions[0].ID)+" shows evidence and commands.")
	t.flow("  ", 2, "  ", items...)
}

// hints names what is worth a word only, all in one line: rule by rule, with the
// pattern where there is one.
func (t *reportText) hints() {
	count := make(map[string]int)
	var items, ids []string
	for i := range t.d.Suggestions {
		if s := &t.d.Suggestions[i]; s.Hint {
			if count[s.ID]++; count[s.ID] == 1 {
				ids = append(ids, s.ID)
			}
		}
	}
	for _, id := range ids {
		at := slices.IndexFunc(t.d.Suggestions, func(s advice.Suggestion) bool { return s.ID == id && s.Hint })
		s := &t.d.Suggestions[at]
		item := t.clean(s.ID) + " " + t.clean(s.Rule)
		if n := count[id]; n > 1 {
			item += " (" + units.Grouped(int64(n)) + ")"
		}
		items = append(items, item)
	}
	t.flow("  also: ", 8, ", ", items...)
}

// basis is a suggestion's basis, without the one sign in it that is not ASCII
// where that cannot be shown.
func (t *reportText) basis(s *advice.Suggestion) string {
	if t.o.ASCII {
		return t.clean(strings.ReplaceAll(s.Basis, "±", "+-"))
	}
	return t.clean(s.Basis)
}

// explain prints the suggestions of an ID or a rule name at length.
func (t *reportText) explain(id string) error {
	var names []string
	shown := false
	for i := range t.d.Suggestions {
		s := &t.d.Suggestions[i]
		if name := t.clean(s.ID) + " " + t.clean(s.Rule); !slices.Contains(names, name) {
			names = append(names, name)
		}
		if !strings.EqualFold(s.ID, id) && !strings.EqualFold(s.Rule, id) {
			continue
		}
		if shown {
			t.blank()
		} else {
			t.banner(t.d.Partial, t.d.Sources)
		}
		shown = true
		t.explanation(s)
	}
	if shown {
		return t.err
	}
	if len(names) == 0 {
		return fmt.Errorf("no suggestion %q: this report has none", id)
	}
	return fmt.Errorf("no suggestion %q: this report has %s", id, strings.Join(names, ", "))
}

// explanation prints one suggestion at length: figures, evidence, what to do, and
// what that risks.
func (t *reportText) explanation(s *advice.Suggestion) {
	for _, line := range breakLines(t.clean(s.ID)+" "+t.clean(s.Rule)+": "+t.clean(s.Title), t.width) {
		t.heading(line)
	}
	field := func(name, value string) {
		if value != "" {
			t.paragraph(fmt.Sprintf("  %-8s", name), value)
		}
	}
	field("pattern", t.clean(s.Pattern))
	if s.Keys > 0 {
		field("keys", units.Grouped(s.Keys))
	}
	switch {
	case s.Saves != nil && s.SavesUsedMemory != nil:
		field("saves", t.exactSize(*s.Saves)+shareOf(s.SavesShare)+" of MEMORY USAGE, "+t.exactSize(*s.SavesUsedMemory)+shareOf(s.SavesUsedMemoryShare)+" of used_memory")
	case s.Saves != nil:
		field("saves", t.exactSize(*s.Saves)+shareOf(s.SavesShare)+" of MEMORY USAGE")
	default:
		field("saves", "no memory: this is about risk")
	}
	field("basis", t.basis(s))
	if len(s.Evidence) > 0 {
		t.blank()
		t.heading("EVIDENCE")
		width := 0
		for i := range s.Evidence {
			width = max(width, displayWidth(t.clean(s.Evidence[i].Name)))
		}
		width = min(width, t.width/2)
		for _, f := range s.Evidence.Sorted() {
			name := cutEnd(t.clean(f.Name), width, t.ellipsis)
			t.paragraph("  "+name+strings.Repeat(" ", width-displayWidth(name)+gap), t.evidence(f.Unit, f.Value))
		}
	}
	if len(s.Action) > 0 {
		t.blank()
		t.heading("WHAT TO DO")
		for _, line := range s.Action {
			t.action(line)
		}
	}
	if s.Risk != "" {
		t.blank()
		t.heading("RISK")
		t.paragraph("  ", t.clean(s.Risk))
	}
}

// shareOf is a share behind a size: ", 3.3 %," or nothing.
func shareOf(r *aggregate.Ratio) string {
	if r == nil {
		return ""
	}
	return ", " + units.Ratio(*r) + ","
}

// action prints a line for a shell: a comment is broken into comments, a
// command is left whole, or it could not be pasted.
func (t *reportText) action(line string) {
	line = t.clean(line)
	comment, ok := strings.CutPrefix(line, "#")
	if !ok {
		t.out.WriteString(strings.TrimRight("  "+line, " ") + "\n")
		return
	}
	for _, part := range breakLines(strings.TrimSpace(comment), t.width-4) {
		t.line("  # " + part)
	}
}

// evidence returns the value of a fact as text, what has a unit in that and in
// full.
func (t *reportText) evidence(unit advice.Unit, v any) string {
	switch v := v.(type) {
	case nil:
		return "-"
	case string:
		return t.clean(v)
	case int64:
		switch unit {
		case advice.UnitBytes:
			return t.exactSize(v)
		case advice.UnitSeconds:
			return units.FullSeconds(v)
		case advice.UnitShare:
			return units.Ratio(v) + " (" + units.Grouped(v) + ")"
		default:
			return units.Grouped(v)
		}
	case []string:
		return evidenceList(t, unit, v)
	case []int64:
		return evidenceList(t, unit, v)
	case []any:
		return evidenceList(t, unit, v)
	default:
		return t.clean(fmt.Sprint(v))
	}
}

// evidenceList shows the values of a list, each in the list's unit.
func evidenceList[T any](t *reportText, unit advice.Unit, values []T) string {
	var out []string
	for _, v := range values {
		out = append(out, t.evidence(unit, v))
	}
	return strings.Join(out, ", ")
}
