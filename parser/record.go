package parser

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// A key's record is the attributes that were read ahead of it, its type, name and
// value:
//
//	+-------------+-----+---------+------------+-------+
//	| attributes  | ... | type u8 | name (str) | value |
//	+-------------+-----+---------+------------+-------+
//	^ Key.Offset                                        ^ Key.Offset + Key.Size
//
// It becomes a Key in the open batch, and the elements of its value records behind
// those of the keys before it. When the batch is full in the middle of a value,
// split hands it over and goes on with the same key in the next one: so the open
// key is sc.k, and nothing keeps a pointer to it over a call that may read elements.

// record reads a key with its value. The general way: what most dumps mostly
// consist of is read by fastpath.go instead, as far as it lies in one buffer.
func (sc *scanner) record(code byte) bool {
	t, known := sc.typeOf(code)
	if !known {
		return sc.unknown("type " + utoa(uint64(code)) + " is not known in " + sc.dialectName())
	}
	sc.p++
	// There is room: a batch is handed over when it is full.
	b := sc.batch
	i := len(b.Keys)
	b.Keys = b.Keys[:i+1]
	k := &b.Keys[i]
	pd := &sc.pending
	*k = Key{} // whatever a key of an earlier use of the batch left, see Batch.rare
	k.Offset, k.Type, k.Code, k.first = sc.start, t, code, uint16(len(b.elements))
	k.Flags, k.Expiry, k.Idle, k.Freq, k.Metas = pd.flags, pd.expiry, pd.idle, pd.freq, pd.metas
	sc.k = k
	if !sc.name(k) {
		// It is not open yet: an error would name a key whose name is not known.
		sc.dropKey()
		return false
	}
	k.DB = sc.database().DB
	sc.open = true
	if pd.any {
		*pd = pending{}
	}
	if sc.hooks.Key != nil {
		sc.want = sc.hooks.Key(k)
	}
	sc.shown = nil
	if sc.hooks.Members != nil {
		if d := t.DataType(); d == DataTypeSet || d == DataTypeZset || d == DataTypeHash {
			sc.shown = sc.hooks.Members(k, sc.info.Keys)
		}
	}
	var wanted int64 // bytes of the largest record to be handed over raw
	if sc.cap.on && sc.hooks.Record != nil {
		wanted = sc.hooks.Record(k)
		if sc.cap.on = wanted > 0 || sc.opts.Salvage; !sc.opts.Salvage {
			sc.cap.max = wanted
		} else {
			sc.cap.max = max(wanted, salvageRecord)
		}
	}
	if t == TypeString {
		if !sc.readString(k) {
			return false
		}
	} else if !types[t].read(sc, k) {
		return false
	}
	if wanted > 0 && sc.cap.on {
		sc.keepRaw(wanted)
	}
	return sc.endKey()
}

// name reads a key's name. Nearly all lie in the buffer as they are and stay
// there: the batch holds the buffer. All others are copied to the batch's arena.
func (sc *scanner) name(k *Key) bool {
	if !sc.need(1) {
		return false
	}
	var s str
	if c := sc.b[sc.p]; c < 0x80 { // a length of up to 14 bits
		n, ok := sc.length()
		if !ok {
			return false
		}
		if !sc.need(int(n)) {
			return false
		}
		k.Name = sc.b[sc.p : sc.p+int(n) : sc.p+int(n)]
		k.NameLen = int64(n)
		sc.p += int(n)
		sc.hold()
		return true
	}
	b := sc.batch
	from := len(b.arena)
	var ok bool
	b.arena, ok = sc.longName(b.arena, &s, k)
	if !ok {
		return false
	}
	k.Name, k.NameLen = b.arena[from:len(b.arena):len(b.arena)], s.n
	return true
}

// longName reads a name stored as an integer, compressed, or longer than 16 KiB. Of
// one longer than MaxName the rest is hashed, so that two names with the same
// beginning can be told apart, and shown to Hooks.LongName.
func (sc *scanner) longName(dst []byte, s *str, k *Key) ([]byte, bool) {
	if !sc.strHead(s) {
		return dst, false
	}
	if s.class != NotInt {
		return appendInt(dst, s.i), true
	}
	c := &sc.blob
	if !c.open(sc, s) {
		return dst, false
	}
	var whole hash.Hash
	var show func(piece []byte, last bool)
	if s.n > MaxName {
		whole = sha256.New()
		if sc.hooks.LongName != nil {
			k.NameLen = s.n
			show = sc.hooks.LongName(k)
		}
	}
	for kept := 0; c.more(); {
		if !c.need(1) {
			return dst, false
		}
		piece := c.b[c.p:]
		if whole != nil {
			_, _ = whole.Write(piece) // it never fails
		}
		take := min(len(piece), MaxName-kept)
		dst = append(dst, piece[:take]...)
		kept += take
		c.p += len(piece)
		last := !c.more()
		if last && whole != nil {
			k.Flags |= NameTruncated
			k.NameHash = binary.LittleEndian.Uint64(whole.Sum(nil))
		}
		if show != nil {
			show(piece, last)
		}
	}
	if whole != nil {
		sc.warn(WarnNameTruncated, k.Offset, "a key name of "+utoa(uint64(s.n))+" bytes is shown cut")
	}
	return dst, c.close()
}

