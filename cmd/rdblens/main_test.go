package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/ulikunitz/xz"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in testdata/script")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rdblens": main})
}

// TestScripts runs testdata/script/*.txtar. Beside testscript's own commands:
//
//	exits CODE rdblens ARG...  run it and expect the exit code
//	dump KIND FILE             write a dump, see dumps
//	cut N FILE                 keep the first N bytes, or all but the last -N
//	poke OFFSET HEX FILE       overwrite bytes; a negative offset is from the end
//	pack FORMAT FROM TO        compress
//	cat FILE... TO             concatenate
//	ls DIR TO                  list a directory, hidden files too
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("GORACE", noRaceSleep)
			demo, err := filepath.Abs(filepath.Join("..", "..", "testdata", "demo.rdb"))
			e.Setenv("DEMO", demo)
			return err
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": scriptExits,
			"dump": func(ts *testscript.TestScript, _ bool, args []string) {
				write, ok := dumps[args[0]]
				if !ok {
					ts.Fatalf("no dump %q", args[0])
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), write(), 0o666))
			},
			"cut": func(ts *testscript.TestScript, _ bool, args []string) {
				n, err := strconv.Atoi(args[0])
				ts.Check(err)
				b := []byte(ts.ReadFile(args[1]))
				if n < 0 {
					n += len(b)
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), b[:n], 0o666))
			},
			"poke": func(ts *testscript.TestScript, _ bool, args []string) {
				at, err := strconv.Atoi(args[0])
				ts.Check(err)
				with, err := hex.DecodeString(args[1])
				ts.Check(err)
				b := []byte(ts.ReadFile(args[2]))
				if at < 0 {
					at += len(b)
				}
				copy(b[at:], with)
				ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o666))
			},
			"pack": func(ts *testscript.TestScript, _ bool, args []string) {
				b, err := packed(args[0], ts.ReadFile(args[1]))
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o666))
			},
			"cat": func(ts *testscript.TestScript, _ bool, args []string) {
				var all strings.Builder
				for _, f := range args[:len(args)-1] {
					all.WriteString(ts.ReadFile(f))
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[len(args)-1]), []byte(all.String()), 0o666))
			},
			"ls": func(ts *testscript.TestScript, _ bool, args []string) {
				entries, err := os.ReadDir(ts.MkAbs(args[0]))
				ts.Check(err)
				var names strings.Builder
				for _, e := range entries {
					fmt.Fprintln(&names, e.Name())
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(names.String()), 0o666))
			},
		},
	})
}

// stride returns the step of a loop over many dumps: 1, and more under -short.
func stride(n int) int {
	if testing.Short() {
		return n
	}
	return 1
}

