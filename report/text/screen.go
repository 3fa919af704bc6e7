package text

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/advice"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/units"
)

// The first screen: what file, is it whole; how much is used, does it add up; where it
// is; what to watch; what would help; what to type next.

const (
	// screenLines is how many lines the first screen has at screenWidth columns and more.
	screenLines = 45
	screenWidth = 100
	// leastWhere is how many lines the tree of patterns gets at least, enoughWhere what
	// it gets before the lists below it are longer, wholeWhere in the whole report.
	leastWhere  = 6
	enoughWhere = 15
	wholeWhere  = 40
)

// room is how much of the lists the first screen has.
type room struct {
	watched int // lines of what to watch
	savings int // of each class
	lines   int // of one of them
}

// rooms are from much to little.
var rooms = [...]room{{6, 3, 2}, {5, 2, 2}, {4, 2, 1}, {3, 1, 1}}

// screen writes the first screen: as much of the lists as leaves the tree of patterns
// enough, and of that tree as much as there are lines left.
func (t *reportText) screen() {
	t.banner(t.d.Partial, t.d.Sources)
	t.head()
	t.blank()
	t.used()
	t.blank()
	wanted := min(enoughWhere, lines(t.capture(func() { t.whereIn(wholeWhere) })))
	most := t.screenful()
	var below []byte
	left := 0
	for _, r := range rooms {
		below = t.capture(func() {
			t.watchIn(r)
			t.blank()
			t.helpIn(r)
			t.blank()
			t.next()
		})
		if left = most - 1 - lines(t.out.Bytes()) - lines(below); left >= wanted {
			break
		}
	}
	t.whereIn(max(leastWhere, left))
	t.blank()
	t.out.Write(below)
}

// screenful is how many lines a first screen has at most. What is narrower is longer, or
// it would say nothing.
func (t *page) screenful() int { return screenLines + max(0, screenWidth-t.width)/2 }

func lines(b []byte) int { return bytes.Count(b, []byte("\n")) }

// capture returns what write prints instead of printing it.
func (t *page) capture(write func()) []byte {
	before := t.out
	t.out = bytes.Buffer{}
	write()
	b := t.out.Bytes()
	t.out = before
	return b
}

// signs of what is well and what is not, which never stand without a word.
func (t *page) good(s string) string { return t.sign("✓ ", "ok: ") + s }
func (t *page) bad(s string) string  { return t.sign("✗ ", "!! ") + s }

func (t *page) sign(unicode, ascii string) string {
	if t.o.ASCII {
		return ascii
	}
	return unicode
}

// fewSources is how many sources the first screen names, those first that are not whole.
const fewSources = 3

// head says what was read and whether it is whole.
func (t *reportText) head() {
	d := t.d
	var broken, whole []*aggregate.Source
	for i := range d.Sources {
		if s := &d.Sources[i]; damaged(s) || s.Checksum == mismatch {
			broken = append(broken, s)
		} else {
			whole = append(whole, s)
		}
	}
	verdict := t.good("whole")
	if len(whole) > 1 {
		verdict = t.good("all whole")
	}
	switch {
	case len(d.Sources) == 0:
		verdict = "nothing was read"
	case len(d.Sources) == 1 && len(broken) == 1:
		verdict = t.broken(broken[0])
	case len(broken) > 0:
		verdict = t.bad(fmt.Sprintf("%s not whole", units.Plural(int64(len(broken)), "source")))
	}
	if len(d.Sources) != 1 {
		read, _ := document.SumSources(d.Sources)
		t.painted(verdict, len(broken) == 0, func() {
			t.flow("", 2, "   ", units.Plural(int64(len(d.Sources)), "source"), t.sizeWithUnit(read)+" read", t.keysInDBs(), verdict)
		})
	}
	named := append(slices.Clone(broken), whole...)
	for i, s := range named {
		if i == fewSources && len(named) > fewSources+1 {
			t.line("  " + t.ellipsis + " " + units.Plural(int64(len(named)-i), "more source") + " (--section health)")
			break
		}
		keys, is := units.Plural(s.Keys, "key"), ""
		if len(d.Sources) == 1 {
			keys, is = t.keysInDBs(), verdict
		}
		t.headOf(s, keys, is)
	}
	if f := t.filters(&d.Filters); len(f) > 0 {
		t.flow("only  ", 6, "   ", f...)
	}
	for i := range d.CommandLogs {
		l := &d.CommandLogs[i]
		t.styled(styleAlarm, "NOT IN HERE: "+units.Plural(l.Commands, "command")+", "+t.sizeWithUnit(l.Bytes)+", of an append-only file")
		if len(l.MakeDump) > 0 {
			t.line("  --section health has the commands that make a dump of it")
		}
	}
	if n := int64(len(d.Warnings)); n > 0 {
		t.line(units.Plural(n, "warning") + ": --section warnings")
	}
}

