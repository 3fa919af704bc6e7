package aggregate

import (
	"context"
	"errors"
	"io"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Config says how sources are analysed. Two summaries can be merged only when
// they were made with equal configs.
type Config struct {
	Tool       Tool
	Now        *Time  // explicit clock for every source
	Server     string // "auto" or a line's name
	Allocator  memory.Allocator
	Settings   memory.Config
	Cluster    bool
	Loaded     bool // count as a server that just loaded the dump: expired keys dropped
	Filters    Filters
	Separators string  // default ":./|"
	Depth      int     // tokens of a pattern, 0 = all
	Top        int     // rows of the top lists and of the pattern list, default 20
	Groups     []Group // named globs, tried in order before pattern discovery
	Deep       bool    // walk every packed blob
	NoChecksum bool
	Salvage    bool // go on behind damage; the source stays partial
	Scenarios  []Scenario
	Sweeps     []Sweep
	// NoAdvice leaves out what only advice needs: no value is looked at.
	NoAdvice bool
	// RowsOnly hands the keys to the sinks and counts nothing else of them than
	// their number and memory: the summary tells of the sources and their
	// warnings, and has no other figures. It implies NoAdvice. The rows are the
	// same. A part cannot be made of such a summary.
	RowsOnly bool
	// ShowValues keeps the beginnings of a few sampled values for the report.
	ShowValues bool
}

// Group gives the keys that match a glob a pattern name of their own.
type Group struct {
	Name string
	Glob string
}

// Input is one source, already decompressed.
type Input struct {
	Name   string
	Reader io.Reader
	Size   int64 // bytes, 0 when unknown
	Sinks  []RowSink
	// Progress, when set, is called now and then with the bytes consumed and
	// the keys seen so far.
	Progress func(bytes, keys int64)
	// Inflate is parser.Options.Inflate.
	Inflate func(c parser.Codec, src io.Reader) (io.Reader, error)
}

// Analyze reads one dump and returns its summary. When the dump is damaged the
// summary of what was read is returned together with the parser's error and is
// marked partial; a nil summary means nothing could be read, a cancelled
// context, or a sink that failed.
//
// A Read of the source that blocks is not interrupted: when the context is
// cancelled Analyze returns at once and the Read may still be under way.
func Analyze(ctx context.Context, in Input, cfg *Config) (*Summary, error) {
	conf, err := cfg.normal()
	if err != nil {
		return nil, err
	}
	a := &analysis{in: &in, cfg: &conf}
	if a.filter, err = conf.Filters.compile(); err != nil {
		return nil, err
	}
	return a.run(ctx)
}

// analysis is one Analyze under way.
//
// The parser reads and scans on goroutines of its own; pump waits for what it
// hands over, so that a cancelled context is noticed while a Read blocks.
// Everything else happens on the caller's goroutine: to size keys on another
// moves every record from processor to processor once more, which costs more
// than it takes where those share no cache.
type analysis struct {
	in       *Input
	cfg      *Config
	filter   *filter
	reader   *parser.Reader
	profile  memory.Profile
	walking  *walking
	meter    memory.Meter
	unread   memory.Meter // of hashes whose elements do not count
	size     memory.Size  // of the current key
	outcomes []outcome    // of the keys of a batch: see trials.size
	trials   *trials      // nil without scenarios and sweeps
	source   sourceState
	keys     *collector
	seen     int64 // whole keys
	open     bool  // a key has begun and not ended
	skip     bool  // the filter does not want it
	rec      record
	wanted   *thresholds // nil: no values are looked at
	walkAll  bool        // every blob is walked
}

// apart is put between what one goroutine writes and another uses, for they would
// take the cache line from each other each time: two lines of 64 bytes, which
// processors fetch in pairs.
type apart [128]byte

// walking says, on the scanner's goroutine, which blobs are walked.
type walking struct {
	_      apart
	meter  memory.Meter
	trials *trials
	_      apart
}

func (w *walking) wants(k *parser.Key) bool {
	return hasFieldTTLs(k.Type) || w.meter.NeedsWalk(k) || w.trials.needsWalk(k)
}

// delivery is what the parser hands over: once the header, then batches, and
// at last an error.
type delivery struct {
	header *parser.Header
	batch  *parser.Batch
	err    error
}

func (a *analysis) run(ctx context.Context) (*Summary, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a.walking = new(walking)
	opts := parser.Options{
		NoChecksum: a.cfg.NoChecksum, WalkAll: a.cfg.Deep, Salvage: a.cfg.Salvage, Inflate: a.in.Inflate,
		Hooks: a.hooks,
	}
	if !a.cfg.NoAdvice {
		a.wanted = newThresholds()
	}
	a.reader = parser.NewReader(a.in.Reader, opts)
	done := make(chan struct{})
	defer close(done)
	ready := make(chan struct{}) // closed when the walker is there
	deliveries := make(chan delivery, 1)
	go a.pump(deliveries, ready, done)
	for {
		var d delivery
		select {
		case d = <-deliveries:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		switch {
		case d.header != nil:
			if err := a.begin(d.header); err != nil {
				return nil, err
			}
			close(ready)
		case d.batch != nil:
			err := a.batch(d.batch)
			d.batch.Release()
			if err != nil {
				return nil, err
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			a.progress()
		case a.keys == nil:
			return nil, d.err // not even a header
		default:
			a.progress()
			if errors.Is(d.err, io.EOF) {
				d.err = nil
			}
			return a.end(d.err), d.err
		}
	}
}

// hooks are what the parser asks on its own goroutine.
func (a *analysis) hooks() parser.Hooks {
	h := parser.Hooks{Walk: a.walking.wants}
	if !a.cfg.RowsOnly {
		n := newNaming(a.cfg, a.wanted)
		h.Key = n.sample
		if a.wanted != nil {
			h.Fingerprint, h.KeepLZF = n.look, true
		}
	}
	return h
}

func (a *analysis) progress() {
	if a.in.Progress != nil {
		a.in.Progress(a.reader.Offset(), a.seen)
	}
}

// pump runs until the parser has nothing more or done is closed.
func (a *analysis) pump(out chan<- delivery, ready, done <-chan struct{}) {
	send := func(d delivery) bool {
		select {
		case out <- d:
			return true
		case <-done:
			if d.batch != nil {
				d.batch.Release()
			}
			_ = a.reader.Close() // it has no error to tell
			return false
		}
	}
	h, err := a.reader.Header()
	if h == nil {
		send(delivery{err: err})
		return
	}
	if !send(delivery{header: h}) {
		return
	}
	select {
	case <-ready:
	case <-done:
		_ = a.reader.Close()
		return
	}
	for {
		b, err := a.reader.Next()
		if err != nil {
			send(delivery{err: err})
			return
		}
		if !send(delivery{batch: b}) {
			return
		}
	}
}

// onlySampled reports whether a hash was walked for its sampled contents alone:
// then it is sized as if it was not, since which keys are sampled on the way
// depends on those before them.
func (a *analysis) onlySampled(k *parser.Key) bool {
	if a.wanted == nil || a.walkAll {
		return false
	}
	switch k.Type {
	case parser.TypeHashListpack, parser.TypeHashZiplist:
		// A blob whose header does not tell its entries, 2^16-1 or more, was walked
		// anyway; so are those with TTLs of fields.
		return k.Count >= 0 && k.Count < 1<<15 && !a.walking.meter.NeedsWalk(k)
	}
	return false
}

// begin chooses the memory profile and sets up what needs it.
func (a *analysis) begin(h *parser.Header) error {
	a.source = newSource(a.in.Name, h)
	p := memory.Profile{Allocator: a.cfg.Allocator, Config: a.cfg.Settings, Cluster: a.cfg.Cluster}
	reason, warning := "", ""
	if a.cfg.Server == ServerAuto {
		p.Server, reason, warning = memory.Detect(h)
	} else {
		var err error
		if p.Server, err = memory.ParseServer(a.cfg.Server); err != nil {
			return err
		}
	}
	if warning != "" {
		a.source.warn("server", warning, 1)
	}
	a.source.setProfile(p, reason)
	a.walking.meter, a.meter, a.unread = memory.NewMeter(p, false), memory.NewMeter(p, false), memory.NewMeter(p, false)
	a.keys = newCollector(a.cfg, a.source.setClock(a.cfg.Now))
	a.profile = p
	a.walkAll = a.cfg.Deep || a.cfg.NoChecksum || h.Version < 5
	if a.wanted != nil {
		a.keys.probing = newProbing(p, a.wanted, a.cfg.ShowValues)
	}
	var err error
	a.trials, err = newTrials(a.cfg, p)
	a.rec.trials, a.walking.trials = a.trials, a.trials
	return err
}

// batch sizes and counts a run of keys.
func (a *analysis) batch(b *parser.Batch) error {
	a.outcomes = a.trials.size(b, a.open, a.outcomes)
	a.rec.stride = len(b.Keys)
	rows := len(a.in.Sinks) > 0
	for i := range b.Keys {
		if rows && i%namesAhead == 0 {
			b.PrefetchNames(i+namesAhead, namesAhead)
		}
		k := &b.Keys[i]
		a.meter.Piece(b, k, &a.size, a.open)
		if !a.open || !k.Is(parser.Continued) {
			// A key that was open and is not continued was lost to damage.
			a.begins(k)
		}
		// A row tells nothing of the elements but what they were sized for.
		if k.Type != parser.TypeString && !a.cfg.RowsOnly {
			a.elements(b, k)
		}
		if k.Is(parser.More) {
			continue
		}
		a.open = false
		a.seen++
		if a.skip {
			continue
		}
		if k.Is(parser.Walked) && a.onlySampled(k) {
			a.unread.Begin(k)
			a.size = a.unread.End(k)
		}
		if a.trials != nil {
			a.rec.outcomes = a.outcomes[i:]
		}
		if err := a.key(k); err != nil {
			return err
		}
	}
	return nil
}

// namesAhead is how many keys ahead names are asked for when rows are written.
const namesAhead = 8

// begins forgets the key before.
func (a *analysis) begins(k *parser.Key) {
	r := &a.rec
	r.TypeName = typeNames[k.Type]
	if r.fieldTTLs.Fields > 0 {
		r.fieldTTLs = fieldStats{}
	}
	if k.Type != parser.TypeString { // what follows is not asked of a string
		if k.Module != nil {
			r.TypeName = k.Module.Name
		}
		r.fields.reset()
		r.nodes = listNodes{}
		r.integers = k.Type == parser.TypeSet || k.Type == parser.TypeSetIntset || k.Type == parser.TypeSetListpack
	}
	a.skip = a.filter.active && !a.filter.wantKey(k, r.TypeName, a.keys.time.clock)
	a.open = true
}

// elements counts those of a piece.
func (a *analysis) elements(b *parser.Batch, k *parser.Key) {
	r := &a.rec
	es := b.Elements(k)
	if len(es) == 0 {
		if k.Type == parser.TypeSetListpack {
			r.integers = false // not known
		}
		return
	}
	if hasFieldTTLs(k.Type) {
		r.fieldTTLs.count(es, a.keys.time.clock)
	}
	if r.integers {
		r.integers = allIntegers(es)
	}
	if a.wanted != nil {
		a.look(b, k, es)
	}
}

// typeNames are what TYPE prints, but for modules.
var typeNames = func() (names [256]string) {
	for t := range names {
		names[t] = parser.Type(t).DataType().String()
	}
	return names
}()

// look takes what advice needs of a piece of a value.
func (a *analysis) look(b *parser.Batch, k *parser.Key, es []parser.Element) {
	switch k.Type.DataType() {
	case parser.DataTypeHash:
		a.rec.fields.add(b, es, a.keys.time.clock.ms)
	case parser.DataTypeList:
		if k.Type == parser.TypeListQuicklist || k.Type == parser.TypeListQuicklist2 {
			a.rec.nodes.add(es)
		}
	}
}

// allIntegers reports whether all members are integers.
func allIntegers(es []parser.Element) bool {
	for i := range es {
		if es[i].Kind == parser.KindItem && es[i].Int == parser.NotInt {
			return false
		}
	}
	return true
}

// key counts a whole key; k is its last piece.
func (a *analysis) key(k *parser.Key) error {
	r, size := &a.rec, &a.size
	r.size = size
	if !a.filter.wantSize(size.Bytes) {
		return nil
	}
	r.DB, r.Logical, r.Key, r.KeyLen = k.DB, k.Type.DataType(), k.Name, k.NameLen
	r.marked = k.Is(parser.Tagged)
	r.typ = uint8(r.Logical)
	if k.Module != nil {
		r.typ = a.keys.types.id(r.TypeName)
	}
	r.Elements, r.LongestElement, r.RDBBytes = k.Count, size.Longest, k.Size
	r.HasExpiry, r.Expiry = k.Is(parser.HasExpiry), k.Expiry
	r.IdleSeconds, r.Freq = -1, -1
	if k.Is(parser.HasIdle) {
		r.IdleSeconds = k.Idle
	}
	if k.Is(parser.HasFreq) {
		r.Freq = int32(k.Freq)
	}
	r.strLen, r.strStored, r.intClass, r.sampled, r.value = 0, 0, parser.NotInt, k.Is(parser.HasValue), nil
	if r.prints = [2]uint64{}; k.Is(parser.HasFingerprint) {
		r.prints = k.Fingerprint
	}
	if r.Logical == parser.DataTypeString {
		r.strLen, r.strStored, r.intClass = k.Len, k.Stored, k.IntClass
		r.value, r.valueLZF = k.Value, k.Is(parser.ValueLZF)
	}
	r.Source = a.in.Name
	if a.cfg.RowsOnly {
		r.Slot = slotOf(k.Name, !k.Is(parser.NameTruncated))
		if !a.keys.pass(r) {
			return nil
		}
	} else {
		r.name.set(&k.Tag)
		r.hash = k.Tag[0]
		if r.Slot, r.tag = r.name.slot, nil; r.name.tagged {
			_, r.tag = slotAndTag(k.Name, !k.Is(parser.NameTruncated))
		}
		if !a.keys.observe(r) || len(a.in.Sinks) == 0 {
			return nil
		}
	}
	r.Size, r.Pattern = *size, a.keys.renderPattern(r)
	for _, s := range a.in.Sinks {
		if err := s.WriteRow(&r.Row); err != nil {
			return err
		}
	}
	return nil
}

// end makes the summary of what was read.
func (a *analysis) end(err error) *Summary {
	a.source.setInfo(a.reader.Info(), a.reader.Offset(), err)
	a.source.setTables(a.profile, a.keys.dbs)
	a.source.Trials = a.trials.tables(a.keys.dbs)
	keys := a.keys.finish()
	a.source.Counted = tally{keys.Totals.Keys, keys.Totals.Memory}
	return &Summary{config: *a.cfg, sources: []sourceState{a.source}, keys: keys}
}
