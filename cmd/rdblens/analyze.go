package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/aoflog"
	"github.com/rdblens/rdblens/cmd/internal/process"
	"github.com/rdblens/rdblens/cmd/internal/progress"
	"github.com/rdblens/rdblens/cmd/internal/rowsink"
	"github.com/rdblens/rdblens/cmd/internal/source"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/report/units"
)

// meterRun shows progress over some sources and, at the end, the time it took.
type meterRun struct {
	a       *app
	p       *progress.Progress
	unhook  func()
	sources []*source.Source
	keys    []atomic.Int64 // by source
	say     bool           // print the run time even if no progress was shown
}

// watch begins to show progress. With hold, none is shown unless it was asked
// for: the result is being written to the same terminal.
func (a *app) watch(f *runFlags, fs *pflag.FlagSet, sources []*source.Source, hold bool) *meterRun {
	m := &meterRun{a: a, sources: sources, keys: make([]atomic.Int64, len(sources))}
	mode := progress.Mode(f.progress)
	if (hold || f.quiet) && !fs.Changed("progress") {
		mode = progress.Never
	}
	var total int64
	for _, s := range sources {
		if s.Total() == 0 {
			total = 0
			break
		}
		total += s.Total()
	}
	m.p = progress.Start(progress.Options{
		Out: a.stderr, Terminal: a.stderrScreen.Terminal && !a.dumb(), Mode: mode, Prefix: "rdblens: ",
		Total: total, Bytes: m.bytes, Keys: m.count,
	})
	m.unhook = process.OnStatusRequest(m.p.Print)
	m.say = !f.quiet && (f.verbose || mode == progress.Always || mode == progress.Auto && a.stderrScreen.Terminal)
	return m
}

func (m *meterRun) bytes() (n int64) {
	for _, s := range m.sources {
		n += s.Consumed()
	}
	return n
}

func (m *meterRun) count() (n int64) {
	for i := range m.keys {
		n += m.keys[i].Load()
	}
	return n
}

// stop ends the progress; it may be called twice.
func (m *meterRun) stop() {
	if m.unhook == nil {
		return
	}
	m.unhook()
	m.unhook = nil
	m.p.Stop()
}

// report prints the run time where it is wanted.
func (m *meterRun) report() {
	m.stop()
	d := m.p.Elapsed()
	if !m.say && !m.p.Shown() {
		return
	}
	line := fmt.Sprintf("%s keys, %s in %s", units.Grouped(m.count()), units.Bytes(m.bytes()), d.Round(time.Millisecond))
	if rate := progress.Rate(m.bytes(), d); rate > 0 {
		line += fmt.Sprintf(" (%s/s)", units.Bytes(rate))
	}
	if peak := process.PeakMemory(); peak > 0 {
		line += ", peak memory " + units.Bytes(peak)
	}
	m.a.msg.line("", "%s", line)
}

// failure is a source without a summary.
type failure struct {
	name string
	err  error
}

// analysis is what became of all sources.
type analysis struct {
	summary *aggregate.Summary // nil when no source is a dump
	failed  []failure
	partial bool // some source is damaged or could not be read, or data is in commands
	logs    []aggregate.CommandLog
}

// part returns the analysis in the form that can be written and merged; notes are
// the warnings of the run itself.
func (r *analysis) part(notes []aggregate.Warning) (*aggregate.Part, error) {
	p := &aggregate.Part{Summary: r.summary, Notes: notes, Logs: r.logs}
	for _, f := range r.failed {
		p.Failed = append(p.Failed, f.source())
	}
	return aggregate.MergeParts(p) // puts them in order
}

func (f failure) source() aggregate.FailedSource {
	return aggregate.FailedSource{Name: f.name, Error: source.Printable(f.err.Error()), Offset: *errorOffset(f.err), HasOffset: true}
}

// notes turns what was skipped, or is left out of a source, into warnings.
func notes(set *source.Set) []aggregate.Warning {
	var out []aggregate.Warning
	for _, s := range set.Skipped {
		out = append(out, aggregate.Warning{Source: s.Name, Code: "skipped", Text: s.Reason, Count: 1})
	}
	for _, w := range set.Warnings {
		out = append(out, aggregate.Warning{Code: "not-analysed", Text: w, Count: 1})
	}
	return out
}

