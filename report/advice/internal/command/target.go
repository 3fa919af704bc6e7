package command

import (
	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// Target is the server line that actions are written for.
type Target struct {
	memory.Server
	Others bool // the sources were sized for different lines; this is the oldest of them
	Random bool // some line has tables whose size depends on a seed
	Libc   bool // some source was sized with glibc's malloc
}

// unknownLine stands for a server that no source says anything of.
const unknownLine = "redis-7.4"

// TargetOf returns the line actions are written for: of several the oldest,
// since what it understands the others understand too.
func TargetOf(r *aggregate.Report) Target {
	names := []string{}
	if r.Facts.Server != "" {
		names = append(names, r.Facts.Server)
	}
	oldest, known := Target{}, false
	for i := range r.Sources {
		if s := r.Sources[i].Model.Server; s != "" {
			names = append(names, s)
		}
		oldest.Libc = oldest.Libc || r.Sources[i].Model.Allocator == memory.Libc.String()
	}
	for _, n := range names {
		s, err := memory.ParseServer(n)
		if err != nil {
			continue
		}
		oldest.Random = oldest.Random || randomTables(s)
		if !known || s.Compare(oldest.Server) < 0 {
			oldest.Server, known = s, true
		}
	}
	if !known {
		oldest.Server, _ = memory.ParseServer(unknownLine)
	}
	oldest.Others = r.Facts.MixedServers || len(Unique(names)) > 1
	return oldest
}

// CLI is the command-line client that comes with the server.
func (t Target) CLI() string {
	if t.IsValkey() && !t.Others {
		return "valkey-cli"
	}
	return "redis-cli"
}

// SeparateNames reports whether a shorter name saves the same whatever becomes
// of the value, as it does where the name is not in the object's block.
func (t Target) SeparateNames() bool { return !t.Others && !t.KeyInObject() }

// randomTables reports whether hash tables of a line hold blocks whose number
// depends on the seed of a start (memory model: Valkey 8.0 sets, 8.1 tables).
func randomTables(s memory.Server) bool { return s.IsValkey() && s.AtLeast(8, 0) }

// LazyByDefault reports whether expiry and eviction free big values in the
// background without being told (Valkey 8.0 changed the defaults).
func (t Target) LazyByDefault() bool { return t.IsValkey() && !t.Others && t.AtLeast(8, 0) }
