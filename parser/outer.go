package parser

import (
	"errors"
	"io"
)

// Dragonfly compresses runs of records, as blobs between opcodes:
//
//	+------------+---------+-------------------------------------------+
//	| 201 or 202 | n (len) | n bytes: zstd or LZ4 of records, then 203 |
//	+------------+---------+-------------------------------------------+
//
// The records of a blob are read like any others, by the same methods. openBlob
// puts the view of the source aside and makes the decompressed bytes the scanner's
// view, a buffer at a time:
//
//	source's view (outer) --Read--> decompressor --fill--> buffers --> scanner's view
//
// closeBlob goes back. While a blob is read, offsets are those of its contents,
// which mean nothing to who looks at the file: errors name the blob's own.

// Codec names the compression of a run of records.
type Codec string

// Codecs of Dragonfly's blobs.
const (
	CodecZstd Codec = "zstd"
	CodecLZ4  Codec = "lz4"
)

// outer is the state of the source while the records of a blob are read. It is what
// the decompressor reads from.
type outer struct {
	view
	at     int64 // offset of the blob in the source
	codec  Codec
	left   uint64    // compressed bytes not yet taken
	inner  io.Reader // what they decompress to
	ended  bool      // inner reported its end
	parent *scanner
}

// openBlob goes on reading inside a compressed blob.
func (sc *scanner) openBlob(codec Codec) bool {
	if sc.outer != nil {
		return sc.corrupt("compressed blob", "a blob inside a blob")
	}
	if sc.pending.any {
		// Its offset and captured bytes would mean nothing inside.
		return sc.corrupt("compressed blob", "a blob between a key and its attributes")
	}
	if sc.opts.Inflate == nil {
		return sc.failAt(sc.start, "compressed blob", &detail{ErrUnknownType, "records compressed with " + string(codec) + ", and no decompressor was given"})
	}
	at := sc.start
	n, ok := sc.length()
	if !ok {
		return false
	}
	o := &outer{view: sc.view, at: at, codec: codec, left: n, parent: sc}
	inner, err := sc.opts.Inflate(codec, o)
	if err != nil {
		// What it has read is gone, and so may be the buffer that was current.
		if o.buf != sc.buf {
			sc.crossed = sc.crossed || sc.bufHeld
			sc.bufHeld, sc.cap = false, capture{}
		}
		sc.view = o.view
		return sc.fail(string(codec)+" blob", &detail{ErrCorrupt, err.Error()})
	}
	o.inner = inner
	sc.outer = o
	sc.view = view{base: at}
	sc.bufHeld = false
	return true
}

// Read takes compressed bytes out of the source's buffers, no more than the blob has.
func (o *outer) Read(p []byte) (int, error) {
	if o.left == 0 {
		return 0, io.EOF
	}
	for o.p == len(o.b) {
		if o.buf.err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		var next *buffer
		select {
		case next = <-o.parent.in.out:
		case <-o.parent.stop:
		}
		if next == nil {
			return 0, ErrClosed
		}
		o.base += int64(len(o.b))
		o.buf.release()
		o.buf, o.b, o.p = next, next.mem[headroom:headroom+next.n], 0
	}
	n := copy(p[:min(uint64(len(p)), o.left)], o.b[o.p:])
	o.p += n
	o.left -= uint64(n)
	return n, nil
}

// advanceInner brings in more decompressed bytes.
func (sc *scanner) advanceInner() bool {
	o := sc.outer
	if o.ended {
		return sc.failAt(o.at, string(o.codec)+" blob", &detail{ErrCorrupt, "its records go on behind its end"})
	}
	next := sc.in.pool.get()
	next.refs.Store(1)
	n, err := fill(o.inner, next.mem[headroom:])
	next.n, next.err = n, nil
	switch {
	case err == io.EOF:
		o.ended = true
	case err != nil:
		next.release()
		// A decompressor only sees that its source ended. It is the source's matter
		// when that had no more, and the blob's when it had.
		if o.buf.err == io.EOF && o.p == len(o.b) && errors.Is(err, io.ErrUnexpectedEOF) {
			return sc.failAt(o.base+int64(len(o.b)), string(o.codec)+" blob", ErrTruncated)
		}
		if o.buf.err != nil && o.buf.err != io.EOF && o.p == len(o.b) {
			return sc.failAt(o.base+int64(len(o.b)), "read", o.buf.err)
		}
		return sc.failAt(o.at, string(o.codec)+" blob", &detail{ErrCorrupt, err.Error()})
	}
	sc.enter(next)
	return true
}

// closeBlob reads BLOB_END: it goes back to the source behind the blob, of which
// nothing may be left.
func (sc *scanner) closeBlob() bool {
	o := sc.outer
	if o == nil {
		return sc.corrupt("compressed blob", "the end of a blob outside of any")
	}
	if sc.pending.any {
		return sc.corrupt("compressed blob", "its end between a key and its attributes")
	}
	// Behind the last record the decompressor must be at its end too, which it only
	// tells when it is asked for more.
	var one [1]byte
	n, err := 0, io.EOF
	if !o.ended {
		n, err = fill(o.inner, one[:])
	}
	if sc.p < len(sc.b) || n > 0 || err != io.EOF || o.left > 0 {
		return sc.failAt(o.at, string(o.codec)+" blob", &detail{ErrCorrupt, "it goes on behind its last record"})
	}
	sc.leaveBlob()
	return true
}

// leaveBlob restores the source's state.
func (sc *scanner) leaveBlob() {
	o := sc.outer
	if sc.buf != nil {
		sc.crossed = sc.crossed || sc.bufHeld
		sc.buf.release()
	}
	sc.view, sc.bufHeld = o.view, false
	sc.outer = nil
}
