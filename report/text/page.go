package text

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/units"
)

// clean makes text of the document safe to print. It is escaped for display
// already; what is not printable all the same becomes \xNN.
func (t *page) clean(s string) string {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return string(escape.AppendPrintable(nil, s, t.o.ASCII))
		}
	}
	return s
}

// name is clean for a key or a pattern, which may be empty.
func (t *page) name(s string) string {
	if s == "" {
		return `""`
	}
	return t.clean(s)
}

// selected reports whether a section was asked for by its name.
func (t *page) selected(name string) bool { return slices.Contains(t.o.Sections, name) }

// size returns bytes as the options want them.
func (t *page) size(n int64) string {
	if t.o.Bytes {
		return strconv.FormatInt(n, 10)
	}
	return units.Bytes(n)
}

// sizeWithUnit is size for running text.
func (t *page) sizeWithUnit(n int64) string {
	if t.o.Bytes {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	return units.Bytes(n)
}

// exactSize returns bytes in human units and in full.
func (t *page) exactSize(n int64) string {
	if t.o.Bytes || -1024 < n && n < 1024 {
		return t.sizeWithUnit(n)
	}
	return units.Bytes(n) + " (" + units.Grouped(n) + " bytes)"
}

// count returns a number of keys for a narrow column.
func (t *page) count(n int64) string {
	if t.o.Bytes {
		return strconv.FormatInt(n, 10)
	}
	return units.Count(n)
}

// encodings lists shares of encodings, the commonest first.
func (t *page) encodings(m map[string]int64, keys int64) string {
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b))
	})
	var out []string
	for _, n := range names {
		s := t.clean(n)
		if len(names) > 1 {
			s += " " + units.WholePercent(m[n], keys)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// bar draws part/whole as a bar of at most width columns.
func (t *page) bar(part, whole int64, width int) string {
	if part <= 0 || whole <= 0 {
		return ""
	}
	steps := 8
	if t.o.ASCII {
		steps = 2
	}
	hi, lo := bits.Mul64(uint64(min(part, whole)), uint64(width*steps))
	n, _ := bits.Div64(hi, lo, uint64(whole))
	full, rest := int(n)/steps, int(n)%steps
	if t.o.ASCII {
		return strings.Repeat("#", full) + strings.Repeat(".", rest)
	}
	s := strings.Repeat("█", full)
	if rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}

// percentName names a point of a distribution.
func percentName(p string) string {
	switch p {
	case "0":
		return "min"
	case "100":
		return "max"
	default:
		return "p" + p
	}
}

// points prints a distribution.
func (t *page) points(first string, points []aggregate.UsePercentile, show func(int64) string) {
	var items []string
	for _, p := range points {
		items = append(items, percentName(t.clean(p.Percent))+" "+show(p.Value))
	}
	t.flow(first, len(first), " | ", items...)
}

// maxWarnings is how many warnings are printed.
const maxWarnings = 50

// warnings are those of the report.
func (t *reportText) warnings() { t.page.warnings(t.d.Warnings) }

// warnings lists warnings; none are said only where they were asked for.
func (t *page) warnings(list []aggregate.Warning) {
	if len(list) == 0 {
		if t.selected("warnings") {
			t.none("WARNINGS")
		}
		return
	}
	t.heading("WARNINGS")
	for i := range list {
		if i == maxWarnings {
			t.line("  ! and " + units.Plural(int64(len(list)-i), "more warning"))
			break
		}
		w := &list[i]
		s := t.clean(w.Text)
		if w.Source != "" {
			s = t.clean(w.Source) + ": " + s
		}
		if w.Count > 1 {
			s += " (" + units.Grouped(w.Count) + " times)"
		}
		t.paragraph("  ! ", s+" ["+t.clean(w.Code)+"]")
	}
}
