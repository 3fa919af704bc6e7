package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/progress"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report"
)

// checkOptions are the flags of the check command.
type checkOptions struct {
	run     runFlags
	jobs    jobsFlag
	now     string
	salvage bool
	format  string
	outputs []string
	redact  redactFlag
}

func (a *app) checkCommand() *cobra.Command {
	o := &checkOptions{}
	c := &cobra.Command{
		Use:   "check SOURCE...",
		Short: "is it whole? every blob walked, declared counts, checksum, what follows the dump",
		Long: `check reads each source to its end, walks every packed blob entry by entry, and
says what the dump declares and what it holds: databases, keys, expiries, types,
functions, modules, the checksum, and what follows the dump. Of a damaged dump it
says where the damage is, the last good key, and how much could be read.`,
		Example: `  rdblens check dump.rdb
  rdblens check backups/ -f json`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.check(cmd.Context(), o, cmd.Flags(), args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	addFormat(c, &o.format, &plainFormats)
	fs.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+plainFormats.suffixList()+"; - is standard output (repeatable)")
	addNow(fs, &o.now)
	addSalvage(fs, &o.salvage)
	o.redact.add(fs)
	o.jobs.add(fs)
	o.run.add(fs)
	complete(c, "progress", progress.Modes)
	return c
}

// checkSchema names the JSON of the check command; fields may be added, never
// changed.
const checkSchema = "rdblens.check/1"

// checkResult is what the check command says. Text in it is escaped for
// display; sizes and offsets are bytes.
type checkResult struct {
	Schema   string              `json:"schema"`   // name and version of this format
	Partial  bool                `json:"partial"`  // some source is damaged, or could not be read
	Sources  []checkSource       `json:"sources"`  // those that could not be read first, then in the order of the arguments
	Warnings []aggregate.Warning `json:"warnings"` // claims that the bytes do not bear out, and what else is odd; never what makes a source damaged
}

// checkSource is one source.
type checkSource struct {
	Name          string            `json:"name"`
	Bytes         int64             `json:"bytes"` // read, decompressed
	total         int64             // bytes of the source, 0 when not known
	Compression   string            `json:"compression,omitempty"` // gzip, zstd, lz4, bzip2, xz
	Magic         string            `json:"magic"`                 // REDIS0011, VALKEY080; empty when the source is no dump
	RDBVersion    int               `json:"rdb_version"`
	ServerVersion string            `json:"server_version"` // what wrote it, as redis 7.4.1; empty when the dump does not say
	Ctime         *aggregate.Time   `json:"ctime"`          // when the dump says it was written
	Now           *aggregate.Time   `json:"now"`            // the clock for expired
	Aux           map[string]string `json:"aux"`            // AUX fields, of a repeated one the last
	Keys          int64             `json:"keys"`           // read
	Expires       int64             `json:"expires"`        // keys with an expiry
	Expired       *int64            `json:"expired"`        // of them, before now; null without a clock
	Databases     []checkDatabase   `json:"databases"`      // in order of appearance
	Types         map[string]int64  `json:"types"`          // keys, by the type's name in rdb.h
	Opcodes       map[string]int64  `json:"opcodes"`        // records, by the opcode's name in rdb.h
	Duplicates    *checkDuplicates  `json:"duplicates"`     // null when the source is no dump
	Functions     int64             `json:"functions"`      // function libraries
	FunctionBytes int64             `json:"function_bytes"` // of their records
	Modules       []checkModule     `json:"modules"`        // values of modules
	ModuleAux     []checkModule     `json:"module_aux"`     // sections of modules before or after the keys
	Walked        bool              `json:"walked"`         // every packed blob was read entry by entry
	// Checksum is ok, mismatch, disabled (zero: the writer computed none),
	// absent (RDB versions below 5), skipped, or unknown (the end was not reached).
	Checksum          string        `json:"checksum"`
	ChecksumStored    string        `json:"checksum_stored,omitempty"`      // hexadecimal, when it differs
	ChecksumComputed  string        `json:"checksum_computed,omitempty"`    // hexadecimal, when it differs
	Start             int64         `json:"start"`                          // offset of the magic
	End               int64         `json:"end"`                            // offset after the footer, 0 when it was not reached
	Tail              *checkTail    `json:"tail"`                           // what follows the dump
	Error             string        `json:"error,omitempty"`                // what is wrong; missing when nothing is
	ErrorOffset       *int64        `json:"error_offset,omitempty"`         // where it was noticed
	LastGoodKey       string        `json:"last_good_key,omitempty"`        // the last key that was read whole before the error
	LastGoodKeyDB     *int32        `json:"last_good_key_db,omitempty"`     // its database
	LastGoodKeyOffset *int64        `json:"last_good_key_offset,omitempty"` // of its record
	Damages           int64         `json:"damages,omitempty"`              // with --salvage: how often something was passed over
	SkippedBytes      int64         `json:"skipped_bytes,omitempty"`        // with --salvage: how many bytes
	Damage            []checkDamage `json:"damage,omitempty"`               // with --salvage: the first of those places
}

type checkDamage struct {
	From    int64  `json:"from"`    // offset of the record that could not be read
	Resumed *int64 `json:"resumed"` // offset where reading went on; null: nowhere
	Error   string `json:"error"`
}

type checkDatabase struct {
	DB              int32  `json:"db"`
	DeclaredKeys    *int64 `json:"declared_keys"`    // by RESIZEDB, null when it says nothing
	DeclaredExpires *int64 `json:"declared_expires"` // by RESIZEDB
	Keys            int64  `json:"keys"`             // read
	Expires         int64  `json:"expires"`          // read, with an expiry
	Expired         *int64 `json:"expired"`          // of them, before now; null without a clock
	Slots           int64  `json:"slots,omitempty"`  // SLOT_INFO records
}

type checkModule struct {
	Name    string `json:"name"`
	Version int    `json:"version"` // of the encoding
	Count   int64  `json:"count"`   // values, or sections
	Bytes   int64  `json:"bytes"`   // in the dump
}

// checkTail is what follows the dump.
type checkTail struct {
	Kind  string `json:"kind"`  // aof, eof-mark, newline, rdb or garbage
	Bytes int64  `json:"bytes"` // to the end of the source
}

// check runs the check command.
func (a *app) check(ctx context.Context, o *checkOptions, fs *pflag.FlagSet, args []string) error {
	a.msg.quiet = o.run.quiet
	p, err := plainFormats.plan(o.format, fs.Changed("format"), o.outputs)
	if err != nil {
		return err
	}
	for _, check := range []error{o.run.check(fs), o.jobs.check(fs)} {
		if check != nil {
			return check
		}
	}
	now, err := parseNow(o.now)
	if err != nil {
		return err
	}
	set, err := a.sources(ctx, args, &o.run)
	if err != nil {
		return err
	}
	w, err := a.openResult(set, p)
	if err != nil {
		return err
	}
	defer w.outs.abort()

	redactor := a.redactor(o.redact)
	m := a.watch(&o.run, fs, set.Sources, false)
	defer m.stop()
	checks := make([]sourceCheck, len(set.Sources))
	var (
		next    atomic.Int64
		workers sync.WaitGroup
	)
	for range min(o.jobs.jobs(false), len(checks)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(checks) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				checks[i] = checkOne(ctx, set.Sources[i], now, o, &m.keys[i])
			}
		})
	}
	workers.Wait()
	if err := interruptedError(ctx); err != nil {
		return err
	}
	m.stop()

	r := &checkResult{Schema: checkSchema, Sources: []checkSource{}, Warnings: []aggregate.Warning{}}
	dumps := 0
	for _, f := range set.Failed {
		r.Sources = append(r.Sources, checkSource{Name: f.Name, Error: source.Printable(f.Err.Error()), ErrorOffset: errorOffset(f.Err)}.filled())
	}
	for i := range checks {
		c := &checks[i]
		if c.Magic != "" {
			dumps++
		}
		if c.Error != "" {
			a.msg.errorf("%s: %s", c.Name, c.Error)
		}
		r.Sources = append(r.Sources, c.checkSource)
		r.Warnings = append(r.Warnings, c.warnings...)
	}
	r.Partial = slices.ContainsFunc(r.Sources, func(s checkSource) bool { return s.Error != "" })
	for _, s := range set.Skipped {
		r.Warnings = append(r.Warnings, aggregate.Warning{Source: s.Name, Code: "skipped", Text: s.Reason, Count: 1})
	}
	for _, text := range set.Warnings {
		r.Warnings = append(r.Warnings, aggregate.Warning{Code: "not-analysed", Text: text, Count: 1})
	}
	if redactor != nil {
		r.redact(redactor)
	}
	err = w.write(func(out io.Writer, fm format) error {
		if fm == formatJSON {
			return writeJSON(out, r)
		}
		width := 0 // a file is not folded
		if _, file := out.(*outputFile); !file {
			width = a.stdoutScreen.width
		}
		return r.writeText(out, width)
	})
	if err != nil {
		return err
	}
	m.report()
	switch {
	case dumps == 0:
		return exitError(exitFailed)
	case r.Partial:
		return exitError(exitPartial)
	}
	return nil
}

