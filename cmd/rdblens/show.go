package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report"
	"github.com/rdblens/rdblens/report/rows"
)

// showOptions are the flags of the show command.
type showOptions struct {
	run     runFlags
	model   modelFlags
	db      int32
	format  string
	outputs []string
	redact  redactFlag
}

func (a *app) showCommand() *cobra.Command {
	o := &showOptions{}
	c := &cobra.Command{
		Use:   "show SOURCE KEY...",
		Short: "one key: facts, memory term by term, a preview of its value",
		Long: `show finds keys in a source and tells all about them: the row that rdblens keys
prints, what each part of the key costs in memory and which function of the
server says so, and the first elements of its value.

A KEY may be written as other commands print it, with \xNN and \\. With --redact
tokens stand for its name and the words of its pattern, and its value is not shown.`,
		Example: `  rdblens show dump.rdb cart:42
  rdblens show dump.rdb 'bin\x00\xff' --db 3 -f json`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.show(cmd.Context(), o, cmd.Flags(), args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	addFormat(c, &o.format, &plainFormats)
	fs.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+plainFormats.suffixList()+"; - is standard output (repeatable)")
	fs.Int32Var(&o.db, "db", 0, "only database `N`; the search ends when all keys are found (default: every database)")
	o.redact.add(fs)
	o.model.add(fs)
	o.run.add(fs)
	completeModel(c)
	return c
}

// showSchema names the JSON of the show command; fields may be added, never
// changed.
const showSchema = "rdblens.show/1"

// shownKey is what is said of one key beside its row.
type shownKey struct {
	row     aggregate.Row
	Offset  int64           `json:"offset"` // of the record in the dump
	RDBType string          `json:"rdb_type"`
	Model   aggregate.Model `json:"model"`
	Terms   []memory.Term   `json:"terms"`
	Waste   int64           `json:"waste_bytes"`
	Preview preview         `json:"value_preview"`
}

// show runs the show command.
func (a *app) show(ctx context.Context, o *showOptions, fs *pflag.FlagSet, args []string) error {
	a.msg.quiet = o.run.quiet
	p, err := plainFormats.plan(o.format, fs.Changed("format"), o.outputs)
	if err != nil {
		return err
	}
	if err := o.run.check(fs); err != nil {
		return err
	}
	prof, err := o.model.profile()
	if err != nil {
		return err
	}
	switch len(args) {
	case 0:
		return noSource()
	case 1:
		return usagef("no key is given").hint("rdblens show %s KEY...; rdblens keys %s lists the keys", args[0], args[0])
	}
	if o.db < 0 {
		return usagef("--db %d: databases are numbered from 0", o.db)
	}
	set, err := a.sources(ctx, args[:1], &o.run)
	if err != nil {
		return err
	}
	w, err := a.openResult(set, p)
	if err != nil {
		return err
	}
	defer w.outs.abort()

	redactor := a.redactor(o.redact)
	f := newFinder(args[1:], prof, o)
	f.oneDB = fs.Changed("db")
	m := a.watch(&o.run, fs, set.Sources, false)
	defer m.stop()
	dumps, partial := 0, len(set.Failed) > 0
	for i, s := range set.Sources {
		dump, err := f.search(ctx, s, &m.keys[i])
		if ie := interruptedError(ctx); ie != nil {
			return ie
		}
		if dump {
			dumps++
		}
		if err != nil {
			m.stop()
			a.msg.errorf("%s: %v", s.Name, err)
			partial = true
		}
	}
	m.stop()
	if dumps == 0 {
		return exitError(exitFailed)
	}
	for _, w := range f.warnings {
		a.msg.warnf("%s", w)
	}
	if len(f.found) > 0 {
		f.sort()
		if redactor != nil {
			f.redact(redactor)
		}
		err := w.write(func(out io.Writer, fm format) error {
			if fm == formatJSON {
				return f.writeJSON(out, partial)
			}
			return f.writeText(out)
		})
		if err != nil {
			return err
		}
	}
	m.report()
	lost := false
	for i, arg := range f.args {
		switch {
		case f.hits[i] > 0:
		case f.damaged[i]:
			a.msg.errorf("key %s is damaged", inQuotes(source.Printable(arg)))
		case partial:
			a.msg.errorf("there is no key %s%s in what could be read", inQuotes(source.Printable(arg)), f.where(i))
			lost = true
		default:
			a.msg.errorf("there is no key %s%s", inQuotes(source.Printable(arg)), f.where(i))
			lost = true
		}
	}
	if lost {
		a.msg.hintf("rdblens keys %s --match 'PREFIX*' lists keys by name", source.Printable(args[0]))
		return exitError(exitFailed)
	}
	if partial {
		return exitError(exitPartial)
	}
	return nil
}

// finder looks for keys by name.
type finder struct {
	args  []string
	names map[string][]int // key names to arguments that may mean them
	prof  profile
	opts  *showOptions
	oneDB bool // only opts.db

	found    []*shownKey
	warnings []string
	hits     []int                // by argument
	damaged  []bool               // by argument: reading it failed
	otherDB  []map[int32]struct{} // by argument: where it was found and not wanted
	order    map[*shownKey]int
}

func newFinder(args []string, prof profile, o *showOptions) *finder {
	f := &finder{args: args, names: map[string][]int{}, prof: prof, opts: o, hits: make([]int, len(args)),
		damaged: make([]bool, len(args)), otherDB: make([]map[int32]struct{}, len(args)), order: map[*shownKey]int{}}
	for i, arg := range args {
		forms := []string{arg}
		if plain, ok := unescape(arg); ok && plain != arg {
			forms = append(forms, plain)
		}
		for _, name := range forms {
			f.names[name] = append(f.names[name], i)
		}
	}
	return f
}

// unescape is the reverse of parser.Escape; ok is false for text that Escape
// does not print.
func unescape(s string) (string, bool) {
	var b []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' {
			b = append(b, c)
			continue
		}
		switch {
		case strings.HasPrefix(s[i:], `\\`):
			b = append(b, '\\')
			i++
		case strings.HasPrefix(s[i:], `\x`) && len(s) >= i+4:
			v, err := strconv.ParseUint(s[i+2:i+4], 16, 8)
			if err != nil {
				return "", false
			}
			b = append(b, byte(v))
			i += 3
		default:
			return "", false
		}
	}
	return string(b), true
}

