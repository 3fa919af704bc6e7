//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOnInterrupt: with --on-interrupt partial a signal ends reading, and what was read
// is written, marked, with how far it came; without it nothing is.
func TestOnInterrupt(t *testing.T) {
	t.Chdir(t.TempDir())
	writeDump(t, "big.rdb", "big")
	dump, err := os.ReadFile("big.rdb")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args    string
		partial bool
		sig     syscall.Signal
	}{
		{"report - -o r.json --keys k.csv --on-interrupt partial", true, syscall.SIGINT},
		{"report - -o r.json --keys k.csv --on-interrupt partial", true, syscall.SIGTERM},
		{"report - -o r.json --keys k.csv", false, syscall.SIGINT},
		{"keys - -o k.csv --on-interrupt partial", true, syscall.SIGINT},
	} {
		_ = os.Remove("r.json") // of the case before
		_ = os.Remove("k.csv")
		cmd := program(t, strings.Fields(tt.args)...)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := in.Write(dump[:len(dump)*2/3]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond) // what is left in the pipe
		if err := cmd.Process.Signal(tt.sig); err != nil {
			t.Fatal(err)
		}
		code := exitCode(t, cmd.Wait())
		if code != 128+int(tt.sig) {
			t.Errorf("%s: exit code %d: %s", tt.args, code, &stderr)
		}
		rows, err := os.ReadFile("k.csv")
		if (err == nil) != tt.partial {
			t.Errorf("%s: rows: %v", tt.args, err)
		}
		if !tt.partial {
			continue
		}
		if !strings.Contains(stderr.String(), "keys in ") || !strings.Contains(stderr.String(), "were read, and the result is PARTIAL") {
			t.Errorf("%s: %s", tt.args, &stderr)
		}
		n := int64(bytes.Count(rows, []byte("\n")) - 1)
		if n < 1000 || n >= 50_000 {
			t.Errorf("%s: %d rows", tt.args, n)
		}
		if !strings.HasPrefix(tt.args, "report") {
			continue
		}
		b, err := os.ReadFile("r.json")
		if err != nil {
			t.Fatal(err)
		}
		var r struct {
			Partial bool
			Totals  struct{ Keys int64 }
			Sources []struct {
				Error       string
				LastGoodKey string `json:"last_good_key"`
			}
		}
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		if !r.Partial || r.Totals.Keys != n || len(r.Sources) != 1 || r.Sources[0].LastGoodKey == "" ||
			!strings.Contains(r.Sources[0].Error, "interrupted") && !strings.Contains(r.Sources[0].Error, "terminated") {
			t.Errorf("%s: %d rows, report %+v", tt.args, n, r)
		}
	}
	if code, _, errs := execute(t, "report", "big.rdb", "--on-interrupt", "stop"); code != exitUsage || !strings.Contains(errs, "discard, partial") {
		t.Errorf("%d %s", code, errs)
	}
}

// TestBeingWritten: dumps that a server is writing are told from whole ones.
func TestBeingWritten(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"both", "alone"} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	writeDump(t, "both/dump.rdb", "big")
	whole, err := os.ReadFile("both/dump.rdb")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"both/temp-4711.rdb", "alone/temp-4711.rdb", "growing.rdb", "cut.rdb", "temp-1700000000.77.rdb"} {
		if err := os.WriteFile(name, whole[:len(whole)/2], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, _, errs := execute(t, "both", "-f", "json")
	if code != exitOK || !strings.Contains(errs, "skipped both/temp-4711.rdb: a dump that a server is writing, or left behind") {
		t.Errorf("beside a whole one: %d %s", code, errs)
	}
	if code, _, errs = execute(t, "alone", "-f", "json"); code != exitPartial || !strings.Contains(errs, "temp-4711.rdb is called as servers call a dump that they write") {
		t.Errorf("alone: %d %s", code, errs)
	}
	if code, _, errs = execute(t, "check", "temp-1700000000.77.rdb"); code != exitPartial || !strings.Contains(errs, "is it still being written?") {
		t.Errorf("named: %d %s", code, errs)
	}
	if code, _, errs = execute(t, "cut.rdb", "-f", "json"); code != exitPartial || strings.Contains(errs, "hint:") {
		t.Errorf("cut: %d %s", code, errs)
	}
	for _, command := range []string{"report", "check", "keys"} {
		if err := os.WriteFile("growing.rdb", whole[:len(whole)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		stop, done := make(chan struct{}), make(chan error, 1)
		go func() {
			f, err := os.OpenFile("growing.rdb", os.O_APPEND|os.O_WRONLY, 0)
			for err == nil {
				select {
				case <-stop:
					done <- f.Close()
					return
				case <-time.After(20 * time.Millisecond):
					_, err = f.Write([]byte{0, 1, 'k', 1, 'v'})
				}
			}
			done <- err
		}()
		code, _, errs = execute(t, command, "growing.rdb", "-o", "out.json"+map[string]string{"keys": "l"}[command])
		close(stop)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if code != exitPartial || !strings.Contains(errs, "growing.rdb grows: is it still being written?") {
			t.Errorf("%s: %d %s", command, code, errs)
		}
	}
}
