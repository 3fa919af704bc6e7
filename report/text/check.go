package text

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/check"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/units"
)

// WriteCheck prints the verdict on all sources where there are several, then a block per
// source that begins with its verdict, those first that are not whole, one line a fact,
// folded to o.Width columns unless that is 0; then what was passed over. Of o, Width,
// ASCII and Color count.
func WriteCheck(w io.Writer, r *document.Check, o Options) error {
	var b strings.Builder
	var whole, damaged, skipped, none int64
	var good, bad []string
	for i := range r.Sources {
		c := &r.Sources[i]
		block := checked(c, r.Warnings)
		switch {
		case c.Magic == "":
			none++
		case c.Error != "":
			damaged++
		default:
			whole++
			good = append(good, block)
			continue
		}
		bad = append(bad, block)
	}
	for _, w := range r.Warnings {
		if w.Source != "" && w.Code == "skipped" {
			skipped++
		}
	}
	if len(r.Sources) > 1 {
		fmt.Fprintf(&b, "%s: %s ok, %s damaged", units.Plural(int64(len(r.Sources)), "source"), units.Grouped(whole), units.Grouped(damaged))
		if none > 0 {
			fmt.Fprintf(&b, ", %s no dump", units.Grouped(none))
		}
		if skipped > 0 {
			fmt.Fprintf(&b, "; %s skipped", units.Plural(skipped, "file"))
		}
		b.WriteString("\n\n")
	}
	b.WriteString(strings.Join(append(bad, good...), "\n"))
	skipped = 0
	for _, warning := range r.Warnings {
		switch {
		case warning.Source == "":
			fmt.Fprintf(&b, "\nwarning: %s\n", warning.Text)
		case warning.Code == "skipped":
			if skipped++; skipped == 1 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "skipped %s: %s\n", warning.Source, warning.Text)
		}
	}
	_, err := io.WriteString(w, o.verdicts(o.plain(folded(b.String(), o.Width))))
	return err
}

