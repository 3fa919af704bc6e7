package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report"
	"github.com/rdblens/rdblens/report/advice"
	"github.com/rdblens/rdblens/report/document"
)

// reportOptions are the flags of the report command and of the bare form.
type reportOptions struct {
	run         runFlags
	model       modelFlags
	info        infoFlag
	filter      filterFlags
	analysis    analysisFlags
	text        textFlags
	jobs        jobsFlag
	format      string
	outputs     []string
	keys        []string
	rowsPerFile int64
	top         int
	full        bool
	sort        string
	sections    []string
	explain     string
	ignore      []string
	rules       string
	maxMemory   string
	ram         string
	showValues  bool
	redact      redactFlag
}

// defaultRowsPerFile makes Parquet files of a few hundred megabytes.
const defaultRowsPerFile = 5_000_000

func (o *reportOptions) add(c *cobra.Command) {
	o.addOutput(c)
	fs := c.Flags()
	fs.StringArrayVar(&o.keys, "keys", nil, "also write one row per key to `PATH`: "+destination.RowFormats.SuffixList())
	fs.Int64Var(&o.rowsPerFile, "rows-per-file", defaultRowsPerFile, "rows of a file when --keys is a directory")
	o.model.add(fs)
	o.info.add(fs)
	o.filter.add(fs)
	o.analysis.add(fs)
	o.addView(c)
	o.jobs.add(fs)
	o.run.add(fs)
	o.run.addInterrupt(fs)
	complete(c, "on-interrupt", interruptModes)
	completeModel(c)
}

// addOutput adds where the report goes.
func (o *reportOptions) addOutput(c *cobra.Command) {
	fs := c.Flags()
	fs.SortFlags = false
	addFormat(c, &o.format, &destination.ReportFormats)
	fs.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+destination.ReportFormats.SuffixList()+" tables; - is standard output (repeatable)")
}

// addView adds what the report shows.
func (o *reportOptions) addView(c *cobra.Command) {
	fs := c.Flags()
	fs.IntVar(&o.top, "top", 20, "`N` rows in lists of keys and patterns")
	fs.BoolVar(&o.full, "full", false, "text: everything, not only the first screen")
	fs.StringVar(&o.sort, "sort", string(document.ByMemory), "text: sort patterns by `WHAT`: "+strings.Join(document.Orders, ", "))
	fs.StringSliceVar(&o.sections, "section", nil, "only these `SECTIONS` of the text, as health,types: "+strings.Join(report.KindReport.Sections(), ", ")+
		"; of CSV the one table, patterns unless told otherwise")
	fs.StringVar(&o.explain, "explain", "", "print the suggestion `ID` at length: evidence, safe commands, risk")
	fs.StringArrayVar(&o.ignore, "ignore", nil, "no suggestions of this rule, by `ID` or name (repeatable)")
	fs.StringVar(&o.rules, "rules", "", "thresholds of the rules, and rules that are off, from a YAML `FILE` (see rdblens help rules)")
	fs.StringVar(&o.maxMemory, "maxmemory", "", "the server's maxmemory, a `SIZE`: advice on headroom")
	fs.StringVar(&o.ram, "ram", "", "memory of the server's machine, a `SIZE`: advice on headroom")
	o.redact.add(fs)
	fs.BoolVar(&o.showValues, "show-values", false, "show the beginnings of a few sampled values as evidence; otherwise no value leaves the process")
	o.text.add(fs)
	complete(c, "sort", document.Orders)
	complete(c, "section", report.KindReport.Sections())
	complete(c, "ignore", ruleNames())
	complete(c, "explain", ruleNames())
}

