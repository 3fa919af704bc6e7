package data

// ReferenceLen is the length in bytes of what stands for a value elsewhere: the
// hexadecimal form of 80 bits of a hash.
const ReferenceLen = 20

// CopyFacts are the equal values of one pattern's strings: of those of
// parser.FingerprintMin bytes and more that take at most parser.FingerprintMax in the dump. Of a
// value's keys the one with the smallest hash is no copy, in whatever pattern it is.
type CopyFacts struct {
	// Saving is that of values stored once, under a key for each, with references
	// of ReferenceLen bytes under all the keys of values that several have; Keys
	// are the copies, Sampled the values and keys looked at, or the keys when these
	// are all, and Before the memory of the copies.
	Saving   Estimate
	Compared int64 // keys of the pattern whose values may be compared
	Distinct int64 // of those, keys that are no copies: Compared - Saving.Keys
	Values   int64 // looked at, with all their keys
	Holders  int64 // keys looked at for values that many have
	Top      []CopiedValue
	Also     []string // other patterns in which many of these values are
}

// CopiedValue is a value that several keys have, by one of these keys.
type CopiedValue struct {
	Example string
	Length  int64 // bytes
	Keys    int64 // of the pattern
	Memory  int64 // of these keys
	AllKeys int64 // of all patterns
	Counted bool  // these are exact; else they were carried over from sampled keys
}
