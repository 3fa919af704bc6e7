package parser

import (
	"encoding/binary"
	"errors"
	"io"
)

// Dragonfly writes REDIS0009 dumps with the AUX field df-ver, types and opcodes
// of its own, and runs of records compressed as blobs (its
// src/server/rdb_extensions.h, rdb_load.cc).
const (
	opDFFullSyncEnd   = 200
	opDFZstdBlob      = 201
	opDFLZ4Blob       = 202
	opDFBlobEnd       = 203
	opDFJournal       = 210
	opDFJournalOffset = 211
	opDFMask          = 220
	opDFVectorIndex   = 222
	opDFDocIndex      = 223
	opDFTaggedChunk   = 224
)

// Codec names the compression of a run of records.
type Codec string

// Codecs of Dragonfly's blobs.
const (
	CodecZstd Codec = "zstd"
	CodecLZ4  Codec = "lz4"
)

// outer is the state of the source while the records of a blob are read.
type outer struct {
	b      []byte
	p      int
	base   int64
	buf    *buffer
	at     int64 // offset of the blob in the source
	codec  Codec
	left   uint64 // compressed bytes not yet taken
	inner  io.Reader
	ended  bool // inner reported its end
	parent *Reader
}

// openBlob goes on reading inside a compressed blob.
func (r *Reader) openBlob(codec Codec) bool {
	if r.outer != nil {
		return r.corrupt("compressed blob", "a blob inside a blob")
	}
	if r.pending.any {
		// Its offset and captured bytes would mean nothing inside.
		return r.corrupt("compressed blob", "a blob between a key and its attributes")
	}
	if r.opts.Inflate == nil {
		return r.failAt(r.start, "compressed blob", &detail{ErrUnknownType, "records compressed with " + string(codec) + ", and no decompressor was given"})
	}
	at := r.start
	n, ok := r.length()
	if !ok {
		return false
	}
	o := &outer{b: r.b, p: r.p, base: r.base, buf: r.buf, at: at, codec: codec, left: n, parent: r}
	inner, err := r.opts.Inflate(codec, o)
	if err != nil {
		// What it has read is gone, and so may be the buffer r was in.
		if o.buf != r.buf {
			r.crossed = r.crossed || r.bufHeld
			r.bufHeld, r.cap = false, capture{}
		}
		r.b, r.p, r.base, r.buf = o.b, o.p, o.base, o.buf
		return r.fail(string(codec)+" blob", &detail{ErrCorrupt, err.Error()})
	}
	o.inner = inner
	r.outer = o
	r.buf = nil
	r.b, r.p, r.base = nil, 0, at
	r.bufHeld = false
	return true
}

// Read takes compressed bytes out of the source's buffers.
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
func (r *Reader) advanceInner() bool {
	o := r.outer
	if o.ended {
		return r.failAt(o.at, string(o.codec)+" blob", &detail{ErrCorrupt, "its records go on behind its end"})
	}
	next := r.in.pool.get()
	next.refs.Store(1)
	n, err := fill(o.inner, next.mem[headroom:])
	next.n, next.err = n, nil
	switch {
	case err == io.EOF:
		o.ended = true
	case err != nil:
		next.release()
		if o.buf.err == io.EOF && o.p == len(o.b) && errors.Is(err, io.ErrUnexpectedEOF) {
			return r.failAt(o.base+int64(len(o.b)), string(o.codec)+" blob", ErrTruncated)
		}
		if o.buf.err != nil && o.buf.err != io.EOF && o.p == len(o.b) {
			return r.failAt(o.base+int64(len(o.b)), "read", o.buf.err)
		}
		return r.failAt(o.at, string(o.codec)+" blob", &detail{ErrCorrupt, err.Error()})
	}
	r.enter(next)
	return true
}

// closeBlob goes back to the source behind the blob.
func (r *Reader) closeBlob() bool {
	o := r.outer
	if o == nil {
		return r.corrupt("compressed blob", "the end of a blob outside of any")
	}
	if r.pending.any {
		return r.corrupt("compressed blob", "its end between a key and its attributes")
	}
	var one [1]byte
	n, err := 0, io.EOF
	if !o.ended {
		n, err = fill(o.inner, one[:])
	}
	if r.p < len(r.b) || n > 0 || err != io.EOF || o.left > 0 {
		return r.failAt(o.at, string(o.codec)+" blob", &detail{ErrCorrupt, "it goes on behind its last record"})
	}
	r.leaveBlob()
	return true
}

// leaveBlob restores the source's state.
func (r *Reader) leaveBlob() {
	o := r.outer
	if r.buf != nil {
		r.crossed = r.crossed || r.bufHeld
		r.buf.release()
	}
	r.b, r.p, r.base, r.buf, r.bufHeld = o.b, o.p, o.base, o.buf, false
	r.outer = nil
}

