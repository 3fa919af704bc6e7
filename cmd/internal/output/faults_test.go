package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// faulty is a disk on which one operation fails, or behind which the program dies.
type faulty struct {
	system
	mu       sync.Mutex
	at       int  // the operation that fails, counted from 1; 0 for none
	kill     bool // and every one behind it: the program is gone
	limited  bool // no unnamed files and no exchange, as on other systems
	n        int
	failedAt string
}

var errInjected = errors.New("injected")

// step counts an operation; its error is the fault.
func (d *faulty) step(what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n++
	if d.n == d.at || d.kill && d.at > 0 && d.n > d.at {
		if d.n == d.at {
			d.failedAt = what
		}
		return errInjected
	}
	return nil
}

func (d *faulty) wrap(what string, open func() (handle, error)) (handle, error) {
	if err := d.step(what); err != nil {
		return nil, err
	}
	h, err := open()
	if err != nil {
		return nil, err
	}
	return &faultyFile{h, d}, nil
}

func (d *faulty) unnamed(dir string) (handle, error) {
	if d.limited {
		return nil, errors.ErrUnsupported
	}
	return d.wrap("unnamed", func() (handle, error) { return d.system.unnamed(dir) })
}

func (d *faulty) create(path string) (handle, error) {
	return d.wrap("create", func() (handle, error) { return d.system.create(path) })
}

func (d *faulty) open(path string) (handle, error) {
	return d.wrap("open", func() (handle, error) { return d.system.open(path) })
}

func (d *faulty) do(what string, f func() error) error {
	if err := d.step(what); err != nil {
		return err
	}
	return f()
}

func (d *faulty) mkdir(path string) error {
	return d.do("mkdir", func() error { return d.system.mkdir(path) })
}

func (d *faulty) link(from, to string) error {
	return d.do("link", func() error { return d.system.link(from, to) })
}

func (d *faulty) rename(from, to string) error {
	return d.do("rename", func() error { return d.system.rename(from, to) })
}

func (d *faulty) exchange(a, b string) error {
	if d.limited {
		return errors.ErrUnsupported
	}
	return d.do("exchange", func() error { return d.system.exchange(a, b) })
}

func (d *faulty) remove(path string) error {
	return d.do("remove", func() error { return d.system.remove(path) })
}

func (d *faulty) syncDir(string) error {
	return d.step("fsync of a directory")
}

type faultyFile struct {
	handle
	d *faulty
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if err := f.d.step("write"); err != nil {
		n, _ := f.handle.Write(p[:len(p)/2]) // a full disk takes some of it
		return n, err
	}
	return f.handle.Write(p)
}

// Sync does not wait for the disk: nobody takes the power away here.
func (f *faultyFile) Sync() error { return f.d.step("fsync") }

// Close closes whatever it says, as the system does.
func (f *faultyFile) Close() error { return errors.Join(f.handle.Close(), f.d.step("close")) }

func (f *faultyFile) Chmod(mode fs.FileMode) error {
	return f.d.do("chmod", func() error { return f.handle.Chmod(mode) })
}

func (f *faultyFile) linkTo(path string) error {
	return f.d.do("linkat", func() error { return f.handle.linkTo(path) })
}

// outputKind is one way to write outputs, over what an earlier run wrote.
type outputKind struct {
	name  string
	files []string // path by path; one that ends in / begins a directory, whose files follow
	// others are there besides and must stay.
	others []string
}

var outputKinds = []outputKind{
	{name: "file", files: []string{"a.json"}},
	{name: "files", files: []string{"a.json", "b.csv", "sub/c.txt"}, others: []string{"sub/d.txt"}},
	{name: "directory", files: []string{"t/", "x.parquet", "y.parquet", "z.parquet"}, others: []string{"t/README", "t/.hidden"}},
	{name: "dataset", files: []string{"d/", PartName(0), PartName(1)}, others: []string{"d/notes", "d/part-00009.parquet"}},
	{name: "all of them", files: []string{"a.json", "k.csv", "t/", "x.parquet", "y.parquet", "d/", PartName(0)}, others: []string{"t/w"}},
	{name: "directory of directories", files: []string{"t/", "x.parquet", "y.parquet"}, others: []string{"t/sub/w"}},
	{name: "a file in the directory", files: []string{"t/r.json", "t/", "x.parquet"}, others: []string{"t/w"}},
	{name: "where the program works", files: []string{"./", "x.parquet", "y.parquet"}, others: []string{"w"}},
}

