package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

// TestDiffAgainstServer compares two dumps that a server wrote, and holds every
// figure against what servers that loaded them say: DBSIZE, the sums of MEMORY
// USAGE by prefix, keys without a TTL, and the growth of used_memory.
func TestDiffAgainstServer(t *testing.T) {
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("RDBLENS_CI") != "" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server is not installed")
	}
	dirs := [2]string{t.TempDir(), t.TempDir()}
	writeSnapshots(t, bin, dirs)
	want := [2]serverFigures{askServer(t, bin, dirs[0]), askServer(t, bin, dirs[1])}

	var out, errs bytes.Buffer
	args := []string{"diff", filepath.Join(dirs[0], "dump.rdb"), filepath.Join(dirs[1], "dump.rdb"), "-f", "json", "--allocator", "jemalloc-debian"}
	if code := run(t.Context(), args, strings.NewReader(""), &out, &errs, os.Getenv); code != 0 {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	var d aggregate.Diff
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if d.Totals.KeysBefore != want[0].keys || d.Totals.KeysAfter != want[1].keys {
		t.Errorf("%d and %d keys, DBSIZE %d and %d", d.Totals.KeysBefore, d.Totals.KeysAfter, want[0].keys, want[1].keys)
	}
	seen := 0
	for _, p := range d.Patterns {
		prefix, _, _ := strings.Cut(p.Pattern, ":")
		for side, got := range [2]prefixFigures{
			{p.KeysBefore, p.MemoryBefore, p.KeysWithoutTTLBefore}, {p.KeysAfter, p.MemoryAfter, p.KeysWithoutTTLAfter},
		} {
			if w := want[side].prefixes[prefix]; got != w {
				t.Errorf("%s, side %d: keys, bytes, without TTL %v, the server says %v", p.Pattern, side, got, w)
			}
			seen++
		}
	}
	if seen != 2*5 {
		t.Errorf("%d patterns: %+v", seen/2, d.Patterns)
	}
	status := map[string]string{}
	for _, p := range d.Patterns {
		prefix, _, _ := strings.Cut(p.Pattern, ":")
		status[prefix] = fmt.Sprint(p.Status, " ", p.Leak)
	}
	for prefix, want := range map[string]string{"user": "grown true", "cart": "same false", "gone": "vanished false", "fresh": "new false", "queue": "grown false"} {
		if status[prefix] != want {
			t.Errorf("%s is %s, want %s", prefix, status[prefix], want)
		}
	}
	predicted, used := *d.Forecast.UsedAfter-*d.Forecast.UsedBefore, want[1].used-want[0].used
	t.Logf("used_memory of the servers grew by %d bytes, predicted %d (%+.2f %%)", used, predicted, 100*float64(predicted-used)/float64(used))
	if off := predicted - used; off > used/50 || off < -used/50 {
		t.Errorf("used_memory grew by %d bytes, predicted %d", used, predicted)
	}
}

// prefixFigures are keys, bytes and keys without a TTL.
type prefixFigures struct{ keys, memory, noTTL int64 }

type serverFigures struct {
	keys, used int64
	prefixes   map[string]prefixFigures
}

func ask(t *testing.T, c *liveredis.Client, args ...any) any {
	t.Helper()
	reply, err := c.Do(args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return reply
}

// writeSnapshots makes a server write a dump into each directory: users and
// carts; then more users, some carts deleted and as many made, one prefix gone,
// one new with a TTL, and a list that grew.
func writeSnapshots(t *testing.T, bin string, dirs [2]string) {
	t.Helper()
	s, err := liveredis.Start(t.Context(), bin, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	c, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	save := func(dir string) {
		ask(t, c, "SAVE")
		b, err := os.ReadFile(s.Dump())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "dump.rdb"), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	users := func(from, to int) {
		for i := from; i < to; i++ {
			c.Send(nil, "HSET", fmt.Sprintf("user:%d", i), "name", fmt.Sprintf("name %d", i), "mail", strings.Repeat("m", i%40))
		}
	}
	carts := func(from, to int) {
		for i := from; i < to; i++ {
			c.Send(nil, "SET", fmt.Sprintf("cart:%06d", i), strings.Repeat("c", 100), "EX", 86400)
		}
	}
	users(0, 4000)
	carts(0, 3000)
	for i := range 500 {
		c.Send(nil, "ZADD", fmt.Sprintf("gone:%d", i), i, "member")
	}
	c.Send(nil, "RPUSH", "queue:mail", strings.Repeat("q", 50))
	save(dirs[0])
	users(4000, 12_000)
	carts(3000, 3100)
	for i := range 100 {
		c.Send(nil, "DEL", fmt.Sprintf("cart:%06d", i))
	}
	for i := range 500 {
		c.Send(nil, "DEL", fmt.Sprintf("gone:%d", i))
	}
	for i := range 200 {
		c.Send(nil, "SET", fmt.Sprintf("fresh:%d", i), strings.Repeat("f", 300), "EX", 3600)
	}
	for range 10 {
		c.Send(nil, "RPUSH", "queue:mail", strings.Repeat("q", 50))
	}
	save(dirs[1])
}

// askServer loads the dump of a directory and asks the server about it.
func askServer(t *testing.T, bin, dir string) serverFigures {
	t.Helper()
	s, err := liveredis.Start(t.Context(), bin, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	c, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f := serverFigures{prefixes: map[string]prefixFigures{}}
	for line := range strings.Lines(fmt.Sprint(ask(t, c, "INFO", "memory"))) {
		if v, ok := strings.CutPrefix(line, "used_memory:"); ok {
			if f.used, err = strconv.ParseInt(strings.TrimSpace(v), 10, 64); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.keys = ask(t, c, "DBSIZE").(int64)
	for _, key := range ask(t, c, "KEYS", "*").([]any) {
		name := key.(string)
		prefix, _, _ := strings.Cut(name, ":")
		p := f.prefixes[prefix]
		p.keys++
		p.memory += ask(t, c, "MEMORY", "USAGE", name, "SAMPLES", "0").(int64)
		if ask(t, c, "TTL", name).(int64) == -1 {
			p.noTTL++
		}
		f.prefixes[prefix] = p
	}
	return f
}
