//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
)

// program is this test binary under the program's name, which makes it the
// program (see TestMain).
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "rdblens")
	if err := os.Symlink(self, name); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Args[0] = "rdblens"
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TERM=xterm", "NO_COLOR=", "GORACE="+noRaceSleep)
	return cmd
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var ee *exec.ExitError
	if errors.As(err, &ee) {
		return ee.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func writeDump(t *testing.T, name, kind string) {
	t.Helper()
	if err := os.WriteFile(name, dumps[kind](), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestBrokenPipe is rdblens keys big.rdb | head -1.
func TestBrokenPipe(t *testing.T) {
	t.Chdir(t.TempDir())
	writeDump(t, "big.rdb", "big")
	for _, tt := range []struct {
		name string
		args []string
		line bool // the reader takes one line before it goes
		file string
		want string // in the file
	}{
		{"rows", []string{"keys", "big.rdb"}, true, "", ""},
		{"rows, nobody reads", []string{"keys", "big.rdb"}, false, "", ""},
		{"rows, with a file", []string{"keys", "big.rdb", "-o", "all.csv", "-f", "csv"}, true, "all.csv", "\n0,string,key:00049999,"},
		{"report, with a file", []string{"report", "big.rdb", "-o", "all.json", "-f", "text"}, false, "all.json", `"keys": 50000`},
		{"report, with rows", []string{"report", "big.rdb", "--keys", "rows.csv"}, false, "rows.csv", "\n0,string,key:00049999,"},
		{"check", []string{"check", "big.rdb"}, false, "", ""},
		{"show", []string{"show", "big.rdb", "key:00000001"}, false, "", ""},
		{"version", []string{"version"}, false, "", ""},
		{"help", []string{"help"}, false, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd := program(t, tt.args...)
			var stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = w, &stderr
			if !tt.line {
				r.Close()
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			w.Close()
			if tt.line {
				line, err := bufio.NewReaderSize(r, 64).ReadString('\n')
				if err != nil || !strings.HasPrefix(line, "database,type,key,") {
					t.Errorf("first line %q, %v", line, err)
				}
				r.Close()
			}
			if code := exitCode(t, cmd.Wait()); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if stderr.Len() > 0 {
				t.Errorf("standard error: %s", &stderr)
			}
			if tt.file != "" {
				b, err := os.ReadFile(tt.file)
				if err != nil || !strings.Contains(string(b), tt.want) {
					t.Errorf("%s: %d bytes, %v; want it whole", tt.file, len(b), err)
				}
			}
		})
	}
}

// TestSignals: an interrupt ends even a silent pipe, with the shell's exit
// code, and leaves nothing behind; SIGUSR1 gets a line.
func TestSignals(t *testing.T) {
	big := dumps["big"]()
	for _, tt := range []struct {
		name string
		args []string
		sig  syscall.Signal
		code int
	}{
		{"interrupt", []string{"keys", "-", "-o", "out.csv", "-o", "set/"}, syscall.SIGINT, 130},
		{"rows", []string{"keys", "-"}, syscall.SIGINT, 130},
		{"terminate", []string{"report", "-", "-o", "out.json", "-o", "tables/", "--keys", "keys.csv.gz"}, syscall.SIGTERM, 143},
		{"check", []string{"check", "-", "-o", "out.json"}, syscall.SIGINT, 130},
		{"show", []string{"show", "-", "key:00049999", "-o", "out.json"}, syscall.SIGINT, 130},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			cmd := program(t, tt.args...)
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			rows := &received{enough: make(chan struct{}), least: 1 << 16}
			cmd.Stdout = rows
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// More than a pipe holds: when this returns, the program reads.
			if _, err := stdin.Write(big[:1<<20]); err != nil {
				t.Fatal(err)
			}
			errs := bufio.NewReader(stderr)
			if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
				t.Fatal(err)
			}
			if line, err := errs.ReadString('\n'); err != nil || !regexp.MustCompile(`^rdblens: .* (B|KiB|MiB), [0-9,]+ keys`).MatchString(line) {
				t.Errorf("SIGUSR1 got %q, %v", line, err)
			}
			if tt.name == "rows" {
				select {
				case <-rows.enough:
				case <-time.After(30 * time.Second):
					t.Error("no rows in half a minute")
				}
			}
			if err := cmd.Process.Signal(tt.sig); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(errs)
			if err != nil {
				t.Fatal(err)
			}
			if code := exitCode(t, cmd.Wait()); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if !regexp.MustCompile(`^(rdblens: [^\n]* keys, [^\n]*\n)?rdblens: error: (interrupted|terminated)\n$`).Match(rest) {
				t.Errorf("standard error %q", rest)
			}
			if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			if b := rows.bytes; len(b) > 0 && b[len(b)-1] != '\n' {
				t.Errorf("%d bytes of rows, which end in %q", len(b), b[max(0, len(b)-40):])
			}
		})
	}
}

