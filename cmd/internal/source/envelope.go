package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// With rdbcompression lz4, Valkey 9.2 puts a whole dump into an envelope
// (src/compression_stream.h):
//
//	+-------+------------+----------+-------------+---------+---------------+
//	| "VCS" | version u8 | codec u8 | reserved u8 | kind u8 | frame         |
//	+-------+------------+----------+-------------+---------+---------------+
//	          1            1: LZ4                  1: RDB     of the dump
//
// The frame's checksum stands in for that of the dump, which is zero. In a replication
// transfer the lines in front of the dump and the mark behind it are not compressed.
// Drafts had other numbers and other bytes in the header, so the frame is looked for
// by its own magic.

const (
	envelopeMagic = "VCS"
	// envelopeHeader is how many bytes may precede the frame at least and at most.
	envelopeHeader, envelopeMaxHeader = 5, 16
)

// envelope is where in a source's first bytes an envelope lies.
type envelope struct {
	prefix []byte // of a replication transfer
	header int    // bytes of the envelope's own header
	codec  format // of the frame behind it, plain when it is none that is known
}

// findEnvelope looks for an envelope at the beginning of a source, or behind what a
// replication transfer puts in front of a dump.
func findEnvelope(head []byte) (e envelope, ok bool) {
	rest := head
	for {
		rest = bytes.TrimLeft(rest, "\r\n")
		if len(rest) == 0 || rest[0] != '+' && rest[0] != '$' {
			break
		}
		_, behind, cut := bytes.Cut(rest, []byte("\n"))
		if !cut {
			return e, false
		}
		rest = behind
	}
	if !bytes.HasPrefix(rest, []byte(envelopeMagic)) || len(rest) <= envelopeHeader || rest[3] >= ' ' {
		return e, false // rest[3] is a version, and no text
	}
	e.prefix = head[:len(head)-len(rest)]
	for i := envelopeHeader; i <= envelopeMaxHeader && i+4 <= len(rest); i++ {
		switch binary.LittleEndian.Uint32(rest[i:]) {
		case lz4Magic:
			e.header, e.codec = i, formatLZ4
			return e, true
		case zstdMagic:
			e.header, e.codec = i, formatZstd
			return e, true
		}
	}
	return e, true
}

// format is the name of the envelope with what is in it.
func (e *envelope) format() format {
	switch e.codec {
	case formatLZ4:
		return formatVCSLZ4
	case formatZstd:
		return formatVCSZstd
	}
	return formatVCS
}

// open returns what the envelope at the beginning of br holds, between what the
// transfer has around it.
func (e *envelope) open(br *bufio.Reader) (r io.Reader, closing func(), err error) {
	head, err := br.Peek(len(e.prefix) + envelopeMaxHeader + 4)
	switch {
	case err != nil && err != io.EOF:
		return nil, nil, err
	case err != nil: // no frame is that short
		return nil, nil, io.ErrUnexpectedEOF
	}
	prefix, own := announceNothing(bytes.Clone(head[:len(e.prefix)])), head[len(e.prefix):]
	if e.codec == plain {
		return nil, nil, &codecError{version: own[3], codec: own[4]}
	}
	_, _ = br.Discard(len(e.prefix) + e.header) // it was peeked
	one := &frames{br: br, codec: e.codec}
	var inside io.Reader
	if e.codec == formatZstd {
		z, err := zstd.NewReader(one, zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, err
		}
		inside, closing = z, z.Close
	} else {
		inside = lz4.NewReader(one)
	}
	return io.MultiReader(bytes.NewReader(prefix), inside, br), closing, nil
}

// codecError is an envelope with something in it that is not known.
type codecError struct{ version, codec byte }

func (e *codecError) Error() string {
	return fmt.Sprintf("an envelope of Valkey (VCS version %d) with codec %d, which is not known; a server that writes with rdbcompression yes has none", e.version, e.codec)
}

