//go:build !unix

package main

import (
	"errors"
	"syscall"
)

// onStatusRequest does nothing: there is no SIGUSR1.
func onStatusRequest(func()) (stop func()) { return func() {} }

// isBrokenPipe reports whether nobody reads what was written:
// ERROR_BROKEN_PIPE and ERROR_NO_DATA on Windows.
func isBrokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.Errno(109)) || errors.Is(err, syscall.Errno(232))
}

func peakMemory() int64 { return 0 }
