package parser

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"

	"github.com/rdblens/rdblens/parser/internal/crc64"
)

// The end of a dump, since RDB 5:
//
//	+-----+-----------+----------------------------------------------+
//	| EOF | crc u64le | what a file or transfer has behind the dump  |
//	+-----+-----------+----------------------------------------------+
//	 FF    of all bytes from the magic to EOF; 0: the writer computed none
//
// The input goroutine sums whole buffers as it fills them, one behind the scanner.
// What is left for the scanner is the sum from the beginning of the current buffer
// to EOF, which it does once.

// footer reads what follows the EOF opcode.
func (sc *scanner) footer() bool {
	in := &sc.info
	in.Checksum = ChecksumAbsent
	var sum uint64 // of the dump's bytes, EOF included
	if !sc.opts.NoChecksum && in.DamageCount == 0 {
		sum = sc.sumTo(len(sc.b) - sc.buf.n) // the index in b of the buffer's first byte
	}
	at := sc.pos()
	if in.Version < 5 && !sc.opts.NoChecksum && in.DamageCount == 0 && sc.hiddenFooter(sum) {
		return sc.failAt(in.Start, "magic", &detail{ErrCorrupt, "the checksum behind the dump is that of a newer version than " + in.Magic})
	}
	if in.Version >= 5 {
		want, ok := sc.uint64le()
		if !ok {
			in.Checksum = ChecksumUnknown
			return false
		}
		in.ChecksumStored, in.ChecksumComputed = want, sum
		switch {
		case want == 0:
			in.Checksum = ChecksumDisabled
			sc.warn(WarnChecksumOff, at, "the writer computed no checksum")
		case sc.opts.NoChecksum || in.DamageCount > 0:
			in.Checksum = ChecksumSkipped
			if sc.opts.Salvage && sc.goesOn() {
				return sc.falseEnd()
			}
		case want == sum:
			in.Checksum = ChecksumOK
		case sc.goesOn():
			return sc.falseEnd()
		default:
			in.Checksum = ChecksumMismatch
			in.End = sc.pos()
			return sc.failAt(at, "footer", ErrChecksum)
		}
	}
	in.End = sc.pos()
	sc.tail()
	sc.checkTransfer()
	return sc.err == nil
}

// goesOn reports whether bytes follow a footer that does not vouch for the dump, and are
// nothing that is found behind dumps: then the EOF in front of it is none.
func (sc *scanner) goesOn() bool {
	for len(sc.b)-sc.p < 64 && sc.buf.err == nil {
		if !sc.advance() {
			return false
		}
	}
	rest := sc.b[sc.p:]
	switch sc.tailKind(rest) {
	case "aof": // an asterisk may be anything
		return len(rest) < 4 || rest[1] < '1' || rest[1] > '9'
	case "garbage":
		return len(rest) > 0
	}
	return false
}

// falseEnd fails at an EOF opcode that is not the end.
func (sc *scanner) falseEnd() bool {
	sc.info.Checksum, sc.info.ChecksumStored, sc.info.ChecksumComputed = ChecksumUnknown, 0, 0
	sc.info.Opcodes[opEOF]--
	return sc.failAt(sc.start, "EOF", &detail{ErrCorrupt, "the end of the dump is neither that of the source nor followed by its checksum"})
}

// sumTo returns the checksum of the dump up to p; data is the index in b where the
// current buffer's own bytes begin. What stands in front of them was summed with
// the buffer before.
func (sc *scanner) sumTo(data int) uint64 {
	// The dump may start inside this buffer.
	return crc64.Update(sc.buf.before.Sum(), sc.b[max(data, int(sc.info.Start-sc.base)):sc.p])
}

// hiddenFooter reports whether the dump, of a version that has no footer, is
// followed by the footer it would have under another version's digits: then they
// are damaged, and nothing would vouch for the rest. sum is the checksum of the
// dump as it is.
//
// A checksum is linear: that of the dump with other digits is sum plus that of the
// difference, which is zero but for three bytes near the beginning. So each version
// costs the checksum of nine bytes, carried over as many zeros as follow them.
func (sc *scanner) hiddenFooter(sum uint64) bool {
	for len(sc.b)-sc.p < 8 && sc.buf.err == nil {
		if !sc.advance() {
			return false
		}
	}
	if len(sc.b)-sc.p < 8 {
		return false
	}
	in := &sc.info
	stored := binary.LittleEndian.Uint64(sc.b[sc.p:])
	for v := 5; v < 100; v++ { // Valkey begins at 80
		diff := []byte(in.Magic)
		clear(diff[:6])
		for i, d := 8, v; i >= 6; i, d = i-1, d/10 {
			diff[i] ^= byte('0' + d%10)
		}
		if sum^crc64.Shift(crc64.Update(0, diff), sc.pos()-in.Start-9) == stored {
			return true
		}
	}
	return false
}

// checkTransfer compares the dump with what the replication transfer that
// brought it announced.
func (sc *scanner) checkTransfer() {
	in := &sc.info
	switch n := in.End - in.Start; {
	case sc.transfer.announced != 0 && sc.transfer.announced != n:
		sc.warn(WarnTransfer, in.End, "the transfer announces "+strconv.FormatInt(sc.transfer.announced, 10)+" bytes, the dump has "+utoa(uint64(n)))
	case sc.transfer.eofMark != nil && in.Tail.Kind != "eof-mark":
		sc.warn(WarnTransfer, in.End, "the end mark that the transfer announces does not follow the dump")
	}
}

// tail classifies and counts what follows the dump. It reads to the end of the
// source: a second dump or a log of commands is said to be there, not analysed.
func (sc *scanner) tail() {
	start := sc.pos()
	for len(sc.b)-sc.p < 64 && sc.buf.err == nil {
		if !sc.advance() {
			return
		}
	}
	if sc.p == len(sc.b) && sc.buf.err != nil {
		if sc.buf.err != io.EOF {
			sc.fail("read", sc.buf.err)
		}
		return
	}
	t := &sc.info.Tail
	rest := sc.b[sc.p:]
	t.Kind = sc.tailKind(rest)
	for {
		if sc.opts.Tail != nil {
			sc.opts.Tail(t.Kind, sc.b[sc.p:])
		}
		if sc.buf.err != nil {
			break
		}
		sc.p = len(sc.b)
		if !sc.advance() {
			return
		}
	}
	if sc.buf.err != io.EOF {
		sc.fail("read", sc.buf.err)
		return
	}
	sc.p = len(sc.b)
	t.Bytes = sc.pos() - start
	sc.warn(WarnTrailing, start, utoa(uint64(t.Bytes))+" bytes follow the dump ("+t.Kind+")")
}

// tailKind says what bytes behind a dump are, which may be none.
func (sc *scanner) tailKind(rest []byte) string {
	switch {
	case len(rest) >= 40 && (bytes.Equal(rest[:40], sc.transfer.eofMark) || sc.transfer.eofMark == nil && len(rest) == 40 && isHexLine(rest)):
		return "eof-mark"
	case bytes.HasPrefix(rest, []byte("*")) || bytes.HasPrefix(rest, []byte("#TS:")):
		return "aof"
	case bytes.HasPrefix(rest, []byte("REDIS")) || bytes.HasPrefix(rest, []byte("VALKEY")):
		return "rdb"
	case len(bytes.TrimLeft(rest, "\r\n")) == 0 && len(rest) <= 2:
		return "newline"
	}
	return "garbage"
}

// isHexLine reports whether b may be the mark of a diskless transfer, 40 digits.
func isHexLine(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
