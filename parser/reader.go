package parser

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/rdblens/rdblens/parser/internal/crc64"
)

// Options configure a Reader. The zero value reads a whole dump with its
// checksum verified and packed blobs judged by their headers.
type Options struct {
	// NoChecksum skips the CRC; every blob is walked instead.
	NoChecksum bool
	// WalkAll reads every packed blob entry by entry, delivers the entries as
	// elements, and decompresses every LZF string.
	WalkAll bool
	// Salvage goes on after damage at the next record that makes sense together
	// with those behind it. Info.Damage says what was passed over; Next ends
	// with the first failure all the same. The checksum is not compared then.
	// A collection that was handed over in part (More) may be followed by
	// another key without having ended: it is incomplete. The search takes time
	// in proportion to what is searched, and gives up where bytes are made to
	// look like records everywhere.
	Salvage bool
	// Inflate returns what src decompresses to, for the compressed runs of
	// records that Dragonfly writes; without it they end the reading. It must
	// not read beyond the compressed data's end, bound its own memory, and may
	// reuse what it returned before.
	Inflate func(c Codec, src io.Reader) (io.Reader, error)
	// Hooks, when set, makes the functions that a scanner calls for each key. It
	// is called once for each scanner, by Next on the caller's goroutine, before the
	// first key is read: Header may come first. A Reader has one scanner today; a
	// caller whose hooks keep state should make that state here, so that two
	// scanners would not share it.
	Hooks func() Hooks
}

