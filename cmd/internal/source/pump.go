package source

import (
	"context"
	"io"
)

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

// Close does nothing: what the pump reads is closed when a read fails, at the
// end, or when the context is done.
func (p *pump) Close() error { return nil }