// noRaceSleep keeps programs built with the race detector from sleeping a
// second when they end.
const noRaceSleep = "atexit_sleep_ms=0"

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE command ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var ee *exec.ExitError
	if errors.As(err, &ee) {
		got = ee.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func packed(format, text string) ([]byte, error) {
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch format {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	case "lz4":
		w = lz4.NewWriter(&b)
	case "xz":
		w, err = xz.NewWriter(&b)
	default:
		err = fmt.Errorf("no compressor %q", format)
	}
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// ctime is when the dumps of the tests say they were written.
const ctime = 1763600400 // 2025-11-20T01:00:00Z

// dumps are the dumps that scripts can ask for.
var dumps = map[string]func() []byte{
	"small":   smallDump,
	"limits":  limitsDump,
	"hostile": hostileDump,
	"empty":   func() []byte { return head(11).EOF().Bytes() },
	"big":     sync.OnceValue(func() []byte { return bigDump(50_000) }),
	"nocrc":   func() []byte { return someKeys(head(11)).EOFZero().Bytes() },
	"noctime": func() []byte {
		return rdbtest.Redis(11).Aux("redis-ver", "7.2.4").SelectDB(0).Put("k", rdbtest.String(rdbtest.Plain("v"))).EOF().Bytes()
	},
	"later":  laterDump,
	"night0": func() []byte { return night(0).EOF().Bytes() },
	"night1": func() []byte { return night(1).EOF().Bytes() },
	"night2": func() []byte { return night(2).EOF().Bytes() },
	"shard1": func() []byte { return shard(1).EOF().Bytes() },
	"shard2": func() []byte { return shard(2).EOF().Bytes() },
	"aof-tail": func() []byte {
		return append(smallDump(), "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n"...)
	},
	"count-lie": func() []byte {
		lp := rdbtest.NewListpack("f", "v").Count(40)
		return head(11).SelectDB(0).Put("before", rdbtest.String(rdbtest.Plain("x"))).Put("liar", rdbtest.HashListpack(lp.Str())).EOF().Bytes()
	},
	"unknown-type": func() []byte {
		return someKeys(head(11)).Put("odd", rdbtest.Value{Type: 60}).EOF().Bytes()
	},
}

// night is a server some days on: carts come, nothing goes.
func night(day int) *rdbtest.Writer {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", strconv.Itoa(1763686800+day*86400)).SelectDB(0)
	for i := range 400 + 100*day {
		w.Put("cart:"+strconv.Itoa(i), rdbtest.String(rdbtest.Plain(strings.Repeat("v", 100+i%40))))
	}
	return w
}

// shard has its own carts, saved at its own time.
func shard(n int) *rdbtest.Writer {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", strconv.Itoa(1763686800+n*7200)).SelectDB(0)
	for i := range 400 {
		w.Put("cart:"+strconv.Itoa(n*1000+i), rdbtest.String(rdbtest.Plain(strings.Repeat("v", 100+i%40))))
	}
	return w.Put("config", rdbtest.String(rdbtest.Plain("v")))
}

// limitsDump has collections just over the limits of packed encodings.
func limitsDump() []byte {
	fields := func(n int) (s []rdbtest.Str) {
		for i := range n {
			s = append(s, rdbtest.Plain(fmt.Sprintf("field%05d", i)), rdbtest.Plain("value"))
		}
		return s
	}
	var ids []rdbtest.Str
	for i := range 1000 {
		ids = append(ids, rdbtest.Plain(strconv.Itoa(100_000+i)))
	}
	return head(11).SelectDB(0).Put("cart:1", rdbtest.Hash(fields(701)...)).Put("cart:2", rdbtest.Hash(fields(1000)...)).
		Put("ids:1", rdbtest.Set(ids...)).Put("greeting", rdbtest.String(rdbtest.Plain("hello"))).EOF().Bytes()
}

func head(version int) *rdbtest.Writer {
	return rdbtest.Redis(version).Aux("redis-ver", "7.2.4").Aux("redis-bits", "64").Aux("ctime", strconv.Itoa(ctime)).Aux("used-mem", "1234567")
}

func someKeys(w *rdbtest.Writer) *rdbtest.Writer {
	const second = 1000
	return w.SelectDB(0).ResizeDB(8, 2).
		Put("greeting", rdbtest.String(rdbtest.Plain("hello world"))).
		Put("counter", rdbtest.String(rdbtest.Int(42))).
		ExpireMs((ctime+3600)*second).Put("session:1", rdbtest.String(rdbtest.Plain("alice"))).
		ExpireMs((ctime-60)*second).Put("session:2", rdbtest.String(rdbtest.Plain("bob"))).
		Put("queue", rdbtest.Quicklist2(rdbtest.PackedNode(rdbtest.NewListpack("a", "b", "c").Str()))).
		Put("cart:42", rdbtest.HashListpack(rdbtest.NewListpack("sku", "17", "qty", "2").Str())).
		Put("tags", rdbtest.SetListpack(rdbtest.NewListpack("red", "blue").Str())).
		Put("scores", rdbtest.ZsetListpack(rdbtest.NewListpack("ann", "1", "bob", "2.5").Str()))
}

func smallDump() []byte {
	return someKeys(head(11)).SelectDB(3).ResizeDB(1, 0).Put("other", rdbtest.String(rdbtest.Plain("in db 3"))).EOF().Bytes()
}

// laterDump is smallDump two days later: carts and audit records without a TTL
// became more, the queue and database 3 are gone.
func laterDump() []byte {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", strconv.Itoa(ctime+2*86400)).Aux("used-mem", "2234567").SelectDB(0)
	w.Put("greeting", rdbtest.String(rdbtest.Plain("hello world"))).Put("counter", rdbtest.String(rdbtest.Int(42)))
	for i := range 40 {
		w.Put(fmt.Sprintf("cart:%d", 40+i), rdbtest.HashListpack(rdbtest.NewListpack("sku", "17", "qty", "2").Str()))
		w.Put(fmt.Sprintf("audit:log:%d", i), rdbtest.String(rdbtest.Plain(strings.Repeat("a", 100))))
	}
	w.Put("tags", rdbtest.SetListpack(rdbtest.NewListpack("red", "blue").Str()))
	w.Put("huge", rdbtest.String(rdbtest.Plain(strings.Repeat("h", 5000))))
	return w.EOF().Bytes()
}

// hostileKeys are names that must not reach a terminal or a spreadsheet as
// they are.
var hostileKeys = []string{
	"\x1b[31mred\x1b[0m", "line\nbreak", "nul\x00", "\xff\xfe", "=1+1", "-cmd", "@x", `back\slash`, "\x9b31m", "tab\t", "\u202eabc",
	"quote\"comma,", "", "\x1b]0;title\x07",
}

func hostileDump() []byte {
	w := head(11).SelectDB(0).ResizeDB(uint64(len(hostileKeys)), 0)
	for _, k := range hostileKeys {
		w.Put(k, rdbtest.String(rdbtest.Plain("\x1b[31m value")))
	}
	return w.EOF().Bytes()
}

func bigDump(n int) []byte {
	w := head(11).SelectDB(0)
	for i := range n {
		w.Put(fmt.Sprintf("key:%08d", i), rdbtest.String(rdbtest.Plain(strings.Repeat("x", 100))))
	}
	return w.EOF().Bytes()
}

// TestHelp: every command tells the exit codes, within 100 columns.
func TestHelp(t *testing.T) {
	for _, command := range []string{"report", "keys", "check", "show", "diff", "trend", "whatif", "merge", "version"} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"help", command}, strings.NewReader(""), &out, &errs, os.Getenv); code != 0 {
			t.Errorf("help %s: exit code %d: %s", command, code, &errs)
		}
		if !strings.Contains(out.String(), "Exit status: 0 ok") {
			t.Errorf("help %s does not tell the exit codes", command)
		}
		for line := range strings.Lines(out.String()) {
			if n := len(strings.TrimRight(line, "\n")); n > 100 {
				t.Errorf("help %s: a line of %d columns: %s", command, n, line)
			}
		}
		if slices.ContainsFunc(strings.Fields(out.String()), func(w string) bool { return w == "[]" || w == "([])" }) {
			t.Errorf("help %s shows an empty default", command)
		}
	}
}
