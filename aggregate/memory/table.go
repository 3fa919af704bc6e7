package memory

// filling is how a collection's table is filled while it is loaded: at most
// six steps, each a number of elements to expand to, or to add.
type filling struct {
	steps [6]fillStep
	n     int
}

type fillStep struct {
	kind fillKind
	n    int64
}

type fillKind uint8

const (
	fillAdd fillKind = iota
	fillExpand
	fillResize // hashtable only: without the check that it grows
)

func (f *filling) step(kind fillKind, n int64) {
	f.steps[f.n] = fillStep{kind, n}
	f.n++
}

func (f *filling) add(n int64)    { f.step(fillAdd, n) }
func (f *filling) expand(n int64) { f.step(fillExpand, n) }

// expandLarge expands only to more than the initial table.
func (f *filling) expandLarge(n int64) {
	if n > dictInitialSlots {
		f.expand(n)
	}
}

// dict runs the steps on a dict; bias selects the outcome of random rehashes.
func (f *filling) dict(l *line, bias float64) dict {
	d := dict{bias: bias, replaceEmpty: l.replaceEmpty}
	for _, s := range f.steps[:f.n] {
		if s.kind == fillAdd {
			d.add(s.n)
		} else {
			d.expand(s.n)
		}
	}
	return d
}

// outcome returns the dict as it most probably is, and the bytes by which its
// buckets may differ from that: a rehash that was started may or may not have
// ended. Four standard deviations on either side hold what is seen in practice.
func (f *filling) outcome(l *line) (d dict, spread int64) {
	d = f.dict(l, 0)
	if !d.random {
		return d, 0
	}
	slots := d.slots0 + d.slots1
	for _, bias := range [...]float64{-4, -2, -1, 1, 2, 4} {
		o := f.dict(l, bias)
		other := o.slots0 + o.slots1
		spread = max(spread, sizeofPointer*max(slots-other, other-slots))
	}
	return d, spread
}

// hashtable runs the steps on a Valkey hashtable.
func (f *filling) hashtable(l *line) hashtable {
	h := hashtable{exp0: -1, exp1: -1, lazy: l.lazyResize}
	for _, s := range f.steps[:f.n] {
		switch s.kind {
		case fillAdd:
			h.add(s.n)
		case fillExpand:
			h.expand(s.n)
		case fillResize:
			h.resize(s.n)
		}
	}
	return h
}

// chargeTable charges the table of a collection without its entries. extra is
// what its struct has beside the type's own fields; counted says whether
// MEMORY USAGE sees that.
func (m *meter) chargeTable(f *filling, extra int64, counted bool) (slots int64) {
	if m.line.hashtable > 0 {
		m.chargeHashtable(f, extra)
		return 0
	}
	d, spread := f.outcome(m.line)
	m.spread += spread
	alloc := m.sizes.of(m.line.dict + extra)
	c := cost{m.line.dict, alloc, alloc - m.line.dict - extra}
	if counted {
		c.counted += extra
	}
	m.charge("dict", "dict.h struct dict", c)
	slots = d.slots0 + d.slots1
	c = cost{counted: sizeofPointer * slots}
	for _, s := range [...]int64{d.slots0, d.slots1} {
		if s > 0 {
			a := m.sizes.of(sizeofPointer * s)
			c.alloc += a
			c.waste += a - sizeofPointer*s
		}
	}
	m.charge("buckets", "dict.h dictBuckets", c)
	return slots
}

// chargeHashtable charges a Valkey hashtable without its entries
// (hashtable.c hashtableMemUsage).
func (m *meter) chargeHashtable(f *filling, extra int64) {
	h := f.hashtable(m.line)
	n := m.line.hashtable + extra
	a := m.sizes.of(n)
	m.charge("hashtable", "hashtable.c struct hashtable", cost{n, a, a - n})
	buckets, children, variance := h.tables()
	c := cost{counted: bucketBytes * buckets}
	for _, exp := range [...]int{h.exp0, h.exp1} {
		if exp >= 0 {
			a := m.sizes.of(bucketBytes << exp)
			c.alloc += a
			c.waste += a - bucketBytes<<exp
		}
	}
	m.charge("buckets", "hashtable.c hashtableMemUsage", c)
	b := (children * bucketBytes).round()
	m.charge("child buckets (expected)", "hashtable.c bucketConvertToChained", cost{counted: b, alloc: b})
	m.variance += float64(variance * (bucketBytes * bucketBytes))
	if m.sizes.quantum == 0 {
		m.variance += glibcSlackVariance
	}
}

// entryCost returns what the dictEntry blocks of n elements cost: size is what
// MEMORY USAGE takes for one; bare says that keys stand in empty buckets
// without an entry, of which the expectation is known.
func (m *meter) entryCost(n, size, slots int64, bare bool) cost {
	if m.line.hashtable > 0 {
		return cost{}
	}
	if !bare {
		a := m.sizes.of(sizeofDictEntry)
		return cost{size * n, a * n, (a - sizeofDictEntry) * n}
	}
	mean, variance := bareEntries(slots, n)
	a := m.sizes.of(sizeofBareEntry)
	c := cost{counted: size * n, alloc: (mean * fixed(a)).round()}
	if m.line.bareCounted {
		c.counted = c.alloc
		m.variance += float64(variance * float64(a*a))
	}
	return c
}

// sizeofBareEntry is sizeof(dictEntryNoValue): key and next pointer (dict.c).
const sizeofBareEntry = 16

// chargePacked charges a packed blob of n bytes (listpack.c, ziplist.c,
// intset.c allocate exactly that).
func (m *meter) chargePacked(name string, n int64) {
	m.charge(name, m.line.source, m.packedCost(n))
}

func (m *meter) packedCost(n int64) cost {
	a := m.sizes.of(n)
	c := cost{n, a, a - n}
	if m.line.roundPacked {
		c.counted = a
	}
	return c
}

// compact fills in what a key would cost with its value packed in a blob of n
// bytes that costs packed.
func (m *meter) compact(s *Size, o *object, n int64, packed cost) {
	packed.add(o.total())
	s.CompactLen, s.Compact, s.CompactResident = n, packed.counted, packed.alloc
}

// packedEncoding is the name of the packed encoding of the line.
func (m *meter) packedEncoding() Encoding {
	if m.line.pack == packZiplist {
		return EncodingZiplist
	}
	return EncodingListpack
}

// packedName is packedEncoding as a term.
func (m *meter) packedName() string {
	if m.line.pack == packZiplist {
		return "ziplist"
	}
	return "listpack"
}