// redact puts tokens in place of the names of keys.
func (r *checkResult) redact(by *report.Redactor) {
	for i := range r.Sources {
		s := &r.Sources[i]
		if s.Error = by.Text(s.Error); s.LastGoodKeyOffset != nil {
			s.LastGoodKey = by.Token(s.LastGoodKey)
		}
		for j := range s.Damage {
			s.Damage[j].Error = by.Text(s.Damage[j].Error)
		}
	}
	for i := range r.Warnings {
		r.Warnings[i].Text = by.Text(r.Warnings[i].Text)
	}
}

// sourceCheck is what one source came to.
type sourceCheck struct {
	checkSource
	warnings []aggregate.Warning
}

// checkOne reads one source to its end.
func checkOne(ctx context.Context, s *source.Source, now *aggregate.Time, o *checkOptions, keys *atomic.Int64) sourceCheck {
	c := sourceCheck{checkSource: checkSource{Name: s.Name, Checksum: parser.ChecksumUnknown.String(), Now: now}}
	st, cancel, err := open(ctx, s)
	if err != nil {
		c.Error, c.ErrorOffset = source.Printable(err.Error()), errorOffset(err)
		c.checkSource = c.filled()
		return c
	}
	defer st.Close()
	defer cancel()
	c.Compression, c.total = st.Compression, st.Size
	r := parser.NewReader(st, parser.Options{WalkAll: true, NoChecksum: o.run.noChecksum, Salvage: o.salvage, Inflate: source.NewInflate()})
	defer r.Close()
	if h, err := r.Header(); err == nil && now == nil {
		c.Now = ctimeOf(h)
	}
	var read, expired int64
	expiredIn := map[int32]int64{}
	twice := newDuplicates()
	for {
		b, err := r.Next()
		if err != nil {
			break
		}
		twice.add(b.Keys)
		for i := range b.Keys {
			k := &b.Keys[i]
			if k.Is(parser.More) {
				continue
			}
			read++
			if c.Now != nil && k.Is(parser.HasExpiry) && k.Expiry < int64(*c.Now) {
				expired++
				expiredIn[k.DB]++
			}
		}
		b.Release()
		keys.Store(read)
	}
	c.fill(r.Info(), r.Offset())
	if c.Now != nil {
		c.Expired = &expired
		for i := range c.Databases {
			n := expiredIn[c.Databases[i].DB]
			c.Databases[i].Expired = &n
		}
	}
	if expired > 0 {
		text := fmt.Sprintf("%s had expired at %s: a server drops them when it loads the dump", plural(expired, "key"), c.Now)
		c.warnings = append(c.warnings, aggregate.Warning{Source: c.Name, Code: "expired-keys", Text: text, Count: expired})
	}
	if c.Magic != "" {
		c.Duplicates = twice.result()
		if n := c.Duplicates.Possible; n > 0 {
			text := plural(n, "key") + " may be in their database twice, which no server loads"
			if first := twice.name(ctx, s, c.Duplicates.some); first != "" {
				text += ": " + first
			}
			c.warnings = append(c.warnings, aggregate.Warning{Source: c.Name, Code: "duplicate-keys", Text: fmt.Sprintf("%s (%s)", text, c.Duplicates), Count: n})
		}
	}
	c.judge(r.Info(), r.Err())
	c.checkSource = c.filled()
	return c
}

