package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/foreign"
	"github.com/rdblens/rdblens/cmd/internal/progress"
	"github.com/rdblens/rdblens/cmd/internal/redisconf"
	"github.com/rdblens/rdblens/cmd/internal/serverfile"
	"github.com/rdblens/rdblens/cmd/internal/usage"
	"github.com/rdblens/rdblens/parser"
)

// Flags that several commands share, in groups. A command adds the groups that
// mean something to it.

// runFlags say how a run behaves.
type runFlags struct {
	progress   string
	quiet      bool
	verbose    bool
	noChecksum bool
	sourceName string
	interrupt  string // one of interruptModes
}

func (f *runFlags) add(fs *pflag.FlagSet) {
	f.addMessages(fs)
	fs.BoolVar(&f.noChecksum, "no-checksum", false, "do not compute the checksum; every packed blob is walked instead")
	fs.StringVar(&f.sourceName, "source-name", "", "call the source `NAME` in the output (one source only)")
}

// addMessages adds the flags of every command that reads files.
func (f *runFlags) addMessages(fs *pflag.FlagSet) {
	fs.StringVar(&f.progress, "progress", string(progress.Auto), "show progress: auto, always or never; `WHEN` is auto for a bar on a terminal and a line each 30 s elsewhere")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "no progress, warnings or hints; errors only")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "say more: the model chosen for each source, every skipped file, the run time")
}

// What --on-interrupt takes.
const (
	interruptDiscard = "discard"
	interruptPartial = "partial"
)

var interruptModes = []string{interruptDiscard, interruptPartial}

// addInterrupt adds the flag of commands whose result over a part of a dump is one.
func (f *runFlags) addInterrupt(fs *pflag.FlagSet) {
	fs.StringVar(&f.interrupt, "on-interrupt", interruptDiscard, "on Ctrl-C or SIGTERM, `HOW`: discard writes nothing, partial writes what was read, marked PARTIAL, and says how far that was; a second one ends at once")
}

func (f *runFlags) check(fs *pflag.FlagSet) error {
	if !slices.Contains(progress.Modes, f.progress) {
		return usage.BadChoice("--progress", f.progress, progress.Modes)
	}
	if f.interrupt != "" && !slices.Contains(interruptModes, f.interrupt) {
		return usage.BadChoice("--on-interrupt", f.interrupt, interruptModes)
	}
	if f.quiet && f.verbose {
		return usage.Errorf("-q and -v exclude each other")
	}
	if fs.Changed("source-name") && f.sourceName == "" {
		return usage.Errorf("--source-name is empty")
	}
	return nil
}

// modelFlags say which server the memory is modelled on.
type modelFlags struct {
	server    string
	allocator string
	config    []string
	cluster   bool
	read      []inputFile // by profile: files of --config, those they include too
}

// inputFile is a file that a run reads beside its sources, and must not overwrite.
type inputFile struct{ flag, path string }

func (f *modelFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.server, "server", "auto", "size for this server `LINE`, as redis-7.4 or valkey-9.0; auto: what each dump says")
	fs.StringVar(&f.allocator, "allocator", memory.Jemalloc.String(), "the server's allocator, `NAME` is jemalloc, jemalloc-debian or libc")
	fs.StringArrayVar(&f.config, "config", nil, "the server's settings: a redis.conf `FILE`, what CONFIG GET printed in any form, or one setting as name=value (repeatable)")
	fs.BoolVar(&f.cluster, "cluster", false, "the server runs in cluster mode")
}

// profile is a model whose server may still be open, until a dump says which one.
type profile struct {
	server    string // "auto" or a line
	allocator memory.Allocator
	settings  memory.Config
	cluster   bool
}

