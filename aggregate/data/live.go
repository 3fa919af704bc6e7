package data

// LiveInput is what a server said of itself beside its dump: INFO, MEMORY STATS, CONFIG GET.
type LiveInput struct {
	// Figures are numbers by the name INFO gives them, see LiveFigures; others are left out.
	Figures map[string]int64
	// Words are texts by the name INFO or CONFIG GET gives them, see LiveWords.
	Words map[string]string
	// Settings are those of the server that shape memory. One that a Config has another
	// value for than the default is not taken.
	Settings []Setting
}

// LiveFigures are the figures of INFO and MEMORY STATS that are understood. What only
// MEMORY STATS has is written with underscores here; overhead_hashtable_* are summed
// over the databases, and keys and expires over the section Keyspace.
var LiveFigures = []string{
	"active_defrag_running", "allocator_active", "allocator_allocated", "allocator_resident", "aof_base_size", "aof_current_size",
	"aof_enabled", "blocked_clients", "cluster_enabled", "connected_clients", "connected_slaves", "current_cow_peak", "evicted_keys",
	"expired_keys", "expires", "keys", "keyspace_hits", "keyspace_misses", "latest_fork_usec", "lazyfree_pending_objects", "lua_caches",
	"maxclients", "maxmemory", "mem_aof_buffer", "mem_clients_normal", "mem_clients_slaves", "mem_cluster_links",
	"mem_not_counted_for_evict", "mem_replica_full_sync_buffer", "mem_replication_backlog", "number_of_cached_scripts", "overhead_hashtable_expires",
	"overhead_hashtable_main", "rdb_bgsave_in_progress", "rdb_changes_since_last_save", "rdb_last_cow_size", "script_vms",
	"search_used_memory_indexes", "total_system_memory", "uptime_in_seconds", "used_memory", "used_memory_dataset",
	"used_memory_functions", "used_memory_overhead", "used_memory_peak", "used_memory_rss", "used_memory_scripts",
	"used_memory_scripts_eval", "used_memory_startup",
}

// LiveWords are the texts that are understood.
var LiveWords = []string{"activedefrag", "maxmemory_policy", "mem_allocator", "redis_mode", "redis_version", "role", "valkey_version"}

// Live is what the servers said of themselves, summed over the sources that have it.
// Figures are bytes unless named otherwise, 0 where no server gave them.
type Live struct {
	Sources []string `json:"sources"` // names of those sources
	// Server, Allocator, Policy and Role are those of all of them, "" where they differ
	// or are not known.
	Server    string `json:"server"`
	Allocator string `json:"mem_allocator"`
	Policy    string `json:"maxmemory_policy"`
	Role      string `json:"role"`

	UsedMemory  int64 `json:"used_memory_bytes"`
	Peak        int64 `json:"used_memory_peak_bytes"`
	RSS         int64 `json:"used_memory_rss_bytes"`
	MaxMemory   int64 `json:"maxmemory_bytes"` // 0: no limit
	NotCounted  int64 `json:"not_counted_for_eviction_bytes"`
	SystemTotal int64 `json:"system_memory_bytes"`
	Keys        int64 `json:"keys"` // of INFO

	// Reconciliation adds used_memory up; nil where it cannot be: a source without INFO,
	// filters, or a source that is not whole.
	Reconciliation *Reconciliation `json:"reconciliation"`
	Fragmentation  Fragmentation   `json:"fragmentation"`
	Fork           Fork            `json:"fork"`
	Use            LiveUse         `json:"use"`
}

// Reconciliation is used_memory term by term.
type Reconciliation struct {
	Allocator string     `json:"allocator"` // that keys and tables are counted under
	Terms     []LiveTerm `json:"terms"`     // they add up to UsedMemory
	// GrowthRoom is what is in no term with a name of its own: room that live values keep
	// and loaded ones do not have. A restart or a failover gives it back. Negative: less
	// was in use than was predicted.
	GrowthRoom int64 `json:"growth_room_bytes"`
	// RestartUsedMemory is used_memory after a restart, with the same buffers; RestartSaves
	// what that is less, never negative.
	RestartUsedMemory int64 `json:"restart_used_memory_bytes"`
	RestartSaves      int64 `json:"restart_saves_bytes"`
	// Named is the share of used_memory that is in terms other than the growth room.
	Named Ratio `json:"named_share"`
}

// LiveTerm is one summand of used_memory.
type LiveTerm struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	Basis string `json:"basis"` // "dump" (computed from it), "info", "rest"
}

// Fragmentation is where the process's memory beyond used_memory is. Ratios are in
// ten thousandths.
type Fragmentation struct {
	Known     bool  `json:"known"`                    // the allocator's figures are there
	Ratio     Ratio `json:"ratio"`                    // RSS / used_memory
	Allocator int64 `json:"allocator_bytes"`          // active - allocated: holes in pages in use, which active defragmentation fills
	Retained  int64 `json:"allocator_retained_bytes"` // resident - active: free pages that MEMORY PURGE gives back
	Process   int64 `json:"process_bytes"`            // RSS - resident: code, stacks, memory of Lua; negative: swapped out
	// AllocatorRatio is active / allocated.
	AllocatorRatio Ratio  `json:"allocator_ratio"`
	ActiveDefrag   string `json:"activedefrag"` // yes, no, "" where not known
	Running        bool   `json:"running"`
}

// Fork is what a child process took, and may take.
type Fork struct {
	LastCopied int64 `json:"last_copied_bytes"` // by copy-on-write, of the last RDB save
	Micros     int64 `json:"latest_fork_microseconds"`
	// Room is what the machine has beyond the process: if every page is written to while
	// a child runs, as much as RSS is copied.
	Room *int64 `json:"room_bytes"`
}

// LiveUse is how the data is used. Counts since the start of the servers.
type LiveUse struct {
	Hits    int64  `json:"hits"`
	Misses  int64  `json:"misses"`
	HitRate *Ratio `json:"hit_rate"` // nil where nothing was read
	Evicted int64  `json:"evicted_keys"`
	Expired int64  `json:"expired_keys"`
	Uptime  int64  `json:"uptime_seconds"` // of the one that was started last
}
