package parser

import "io"

// Options configure a Reader. The zero value reads a whole dump with its
// checksum verified and packed blobs judged by their headers.
type Options struct {
	// NoChecksum skips the CRC; every blob is walked instead.
	NoChecksum bool
	// WalkAll reads every packed blob entry by entry, delivers the entries as
	// elements, and decompresses every LZF string.
	WalkAll bool
	// Salvage goes on after damage at the next record that makes sense together
	// with those behind it. Info.Damage says what was passed over; Next ends
	// with the first failure all the same. The checksum is not compared then.
	// A collection that was handed over in part (More) may be followed by
	// another key without having ended: it is incomplete. The search takes time
	// in proportion to what is searched, and gives up where bytes are made to
	// look like records everywhere.
	Salvage bool
	// Inflate returns what src decompresses to, for the compressed runs of
	// records that Dragonfly writes; without it they end the reading. It must
	// not read beyond the compressed data's end, bound its own memory, and may
	// reuse what it returned before.
	Inflate func(c Codec, src io.Reader) (io.Reader, error)
	// Tail, when set, is shown what follows the dump, in pieces that it must not keep,
	// on the scanner's goroutine; kind is that of Info.Tail.
	Tail func(kind string, piece []byte)
	// Hooks, when set, makes the functions that a scanner calls for each key. It
	// is called once for each scanner, by Next on the caller's goroutine, before the
	// first key is read: Header may come first. A Reader has one scanner today; a
	// caller whose hooks keep state should make that state here, so that two
	// scanners would not share it.
	Hooks func() Hooks
}
