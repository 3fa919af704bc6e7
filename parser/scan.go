package parser

import (
	"bytes"
	"io"
	"sync/atomic"
)

// scanner turns the bytes of a dump into batches of keys. All of it belongs to one
// goroutine at a time (the caller's while Header runs, then its own), but for
// what is marked as shared.
//
// Its methods read one thing each, from the next unread byte on. They return false
// when that failed, and the first failure is in err; nobody reads on after it.
type scanner struct {
	opts   *Options
	hooks  Hooks         // empty until the keys are read
	in     *input        // shared: where buffers come from
	out    chan<- *Batch // shared: where batches go
	stop   <-chan struct{}
	pool   batchPool    // shared: batches come back to it
	offset atomic.Int64 // shared: bytes of the source consumed

	view         // the bytes at hand
	bufHeld bool // the open batch holds buf
	crossed bool // the open batch holds buffers that were left
	err     error

	info      Info
	dbs       databases
	db        int    // index of the current database in info.Databases, -1 before the first
	batch     *Batch // the open batch
	emitted   int    // batches handed over
	k         *Key   // the open key
	open      bool
	start     int64                                // offset of the open record
	pending   pending                              // attributes read ahead of the key they belong to
	cap       capture                              // the open record's bytes, when they may be wanted
	walk      bool                                 // walk every blob
	asked     int64                                // offset of the last key that Hooks.Walk wanted walked
	asking    Key                                  // what the hooks see of a key that the loop over strings reads
	want      int                                  // bytes of contents wanted of the open key
	shown     func(piece []byte, first, last bool) // from Hooks.Members, of the open key
	digits    [maxIntText]byte                     // of an integer that is shown to it
	blob      cursor
	head      *[GlimpseBytes]byte // of a compressed node: see glimpse
	win       *[cursorBytes]byte  // window of the blob cursor
	templates map[uint64]hashTemplate
	names     []templateField // of the template, or the hash with its own, under way
	namesKept int             // fields of templates
	modules   map[uint64]*Module
	parts     parts      // of the open module value
	document  documents  // in it
	last      [1024]byte // name of the last whole key
	lastLen   int
	nameCopy  []byte // of a key that goes on in another batch

	transfer transfer // the replication transfer that brought the dump
	outer    *outer   // the source while the records of a compressed blob are read
	salvage  salvage  // how Options.Salvage is getting on
}

func newScanner(in *input, out chan<- *Batch, stop <-chan struct{}, opts *Options) *scanner {
	return &scanner{
		opts: opts, in: in, out: out, stop: stop,
		walk: opts.WalkAll || opts.NoChecksum, asked: -1, db: -1, dbs: databases{index: map[int32]int{}},
	}
}

// pending are the attributes read ahead of a key.
type pending struct {
	any    bool
	flags  KeyFlags
	freq   uint8
	metas  uint16
	expiry int64
	idle   int64
}

// --- the loop ---

// The scanner's loop is records. Each turn lets the fast path take what it can, then
// reads one thing the general way: an opcode, or a key with its value. Attributes
// come as opcodes in front of their key and wait in pending; between them others may
// stand (KeyDB puts AUX fields there), so a record begins at the first of them.

// header reads what precedes the first database; nil when there is not even a
// magic.
func (sc *scanner) header() *Header {
	sc.batch = sc.pool.get()
	if sc.magic() {
		sc.records(true)
	}
	if sc.info.Magic == "" {
		return nil
	}
	// A copy: AUX fields may follow between the keys while the caller looks at these.
	header := sc.info.Header
	return &header
}

// records reads to the end of the dump; with header set it stops before the
// first record that belongs to a database.
func (sc *scanner) records(header bool) {
	for {
		if !header && !sc.run() {
			return
		}
		if !sc.next(header) && (sc.err == nil || !sc.resync()) {
			return
		}
	}
}

// next reads one record, or one attribute of a key; false at the end of the dump,
// at the end of the header when that is wanted, and on failure.
func (sc *scanner) next(header bool) bool {
	// Where a truncation between two records is reported, and the offset of the key.
	if !sc.pending.any {
		sc.start, sc.cap.on = sc.pos(), false
	}
	if !sc.need(1) {
		return false
	}
	op := sc.b[sc.p] // an opcode, or the type of a key
	if header && !opcodes[sc.info.Dialect][op].header {
		return false
	}
	if !sc.pending.any {
		sc.start = sc.pos()
		sc.mark()
	}
	if sc.isType(op) {
		return sc.record(op)
	}
	sc.info.Opcodes[op]++
	sc.p++
	if op == opEOF {
		if sc.outer != nil {
			return sc.corrupt("EOF", "inside a compressed blob")
		}
		sc.footer()
		return false
	}
	return sc.opcode(op)
}

