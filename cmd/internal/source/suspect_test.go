package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSuspects: in a directory and by a pattern, what may have been a dump is taken,
// whatever has become of it.
func TestSuspects(t *testing.T) {
	t.Chdir(tree(t, map[string]string{
		"backups/good.rdb":        dump,
		"backups/damaged.rdb":     "REDIX" + dump[5:],
		"backups/one byte":        "REDIS00\x01" + "1" + dump[9:],
		"backups/cut":             "VALKEY",
		"backups/redis":           "REDIS is a server",
		"backups/empty":           "",
		"backups/zeroed":          strings.Repeat("\x00", 10_000),
		"backups/zeroed.gz":       string(gzipped("zeros"))[:4] + strings.Repeat("\x00", 100),
		"backups/dump.rdb.1":      "garbage",
		"backups/old.rdb.gz":      string(gzipped("garbage")),
		"backups/dump.rdb.md5":    "d41d8cd98f00b204e9800998ecf8427e",
		"backups/dump.rdb.info":   "# Server",
		"backups/restore.sh":      "#!/bin/sh",
		"backups/appendonly.aof":  "*1\r\n$4\r\nPING\r\n",
		"backups/x.rdbpart":       "garbage",
		"backups/one.zero":        "\x00\x00\x00text",
		"backups/notes.gz":        string(gzipped("text")),
		"backups/empty.manifest":  "",
		"backups/latest":          "-> gone",
		"backups/packed.json.zst": "\x28\xb5\x2f\xfdgarbage",
	}))
	taken := []string{"backups/cut", "backups/damaged.rdb", "backups/dump.rdb.1", "backups/empty", "backups/empty.manifest", "backups/good.rdb",
		"backups/old.rdb.gz", "backups/one byte", "backups/packed.json.zst", "backups/zeroed", "backups/zeroed.gz"}
	skipped := []string{"backups/appendonly.aof: not an RDB dump but an append-only file without an RDB preamble", "backups/dump.rdb.info: not an RDB dump", "backups/dump.rdb.md5: not an RDB dump",
		"backups/notes.gz: not an RDB dump", "backups/one.zero: not an RDB dump", "backups/redis: not an RDB dump", "backups/restore.sh: not an RDB dump", "backups/x.rdbpart: not an RDB dump"}
	want := outcome{Sources: taken, Skipped: skipped, Failed: []string{"backups/latest: no such file or directory"}}
	for _, arg := range []string{"backups", "backups/*"} {
		if diff := cmp.Diff(want, resolve(t, nil, arg)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", arg, diff)
		}
	}
	set, err := Resolver{Want: Parts}.Resolve(t.Context(), []string{"backups"})
	parts := inWords(t, set, err)
	if !strings.Contains(strings.Join(parts.Sources, " "), "x.rdbpart") || strings.Contains(strings.Join(parts.Sources, " "), "good.rdb") {
		t.Errorf("parts: %q", parts.Sources)
	}
}

func TestDumpNames(t *testing.T) {
	for name, want := range map[string]bool{
		"dump.rdb": true, "DUMP.RDB": true, "dump": true, "dump_6379.rdb": true, "dump-6379": true, "x.rdb.gz": true, "dump.gz": true,
		"x.rdb.2026-11-30T01:00:00Z": true, "x.rdb.1.zst": true, "x.rdb.bak": true, "x.rdb~": true, "temp-123.rdb": true, "appendonly.aof.1.base.rdb": true,
		"dump.sh": false, "dump.rdb.info": false, "dump.rdb.sha256": false, "x.rdbpart": false, "rdb": false, "notes.txt": false, "dumper": false,
		"dump.tar": false, "x.aof": false, "dump.json": false,
	} {
		if got := Dumps.named(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
