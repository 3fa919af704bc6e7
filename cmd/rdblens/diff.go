package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/report"
)

// diffOptions are the flags of the diff command.
type diffOptions struct {
	run       runFlags
	model     modelFlags
	filter    filterFlags
	analysis  analysisFlags
	text      textFlags
	jobs      jobsFlag
	format    string
	outputs   []string
	top       int
	maxMemory string
	full      bool
}

func (a *app) diffCommand() *cobra.Command {
	o := &diffOptions{}
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "what grew, shrank, appeared, vanished, by pattern and type; forecast",
		Long: `diff compares two snapshots: keys, bytes, bytes per key and keys without a TTL by
pattern and type, before and after; patterns that are new or gone; the biggest
new keys; leak suspects (they grow and have no TTL); growth per day, from the
times the dumps were written, and the days until maxmemory is reached.

OLD and NEW are each a dump, a part (rdblens report -f part), - for standard
input, or a directory or a glob in quotes whose dumps or parts make up one
snapshot (the shards of a cluster). Filters and grouping apply to dumps of both;
a part was made with its own, and when none are given on the command line those
of the first part, of its own side first, are taken for the dumps.`,
		Example: `  rdblens diff yesterday.rdb today.rdb
  rdblens diff monday.rdbpart today.rdb --maxmemory 16gb -o diff.json
  rdblens diff 'mon/shard-*.rdb' 'tue/shard-*.rdb' -f markdown`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.diff(cmd.Context(), o, cmd.Flags(), args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	addFormat(c, &o.format, &destination.DiffFormats)
	fs.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+destination.DiffFormats.SuffixList()+" tables; - is standard output (repeatable)")
	fs.StringVar(&o.maxMemory, "maxmemory", "", "each server's maxmemory `SIZE`, for the forecast (default: that of --config)")
	fs.IntVar(&o.top, "top", 20, "`N` rows in lists of keys and patterns")
	fs.BoolVar(&o.full, "full", false, "text: everything, not only the first screen")
	o.addAnalysis(fs)
	o.text.add(fs)
	o.jobs.add(fs)
	o.run.addMessages(fs)
	completeModel(c)
	return c
}

// addAnalysis adds the flags that say how dumps are read.
func (o *diffOptions) addAnalysis(fs *pflag.FlagSet) {
	o.model.add(fs)
	o.filter.add(fs)
	o.analysis.add(fs)
	fs.BoolVar(&o.run.noChecksum, "no-checksum", false, "do not compute the checksum; every packed blob is walked instead")
}

// analysisGiven reports whether any flag says how dumps are read.
func analysisGiven(fs *pflag.FlagSet) (given bool) {
	var of diffOptions
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	of.addAnalysis(all)
	all.VisitAll(func(f *pflag.Flag) { given = given || fs.Changed(f.Name) })
	return given
}

// diffPlan is a diff command line that has been checked.
type diffPlan struct {
	destination.Plan
	cfg  *aggregate.Config
	text report.TextOptions
	opts aggregate.DiffOptions
}

func (o *diffOptions) plan(a *app, fs *pflag.FlagSet, args []string) (*diffPlan, error) {
	if len(args) != 2 {
		if _, err := destination.DiffFormats.Plan(o.format, fs.Changed("format"), o.outputs); err != nil {
			return nil, err
		}
		e := usage.Errorf("diff compares two snapshots, OLD and NEW; %d given", len(args)).
			Hint("several shards are one snapshot as a directory or a glob in quotes: 'shard-*.rdb'")
		if len(args) >= trendLeast {
			_ = e.Hint("rdblens trend takes three snapshots and more")
		}
		return nil, e
	}
	return o.planOf(a, fs, &destination.DiffFormats)
}

