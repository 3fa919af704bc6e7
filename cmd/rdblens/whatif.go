package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/destination"
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
	complete(c, "to", serverNames())
	complete(c, "section", report.KindWhatIf.Sections())
	complete(c, "sweep", sweepable())
	return c
}

// setting reads one name=value.
func setting(flag, arg string) (aggregate.Setting, error) {
	name, value, ok := strings.Cut(arg, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" || value == "" {
		return aggregate.Setting{}, usage.Errorf("%s %q is not NAME=VALUE", flag, arg).Hint("for example %s hash-max-listpack-entries=1024", flag)
	}
	canonical, err := settingName(flag, name)
	if err != nil {
		return aggregate.Setting{}, err
	}
	c := memory.DefaultConfig()
	if _, err := setSetting(&c, canonical, value); err != nil {
		return aggregate.Setting{}, usage.Errorf("%s: %v", flag, err)
	}
	value, _ = c.Get(canonical)
	return aggregate.Setting{Name: canonical, Value: value}, nil
}

// settingName resolves a setting's name, old ones too.
func settingName(flag, name string) (string, error) {
	if canonical, ok := memory.CanonicalSetting(name); ok {
		return canonical, nil
	}
	e := usage.Errorf("%s: %q is not a setting that shapes memory", flag, name)
	if n := usage.Nearest(strings.ToLower(name), append(memory.SettingNames(), memory.SettingAliases()...)); n != "" {
		return "", e.Hint("did you mean %s?", n)
	}
	return "", e.Hint("settings: %s", strings.Join(memory.SettingNames(), ", "))
}

// settings reads the settings of one scenario.
func settings(flag string, args []string) (out []aggregate.Setting, err error) {
	for _, arg := range args {
		s, err := setting(flag, arg)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(o aggregate.Setting) bool { return o.Name == s.Name }) {
			return nil, usage.Errorf("%s: %s is given twice in one scenario", flag, s.Name).Hint("--scenario NAME=%s=VALUE makes another one; --sweep %s compares many values", s.Name, s.Name)
		}
		out = append(out, s)
	}
	return out, nil
}

// compared returns the scenarios of the command line: each group of settings on
// each server line.
func (o *whatIfOptions) compared() ([]aggregate.Scenario, error) {
	var groups []aggregate.Scenario
	if len(o.set) > 0 {
		list, err := settings("--set", o.set)
		if err != nil {
			return nil, err
		}
		groups = append(groups, aggregate.Scenario{Name: settingsName(list), Settings: list})
	}
	for _, arg := range o.scenarios {
		name, rest, ok := strings.Cut(arg, "=")
		if !ok || name == "" || !strings.Contains(rest, "=") {
			return nil, usage.Errorf("--scenario %q is not NAME=SETTING=VALUE,...", arg).Hint("for example --scenario big=hash-max-listpack-entries=4096,set-max-intset-entries=4096")
		}
		list, err := settings("--scenario", strings.Split(rest, ","))
		if err != nil {
			return nil, err
		}
		groups = append(groups, aggregate.Scenario{Name: name, Settings: list})
	}
	if len(o.to) == 0 {
		return groups, nil
	}
	if len(groups) == 0 {
		groups = []aggregate.Scenario{{}}
	}
	var out []aggregate.Scenario
	for _, line := range o.to {
		server, err := memory.ParseServer(line)
		if err != nil {
			e := usage.Errorf("--to: %v", err)
			if n := usage.Nearest(line, serverNames()); n != "" {
				return nil, e.Hint("did you mean %s?", n)
			}
			return nil, e
		}
		for _, g := range groups {
			name := line
			if g.Name != "" {
				name += ", " + g.Name
			}
			out = append(out, aggregate.Scenario{Name: name, Server: server.String(), Settings: g.Settings})
		}
	}
	return out, nil
}

func settingsName(list []aggregate.Setting) string {
	var names []string
	for _, s := range list {
		names = append(names, s.Name+"="+s.Value)
	}
	return strings.Join(names, ", ")
}

// sweepable are the settings that have a curve.
func sweepable() []string {
	return slices.DeleteFunc(memory.SettingNames(), func(n string) bool { return strings.HasPrefix(n, "maxmemory") })
}

// sweep reads one --sweep; base are the settings in force.
func sweep(arg string, base memory.Config) (aggregate.Sweep, error) {
	name, list, given := strings.Cut(arg, "=")
	name, err := settingName("--sweep", strings.TrimSpace(name))
	if err != nil {
		return aggregate.Sweep{}, err
	}
	if !slices.Contains(sweepable(), name) {
		return aggregate.Sweep{}, usage.Errorf("--sweep: %s has no curve", name).Hint("settings: %s", strings.Join(sweepable(), ", "))
	}
	value, _ := base.Get(name)
	now, _ := strconv.ParseInt(value, 10, 64) // what is swept is a number
	s := aggregate.Sweep{Setting: name}
	if !given {
		s.Values = sweepValues(name, now)
		return s, nil
	}
	s.Values = append(s.Values, now)
	for _, v := range strings.Split(list, ",") {
		x, err := setting("--sweep", name+"="+v)
		if err != nil {
			return s, err
		}
		n, _ := strconv.ParseInt(x.Value, 10, 64)
		s.Values = append(s.Values, n)
	}
	s.Values = inOrder(name, s.Values)
	return s, nil
}

// sweepValues are sensible values of a setting, the one in force among them:
// fractions and multiples of limits, every size of a list node, few depths.
func sweepValues(name string, now int64) []int64 {
	values := []int64{now}
	lowest, highest, _ := memory.SettingRange(name)
	scale := func(of, down, up int64) {
		for f := down; f > 1; f /= 2 {
			values = append(values, of/f)
		}
		for f := int64(1); f <= up; f *= 2 {
			if of <= highest/f {
				values = append(values, of*f)
			}
		}
	}
	switch {
	case name == "list-max-listpack-size":
		values = append(values, -1, -2, -3, -4, -5)
	case name == "list-compress-depth":
		values = append(values, 0, 1, 2, 3, 4)
	case name == "array-sparse-kmax":
		values = append(values, 0)
		scale(max(now, 10), 2, 8)
	case name == "array-slice-size":
		scale(4096, 16, 16)
	case strings.HasSuffix(name, "-value"):
		scale(max(now, 64), 4, 16)
	default:
		scale(max(now, 128), 8, 16)
	}
	values = slices.DeleteFunc(values, func(v int64) bool { return v < lowest || v > highest })
	return inOrder(name, values)
}

// inOrder sorts values by what they allow: of list-max-listpack-size -5 is more
// than -1.
func inOrder(name string, values []int64) []int64 {
	slices.Sort(values)
	values = slices.Compact(values)
	if name == "list-max-listpack-size" {
		n := 0
		for n < len(values) && values[n] < 0 {
			n++
		}
		slices.Reverse(values[:n])
	}
	return values
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
	if p.cfg.Scenarios, err = o.compared(); err != nil {
		return nil, err
	}
	for _, arg := range o.sweeps {
		s, err := sweep(arg, p.cfg.Settings)
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
