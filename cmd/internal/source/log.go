package source

import (
	"path/filepath"
	"strings"

	"github.com/rdblens/rdblens/aggregate/commandlog"
)

// Log is the commands of an append-only file: of a directory with a manifest, or one
// file without a dump in front.
type Log struct {
	Name  string    // as shown
	Path  string    // as given
	Dir   bool      // it is a directory with a manifest
	File  string    // appendfilename of its server; of a single file its name
	Base  string    // name of the source that is its base, empty without one
	Files []*Source // in the order in which a server reads them
}

// MaxHead is how many bytes of a file are looked at to tell what it is.
const MaxHead = headSize

// addLog takes the files with commands of the AOF in a directory.
func (c *collector) addLog(dir string, manifest *Entry, m *aofManifest, byName map[string]*Entry, base string) {
	l := Log{Name: Printable(dir), Path: dir, Dir: true, Base: base, File: strings.TrimSuffix(filepath.Base(manifest.Name), ".manifest")}
	for _, name := range m.incr {
		switch e := byName[name]; {
		case e == nil || e.Err != nil:
			c.skip(filepath.Join(dir, name), "a part of the AOF that cannot be read")
		case e.Opener.Size() != 0:
			l.Files = append(l.Files, &Source{Name: Printable(e.Name), opener: e.Opener, commands: true})
		}
	}
	if len(l.Files) > 0 {
		c.set.Logs = append(c.set.Logs, l)
	}
}

// takeLog takes a file that holds commands and no dump; false when it is none.
func (c *collector) takeLog(e *Entry) bool {
	if !c.Commands || e.Err != nil || !e.Opener.Rereadable() {
		return false
	}
	head, err := c.headOf(e)
	if err != nil || !commandlog.Is(head) {
		return false
	}
	name := Printable(e.Name)
	c.set.Logs = append(c.set.Logs, Log{Name: name, Path: e.Name, File: filepath.Base(e.Name), Files: []*Source{{Name: name, opener: e.Opener, commands: true}}})
	return true
}

// aofWithin returns the AOF that a server keeps in a folder of its directory
// (appenddirname), if there is one.
func (c *collector) aofWithin(e *Entry) (found *Listing, manifest *Entry, m *aofManifest) {
	if e.NotFile != notFileDirectory || e.Err != nil {
		return nil, nil, nil
	}
	found, err := files{}.Find(c.ctx, e.Name)
	if err != nil {
		return nil, nil, nil
	}
	for i := range found.Entries {
		x := &found.Entries[i]
		if !strings.HasSuffix(x.Name, ".manifest") || x.NotFile != "" {
			continue
		}
		if m, err := readManifest(c.ctx, x); err == nil {
			return found, x, m
		}
	}
	return nil, nil, nil
}

// addDataDirectory adds what a server's directory holds beside its dumps: the AOF in
// a folder of it. A server that has an AOF loads that and no dump; here the dump is
// taken where there is one, as both hold the same keys.
func (c *collector) addDataDirectory(arg string, entries []Entry) (rest []Entry, taken bool, err error) {
	type aof struct {
		dir      string
		found    *Listing
		manifest *Entry
		m        *aofManifest
	}
	var aofs []aof
	dump := false
	for i := range entries {
		e := &entries[i]
		if found, manifest, m := c.aofWithin(e); m != nil {
			aofs = append(aofs, aof{e.Name, found, manifest, m})
			continue
		}
		if e.NotFile == "" && e.Err == nil && !dump {
			content, err := c.contentOf(e)
			dump = err == nil && content&(Dumps|damaged) != 0
		}
		rest = append(rest, *e)
	}
	for _, a := range aofs {
		if dump {
			c.skip(a.dir, "the AOF of the same server, which it loads in place of the dump: give this directory to have its base and its commands counted")
			continue
		}
		if err := c.addAOF(a.dir, a.manifest, a.m, a.found.Entries); err != nil {
			return nil, false, err
		}
		taken = true
	}
	return rest, taken, nil
}
