package data

import "cmp"

// ReportSchema names the JSON report; fields may be added, never changed.
const ReportSchema = "rdblens.report/1"

// Report is the final view of a Summary: everything a renderer prints, as
// plain data. All sizes are bytes, all times ms since the epoch unless named
// otherwise. Slices are never nil where JSON promises an array.
type Report struct {
	Schema  string    `json:"schema"`
	Tool    Tool      `json:"tool"`
	Partial bool      `json:"partial"`
	Now     *Time     `json:"now,omitempty"` // only when Config.Now was given
	Filters Filters   `json:"filters"`
	Blobs   string    `json:"blobs"` // "header" or "walked"
	Sources []Source  `json:"sources"`
	Totals  Totals    `json:"totals"`
	Live    *Live     `json:"live,omitempty"` // nil: no server said anything
	ByType  []TypeRow `json:"by_type"`
	// ByDatabase are the Config.Top databases with most memory; those beyond are one row.
	ByDatabase     []DatabaseRow `json:"by_database"`
	DatabasesTotal int64         `json:"databases_total"`
	// ElementsByType are element counts, of the types whose values have some.
	ElementsByType []ElementsRow `json:"elements_by_type"`
	Patterns       []PatternRow  `json:"patterns"`
	PatternsCapped bool          `json:"patterns_capped"`
	PatternsTotal  int64         `json:"patterns_total"` // distinct patterns before folding into [other]
	// Groups are all rows before Patterns keeps the largest: every (pattern, type) that
	// advice speaks of, the largest first, none estimated, which add up to all keys.
	Groups            []PatternRow `json:"groups"`
	Tree              []TreeRow    `json:"tree"` // the keys by the first tokens of their patterns
	Expiry            Expiry       `json:"expiry"`
	Biggest           []BigKey     `json:"biggest"`
	BiggestByElements []BigKey     `json:"biggest_by_elements"`
	// BiggestByType are a few of each type, the type with the largest key first: of the
	// keys that are kept for Biggest, so that types of small keys may be missing.
	BiggestByType []BigKey     `json:"biggest_by_type"`
	LongestNames  []BigKey     `json:"longest_names"` // keys of the longest names, 50 at most
	Sizes         []Percentile `json:"sizes"`         // of MEMORY USAGE over all keys
	Slots         Slots        `json:"slots"`
	Idle          Idle         `json:"idle"`
	Unknowable    []string     `json:"unknowable"`
	Warnings      []Warning    `json:"warnings"`
	Facts         Facts        `json:"-"`
	// Separators cut names into the levels of Tree: those of the configuration.
	Separators string `json:"-"`
}

// Tool names the program that wrote a report.
type Tool struct {
	Name    string `json:"name" part:"name"`
	Version string `json:"version" part:"version"`
}

// Filters are the selections in force; empty fields were not given.
type Filters struct {
	DB      []int32  `json:"db,omitempty" part:"db,signed"`
	Type    []string `json:"type,omitempty" part:"type,raw"`
	Match   []string `json:"match,omitempty" part:"match,raw"`
	Regex   []string `json:"regex,omitempty" part:"regex,raw"`
	Exclude []string `json:"exclude,omitempty" part:"exclude,raw"`
	MinSize int64    `json:"min_size,omitempty" part:"min_size"`
	MaxSize int64    `json:"max_size,omitempty" part:"max_size"`
	TTL     string   `json:"ttl,omitempty" part:"ttl,raw"`

	ExcludeRegex []string `json:"exclude_regex,omitempty" part:"exclude_regex,raw,optional"`
	MinElements  int64    `json:"min_elements,omitempty" part:"min_elements,optional"`
	Idle         string   `json:"idle,omitempty" part:"idle,raw,optional"` // <DURATION or >DURATION
}

// Any reports whether some keys may be left out.
func (f *Filters) Any() bool {
	return len(f.DB)+len(f.Type)+len(f.Match)+len(f.Regex)+len(f.Exclude)+len(f.ExcludeRegex) > 0 ||
		f.MinSize > 0 || f.MaxSize > 0 || f.MinElements > 0 || f.TTL != "" || f.Idle != ""
}