// headOf is the line of a source, and what is wrong with it.
func (t *reportText) headOf(s *aggregate.Source, keys, verdict string) {
	server := cmp.Or(t.clean(s.ServerVersion), t.clean(s.Magic), "not a dump")
	saved := ""
	if s.Ctime != nil {
		saved = "saved " + units.Moment(*s.Ctime)
	}
	clock := ""
	if s.Now != nil && (s.Ctime == nil || *s.Now != *s.Ctime) {
		clock = "clock set to " + units.Moment(*s.Now)
	}
	name := cmp.Or(t.clean(s.Name), "(no name)")
	wrong := damaged(s) || s.Checksum == mismatch
	if verdict == "" && wrong {
		verdict = t.broken(s)
	}
	t.painted(verdict, !wrong, func() { t.flow("", 2, "   ", t.path(name), server, saved, clock, keys, verdict) })
	if s.Checksum == mismatch {
		t.paragraph("  ! ", "the checksum is wrong: some figures may be invented, and nothing is advised from them")
	}
	if damaged(s) {
		t.paragraph("  ! ", strings.TrimPrefix(t.notWhole(s), "not whole, "))
		if s.LastGoodKey != "" {
			t.line("    last good key  " + t.clean(s.LastGoodKey))
		}
	}
	if s.Model.Inexact != "" {
		t.paragraph("  ! ", "no size is exact: "+t.clean(s.Model.Inexact))
	}
}

// broken says in a few words what is wrong with a source.
func (t *reportText) broken(s *aggregate.Source) string {
	if damaged(s) {
		return t.bad("not whole")
	}
	return t.bad("checksum MISMATCH")
}

// explained is the share of used_memory, in ten-thousandths, up to which a difference
// between what is predicted and what was reported is no matter.
const explained = 200

// used adds up what a server needs, and says what of it goes by itself.
func (t *reportText) used() {
	d, m := t.d, &t.d.Totals
	of, verdict, well := " predicted", "", true
	sum := m.PredictedUsedMemory
	if m.ReportedUsedMemory != nil {
		of, sum = "", m.ReportedUsedMemory
	}
	if m.PredictedUsedMemory == nil || m.Keyspace == nil || m.Baseline == nil {
		line := "USED  " + t.sizeWithUnit(m.Resident) + " by keys and values"
		if m.ReportedUsedMemory != nil && !d.Partial {
			line += " of " + t.sizeWithUnit(*m.ReportedUsedMemory) + " that the server reported"
		}
		t.paintedHeading("USED", func() {
			t.flow("", 6, "   ", line, "a part of a dataset: whether it adds up is not known")
		})
	} else {
		terms := []string{t.sizeWithUnit(*sum) + of + " = " + t.sizeWithUnit(m.Resident) + " keys and values", "+ " + t.sizeWithUnit(*m.Keyspace) + " tables", "+ " + t.sizeWithUnit(*m.Baseline) + " server"}
		if n := d.Unexplained(); n != nil {
			share := int64(aggregate.RatioOf(max(*n, -*n), max(1, *m.ReportedUsedMemory)))
			part := units.Ratio(share)
			switch {
			case share <= explained:
				verdict = t.good("explained to " + part)
			case *n < 0:
				verdict, well = t.bad(t.sizeWithUnit(-*n)+" ("+part+") less was in use: another --allocator, --server or --config?"), false
			default:
				terms = append(terms, "+ "+t.sizeWithUnit(*n)+" not explained ("+part+")")
				verdict = "room of live values to grow"
				if d.Live == nil {
					verdict += ", or what only INFO tells (--info FILE)"
				}
				if indexed := d.Indexed(); indexed != "" {
					verdict = t.clean(indexed) + ", " + verdict
				}
			}
			if share > explained {
				verdict += "; " + t.models()
				if fit := d.FitNote(); fit != "" {
					verdict += "; " + fit
				}
				if d.FitsAnother(explained) { // room to grow would be a cause that is none
					verdict = d.FitNote() + "; " + t.models()
				}
			}
		} else {
			verdict = "the dump does not say what the server reported"
		}
		t.painted(verdict, well, func() {
			t.paintedHeading("USED", func() {
				line := "USED  " + strings.Join(terms, " ")
				if displayWidth(line)+3+displayWidth(verdict) <= t.width {
					t.line(line + "   " + verdict)
					return
				}
				t.flow("USED  ", 6, " ", terms...)
				t.paragraph("      ", verdict)
			})
		})
	}
	t.lasting()
}