// wanted returns the arguments that mean a key.
func (f *finder) wanted(k *parser.Key) []int {
	if k.Is(parser.NameTruncated) {
		return nil
	}
	return f.names[string(k.Name)]
}

// search reads one source; dump is false when it is none.
func (f *finder) search(ctx context.Context, s *source.Source, keys *atomic.Int64) (dump bool, err error) {
	st, cancel, err := open(ctx, s)
	if err != nil {
		return false, err
	}
	defer st.Close()
	defer cancel()
	match := func(k *parser.Key) bool {
		return (!f.oneDB || k.DB == f.opts.db) && len(f.wanted(k)) > 0
	}
	hooks := parser.Hooks{
		Walk: match,
		Key: func(k *parser.Key) int {
			if match(k) {
				return sampleBytes
			}
			return 0
		},
		Record: func(k *parser.Key) int64 {
			if match(k) {
				return previewStored
			}
			return 0
		},
	}
	r := parser.NewReader(st, parser.Options{
		Inflate:    source.NewInflate(),
		NoChecksum: f.opts.run.noChecksum,
		Hooks:      func() parser.Hooks { return hooks },
	})
	defer r.Close()
	h, err := r.Header()
	if h == nil {
		return false, err
	}
	model, profile, warning, err := f.prof.resolve(h)
	if err != nil {
		return true, err
	}
	if warning != "" {
		f.warnings = append(f.warnings, s.Name+": "+warning)
	}
	meter := memory.NewMeter(profile, true)
	var (
		read int64
		open *previewer // of the key under way
	)
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil {
			f.markDamaged(err)
			return true, err
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			if !k.Is(parser.More) {
				read++
			}
			args := f.wanted(k)
			if len(args) == 0 {
				continue
			}
			if f.oneDB && k.DB != f.opts.db {
				f.seenElsewhere(args, k.DB)
				continue
			}
			if !k.Is(parser.Continued) {
				meter.Begin(k)
				open = &previewer{}
			}
			es := b.Elements(k)
			meter.Elements(b, k, es)
			open.add(b, k, es)
			if k.Is(parser.More) {
				continue
			}
			size := meter.End(k)
			key := &shownKey{
				row: rowOf(k, size, s.Name), Offset: k.Offset, RDBType: k.Type.String(), Model: model,
				Terms: slices.Clone(meter.Terms()), Waste: size.Waste, Preview: open.preview(k, h.Dialect),
			}
			f.found = append(f.found, key)
			f.order[key] = args[0]
			for _, a := range args {
				f.hits[a]++
			}
		}
		b.Release()
		keys.Store(read)
		if f.oneDB && !slices.Contains(f.hits, 0) {
			return true, nil
		}
	}
}

