package parser

import (
	"encoding/binary"
	"strconv"
)

// blobHead is what the first bytes of a packed blob say.
type blobHead struct {
	entries int64 // -1: not told, the blob must be walked
	tail    int64 // ziplist: offset of the last entry
	width   int64 // intset: bytes of an integer
}

// peek reads the head of the blob whose string head is s and checks what can
// be checked without reading on.
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
	total := s.n
	switch f {
	case FormatZiplist:
		total = int64(binary.LittleEndian.Uint32(head))
		h.tail = int64(binary.LittleEndian.Uint32(head[4:]))
		h.entries = int64(binary.LittleEndian.Uint16(head[8:]))
		if h.entries == 1<<16-1 {
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
		if h.entries >= 254 {
			h.entries = -1
		}
	}
	if total != s.n {
		return bad("its header says " + utoa(uint64(total)) + " bytes, the blob has " + utoa(uint64(s.n)))
	}
	return true
}

// packer turns the entries of a packed blob into element records.
type packer struct {
	sc      *scanner
	arity   int64
	deliver bool
	set     bool
	values  bool // values of a template hash, behind the template's ID
	entries int64
	e       *Element
}

// entry is one decoded entry of a packed blob; its bytes are at text unless
// it is an integer.
type entry struct {
	n     int64
	i     int64
	class IntClass
}

// add takes the next entry. For a text, c stands at its first byte and add
// leaves it there.
func (p *packer) add(c *cursor, en *entry) bool {
	slot := p.entries % p.arity
	p.entries++
	if !p.deliver {
		return true
	}
	sc := p.sc
	if p.values {
		return p.entries == 1 || p.templateValue(en)
	}
	if slot == 0 {
		e := sc.element()
		if e == nil {
			return false
		}
		p.e = e
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
	if en.class == NotInt {
		sc.warn(WarnBadExpiry, c.at+c.pos(), "a hash field's expiry is a text")
		return true
	}
	if en.i != 0 {
		e.Aux, e.Flags = en.i, e.Flags|FlagTTL
	}
	return true
}

// templateValue takes a value whose field's name stands in a template.
func (p *packer) templateValue(en *entry) bool {
	e := p.sc.element()
	if e != nil {
		e.Value, e.ValueInt = en.n, en.class
	}
	return e != nil
}

// keep copies the entry's bytes to the arena when they fit in what is wanted.
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

// walk reads every entry of the blob that c was opened on. A header that
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
		sc.warn(WarnCountLie, c.at, "a "+formats[f].name+" says it has "+utoa(uint64(h.entries))+" entries and has "+utoa(uint64(p.entries)))
	}
	return true
}

// text classes an entry of n text bytes at c and passes over it after handing
// it on.
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
	return p.add(c, &en) && c.skip(n)
}

// integer hands on an integer entry.
func (p *packer) integer(c *cursor, v int64) bool {
	return p.add(c, &entry{n: digits(v), i: v, class: ClassOf(v)})
}

// walkListpack reads [u32 total][u16 count] entries FF (listpack.c).
func walkListpack(c *cursor, p *packer) bool {
	if !c.skip(6) {
		return false
	}
	for {
		if !c.need(1) {
			return false
		}
		x := c.b[c.p]
		if x == 0xff {
			c.p++
			return true
		}
		size, ok := lpEntry(c, p, x)
		if !ok {
			return false
		}
		if !lpBacklen(c, size) {
			return false
		}
	}
}

