package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/cmd/internal/usage"
)

func (a *app) mergeCommand() *cobra.Command {
	// Of the flags of report, those about reading dumps do not apply: these are
	// their defaults.
	o := &reportOptions{rowsPerFile: defaultRowsPerFile}
	o.model.server, o.model.allocator = aggregate.ServerAuto, memory.Jemalloc.String()
	c := &cobra.Command{
		Use:   "merge PART...",
		Short: "partial results (report -f part) into one report",
		Long: `merge puts parts together, which rdblens report -f part or -o NAME.rdbpart wrote,
into the report over all their sources: the same, byte for byte, as one report
over these dumps. A part holds figures, no values, and takes megabytes where
the dump takes gigabytes: shards are read where they are, their parts are merged
in one place.

PART is a file, - for standard input, a directory (every part in it), or a glob
in quotes. Parts that were made with different settings (--now, filters,
grouping, server, configuration, version of this program) do not merge.`,
		Example: `  rdblens report shard-1.rdb -o shard-1.rdbpart
  rdblens merge shard-*.rdbpart
  rdblens merge parts/ -o fleet.json -o fleet.rdbpart
  ssh db1 rdblens report /var/lib/redis/dump.rdb -f part | rdblens merge - db2.rdbpart`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.merge(cmd.Context(), o, cmd.Flags(), args) },
	}
	o.addOutput(c)
	o.addView(c)
	o.run.addMessages(c.Flags())
	complete(c, "progress", []string{"auto", "always", "never"})
	return c
}

// merge runs the merge command.
func (a *app) merge(ctx context.Context, o *reportOptions, fs *pflag.FlagSet, args []string) error {
	a.msg.quiet = o.run.quiet
	p, err := o.plan(a, fs)
	if err != nil {
		return err
	}
	if o.showValues {
		return usage.Errorf("--show-values: parts hold no values")
	}
	if len(args) == 0 {
		return usage.Errorf("no part is given").Hint("rdblens report DUMP -o NAME.rdbpart writes one")
	}
	set, err := a.sourcesOf(ctx, args, &o.run, source.Parts, false)
	if err != nil {
		return err
	}
	return a.mergeSet(ctx, p, o, fs, set)
}

// onlyParts reports whether the sources are parts, as far as that can be seen without
// using up a pipe.
func onlyParts(ctx context.Context, set *source.Set) bool {
	if len(set.Sources) == 0 || len(set.Logs) > 0 {
		return false
	}
	for _, s := range set.Sources { // the first that is none ends it
		if !s.Rereadable() {
			return false
		}
		st, cancel, err := open(ctx, s)
		if err != nil {
			return false
		}
		_, part := peekPart(st)
		st.Close()
		cancel()
		if !part {
			return false
		}
	}
	return true
}

// forParts refuses flags that say how dumps are read.
func (o *reportOptions) forParts(fs *pflag.FlagSet) (err error) {
	var of reportOptions
	merged := pflag.NewFlagSet("", pflag.ContinueOnError)
	all := &cobra.Command{}
	of.addOutput(all)
	of.addView(all)
	merged.AddFlagSet(all.Flags())
	of.run.addMessages(merged)
	fs.Visit(func(f *pflag.Flag) {
		if err == nil && merged.Lookup(f.Name) == nil {
			err = usage.Errorf("--%s says how a dump is read, and these are parts", f.Name).Hint("give it where the part is made: rdblens report DUMP --%s ... -o NAME.rdbpart", f.Name)
		}
	})
	if err == nil && o.showValues {
		err = usage.Errorf("--show-values: parts hold no values")
	}
	return err
}

// mergeSet merges parts and delivers the report.
func (a *app) mergeSet(ctx context.Context, p *reportPlan, o *reportOptions, fs *pflag.FlagSet, set *source.Set) error {
	redactor := a.redactor(o.redact)
	outs, err := a.outputs(set, o.read()...)
	if err != nil {
		return err
	}
	defer outs.Abort()
	places, err := openPlaces(&p.Plan, outs)
	if err != nil {
		return err
	}
	m := a.watch(&o.run, fs, set.Sources, false)
	defer m.stop()
	top := 0
	if fs.Changed("top") {
		top = o.top
	}
	merged, err := a.readParts(ctx, set, top)
	if err != nil {
		return err
	}
	m.stop()
	if merged == nil {
		return exitError(exitFailed)
	}
	if err := a.deliverReport(ctx, p, &o.text, outs, places, merged, redactor); err != nil {
		return err
	}
	m.report()
	if merged.Summary.Partial() || len(merged.Failed) > 0 || len(merged.Logs) > 0 {
		return exitError(exitPartial)
	}
	return nil
}

