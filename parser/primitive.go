package parser

import (
	"encoding/binary"
	"math"
)

// Two encodings make up nearly all of a dump (rdb.c: rdbLoadLenByRef,
// rdbGenericLoadStringObject). The first two bits of a byte tell which follows:
//
//	len    00xxxxxx                     x
//	       01xxxxxx xxxxxxxx            x, big-endian
//	       10000000 u32                 big-endian
//	       10000001 u64                 big-endian
//	       10______                     nothing else is written
//
//	str    len, then that many bytes    the text itself
//	       11000000 i8                  an integer; its decimal text is meant
//	       11000001 i16  11000010 i32   little-endian
//	       11000011 len len bytes       LZF: compressed length, length, stream
//	       11______                     nothing else is written
//
// A server writes the shortest form, but none insists on it, so a text of up to 20
// digits may stand in any of these.

// byte reads one byte.
func (sc *scanner) byte() (byte, bool) {
	if !sc.need(1) {
		return 0, false
	}
	c := sc.b[sc.p]
	sc.p++
	return c, true
}

// length reads a len: the number of bytes or elements that follow, or any number
// that has no sign.
func (sc *scanner) length() (uint64, bool) {
	if !sc.need(1) {
		return 0, false
	}
	c := sc.b[sc.p]
	switch {
	case c < 0x40:
		sc.p++
		return uint64(c), true
	case c < 0x80:
		if !sc.need(2) {
			return 0, false
		}
		n := uint64(c&0x3f)<<8 | uint64(sc.b[sc.p+1])
		sc.p += 2
		return n, true
	case c == 0x80:
		if !sc.need(5) {
			return 0, false
		}
		n := uint64(binary.BigEndian.Uint32(sc.b[sc.p+1:]))
		sc.p += 5
		return n, true
	case c == 0x81:
		if !sc.need(9) {
			return 0, false
		}
		n := binary.BigEndian.Uint64(sc.b[sc.p+1:])
		sc.p += 9
		return n, true
	case c < 0xc0:
		return 0, sc.corrupt("length", "reserved length byte "+hexByte(c))
	default:
		return 0, sc.corrupt("length", "string encoding "+hexByte(c)+" where a length is required")
	}
}

// count reads a number of elements. It is a claim: nothing is allocated by it, and
// whoever reads as many elements fails where the source ends.
func (sc *scanner) count() (int64, bool) {
	n, ok := sc.length()
	if n > math.MaxInt64 {
		return 0, sc.corrupt("count", "more elements than a 63-bit number holds")
	}
	return int64(n), ok
}

// uint64le reads eight bytes, which rdb.c writes as they lie in memory: times,
// binary scores, the footer.
func (sc *scanner) uint64le() (uint64, bool) {
	if !sc.need(8) {
		return 0, false
	}
	v := binary.LittleEndian.Uint64(sc.b[sc.p:])
	sc.p += 8
	return v, true
}

// id reads a stream ID of 16 bytes: ms and sequence number, both big-endian, so that
// IDs sort as bytes.
func (sc *scanner) id() (ms, seq uint64, ok bool) {
	if !sc.need(16) {
		return 0, 0, false
	}
	ms, seq = binary.BigEndian.Uint64(sc.b[sc.p:]), binary.BigEndian.Uint64(sc.b[sc.p+8:])
	sc.p += 16
	return ms, seq, true
}

// str is what is known of a string object once its contents were passed over.
type str struct {
	n      int64 // bytes of the contents
	stored int64 // LZF length, 0 when stored plain
	i      int64 // the integer when class != NotInt
	class  IntClass
	lzf    bool
}