func (f *modelFlags) profile() (profile, error) {
	p := profile{server: f.server, settings: memory.DefaultConfig(), cluster: f.cluster}
	if f.server != "auto" {
		s, err := memory.ParseServer(f.server)
		if err != nil {
			e := usage.Errorf("--server: %v", err)
			if n := usage.Nearest(f.server, append(serverfile.Servers(), "auto")); n != "" {
				return p, e.Hint("did you mean %s?", n)
			}
			return p, e
		}
		p.server = s.String()
	}
	var err error
	if p.allocator, err = memory.ParseAllocator(f.allocator); err != nil {
		return p, usage.Errorf("--allocator: %v", err)
	}
	for _, c := range f.config {
		if err := serverfile.ApplyConfig(&p.settings, c, func(path string) {
			f.read = append(f.read, inputFile{"--config", path})
		}); err != nil {
			return p, err
		}
	}
	return p, nil
}

// filterFlags select keys.
type filterFlags struct {
	db      []int32
	types   []string
	match   []string
	regex   []string
	exclude []string
	without []string
	min     string
	max     string
	least   int64
	ttl     string
	idle    string
}

func (f *filterFlags) add(fs *pflag.FlagSet) {
	fs.Int32SliceVar(&f.db, "db", nil, "only keys of database `N` (repeatable)")
	fs.Lookup("db").DefValue = "" // pflag does not know that this one is empty
	fs.StringSliceVar(&f.types, "type", nil, "only keys of type `T`: "+strings.Join(typeWords(), ", ")+", or a module's type name (repeatable)")
	fs.StringArrayVar(&f.match, "match", nil, "only keys that match `GLOB`, as SCAN MATCH takes it (repeatable: any of them)")
	fs.StringArrayVar(&f.regex, "regex", nil, "only keys that match the regular expression `RE` (repeatable: any of them)")
	fs.StringArrayVar(&f.exclude, "exclude", nil, "no keys that match `GLOB` (repeatable)")
	fs.StringArrayVar(&f.without, "exclude-regex", nil, "no keys that match the regular expression `RE` (repeatable)")
	fs.StringVar(&f.min, "min-size", "", "only keys of at least `SIZE` in memory (10kb, 1MiB)")
	fs.StringVar(&f.max, "max-size", "", "only keys of at most `SIZE` in memory")
	fs.Int64Var(&f.least, "min-elements", 0, "only keys of at least `N` elements")
	fs.StringVar(&f.ttl, "ttl", "", "only keys by expiry: none, any, expired, left `TTL` as '<1h', '>30d', or until when as '<2026-12-01', '>2026-12-01T06:00'")
	fs.StringVar(&f.idle, "idle", "", "only keys by `TIME` since their last use, as '>30d', '<1h', where the dump has it (maxmemory-policy was an LRU one)")
}

func (f *filterFlags) filters() (aggregate.Filters, error) {
	out := aggregate.Filters{DB: f.db, Match: f.match, Regex: f.regex, Exclude: f.exclude, TTL: f.ttl, ExcludeRegex: f.without, MinElements: f.least, Idle: f.idle}
	if f.least < 0 {
		return out, usage.Errorf("--min-elements %d is negative", f.least)
	}
	for _, db := range f.db {
		if db < 0 {
			return out, usage.Errorf("--db %d: databases are numbered from 0", db)
		}
	}
	known := make([]string, 0, parser.NumDataTypes)
	for l := range parser.NumDataTypes {
		known = append(known, parser.DataType(l).String())
	}
	for _, t := range f.types {
		t = strings.TrimSpace(t)
		if !isDataType(t) {
			if err := notAType(t, known); err != nil {
				return out, err
			}
		}
		out.Type = append(out.Type, t)
	}
	var err error
	if out.MinSize, err = sizeFlag("--min-size", f.min); err != nil {
		return out, err
	}
	if out.MaxSize, err = sizeFlag("--max-size", f.max); err != nil {
		return out, err
	}
	return out, nil
}

// isDataType reports whether TYPE prints a word for values of a server itself.
func isDataType(t string) bool {
	for l := range parser.NumDataTypes {
		if parser.DataType(l).String() == t {
			return true
		}
	}
	return false
}