// finish hands over the last batch, gives back what it holds, and returns the
// verdict: io.EOF at the regular end.
func (sc *scanner) finish() error {
	if sc.open {
		sc.dropKey()
	}
	sc.emit()
	if sc.batch != nil {
		sc.batch.Release()
	}
	if sc.outer != nil {
		sc.leaveBlob()
	}
	if sc.buf != nil {
		sc.buf.release()
		sc.buf = nil
	}
	if sc.win != nil {
		spareWindows.put(sc.win)
		sc.win = nil
	}
	sc.summarize()
	switch {
	case sc.salvage.first != nil:
		return sc.salvage.first
	case sc.err != nil:
		return sc.err
	}
	return io.EOF
}

// dropKey takes back the record of a key that could not be read. Nothing is left in
// it: the batch may be used again at once, and by the loop over strings, which does
// not write what few keys have (see Batch.rare).
func (sc *scanner) dropKey() {
	n := len(sc.batch.Keys) - 1
	sc.batch.Keys[n] = Key{}
	sc.batch.Keys = sc.batch.Keys[:n]
	sc.open = false
}

// summarize fills in what Info knows only at the end.
func (sc *scanner) summarize() {
	in := &sc.info
	in.Walked = sc.walk
	in.LastKey = append([]byte(nil), sc.last[:sc.lastLen]...)
	sc.sumDatabases()
	if sc.pending.any && sc.err == nil {
		sc.warn(WarnDangling, sc.start, "an expiry, idle time or metadata without a key")
	}
}

// emit sends the open batch if it holds keys, and opens another. It waits when the
// caller is batchQueue batches behind.
func (sc *scanner) emit() bool {
	if sc.outer == nil {
		sc.offset.Store(sc.pos())
	}
	if sc.batch == nil || len(sc.batch.Keys) == 0 {
		return sc.err == nil
	}
	b := sc.batch
	sc.batch = nil
	sc.emitted++
	sc.bufHeld, sc.crossed = false, false
	select {
	case sc.out <- b:
		sc.batch = sc.pool.get()
		return true
	case <-sc.stop:
		b.Release()
		sc.batch = sc.pool.get()
		return sc.fail("read", ErrClosed)
	}
}

// --- errors and warnings ---

// fail records the first error and returns false.
func (sc *scanner) fail(op string, err error) bool { return sc.failAt(sc.pos(), op, err) }

// failAt is fail for a place that was left, or is not reached yet.
func (sc *scanner) failAt(at int64, op string, err error) bool {
	if sc.err != nil {
		return false
	}
	if sc.outer != nil && at > sc.outer.at {
		at = sc.outer.at // offsets inside a blob mean nothing outside
	}
	e := &Error{Offset: at, Op: op, Err: err}
	if sc.open {
		e.HasKey, e.DB, e.Key = true, sc.k.DB, bytes.Clone(clip(sc.k.Name, 1024))
		if op == "" {
			e.Op = sc.k.Type.String()
		}
	}
	sc.err = e
	return false
}

// unknown is fail for a byte in front of a record that means nothing in the dump's
// dialect and version, or means what cannot be read: no damage, as far as anybody can
// tell, but the end of what can be read. It says how far that was.
func (sc *scanner) unknown(what string) bool {
	text := what + "; "
	if sc.lastLen > 0 || sc.info.Keys > 0 {
		text += "read up to key " + Quote(clip(sc.last[:sc.lastLen], 200))
	} else {
		text += "no key precedes it"
	}
	if v, d := sc.info.Version, sc.info.Dialect; d == DialectRedis && v > newestRedis && v < 80 || d == DialectValkey && v > newestValkey {
		text += "; " + sc.info.Magic + " is newer than this program: a newer release of it may go on"
	}
	return sc.fail("", &unknownError{text})
}

// corrupt is fail for bytes that no server writes.
func (sc *scanner) corrupt(op, text string) bool {
	return sc.fail(op, &detail{ErrCorrupt, text})
}

// maxWarnings bounds the list of warnings. There is one for each kind, so the bound
// is never met in practice.
const maxWarnings = 32

// warn notes something that does not stop reading: the first of its kind with its
// place, all others in its count.
func (sc *scanner) warn(code WarningCode, at int64, text string) {
	for i := range sc.info.Warnings {
		if sc.info.Warnings[i].Code == code {
			sc.info.Warnings[i].Count++
			return
		}
	}
	if len(sc.info.Warnings) == maxWarnings {
		return
	}
	w := Warning{Code: code, Count: 1, Offset: at, Text: text}
	if sc.open {
		w.Key = string(clip(sc.k.Name, 1024))
	}
	sc.info.Warnings = append(sc.info.Warnings, w)
}
