package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/commandlog"
)

// Skip is a file that was found and is not taken for a source.
type Skip struct {
	Name   string
	Reason string
}

// Failure is a source that was asked for and cannot be read.
type Failure struct {
	Name string
	Err  error
}

// Set is what a list of arguments comes to, in the order of the arguments and
// by name within a directory or glob.
type Set struct {
	Sources  []*Source
	Skipped  []Skip
	Failed   []Failure
	Logs     []Log    // commands that are in no source, with Resolver.Commands
	Warnings []string // what a source leaves out
}

// Content says which files are taken for sources where there are several, in a
// directory or by a glob. A file that is named outright is always taken.
type Content uint8

// Contents of files.
const (
	Dumps  Content = 1 << iota // dumps of a server
	Parts                      // what report -f part writes
	Either         = Dumps | Parts

	damaged Content = 1 << 7 // a dump whose first bytes are not quite those of one
)

// noun is what a file with the content is called.
func (c Content) noun() string {
	switch c {
	case Dumps:
		return "a dump"
	case Parts:
		return "a part"
	}
	return "a dump or a part"
}

// Resolver turns arguments into sources.
type Resolver struct {
	Stdin  io.Reader        // what "-" stands for
	Want   Content          // 0 is Dumps
	Stores map[string]Store // by the scheme of their URLs
	// Commands: files with commands go into Set.Logs. Otherwise they are no sources.
	Commands bool
}

// Resolve turns arguments into sources. A *UsageError says that they make no sense
// (a URL that leads nowhere, the same source twice); what cannot be opened is listed
// in Failed.
func (r Resolver) Resolve(ctx context.Context, args []string) (*Set, error) {
	if r.Want == 0 {
		r.Want = Dumps
	}
	c := collector{Resolver: r, ctx: ctx}
	for _, arg := range args {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if err := c.add(arg); err != nil {
			return nil, err
		}
	}
	return &c.set, nil
}

// collector is one Resolve under way.
type collector struct {
	Resolver
	ctx context.Context
	set Set
}

func (c *collector) add(arg string) error {
	switch arg {
	case "-":
		return c.take(&Entry{Name: StdinName, Opener: newStdin(c.Stdin)})
	case "":
		return &UsageError{Msg: "a source's name is empty"}
	}
	store, err := c.store(arg)
	if err != nil {
		return err
	}
	found, err := store.Find(c.ctx, arg)
	var ue *UsageError
	switch {
	case errors.As(err, &ue):
		return ue
	case c.ctx.Err() != nil:
		return context.Cause(c.ctx)
	case err != nil:
		c.fail(arg, err)
		return nil
	case found.Named:
		return c.takeNamed(arg, &found.Entries[0])
	case found.Directory && c.Want != Parts:
		return c.addDirectory(arg, found)
	}
	return c.addByContent(arg, found, found.Entries)
}

// takeNamed adds what was named outright: an archive, an append-only file, or a source.
func (c *collector) takeNamed(arg string, e *Entry) error {
	if done, err := c.takeArchive(arg, e); done || err != nil {
		return err
	}
	if c.takeLog(e) {
		return nil
	}
	return c.take(e)
}

// store returns where an argument leads: to the file system, unless it is a URL and
// there is no file of that name.
func (c *collector) store(arg string) (Store, error) {
	name := scheme(arg)
	if name == "" {
		return files{}, nil
	}
	if _, err := os.Stat(arg); err == nil {
		return files{}, nil // a file of that very name
	}
	if s := c.Stores[name]; s != nil {
		return s, nil
	}
	return nil, &UsageError{
		Msg:  notBuilt(name),
		Hint: clientOf(name, arg),
	}
}

// scheme returns the scheme of a URL, "" for anything else.
func scheme(arg string) string {
	s, _, ok := strings.Cut(arg, "://")
	if !ok || s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "" {
		return ""
	}
	return s
}

