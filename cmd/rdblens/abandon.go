package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rdblens/rdblens/cmd/internal/process"
	"github.com/rdblens/rdblens/report/units"
)

const (
	// patience is how long a run may take to end by itself after a signal.
	patience = 400 * time.Millisecond
	// lastWords is how long removing what it wrote, and the message, may take then.
	lastWords = 300 * time.Millisecond
)

// runUntil is run, but ends soon after ctx does, whatever the run is waiting for: a
// pipe that nobody reads, one that nobody has opened, a file system that does not
// answer. It leaves a run behind that must not go on: the program has to exit.
func (a *app) runUntil(ctx context.Context, args []string) (code int) {
	done := make(chan int, 1)
	go func() { done <- a.run(ctx, args) }()
	select {
	case code := <-done:
		return code
	case <-ctx.Done():
	}
	if a.finishing.Load() {
		return <-done // it writes what it has; a second signal kills
	}
	select {
	case code := <-done:
		return code
	case <-time.After(patience):
	}
	ie := process.Interrupted(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		a.abandon()
		a.sayInterrupted(ie)
	}()
	select {
	case <-gone:
	case <-time.After(lastWords):
	}
	return ie.Code()
}

// finish returns, with --on-interrupt partial, a context that a signal does not
// end, under which the run delivers what it has; only reading ends with ctx itself.
func (a *app) finish(ctx context.Context, f *runFlags) context.Context {
	if f.interrupt != interruptPartial {
		return ctx
	}
	a.finishing.Store(true)
	a.reading = ctx
	return context.WithoutCancel(ctx)
}

// readingUnder is the context that sources are read under.
func (a *app) readingUnder(ctx context.Context) context.Context {
	if a.reading != nil {
		return a.reading
	}
	return ctx
}

// cutShort says how far reading came before a signal ended it; the error stands for the
// exit code. Nil when none did.
func (a *app) cutShort(m *meterRun) error {
	if a.reading == nil {
		return nil
	}
	ie := process.Interrupted(a.reading)
	if ie == nil {
		return nil
	}
	total := int64(0)
	for _, s := range m.sources {
		if s.Total() == 0 {
			total = 0
			break
		}
		total += s.Total()
	}
	of := ""
	if total > 0 {
		of = fmt.Sprintf(" of %s (%d %%)", units.Bytes(total), min(m.bytes(), total)*100/total)
	}
	a.interrupted.Do(func() {
		a.msg.errorf("%v: %s in %s%s were read, and the result is PARTIAL", ie, units.Plural(m.count(), "key"), units.Bytes(m.bytes()), of)
	})
	return exitError(ie.Code())
}

// abandon removes what the run has written and not committed.
func (a *app) abandon() {
	a.mu.Lock()
	sets := slices.Clone(a.outs)
	a.mu.Unlock()
	for _, s := range sets {
		s.Abort()
	}
}

// sayInterrupted prints the signal that ended the run, once.
func (a *app) sayInterrupted(ie *process.InterruptError) {
	a.interrupted.Do(func() { a.msg.errorf("%v", ie) })
}
