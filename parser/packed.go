package parser

import (
	"encoding/binary"
	"strconv"
)

// A packed blob is a small collection in one string: see listpack.go, ziplist.go,
// intset.go and zipmap.go for the four layouts. All begin with a head that tells
// how long they are and how many entries they have, and most reading stops there
// (peek). A blob is walked entry by entry where something asks for its entries, or
// where its head does not tell.

// blobHead is what the first bytes of a packed blob say.
type blobHead struct {
	entries int64 // -1: not told, the blob must be walked
	tail    int64 // ziplist: offset of the last entry
	width   int64 // intset: bytes of an integer
}

// peek reads the head of the blob whose string head is s and checks what can be
// checked without reading on: that the length in it is that of the blob, above all,
// which bytes that are no such blob hardly pass. Of a compressed blob no more is
// decompressed than the head; the rest costs more than all else that is done for
// the key.
func (sc *scanner) peek(s *str, f Format, h *blobHead) bool {
	bad := func(text string) bool {
		return sc.fail(formats[f].name, &detail{ErrCorrupt, text})
	}
	if s.class != NotInt || s.n < formats[f].least {
		return bad("a blob of " + utoa(uint64(s.n)) + " bytes")
	}
	var tmp [16]byte
	want := formats[f].head
	head := tmp[:want]
	if s.lzf {
		// Twice the head and a little is the most that yields it: a literal costs two
		// bytes when it stands alone, and a back-reference of three bytes three.
		in := int(min(s.stored, int64(2*want+2)))
		if !sc.need(in) {
			return false
		}
		if got := lzfHead(head, sc.b[sc.p:sc.p+in]); got < want {
			return sc.fail("LZF string", &detail{ErrCorrupt, "it does not hold the head of a " + formats[f].name})
		}
	} else {
		if !sc.need(want) {
			return false
		}
		head = sc.b[sc.p : sc.p+want]
	}
	*h = blobHead{}
	total := s.n // bytes of the blob, as its head says; a zipmap's does not
	switch f {
	case FormatZiplist:
		total = int64(binary.LittleEndian.Uint32(head))
		h.tail = int64(binary.LittleEndian.Uint32(head[4:]))
		h.entries = int64(binary.LittleEndian.Uint16(head[8:]))
		if h.entries == 1<<16-1 { // the header's count is full
			h.entries = -1
		}
		if h.tail < 10 || h.tail >= s.n {
			return bad("the offset of the last entry is " + utoa(uint64(h.tail)))
		}
	case FormatListpack:
		total = int64(binary.LittleEndian.Uint32(head))
		h.entries = int64(binary.LittleEndian.Uint16(head[4:]))
		if h.entries == 1<<16-1 {
			h.entries = -1
		}
	case FormatIntset:
		h.width = int64(binary.LittleEndian.Uint32(head))
		h.entries = int64(binary.LittleEndian.Uint32(head[4:]))
		if h.width != 2 && h.width != 4 && h.width != 8 {
			return bad("integers of " + utoa(uint64(h.width)) + " bytes")
		}
		total = 8 + h.width*h.entries
	case FormatZipmap:
		h.entries = int64(head[0])
		if h.entries >= zmBig {
			h.entries = -1
		}
	}
	if total != s.n {
		return bad("its header says " + utoa(uint64(total)) + " bytes, the blob has " + utoa(uint64(s.n)))
	}
	return true
}

// packer turns the entries of a packed blob into elements, arity of them into one:
// field and value, member and score, or field, value and expiry.
type packer struct {
	sc       *scanner
	arity    int64
	deliver  bool         // make elements; otherwise the entries are checked and counted alone
	set      bool         // of a set, whose elements keep their integers
	names    bool         // field names of a template hash
	values   bool         // values of a template hash, behind the template's ID
	ref      bool         // that ID says which template it is
	template hashTemplate // of the values
	glimpse  bool         // elements are of KindGlimpse, and those without bytes are none
	quiet    bool         // nothing but wanted contents asked for the walk: see contain
	entries  int64        // read so far
	e        *Element     // the open element
}

