//go:build unix

package output

import (
	"io"
	"os"
	"syscall"
	"testing"
)

// TestDeviceIsNotReplaced: a rename over /dev/null would be a disaster.
func TestDeviceIsNotReplaced(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := syscall.Mkfifo("pipe.csv", 0o666); err != nil {
		t.Skip("no named pipes here: ", err)
	}
	got := make(chan string)
	go func() {
		b, err := os.ReadFile("pipe.csv")
		if err != nil {
			t.Error(err)
		}
		got <- string(b)
	}()
	o := New(nil)
	f, err := o.Create("pipe.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "a,b\n"); err != nil {
		t.Fatal(err)
	}
	if err := o.Commit(); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "a,b\n" {
		t.Errorf("the pipe got %q", text)
	}
	if info, err := os.Lstat("pipe.csv"); err != nil || info.Mode().IsRegular() {
		t.Errorf("pipe.csv is %v, %v now", info.Mode(), err)
	}
}
