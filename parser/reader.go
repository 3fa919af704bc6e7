package parser

import (
	"io"
	"sync"
)

// Reader reads one dump. Its methods are for one goroutine, except Offset;
// batches may be used and released by any goroutine while Next runs.
//
// Two goroutines work behind it: one reads and computes the checksum, one
// scans. Memory does not depend on the size of the dump or of a value.
type Reader struct {
	opts    Options
	input   *input        // fills buffers, on a goroutine of its own
	scan    *scanner      // reads them, on the caller's goroutine for Header and then on its own
	out     chan *Batch   // from the scanner, closed at the end
	stop    chan struct{} // closed to end both goroutines
	closing sync.Once
	begun   bool    // Header was called, or can no longer be
	started bool    // so was Next
	header  *Header // nil when there is none
	final   error   // what Next returns after the last batch; set before out is closed
}

// NewReader returns a Reader over src. Reading starts with the first call to
// Header or Next. Close must be called when a Reader is given up before Next
// returned an error.
func NewReader(src io.Reader, opts Options) *Reader {
	r := &Reader{opts: opts, input: newInput(src), out: make(chan *Batch, batchQueue), stop: make(chan struct{})}
	r.scan = newScanner(r.input, r.out, r.stop, &r.opts)
	return r
}

// Header reads the magic, the AUX fields and whatever else precedes the first
// database, and returns it. Its error is that of Next; a dump that ends or goes
// wrong behind its magic still has a header.
func (r *Reader) Header() (*Header, error) {
	if !r.begun {
		r.begun = true
		go r.input.run()
		r.header = r.scan.header()
		if r.scan.err != nil {
			r.started = true
			r.end()
		}
	}
	if r.header == nil {
		return nil, r.final
	}
	return r.header, nil
}

// Next returns the next batch of keys, or io.EOF after the last one, or an
// *Error. After an error that is not io.EOF every whole key before it has been
// delivered; a key delivered with More and never ended is incomplete.
// Errors are sticky.
func (r *Reader) Next() (*Batch, error) {
	if !r.begun {
		_, _ = r.Header() // its error is in final
	}
	if !r.started {
		r.started = true
		if r.opts.Hooks != nil {
			r.scan.hooks = r.opts.Hooks()
		}
		go func() {
			r.scan.records(false)
			r.end()
		}()
	}
	if b, ok := <-r.out; ok {
		return b, nil
	}
	return nil, r.final
}

// Err returns the error that ended reading, nil at the regular end or before
// any end.
func (r *Reader) Err() error {
	if r.final == io.EOF {
		return nil
	}
	return r.final
}

// Info returns what is known of the dump as a whole; complete once Next has
// returned an error (io.EOF included), and not to be looked at before.
func (r *Reader) Info() *Info { return &r.scan.info }

// Offset returns how many bytes of the source were consumed. It may be called
// from any goroutine, for progress.
func (r *Reader) Offset() int64 { return r.scan.offset.Load() }

// Close stops reading and frees what the Reader holds. It does not close src;
// a Read of src that is under way is not interrupted.
func (r *Reader) Close() error {
	r.halt()
	if !r.begun {
		r.begun, r.started = true, true
		r.final = &Error{Err: ErrClosed}
		close(r.out)
	}
	if !r.started {
		r.started = true
		r.scan.fail("read", ErrClosed)
		r.end()
	}
	for b := range r.out {
		b.Release()
	}
	return nil
}

// halt tells both goroutines to stop.
func (r *Reader) halt() {
	r.closing.Do(func() {
		close(r.stop)
		close(r.input.stop)
	})
}

// end takes the scanner's last batch and its verdict, and stops the input; what
// that has queued is dropped.
func (r *Reader) end() {
	r.final = r.scan.finish()
	select {
	case r.input.start <- -1: // it may still wait for the start
	default:
	}
	r.halt()
	r.scan.pool.close()
	r.input.pool.close()
	close(r.out)
}
