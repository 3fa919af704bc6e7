package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/check"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/process"
	"github.com/rdblens/rdblens/cmd/internal/progress"
	"github.com/rdblens/rdblens/cmd/internal/serverfile"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report"
	"github.com/rdblens/rdblens/report/document"
)

// checkOptions are the flags of the check command.
type checkOptions struct {
	run     runFlags
	jobs    jobsFlag
	now     string
	salvage bool
	server  string
	format  string
	outputs []string
	redact  redactFlag
}

func (a *app) checkCommand() *cobra.Command {
	o := &checkOptions{}
	c := &cobra.Command{
		Use:   "check SOURCE...",
		Short: "is it whole? every blob walked, declared counts, checksum, what follows the dump",
		Long: `check reads each source to its end, walks every packed blob entry by entry, and
says what the dump declares and what it holds: databases, keys, expiries, types,
functions, modules, the checksum, and what follows the dump. Of a damaged dump it
says where the damage is, the last good key, and how much could be read.

A dump is ok when the server that wrote it would load it, with a thorough check of
what is inside its values; --server asks for another line.`,
		Example: `  rdblens check dump.rdb
  rdblens check dump.rdb --server redis-7.4
  rdblens check backups/ -f json`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.check(cmd.Context(), o, cmd.Flags(), args) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	addFormat(c, &o.format, &destination.CheckFormats)
	fs.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `PATH`, format by suffix: "+destination.CheckFormats.SuffixList()+"; - is standard output (repeatable)")
	addNow(fs, &o.now)
	addSalvage(fs, &o.salvage)
	fs.StringVar(&o.server, "server", "auto", "would a server of this `LINE` load it, as redis-7.4 or valkey-9.0; auto: the one that wrote it")
	o.redact.add(fs)
	o.jobs.add(fs)
	o.run.add(fs)
	complete(c, "progress", progress.Modes)
	complete(c, "server", append([]string{aggregate.ServerAuto}, serverfile.Servers()...))
	return c
}

// check runs the check command.
func (a *app) check(ctx context.Context, o *checkOptions, fs *pflag.FlagSet, args []string) error {
	a.msg.quiet = o.run.quiet
	p, err := destination.CheckFormats.Plan(o.format, fs.Changed("format"), o.outputs)
	if err != nil {
		return err
	}
	for _, check := range []error{o.run.check(fs), o.jobs.check(fs)} {
		if check != nil {
			return check
		}
	}
	now, err := parseNow(o.now)
	if err != nil {
		return err
	}
	options := check.Options{Now: now, NoChecksum: o.run.noChecksum, Salvage: o.salvage}
	if o.server != aggregate.ServerAuto {
		line, err := memory.ParseServer(o.server)
		if err != nil {
			return usage.Errorf("--server: %s", err)
		}
		options.Server = &line
	}
	set, err := a.sources(ctx, args, &o.run)
	if err != nil {
		return err
	}
	w, err := a.openResult(set, p)
	if err != nil {
		return err
	}
	defer w.outs.Abort()

	redactor := a.redactor(o.redact)
	m := a.watch(&o.run, fs, set.Sources, false)
	defer m.stop()
	results, err := a.checkAll(ctx, set, options, o.jobs.jobs(false), m)
	if err != nil {
		return err
	}
	m.stop() // the messages below must not run into a bar
	for i := range results {
		if s := &results[i]; s.Error != "" {
			a.msg.errorf("%s: %s", s.Name, s.Error)
			a.hintMangled(set.Sources[i])
			if s.End == 0 && strings.Contains(s.Error, parser.ErrTruncated.Error()) {
				a.hintChanged(set.Sources[i])
			}
		}
	}
	c := document.NewCheck(append(failedChecks(set), results...), notes(set))
	if redactor != nil {
		redactor.Check(c)
	}
	err = w.write(func(out io.Writer, fm report.Format) error {
		return report.Write(out, c, fm, &report.Options{Text: a.prose(out)})
	})
	if err != nil {
		return err
	}
	m.report()
	switch {
	case !slices.ContainsFunc(results, func(s check.Source) bool { return s.Magic != "" }):
		return exitError(exitFailed)
	case c.Partial:
		return exitError(exitPartial)
	}
	return nil
}

// failedChecks are the sources of a set that could not even be found.
func failedChecks(set *source.Set) (out []check.Source) {
	for _, f := range set.Failed {
		out = append(out, check.Failed(f.Name, f.Err))
	}
	return out
}

// checkAll checks every source, jobs at a time; the results are in the order of
// the sources. The error is an interrupt.
func (a *app) checkAll(ctx context.Context, set *source.Set, o check.Options, jobs int, m *meterRun) ([]check.Source, error) {
	results := make([]check.Source, len(set.Sources))
	var (
		next    atomic.Int64
		workers sync.WaitGroup
	)
	for range min(jobs, len(results)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(results) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				results[i] = checkOne(ctx, set.Sources[i], o, m.keys[i].Store)
			}
		})
	}
	workers.Wait()
	return results, process.Err(ctx)
}

// checkOne reads one source to its end.
func checkOne(ctx context.Context, s *source.Source, o check.Options, progress func(keys int64)) check.Source {
	st, cancel, err := open(ctx, s)
	if err != nil {
		return check.Failed(s.Name, err)
	}
	defer st.Close()
	defer cancel() // first: a read may still be under way
	bytes, part := peekPart(st)
	if part {
		return check.Failed(s.Name, errIsPart)
	}
	in := check.Input{
		Name: s.Name, Reader: bytes, Size: st.Size, Compression: st.Compression, Progress: progress,
		NewInflate: source.NewInflate,
	}
	if s.Rereadable() {
		in.Again = func() (io.ReadCloser, error) { return s.Open(ctx) }
	}
	return check.Run(ctx, in, o)
}
