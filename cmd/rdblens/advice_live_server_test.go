package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
	"github.com/rdblens/rdblens/parser"
)

// liveKey is a key of a server.
type liveKey struct {
	db   int
	name string
}

// liveValue is what must not change: the value as DUMP gives it, and the time of
// expiry in ms since the epoch, -1 for none.
type liveValue struct {
	payload  string
	expireAt int64
}

// liveState is all that a server holds.
type liveState struct {
	keys   map[liveKey]liveValue
	config map[string]string
	dirty  int64 // rdb_changes_since_last_save: every change counts, of keys the server deletes too
}

// liveAdvice is a server that holds a dump, and a directory of programs with
// which a shell speaks to it.
type liveAdvice struct {
	t    *testing.T
	c    *liveredis.Client
	bin  string
	base liveState
	dbs  int
	all  bool // the report is of all keys
}

// startLive loads a dump, nil when the server refuses it: reason says why.
func startLive(t *testing.T, dump []byte) (l *liveAdvice, reason string) {
	t.Helper()
	server, cli := programOr(t, "redis-server"), programOr(t, "redis-cli")
	dir := t.TempDir()
	for name, text := range map[string][]byte{
		"dump.rdb": dump,
		// CONFIG REWRITE wants a file. Nothing may change but by the actions.
		"redis.conf": []byte("databases 512\nactivedefrag no\nenable-debug-command yes\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := liveredis.Start(t.Context(), server, dir)
	if err != nil {
		return nil, err.Error()
	}
	t.Cleanup(func() { _ = s.Stop() })
	c, err := s.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_, port, _ := strings.Cut(s.Addr, ":")
	bin := t.TempDir()
	// The actions name no host: whoever runs them has a client that knows it.
	script := fmt.Sprintf("#!/bin/sh\nexec '%s' -h 127.0.0.1 -p %s \"$@\"\n", cli, port)
	for _, name := range []string{"redis-cli", "valkey-cli"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	l = &liveAdvice{t: t, c: c, bin: bin}
	l.base = l.snapshot()
	return l, ""
}

// programOr finds a program; without it a test is skipped, but not in CI.
func programOr(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err != nil && os.Getenv("RDBLENS_CI") != "":
		t.Fatal(err)
	case err != nil:
		t.Skipf("the actions of the advice are not run: %v", err)
	}
	return path
}

// databases returns the numbers of those that hold keys.
func (l *liveAdvice) databases() []int {
	l.t.Helper()
	var dbs []int
	for line := range strings.Lines(ask(l.t, l.c, "INFO", "keyspace").(string)) {
		if n, ok := strings.CutPrefix(line, "db"); ok {
			number, _, _ := strings.Cut(n, ":")
			db, err := strconv.Atoi(number)
			if err != nil {
				l.t.Fatal(err)
			}
			dbs = append(dbs, db)
		}
	}
	return dbs
}

// snapshot reads all keys of all databases, and all settings.
func (l *liveAdvice) snapshot() liveState {
	t := l.t
	t.Helper()
	s := liveState{keys: map[liveKey]liveValue{}}
	for _, db := range l.databases() {
		ask(t, l.c, "SELECT", db)
		names := ask(t, l.c, "KEYS", "*").([]any)
		for _, n := range names {
			k := liveKey{db, n.(string)}
			l.c.Send(func(r any) error {
				payload, ok := r.(string)
				if ok {
					s.keys[k] = liveValue{payload, -1}
				}
				return nil
			}, "DUMP", k.name)
			l.c.Send(func(r any) error {
				if v, ok := s.keys[k]; ok {
					v.expireAt = r.(int64)
					s.keys[k] = v
				}
				return nil
			}, "PEXPIRETIME", k.name)
		}
		if err := l.c.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	s.config = l.settings()
	s.dirty = l.changes()
	return s
}

func (l *liveAdvice) settings() map[string]string {
	l.t.Helper()
	config := map[string]string{}
	all := ask(l.t, l.c, "CONFIG", "GET", "*").([]any)
	for i := 0; i+1 < len(all); i += 2 {
		config[all[i].(string)] = all[i+1].(string)
	}
	return config
}

// changes returns the server's own count of changes to its keys.
func (l *liveAdvice) changes() int64 {
	l.t.Helper()
	for line := range strings.Lines(ask(l.t, l.c, "INFO", "persistence").(string)) {
		if v, ok := strings.CutPrefix(line, "rdb_changes_since_last_save:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
			if err != nil {
				l.t.Fatal(err)
			}
			return n
		}
	}
	l.t.Fatal("the server does not count changes")
	return 0
}

// liveChange is a key that is not as it was: before or after is nil where there
// was or is none.
type liveChange struct {
	key           liveKey
	before, after *liveValue
}

// changed returns what is not as at first. The keys are read only where the
// server counted a change, or whole says so.
func (l *liveAdvice) changed(whole bool) (keys []liveChange, settings []string) {
	l.t.Helper()
	now := liveState{config: l.settings()}
	for name, v := range now.config {
		if l.base.config[name] != v {
			// Two names of one setting.
			if listpack := strings.Replace(name, "-ziplist-", "-listpack-", 1); listpack != name && now.config[listpack] == v {
				continue
			}
			settings = append(settings, name)
		}
	}
	slices.Sort(settings)
	if !whole && l.changes() == l.base.dirty {
		return nil, settings
	}
	now = l.snapshot()
	for k, before := range l.base.keys {
		after, ok := now.keys[k]
		switch {
		case !ok:
			keys = append(keys, liveChange{k, &before, nil})
		case after != before:
			keys = append(keys, liveChange{k, &before, &after})
		}
	}
	for k, after := range now.keys {
		if _, ok := l.base.keys[k]; !ok {
			keys = append(keys, liveChange{k, nil, &after})
		}
	}
	slices.SortFunc(keys, func(a, b liveChange) int {
		if a.key.db != b.key.db {
			return a.key.db - b.key.db
		}
		return strings.Compare(a.key.name, b.key.name)
	})
	return keys, settings
}

// restore takes changes back.
func (l *liveAdvice) restore(keys []liveChange, settings []string) {
	t := l.t
	t.Helper()
	for _, name := range settings {
		l.c.Send(nil, "CONFIG", "SET", name, l.base.config[name])
	}
	for _, c := range keys {
		l.c.Send(nil, "SELECT", c.key.db)
		if c.before == nil {
			l.c.Send(nil, "DEL", c.key.name)
			continue
		}
		l.c.Send(nil, "RESTORE", c.key.name, max(0, c.before.expireAt), c.before.payload, "REPLACE", "ABSTTL")
		// The same value may have its elements in another order then.
		l.c.Send(func(r any) error {
			l.base.keys[c.key] = liveValue{r.(string), c.before.expireAt}
			return nil
		}, "DUMP", c.key.name)
	}
	if err := l.c.Flush(); err != nil {
		t.Fatal(err)
	}
	l.base.dirty = l.changes()
}

// shell runs lines as somebody who pastes them would, in an empty directory. db is
// the database that the actions ask for where there are several.
func (l *liveAdvice) shell(lines []string, db int, more ...string) (out string, err error) {
	l.t.Helper()
	dir := l.t.TempDir()
	cmd := exec.CommandContext(l.t.Context(), "sh", append(more, "-c", strings.Join(lines, "\n"))...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+l.bin+string(os.PathListSeparator)+os.Getenv("PATH"), fmt.Sprintf("db=%d", db), "GORACE="+noRaceSleep)
	b, err := cmd.CombinedOutput()
	files, readErr := os.ReadDir(dir)
	if readErr != nil {
		l.t.Fatal(readErr)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), "rdblens-R") {
			return string(b), fmt.Errorf("a file %q was made", f.Name())
		}
	}
	return string(b), err
}

// liveClock moves the times of expiry in a dump, so that on a server that loads
// it now nothing has expired that had not when it was saved: a key that lived an
// hour after the dump lives an hour, and an hour of grace, after now. The
// checksum is set to 0, which stands for none. Times before ctime stay: those
// keys had expired, and a server drops them when it loads.
func liveClock(t *testing.T, dump []byte, now int64) []byte {
	t.Helper()
	const grace = 3600_000
	out := slices.Clone(dump)
	r := parser.NewReader(strings.NewReader(string(dump)), parser.Options{})
	defer r.Close()
	ctime := int64(-1)
	for k := range r.Keys() {
		if ctime < 0 {
			text, ok := r.Info().Lookup("ctime")
			seconds, err := strconv.ParseInt(text, 10, 64)
			if !ok || err != nil {
				return out // no clock to move
			}
			ctime = seconds * 1000
		}
		if !k.Is(parser.HasExpiry) || k.Expiry < ctime {
			continue
		}
		moved := k.Expiry - ctime + now + grace
		at := out[k.Offset:]
		switch {
		case at[0] == 0xFC && int64(binary.LittleEndian.Uint64(at[1:])) == k.Expiry:
			binary.LittleEndian.PutUint64(at[1:], uint64(moved))
		case at[0] == 0xFD && int64(int32(binary.LittleEndian.Uint32(at[1:])))*1000 == k.Expiry:
			binary.LittleEndian.PutUint32(at[1:], uint32(moved/1000))
		default:
			t.Fatalf("no expiry at offset %d", k.Offset)
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	info := r.Info()
	clear(out[info.End-8 : info.End])
	return out[:info.End]
}
