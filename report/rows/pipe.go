package rows

import (
	"sync/atomic"

	"github.com/rdblens/rdblens/aggregate"
)

const (
	// A block ends at this many rows, or bytes of names.
	blockRows  = 512
	blockBytes = 128 << 10
	// pipeBlocks is how many there are: one takes rows, one is written, the
	// others even out what the two sides need from block to block.
	pipeBlocks = 4
)

// Pipe writes rows on a goroutine of its own, in the order they come, so
// that making rows and writing them go on at the same time. It holds at most
// pipeBlocks blocks of rows.
//
// What its writer fails with comes back from a later WriteRow or from Close,
// and from every call after that. Close or Stop must be called.
type Pipe struct {
	w       Writer
	filling *rowBlock
	full    chan *rowBlock
	free    chan *rowBlock
	done    chan struct{} // closed when the goroutine has ended
	err     atomic.Pointer[error]
	stopped atomic.Bool // blocks that wait are not wanted any more
	ended   bool
}

// rowBlock is some rows and the bytes they point to.
type rowBlock struct {
	rows []aggregate.Row
	text []byte
}

// NewPipe returns a pipe to w. Every call of w is made by the pipe's
// goroutine but that of Close, which is made by Close once that has ended.
func NewPipe(w Writer) *Pipe {
	p := &Pipe{w: w, full: make(chan *rowBlock, pipeBlocks), free: make(chan *rowBlock, pipeBlocks), done: make(chan struct{})}
	for range pipeBlocks {
		p.free <- &rowBlock{rows: make([]aggregate.Row, 0, blockRows), text: make([]byte, 0, blockBytes)}
	}
	p.filling = <-p.free
	go p.drain()
	return p
}

// Err returns what the writer failed with so far, nil for nothing.
func (p *Pipe) Err() error {
	if err := p.err.Load(); err != nil {
		return *err
	}
	return nil
}

// fail keeps the first error.
func (p *Pipe) fail(err error) { p.err.CompareAndSwap(nil, &err) }

// WriteRow copies a row.
func (p *Pipe) WriteRow(r *aggregate.Row) error {
	b := p.filling
	if len(b.rows) == blockRows || len(b.rows) > 0 && len(b.text)+len(r.Key)+len(r.Pattern) > cap(b.text) || p.ended {
		if err := p.turn(); err != nil {
			return err
		}
		b = p.filling
	}
	b.rows = append(b.rows, *r)
	to := &b.rows[len(b.rows)-1]
	to.Key, to.Pattern = b.keep(r.Key), b.keep(r.Pattern)
	return nil
}

// keep copies bytes; they stay until the block is emptied.
func (b *rowBlock) keep(s []byte) []byte {
	i := len(b.text)
	b.text = append(b.text, s...)
	return b.text[i:len(b.text):len(b.text)]
}

// turn hands the filled block on and waits for an empty one.
func (p *Pipe) turn() error {
	if p.ended {
		if err := p.Err(); err != nil {
			return err
		}
		return ErrClosed
	}
	if err := p.Err(); err != nil {
		return err
	}
	p.full <- p.filling // never blocks: there are no more than it holds
	p.filling = <-p.free
	return p.Err()
}

// drain writes what comes.
func (p *Pipe) drain() {
	defer close(p.done)
	for b := range p.full {
		for i := range b.rows {
			if p.stopped.Load() || p.Err() != nil {
				break
			}
			if err := p.w.WriteRow(&b.rows[i]); err != nil {
				p.fail(err)
			}
		}
		b.rows, b.text = b.rows[:0], b.text[:0]
		p.free <- b
	}
}

// end waits for the goroutine.
func (p *Pipe) end() {
	if !p.ended {
		p.ended = true
		p.full <- p.filling
		close(p.full)
		<-p.done
	}
}

// Close writes what is left and closes the writer, unless it failed before or
// the pipe was stopped.
func (p *Pipe) Close() error {
	if p.ended {
		return p.Err()
	}
	p.end()
	if err := p.Err(); err != nil {
		return err
	}
	if err := p.w.Close(); err != nil {
		p.fail(err)
	}
	return p.Err()
}

// Stop gives up: rows that wait are dropped, and the writer, which is not
// closed, is not called any more once Stop has returned. After Close it does
// nothing.
func (p *Pipe) Stop() {
	p.stopped.Store(true)
	p.end()
}
