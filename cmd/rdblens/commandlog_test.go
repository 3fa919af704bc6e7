package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/aoflog"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// request is a command in the protocol.
func request(args ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b.String()
}

// aofReport is what the tests look at.
type aofReport struct {
	Partial bool
	Totals  struct {
		Keys int64
	}
	CommandLogs []aggregate.CommandLog `json:"command_logs"`
}

func jsonReport(t *testing.T, out string) (r aofReport) {
	t.Helper()
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r
}

// TestCommandLogs: data in commands is never a report of nothing with exit code 0,
// wherever the commands stand.
func TestCommandLogs(t *testing.T) {
	base := func(keys ...string) []byte {
		w := head(10).Aux("aof-base", "1").SelectDB(0)
		for _, k := range keys {
			w.Put(k, rdbtest.String(rdbtest.Plain("v")))
		}
		return w.EOF().Bytes()
	}
	commands := request("SELECT", "0") + request("SET", "user:1", "v") + request("SET", "user:2", "v") + request("DEL", "user:1")
	manifest := "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
	multi := func(b []byte, incr string) map[string]string {
		return map[string]string{"appendonlydir/appendonly.aof.manifest": manifest, "appendonlydir/appendonly.aof.1.base.rdb": string(b), "appendonlydir/appendonly.aof.1.incr.aof": incr}
	}
	for _, c := range []struct {
		name  string
		files map[string]string
		arg   string
		code  int
		keys  int64
		logs  int
	}{
		{"empty base", multi(base(), commands), "appendonlydir", exitPartial, 0, 1},
		{"base with keys", multi(base("a"), commands), "appendonlydir", exitPartial, 1, 1},
		{"the server's directory", multi(base("a"), commands), ".", exitPartial, 1, 1},
		{"nothing behind the base", multi(base("a"), ""), ".", exitOK, 1, 0},
		{"no change behind the base", multi(base("a"), request("SELECT", "0")), ".", exitOK, 1, 0},
		{"no base", map[string]string{"d/a.manifest": "file a.incr.aof seq 1 type i\n", "d/a.incr.aof": commands}, "d", exitPartial, 0, 1},
		{"base of commands", map[string]string{"d/a.manifest": "file a.base.aof seq 1 type b\nfile a.incr.aof seq 1 type i\n", "d/a.base.aof": commands, "d/a.incr.aof": ""}, "d", exitPartial, 0, 1},
		{"file of commands", map[string]string{"appendonly.aof": commands}, "appendonly.aof", exitPartial, 0, 1},
		{"directory with such a file", map[string]string{"appendonly.aof": commands, "x.txt": "text"}, ".", exitPartial, 0, 1},
		{"behind a preamble", map[string]string{"appendonly.aof": string(base("a", "b")) + commands}, "appendonly.aof", exitPartial, 2, 1},
		{"behind a transfer", map[string]string{"capture": "$" + fmt.Sprint(len(base("a"))) + "\r\n" + string(base("a")) + commands}, "capture", exitOK, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for name, content := range c.files {
				if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			code, out, errs := execute(t, "report", c.arg, "-f", "json", "-o", "x.rdbpart", "-o", "-")
			if code != c.code {
				t.Fatalf("exit code %d, want %d\n%s", code, c.code, errs)
			}
			r := jsonReport(t, out)
			if r.Totals.Keys != c.keys || len(r.CommandLogs) != c.logs || r.Partial != (c.logs > 0) {
				t.Fatalf("%d keys, partial %v, logs %+v", r.Totals.Keys, r.Partial, r.CommandLogs)
			}
			if c.logs == 0 {
				return
			}
			if l := r.CommandLogs[0]; l.Commands != 3 || l.Deletions != 1 || l.Bytes != int64(len(commands)) || l.Patterns[0].Name != "user:{int}" || len(l.MakeDump) != 3 {
				t.Errorf("%+v", l)
			}
			code, merged, errs := execute(t, "merge", "x.rdbpart", "-f", "json")
			if d := cmp.Diff(out, merged); code != exitPartial || d != "" {
				t.Errorf("merged: exit code %d, %s\n%s", code, errs, d)
			}
			if code, out, _ := execute(t, "report", c.arg, "--full"); code != exitPartial || !strings.Contains(out, "NOT IN HERE: 3 commands") || !strings.Contains(out, "SAVE | grep OK") {
				t.Errorf("text: exit code %d\n%s", code, out)
			}
			if code, _, errs := execute(t, "keys", c.arg); code != exitPartial || !strings.Contains(errs, "3 commands") {
				t.Errorf("keys: exit code %d\n%s", code, errs)
			}
		})
	}
}

