package data

// TrendSchema names the JSON of a trend; fields may be added, never changed.
const TrendSchema = "rdblens.trend/1"

// Trend is three and more snapshots of one server in the order in which they were
// written. All sizes are bytes; slices are never nil. Lists of figures have one for each
// snapshot.
type Trend struct {
	Schema      string          `json:"schema"`
	Tool        Tool            `json:"tool"`
	Partial     bool            `json:"partial"`
	Filters     Filters         `json:"filters"`
	Snapshots   []TrendSnapshot `json:"snapshots"`
	SpanSeconds *int64          `json:"span_seconds"` // from the first to the last, nil when not known

	Totals            Course         `json:"totals"`
	ByType            []TypeTrend    `json:"by_type"`
	Patterns          []PatternTrend `json:"patterns"` // by the size of the change, the rest as [other]
	PatternsTotal     int64          `json:"patterns_total"`
	PatternsCapped    bool           `json:"patterns_capped"`
	Appeared          []PatternTrend `json:"appeared_patterns"` // not in the first, in the last
	AppearedTotal     int64          `json:"appeared_patterns_total"`
	Gone              []PatternTrend `json:"gone_patterns"` // not in the last
	GoneTotal         int64          `json:"gone_patterns_total"`
	LeakSuspects      []PatternTrend `json:"leak_suspects"`
	LeakSuspectsTotal int64          `json:"leak_suspects_total"`
	Forecast          TrendForecast  `json:"forecast"`
	Warnings          []Warning      `json:"warnings"`

	All []PatternTrend `json:"-"` // every (pattern, type), unfolded
}

// TrendSnapshot is one of the snapshots.
type TrendSnapshot struct {
	Ctime   *Time    `json:"ctime"` // of the source written last, nil when one does not say
	Partial bool     `json:"partial"`
	Sources []Source `json:"sources"`
	Totals  Totals   `json:"totals"`
}

// Course is how figures went. Rates are nil without times.
type Course struct {
	Keys             []int64 `json:"keys"`
	Memory           []int64 `json:"memory_bytes"`
	KeysWithoutTTL   []int64 `json:"keys_without_ttl"`
	MemoryWithoutTTL []int64 `json:"memory_without_ttl_bytes"`
	KeysChange       int64   `json:"keys_change"` // from the first to the last
	MemoryChange     int64   `json:"memory_change_bytes"`
	MemoryRatio      *Ratio  `json:"memory_change_ratio"` // of the first, nil when that had none
	Rises            int64   `json:"memory_rises"`        // from one snapshot to the next
	Falls            int64   `json:"memory_falls"`
	KeysPerDay       *Rate   `json:"keys_per_day"`
	MemoryPerDay     *Rate   `json:"memory_bytes_per_day"`
}

// Rate is a change a day: the median of those between any two snapshots (Theil and Sen),
// and the quartiles, between which half of them lie.
type Rate struct {
	Median int64 `json:"median"`
	Low    int64 `json:"low"`
	High   int64 `json:"high"`
}

// TypeTrend is one type.
type TypeTrend struct {
	Type string `json:"type"`
	Course
}

// PatternTrend is one (pattern, type).
type PatternTrend struct {
	Pattern string `json:"pattern"`
	Match   string `json:"match"`
	Type    string `json:"type"`
	// Status is appeared (not in the first, in the last), gone (not in the last), grown,
	// shrunk, same; other for [other].
	Status string `json:"status"`
	Course
	Example string `json:"example"`
	Leak    bool   `json:"leak_suspect"` // it grows from snapshot to snapshot, and has no TTL
}

// TrendForecast says where used_memory goes if it goes on as it went.
type TrendForecast struct {
	Basis     string        `json:"basis"`             // "predicted" or "reported" used_memory, "memory" of the keys, "" for none
	Used      []int64       `json:"used_memory_bytes"` // by snapshot; empty without a basis
	PerDay    *Rate         `json:"used_memory_bytes_per_day"`
	Ahead     []TrendAhead  `json:"ahead"`
	MaxMemory *int64        `json:"maxmemory_bytes"` // of all sources of the last snapshot
	Reached   *TrendReached `json:"maxmemory_reached"`
}

// TrendAhead is used_memory some days after the last snapshot: by the median of the
// rates, and by their quartiles.
type TrendAhead struct {
	Days int64 `json:"days"`
	At   Time  `json:"at"`
	Used int64 `json:"used_memory_bytes"`
	Low  int64 `json:"used_memory_low_bytes"`
	High int64 `json:"used_memory_high_bytes"`
}

// TrendReached is how many days after the last snapshot maxmemory is reached, whole days
// rounded down; nil is never at that rate.
type TrendReached struct {
	Days     *int64 `json:"days"`
	Earliest *int64 `json:"days_earliest"`
	Latest   *int64 `json:"days_latest"`
}
