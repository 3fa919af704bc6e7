package report

import (
	"errors"
	"io"
)

var errFull = errors.New("no space left")

// failAfter is a writer that takes n bytes.
func failAfter(n int) io.Writer { return &failing{n} }

type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, errFull
	}
	f.left -= len(p)
	return len(p), nil
}