// fill takes over what the reader knows.
func (c *sourceCheck) fill(in *parser.Info, offset int64) {
	c.Bytes = max(offset, in.End+in.Tail.Bytes)
	if in.Magic == "" {
		return
	}
	c.Magic, c.RDBVersion, c.ServerVersion, c.Ctime = in.Magic, in.Version, serverVersion(&in.Header), ctimeOf(&in.Header)
	c.Aux = map[string]string{}
	for _, x := range in.Aux {
		c.Aux[parser.Escape([]byte(x.Key))] = parser.Escape([]byte(x.Value))
	}
	c.Keys, c.Expires, c.Start, c.End, c.Walked = in.Keys, in.Expires, in.Start, in.End, in.Walked
	for _, d := range in.Databases {
		cd := checkDatabase{DB: d.DB, Keys: d.Keys, Expires: d.Expires, Slots: d.Slots}
		if d.DeclaredKeys >= 0 {
			cd.DeclaredKeys, cd.DeclaredExpires = &d.DeclaredKeys, &d.DeclaredExpires
		}
		c.Databases = append(c.Databases, cd)
	}
	c.Types, c.Opcodes = map[string]int64{}, map[string]int64{}
	for t, n := range in.Types {
		if n > 0 {
			c.Types[parser.Type(t).String()] += n
		}
	}
	for op, n := range in.Opcodes {
		name := parser.OpcodeName(byte(op), in.Dialect)
		if n > 0 && name != "" {
			c.Opcodes[name] += n
		}
	}
	c.Functions, c.FunctionBytes = in.Functions, in.FunctionBytes
	c.Modules, c.ModuleAux = checkModules(in.Modules), checkModules(in.ModuleAux)
	c.Checksum = in.Checksum.String()
	if in.Checksum == parser.ChecksumMismatch {
		c.ChecksumStored, c.ChecksumComputed = fmt.Sprintf("%016x", in.ChecksumStored), fmt.Sprintf("%016x", in.ChecksumComputed)
	}
	c.Damages, c.SkippedBytes = in.DamageCount, in.Skipped
	for _, d := range in.Damage {
		cd := checkDamage{From: d.From, Error: source.Printable(d.Err.Error())}
		if d.Resumed >= 0 {
			cd.Resumed = &d.Resumed
		}
		c.Damage = append(c.Damage, cd)
	}
	if in.Tail.Bytes > 0 {
		c.Tail = &checkTail{in.Tail.Kind, in.Tail.Bytes}
	}
	for _, w := range in.Warnings {
		c.warnings = append(c.warnings, aggregate.Warning{Source: c.Name, Code: string(w.Code), Text: warningText(&w), Count: w.Count})
	}
}