// dragonflyOpcode reads the payload of an opcode of Dragonfly's.
func (r *Reader) dragonflyOpcode(op byte) bool {
	switch op {
	case opDFZstdBlob:
		return r.openBlob(CodecZstd)
	case opDFLZ4Blob:
		return r.openBlob(CodecLZ4)
	case opDFBlobEnd:
		return r.closeBlob()
	case opDFFullSyncEnd, opDFJournalOffset:
		return r.skip(8)
	case opDFJournal:
		var s str
		_, ok := r.length()
		return ok && r.str(&s)
	case opDFMask:
		if !r.need(4) {
			return false
		}
		mask := binary.LittleEndian.Uint32(r.b[r.p:])
		r.p += 4
		r.pending.any = true
		return mask&2 == 0 || r.skip(4) // memcached flags follow
	case opDFVectorIndex:
		return r.vectorIndex()
	case opDFDocIndex:
		var s str
		if _, ok := r.length(); !ok || !r.str(&s) {
			return false
		}
		n, ok := r.count()
		for ; ok && n > 0; n-- {
			if ok = r.str(&s); ok {
				_, ok = r.length()
			}
		}
		return ok
	case opDFTaggedChunk:
		return r.fail("", &detail{ErrUnknownType, "a tagged chunk of Dragonfly (opcode 224), whose values may be split and interleaved"})
	}
	return r.fail("", &detail{ErrUnknownType, "opcode " + utoa(uint64(op)) + " in a Dragonfly dump"})
}

// vectorIndex passes over the graph of a search index: name, entry point,
// count, then per node ids (4 and 8 bytes), level (4), and for each level from
// 0 a number of links (4) with the links (4 each).
func (r *Reader) vectorIndex() bool {
	var s str
	if !r.str(&s) {
		return false
	}
	if _, ok := r.length(); !ok {
		return false
	}
	n, ok := r.count()
	for ; ok && n > 0; n-- {
		if !r.need(16) {
			return false
		}
		levels := uint64(binary.LittleEndian.Uint32(r.b[r.p+12:])) + 1
		r.p += 16
		for ; levels > 0; levels-- {
			if !r.need(4) {
				return false
			}
			links := uint64(binary.LittleEndian.Uint32(r.b[r.p:]))
			r.p += 4
			if !r.skip(4 * links) {
				return false
			}
		}
	}
	return ok
}

// dragonflyModules names the modules whose values Dragonfly's types stand for.
var dragonflyModules = map[Type]*Module{
	TypeDragonflyJSON:   {Name: "ReJSON-RL"},
	TypeDragonflySBF:    {Name: "MBbloom--"},
	TypeDragonflySBF2:   {Name: "MBbloom--"},
	TypeDragonflyCMS:    {Name: "CMSk-TYPE"},
	TypeDragonflyTopK:   {Name: "TopK-TYPE"},
	TypeDragonflyCuckoo: {Name: "MBbloomCF"},
}

// readDragonfly reads values of Dragonfly's own types.
func (r *Reader) readDragonfly(k *Key) bool {
	switch k.Type {
	case TypeDragonflyHash, TypeDragonflySet:
		return r.dragonflyMembers(k)
	}
	from := r.pos()
	k.Count = 1
	m := dragonflyModules[k.Type]
	k.Module = m
	if !r.dragonflyOpaque(k.Type) {
		return false
	}
	k.Len = r.pos() - from
	r.use(&r.info.Modules, m, k.Len)
	return true
}

// dragonflyMembers reads hashes and sets whose members may expire; a member's
// expiry is a text of seconds, -1 for none.
func (r *Reader) dragonflyMembers(k *Key) bool {
	hash := k.Type == TypeDragonflyHash
	n, ok := r.count()
	k.Count = n
	var s str
	for ; ok && n > 0; n-- {
		e := r.element()
		if e == nil {
			return false
		}
		if hash {
			ok = r.pair(e)
		} else if ok = r.str(&s); ok {
			e.Len, e.Int = s.n, s.class
		}
		if ok = ok && r.str(&s); ok && s.class != NotInt && s.i >= 0 {
			e.Flags |= FlagTTL
			if hash {
				e.Aux = s.i * 1000
			}
		}
	}
	return ok
}

func (r *Reader) dragonflyOpaque(t Type) bool {
	var s str
	chunks := func() bool { // a total, then counted pieces that make it up
		total, ok := r.length()
		for ok && total > 0 {
			var n uint64
			if n, ok = r.length(); !ok {
				break
			}
			if n == 0 || n > total {
				return r.corrupt(t.String(), "a piece of "+utoa(n)+" bytes")
			}
			total -= n
			ok = r.skip(n)
		}
		return ok
	}
	numbers := func(n int) bool {
		for range n {
			if _, ok := r.length(); !ok {
				return false
			}
		}
		return true
	}
	switch t {
	case TypeDragonflyJSON:
		return r.str(&s)
	case TypeDragonflySBF, TypeDragonflySBF2:
		// options, two doubles, three numbers, then the filters
		if !numbers(1) || !r.skip(16) || !numbers(3) {
			return false
		}
		n, ok := r.count()
		for ; ok && n > 0; n-- {
			if ok = numbers(1); ok {
				if t == TypeDragonflySBF2 {
					ok = chunks()
				} else {
					ok = r.str(&s)
				}
			}
		}
		return ok
	case TypeDragonflyCMS:
		width, ok := r.length()
		if !ok {
			return false
		}
		depth, ok := r.length()
		if !ok || !numbers(1) {
			return false
		}
		if width > 1<<32 || depth > 1<<28 {
			return r.corrupt(t.String(), "a sketch of "+utoa(width)+" by "+utoa(depth)+" counters")
		}
		return r.skip(8 * width * depth)
	case TypeDragonflyTopK:
		if !numbers(4) || !r.skip(8) {
			return false
		}
		n, ok := r.count()
		for ; ok && n > 0; n-- {
			ok = r.str(&s) && numbers(1)
		}
		return ok && r.str(&s)
	default: // TypeDragonflyCuckoo
		if !numbers(6) {
			return false
		}
		n, ok := r.count()
		for ; ok && n > 0; n-- {
			ok = chunks()
		}
		return ok
	}
}
