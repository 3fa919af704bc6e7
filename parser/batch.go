package parser

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
	buf      *buffer
	owner    *Reader
}

// Elements returns the records of k, a key of this batch.
func (b *Batch) Elements(k *Key) []Element {
	return b.elements[k.first : k.first+k.n]
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
	start := int64(e.Off) + min(e.Len, MaxName)
	return b.arena[start : start+min(e.Value, MaxName)]
}
