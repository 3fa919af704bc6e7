package data

// WhatIfSchema names the JSON of a comparison; fields may be added, never changed.
const WhatIfSchema = "rdblens.whatif/1"

// WhatIf is the same keys on other servers or under other settings, as plain
// data. All sizes are bytes; saves is before minus after. Slices and maps are
// never nil.
type WhatIf struct {
	Schema         string           `json:"schema"`
	Tool           Tool             `json:"tool"`
	Partial        bool             `json:"partial"`
	Now            *Time            `json:"now,omitempty"` // only when Config.Now was given
	Filters        Filters          `json:"filters"`
	Basis          string           `json:"basis"` // what the figures mean
	Model          BaselineModel    `json:"model"`
	Sources        []Source         `json:"sources"`
	Baseline       Baseline         `json:"baseline"`
	Scenarios      []ScenarioResult `json:"scenarios"`
	Sweeps         []SweepResult    `json:"sweeps"`
	PatternsTotal  int64            `json:"patterns_total"` // distinct (pattern, type) before folding
	PatternsCapped bool             `json:"patterns_capped"`
	Warnings       []Warning        `json:"warnings"`
}

// MixedServers stands for a line where sources are sized for different ones.
const MixedServers = "mixed"

// BaselineModel is the server that everything is compared with.
type BaselineModel struct {
	Server    string            `json:"server"` // a line, or MixedServers: each source's is in sources
	Allocator string            `json:"allocator"`
	Config    map[string]string `json:"config"` // settings that differ from the defaults
	Cluster   bool              `json:"cluster"`
	Loaded    bool              `json:"loaded"` // expired keys are not counted
}

// Baseline is what the keys take there.
type Baseline struct {
	Keys        int64  `json:"keys"`
	Memory      int64  `json:"memory_bytes"`
	MemoryError int64  `json:"memory_error_bytes"`
	Resident    int64  `json:"resident_bytes"`
	UsedMemory  *int64 `json:"predicted_used_memory_bytes"` // nil under filters and when a source is not whole
}

// ScenarioResult is what one scenario does.
type ScenarioResult struct {
	Name             string            `json:"name"`
	Server           string            `json:"server"` // a line, or MixedServers
	Settings         []Setting         `json:"settings"`
	Config           map[string]string `json:"config"` // settings that differ from the defaults
	Keys             int64             `json:"keys"`
	KeysChanged      int64             `json:"keys_changed"` // that change their encoding
	MemoryBefore     int64             `json:"memory_before_bytes"`
	MemoryAfter      int64             `json:"memory_after_bytes"`
	Saves            int64             `json:"saves_bytes"`
	SavesError       int64             `json:"saves_error_bytes"`
	SavesResident    int64             `json:"saves_resident_bytes"` // of what is really allocated for the keys
	UsedMemoryBefore *int64            `json:"used_memory_before_bytes"`
	UsedMemoryAfter  *int64            `json:"used_memory_after_bytes"`
	SavesUsedMemory  *int64            `json:"saves_used_memory_bytes"`
	ByType           []TypeOutcome     `json:"by_type"`
	ByPattern        []PatternChange   `json:"by_pattern"`
	Costs            []Cost            `json:"costs"`
	// Inexact says why the sizes before or after are not exact; SavesError is no bound
	// then.
	Inexact string `json:"inexact,omitempty"`
}

// TypeOutcome is what a scenario does to the keys of a type.
type TypeOutcome struct {
	Type            string           `json:"type"`
	Keys            int64            `json:"keys"`
	KeysChanged     int64            `json:"keys_changed"`
	MemoryBefore    int64            `json:"memory_before_bytes"`
	MemoryAfter     int64            `json:"memory_after_bytes"`
	Saves           int64            `json:"saves_bytes"`
	SavesError      int64            `json:"saves_error_bytes"`
	SavesResident   int64            `json:"saves_resident_bytes"`
	EncodingsBefore map[string]int64 `json:"encodings_before"`
	EncodingsAfter  map[string]int64 `json:"encodings_after"`
}

// PatternChange is what a scenario does to the keys of a (pattern, type). The
// last row may be "[other]", of type "mixed".
type PatternChange struct {
	Pattern string `json:"pattern"` // escaped for display
	Match   string `json:"match"`   // a glob for SCAN MATCH that covers it, "" for [other]
	TypeOutcome
}

// Cost is what an access pays for packed values of a type, before and after.
// Elements are fields, members and items: one in a listpack is found by
// scanning it, half of it on average, one in an intset by bisection. Of lists
// the longest and the fullest node count.
type Cost struct {
	Type        string       `json:"type"`
	KeysChanged int64        `json:"keys_changed"`
	Before      PackedCost   `json:"before"`
	After       PackedCost   `json:"after"`
	Conversions []Conversion `json:"conversions"`
}

// PackedCost describes packed values: listpacks, ziplists, intsets, list nodes.
type PackedCost struct {
	Keys        int64 `json:"packed_keys"`
	Longest     int64 `json:"longest_packed_bytes"`
	ScannedMax  int64 `json:"elements_scanned_max"`
	ScannedMean Ratio `json:"elements_scanned_mean"`
}

// Conversion is the keys of one encoding that take another one. PackedCost is
// that of the new encoding, zeros where it is a table.
type Conversion struct {
	From         string `json:"from"`
	To           string `json:"to"`
	Keys         int64  `json:"keys"`
	MemoryBefore int64  `json:"memory_before_bytes"`
	MemoryAfter  int64  `json:"memory_after_bytes"`
	PackedCost
}

// SweepResult is the curve of one setting.
type SweepResult struct {
	Setting string       `json:"setting"`
	Type    string       `json:"type"` // whose keys it concerns
	InForce int64        `json:"value_in_force"`
	Knee    *int64       `json:"knee"` // nil when the curve has none
	Points  []SweepPoint `json:"points"`
}

// SweepPoint is one value of the setting, all else as it is.
type SweepPoint struct {
	Value         int64 `json:"value"`
	Memory        int64 `json:"memory_bytes"` // of all keys
	Saves         int64 `json:"saves_bytes"`
	SavesError    int64 `json:"saves_error_bytes"`
	SavesResident int64 `json:"saves_resident_bytes"`
	KeysChanged   int64 `json:"keys_changed"`
	PackedCost
}
