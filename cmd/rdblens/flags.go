package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/progress"
	"github.com/rdblens/rdblens/cmd/internal/redisconf"
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

func (f *runFlags) check(fs *pflag.FlagSet) error {
	if !slices.Contains(progress.Modes, f.progress) {
		return badChoice("--progress", f.progress, progress.Modes)
	}
	if f.quiet && f.verbose {
		return usagef("-q and -v exclude each other")
	}
	if fs.Changed("source-name") && f.sourceName == "" {
		return usagef("--source-name is empty")
	}
	return nil
}

// badChoice is the error of a flag whose value is not among its choices.
func badChoice(flag, got string, choices []string) *usageError {
	e := usagef("%s %q is not one of %s", flag, got, strings.Join(choices, ", "))
	if n := nearest(got, choices); n != "" {
		return e.hint("did you mean %s?", n)
	}
	return e
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
	fs.StringArrayVar(&f.config, "config", nil, "the server's settings: a redis.conf `FILE`, or one setting as name=value (repeatable)")
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
			e := usagef("--server: %v", err)
			if n := nearest(f.server, append(serverNames(), "auto")); n != "" {
				return p, e.hint("did you mean %s?", n)
			}
			return p, e
		}
		p.server = s.String()
	}
	var err error
	if p.allocator, err = memory.ParseAllocator(f.allocator); err != nil {
		return p, usagef("--allocator: %v", err)
	}
	for _, c := range f.config {
		if err := applyConfig(&p.settings, c, func(path string) {
			f.read = append(f.read, inputFile{"--config", path})
		}); err != nil {
			return p, err
		}
	}
	return p, nil
}

func serverNames() []string {
	var names []string
	for _, s := range memory.Servers() {
		names = append(names, s.String())
	}
	return names
}

// applyConfig applies one --config value; read is called with each file it names.
func applyConfig(c *memory.Config, arg string, read func(path string)) error {
	name, value, ok := strings.Cut(arg, "=")
	if !ok || strings.ContainsAny(name, `/\.`) {
		return configFile(c, arg, 0, read)
	}
	name = strings.TrimSpace(name)
	known, err := setSetting(c, name, strings.TrimSpace(value))
	if err != nil {
		return usagef("--config: %v", err)
	}
	if !known {
		e := usagef("--config: %q is not a setting that shapes memory", name)
		if _, statErr := os.Stat(arg); statErr == nil {
			return e.hint("for the file of that name write ./%s", arg)
		}
		return e
	}
	return nil
}

// maxIncludes bounds how deep include directives may nest.
const maxIncludes = 16

// configFile applies those settings of a redis.conf that shape memory and ignores
// the others.
func configFile(c *memory.Config, path string, depth int, read func(path string)) error {
	read(path)
	f, err := os.Open(path)
	if err != nil {
		return usagef("--config: %v", err)
	}
	defer f.Close()
	lines, err := redisconf.Parse(f)
	if err != nil {
		return usagef("--config %s: %v", path, err)
	}
	for _, l := range lines {
		name := strings.ToLower(l.Args[0])
		if name == "include" && len(l.Args) == 2 {
			if err := includeFiles(c, path, l, depth, read); err != nil {
				return err
			}
			continue
		}
		if len(l.Args) != 2 {
			continue // no setting that shapes memory has more than one value
		}
		if _, err := setSetting(c, name, l.Args[1]); err != nil {
			return usagef("--config %s: line %d: %v", path, l.Number, err)
		}
	}
	return nil
}

// includeFiles follows an include directive. The server resolves relative names
// against the directory it was started in, which nobody knows here; the directory of
// the file stands in for it.
func includeFiles(c *memory.Config, path string, l redisconf.Line, depth int, read func(path string)) error {
	if depth == maxIncludes {
		return usagef("--config %s: line %d: includes nest too deep", path, l.Number)
	}
	pattern := l.Args[1]
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(filepath.Dir(path), pattern)
	}
	files := []string{pattern}
	if strings.ContainsAny(pattern, "*?[") {
		var err error
		if files, err = filepath.Glob(pattern); err != nil {
			return usagef("--config %s: line %d: bad pattern %q", path, l.Number, pattern)
		}
	}
	for _, f := range files {
		if err := configFile(c, f, depth+1, read); err != nil {
			return err
		}
	}
	return nil
}

func setSetting(c *memory.Config, name, value string) (known bool, err error) {
	// Sizes may have units, as everywhere on the command line.
	if _, err := strconv.ParseInt(value, 10, 64); err != nil {
		if n, err := redisconf.ParseSize(value); err == nil {
			value = strconv.FormatInt(n, 10)
		}
	}
	return c.Set(name, value)
}

// filterFlags select keys.
type filterFlags struct {
	db      []int32
	types   []string
	match   []string
	regex   []string
	exclude []string
	min     string
	max     string
	ttl     string
}