// planOf checks what diff and trend have in common.
func (o *diffOptions) planOf(a *app, fs *pflag.FlagSet, formats *destination.Formats) (*diffPlan, error) {
	p := &diffPlan{opts: aggregate.DiffOptions{Top: o.top}}
	var err error
	if p.Plan, err = formats.Plan(o.format, fs.Changed("format"), o.outputs); err != nil {
		return nil, err
	}
	for _, check := range []error{o.run.check(fs), o.jobs.check(fs), positive("--top", int64(o.top)), o.text.check(fs)} {
		if check != nil {
			return nil, check
		}
	}
	if p.opts.MaxMemory, err = sizeFlag("--maxmemory", o.maxMemory); err != nil {
		return nil, err
	}
	if p.cfg, err = config(&o.model, &o.filter, &o.analysis, &o.run); err != nil {
		return nil, err
	}
	p.cfg.Top = o.top
	p.text = o.text.options(a.stdoutScreen, a.env)
	p.text.Full = o.full
	return p, checkText(&p.Plan, fs, "full")
}

// diff runs the diff command.
func (a *app) diff(ctx context.Context, o *diffOptions, fs *pflag.FlagSet, args []string) error {
	a.msg.quiet = o.run.quiet
	p, err := o.plan(a, fs, args)
	if err != nil {
		return err
	}
	var sets [2]*source.Set
	for i, arg := range args {
		if sets[i], err = a.sourcesOf(ctx, []string{arg}, &o.run, source.Either, true); err != nil {
			return err
		}
	}
	both := &source.Set{Sources: slices.Concat(sets[0].Sources, sets[1].Sources)}
	for _, s := range sets[0].Sources {
		if at := slices.IndexFunc(sets[1].Sources, s.Same); at >= 0 {
			return usage.Errorf("%s is on both sides", sets[1].Sources[at].Name)
		}
	}
	outs, err := a.outputs(both, o.model.read...)
	if err != nil {
		return err
	}
	defer outs.Abort()
	places, err := openPlaces(&p.Plan, outs)
	if err != nil {
		return err
	}
	given := analysisGiven(fs)
	var parts [2]*aggregate.Part
	for i, set := range sets {
		cfg := p.cfg
		if !given {
			own := slices.Concat(set.Sources, sets[1-i].Sources)
			if cfg, err = configOfParts(ctx, cfg, own); err != nil {
				return err
			}
		}
		if parts[i], err = a.diffSide(ctx, o, fs, set, cfg); err != nil {
			return err
		}
	}
	d, err := aggregate.Compare(parts[0].Summary, parts[1].Summary, p.opts)
	if errors.Is(err, aggregate.ErrConfig) {
		return usage.Errorf("OLD and NEW cannot be compared: %v: %s", aggregate.ErrConfig, difference(err))
	}
	if err != nil {
		return err
	}
	addFailed(d, parts)
	nameFlags(d)
	a.sayRepeated(d.Warnings)
	if err := deliver(ctx, a, &p.Plan, outs, places, d, report.Options{Text: p.text}, &o.text); err != nil {
		return err
	}
	if d.Partial {
		return exitError(exitPartial)
	}
	return nil
}

// configOfParts is the configuration of the first part among some sources, cfg
// when there is none. Parts on standard input and in pipes can be read only
// once: they are not asked.
func configOfParts(ctx context.Context, cfg *aggregate.Config, sources []*source.Source) (*aggregate.Config, error) {
	for _, s := range sources {
		if !s.Rereadable() {
			continue
		}
		found, err := partConfig(ctx, s)
		if err != nil {
			return nil, err
		}
		if found != nil {
			found.Tool, found.Top = cfg.Tool, cfg.Top
			return found, nil
		}
	}
	return cfg, nil
}

