package reporttest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// Trended is the trend of four nights: users come, drafts go, and some names are hostile.
func Trended(t testing.TB) *aggregate.Trend {
	t.Helper()
	var nights []*aggregate.Summary
	for day := range 4 {
		w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", fmt.Sprint(1763600400+day*86_400)).SelectDB(0)
		put := func(name string, size int) {
			w.Put(name, rdbtest.String(rdbtest.Plain(strings.Repeat("v", size))))
		}
		for i := range 40 + 15*day {
			put(fmt.Sprintf("user:%d", i), 100)
		}
		put("a|b:1", 50)
		switch {
		case day < 2:
			put("draft:\x1b[31m:1", 200)
		default:
			put("new\nline:<script>", 300)
			put("\u202eabc", 40)
		}
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: fmt.Sprintf("night|%d.rdb", day), Reader: bytes.NewReader(w.EOF().Bytes())}, &aggregate.Config{})
		if err != nil {
			t.Fatal(err)
		}
		nights = append(nights, s)
	}
	d, err := aggregate.TrendOf(nights, aggregate.DiffOptions{Top: 20, MaxMemory: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