// lpEntry reads an entry's encoding and data, whose first byte is x, and
// returns how many bytes they take.
func lpEntry(c *cursor, p *packer, x byte) (int64, bool) {
	switch {
	case x < 0x80:
		c.p++
		return 1, p.integer(c, int64(x))
	case x < 0xc0:
		c.p++
		n := int64(x & 0x3f)
		return 1 + n, p.text(c, n)
	case x < 0xe0:
		if !c.need(2) {
			return 0, false
		}
		v := int64(x&0x1f)<<8 | int64(c.b[c.p+1])
		if v >= 1<<12 {
			v -= 1 << 13
		}
		c.p += 2
		return 2, p.integer(c, v)
	case x < 0xf0:
		if !c.need(2) {
			return 0, false
		}
		n := int64(x&0x0f)<<8 | int64(c.b[c.p+1])
		c.p += 2
		return 2 + n, p.text(c, n)
	case x == 0xf0:
		if !c.need(5) {
			return 0, false
		}
		n := int64(binary.LittleEndian.Uint32(c.b[c.p+1:]))
		c.p += 5
		return 5 + n, p.text(c, n)
	case x <= 0xf4:
		w := [...]int{2, 3, 4, 8}[x-0xf1]
		if !c.need(1 + w) {
			return 0, false
		}
		v := leInt(c.b[c.p+1:], w)
		c.p += 1 + w
		return int64(1 + w), p.integer(c, v)
	}
	return 0, c.corrupt("unknown entry encoding " + hexByte(x))
}

// backlenSize is how many bytes the back length of an entry takes. The largest
// value of two and more groups takes a group more than it needs
// (lpEncodeBacklen, listpack.c).
func backlenSize(size int64) int {
	switch {
	case size <= 127:
		return 1
	case size < 16383:
		return 2
	case size < 2097151:
		return 3
	case size < 268435455:
		return 4
	}
	return 5
}

// lpBacklen reads the size of the entry before it: base 128, most significant
// group first, all groups but the first with bit 7 set.
func lpBacklen(c *cursor, size int64) bool {
	n := backlenSize(size)
	if !c.need(n) {
		return false
	}
	var v int64
	for i, x := range c.b[c.p : c.p+n] {
		if (i == 0) == (x&0x80 != 0) {
			return c.corrupt("an entry's back length is malformed")
		}
		v = v<<7 | int64(x&0x7f)
	}
	if v != size {
		return c.corrupt("an entry of " + utoa(uint64(size)) + " bytes has the back length " + utoa(uint64(v)))
	}
	c.p += n
	return true
}

// leInt reads a signed little-endian integer of w bytes.
func leInt(b []byte, w int) int64 {
	var v uint64
	for i := w - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	shift := 64 - 8*w
	return int64(v<<shift) >> shift
}

// walkZiplist reads [u32 bytes][u32 tail][u16 count] entries FF (ziplist.c).
func walkZiplist(c *cursor, h *blobHead, p *packer) bool {
	if !c.skip(10) {
		return false
	}
	var prev, last int64
	last = 10
	for {
		if !c.need(1) {
			return false
		}
		start := c.pos()
		if c.b[c.p] == 0xff {
			c.p++
			if h.tail != last {
				return c.corrupt("the last entry is at " + utoa(uint64(last)) + ", the header says " + utoa(uint64(h.tail)))
			}
			return true
		}
		last = start
		prevLen := int64(c.b[c.p])
		c.p++
		if prevLen == 0xfe {
			if !c.need(4) {
				return false
			}
			prevLen = int64(binary.LittleEndian.Uint32(c.b[c.p:]))
			c.p += 4
		}
		if prevLen != prev {
			return c.corrupt("the entry before has " + utoa(uint64(prev)) + " bytes, not " + utoa(uint64(prevLen)))
		}
		if !zlEntry(c, p) {
			return false
		}
		prev = c.pos() - start
	}
}

// zlEntry reads a ziplist entry after its prevlen.
func zlEntry(c *cursor, p *packer) bool {
	if !c.need(1) {
		return false
	}
	x := c.b[c.p]
	switch {
	case x < 0x40:
		c.p++
		return p.text(c, int64(x))
	case x < 0x80:
		if !c.need(2) {
			return false
		}
		n := int64(x&0x3f)<<8 | int64(c.b[c.p+1])
		c.p += 2
		return p.text(c, n)
	case x < 0xc0:
		if !c.need(5) {
			return false
		}
		n := int64(binary.BigEndian.Uint32(c.b[c.p+1:]))
		c.p += 5
		return p.text(c, n)
	case x > 0xf0 && x < 0xfe:
		c.p++
		return p.integer(c, int64(x&0x0f)-1)
	}
	w := 0
	switch x {
	case 0xc0:
		w = 2
	case 0xd0:
		w = 4
	case 0xe0:
		w = 8
	case 0xf0:
		w = 3
	case 0xfe:
		w = 1
	default:
		return c.corrupt("unknown entry encoding " + hexByte(x))
	}
	if !c.need(1 + w) {
		return false
	}
	v := leInt(c.b[c.p+1:], w)
	c.p += 1 + w
	return p.integer(c, v)
}