// TestDumpBesideAOF: both hold the same keys, so one of them counts, and the other is
// named.
func TestDumpBesideAOF(t *testing.T) {
	code, out, errs := execute(t, "report", filepath.Join(formats, "datadir"), "-f", "json")
	if r := jsonReport(t, out); code != exitOK || r.Totals.Keys != 250 || !strings.Contains(errs, "appendonlydir") {
		t.Errorf("exit code %d, %d keys\n%s", code, r.Totals.Keys, errs)
	}
	code, out, _ = execute(t, "report", filepath.Join(formats, "datadir/appendonlydir"), "-f", "json")
	r := jsonReport(t, out)
	if code != exitPartial || r.Totals.Keys != 200 || len(r.CommandLogs) != 1 || r.CommandLogs[0].Commands != 51 {
		t.Errorf("exit code %d, %d keys, %+v", code, r.Totals.Keys, r.CommandLogs)
	}
}

// TestCommandLogLive: what a real server wrote is counted as it was sent, and the
// commands of the hint make a dump that is worth what the server's own is.
func TestCommandLogLive(t *testing.T) {
	for _, program := range []string{"redis-server", "redis-cli"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	n := 100_000
	if testing.Short() {
		n = 5_000
	}
	dir, err := os.MkdirTemp("", "aof") // a path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	server := exec.CommandContext(t.Context(), "redis-server", "--dir", dir, "--appendonly", "yes", "--save", "", "--port", "0",
		"--unixsocket", dir+"/s", "--auto-aof-rewrite-percentage", "0", "--appendfsync", "no")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	var conn net.Conn
	for range 200 {
		if conn, err = net.Dial("unix", dir+"/s"); err == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	requests, sent := churn(n)
	go func() { _, _ = conn.Write([]byte(requests + request("SAVE"))) }()
	var replies bytes.Buffer
	buf := make([]byte, 64<<10)
	// A line for each command, two where an ID is the answer.
	for bytes.Count(replies.Bytes(), []byte("\r\n")) < n+sent["XADD"]+1 {
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		got, err := conn.Read(buf)
		if err != nil {
			t.Fatalf("%v behind %q", err, replies.Bytes()[max(0, replies.Len()-100):])
		}
		replies.Write(buf[:got])
		if bytes.HasPrefix(replies.Bytes(), []byte("-")) || bytes.Contains(replies.Bytes(), []byte("\n-")) {
			t.Fatalf("an error: %.200q", replies.Bytes())
		}
	}
	own := filepath.Join(t.TempDir(), "own.rdb")
	if err := os.Rename(dir+"/dump.rdb", own); err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Write([]byte(request("SHUTDOWN", "NOSAVE")))
	_ = server.Wait()

	code, out, errs := execute(t, "report", dir, "-f", "json")
	r := jsonReport(t, out)
	if code != exitPartial || len(r.CommandLogs) != 1 {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	l := r.CommandLogs[0]
	counted := map[string]int{}
	for _, x := range l.ByCommand {
		counted[x.Name] = int(x.Commands)
	}
	if d := cmp.Diff(sent, counted); d != "" || l.Commands != int64(n) || l.Error != "" {
		t.Errorf("%d commands of %d, %s (-sent +counted)\n%s", l.Commands, n, l.Error, d)
	}
	if l.Deletions != int64(sent["DEL"]) || l.Expiries != int64(sent["PEXPIREAT"]) {
		t.Errorf("%d deletions of %d, %d expiries of %d", l.Deletions, sent["DEL"], l.Expiries, sent["PEXPIREAT"])
	}
	// As printed, one after the other in one shell.
	script := "set -e\n" + strings.Join(l.MakeDump[:2], "\n") + "\necho; echo " + aoflog.Copy
	said, err := exec.CommandContext(t.Context(), "sh", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", script, err, said)
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	work := lines[len(lines)-1]
	t.Cleanup(func() { _ = os.RemoveAll(work) })
	want, got := worth(t, own), worth(t, filepath.Join(work, "dump.rdb"))
	if d := cmp.Diff(want, got); d != "" || want["keys"] == 0 {
		t.Errorf("the dump of the hint is not worth the server's own (-own +hint)\n%s", d)
	}
}

// churn makes n commands of all types, each of which changes something: servers write
// no others.
func churn(n int) (requests string, sent map[string]int) {
	rnd := rand.New(rand.NewPCG(1, 2))
	sent = map[string]int{}
	var b strings.Builder
	far := time.Now().Add(1000 * time.Hour).UnixMilli()
	for i := range n {
		id, no := strconv.Itoa(rnd.IntN(500)), strconv.Itoa(i)
		var args []string
		switch i % 12 {
		case 0, 1:
			args = []string{"SET", "user:" + id + ":name", strings.Repeat("v", 1+rnd.IntN(200))}
		case 2:
			args = []string{"HSET", "session:" + id, "f" + strconv.Itoa(rnd.IntN(40)), strings.Repeat("x", rnd.IntN(60))}
		case 3:
			args = []string{"LPUSH", "queue:" + strconv.Itoa(rnd.IntN(50)), "job " + no}
		case 4:
			args = []string{"SADD", "tags:" + id, no}
		case 5:
			args = []string{"ZADD", "board:" + strconv.Itoa(rnd.IntN(100)), no, "player " + no}
		case 6:
			args = []string{"XADD", "events:" + strconv.Itoa(i%7), strconv.Itoa(i+1) + "-1", "a", no, "b", "yy"}
		case 7:
			args = []string{"INCR", "count:" + id}
		case 8:
			args = []string{"APPEND", "log:" + strconv.Itoa(i%30), "line " + no + "\n"}
		case 9:
			args = []string{"SET", "gone:" + no, "v"}
		case 10:
			args = []string{"DEL", "gone:" + strconv.Itoa(i-1)}
		case 11:
			args = []string{"PEXPIREAT", "user:" + "0:name", strconv.FormatInt(far+int64(i), 10)}
			if i == 11 {
				args = []string{"SET", "user:0:name", "v"}
			}
		}
		if args[0] == "SET" && args[1] == "user:0:name" && i != 11 {
			args[1] = "user:1:name" // that one keeps its expiry
		}
		sent[args[0]]++
		b.WriteString(request(args...))
	}
	return b.String(), sent
}

// worth is what a report says of a dump, clock and used memory aside.
func worth(t *testing.T, dump string) map[string]any {
	t.Helper()
	code, out, errs := execute(t, "report", dump, "-f", "json", "--source-name", "x", "--now", "2026-01-01T00:00:00Z", "--deep")
	if code != exitOK {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	var r struct {
		Totals   map[string]any
		ByType   any `json:"by_type"`
		Patterns []map[string]any
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	delete(r.Totals, "reported_used_memory_bytes")
	for _, p := range r.Patterns {
		delete(p, "example") // it goes by a seed of the dump's own
	}
	return map[string]any{"totals": r.Totals, "types": r.ByType, "patterns": r.Patterns, "keys": r.Totals["keys"]}
}