// readString reads the value of a string. What the caller wants of it is taken on
// the way: a fingerprint of the stored bytes, or contents, compressed or not.
func (sc *scanner) readString(k *Key) bool {
	var s str
	k.Count = 1
	if !sc.strHead(&s) {
		return false
	}
	if k.Len = s.n; s.lzf {
		k.Stored = s.stored
		k.Flags |= Compressed
	}
	if sc.hooks.Fingerprint != nil && s.n >= FingerprintMin && s.class == NotInt {
		n := s.n
		if s.lzf {
			n = s.stored
		}
		// As many bytes fit in a buffer's headroom: they can be had in one piece.
		if n > 0 && n <= FingerprintMax {
			if !sc.need(int(n)) {
				return false
			}
			if first, second, third := sc.fingerprint(k, sc.b[sc.p:sc.p+int(n)]); first|second|third != 0 {
				k.Fingerprint = [...]uint64{first, second, third}
				k.Flags |= HasFingerprint
			}
		}
	}
	if sc.want > 0 && sc.hooks.KeepLZF && s.lzf {
		// So much of the stream that the wanted bytes can come out of it; then it is
		// passed over from where it begins.
		b := sc.batch
		from, n := len(b.arena), int(min(s.stored, int64(lzfPrefix(int(min(s.n, int64(sc.want)))))))
		if !sc.need(n) {
			return false
		}
		b.arena = append(b.arena, sc.b[sc.p:sc.p+n]...)
		k.Value = b.arena[from:len(b.arena):len(b.arena)]
		k.Flags |= HasValue | ValueLZF
		if !sc.strBody(&s) {
			return false
		}
	} else if sc.want > 0 {
		b := sc.batch
		from := len(b.arena)
		kept, ok := sc.readContents(sc.want, &s)
		if !ok {
			return false
		}
		if kept {
			k.Value = b.arena[from:len(b.arena):len(b.arena)]
			k.Flags |= HasValue
		}
	} else if !sc.strBody(&s) {
		return false
	}
	k.Int, k.IntClass = s.i, s.class
	return true
}

// endKey closes the open key: its facts are complete, and it counts.
func (sc *scanner) endKey() bool {
	k, b := sc.k, sc.batch
	k.n = uint16(len(b.elements)) - k.first
	k.Size = sc.pos() - k.Offset
	b.noteRare(k)
	in := &sc.info
	in.Keys++
	in.Types[k.Type]++
	d := &in.Databases[sc.db]
	d.Keys++
	if k.Flags&HasExpiry != 0 {
		in.Expires++
		d.Expires++
	}
	if k.Metas > 0 {
		in.KeyMetas++
	}
	if k.Count == 0 {
		if d := k.Type.DataType(); dataTypes[d].skipsEmpty {
			sc.warn(WarnEmpty, k.Offset, "a "+d.String()+" without elements: servers skip it")
		}
	}
	sc.open, sc.want = false, 0
	sc.lastLen = copy(sc.last[:], k.Name)
	in.LastKeyDB, in.LastKeyOffset = k.DB, k.Offset
	// A batch whose names lie in a buffer that was left keeps that buffer from being
	// filled again.
	if sc.crossed || len(b.Keys) == cap(b.Keys) || len(b.arena) > arenaLimit {
		return sc.emit()
	}
	return true
}

// element returns a zeroed record of the open key, nil when the Reader was
// closed. It may replace the open key: use r.k afterwards.
func (sc *scanner) element() *Element {
	b := sc.batch
	n := len(b.elements)
	if n == cap(b.elements) || len(b.arena) > arenaLimit {
		if !sc.split() {
			return nil
		}
		b, n = sc.batch, 0
	}
	// Never appended to: records are the batch's memory, and e points into it.
	b.elements = b.elements[:n+1]
	e := &b.elements[n]
	*e = Element{}
	return e
}

// split hands over the open batch and continues the open key in another.
func (sc *scanner) split() bool {
	b, k := sc.batch, sc.k
	k.n = uint16(len(b.elements)) - k.first
	k.Flags |= More
	b.noteRare(k)
	next := *k
	// The batch may be released, and its bytes reused, as soon as it is handed over:
	// what goes on was copied before.
	sc.nameCopy = append(append(sc.nameCopy[:0], k.Name...), k.Value...)
	if !sc.emit() {
		sc.open = false // nothing of it is in the new batch
		return false
	}
	nb := sc.batch
	nb.arena = append(nb.arena, sc.nameCopy...)
	n := len(next.Name)
	next.Name = nb.arena[:n:n]
	if next.Value != nil {
		next.Value = nb.arena[n:len(sc.nameCopy):len(sc.nameCopy)]
	}
	next.first, next.n = 0, 0
	next.Flags = next.Flags&^More | Continued
	nb.Keys = append(nb.Keys, next)
	sc.k = &nb.Keys[0]
	return true
}
