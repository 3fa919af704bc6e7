package text

import (
	"cmp"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/units"
)

// textSections are the parts of the report in their order.
var textSections = []struct {
	name  string
	write func(t *text)
}{
	{"health", (*text).health},
	{"memory", (*text).memory},
	{"types", (*text).types},
	{"patterns", (*text).patterns},
	{"detail", (*text).detail},
	{"tree", (*text).tree},
	{"expiry", (*text).expiry},
	{"advice", (*text).advice},
	{"biggest", (*text).biggest},
	{"sizes", (*text).sizes},
	{"slots", (*text).slots},
	{"idle", (*text).idle},
	{"warnings", (*text).warnings},
	{"unknowable", (*text).unknowable},
}

// ReportSections returns the names that Options.Sections may hold, in the
// order of the report.
func ReportSections() []string {
	var names []string
	for _, s := range textSections {
		names = append(names, s.name)
	}
	return names
}

func (t *text) report() error {
	names := ReportSections()
	for _, s := range t.o.Sections {
		if !slices.Contains(names, s) {
			return fmt.Errorf("unknown section %q: the sections are %s", s, strings.Join(names, ", "))
		}
	}
	t.banner()
	for _, s := range textSections {
		if len(t.o.Sections) > 0 && !slices.Contains(t.o.Sections, s.name) {
			continue
		}
		before := t.out.Len()
		s.write(t)
		if t.err != nil {
			return t.err
		}
		if t.out.Len() > before {
			t.blank()
		}
	}
	if len(t.o.Sections) == 0 {
		t.more()
	} else if n := t.out.Len(); n > 0 {
		t.out.Truncate(n - 1) // the blank line after the last section
	}
	return nil
}

// selected reports whether a section was asked for by its name.
func (t *text) selected(name string) bool { return slices.Contains(t.o.Sections, name) }

func (t *text) heading(s string) { t.styled(styleHeading, s) }

// size returns bytes as the options want them.
func (t *text) size(n int64) string {
	if t.o.Bytes {
		return strconv.FormatInt(n, 10)
	}
	return units.Bytes(n)
}