// entry is one decoded entry of a packed blob. A blob stores canonical integers as
// such, and old or foreign writers do not always: so a text is looked at too.
type entry struct {
	n     int64    // bytes of the text, or of the integer's decimal text
	i     int64    // the integer, when class != NotInt
	class IntClass // NotInt: a text, which stands where the cursor does
}

// add takes the next entry. For a text, c stands at its first byte, and add leaves
// it there: the walkers pass over it. An element is made with its first entry and
// completed by those that follow, so it must still be there then: no element is made
// in between, hence no batch handed over.
func (p *packer) add(c *cursor, en *entry) bool {
	slot := p.entries % p.arity // 0: field, member or item; 1: value or score; 2: expiry
	p.entries++
	sc := p.sc
	switch {
	case p.names:
		sc.keepName(en.n, en.class)
		return true
	case p.values && p.entries == 1:
		return p.templateID(en)
	case !p.deliver:
		return true
	case p.values:
		return p.templateValue(en)
	}
	if p.glimpse && (p.entries > glimpseItems || en.n > int64(sc.want)) {
		return false // no more than that is wanted
	}
	if slot == 0 {
		e := sc.element()
		if e == nil {
			return false
		}
		p.e = e
		if p.glimpse {
			e.Kind = KindGlimpse
		}
		e.Len, e.Int = en.n, en.class
		if p.set {
			e.Aux = en.i
		}
		if sc.want > 0 {
			e.Off = uint32(len(sc.batch.arena))
			if p.keep(c, en) {
				e.Flags |= FlagBytes
			}
		}
		return sc.err == nil
	}
	e := p.e
	if slot == 1 {
		e.Value, e.ValueInt = en.n, en.class
		if sc.want > 0 && p.keep(c, en) {
			e.Flags |= FlagValueBytes
		}
		return sc.err == nil
	}
	// The expiry of a field: ms since the epoch, 0 for none.
	if en.class == NotInt {
		sc.warn(WarnBadExpiry, c.at+c.pos(), "a hash field's expiry is a text")
		return true
	}
	if en.i != 0 {
		e.Aux, e.Flags = en.i, e.Flags|FlagTTL
	}
	return true
}

// templateID takes the ID of the template that the values behind it belong to.
func (p *packer) templateID(en *entry) bool {
	if p.ref {
		p.template.n = -1
		if t, ok := p.sc.templates[uint64(en.i)]; ok && en.class != NotInt {
			p.template = t
		}
	}
	return true
}

// templateValue takes a value whose field's name stands in a template, of which the
// length is known if that was kept.
func (p *packer) templateValue(en *entry) bool {
	e := p.sc.element()
	if e == nil {
		return false
	}
	if i := p.entries - 2; i < int64(len(p.template.fields)) {
		e.Len, e.Int = p.template.fields[i].len(), p.template.fields[i].class()
	}
	e.Value, e.ValueInt = en.n, en.class
	return true
}

// keep copies the entry's bytes to the arena, an integer as its text, when they fit
// in what is wanted of the value.
func (p *packer) keep(c *cursor, en *entry) bool {
	sc := p.sc
	if en.n > int64(sc.want) || en.n > MaxName {
		return false
	}
	b := sc.batch
	if en.class != NotInt {
		b.arena = strconv.AppendInt(b.arena, en.i, 10)
	} else {
		if !c.need(int(en.n)) {
			return false
		}
		b.arena = append(b.arena, c.b[c.p:c.p+int(en.n)]...)
	}
	sc.want -= int(en.n)
	return true
}

// walkBlob reads every entry of the blob that c was opened on. A header that
// lies about the number of entries is a warning, anything else that does not
// add up an error.
func (sc *scanner) walkBlob(c *cursor, f Format, h *blobHead, p *packer) bool {
	p.entries = 0
	ok := false
	switch f {
	case FormatZiplist:
		ok = walkZiplist(c, h, p)
	case FormatListpack:
		ok = walkListpack(c, p)
	case FormatIntset:
		ok = walkIntset(c, h, p)
	case FormatZipmap:
		ok = walkZipmap(c, p)
	}
	if !ok || !c.close() {
		return false
	}
	if p.entries%p.arity != 0 {
		return c.corrupt(utoa(uint64(p.entries)) + " entries do not make whole elements")
	}
	if h.entries >= 0 && h.entries != p.entries {
		p.defect(WarnCountLie, c.at, "a "+formats[f].name+" says it has "+utoa(uint64(h.entries))+" entries and has "+utoa(uint64(p.entries)))
	}
	return true
}

