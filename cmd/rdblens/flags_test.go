package main

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/cmd/internal/destination"
	"github.com/rdblens/rdblens/cmd/internal/serverfile"
	"github.com/rdblens/rdblens/report"
)

func TestParseNow(t *testing.T) {
	for in, want := range map[string]int64{
		"2025-11-20T01:00:00Z": ctime * 1000, "2025-11-20T02:00:00+01:00": ctime * 1000, "2025-11-20 01:00:00": ctime * 1000,
		"2025-11-20T01:00": ctime * 1000, "2025-11-20": (ctime - 3600) * 1000, "1763600400": ctime * 1000, "0": 0,
		"2025-11-20T01:00:00.25Z": ctime*1000 + 250,
	} {
		got, err := parseNow(in)
		if err != nil || got == nil || *got != aggregate.Time(want) {
			t.Errorf("parseNow(%q) = %v, %v; want %v", in, got, err, aggregate.Time(want))
		}
	}
	if got, err := parseNow(""); got != nil || err != nil {
		t.Errorf(`parseNow("") = %v, %v`, got, err)
	}
	for _, bad := range []string{"now", "yesterday", "-1", "1763600400000", "2025-13-01", "1950-01-01"} {
		if got, err := parseNow(bad); err == nil {
			t.Errorf("parseNow(%q) = %v, want an error", bad, got)
		}
	}
}

func TestConfigFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"redis.conf":    "# settings\nport 6379\nsave 900 1\nHASH-MAX-LISTPACK-VALUE 1kb\n\"maxmemory\" \"2gb\"\ninclude conf.d/*.conf\nmaxmemory-policy allkeys-lru\n",
		"a=b.conf":      "zset-max-ziplist-entries 7\n",
		"conf.d/a.conf": "set-max-intset-entries 9\n",
		"conf.d/b.conf": "include c.inc\n",
		"conf.d/c.inc":  "list-max-listpack-size -1\n",
	} {
		if err := os.MkdirAll("conf.d", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c := memory.DefaultConfig()
	for _, arg := range []string{"redis.conf", "./a=b.conf", "hash-max-ziplist-entries=99", "maxmemory=1.5GiB"} {
		if err := serverfile.ApplyConfig(&c, arg, func(string) {}); err != nil {
			t.Fatalf("--config %s: %v", arg, err)
		}
	}
	want := map[string]string{
		"hash-max-listpack-value": "1024", "hash-max-listpack-entries": "99", "zset-max-listpack-entries": "7",
		"set-max-intset-entries": "9", "list-max-listpack-size": "-1", "maxmemory": "1610612736", "maxmemory-policy": "allkeys-lru",
	}
	if diff := cmp.Diff(want, c.Changed()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTextOptions(t *testing.T) {
	env := func(m map[string]string) func(string) string { return func(k string) string { return m[k] } }
	utf8 := map[string]string{"LANG": "de_DE.UTF-8", "TERM": "xterm"}
	for _, tt := range []struct {
		name  string
		flags textFlags
		s     destination.Screen
		env   map[string]string
		want  report.TextOptions
	}{
		{"a pipe", textFlags{}, destination.Screen{}, utf8, report.TextOptions{Width: 100, Whole: true}},
		{"a pipe with a width", textFlags{width: 70}, destination.Screen{}, nil, report.TextOptions{Width: 70}},
		{"a terminal", textFlags{}, destination.Screen{Terminal: true, Width: 90}, utf8, report.TextOptions{Width: 90, Color: true}},
		{"a wide terminal", textFlags{bytes: true}, destination.Screen{Terminal: true, Width: 300}, utf8, report.TextOptions{Width: 200, Color: true, Bytes: true}},
		{"a tiny terminal", textFlags{noColor: true}, destination.Screen{Terminal: true, Width: 10}, utf8, report.TextOptions{Width: 40}},
		{"a width", textFlags{width: 200}, destination.Screen{Terminal: true, Width: 90}, utf8, report.TextOptions{Width: 200, Color: true}},
		{"no UTF-8", textFlags{}, destination.Screen{Terminal: true, Width: 80}, map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "C", "TERM": "xterm"}, report.TextOptions{Width: 80, Color: true, ASCII: true}},
		{"NO_COLOR", textFlags{}, destination.Screen{Terminal: true, Width: 80}, map[string]string{"LC_CTYPE": "C.utf8", "NO_COLOR": "1"}, report.TextOptions{Width: 80}},
		{"a dumb terminal", textFlags{}, destination.Screen{Terminal: true, Width: 0}, map[string]string{"TERM": "dumb"}, report.TextOptions{Width: 100, ASCII: true}},
	} {
		got := tt.flags.options(tt.s, env(tt.env))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		inFile := fileText(got, &tt.flags)
		if inFile.Color || inFile.ASCII || inFile.Whole != (tt.flags.width == 0) || inFile.Bytes != got.Bytes {
			t.Errorf("%s: in a file %+v", tt.name, inFile)
		}
	}
}

// TestManySources: the report over many sources depends neither on their order
// nor on how many are read at once.
func TestManySources(t *testing.T) {
	t.Chdir(t.TempDir())
	var names []string
	for i := range 2*mergeBatch + 3 {
		name := fmt.Sprintf("%02d.rdb", i)
		b := bigDump(10 + i)
		if i%7 == 0 {
			b = smallDump()
		}
		if err := os.WriteFile(name, b, 0o666); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	analyse := func(args ...string) string {
		var out, errs bytes.Buffer
		if code := run(t.Context(), append([]string{"-f", "json"}, args...), nil, &out, &errs, os.Getenv); code != 0 {
			t.Fatalf("exit code %d: %s", code, &errs)
		}
		return out.String()
	}
	want := analyse(names...)
	reversed := append([]string{"--jobs", "4"}, names...)
	for i, j := 2, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	for _, args := range [][]string{reversed, {"*.rdb", "--jobs", "3"}} {
		if diff := cmp.Diff(want, analyse(args...)); diff != "" {
			t.Errorf("%q (-in order +otherwise):\n%s", args[:3], diff)
		}
	}
}

// TestLibraryWords: where the library names a field of its configuration, users of
// the program read the flag.
func TestLibraryWords(t *testing.T) {
	now := aggregate.Time(5)
	for want, c := range map[string]*aggregate.Config{"--now": {Now: &now}, "--top": {Top: 3}, "--loaded": {Loaded: true}, "grouping": {Depth: 1}} {
		if got := difference(aggregate.SameConfig(nil, c)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	d := &aggregate.Diff{Warnings: []aggregate.Warning{{Code: "model", Text: "a"}, {Code: "clock", Text: "b"}, {Code: "tool", Text: "c"}}}
	nameFlags(d)
	for i, want := range []string{"a, --server sizes both for one", "b (--now)", "c"} {
		if got := d.Warnings[i].Text; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
