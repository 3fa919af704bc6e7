//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fullPipe returns the end for writing of a pipe that nobody reads and that holds no
// byte more.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fds[0]) })
	if err := syscall.SetNonblock(fds[1], true); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{4096, 1} {
		for {
			if _, err := syscall.Write(fds[1], make([]byte, n)); errors.Is(err, syscall.EAGAIN) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := syscall.SetNonblock(fds[1], false); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fds[1]), "full")
}

// TestSignalsWhileBlocked: whatever the program waits for, a signal ends it within a
// second, with its exit code, and nothing is left behind.
func TestSignalsWhileBlocked(t *testing.T) {
	signals := []struct {
		sig  syscall.Signal
		code int
		word string
	}{{syscall.SIGTERM, 143, "terminated"}, {syscall.SIGINT, 130, "interrupted"}, {syscall.SIGHUP, 129, "hung up"}}
	for _, tt := range []struct {
		name   string
		args   string
		stdout bool // it is a full pipe
		stderr bool
	}{
		{"rows, nobody reads", "keys big.rdb", true, false},
		{"rows and files, nobody reads", "keys big.rdb -o new.csv -o set/ -o old/ -f csv", true, false},
		{"report, nobody reads", "report big.rdb", true, false},
		{"check, nobody reads", "check big.rdb", true, false},
		{"show, nobody reads", "show big.rdb key:00000001", true, false},
		{"diff, nobody reads", "diff big.rdb dir", true, false},
		{"whatif, nobody reads", "whatif big.rdb --to valkey-9.0", true, false},
		{"help, nobody reads", "help report", true, false},
		{"rules, nobody reads", "rules", true, false},
		{"rows to a pipe without a reader", "keys big.rdb -o new.csv -o fifo.csv", false, false},
		{"report to a pipe without a reader", "report big.rdb -o tables/ -o old/ -o fifo.json", false, false},
		{"rows beside a report", "report big.rdb -o new.json --keys fifo.csv", false, false},
		{"a source without a writer", "report fifo.rdb -o new.json -o old/", false, false},
		{"a second source without a writer", "keys big.rdb fifo.rdb -o new.csv -o set/", false, false},
		{"settings without a writer", "report big.rdb --config ./fifo.conf -o new.json", false, false},
		{"thresholds without a writer", "report big.rdb --rules fifo.conf -o new.json", false, false},
		{"messages nobody reads", "keys nothing.rdb -o new.csv", false, true},
	} {
		for i, s := range signals {
			if testing.Short() && i != len(tt.args)%len(signals) { // one of them each
				continue
			}
			t.Run(fmt.Sprintf("%s/%v", tt.name, s.sig), func(t *testing.T) {
				if s.sig == syscall.SIGHUP && signal.Ignored(s.sig) {
					t.Skip("run under nohup: hanging up is ignored, as it should be")
				}
				t.Parallel()
				dir := t.TempDir()
				for _, d := range []string{"old", "dir"} {
					if err := os.Mkdir(filepath.Join(dir, d), 0o777); err != nil {
						t.Fatal(err)
					}
				}
				writeDump(t, filepath.Join(dir, "big.rdb"), "big")
				writeDump(t, filepath.Join(dir, "dir/a.rdb"), "small")
				if err := os.WriteFile(filepath.Join(dir, "old/part-00000.parquet"), []byte("old"), 0o666); err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{"fifo.rdb", "fifo.csv", "fifo.json", "fifo.conf"} {
					if err := syscall.Mkfifo(filepath.Join(dir, name), 0o666); err != nil {
						t.Skip("no named pipes here: ", err)
					}
				}
				before := listing(t, dir)
				var (
					stderr bytes.Buffer
					code   int
					took   time.Duration
				)
				for wait := 400 * time.Millisecond; wait < 5*time.Second; wait *= 2 {
					cmd := program(t, strings.Fields(tt.args)...)
					cmd.Dir = dir
					stderr.Reset()
					cmd.Stdout, cmd.Stderr = io.Discard, &stderr
					if tt.stdout {
						cmd.Stdout = fullPipe(t)
					}
					if tt.stderr {
						cmd.Stderr = fullPipe(t)
					}
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					time.Sleep(wait) // it waits for the pipe by then, or works: both are to end
					if err := cmd.Process.Signal(s.sig); err != nil {
						t.Fatal(err)
					}
					code, took = waitFor(t, cmd)
					if code >= 0 { // otherwise it was too early
						break
					}
				}
				if code != s.code || took > time.Second {
					t.Errorf("exit code %d after %v, want %d within a second", code, took, s.code)
				}
				if !tt.stderr && !strings.HasSuffix(stderr.String(), "rdblens: error: "+s.word+"\n") {
					t.Errorf("standard error %q", &stderr)
				}
				// Files of a run that was done but for standard output are whole.
				if strings.Contains(tt.name, "files") {
					return
				}
				if after := listing(t, dir); after != before {
					t.Errorf("left behind:\n%swas:\n%s", after, before)
				}
			})
		}
	}
}

