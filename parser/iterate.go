package parser

import "iter"

// Keys iterates over the keys of the dump, each once and with all its facts,
// without its elements. The key and what it points to are valid until the next
// iteration. Err tells how it ended.
//
// A key that damage cut off behind some of its elements comes with the flag More:
// its Size, Count and Stored are of what was read.
func (r *Reader) Keys() iter.Seq[*Key] {
	return func(yield func(*Key) bool) {
		for it := range r.All() {
			if !yield(it.Finish()) {
				return
			}
		}
	}
}

// Item is a key under Reader.All, with access to its elements.
//
// The elements of a large collection come in pieces, a batch each, and no more
// than one piece is held. So the facts that are known at the end alone (Size,
// Count, Stored, Walked, Raw and Stream) are final once the flag More is not set:
// at once for most keys, for others when Elements was exhausted or Finish called.
type Item struct {
	// Key points to the key's facts. Its Name stays valid for the whole
	// iteration; Value and Raw too.
	*Key

	r        *Reader
	batch    *Batch    // that of the piece at hand
	index    int       // of the piece's key in it
	elements []Element // of the piece, those that Elements did not yield
	ahead    *Batch    // the batch behind, when it was read to see that the key does not go on

	split     Key    // the facts of a key that comes in pieces
	splitName []byte // its name, which outlives its pieces
}

// All iterates over the keys of the dump, each once; their elements come through
// Item.Elements. The item is valid until the next iteration, and elements that
// were not asked for are passed over then. Err tells how it ended.
//
// A loop that is left early closes the Reader.
func (r *Reader) All() iter.Seq[*Item] {
	return func(yield func(*Item) bool) {
		it := &Item{r: r}
		defer it.release()
		for it.next() {
			if !yield(it) {
				_ = r.Close()
				return
			}
			it.Finish()
		}
	}
}

// Elements iterates over the key's elements. Each comes once, however often
// Elements is called, and is valid until the next one.
func (it *Item) Elements() iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		for {
			for len(it.elements) > 0 {
				e := &it.elements[0]
				it.elements = it.elements[1:]
				if !yield(e) {
					return
				}
			}
			if !it.more() {
				return
			}
		}
	}
}

// Bytes returns the bytes of the last element that Elements yielded, nil when
// they are not kept: see Batch.Bytes.
func (it *Item) Bytes(e *Element) []byte { return it.batch.Bytes(e) }

// ValueBytes returns those of its value: see Batch.ValueBytes.
func (it *Item) ValueBytes(e *Element) []byte { return it.batch.ValueBytes(e) }

// Finish passes over the elements that are left and returns the key with its
// final facts. With the flag More they are those of what was read before damage.
func (it *Item) Finish() *Key {
	for it.more() {
	}
	it.elements = nil
	return it.Key
}

// next goes on to the next key; false at the end.
func (it *Item) next() bool {
	switch {
	case it.batch == nil: // before the first
	case it.ahead != nil:
		it.enter(it.ahead)
		it.ahead = nil
		it.begin()
		return true
	case it.index+1 < len(it.batch.Keys):
		it.index++
		it.begin()
		return true
	}
	b, err := it.r.Next()
	if err != nil {
		return false
	}
	it.enter(b)
	it.begin()
	return true
}

// enter makes b the batch at hand, and its first key the piece.
func (it *Item) enter(b *Batch) {
	if it.batch != nil {
		it.batch.Release()
	}
	it.batch, it.index = b, 0
}

// begin starts the key at hand.
func (it *Item) begin() {
	k := &it.batch.Keys[it.index]
	it.elements = it.batch.Elements(k)
	if it.Key = k; k.Is(More) {
		it.splitName = append(it.splitName[:0], k.Name...)
		it.takeFacts(k)
	}
}

// more goes on to the next piece of the key; false when there is none.
func (it *Item) more() bool {
	if !it.Is(More) || it.ahead != nil {
		return false
	}
	b, err := it.r.Next()
	if err != nil {
		return false
	}
	if !b.Keys[0].Is(Continued) {
		it.ahead = b
		return false
	}
	it.enter(b)
	k := &b.Keys[0]
	it.elements = b.Elements(k)
	it.takeFacts(k)
	return true
}

// takeFacts makes the facts of a piece those of the item.
func (it *Item) takeFacts(k *Key) {
	it.split = *k
	it.split.Name = it.splitName
	it.Key = &it.split
}

// release gives back what the iteration holds.
func (it *Item) release() {
	for _, b := range []*Batch{it.batch, it.ahead} {
		if b != nil {
			b.Release()
		}
	}
}
