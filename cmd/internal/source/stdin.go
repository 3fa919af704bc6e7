package source

import (
	"context"
	"io"
	"io/fs"
	"os"
)

// StdinName is what standard input is called in reports.
const StdinName = "stdin"

// stdin is standard input; a process has one.
type stdin struct {
	r    io.Reader
	info fs.FileInfo // nil for what is no file
	size int64       // from where it stands to the end, -1 when not known
}

func newStdin(r io.Reader) *stdin {
	s := &stdin{r: r, size: -1}
	f, ok := r.(*os.File)
	if !ok {
		return s
	}
	info, err := f.Stat()
	if err != nil {
		return s
	}
	s.info = info
	if info.Mode().IsRegular() {
		at, _ := f.Seek(0, io.SeekCurrent)
		s.size = max(info.Size()-at, 0)
	}
	return s
}

// Open reads on from where standard input stands. Closing leaves it open.
func (s *stdin) Open(ctx context.Context) (io.ReadCloser, error) {
	if s.size >= 0 {
		return io.NopCloser(s.r), nil
	}
	return newPump(ctx, func() (io.ReadCloser, error) { return io.NopCloser(s.r), nil }), nil
}

func (s *stdin) Size() int64 { return s.size }

func (s *stdin) Rereadable() bool { return false }

func (s *stdin) Same(o Opener) bool {
	_, both := o.(*stdin)
	return both || sameFile(s.info, o)
}

// fileInfo is for sameFile.
func (s *stdin) fileInfo() fs.FileInfo { return s.info }
