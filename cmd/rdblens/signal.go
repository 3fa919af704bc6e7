package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// interruptError is the cause of a context that a signal ended.
type interruptError struct{ sig syscall.Signal }

func (e *interruptError) Error() string {
	if e.sig == syscall.SIGTERM {
		return "terminated"
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
