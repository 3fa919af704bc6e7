//go:build unix

package output

import (
	"errors"
	"syscall"
)

// IsBrokenPipe reports whether the reader of what was written has gone.
func IsBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