// walkIntset reads [u32 width][u32 count] and strictly ascending integers.
func walkIntset(c *cursor, h *blobHead, p *packer) bool {
	if !c.skip(8) {
		return false
	}
	w := int(h.width)
	var prev int64
	for i := int64(0); i < h.entries; i++ {
		if !c.need(w) {
			return false
		}
		v := leInt(c.b[c.p:], w)
		if i > 0 && v <= prev {
			return c.corrupt("the integers do not ascend")
		}
		prev = v
		c.p += w
		if !p.integer(c, v) {
			return false
		}
	}
	return true
}

// walkZipmap reads [u8 count] pairs FF, where a value is followed by spare
// bytes (zipmap.c). Each pair counts as one entry.
func walkZipmap(c *cursor, p *packer) bool {
	if !c.skip(1) {
		return false
	}
	pairs := &packer{sc: p.sc, arity: 2, deliver: p.deliver}
	for {
		n, end, ok := zmLength(c)
		if !ok {
			return false
		}
		if end {
			return true
		}
		if !pairs.text(c, n) {
			return false
		}
		n, end, ok = zmLength(c)
		if !ok {
			return false
		}
		if end {
			return c.corrupt("a field without a value")
		}
		if !c.need(1) {
			return false
		}
		spare := int64(c.b[c.p])
		c.p++
		if !pairs.text(c, n) || !c.skip(spare) {
			return false
		}
		p.entries++
	}
}

func zmLength(c *cursor) (n int64, end, ok bool) {
	if !c.need(1) {
		return 0, false, false
	}
	x := c.b[c.p]
	c.p++
	switch x {
	case 255:
		return 0, true, true
	case 254:
		if !c.need(4) {
			return 0, false, false
		}
		n = int64(binary.LittleEndian.Uint32(c.b[c.p:]))
		c.p += 4
		return n, false, true
	}
	return int64(x), false, true
}

// readPacked reads a value that is one packed blob.
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
	k.Count = h.entries
	if h.entries > 0 && f != FormatZipmap {
		k.Count /= arity
	}
	deliver := sc.walk || sc.want > 0 || sc.ask(k)
	if !deliver && h.entries >= 0 && h.entries%arity == 0 {
		return sc.skip(uint64(storedBytes(&s)))
	}
	c := &sc.blob
	if !c.open(sc, &s) {
		return false
	}
	if deliver {
		k.Flags |= Walked
	}
	p := packer{sc: sc, arity: arity, deliver: deliver, set: k.Type.DataType() == DataTypeSet}
	ok := sc.walkBlob(c, f, &h, &p)
	sc.k.Count = p.entries / arity
	return ok
}

// storedBytes is how many bytes of the dump the contents take.
func storedBytes(s *str) int64 {
	if s.lzf {
		return s.stored
	}
	return s.n
}

// readQuicklist reads a list of ziplist nodes (14) or of listpack and plain
// nodes (18).
func (sc *scanner) readQuicklist(k *Key) bool {
	two := k.Type == TypeListQuicklist2
	n, ok := sc.count()
	if !ok {
		return false
	}
	f := types[k.Type].Format
	walk := sc.walk || sc.want > 0 || sc.hooks.Walk != nil && sc.hooks.Walk(k)
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

func (sc *scanner) quicklistNode(f Format, plain, walk bool) bool {
	e := sc.element()
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
		k.Count += h.entries
		return sc.skip(uint64(storedBytes(&s)))
	}
	c := &sc.blob
	if !c.open(sc, &s) {
		return false
	}
	p := packer{sc: sc, arity: 1, deliver: walk}
	emitted := sc.emitted
	ok := sc.walkBlob(c, f, &h, &p)
	if emitted == sc.emitted {
		e.Aux = p.entries // not handed over yet: the true number replaces the header's
	}
	sc.k.Count += p.entries
	return ok
}
