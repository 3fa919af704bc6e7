package text

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/units"
)

// damaged reports whether a source was not read whole.
func damaged(s *aggregate.Source) bool { return s.Error != "" || s.ErrorOffset != nil }

// mismatch is what a source's checksum is called when it is wrong
// (parser.ChecksumMismatch).
const mismatch = "mismatch"

// banner heads a partial report.
func (t *page) banner(partial bool, sources []aggregate.Source) {
	if !partial {
		return
	}
	bad := int64(0)
	for i := range sources {
		if damaged(&sources[i]) || sources[i].Checksum == mismatch {
			bad++
		}
	}
	what := "PARTIAL: the figures cover what could be read"
	if n := int64(len(sources)); n > 1 && bad > 0 {
		what = fmt.Sprintf("PARTIAL: %s of %s not whole; the figures cover what could be read", units.Grouped(bad), units.Plural(n, "source"))
	}
	for _, line := range breakLines(what, t.width) {
		t.styled(styleAlarm, line)
	}
	t.blank()
}

// maxSources is how many whole sources are shown one by one.
const maxSources = 20

// subject is what a result is about: the sources it was made of, and which of
// their keys count.
type subject struct {
	sources  []aggregate.Source
	filters  *aggregate.Filters
	keys     string // how many, in words
	walked   bool   // packed values were read entry by entry
	warnings int    // that are printed elsewhere
}

// health is what every figure below it rests on, so it comes first.
func (t *reportText) health() {
	t.subject(&subject{t.d.Sources, &t.d.Filters, t.keysInDBs(), t.d.Blobs == "walked", len(t.d.Warnings)})
	for i := range t.d.CommandLogs {
		t.commandLog(&t.d.CommandLogs[i])
	}
}

// commandLog says what an append-only file has that is not in the report.
func (t *reportText) commandLog(l *aggregate.CommandLog) {
	t.blank()
	t.styled(styleAlarm, "NOT IN HERE: "+units.Plural(l.Commands, "command")+", "+t.sizeWithUnit(l.Bytes)+", of an append-only file")
	t.flow("  ", 4, "   ", t.clean(l.Name))
	const few = 8
	if l.Error != "" {
		t.flow("  ! ", 4, "   ", t.clean(l.Error))
	}
	counts := []string{units.Plural(l.Deletions, "key") + " deleted", units.PluralAs(l.Expiries, "expiry", "expiries") + " given"}
	t.flow("  ", 4, "   ", counts...)
	for _, list := range []struct {
		name string
		rows []aggregate.CommandCount
	}{{"by command", l.ByCommand}, {"by pattern", l.Patterns}} {
		var words []string
		for i, x := range list.rows {
			if i == few {
				words = append(words, fmt.Sprintf("and %d more", len(list.rows)-few))
				break
			}
			words = append(words, t.clean(x.Name)+" "+units.Grouped(x.Commands)+" ("+t.sizeWithUnit(x.Bytes)+")")
		}
		t.flow("  "+list.name+"  ", 14, "   ", words...)
	}
	if len(l.MakeDump) > 0 {
		t.line("  a dump of it, by a server of the same line on a copy:")
		for _, text := range l.MakeDump {
			t.out.WriteString("    " + t.clean(text) + "\n") // never broken: it is to be copied
		}
	}
}

// subject says what was read, whether it is whole, and with which model.
func (t *page) subject(x *subject) {
	if len(x.sources) != 1 {
		read, _ := document.SumSources(x.sources)
		t.flow("", 2, "   ", units.Plural(int64(len(x.sources)), "source"), t.sizeWithUnit(read)+" read", x.keys)
		if len(x.sources) > 0 {
			t.blank()
		}
	}
	whole := 0
	var left []aggregate.Source // whole, too, and too many to show
	for i := range x.sources {
		s := &x.sources[i]
		if !damaged(s) && s.Checksum != mismatch {
			if whole++; whole > maxSources {
				left = append(left, *s)
				continue
			}
		}
		keys := units.Plural(s.Keys, "key")
		if len(x.sources) == 1 {
			keys = x.keys
		}
		t.source(s, keys)
	}
	if n := int64(len(left)); n > 0 {
		bytes, keys := document.SumSources(left)
		t.flow("", 2, "   ", fmt.Sprintf("and %s that are whole", units.Plural(n, "source")), t.sizeWithUnit(bytes), units.Plural(keys, "key"))
	}
	if f := t.filters(x.filters); len(f) > 0 {
		t.flow("only  ", 6, "   ", f...)
	}
	if x.walked {
		t.line("packed values were read entry by entry")
	}
	if x.warnings > 0 {
		where := " below"
		if len(t.o.Sections) > 0 && !t.selected("warnings") {
			where = ", listed in the whole report"
		}
		t.line(units.Plural(int64(x.warnings), "warning") + where)
	}
}

// keysInDBs returns the number of keys and of databases.
func (t *reportText) keysInDBs() string {
	dbs := len(t.d.Databases())
	keys := units.Plural(t.d.Totals.Keys, "key")
	if dbs > 1 {
		keys += fmt.Sprintf(" in %d databases", dbs)
	}
	return keys
}

// source shows one source; keys says in words how many of its keys count.
func (t *page) source(s *aggregate.Source, keys string) {
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
	t.flow("", 2, "   ", t.path(name), t.sizeWithUnit(s.Bytes), magic, saved, clock, checksum)
	model := ""
	if s.Model.Server != "" {
		model = "model " + t.clean(s.Model.Server) + " / " + t.clean(s.Model.Allocator)
		if s.Model.Reason != "" {
			model += " (" + t.clean(s.Model.Reason) + ")"
		}
	}
	t.flow("  ", 2, "   ", keys, model)
	if s.Model.Inexact != "" {
		t.paragraph("  ! ", "no size is exact: "+t.clean(s.Model.Inexact))
	}
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
		t.paragraph("  ! ", t.notWhole(s))
		if s.LastGoodKey != "" {
			t.line("    last good key  " + t.clean(s.LastGoodKey))
		}
	}
}

// path is the name of a source, cut at its start.
func (t *page) path(name string) string {
	if t.o.Whole {
		return name
	}
	return cutStart(name, t.width, t.ellipsis)
}

// notWhole says where and why a source ended.
func (t *page) notWhole(s *aggregate.Source) string {
	where := ""
	if n := s.ErrorOffset; n != nil && s.Magic != "" && !strings.Contains(s.Error, strconv.FormatInt(*n, 10)) {
		where = "at byte " + units.Grouped(*n) + ": "
	}
	return "not whole, " + where + cmp.Or(t.clean(s.Error), "no error recorded")
}

// filters lists the selections in force.
func (t *page) filters(f *aggregate.Filters) []string {
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
	add("exclude regex", f.ExcludeRegex...)
	if f.MinSize > 0 {
		add("at least", t.sizeWithUnit(f.MinSize))
	}
	if f.MaxSize > 0 {
		add("at most", t.sizeWithUnit(f.MaxSize))
	}
	if f.MinElements > 0 {
		add("at least", units.Plural(f.MinElements, "element"))
	}
	if f.TTL != "" {
		add("ttl", f.TTL)
	}
	if f.Idle != "" {
		add("idle", f.Idle)
	}
	return out
}