// ruleNames are the IDs of all rules.
func ruleNames() []string {
	var ids []string
	for _, r := range advice.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

// rule resolves an ID or name of a rule to its ID.
func rule(flag, name string) (string, error) {
	var names []string
	for _, r := range advice.Rules() {
		if strings.EqualFold(name, r.ID) || strings.EqualFold(name, r.Name) {
			return r.ID, nil
		}
		names = append(names, r.ID+" "+r.Name)
	}
	return "", usage.Errorf("%s: there is no rule %q", flag, name).Hint("rules: %s", strings.Join(names, ", "))
}

func (a *app) reportCommand() *cobra.Command {
	o := &reportOptions{}
	c := &cobra.Command{
		Use:   "report SOURCE...",
		Short: "one report over all sources: memory, types, patterns, expiry, advice",
		Long: `report reads every source once and writes one report over all of them: where the
memory is by type and by pattern of keys, what expires when, the biggest keys,
and suggestions with what each would save. As text it is the answer in one screen:
what is used, where it is, what to watch, what would help; --full has everything.
-f and -o also write it for go tool pprof, flame graphs, ncdu, node_exporter,
spreadsheets, tickets and browsers.`,
		Example: `  rdblens report dump.rdb
  rdblens report dump.rdb --full
  rdblens report dump.rdb -o report.json -o tables/ --keys keys.csv.gz
  rdblens report dump.rdb -o report.html -o memory.pb.gz -o redis.prom
  rdblens report dump.rdb -f csv --section types
  rdblens report shard-*.rdb --match 'cart:*' --top 50
  rdblens report dump.rdb --explain R02`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.report(cmd.Context(), o, cmd.Flags(), args) },
	}
	o.add(c)
	return c
}

// reportPlan is a report command line that has been checked.
type reportPlan struct {
	destination.Plan
	cfg  *aggregate.Config
	keys *destination.Target
	text report.TextOptions
	opts advice.Options
	// table is what CSV holds, "" for the default.
	table string
}

func (o *reportOptions) plan(a *app, fs *pflag.FlagSet) (*reportPlan, error) {
	p := &reportPlan{}
	var err error
	if p.Plan, err = destination.ReportFormats.Plan(o.format, fs.Changed("format"), o.outputs); err != nil {
		return nil, err
	}
	if err := p.CheckTerminal(a.stdoutScreen); err != nil {
		return nil, err
	}
	if p.keys, err = o.keysTarget(fs); err != nil {
		return nil, err
	}
	for _, check := range []error{
		o.run.check(fs), o.jobs.check(fs), positive("--top", int64(o.top)), positive("--rows-per-file", o.rowsPerFile), o.text.check(fs),
	} {
		if check != nil {
			return nil, check
		}
	}
	if p.cfg, err = config(&o.model, &o.filter, &o.analysis, &o.run); err != nil {
		return nil, err
	}
	p.cfg.Top, p.cfg.ShowValues = o.top, o.showValues
	if o.showValues && bool(o.redact) {
		return nil, usage.Errorf("--show-values and --redact exclude each other")
	}
	if fs.Changed("rules") {
		if p.opts, err = rulesFile(o.rules); err != nil {
			return nil, err
		}
	}
	if p.opts.MaxMemory, err = sizeFlag("--maxmemory", o.maxMemory); err != nil {
		return nil, err
	}
	if p.opts.RAM, err = sizeFlag("--ram", o.ram); err != nil {
		return nil, err
	}
	if err := p.checkParts(o); err != nil {
		return nil, err
	}
	if err := p.checkSections(o.sections); err != nil {
		return nil, err
	}
	for _, name := range o.ignore {
		id, err := rule("--ignore", name)
		if err != nil {
			return nil, err
		}
		p.opts.Ignore = append(p.opts.Ignore, id)
	}
	p.text = o.text.options(a.stdoutScreen, a.env)
	p.text.Sections, p.text.Full, p.text.Sort = o.sections, o.full, document.Order(o.sort)
	switch {
	case !slices.Contains(document.Orders, o.sort):
		return nil, usage.BadChoice("--sort", o.sort, document.Orders)
	case o.full && len(o.sections) > 0:
		return nil, usage.Errorf("--full and --section exclude each other")
	case o.full && fs.Changed("explain"):
		return nil, usage.Errorf("--full and --explain exclude each other")
	}
	if fs.Changed("explain") {
		if p.text.Explain, err = rule("--explain", o.explain); err != nil {
			return nil, err
		}
		if slices.Contains(p.opts.Ignore, p.text.Explain) {
			return nil, usage.Errorf("--explain %s and --ignore %s exclude each other", o.explain, o.explain)
		}
	}
	if p.Has(report.CSV) {
		return p, checkText(&p.Plan, fs, "full", "sort", "explain")
	}
	return p, checkText(&p.Plan, fs, "full", "sort", "section", "explain")
}