func checkModules(use []parser.ModuleUse) []checkModule {
	var out []checkModule
	for _, m := range use {
		out = append(out, checkModule{Name: parser.Escape([]byte(m.Name)), Version: m.Version, Count: m.Count, Bytes: m.Bytes})
	}
	return out
}

// warningText says where the first occurrence is.
func warningText(w *parser.Warning) string {
	text := fmt.Sprintf("offset %d", w.Offset)
	if w.Key != "" {
		text += fmt.Sprintf(" (key %s)", quoted([]byte(w.Key), 200))
	}
	text += ": " + source.Printable(w.Text)
	if w.Count > 1 {
		text += fmt.Sprintf(", and %d more", w.Count-1)
	}
	return text
}

// judge says what is wrong with the source, if anything is. A count that its
// blob does not bear out is no error to the reader, which gets along without
// it; a server refuses the dump for it.
func (c *sourceCheck) judge(in *parser.Info, err error) {
	if err == nil {
		for _, w := range in.Warnings {
			if w.Code.Defect() {
				offset := w.Offset
				c.Error, c.ErrorOffset = warningText(&w), &offset
				return
			}
		}
		return
	}
	c.Error, c.ErrorOffset = source.Printable(err.Error()), errorOffset(err)
	if in.Keys > 0 {
		c.LastGoodKey = clipped(in.LastKey, 1024)
		c.LastGoodKeyDB, c.LastGoodKeyOffset = &in.LastKeyDB, &in.LastKeyOffset
	}
}

