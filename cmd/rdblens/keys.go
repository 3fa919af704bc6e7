package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/output"
	"github.com/rdblens/rdblens/cmd/internal/process"
	"github.com/rdblens/rdblens/cmd/internal/rowsink"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/report"
)

// keysOptions are the flags of the keys command.
type keysOptions struct {
	run         runFlags
	model       modelFlags
	info        infoFlag
	filter      filterFlags
	analysis    analysisFlags
	text        textFlags
	format      string
	outputs     []string
	rowsPerFile int64
	columns     string
	largest     int64
	redact      redactFlag
}

func (a *app) keysCommand() *cobra.Command {
	o := &keysOptions{}
	c := &cobra.Command{
		Use:   "keys SOURCE...",
		Short: "one row per key: size in memory, encoding, elements, expiry, pattern",
		Long: `keys writes one row per key, in dump order, as CSV unless -f says otherwise: what
MEMORY USAGE would print after loading the dump, the encoding, elements, expiry,
idle time or frequency, cluster slot and pattern. docs/keys.md tells the columns.`,
		Example: `  rdblens keys dump.rdb | head
  rdblens keys dump.rdb --ttl none --min-size 1MiB -f text
  rdblens keys dump.rdb -o keys.parquet
  rdblens keys shards/ -o dataset/`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.keys(cmd.Context(), o, cmd.Flags(), args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	addFormat(c, &o.format, &destination.RowFormats)
	fs.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+destination.RowFormats.SuffixList()+"; - is standard output (repeatable)")
	fs.Int64Var(&o.rowsPerFile, "rows-per-file", defaultRowsPerFile, "rows of a file when the output is a directory")
	fs.StringVar(&o.columns, "columns", "", "csv and jsonl: only these columns, as `LIST` with commas: "+strings.Join(report.ColumnNames(), ", ")+" (the eight of redis-rdb-tools)")
	fs.Int64Var(&o.largest, "largest", 0, fmt.Sprintf("only the `N` largest keys, the largest first (at most %d)", report.MaxLargest))
	o.redact.add(fs)
	o.model.add(fs)
	o.info.add(fs)
	o.filter.add(fs)
	o.analysis.add(fs)
	o.text.add(fs)
	o.run.add(fs)
	o.run.addInterrupt(fs)
	complete(c, "on-interrupt", interruptModes)
	completeModel(c)
	return c
}

// keysPlan is a keys command line that has been checked.
type keysPlan struct {
	destination.Plan
	cfg     *aggregate.Config
	columns report.Columns
}

func (o *keysOptions) plan(a *app, fs *pflag.FlagSet) (*keysPlan, error) {
	p := &keysPlan{}
	var err error
	if p.Plan, err = destination.RowFormats.Plan(o.format, fs.Changed("format"), o.outputs); err != nil {
		return nil, err
	}
	if err := p.CheckTerminal(a.stdoutScreen); err != nil {
		return nil, err
	}
	for _, check := range []error{o.run.check(fs), positive("--rows-per-file", o.rowsPerFile), o.text.check(fs)} {
		if check != nil {
			return nil, check
		}
	}
	if fs.Changed("rows-per-file") && !slices.ContainsFunc(p.Targets, func(t destination.Target) bool { return t.Dir }) {
		return nil, usage.Errorf("--rows-per-file is for -o DIR/")
	}
	if err := checkText(&p.Plan, fs); err != nil {
		return nil, err
	}
	if fs.Changed("columns") {
		if p.columns, err = o.columnsFor(&p.Plan); err != nil {
			return nil, err
		}
	}
	if fs.Changed("largest") && (o.largest < 1 || o.largest > report.MaxLargest) {
		return nil, usage.Errorf("--largest %d: 1 to %d", o.largest, report.MaxLargest).Hint("all rows by size: rdblens keys dump.rdb | sort -t, -k4 -nr")
	}
	if p.cfg, err = config(&o.model, &o.filter, &o.analysis, &o.run); err != nil {
		return nil, err
	}
	p.cfg.RowsOnly = true
	return p, nil
}

// columnsFor reads --columns, which only some formats take.
func (o *keysOptions) columnsFor(p *destination.Plan) (report.Columns, error) {
	columns, err := report.ParseColumns(o.columns)
	var unknown *report.UnknownColumnError
	if errors.As(err, &unknown) {
		return nil, usage.BadChoice("--columns", unknown.Name, report.ColumnNames())
	}
	if err != nil {
		return nil, usage.Errorf("--columns: %v", err)
	}
	formats := []report.Format{p.Stdout}
	for _, t := range p.Targets {
		formats = append(formats, t.Format)
		if t.Dir {
			formats = append(formats, report.Parquet)
		}
	}
	for _, f := range formats {
		if f != "" && f != report.CSV && f != report.JSONL {
			return nil, usage.Errorf("--columns is for csv and jsonl, not %s", f)
		}
	}
	return columns, nil
}

// keys runs the keys command.
func (a *app) keys(ctx context.Context, o *keysOptions, fs *pflag.FlagSet, args []string) error {
	a.msg.quiet = o.run.quiet
	p, err := o.plan(a, fs)
	if err != nil {
		return err
	}
	ctx = a.finish(ctx, &o.run)
	set, err := a.sourcesAndLogs(a.readingUnder(ctx), args, &o.run)
	if err != nil {
		return err
	}
	if err := a.attachInfo(set, o.info); err != nil {
		return err
	}
	outs, err := a.outputs(set, append(o.model.read, o.info.read()...)...)
	if err != nil {
		return err
	}
	defer outs.Abort()
	text := o.text.options(a.stdoutScreen, a.env)
	sink := &rowsink.FanOut{Redact: a.redactor(o.redact), Columns: p.columns, Largest: int(o.largest)}
	for _, t := range p.Targets {
		if err := sink.To(outs, t, fileText(text, &o.text), o.rowsPerFile); err != nil {
			return err
		}
	}
	out := output.NewStdout(a.stdout)
	if p.Stdout != "" {
		sink.Alone = len(p.Targets) == 0
		if err := sink.ToStdout(out, p.Stdout, text); err != nil {
			return err
		}
	}
	sink.Start()
	defer func() { // before outs.abort
		sink.Stop()
		_ = out.Flush() // what was interrupted ends with a whole row
	}()
	onScreen := p.Stdout != "" && a.stdoutScreen.Terminal
	m := a.watch(&o.run, fs, set.Sources, onScreen)
	defer m.stop()
	r, err := a.analyze(ctx, set, p.cfg, sink, nil, 1, m)
	if rowsink.ReaderGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.summary == nil {
		if a.reading != nil && a.reading.Err() != nil {
			return context.Cause(a.reading) // nothing was read
		}
		return r.verdict()
	}
	err = sink.Finish()
	if rowsink.ReaderGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := process.Err(ctx); err != nil {
		return err
	}
	if err := outs.Commit(); err != nil {
		return err
	}
	for _, dir := range sink.Directories() {
		a.sayLeft(dir)
	}
	a.summaryWarnings(&o.run, r)
	m.report()
	if err := a.cutShort(m); err != nil {
		return err
	}
	return r.verdict()
}

// summaryWarnings prints the warnings that a report would show.
func (a *app) summaryWarnings(f *runFlags, r *analysis) {
	if f.quiet {
		return
	}
	rep := r.summary.Report()
	for _, w := range rep.Warnings {
		if w.Source != "" {
			a.msg.warnf("%s: %s", w.Source, w.Text)
		} else {
			a.msg.warnf("%s", w.Text)
		}
	}
	a.explainModels(f, rep.Sources)
}