// Source is one dump.
type Source struct {
	Name               string            `json:"name"`
	Bytes              int64             `json:"bytes"` // read
	Magic              string            `json:"magic"`
	RDBVersion         int               `json:"rdb_version"`
	ServerVersion      string            `json:"server_version"` // "redis 7.4.1", "" when the dump does not say
	Ctime              *Time             `json:"ctime"`
	Now                *Time             `json:"now"` // the clock used for this source
	ReportedUsedMemory *int64            `json:"reported_used_memory_bytes"`
	Checksum           string            `json:"checksum"`
	Keys               int64             `json:"keys"`
	KeysCounted        int64             `json:"keys_counted"` // those that Filters and Loaded left
	Memory             int64             `json:"memory_bytes"` // their MEMORY USAGE
	Aux                map[string]string `json:"aux"`          // escaped for display
	Model              Model             `json:"model"`
	Error              string            `json:"error,omitempty"`
	ErrorOffset        *int64            `json:"error_offset,omitempty"`
	LastGoodKey        string            `json:"last_good_key,omitempty"`
	// Indexes are those of search modules: built when the dump is loaded, in no key.
	Indexes []Index `json:"indexes,omitempty"`
	// Functions are libraries of functions, FunctionBytes what they take in the dump; a
	// server compiles them, into memory that is in no key.
	Functions     int64     `json:"functions"`
	FunctionBytes int64     `json:"function_bytes"`
	Libraries     []Library `json:"libraries,omitempty"` // the first 64 of them
}

// Library is a library of functions.
type Library struct {
	Library string `json:"name" part:"name"`     // its name, escaped for display, "" where its code does not say
	Engine  string `json:"engine" part:"engine"` // escaped for display
	Bytes   int64  `json:"bytes" part:"bytes"`   // in the dump
}

// Compare orders them by name.
func (x Library) Compare(o Library) int {
	return cmp.Or(cmp.Compare(x.Library, o.Library), cmp.Compare(x.Engine, o.Engine), cmp.Compare(x.Bytes, o.Bytes))
}

// Index is what a dump says of the indexes of a search module.
type Index struct {
	Type    string `json:"module" part:"module"` // of the module, e.g. "ft_index0"
	Count   int64  `json:"count" part:"count"`   // 0 where the dump does not tell
	Example string `json:"name" part:"name"`     // of one of them, escaped for display, "" where not known
}

// Compare orders them.
func (x Index) Compare(o Index) int {
	return cmp.Or(cmp.Compare(x.Type, o.Type), cmp.Compare(x.Count, o.Count), cmp.Compare(x.Example, o.Example))
}

// Model is the profile a source was sized with.
type Model struct {
	Server    string            `json:"server"`
	Allocator string            `json:"allocator"`
	Config    map[string]string `json:"config"`
	Reason    string            `json:"reason,omitempty"` // how auto chose it
	// Inexact says why no size is exact: the server has no line and the nearest stands
	// in, or no server of the line was measured.
	Inexact string `json:"inexact,omitempty"`
}

// Totals over all sources. Nil where filters or damage make a figure meaningless.
type Totals struct {
	Keys        int64 `json:"keys"`
	Elements    int64 `json:"elements"`
	Memory      int64 `json:"memory_bytes"`
	MemoryError int64 `json:"memory_error_bytes"`
	// Keys whose memory is known within no bound, which MemoryError leaves out: values of
	// modules without a model.
	UnboundedKeys       int64  `json:"unbounded_keys,omitempty"`
	UnboundedMemory     int64  `json:"unbounded_memory_bytes,omitempty"`
	Resident            int64  `json:"resident_bytes"`
	Keyspace            *int64 `json:"keyspace_bytes"`
	Baseline            *int64 `json:"baseline_bytes"`
	PredictedUsedMemory *int64 `json:"predicted_used_memory_bytes"`
	ReportedUsedMemory  *int64 `json:"reported_used_memory_bytes"`
	// Allocators are the predictions under every allocator, the one that the keys were
	// sized for first; nil where nothing is predicted.
	Allocators    []AllocatorTotal `json:"allocators,omitempty"`
	KeyName       int64            `json:"key_name_bytes"`
	Payload       int64            `json:"payload_bytes"`
	Waste         int64            `json:"waste_bytes"`
	RDB           int64            `json:"rdb_bytes"`
	KeysWithTTL   int64            `json:"keys_with_ttl"`
	MemoryWithTTL int64            `json:"memory_with_ttl_bytes"`
	KeysExpired   int64            `json:"keys_expired"`
	MemoryExpired int64            `json:"memory_expired_bytes"`
}

