package reporttest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// Diffed compares two dumps of hostile and ordinary keys.
func Diffed(t testing.TB) *aggregate.Diff {
	t.Helper()
	read := func(name, ctime string, keys ...string) *aggregate.Summary {
		w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", ctime).SelectDB(0)
		for _, k := range keys {
			w.Put(k, rdbtest.String(rdbtest.Plain(strings.Repeat("v", 100))))
		}
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: name, Reader: bytes.NewReader(w.EOF().Bytes())}, &aggregate.Config{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	d, err := aggregate.Compare(read("old.rdb", "1763600400", "user:1", "gone|a:1", "`tick`:x", "\x1b[31m:1"),
		read("new|.rdb", "1763686800", "user:1", "user:2", "user:3", "fresh:{a}:1", "new\nline", "\u202eabc", "*bold*"),
		aggregate.DiffOptions{Top: 20, MaxMemory: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