// announceNothing replaces the length that a transfer announces, which is that of the
// envelope, by zeros: nothing is known of the dump's.
func announceNothing(prefix []byte) []byte {
	for line := range bytes.Lines(prefix) {
		if line[0] != '$' || bytes.HasPrefix(line, []byte("$EOF:")) {
			continue
		}
		for i := range line {
			if line[i] >= '0' && line[i] <= '9' {
				line[i] = '0'
			}
		}
	}
	return prefix
}

// frames gives out the compressed frames at the beginning of br, and no byte of what
// follows them: decompressors read ahead. There is one; more than one in a row are
// taken for one.
type frames struct {
	br    *bufio.Reader
	codec format
	left  int64 // bytes of the frame that can be given out before looking at it again
	part  framePart
	block bool // LZ4: blocks have checksums
	sum   bool // the frame has a checksum behind its blocks
}

// framePart is what comes next of a frame.
type framePart uint8

const (
	partHeader framePart = iota
	partBlock
	partChecksum
	partEnd
)

func (f *frames) Read(p []byte) (int, error) {
	for f.left == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	n, err := f.br.Read(p[:min(int64(len(p)), f.left)])
	f.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next finds out how long the next part is; io.EOF behind the last frame.
func (f *frames) next() error {
	switch f.part {
	case partEnd:
		head, _ := f.br.Peek(4)
		if len(head) < 4 || detect(head) != f.codec {
			return io.EOF
		}
		f.part = partHeader
		return nil
	case partChecksum:
		f.part = partEnd
		if f.sum {
			f.left = 4
		}
		return nil
	}
	if f.codec == formatZstd {
		return f.nextZstd()
	}
	return f.nextLZ4()
}

// peek returns the next n bytes; a source that ends in front of them is cut.
func (f *frames) peek(n int) ([]byte, error) {
	b, err := f.br.Peek(n)
	if len(b) < n && (err == nil || err == io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// Magics of frames.
const (
	lz4Magic  = 0x184d2204
	zstdMagic = 0xfd2fb528
)

// nextLZ4 reads a frame's header or the length of a block (LZ4 Frame Format 1.6.4).
func (f *frames) nextLZ4() error {
	if f.part == partHeader {
		b, err := f.peek(6)
		if err != nil {
			return err
		}
		flags := b[4]
		f.left = 7 // magic, flags, block size, checksum of the header
		if flags&8 != 0 {
			f.left += 8 // size of the contents
		}
		if flags&1 != 0 {
			f.left += 4 // dictionary
		}
		f.block, f.sum, f.part = flags&16 != 0, flags&4 != 0, partBlock
		return nil
	}
	b, err := f.peek(4)
	if err != nil {
		return err
	}
	f.left = 4
	size := binary.LittleEndian.Uint32(b)
	if size == 0 {
		f.part = partChecksum
		return nil
	}
	f.left += int64(size & 0x7fffffff) // the high bit: not compressed
	if f.block {
		f.left += 4
	}
	return nil
}

// nextZstd reads a frame's or a block's header (RFC 8878, 3.1.1).
func (f *frames) nextZstd() error {
	if f.part == partHeader {
		b, err := f.peek(5)
		if err != nil {
			return err
		}
		d := b[4]
		single := d&32 != 0
		f.left = 5 + int64([4]byte{0, 1, 2, 4}[d&3]) + int64([4]byte{0, 2, 4, 8}[d>>6])
		switch {
		case !single:
			f.left++ // window
		case d>>6 == 0:
			f.left++ // size of the contents
		}
		f.sum, f.part = d&4 != 0, partBlock
		return nil
	}
	b, err := f.peek(3)
	if err != nil {
		return err
	}
	head := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
	f.left = 3
	switch head >> 1 & 3 {
	case 1: // one byte, repeated
		f.left++
	case 3:
		return errors.New("a reserved block type")
	default:
		f.left += int64(head >> 3)
	}
	if head&1 != 0 {
		f.part = partChecksum
	}
	return nil
}