// received is what a program wrote; enough is closed when that is least bytes.
type received struct {
	bytes  []byte
	enough chan struct{}
	least  int
}

func (r *received) Write(p []byte) (int, error) {
	before := len(r.bytes)
	r.bytes = append(r.bytes, p...)
	if before < r.least && len(r.bytes) >= r.least {
		close(r.enough)
	}
	return len(p), nil
}

// onTerminal runs the program with some of its streams on a terminal of a
// width, and returns what the terminal got and the exit code.
func onTerminal(t *testing.T, columns uint16, cmd *exec.Cmd, attach func(cmd *exec.Cmd, tty *os.File)) (string, int) {
	t.Helper()
	ctrl, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	defer ctrl.Close()
	if err := pty.Setsize(ctrl, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	attach(cmd, tty)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	got := make(chan string)
	go func() {
		b, _ := io.ReadAll(ctrl) // ends with EIO when the program has gone
		got <- string(b)
	}()
	err = cmd.Wait()
	return <-got, exitCode(t, err)
}

func TestTerminal(t *testing.T) {
	t.Chdir(t.TempDir())
	writeDump(t, "a.rdb", "small")
	writeDump(t, "h.rdb", "hostile")
	if err := os.WriteFile("off.yaml", []byte("R10: off\nR30: off\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	stdout := func(cmd *exec.Cmd, tty *os.File) { cmd.Stdout = tty }
	escape := regexp.MustCompile("\x1b\\[[0-9;]*m")

	t.Run("report", func(t *testing.T) {
		out, code := onTerminal(t, 80, program(t, "a.rdb"), stdout)
		if code != 0 || !strings.Contains(out, "WHERE IT IS") {
			t.Errorf("exit code %d: %s", code, out)
		}
		if !escape.MatchString(out) {
			t.Error("no colour on a terminal")
		}
		for line := range strings.Lines(escape.ReplaceAllString(out, "")) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\r\n")); n > 80 {
				t.Errorf("a line of %d columns: %s", n, line)
			}
		}
	})
	for _, tt := range []struct {
		name string
		args []string
		env  string
	}{
		{"NO_COLOR", []string{"a.rdb"}, "NO_COLOR=1"},
		{"dumb terminal", []string{"a.rdb"}, "TERM=dumb"},
		{"--no-color", []string{"a.rdb", "--no-color"}, "A=B"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := program(t, tt.args...)
			cmd.Env = append(cmd.Env, tt.env)
			if out, code := onTerminal(t, 100, cmd, stdout); code != 0 || strings.Contains(out, "\x1b") {
				t.Errorf("exit code %d, %q", code, out)
			}
		})
	}
	t.Run("Parquet", func(t *testing.T) {
		cmd := program(t, "keys", "a.rdb", "-f", "parquet")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, code := onTerminal(t, 80, cmd, stdout)
		if code != 2 || out != "" || !strings.Contains(stderr.String(), "error: Parquet is binary and standard output is a terminal") {
			t.Errorf("exit code %d, terminal %q, standard error %s", code, out, &stderr)
		}
	})
	t.Run("profile", func(t *testing.T) {
		cmd := program(t, "report", "a.rdb", "-f", "pprof")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, code := onTerminal(t, 80, cmd, stdout)
		if code != 2 || out != "" || !strings.Contains(stderr.String(), "error: a profile is binary and standard output is a terminal") || !strings.Contains(stderr.String(), "-o FILE.pb.gz") {
			t.Errorf("exit code %d, terminal %q, standard error %s", code, out, &stderr)
		}
	})
	t.Run("standard input", func(t *testing.T) {
		cmd := program(t, "-")
		out, code := onTerminal(t, 80, cmd, func(cmd *exec.Cmd, tty *os.File) { cmd.Stdin, cmd.Stderr = tty, tty })
		if code != 2 || !strings.Contains(out, "standard input is a terminal") {
			t.Errorf("exit code %d, %q", code, out)
		}
	})
	t.Run("hostile keys", func(t *testing.T) {
		for _, args := range [][]string{{"h.rdb"}, {"keys", "h.rdb"}, {"keys", "-f", "text", "h.rdb"}, {"check", "h.rdb"}} {
			out, code := onTerminal(t, 100, program(t, args...), func(cmd *exec.Cmd, tty *os.File) { cmd.Stdout, cmd.Stderr = tty, tty })
			plain := escape.ReplaceAllString(out, "")
			if code != 0 || !utf8.ValidString(plain) || strings.ContainsAny(plain, "\x00\x07\x1b\u009b\u202e") {
				t.Errorf("%q: exit code %d, %q", args, code, out)
			}
		}
	})
	t.Run("progress", func(t *testing.T) {
		cmd := program(t, "keys", "-", "-o", "k.csv", "--progress", "always")
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, code := onTerminal(t, 100, cmd, func(cmd *exec.Cmd, tty *os.File) {
			cmd.Stderr = tty
			go func() {
				defer stdin.Close()
				if _, err := stdin.Write(dumps["big"]()); err != nil {
					t.Error(err)
				}
			}()
		})
		if code != 0 || !regexp.MustCompile(`rdblens: 50,000 keys, 5\.[45][0-9] MiB in `).MatchString(out) {
			t.Errorf("exit code %d, %q", code, out)
		}
	})
	for _, args := range [][]string{{"keys", "-", "-o", "k3.csv"}, {"show", "-", "key:00000001", "-o", "s.json"}, {"check", "-", "-o", "c.json"}} {
		for _, term := range []string{"TERM=dumb", "TERM="} {
			t.Run("progress on a dumb terminal "+args[0]+" "+term, func(t *testing.T) {
				cmd := program(t, append(args, "--progress", "always")...)
				cmd.Env = append(cmd.Env, term)
				cmd.Stdin = bytes.NewReader(dumps["big"]())
				out, code := onTerminal(t, 80, cmd, func(cmd *exec.Cmd, tty *os.File) { cmd.Stderr = tty })
				if code != 0 || strings.Contains(out, "\x1b") || strings.Contains(strings.ReplaceAll(out, "\r\n", ""), "\r") || !strings.Contains(out, " keys") {
					t.Errorf("exit code %d, %q", code, out)
				}
			})
		}
	}
	for i, tt := range []struct {
		columns uint16 // 0 tells no width
		env     string
		want    int
	}{
		{40, "COLUMNS=200", 40}, {60, "NO_COLOR=1", 60}, {80, "TERM=", 80}, {20, "A=B", 40}, {0, "A=B", 80}, {0, "COLUMNS=50", 50}, {0, "COLUMNS=wide", 80},
	} {
		for j, args := range [][]string{
			{"help"}, {"help", "report"}, {"help", "rules"}, {"show", "--help"}, {"help", "glossary"}, {"help", "completion"}, {"completion", "bash", "-h"},
			{"rules"}, {"rules", "R07"}, {"rules", "R22"}, {"rules", "--rules", "off.yaml"},
			{"show", "a.rdb", "cart:42", "scores", "session:1"}, {"show", "h.rdb", "", `\x1b[31mred\x1b[0m`}, {"check", "h.rdb"},
		} {
			if testing.Short() && i > 0 && j != i { // all at the first width, and one at each other
				continue
			}
			t.Run(fmt.Sprintf("dumb terminal %d %s %q", tt.columns, tt.env, args), func(t *testing.T) {
				cmd := program(t, args...)
				cmd.Env = append(cmd.Env, "TERM=dumb", "COLUMNS=", tt.env)
				out, code := onTerminal(t, tt.columns, cmd, stdout)
				if code != 0 || out == "" || strings.Contains(out, "\x1b") {
					t.Errorf("exit code %d, %q", code, out)
				}
				for line := range strings.Lines(out) {
					if n := utf8.RuneCountInString(strings.TrimRight(line, "\r\n")); n > tt.want {
						t.Errorf("a line of %d columns: %s", n, line)
					}
				}
			})
		}
	}
	for _, args := range [][]string{{"rules", "R07", "-o", "r.txt"}, {"show", "a.rdb", "greeting", "-o", "r.txt"}} {
		t.Run("a file does not depend on the terminal "+args[0], func(t *testing.T) {
			want, err := program(t, args[:len(args)-2]...).Output()
			if err != nil {
				t.Fatal(err)
			}
			if out, code := onTerminal(t, 40, program(t, args...), stdout); code != 0 || out != "" {
				t.Errorf("exit code %d, %q", code, out)
			}
			got, err := os.ReadFile("r.txt")
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%v: %s\nwant %s", err, got, want)
			}
		})
	}
	t.Run("a script is not folded", func(t *testing.T) {
		want, err := program(t, "completion", "bash").Output()
		if err != nil {
			t.Fatal(err)
		}
		out, code := onTerminal(t, 40, program(t, "completion", "bash"), stdout)
		if got := strings.ReplaceAll(out, "\r\n", "\n"); code != 0 || strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(string(want)), " ") || len(strings.Split(got, "\n")) != len(strings.Split(string(want), "\n")) {
			t.Errorf("exit code %d, %s", code, got)
		}
	})
	t.Run("quiet", func(t *testing.T) {
		out, code := onTerminal(t, 100, program(t, "keys", "-q", "a.rdb", "-o", "k2.csv"), func(cmd *exec.Cmd, tty *os.File) { cmd.Stderr = tty })
		if code != 0 || out != "" {
			t.Errorf("exit code %d, %q", code, out)
		}
	})
}
