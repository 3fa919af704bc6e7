package parser

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// Behind a damaged byte there is no telling where the next record begins: records
// have no marks and no length. Salvage looks for a place from which reading makes
// sense, byte by byte from behind the first byte of the record that failed (which
// may well have swallowed others: so its bytes are kept, see capture):
//
//	plausibleHead   few bytes: attributes, a type, and a name without control
//	                characters. It refuses nearly all places.
//	trial           a scanner of its own reads three records from there. Their
//	                names must be text, and their blobs are walked.
//
// What it finds is a guess, and said to be one: Info.Damage tells where reading went
// on, and the checksum is not compared.

const (
	// salvageRecord is how many stored bytes of a record are kept, so that the
	// search can start right behind a damaged record's first byte.
	salvageRecord = 16 << 20
	// salvageRun is how many records in a row must make sense.
	salvageRun = 3
	// salvageAhead is how many bytes a candidate may be judged by.
	salvageAhead = 128 << 10
	// judgedLZF bounds what is decompressed of one string to judge a candidate.
	judgedLZF  = 64 << 10
	maxDamages = 256
	// Judging, and reading again what a record that failed had taken, must not
	// take more than salvageWork bytes and salvageRatio for each byte of the
	// source so far: crafted bytes can look like a record everywhere.
	salvageWork  = 64 << 20
	salvageRatio = 16
)

// Damage is a stretch of a dump that was passed over (Options.Salvage).
type Damage struct {
	Err     *Error
	From    int64 // offset of the record that could not be read
	Resumed int64 // offset of the record reading went on with, -1 when none was found
}

// salvage is how far a scanner is with Options.Salvage.
type salvage struct {
	first  *Error   // the first failure that was passed over
	trial  *scanner // judges where to go on
	judged int64    // what judging has cost so far, in bytes

	// Of the scanner that judges:
	judging  bool
	inflated int64 // bytes it decompressed
}

// resync looks for the next plausible record after a failure and goes on there. It
// reports false when the failure stands: salvage is not wanted, the source itself
// failed, or no such record was found.
func (sc *scanner) resync() bool {
	var e *Error
	if !sc.opts.Salvage || !errors.As(sc.err, &e) {
		return false
	}
	if sc.outer != nil {
		return false // what a damaged blob decompresses to cannot be told
	}
	truncated := errors.Is(e, ErrTruncated)
	if !truncated && !errors.Is(e, ErrCorrupt) && !errors.Is(e, ErrUnknownType) {
		return false
	}
	if sc.open {
		sc.batch.elements = sc.batch.elements[:sc.k.first]
		sc.dropKey()
	}
	from := sc.pos()
	window := bytes.Clone(sc.b[sc.p:])
	if sc.cap.on {
		from = sc.start
		window = append(sc.cap.buf, sc.b[sc.cap.from:]...)
	}
	if sc.salvage.first == nil {
		sc.salvage.first = e
	}
	sc.salvage.judged += int64(len(window))
	at, rest := sc.search(from, window)
	sc.info.DamageCount++
	if len(sc.info.Damage) < maxDamages {
		sc.info.Damage = append(sc.info.Damage, Damage{Err: e, From: from, Resumed: at})
	}
	if at < 0 {
		return false
	}
	sc.info.Skipped += at - from
	sc.err = nil
	sc.b, sc.p, sc.base = rest, 0, at
	sc.pending, sc.cap, sc.want = pending{}, capture{}, 0
	return true
}

// search returns the offset of the first plausible record behind the one at from,
// with the bytes from there to the end of the current buffer; -1 for none. w are the
// bytes from from to the end of the current buffer, and grows as buffers come.
func (sc *scanner) search(from int64, w []byte) (int64, []byte) {
	for i := 1; ; i++ {
		for len(w)-i < salvageAhead && sc.buf.err == nil {
			if i > 1<<20 {
				w, from, i = append([]byte(nil), w[i:]...), from+int64(i), 0
			}
			sc.p, sc.cap.on, sc.err = len(sc.b), false, nil
			if !sc.advance() {
				return -1, nil
			}
			w = append(w, sc.b...)
		}
		if i >= len(w) || sc.salvage.judged > salvageWork+salvageRatio*(from+int64(i)) {
			return -1, nil
		}
		ahead := w[i:]
		last := sc.buf.err != nil
		if len(ahead) > 2*salvageAhead {
			ahead, last = ahead[:2*salvageAhead], false
		}
		if plausibleHead(ahead, last) && sc.trial(ahead, last) {
			return from + int64(i), w[i:]
		}
	}
}