// readParts reads the parts of a set and merges them, a few at a time; top,
// if it is not 0, is the rows they show. Parts that cannot be read are reported
// and count as failed; the result is nil if none can be read.
func (a *app) readParts(ctx context.Context, set *source.Set, top int) (*aggregate.Part, error) {
	var (
		pending []*aggregate.Part
		room    mergeRoom
		first   aggregate.Config
		name    string // of the first
		failed  []aggregate.FailedSource
	)
	for _, f := range set.Failed {
		failed = append(failed, failure{f.Name, f.Err}.source())
	}
	for _, s := range set.Sources {
		part, err := a.readPart(ctx, s, top)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, aggregate.ErrPartVersion):
			return nil, partVersion(s.Name, err)
		case err != nil:
			var ue *usage.Error
			if errors.As(err, &ue) {
				return nil, err
			}
			a.msg.errorf("%s: %v", s.Name, err)
			if errors.Is(err, aggregate.ErrNotPart) {
				a.msg.hintOnce("rdblens report reads dumps; with -f part or -o NAME.rdbpart it writes parts")
			}
			failed = append(failed, failure{s.Name, err}.source())
			continue
		}
		config := part.Summary.Config()
		if name == "" {
			first, name = config, s.Name
		} else if err := aggregate.SameConfig(&first, &config); err != nil {
			return nil, usage.Errorf("%s and %s were made with different settings: %s", name, s.Name, difference(err)).Hint("what differs must be the same for all parts")
		}
		if pending = append(pending, part); room.full(part.Summary) {
			// As merger.add: those that wait first.
			waiting, err := mergePending(pending[1:])
			if err != nil {
				return nil, err
			}
			if pending, err = mergePending(append(pending[:1], waiting...)); err != nil {
				return nil, err
			}
		}
	}
	if len(pending) == 0 {
		return nil, nil
	}
	pending[0].Failed = append(pending[0].Failed, failed...)
	pending[0].Notes = append(pending[0].Notes, notes(set)...)
	pending, err := mergePending(pending)
	if err != nil {
		return nil, err
	}
	return pending[0], nil
}

// difference is a setting that differs, as users of the program know it: by its
// flag where the library names a field.
func difference(err error) string {
	var m *aggregate.ConfigMismatch
	if !errors.As(err, &m) {
		return err.Error()
	}
	switch m.Field {
	case "Now", "Top", "Loaded":
		return "--" + strings.ToLower(m.Field)
	}
	return m.What
}

// mergePending merges parts into one.
func mergePending(parts []*aggregate.Part) ([]*aggregate.Part, error) {
	sum, err := aggregate.MergeParts(parts...)
	if errors.Is(err, aggregate.ErrSameSource) {
		return nil, usage.Errorf("%v", err).Hint("every key would be counted twice")
	}
	if err != nil {
		return nil, err
	}
	clear(parts)
	return append(parts[:0], sum), nil
}

// readPart reads one part.
func (a *app) readPart(ctx context.Context, s *source.Source, top int) (*aggregate.Part, error) {
	st, cancel, err := open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	defer cancel()
	part, err := aggregate.ReadPart(st)
	if err != nil {
		return nil, err
	}
	if len(part.Unknown) > 0 {
		a.msg.warnf("%s: written by %s %s, which knows more than this program: passed over %s", s.Name, part.Tool.Name, part.Tool.Version, source.Printable(list(part.Unknown)))
	}
	if top > 0 {
		if part.Summary, err = part.Summary.WithTop(top); err != nil {
			return nil, usage.Errorf("--top: %s: %v", s.Name, err)
		}
	}
	return part, nil
}

// list joins the first few of some names.
func list(names []string) string {
	const few = 5
	out := ""
	for i, n := range names[:min(len(names), few)] {
		if i > 0 {
			out += ", "
		}
		out += n
	}
	if len(names) > few {
		out += ", …"
	}
	return out
}