// redact puts tokens in place of names and leaves out the values.
func (f *finder) redact(by *report.Redactor) {
	for _, k := range f.found {
		row := by.Row(&k.row)
		row.Key, row.Pattern = bytes.Clone(row.Key), bytes.Clone(row.Pattern)
		k.row = *row
		k.Preview = preview{By: k.Preview.By, Items: []previewItem{}, Of: k.Preview.Of, Note: "not shown (--redact)"}
	}
}

// markDamaged takes note when reading failed inside a key that is wanted.
func (f *finder) markDamaged(err error) {
	var pe *parser.Error
	if !errors.As(err, &pe) || !pe.HasKey || f.oneDB && pe.DB != f.opts.db {
		return
	}
	for _, a := range f.names[string(pe.Key)] {
		f.damaged[a] = true
	}
}

func (f *finder) seenElsewhere(args []int, db int32) {
	for _, a := range args {
		if f.otherDB[a] == nil {
			f.otherDB[a] = map[int32]struct{}{}
		}
		f.otherDB[a][db] = struct{}{}
	}
}

// sort puts the keys in the order of the arguments.
func (f *finder) sort() {
	slices.SortStableFunc(f.found, func(a, b *shownKey) int {
		return cmp.Or(cmp.Compare(f.order[a], f.order[b]), cmp.Compare(a.row.Source, b.row.Source), cmp.Compare(a.row.DB, b.row.DB), cmp.Compare(a.Offset, b.Offset))
	})
}

// where says in which database a key is instead.
func (f *finder) where(arg int) string {
	if !f.oneDB {
		return ""
	}
	s := fmt.Sprintf(" in database %d", f.opts.db)
	if dbs := slices.Sorted(maps.Keys(f.otherDB[arg])); len(dbs) > 0 {
		s += "; there is one in database " + strings.Trim(fmt.Sprint(dbs), "[]")
	}
	return s
}

// resolve chooses the server for one dump; warning is not empty when the choice
// is doubtful.
func (p profile) resolve(h *parser.Header) (m aggregate.Model, mp memory.Profile, warning string, err error) {
	mp = memory.Profile{Allocator: p.allocator, Config: p.settings, Cluster: p.cluster}
	m = aggregate.Model{Allocator: p.allocator.String(), Config: p.settings.Changed()}
	if p.server == aggregate.ServerAuto {
		mp.Server, m.Reason, warning = memory.Detect(h)
	} else if mp.Server, err = memory.ParseServer(p.server); err != nil {
		return m, mp, "", err
	}
	m.Server = mp.Server.String()
	return m, mp, warning, nil
}

