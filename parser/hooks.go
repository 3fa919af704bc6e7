package parser

// Hooks are functions of the caller that decide, while a key's bytes are at
// hand, what is kept of it. A nil function asks for nothing.
//
// A scanner has Hooks of its own (see Options.Hooks) and calls them one at a
// time, all on its own goroutine, each key's between its name and its end. They
// need no lock for what only they touch, must not call the Reader, and must not
// keep k or any bytes they are shown.
type Hooks struct {
	// Key is called when a key's name was read and its value was not. What is
	// known by then is the name, its database and offset, the type, and the
	// attributes (expiry, idle time, frequency). It may leave numbers in k.Tag and
	// set the flag Tagged. It returns how many bytes of the value's contents are
	// wanted, 0 for none: they come as Key.Value for strings, as bytes of elements
	// for collections. A key may be shown twice; the last answer counts.
	Key func(k *Key) (contents int)

	// Glimpse shows of a list that consists of nodes, where its contents are wanted and
	// nobody walks it, the first items of its first packed node, those within its first
	// GlimpseBytes bytes: as elements of KindGlimpse, while all else of the list is as
	// if nothing was wanted. Without it a list of which contents are wanted is walked.
	Glimpse bool

	// LongName is called in front of Key for each name longer than MaxName, before it is
	// read: NameLen is set, DB is not. What it returns, if not nil, is shown the whole
	// name in pieces. With the last one, when Name and NameHash are not to be relied
	// on and k is the same, it may leave something in k.Named, k.NameHash and k.Tag.
	// A name that damage cut off has no last piece.
	LongName func(k *Key) func(piece []byte, last bool)

	// KeepLZF leaves compressed what Key asks for of a string that is stored so:
	// Key.Value holds what InflateLZF needs for that many bytes, and ValueLZF is
	// set.
	KeepLZF bool

	// Fingerprint is called behind Key with the contents of each string of
	// FingerprintMin bytes and more that takes at most FingerprintMax bytes in the
	// dump: as they are stored, LZF-compressed where k is Compressed. Len, Stored
	// and what Key left are set. What it returns goes into Key.Fingerprint, unless
	// all are zero.
	Fingerprint func(k *Key, stored []byte) (first, second, third uint64)

	// Walk is called behind Key for each value that holds packed blobs, when its
	// header was read: Type, Len and Count are set (of quicklists, streams and
	// template hashes only Type), and for each value of module RedisJSON, with Module
	// set. It returns whether to deliver the entries as elements, of a document its
	// nodes.
	Walk func(k *Key) bool

	// Members is called behind Key for each set, sorted set and hash that is read the
	// general way (all that are walked, and all that are plain). What it returns, if
	// not nil, is shown the bytes of each member, of a hash each field's name, whatever
	// its length, in pieces: first and last mark a member's first and last one. Integers
	// come as their text. A member that damage cut off has no last piece. before is how
	// many keys were read before k.
	Members func(k *Key, before int64) func(piece []byte, first, last bool)

	// Record is called behind Key for every key. It returns the largest record, in
	// bytes of the dump, that is to be handed over raw as Key.Raw, 0 for none. With
	// it, every record is read the slow way.
	Record func(k *Key) (limit int64)
}
