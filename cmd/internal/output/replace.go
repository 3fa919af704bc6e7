package output

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/rdblens/rdblens/report"
)

// prepare builds the whole directory in the stage.
func (d *Directory) prepare() error {
	if err := d.makeStage(); err != nil {
		return err
	}
	for _, f := range d.files {
		if err := d.take(f); err != nil {
			return err
		}
	}
	info, err := os.Stat(d.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.old, d.how = nil, renamed
	case err != nil:
		return err
	default:
		d.old, d.how = info, exchanged
		if err := d.look(); err != nil {
			return err
		}
		if !d.exchangeable() || !d.carry() {
			if err := d.prepareInPlace(); err != nil {
				return err
			}
		}
	}
	if err := d.set.disk.syncDir(d.stage); err != nil {
		return err
	}
	return d.write(note{Target: d.path, Names: slices.Concat(d.names(), d.dropped), Carried: d.carried})
}

// names are those of the files of this run.
func (d *Directory) names() []string {
	names := map[string]bool{}
	for _, f := range d.files {
		names[filepath.Base(f.path)] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// look sorts what is in the old directory.
func (d *Directory) look() error {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return err
	}
	written := d.names()
	d.carried, d.dropped, d.left = nil, nil, nil
	for _, e := range entries {
		name := e.Name()
		_, isNew := slices.BinarySearch(written, name)
		switch {
		case isNew, d.base == d.path && isTemporary(name):
		case name == incomplete && isList(filepath.Join(d.path, name)):
			d.dropped = append(d.dropped, name)
		case d.dataset && isPart.MatchString(name) && d.isOurs(e):
			d.dropped = append(d.dropped, name)
		default:
			d.carried = append(d.carried, name)
			if d.dataset && isPart.MatchString(name) {
				d.left = append(d.left, name)
			}
		}
	}
	return nil
}

// isOurs reports whether a file says of itself that it holds rows of rdblens, and is
// no source.
func (d *Directory) isOurs(e fs.DirEntry) bool {
	info, err := e.Info()
	if err != nil || !info.Mode().IsRegular() || d.set.isSource(info) {
		return false
	}
	f, err := os.Open(filepath.Join(d.path, e.Name()))
	if err != nil {
		return false
	}
	defer f.Close()
	return report.IsRows(f, info.Size())
}

// exchangeable reports whether the old directory may give up its place.
func (d *Directory) exchangeable() bool {
	if d.base != filepath.Dir(d.path) || d.base == d.path || !plainDirectory(d.path) {
		return false
	}
	// The program, and the shell it was started from, would stay in the old one.
	here, err := os.Stat(".")
	return err == nil && !os.SameFile(here, d.old)
}

// carry links what stays into the stage; false if something cannot be.
func (d *Directory) carry() bool {
	ok := sameOwner(d.stage, d.old)
	for _, name := range d.carried {
		info, err := os.Lstat(filepath.Join(d.path, name))
		if ok = ok && err == nil && !info.IsDir(); !ok {
			break
		}
		ok = d.set.disk.link(filepath.Join(d.path, name), filepath.Join(d.stage, name)) == nil
	}
	if !ok {
		d.uncarry()
	}
	return ok
}

// uncarry removes the links again.
func (d *Directory) uncarry() {
	for _, name := range d.carried {
		_ = d.set.disk.remove(filepath.Join(d.stage, name))
	}
	d.carried = nil
}

// listMark begins the list in a file called _INCOMPLETE.
const listMark = "rdblens/incomplete"

// list is what a file called _INCOMPLETE says.
type list struct {
	Schema string   `json:"schema"`
	Files  []string `json:"files"`
}

// isList reports whether a file is one that prepareInPlace wrote.
func isList(path string) bool {
	b, err := os.ReadFile(path)
	var l list
	return err == nil && json.Unmarshal(b, &l) == nil && l.Schema == listMark
}

// prepareInPlace keeps the files that will be replaced, and writes the list.
func (d *Directory) prepareInPlace() error {
	d.uncarry()
	d.how = inPlace
	for _, f := range d.files {
		backup := filepath.Join(d.stage, temporary())
		if f.old != nil && d.set.disk.link(f.path, backup) == nil {
			f.backup = backup
		}
	}
	text, err := json.Marshal(list{listMark, d.names()})
	if err != nil {
		return err
	}
	h, err := d.set.disk.create(filepath.Join(d.stage, incomplete))
	if err != nil {
		return err
	}
	_, err = h.Write(append(text, '\n'))
	if err == nil {
		err = h.Sync()
	}
	return errors.Join(err, h.Close())
}

// place gives the directory its name, or its files theirs.
func (d *Directory) place() error {
	switch d.how {
	case renamed:
		err := d.set.disk.rename(d.stage, d.path)
		d.placed = err == nil
		return err
	case exchanged:
		err := d.set.disk.exchange(d.stage, d.path)
		if !errors.Is(err, errors.ErrUnsupported) {
			d.placed = err == nil
			return err
		}
		if err := d.prepareInPlace(); err != nil {
			return err
		}
	}
	d.placed = true
	return d.placeFiles()
}

// placeFiles moves file by file into the directory.
func (d *Directory) placeFiles() error {
	mark := filepath.Join(d.path, incomplete)
	if err := d.set.disk.rename(filepath.Join(d.stage, incomplete), mark); err != nil {
		return err
	}
	if err := d.set.disk.syncDir(d.path); err != nil {
		return err
	}
	for _, f := range d.files {
		if err := f.place(); err != nil {
			return err
		}
	}
	for _, name := range d.dropped {
		if name == incomplete {
			continue
		}
		if err := d.set.disk.rename(filepath.Join(d.path, name), filepath.Join(d.stage, name)); err != nil {
			return err
		}
		d.gone = append(d.gone, name)
	}
	if err := d.set.disk.syncDir(d.path); err != nil {
		return err
	}
	return d.set.disk.remove(mark)
}

// undo takes place back.
func (d *Directory) undo() {
	if !d.placed {
		return
	}
	switch d.how {
	case renamed:
		d.placed = d.set.disk.rename(d.path, d.stage) != nil
	case exchanged:
		d.placed = d.set.disk.exchange(d.stage, d.path) != nil
	case inPlace:
		for _, name := range d.gone {
			_ = d.set.disk.rename(filepath.Join(d.stage, name), filepath.Join(d.path, name))
		}
		back := true
		for _, f := range slices.Backward(d.files) {
			f.undo()
			back = back && !f.placed
		}
		if back {
			_ = d.set.disk.remove(filepath.Join(d.path, incomplete))
		}
	}
}

// finish removes what was replaced.
func (d *Directory) finish() {
	switch d.how {
	case renamed:
	case exchanged:
		tidy(d.set.disk, d.stage, note{d.path, slices.Concat(d.names(), d.dropped), d.carried}, true)
	case inPlace:
		empty(d.set.disk, d.stage)
	}
	d.endJournal()
}

// abort removes what was not placed.
func (d *Directory) abort() {
	if d.placed && d.how == exchanged {
		d.finish() // it could not be undone
		return
	}
	for _, f := range d.files {
		f.remove()
	}
	if d.stage != "" {
		empty(d.set.disk, d.stage)
	}
	d.endJournal()
}

func (d *Directory) endJournal() {
	if d.journal == "" {
		return
	}
	_ = d.lock.Close()
	_ = d.set.disk.remove(d.journal)
	d.journal = ""
}
