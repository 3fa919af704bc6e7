package source

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

type format int

const (
	plain format = iota
	formatGzip
	formatZstd
	formatLZ4
	formatBzip2
	formatXZ
	formatVCSLZ4  // Valkey's envelope with an LZ4 frame
	formatVCSZstd // the same with zstd
	formatVCS     // the same with something unknown
)

var formatNames = [...]string{"", "gzip", "zstd", "lz4", "bzip2", "xz", "vcs-lz4", "vcs-zstd", "vcs"}

func (f format) String() string { return formatNames[f] }

// maxWindow is the largest history a decompressor may ask for: what zstd
// itself accepts without being told otherwise (--long=27), and twice what xz -9
// uses.
const maxWindow = 128 << 20

// detect recognises a compressed stream by its first bytes.
func detect(head []byte) format {
	if len(head) < 4 {
		return plain
	}
	switch magic := binary.LittleEndian.Uint32(head); {
	case magic == zstdMagic:
		return formatZstd
	case magic == lz4Magic, magic == 0x184c2102: // frame, legacy frame
		return formatLZ4
	case magic&^0xf == 0x184d2a50: // a skippable frame, which zstd and lz4 share
		if len(head) >= 8 {
			if size := int64(binary.LittleEndian.Uint32(head[4:])); size < int64(len(head))-8 {
				if f := detect(head[8+size:]); f == formatLZ4 {
					return formatLZ4
				}
			}
		}
		return formatZstd
	case head[0] == 0x1f && head[1] == 0x8b && head[2] == 8:
		return formatGzip
	case bytes.HasPrefix(head, []byte("\xfd7zXZ\x00")):
		return formatXZ
	case len(head) >= 10 && bytes.HasPrefix(head, []byte("BZh")) && head[3] >= '1' && head[3] <= '9' &&
		(string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17rE8P\x90"): // a block, or the end of an empty file
		return formatBzip2
	}
	if e, ok := findEnvelope(head); ok {
		return e.format()
	}
	return plain
}

// CorruptError is compressed data that cannot be decompressed.
type CorruptError struct {
	Format string
	// Offset is where in the compressed data it was noticed; decompressors
	// read ahead, so the damage lies somewhat before it.
	Offset int64
	Err    error
}

func (e *CorruptError) Error() string {
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		return fmt.Sprintf("%s data ends early, after %d compressed bytes", e.Format, e.Offset)
	}
	return fmt.Sprintf("corrupt %s data, noticed at compressed byte %d: %v", e.Format, e.Offset, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

// decompressor reads decompressed bytes and says where errors lie.
type decompressor struct {
	format format
	r      io.Reader
	in     *position
	close  func()
	err    error
	// trailer is how the compressed data must end, zeros aside: the xz package
	// takes a file cut between two blocks for a whole one.
	trailer string
}

// position counts the compressed bytes that were read, and keeps an error of the
// source apart from errors in the compressed data.
type position struct {
	r    io.Reader
	n    int64
	last [2]byte // the last two bytes that are not zero
	err  error
}

func (p *position) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.n += int64(n)
	if t := bytes.TrimRight(b[:n], "\x00"); len(t) > 1 {
		p.last = [2]byte(t[len(t)-2:])
	} else if len(t) == 1 {
		p.last = [2]byte{p.last[1], t[0]}
	}
	if err != nil && err != io.EOF {
		p.err = err
	}
	return n, err
}

const inputBuffer = 256 << 10

// decompress returns the decompressed bytes of r, whose compression is
// recognised by its first bytes; concatenated streams are one.
func decompress(r io.Reader) (*decompressor, error) {
	in := &position{r: r}
	br := bufio.NewReaderSize(in, inputBuffer)
	head, err := br.Peek(headSize)
	if len(head) == 0 && err != nil {
		return nil, err
	}
	err = nil // fewer bytes than headSize are no error here
	d := &decompressor{format: detect(head), in: in}
	switch d.format {
	case formatGzip:
		d.r, err = newGzipMembers(br)
	case formatZstd:
		var z *zstd.Decoder
		z, err = zstd.NewReader(br, zstd.WithDecoderMaxWindow(maxWindow))
		if err == nil {
			d.r, d.close = z, z.Close
		}
	case formatLZ4:
		d.r = lz4.NewReader(br)
	case formatBzip2:
		d.r = bzip2.NewReader(br)
	case formatVCSLZ4, formatVCSZstd, formatVCS:
		e, _ := findEnvelope(head)
		d.r, d.close, err = e.open(br)
	case formatXZ:
		d.r, err = xz.NewReader(&xzHeaders{r: br})
		d.trailer = "YZ"
	default:
		err = errors.New("not compressed")
	}
	if err != nil {
		return nil, d.wrap(err)
	}
	return d, nil
}

func (d *decompressor) Read(p []byte) (n int, err error) {
	if d.err != nil {
		return 0, d.err
	}
	defer func() {
		// Bytes that the author of a decompressor did not think of make it panic.
		if v := recover(); v != nil {
			n, err = 0, fmt.Errorf("internal error: %v", v)
		}
		if err != nil {
			if err != io.EOF {
				err = d.wrap(err)
			}
			d.err = err
		}
	}()
	n, err = d.r.Read(p)
	if err == io.EOF && d.trailer != "" && string(d.in.last[:]) != d.trailer {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (d *decompressor) wrap(err error) error {
	if d.in.err != nil {
		return d.in.err
	}
	if unknown, ok := errors.AsType[*codecError](err); ok {
		return unknown
	}
	if errors.Is(err, zstd.ErrWindowSizeExceeded) {
		err = fmt.Errorf("it wants a window of more than %d MiB; decompress it first: zstd -dc --long=31 FILE | rdblens -", maxWindow>>20)
	}
	return &CorruptError{Format: d.format.String(), Offset: d.in.n, Err: err}
}

func (d *decompressor) Close() error {
	if d.close != nil {
		d.close()
		d.close = nil
	}
	return nil
}

// gzipMembers reads the members of a gzip file one after another. Zeros after
// the last one are padding, as on tapes.
type gzipMembers struct {
	br *bufio.Reader
	z  *gzip.Reader
}

func newGzipMembers(br *bufio.Reader) (*gzipMembers, error) {
	z, err := gzip.NewReader(br)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gzipMembers{br: br, z: z}, nil
}

func (g *gzipMembers) Read(p []byte) (int, error) {
	for {
		n, err := g.z.Read(p)
		if n > 0 && err == io.EOF {
			return n, nil // the next call finds the end again
		}
		if err != io.EOF {
			return n, err
		}
		if err := g.next(); err != nil {
			return 0, err
		}
	}
}

func (g *gzipMembers) next() error {
	head, err := g.br.Peek(2)
	if len(head) == 0 {
		return err
	}
	if head[0] != 0 {
		if err := g.z.Reset(g.br); err != nil {
			if errors.Is(err, gzip.ErrHeader) {
				return errors.New("bytes that are no gzip member follow the last one")
			}
			return err
		}
		g.z.Multistream(false)
		return nil
	}
	for {
		c, err := g.br.ReadByte()
		if err != nil {
			return err
		}
		if c != 0 {
			return errors.New("bytes that are no gzip member follow the last one")
		}
	}
}

// xzHeaders refuses an xz block that wants a dictionary larger than maxWindow:
// the decompressor would allocate it. A block header is recognised by the way it is
// read, one byte that tells its size and then the rest, and by its checksum (The .xz
// File Format 1.2.1, section 3.1).
type xzHeaders struct {
	r    io.Reader
	size byte // what a read of one byte got, 0 after any other read
}

// maxXZHeader is the size of the largest block header.
const maxXZHeader = 1024

func (x *xzHeaders) Read(p []byte) (int, error) {
	if len(p) > maxXZHeader {
		x.size = 0
		return x.r.Read(p)
	}
	n, err := io.ReadFull(x.r, p)
	if err == io.ErrUnexpectedEOF {
		err = nil // the next read finds the end
	}
	if x.size != 0 && n == (int(x.size)+1)*4-1 && err == nil {
		if err := checkXZ(append([]byte{x.size}, p[:n]...)); err != nil {
			return 0, err
		}
	}
	x.size = 0
	if n == 1 {
		x.size = p[0]
	}
	return n, err
}

// checkXZ judges a block header; anything odd is left to the decompressor.
func checkXZ(b []byte) error {
	body := b[:len(b)-4]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(b[len(body):]) {
		return nil
	}
	flags := body[1]
	b = body[2:]
	for _, present := range []byte{0x40, 0x80} { // compressed and uncompressed size
		if flags&present != 0 {
			_, n := binary.Uvarint(b)
			if n <= 0 {
				return nil
			}
			b = b[n:]
		}
	}
	for range flags&3 + 1 {
		id, n := binary.Uvarint(b)
		if n <= 0 {
			return nil
		}
		b = b[n:]
		props, n := binary.Uvarint(b)
		if n <= 0 || props > uint64(len(b)-n) {
			return nil
		}
		b = b[n:]
		if id == 0x21 && props == 1 { // LZMA2
			bits := b[0] & 63
			if dict := int64(2|bits&1) << (bits/2 + 11); bits >= 40 || dict > maxWindow {
				return fmt.Errorf("it wants a dictionary of more than %d MiB; decompress it first: xz -dc FILE | rdblens -", maxWindow>>20)
			}
		}
		b = b[props:]
	}
	return nil
}
