package commandlog

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/data"
)

// protocol writes a command.
func protocol(args ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b.String()
}

func logOf(t *testing.T, text string) data.CommandLog {
	t.Helper()
	var c Counter
	if err := c.Read(iotest.OneByteReader(strings.NewReader(text))); err != nil {
		t.Fatal(err)
	}
	return c.Log("x")
}

// TestCount counts commands by name and by the patterns of their keys, with bytes that
// add up.
func TestCount(t *testing.T) {
	set, del, expire := protocol("set", "user:1", "v"), protocol("DEL", "user:1", "user:22", "other"), protocol("PEXPIREAT", "user:7", "1700000000000")
	eval := protocol("EVAL", "return 1", "1", "user:9", "arg")
	l := logOf(t, "#TS:1700000000\r\n"+protocol("SELECT", "17")+protocol("MULTI")+set+del+expire+protocol("EXEC")+eval+protocol("FLUSHALL"))
	if l.Commands != 5 || l.Deletions != 3 || l.Expiries != 1 || l.Databases != 18 || l.Error != "" {
		t.Errorf("%+v", l)
	}
	third := int64(len(del)) / 3
	user := int64(len(set)+len(expire)+len(eval)) + int64(len(del)) - third
	want := []data.CommandCount{
		{Name: "user:{int}", Commands: 4, Bytes: user, Deletions: 2, Expiries: 1},
		{Name: "other", Bytes: third, Deletions: 1},
	}
	if d := cmp.Diff(want, l.Patterns); d != "" {
		t.Error(d)
	}
	got := map[string]int64{}
	for _, x := range l.ByCommand {
		got[x.Name] = x.Commands
	}
	if d := cmp.Diff(map[string]int64{"SET": 1, "DEL": 1, "PEXPIREAT": 1, "EVAL": 1, "FLUSHALL": 1}, got); d != "" {
		t.Error(d)
	}
}

// TestDamage: what was counted before damage counts, the rest is known by its bytes,
// and nothing is taken for a whole file.
func TestDamage(t *testing.T) {
	whole := protocol("SET", "a", "1")
	for name, rest := range map[string]string{
		"cut": "*3\r\n$3\r\nSET\r\n$1\r\nb", "cut length": "*3\r\n$3", "text": "hello\r\n", "length lie": "*1\r\n$2\r\nabc\r\n", "negative": "*-1\r\n",
		"huge": "*1\r\n$4611686018427387903\r\nabc", "too many": "*99999999999999999999\r\n", "zeros": strings.Repeat("\x00", 300000),
	} {
		l := logOf(t, whole+rest)
		if l.Commands != 1 || l.Error == "" || !strings.Contains(l.Error, fmt.Sprintf("offset %d", len(whole))) || l.Bytes != int64(len(whole+rest)) {
			t.Errorf("%s: %+v", name, l)
		}
	}
	failure := errors.New("disk")
	var c Counter
	if err := c.Read(io.MultiReader(strings.NewReader(whole), iotest.ErrReader(failure))); !errors.Is(err, failure) {
		t.Errorf("an error of the source: %v", err)
	}
}

// TestBounds: crafted names fill no memory, and the sums stay.
func TestBounds(t *testing.T) {
	var b strings.Builder
	n := maxPatterns + 100
	for i := range n {
		b.WriteString(protocol(fmt.Sprintf("C%d", i), "k"+strings.Repeat(string(rune('a'+i%26)), 1+i%29)+fmt.Sprint("x", i, "y")+":z", strings.Repeat("v", 10)))
	}
	l := logOf(t, b.String())
	for _, list := range [][]data.CommandCount{l.ByCommand, l.Patterns} {
		if len(list) > maxRows+1 {
			t.Errorf("%d rows", len(list))
		}
		var commands, bytes int64
		for _, x := range list {
			commands, bytes = commands+x.Commands, bytes+x.Bytes
		}
		if commands != int64(n) || bytes != int64(b.Len()) {
			t.Errorf("%d commands of %d, %d bytes of %d", commands, n, bytes, b.Len())
		}
	}
	if l := logOf(t, protocol("\x1b[31m", "a\x1bb", "")); l.ByCommand[0].Name != `\x1b[31M` || strings.ContainsRune(l.Patterns[0].Name, 0x1b) {
		t.Errorf("%+v", l)
	}
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		"*3\r\n$3": true, "#TS:1\r\n": true, "*\r\n": false, "*3": false, "* 3\r\n": false, "REDIS0011": false, "": false, "# text": false,
	} {
		if Is([]byte(text)) != want {
			t.Errorf("%q", text)
		}
	}
}
