package redisconf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
		bad  bool
	}{
		{in: "", want: nil},
		{in: "maxmemory 4gb", want: []string{"maxmemory", "4gb"}},
		{in: "\tsave  900\t1 ", want: []string{"save", "900", "1"}},
		{in: `requirepass "a b\x41\n\"q\\"`, want: []string{"requirepass", "a bA\n\"q\\"}},
		{in: `dir 'it\'s\n'`, want: []string{"dir", `it's\n`}},
		{in: `logfile ""`, want: []string{"logfile", ""}},
		{in: `pre"fix"`, want: []string{"prefix"}},
		{in: `x "a"b`, bad: true},
		{in: `x "a`, bad: true},
		{in: `x 'a`, bad: true},
		{in: `x "\`, bad: true},
		{in: `x "\xg1"`, want: []string{"x", "xg1"}},
	} {
		got, err := Split(tt.in)
		if (err != nil) != tt.bad {
			t.Errorf("Split(%q): error %v, want one: %v", tt.in, err, tt.bad)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Split(%q) (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestParse(t *testing.T) {
	const conf = "\ufeff# comment\n\n  maxmemory 100mb\r\n#x\nhash-max-listpack-value 64\n"
	got, err := Parse(strings.NewReader(conf))
	if err != nil {
		t.Fatal(err)
	}
	want := []Line{{3, []string{"maxmemory", "100mb"}}, {5, []string{"hash-max-listpack-value", "64"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"a b\nc 'd\n", strings.Repeat("x", maxLine+1)} {
		if _, err := Parse(strings.NewReader(bad)); err == nil {
			t.Errorf("Parse of %.20q: no error", bad)
		} else if !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("Parse of %.20q: %v: does not name the line", bad, err)
		}
	}
}

func TestParseSize(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want int64
	}{
		{"0", 0}, {"123", 123}, {"12b", 12}, {"1k", 1000}, {"1kb", 1024}, {"1KiB", 1024}, {"1 KiB", 1024},
		{"2M", 2e6}, {"2mb", 2 << 20}, {"3G", 3e9}, {"3gb", 3 << 30}, {"1T", 1e12}, {"1TiB", 1 << 40},
		{"1.5kb", 1536}, {"0.001g", 1e6}, {"0.5GiB", 512 << 20},
	} {
		got, err := ParseSize(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", tt.in, got, err, tt.want)
		}
	}
	for _, bad := range []string{"", "k", "-1", "1x", "1.5", "1.b", ".5k", "1.2345k", "1.2.3k", "9223372036854775807k", "99999999999999999999", "1 2"} {
		if got, err := ParseSize(bad); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", bad, got)
		}
	}
}
