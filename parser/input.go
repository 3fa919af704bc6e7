package parser

import (
	"io"
	"sync"
	"sync/atomic"

	"github.com/rdblens/rdblens/parser/internal/crc64"
)

// The source is read ahead of the scanner, into buffers that go around:
//
//	input.run --out--> scanner --held by a batch--> caller's Release
//	    ^                 |                             |
//	    +---- pool <------+-----------------------------+
//
// A buffer goes to the scanner before its checksum is computed, so two goroutines
// read the same bytes at the same time, and it goes back to the pool when all who
// hold it have let go: the input, the scanner, and each batch whose names point
// into it.

const (
	// headroom in front of a buffer's data takes the unread tail of the buffer
	// before it, so that every token is contiguous: the longest is a key name.
	headroom   = MaxName + 64
	bufferData = crc64.BufferSize
	// queued buffers between the reading and the scanning goroutine.
	readAhead = 4
)

// buffer is one piece of the source: [headroom | data]. It is reference
// counted: the scanner holds one, each batch whose keys lie in it another.
type buffer struct {
	mem    []byte
	n      int         // data bytes
	before crc64.State // the checksum's, in front of this buffer
	err    error       // why nothing follows: io.EOF or a read error; nil when something does
	refs   atomic.Int32
	pool   *bufferPool
}

func (b *buffer) release() {
	if b.refs.Add(-1) == 0 {
		b.pool.put(b)
	}
}

// bufferPool recycles buffers. It never blocks: a caller who keeps batches
// pays with memory, not with a deadlock.
type bufferPool struct {
	mu     sync.Mutex
	free   []*buffer
	closed bool // the Reader has ended: what comes back is for the next one
}

// What Readers that have ended leave to the next: for a small dump clearing
// fresh memory takes longer than reading.
var (
	spareBuffers spares[*buffer]
	spareBatches spares[*Batch]
	spareWindows spares[*[cursorBytes]byte]
)

// spares keeps a few things for reuse. It is no sync.Pool: a Reader's last
// buffer often comes back when the next Reader has made one of its own, and
// what a pool gets beyond what it gives lives through a collection, so that a
// program that reads many small dumps would grow.
type spares[T any] struct {
	mu   sync.Mutex
	free []T
}

// maxSpares of a kind are kept: two megabytes in all.
const maxSpares = 4

func (s *spares[T]) get() (x T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.free) - 1
	if n < 0 {
		return x, false
	}
	x = s.free[n]
	s.free = s.free[:n]
	return x, true
}

func (s *spares[T]) put(x T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) < maxSpares {
		s.free = append(s.free, x)
	}
}

func (p *bufferPool) get() *buffer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	b, ok := spareBuffers.get()
	if !ok {
		b = &buffer{mem: make([]byte, headroom+bufferData)}
	}
	b.pool = p
	return b
}

func (p *bufferPool) put(b *buffer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		b.pool = nil
		spareBuffers.put(b)
		return
	}
	p.free = append(p.free, b)
}

// close hands on what is free, and what is released from now on.
func (p *bufferPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, b := range p.free {
		b.pool = nil
		spareBuffers.put(b)
	}
	p.free = nil
}

// input reads the source ahead of the scanner and computes the checksum.
type input struct {
	src   io.Reader
	out   chan *buffer
	stop  chan struct{}
	pool  bufferPool
	start chan int // offset of the magic in the first buffer, from the scanner; <0: no checksum wanted
}

func newInput(src io.Reader) *input {
	return &input{src: src, out: make(chan *buffer, readAhead), stop: make(chan struct{}), start: make(chan int, 1)}
}

// run fills buffers until the source ends. The scanner gets each buffer before
// its checksum is computed: the two goroutines work on the same bytes at once.
func (in *input) run() {
	defer close(in.out)
	var divider *crc64.Divider // most dumps of tests and caches fit in one buffer and need none
	var crc uint64
	start := 0
	for first := true; ; first = false {
		select {
		case <-in.stop: // after Close no Read begins
			return
		default:
		}
		b := in.pool.get()
		b.refs.Store(2)
		// The state in front of this buffer, for the scanner to go on from if the dump
		// ends in it. A dump that starts inside a buffer (start > 0) ends no buffer
		// where the divider would, so it is summed by crc64.Update.
		if start == 0 && divider != nil {
			divider.Save(&b.before)
		} else {
			b.before.Set(crc)
		}
		b.n, b.err = fill(in.src, b.mem[headroom:])
		last := b.err != nil
		if last {
			b.refs.Store(1) // its checksum is the scanner's to compute
		}
		select {
		case in.out <- b:
		case <-in.stop:
			return
		}
		if last {
			return
		}
		if first {
			select {
			case start = <-in.start:
			case <-in.stop:
				return
			}
		}
		switch {
		case start < 0:
		case start == 0:
			if divider == nil {
				divider = new(crc64.Divider)
			}
			divider.Update((*[bufferData]byte)(b.mem[headroom:]))
		case first:
			crc = crc64.Update(crc, b.mem[headroom+start:headroom+b.n])
		default:
			crc = crc64.Update(crc, b.mem[headroom:headroom+b.n])
		}
		b.release()
	}
}

// fill reads until p is full or the source ends.
func fill(src io.Reader, p []byte) (n int, err error) {
	for empty := 0; n < len(p); {
		m, err := src.Read(p[n:])
		if m < 0 || m > len(p)-n {
			return n, io.ErrNoProgress
		}
		n += m
		if err != nil {
			return n, err
		}
		if m > 0 {
			empty = 0
		} else if empty++; empty > 100 {
			return n, io.ErrNoProgress
		}
	}
	return n, nil
}