func (f *filterFlags) add(fs *pflag.FlagSet) {
	fs.Int32SliceVar(&f.db, "db", nil, "only keys of database `N` (repeatable)")
	fs.Lookup("db").DefValue = "" // pflag does not know that this one is empty
	fs.StringSliceVar(&f.types, "type", nil, "only keys of type `T`: "+strings.Join(typeWords(), ", ")+", or a module's type name (repeatable)")
	fs.StringArrayVar(&f.match, "match", nil, "only keys that match `GLOB`, as SCAN MATCH takes it (repeatable: any of them)")
	fs.StringArrayVar(&f.regex, "regex", nil, "only keys that match the regular expression `RE` (repeatable: any of them)")
	fs.StringArrayVar(&f.exclude, "exclude", nil, "no keys that match `GLOB` (repeatable)")
	fs.StringVar(&f.min, "min-size", "", "only keys of at least `SIZE` in memory (10kb, 1MiB)")
	fs.StringVar(&f.max, "max-size", "", "only keys of at most `SIZE` in memory")
	fs.StringVar(&f.ttl, "ttl", "", "only keys by expiry: none, any, expired, or left `TTL` as '<1h', '>30d'")
}

func (f *filterFlags) filters() (aggregate.Filters, error) {
	out := aggregate.Filters{DB: f.db, Match: f.match, Regex: f.regex, Exclude: f.exclude, TTL: f.ttl}
	for _, db := range f.db {
		if db < 0 {
			return out, usagef("--db %d: databases are numbered from 0", db)
		}
	}
	known := make([]string, 0, parser.NumDataTypes)
	for l := range parser.NumDataTypes {
		known = append(known, parser.DataType(l).String())
	}
	for _, t := range f.types {
		t = strings.TrimSpace(t)
		// Anything else may be a module's type name.
		if n := nearest(t, known); n != "" && n != t {
			return out, usagef("--type %q is not one of %s", t, strings.Join(known, ", ")).hint("did you mean %s?", n)
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

func sizeFlag(name, value string) (int64, error) {
	if value == "" {
		return 0, nil
	}
	n, err := redisconf.ParseSize(value)
	if err != nil {
		return 0, usagef("%s: %v", name, err)
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
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if v, err := time.Parse(layout, s); err == nil && v.UnixMilli() >= 0 {
			t := aggregate.Time(v.UnixMilli())
			return &t, nil
		}
	}
	return nil, usagef("--now %q is not a time", s).hint("write 2026-11-20T02:00:00Z, 2026-11-20 (UTC), or seconds since 1970")
}

// config builds the settings of an analysis.
func (f *analysisFlags) config(p profile, filters aggregate.Filters, noChecksum bool) (*aggregate.Config, error) {
	now, err := parseNow(f.now)
	if err != nil {
		return nil, err
	}
	if f.depth < 0 {
		return nil, usagef("--depth %d is negative", f.depth)
	}
	c := &aggregate.Config{
		Tool: tool(), Now: now, Server: p.server, Allocator: p.allocator, Settings: p.settings, Cluster: p.cluster,
		Loaded: f.loaded, Filters: filters, Separators: f.separators, Depth: f.depth, Deep: f.deep, NoChecksum: noChecksum, Salvage: f.salvage,
	}
	for _, g := range f.groups {
		name, glob, ok := strings.Cut(g, "=")
		if !ok || name == "" || glob == "" {
			return nil, usagef("--group %q is not NAME=GLOB", g).hint("for example --group 'carts=cart:*'")
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
		return usagef("--jobs %d: at least 1", f)
	}
	return nil
}

// positive checks a flag that must be at least 1.
func positive(flag string, n int64) error {
	if n < 1 {
		return usagef("%s %d: at least 1", flag, n)
	}
	return nil
}

// flagError explains an error of the flag parser.
func flagError(fs *pflag.FlagSet, elsewhere map[string][]string, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	e := usagef("%v", err)
	var missing *pflag.NotExistError
	if !errors.As(err, &missing) {
		return e
	}
	name := missing.GetSpecifiedName()
	if missing.GetSpecifiedShortnames() != "" {
		if len(missing.GetSpecifiedShortnames()) > 1 && fs.Lookup(missing.GetSpecifiedShortnames()) != nil {
			return e.hint("did you mean --%s?", missing.GetSpecifiedShortnames())
		}
		return e.hint("a key or file that begins with - is written behind --")
	}
	var names []string
	fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	switch n := nearest(name, names); {
	case n != "":
		return e.hint("did you mean --%s?", n)
	case len(elsewhere[name]) > 0:
		return e.hint("--%s belongs to %s", name, strings.Join(elsewhere[name], ", "))
	case slices.Contains(plannedFlags, name):
		e.msg = fmt.Sprintf("--%s is not built yet", name)
	}
	return e
}

// plannedFlags are announced and not built yet.
var plannedFlags = []string{"fail-on", "memory-limit"}
