package output

import (
	"bufio"
	"io"
)

// Stdout is standard output, buffered. Once its reader is gone, what is
// written is discarded.
type Stdout struct {
	w    *bufio.Writer
	gone bool
}

// NewStdout returns a buffer before w.
func NewStdout(w io.Writer) *Stdout {
	return &Stdout{w: bufio.NewWriterSize(w, bufferSize)}
}

// Write writes p, or drops it when nobody reads any more.
func (s *Stdout) Write(p []byte) (int, error) {
	if s.gone {
		return len(p), nil
	}
	n, err := s.w.Write(p)
	if err != nil && IsBrokenPipe(err) {
		s.gone = true
		return len(p), nil
	}
	return n, err
}

// Flush writes what is buffered.
func (s *Stdout) Flush() error {
	if s.gone {
		return nil
	}
	err := s.w.Flush()
	if err != nil && IsBrokenPipe(err) {
		s.gone = true
		return nil
	}
	return err
}

// Gone reports whether its reader was found to be gone.
func (s *Stdout) Gone() bool { return s.gone }
