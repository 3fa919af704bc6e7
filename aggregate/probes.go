package aggregate

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/probe"
	"github.com/rdblens/rdblens/parser"
)

// Keys whose values are looked at are a stratified sample: keys fall into
// strata by their type and the first words of their name, and of each stratum
// those with the smallest hashes are taken. Which ones is a function of the set
// of keys, and the smallest of a union are among the smallest of its parts: the
// sample merges. While a dump is read each stratum knows the largest hash that
// can still be in the sample; it only falls, so the scanner may ask it ahead of
// the counting and never misses a value that is needed.
//
// How many keys a stratum keeps, and the bytes of values among them, depends on
// the number of strata that have keys, so the whole is bounded. Values are held
// until the source ends; then probes turn those that are left into integers.

const (
	// probeStrata is the number of strata; unlike names may share one.
	probeStrata = 1 << 10
	// probeKeys bounds the sampled keys of all strata together (beyond
	// minStratum each), probeBytes the values held for them.
	probeKeys  = 1 << 15
	probeBytes = 8 << 20
	// With more strata than fewStrata names begin with random words, and it is
	// less than probeKeys: each key that is held takes half a kilobyte.
	fewStrata = 1 << 7
	// A stratum keeps at most this many strings, or keys of other types.
	maxStringStratum = 512
	maxOtherStratum  = 128
	minStratum       = 32
	maxStratumBytes  = 256 << 10
	minStratumBytes  = 64 << 10
	// probeString is how many bytes of a string are looked at, probeHash how
	// many of the fields and values of a hash.
	probeString = 16 << 10
	probeHash   = 512
	// probeName is how many bytes of a sampled key's name are kept; keys with
	// longer names belong to no pattern in the sample.
	probeName = exampleLimit
)

// stratumOf returns the stratum of a type and the first two tokens of a name, as
// far as they are words: see wordOf.
func stratumOf(l parser.DataType, words [2]uint64) uint32 {
	return stratumNumber(l, fold((uint64(l)+1)*hashMul2^words[0], hashMul1^words[1]))
}

// wordOf returns the first eight letters of a token that is a word of lower-case
// letters and no hexadecimal number, 0 for others.
func wordOf(name []byte, e *edge) uint64 {
	if e.cls != classLiteral {
		return 0
	}
	w := wordAt(name, int(e.off), int(min(e.n, 8)))
	all := uint64(topBits)
	if e.n < 8 {
		all &= 1<<(8*e.n) - 1
	}
	if w&topBits != 0 || lowerBytes(w) != all {
		return 0
	}
	return w & beyondHex(w)
}

// beyondHex is all ones when one of eight bytes of ASCII is a letter behind f,
// otherwise 0.
func beyondHex(w uint64) uint64 {
	x := (w + (0x7f-'f')*eachByte) & topBits
	return uint64(int64(x|-x) >> 63)
}

// stratumNumber gives strings one half of the strata, other types the other one.
func stratumNumber(l parser.DataType, h uint64) uint32 {
	n := uint32(h>>32) & (probeStrata/2 - 1)
	if l != parser.DataTypeString {
		n += probeStrata / 2
	}
	return n
}

// holdsStrings reports whether a stratum is one of strings.
func holdsStrings(stratum int) bool { return stratum < probeStrata/2 }

// thresholds are, for each stratum, the largest hash of a key whose value is
// still wanted, of one that is kept as a holder of its value, and of an entity
// that is kept; and the largest hash of a value that is wanted. The collector
// lowers them while the scanner reads.
type thresholds struct {
	keys     [probeStrata]atomic.Uint64
	holders  [valueStrata]atomic.Uint64
	entities [entityStrata]atomic.Uint64
	values   atomic.Uint64
}

func newThresholds() *thresholds {
	t := new(thresholds)
	for i := range t.keys {
		t.keys[i].Store(math.MaxUint64)
	}
	for i := range t.holders {
		t.holders[i].Store(math.MaxUint64)
	}
	for i := range t.entities {
		t.entities[i].Store(math.MaxUint64)
	}
	t.values.Store(math.MaxUint64)
	return t
}

