package text

import (
	"fmt"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/units"
)

// maxStorms is how many expiry storms are listed.
const maxStorms = 10

// expiry shows when keys will be gone: by spans from the dump's clock on, then the
// moments at which many go at once.
func (t *reportText) expiry() {
	e := &t.d.Expiry
	var sizes, keys []string
	for i := range e.Buckets {
		b := &e.Buckets[i]
		sizes = append(sizes, t.clean(b.Label)+" "+t.size(b.Memory))
		keys = append(keys, t.clean(b.Label)+" "+t.count(b.Keys))
	}
	if t.d.Totals.Keys == 0 || len(sizes) == 0 {
		t.none("EXPIRY")
		return
	}
	t.heading("EXPIRY")
	t.flow("  memory  ", 10, " | ", sizes...)
	t.flow("  keys    ", 10, " | ", keys...)
	for i := range e.Storms {
		if i == maxStorms {
			t.line("  ! and " + units.Plural(int64(len(e.Storms)-i), "more span") + " like these")
			break
		}
		s := &e.Storms[i]
		of := ""
		if s.Mostly() {
			of = ", most of them " + t.clean(s.TopPatterns[0])
		} else if len(s.TopPatterns) > 0 {
			var names []string
			for _, p := range s.TopPatterns {
				names = append(names, t.clean(p))
			}
			of = ", among them " + strings.Join(names, ", ")
		}
		t.paragraph("  ! ", fmt.Sprintf("%s (%s) expire within %s from %s%s%s", units.Plural(s.Keys, "key"), t.sizeWithUnit(s.Memory),
			units.Seconds(s.WidthSeconds), units.Moment(s.At), of, sameTime(s)))
	}
	t.fieldExpiry(&e.Fields)
}

// sameTime says how many keys of a storm expire in the same millisecond.
func sameTime(s *aggregate.Storm) string {
	switch {
	case s.SameTime == nil:
		return ""
	case s.SameShare >= 10_000:
		return ", all at exactly " + units.PreciseMoment(*s.SameTime)
	}
	return ", about " + units.Ratio(s.SameShare) + " of them at exactly " + units.PreciseMoment(*s.SameTime)
}

// fieldExpiry shows when fields of hashes expire by themselves.
func (t *reportText) fieldExpiry(f *aggregate.FieldExpiry) {
	if f.Fields == 0 {
		return
	}
	var items []string
	for i := range f.Buckets {
		items = append(items, t.clean(f.Buckets[i].Label)+" "+t.count(f.Buckets[i].Fields))
	}
	t.flow("  fields  ", 10, " | ", items...)
	t.flow("          ", 10, ", ", units.Plural(f.Fields, "field")+" of "+units.Plural(f.Hashes, "hash")+" with a TTL of their own", units.Grouped(f.Expired)+" of them expired")
}

// idle shows how long keys have not been used, or how often they were, whichever
// the server's eviction policy made it record; a dump has at most one for a key.
func (t *reportText) idle() {
	x := &t.d.Idle
	var title string
	show := units.Seconds
	switch x.Recorded {
	case "idle":
		title = "IDLE TIME"
	case "freq":
		title, show = "ACCESS COUNTERS (LFU)", units.Grouped
	default:
		if x.Note != "" {
			t.paragraph("IDLE TIME   ", t.clean(x.Note))
		} else if t.selected("idle") {
			t.none("IDLE TIME")
		}
		return
	}
	t.heading(title + " of " + units.Plural(x.Keys, "key"))
	t.points("  ", x.Percentiles, show)
	if len(x.MemoryPercentiles) > 0 {
		t.points("  by bytes  ", x.MemoryPercentiles, show)
	}
	var cold []string
	for _, c := range x.Cold {
		cold = append(cold, fmt.Sprintf("for over %s: %s in %s (%s)", units.ExactSeconds(c.IdleSeconds), t.sizeWithUnit(c.Memory), units.Plural(c.Keys, "key"), units.Ratio(c.MemoryShare)))
	}
	t.flow("  not used  ", 12, " | ", cold...)
	if x.Recorded == "idle" && x.FreqKeys > 0 {
		t.heading("ACCESS COUNTERS (LFU) of " + units.Plural(x.FreqKeys, "key"))
		t.points("  ", x.FreqPercentiles, units.Grouped)
		t.points("  by bytes  ", x.FreqMemoryPercentiles, units.Grouped)
	}
	if x.Note != "" {
		t.paragraph("  ", t.clean(x.Note))
	}
	t.usedKeys(x)
}
