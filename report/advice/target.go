package advice

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
)

// target is the server line that actions are written for.
type target struct {
	name         string // "redis-7.4"
	valkey       bool
	major, minor int
	others       bool // the sources were sized for different lines; this is the oldest of them
	random       bool // some line has tables whose size depends on a seed
	libc         bool // some source was sized with glibc's malloc
}

// targetOf returns the line actions are written for: of several the oldest,
// since what it understands the others understand too.
func targetOf(r *aggregate.Report) target {
	names := []string{}
	if r.Facts.Server != "" {
		names = append(names, r.Facts.Server)
	}
	libc := false
	for i := range r.Sources {
		if s := r.Sources[i].Model.Server; s != "" {
			names = append(names, s)
		}
		libc = libc || r.Sources[i].Model.Allocator == "libc"
	}
	oldest := target{}
	random := false
	for _, n := range names {
		t, ok := parseTarget(n)
		if !ok {
			continue
		}
		random = random || t.randomTables()
		if oldest.name == "" || t.compare(oldest) < 0 {
			oldest = t
		}
	}
	if oldest.name == "" {
		oldest = target{name: "redis-7.4", major: 7, minor: 4}
	}
	oldest.others = r.Facts.MixedServers || len(unique(names)) > 1
	oldest.random = random
	oldest.libc = libc
	return oldest
}

func parseTarget(name string) (target, bool) {
	family, version, ok := strings.Cut(name, "-")
	if !ok || family != "redis" && family != "valkey" {
		return target{}, false
	}
	t := target{valkey: family == "valkey", name: name}
	major, minor, _ := strings.Cut(version, ".")
	var err error
	if t.major, err = strconv.Atoi(major); err != nil {
		return target{}, false
	}
	if t.minor, err = strconv.Atoi(minor); err != nil {
		return target{}, false
	}
	return t, true
}

// compare orders lines by what they understand; Valkey begins at 7.2.
func (t target) compare(u target) int {
	return cmp.Or(cmp.Compare(t.major, u.major), cmp.Compare(t.minor, u.minor), strings.Compare(t.name, u.name))
}

func (t target) atLeast(major, minor int) bool {
	return t.major > major || t.major == major && t.minor >= minor
}

// setting returns the name a setting has on the line. Servers before 7.0 know
// only *-ziplist-*; later ones keep those as aliases (config.c of 7.0).
func (t target) setting(name string) string {
	if t.atLeast(7, 0) {
		return name
	}
	return strings.Replace(name, "-listpack-", "-ziplist-", 1)
}

// knows reports whether the line has a setting: sets became listpacks in 7.2.
func (t target) knows(setting string) bool {
	return !strings.HasPrefix(setting, "set-max-listpack-") || t.atLeast(7, 2)
}

// packed names the packed form of small collections on the line.
func (t target) packed() string {
	if t.atLeast(7, 0) {
		return "listpack"
	}
	return "ziplist"
}

// cli is the command-line client that comes with the server.
func (t target) cli() string {
	if t.valkey && !t.others {
		return "valkey-cli"
	}
	return "redis-cli"
}

// expireNX reports whether EXPIRE takes NX (7.0, expire.c parseExtendedExpireArguments).
func (t target) expireNX() bool { return t.atLeast(7, 0) }

// separateNames reports whether a key's name is a block of its own, so that a
// shorter one saves the same whatever becomes of the value: Redis 8.2 and Valkey
// 8.1 put it into the object's block.
func (t target) separateNames() bool { return !t.others && !t.atLeast(8, 1) }

// randomTables reports whether hash tables of the line hold blocks whose number
// depends on the seed of a start (memory model: Valkey 8.0 sets, 8.1 tables).
func (t target) randomTables() bool { return t.valkey && t.atLeast(8, 0) }

// lazyByDefault reports whether expiry and eviction free big values in the
// background without being told (Valkey 8.0 changed the defaults).
func (t target) lazyByDefault() bool { return t.valkey && !t.others && t.atLeast(8, 0) }
