package aggregate_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// days are nights of a shop whose carts leak: 100 more a day. Reports come on the third
// day, drafts go on the fourth, and there are many tenants, others each day with moving 1.
func days(t testing.TB, n, moving int) []*aggregate.Summary {
	t.Helper()
	var list []*aggregate.Summary
	for day := range n {
		w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", fmt.Sprint(1_763_686_800+day*86_400)).Aux("used-mem", fmt.Sprint(2_000_000+day*20_000)).SelectDB(0)
		put := func(name string, size int) {
			w.Put(name, rdbtest.String(rdbtest.Plain(strings.Repeat("v", size))))
		}
		for i := range 1000 + 100*day {
			put(fmt.Sprintf("cart:%d", i), 100)
		}
		for i := range 500 {
			put(fmt.Sprintf("product:%d", i), 200+day%2)
		}
		for i := range 40 {
			put(fmt.Sprintf("tenant:%s:cart", string(rune('a'+i%26))+string(rune('a'+(i/26+day*moving)%26))), 30)
		}
		if day >= 2 {
			put("report:1", 5000)
		}
		if day < 3 {
			put("draft:1", 3000)
		}
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: fmt.Sprintf("day-%02d.rdb", day), Reader: bytes.NewReader(w.EOF().Bytes())}, &aggregate.Config{})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

func find(t testing.TB, rows []aggregate.PatternTrend, pattern string) *aggregate.PatternTrend {
	t.Helper()
	i := slices.IndexFunc(rows, func(r aggregate.PatternTrend) bool { return r.Pattern == pattern })
	if i < 0 {
		t.Fatalf("no pattern %s", pattern)
	}
	return &rows[i]
}

// TestTrend: what grows, comes and goes, and the rates.
func TestTrend(t *testing.T) {
	d, err := aggregate.TrendOf(days(t, 6, 0), aggregate.DiffOptions{MaxMemory: 4_000_000})
	if err != nil {
		t.Fatal(err)
	}
	carts := find(t, d.Patterns, "cart:{int}")
	if !slices.Equal(carts.Keys, []int64{1000, 1100, 1200, 1300, 1400, 1500}) || carts.Status != "grown" || !carts.Leak || carts.Rises != 5 || carts.KeysChange != 500 {
		t.Errorf("carts: %+v", carts)
	}
	if r := carts.KeysPerDay; r == nil || *r != (aggregate.Rate{Median: 100, Low: 100, High: 100}) {
		t.Errorf("carts a day: %+v", r)
	}
	if p := find(t, d.All, "product:{int}"); p.Leak {
		t.Errorf("products go up and down: %+v", p)
	}
	if len(d.Appeared) != 1 || d.Appeared[0].Pattern != "report:{int}" || !slices.Equal(d.Appeared[0].Keys, []int64{0, 0, 1, 1, 1, 1}) {
		t.Errorf("appeared: %+v", d.Appeared)
	}
	if len(d.Gone) != 1 || d.Gone[0].Pattern != "draft:{int}" || d.Gone[0].KeysChange != -1 {
		t.Errorf("gone: %+v", d.Gone)
	}
	f := &d.Forecast
	if f.Basis != "predicted" || len(f.Used) != 6 || f.PerDay == nil || f.PerDay.Low > f.PerDay.Median || f.PerDay.Median > f.PerDay.High || f.PerDay.Median < 100*100 {
		t.Fatalf("forecast %+v of %+v", f.PerDay, f)
	}
	if len(f.Ahead) != 1 || f.Ahead[0].Days != 7 || f.Ahead[0].Used != f.Used[5]+7*f.PerDay.Median || f.Ahead[0].Low > f.Ahead[0].High {
		t.Errorf("ahead %+v", f.Ahead)
	}
	if r := f.Reached; r == nil || r.Days == nil || *r.Days != (4_000_000-f.Used[5])/f.PerDay.Median || *r.Earliest > *r.Days {
		t.Errorf("reached %+v", r)
	}
	if *d.SpanSeconds != 5*86_400 || len(d.Warnings) != 0 {
		t.Errorf("span %d, warnings %v", *d.SpanSeconds, d.Warnings)
	}
}

