package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// interruptError is the cause of a context that a signal ended.
type interruptError struct{ sig syscall.Signal }

func (e *interruptError) Error() string {
	switch e.sig {
	case syscall.SIGTERM:
		return "terminated"
	case syscall.SIGHUP:
		return "hung up"
	}
	return "interrupted"
}

// code is the exit code by which a shell knows that a signal ended the program.
func (e *interruptError) code() int { return 128 + int(e.sig) }

// interrupted returns the interrupt that ended ctx, nil if none did.
func interrupted(ctx context.Context) *interruptError {
	if ctx.Err() == nil {
		return nil
	}
	var ie *interruptError
	if errors.As(context.Cause(ctx), &ie) {
		return ie
	}
	// The caller of run gave up, which is the same to whoever reads the exit code.
	return &interruptError{sig: syscall.SIGINT}
}

// interruptible returns a context that the first SIGINT, SIGTERM or SIGHUP
// ends, so that temporary files are removed; the second one kills as usual. Signals
// that were ignored (nohup) stay ignored. A broken pipe becomes an error of the write
// instead of ending the program.
func interruptible() (ctx context.Context, stop func()) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(context.Background())
	ch := make(chan os.Signal, 1)
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(sig) {
			signal.Notify(ch, sig)
		}
	}
	go func() {
		sig, ok := (<-ch).(syscall.Signal)
		if !ok {
			sig = syscall.SIGINT
		}
		signal.Stop(ch)
		cancel(&interruptError{sig})
	}()
	return ctx, func() {
		signal.Stop(ch)
		cancel(nil)
	}
}

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
	select {
	case code := <-done:
		return code
	case <-time.After(patience):
	}
	ie := interrupted(ctx)
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
	return ie.code()
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
func (a *app) sayInterrupted(ie *interruptError) {
	a.interrupted.Do(func() { a.msg.errorf("%v", ie) })
}
