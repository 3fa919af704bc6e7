package truth

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
)

func TestParseRow(t *testing.T) {
	id, key, err := parseRow(strings.Split("2\t6b00ff\thash\tlistpack\t120", "\t"))
	if err != nil || id != (ID{2, "k\x00\xff"}) || key != (Key{"hash", "listpack", 120}) {
		t.Errorf("%+v, %+v, %v", id, key, err)
	}
	for _, row := range []string{"", "0\t6b\thash\tlistpack", "x\t6b\thash\tlistpack\t1", "0\t6\thash\tlistpack\t1", "0\t6b\thash\tlistpack\t1.5"} {
		if _, _, err := parseRow(strings.Split(row, "\t")); err == nil {
			t.Errorf("%q is accepted", row)
		}
	}
}

func TestProfile(t *testing.T) {
	f := &File{Server: "redis-7.0-debian", Config: []string{"--save", "", "--set-max-intset-entries", "9"}}
	p, err := f.Profile()
	if err != nil || p.Server.String() != "redis-7.0" || p.Allocator != memory.JemallocDebian || p.Config.SetMaxIntsetEntries != 9 {
		t.Errorf("%+v, %v", p, err)
	}
	for _, f := range []*File{{Server: "redis-1.0"}, {Server: "redis-7.4", Config: []string{"--set-max-intset-entries", "many"}}} {
		if _, err := f.Profile(); err == nil {
			t.Errorf("%q with %q is accepted", f.Server, f.Config)
		}
	}
}

// TestDumps: an archive that ends early is an error, not fewer dumps.
func TestDumps(t *testing.T) {
	dir, err := Folder()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, Archive))
	if err != nil {
		t.Fatal(err)
	}
	none := func(string) bool { return false }
	if d, err := Dumps(dir, none); err != nil || len(d) != 0 {
		t.Errorf("%d dumps, %v", len(d), err)
	}
	for _, data := range [][]byte{nil, whole[:10], whole[:100_000], bytes.Repeat([]byte{1}, 1000)} {
		tmp := t.TempDir()
		if err := os.WriteFile(filepath.Join(tmp, Archive), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Dumps(tmp, none); err == nil {
			t.Errorf("an archive of %d bytes is accepted", len(data))
		}
	}
}
