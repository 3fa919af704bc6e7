package text

import (
	"strconv"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/units"
)

// biggest lists the keys that take most, and those with most elements where that
// says more: of single strings it does not.
func (t *reportText) biggest() {
	if len(t.d.Biggest) == 0 {
		t.none("BIGGEST KEYS")
		return
	}
	t.bigKeys("BIGGEST KEYS", t.d.Biggest)
	if k := t.d.BiggestByElements; len(k) > 0 && k[0].Elements > 1 {
		t.blank()
		t.bigKeys("MOST ELEMENTS", k)
	}
	t.biggestByType()
}

// fewOfType is how many keys of a type are listed.
const fewOfType = 3

// biggestByType lists the largest keys of each type where there are several.
func (t *reportText) biggestByType() {
	var keys []aggregate.BigKey
	count := map[string]int{}
	for i := range t.d.BiggestByType {
		k := t.d.BiggestByType[i]
		if count[k.Type]++; count[k.Type] <= fewOfType {
			keys = append(keys, k)
		}
	}
	if len(count) > 1 {
		t.blank()
		t.bigKeys("BIGGEST OF EACH TYPE", keys)
	}
}

// usedKeys lists which keys are used most and least.
func (t *reportText) usedKeys(x *aggregate.Idle) {
	hot, cold := "USED LAST", "NOT USED FOR LONGEST"
	if x.Recorded == "freq" {
		hot, cold = "USED MOST", "USED LEAST"
	}
	for _, l := range []struct {
		title string
		keys  []aggregate.BigKey
	}{{hot, x.Hottest}, {cold, x.Coldest}} {
		var rows [][]string
		for i := range l.keys[:min(len(l.keys), fewUsed)] {
			k := &l.keys[i]
			use := ""
			switch {
			case x.Recorded == "freq" && k.Freq != nil:
				use = units.Grouped(int64(*k.Freq))
			case k.Idle != nil:
				use = units.Seconds(*k.Idle)
			}
			rows = append(rows, []string{"  " + t.name(k.Key), t.clean(k.Type), t.size(k.Memory), use})
		}
		if len(rows) == 0 {
			continue
		}
		title := "idle"
		if x.Recorded == "freq" {
			title = "counter"
		}
		t.table([]column{{title: l.title, min: 24, middle: true}, {title: "type", drop: 1}, {title: "memory", right: true}, {title: title, right: true}}, rows)
	}
}

// leastLong is how long a name is that is worth a list, bytes, longNames how many of the
// longest are listed.
const (
	leastLong = 64
	longNames = 10
)

// names lists keys of the longest names.
func (t *reportText) names() {
	var rows [][]string
	for i := range t.d.LongestNames[:min(len(t.d.LongestNames), longNames)] {
		k := &t.d.LongestNames[i]
		if k.KeyLen < leastLong {
			break
		}
		name := t.name(k.Key)
		if k.KeyLen > maxShownKey {
			name += t.ellipsis
		}
		rows = append(rows, []string{"  " + name, units.Grouped(k.KeyLen), t.clean(k.Type), t.size(k.Memory)})
	}
	if len(rows) == 0 {
		if t.selected("names") {
			t.none("LONGEST NAMES")
		}
		return
	}
	t.table([]column{{title: "LONGEST NAMES", min: 24, middle: true}, {title: "bytes", right: true}, {title: "type", drop: 1}, {title: "memory", right: true}}, rows)
}

// fewUsed is how many keys are listed by their use.
const fewUsed = 10

// bigKeys is a table of single keys. Database and source have columns only when
// the keys shown differ in them.
func (t *page) bigKeys(title string, keys []aggregate.BigKey) {
	sources, dbs := map[string]bool{}, map[int32]bool{}
	for i := range keys {
		sources[keys[i].Source], dbs[keys[i].DB] = true, true
	}
	var rows [][]string
	for i := range keys {
		k := &keys[i]
		memory, longest, expiry, db, source := t.size(k.Memory), "", "never", "", ""
		if !k.Exact {
			memory = "~" + memory
		}
		if k.LongestElement != nil {
			longest = t.size(*k.LongestElement)
		}
		if k.Expiry != nil {
			expiry = units.Moment(*k.Expiry)
		}
		if len(dbs) > 1 {
			db = strconv.Itoa(int(k.DB))
		}
		if len(sources) > 1 {
			source = t.clean(k.Source)
		}
		name := t.name(k.Key)
		if k.KeyLen > maxShownKey {
			name += t.ellipsis
		}
		rows = append(rows, []string{"  " + name, t.clean(k.Type), t.clean(k.Encoding), memory, units.Grouped(k.Elements), longest, expiry, db, source})
	}
	t.table([]column{{title: title, min: 24}, {title: "type", drop: 2}, {title: "encoding", drop: 4}, {title: "memory", right: true},
		{title: "elements", right: true, drop: 1}, {title: "longest", right: true, drop: 7}, {title: "expires", drop: 5},
		{title: "db", right: true, drop: 3}, {title: "source", min: 12, drop: 6, start: true}}, rows)
}

// maxShownKey is how many bytes of a key a BigKey holds.
const maxShownKey = 1024

// sizes shows how large keys are, from the smallest to the largest.
func (t *reportText) sizes() {
	if len(t.d.Sizes) == 0 {
		t.none("KEY SIZES")
		return
	}
	var items []string
	for _, p := range t.d.Sizes {
		items = append(items, percentName(t.clean(p.Percent))+" "+t.size(p.Bytes))
	}
	t.heading("KEY SIZES")
	t.flow("  ", 2, " | ", items...)
}
