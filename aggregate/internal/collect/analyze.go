package collect

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/filter"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// Analyze reads one dump and returns its summary. When the dump is damaged the
// summary of what was read is returned together with the parser's error and is
// marked partial; a nil summary means nothing could be read, a cancelled
// context, or a sink that failed.
//
// A Read of the source that blocks is not interrupted: when the context is
// cancelled Analyze returns at once and the Read may still be under way.
func Analyze(ctx context.Context, in data.Input, cfg *data.Config) (*state.Summary, error) {
	return AnalyzeWithin(ctx, in, cfg, state.Bounds{})
}

// AnalyzeWithin is Analyze within other bounds than the default ones.
func AnalyzeWithin(ctx context.Context, in data.Input, cfg *data.Config, b state.Bounds) (*state.Summary, error) {
	conf, err := config.WithDefaults(cfg)
	if err != nil {
		return nil, err
	}
	if in.Reader == nil {
		return nil, fmt.Errorf("input %q: no Reader", in.Name)
	}
	effective := conf
	if effective.Settings, err = liveSettings(conf.Settings, in.Live); err != nil {
		return nil, fmt.Errorf("input %q: its live server: %w", in.Name, err)
	}
	a := &analysis{in: &in, given: &conf, cfg: &effective, bounds: b}
	if a.filter, err = filter.Compile(&conf.Filters); err != nil {
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
	in       *data.Input
	given    *data.Config // of all sources
	cfg      *data.Config // with the settings of this one's server
	bounds   state.Bounds
	filter   *filter.Filter
	long     *filter.LongNames // nil: nothing depends on names; set where the parser asks for hooks
	reader   *parser.Reader
	walking  *walking
	meter    memory.Meter
	unread   memory.Meter       // of hashes whose elements do not count
	size     memory.Size        // of the current key
	outcomes []counters.Outcome // of the keys of a batch: see trials.size
	trials   *counters.Trials   // nil without scenarios and sweeps
	source   state.SourceState
	keys     *Collector
	others   *allocators // nil: nothing is predicted, or nobody asks
	seen     int64       // whole keys
	open     bool        // a key has begun and not ended
	skip     bool        // the filter does not want it
	headOnly bool        // it was walked, and is sized as if it was not
	wild     int64       // of those that count, keys whose expiry no calendar has
	rec      counters.Observation
	wanted   *thresholds // nil: no values are looked at
	walkAll  bool        // every blob is walked
}

// walking says, on the scanner's goroutine, which blobs are walked.
type walking struct {
	_      keyname.CacheLinePad
	meter  memory.Meter
	trials *counters.Trials
	_      keyname.CacheLinePad
}

func (w *walking) wants(k *parser.Key) bool {
	return factsOf[k.Type].fieldTTLs || w.meter.NeedsWalk(k) || needsWalk(w.trials, k)
}

// delivery is what the parser hands over: once the header, then batches, and
// at last an error.
type delivery struct {
	header *parser.Header
	batch  *parser.Batch
	err    error
}

func (a *analysis) run(ctx context.Context) (*state.Summary, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a.walking = new(walking)
	opts := parser.Options{
		NoChecksum: a.cfg.NoChecksum, WalkAll: a.cfg.Deep, Salvage: a.cfg.Salvage, Inflate: a.in.Inflate, Tail: a.in.Tail,
		Hooks: a.hooks,
	}
	if !a.cfg.NoAdvice {
		a.wanted = NewThresholds()
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
	n := NewKeyTagger(a.cfg, a.source.Seed, a.wanted)
	if a.long = a.filter.LongNames(n.globs); a.long != nil {
		h.LongName = a.long.Begin
	}
	if !a.cfg.RowsOnly {
		h.Key = n.Tag
		if a.wanted != nil {
			h.Fingerprint, h.KeepLZF, h.Glimpse = n.fingerprint, true, true
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
	defer func() { a.long.Close() }()
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

// byHead reports whether a packed blob that was walked is sized as if it was not: when
// its contents were walked for a sample or a scenario. Which keys are sampled on the
// way depends on those before them, and which scenarios there are on the command, while
// a key's size is the same in each.
func (a *analysis) byHead(k *parser.Key) bool {
	if a.walkAll {
		return false
	}
	// A blob whose header does not tell its entries, 2^16-1 or more, was walked
	// anyway; so are those with TTLs of fields.
	f := &factsOf[k.Type]
	return f.blob && !f.fieldTTLs && k.Count >= 0 && k.Count < 1<<15 && !a.walking.meter.NeedsWalk(k)
}

// begin chooses the memory profile and sets up what needs it.
func (a *analysis) begin(h *parser.Header) error {
	a.source = newSource(a.in.Name, h)
	p := memory.Profile{Allocator: a.cfg.Allocator, Config: a.cfg.Settings, Cluster: a.cfg.Cluster}
	var found memory.Detected
	if a.cfg.Server == data.ServerAuto {
		found = memory.Detect(h)
		p.Server, p.StandIn = found.Server, found.StandsInFor != ""
	} else {
		var err error
		if p.Server, err = memory.ParseServer(a.cfg.Server); err != nil {
			return err
		}
	}
	if found.Warning != "" {
		a.source.Warn("server", found.Warning, 1)
	}
	setProfile(&a.source, p, &found)
	setLive(&a.source, a.in.Live)
	a.walking.meter, a.meter, a.unread = memory.NewMeter(p, false), memory.NewMeter(p, false), memory.NewMeter(p, false)
	a.keys = NewCollector(a.cfg, a.source.Seed, SetClock(&a.source, a.cfg.Now), a.bounds)
	a.walkAll = a.cfg.Deep || a.cfg.NoChecksum || h.Version < 5
	if a.wanted != nil {
		a.keys.advice = newAdviceSamples(p, a.wanted, a.cfg, a.bounds)
	}
	var err error
	a.trials, err = newTrials(a.cfg, p)
	a.rec.Trials, a.walking.trials = a.trials, a.trials
	a.rec.Cost, a.rec.Source = &a.size, a.in.Name // of all keys
	if !a.filter.Active && !a.cfg.RowsOnly && a.wanted != nil {
		a.others = newAllocators(p, a.in.Size)
	}
	a.keys.dbs.tables = newTableSums(p, a.trials, a.others)
	return err
}

// batch sizes and counts a run of keys.
func (a *analysis) batch(b *parser.Batch) error {
	a.outcomes = size(a.trials, b, a.open, a.outcomes)
	a.rec.Stride = len(b.Keys)
	rows := len(a.in.Sinks) > 0
	for i := range b.Keys {
		if rows && i%namesAhead == 0 {
			b.PrefetchNames(i+namesAhead, namesAhead)
		}
		k := &b.Keys[i]
		a.meter.Piece(b, k, &a.size, a.open)
		if a.others != nil && !a.others.passes(k, a.open) {
			a.others.piece(b, k, a.open)
		}
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
		if k.Is(parser.Damaged) {
			a.rec.LeaveOut(factsOf[k.Type].blob)
		}
		a.headOnly = k.Is(parser.Walked) && a.byHead(k)
		if a.headOnly {
			a.unread.Begin(k)
			a.size = a.unread.End(k)
		}
		if a.trials != nil {
			a.rec.Outcomes = a.outcomes[i:]
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
	facts := &factsOf[k.Type]
	r.TypeName = facts.name
	if r.FieldTTLs.Fields > 0 {
		r.FieldTTLs = counters.FieldStats{}
	}
	r.Pending.Reset()
	if k.Type != parser.TypeString { // what follows is not asked of a string
		if facts.owned && k.Module != nil {
			r.TypeName = k.Module.Name
		}
		r.Fields.Reset()
		r.Nodes = counters.ListNodes{}
		r.Scores.Reset()
		r.Members.Reset()
		r.Integers = facts.integers
	}
	a.skip = a.filter.Active && !a.filter.WantKey(k, r.TypeName, a.keys.Time.clock)
	a.open = true
}

// elements counts those of a piece.
func (a *analysis) elements(b *parser.Batch, k *parser.Key) {
	r := &a.rec
	es := b.Elements(k)
	if len(es) == 0 {
		if factsOf[k.Type].unread {
			r.Integers = false // not known
		}
		return
	}
	if factsOf[k.Type].fieldTTLs {
		r.FieldTTLs.Count(es, a.keys.Time.clock)
	}
	if r.Integers {
		r.Integers = allIntegers(es)
	}
	if factsOf[k.Type].groups {
		r.Pending.Add(b, es)
	}
	if a.wanted != nil {
		a.contents(b, k, es)
	}
}

// contents takes what advice needs of a piece of a value.
func (a *analysis) contents(b *parser.Batch, k *parser.Key, es []parser.Element) {
	switch {
	case k.Type.DataType() == parser.DataTypeHash:
		a.rec.Fields.Add(b, es, a.keys.Time.clock.Ms)
	case k.Type.DataType() == parser.DataTypeZset:
		a.rec.Scores.Add(b, es, a.keys.Time.clock.Ms)
		a.rec.Members.Add(b, es)
	case k.Type.DataType() == parser.DataTypeSet:
		a.rec.Members.Add(b, es)
	case k.Type.DataType() == parser.DataTypeList:
		if factsOf[k.Type].nodes {
			a.rec.Nodes.Add(es)
		}
		if k.Is(parser.Tagged) {
			a.rec.Members.AddList(b, es)
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
	if a.filter.Active && !a.filter.WantSize(size.Bytes, k.Count) {
		return nil
	}
	r.DB, r.DataType, r.Key, r.KeyLen = k.DB, k.Type.DataType(), k.Name, k.NameLen
	if r.NameHash, r.Named = 0, 0; k.Is(parser.NameTruncated) {
		r.NameHash, r.Named = k.NameHash, k.Named
	}
	r.Marked, r.Offset, r.Unreported = k.Is(parser.Tagged), k.Offset, k.Is(parser.Unreported)
	r.Typ = uint8(r.DataType)
	r.Elements, r.LongestElement, r.RDBBytes = k.Count, size.Longest, k.Size
	r.Figures, r.Groups = nil, 0
	// Of most keys nothing is read of the further half of the record.
	owned := factsOf[k.Type].owned
	if owned && k.Module != nil {
		r.Typ = a.keys.Types.ID(r.TypeName)
		if r.Figures = a.meter.Figures(); r.Figures != nil {
			r.Elements = r.Figures.Elements(k)
		}
	}
	if owned && k.Stream != nil {
		r.Groups = k.Stream.Groups
	}
	r.HasExpiry, r.Expiry = k.Is(parser.HasExpiry), k.Expiry
	if r.HasExpiry && (r.Expiry < 0 || r.Expiry > int64(data.MaxTime)) {
		a.wild++
	}
	r.IdleSeconds, r.Freq = -1, -1
	if k.Is(parser.HasIdle) {
		r.IdleSeconds = k.Idle
	}
	if k.Is(parser.HasFreq) {
		r.Freq = int32(k.Freq)
	}
	r.Sampled = k.Is(parser.HasValue)
	if r.Value != nil {
		r.Value = nil
	}
	if r.Print = (sketch.Digest{}); k.Is(parser.HasFingerprint) {
		r.Order, r.Print = k.Fingerprint[0], sketch.Digest{k.Fingerprint[1], k.Fingerprint[2]}
	}
	if r.Document = 0; r.Figures != nil && k.Is(parser.HasValue) {
		r.Document, r.Value, r.ValueLZF = r.Figures[memory.FigureTextBytes], k.Value, false
	}
	if r.DataType == parser.DataTypeString {
		r.StrLen, r.StrStored, r.IntClass = k.Len, k.Stored, k.IntClass
		if r.Sampled {
			r.Value, r.ValueLZF = k.Value, k.Is(parser.ValueLZF)
		}
	} else {
		r.StrLen, r.StrStored, r.IntClass = 0, 0, parser.NotInt
	}
	if a.cfg.RowsOnly {
		r.Slot = keyname.SlotOfName(k.Name, !k.Is(parser.NameTruncated))
		if !a.keys.pass(r) {
			return nil
		}
	} else {
		r.Name.Set(&k.Tag)
		r.Hash = k.Tag[0]
		if r.Slot, r.Tag = r.Name.Slot, nil; r.Name.Tagged {
			_, r.Tag = keyname.SlotAndTag(k.Name, !k.Is(parser.NameTruncated))
		}
		if !a.keys.Observe(r) {
			return nil
		}
		if a.others != nil {
			a.others.count(k, size, a.headOnly)
		}
		if len(a.in.Sinks) == 0 {
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
func (a *analysis) end(err error) *state.Summary {
	setInfo(&a.source, a.reader.Info(), a.reader.Offset(), err)
	setEnvelope(&a.source, a.in.Envelope)
	a.keys.dbs.end()
	a.keys.dbs.tables.setTables(&a.source)
	a.source.Allocators = a.others.states(a.keys.dbs.tables)
	keys := a.keys.Finish()
	a.warnOfDamage()
	if a.wild > 0 {
		a.source.Warn("absurd-expiry", "expiries before 1970 or after the year 9999: rows and tables have the nearest moment that a calendar has. Was a time in milliseconds given as seconds, or the reverse?", a.wild)
	}
	a.source.Counted = sketch.Tally{Keys: keys.Totals.Keys, Memory: keys.Totals.Memory}
	a.source.Resident = keys.Totals.Resident
	return &state.Summary{Config: *a.given, Sources: []state.SourceState{a.source}, Keys: keys, Bounds: a.bounds}
}