// filled replaces nil lists and maps: JSON promises arrays and objects.
func (c checkSource) filled() checkSource {
	if c.Checksum == "" {
		c.Checksum = parser.ChecksumUnknown.String()
	}
	if c.Aux == nil {
		c.Aux = map[string]string{}
	}
	if c.Types == nil {
		c.Types = map[string]int64{}
	}
	if c.Opcodes == nil {
		c.Opcodes = map[string]int64{}
	}
	if c.Databases == nil {
		c.Databases = []checkDatabase{}
	}
	if c.Modules == nil {
		c.Modules = []checkModule{}
	}
	if c.ModuleAux == nil {
		c.ModuleAux = []checkModule{}
	}
	return c
}

// serverVersion is what wrote a dump, as far as the dump says.
func serverVersion(h *parser.Header) string {
	for _, aux := range []struct{ key, name string }{{"df-ver", "dragonfly"}, {"valkey-ver", "valkey"}, {"redis-ver", "redis"}} {
		if v, ok := h.Lookup(aux.key); ok {
			return aux.name + " " + clipped([]byte(v), 40)
		}
	}
	return ""
}

// ctimeOf is when a dump was written, as far as it says.
func ctimeOf(h *parser.Header) *aggregate.Time {
	text, ok := h.Lookup("ctime")
	if !ok {
		return nil
	}
	var s int64
	if _, err := fmt.Sscanf(text, "%d", &s); err != nil || s <= 0 || s >= 1<<40 {
		return nil
	}
	t := aggregate.Time(s * 1000)
	return &t
}

// clipped shows at most n bytes of b, escaped.
func clipped(b []byte, n int) string {
	if len(b) > n {
		return parser.Escape(b[:n]) + "…"
	}
	return parser.Escape(b)
}

