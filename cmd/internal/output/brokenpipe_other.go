//go:build !unix

package output

import (
	"errors"
	"syscall"
)

// IsBrokenPipe reports whether nobody reads what was written:
// ERROR_BROKEN_PIPE and ERROR_NO_DATA on Windows.
func IsBrokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.Errno(109)) || errors.Is(err, syscall.Errno(232))
}
