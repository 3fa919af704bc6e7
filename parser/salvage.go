package parser

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

const (
	// salvageRecord is how many stored bytes of a record are kept, so that the
	// search can start right behind a damaged record's first byte.
	salvageRecord = 16 << 20
	// salvageRun is how many records in a row must make sense.
	salvageRun = 3
	// salvageAhead is how many bytes a candidate may be judged by.
	salvageAhead = 128 << 10
	maxDamages   = 256
)

// Damage is a stretch of a dump that was passed over (Options.Salvage).
type Damage struct {
	Err     *Error
	From    int64 // offset of the record that could not be read
	Resumed int64 // offset of the record reading went on with, -1 when none was found
}

// resync looks for the next plausible record after a failure and goes on
// there. It reports false when the failure stands.
func (r *Reader) resync() bool {
	var e *Error
	if !r.opts.Salvage || !errors.As(r.err, &e) {
		return false
	}
	if r.outer != nil {
		return false // what a damaged blob decompresses to cannot be told
	}
	truncated := errors.Is(e, ErrTruncated)
	if !truncated && !errors.Is(e, ErrCorrupt) && !errors.Is(e, ErrUnknownType) {
		return false
	}
	if r.open {
		r.batch.Keys = r.batch.Keys[:len(r.batch.Keys)-1]
		r.batch.elements = r.batch.elements[:r.k.first]
		r.open = false
	}
	from := r.pos()
	window := bytes.Clone(r.b[r.p:])
	if r.cap.on {
		from = r.start
		window = append(r.cap.buf, r.b[r.cap.from:]...)
	}
	if r.first == nil {
		r.first = e
	}
	at, rest := r.search(from, window)
	r.info.Damages++
	if len(r.info.Damage) < maxDamages {
		r.info.Damage = append(r.info.Damage, Damage{Err: e, From: from, Resumed: at})
	}
	if at < 0 {
		return false
	}
	r.info.Skipped += at - from
	r.err = nil
	r.b, r.p, r.base = rest, 0, at
	r.pending, r.cap, r.want = pending{}, capture{}, 0
	return true
}

// search returns the offset of the first plausible record behind the one at
// from, with the bytes from there to the end of the current buffer; -1 for none.
func (r *Reader) search(from int64, w []byte) (int64, []byte) {
	for i := 1; ; i++ {
		for len(w)-i < salvageAhead && r.buf.err == nil {
			if i > 1<<20 {
				w, from, i = append([]byte(nil), w[i:]...), from+int64(i), 0
			}
			r.p, r.cap.on, r.err = len(r.b), false, nil
			if !r.advance() {
				return -1, nil
			}
			w = append(w, r.b...)
		}
		if i >= len(w) {
			return -1, nil
		}
		ahead := w[i:]
		last := r.buf.err != nil
		if len(ahead) > 2*salvageAhead {
			ahead, last = ahead[:2*salvageAhead], false
		}
		if candidate(w[i]) && r.trial(ahead, last) {
			return from + int64(i), w[i:]
		}
	}
}

// candidate reports whether a record may begin with c.
func candidate(c byte) bool {
	return c <= byte(TypeHashTmplArrayRef) && types[c].name != "" || c >= opFreq && c != opAux || c == opEOF
}

// trial reads a few records from w; last says that the source ends with w.
func (r *Reader) trial(w []byte, last bool) bool {
	t := r.trialReader
	if t == nil {
		t = &Reader{stop: make(chan struct{}), dbs: map[int32]int{}, in: newInput(nil)}
		close(t.stop)
		r.trialReader = t
	}
	t.info = Info{Header: Header{Magic: r.info.Magic, Version: r.info.Version, Dialect: r.info.Dialect}}
	t.buf = &buffer{err: io.EOF, pool: &t.in.pool}
	t.buf.refs.Store(1)
	t.b, t.p, t.base, t.err, t.db, t.walk = w, 0, 0, nil, -1, true
	t.pending, t.open, t.crossed, t.bufHeld = pending{}, false, false, true
	t.templates = r.templates
	clear(t.dbs)
	if t.batch == nil {
		t.batch = t.pool.get()
	}
	b := t.batch
	b.Keys, b.elements, b.arena, b.streams = b.Keys[:0], b.elements[:0], b.arena[:0], b.streams[:0]
	for n := 0; n < salvageRun; {
		if len(w) == t.p {
			return n > 0
		}
		op := w[t.p]
		switch {
		case op == opEOF:
			// The end of the dump must be the end of the source.
			return last && len(w)-t.p == 9 && r.info.Version >= 5
		case op < 64:
			keys := len(b.Keys)
			if !t.record(op) {
				// Cut by the window, or larger than a batch: what was seen made sense.
				cut := !last && errors.Is(t.err, ErrTruncated) || errors.Is(t.err, ErrClosed)
				return cut && (n > 0 || t.open && len(b.Keys) > keys && plausibleName(t.k.Name))
			}
			if !plausibleName(b.Keys[keys].Name) {
				return false
			}
			n++
		default:
			t.p++
			if !t.opcode(op) {
				return false
			}
		}
	}
	return true
}

// plausibleName reports whether a key looks like one a person or a program
// would choose: bytes that happen to parse rarely do.
func plausibleName(name []byte) bool {
	if len(name) == 0 || len(name) > 4096 || !utf8.Valid(name) {
		return false
	}
	for _, c := range name {
		if c < 0x20 || c == 0x7f {
			return false
		}
	}
	return true
}
