package memory

import (
	"fmt"
	"math"
	"strings"

	"github.com/rdblens/rdblens/parser"
)

// SettingNames returns the settings that shape memory, by the names of the
// newest servers.
func SettingNames() []string {
	names := make([]string, 0, len(settings)+1)
	for i := range settings {
		names = append(names, settings[i].name)
	}
	return append(names, maxmemoryPolicy)
}

// SettingAliases returns the names that servers before 7.0 have for some of
// SettingNames; later ones take them too (config.c createStandardConfig).
func SettingAliases() []string {
	var names []string
	for i := range settings {
		if a := settings[i].alias; a != "" {
			names = append(names, a)
		}
	}
	return names
}

// CanonicalSetting returns the name in SettingNames that a name stands for; ok
// is false when no setting that shapes memory is called that.
func CanonicalSetting(name string) (canonical string, ok bool) {
	name = strings.ToLower(name)
	if name == maxmemoryPolicy {
		return name, true
	}
	for i := range settings {
		if s := &settings[i]; name == s.name || s.alias != "" && name == s.alias {
			return s.name, true
		}
	}
	return "", false
}

// SettingRange returns the bounds of a setting that is a number; ok is false
// for others.
func SettingRange(name string) (lowest, highest int64, ok bool) {
	for i := range settings {
		if s := &settings[i]; name == s.name {
			return s.min, s.max, true
		}
	}
	return 0, math.MaxInt64, false
}

// SettingName returns what a line calls a setting of SettingNames: servers
// before 7.0 know the *-ziplist-* names only.
func (s Server) SettingName(name string) string {
	if lineOf(s).pack != packZiplist {
		return name
	}
	for i := range settings {
		if x := &settings[i]; x.name == name && x.alias != "" {
			return x.alias
		}
	}
	return name
}

// Heeds reports whether the memory of a line depends on a setting of
// SettingNames: sets became listpacks in 7.2, arrays came with Redis 8.8, templates with 8.10, and
// lines that keep a key in its object share no integers.
func (s Server) Heeds(name string) bool {
	l := lineOf(s)
	switch name {
	case "set-max-listpack-entries", "set-max-listpack-value":
		return l.setListpack
	case "array-slice-size", "array-sparse-kmax":
		return l.array
	case "hash-min-template-entries", "hash-max-template-entries":
		return l.templates
	case "maxmemory", maxmemoryPolicy:
		return l.sharedInts
	}
	_, ok := CanonicalSetting(name)
	return ok
}

// foreignVersion is the newest RDB version that Redis and Valkey have in
// common (rdb.h of Valkey 9.0, RDB_FOREIGN_VERSION_MIN is 12).
const foreignVersion = 11

// Loads reports whether a line loads dumps of an RDB version (rdb.c
// rdbLoadRioWithLoadingCtx); valkey says that the magic is VALKEY.
func (s Server) Loads(rdbVersion int, valkey bool) bool {
	l := lineOf(s)
	switch {
	case l.family == "redis":
		return !valkey && rdbVersion <= l.magic
	case valkey:
		return rdbVersion <= l.magic
	default:
		return rdbVersion <= min(foreignVersion, l.magic)
	}
}

// RDBVersion is the version of the dumps that a line writes.
func (s Server) RDBVersion() int { return lineOf(s).magic }

// Newest names the newest dumps that a line loads.
func (s Server) Newest() string {
	l := lineOf(s)
	switch {
	case l.family == "redis":
		return fmt.Sprintf("%d", l.magic)
	case l.magic >= 80:
		return fmt.Sprintf("%d, and VALKEY%03d", foreignVersion, l.magic)
	}
	return fmt.Sprintf("%d", min(foreignVersion, l.magic))
}

// Types is a set of data types.
type Types uint16

// AllTypes has every data type.
const AllTypes Types = 1<<parser.NumDataTypes - 1

// Has reports whether a type is in the set.
func (t Types) Has(l parser.DataType) bool { return t>>l&1 != 0 }

// Differ returns the types whose keys two configurations may give different
// sizes on the same line.
func (c Config) Differ(o Config) (t Types) {
	add := func(differ bool, l parser.DataType) {
		if differ {
			t |= 1 << l
		}
	}
	add(c.HashMaxListpackEntries != o.HashMaxListpackEntries || c.HashMaxListpackValue != o.HashMaxListpackValue ||
		c.HashMinTemplateEntries != o.HashMinTemplateEntries || c.HashMaxTemplateEntries != o.HashMaxTemplateEntries, parser.DataTypeHash)
	add(c.ZsetMaxListpackEntries != o.ZsetMaxListpackEntries || c.ZsetMaxListpackValue != o.ZsetMaxListpackValue, parser.DataTypeZset)
	add(c.SetMaxIntsetEntries != o.SetMaxIntsetEntries || c.SetMaxListpackEntries != o.SetMaxListpackEntries ||
		c.SetMaxListpackValue != o.SetMaxListpackValue, parser.DataTypeSet)
	add(c.ListMaxListpackSize != o.ListMaxListpackSize || c.ListCompressDepth != o.ListCompressDepth, parser.DataTypeList)
	add(c.ArraySliceSize != o.ArraySliceSize || c.ArraySparseKmax != o.ArraySparseKmax, parser.DataTypeArray)
	add(c.sharesIntegers() != o.sharesIntegers(), parser.DataTypeString)
	return t
}

// SettingTypes returns the types whose keys a setting of SettingNames may size.
func SettingTypes(name string) Types {
	kind, _, _ := strings.Cut(name, "-")
	switch kind {
	case "hash":
		return 1 << parser.DataTypeHash
	case "zset":
		return 1 << parser.DataTypeZset
	case "set":
		return 1 << parser.DataTypeSet
	case "list":
		return 1 << parser.DataTypeList
	case "array":
		return 1 << parser.DataTypeArray
	case "maxmemory":
		return 1 << parser.DataTypeString
	}
	return 0
}
