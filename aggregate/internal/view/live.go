package view

import (
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// Effective returns the summary under the settings its sources were sized with, where
// they are the same for all: those of live servers stand in no configuration.
func Effective(s *state.Summary) *state.Summary {
	if len(s.Sources) == 0 {
		return s
	}
	first := &s.Sources[0]
	for i := range s.Sources {
		if !equalPairs(s.Sources[i].Changed, first.Changed) {
			return s
		}
	}
	c := memory.DefaultConfig()
	for _, p := range first.Changed {
		if _, err := c.Set(p.Name, p.Value); err != nil {
			return s // of a part
		}
	}
	if c == s.Config.Settings {
		return s
	}
	out := *s
	out.Config.Settings = c
	return &out
}

func equalPairs(a, b []state.Pair) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// liveFigures are those of one source, or sums of several.
type liveFigures map[string]int64

// liveOf returns the figures of a source.
func liveOf(x *state.SourceState) liveFigures {
	f := make(liveFigures, len(x.Live))
	for i := range x.Live {
		f[x.Live[i].Name] = x.Live[i].Value
	}
	return f
}

// word returns a word of a source, "" for none.
func word(x *state.SourceState, name string) string {
	for i := range x.LiveWords {
		if x.LiveWords[i].Name == name {
			return x.LiveWords[i].Value
		}
	}
	return ""
}

// common keeps a word while all have the same.
type common struct {
	text  string
	mixed bool
	begun bool
}

func (c *common) add(s string) {
	c.mixed = c.mixed || c.begun && s != c.text
	c.text, c.begun = s, true
}

func (c *common) get() string {
	if c.mixed {
		return ""
	}
	return c.text
}

// live returns what servers said, nil when none did.
func live(s *state.Summary, filtered bool) *data.Live {
	v := &data.Live{Sources: []string{}}
	sum := liveFigures{}
	var server, allocator, policy, role, defrag common
	uptime := int64(-1)
	whole := !filtered && !s.Partial()
	for i := range s.Sources {
		x := &s.Sources[i]
		if len(x.Live) == 0 {
			whole = false
			continue
		}
		v.Sources = append(v.Sources, keyname.EscapeText(x.Name))
		f := liveOf(x)
		whole = whole && f["used_memory"] > 0
		for name, n := range f {
			sum[name] += n
		}
		if n := f["uptime_in_seconds"]; uptime < 0 || n < uptime {
			uptime = n
		}
		server.add(liveServer(x))
		allocator.add(word(x, "mem_allocator"))
		policy.add(word(x, "maxmemory_policy"))
		role.add(word(x, "role"))
		defrag.add(word(x, "activedefrag"))
	}
	if len(v.Sources) == 0 {
		return nil
	}
	v.Server, v.Allocator, v.Policy, v.Role = server.get(), allocator.get(), policy.get(), role.get()
	v.UsedMemory, v.Peak, v.RSS, v.MaxMemory = sum["used_memory"], sum["used_memory_peak"], sum["used_memory_rss"], sum["maxmemory"]
	v.NotCounted, v.SystemTotal, v.Keys = sum["mem_not_counted_for_evict"], sum["total_system_memory"], sum["keys"]
	v.Fragmentation = fragmentation(sum, defrag.get())
	v.Fork = data.Fork{LastCopied: sum["rdb_last_cow_size"], Micros: sum["latest_fork_usec"]}
	if len(v.Sources) == 1 && v.SystemTotal > 0 && v.RSS > 0 {
		room := v.SystemTotal - v.RSS
		v.Fork.Room = &room
	}
	v.Use = data.LiveUse{
		Hits: sum["keyspace_hits"], Misses: sum["keyspace_misses"], Evicted: sum["evicted_keys"], Expired: sum["expired_keys"], Uptime: max(uptime, 0),
	}
	if reads := v.Use.Hits + v.Use.Misses; reads > 0 {
		rate := data.RatioOf(v.Use.Hits, reads)
		v.Use.HitRate = &rate
	}
	if whole {
		v.Reconciliation = reconcile(s)
	}
	return v
}

// liveServer is the name and version of a server.
func liveServer(x *state.SourceState) string {
	if v := word(x, "valkey_version"); v != "" {
		return "valkey " + v
	}
	if v := word(x, "redis_version"); v != "" {
		return "redis " + v
	}
	return ""
}

// fragmentation splits what the process has beyond used_memory (zmalloc.c
// zmalloc_get_allocator_info, INFO memory).
func fragmentation(f liveFigures, defrag string) data.Fragmentation {
	v := data.Fragmentation{ActiveDefrag: defrag, Running: f["active_defrag_running"] > 0}
	if f["used_memory"] > 0 && f["used_memory_rss"] > 0 {
		v.Ratio = data.RatioOf(f["used_memory_rss"], f["used_memory"])
	}
	allocated, active, resident := f["allocator_allocated"], f["allocator_active"], f["allocator_resident"]
	// With libc all three are used_memory or zero.
	if allocated == 0 || active <= allocated && resident <= allocated {
		return v
	}
	v.Known = true
	v.AllocatorRatio = data.RatioOf(active, allocated)
	v.Allocator, v.Retained, v.Process = active-allocated, resident-active, f["used_memory_rss"]-resident
	return v
}

// liveTerms are the summands of used_memory that servers name themselves, with their
// names in INFO; of several the first that is there counts (object.c getMemoryOverheadData).
var liveTerms = []struct {
	name string
	from []string
}{
	{"replica buffers", []string{"mem_clients_slaves"}},
	{"replication backlog", []string{"mem_replication_backlog"}},
	{"replica full sync", []string{"mem_replica_full_sync_buffer"}},
	{"AOF buffer", []string{"mem_aof_buffer"}},
	{"cluster links", []string{"mem_cluster_links"}},
	{"functions", []string{"used_memory_functions"}},
	{"script VMs", []string{"script_vms"}},
	{"search indexes", []string{"search_used_memory_indexes"}},
}

// reconcile adds used_memory of all sources up.
func reconcile(s *state.Summary) *data.Reconciliation {
	r := &data.Reconciliation{Terms: []data.LiveTerm{}}
	var keys, tables, own, clients, scripts, used int64
	others := make([]int64, len(liveTerms))
	var names common
	for i := range s.Sources {
		x := &s.Sources[i]
		f := liveOf(x)
		resident, keyspace, baseline, allocator := underAllocatorOf(x)
		names.add(allocator)
		used += f["used_memory"]
		keys += resident
		tables += keyspace
		server, err := memory.ParseServer(x.Server)
		if err != nil {
			return nil // it was checked
		}
		first := memory.Profile{Server: server}.FirstClientBytes()
		startup := f["used_memory_startup"]
		if startup == 0 {
			startup = baseline - first
		}
		own += startup
		// What comes with the first client is more than the client.
		normal := f["mem_clients_normal"]
		clients += normal + max(0, first-normal/max(1, f["connected_clients"]))
		scripts += scriptBytes(f, allocator)
		for j := range liveTerms {
			for _, name := range liveTerms[j].from {
				if n := f[name]; n > 0 {
					others[j] += n
					break
				}
			}
		}
	}
	r.Allocator = names.get()
	add := func(name, basis string, n int64) {
		if n != 0 {
			r.Terms = append(r.Terms, data.LiveTerm{Name: name, Bytes: n, Basis: basis})
			r.RestartUsedMemory += n
		}
	}
	add("keys and values", "dump", keys)
	add("key tables", "dump", tables)
	add("server at its start", "info", own)
	add("clients", "info", clients)
	for j := range liveTerms {
		add(liveTerms[j].name, "info", others[j])
	}
	add("scripts", "info", scripts)
	r.GrowthRoom = used - r.RestartUsedMemory
	r.Terms = append(r.Terms, data.LiveTerm{Name: "growth room", Bytes: r.GrowthRoom, Basis: "rest"})
	r.RestartSaves = max(0, r.GrowthRoom)
	if r.GrowthRoom < 0 {
		r.RestartUsedMemory = used
	}
	r.Named = data.RatioOf(min(r.RestartUsedMemory, used), used)
	return r
}

// scriptBytes are those of cached scripts: lua.caches of MEMORY STATS, from 7.0 on
// used_memory_scripts_eval; before that used_memory_scripts. None of them has the robj of
// a script, nor what its dictEntry and luaScript, of 24 bytes both, are rounded up to
// (script_lua.c, eval.c evalScriptsMemory).
func scriptBytes(f liveFigures, allocator string) int64 {
	a, err := memory.ParseAllocator(allocator)
	if err != nil {
		return countedScripts(f)
	}
	return countedScripts(f) + f["number_of_cached_scripts"]*(a.Usable(16)+2*(a.Usable(24)-24))
}

func countedScripts(f liveFigures) int64 {
	for _, name := range []string{"used_memory_scripts_eval", "lua_caches"} {
		if n := f[name]; n > 0 {
			return n
		}
	}
	if _, newer := f["used_memory_functions"]; newer {
		return 0
	}
	return f["used_memory_scripts"]
}

// underAllocatorOf returns what a source takes under the allocator its server named, or
// the one it was sized for where the server's word may mean several.
func underAllocatorOf(x *state.SourceState) (resident, keyspace, baseline int64, allocator string) {
	resident, keyspace, baseline, allocator = x.Resident, x.Keyspace, x.Baseline, x.Allocator
	server, err := memory.ParseServer(x.Server)
	if err != nil {
		return resident, keyspace, baseline, allocator
	}
	told, ok := server.AllocatorOf(word(x, "mem_allocator"))
	if !ok {
		return resident, keyspace, baseline, allocator
	}
	for i := range x.Allocators {
		if a := &x.Allocators[i]; a.Allocator == told {
			return resident + a.Resident, a.Keyspace, a.Baseline, told.String()
		}
	}
	return resident, keyspace, baseline, allocator
}

// liveWarnings say where a server's word and its dump are not of one moment, or of one
// server.
func liveWarnings(s *state.Summary) []data.Warning {
	var out []data.Warning
	warn := func(x *state.SourceState, code, text string) {
		out = append(out, data.Warning{Source: x.Name, Code: code, Text: text, Count: 1})
	}
	for i := range s.Sources {
		x := &s.Sources[i]
		if len(x.Live) == 0 {
			continue
		}
		f := liveOf(x)
		if of := liveServer(x); of != "" && x.ServerVersion != "" && of != x.ServerVersion {
			warn(x, "live-server", "the INFO beside it is of "+of+", the dump of "+x.ServerVersion)
		}
		if n, ok := f["keys"]; ok && differs(n, x.Keys) {
			warn(x, "live-moment", "the INFO beside it is of another moment: other keys were there than in the dump")
		}
		if u := f["used_memory"]; u > 0 && x.HasUsedMemory && differs(u, x.UsedMemory) {
			warn(x, "live-moment", "the INFO beside it is of another moment: used_memory was another than when the dump was written")
		}
		server, err := memory.ParseServer(x.Server)
		if err != nil {
			continue
		}
		if told, ok := server.AllocatorOf(word(x, "mem_allocator")); ok && told.String() != x.Allocator {
			warn(x, "live-allocator", "its server has another allocator than the keys were sized for ("+word(x, "mem_allocator")+"): --allocator "+told.String()+" sizes every key for it")
		}
	}
	return out
}

// differs reports whether two figures are further apart than 2 %.
func differs(a, b int64) bool {
	d := max(a-b, b-a)
	return d > max(a, b)/50
}

// told says which of what no dump tells the servers of all sources told.
type told struct{ memory, use, fork, limit bool }

func toldBy(s *state.Summary) told {
	t := told{true, true, true, true}
	for i := range s.Sources {
		f := liveOf(&s.Sources[i])
		has := func(name string) bool { _, ok := f[name]; return ok }
		t.memory = t.memory && has("used_memory_rss")
		t.use = t.use && has("keyspace_hits")
		t.fork = t.fork && has("rdb_last_cow_size") && has("used_memory_peak")
		t.limit = t.limit && has("maxmemory")
	}
	if len(s.Sources) == 0 {
		return told{}
	}
	return t
}
