package naming_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// dumpOf is a dump of strings with these names.
func dumpOf(names []string) []byte {
	w := rdbtest.Redis(11).SelectDB(0)
	for _, n := range names {
		w.Put(n, rdbtest.String(rdbtest.Plain("v")))
	}
	return w.EOF().Bytes()
}

func patternsOf(r *data.Report) (out []string) {
	for i := range r.Patterns {
		out = append(out, fmt.Sprintf("%s %d", r.Patterns[i].Pattern, r.Patterns[i].Keys))
	}
	slices.Sort(out)
	return out
}

// TestConstants: what all keys of a name begin with is shown, however they are
// spread over parts and in whatever order; not with few keys, and not behind a fork.
func TestConstants(t *testing.T) {
	var names []string
	for i := range 40 {
		names = append(names, fmt.Sprintf(":1:user_%d", i), fmt.Sprintf("QhBvW3lZ9r:item_%d", i), fmt.Sprintf("app:7:2:x:%d", i),
			fmt.Sprintf("two:%d:x", i%2), fmt.Sprintf("q:{tenant-17}:%d", i), fmt.Sprintf("q:{low}:%d", i))
	}
	for i := range 9 {
		names = append(names, fmt.Sprintf("few:5:%d", i))
	}
	want := []string{
		":1:user_{int} 40", "QhBvW3lZ9r:item_{int} 40", "app:7:2:x:{int} 40", "few:{int}:{int} 9", "q:{{low}}:{int} 40",
		"q:{{tenant-{int}}}:{int} 40", "two:{int}:x 40",
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for round := range 10 {
		rnd.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		var parts []*state.Summary
		for i, from := 0, 0; from < len(names); i++ {
			to := min(len(names), from+1+rnd.IntN(len(names)))
			parts = append(parts, statetest.Analyzed(t, fmt.Sprint(round, i), new(data.Config), dumpOf(names[from:to])))
			from = to
		}
		s, err := state.Merge(parts...)
		if err != nil {
			t.Fatal(err)
		}
		if got := patternsOf(view.NewReport(s)); !slices.Equal(got, want) {
			t.Fatalf("%d parts: %q, want %q", len(parts), got, want)
		}
		slices.Reverse(parts)
		other, err := state.Merge(parts...)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(s, other) {
			t.Fatal("the order of the parts shows")
		}
	}
}

// TestFreeText: titles are one row, whatever joins their words, and what follows
// them is another token; names beside them stay.
func TestFreeText(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	word := func() string {
		b := make([]byte, 0, 8)
		for range 1 + rnd.IntN(3) {
			b = append(b, "bdklmnprst"[rnd.IntN(10)], "aeiou"[rnd.IntN(5)])
		}
		return string(b)
	}
	var names []string
	for i := range 4000 {
		title := word()
		for range 1 + rnd.IntN(6) {
			title += "-" + word()
		}
		person := word() + []string{"", "_", ".", "-"}[rnd.IntN(4)] + word() + []string{"", fmt.Sprint(rnd.IntN(99))}[rnd.IntN(2)]
		names = append(names, "post:"+title, "user:"+person+":profile", fmt.Sprintf("post:%d", i))
	}
	slices.Sort(names)
	names = append(slices.Compact(names), "user:settings")
	r := view.NewReport(statetest.Analyzed(t, "x", new(data.Config), dumpOf(names)))
	rows := make(map[string]int64)
	for _, p := range r.Patterns {
		rows[p.Pattern] += p.Keys
	}
	if len(r.Patterns) > 6 || rows["post:{int}"] != 4000 || rows["post:{slug}"] < 3900 || rows["user:{slug}:profile"] < 3600 {
		t.Errorf("%v", rows)
	}
}