// analyze reads every source once, jobs at a time. Damage, and sources that are
// not dumps, are reported on standard error and counted in the result; the error is
// an interrupt or an output that cannot be written. With parts, a part may stand in
// for a dump.
func (a *app) analyze(ctx context.Context, set *source.Set, cfg *aggregate.Config, sink *rowsink.FanOut, parts *partReader, jobs int, m *meterRun) (*analysis, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	reading, stop := context.WithCancel(a.readingUnder(ctx))
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	var (
		errs    = make([]error, len(set.Sources))
		read    = make([]bool, len(set.Sources)) // there is a summary
		merger  merger
		next    atomic.Int64
		workers sync.WaitGroup
		tails   = make([]aoflog.Tail, len(set.Sources))
	)
	for range min(jobs, len(set.Sources)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(set.Sources) {
					return
				}
				var s *aggregate.Summary
				s, errs[i] = analyzeOne(ctx, reading, set.Sources[i], a.live[set.Sources[i]], cfg, sink, parts, &m.keys[i], &tails[i])
				var ue *usage.Error
				if err := sink.Failure(); err != nil {
					cancel(err)
				} else if errors.As(errs[i], &ue) {
					cancel(ue)
				} else if s != nil {
					read[i] = true
					if err := merger.add(s); err != nil {
						cancel(err)
					}
				}
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	m.stop() // the messages below must not run into a bar

	r := &analysis{}
	for _, f := range set.Failed {
		r.failed = append(r.failed, failure{f.Name, f.Err})
	}
	for i, err := range errs {
		if err != nil {
			r.partial = true
			a.sayFailed(set.Sources[i], err)
		}
		if !read[i] {
			r.failed = append(r.failed, failure{set.Sources[i].Name, err})
		}
	}
	var err error
	if r.summary, err = merger.sum(); err != nil {
		return nil, err
	}
	if r.summary != nil {
		a.noteNothingSelected(&cfg.Filters, r.summary)
	}
	if err := a.countLogs(ctx, r, set, tails, cfg); err != nil {
		return nil, err
	}
	r.partial = r.partial || len(r.failed) > 0 || r.summary != nil && r.summary.Partial()
	return r, nil
}

// merger adds up summaries, a few at a time: thousands of sources must not
// need thousands of summaries in memory, and merging one by one costs.
type merger struct {
	mu      sync.Mutex
	pending []*aggregate.Summary
	room    mergeRoom
}

func (m *merger) add(s *aggregate.Summary) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = append(m.pending, s)
	if !m.room.full(s) {
		return nil
	}
	// Those that wait first: what was merged before is large, and copied once.
	waiting, err := aggregate.Merge(m.pending[1:]...)
	if err != nil {
		return err
	}
	clear(m.pending[1:])
	s, err = aggregate.Merge(m.pending[0], waiting)
	m.pending = append(m.pending[:0], s)
	return err
}

// sum is all summaries merged, nil if there were none.
func (m *merger) sum() (*aggregate.Summary, error) {
	if len(m.pending) == 0 {
		return nil, nil
	}
	return aggregate.Merge(m.pending...)
}

// mergeRoom says when it is time to merge those that wait: when they are many, or
// take much memory beside what was merged before.
type mergeRoom struct {
	waiting int
	weight  int64
	begun   bool
}

const (
	mergeBatch  = 32
	mergeWeight = 2 << 20 // bytes
)

// full counts one more that waits, the first of which is what others are merged
// into, and reports whether they are to be merged now.
func (r *mergeRoom) full(s *aggregate.Summary) bool {
	if !r.begun {
		r.begun = true
		return false
	}
	r.waiting++
	r.weight += s.Weight()
	if r.waiting < mergeBatch && r.weight < mergeWeight {
		return false
	}
	r.waiting, r.weight = 0, 0
	return true
}