func (c *collector) fail(name string, err error) {
	c.set.Failed = append(c.set.Failed, Failure{Name: Printable(name), Err: withoutPath(err)})
}

func (c *collector) skip(name, reason string) {
	c.set.Skipped = append(c.set.Skipped, Skip{Name: Printable(name), Reason: reason})
}

// withoutPath drops the path from an error: whoever prints it names the file.
func withoutPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// take makes an entry a source, unless it says itself why it cannot be one.
func (c *collector) take(e *Entry) error {
	if e.Err != nil {
		c.fail(e.Name, e.Err)
		return nil
	}
	name := Printable(e.Name)
	if o := c.known(e); o != nil {
		what := fmt.Sprintf("%s and %s are the same file", o.Name, name)
		if name == o.Name {
			what = fmt.Sprintf("%s is given twice", name)
		}
		return &UsageError{Msg: what, Hint: "every key would be counted twice"}
	}
	c.set.Sources = append(c.set.Sources, &Source{Name: name, opener: e.Opener})
	return nil
}

// known returns the source that an entry is, nil if there is none.
func (c *collector) known(e *Entry) *Source {
	i := slices.IndexFunc(c.set.Sources, func(o *Source) bool { return o.opener.Same(e.Opener) })
	if i < 0 {
		return nil
	}
	return c.set.Sources[i]
}

// addDirectory adds the base of a multi-part AOF if the directory is that of
// one, or its dumps.
func (c *collector) addDirectory(arg string, found *Listing) error {
	var rest []Entry
	var bad []Skip
	for i := range found.Entries {
		e := &found.Entries[i]
		if strings.HasSuffix(e.Name, ".manifest") && e.NotFile == "" {
			m, err := readManifest(c.ctx, e)
			if err == nil {
				return c.addAOF(arg, e, m, found.Entries)
			}
			if content, cerr := c.contentOf(e); content == 0 && cerr == nil && e.Opener.Size() != 0 {
				bad = append(bad, Skip{Name: Printable(e.Name), Reason: "not the manifest of an AOF: " + Printable(withoutPath(err).Error())})
				continue
			}
		}
		rest = append(rest, *e)
	}
	c.set.Skipped = append(c.set.Skipped, bad...)
	rest, taken, err := c.addDataDirectory(arg, rest)
	if err != nil {
		return err
	}
	logs := len(c.set.Logs)
	rest = slices.DeleteFunc(rest, func(e Entry) bool {
		return e.NotFile == "" && strings.HasSuffix(e.Name, ".aof") && c.takeLog(&e)
	})
	if (taken || len(c.set.Logs) > logs) && !slices.ContainsFunc(rest, func(e Entry) bool { return c.unwanted(&e, found.Hidden) == "" }) {
		for i := range rest {
			c.skip(rest[i].Name, c.unwanted(&rest[i], found.Hidden))
		}
		return nil
	}
	return c.addByContent(arg, found, rest)
}

// addByContent adds the entries with the wanted content and lists the others as
// skipped, and hidden ones unless they are meant.
func (c *collector) addByContent(arg string, found *Listing, entries []Entry) error {
	first := len(c.set.Sources)
	taken := false
	entries, temporary := apart(entries)
	for i := range entries {
		if c.ctx.Err() != nil {
			return context.Cause(c.ctx)
		}
		e := &entries[i]
		if !found.Archive && (found.Hidden || !strings.HasPrefix(filepath.Base(e.Name), ".")) {
			// One without dumps is passed over like any other file.
			if done, err := c.takeArchive("", e); err != nil {
				return err
			} else if done {
				taken = true
				continue
			}
		}
		if reason := c.unwanted(e, found.Hidden); reason != "" {
			c.skip(e.Name, reason)
			continue
		}
		// The usual "latest.rdb" is a link to a sibling.
		if o := c.known(e); o != nil && slices.Contains(c.set.Sources[first:], o) {
			c.skip(e.Name, "the same file as "+o.Name)
			continue
		}
		if err := c.take(e); err != nil {
			return err
		}
		taken = true
	}
	for i := range temporary {
		e := &temporary[i]
		if taken {
			c.skip(e.Name, "a dump that a server is writing, or left behind when it was stopped")
			continue
		}
		if reason := c.unwanted(e, found.Hidden); reason != "" {
			c.skip(e.Name, reason)
			continue
		}
		if err := c.take(e); err != nil {
			return err
		}
	}
	if !taken && len(c.set.Sources) == first {
		c.fail(arg, errors.New(found.within()+c.Want.noun()))
	}
	return nil
}