// strHead reads the head of a string object: an integer is read whole,
// otherwise the next bytes are the n raw or the stored LZF bytes.
func (sc *scanner) strHead(s *str) bool {
	if !sc.need(1) {
		return false
	}
	c := sc.b[sc.p]
	if c < 0x40 {
		*s = str{n: int64(c)}
		sc.p++
		return true
	}
	if c < 0xc0 {
		n, ok := sc.length()
		*s = str{n: int64(min(n, math.MaxInt64))}
		return ok
	}
	*s = str{}
	switch c {
	case 0xc0, 0xc1, 0xc2:
		w := 1 << (c & 3)
		if !sc.need(1 + w) {
			return false
		}
		d := sc.b[sc.p+1:]
		switch w {
		case 1:
			s.i = int64(int8(d[0]))
		case 2:
			s.i = int64(int16(binary.LittleEndian.Uint16(d)))
		default:
			s.i = int64(int32(binary.LittleEndian.Uint32(d)))
		}
		sc.p += 1 + w
		s.class, s.n = ClassOf(s.i), digits(s.i)
		return true
	case 0xc3:
		sc.p++
		at := sc.pos()
		clen, ok := sc.length()
		if !ok {
			return false
		}
		ulen, ok := sc.length()
		if !ok {
			return false
		}
		// Three bytes yield 264 at most, see lzf.go.
		if ulen > math.MaxInt64 || ulen/(lzfLongest/3) > clen {
			return sc.failAt(at, "LZF string", &detail{ErrCorrupt, "declared length " + utoa(ulen) + " is impossible for " + utoa(clen) + " compressed bytes"})
		}
		s.lzf, s.n, s.stored = true, int64(ulen), int64(min(clen, math.MaxInt64))
		return true
	}
	return sc.corrupt("string", "unknown string encoding "+hexByte(c))
}

// str reads a string object and passes over its contents.
func (sc *scanner) str(s *str) bool {
	return sc.strHead(s) && sc.strBody(s)
}

// strBody goes on behind the head that strHead read.
func (sc *scanner) strBody(s *str) bool {
	switch {
	case s.class != NotInt:
		return true
	case s.lzf:
		// Decompressed only to vouch for it, or where it may be an integer, which
		// packed encodings store in fewer bytes.
		if sc.walk && !(sc.salvage.judging && s.n > judgedLZF) || s.n <= maxIntText {
			if !sc.verifyLZF(s) {
				s.i, s.class = 0, NotInt
				return sc.contain(&sc.blob, false)
			}
			return true
		}
		return sc.skip(uint64(s.stored))
	case s.n <= maxIntText:
		n := int(s.n)
		if !sc.need(n) {
			return false
		}
		s.i, s.class = intText(sc.b[sc.p : sc.p+n])
		sc.p += n
		return true
	}
	return sc.skip(uint64(s.n))
}

// text reads a string object and appends at most limit bytes of its contents
// to dst, an integer as its decimal text.
func (sc *scanner) text(dst []byte, limit int, s *str) ([]byte, bool) {
	if !sc.strHead(s) {
		return dst, false
	}
	return sc.textBody(dst, limit, s)
}

// textBody goes on behind the head that strHead read. Contents beyond limit are
// passed over, decompressed only when every blob is walked.
func (sc *scanner) textBody(dst []byte, limit int, s *str) ([]byte, bool) {
	if s.class != NotInt {
		return appendInt(dst, s.i), true
	}
	c := &sc.blob
	if !c.open(sc, s) {
		return dst, false
	}
	if s.n <= maxIntText && c.need(int(s.n)) {
		s.i, s.class = intText(c.b[c.p : c.p+int(s.n)])
	}
	for left := min(s.n, int64(limit)); left > 0; {
		if !c.need(1) {
			return dst, false
		}
		n := min(left, int64(len(c.b)-c.p))
		dst = append(dst, c.b[c.p:c.p+int(n)]...)
		c.p += int(n)
		left -= n
	}
	if !s.lzf || !sc.walk && s.n > maxIntText {
		c.drop()
	} else if !c.drain() {
		return dst, false
	}
	return dst, c.close()
}