// Reader reads one dump. Its methods are for one goroutine, except Offset;
// batches may be used and released by any goroutine while Next runs.
//
// Two goroutines work behind it: one reads and computes the checksum, one
// scans. Memory does not depend on the size of the dump or of a value.
type Reader struct {
	opts    Options
	hooks   Hooks // empty until the keys are read
	in      *input
	pool    batchPool
	out     chan *Batch
	stop    chan struct{}
	closing sync.Once
	started bool
	hasHdr  bool
	header  *Header
	final   error // what Next returns after the last batch
	offset  atomic.Int64

	// The scanner's state. b holds the unread bytes of the current buffer (with
	// the tail of the one before it in front), b[0] is at offset base.
	b       []byte
	p       int
	base    int64
	buf     *buffer
	bufHeld bool // the open batch holds buf
	crossed bool // the open batch holds buffers that were left
	err     error

	info      Info
	dbs       map[int32]int // database → index in info.Databases
	db        int           // index of the current database, -1 before the first
	batch     *Batch
	k         *Key // the open key
	open      bool
	start     int64 // offset of the open record
	pending   pending
	walk      bool               // walk every blob
	asked     int64              // offset of the last key that Hooks.Walk wanted walked
	want      int                // bytes of contents wanted of the open key
	win       *[cursorBytes]byte // window of the blob cursor
	blob      cursor
	cap       capture
	templates map[uint64]uint64 // hash template → number of fields
	modules   map[uint64]*Module
	last      [1024]byte
	asking    Key // what the caller's functions see of a key that run reads
	lastLen   int
	emitted   int    // batches handed over
	nameCopy  []byte // of a key that goes on in another batch
	eofMark   []byte // the mark of a diskless replication transfer
	announced int64  // bytes of the dump, as a replication transfer from disk says; 0: nothing was said

	outer       *outer  // the source while the records of a compressed blob are read
	first       *Error  // the first failure that was salvaged
	trialReader *Reader // judges where to go on
	judging     bool    // this is such a Reader
	inflated    int64   // bytes it decompressed
	judged      int64   // what judging has cost, in bytes
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

// capture collects the stored bytes of the open record.
type capture struct {
	on   bool
	from int // index in b
	max  int64
	buf  []byte
}

// NewReader returns a Reader over src. Reading starts with the first call to
// Header or Next. Close must be called when a Reader is given up before Next
// returned an error.
func NewReader(src io.Reader, opts Options) *Reader {
	return &Reader{
		opts: opts, asked: -1, in: newInput(src), out: make(chan *Batch, batchQueue), stop: make(chan struct{}),
		walk: opts.WalkAll || opts.NoChecksum, db: -1, dbs: map[int32]int{},
	}
}

// Header reads the magic, the AUX fields and whatever else precedes the first
// database, and returns it. Its error is that of Next; a dump that ends or goes
// wrong behind its magic still has a header.
func (r *Reader) Header() (*Header, error) {
	if !r.hasHdr {
		r.hasHdr = true
		go r.in.run()
		r.batch = r.pool.get()
		if r.magic() {
			r.records(true)
		}
		if r.info.Magic != "" {
			// A copy: AUX fields may follow between the keys while the caller looks at these.
			header := r.info.Header
			r.header = &header
		}
		if r.err != nil {
			r.started = true
			r.finish()
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
	if !r.hasHdr {
		_, _ = r.Header() // its error is in final
	}
	if !r.started {
		r.started = true
		if r.opts.Hooks != nil {
			r.hooks = r.opts.Hooks()
		}
		go func() {
			r.records(false)
			r.finish()
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
func (r *Reader) Info() *Info { return &r.info }

// Offset returns how many bytes of the source were consumed. It may be called
// from any goroutine, for progress.
func (r *Reader) Offset() int64 { return r.offset.Load() }

// Close stops reading and frees what the Reader holds. It does not close src;
// a Read of src that is under way is not interrupted.
func (r *Reader) Close() error {
	r.closing.Do(func() {
		close(r.stop)
		close(r.in.stop)
	})
	if !r.hasHdr {
		r.hasHdr, r.started = true, true
		r.final = &Error{Err: ErrClosed}
		close(r.out)
	}
	if !r.started {
		r.started = true
		r.fail("read", ErrClosed)
		r.finish()
	}
	for b := range r.out {
		b.Release()
	}
	return nil
}

// finish hands over the last batch and the verdict.
func (r *Reader) finish() {
	if r.open {
		r.dropKey()
	}
	r.emit()
	if r.batch != nil {
		r.batch.Release()
	}
	if r.outer != nil {
		r.leaveBlob()
	}
	if r.buf != nil {
		r.buf.release()
		r.buf = nil
	}
	r.summarize()
	switch {
	case r.first != nil:
		r.final = r.first
	case r.err != nil:
		r.final = r.err
	default:
		r.final = io.EOF
	}
	r.stopInput()
	r.pool.close()
	r.in.pool.close()
	if r.win != nil {
		spareWindows.put(r.win)
		r.win = nil
	}
	close(r.out)
}

// dropKey takes back the record of a key that could not be read. Nothing is left in
// it: the batch may be used again at once, and by the loop over strings, which does
// not write what few keys have (see Batch.rare).
func (r *Reader) dropKey() {
	n := len(r.batch.Keys) - 1
	r.batch.Keys[n] = Key{}
	r.batch.Keys = r.batch.Keys[:n]
	r.open = false
}

// stopInput ends the reading goroutine; what it has queued is dropped.
func (r *Reader) stopInput() {
	select {
	case r.in.start <- -1: // it may still wait for the start
	default:
	}
	r.closing.Do(func() {
		close(r.stop)
		close(r.in.stop)
	})
}

// summarize fills in what Info knows only at the end.
func (r *Reader) summarize() {
	in := &r.info
	in.Walked = r.walk
	in.LastKey = append([]byte(nil), r.last[:r.lastLen]...)
	for i := range in.Databases {
		d := &in.Databases[i]
		if d.DeclaredKeys >= 0 && (d.DeclaredKeys != d.Keys || d.DeclaredExpires != d.Expires) && r.err == nil {
			r.warn(WarnResizeLie, in.End, "RESIZEDB differs from the keys read")
		}
	}
	if r.pending.any && r.err == nil {
		r.warn(WarnDangling, r.start, "an expiry, idle time or metadata without a key")
	}
}

// emit sends the open batch if it holds keys and opens another.
func (r *Reader) emit() bool {
	if r.outer == nil {
		r.offset.Store(r.pos())
	}
	if r.batch == nil || len(r.batch.Keys) == 0 {
		return r.err == nil
	}
	b := r.batch
	r.batch = nil
	r.emitted++
	r.bufHeld, r.crossed = false, false
	select {
	case r.out <- b:
		r.batch = r.pool.get()
		return true
	case <-r.stop:
		b.Release()
		r.batch = r.pool.get()
		return r.fail("read", ErrClosed)
	}
}

// --- bytes ---

// pos is the offset of the next unread byte.
func (r *Reader) pos() int64 { return r.base + int64(r.p) }

// need makes n contiguous bytes available, n <= headroom.
func (r *Reader) need(n int) bool {
	if len(r.b)-r.p >= n {
		return true
	}
	for len(r.b)-r.p < n {
		if !r.advance() {
			return false
		}
	}
	return true
}

// advance moves on to the next buffer and takes the unread tail along.
func (r *Reader) advance() bool {
	if r.outer != nil {
		return r.advanceInner()
	}
	if r.buf != nil && r.buf.err != nil {
		if r.buf.err == io.EOF {
			r.p = len(r.b) // the offset of a truncation is the end of the source
			return r.fail("", ErrTruncated)
		}
		return r.fail("read", r.buf.err)
	}
	var next *buffer
	select {
	case next = <-r.in.out:
	case <-r.stop:
	}
	if next == nil {
		return r.fail("read", ErrClosed)
	}
	r.enter(next)
	r.offset.Store(r.base)
	return true
}

// enter makes next the current buffer, the unread tail in front of its data.
func (r *Reader) enter(next *buffer) {
	tail := r.b[r.p:]
	from := headroom - len(tail)
	copy(next.mem[from:], tail)
	if r.cap.on {
		r.keepCaptured(r.p)
		r.cap.from = 0
	}
	r.base += int64(r.p)
	if r.buf != nil {
		r.crossed = r.crossed || r.bufHeld
		r.buf.release()
	}
	r.buf, r.bufHeld = next, false
	r.b, r.p = next.mem[from:headroom+next.n], 0
}

// skip passes over n bytes of any number.
func (r *Reader) skip(n uint64) bool {
	for n > uint64(len(r.b)-r.p) {
		n -= uint64(len(r.b) - r.p)
		r.p = len(r.b)
		if !r.advance() {
			return false
		}
	}
	r.p += int(n)
	return true
}

// keepCaptured appends b[from:to] to the captured record.
func (r *Reader) keepCaptured(to int) {
	c := &r.cap
	if int64(len(c.buf))+int64(to-c.from) > c.max {
		c.on, c.buf = false, nil
		return
	}
	c.buf = append(c.buf, r.b[c.from:to]...)
	c.from = to
}

// hold keeps the current buffer alive for the open batch.
func (r *Reader) hold() {
	if !r.bufHeld {
		r.buf.refs.Add(1)
		r.batch.held = append(r.batch.held, r.buf)
		r.bufHeld = true
	}
}

// --- errors and warnings ---

// fail records the first error and returns false.
func (r *Reader) fail(op string, err error) bool { return r.failAt(r.pos(), op, err) }

func (r *Reader) failAt(at int64, op string, err error) bool {
	if r.err != nil {
		return false
	}
	if r.outer != nil && at > r.outer.at {
		at = r.outer.at // offsets inside a blob mean nothing outside
	}
	e := &Error{Offset: at, Op: op, Err: err}
	if r.open {
		e.HasKey, e.DB, e.Key = true, r.k.DB, bytes.Clone(clip(r.k.Name, 1024))
		if op == "" {
			e.Op = r.k.Type.String()
		}
	}
	r.err = e
	return false
}

func (r *Reader) corrupt(op, text string) bool {
	return r.fail(op, &detail{ErrCorrupt, text})
}

const maxWarnings = 32 // one for each kind, so the bound is never met in practice

func (r *Reader) warn(code WarningCode, at int64, text string) {
	for i := range r.info.Warnings {
		if r.info.Warnings[i].Code == code {
			r.info.Warnings[i].Count++
			return
		}
	}
	if len(r.info.Warnings) == maxWarnings {
		return
	}
	w := Warning{Code: code, Count: 1, Offset: at, Text: text}
	if r.open {
		w.Key = string(clip(r.k.Name, 1024))
	}
	r.info.Warnings = append(r.info.Warnings, w)
}

// --- primitive encodings ---

func (r *Reader) byte() (byte, bool) {
	if !r.need(1) {
		return 0, false
	}
	c := r.b[r.p]
	r.p++
	return c, true
}

// length reads a length or plain number.
func (r *Reader) length() (uint64, bool) {
	if !r.need(1) {
		return 0, false
	}
	c := r.b[r.p]
	switch {
	case c < 0x40:
		r.p++
		return uint64(c), true
	case c < 0x80:
		if !r.need(2) {
			return 0, false
		}
		n := uint64(c&0x3f)<<8 | uint64(r.b[r.p+1])
		r.p += 2
		return n, true
	case c == 0x80:
		if !r.need(5) {
			return 0, false
		}
		n := uint64(binary.BigEndian.Uint32(r.b[r.p+1:]))
		r.p += 5
		return n, true
	case c == 0x81:
		if !r.need(9) {
			return 0, false
		}
		n := binary.BigEndian.Uint64(r.b[r.p+1:])
		r.p += 9
		return n, true
	case c < 0xc0:
		return 0, r.corrupt("length", "reserved length byte "+hexByte(c))
	default:
		return 0, r.corrupt("length", "string encoding "+hexByte(c)+" where a length is required")
	}
}

// count reads a number of elements; it never sizes an allocation.
func (r *Reader) count() (int64, bool) {
	n, ok := r.length()
	if n > math.MaxInt64 {
		return 0, r.corrupt("count", "more elements than a 63-bit number holds")
	}
	return int64(n), ok
}

func (r *Reader) uint64le() (uint64, bool) {
	if !r.need(8) {
		return 0, false
	}
	v := binary.LittleEndian.Uint64(r.b[r.p:])
	r.p += 8
	return v, true
}

// id reads a 16-byte stream ID.
func (r *Reader) id() (ms, seq uint64, ok bool) {
	if !r.need(16) {
		return 0, 0, false
	}
	ms, seq = binary.BigEndian.Uint64(r.b[r.p:]), binary.BigEndian.Uint64(r.b[r.p+8:])
	r.p += 16
	return ms, seq, true
}

// str is a string object whose contents were passed over.
type str struct {
	n      int64 // bytes of the contents
	stored int64 // LZF length, 0 when stored plain
	i      int64 // the integer when class != NotInt
	class  IntClass
	lzf    bool
}

// strHead reads the head of a string object: an integer is read whole,
// otherwise the next bytes are the n raw or the stored LZF bytes.
func (r *Reader) strHead(s *str) bool {
	if !r.need(1) {
		return false
	}
	c := r.b[r.p]
	if c < 0x40 {
		*s = str{n: int64(c)}
		r.p++
		return true
	}
	if c < 0xc0 {
		n, ok := r.length()
		*s = str{n: int64(min(n, math.MaxInt64))}
		return ok
	}
	*s = str{}
	switch c {
	case 0xc0, 0xc1, 0xc2:
		w := 1 << (c & 3)
		if !r.need(1 + w) {
			return false
		}
		d := r.b[r.p+1:]
		switch w {
		case 1:
			s.i = int64(int8(d[0]))
		case 2:
			s.i = int64(int16(binary.LittleEndian.Uint16(d)))
		default:
			s.i = int64(int32(binary.LittleEndian.Uint32(d)))
		}
		r.p += 1 + w
		s.class, s.n = ClassOf(s.i), digits(s.i)
		return true
	case 0xc3:
		r.p++
		at := r.pos()
		clen, ok := r.length()
		if !ok {
			return false
		}
		ulen, ok := r.length()
		if !ok {
			return false
		}
		if ulen > math.MaxInt64 || ulen/88 > clen {
			return r.failAt(at, "LZF string", &detail{ErrCorrupt, "declared length " + utoa(ulen) + " is impossible for " + utoa(clen) + " compressed bytes"})
		}
		s.lzf, s.n, s.stored = true, int64(ulen), int64(min(clen, math.MaxInt64))
		return true
	}
	return r.corrupt("string", "unknown string encoding "+hexByte(c))
}

// str reads a string object and passes over its contents.
func (r *Reader) str(s *str) bool {
	return r.strHead(s) && r.strBody(s)
}

// strBody goes on behind the head that strHead read.
func (r *Reader) strBody(s *str) bool {
	switch {
	case s.class != NotInt:
		return true
	case s.lzf:
		if r.walk && !(r.judging && s.n > judgedLZF) || s.n <= maxIntText {
			return r.verifyLZF(s)
		}
		return r.skip(uint64(s.stored))
	case s.n <= maxIntText:
		n := int(s.n)
		if !r.need(n) {
			return false
		}
		s.i, s.class = intText(r.b[r.p : r.p+n])
		r.p += n
		return true
	}
	return r.skip(uint64(s.n))
}

// text reads a string object and appends at most limit bytes of its contents
// to dst, an integer as its decimal text.
func (r *Reader) text(dst []byte, limit int, s *str) ([]byte, bool) {
	if !r.strHead(s) {
		return dst, false
	}
	return r.textBody(dst, limit, s)
}

// textBody goes on behind the head that strHead read.
func (r *Reader) textBody(dst []byte, limit int, s *str) ([]byte, bool) {
	if s.class != NotInt {
		return appendInt(dst, s.i), true
	}
	c := &r.blob
	if !c.open(r, s) {
		return dst, false
	}
	if s.n <= maxIntText && c.need(int(s.n)) {
		s.i, s.class = intText(c.b[c.p : c.p+int(s.n)])
	}
	for left := min(s.n, int64(limit)); left > 0; {
		if !c.need(1) {
			return dst, false
		}
		n := min(left, int64(len(c.b)-c.p))
		dst = append(dst, c.b[c.p:c.p+int(n)]...)
		c.p += int(n)
		left -= n
	}
	if !s.lzf || !r.walk {
		c.drop()
	} else if !c.drain() {
		return dst, false
	}
	return dst, c.close()
}

// --- the records ---

var errNoMagic = &detail{ErrNotRDB, "no REDIS or VALKEY magic"}

// magic passes over what may precede a dump and reads its nine bytes.
func (r *Reader) magic() bool {
	if !r.advance() {
		return false
	}
	if !r.prefix() {
		r.cutMagic(len(r.b))
		r.in.start <- -1
		return false
	}
	if from := r.p; !r.need(9) {
		r.cutMagic(from)
		r.in.start <- -1
		return false
	}
	m := r.b[r.p : r.p+9]
	name, dialect, damaged := magicOf(m)
	if name == "" {
		r.in.start <- -1
		return r.fail("magic", notRDB(m))
	}
	r.info.Start, r.info.Dialect = r.pos(), dialect
	if damaged >= 0 {
		r.info.Magic = Escape(m)
		r.in.start <- -1
		return r.failAt(r.pos()+int64(damaged), "magic", &detail{ErrCorrupt, "it is damaged: " + quote(m)})
	}
	for _, c := range m[len(name):] {
		r.info.Version = r.info.Version*10 + int(c-'0')
	}
	r.info.Magic = string(m)
	if r.opts.NoChecksum {
		r.in.start <- -1
	} else {
		// magic lies within the first buffer: prefix never leaves it
		r.in.start <- r.p
	}
	r.walk = r.walk || r.info.Version < 5
	v := r.info.Version
	switch {
	case r.info.Dialect == DialectValkey && v < 80, r.info.Dialect == DialectRedis && (v == 0 || v >= 80):
		r.warn(WarnMagicVersion, r.pos(), "no server writes "+r.info.Magic)
	case r.info.Dialect == DialectRedis && v > newestRedis, r.info.Dialect == DialectValkey && v > newestValkey:
		r.warn(WarnNewerVersion, r.pos(), r.info.Magic+" is newer than this reader knows")
	}
	r.p += 9
	return true
}

// Newest RDB versions this reader was written for.
const (
	newestRedis  = 15
	newestValkey = 80
)

// magics are the names that begin a dump; digits fill the nine bytes up.
var magics = [...]string{DialectRedis: "REDIS", DialectValkey: "VALKEY"}

// magicOf tells which magic m begins or was, before at most one of its bytes
// was damaged, and the index of that byte, -1 for none; name is "" for no magic.
// Nothing but a dump comes that close; of few bytes all must be right.
func magicOf(m []byte) (name string, d Dialect, damaged int) {
	for d, name := range magics {
		wrong, damaged := 0, -1
		for i, c := range m {
			if i < len(name) && c != name[i] || i >= len(name) && (c < '0' || c > '9') {
				wrong, damaged = wrong+1, i
			}
		}
		if wrong == 0 || wrong == 1 && len(m) > len(name) {
			return name, Dialect(d), damaged
		}
	}
	return "", DialectRedis, -1
}

// cutMagic judges a source that ended before its magic did, which began at
// index from: the beginning of a dump, or none.
func (r *Reader) cutMagic(from int) {
	var e *Error
	if !errors.As(r.err, &e) || !errors.Is(e.Err, ErrTruncated) {
		return
	}
	m := r.b[from:]
	switch {
	case r.base+int64(len(r.b)) == 0:
		e.Err = &detail{ErrNotRDB, "empty"}
	case len(m) == 0:
		e.Err = &detail{ErrNotRDB, "it ends before a magic"}
	default:
		name, _, _ := magicOf(m)
		if name == "" {
			e.Err = notRDB(m)
			return
		}
		r.info.Magic, r.info.Start = Escape(m), e.Offset-int64(len(m))
	}
}

// notRDB explains what a source without a magic may be.
func notRDB(b []byte) error {
	switch {
	case bytes.HasPrefix(b, []byte("*")), bytes.HasPrefix(b, []byte("#TS:")):
		return &detail{ErrNotRDB, "an append-only file without an RDB preamble"}
	case bytes.HasPrefix(b, []byte("-")):
		return &detail{ErrNotRDB, "a server's error reply " + quote(clip(b, 60))}
	}
	return &detail{ErrNotRDB, "it starts with " + quote(clip(b, 9))}
}

// prefix passes over what a replication transfer puts in front of a dump.
func (r *Reader) prefix() bool {
	for announced := false; ; {
		// The first buffer is not left: its checksum waits for the start.
		if r.p > bufferData/2 {
			return r.fail("magic", errNoMagic)
		}
		if !r.need(1) {
			return false
		}
		switch r.b[r.p] {
		case '\n':
			r.p++
		case '+', '$':
			line, ok := r.line(256)
			if !ok {
				return false
			}
			announced = announced || line[0] == '$'
			if mark, found := bytes.CutPrefix(line, []byte("$EOF:")); found && len(mark) == 40 {
				r.eofMark = bytes.Clone(mark)
			} else if n, err := strconv.ParseInt(string(line[1:]), 10, 64); err == nil && line[0] == '$' {
				r.announced = n
			}
		default:
			if r.p > 0 {
				// Line feeds keep a replication link alive until the transfer is announced.
				if !announced {
					return r.fail("magic", &detail{ErrNotRDB, utoa(uint64(r.p)) + " bytes precede the magic and announce no replication transfer"})
				}
				r.warn(WarnContainer, 0, "a replication capture: "+utoa(uint64(r.p))+" bytes precede the dump")
			}
			return true
		}
	}
}

// line reads up to a line feed, which it passes over.
func (r *Reader) line(limit int) ([]byte, bool) {
	for n := 1; n <= limit; n++ {
		if !r.need(n) {
			return nil, false
		}
		if r.b[r.p+n-1] == '\n' {
			line := bytes.TrimRight(r.b[r.p:r.p+n], "\r\n")
			r.p += n
			return line, true
		}
	}
	return nil, r.fail("magic", errNoMagic)
}

// records reads to the end of the dump; with header set it stops before the
// first record that belongs to a database.
func (r *Reader) records(header bool) {
	for {
		if !header && !r.run() {
			return
		}
		if !r.next(header) && (r.err == nil || !r.resync()) {
			return
		}
	}
}

// next reads one record; false at the end of the dump, at the end of the
// header when that is wanted, and on failure.
func (r *Reader) next(header bool) bool {
	if !r.pending.any {
		r.start, r.cap.on = r.pos(), false
	}
	if !r.need(1) {
		return false
	}
	op := r.b[r.p]
	if header {
		switch op {
		case opAux, opModuleAux, opFunctionRC, opFunction2, opHashTemplate:
		default:
			return false
		}
	}
	if !r.pending.any {
		r.start = r.pos()
		r.mark()
	}
	if op < 64 || op == byte(TypeKeyDBCron) {
		return r.record(op)
	}
	r.info.Opcodes[op]++
	r.p++
	if op == opEOF {
		if r.outer != nil {
			return r.corrupt("EOF", "inside a compressed blob")
		}
		r.footer()
		return false
	}
	return r.opcode(op)
}

// mark starts capturing a record when records are captured.
func (r *Reader) mark() {
	if r.hooks.Record != nil || r.opts.Salvage {
		// Without salvage only attributes need to be kept until the key is known.
		limit := int64(1 << 20)
		if r.opts.Salvage {
			limit = salvageRecord
		}
		r.cap = capture{on: true, from: r.p, max: limit, buf: r.cap.buf[:0]}
	}
}

// typeOf resolves a type byte in the dump's dialect.
func (r *Reader) typeOf(code byte) (Type, bool) {
	t := Type(code)
	switch {
	case code >= 0x80:
		return t, false
	case r.info.Dialect == DialectValkey && code == byte(TypeHashMetadataPreGA):
		t = TypeValkeyHash2
	case r.info.Dialect == DialectDragonfly && code >= 30 && code <= 37:
		t = Type(0x80 | code)
	}
	return t, types[t].name != ""
}

// record reads a key with its value.
func (r *Reader) record(code byte) bool {
	t, known := r.typeOf(code)
	if !known {
		return r.fail("", &detail{ErrUnknownType, "type " + utoa(uint64(code)) + " in a " + r.info.Magic + " dump"})
	}
	r.p++
	b := r.batch
	i := len(b.Keys)
	b.Keys = b.Keys[:i+1]
	k := &b.Keys[i]
	pd := &r.pending
	*k = Key{}
	k.Offset, k.Type, k.Code, k.first = r.start, t, code, int32(len(b.elements))
	k.Flags, k.Expiry, k.Idle, k.Freq, k.Metas = pd.flags, pd.expiry, pd.idle, pd.freq, pd.metas
	r.k = k
	if !r.name(k) {
		r.dropKey()
		return false
	}
	if r.db < 0 {
		r.selectDB(0)
	}
	k.DB = r.info.Databases[r.db].DB
	r.open = true
	if pd.any {
		*pd = pending{}
	}
	if r.hooks.Key != nil {
		r.want = r.hooks.Key(k)
	}
	var wanted int64
	if r.cap.on && r.hooks.Record != nil {
		wanted = r.hooks.Record(k)
		if r.cap.on = wanted > 0 || r.opts.Salvage; !r.opts.Salvage {
			r.cap.max = wanted
		} else {
			r.cap.max = max(wanted, salvageRecord)
		}
	}
	if t == TypeString {
		if !r.readString(k) {
			return false
		}
	} else if !types[t].read(r, k) {
		return false
	}
	if wanted > 0 && r.cap.on {
		r.keepRaw(wanted)
	}
	return r.endKey()
}

// keepRaw hands the captured record over with the open key.
func (r *Reader) keepRaw(limit int64) {
	if r.keepCaptured(r.p); r.cap.on && int64(len(r.cap.buf)) <= limit {
		r.k.Raw = r.cap.buf
	}
	r.cap = capture{}
}

// name reads a key's name.
func (r *Reader) name(k *Key) bool {
	if !r.need(1) {
		return false
	}
	var s str
	if c := r.b[r.p]; c < 0x80 {
		n, ok := r.length()
		if !ok {
			return false
		}
		if !r.need(int(n)) {
			return false
		}
		k.Name = r.b[r.p : r.p+int(n) : r.p+int(n)]
		k.NameLen = int64(n)
		r.p += int(n)
		r.hold()
		return true
	}
	b := r.batch
	from := len(b.arena)
	var ok bool
	b.arena, ok = r.longName(b.arena, &s, k)
	if !ok {
		return false
	}
	k.Name, k.NameLen = b.arena[from:len(b.arena):len(b.arena)], s.n
	return true
}

// longName reads a name stored as an integer, compressed, or longer than 16 KiB.
func (r *Reader) longName(dst []byte, s *str, k *Key) ([]byte, bool) {
	if !r.strHead(s) {
		return dst, false
	}
	if s.class != NotInt {
		return appendInt(dst, s.i), true
	}
	c := &r.blob
	if !c.open(r, s) {
		return dst, false
	}
	const fnvOffset, fnvPrime = 14695981039346656037, 1099511628211
	hash := uint64(fnvOffset)
	for kept := 0; c.more(); {
		if !c.need(1) {
			return dst, false
		}
		piece := c.b[c.p:]
		for _, x := range piece {
			hash = (hash ^ uint64(x)) * fnvPrime
		}
		take := min(len(piece), MaxName-kept)
		dst = append(dst, piece[:take]...)
		kept += take
		c.p += len(piece)
	}
	if s.n > MaxName {
		k.Flags |= NameTruncated
		k.NameHash = hash
		r.warn(WarnNameTruncated, k.Offset, "a key name of "+utoa(uint64(s.n))+" bytes is shown cut")
	}
	return dst, c.close()
}

// readString reads the value of a string.
func (r *Reader) readString(k *Key) bool {
	var s str
	k.Count = 1
	if !r.strHead(&s) {
		return false
	}
	if k.Len = s.n; s.lzf {
		k.Stored = s.stored
		k.Flags |= Compressed
	}
	if r.hooks.Fingerprint != nil && s.n >= FingerprintMin && s.class == NotInt {
		n := s.n
		if s.lzf {
			n = s.stored
		}
		if n > 0 && n <= FingerprintMax {
			if !r.need(int(n)) {
				return false
			}
			if first, second := r.fingerprint(k, r.b[r.p:r.p+int(n)]); first|second != 0 {
				k.Fingerprint[0], k.Fingerprint[1] = first, second
				k.Flags |= HasFingerprint
			}
		}
	}
	if r.want > 0 && r.hooks.KeepLZF && s.lzf {
		b := r.batch
		from, n := len(b.arena), int(min(s.stored, int64(lzfPrefix(int(min(s.n, int64(r.want)))))))
		if !r.need(n) {
			return false
		}
		b.arena = append(b.arena, r.b[r.p:r.p+n]...)
		k.Value = b.arena[from:len(b.arena):len(b.arena)]
		k.Flags |= HasValue | ValueLZF
		if !r.strBody(&s) {
			return false
		}
	} else if r.want > 0 {
		b := r.batch
		from := len(b.arena)
		var ok bool
		if b.arena, ok = r.textBody(b.arena, r.want, &s); !ok {
			return false
		}
		k.Value = b.arena[from:len(b.arena):len(b.arena)]
		k.Flags |= HasValue
	} else if !r.strBody(&s) {
		return false
	}
	k.Int, k.IntClass = s.i, s.class
	return true
}

// endKey closes the open key.
func (r *Reader) endKey() bool {
	k, b := r.k, r.batch
	k.n = int32(len(b.elements)) - k.first
	k.Size = r.pos() - k.Offset
	b.noteRare(k)
	in := &r.info
	in.Keys++
	in.Types[k.Type]++
	d := &in.Databases[r.db]
	d.Keys++
	if k.Flags&HasExpiry != 0 {
		in.Expires++
		d.Expires++
	}
	if k.Metas > 0 {
		in.KeyMetas++
	}
	if l := k.Type.DataType(); k.Count == 0 && k.Type != TypeString && (l < DataTypeStream || l == DataTypeArray) {
		r.warn(WarnEmpty, k.Offset, "a "+l.String()+" without elements: servers skip it")
	}
	r.open, r.want = false, 0
	r.lastLen = copy(r.last[:], k.Name)
	in.LastKeyDB, in.LastKeyOffset = k.DB, k.Offset
	if r.crossed || len(b.Keys) == cap(b.Keys) || len(b.arena) > arenaLimit {
		return r.emit()
	}
	return true
}

// element returns a zeroed record of the open key, nil when the Reader was
// closed. It may replace the open key: use r.k afterwards.
func (r *Reader) element() *Element {
	b := r.batch
	n := len(b.elements)
	if n == cap(b.elements) || len(b.arena) > arenaLimit {
		if !r.split() {
			return nil
		}
		b, n = r.batch, 0
	}
	b.elements = b.elements[:n+1]
	e := &b.elements[n]
	*e = Element{}
	return e
}

// split hands over the open batch and continues the open key in another.
func (r *Reader) split() bool {
	b, k := r.batch, r.k
	k.n = int32(len(b.elements)) - k.first
	k.Flags |= More
	b.noteRare(k)
	next := *k
	// The batch may be released, and its bytes reused, as soon as it is handed over.
	r.nameCopy = append(r.nameCopy[:0], k.Name...)
	if !r.emit() {
		r.open = false // nothing of it is in the new batch
		return false
	}
	nb := r.batch
	nb.arena = append(nb.arena, r.nameCopy...)
	next.Name = nb.arena[:len(r.nameCopy):len(r.nameCopy)]
	next.first, next.n = 0, 0
	next.Flags = next.Flags&^More | Continued
	nb.Keys = append(nb.Keys, next)
	r.k = &nb.Keys[0]
	return true
}

// selectDB makes a database current.
func (r *Reader) selectDB(db int32) {
	i, ok := r.dbs[db]
	if !ok {
		i = len(r.info.Databases)
		r.dbs[db] = i
		r.info.Databases = append(r.info.Databases, Database{DB: db, DeclaredKeys: -1, DeclaredExpires: -1})
	}
	r.db = i
}

// maxDatabases bounds the table of databases against crafted dumps; servers
// are started with 16.
const maxDatabases = 1 << 14

// footer reads what follows the EOF opcode.
func (r *Reader) footer() bool {
	in := &r.info
	in.Checksum = ChecksumAbsent
	// The sum of this dump's bytes in the current buffer completes that
	// before it, which covers everything up to the buffer.
	var sum uint64
	if !r.opts.NoChecksum && in.DamageCount == 0 {
		sum = r.sumTo(len(r.b) - r.buf.n) // the index in b of the buffer's first byte
	}
	at := r.pos()
	if in.Version < 5 && !r.opts.NoChecksum && in.DamageCount == 0 && r.hiddenFooter(sum) {
		return r.failAt(in.Start, "magic", &detail{ErrCorrupt, "the checksum behind the dump is that of a newer version than " + in.Magic})
	}
	if in.Version >= 5 {
		want, ok := r.uint64le()
		if !ok {
			in.Checksum = ChecksumUnknown
			return false
		}
		in.ChecksumStored, in.ChecksumComputed = want, sum
		switch {
		case want == 0:
			in.Checksum = ChecksumDisabled
			r.warn(WarnChecksumOff, at, "the writer computed no checksum")
		case r.opts.NoChecksum || in.DamageCount > 0:
			in.Checksum = ChecksumSkipped
		case want == sum:
			in.Checksum = ChecksumOK
		default:
			in.Checksum = ChecksumMismatch
			in.End = r.pos()
			return r.failAt(at, "footer", ErrChecksum)
		}
	}
	in.End = r.pos()
	r.tail()
	r.checkTransfer()
	return r.err == nil
}

// checkTransfer compares the dump with what the replication transfer that
// brought it announced.
func (r *Reader) checkTransfer() {
	in := &r.info
	switch n := in.End - in.Start; {
	case r.announced != 0 && r.announced != n:
		r.warn(WarnTransfer, in.End, "the transfer announces "+strconv.FormatInt(r.announced, 10)+" bytes, the dump has "+utoa(uint64(n)))
	case r.eofMark != nil && in.Tail.Kind != "eof-mark":
		r.warn(WarnTransfer, in.End, "the end mark that the transfer announces does not follow the dump")
	}
}

// sumTo returns the checksum of the dump up to p; data is the index in b where
// the current buffer's own bytes begin.
func (r *Reader) sumTo(data int) uint64 {
	// The dump may start inside this buffer.
	return crc64.Update(r.buf.before.Sum(), r.b[max(data, int(r.info.Start-r.base)):r.p])
}

// hiddenFooter reports whether the dump, of a version that has no footer, is
// followed by the footer it would have under another version's digits: then
// they are damaged, and nothing would vouch for the rest. sum is the checksum
// of the dump as it is.
func (r *Reader) hiddenFooter(sum uint64) bool {
	for len(r.b)-r.p < 8 && r.buf.err == nil {
		if !r.advance() {
			return false
		}
	}
	if len(r.b)-r.p < 8 {
		return false
	}
	in := &r.info
	stored := binary.LittleEndian.Uint64(r.b[r.p:])
	for v := 5; v < 100; v++ {
		diff := []byte(in.Magic)
		clear(diff[:6])
		for i, d := 8, v; i >= 6; i, d = i-1, d/10 {
			diff[i] ^= byte('0' + d%10)
		}
		if sum^crc64.Shift(crc64.Update(0, diff), r.pos()-in.Start-9) == stored {
			return true
		}
	}
	return false
}

// tail classifies and counts what follows the dump.
func (r *Reader) tail() {
	start := r.pos()
	for len(r.b)-r.p < 64 && r.buf.err == nil {
		if !r.advance() {
			return
		}
	}
	if r.p == len(r.b) && r.buf.err != nil {
		if r.buf.err != io.EOF {
			r.fail("read", r.buf.err)
		}
		return
	}
	t := &r.info.Tail
	rest := r.b[r.p:]
	switch {
	case len(rest) >= 40 && (bytes.Equal(rest[:40], r.eofMark) || r.eofMark == nil && len(rest) == 40 && isHexLine(rest)):
		t.Kind = "eof-mark"
	case rest[0] == '*' || bytes.HasPrefix(rest, []byte("#TS:")):
		t.Kind = "aof"
	case bytes.HasPrefix(rest, []byte("REDIS")) || bytes.HasPrefix(rest, []byte("VALKEY")):
		t.Kind = "rdb"
	case len(bytes.TrimLeft(rest, "\r\n")) == 0 && len(rest) <= 2:
		t.Kind = "newline"
	default:
		t.Kind = "garbage"
	}
	for r.buf.err == nil {
		r.p = len(r.b)
		if !r.advance() {
			return
		}
	}
	if r.buf.err != io.EOF {
		r.fail("read", r.buf.err)
		return
	}
	r.p = len(r.b)
	t.Bytes = r.pos() - start
	r.warn(WarnTrailing, start, utoa(uint64(t.Bytes))+" bytes follow the dump ("+t.Kind+")")
}

func isHexLine(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
