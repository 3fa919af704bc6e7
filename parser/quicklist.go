package parser

// A quicklist (quicklist.c of Redis, since RDB 7) is a list of nodes, each with a
// packed blob of elements or, since RDB 10, with one element that is too large to
// be packed:
//
//	type 14  +---------+-----------------+-----+
//	         | n (len) | ziplist (str) 0 | ... |
//	         +---------+-----------------+-----+
//
//	type 18  +---------+-------------------+-----------+-----+
//	         | n (len) | container (len) 0 | str 0     | ... |
//	         +---------+-------------------+-----------+-----+
//	                     1: plain            the element
//	                     2: packed           a listpack
//
// A node is an element record of its own (KindNode), so that what a server would
// allocate for it can be told without its items.

// readQuicklist reads a list of ziplist nodes (14) or of listpack and plain
// nodes (18).
func (sc *scanner) readQuicklist(k *Key) bool {
	two := k.Type == TypeListQuicklist2
	n, ok := sc.count()
	if !ok {
		return false
	}
	f := types[k.Type].Format
	walk := sc.walk || sc.want > 0 && !sc.hooks.Glimpse || sc.hooks.Walk != nil && sc.hooks.Walk(k)
	if walk {
		k.Flags |= Walked
	}
	for ; n > 0; n-- {
		plain := false
		if two {
			container, ok := sc.length()
			if !ok {
				return false
			}
			if container != 1 && container != 2 {
				return sc.corrupt("quicklist", "node container "+utoa(container))
			}
			plain = container == 1
		}
		if !sc.quicklistNode(f, plain, walk) {
			return false
		}
	}
	return true
}

// quicklistNode reads a node: its record, and with walk its items behind it.
func (sc *scanner) quicklistNode(f Format, plain, walk bool) bool {
	e := sc.element() // in front of its items, which may go into the next batch
	if e == nil {
		return false
	}
	e.Kind = KindNode
	var s str
	var h blobHead
	if plain {
		e.Flags |= FlagPlain
		if !sc.str(&s) {
			return false
		}
		e.Aux = 1
	} else {
		if !sc.strHead(&s) || !sc.peek(&s, f, &h) {
			return false
		}
		e.Aux = h.entries
	}
	e.Len, e.Value = s.n, s.stored
	k := sc.k
	k.Len += s.n
	if s.lzf {
		e.Flags |= FlagLZF
		k.Flags |= Compressed
		k.Stored += s.stored
	}
	if plain {
		k.Count++
		if walk {
			it := sc.element()
			if it == nil {
				return false
			}
			it.Len, it.Int = s.n, s.class
		}
		return true
	}
	if !walk && h.entries >= 0 {
		if sc.want > 0 {
			if !sc.glimpse(&s, f) {
				return false
			}
			k = sc.k // which may be in the next batch now
		}
		k.Count += h.entries
		return sc.skip(uint64(storedBytes(&s)))
	}
	c := &sc.blob
	if !c.open(sc, &s) {
		return false
	}
	p := packer{sc: sc, arity: 1, deliver: walk}
	emitted, node := sc.emitted, uint16(len(sc.batch.elements)) // e is there as long as no batch was handed over
	if !sc.walkBlob(c, f, &h, &p) {
		if !sc.contain(c, false) {
			return false
		}
		if emitted != sc.emitted {
			node = sc.k.first
		}
		sc.dropElements(node) // its items; what went with a batch is gone
	}
	if h.entries < 0 { // otherwise the header's count stands, as when nobody walks
		h.entries = p.entries
		if emitted == sc.emitted {
			e.Aux = p.entries
		}
	}
	sc.k.Count += h.entries
	return true
}

const (
	// GlimpseBytes are the bytes of a node that are looked at for Hooks.Glimpse.
	GlimpseBytes = 640
	// glimpseItems are its items that are made elements at most.
	glimpseItems = 8
)

// glimpse makes elements of the items in the first bytes of the node whose string
// head is s. What is damaged there ends it, and nothing else: who walks the node will
// say so.
func (sc *scanner) glimpse(s *str, f Format) bool {
	n := int(min(s.n, GlimpseBytes))
	var head []byte
	if s.lzf {
		in := int(min(s.stored, int64(lzfPrefix(n))))
		if !sc.need(in) {
			return false
		}
		if sc.head == nil {
			sc.head = new([GlimpseBytes]byte)
		}
		head = sc.head[:max(0, lzfHead(sc.head[:n], sc.b[sc.p:sc.p+in]))]
	} else {
		if !sc.need(n) {
			return false
		}
		head = sc.b[sc.p : sc.p+n]
	}
	c := &sc.blob
	*c = cursor{sc: sc, b: head, at: sc.pos()}
	p := packer{sc: sc, arity: 1, glimpse: true, deliver: true, quiet: true}
	switch f {
	case FormatListpack:
		walkListpack(c, &p)
	case FormatZiplist:
		walkZiplist(c, &blobHead{}, &p)
	}
	if c.broken {
		sc.err = nil
	}
	c.b, sc.want = nil, 0
	return sc.err == nil
}
