package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/output"
)

// keysOptions are the flags of the keys command.
type keysOptions struct {
	run         runFlags
	model       modelFlags
	filter      filterFlags
	analysis    analysisFlags
	text        textFlags
	format      string
	outputs     []string
	rowsPerFile int64
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
	addFormat(c, &o.format, &rowFormats)
	fs.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+rowFormats.suffixList()+"; - is standard output (repeatable)")
	fs.Int64Var(&o.rowsPerFile, "rows-per-file", defaultRowsPerFile, "rows of a file when the output is a directory")
	o.redact.add(fs)
	o.model.add(fs)
	o.filter.add(fs)
	o.analysis.add(fs)
	o.text.add(fs)
	o.run.add(fs)
	completeModel(c)
	return c
}

// keysPlan is a keys command line that has been checked.
type keysPlan struct {
	plan
	cfg *aggregate.Config
}

func (o *keysOptions) plan(a *app, fs *pflag.FlagSet) (*keysPlan, error) {
	p := &keysPlan{}
	var err error
	if p.plan, err = rowFormats.plan(o.format, fs.Changed("format"), o.outputs); err != nil {
		return nil, err
	}
	if err := p.checkTerminal(a.stdoutScreen); err != nil {
		return nil, err
	}
	for _, check := range []error{o.run.check(fs), positive("--rows-per-file", o.rowsPerFile), o.text.check(fs)} {
		if check != nil {
			return nil, check
		}
	}
	if fs.Changed("rows-per-file") && !slices.ContainsFunc(p.targets, func(t target) bool { return t.dir }) {
		return nil, usagef("--rows-per-file is for -o DIR/")
	}
	if err := p.checkText(fs); err != nil {
		return nil, err
	}
	if p.cfg, err = config(&o.model, &o.filter, &o.analysis, &o.run); err != nil {
		return nil, err
	}
	p.cfg.RowsOnly = true
	return p, nil
}

// keys runs the keys command.
func (a *app) keys(ctx context.Context, o *keysOptions, fs *pflag.FlagSet, args []string) error {
	a.msg.quiet = o.run.quiet
	p, err := o.plan(a, fs)
	if err != nil {
		return err
	}
	set, err := a.sources(ctx, args, &o.run)
	if err != nil {
		return err
	}
	outs, err := a.outputs(set, o.model.read...)
	if err != nil {
		return err
	}
	defer outs.Abort()
	text := o.text.options(a.stdoutScreen, a.env)
	sink := &fanOut{redact: a.redactor(o.redact)}
	for _, t := range p.targets {
		if err := sink.rowsTo(outs, t, fileText(text, &o.text), o.rowsPerFile); err != nil {
			return err
		}
	}
	out := output.NewStdout(a.stdout)
	if p.stdout != "" {
		sink.alone = len(p.targets) == 0
		if err := sink.rowsToStdout(out, p.stdout, text); err != nil {
			return err
		}
	}
	sink.start()
	defer func() { // before outs.abort
		sink.stop()
		_ = out.Flush() // what was interrupted ends with a whole row
	}()
	onScreen := p.stdout != "" && a.stdoutScreen.terminal
	m := a.watch(&o.run, fs, set.Sources, onScreen)
	defer m.stop()
	r, err := a.analyze(ctx, set, p.cfg, sink, nil, 1, m)
	if readerGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.summary == nil {
		return r.verdict()
	}
	err = sink.close()
	if readerGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := interruptedError(ctx); err != nil {
		return err
	}
	if err := outs.Commit(); err != nil {
		return err
	}
	sink.committed(a)
	a.summaryWarnings(&o.run, r)
	m.report()
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
