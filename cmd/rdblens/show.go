package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate/inspect"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/preview"
	"github.com/rdblens/rdblens/cmd/internal/process"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/report"
	"github.com/rdblens/rdblens/report/document"
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
server says so, the first elements of its value, and its largest ones by name.

A KEY may be written as other commands print it, with \xNN and \\. With --redact
tokens stand for its name and the words of its pattern, and its value is not shown.`,
		Example: `  rdblens show dump.rdb cart:42
  rdblens show dump.rdb 'bin\x00\xff' --db 3 -f json`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.show(cmd.Context(), o, cmd.Flags(), args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	addFormat(c, &o.format, &destination.ShowFormats)
	fs.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+destination.ShowFormats.SuffixList()+"; - is standard output (repeatable)")
	fs.Int32Var(&o.db, "db", 0, "only database `N`; the search ends when all keys are found (default: every database)")
	o.redact.add(fs)
	o.model.add(fs)
	o.run.add(fs)
	completeModel(c)
	return c
}

// search is the search that a show command line asks for.
func (o *showOptions) search(fs *pflag.FlagSet, args []string) (*inspect.Search, error) {
	if err := o.run.check(fs); err != nil {
		return nil, err
	}
	prof, err := o.model.profile()
	if err != nil {
		return nil, err
	}
	switch len(args) {
	case 0:
		return nil, noSource()
	case 1:
		return nil, usage.Errorf("no key is given").Hint("rdblens show %s KEY...; rdblens keys %s lists the keys", args[0], args[0])
	}
	if o.db < 0 {
		return nil, usage.Errorf("--db %d: databases are numbered from 0", o.db)
	}
	opts := inspect.Options{
		Server: prof.server, Allocator: prof.allocator, Settings: prof.settings, Cluster: prof.cluster,
		NoChecksum: o.run.noChecksum, Previewer: preview.New,
	}
	if fs.Changed("db") {
		opts.DB = &o.db
	}
	return inspect.NewSearch(args[1:], opts), nil
}

// show runs the show command.
func (a *app) show(ctx context.Context, o *showOptions, fs *pflag.FlagSet, args []string) error {
	a.msg.quiet = o.run.quiet
	p, err := destination.ShowFormats.Plan(o.format, fs.Changed("format"), o.outputs)
	if err != nil {
		return err
	}
	search, err := o.search(fs, args)
	if err != nil {
		return err
	}
	set, err := a.sources(ctx, args[:1], &o.run)
	if err != nil {
		return err
	}
	w, err := a.openResult(set, p, o.model.read...)
	if err != nil {
		return err
	}
	defer w.outs.Abort()

	redactor := a.redactor(o.redact)
	m := a.watch(&o.run, fs, set.Sources, false)
	defer m.stop()
	dumps, partial, err := a.searchAll(ctx, search, set, m)
	if err != nil {
		return err
	}
	m.stop()
	if dumps == 0 {
		return exitError(exitFailed)
	}
	for _, w := range search.Warnings() {
		a.msg.warnf("%s: %s", w.Source, w.Text)
	}
	if d := (&document.Show{Partial: partial, Keys: search.Keys()}); len(d.Keys) > 0 {
		if redactor != nil {
			redactor.Show(d, "not shown (--redact)")
		}
		err := w.write(func(out io.Writer, fm report.Format) error {
			return report.Write(out, d, fm, &report.Options{Text: a.prose(out)})
		})
		if err != nil {
			return err
		}
	}
	m.report()
	if a.sayMissing(search, o, fs, args[1:], partial) {
		a.msg.hintf("rdblens keys %s --match 'PREFIX*' lists keys by name", source.Printable(args[0]))
		return exitError(exitFailed)
	}
	if partial || slices.ContainsFunc(search.Outcomes(), func(o inspect.Outcome) bool { return o.Damaged }) {
		return exitError(exitPartial)
	}
	return nil
}

// searchAll searches every source of a set. partial says that one of them could
// not be read to its end; the error is an interrupt.
func (a *app) searchAll(ctx context.Context, search *inspect.Search, set *source.Set, m *meterRun) (dumps int, partial bool, err error) {
	partial = len(set.Failed) > 0
	for i, s := range set.Sources {
		dump, err := searchOne(ctx, search, s, m.keys[i].Store)
		if ie := process.Err(ctx); ie != nil {
			return 0, false, ie
		}
		if dump {
			dumps++
		}
		if err != nil {
			m.stop()
			a.msg.errorf("%s: %v", s.Name, err)
			a.hintMangled(s)
			partial = true
		}
	}
	return dumps, partial, nil
}

// searchOne searches one source; dump is false if it is not a dump.
func searchOne(ctx context.Context, search *inspect.Search, s *source.Source, progress func(keys int64)) (dump bool, err error) {
	st, cancel, err := open(ctx, s)
	if err != nil {
		return false, err
	}
	defer st.Close()
	defer cancel() // first: a read may still be under way
	bytes, part := peekPart(st)
	if part {
		return false, errIsPart
	}
	return search.Read(ctx, inspect.Input{Name: s.Name, Reader: bytes, Inflate: source.NewInflate(), Progress: progress})
}

// sayMissing prints which keys were not found. lost is false if every one of them
// is in the dump, even if damaged.
func (a *app) sayMissing(search *inspect.Search, o *showOptions, fs *pflag.FlagSet, args []string, partial bool) (lost bool) {
	for i, found := range search.Outcomes() {
		name := quoted(args[i])
		if found.Damaged {
			a.msg.errorf("key %s is damaged", name)
			continue
		}
		if found.Found > 0 {
			continue
		}
		lost = true
		where := ""
		if fs.Changed("db") {
			where = fmt.Sprintf(" in database %d", o.db)
			if len(found.Elsewhere) > 0 {
				where += "; there is one in database " + strings.Trim(fmt.Sprint(found.Elsewhere), "[]")
			}
		}
		if partial {
			where += " in what could be read"
		}
		a.msg.errorf("there is no key %s%s", name, where)
	}
	return lost
}

// quoted shows an argument between quotation marks; one within it is \x22, as
// parser.Quote has it, so that --redact finds its end.
func quoted(arg string) string {
	return `"` + strings.ReplaceAll(source.Printable(arg), `"`, `\x22`) + `"`
}