// AllocatorTotal is what is predicted for one allocator.
type AllocatorTotal struct {
	Allocator           string `json:"allocator"`
	PredictedUsedMemory int64  `json:"predicted_used_memory_bytes"`
	// Estimated: of some large source not every key was sized under it.
	Estimated bool `json:"estimated,omitempty"`
}

// TypeRow is one (database, type, encoding).
type TypeRow struct {
	DB               int32  `json:"db"`
	Type             string `json:"type"`
	Encoding         string `json:"encoding"`
	Keys             int64  `json:"keys"`
	Elements         int64  `json:"elements"`
	Memory           int64  `json:"memory_bytes"`
	KeysWithoutTTL   int64  `json:"keys_without_ttl"`
	MemoryWithoutTTL int64  `json:"memory_without_ttl_bytes"`
	P50              int64  `json:"p50"`
	P90              int64  `json:"p90"`
	P99              int64  `json:"p99"`
	Max              int64  `json:"max"`
	// Figures are sums that users of a module know its values by (samples, chunks,
	// capacity, items, …; see memory.Figure), nil for other types.
	Figures map[string]int64 `json:"figures,omitempty"`
	// UnboundedKeys are those whose memory is known within no bound.
	UnboundedKeys int64 `json:"unbounded_keys,omitempty"`
}

// OtherDatabases is the number of the row for databases that have none.
const OtherDatabases int32 = -1

// DatabaseRow is one database, or with OtherDatabases all that have no row.
type DatabaseRow struct {
	DB               int32 `json:"db"`
	Keys             int64 `json:"keys"`
	Memory           int64 `json:"memory_bytes"`
	MemoryShare      Ratio `json:"memory_share"`
	KeysWithoutTTL   int64 `json:"keys_without_ttl"`
	MemoryWithoutTTL int64 `json:"memory_without_ttl_bytes"`
	Max              int64 `json:"max"` // of a key's MEMORY USAGE
}

// ElementsRow is how many elements the values of a type have: percentiles by key.
type ElementsRow struct {
	Type     string `json:"type"`
	Keys     int64  `json:"keys"`
	Elements int64  `json:"elements"`
	P50      int64  `json:"p50"`
	P90      int64  `json:"p90"`
	P99      int64  `json:"p99"`
	Max      int64  `json:"max"`
}