// apart sets the entries apart that are called as servers call the dumps that they write
// at the moment: beside others, these are none yet.
func apart(entries []Entry) (rest, temporary []Entry) {
	for _, e := range entries {
		if temporaryName.MatchString(filepath.Base(e.Name)) {
			temporary = append(temporary, e)
		} else {
			rest = append(rest, e)
		}
	}
	return rest, temporary
}

// unwanted says why an entry is not taken for a source, "" when it is. What may have
// been a dump is taken: one that cannot be read, that is empty or zeroed, or that is
// called like one. Reading it will tell what is wrong, and the result is partial;
// whoever checks a directory of backups must not be told that all is well.
func (c *collector) unwanted(e *Entry, hidden bool) string {
	switch {
	case !hidden && strings.HasPrefix(filepath.Base(e.Name), "."):
		return "hidden file"
	case e.NotFile != "":
		return e.NotFile
	case e.Err != nil, e.Opener.Size() == 0:
		return ""
	}
	content, err := c.contentOf(e)
	switch {
	case err != nil, content&(c.Want|damaged) != 0, content == 0 && c.Want.named(filepath.Base(e.Name)):
		return ""
	}
	reason := wrongContent(content, c.Want)
	if content != 0 {
		return reason
	}
	if head, err := c.headOf(e); err == nil {
		if f := foreign(head, e.Name); f != nil {
			reason += " but " + f.What
		}
	}
	return reason
}

var (
	// dumpName is what dumps are called, by servers, by people who keep several, and
	// compressed: dump.rdb, cache_6379.rdb.gz, dump.rdb.2026-11-30, dump.rdb.bak.
	// dump.rdb.md5 is none of them.
	dumpName = regexp.MustCompile(`(?i)(\.rdb|^dump)([-_.]?[0-9][-_.:0-9tz]*)?(\.(bak|old|orig|save|tmp|part))*(\.(gz|zst|zstd|lz4|bz2|xz|rdb))*~?$`)
	// temporaryName is what servers call a dump until it is whole: rdb.c rdbSave,
	// rdbRemoveTempFile and replication.c readSyncBulkPayload.
	temporaryName = regexp.MustCompile(`^temp-([0-9]+|[0-9]+\.[0-9]+)\.rdb$`)
	partName      = regexp.MustCompile(`(?i)\.rdbpart(\.(gz|zst|zstd|lz4|bz2|xz))?$`)
)

// named reports whether a file with the content may be called that.
func (c Content) named(base string) bool {
	return c&Dumps != 0 && dumpName.MatchString(base) || c&Parts != 0 && partName.MatchString(base)
}

// errZeroed is a file whose bytes have been lost: it is as long as it was.
var errZeroed = errors.New("it begins with zeros")

