package source

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// Stream is an opened source: the bytes of the dump, decompressed.
type Stream struct {
	// Size is the number of bytes that Read will deliver, 0 when not known (a
	// pipe, a compressed file).
	Size int64
	// Compression is "", "gzip", "zstd", "lz4", "bzip2" or "xz".
	Compression string

	mu      sync.Mutex // Close waits for a Read under way on another goroutine
	r       io.Reader
	closers []io.Closer
}

// Read reads the dump's bytes.
func (s *Stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.r == nil {
		return 0, os.ErrClosed
	}
	return s.r.Read(p)
}

// Close closes what Open opened; standard input stays open. It waits for a Read
// that is under way: end the context of Open first if that may take long.
func (s *Stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.r = nil
	var first error
	for i := len(s.closers) - 1; i >= 0; i-- {
		if err := s.closers[i].Close(); err != nil && first == nil {
			first = err
		}
	}
	s.closers = nil
	return first
}

// Open opens the source. Once ctx is done, reading fails with its cause, even
// while a pipe is silent.
func (s *Source) Open(ctx context.Context) (*Stream, error) {
	stored, err := s.opener.Open(ctx)
	if err != nil {
		return nil, err
	}
	st := &Stream{closers: []io.Closer{stored}}
	counted := &counter{ctx: ctx, r: stored, n: &s.read}
	head, err := readHead(counted)
	if err != nil {
		st.Close()
		return nil, err
	}
	whole := io.MultiReader(bytes.NewReader(head), counted)
	format := detect(head)
	if format == plain {
		st.Size = s.Total()
		st.r = whole
		return st, nil
	}
	st.Compression = format.String()
	d, err := decompress(whole)
	if err != nil {
		st.Close()
		return nil, err
	}
	st.r = d
	st.closers = append(st.closers, d)
	return st, nil
}

// counter counts what is read and stops when its context is done.
type counter struct {
	ctx context.Context
	r   io.Reader
	n   *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
