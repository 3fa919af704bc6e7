// Package linebuf collects what rows are written as, line by line, and hands it
// on in large pieces.
package linebuf

import (
	"io"
	"strconv"
)

// Buffer collects lines and hands them on in large pieces. Use New.
type Buffer struct {
	Buf []byte // what waits; append to it
	Err error  // the first that a write failed with
	w   io.Writer
}

// New returns a buffer before w.
func New(w io.Writer) Buffer {
	return Buffer{Buf: make([]byte, 0, flushSize+4096), w: w}
}

// flushSize is the number of bytes from which a Buffer is written out.
const flushSize = 64 << 10

// EndRow writes the buffer out when it is full enough.
func (b *Buffer) EndRow() error {
	if len(b.Buf) < flushSize {
		return nil
	}
	return b.Flush()
}

// Flush writes what is buffered and keeps the first error.
func (b *Buffer) Flush() error {
	if b.Err != nil {
		return b.Err
	}
	if len(b.Buf) == 0 {
		return nil
	}
	n, err := b.w.Write(b.Buf)
	if err == nil && n < len(b.Buf) {
		err = io.ErrShortWrite
	}
	b.Buf = b.Buf[:0]
	b.Err = err
	return err
}

// AppendInt appends a decimal number. Most are of a few digits, which go right
// to their places.
func AppendInt(dst []byte, n int64) []byte {
	if uint64(n) >= 1e8 {
		return strconv.AppendInt(dst, n, 10)
	}
	w, width := uint32(n), 1
	for limit := uint32(10); w >= limit && width < 8; limit *= 10 {
		width++
	}
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)[:start+width]
	for i := len(dst) - 1; i >= start; i-- {
		q := w / 10
		dst[i] = byte('0' + w - q*10)
		w = q
	}
	return dst
}
