package output

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/cmd/internal/source"
)

// tree lists the files below the working directory with their contents.
func tree(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if d.Type()&os.ModeSymlink != 0 {
			to, err := os.Readlink(path)
			files[path] = "-> " + to
			return err
		}
		if d.IsDir() {
			files[path+"/"] = ""
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func TestOutputsAppearTogether(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "old.txt", "old")
	if err := os.Symlink("old.txt", "link.json"); err != nil {
		t.Fatal(err)
	}
	before := tree(t)
	fill := func() *Set {
		o := New(nil)
		if _, err := o.Directory("deep/er/"); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"new.json", "link.json", "deep/er/x.parquet"} {
			f, err := o.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(f, "new "+name); err != nil {
				t.Fatal(err)
			}
		}
		return o
	}

	fill().Abort()
	if diff := cmp.Diff(before, tree(t)); diff != "" {
		t.Errorf("after abort (-before +after):\n%s", diff)
	}

	o := fill()
	if got := tree(t)["old.txt"]; got != "old" {
		t.Errorf("before commit old.txt is %q", got)
	}
	if err := o.Commit(); err != nil {
		t.Fatal(err)
	}
	o.Abort() // nothing is left to remove
	want := map[string]string{
		"old.txt": "new link.json", "link.json": "-> old.txt", "new.json": "new new.json",
		"deep/": "", "deep/er/": "", "deep/er/x.parquet": "new deep/er/x.parquet",
	}
	if diff := cmp.Diff(want, tree(t)); diff != "" {
		t.Errorf("after commit (-want +got):\n%s", diff)
	}
	if info, err := os.Stat("old.txt"); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("old.txt: %v, %v; want its mode kept", info.Mode(), err)
	}
}

func TestOutputRefusals(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "in.rdb", "REDIS0011")
	if err := os.Symlink("in.rdb", "link.csv"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("dir.json", 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", "dangling.json"); err != nil {
		t.Fatal(err)
	}
	set, err := source.Resolver{}.Resolve(t.Context(), []string{"in.rdb"})
	if err != nil {
		t.Fatal(err)
	}
	o := New(set.Sources)
	if _, err := o.Create("a.json"); err != nil {
		t.Fatal(err)
	}
	for name, usage := range map[string]bool{
		"in.rdb": true, "link.csv": true, "a.json": true, "./a.json": true,
		"dir.json": false, "missing/a.json": false, "in.rdb/a.json": false, "dangling.json": false,
	} {
		f, err := o.Create(name)
		var ue *source.UsageError
		if err == nil || errors.As(err, &ue) != usage {
			t.Errorf("Create(%q) = %v, %v; want an error of usage: %v", name, f, err, usage)
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("Create(%q): %v: does not name it", name, err)
		}
	}
	if _, err := o.Directory("in.rdb/"); err == nil {
		t.Error("Directory over a file: no error")
	}
	o.Abort()
	if got := tree(t); len(got) != 4 {
		t.Errorf("left behind: %v", got)
	}
}

// failAfter lets n bytes through and then fails.
type failAfter struct {
	n   int
	err error
}

func (f *failAfter) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, f.err
	}
	return len(p), nil
}

func TestStdoutWhoseReaderIsGone(t *testing.T) {
	big := make([]byte, 2*bufferSize)
	for _, tt := range []struct {
		name string
		err  error
		gone bool
	}{
		{"broken pipe", &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}, true},
		{"disk full", &os.PathError{Op: "write", Path: "out", Err: syscall.ENOSPC}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := NewStdout(&failAfter{10, tt.err})
			_, err := s.Write(big)
			if (err == nil) != tt.gone || s.Gone() != tt.gone {
				t.Errorf("Write: %v, gone %v", err, s.Gone())
			}
			s = NewStdout(&failAfter{10, tt.err})
			if _, err := io.WriteString(s, "more than ten bytes"); err != nil {
				t.Errorf("buffered Write: %v", err)
			}
			if err := s.Flush(); (err == nil) != tt.gone || s.Gone() != tt.gone {
				t.Errorf("Flush: %v, gone %v", err, s.Gone())
			}
		})
	}
}