// checkSections looks at --section, which names sections of the text and the table of
// CSV.
func (p *reportPlan) checkSections(sections []string) error {
	if err := checkSections(sections, report.KindReport.Sections()); err != nil {
		return err
	}
	if !p.Has(report.CSV) || len(sections) == 0 {
		return nil
	}
	tables := report.KindReport.CSVTables()
	if len(sections) > 1 {
		return usage.Errorf("--section %s: a CSV file holds one table", strings.Join(sections, ",")).
			Hint("-o DIR/ writes all of them, as Parquet").Hint("tables of CSV: %s", strings.Join(tables, ", "))
	}
	if !slices.Contains(tables, sections[0]) {
		return usage.Errorf("--section %s is no table of CSV", sections[0]).Hint("tables of CSV: %s", strings.Join(tables, ", "))
	}
	p.table = sections[0]
	return nil
}

// read are the files that the flags name.
func (o *reportOptions) read() []inputFile {
	return append(append(slices.Clone(o.model.read), o.info.read()...), inputFile{"--rules", o.rules})
}

// keysTarget is where --keys writes rows, nil when it is not given.
func (o *reportOptions) keysTarget(fs *pflag.FlagSet) (*destination.Target, error) {
	if len(o.keys) > 1 {
		return nil, usage.Errorf("--keys is given twice").Hint("rdblens keys -o PATH -o PATH writes rows in several formats")
	}
	if fs.Changed("keys") {
		t, err := destination.RowFormats.Target("--keys", o.keys[0])
		if err != nil {
			return nil, err
		}
		if t.Path == "-" {
			return nil, usage.Errorf("--keys - would mix rows and report").Hint("rdblens keys writes rows to standard output")
		}
		if o.jobs > 1 {
			return nil, usage.Errorf("--jobs and --keys exclude each other: rows are written in dump order")
		}
		if fs.Changed("rows-per-file") && !t.Dir {
			return nil, usage.Errorf("--rows-per-file is for --keys DIR/")
		}
		return &t, nil
	}
	if fs.Changed("rows-per-file") {
		return nil, usage.Errorf("--rows-per-file is for --keys DIR/")
	}
	return nil, nil
}

// checkParts refuses what a part must not hold.
func (p *reportPlan) checkParts(o *reportOptions) error {
	part := p.Stdout == report.Part || slices.ContainsFunc(p.Targets, func(t destination.Target) bool { return t.Format == report.Part })
	switch {
	case part && o.showValues:
		return usage.Errorf("--show-values and a part exclude each other").Hint("a part never holds values")
	case part && bool(o.redact):
		return usage.Errorf("--redact and a part exclude each other").Hint("a part holds the names of its biggest and sampled keys: merge it with --redact")
	}
	return nil
}

// checkText refuses flags that only shape text when no output is text.
func checkText(p *destination.Plan, fs *pflag.FlagSet, more ...string) error {
	if p.HasText() {
		return nil
	}
	for _, name := range append(more, textFlagNames...) {
		if fs.Changed(name) {
			return usage.Errorf("--%s is for text, and no output is text", name)
		}
	}
	return nil
}

func checkSections(sections, names []string) error {
	for _, s := range sections {
		if !slices.Contains(names, s) {
			return usage.BadChoice("--section", s, names)
		}
	}
	return nil
}