// PatternRow is one (pattern, type). The last row may be "[other]".
type PatternRow struct {
	Pattern string `json:"pattern"` // escaped for display
	Match   string `json:"match"`   // a glob for SCAN MATCH that covers it, "" for [other]
	Type    string `json:"type"`    // "mixed" for [other]
	// Role is what the keys are for, a role.Role: "job", "cache", …, "unknown";
	// RoleReason says in a few words why, without what is in names or values.
	Role             string           `json:"role"`
	RoleReason       string           `json:"role_reason"`
	Keys             int64            `json:"keys"`
	Memory           int64            `json:"memory_bytes"`
	MemoryShare      Ratio            `json:"memory_share"`
	AvgBytes         int64            `json:"avg_bytes"`
	KeysWithoutTTL   int64            `json:"keys_without_ttl"`
	MemoryWithoutTTL int64            `json:"memory_without_ttl_bytes"`
	Encodings        map[string]int64 `json:"encodings"`
	P50              int64            `json:"p50"`
	P90              int64            `json:"p90"`
	P99              int64            `json:"p99"`
	Max              int64            `json:"max"`
	ElementsP50      int64            `json:"elements_p50"`
	ElementsP90      int64            `json:"elements_p90"`
	ElementsP99      int64            `json:"elements_p99"`
	ElementsMax      int64            `json:"elements_max"`
	IdleP50          *int64           `json:"idle_p50_seconds"`
	// By byte of MEMORY USAGE instead of by key: nil when the dump has none.
	IdleMemoryP50 *int64 `json:"idle_memory_p50_seconds"`
	IdleMemoryP90 *int64 `json:"idle_memory_p90_seconds"`
	IdleMemoryP99 *int64 `json:"idle_memory_p99_seconds"`
	FreqMemoryP50 *int64 `json:"freq_memory_p50"`
	FreqMemoryP90 *int64 `json:"freq_memory_p90"`
	FreqMemoryP99 *int64 `json:"freq_memory_p99"`
	// MEMORY USAGE of keys idle for longer than 1, 7 and 30 days.
	Cold1d  *int64 `json:"cold_1d_bytes"`
	Cold7d  *int64 `json:"cold_7d_bytes"`
	Cold30d *int64 `json:"cold_30d_bytes"`
	Example string `json:"example"` // escaped for display
	// PurePattern is the pattern of the example by itself, as Row.Pattern has it; other
	// keys of the row may have others, which Folded tells. Empty where the example was cut.
	PurePattern   string `json:"pure_pattern"`
	Folded        bool   `json:"folded"`
	Elements      int64  `json:"elements"`
	KeyName       int64  `json:"key_name_bytes"`
	Payload       int64  `json:"payload_bytes"`
	Waste         int64  `json:"waste_bytes"`
	Resident      int64  `json:"resident_bytes"`
	Overhead      int64  `json:"overhead_bytes"`  // resident less payload and waste
	FieldsWithTTL int64  `json:"fields_with_ttl"` // fields of hashes that expire by themselves
	FieldsExpired int64  `json:"fields_expired"`
	Estimated     bool   `json:"estimated"`
	Error         int64  `json:"error_bytes"`
	// As in TypeRow.
	Figures       map[string]int64 `json:"figures,omitempty"`
	UnboundedKeys int64            `json:"unbounded_keys,omitempty"`
}

// TreeRow is one prefix of keys. Rows are in preorder, the larger first; those
// right below one add up to it, and those of depth 1 to all there is.
type TreeRow struct {
	Depth int `json:"depth"` // tokens, from 1
	// Kind is "prefix" for the keys that begin with these tokens, "keys" for
	// those that end with them, when there are others, "other" for the prefixes
	// too small to be shown.
	Kind             string `json:"kind"`
	Prefix           string `json:"prefix"` // a pattern, escaped for display
	Match            string `json:"match"`  // a glob for SCAN MATCH that covers it, "" for [other]
	Keys             int64  `json:"keys"`
	Memory           int64  `json:"memory_bytes"`
	MemoryShare      Ratio  `json:"memory_share"`
	AvgBytes         int64  `json:"avg_bytes"`
	KeysWithoutTTL   int64  `json:"keys_without_ttl"`
	MemoryWithoutTTL int64  `json:"memory_without_ttl_bytes"`
	Patterns         int64  `json:"patterns"` // (pattern, type) rows it covers
	Type             string `json:"type"`     // of the values, "mixed" where there are several
	// IdleMemoryP50 is by byte of MEMORY USAGE, as that of PatternRow: nil when the dump
	// has none.
	IdleMemoryP50 *int64 `json:"idle_memory_p50_seconds"`
}

// Expiry is the timeline of expiring keys.
type Expiry struct {
	Buckets []ExpiryBucket `json:"buckets"`
	Storms  []Storm        `json:"storms"`
	Fields  FieldExpiry    `json:"fields"`
	// Timeline is what expires after the clock, in order of time: hours for 90 days,
	// then days for ten years, wider where the timeline is kept so. Spans without keys
	// are left out.
	Timeline []TimelineBin `json:"timeline"`
}

