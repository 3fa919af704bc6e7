package data

import "github.com/rdblens/rdblens/aggregate/role"

// Facts are figures that advice is computed from; they are exact over the
// keys that were counted and merge like everything else.
type Facts struct {
	Patterns []PatternFacts // every (pattern, type), unfolded, sorted by memory
	// ExpiresBytesNow is what the expires tables take, ExpiresBytesAll what
	// they would take if every key had a TTL (summed per database and source).
	ExpiresBytesNow int64
	ExpiresBytesAll int64
	Settings        map[string]int64 // settings in force, by name (first source's)
	Server          string           // the line the first source was sized for
	MixedServers    bool             // sources were sized for different lines
	VolatileMemory  int64            // Σ MEMORY USAGE of keys with a TTL
	ChecksumBad     bool             // some source failed its checksum: no advice
	Cluster         bool             // some source was sized in cluster mode
	Entities        []EntityFacts    // strings that could be fields of hashes, sorted by memory
	// Regrouped: rows were made by other separators, to a depth, or by groups of names.
	// Redacted: names are tokens. Either way the rows cannot be found on a server.
	Regrouped, Redacted bool
}

// PatternFacts are the figures of one (pattern, type).
type PatternFacts struct {
	PatternRow
	Module  bool // a type of a module
	Purpose Purpose
	// Names are names of keys of the pattern as far as they were kept, whole and as
	// they are: at least one unless all are longer than what is kept of a name.
	Names []string
	// TTLCostBytes is what the expires table would grow by if the keys of this
	// pattern that have no TTL got one, and, as far as keys were sampled, what the
	// keys themselves would.
	TTLCostBytes               int64
	Expired                    int64
	ExpiredMemory              int64
	Over1MiB, Over1MiBMemory   int64 // keys of at least 1 MiB
	Over10MiB, Over10MiBMemory int64
	// ResidentWithoutTTL is Σ memory.Size.Resident of the keys without a TTL,
	// ExpiredResident that of the keys counted in Expired; 0 when not known.
	ResidentWithoutTTL, ExpiredResident int64
	// Candidates: what raising a limit would change, per setting and new value.
	// Each is judged with that one setting changed and all others as in force,
	// and is cumulative: what a lower value makes compact is counted again.
	// A value that adds no key of this pattern may be left out.
	Candidates []Candidate
	// Pairs: keys that two limits hold back, and what raising both changes of them,
	// beyond what Candidates says of each.
	Pairs []CandidatePair
	// Far: keys whose TTL is longer than FarAwaySeconds.
	Far FarTTLs
	// Pending: streams with entries that are not acknowledged.
	Pending PendingEntries
	// Strings of at least 1 KiB, and those of them stored LZF-compressed.
	LargeStrings, LargeStringMemory int64
	LZFKeys, LZFLength, LZFStored   int64
	LZFMemory, LZFMemoryAfter       int64 // MEMORY USAGE now, and if the client stored LZF's length
	// The same two as really allocated (memory.Size.Resident); both 0 when not known.
	LZFResident, LZFResidentAfter int64
	// Split: big hashes as chunks of at most SplitFields fields. Trim: sorted
	// sets cut down to TrimKeep members.
	Split, Trim Reshape
	// Lists are the nodes of lists with more than one.
	Lists ListFacts
	// Probe is what sampled keys say, nil when none were.
	Probe *ProbeFacts
}

// Reshape is what keys of another shape would take. Sums are bytes.
type Reshape struct {
	Keys, Elements, Pieces        int64
	Before, After                 int64 // MEMORY USAGE
	BeforeResident, AfterResident int64
	Largest                       int64 // elements of the largest key
}

// Candidate is one setting at one higher value: the keys that would become
// compact by it.
type Candidate struct {
	Setting string // "hash-max-listpack-entries"
	Value   int64
	Keys    int64
	Before  int64 // MEMORY USAGE
	After   int64
	Longest int64 // bytes of the largest packed blob it makes
	// Before and After as really allocated (memory.Size.Resident); both 0 when
	// not known.
	BeforeResident, AfterResident int64
}

// CandidatePair is two settings at one higher value each. Its Candidate is that of
// the limit on entries.
type CandidatePair struct {
	Candidate
	With      string // "hash-max-listpack-value"
	WithValue int64
}

// FarAwaySeconds is the time to live, ten years, from which it is taken for a mistake.
const FarAwaySeconds = 3650 * 86400

// FarTTLs are keys with such a time to live.
type FarTTLs struct {
	Keys, Memory int64
	Last         Time // the latest expiry
}

// PendingEntries are streams with entries that consumers were given and have not
// acknowledged. Sums are of these streams only.
type PendingEntries struct {
	Keys, Memory, Resident     int64
	Length                     int64 // entries of the streams
	Entries                    int64 // pending ones, of all groups
	Groups, Consumers, Holders int64 // Holders: consumers with pending entries
	Most                       int64 // pending entries of one consumer, at most
	// Top are the consumers that hold most, the most first.
	Top []PendingHolder
}

// PendingHolder is a consumer of a group of one stream with the entries that it has
// not acknowledged. Names are escaped for display.
type PendingHolder struct {
	Key, Group, Consumer string
	DB                   int32
	Entries              int64
}

// ListFacts are the nodes of the lists of a pattern that have more than one.
type ListFacts struct {
	Keys, Nodes, Bytes int64
	Memory             int64
	// Inner is what LZF takes off the nodes that are neither first nor last.
	Inner int64
}

// Big hashes cut into chunks, and sorted sets cut down to their head, are sized
// key by key while a dump is read.

const (
	// SplitFields is how many fields a chunk of a big hash gets at most, SplitMin
	// from how many fields on a hash is cut.
	SplitFields = 500
	SplitMin    = 5000
	// TrimKeep is how many members a sorted set keeps, TrimMin from how many on
	// it is cut down.
	TrimKeep = 10_000
	TrimMin  = 12_000
)

// Purpose is what the keys of a pattern are for, and what advice may do to them.
type Purpose struct {
	Role role.Role
	// Framework is whose keys they are, "" when no framework's; Bound is what it
	// offers itself to bound its data.
	Framework, Bound string
	// Own: a framework looks for the keys under this name, and by their layout.
	Own bool
	// ByTTL: that nearly all of them expire is the only sign of the role, and says
	// nothing of those that do not.
	ByTTL bool
	// MayExpire, MayDelete, MayTrim and MayRename say what an action may do.
	MayExpire, MayDelete, MayTrim, MayRename bool
	// Finished: which jobs of a framework are done, or these themselves, kept until
	// it is told to forget them. Jobs: its jobs, finished and not.
	Finished, Jobs bool
	// Named: members of lists, sets or sorted sets name the keys, or end their names.
	Named bool
}
