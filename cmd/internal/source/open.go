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

// Close closes what Open opened; standard input stays open. It waits for a
// Read under way: end the context of Open first if that may take long.
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
	st := &Stream{}
	raw, err := s.openRaw(ctx, st)
	if err != nil {
		return nil, err
	}
	counted := &counter{ctx: ctx, r: raw, n: &s.read}
	head, err := readHead(counted)
	if err != nil {
		st.Close()
		return nil, err
	}
	whole := io.MultiReader(bytes.NewReader(head), counted)
	format := detect(head)
	if format == plain {
		st.Size = s.total
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

func (s *Source) openRaw(ctx context.Context, st *Stream) (io.Reader, error) {
	if s.stdin != nil {
		if s.info != nil && s.info.Mode().IsRegular() {
			return s.stdin, nil
		}
		return newPump(ctx, func() (io.ReadCloser, error) { return io.NopCloser(s.stdin), nil }), nil
	}
	if s.info.Mode().IsRegular() {
		f, err := os.Open(s.Path)
		if err != nil {
			return nil, err
		}
		st.closers = append(st.closers, f)
		return f, nil
	}
	// Opening a named pipe waits for its writer.
	return newPump(ctx, func() (io.ReadCloser, error) { return os.Open(s.Path) }), nil
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

// pump reads on a goroutine of its own, so that a read that blocks for ever (an
// idle pipe, a terminal) does not hold up whoever gives up waiting. That
// goroutine then lives as long as the read does.
type pump struct {
	ctx  context.Context
	full chan chunk
	free chan []byte
	buf  []byte // the buffer being handed out
	rest []byte // what of it has not been handed out
	err  error
}

type chunk struct {
	buf []byte
	n   int
	err error
}

const (
	pumpBuffer  = 256 << 10
	pumpBuffers = 3
)

func newPump(ctx context.Context, open func() (io.ReadCloser, error)) *pump {
	p := &pump{ctx: ctx, full: make(chan chunk), free: make(chan []byte, pumpBuffers)}
	for range pumpBuffers {
		p.free <- make([]byte, pumpBuffer)
	}
	go func() {
		r, err := open()
		if err == nil {
			defer r.Close()
		}
		for {
			var c chunk
			select {
			case c.buf = <-p.free:
			case <-ctx.Done():
				return
			}
			if err == nil {
				c.n, err = r.Read(c.buf)
			}
			c.err = err
			select {
			case p.full <- c:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

func (p *pump) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		if p.buf != nil {
			p.free <- p.buf
			p.buf = nil
		}
		select {
		case c := <-p.full:
			p.buf, p.rest, p.err = c.buf, c.buf[:c.n], c.err
		case <-p.ctx.Done():
			p.err = context.Cause(p.ctx)
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