// writeText prints a block per source, one line a fact, folded to width columns
// unless that is 0; then what was passed over, and a line that sums up.
func (r *checkResult) writeText(w io.Writer, width int) error {
	var b strings.Builder
	var whole, damaged, skipped, none int64
	for i := range r.Sources {
		if i > 0 {
			b.WriteByte('\n')
		}
		c := &r.Sources[i]
		c.text(&b, r.Warnings)
		switch {
		case c.Magic == "":
			none++
		case c.Error != "":
			damaged++
		default:
			whole++
		}
	}
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
	if len(r.Sources) > 1 {
		fmt.Fprintf(&b, "\n%s: %s ok, %s damaged", plural(int64(len(r.Sources)), "source"), count(whole), count(damaged))
		if none > 0 {
			fmt.Fprintf(&b, ", %s no dump", count(none))
		}
		if skipped > 0 {
			fmt.Fprintf(&b, "; %s skipped", plural(skipped, "file"))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, folded(b.String(), width))
	return err
}

// factIndent is where the text of a fact begins.
const factIndent = 13

// folded breaks lines longer than width columns between words; what goes on is
// indented as facts are.
func folded(text string, width int) string {
	if width <= 2*factIndent {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		at := 0
		for i, word := range strings.Split(line, " ") {
			n := utf8.RuneCountInString(strings.TrimSuffix(word, "\n"))
			switch {
			case i == 0:
			case at+1+n > width && at > factIndent:
				b.WriteString("\n" + strings.Repeat(" ", factIndent))
				at = factIndent
			default:
				b.WriteByte(' ')
				at++
			}
			b.WriteString(word)
			at += n
		}
	}
	return b.String()
}

func (c *checkSource) text(b *strings.Builder, warnings []aggregate.Warning) {
	fact := func(name, format string, args ...any) {
		fmt.Fprintf(b, "  %-*s %s\n", factIndent-3, name, fmt.Sprintf(format, args...))
	}
	switch {
	case c.Magic == "":
		fmt.Fprintf(b, "%s: NOT A DUMP\n", c.Name)
	case c.Error != "":
		fmt.Fprintf(b, "%s: DAMAGED\n", c.Name)
	default:
		fmt.Fprintf(b, "%s: ok\n", c.Name)
	}
	if c.Error != "" {
		fact("error", "%s", c.Error)
	}
	if c.LastGoodKeyOffset != nil {
		fact("last good", "key %s, db %d, at offset %d", inQuotes(c.LastGoodKey), *c.LastGoodKeyDB, *c.LastGoodKeyOffset)
	}
	for _, d := range c.Damage {
		if d.Resumed != nil {
			what := strings.TrimPrefix(d.Error, fmt.Sprintf("offset %d: ", d.From))
			fact("salvaged", "passed over %s at offset %d: %s", plural(*d.Resumed-d.From, "byte"), d.From, what)
		} else {
			fact("lost", "everything from offset %d on, where nothing made sense again: %s", d.From, d.Error)
		}
	}
	if c.Damages > 1 {
		fact("salvaged", "%s passed over in %s", plural(c.SkippedBytes, "byte"), plural(c.Damages, "place"))
	}
	if c.Magic == "" {
		return
	}
	line := c.Magic
	if c.ServerVersion != "" {
		line += ", " + c.ServerVersion
	}
	if c.Ctime != nil {
		line += ", saved " + c.Ctime.String()
	}
	fact("format", "%s", line)
	if len(c.Aux) > 0 {
		fact("aux", "%s", auxLine(c.Aux))
	}
	line = count(c.Bytes)
	if c.total > c.Bytes {
		line += " of " + count(c.total)
	}
	line += " bytes"
	if c.Compression != "" {
		line += " (decompressed from " + c.Compression + ")"
	}
	if c.Start > 0 {
		line += fmt.Sprintf(", the dump starts at %d", c.Start)
	}
	if c.Walked && c.End > 0 {
		line += ", every blob walked"
	}
	fact("read", "%s", line)
	line = fmt.Sprintf("%s in %s", plural(c.Keys, "key"), plural(int64(len(c.Databases)), "database"))
	line += ", " + count(c.Expires) + " with an expiry"
	if c.Expired != nil {
		line += fmt.Sprintf(", %s expired at %s", count(*c.Expired), c.Now)
	}
	fact("keys", "%s", line)
	for _, d := range c.Databases {
		line = fmt.Sprintf("%s, %s with an expiry", plural(d.Keys, "key"), count(d.Expires))
		if d.Expired != nil {
			line += ", " + count(*d.Expired) + " expired"
		}
		if d.DeclaredKeys != nil {
			line += fmt.Sprintf(" (declared %s and %s)", count(*d.DeclaredKeys), count(*d.DeclaredExpires))
		}
		if d.Slots > 0 {
			line += ", " + plural(d.Slots, "slot record")
		}
		fact(fmt.Sprintf("db %d", d.DB), "%s", line)
	}
	if c.Duplicates != nil && c.Duplicates.Possible == 0 && c.Keys > 0 {
		fact("duplicates", "none (%s)", c.Duplicates)
	}
	if len(c.Types) > 0 {
		fact("types", "%s", counts(c.Types))
	}
	if len(c.Opcodes) > 0 {
		fact("opcodes", "%s", counts(c.Opcodes))
	}
	if c.Functions > 0 {
		fact("functions", "%s, %s bytes", pluralAs(c.Functions, "library", "libraries"), count(c.FunctionBytes))
	}
	for _, m := range c.Modules {
		fact("module", "%s version %d: %s, %s bytes", m.Name, m.Version, plural(m.Count, "value"), count(m.Bytes))
	}
	for _, m := range c.ModuleAux {
		fact("module", "%s version %d: %s, %s bytes", m.Name, m.Version, plural(m.Count, "auxiliary section"), count(m.Bytes))
	}
	if c.ChecksumStored != "" {
		fact("checksum", "%s: stored %s, computed %s", c.Checksum, c.ChecksumStored, c.ChecksumComputed)
	} else {
		fact("checksum", "%s", c.Checksum)
	}
	if c.Tail != nil {
		fact("after it", "%s bytes: %s, not read", count(c.Tail.Bytes), tails[c.Tail.Kind])
	}
	for _, w := range warnings {
		if w.Source == c.Name {
			fact("warning", "%s: %s", w.Code, w.Text)
		}
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
			b.WriteString(plural(int64(len(names)-most), "more field"))
			break
		}
		b.WriteString(clippedText(n, width) + "=" + clippedText(aux[n], width))
	}
	return b.String()
}

// quoted shows at most n bytes of b between quotation marks.
func quoted(b []byte, n int) string { return inQuotes(clipped(b, n)) }

// inQuotes puts escaped text between quotation marks; one within it is \x22, as
// parser.Quote has it, so that its end can be found.
func inQuotes(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\x22`) + `"` }

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
		names[i] = n + " " + count(m[n])
	}
	return strings.Join(names, ", ")
}
