package source

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

// Stream is an opened source: the bytes of the dump, decompressed.
type Stream struct {
	// Size is the number of bytes that Read will deliver, 0 when not known (a
	// pipe, a compressed file).
	Size int64
	// Compression is "", "gzip", "zstd", "lz4", "bzip2", "xz", or "vcs-lz4" and
	// "vcs-zstd" for Valkey's envelope; "gzip+vcs-lz4" for one that was compressed again.
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
	s.read.Store(0) // it may have been looked at before
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
		if e := s.foreign(ctx, head); e != nil {
			st.Close()
			return nil, e
		}
		return st, nil
	}
	st.Compression = format.String()
	d, err := decompress(whole)
	if err != nil {
		st.Close()
		return nil, err
	}
	st.closers = append(st.closers, d)
	st.r = d
	if format < formatVCSLZ4 {
		// A dump in Valkey's envelope may have been compressed once more, as backups are.
		head, err := readHead(d)
		st.r = io.MultiReader(bytes.NewReader(head), &afterwards{d, err})
		if e := foreign(head, s.Name); e != nil && err == nil {
			st.Close()
			return nil, e
		}
		if inner := detect(head); inner >= formatVCSLZ4 && err == nil {
			st.Compression += "+" + inner.String()
			e, err := decompress(st.r)
			if err != nil {
				st.Close()
				return nil, err
			}
			st.closers = append(st.closers, e)
			st.r = e
		}
	}
	return st, nil
}

// foreign tells what the source is when it is no dump, by its first bytes and, where
// they say nothing, by a checksum at its end.
func (s *Source) foreign(ctx context.Context, head []byte) error {
	if s.commands {
		return nil
	}
	if e := foreign(head, s.Name); e != nil {
		if hasMagic(head) { // it is read as far as it goes, as any dump with damage
			s.mangled.Store(e)
			return nil
		}
		return e
	}
	if n := s.Total(); contentOfHead(head) != 0 || !s.Rereadable() || n <= headSize || n > maxPayload || head[0] > newestType {
		return nil
	}
	again, err := s.opener.Open(ctx)
	if err != nil {
		return nil // whoever reads on finds the error
	}
	defer again.Close()
	if e := longPayload(again); e != nil {
		e.Do = strings.ReplaceAll(e.Do, fileWord, ShellWord(s.Name))
		return e
	}
	return nil
}

// newestType is beyond the types of values that any server writes.
const newestType = 64

// afterwards reads on where an error may have been met already.
type afterwards struct {
	r   io.Reader
	err error
}

func (a *afterwards) Read(p []byte) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	return a.r.Read(p)
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