// TimelineBin is a span of absolute time. Sources with clocks far apart may have
// a wide one and narrow ones at the same time; no key is in two.
type TimelineBin struct {
	At           Time  `json:"at"`
	WidthSeconds int64 `json:"width_seconds"`
	Keys         int64 `json:"keys"`
	Memory       int64 `json:"memory_bytes"`
}

// FieldExpiry is the timeline of hash fields that expire by themselves.
type FieldExpiry struct {
	Hashes  int64         `json:"hashes"`  // with such fields
	Fields  int64         `json:"fields"`  // with a TTL
	Expired int64         `json:"expired"` // of those, past it
	Buckets []FieldBucket `json:"buckets"` // empty when there are none
}

// FieldBucket is a span of that timeline, like ExpiryBucket.
type FieldBucket struct {
	Label  string `json:"label"`
	From   *int64 `json:"from"`
	To     *int64 `json:"to"`
	Fields int64  `json:"fields"`
}

// ExpiryBucket is a span of the timeline, relative to each source's clock.
// Labels: past, <1h, <1d, <7d, <30d, later, never; unknown when a source has no clock.
type ExpiryBucket struct {
	Label  string `json:"label"`
	From   *int64 `json:"from"` // seconds from the clock, inclusive; nil = open
	To     *int64 `json:"to"`   // exclusive
	Keys   int64  `json:"keys"`
	Memory int64  `json:"memory_bytes"`
}

// Storm is a span in which unusually many keys expire.
type Storm struct {
	At           Time     `json:"at"`
	WidthSeconds int64    `json:"width_seconds"`
	Keys         int64    `json:"keys"`
	Memory       int64    `json:"memory_bytes"`
	TopPatterns  []string `json:"top_patterns"`
	TopShares    []Ratio  `json:"top_shares"` // of the keys, one for each of TopPatterns, from a sample
	First        Time     `json:"first"`      // the earliest expiry in it
	Last         Time     `json:"last"`
	PeakAt       Time     `json:"peak_at"` // the minute with most keys
	PeakKeys     int64    `json:"peak_keys"`
	PeakMemory   int64    `json:"peak_memory_bytes"`
	// SameTime is the millisecond at which most of the keys expire, nil when
	// there is none; SameShare is their share, from a sample unless all do.
	SameTime  *Time `json:"same_time"`
	SameShare Ratio `json:"same_time_share"`
}

// stormMost is the share of a storm's sampled keys from which their pattern is said
// to be that of most: of the eight keys that a minute keeps seven. Of a pattern with
// half of the keys seven or more are kept by chance once in 28 times.
const stormMost Ratio = 8500

// Mostly reports whether more than half of the keys are of the first pattern.
func (s *Storm) Mostly() bool {
	return len(s.TopPatterns) > 0 && len(s.TopShares) > 0 && s.TopShares[0] >= stormMost
}

// BigKey is a key of the top-N lists.
type BigKey struct {
	DB             int32  `json:"db"`
	Type           string `json:"type"`
	Key            string `json:"key"`                  // escaped for display, at most 1 KiB of the key
	KeyBase64      string `json:"key_base64,omitempty"` // of a name that is not valid UTF-8 or longer than that
	KeyLen         int64  `json:"key_bytes"`
	Size           int64  `json:"size_in_bytes"` // MEMORY USAGE, under the name that rows give it
	Memory         int64  `json:"memory_bytes"`  // the same
	Exact          bool   `json:"exact"`
	Error          *int64 `json:"error_bytes"` // nil when no bound is known
	Encoding       string `json:"encoding"`
	Elements       int64  `json:"num_elements"`
	LongestElement *int64 `json:"len_largest_element"`
	Expiry         *Time  `json:"expiry"`
	Idle           *int64 `json:"idle_seconds"`
	Freq           *int32 `json:"freq"`
	Slot           *int32 `json:"slot"`
	Pattern        string `json:"pattern"`
	RDBBytes       int64  `json:"rdb_bytes"`
	Source         string `json:"source"`
}