// defect warns of what could be read all the same; see contain for quiet.
func (p *packer) defect(code WarningCode, at int64, text string) {
	if p.quiet {
		p.sc.k.Flags |= Damaged | Unreported
		return
	}
	p.sc.warn(code, at, text)
}

// text hands on an entry of n text bytes at c, with the integer they may be the text
// of, and passes over it.
func (p *packer) text(c *cursor, n int64) bool {
	en := entry{n: n}
	if n <= maxIntText {
		if !c.need(int(n)) {
			return false
		}
		en.i, en.class = intText(c.b[c.p : c.p+int(n)])
	} else if n > c.left() {
		return c.skip(n) // reports it
	}
	show := p.shows()
	if !p.add(c, &en) {
		return false
	}
	if show {
		return p.sc.show(c, n)
	}
	return c.skip(n)
}

// shows reports whether the next entry is a member that Hooks.Members asked for.
func (p *packer) shows() bool {
	return p.sc.shown != nil && p.entries%p.arity == 0 && p.deliver && !p.values && !p.glimpse
}

// integer hands on an integer entry.
func (p *packer) integer(c *cursor, v int64) bool {
	if p.shows() {
		p.sc.shown(strconv.AppendInt(p.sc.digits[:0], v, 10), true, true)
	}
	return p.add(c, &entry{n: digits(v), i: v, class: ClassOf(v)})
}

// leInt reads a signed little-endian integer of w bytes, of which three are a width
// that no machine has.
func leInt(b []byte, w int) int64 {
	var v uint64
	for i := w - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	shift := 64 - 8*w // up and down again, which extends the sign
	return int64(v<<shift) >> shift
}

// readPacked reads a value that is one packed blob: judged by its head and passed
// over, unless somebody wants its entries or its head does not tell how many they
// are. Where the head tells, its count is the key's whoever walks: a server goes by it
// too (lpLength, ziplistLen).
func (sc *scanner) readPacked(k *Key) bool {
	if k.Type == TypeHashListpackEx {
		if _, ok := sc.uint64le(); !ok { // the earliest expiry, a hint
			return false
		}
	}
	f, arity := types[k.Type].Format, types[k.Type].Arity
	var s str
	var h blobHead
	if !sc.strHead(&s) || !sc.peek(&s, f, &h) {
		return false
	}
	k.Len = s.n
	if s.lzf {
		k.Stored = s.stored
		k.Flags |= Compressed
	}
	k.Count = h.entries // negative: the walk will tell; a zipmap counts pairs
	if h.entries > 0 && f != FormatZipmap {
		k.Count /= arity
	}
	// A count that makes no whole elements is walked too: then either it lies, or the
	// blob is corrupt.
	told := h.entries >= 0 && h.entries%arity == 0
	asked := sc.walk || sc.ask(k)
	deliver := asked || sc.want > 0
	if !deliver && told {
		return sc.skip(uint64(storedBytes(&s)))
	}
	c := &sc.blob
	if !c.open(sc, &s) {
		return false
	}
	if deliver {
		k.Flags |= Walked
	}
	p := packer{sc: sc, arity: arity, deliver: deliver, set: k.Type.DataType() == DataTypeSet, quiet: !asked && told}
	if !sc.walkBlob(c, f, &h, &p) {
		if !sc.contain(c, p.quiet) {
			return false
		}
		sc.dropElements(sc.k.first)
	}
	// sc.k: k may have gone with a batch. A zipmap is counted by who loads it.
	if !told || f == FormatZipmap && !sc.k.Is(Damaged) {
		sc.k.Count = p.entries / arity
	}
	return true
}

// dropElements takes back the elements of the open batch from n on.
func (sc *scanner) dropElements(n uint16) { sc.batch.elements = sc.batch.elements[:n] }

// storedBytes is how many bytes of the dump the contents take.
func storedBytes(s *str) int64 {
	if s.lzf {
		return s.stored
	}
	return s.n
}
