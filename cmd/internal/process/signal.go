package process

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// InterruptError is the cause of a context that a signal ended.
type InterruptError struct{ sig syscall.Signal }

func (e *InterruptError) Error() string {
	switch e.sig {
	case syscall.SIGTERM:
		return "terminated"
	case syscall.SIGHUP:
		return "hung up"
	}
	return "interrupted"
}

// Code is the exit code by which a shell knows that a signal ended the program.
func (e *InterruptError) Code() int { return 128 + int(e.sig) }

// Interrupted returns the interrupt that ended ctx, nil if none did.
func Interrupted(ctx context.Context) *InterruptError {
	if ctx.Err() == nil {
		return nil
	}
	var ie *InterruptError
	if errors.As(context.Cause(ctx), &ie) {
		return ie
	}
	// The caller gave up, which is the same to whoever reads the exit code.
	return &InterruptError{sig: syscall.SIGINT}
}

// Interruptible returns a context that the first SIGINT, SIGTERM or SIGHUP
// ends, so that temporary files are removed; the second one kills as usual. Signals
// that were ignored (nohup) stay ignored. A broken pipe becomes an error of the write
// instead of ending the program.
func Interruptible() (ctx context.Context, stop func()) {
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
		cancel(&InterruptError{sig})
	}()
	return ctx, func() {
		signal.Stop(ch)
		cancel(nil)
	}
}

// Err is Interrupted as an error, nil if there is none.
func Err(ctx context.Context) error {
	if ie := Interrupted(ctx); ie != nil {
		return ie
	}
	return nil
}