// TestTrendAddsUp: rows add up to each snapshot, folded or not, and the order of the
// list is no matter.
func TestTrendAddsUp(t *testing.T) {
	list := days(t, 5, 1)
	var reference *aggregate.Trend
	for _, top := range []int{2, 3, 20, 1000} {
		d, err := aggregate.TrendOf(list, aggregate.DiffOptions{Top: top})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			want := list[i].Report().Totals
			for what, rows := range map[string][]aggregate.PatternTrend{"shown": d.Patterns, "all": d.All} {
				var keys, memory int64
				for _, r := range rows {
					keys, memory = keys+r.Keys[i], memory+r.Memory[i]
				}
				if keys != want.Keys || memory != want.Memory {
					t.Errorf("top %d, %s, snapshot %d: %d keys, %d bytes; want %d, %d", top, what, i, keys, memory, want.Keys, want.Memory)
				}
			}
			if d.Totals.Keys[i] != want.Keys || d.Totals.Memory[i] != want.Memory {
				t.Errorf("totals of snapshot %d: %d keys", i, d.Totals.Keys[i])
			}
		}
		reference = d
	}
	shuffled := []*aggregate.Summary{list[3], list[0], list[4], list[2], list[1]}
	d, err := aggregate.TrendOf(shuffled, aggregate.DiffOptions{Top: 1000})
	if err != nil || !reflect.DeepEqual(d, reference) {
		t.Errorf("in another order it is another trend (%v)", err)
	}
}

// TestTrendOfWideNodes: words of which few are in one night and many in all together are
// one {*} in every night.
func TestTrendOfWideNodes(t *testing.T) {
	var list []*aggregate.Summary
	for day := range 3 {
		w := rdbtest.Redis(11).Aux("ctime", fmt.Sprint(1_763_686_800+day*86_400)).SelectDB(0)
		for i := range 2000 {
			n := i + day*2000
			w.Put(fmt.Sprintf("%s%s%s:x", string(rune('a'+n%26)), string(rune('a'+n/26%26)), string(rune('a'+n/676%26))), rdbtest.String(rdbtest.Plain("v")))
		}
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: fmt.Sprint(day), Reader: bytes.NewReader(w.EOF().Bytes())}, &aggregate.Config{})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	d, err := aggregate.TrendOf(list, aggregate.DiffOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.All) != 1 || !slices.Equal(d.All[0].Keys, []int64{2000, 2000, 2000}) {
		t.Errorf("%d patterns, the first %+v", len(d.All), d.All[0])
	}
}

// TestTrendRefuses what is no trend, and warns of what makes it doubtful.
func TestTrendRefuses(t *testing.T) {
	list := days(t, 3, 0)
	if _, err := aggregate.TrendOf(list[:2], aggregate.DiffOptions{}); !errors.Is(err, aggregate.ErrFewSnapshots) {
		t.Errorf("two snapshots: %v", err)
	}
	if _, err := aggregate.TrendOf([]*aggregate.Summary{list[0], nil, list[1]}, aggregate.DiffOptions{}); !errors.Is(err, aggregate.ErrNoSummary) {
		t.Errorf("nil: %v", err)
	}
	if _, err := aggregate.TrendOf([]*aggregate.Summary{list[0], list[1], list[0]}, aggregate.DiffOptions{}); !errors.Is(err, aggregate.ErrSameSource) {
		t.Errorf("one twice: %v", err)
	}
	other, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: "x", Reader: bytes.NewReader(night{to: 5}.dump())}, &aggregate.Config{Depth: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := aggregate.TrendOf([]*aggregate.Summary{list[0], list[1], other}, aggregate.DiffOptions{}); !errors.Is(err, aggregate.ErrConfig) {
		t.Errorf("another grouping: %v", err)
	}
	for _, c := range []struct {
		nights []night
		code   string
	}{
		{[]night{{name: "a", day: 1, to: 5}, {name: "b", day: 2, to: 6, noCtime: true}, {name: "c", day: 3, to: 7}}, "no-ctime"},
		{[]night{{name: "a", day: 1, to: 5}, {name: "b", day: 1, to: 5}, {name: "c", day: 3, to: 7}}, "same-dump"},
		{[]night{{name: "a", day: 1, to: 5}, {name: "b", day: 1, to: 6}, {name: "c", day: 3, to: 7}}, "same-ctime"},
	} {
		d, err := aggregate.TrendOf(summaries(t, c.nights), aggregate.DiffOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Warnings) == 0 || d.Warnings[0].Code != c.code || (c.code == "no-ctime") != (d.Totals.MemoryPerDay == nil) {
			t.Errorf("%s: %v", c.code, d.Warnings)
		}
	}
}

// TestTrendOfShards: a snapshot of shards is their sum.
func TestTrendOfShards(t *testing.T) {
	var list []*aggregate.Summary
	for day := range 3 {
		both, err := aggregate.Merge(summaries(t, []night{{name: fmt.Sprint(day, "a"), day: day, to: 300 + day}, {name: fmt.Sprint(day, "b"), day: day, from: 1000, to: 1300}})...)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, both)
	}
	d, err := aggregate.TrendOf(list, aggregate.DiffOptions{})
	if err != nil || !slices.Equal(d.Totals.Keys, []int64{600, 601, 602}) || len(d.Warnings) != 0 {
		t.Errorf("%v, %v, %v", d.Totals.Keys, d.Warnings, err)
	}
}
