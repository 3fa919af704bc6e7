//go:build unix

package source

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPipeGivenTwice: a pipe is one source too, in whatever order it is given.
func TestPipeGivenTwice(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	info, err := r.Stat()
	if err != nil {
		t.Fatal(err)
	}
	in, same := newStdin(r), &file{"/dev/stdin", info}
	if !in.Same(same) || !same.Same(in) || !in.Same(newStdin(strings.NewReader(""))) || in.Same(&object{}) || (&object{}).Same(in) {
		t.Error("standard input and the pipe it is are not the same, or are what they are not")
	}
}

// TestPipeInDirectory: a pipe that nobody writes to is passed over, also when
// its name is that of a manifest.
func TestPipeInDirectory(t *testing.T) {
	dir := tree(t, map[string]string{"a.rdb": dump})
	for _, name := range []string{"p", "q.manifest"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	want := outcome{Sources: []string{"a.rdb"}, Skipped: []string{"p: not a regular file", "q.manifest: not a regular file"}}
	if diff := cmp.Diff(want, resolve(t, nil, ".")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
