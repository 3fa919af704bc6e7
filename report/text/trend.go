package text

import (
	"io"
	"math/bits"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/comparison"
	"github.com/rdblens/rdblens/report/units"
)

// WriteTrend writes a trend for a terminal, under the same rules as WriteReport: the
// verdict first.
func WriteTrend(w io.Writer, d *aggregate.Trend, o Options) error {
	t := trendText{newPage(o), d}
	if d.Partial {
		t.styled(styleAlarm, "PARTIAL: the figures cover what could be read")
		t.blank()
	}
	t.verdict()
	t.patterns("LEAK SUSPECTS", d.LeakSuspects, d.LeakSuspectsTotal)
	t.patterns("BY PATTERN", d.Patterns, d.PatternsTotal)
	t.patterns("APPEARED", d.Appeared, d.AppearedTotal)
	t.patterns("GONE", d.Gone, d.GoneTotal)
	t.types()
	t.snapshots()
	if len(d.Warnings) > 0 {
		t.blank()
		t.warnings(d.Warnings)
	}
	if t.err != nil {
		return t.err
	}
	_, err := w.Write(t.out.Bytes())
	return err
}

// trendText is the text of a trend.
type trendText struct {
	*page
	trend *aggregate.Trend
}

func (t *trendText) verdict() {
	t.heading("TREND of " + units.Plural(int64(len(t.trend.Snapshots)), "snapshot"))
	for _, s := range comparison.TrendVerdict(t.trend, t.sizeWithUnit) {
		t.paragraph("  ", s)
	}
	t.blank()
}

// curveSteps are heights, from nothing to the largest.
var (
	curveSteps      = []rune(" ▁▂▃▄▅▆▇█")
	curveStepsASCII = []rune(" .:-=+*#@")
)

// curveMost is how many snapshots a curve shows, spread over all.
const curveMost = 16

// curve draws a row of figures, each as high as its part of the largest.
func (t *trendText) curve(values []int64) string {
	var most int64
	for _, v := range values {
		most = max(most, v)
	}
	steps := curveSteps
	if t.o.ASCII {
		steps = curveStepsASCII
	}
	var b strings.Builder
	n := min(len(values), curveMost)
	for i := range n {
		v := values[i*(len(values)-1)/max(n-1, 1)]
		step := 0
		if v > 0 {
			hi, lo := bits.Mul64(uint64(v), uint64(len(steps)-1))
			q, rest := bits.Div64(hi, lo, uint64(most))
			if step = int(q); rest > 0 {
				step++ // what there is shows
			}
		}
		b.WriteRune(steps[step])
	}
	return strings.TrimRight(b.String(), " ")
}

// courseColumns go with course.
var courseColumns = []column{
	{title: "first", right: true, drop: 3}, {title: "last", right: true}, {title: "change", right: true}, {title: "%", right: true, drop: 2},
	{title: "a day", right: true, drop: 1}, {title: "between", drop: 7}, {title: "keys", right: true, drop: 4}, {title: "no TTL", right: true, drop: 6}, {title: "memory", drop: 5},
}

// course is the cells of courseColumns.
func (t *trendText) course(c *aggregate.Course) []string {
	if len(c.Memory) == 0 {
		return make([]string, len(courseColumns))
	}
	last := len(c.Memory) - 1
	day, between := "", ""
	if r := c.MemoryPerDay; r != nil {
		day = units.Signed(r.Median, t.size)
		between = units.Signed(r.Low, t.size) + " to " + units.Signed(r.High, t.size)
	}
	return []string{
		t.size(c.Memory[0]), t.size(c.Memory[last]), units.Signed(c.MemoryChange, t.size), units.SignedPercent(c.MemoryChange, c.Memory[0]),
		day, between, t.count(c.Keys[last]), units.WholePercent(c.KeysWithoutTTL[last], c.Keys[last]), t.curve(c.Memory),
	}
}

// patterns shows one list of patterns; total is how many there are beyond it.
func (t *trendText) patterns(title string, list []aggregate.PatternTrend, total int64) {
	if len(list) == 0 {
		t.none(title)
		t.blank()
		return
	}
	if n := int64(len(list)); total > n {
		title += " (" + units.Grouped(n) + " of " + units.Grouped(total) + ")"
	}
	var rows [][]string
	for i := range list {
		p := &list[i]
		rows = append(rows, append([]string{"  " + t.name(p.Pattern), t.clean(p.Type)}, t.course(&p.Course)...))
	}
	t.table(append([]column{{title: title, min: 20}, {title: "type", drop: 5}}, courseColumns...), rows)
	t.blank()
}

// types shows the course by type; it is left out when there are no keys at all.
func (t *trendText) types() {
	if len(t.trend.ByType) == 0 {
		return
	}
	var rows [][]string
	for i := range t.trend.ByType {
		x := &t.trend.ByType[i]
		rows = append(rows, append([]string{"  " + t.clean(x.Type)}, t.course(&x.Course)...))
	}
	t.table(append([]column{{title: "BY TYPE", min: 10}}, courseColumns...), rows)
	t.blank()
}

// snapshots lists what the trend is of.
func (t *trendText) snapshots() {
	var rows [][]string
	for i := range t.trend.Snapshots {
		s := &t.trend.Snapshots[i]
		when := "not known when"
		if s.Ctime != nil {
			when = units.Moment(*s.Ctime)
		}
		used := ""
		if f := &t.trend.Forecast; i < len(f.Used) {
			used = t.size(f.Used[i])
		}
		rows = append(rows, []string{"  " + t.clean(comparison.SnapshotName(s)), when, t.count(s.Totals.Keys), t.size(s.Totals.Memory), used})
	}
	t.table([]column{{title: "SNAPSHOTS", min: 20}, {title: "saved"}, {title: "keys", right: true, drop: 2}, {title: "keys + values", right: true, drop: 1}, {title: "used", right: true, drop: 3}}, rows)
}
