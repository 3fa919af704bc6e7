package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rdblens/rdblens/cmd/internal/source"
)

// Directory is a directory of files that belong together. A new one is built beside
// it, with links to what else is in the old one, and the two change places in one
// step: a reader finds the files of one run.
//
// That cannot be where the system or its file system has no such step, where the
// directory holds other directories, is a mount point or the one the program works
// in. There the files move in one by one; meanwhile, and for good if the program is
// killed meanwhile, the directory holds a file called _INCOMPLETE, which lists them.
// Who reads such a directory looks for that file first and last.
type Directory struct {
	set  *Set
	name string // as given, for messages
	path string // absolute, links resolved
	// base is where files come into being: the parent, or the directory itself when
	// they could not be moved from there.
	base    string
	files   []*File
	dataset bool // of parts; those of an earlier, longer dataset are removed

	stage   string // the directory with what is complete; "" for none yet
	journal string
	lock    handle // of the journal

	old     fs.FileInfo // nil for a new directory
	carried []string    // what stays in it besides, linked to in the stage
	dropped []string    // what goes: parts of an earlier dataset
	left    []string    // what would go if it were known to be ours
	gone    []string    // what is gone so far, inPlace
	how     manner
	placed  bool // or begun, for inPlace
}

// manner is how a directory comes to its name.
type manner uint8

const (
	renamed   manner = iota // there was none
	exchanged               // with the old one
	inPlace                 // file by file
)

// incomplete is a file in a directory whose files are being replaced one by one.
const incomplete = "_INCOMPLETE"

// Directory returns the directory of a name, to write files into it. The same
// directory by another name is the same Directory.
func (o *Set) Directory(name string) (*Directory, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := &Directory{set: o, name: name, path: filepath.Clean(name)}
	if info, err := os.Stat(d.path); err == nil && !info.IsDir() {
		return nil, &fs.PathError{Op: "write", Path: name, Err: errors.New("it is not a directory")}
	} else if err == nil {
		d.old = info
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, named(err, name)
	} else if err := o.mkdirAll(filepath.Dir(d.path)); err != nil {
		return nil, named(err, name)
	}
	var err error
	if d.path, err = realPath(d.path, d.old != nil); err != nil {
		return nil, named(err, name)
	}
	if other := o.directory(d.path); other != nil {
		return other, nil
	}
	d.base = filepath.Dir(d.path)
	if d.old != nil {
		// It may be read-only where its parent is not, or the other way round.
		if err := o.probe(d.path); err != nil {
			return nil, named(err, name)
		}
		if parent, err := os.Stat(d.base); err != nil || !sameDevice(parent, d.old) {
			d.base = d.path
		}
	}
	if err := o.probe(d.base); err != nil {
		if d.old == nil {
			return nil, named(err, name)
		}
		d.base = d.path
	}
	o.clean(d.base)
	o.clean(d.path)
	o.dirs = append(o.dirs, d)
	return d, nil
}

// realPath follows the links of a path whose last part may not exist.
func realPath(path string, exists bool) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if exists {
		return filepath.EvalSymlinks(path)
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(path))
	return filepath.Join(parent, filepath.Base(path)), err
}

// probe finds out whether files can be made in a directory.
func (o *Set) probe(dir string) error {
	h, err := o.disk.unnamed(dir)
	if errors.Is(err, errors.ErrUnsupported) {
		name := filepath.Join(dir, temporary())
		if h, err = o.disk.create(name); err == nil {
			defer func() { _ = o.disk.remove(name) }()
		}
	}
	if err != nil {
		return err
	}
	return h.Close()
}

// Create opens a file of the directory, for writing; see Set.Create.
func (d *Directory) Create(base string) (*File, error) {
	return d.set.create(filepath.Join(d.name, base), d)
}

// PartName is what the files of a dataset are called.
func PartName(n int) string { return fmt.Sprintf("part-%05d.parquet", n) }

var isPart = regexp.MustCompile(`^part-\d{5,}\.parquet$`)

// Dataset makes the directory one of parts, called by PartName: those of an earlier,
// longer dataset will go, if they say that they are ours. A source that is called
// like a part is a *source.UsageError.
func (d *Directory) Dataset() error {
	d.dataset = true
	entries, err := os.ReadDir(d.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return named(err, d.name)
	}
	for _, e := range entries {
		if !isPart.MatchString(e.Name()) {
			continue
		}
		name := filepath.Join(d.name, e.Name())
		if info, err := os.Stat(name); err == nil && d.set.isSource(info) {
			return &source.UsageError{
				Msg:  name + " is a source, and among the files of the dataset there it would be taken for one of them",
				Hint: "write to another directory, or give the source another name",
			}
		}
	}
	return nil
}

// Left are the names, as they may be shown, of files that are called like parts of
// the dataset and stayed, because nothing in them says that they are ours. It is
// known after Commit.
func (d *Directory) Left() (names []string) {
	for _, n := range d.left {
		names = append(names, source.Printable(filepath.Join(d.name, n)))
	}
	return names
}

// write adds a note to the journal.
func (d *Directory) write(n note) error {
	line, err := json.Marshal(n)
	if err == nil {
		_, err = d.lock.Write(append(line, '\n'))
	}
	if err == nil {
		err = d.lock.Sync()
	}
	return err
}

// makeStage makes the directory for what is complete, and puts there what is.
func (d *Directory) makeStage() (err error) {
	if d.stage != "" {
		return nil
	}
	if d.journal, d.lock, err = d.set.createHeld(d.base, journalSuffix); err != nil {
		return err
	}
	if err := d.write(note{Target: d.path}); err != nil {
		return err
	}
	stage := strings.TrimSuffix(d.journal, journalSuffix)
	if err := d.set.disk.mkdir(stage); err != nil {
		return err
	}
	d.stage = stage
	for _, f := range d.files {
		if f.done {
			if err := d.take(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// take puts a complete file into the stage.
func (d *Directory) take(f *File) error {
	if err := f.settle(filepath.Join(d.stage, filepath.Base(f.path))); err != nil {
		return err
	}
	return f.close()
}