// waitFor waits for a program that was sent a signal; it is killed when it does not
// end.
func waitFor(t *testing.T, cmd *exec.Cmd) (code int, took time.Duration) {
	t.Helper()
	start := time.Now()
	killer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer killer.Stop()
	return exitCode(t, cmd.Wait()), time.Since(start)
}

// listing is every name below a directory, with the size of what is a file.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		size := int64(0)
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
		fmt.Fprintln(&b, strings.TrimPrefix(path, dir), size)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestClosedStdout: rdblens ... >&- has failed, unless nothing goes there. A library
// that gives its children the null device has not closed anything.
func TestClosedStdout(t *testing.T) {
	if _, err := os.Stat("/proc/self/fdinfo/1"); err != nil {
		t.Skip("only Linux tells")
	}
	t.Chdir(t.TempDir())
	writeDump(t, "a.rdb", "small")
	for _, sh := range []string{"sh", "bash"} {
		if _, err := exec.LookPath(sh); err != nil {
			continue
		}
		for _, form := range []string{"%s >&-; exit $?", "%s <&- >&-; exit $?"} {
			for _, args := range []string{"report a.rdb", "keys a.rdb", "check a.rdb", "show a.rdb greeting", "version", "help keys", "rules", "keys a.rdb -o k.csv -f csv"} {
				cmd := program(t)
				script := exec.Command(sh, "-c", fmt.Sprintf(form, cmd.Path+" "+args))
				script.Env = cmd.Env
				var stderr bytes.Buffer
				script.Stdout, script.Stderr = io.Discard, &stderr
				if code := exitCode(t, script.Run()); code != 1 || !strings.Contains(stderr.String(), "bad file descriptor") {
					t.Errorf("%s: %s: exit code %d: %s", sh, fmt.Sprintf(form, args), code, &stderr)
				}
			}
		}
		cmd := program(t)
		for _, line := range []string{"keys a.rdb -o k.csv >&-", "version >/dev/null", "version 0<>/dev/null 1>&0"} {
			script := exec.Command(sh, "-c", cmd.Path+" "+line)
			script.Env = cmd.Env
			if code := exitCode(t, script.Run()); code != 0 {
				t.Errorf("%s: %s: exit code %d", sh, line, code)
			}
		}
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd := program(t, "version")
	for _, run := range [][]string{{cmd.Path, "version"}, {"sh", "-c", cmd.Path + " version"}, {"sh", "-c", "exec " + cmd.Path + " version"}, {"sh", "-c", cmd.Path + " version; exit $?"}} {
		given := exec.Command(run[0], run[1:]...)
		given.Env = append(cmd.Env, "A=B")
		given.Stdout = null
		if code := exitCode(t, given.Run()); code != 0 {
			t.Errorf("%q with the null device: exit code %d", run, code)
		}
	}
}
