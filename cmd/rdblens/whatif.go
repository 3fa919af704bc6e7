package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/scenario"
	"github.com/rdblens/rdblens/cmd/internal/serverfile"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/report"
)

// whatIfOptions are the flags of the whatif command.
type whatIfOptions struct {
	run       runFlags
	model     modelFlags
	info      infoFlag
	filter    filterFlags
	analysis  analysisFlags
	text      textFlags
	jobs      jobsFlag
	format    string
	outputs   []string
	set       []string
	scenarios []string
	to        []string
	sweeps    []string
	top       int
	sections  []string
}

func (a *app) whatIfCommand() *cobra.Command {
	o := &whatIfOptions{}
	c := &cobra.Command{
		Use:   "whatif SOURCE...",
		Short: "the same keys under other settings or on other server lines, before and after",
		Long: `whatif reads every source once and tells what its keys would take under other
settings (--set) or on other server lines (--to), by type and by pattern, with
what is paid for it: the longest packed values, and the elements an access scans.
--sweep draws the curve of one setting. --server, --allocator and --config
describe the server everything is compared with, as for rdblens report.

All --set make one scenario, each --scenario one more, and each holds on every
line of --to. A sweep changes its setting alone, on the server as it is. Settings
go by their names in redis.conf, old *-ziplist-* names too.

Figures are those after a server has loaded the dump with its settings. CONFIG
SET alone converts nothing: keys that exist convert as they are loaded again or
written anew. docs/whatif.md tells more.`,
		Example: `  rdblens whatif dump.rdb --set hash-max-listpack-entries=1024 --set hash-max-listpack-value=128
  rdblens whatif dump.rdb --to redis-8.0 --to redis-8.4 --to valkey-9.0
  rdblens whatif dump.rdb --sweep hash-max-listpack-entries \
    --sweep set-max-intset-entries=512,1024,2048
  rdblens whatif dump.rdb --scenario big=hash-max-listpack-entries=4096 \
    --scenario small=hash-max-listpack-entries=64 -f json`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.whatIf(cmd.Context(), o, cmd.Flags(), args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringArrayVar(&o.set, "set", nil, "change a setting, as `NAME=VALUE` (repeatable: all in one scenario)")
	fs.StringArrayVar(&o.scenarios, "scenario", nil, "one more scenario, as `NAME=SETTING=VALUE,SETTING=VALUE` (repeatable)")
	fs.StringArrayVar(&o.to, "to", nil, "size for this server `LINE`, as redis-8.4 or valkey-9.0 (repeatable: a table of several)")
	fs.StringArrayVar(&o.sweeps, "sweep", nil, "the curve of a setting over sensible values, or as `SETTING=V1,V2,...` over these (repeatable)")
	addFormat(c, &o.format, &destination.WhatIfFormats)
	fs.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+destination.WhatIfFormats.SuffixList()+" tables; - is standard output (repeatable)")
	o.model.add(fs)
	o.info.add(fs)
	o.filter.add(fs)
	o.analysis.add(fs)
	fs.IntVar(&o.top, "top", 20, "`N` patterns of each scenario, those that change most")
	fs.StringSliceVar(&o.sections, "section", nil, "only these `SECTIONS` of the text, as scenarios,costs: "+strings.Join(report.KindWhatIf.Sections(), ", "))
	o.text.add(fs)
	o.jobs.add(fs)
	o.run.add(fs)
	completeModel(c)
	complete(c, "to", serverfile.Servers())
	complete(c, "section", report.KindWhatIf.Sections())
	complete(c, "sweep", scenario.Sweepable())
	return c
}

// whatIfPlan is a whatif command line that has been checked.
type whatIfPlan struct {
	destination.Plan
	cfg  *aggregate.Config
	text report.TextOptions
}

func (o *whatIfOptions) plan(a *app, fs *pflag.FlagSet) (*whatIfPlan, error) {
	p := &whatIfPlan{}
	var err error
	if p.Plan, err = destination.WhatIfFormats.Plan(o.format, fs.Changed("format"), o.outputs); err != nil {
		return nil, err
	}
	for _, check := range []error{
		o.run.check(fs), o.jobs.check(fs), positive("--top", int64(o.top)), o.text.check(fs), checkSections(o.sections, report.KindWhatIf.Sections()),
		checkText(&p.Plan, fs, "section"),
	} {
		if check != nil {
			return nil, check
		}
	}
	if p.cfg, err = config(&o.model, &o.filter, &o.analysis, &o.run); err != nil {
		return nil, err
	}
	p.cfg.Top = o.top
	if p.cfg.Scenarios, err = scenario.Parse(o.set, o.scenarios, o.to); err != nil {
		return nil, err
	}
	for _, arg := range o.sweeps {
		s, err := scenario.ParseSweep(arg, p.cfg.Settings)
		if err != nil {
			return nil, err
		}
		p.cfg.Sweeps = append(p.cfg.Sweeps, s)
	}
	if len(p.cfg.Scenarios)+len(p.cfg.Sweeps) == 0 {
		return nil, usage.Errorf("nothing to compare with").Hint("--set NAME=VALUE, --to LINE or --sweep NAME say with what; --set and --to may be repeated")
	}
	if err := aggregate.ValidateConfig(p.cfg); err != nil {
		return nil, usage.Errorf("%v", err)
	}
	p.text = o.text.options(a.stdoutScreen, a.env)
	p.text.Sections = o.sections
	return p, nil
}

// whatIf runs the whatif command.
func (a *app) whatIf(ctx context.Context, o *whatIfOptions, fs *pflag.FlagSet, args []string) error {
	a.msg.quiet = o.run.quiet
	p, err := o.plan(a, fs)
	if err != nil {
		return err
	}
	set, err := a.sourcesAndLogs(ctx, args, &o.run)
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
	places, err := openPlaces(&p.Plan, outs)
	if err != nil {
		return err
	}
	m := a.watch(&o.run, fs, set.Sources, false)
	defer m.stop()
	r, err := a.analyze(ctx, set, p.cfg, nil, nil, o.jobs.jobs(false), m)
	if err != nil {
		return err
	}
	if r.summary == nil {
		return r.verdict()
	}
	part, err := r.part(notes(set))
	if err != nil {
		return err
	}
	w := comparison(part)
	if err := deliver(ctx, a, &p.Plan, outs, places, w, report.Options{Text: p.text}, &o.text); err != nil {
		return err
	}
	a.explainModels(&o.run, w.Sources)
	m.report()
	return r.verdict()
}

// comparison is the what-if of a part, with the sources that could not be read and
// the notes of the run.
func comparison(part *aggregate.Part) *aggregate.WhatIf {
	w := part.Summary.WhatIf()
	w.Sources = withFailed(w.Sources, part.Failed)
	if len(part.Failed) > 0 {
		w.Partial = true
	}
	if w.Partial {
		// used_memory would be predicted for fewer keys than were saved.
		w.Baseline.UsedMemory = nil
		for i := range w.Scenarios {
			s := &w.Scenarios[i]
			s.UsedMemoryBefore, s.UsedMemoryAfter, s.SavesUsedMemory = nil, nil, nil
		}
	}
	w.Warnings = append(w.Warnings, part.Notes...)
	return w
}
