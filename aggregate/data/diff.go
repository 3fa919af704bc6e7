package data

// DiffSchema names the JSON of a comparison; fields may be added, never changed.
const DiffSchema = "rdblens.diff/1"

// Diff compares two snapshots. All sizes are bytes; slices are never nil.
type Diff struct {
	Schema      string   `json:"schema"`
	Tool        Tool     `json:"tool"`
	Partial     bool     `json:"partial"`
	Filters     Filters  `json:"filters"`
	Old         DiffSide `json:"old"`
	New         DiffSide `json:"new"`
	SpanSeconds *int64   `json:"span_seconds"` // from Old to New, nil when not known

	Totals            Change        `json:"totals"`
	ByType            []TypeChange  `json:"by_type"`
	Patterns          []DiffPattern `json:"patterns"` // by the size of the change, the rest as [other]
	PatternsTotal     int64         `json:"patterns_total"`
	PatternsCapped    bool          `json:"patterns_capped"`
	NewPatterns       []DiffPattern `json:"new_patterns"`
	NewPatternsTotal  int64         `json:"new_patterns_total"`
	Vanished          []DiffPattern `json:"vanished_patterns"`
	VanishedTotal     int64         `json:"vanished_patterns_total"`
	LeakSuspects      []DiffPattern `json:"leak_suspects"`
	LeakSuspectsTotal int64         `json:"leak_suspects_total"`

	// NewKeys are keys in New's list of the largest that are not in Old's.
	// When NewKeysCertain is false Old had more keys than its list keeps: a key
	// may have been there, smaller than NewKeysFloor.
	NewKeys        []BigKey `json:"new_keys"`
	NewKeysCertain bool     `json:"new_keys_certain"`
	NewKeysFloor   int64    `json:"new_keys_floor_bytes"`
	// GrownKeys are keys that are among the largest kept of both, and larger in New,
	// the largest growth first; GrownKeysTotal is how many there are.
	GrownKeys      []GrownKey `json:"grown_keys"`
	GrownKeysTotal int64      `json:"grown_keys_total"`
	Forecast       Forecast   `json:"forecast"`
	Warnings       []Warning  `json:"warnings"`

	All []DiffPattern `json:"-"` // every (pattern, type), unfolded
}

// DiffSide is one of the two snapshots.
type DiffSide struct {
	Partial bool     `json:"partial"`
	Ctime   *Time    `json:"ctime"` // of the source written last, nil when one does not say
	Sources []Source `json:"sources"`
	Totals  Totals   `json:"totals"`
}

// Change is a figure before and after.
type Change struct {
	KeysBefore             int64  `json:"keys_before"`
	KeysAfter              int64  `json:"keys_after"`
	KeysChange             int64  `json:"keys_change"`
	MemoryBefore           int64  `json:"memory_before_bytes"`
	MemoryAfter            int64  `json:"memory_after_bytes"`
	MemoryChange           int64  `json:"memory_change_bytes"`
	MemoryRatio            *Ratio `json:"memory_change_ratio"` // of the memory before, nil when there was none
	AvgBefore              int64  `json:"avg_before_bytes"`
	AvgAfter               int64  `json:"avg_after_bytes"`
	KeysWithoutTTLBefore   int64  `json:"keys_without_ttl_before"`
	KeysWithoutTTLAfter    int64  `json:"keys_without_ttl_after"`
	MemoryWithoutTTLBefore int64  `json:"memory_without_ttl_before_bytes"`
	MemoryWithoutTTLAfter  int64  `json:"memory_without_ttl_after_bytes"`
	KeysPerDay             *int64 `json:"keys_change_per_day"`
	MemoryPerDay           *int64 `json:"memory_change_bytes_per_day"`
}

// TypeChange is one type.
type TypeChange struct {
	Type string `json:"type"`
	Change
}

// DiffPattern is one (pattern, type).
type DiffPattern struct {
	Pattern string `json:"pattern"`
	Match   string `json:"match"`
	Type    string `json:"type"`
	Status  string `json:"status"` // new, vanished, grown, shrunk, same; other for [other]
	Change
	Example string `json:"example"`
	Leak    bool   `json:"leak_suspect"`
}

// GrownKey is a key as it is in New, and what it was in Old.
type GrownKey struct {
	BigKey
	MemoryBefore   int64 `json:"memory_before_bytes"`
	MemoryChange   int64 `json:"memory_change_bytes"`
	ElementsBefore int64 `json:"num_elements_before"`
}

// Forecast says when maxmemory is reached if growth goes on as it was.
type Forecast struct {
	Basis      string `json:"basis"` // "predicted" or "reported" used_memory, "" for none
	UsedBefore *int64 `json:"used_memory_before_bytes"`
	UsedAfter  *int64 `json:"used_memory_after_bytes"`
	PerDay     *int64 `json:"used_memory_change_bytes_per_day"`
	MaxMemory  *int64 `json:"maxmemory_bytes"` // of all sources of New
	Days       *int64 `json:"days_to_maxmemory"`
}

// DiffOptions shape a comparison.
type DiffOptions struct {
	Top       int   // rows of the lists, 0: DefaultTop
	MaxMemory int64 // bytes, of each server, 0: what the configuration says
}