// models names the models that sizes were computed with.
func (t *reportText) models() string {
	var names []string
	for i := range t.d.Sources {
		m := &t.d.Sources[i].Model
		if name := t.clean(m.Server) + " / " + t.clean(m.Allocator); m.Server != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 2 {
		names = append(names[:2], t.ellipsis)
	}
	return "sized for " + strings.Join(names, ", ")
}

// lasting says what goes by itself, and how to learn what room there is.
func (t *reportText) lasting() {
	d, m := t.d, &t.d.Totals
	if m.Keys == 0 {
		return
	}
	bucket := func(label string) *aggregate.ExpiryBucket {
		at := slices.IndexFunc(d.Expiry.Buckets, func(b aggregate.ExpiryBucket) bool { return b.Label == label && b.Keys > 0 })
		if at < 0 {
			return nil
		}
		return &d.Expiry.Buckets[at]
	}
	var items []string
	if b := bucket("never"); b != nil {
		items = append(items, t.sizeWithUnit(b.Memory)+" ("+units.WholePercent(b.Memory, m.Memory)+") never expires")
	}
	if b := bucket("<1h"); b != nil && aggregate.RatioOf(b.Memory, m.Memory) >= 100 {
		items = append(items, t.sizeWithUnit(b.Memory)+" expires within 1 h")
	}
	if m.KeysExpired > 0 {
		items = append(items, units.Plural(m.KeysExpired, "key")+" "+verb(m.KeysExpired, "is past its TTL", "are past their TTL"))
	}
	t.flow("      ", 6, ", ", items...)
	if d.Headroom == nil && len(d.Sources) == 1 && !d.Partial {
		t.line("      --maxmemory SIZE or --info FILE tells what room is left")
	}
}

// verb returns the form that goes with a number.
func verb(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// where is the tree of patterns in the whole report, and by itself.
func (t *reportText) where() { t.whereIn(wholeWhere) }

// whereIn shows where the memory is by the beginnings of names, in so many lines.
func (t *reportText) whereIn(lines int) {
	d := t.d
	if d.Totals.Keys == 0 {
		t.none("WHERE IT IS")
		return
	}
	types := t.capture(t.typesLine)
	order := cmp.Or(t.o.Sort, document.ByMemory)
	rows := d.Overview(order, lines-1-bytes.Count(types, []byte("\n")))
	total := d.Total(order)
	var most int64
	for i := range rows {
		most = max(most, rows[i].Weight)
	}
	width := 8
	if t.width >= 110 {
		width = 16
	}
	var cells [][]string
	open := make([]bool, 0, 8) // by depth: more rows follow
	for i := range rows {
		r := &rows[i]
		open = append(open[:r.Depth], !r.Last)
		idle := ""
		if r.IdleP50 != nil {
			idle = units.Seconds(*r.IdleP50)
		}
		typ := t.clean(r.Type)
		if r.Parent || r.Left || typ == "mixed" {
			typ = ""
		}
		cells = append(cells, []string{t.treeName(r, open), typ, t.size(r.Memory), units.WholePercent(r.Weight, total), t.bar(r.Weight, most, width),
			t.count(r.Keys), t.size(r.AvgBytes), units.WholePercent(r.KeysWithoutTTL, r.Keys), idle})
	}
	share := "share"
	switch order {
	case document.ByKeys:
		share = "of keys"
	case document.ByNoTTL:
		share = "of no TTL"
	}
	if len(cells) == 0 {
		t.none("WHERE IT IS")
	} else {
		t.tablePainted([]column{{title: "WHERE IT IS", min: 26, middle: true}, {title: "type", drop: 4}, {title: "memory", right: true},
			{title: share, right: true, drop: 2}, {drop: 9, early: true}, {title: "keys", right: true, drop: 1}, {title: "avg", right: true, drop: 5},
			{title: "no TTL", right: true, drop: 3}, {title: "idle p50", right: true, drop: 6}}, cells, t.paintBar)
	}
	t.out.Write(types)
}

// treeName is the name of a row with the lines of the tree before it.
func (t *reportText) treeName(r *document.OverviewRow, open []bool) string {
	tee, corner, bar := "├ ", "└ ", "│ "
	if t.o.ASCII {
		tee, corner, bar = "|-", "`-", "| "
	}
	var b strings.Builder
	b.WriteByte(' ')
	if r.Depth > 0 {
		b.WriteByte(' ')
	}
	for d := 1; d < r.Depth; d++ {
		if open[d] {
			b.WriteString(bar)
		} else {
			b.WriteString("  ")
		}
	}
	switch {
	case r.Depth == 0:
	case r.Last:
		b.WriteString(corner)
	default:
		b.WriteString(tee)
	}
	switch {
	case r.Itself:
		b.WriteString("(itself)")
	case r.Left:
		b.WriteString(t.ellipsis + " " + units.Plural(r.Groups, "more group"))
	case r.Name == "" && r.Rest == "":
		b.WriteString(`""`)
	default:
		b.WriteString(t.name(r.Name) + t.clean(r.Rest))
	}
	return b.String()
}

// typesLine shows the share of each type, in a line.
func (t *reportText) typesLine() {
	types := t.d.Types()
	const most = 8
	var items []string
	var left, memory int64
	for i := range types {
		x := &types[i]
		if i >= most {
			left++
			memory += x.Memory
			continue
		}
		items = append(items, t.clean(x.Type)+" "+units.WholePercent(x.Memory, t.d.Totals.Memory))
	}
	if left > 0 {
		items = append(items, units.Plural(left, "more type")+" "+units.WholePercent(memory, t.d.Totals.Memory))
	}
	t.flow(" types   ", 9, ", ", items...)
}

// watch and help are the whole lists, as far as a screen has them.
func (t *reportText) watch() { t.watchIn(rooms[0]) }
func (t *reportText) help()  { t.helpIn(rooms[0]) }

// watchIn shows what threatens the server, the most urgent first: rules that speak of
// several patterns have one line.
func (t *reportText) watchIn(r room) {
	d := t.d
	var rows [][]string
	var alarm []bool
	if h := d.Headroom; h != nil {
		state := fmt.Sprintf("%s of %s maxmemory used, %s", t.sizeWithUnit(h.Used), t.sizeWithUnit(h.MaxMemory), units.Ratio(h.Share))
		line := units.ExactRatio(h.Line)
		if h.Over > 0 {
			rows = append(rows, []string{" !", fmt.Sprintf("%s: %s above the %s line", state, t.sizeWithUnit(h.Over), line), "R23"})
		} else {
			rows = append(rows, []string{" " + strings.TrimSpace(t.sign("✓", "ok")), fmt.Sprintf("%s: %s left below the %s line", state, t.sizeWithUnit(-h.Over), line), ""})
		}
		alarm = append(alarm, h.Over > 0)
	}
	list := advice.Watched(d.Suggestions)
	count := map[string]int64{}
	for i := range list {
		count[list[i].ID]++
	}
	var ids []string
	var left int64
	for i := range list {
		s := &list[i]
		if s.ID == "R23" && d.Headroom != nil && strings.Contains(s.Title, "line") || slices.Contains(ids, s.ID) {
			continue
		}
		ids = append(ids, s.ID)
		if len(rows) >= r.watched {
			left += count[s.ID]
			continue
		}
		title := t.clean(s.Title)
		if n := count[s.ID] - 1; n > 0 {
			title += " (and " + units.Grouped(n) + " more)"
		}
		rows = append(rows, []string{" !", title, t.clean(s.ID)})
		alarm = append(alarm, false)
	}
	if len(rows) == 0 {
		t.heading("WATCH   nothing found")
		return
	}
	t.heading("WATCH")
	t.list([]column{{}, {wrap: true, lines: func(int) int { return r.lines }, min: 24}, {}}, rows, func(row int, line string) string {
		mark, code := "!", styleWatch
		switch {
		case row < len(alarm) && alarm[row]:
			code = styleAlarm
		case !strings.HasPrefix(line, " !"):
			mark, code = strings.TrimSpace(t.sign("✓", "ok")), styleGood
		}
		return t.paint(line, mark, code)
	})
	if left > 0 {
		t.line(" " + t.ellipsis + " " + units.Grouped(left) + " more: --section advice")
	}
}

// helpIn shows what would help, by who has to act. Settings are one action with one
// figure; of the others the largest are shown.
func (t *reportText) helpIn(r room) {
	d := t.d
	if len(d.Classes) == 0 {
		why := "nothing found that saves memory"
		for i := range d.Sources {
			if d.Sources[i].Checksum == mismatch {
				why = "no advice on figures with a wrong checksum"
			}
		}
		t.heading("WHAT WOULD HELP   " + why)
		return
	}
	t.helpHeading()
	var rows [][]string
	var left int64
	var largest *advice.Suggestion
	for i := range d.Classes {
		c := &d.Classes[i]
		list := advice.Saving(d.Suggestions, c.Class)
		if len(c.Settings) > 0 && c.Saves != nil {
			rows = append(rows, t.settingsRow(c, list))
			list = slices.DeleteFunc(list, func(s advice.Suggestion) bool { return len(s.Settings) > 0 })
		}
		for j := range list {
			s := &list[j]
			// Below 1 % only the largest is worth a line of this screen.
			if j >= r.savings || j > 0 && s.SavesShare != nil && *s.SavesShare < 100 {
				if left++; largest == nil || *s.Saves > *largest.Saves {
					largest = s
				}
				continue
			}
			class := ""
			if j == 0 && len(c.Settings) == 0 {
				class = className(c.Class)
			}
			rows = append(rows, []string{" " + class, t.size(*s.Saves), t.clean(s.Title), t.clean(s.ID)})
		}
	}
	t.list([]column{{}, {right: true}, {wrap: true, min: 24, lines: func(row int) int {
		if rows[row][0] == " "+className(advice.ClassSettings) {
			return 8 // all of it is to be set
		}
		return r.lines
	}}, {}}, rows, nil)
	more := ""
	if left > 0 {
		more = t.ellipsis + " " + units.Grouped(left) + " more"
		if largest.SavesShare != nil {
			more += ", none over " + units.Ratio(*largest.SavesShare)
		}
	}
	t.flow(" ", 3, "; ", more, t.hintsLine())
}

// helpHeading says what all suggestions save.
func (t *reportText) helpHeading() {
	const heading = "WHAT WOULD HELP"
	d := t.d
	if d.Together == nil {
		t.heading(heading)
		return
	}
	s := "together at most " + t.sizeWithUnit(*d.Together) + " of " + t.sizeWithUnit(d.Totals.Memory)
	if p := units.Percent(*d.Together, d.Totals.Memory); p != "" {
		s += " (" + p + ")"
	}
	t.paintedHeading(heading, func() { t.flow("", 2, "   ", heading, s) })
}

// className is a class in words.
func className(c advice.Class) string {
	switch c {
	case advice.ClassCleanUp:
		return "clean up"
	case advice.ClassCode:
		return "your code"
	}
	return string(c)
}

// settingsRow is the one action on settings.
func (t *reportText) settingsRow(c *advice.ClassSum, list []advice.Suggestion) []string {
	var changes, ids []string
	for i := range c.Settings {
		changes = append(changes, fmt.Sprintf("%s %d", t.clean(c.Settings[i].Name), c.Settings[i].To))
	}
	for i := range list {
		if len(list[i].Settings) > 0 && !slices.Contains(ids, t.clean(list[i].ID)) {
			ids = append(ids, t.clean(list[i].ID))
		}
	}
	slices.Sort(ids)
	if len(ids) == 0 {
		ids = append(ids, "")
	}
	what := strings.Join(changes, ", ")
	if more := ids[1:]; len(more) > 0 {
		what += " (and " + strings.Join(more, ", ") + ")"
	}
	return []string{" " + className(c.Class), t.size(*c.Saves), what, ids[0]}
}

// hintsLine names the rules that have a word to say.
func (t *reportText) hintsLine() string {
	var items []string
	for i := range t.d.Suggestions {
		if s := &t.d.Suggestions[i]; s.Hint {
			if item := t.clean(s.ID) + " " + t.clean(s.Rule); !slices.Contains(items, item) {
				items = append(items, item)
			}
		}
	}
	if len(items) == 0 {
		return ""
	}
	return "also: " + strings.Join(items, ", ")
}

// next says what to type for more.
func (t *reportText) next() {
	var items []string
	if id := t.worthExplaining(); id != "" {
		items = append(items, "--explain "+id+" commands and risk")
	}
	if t.o.Full {
		items = append(items, "--top 50 longer lists")
	} else {
		items = append(items, "--full everything")
	}
	t.paintedHeading("Next", func() { t.flow("Next   ", 7, "   ", append(items, "-o report.html to browse")...) })
}

// worthExplaining is the suggestion to look at first: that of a limit that is near, else
// the largest saving.
func (t *reportText) worthExplaining() string {
	list := t.d.Suggestions
	if h := t.d.Headroom; h != nil && h.Over > 0 && slices.ContainsFunc(list, func(s advice.Suggestion) bool { return s.ID == "R23" }) {
		return "R23"
	}
	at := slices.IndexFunc(list, func(s advice.Suggestion) bool { return !s.Hint })
	if at < 0 {
		return ""
	}
	return t.clean(list[at].ID)
}
