package data

// Estimate is a saving that was computed on sampled keys and carried over to
// all keys of a pattern by their exact memory. All sums are bytes.
type Estimate struct {
	Sampled                       int64 // keys looked at
	Keys                          int64 // keys concerned, of all
	Before, After                 int64 // MEMORY USAGE of those
	BeforeResident, AfterResident int64 // really allocated
	// Bound is two standard deviations of Before - After, 0 when every key was
	// looked at (Exact).
	Bound int64
	Exact bool
}

// Saves returns Before - After.
func (e *Estimate) Saves() int64 { return e.Before - e.After }

// ProbeFacts are what the sampled keys of one (pattern, type) say.
type ProbeFacts struct {
	Sampled int64 // keys
	Probed  int64 // of them, keys whose value was looked at
	// Short: under names whose runs of words are one letter each.
	Short     Estimate
	ShortName string // the pattern of those names
	// Numbered: numbers from 1 on in place of the one long identifier.
	Numbered     Estimate
	NumberedName string
	// Encoded: the bits of that identifier in base64url, which are as hard to guess.
	Encoded     Estimate
	EncodedName string
	// TTL: the keys without a TTL, with one; the expires table is not in it.
	TTL Estimate
	// Hash: strings that hold a JSON object, as hashes. Of those looked at:
	// Objects, Nested (with objects or arrays inside), Tables (no listpack).
	Hash                    Estimate
	Objects, Nested, Tables int64
	Fields                  int64 // of the objects looked at, together
	// Zlib and Zstd: strings that get smaller, where those tried have LargeMean
	// bytes on average. Compressed are those looked at that are compressed already.
	Zlib, Zstd     Estimate
	Compressed     int64
	Tried          int64 // of those looked at, strings long enough to be compressed
	ZlibIn, ZlibTo int64 // lengths of the strings tried, and compressed
	ZstdTo         int64
	Formats        []FormatCount // most frequent first
	// SameValue: all strings looked at, two at least, have the same value.
	SameValue bool
	// Copies are values that several keys have; nil when none was looked at.
	Copies *CopyFacts
	// Changed: keys without a TTL with a field that says when they were changed last.
	ChangedField string // its name where it is a usual one
	Changed      []AgeCount
	ChangedKeys  int64 // of those looked at
	// Single: hashes of one field, as strings.
	Single Estimate
	// Sparse: strings that are mostly zero bytes, as sets of the offsets of their
	// bits, where such a set is an intset. Bitmaps are those looked at that are mostly
	// zero; of the BitmapBytes looked at BitmapZeros are.
	Sparse                            Estimate
	Bitmaps, BitmapBytes, BitmapZeros int64
	// Dated: keys without a TTL whose name has a date at least DatedSeconds before
	// the clock; OldestDate is the earliest date among those looked at, ms.
	Dated      Estimate
	DatedKeys  int64 // of those looked at, keys with a date in the name
	OldestDate Time
	// TopField is the field of sampled hashes that is the longest of most of
	// them, escaped for display, with its share of all contents; TopFieldLen is the
	// bytes of it in the largest.
	TopField      string
	TopFieldShare Ratio
	TopFieldLen   int64
	Previews      []string // only when asked for
}

// FormatCount is how many of the values looked at have a format.
type FormatCount struct {
	Format string
	Keys   int64
	// Serialized and Compressed say of which kind the format is.
	Serialized, Compressed bool
}

// AgeCount is the part of a pattern that was not changed for some time.
type AgeCount struct {
	Seconds int64 // at least
	Estimate
}

// EntityFacts are the strings of entities as fields of hashes.
type EntityFacts struct {
	Pattern string // user:{int}:*
	Match   string
	Types   string
	Keys    int64 // strings of the pattern
	Memory  int64 // MEMORY USAGE of those
	// Saving is for all of them; Sampled counts entities.
	Saving   Estimate
	Entities int64 // about, of all
	Fields   int64 // of the sampled entities, together
	Packed   int64 // sampled entities that become a listpack
	Expiring int64 // sampled entities with a TTL on some field
	MixedTTL int64 // sampled entities whose fields do not expire within the same hour
	Wide     int64 // sampled entities with more fields than were kept
	Example  string
	Rows     []int // indexes into Facts.Patterns
	// KeyspaceSaved is what the tables of the keyspace shrink by with fewer keys.
	KeyspaceSaved int64
}

// LargeMean is the mean length in bytes from which strings are worth compressing.
const LargeMean = 1 << 10

// DatedSeconds is the age from which a date in a name counts as old.
const DatedSeconds = 180 * 86400