// sizeWithUnit is size for running text.
func (t *text) sizeWithUnit(n int64) string {
	if t.o.Bytes {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	return units.Bytes(n)
}

// count returns a number of keys for a narrow column.
func (t *text) count(n int64) string {
	if t.o.Bytes {
		return strconv.FormatInt(n, 10)
	}
	return units.Count(n)
}

// average returns total/n rounded to the nearest.
func average(total, n int64) int64 {
	if n <= 0 {
		return 0
	}
	q, r := total/n, total%n
	if r >= n-r {
		q++
	}
	return q
}

// damaged reports whether a source was not read whole.
func damaged(s *aggregate.Source) bool { return s.Error != "" || s.ErrorOffset != nil }

// mismatch is what a source's checksum is called when it is wrong
// (parser.ChecksumMismatch).
const mismatch = "mismatch"

// banner heads a partial report.
func (t *text) banner() {
	if !t.d.Partial {
		return
	}
	bad := int64(0)
	for i := range t.d.Sources {
		if damaged(&t.d.Sources[i]) || t.d.Sources[i].Checksum == mismatch {
			bad++
		}
	}
	what := "PARTIAL: the figures cover what could be read"
	if n := int64(len(t.d.Sources)); n > 1 && bad > 0 {
		what = fmt.Sprintf("PARTIAL: %s of %s not whole; the figures cover what could be read", units.Grouped(bad), units.Plural(n, "source"))
	}
	for _, line := range breakLines(what, t.width) {
		t.styled(styleAlarm, line)
	}
	t.blank()
}

// maxSources is how many whole sources are shown one by one.
const maxSources = 20

// health says what was read, whether it is whole, and with which model.
func (t *text) health() {
	d := t.d
	if len(d.Sources) != 1 {
		var read int64
		for i := range d.Sources {
			read += d.Sources[i].Bytes
		}
		t.flow("", 2, "   ", units.Plural(int64(len(d.Sources)), "source"), t.sizeWithUnit(read)+" read", t.keysInDBs())
		if len(d.Sources) > 0 {
			t.blank()
		}
	}
	whole, left := 0, int64(0)
	var leftKeys, leftBytes int64
	for i := range d.Sources {
		s := &d.Sources[i]
		if !damaged(s) && s.Checksum != mismatch {
			if whole++; whole > maxSources {
				left, leftKeys, leftBytes = left+1, leftKeys+s.Keys, leftBytes+s.Bytes
				continue
			}
		}
		t.source(s)
	}
	if left > 0 {
		t.flow("", 2, "   ", fmt.Sprintf("and %s that are whole", units.Plural(left, "source")), t.sizeWithUnit(leftBytes), units.Plural(leftKeys, "key"))
	}
	if f := t.filters(); len(f) > 0 {
		t.flow("only  ", 6, "   ", f...)
	}
	if d.Blobs == "walked" {
		t.line("packed values were read entry by entry")
	}
	if n := int64(len(d.Warnings)); n > 0 {
		where := " below"
		if len(t.o.Sections) > 0 && !t.selected("warnings") {
			where = ", listed in the whole report"
		}
		t.line(units.Plural(n, "warning") + where)
	}
}

// keysInDBs returns the number of keys and of databases.
func (t *text) keysInDBs() string {
	dbs := map[int32]bool{}
	for i := range t.d.ByType {
		dbs[t.d.ByType[i].DB] = true
	}
	keys := units.Plural(t.d.Totals.Keys, "key")
	if len(dbs) > 1 {
		keys += fmt.Sprintf(" in %d databases", len(dbs))
	}
	return keys
}

func (t *text) source(s *aggregate.Source) {
	name := t.clean(s.Name)
	if name == "" {
		name = "(no name)"
	}
	magic := cmp.Or(t.clean(s.Magic), "not a dump")
	if s.ServerVersion != "" {
		magic += " (" + t.clean(s.ServerVersion) + ")"
	}
	dump := s.Magic != "" // else nothing of it was recognised, and it has neither time nor checksum
	saved := ""
	if dump {
		saved = "no time of saving"
	}
	if s.Ctime != nil {
		saved = "saved " + units.Moment(*s.Ctime)
	}
	clock := ""
	switch {
	case s.Now == nil && dump:
		clock = "no clock: no relative times"
	case s.Now != nil && (s.Ctime == nil || *s.Now != *s.Ctime):
		clock = "clock set to " + units.Moment(*s.Now)
	}
	checksum := ""
	switch s.Checksum {
	case "":
	case mismatch:
		checksum = "checksum MISMATCH"
	default:
		if dump {
			checksum = "checksum " + t.clean(s.Checksum)
		}
	}
	t.flow("", 2, "   ", cutStart(name, t.width, t.ellipsis), t.sizeWithUnit(s.Bytes), magic, saved, clock, checksum)
	model := ""
	if s.Model.Server != "" {
		model = "model " + t.clean(s.Model.Server) + " / " + t.clean(s.Model.Allocator)
		if s.Model.Reason != "" {
			model += " (" + t.clean(s.Model.Reason) + ")"
		}
	}
	keys := units.Plural(s.Keys, "key")
	if len(t.d.Sources) == 1 {
		keys = t.keysInDBs()
	}
	t.flow("  ", 2, "   ", keys, model)
	if len(s.Model.Config) > 0 {
		var settings []string
		for _, k := range slices.Sorted(maps.Keys(s.Model.Config)) {
			settings = append(settings, t.clean(k)+"="+t.clean(s.Model.Config[k]))
		}
		t.flow("  config  ", 10, "  ", settings...)
	}
	if s.Checksum == mismatch {
		t.paragraph("  ! ", "the checksum is wrong: some figures may be invented, and nothing is advised from them")
	}
	if damaged(s) {
		where := ""
		if n := s.ErrorOffset; n != nil && s.Magic != "" && !strings.Contains(s.Error, strconv.FormatInt(*n, 10)) {
			where = "at byte " + units.Grouped(*n) + ": "
		}
		t.paragraph("  ! ", "not whole, "+where+cmp.Or(t.clean(s.Error), "no error recorded"))
		if s.LastGoodKey != "" {
			t.line("    last good key  " + t.clean(s.LastGoodKey))
		}
	}
}

// filters lists the selections in force.
func (t *text) filters() []string {
	f := &t.d.Filters
	var out []string
	add := func(name string, values ...string) {
		for _, v := range values {
			out = append(out, name+" "+t.clean(v))
		}
	}
	for _, n := range f.DB {
		add("db", strconv.Itoa(int(n)))
	}
	add("type", f.Type...)
	add("match", f.Match...)
	add("regex", f.Regex...)
	add("exclude", f.Exclude...)
	if f.MinSize > 0 {
		add("at least", t.sizeWithUnit(f.MinSize))
	}
	if f.MaxSize > 0 {
		add("at most", t.sizeWithUnit(f.MaxSize))
	}
	if f.TTL != "" {
		add("ttl", f.TTL)
	}
	return out
}

// memory adds up what a server needs and holds it against what one reported.
func (t *text) memory() {
	m := &t.d.Totals
	base, of := int64(0), "" // without them there is nothing to be a share of
	switch {
	case m.ReportedUsedMemory != nil && *m.ReportedUsedMemory > 0:
		base, of = *m.ReportedUsedMemory, "of reported"
	case m.PredictedUsedMemory != nil:
		base, of = *m.PredictedUsedMemory, "of predicted"
	}
	var rows [][]string
	add := func(name string, n *int64, note string) {
		if n == nil {
			rows = append(rows, []string{"  " + name, "-", "", note})
			return
		}
		rows = append(rows, []string{"  " + name, t.size(*n), units.Percent(*n, base), note})
	}
	add("keys + values", &m.Resident, "")
	add("keyspace tables", m.Keyspace, "")
	add("server baseline", m.Baseline, "")
	add("predicted", m.PredictedUsedMemory, "")
	add("reported used-mem", m.ReportedUsedMemory, "")
	if m.ReportedUsedMemory != nil && m.PredictedUsedMemory != nil {
		difference := *m.ReportedUsedMemory - *m.PredictedUsedMemory
		note := "buffers, backlog, scripts: not in a dump"
		if difference < 0 {
			note = "less was in use: another version or other settings?"
		}
		add("difference", &difference, note)
	}
	t.table([]column{{title: "MEMORY"}, {right: true}, {title: of, right: true}, {wrap: true, min: 24, drop: 1}}, rows)
	if m.PredictedUsedMemory == nil {
		t.paragraph("  ", "nothing is predicted for a part of a dataset: under filters, or when a source is not whole")
	}
	if m.ReportedUsedMemory == nil {
		t.paragraph("  ", "the dump does not say what the server reported (used-mem)")
	}
	share := func(name string, n int64) string {
		if p := units.Percent(n, m.Resident); p != "" && n >= 0 {
			return name + " " + p
		}
		return ""
	}
	t.flow("  keys + values: ", 4, " | ", share("contents", m.Payload-m.KeyName), share("key names", m.KeyName),
		share("overhead", m.Resident-m.Payload-m.Waste), share("allocator rounding", m.Waste))
	if m.Keys == 0 {
		return
	}
	usage, expired := "MEMORY USAGE adds up to "+t.sizeWithUnit(m.Memory), ""
	if m.MemoryError > 0 {
		usage += ", within " + t.sizeWithUnit(m.MemoryError)
	}
	if m.KeysExpired > 0 {
		expired = fmt.Sprintf("expired and still there: %s, %s", units.Plural(m.KeysExpired, "key"), t.sizeWithUnit(m.MemoryExpired))
	}
	t.flow("  ", 2, " | ", usage, fmt.Sprintf("with a TTL: %s (%s), %s", units.Plural(m.KeysWithTTL, "key"),
		units.WholePercent(m.KeysWithTTL, m.Keys), t.sizeWithUnit(m.MemoryWithTTL)), expired)
}

// typeTotal sums the rows of one type.
type typeTotal struct {
	name                         string
	keys, memory, noTTL, biggest int64
	rows                         int
	p99                          int64 // the highest of its rows, which no mixture of them exceeds
	encodings                    map[string]int64
}

func (t *text) types() {
	d := t.d
	byName := map[string]*typeTotal{}
	dbs := map[int32]*typeTotal{}
	for i := range d.ByType {
		r := &d.ByType[i]
		x := byName[r.Type]
		if x == nil {
			x = &typeTotal{name: r.Type, encodings: map[string]int64{}}
			byName[r.Type] = x
		}
		y := dbs[r.DB]
		if y == nil {
			y = &typeTotal{name: strconv.Itoa(int(r.DB))}
			dbs[r.DB] = y
		}
		for _, z := range []*typeTotal{x, y} {
			z.keys += r.Keys
			z.memory += r.Memory
			z.noTTL += r.KeysWithoutTTL
			z.biggest = max(z.biggest, r.Max)
			z.p99 = max(z.p99, r.P99)
			z.rows++
		}
		x.encodings[r.Encoding] += r.Keys
	}
	if len(byName) == 0 {
		t.none("BY TYPE")
		return
	}
	total := d.Totals.Memory
	var rows [][]string
	for _, x := range sortedTotals(byName) {
		p99 := t.size(x.p99)
		if x.rows > 1 {
			p99 = t.atMost + p99
		}
		rows = append(rows, []string{"  " + t.clean(x.name), units.Grouped(x.keys), t.size(x.memory), units.Percent(x.memory, total),
			t.size(average(x.memory, x.keys)), p99, t.size(x.biggest), units.WholePercent(x.noTTL, x.keys), t.encodings(x.encodings, x.keys)})
	}
	t.table([]column{{title: "BY TYPE", min: 12}, {title: "keys", right: true}, {title: "memory", right: true},
		{title: "share", right: true, drop: 1}, {title: "per key", right: true, drop: 3}, {title: "p99", right: true, drop: 5},
		{title: "max", right: true, drop: 4}, {title: "no TTL", right: true, drop: 2}, {title: "encodings", min: 20, drop: 6}}, rows)
	if len(dbs) < 2 {
		return
	}
	t.blank()
	rows = rows[:0]
	for _, n := range slices.Sorted(maps.Keys(dbs)) {
		x := dbs[n]
		rows = append(rows, []string{"  " + x.name, units.Grouped(x.keys), t.size(x.memory), units.Percent(x.memory, total),
			t.size(average(x.memory, x.keys)), t.size(x.biggest), units.WholePercent(x.noTTL, x.keys)})
	}
	t.table([]column{{title: "BY DATABASE", min: 12}, {title: "keys", right: true}, {title: "memory", right: true},
		{title: "share", right: true, drop: 1}, {title: "per key", right: true, drop: 3}, {title: "max", right: true, drop: 4},
		{title: "no TTL", right: true, drop: 2}}, rows)
}

func sortedTotals(m map[string]*typeTotal) []*typeTotal {
	return slices.SortedFunc(maps.Values(m), func(a, b *typeTotal) int {
		return cmp.Or(cmp.Compare(b.memory, a.memory), cmp.Compare(a.name, b.name))
	})
}

// encodings lists shares of encodings, the commonest first.
func (t *text) encodings(m map[string]int64, keys int64) string {
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

// none prints a section that has nothing to show.
func (t *text) none(heading string) { t.heading(heading + "   none") }

// bar draws part/whole as a bar of at most width columns.
func (t *text) bar(part, whole int64, width int) string {
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

func (t *text) patterns() {
	d := t.d
	if len(d.Patterns) == 0 {
		t.none("BY PATTERN")
		return
	}
	title := "BY PATTERN"
	if n := int64(len(d.Patterns)); d.PatternsTotal > n {
		title += fmt.Sprintf(" (%s of %s)", units.Grouped(n), units.Grouped(d.PatternsTotal))
	}
	var most, worst int64
	for i := range d.Patterns {
		most = max(most, d.Patterns[i].Memory)
	}
	width := 20
	if t.width < 110 {
		width = 10
	}
	estimated := false
	var rows [][]string
	for i := range d.Patterns {
		p := &d.Patterns[i]
		idle, memory := "", t.size(p.Memory)
		if p.IdleP50 != nil {
			idle = units.Seconds(*p.IdleP50)
		}
		if p.Estimated {
			estimated, worst, memory = true, max(worst, p.Error), "~"+memory
		}
		rows = append(rows, []string{"  " + t.name(p.Pattern), t.clean(p.Type), t.bar(p.Memory, most, width), memory, units.Ratio(p.MemoryShare),
			t.count(p.Keys), t.size(p.AvgBytes), units.WholePercent(p.KeysWithoutTTL, p.Keys), idle})
	}
	t.table([]column{{title: title, min: 24}, {title: "type", drop: 3}, {drop: 7}, {title: "memory", right: true},
		{title: "share", right: true, drop: 1}, {title: "keys", right: true, drop: 2}, {title: "per key", right: true, drop: 5},
		{title: "no TTL", right: true, drop: 4}, {title: "idle p50", right: true, drop: 6}}, rows)
	if estimated {
		t.paragraph("  ", "~ estimated from a sample of keys, within "+t.sizeWithUnit(worst))
	}
	if d.PatternsCapped {
		t.paragraph("  ! ", "there were more patterns than are kept apart: some are counted as {*}")
	}
}

// maxStorms is how many expiry storms are listed.
const maxStorms = 10

func (t *text) expiry() {
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
		if len(s.TopPatterns) > 0 {
			var names []string
			for _, p := range s.TopPatterns {
				names = append(names, t.clean(p))
			}
			of = ", most of them " + strings.Join(names, ", ")
		}
		t.paragraph("  ! ", fmt.Sprintf("%s (%s) expire within %s from %s%s%s", units.Plural(s.Keys, "key"), t.sizeWithUnit(s.Memory),
			units.Seconds(s.WidthSeconds), units.Moment(s.At), of, sameTime(s)))
	}
	t.fieldExpiry(&e.Fields)
}

func hashes(n int64) string {
	if n == 1 {
		return "1 hash"
	}
	return units.Grouped(n) + " hashes"
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
func (t *text) fieldExpiry(f *aggregate.FieldExpiry) {
	if f.Fields == 0 {
		return
	}
	var items []string
	for i := range f.Buckets {
		items = append(items, t.clean(f.Buckets[i].Label)+" "+t.count(f.Buckets[i].Fields))
	}
	t.flow("  fields  ", 10, " | ", items...)
	t.flow("          ", 10, ", ", units.Plural(f.Fields, "field")+" of "+hashes(f.Hashes)+" with a TTL of their own", units.Grouped(f.Expired)+" of them expired")
}

func (t *text) biggest() {
	if len(t.d.Biggest) == 0 {
		t.none("BIGGEST KEYS")
		return
	}
	t.bigKeys("BIGGEST KEYS", t.d.Biggest)
	if k := t.d.BiggestByElements; len(k) > 0 && k[0].Elements > 1 {
		t.blank()
		t.bigKeys("MOST ELEMENTS", k)
	}
}

func (t *text) bigKeys(title string, keys []aggregate.BigKey) {
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

func (t *text) sizes() {
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

// maxWarnings is how many warnings are printed.
const maxWarnings = 50

func (t *text) warnings() {
	if len(t.d.Warnings) == 0 {
		if t.selected("warnings") {
			t.none("WARNINGS")
		}
		return
	}
	t.heading("WARNINGS")
	for i := range t.d.Warnings {
		if i == maxWarnings {
			t.line("  ! and " + units.Plural(int64(len(t.d.Warnings)-i), "more warning"))
			break
		}
		w := &t.d.Warnings[i]
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

func (t *text) unknowable() {
	if len(t.d.Unknowable) == 0 {
		if t.selected("unknowable") {
			t.none("NOT IN A DUMP")
		}
		return
	}
	t.heading("NOT IN A DUMP")
	for _, s := range t.d.Unknowable {
		t.paragraph("  - ", t.clean(s))
	}
}

// more closes the report with what can be asked next.
func (t *text) more() {
	var items []string
	if len(t.d.Suggestions) > 0 {
		items = append(items, "--explain "+t.clean(t.d.Suggestions[0].ID))
	}
	t.flow("More: ", 6, " | ", append(items, "--top 50", "--bytes", "-o report.json", "-o tables/ (Parquet)", "rdblens keys: a row per key")...)
}