func (t *thresholds) lower(stratum uint32, to uint64) {
	if to < t.keys[stratum].Load() { // there is one writer
		t.keys[stratum].Store(to)
	}
}

// wantedBytes are the bytes of contents that are looked at, by RDB type; no
// switch, since types come in any order and a wrong guess costs more than a hash.
var wantedBytes = func() (bytes [256]uint16) {
	for t := range bytes {
		switch parser.Type(t).DataType() {
		case parser.DataTypeString:
			bytes[t] = probeString
		case parser.DataTypeHash:
			bytes[t] = probeHash
		}
	}
	return bytes
}()

// want is asked on the scanner's goroutine how much of a value is wanted of a key
// whose hash is its first mark. It marks those that may be in the sample: as
// thresholds only fall, others are not.
func (t *thresholds) want(k *parser.Key, stratum uint32) int {
	if k.Tag[0] > t.keys[stratum].Load() {
		return 0
	}
	k.Flags |= parser.Tagged
	return int(wantedBytes[k.Type])
}

// stratumLimits returns how many keys a stratum keeps and how many bytes of
// their values, when used strata have keys. Both only fall as used grows.
func stratumLimits(stratum, used int) (keys, bytes int) {
	used = max(used, 1)
	keys = maxOtherStratum
	if holdsStrings(stratum) {
		keys = maxStringStratum
	}
	room := probeKeys / used
	if used > fewStrata {
		room = room * fewStrata / used
	}
	return min(keys, max(minStratum, room)), min(maxStratumBytes, max(minStratumBytes, probeBytes/used))
}

// probeKey is a sampled key and what probes say of it, plain data.
type probeKey struct {
	Key              keptKey
	Logical          parser.DataType
	Type             string
	Memory, Resident int64
	Elements         int64
	ValueLen         int64 // bytes of a string
	Expires          bool
	// Under a name whose runs of words are one letter each, and with the one
	// long identifier in the name replaced by a number of 1, 2, … digits (empty
	// when there is not exactly one).
	Short, ShortResident int64
	Numbered             []int64 // MEMORY USAGE by digits, then the same allocated
	// What a TTL adds to the key itself, beside its entry in the expires table; 0
	// for a key that has one.
	TTL, TTLResident int64
	// Held is how many bytes of the value are looked at; Probed says that they were.
	Held   int64
	Probed bool
	Value  probe.Value
	// Of hashes: the field with the longest contents, and of all fields.
	TopField               string // empty when its name is no plain word
	TopFieldLen, FieldsLen int64
	Preview                string // escaped beginning of the value, only when asked for
}

func (k *probeKey) compare(o *probeKey) int {
	if c := k.Key.compareSample(&o.Key); c != 0 {
		return c
	}
	// A damaged dump may hold a key twice.
	return cmp.Or(cmp.Compare(k.Type, o.Type), cmp.Compare(k.Memory, o.Memory), cmp.Compare(k.Resident, o.Resident),
		cmp.Compare(k.Elements, o.Elements), cmp.Compare(k.Held, o.Held), cmp.Compare(k.Value.Hash, o.Value.Hash),
		cmp.Compare(k.FieldsLen, o.FieldsLen))
}

// probeStratum is a stratum of a summary: its keys by hash.
type probeStratum struct {
	Stratum uint16
	Cut     bool // there were more keys
	Keys    []probeKey
}

// heldKey is a sampled key while the source is read.
type heldKey struct {
	probeKey
	facts probe.Facts
	value []byte
	lzf   bool // value is an LZF stream
	top   []byte
}

// heldRef is a held key with its hash, which most comparisons need alone.
type heldRef struct {
	hash uint64
	*heldKey
}

// probeHeap holds a stratum's keys, the one with the largest hash on top.
type probeHeap struct {
	keys []heldRef
	held int // bytes of values, decompressed
	cut  bool
}

// prober samples the keys of one source.
type prober struct {
	thresholds *thresholds
	strata     [probeStrata]*probeHeap
	used       int
	spare      *heldKey
	preview    bool
}