// report runs the report command.
func (a *app) report(ctx context.Context, o *reportOptions, fs *pflag.FlagSet, args []string) error {
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
	if onlyParts(ctx, set) {
		if err := o.forParts(fs); err != nil {
			return err
		}
		return a.mergeSet(ctx, p, o, fs, set)
	}
	if err := a.attachInfo(set, o.info); err != nil {
		return err
	}
	outs, err := a.outputs(set, o.read()...)
	if err != nil {
		return err
	}
	defer outs.Abort()
	places, err := openPlaces(&p.Plan, outs)
	if err != nil {
		return err
	}
	redactor := a.redactor(o.redact)
	sink := &rowsink.FanOut{Redact: redactor}
	if p.keys != nil {
		if err := sink.To(outs, *p.keys, p.text, o.rowsPerFile); err != nil {
			return err
		}
	}
	sink.Start()
	defer sink.Stop() // before outs.abort
	m := a.watch(&o.run, fs, set.Sources, false)
	defer m.stop()
	r, err := a.analyze(ctx, set, p.cfg, sink, nil, o.jobs.jobs(p.keys != nil), m)
	if err != nil {
		return err
	}
	if r.summary == nil {
		if a.reading != nil && a.reading.Err() != nil {
			return context.Cause(a.reading) // nothing was read
		}
		return r.verdict()
	}
	if err := sink.Finish(); err != nil {
		return err
	}
	part, err := r.part(notes(set))
	if err != nil {
		return err
	}
	if err := a.deliverReport(ctx, p, &o.text, outs, places, part, redactor); err != nil {
		return err
	}
	for _, dir := range sink.Directories() {
		a.sayLeft(dir)
	}
	if o.run.verbose {
		a.explainModels(&o.run, part.Summary.Report().Sources)
	}
	m.report()
	if err := a.cutShort(m); err != nil {
		return err
	}
	return r.verdict()
}

// place is where a target is written: a file, or the directory of tables.
type place struct {
	file *output.File
	dir  *output.Directory
}

// openPlaces opens the files of a report, before the first byte is read: a path that
// cannot be written is known at once.
func openPlaces(p *destination.Plan, outs *output.Set) ([]place, error) {
	places := make([]place, len(p.Targets))
	for i, t := range p.Targets {
		var err error
		if t.Dir {
			places[i].dir, err = outs.Directory(t.Path)
		} else {
			places[i].file, err = outs.Create(t.Path)
		}
		if err != nil {
			return nil, err
		}
	}
	return places, nil
}

// deliverReport writes a report to every output of its plan.
func (a *app) deliverReport(ctx context.Context, p *reportPlan, text *textFlags, outs *output.Set, places []place, part *aggregate.Part, redactor *report.Redactor) error {
	doc := newDocument(part, p.opts, redactor)
	a.sayRepeated(doc.Warnings)
	if err := a.explainable(doc, p.text.Explain); err != nil {
		return err
	}
	return deliver(ctx, a, &p.Plan, outs, places, doc, report.Options{Text: p.text, Table: p.table}, text)
}

// sayRepeated names the commands for sources that hold the same keys, in the warnings
// of the report and, for those whose report goes to a file, on standard error.
func (a *app) sayRepeated(warnings []aggregate.Warning) {
	for i := range warnings {
		w := &warnings[i]
		switch w.Code {
		case "several-snapshots":
			w.Text += "; rdblens diff compares two, rdblens trend three and more"
		case "same-dump":
		default:
			continue
		}
		a.msg.warnf("%s", w.Text)
	}
}

// deliver writes a result to every output of a plan, lets the files appear, and
// then writes standard output.
func deliver[R report.Result](ctx context.Context, a *app, p *destination.Plan, outs *output.Set, places []place, result R, o report.Options, flags *textFlags) error {
	toFile := o
	toFile.Text = fileText(o.Text, flags)
	for i, t := range p.Targets {
		var err error
		if t.Dir {
			err = report.WriteTables(func(name string) (io.WriteCloser, error) { return places[i].dir.Create(name) }, result)
		} else {
			err = report.Write(places[i].file, result, t.Format, &toFile)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.Path, err)
		}
	}
	if err := process.Err(ctx); err != nil {
		return err
	}
	if err := outs.Commit(); err != nil {
		return err
	}
	if p.Stdout == "" {
		return nil
	}
	w := output.NewStdout(a.stdout)
	err := report.Write(w, result, p.Stdout, &o)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