// open opens a source; cancel ends a read that is under way.
func open(ctx context.Context, s *source.Source) (st *source.Stream, cancel context.CancelFunc, err error) {
	ctx, cancel = context.WithCancel(ctx)
	if st, err = s.Open(ctx); err != nil {
		cancel()
	}
	return st, cancel, err
}

// sayFailed says why a source could not be read to its end.
func (a *app) sayFailed(s *source.Source, err error) {
	a.msg.errorf("%s: %v", s.Name, err)
	a.hintMangled(s)
	if errors.Is(err, parser.ErrTruncated) || errors.Is(err, io.ErrUnexpectedEOF) {
		a.hintChanged(s)
	}
}

// hintMangled says what was done to a dump that became text on its way.
func (a *app) hintMangled(s *source.Source) {
	if e := s.Mangled(); e != nil {
		a.msg.hintf("%s: %v", s.Name, e)
	}
}

// hintChanged says what may be the matter with a file that is cut off.
func (a *app) hintChanged(s *source.Source) {
	switch s.Changed() {
	case source.Grew:
		a.msg.hintf("%s grows: is it still being written? A server renames it when it is whole", s.Name)
	case source.Replaced:
		a.msg.hintf("%s was replaced while it was read: read it again", s.Name)
	case source.Unchanged:
		if s.Temporary() {
			a.msg.hintf("%s is called as servers call a dump that they write: is it still being written?", s.Name)
		}
	}
}

// analyzeOne analyses a source under ctx; reading ends with another context.
func analyzeOne(ctx, reading context.Context, s *source.Source, live *aggregate.LiveInput, cfg *aggregate.Config, sink *rowsink.FanOut, parts *partReader, keys *atomic.Int64, tail *aoflog.Tail) (*aggregate.Summary, error) {
	st, cancel, err := open(reading, s)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	defer cancel() // first: a read may still be under way
	in, part := peekPart(st)
	if part && parts != nil {
		return parts.read(in, s.Name, cfg)
	}
	if part {
		return nil, errIsPart
	}
	if peeked, ok := in.(*bufio.Reader); ok && tail != nil {
		tail.Begin(peeked)
		defer tail.End()
	}
	return analyzeStream(ctx, s, live, st, in, cfg, sink, keys, tail)
}

// errIsPart is returned for a part where only a dump will do.
var errIsPart = errors.New("a part, not a dump; rdblens report and rdblens merge read it")

// peekPart reports whether r begins with a part. The reader it returns starts at
// the same byte.
func peekPart(r io.Reader) (io.Reader, bool) {
	b := bufio.NewReader(r)
	head, _ := b.Peek(aggregate.PartHead) // the error comes again
	return b, aggregate.IsPart(head)
}

func analyzeStream(ctx context.Context, s *source.Source, live *aggregate.LiveInput, st *source.Stream, r io.Reader, cfg *aggregate.Config, sink *rowsink.FanOut, keys *atomic.Int64, tail *aoflog.Tail) (*aggregate.Summary, error) {
	in := aggregate.Input{Name: s.Name, Reader: r, Live: live, Size: st.Size, Inflate: source.NewInflate(), Progress: func(_, n int64) { keys.Store(n) }}
	if strings.Contains(st.Compression, "vcs") {
		in.Envelope = st.Compression
	}
	if tail != nil {
		in.Tail = tail.Show
	}
	if pipe := sink.Pipe(); pipe != nil {
		in.Sinks = []aggregate.RowSink{pipe}
	}
	return aggregate.Analyze(ctx, in, cfg)
}

// jobs is how many sources to read at once: half the processors, since one read
// keeps two of them busy, and only one with rows, which are written in dump order.
func (f jobsFlag) jobs(rows bool) int {
	switch {
	case rows:
		return 1
	case f > 0:
		return int(f)
	}
	return max(1, runtime.GOMAXPROCS(0)/2)
}

// verdict is the exit code of an analysis, nil for 0.
func (r *analysis) verdict() error {
	switch {
	case r.summary == nil:
		return exitError(exitFailed)
	case r.partial:
		return exitError(exitPartial)
	}
	return nil
}