func newProber(t *thresholds, preview bool) *prober {
	return &prober{thresholds: t, preview: preview}
}

// offer takes a key into the sample when it belongs there.
func (p *prober) offer(r *record) {
	at := r.name.stratum
	h := p.strata[at]
	if h == nil {
		h = new(probeHeap)
		p.strata[at] = h
		if p.used++; p.used&(p.used-1) == 0 {
			p.trim()
		}
	}
	if h.cut && (len(h.keys) == 0 || r.hash > h.keys[0].hash) {
		return
	}
	if keys, _ := stratumLimits(int(at), p.used); len(h.keys) == keys && r.hash < h.keys[0].hash {
		// The last key makes room, in the heap and as memory.
		k := h.keys[0].heldKey
		h.held -= int(k.Held)
		k.set(r)
		h.held += int(k.Held)
		h.keys[0].hash = r.hash
		h.sink()
		h.cut = true
	} else {
		k := p.spare
		if p.spare = nil; k == nil {
			k = new(heldKey)
		}
		k.set(r)
		h.push(k)
	}
	p.trimOne(int(at), h)
}

// trimOne lets go what a stratum has no room for.
func (p *prober) trimOne(at int, h *probeHeap) {
	keys, bytes := stratumLimits(at, p.used)
	for len(h.keys) > keys || h.held > bytes {
		p.spare = h.pop()
		h.cut = true
	}
	if h.cut && len(h.keys) > 0 {
		p.thresholds.lower(uint32(at), h.keys[0].hash)
	}
}

// trim cuts all strata down after their number has doubled.
func (p *prober) trim() {
	for at, h := range p.strata {
		if h != nil {
			p.trimOne(at, h)
		}
	}
}

// set takes over a key. What probe fills in is not there yet, except the Value of
// a hash.
func (k *heldKey) set(r *record) {
	// First something is written: new memory that is read first is mapped twice.
	k.value, k.top = k.value[:0], k.top[:0]
	if k.Probed {
		k.Probed, k.Value = false, probe.Value{}
	}
	k.ValueLen, k.Held, k.TopFieldLen, k.FieldsLen = 0, 0, 0, 0
	k.Key.set(r, probeName)
	k.Logical, k.Type, k.Memory, k.Resident, k.Elements = r.Logical, r.TypeName, r.size.Bytes, r.size.Resident, r.Elements
	k.Expires = r.HasExpiry
	k.facts = probe.Facts{
		Type: r.Logical, NameLen: r.KeyLen, ValueLen: r.strLen, IntClass: r.intClass, Expires: r.HasExpiry,
		Memory: r.size.Bytes, Resident: r.size.Resident,
	}
	switch {
	case r.Logical == parser.DataTypeString:
		k.ValueLen = r.strLen
		k.value, k.lzf = append(k.value, r.value...), r.valueLZF
		k.Held = min(r.strLen, probeString)
	case r.fields.seen:
		k.top = append(k.top, r.fields.top...)
		k.TopFieldLen, k.FieldsLen = r.fields.topLen, r.fields.total
		k.Value, k.Probed = r.fields.times, true
	}
}

// after is the order of the heap: the last key is on top.
func (a *heldRef) after(b *heldRef) bool {
	if a.hash != b.hash {
		return a.hash > b.hash
	}
	return a.compare(&b.probeKey) > 0
}

func (h *probeHeap) push(k *heldKey) {
	h.held += int(k.Held)
	h.keys = append(h.keys, heldRef{k.Key.Hash, k})
	i := len(h.keys) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !h.keys[i].after(&h.keys[up]) {
			return
		}
		h.keys[i], h.keys[up] = h.keys[up], h.keys[i]
		i = up
	}
}

// pop removes the last key.
func (h *probeHeap) pop() *heldKey {
	top, n := h.keys[0].heldKey, len(h.keys)-1
	h.keys[0] = h.keys[n]
	h.keys[n] = heldRef{}
	h.keys = h.keys[:n]
	h.sink()
	h.held -= int(top.Held)
	return top
}

