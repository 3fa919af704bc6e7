package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/report"
)

// trendLeast is how many snapshots a trend takes at least.
const trendLeast = 3

func (a *app) trendCommand() *cobra.Command {
	o := &diffOptions{}
	c := &cobra.Command{
		Use:   "trend SNAPSHOT...",
		Short: "three and more snapshots of one server in time: growth by pattern, forecast",
		Long: `trend puts snapshots of one server in the order in which they were written and
tells how keys and bytes went by pattern and type, what appeared and what is
gone, leak suspects (they grow and have no TTL), and where used_memory goes from
there: a change a day is the median of those between any two snapshots, and half
of these lie in the spread beside it.

SNAPSHOT is a dump or a part (rdblens report -f part). With several, a directory
or a glob in quotes is one snapshot, whose dumps or parts are the shards of a
cluster. Alone, a directory or a glob in quotes is all snapshots, a dump or a
part each. Filters and grouping apply to dumps; without any on the command line
those of the first part are taken for the dumps.`,
		Example: `  rdblens trend backups/
  rdblens trend night-*.rdb.zst --maxmemory 16gb
  rdblens trend 'mon/shard-*.rdb' 'tue/shard-*.rdb' 'wed/shard-*.rdb' -o trend.html
  rdblens trend parts/*.rdbpart -f json`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.trend(cmd.Context(), o, cmd.Flags(), args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	addFormat(c, &o.format, &destination.TrendFormats)
	fs.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+destination.TrendFormats.SuffixList()+" tables; - is standard output (repeatable)")
	fs.StringVar(&o.maxMemory, "maxmemory", "", "each server's maxmemory `SIZE`, for the forecast (default: that of --config)")
	fs.IntVar(&o.top, "top", 20, "`N` rows in lists of patterns")
	o.addAnalysis(fs)
	o.text.add(fs)
	o.jobs.add(fs)
	o.run.addMessages(fs)
	completeModel(c)
	return c
}

// trend runs the trend command.
func (a *app) trend(ctx context.Context, o *diffOptions, fs *pflag.FlagSet, args []string) error {
	a.msg.quiet = o.run.quiet
	p, err := o.planOf(a, fs, &destination.TrendFormats)
	if err != nil {
		return err
	}
	sets, err := a.snapshots(ctx, o, args)
	if err != nil {
		return err
	}
	all := &source.Set{}
	for _, set := range sets {
		for _, s := range set.Sources {
			if at := slices.IndexFunc(all.Sources, s.Same); at >= 0 {
				return usage.Errorf("%s is in two snapshots", all.Sources[at].Name)
			}
		}
		all.Sources = append(all.Sources, set.Sources...)
	}
	outs, err := a.outputs(all, o.model.read...)
	if err != nil {
		return err
	}
	defer outs.Abort()
	places, err := openPlaces(&p.Plan, outs)
	if err != nil {
		return err
	}
	cfg := p.cfg
	if !analysisGiven(fs) {
		if cfg, err = configOfParts(ctx, cfg, all.Sources); err != nil {
			return err
		}
	}
	d, err := a.trendOf(ctx, o, fs, sets, cfg, p.opts)
	if err != nil {
		return err
	}
	if err := deliver(ctx, a, &p.Plan, outs, places, d, report.Options{Text: p.text}, &o.text); err != nil {
		return err
	}
	if d.Partial {
		return exitError(exitPartial)
	}
	return nil
}

// snapshots resolves the arguments: each is a snapshot, but one alone is as many as
// there are files in it.
func (a *app) snapshots(ctx context.Context, o *diffOptions, args []string) ([]*source.Set, error) {
	var sets []*source.Set
	for _, arg := range args {
		set, err := a.sourcesOf(ctx, []string{arg}, &o.run, source.Either, true)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	if len(sets) == 1 {
		all := sets[0]
		sets = nil
		for _, s := range all.Sources {
			sets = append(sets, &source.Set{Sources: []*source.Source{s}})
		}
		if len(sets) > 0 {
			sets[0].Failed, sets[0].Skipped, sets[0].Warnings = all.Failed, all.Skipped, all.Warnings
		}
	}
	if len(sets) >= trendLeast {
		return sets, nil
	}
	e := usage.Errorf("trend takes three snapshots and more; %d given", len(sets))
	if len(sets) == 2 {
		_ = e.Hint("rdblens diff OLD NEW compares two")
	}
	return nil, e.Hint("a directory or a glob in quotes, alone, is a snapshot for each dump in it: rdblens trend backups/")
}

// trendOf reads the snapshots one after the other.
func (a *app) trendOf(ctx context.Context, o *diffOptions, fs *pflag.FlagSet, sets []*source.Set, cfg *aggregate.Config, opts aggregate.DiffOptions) (*aggregate.Trend, error) {
	var parts []*aggregate.Part
	var summaries []*aggregate.Summary
	var lost []aggregate.Warning
	for _, set := range sets {
		part, err := a.diffSide(ctx, o, fs, set, cfg)
		nothing := errors.Is(err, exitError(exitFailed))
		if err == nil && part.Summary.Partial() {
			_, keys := part.Summary.Counted()
			nothing = keys == 0
		}
		if nothing {
			for _, s := range set.Sources { // which has been said
				lost = append(lost, aggregate.Warning{Source: s.Name, Code: "unreadable", Text: "could not be read: the trend is without it", Count: 1})
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		parts, summaries = append(parts, part), append(summaries, part.Summary)
	}
	d, err := aggregate.TrendOf(summaries, opts)
	switch {
	case errors.Is(err, aggregate.ErrFewSnapshots):
		a.msg.errorf("%v", err)
		return nil, exitError(exitFailed)
	case errors.Is(err, aggregate.ErrConfig):
		return nil, usage.Errorf("the snapshots cannot be compared: %v: %s", aggregate.ErrConfig, difference(err))
	case errors.Is(err, aggregate.ErrSameSource):
		return nil, usage.Errorf("%v", err).Hint("a dump and a part of it are one snapshot")
	case err != nil:
		return nil, err
	}
	d.Partial, d.Warnings = d.Partial || len(lost) > 0, append(d.Warnings, lost...)
	for _, part := range parts {
		for _, f := range part.Failed {
			addFailedTo(d, part, f)
		}
		d.Warnings = append(d.Warnings, part.Notes...)
	}
	a.sayRepeated(d.Warnings)
	return d, nil
}

// addFailedTo adds a source that could not be read to its snapshot, which the summaries
// do not know.
func addFailedTo(d *aggregate.Trend, part *aggregate.Part, f aggregate.FailedSource) {
	sources := part.Summary.Report().Sources
	for i := range d.Snapshots {
		s := &d.Snapshots[i]
		if len(sources) == 0 || !slices.ContainsFunc(s.Sources, func(x aggregate.Source) bool { return x.Name == sources[0].Name }) {
			continue
		}
		s.Sources = append(s.Sources, failedSource(f))
		s.Partial, s.Totals.PredictedUsedMemory = true, nil
		break
	}
	d.Partial = true
	d.Forecast = aggregate.TrendForecast{MaxMemory: d.Forecast.MaxMemory}
}
