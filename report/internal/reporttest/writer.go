package reporttest

import (
	"errors"
	"io"
)

// ErrFull is the error of FailAfter.
var ErrFull = errors.New("no space left")

// FailAfter returns a writer that takes n bytes.
func FailAfter(n int) io.Writer { return &failing{n} }

// failing has room for some bytes and no more.
type failing struct{ left int }

// Write takes what there is room for.
func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, ErrFull
	}
	f.left -= len(p)
	return len(p), nil
}