// sink puts the first key in its place.
func (h *probeHeap) sink() {
	n := len(h.keys)
	for i := 0; ; {
		down := 2*i + 1
		if down >= n {
			return
		}
		if down+1 < n && h.keys[down+1].after(&h.keys[down]) {
			down++
		}
		if !h.keys[down].after(&h.keys[i]) {
			return
		}
		h.keys[i], h.keys[down] = h.keys[down], h.keys[i]
		i = down
	}
}

// finish probes the sample.
func (p *prober) finish(profile memory.Profile, c clock, split *splitter) []probeStratum {
	if p.used == 0 {
		return nil
	}
	var now int64
	if c.ok {
		now = c.ms
	}
	p.trim()
	out := make([]probeStratum, 0, p.used)
	var heaps []*probeHeap
	for at, h := range p.strata {
		if h != nil {
			out, heaps = append(out, probeStratum{Stratum: uint16(at), Cut: h.cut}), append(heaps, h)
			p.strata[at] = nil
		}
	}
	// The source is read: the processors are free.
	eachOf(len(heaps), func() func(int) {
		own := *split
		w := looker{probe: probe.New(profile, now), split: &own, preview: p.preview}
		return func(i int) {
			out[i].Keys = w.look(heaps[i])
			heaps[i] = nil // the values may go
		}
	})
	return out
}

// looker probes held keys on a goroutine of its own.
type looker struct {
	probe   *probe.Prober
	split   *splitter
	preview bool
	buf     []byte // for contents that were left compressed
}

// look returns a stratum's keys in order.
func (w *looker) look(h *probeHeap) []probeKey {
	keys := make([]probeKey, len(h.keys))
	for i, k := range h.keys {
		w.fill(k.heldKey)
		keys[i] = k.probeKey
	}
	// Of a key that is there twice what was found in the values decides.
	slices.SortFunc(keys, func(a, b probeKey) int { return a.compare(&b) })
	return keys
}

// fill fills in what probes say.
func (w *looker) fill(k *heldKey) {
	k.TopField = string(k.top)
	if k.Key.Len == int64(len(k.Key.Name)) {
		k.rename(w.probe, k.Key.Name, w.split.split(k.Key.Name))
	}
	k.TTL, k.TTLResident = w.probe.TTL(&k.facts)
	if k.Logical != parser.DataTypeString {
		return
	}
	value := k.value
	if k.lzf {
		var ok bool
		if value, ok = parser.InflateLZF(w.buf[:0], value, int(k.Held)); !ok {
			return
		}
		w.buf = value
	}
	value = value[:min(len(value), probeString)]
	k.Probed = true
	k.Value = w.probe.String(value, &k.facts)
	if w.preview {
		k.Preview = parser.Escape(value[:min(len(value), previewLimit)])
	}
}

// previewLimit is how many bytes of a value are shown when that is asked for.
const previewLimit = 80

// mergeProbes combines samples.
func mergeProbes(parts ...[]probeStratum) []probeStratum {
	var strata [probeStrata]*probeStratum
	used := 0
	for _, p := range parts {
		for i := range p {
			at := p[i].Stratum & (probeStrata - 1)
			s := strata[at]
			if s == nil {
				s = &probeStratum{Stratum: at}
				strata[at] = s
				used++
			}
			s.Cut = s.Cut || p[i].Cut
			s.Keys = append(s.Keys, p[i].Keys...)
		}
	}
	var out []probeStratum
	for _, s := range strata {
		if s != nil {
			s.cut(used)
			out = append(out, *s)
		}
	}
	return out
}

// cut sorts a stratum and leaves of it what belongs to the sample.
func (s *probeStratum) cut(used int) {
	slices.SortFunc(s.Keys, func(a, b probeKey) int { return a.compare(&b) })
	keys, bytes := stratumLimits(int(s.Stratum), used)
	n, sum := 0, int64(0)
	for n < min(len(s.Keys), keys) && sum+s.Keys[n].Held <= int64(bytes) {
		sum += s.Keys[n].Held
		n++
	}
	if n < len(s.Keys) {
		s.Keys, s.Cut = s.Keys[:n:n], true
	}
}
