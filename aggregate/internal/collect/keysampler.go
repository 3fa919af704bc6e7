package collect

import (
	"math"
	"slices"
	"sync/atomic"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// rename sizes a sampled key under shorter names.
func (k *heldKey) rename(w *probe.Prober, key []byte, edges []keyname.Edge) {
	k.Short, k.ShortResident, k.Numbered = k.Memory, k.Resident, nil
	k.Encoded, k.EncodedResident = 0, 0
	if n := keyname.ShortLength(key, edges); n > 0 && n < k.facts.NameLen {
		k.Short, k.ShortResident = w.Renamed(&k.facts, n)
	}
	id := -1
	for i := range edges {
		if keyname.IsIdentifier(&edges[i]) {
			if id >= 0 {
				return
			}
			id = i
		}
	}
	if id < 0 {
		return
	}
	rest := k.facts.NameLen - int64(edges[id].N)
	if n := keyname.EncodedLength(&edges[id]); n > 0 {
		k.Encoded, k.EncodedResident = w.Renamed(&k.facts, rest+n)
	}
	k.Numbered = make([]int64, 2*keyname.MaxDigits)
	for d := range int64(keyname.MaxDigits) {
		k.Numbered[d], k.Numbered[keyname.MaxDigits+d] = w.Renamed(&k.facts, rest+d+1)
	}
}

// thresholds are, for each stratum, the largest hash of a key whose value is
// still wanted, of one that is kept as a holder of its value, and of an entity
// that is kept; and the largest hash of a value that is wanted. The collector
// lowers them while the scanner reads.
type thresholds struct {
	Keys     [keyname.ProbeStrata]atomic.Uint64
	holders  [state.ValueStrata]atomic.Uint64
	Entities [keyname.EntityStrata]atomic.Uint64
	values   atomic.Uint64
}

// NewThresholds returns thresholds by which everything is wanted.
func NewThresholds() *thresholds {
	t := new(thresholds)
	for i := range t.Keys {
		t.Keys[i].Store(math.MaxUint64)
	}
	for i := range t.holders {
		t.holders[i].Store(math.MaxUint64)
	}
	for i := range t.Entities {
		t.Entities[i].Store(math.MaxUint64)
	}
	t.values.Store(math.MaxUint64)
	return t
}

func (t *thresholds) lower(stratum uint32, to uint64) {
	if to < t.Keys[stratum].Load() { // there is one writer
		t.Keys[stratum].Store(to)
	}
}

// want is asked on the scanner's goroutine how much of a value is wanted of a key
// whose hash is its first mark. It marks those that may be in the sample: as
// thresholds only fall, others are not.
func (t *thresholds) want(k *parser.Key, stratum uint32) int {
	if k.Tag[0] > t.Keys[stratum].Load() {
		return 0
	}
	k.Flags |= parser.Tagged
	return int(WantedBytes[k.Type])
}

// heldKey is a sampled key while the source is read.
type heldKey struct {
	state.ProbeKey
	facts    probe.Facts
	value    []byte
	lzf      bool // value is an LZF stream
	document bool // value is a JSON document of a module
	top      []byte
	// Of the last field of a hash.
	fieldName, fieldValue int64
	fieldInt              parser.IntClass

	offset  int64 // of its record
	damaged bool  // its contents are, and nobody said so yet
}

// keyHeap holds a stratum's keys by hash. A stratum is bounded by the bytes of
// their values, too: the last key goes as soon as they are too many.
type keyHeap struct {
	sketch.Heap[*heldKey]
	held int // bytes of values, decompressed
	cut  bool
}

func newKeyHeap() *keyHeap {
	return &keyHeap{Heap: sketch.Heap[*heldKey]{Compare: func(a, b *heldKey) int { return a.Compare(&b.ProbeKey) }}}
}

// isBefore reports whether a key with this hash comes before the last one.
func (h *keyHeap) isBefore(hash uint64) bool {
	last, _ := h.Last()
	return hash < last
}

// wants reports whether a key with this hash may be one of the first.
func (h *keyHeap) wants(hash uint64) bool {
	if !h.cut {
		return true
	}
	if h.Len() == 0 {
		return false
	}
	last, _ := h.Last()
	return hash <= last
}

// keySampler samples the keys of one source.
type keySampler struct {
	thresholds *thresholds
	strata     [keyname.ProbeStrata]*keyHeap
	used       int
	spare      *heldKey
	preview    bool
	split      *keyname.Splitter
	damaged    damagedKeys // of the sample, when it is finished
}

// damagedKeys are sampled keys whose contents could not be read.
type damagedKeys struct {
	keys   int64
	offset int64  // of the first one's record
	name   []byte // of that, at most state.ProbeName bytes
}

func (d *damagedKeys) add(o damagedKeys) {
	if o.keys > 0 && (d.keys == 0 || o.offset < d.offset) {
		d.offset, d.name = o.offset, o.name
	}
	d.keys += o.keys
}

func newKeySampler(t *thresholds, preview bool, split *keyname.Splitter) *keySampler {
	return &keySampler{thresholds: t, preview: preview, split: split}
}

// offer takes a key into the sample when it belongs there.
func (p *keySampler) offer(r *counters.Observation) {
	at := r.Name.Stratum
	h := p.strata[at]
	if h == nil {
		h = newKeyHeap()
		p.strata[at] = h
		if p.used++; p.used&(p.used-1) == 0 {
			p.trim()
		}
	}
	if !h.wants(r.Hash) {
		return
	}
	keys, _ := state.StratumLimits(int(at), p.used)
	if h.Len() == keys && h.isBefore(r.Hash) {
		// The last key makes room, in the heap and as memory.
		_, k := h.Last()
		h.held -= int(k.Held)
		k.set(r, p.split)
		h.held += int(k.Held)
		h.ReplaceLast(r.Hash, k)
		h.cut = true
	} else {
		k := p.spare
		if p.spare = nil; k == nil {
			k = new(heldKey)
		}
		k.set(r, p.split)
		h.held += int(k.Held)
		h.Push(r.Hash, k)
	}
	p.trimOne(int(at), h)
}

// trimOne lets go what a stratum has no room for.
func (p *keySampler) trimOne(at int, h *keyHeap) {
	keys, bytes := state.StratumLimits(at, p.used)
	for h.Len() > keys || h.held > bytes {
		p.spare = h.Pop()
		h.held -= int(p.spare.Held)
		h.cut = true
	}
	if h.cut && h.Len() > 0 {
		last, _ := h.Last()
		p.thresholds.lower(uint32(at), last)
	}
}

// trim cuts all strata down after their number has doubled.
func (p *keySampler) trim() {
	for at, h := range p.strata {
		if h != nil {
			p.trimOne(at, h)
		}
	}
}

// set takes over a key. What probe fills in is not there yet, except the Value of
// a hash.
func (k *heldKey) set(r *counters.Observation, split *keyname.Splitter) {
	// First something is written: new memory that is read first is mapped twice.
	k.value, k.top = k.value[:0], k.top[:0]
	if k.Probed {
		k.Probed, k.Value = false, probe.Value{}
	}
	k.ValueLen, k.Held, k.TopFieldLen, k.FieldsLen = 0, 0, 0, 0
	k.document = false
	k.fieldName, k.fieldValue, k.fieldInt = 0, 0, parser.NotInt
	k.Key.Set(r, state.ProbeName)
	k.offset, k.damaged = r.Offset, r.Unreported
	k.DataType, k.Type, k.Memory, k.Resident, k.Elements = r.DataType, r.TypeName, r.Cost.Bytes, r.Cost.Resident, r.Elements
	k.Expires = r.HasExpiry
	r.SampleRole(&k.Role, split)
	k.facts = probe.Facts{
		Type: r.DataType, NameLen: r.KeyLen, ValueLen: r.StrLen, IntClass: r.IntClass, Expires: r.HasExpiry,
		Memory: r.Cost.Bytes, Resident: r.Cost.Resident,
	}
	switch {
	case r.DataType == parser.DataTypeString:
		k.ValueLen = r.StrLen
		k.value, k.lzf = append(k.value, r.Value...), r.ValueLZF
		k.Held = min(r.StrLen, state.ProbeString)
	case r.Document > 0:
		k.document, k.facts.ValueLen = true, r.Document
		k.value, k.lzf = append(k.value, r.Value...), false
		k.Held = min(r.Document, state.ProbeString)
	case r.Fields.Seen:
		k.top = append(k.top, r.Fields.Top...)
		k.TopFieldLen, k.FieldsLen = r.Fields.TopLen, r.Fields.Total
		k.fieldName, k.fieldValue, k.fieldInt = r.Fields.LastName, r.Fields.LastValue, r.Fields.LastInt
		k.Value, k.Probed = r.Fields.Times, true
	}
}

// finish probes the sample.
func (p *keySampler) finish(profile memory.Profile, c sketch.Clock, split *keyname.Splitter) []state.ProbeStratum {
	if p.used == 0 {
		return nil
	}
	var now int64
	if c.Known {
		now = c.Ms
	}
	p.trim()
	out := make([]state.ProbeStratum, 0, p.used)
	var heaps []*keyHeap
	for at, h := range p.strata {
		if h != nil {
			out, heaps = append(out, state.ProbeStratum{Stratum: uint16(at), Cut: h.cut}), append(heaps, h)
			p.strata[at] = nil
		}
	}
	damaged := make([]damagedKeys, len(heaps))
	// The source is read: the processors are free.
	sketch.EachOf(len(heaps), func() func(int) {
		own := *split
		w := prober{probe: probe.New(profile, now), split: &own, preview: p.preview}
		return func(i int) {
			out[i].Keys, damaged[i] = w.probed(heaps[i])
			heaps[i] = nil // the values may go
		}
	})
	for _, d := range damaged {
		p.damaged.add(d)
	}
	return out
}

// prober probes held keys on a goroutine of its own.
type prober struct {
	probe   *probe.Prober
	split   *keyname.Splitter
	preview bool
	buf     []byte // for contents that were left compressed
}

// probed returns a stratum's keys in order, and those of them that are damaged.
func (w *prober) probed(h *keyHeap) (keys []state.ProbeKey, damaged damagedKeys) {
	keys = make([]state.ProbeKey, h.Len())
	for i := range keys {
		k := h.Item(i)
		w.fill(k)
		keys[i] = k.ProbeKey
		if k.damaged {
			damaged.add(damagedKeys{1, k.offset, k.Key.Name})
		}
	}
	// Of a key that is there twice what was found in the values decides.
	slices.SortFunc(keys, func(a, b state.ProbeKey) int { return a.Compare(&b) })
	return keys, damaged
}

// fill fills in what probes say.
func (w *prober) fill(k *heldKey) {
	k.TopField = keyname.EscapeText(string(k.top))
	if k.Key.Len == int64(len(k.Key.Name)) {
		k.rename(w.probe, k.Key.Name, w.split.Split(k.Key.Name))
	}
	k.TTL, k.TTLResident = w.probe.TTL(&k.facts)
	k.Single, k.SingleResident = 0, 0
	if k.DataType == parser.DataTypeHash && k.Probed && k.Elements == 1 {
		s := w.probe.Single(&k.facts, k.fieldName, k.fieldValue, k.fieldInt)
		k.Single, k.SingleResident = s.Bytes, s.Resident
	}
	if k.DataType != parser.DataTypeString && !k.document {
		return
	}
	value := k.value
	if k.lzf {
		var ok bool
		if value, ok = parser.InflateLZF(w.buf[:0], value, int(k.Held)); !ok {
			k.damaged = true
			return
		}
		w.buf = value
	}
	value = value[:min(len(value), state.ProbeString)]
	k.Probed = true
	k.Role.SetString(value)
	if k.document {
		k.Value = w.probe.Document(value, &k.facts)
	} else {
		k.Value = w.probe.String(value, &k.facts)
	}
	if w.preview {
		k.Preview = parser.Escape(value[:min(len(value), previewLimit)])
	}
}

// previewLimit is how many bytes of a value are shown when that is asked for.
const previewLimit = 80