// partConfig returns the settings of a part; nil if the source is not a part, or
// cannot be read: the run reports that when it gets there.
func partConfig(ctx context.Context, s *source.Source) (*aggregate.Config, error) {
	st, cancel, err := open(ctx, s)
	if err != nil {
		return nil, ctx.Err()
	}
	defer st.Close()
	defer cancel()
	r, isPart := peekPart(st)
	if !isPart {
		return nil, ctx.Err()
	}
	part, err := aggregate.ReadPart(r)
	if err != nil {
		return nil, ctx.Err()
	}
	c := part.Summary.Config()
	return &c, nil
}

// partReader lets an analysis read parts in place of dumps.
type partReader struct {
	mu     sync.Mutex
	failed []aggregate.FailedSource
	notes  []aggregate.Warning
}

// read reads a part as if it had been analysed under cfg.
func (p *partReader) read(r io.Reader, name string, cfg *aggregate.Config) (*aggregate.Summary, error) {
	part, err := aggregate.ReadPart(r)
	if errors.Is(err, aggregate.ErrPartVersion) {
		return nil, partVersion(name, err)
	}
	if err != nil {
		return nil, err
	}
	if part.Summary, err = part.Summary.WithTop(cfg.Top); err != nil {
		return nil, usage.Errorf("--top: %s: %v", name, err)
	}
	made := part.Summary.Config()
	made.Tool = cfg.Tool
	if err := aggregate.SameConfig(cfg, &made); err != nil {
		return nil, usage.Errorf("%s was made with settings that are not those of this run: %s", name, difference(err)).
			Hint("give the flags it was made with, or none when there are only parts")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = append(p.failed, part.Failed...)
	p.notes = append(p.notes, part.Notes...)
	return part.Summary, nil
}

// partVersion refuses a part that this program does not understand.
func partVersion(name string, err error) *usage.Error {
	return usage.Errorf("%s: %v", name, err).Hint("write it again with this version, or read it with that one")
}

// diffSide reads one snapshot.
func (a *app) diffSide(ctx context.Context, o *diffOptions, fs *pflag.FlagSet, set *source.Set, cfg *aggregate.Config) (*aggregate.Part, error) {
	m := a.watch(&o.run, fs, set.Sources, false)
	defer m.stop()
	reader := &partReader{}
	r, err := a.analyze(ctx, set, cfg, nil, reader, o.jobs.jobs(false), m)
	switch {
	case errors.Is(err, aggregate.ErrSameSource):
		return nil, usage.Errorf("%v", err).Hint("a directory with dumps and parts of them counts every key twice")
	case errors.Is(err, aggregate.ErrConfig):
		return nil, usage.Errorf("the sources of a snapshot cannot be put together: %v: %s", aggregate.ErrConfig, difference(err))
	case err != nil:
		return nil, err
	case r.summary == nil:
		return nil, exitError(exitFailed)
	}
	m.report()
	part, err := r.part(notes(set))
	if err != nil {
		return nil, err
	}
	part.Failed = append(part.Failed, reader.failed...)
	part.Notes = append(part.Notes, reader.notes...)
	return aggregate.MergeParts(part)
}

// nameFlags says in warnings of the library which flags they are about.
func nameFlags(d *aggregate.Diff) {
	for i := range d.Warnings {
		w := &d.Warnings[i]
		switch w.Code {
		case "model":
			w.Text += ", --server sizes both for one"
		case "clock":
			w.Text += " (--now)"
		}
	}
}

// addFailed adds what the summaries do not know: the sources that could not be read.
func addFailed(d *aggregate.Diff, parts [2]*aggregate.Part) {
	for i, side := range []*aggregate.DiffSide{&d.Old, &d.New} {
		for _, f := range parts[i].Failed {
			side.Sources = append(side.Sources, failedSource(f))
			side.Partial, d.Partial = true, true
			side.Totals.PredictedUsedMemory = nil
		}
		d.Warnings = append(d.Warnings, parts[i].Notes...)
	}
	if d.Partial && d.Forecast.Basis == "predicted" {
		d.Forecast = aggregate.Forecast{MaxMemory: d.Forecast.MaxMemory}
	}
}