// addAOF adds the base of a multi-part AOF and says what it leaves out.
func (c *collector) addAOF(dir string, manifest *Entry, m *aofManifest, entries []Entry) error {
	byName := map[string]*Entry{}
	for i := range entries {
		e := &entries[i]
		name := filepath.Base(e.Name)
		byName[name] = e
		switch kind, listed := m.files[name]; {
		case e == manifest || listed && kind != 'h':
		case listed:
			c.skip(e.Name, "history of the AOF, superseded by its base")
		default:
			c.skip(e.Name, "not a part of the AOF that "+Printable(filepath.Base(manifest.Name))+" describes")
		}
	}
	var incr int64
	for _, name := range m.incr {
		if e := byName[name]; e != nil && e.Err == nil {
			incr += max(e.Opener.Size(), 0)
		}
	}
	if !c.Commands && incr > 0 {
		c.set.Warnings = append(c.set.Warnings, fmt.Sprintf(
			"%s: %d bytes of commands after the base of this AOF are not analysed", Printable(dir), incr))
	}
	base, err := c.addBase(dir, manifest, m, byName)
	if c.Commands {
		c.addLog(dir, manifest, m, byName, base)
	}
	return err
}

// addBase makes the base of an AOF a source, whose name it returns; empty when there
// is none.
func (c *collector) addBase(dir string, manifest *Entry, m *aofManifest, byName map[string]*Entry) (string, error) {
	if m.base == "" {
		if !c.Commands {
			c.fail(dir, errors.New("this AOF has no base file, only commands"))
		}
		return "", nil
	}
	base := byName[m.base]
	if base == nil {
		c.fail(strings.TrimSuffix(manifest.Name, filepath.Base(manifest.Name))+m.base, syscall.ENOENT)
		return "", nil
	}
	content, err := c.contentOf(base)
	switch {
	case err != nil:
		c.fail(base.Name, err)
	case content == Dumps:
		return Printable(base.Name), c.take(base)
	case c.Commands && base.Opener.Size() == 0:
	case c.Commands && commandlogBase(c, base):
		m.incr = append([]string{m.base}, m.incr...)
	default:
		c.fail(base.Name, errors.New("the base of this AOF holds commands, not a dump (aof-use-rdb-preamble was off)"))
	}
	return "", nil
}

// commandlogBase reports whether the base of an AOF holds commands, which are then
// counted with the others.
func commandlogBase(c *collector, base *Entry) bool {
	head, err := c.headOf(base)
	return err == nil && commandlog.Is(head)
}

// headOf returns the first bytes of an entry as they are stored.
func (c *collector) headOf(e *Entry) ([]byte, error) {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	f, err := e.Opener.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readHead(f)
}

// wrongContent is why a file with some content is passed over where another is
// wanted.
func wrongContent(content, want Content) string {
	switch {
	case content == Parts:
		return "a part, not a dump: rdblens merge reads it"
	case content == Dumps:
		return "a dump, not a part"
	case want == Parts:
		return "not a part"
	case want == Either:
		return "neither an RDB dump nor a part"
	}
	return "not an RDB dump"
}

// contentOf judges an entry by its first bytes; 0 is none.
func (c *collector) contentOf(e *Entry) (Content, error) {
	if e.Err != nil {
		return 0, e.Err
	}
	if m, ok := e.Opener.(*member); ok && m.judged {
		return m.content, m.err
	}
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel() // ends a read under way, and what is read ahead
	f, err := e.Opener.Open(ctx)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	head, err := readHead(f)
	if err != nil {
		return 0, err
	}
	if len(head) > 0 && len(bytes.Trim(head, "\x00")) == 0 {
		return 0, errZeroed
	}
	if detect(head) == plain {
		return contentOfHead(head), nil
	}
	d, err := decompress(io.MultiReader(bytes.NewReader(head), f))
	if err != nil {
		return 0, err
	}
	defer d.Close()
	head, err = readHead(d)
	if content := contentOfHead(head); content != 0 {
		return content, nil // how it goes on is no matter here
	}
	if _, ok := findEnvelope(head); ok {
		return Dumps, nil
	}
	return 0, err
}

func contentOfHead(head []byte) Content {
	switch {
	case looksLikeDump(head):
		return Dumps
	case aggregate.IsPart(head):
		return Parts
	case nearMagic(head):
		return damaged
	}
	return 0
}
