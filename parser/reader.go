package parser

import (
	"io"
	"iter"
)

// Options configure a Reader. The zero value reads a whole dump with its
// checksum verified and packed blobs judged by their headers.
type Options struct {
	// Size is the number of bytes of the source, 0 when unknown. Declared
	// counts and lengths that cannot fit are refused at once when it is known.
	Size int64
	// NoChecksum skips the CRC; every blob is walked instead.
	NoChecksum bool
	// WalkAll reads every packed blob entry by entry and delivers the entries
	// as elements.
	WalkAll bool
	// Walk, when set, is asked for each value that holds packed blobs, after
	// its header was read (Type, Len and Count of the key are set; for
	// quicklists only Type): true delivers the entries as elements.
	// It runs on the goroutine that calls Next and must not keep k.
	Walk func(k *Key) bool
	// Sample, when set, returns how many bytes of contents of the key are
	// wanted (0: none): Key.Value for strings, element bytes for collections.
	// It runs on the goroutine that calls Next.
	Sample func(k *Key) int
	// Capture, when set, returns the largest record (in stored bytes) that is
	// to be handed over raw for this key, 0 for none. Larger records set no Raw.
	Capture func(k *Key) int64
}

// Reader reads one dump. It is not safe for concurrent use, except that
// batches may be used and released by other goroutines while Next runs.
type Reader struct {
	_ Options
}

// NewReader returns a Reader over src. Reading starts with the first call to
// Header or Next. Close must be called when a Reader is given up before Next
// returned an error.
func NewReader(src io.Reader, opts Options) *Reader { panic("contract") }

// Header reads the magic, the AUX fields and whatever else precedes the first
// database, and returns it. Errors are those of Next.
func (r *Reader) Header() (*Header, error) { panic("contract") }

// Next returns the next batch of keys, or io.EOF after the last one, or an
// *Error. After an error that is not io.EOF every whole key before it has been
// delivered; a key delivered with More and never ended is incomplete.
// Errors are sticky.
func (r *Reader) Next() (*Batch, error) { panic("contract") }

// All iterates over the keys with their elements. A collection is yielded
// once for each piece (see More). The key and the elements are valid until the
// next iteration. Err tells how it ended.
func (r *Reader) All() iter.Seq2[*Key, []Element] { panic("contract") }

// Err returns the error that ended reading, nil at the regular end.
func (r *Reader) Err() error { panic("contract") }

// Info returns what is known of the dump as a whole; complete once Next has
// returned an error (io.EOF included).
func (r *Reader) Info() *Info { panic("contract") }

// Offset returns how many bytes of the dump were consumed. It may be called
// from any goroutine, for progress.
func (r *Reader) Offset() int64 { panic("contract") }

// Close stops reading and frees what the Reader holds. It does not close src.
func (r *Reader) Close() error { panic("contract") }

// Release gives the batch's memory back.
func (b *Batch) Release() { panic("contract") }

type buffer struct{}