// explainable refuses to explain a suggestion that the report does not make.
func (a *app) explainable(doc *report.Document, id string) error {
	var made []string
	for _, s := range doc.Suggestions {
		if s.ID == id {
			return nil
		}
		if !slices.Contains(made, s.ID) {
			made = append(made, s.ID)
		}
	}
	if id == "" {
		return nil
	}
	a.msg.errorf("rule %s has nothing to suggest here", id)
	if len(made) > 0 {
		slices.Sort(made)
		a.msg.hintf("these have: %s", strings.Join(made, ", "))
	}
	return exitError(exitFailed)
}

// newDocument is the report of a part, with what the summary does not know: the
// sources that could not be read, and the notes of the run.
func newDocument(part *aggregate.Part, opts advice.Options, redact *report.Redactor) *report.Document {
	doc := &report.Document{Report: *part.Summary.Report(), Part: part}
	failed := slices.Clone(part.Failed)
	if redact != nil {
		redact.Report(&doc.Report)
		for i := range failed {
			failed[i].Error = redact.Text(failed[i].Error)
		}
	}
	a := advice.Advise(&doc.Report, opts)
	doc.Suggestions, doc.Together, doc.Classes, doc.Headroom = a.Suggestions, a.Together, a.Classes, a.Headroom
	doc.Sources = withFailed(doc.Sources, failed)
	doc.CommandLogs = slices.Clone(part.Logs)
	if redact != nil {
		for i := range doc.CommandLogs {
			l := &doc.CommandLogs[i]
			l.Patterns = slices.Clone(l.Patterns)
			for j := range l.Patterns {
				l.Patterns[j].Name = redact.Text(l.Patterns[j].Name)
			}
		}
	}
	if len(failed) > 0 || len(doc.CommandLogs) > 0 {
		doc.Partial = true
	}
	if doc.Partial {
		doc.Totals.PredictedUsedMemory = nil // it would be that of fewer keys than were saved
	}
	doc.Warnings = append(doc.Warnings, part.Notes...)
	return doc
}

// withFailed adds the sources that could not be read to those that were.
func withFailed(sources []aggregate.Source, failed []aggregate.FailedSource) []aggregate.Source {
	for _, f := range failed {
		sources = append(sources, failedSource(f))
	}
	slices.SortStableFunc(sources, func(x, y aggregate.Source) int { return strings.Compare(x.Name, y.Name) })
	return sources
}

// failedSource is a source that could not be read, as reports show it.
func failedSource(f aggregate.FailedSource) aggregate.Source {
	s := aggregate.Source{
		Name: f.Name, Error: f.Error, Checksum: parser.ChecksumUnknown.String(),
		Aux: map[string]string{}, Model: aggregate.Model{Config: map[string]string{}},
	}
	if f.HasOffset {
		s.ErrorOffset = &f.Offset
	}
	return s
}

// errorOffset is where reading a source failed: its first byte when nothing of
// it could be read.
func errorOffset(err error) *int64 {
	var offset int64
	if pe, ok := errors.AsType[*parser.Error](err); ok {
		offset = pe.Offset
	}
	return &offset
}

// explainModels says, with -v, which server each source was sized for and why.
func (a *app) explainModels(f *runFlags, sources []aggregate.Source) {
	if !f.verbose {
		return
	}
	for _, s := range sources {
		if s.Model.Server != "" {
			a.msg.line("", "%s: sized for %s, %s (%s)", s.Name, s.Model.Server, s.Model.Allocator, s.Model.Reason)
		}
	}
}
