package serverfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/clireply"
)

// LiveSuffix is what such a file's name ends with.
const LiveSuffix = ".info"

// Beside returns the file in which somebody left what a dump's server said, "" for none.
func Beside(dump string) string {
	if dump == "" {
		return ""
	}
	for name := dump; ; {
		path := name + LiveSuffix
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
		short := strings.TrimSuffix(name, filepath.Ext(name))
		if short == name || filepath.Base(short) == "" {
			return ""
		}
		name = short
	}
}

// statNames are the figures of MEMORY STATS by the names of aggregate.LiveInput, and how
// those of INFO are called otherwise.
var statNames = map[string]string{
	"peak.allocated": "used_memory_peak", "total.allocated": "used_memory", "startup.allocated": "used_memory_startup",
	"replication.backlog": "mem_replication_backlog", "clients.slaves": "mem_clients_slaves", "clients.normal": "mem_clients_normal",
	"cluster.links": "mem_cluster_links", "aof.buffer": "mem_aof_buffer", "lua.caches": "lua_caches",
	"functions.caches": "used_memory_functions", "script.VMs": "script_vms", "replica.fullsync.buffer": "mem_replica_full_sync_buffer",
	"overhead.hashtable.main": "overhead_hashtable_main", "overhead.hashtable.expires": "overhead_hashtable_expires",
	"overhead.total": "used_memory_overhead", "keys.count": "keys", "dataset.bytes": "used_memory_dataset",
	"allocator.allocated": "allocator_allocated", "allocator.active": "allocator_active", "allocator.resident": "allocator_resident",
}

// summed are figures of MEMORY STATS that each database has.
var summed = []string{"overhead_hashtable_main", "overhead_hashtable_expires"}

// fromConfig are words that CONFIG GET has.
var fromConfig = map[string]string{"activedefrag": "activedefrag"}

// isLiveName reports whether a list may have the name: of MEMORY STATS and CONFIG GET.
// Lines of INFO need not be asked for.
func isLiveName(name string) bool {
	if _, ok := statNames[name]; ok {
		return true
	}
	return isSetting(name) || fromConfig[name] != ""
}

// ErrNoFigures says that a file has nothing of what it is read for.
var ErrNoFigures = errors.New("neither INFO, nor CONFIG GET, nor MEMORY STATS of a server is in it")

// ReadLive reads a file of --info.
func ReadLive(path string) (*aggregate.LiveInput, error) {
	f, err := os.Open(path)
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			return nil, pe.Err
		}
		return nil, err
	}
	defer f.Close()
	pairs, err := clireply.Pairs(f, isLiveName)
	if err != nil {
		return nil, err
	}
	in := &aggregate.LiveInput{Figures: map[string]int64{}, Words: map[string]string{}}
	stats := map[string]int64{} // INFO comes first, whatever the order of the file
	for _, p := range pairs {
		if err := takePair(in, stats, p); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.Line, err)
		}
	}
	for name, n := range stats {
		if _, ok := in.Figures[name]; !ok {
			in.Figures[name] = n
		}
	}
	if len(in.Figures)+len(in.Settings) == 0 {
		return nil, ErrNoFigures
	}
	// INFO has the limit and the policy, too.
	for info, setting := range map[string]string{"maxmemory": "maxmemory", "maxmemory_policy": "maxmemory-policy"} {
		value := in.Words[info]
		if n, ok := in.Figures[info]; ok {
			value = strconv.FormatInt(n, 10)
		}
		if value != "" && !slices.ContainsFunc(in.Settings, func(x aggregate.Setting) bool { return x.Name == setting }) {
			in.Settings = append(in.Settings, aggregate.Setting{Name: setting, Value: value})
		}
	}
	for _, x := range in.Settings {
		switch x.Name {
		case "maxmemory-policy":
			in.Words["maxmemory_policy"] = x.Value
		case "maxmemory":
			in.Figures["maxmemory"], _ = strconv.ParseInt(x.Value, 10, 64)
		}
	}
	return in, nil
}

// takePair takes a name and its value.
func takePair(in *aggregate.LiveInput, stats map[string]int64, p clireply.Pair) error {
	if name, ok := statNames[p.Name]; ok {
		n, err := strconv.ParseInt(p.Value, 10, 64)
		if err != nil || p.Missing {
			return noValue(p)
		}
		if slices.Contains(summed, name) {
			n += stats[name]
		}
		stats[name] = n
		return nil
	}
	if word := fromConfig[p.Name]; word != "" {
		in.Words[word] = p.Value
		return nil
	}
	switch {
	case strings.HasPrefix(p.Name, "db") && strings.HasPrefix(p.Value, "keys="):
		return takeKeyspace(in, p)
	case p.Name == "maxmemory":
		// Of INFO and of CONFIG GET alike.
		return takeSetting(in, p)
	case slices.Contains(aggregate.LiveFigures(), p.Name):
		n, err := strconv.ParseInt(p.Value, 10, 64)
		if err != nil || p.Missing {
			return noValue(p)
		}
		in.Figures[p.Name] = n
	case slices.Contains(aggregate.LiveWords(), p.Name):
		in.Words[p.Name] = p.Value
	default:
		if isSetting(p.Name) {
			return takeSetting(in, p)
		}
	}
	return nil
}

// takeSetting takes one that shapes memory.
func takeSetting(in *aggregate.LiveInput, p clireply.Pair) error {
	if p.Missing || p.Value == "" {
		return noValue(p)
	}
	var c memory.Config
	if _, err := Set(&c, p.Name, p.Value); err != nil {
		return err
	}
	name, _ := memory.CanonicalSetting(p.Name)
	value, _ := c.Get(name)
	// The old names stand beside the new ones.
	in.Settings = slices.DeleteFunc(in.Settings, func(x aggregate.Setting) bool { return x.Name == name })
	in.Settings = append(in.Settings, aggregate.Setting{Name: name, Value: value})
	return nil
}

// takeKeyspace takes a line db0:keys=1,expires=0,avg_ttl=0.
func takeKeyspace(in *aggregate.LiveInput, p clireply.Pair) error {
	for part := range strings.SplitSeq(p.Value, ",") {
		name, value, _ := strings.Cut(part, "=")
		if name != "keys" && name != "expires" {
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return noValue(p)
		}
		in.Figures[name] += n
	}
	return nil
}
