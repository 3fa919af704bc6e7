package parser

import "sync"

const (
	batchKeys     = 1024
	batchElements = 4096
	// batchQueue is how many batches wait between the scanner and the caller.
	batchQueue = 8
	// arenaLimit is how many bytes of names and contents a batch copies before
	// it is handed over; one more name may follow.
	arenaLimit = 128 << 10
)

// Batch is a run of consecutive keys. Keys are in dump order; a key whose
// elements do not fit in one batch is continued in the next one (flags More
// and Continued), with its header facts repeated.
//
// A batch and everything reached through it belongs to the caller until
// Release; afterwards its memory is used for another batch.
type Batch struct {
	Keys     []Key
	elements []Element
	arena    []byte
	streams  []Stream
	held     []*buffer // buffers that names point into
	rare     []int32   // records with fields set that the loop over strings does not write
	ints     []int32   // records with Int set, which it writes of integers only
	released bool
	pool     *batchPool
	// Batches lie side by side: what the scanner writes in one is to be in no cache
	// line with what is read of another.
	_ cacheLinePad
}

// cacheLinePad keeps what is in front of it and what is behind it on cache lines
// that are not fetched together: lines have 64 bytes and come in pairs.
type cacheLinePad [128]byte

// Elements returns the records of k, a key of this batch.
func (b *Batch) Elements(k *Key) []Element {
	return b.elements[k.first : k.first+k.n]
}

// PrefetchNames asks the processor for the names of the n keys from the i-th on, as
// far as there are so many: they were last written by another one, and whoever reads
// the names of all keys would wait for each.
func (b *Batch) PrefetchNames(i, n int) {
	if n = min(n, len(b.Keys)-i); n > 0 && i >= 0 {
		prefetchNames(&b.Keys[i], n)
	}
}

// Bytes returns the bytes of an element that carries FlagBytes: a name of a
// stream group, consumer or producer, or an item of a sampled key. At most
// MaxName bytes are kept.
func (b *Batch) Bytes(e *Element) []byte {
	if e.Flags&FlagBytes == 0 {
		return nil
	}
	return b.arena[e.Off : int64(e.Off)+min(e.Len, MaxName)]
}

// ValueBytes returns the bytes of a hash value that carries FlagValueBytes.
func (b *Batch) ValueBytes(e *Element) []byte {
	if e.Flags&FlagValueBytes == 0 {
		return nil
	}
	start := int64(e.Off)
	if e.Flags&FlagBytes != 0 {
		start += min(e.Len, MaxName)
	}
	return b.arena[start : start+min(e.Value, MaxName)]
}

// Release gives the batch's memory back. It is to be called once: afterwards
// the batch may already be somebody else's.
func (b *Batch) Release() {
	if b.released {
		return
	}
	b.released = true
	for i, h := range b.held {
		h.release()
		b.held[i] = nil
	}
	b.held = b.held[:0]
	b.pool.put(b)
}

// noteRare notes a record, the last one of the batch, that has fields set which the
// loop over strings does not write: they are cleared before the batch is used
// again, so that the loop need not. Every record that is read the general way
// passes by here when it is done with.
func (b *Batch) noteRare(k *Key) {
	if k.Flags&(HasFingerprint|NameTruncated) != 0 || k.Value != nil || k.Raw != nil || k.Stream != nil || k.Module != nil || k.Metas != 0 {
		b.rare = append(b.rare, int32(len(b.Keys)-1))
	}
	if k.Int != 0 {
		b.ints = append(b.ints, int32(len(b.Keys)-1))
	}
}

type batchPool struct {
	mu     sync.Mutex
	free   []*Batch
	closed bool // as of bufferPool
}

func (p *batchPool) get() *Batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b *Batch
	if n := len(p.free); n > 0 {
		b = p.free[n-1]
		p.free = p.free[:n-1]
	} else if spare, ok := spareBatches.get(); ok {
		b = spare
	} else {
		// An arena from the start: contents of no bytes are no nil.
		b = &Batch{Keys: make([]Key, 0, batchKeys), elements: make([]Element, 0, batchElements), arena: make([]byte, 0, 512)}
	}
	for _, i := range b.rare {
		b.Keys[:cap(b.Keys)][i] = Key{}
	}
	for _, i := range b.ints {
		b.Keys[:cap(b.Keys)][i].Int = 0
	}
	b.rare, b.ints = b.rare[:0], b.ints[:0]
	b.released, b.pool = false, p
	b.Keys, b.elements, b.arena, b.streams = b.Keys[:0], b.elements[:0], b.arena[:0], b.streams[:0]
	return b
}

func (p *batchPool) put(b *Batch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		p.spare(b)
		return
	}
	p.free = append(p.free, b)
}

// close hands on what is free, and what is released from now on.
func (p *batchPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, b := range p.free {
		p.spare(b)
	}
	p.free = nil
}

// spare keeps a batch for another Reader, without what it refers to.
func (p *batchPool) spare(b *Batch) {
	clear(b.Keys)
	clear(b.streams)
	b.pool = nil
	spareBatches.put(b)
}