// groups are the paths that belong together: those of a directory, and each other one.
func (k *outputKind) groups() (groups [][]string) {
	dir := ""
	for _, f := range k.files {
		if strings.HasSuffix(f, "/") {
			dir = f
			groups = append(groups, nil)
			continue
		}
		if dir == "" {
			groups = append(groups, []string{f})
			continue
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], filepath.Join(dir, f))
	}
	return groups
}

// write writes everything, as a run does.
func (k *outputKind) write(on disk) error {
	o := newSet(on, nil)
	defer o.Abort()
	var dir *Directory
	for _, f := range k.files {
		if strings.HasSuffix(f, "/") {
			var err error
			if dir, err = o.Directory(f); err != nil {
				return err
			}
			if k.name == "dataset" {
				if err := dir.Dataset(); err != nil {
					return err
				}
			}
			continue
		}
		create := o.Create
		if dir != nil {
			create = dir.Create
		}
		file, err := create(f)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(file, newText(f)); err != nil {
			return err
		}
		if dir != nil {
			if err := file.Close(); err != nil {
				return err
			}
		}
	}
	return o.Commit()
}

// newText is what a run writes into a file; into one of them more than the buffer
// holds, which is written in pieces.
func newText(name string) string {
	if name == "x.parquet" {
		return "new " + strings.Repeat(name, bufferSize/len(name)+1)
	}
	return "new " + name
}

// lay writes what was there before.
func (k *outputKind) lay(t *testing.T, old bool) {
	t.Helper()
	names := slices.Clone(k.others)
	if old {
		for _, g := range k.groups() {
			names = append(names, g...)
		}
	}
	for _, n := range names {
		if err := os.MkdirAll(filepath.Dir(n), 0o777); err != nil {
			t.Fatal(err)
		}
		write(t, n, "old "+n)
	}
}

// hold tells whether a reader finds each group whole, old or new; files of a directory
// that says it is incomplete are not read.
func (k *outputKind) hold(t *testing.T, old bool, where string) (states []string) {
	t.Helper()
	for _, o := range k.others {
		if b, err := os.ReadFile(o); err != nil || string(b) != "old "+o {
			t.Errorf("%s: %s is %.20q, %v: it is not of this run", where, o, b, err)
		}
	}
	for _, g := range k.groups() {
		var is []string
		for _, f := range g {
			b, err := os.ReadFile(f)
			switch {
			case errors.Is(err, fs.ErrNotExist) && !old, err == nil && old && string(b) == "old "+f:
				is = append(is, "old")
			case err == nil && (string(b) == newText(f) || string(b) == newText(filepath.Base(f))):
				is = append(is, "new")
			default:
				t.Errorf("%s: %s is broken: %d bytes, %v", where, f, len(b), err)
			}
		}
		state := strings.Join(slices.Compact(is), "+")
		if len(g) > 1 {
			if _, err := os.Lstat(filepath.Join(filepath.Dir(g[0]), incomplete)); err == nil {
				state = "marked"
			}
		}
		states = append(states, state)
	}
	return states
}

