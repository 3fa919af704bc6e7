package output

import (
	"path/filepath"
	"runtime"
	"slices"
)

// Commit ends all files and gives them their names. Up to the first name that
// changes, an error leaves everything as it was; behind it, what was replaced is put
// back as far as the disk lets it, so that each file and each directory is whole,
// old or new.
//
// Between the name of one output and that of the next a program that is killed leaves
// the first new and the second old; nothing is written or waited for in between.
func (o *Set) Commit() error {
	for _, f := range o.all() {
		if err := f.Close(); err != nil {
			return err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return errEnded
	}
	o.adopt()
	if err := o.prepare(); err != nil {
		return err
	}
	if err := o.place(); err != nil {
		o.undo()
		return err
	}
	o.finish()
	o.files, o.dirs, o.made, o.ended = nil, nil, nil, true
	return nil
}

// all are the files of the set, those of directories too.
func (o *Set) all() []*File {
	o.mu.Lock()
	defer o.mu.Unlock()
	files := slices.Clone(o.files)
	for _, d := range o.dirs {
		files = append(files, d.files...)
	}
	return files
}

// adopt makes files whose names are in a directory of the set part of it: the
// directory is replaced as a whole.
func (o *Set) adopt() {
	o.files = slices.DeleteFunc(o.files, func(f *File) bool {
		i := slices.IndexFunc(o.dirs, func(d *Directory) bool { return !f.pipe && d.path == filepath.Dir(f.path) })
		if i < 0 {
			return false
		}
		f.dir = o.dirs[i]
		f.dir.files = append(f.dir.files, f)
		return true
	})
}

// prepare does everything that can fail and changes no name that anybody reads.
func (o *Set) prepare() error {
	for _, d := range o.dirs {
		if err := d.prepare(); err != nil {
			return named(err, d.name)
		}
	}
	several := len(o.files)+len(o.dirs) > 1
	for _, f := range o.files {
		if f.pipe {
			continue
		}
		if err := f.prepare(several); err != nil {
			return named(err, f.name)
		}
	}
	return nil
}

// prepare puts the file beside its name, and keeps what it will replace if other
// outputs may fail after it.
func (f *File) prepare(keep bool) error {
	where := filepath.Dir(f.path)
	if f.temp == "" {
		if f.old == nil && !keep {
			return nil // it gets its name at once
		}
		_ = f.h.hold()
		if err := f.settle(filepath.Join(where, temporary())); err != nil {
			return err
		}
	}
	if f.old != nil && keep {
		backup := filepath.Join(where, temporary())
		if f.set.disk.link(f.path, backup) == nil { // otherwise it cannot be put back
			f.backup = backup
		}
	}
	if runtime.GOOS == "windows" {
		return f.close() // an open file cannot be renamed there
	}
	return nil
}

// place gives everything its name.
func (o *Set) place() error {
	for _, d := range o.dirs {
		if err := d.place(); err != nil {
			return named(err, d.name)
		}
	}
	for _, f := range o.files {
		if f.pipe {
			continue
		}
		if err := f.place(); err != nil {
			return named(err, f.name)
		}
	}
	// They were open until here: that marks them as those of a living run.
	for _, f := range o.files {
		if err := f.close(); err != nil {
			return named(err, f.name)
		}
	}
	return nil
}

func (f *File) place() error {
	if f.temp == "" {
		err := f.settle(f.path)
		if err == nil {
			f.temp, f.placed = "", true
			return nil
		}
		// Somebody made a file of that name meanwhile.
		if err := f.settle(filepath.Join(filepath.Dir(f.path), temporary())); err != nil {
			return err
		}
	}
	if err := f.set.disk.rename(f.temp, f.path); err != nil {
		return err
	}
	f.temp, f.placed = "", true
	return nil
}

// undo puts back what was replaced, in reverse order.
func (o *Set) undo() {
	for _, f := range slices.Backward(o.files) {
		f.undo()
	}
	for _, d := range slices.Backward(o.dirs) {
		d.undo()
	}
}

func (f *File) undo() {
	switch {
	case !f.placed:
	case f.old == nil:
		_ = f.set.disk.remove(f.path)
	case f.backup != "":
		if f.set.disk.rename(f.backup, f.path) == nil {
			f.backup = ""
		}
	}
	f.placed = false
}

// finish removes what has been replaced. What cannot be removed stays hidden.
func (o *Set) finish() {
	for _, d := range o.dirs {
		d.finish()
	}
	for _, f := range o.files {
		if f.backup != "" {
			_ = o.disk.remove(f.backup)
		}
	}
}

// Abort removes what was written and not committed, and the directories made
// for it. It may be called at any time, while another call is under way too; it waits
// for a Commit that is changing names.
func (o *Set) Abort() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return
	}
	o.ended = true
	for _, f := range o.files {
		f.remove()
	}
	for _, d := range o.dirs {
		d.abort()
	}
	for _, d := range slices.Backward(o.made) {
		_ = o.disk.remove(d) // fails, rightly, when something else is in it by now
	}
	o.files, o.dirs, o.made = nil, nil, nil
}