// plausibleHead judges a candidate by its first bytes, before anything is set
// up to read it: a few attributes, then a type and a name; or the end of the dump.
func plausibleHead(w []byte, last bool) bool {
	for range 8 {
		if len(w) < 4 {
			return false
		}
		switch op := w[0]; op {
		case opExpireTimeMs, opExpireTime:
			n := 9
			if op == opExpireTime {
				n = 5
			}
			if len(w) <= n {
				return false
			}
			w = w[n:]
		case opFreq:
			w = w[2:]
		case opIdle, opSelectDB:
			if w = behindNumbers(w[1:], 1); w == nil {
				return false
			}
		case opResizeDB:
			if w = behindNumbers(w[1:], 2); w == nil {
				return false
			}
		case opSlotInfo:
			if w = behindNumbers(w[1:], 3); w == nil {
				return false
			}
		case opEOF:
			return last && len(w) == 9
		default:
			// The types of Redis only: what they share with other dialects is enough to
			// go on at some key soon.
			return op <= byte(TypeHashTmplArrayRef) && types[op].Name != "" && plausibleKey(w[1:])
		}
	}
	return false
}

// behindNumbers returns what follows n numbers (len) at w, nil when they do not end
// in front of the last byte of w.
func behindNumbers(w []byte, n int) []byte {
	for ; n > 0 && len(w) > 0; n-- {
		size := 1
		switch c := w[0]; {
		case c > 0x81:
			return nil
		case c == 0x81:
			size = 9
		case c == 0x80:
			size = 5
		case c >= 0x40:
			size = 2
		}
		if len(w) <= size {
			return nil
		}
		w = w[size:]
	}
	return w
}

// plausibleKey reports whether w begins with a key's name, as far as its first
// bytes tell.
func plausibleKey(w []byte) bool {
	c := w[0]
	switch {
	case c >= 0xc0:
		return c <= 0xc3 // an integer, or compressed
	case c < 0x40:
		w = w[1:min(len(w), 1+int(c))]
	case c < 0x80:
		w = w[2:min(len(w), 2+int(c&0x3f)<<8|int(w[1]))]
	default:
		return false
	}
	for _, x := range w[:min(len(w), 16)] {
		if x < 0x20 || x == 0x7f {
			return false
		}
	}
	return len(w) > 0
}

// trial reads a few records from w and reports whether they make sense; last says
// that the source ends with w.
//
// It is the same code that reads the dump, on a scanner whose only buffer is w,
// whose batches go nowhere (it is stopped, so that a full batch ends it), and whose
// cost is counted: crafted bytes may look like a record at every place.
func (sc *scanner) trial(w []byte, last bool) bool {
	t := sc.salvage.trial
	if t == nil {
		stop := make(chan struct{})
		close(stop)
		t = newScanner(newInput(nil), nil, stop, &Options{})
		sc.salvage.trial = t
	}
	const setup = 1 << 10 // what a trial costs beside reading
	defer func() { sc.salvage.judged += setup + int64(t.p) + t.salvage.inflated }()
	t.restart(sc, w)
	b := t.batch
	for n, ops := 0, 0; n < salvageRun; ops++ {
		if len(w) == t.p {
			return n > 0
		}
		if ops > 64 {
			return false
		}
		op := w[t.p]
		switch {
		case op == opEOF:
			// The end of the dump must be the end of the source.
			return last && len(w)-t.p == 9 && sc.info.Version >= 5
		case op < firstOpcode:
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

// restart makes sc, a scanner that judges for another one, read w from its
// beginning.
func (sc *scanner) restart(of *scanner, w []byte) {
	sc.salvage.judging, sc.salvage.inflated = true, 0
	sc.info = Info{Header: Header{Magic: of.info.Magic, Version: of.info.Version, Dialect: of.info.Dialect}}
	if sc.buf == nil {
		sc.buf = &buffer{err: io.EOF, pool: &sc.in.pool}
	}
	sc.buf.refs.Store(1 << 30) // never given back
	sc.b, sc.p, sc.base, sc.err, sc.db, sc.walk = w, 0, 0, nil, -1, true
	sc.pending, sc.open, sc.crossed, sc.bufHeld = pending{}, false, false, true
	sc.templates = of.templates
	clear(sc.dbs.index)
	sc.dbs = databases{index: sc.dbs.index, heap: sc.dbs.heap[:0]}
	if sc.batch == nil {
		sc.batch = sc.pool.get()
	}
	b := sc.batch
	b.Keys, b.elements, b.arena, b.streams = b.Keys[:0], b.elements[:0], b.arena[:0], b.streams[:0]
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