// rowOf is the row of a key that was read whole.
func rowOf(k *parser.Key, size memory.Size, sourceName string) aggregate.Row {
	r := aggregate.Row{
		DB: k.DB, DataType: k.Type.DataType(), TypeName: k.Type.DataType().String(), Key: bytes.Clone(k.Name), KeyLen: k.NameLen,
		Size: size, Elements: k.Count, LongestElement: size.Longest, HasExpiry: k.Is(parser.HasExpiry), Expiry: k.Expiry,
		IdleSeconds: -1, Freq: -1, Slot: aggregate.SlotOf(k.Name), Pattern: aggregate.PatternOf(k.Name), RDBBytes: k.Size, Source: sourceName,
	}
	if k.Module != nil {
		r.TypeName = k.Module.Name
	}
	if k.Is(parser.HasIdle) {
		r.IdleSeconds = k.Idle
	}
	if k.Is(parser.HasFreq) {
		r.Freq = int32(k.Freq)
	}
	return r
}

func (f *finder) writeJSON(w io.Writer, partial bool) error {
	out := struct {
		Schema  string            `json:"schema"`
		Partial bool              `json:"partial"`
		Keys    []json.RawMessage `json:"keys"`
	}{Schema: showSchema, Partial: partial, Keys: []json.RawMessage{}}
	for _, k := range f.found {
		b, err := k.json()
		if err != nil {
			return err
		}
		out.Keys = append(out.Keys, b)
	}
	return writeJSON(w, out)
}

// json is the row as rdblens keys -f jsonl writes it, with the fields of
// shownKey behind.
func (k *shownKey) json() (json.RawMessage, error) {
	var row bytes.Buffer
	rw := rows.NewJSONL(&row)
	if err := rw.WriteRow(&k.row); err != nil {
		return nil, err
	}
	if err := rw.Close(); err != nil {
		return nil, err
	}
	more, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	head, ok := bytes.CutSuffix(bytes.TrimSpace(row.Bytes()), []byte("}"))
	if !ok {
		return nil, errors.New("a row that is no JSON object")
	}
	return append(append(bytes.Clone(head), ','), more[1:]...), nil
}

func (f *finder) writeText(w io.Writer) error {
	var b strings.Builder
	for i, k := range f.found {
		if i > 0 {
			b.WriteByte('\n')
		}
		k.text(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (k *shownKey) text(b *strings.Builder) {
	r := &k.row
	fact := func(name, format string, args ...any) {
		fmt.Fprintf(b, "  %-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(b, "\"%s\"\n", parser.Escape(r.Key))
	line := parser.Escape([]byte(r.TypeName))
	if e := r.Size.Encoding.String(); e != line && r.DataType != parser.DataTypeModule {
		line += ", " + e
	}
	fact("type", "%s", line)
	line = count(r.Size.Bytes) + " bytes"
	if !r.Size.Exact {
		line += fmt.Sprintf(" ± %s", count(r.Size.Error))
	}
	fact("memory", "%s (MEMORY USAGE on %s, %s); %s allocated, %s of them rounding", line, k.Model.Server, k.Model.Allocator, count(r.Size.Resident), count(k.Waste))
	line = count(r.Elements)
	if r.LongestElement >= 0 {
		line += fmt.Sprintf(", the longest of %s", plural(r.LongestElement, "byte"))
	}
	fact("elements", "%s", line)
	if r.HasExpiry {
		fact("expires", "%s", aggregate.Time(r.Expiry))
	} else {
		fact("expires", "never")
	}
	if r.IdleSeconds >= 0 {
		fact("idle", "%s", plural(r.IdleSeconds, "second"))
	}
	if r.Freq >= 0 {
		fact("freq", "%d", r.Freq)
	}
	fact("slot", "%d", r.Slot)
	fact("pattern", "%s", r.Pattern)
	fact("in dump", "%s, db %d, %s at offset %d as %s", r.Source, r.DB, plural(r.RDBBytes, "byte"), k.Offset, k.RDBType)
	fact("terms", "%10s  %7s", "bytes", "waste")
	for _, t := range k.Terms {
		fmt.Fprintf(b, "  %-10s %10s  %7s  %-28s %s\n", "", count(t.Bytes), count(t.Waste), t.Name, t.Source)
	}
	k.Preview.text(b)
}