// otherTypeWords are what other tools call types.
var otherTypeWords = map[string]string{
	"sortedset": "zset", "sortedsets": "zset", "sorted-set": "zset", "sorted_set": "zset", "sorted": "zset", "zsets": "zset",
	"str": "string", "strings": "string", "dict": "hash", "map": "hash", "hashes": "hash", "hashmap": "hash", "hashtable": "hash",
	"lists": "list", "sets": "set", "streams": "stream", "modules": "module",
}

// moduleNameLen is the length of a module's type name (RedisModule_CreateDataType).
const moduleNameLen = 9

// notAType is the error of a word that is no type of a server; nil when it may be a
// module's.
func notAType(t string, known []string) error {
	e := usage.Errorf("--type %q is not one of %s", t, strings.Join(known, ", "))
	if word := otherTypeWords[strings.ToLower(t)]; word != "" {
		return e.Hint("did you mean %s?", word)
	}
	if n := usage.Nearest(t, known); n != "" {
		return e.Hint("did you mean %s?", n)
	}
	if len(t) != moduleNameLen {
		return e.Hint("or a module's type name, which has nine letters")
	}
	return nil
}

func sizeFlag(name, value string) (int64, error) {
	if value == "" {
		return 0, nil
	}
	n, err := redisconf.ParseSize(value)
	if err != nil {
		return 0, usage.Errorf("%s: %v", name, err)
	}
	return n, nil
}

// analysisFlags say how keys are counted and grouped.
type analysisFlags struct {
	now        string
	loaded     bool
	deep       bool
	salvage    bool
	separators string
	depth      int
	groups     []string
}

func (f *analysisFlags) add(fs *pflag.FlagSet) {
	addNow(fs, &f.now)
	fs.BoolVar(&f.loaded, "loaded", false, "count as a server that just loaded the dump: expired keys are dropped")
	fs.BoolVar(&f.deep, "deep", false, "walk every packed blob: largest elements, real counts")
	addSalvage(fs, &f.salvage)
	fs.StringVar(&f.separators, "separators", ":./|", "characters that cut keys into the tokens of a pattern")
	fs.IntVar(&f.depth, "depth", 0, "`N` tokens of a key at most in a pattern, 0 for all")
	fs.StringArrayVar(&f.groups, "group", nil, "give keys that match a glob a pattern of their own, as `NAME=GLOB` (repeatable, first match counts)")
}

func addSalvage(fs *pflag.FlagSet, salvage *bool) {
	fs.BoolVar(salvage, "salvage", false, "go on behind damage where the records make sense again; the result stays partial")
}

func addNow(fs *pflag.FlagSet, now *string) {
	fs.StringVar(now, "now", "", "the clock for expiries: `TIME` as 2026-11-20T02:00:00Z, 2026-11-20, or seconds since 1970; default: when each dump was written")
}