// temporaries are the hidden names of ours below the working directory.
func temporaries(t *testing.T) (names []string) {
	t.Helper()
	for name := range tree(t) {
		if isTemporary(filepath.Base(name)) || strings.Contains(name, tempPrefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// each runs a kind with a fault at each operation in turn.
func each(t *testing.T, kill bool, then func(t *testing.T, k *outputKind, d *faulty, old bool, err error)) {
	for _, k := range outputKinds {
		for _, old := range []bool{false, true} {
			for _, limited := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/old %v/limited %v", k.name, old, limited), func(t *testing.T) {
					step := 1
					if testing.Short() {
						step = 13
					}
					for at := 1; ; at += step {
						dir := t.TempDir()
						// What is left beside the working directory is for no other moment.
						if err := os.Mkdir(filepath.Join(dir, "here"), 0o777); err != nil {
							t.Fatal(err)
						}
						t.Chdir(filepath.Join(dir, "here"))
						k.lay(t, old)
						d := &faulty{at: at, kill: kill, limited: limited}
						err := k.write(d)
						then(t, &k, d, old, err)
						if d.n < at {
							if err != nil {
								t.Errorf("without a fault: %v", err)
							}
							if d.n < 5 {
								t.Errorf("only %d operations: they do not go by way of the disk", d.n)
							}
							break
						}
						if t.Failed() {
							t.Fatalf("the fault was at operation %d, %s: %v", at, d.failedAt, err)
						}
						if err := os.RemoveAll(dir); err != nil {
							t.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// TestFaults: when any operation fails, every output is whole, old or new; and when
// the run says that it failed before a name changed, or could put it back, all are
// old. Nothing is left behind, unless removing it is what failed.
func TestFaults(t *testing.T) {
	each(t, false, func(t *testing.T, k *outputKind, d *faulty, old bool, err error) {
		where := fmt.Sprintf("%d %s", d.at, d.failedAt)
		states := k.hold(t, old, where)
		for _, s := range states {
			want := s == "old" || s == "new" || s == "marked" && d.failedAt == "remove"
			if !want || s != states[0] {
				t.Errorf("%s: %v (error %v)", where, states, err)
			}
		}
		if err == nil && states[0] != "new" || err != nil && states[0] == "new" && len(k.files) > 1 && d.failedAt != "link" {
			t.Errorf("%s: error %v and %v", where, err, states)
		}
		if left := temporaries(t); len(left) > 0 && d.failedAt != "remove" && d.failedAt != "create" {
			t.Errorf("%s: left behind: %q", where, left)
		}
	})
}

// TestKilled: after any operation the program is gone. Each output is whole, old or
// new, or a directory says that it is incomplete; the next run removes what is left,
// and is whole itself.
func TestKilled(t *testing.T) {
	each(t, true, func(t *testing.T, k *outputKind, d *faulty, old bool, err error) {
		where := fmt.Sprintf("%d %s", d.at, d.failedAt)
		for i, s := range k.hold(t, old, where) {
			inPlace := d.limited || strings.Contains(k.name, "directories") || strings.Contains(k.name, "works")
			if s != "old" && s != "new" && !(s == "marked" && inPlace) {
				t.Errorf("%s: output %d is %s", where, i, s)
			}
		}
		if t.Failed() {
			return
		}
		if err := k.write(&faulty{limited: d.limited}); err != nil {
			t.Fatalf("%s: the next run: %v", where, err)
		}
		for _, s := range k.hold(t, true, where) {
			if s != "new" {
				t.Errorf("%s: the next run left %s", where, s)
			}
		}
		if left := temporaries(t); len(left) > 0 {
			t.Errorf("%s: the next run left behind: %q", where, left)
		}
	})
}

// TestInTheMoment: what somebody does to the old directory while it is exchanged is
// not lost.
func TestInTheMoment(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := (system{}).exchange("a", "b"); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("directories are not exchanged here")
	}
	k := outputKind{name: "directory", files: []string{"t/", "x.parquet"}, others: []string{"t/kept"}}
	k.lay(t, true)
	d := &between{then: func() {
		write(t, "t/new-file", "made in the moment")
		write(t, "tmp", "changed in the moment")
		if err := os.Rename("tmp", "t/kept"); err != nil {
			t.Fatal(err)
		}
	}}
	if err := k.write(d); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"t/": "", "t/x.parquet": newText("x.parquet"), "t/new-file": "made in the moment", "t/kept": "changed in the moment"}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(tree(t)))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, text := range want {
		if got := tree(t)[name]; got != text {
			t.Errorf("%s is %.40q", name, got)
		}
	}
}

// between does something right before directories are exchanged.
type between struct {
	system
	then func()
}

func (b *between) exchange(x, y string) error {
	b.then()
	return b.system.exchange(x, y)
}
