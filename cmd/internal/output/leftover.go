package output

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A run that is killed may leave behind, hidden beside its outputs: a file that was
// about to get its name, or has lost it (none, mostly: files are written without a
// name where the system can do that); or a directory that was about to be exchanged
// for the old one, or is the old one. A journal beside the directory says what in it
// may be removed. Files and journals are locked while their run lives. The next run
// that writes into the same place removes what nobody holds.

const (
	tempPrefix    = ".rdblens-"
	journalSuffix = ".journal"
)

// temporaryForm is what temporary returns, and names of journals.
var temporaryForm = regexp.MustCompile(`^\.rdblens-[A-Z2-7]{26}(\.journal)?$`)

func isTemporary(name string) bool { return temporaryForm.MatchString(name) }

// note is a line of a journal. While there is one line, everything in the stage was
// made by the run and may be removed. The second line says what may be when the stage
// is complete, and may have changed places with the target.
type note struct {
	Target string `json:"target"`
	// Names are files of the run, and those of the old directory that they replace
	// or that are dropped.
	Names []string `json:"names,omitempty"`
	// Carried are files that are in both.
	Carried []string `json:"carried,omitempty"`
}

// createHeld makes a file with a temporary name, and holds it.
func (o *Set) createHeld(dir, suffix string) (path string, h handle, err error) {
	for range 10 {
		path = filepath.Join(dir, temporary()+suffix)
		if h, err = o.disk.create(path); err != nil {
			return "", nil, err
		}
		// Without the lock a file is only not removed, should it stay behind.
		_ = h.hold()
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		_ = h.Close() // a run that cleans up has been faster
	}
	return path, h, nil
}

// clean removes from a directory what runs that were killed left there.
func (o *Set) clean(dir string) {
	if o.cleaned[dir] {
		return
	}
	o.cleaned[dir] = true
	f, err := os.Open(dir)
	if err != nil {
		return
	}
	defer f.Close()
	for {
		names, err := f.Readdirnames(1000)
		for _, name := range names {
			if isTemporary(name) {
				o.cleanOne(filepath.Join(dir, name))
			}
		}
		if err != nil {
			return
		}
	}
}

func (o *Set) cleanOne(path string) {
	info, err := os.Lstat(path)
	if err != nil {
		return
	}
	stage, isJournal := strings.CutSuffix(path, journalSuffix)
	switch {
	case info.IsDir():
		if _, err := os.Lstat(path + journalSuffix); errors.Is(err, fs.ErrNotExist) {
			_ = o.disk.remove(path) // fails, rightly, unless it is empty
		}
		return
	case !info.Mode().IsRegular():
		return
	}
	release, ok := claim(path)
	if !ok {
		return
	}
	defer release()
	if isJournal {
		notes := readJournal(path)
		if len(notes) > 1 {
			tidy(o.disk, stage, notes[1], false)
		} else {
			empty(o.disk, stage)
		}
		if _, err := os.Lstat(stage); !errors.Is(err, fs.ErrNotExist) {
			return // something is in it that is not ours
		}
	}
	_ = o.disk.remove(path)
}

// readJournal returns the whole lines of a journal.
func readJournal(path string) (notes []note) {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for {
		line, err := r.ReadBytes('\n')
		var n note
		if err != nil || json.Unmarshal(line, &n) != nil {
			return notes
		}
		notes = append(notes, n)
	}
}

// empty removes a directory of a run with everything in it.
func empty(on disk, stage string) {
	entries, err := os.ReadDir(stage)
	if err != nil {
		return
	}
	for _, e := range entries {
		_ = on.remove(filepath.Join(stage, e.Name()))
	}
	_ = on.remove(stage)
}

// tidy removes from a stage what its note names. With swapped, the stage is known to
// be the old directory: what came into it at the last moment moves to the new one.
// Otherwise such files stay, and the stage with them.
func tidy(on disk, stage string, n note, swapped bool) {
	entries, err := os.ReadDir(stage)
	if err != nil {
		return
	}
	names := map[string]bool{}
	for _, name := range n.Names {
		names[name] = true
	}
	for _, e := range entries {
		path, other := filepath.Join(stage, e.Name()), filepath.Join(n.Target, e.Name())
		switch {
		case names[e.Name()], sameFile(path, other), isTemporary(e.Name()):
			_ = on.remove(path)
		case slices.Contains(n.Carried, e.Name()):
			if swapped {
				_ = on.rename(path, other)
			}
		default:
			if _, err := os.Lstat(other); errors.Is(err, fs.ErrNotExist) {
				_ = on.rename(path, other)
			}
		}
	}
	_ = on.remove(stage)
}

// sameFile reports whether two names are those of one file.
func sameFile(a, b string) bool {
	x, err := os.Lstat(a)
	if err != nil {
		return false
	}
	y, err := os.Lstat(b)
	return err == nil && os.SameFile(x, y)
}