// Slots is how the keys spread over the hash slots of a cluster.
type Slots struct {
	Used    int64     `json:"used"`    // slots with keys, of 16384
	Biggest []SlotRow `json:"biggest"` // by memory
	All     []SlotRow `json:"-"`       // every slot with keys, by number
	// Shards is how even the keys would be on equal shards.
	Shards []ShardSkew `json:"shards"`
	// Sources is how even they are between the sources, nil for one source.
	Sources *ShardSkew `json:"sources"`
}

// ShardSkew is the largest shard compared with the mean.
type ShardSkew struct {
	Shards        int64 `json:"shards"`
	LargestKeys   int64 `json:"largest_keys"`
	LargestMemory int64 `json:"largest_memory_bytes"`
	KeysSkew      Ratio `json:"keys_skew"` // largest/mean; 1 is even
	MemorySkew    Ratio `json:"memory_skew"`
}

// SlotRow is one hash slot.
type SlotRow struct {
	Slot        int32 `json:"slot"`
	Keys        int64 `json:"keys"`
	Memory      int64 `json:"memory_bytes"`
	MemoryShare Ratio `json:"memory_share"`
	// TaggedKeys and TaggedMemory are those of keys with a hash tag, Tags the
	// tags that may hold most of them (Biggest only).
	TaggedKeys   int64     `json:"tagged_keys"`
	TaggedMemory int64     `json:"tagged_memory_bytes"`
	Tags         []SlotTag `json:"tags"`
}

// SlotTag is a hash tag behind a slot.
type SlotTag struct {
	Tag    string `json:"tag"`                  // escaped for display, at most 64 bytes of it
	AtMost int64  `json:"memory_at_most_bytes"` // what its keys take, at most
	Exact  bool   `json:"exact"`                // every tagged key of the slot was looked at
}

// Percentile is one point of a size distribution.
type Percentile struct {
	Percent string `json:"percent"` // "50", "99.9"
	Bytes   int64  `json:"bytes"`
}

// UsePercentile is one point of the distribution of idle times, in seconds, or of access
// counters, 0 to 255.
type UsePercentile struct {
	Percent string `json:"percent"` // "50", "99.9"
	Value   int64  `json:"value"`
	// Bytes is Value under the name that it had first. It holds no bytes.
	//
	// Deprecated: use Value.
	Bytes int64 `json:"bytes"`
}

// Idle says what the dump records of use.
type Idle struct {
	Recorded    string          `json:"recorded"` // "idle" (an LRU policy), "freq" (LFU), "" (neither)
	Keys        int64           `json:"keys"`
	Percentiles []UsePercentile `json:"percentiles"` // of idle seconds, or of freq
	// MemoryPercentiles are the same by byte of MEMORY USAGE instead of by key.
	MemoryPercentiles []UsePercentile `json:"memory_percentiles"`
	Cold              []Cold          `json:"cold"` // empty unless Recorded is "idle"
	// Freq is what sources with an LFU policy add when others have idle times.
	FreqKeys              int64           `json:"freq_keys"`
	FreqPercentiles       []UsePercentile `json:"freq_percentiles"`
	FreqMemoryPercentiles []UsePercentile `json:"freq_memory_percentiles"`
	// Hottest and Coldest are the keys used last and not used for longest, or, where no
	// idle times are recorded, of the highest and lowest counters: 50 at most.
	Hottest []BigKey `json:"hottest"`
	Coldest []BigKey `json:"coldest"`
	// Note says so when nothing or not everything is recorded, else it is empty.
	Note string `json:"note"`
}

// Cold is what was not used for a time.
type Cold struct {
	IdleSeconds int64 `json:"idle_seconds"` // for longer than this
	Keys        int64 `json:"keys"`
	Memory      int64 `json:"memory_bytes"`
	MemoryShare Ratio `json:"memory_share"` // of all memory
}

// Warning is something the reader of a report should know.
type Warning struct {
	Source string `json:"source,omitempty" part:"source,raw"`
	Code   string `json:"code" part:"code"`
	Text   string `json:"text" part:"text"` // escaped for display
	Count  int64  `json:"count" part:"count"`
}