// verdicts colors the verdicts of a check when colors are on: they end lines that are not
// indented.
func (o Options) verdicts(text string) string {
	if !o.Color {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		plain := strings.TrimSuffix(line, "\n")
		if plain != "" && plain[0] != ' ' {
			for _, v := range [...]struct{ text, code string }{
				{": ok", styleGood}, {": DAMAGED", styleAlarm}, {": NOT A DUMP", styleAlarm}, {": NOT READ TO ITS END", styleAlarm},
			} {
				if head, ok := strings.CutSuffix(plain, v.text); ok {
					line = head + ": \x1b[" + v.code + "m" + v.text[2:] + "\x1b[0m\n"
				}
			}
			if at := strings.Index(plain, ": NOT FOR "); at >= 0 {
				line = plain[:at+2] + "\x1b[" + styleAlarm + "m" + plain[at+2:] + "\x1b[0m\n"
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

// plain is text without anything but ASCII, where o wants that.
func (o Options) plain(text string) string {
	if !o.ASCII {
		return text
	}
	text = strings.NewReplacer("…", "...", "±", "+-").Replace(text)
	var b []byte
	for line := range strings.Lines(text) {
		body, end := strings.CutSuffix(line, "\n")
		b = escape.AppendPrintable(b, body, true)
		if end {
			b = append(b, '\n')
		}
	}
	return string(b)
}

// factIndent is where the text of a fact begins.
const factIndent = 13

// folded breaks lines longer than width columns; what goes on is indented as facts
// are.
func folded(text string, width int) string {
	if width <= 2*factIndent {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		foldLine(&b, line, factIndent, width)
	}
	return b.String()
}

// facts are lines of a name and a text.
type facts struct{ strings.Builder }

func (f *facts) add(name, format string, args ...any) {
	fmt.Fprintf(f, "  %-*s %s\n", factIndent-3, name, fmt.Sprintf(format, args...))
}

// checked is the block of one source.
func checked(s *check.Source, warnings []aggregate.Warning) string {
	f := &facts{}
	switch {
	case s.Magic == "":
		fmt.Fprintf(f, "%s: NOT A DUMP\n", s.Name)
	case s.RefusedBy != "" && !s.Damaged():
		fmt.Fprintf(f, "%s: NOT FOR %s\n", s.Name, s.RefusedBy)
	case s.UnknownType:
		fmt.Fprintf(f, "%s: NOT READ TO ITS END\n", s.Name)
	case s.Error != "":
		fmt.Fprintf(f, "%s: DAMAGED\n", s.Name)
	default:
		fmt.Fprintf(f, "%s: ok\n", s.Name)
	}
	f.damage(s)
	if s.Magic == "" {
		return f.String()
	}
	f.file(s)
	f.keys(s)
	f.records(s)
	if s.ChecksumStored != "" {
		f.add("checksum", "%s: stored %s, computed %s", s.Checksum, s.ChecksumStored, s.ChecksumComputed)
	} else {
		f.add("checksum", "%s", s.Checksum)
	}
	if s.Tail != nil {
		f.add("after it", "%s bytes: %s, not read", units.Grouped(s.Tail.Bytes), tails[s.Tail.Kind])
	}
	for _, w := range warnings {
		if w.Source == s.Name {
			f.add("warning", "%s: %s", w.Code, w.Text)
		}
	}
	return f.String()
}

// damage says what is wrong, and what was read all the same.
func (f *facts) damage(s *check.Source) {
	if s.Error != "" {
		f.add("error", "%s", s.Error)
	}
	if s.LastGoodKeyOffset != nil {
		f.add("last good", "key %s, db %d, at offset %d", escape.Quoted(s.LastGoodKey), *s.LastGoodKeyDB, *s.LastGoodKeyOffset)
	}
	for _, d := range s.Damage {
		if d.Resumed != nil {
			what := strings.TrimPrefix(d.Error, fmt.Sprintf("offset %d: ", d.From))
			f.add("salvaged", "passed over %s at offset %d: %s", units.Plural(*d.Resumed-d.From, "byte"), d.From, what)
		} else {
			f.add("lost", "everything from offset %d on, where nothing made sense again: %s", d.From, d.Error)
		}
	}
	if s.DamageCount > 1 {
		f.add("salvaged", "%s passed over in %s", units.Plural(s.SkippedBytes, "byte"), units.Plural(s.DamageCount, "place"))
	}
}

// file says what kind of dump it is and how much of it was read.
func (f *facts) file(s *check.Source) {
	line := s.Magic
	if s.ServerVersion != "" {
		line += ", " + s.ServerVersion
	}
	if s.Ctime != nil {
		line += ", saved " + s.Ctime.String()
	}
	f.add("format", "%s", line)
	if len(s.Aux) > 0 {
		f.add("aux", "%s", auxLine(s.Aux))
	}
	line = units.Grouped(s.Bytes)
	if s.Size > s.Bytes {
		line += " of " + units.Grouped(s.Size)
	}
	line += " bytes"
	if s.Compression != "" {
		line += " (decompressed from " + s.Compression + ")"
	}
	if s.Start > 0 {
		line += fmt.Sprintf(", the dump starts at %d", s.Start)
	}
	if s.Walked && s.End > 0 {
		line += ", every blob walked"
	}
	f.add("read", "%s", line)
}

// keys counts keys, in all and by database.
func (f *facts) keys(s *check.Source) {
	line := fmt.Sprintf("%s in %s", units.Plural(s.Keys, "key"), units.Plural(int64(len(s.Databases)), "database"))
	if n := len(s.Databases) - 1; n >= 0 && s.Databases[n].DB < 0 {
		line = fmt.Sprintf("%s in more than %s", units.Plural(s.Keys, "key"), units.Plural(int64(n), "database"))
	}
	line += ", " + units.Grouped(s.Expires) + " with an expiry"
	if s.Expired != nil {
		line += fmt.Sprintf(", %s expired at %s", units.Grouped(*s.Expired), s.Now)
	}
	f.add("keys", "%s", line)
	for _, d := range s.Databases {
		line = fmt.Sprintf("%s, %s with an expiry", units.Plural(d.Keys, "key"), units.Grouped(d.Expires))
		if d.Expired != nil {
			line += ", " + units.Grouped(*d.Expired) + " expired"
		}
		if d.DeclaredKeys != nil {
			line += fmt.Sprintf(" (declared %s and %s)", units.Grouped(*d.DeclaredKeys), units.Grouped(*d.DeclaredExpires))
		}
		if d.Slots > 0 {
			line += ", " + units.Plural(d.Slots, "slot record")
		}
		f.add(fmt.Sprintf("db %d", d.DB), "%s", line)
	}
	if s.Duplicates != nil && s.Duplicates.Possible == 0 && s.Keys > 0 {
		f.add("duplicates", "none (%s)", document.Certainty(s.Duplicates))
	}
}

// records counts records by what they are.
func (f *facts) records(s *check.Source) {
	if len(s.Types) > 0 {
		f.add("types", "%s", counts(s.Types))
	}
	if len(s.Opcodes) > 0 {
		f.add("opcodes", "%s", counts(s.Opcodes))
	}
	if s.Functions > 0 {
		f.add("functions", "%s, %s bytes", units.PluralAs(s.Functions, "library", "libraries"), units.Grouped(s.FunctionBytes))
	}
	for _, m := range s.Modules {
		f.add("module", "%s version %d: %s, %s bytes", m.Name, m.Version, units.Plural(m.Count, "value"), units.Grouped(m.Bytes))
	}
	for _, m := range s.ModuleAux {
		f.add("module", "%s version %d: %s, %s bytes", m.Name, m.Version, units.Plural(m.Count, "auxiliary section"), units.Grouped(m.Bytes))
	}
}

var tails = map[string]string{
	"aof": "commands of an append-only file", "eof-mark": "the end mark of a replication transfer", "newline": "a line end",
	"rdb": "another dump", "garbage": "nothing that is known",
}

// auxLine lists AUX fields by name, long values and long lists cut.
func auxLine(aux map[string]string) string {
	const most, width = 20, 60
	names := slices.Sorted(maps.Keys(aux))
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == most {
			b.WriteString(units.Plural(int64(len(names)-most), "more field"))
			break
		}
		b.WriteString(clippedText(n, width) + "=" + clippedText(aux[n], width))
	}
	return b.String()
}

// clippedText cuts text that is escaped already.
func clippedText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// counts lists what was counted, most first.
func counts(m map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		if m[a] != m[b] {
			return int(min(max(m[b]-m[a], -1), 1))
		}
		return strings.Compare(a, b)
	})
	for i, n := range names {
		names[i] = n + " " + units.Grouped(m[n])
	}
	return strings.Join(names, ", ")
}