// parseNow reads the explicit clock, nil when none is given.
func parseNow(s string) (*aggregate.Time, error) {
	if s == "" {
		return nil, nil
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 && n < 1<<33 {
		t := aggregate.Time(n * 1000)
		return &t, nil
	}
	if t, ok := aggregate.ParseTime(s); ok && t >= 0 {
		return &t, nil
	}
	return nil, usage.Errorf("--now %q is not a time", s).Hint("write 2026-11-20T02:00:00Z, 2026-11-20 (UTC), or seconds since 1970")
}

// config builds the settings of an analysis.
func (f *analysisFlags) config(p profile, filters aggregate.Filters, noChecksum bool) (*aggregate.Config, error) {
	now, err := parseNow(f.now)
	if err != nil {
		return nil, err
	}
	if f.depth < 0 {
		return nil, usage.Errorf("--depth %d is negative", f.depth)
	}
	c := &aggregate.Config{
		Tool: tool(), Now: now, Server: p.server, Allocator: p.allocator, Settings: p.settings, Cluster: p.cluster,
		Loaded: f.loaded, Filters: filters, Separators: f.separators, Depth: f.depth, Deep: f.deep, NoChecksum: noChecksum, Salvage: f.salvage,
	}
	for _, g := range f.groups {
		name, glob, ok := strings.Cut(g, "=")
		if !ok || name == "" || glob == "" {
			return nil, usage.Errorf("--group %q is not NAME=GLOB", g).Hint("for example --group 'carts=cart:*'")
		}
		c.Groups = append(c.Groups, aggregate.Group{Name: name, Glob: glob})
	}
	return c, nil
}

// jobsFlag is how many sources are read at once.
type jobsFlag int

func (f *jobsFlag) add(fs *pflag.FlagSet) {
	fs.IntVar((*int)(f), "jobs", 0, "read `N` sources at once; the output does not depend on it (default: half the processors)")
}

func (f jobsFlag) check(fs *pflag.FlagSet) error {
	if fs.Changed("jobs") && f < 1 {
		return usage.Errorf("--jobs %d: at least 1", f)
	}
	return nil
}

// positive checks a flag that must be at least 1.
func positive(flag string, n int64) error {
	if n < 1 {
		return usage.Errorf("%s %d: at least 1", flag, n)
	}
	return nil
}

// flagError explains an error of the flag parser.
func (a *app) flagError(c *cobra.Command, elsewhere map[string][]string, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return badValue(err)
	}
	fs := c.Flags()
	e := usage.Errorf("%v", err)
	name, typed := missing.GetSpecifiedName(), "--"+missing.GetSpecifiedName()
	if short := missing.GetSpecifiedShortnames(); short != "" {
		typed = "-" + short[:1]
		if len(short) > 1 {
			// -max-depth is a flag of a tool whose flags have one dash.
			if known := a.foreignFlag("-" + short); known != nil {
				e.Msg = fmt.Sprintf("unknown flag: -%s", short)
				a.explain(e, known)
				return e
			}
			if fs.Lookup(short) != nil {
				return e.Hint("did you mean --%s?", short)
			}
		}
	} else {
		var names []string
		fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		switch n := usage.Nearest(name, names); {
		case len(elsewhere[name]) > 0:
			return e.Hint("--%s belongs to %s", name, strings.Join(elsewhere[name], ", "))
		case slices.Contains(plannedFlags, name):
			e.Msg = fmt.Sprintf("--%s is not built yet", name)
			return e
		case n != "" && a.foreignFlag(typed) == nil:
			return e.Hint("did you mean --%s?", n)
		}
	}
	if known := a.foreignFlag(typed); known != nil {
		a.explain(e, known)
		return e
	}
	if strings.HasPrefix(typed, "--") {
		of := c.Name()
		if !c.HasParent() {
			of = "report"
		}
		return e.Hint("rdblens help %s lists the flags", of)
	}
	return e.Hint("a key or file that begins with - is written behind --")
}

// foreignFlag returns what is known of a flag of other tools, with the value that was
// typed behind it.
func (a *app) foreignFlag(flag string) []foreign.Answer {
	for i, arg := range a.args {
		name, value, joined := strings.Cut(arg, "=")
		if name != flag {
			continue
		}
		if !joined && i+1 < len(a.args) {
			value = a.args[i+1]
		}
		return foreign.Flag(flag, value)
	}
	return foreign.Flag(flag, "")
}

// badValue is the error of a flag whose value makes no sense, or is missing, without
// the words of the library that reads numbers.
func badValue(err error) error {
	var bad *pflag.InvalidValueError
	if !errors.As(err, &bad) {
		return usage.Errorf("%v", err)
	}
	name, want := "--"+bad.GetFlag().Name, ""
	switch bad.GetFlag().Value.Type() {
	case "int", "int64":
		want = "a whole number"
	case "int32Slice":
		want = "a whole number, or several with commas"
	case "bool":
		want = "true or false"
	}
	if want == "" {
		return usage.Errorf("%v", err)
	}
	return usage.Errorf("%s %q: want %s", name, bad.GetValue(), want)
}

// plannedFlags are announced and not built yet.
var plannedFlags = []string{"fail-on", "memory-limit"}
