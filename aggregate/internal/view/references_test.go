package view

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/role"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

const refersAt = 1_790_000_000_000 // when the dumps below were saved, ms

// newReferences begins a dump.
func newReferences() *rdbtest.Writer {
	return rdbtest.Redis(11).Aux("redis-ver", "7.2.6").Aux("ctime", fmt.Sprint(refersAt/1000)).SelectDB(0)
}

// listOf is a list as servers have written it since 3.2, in nodes of a hundred items,
// every other one compressed.
func listOf(items []string) rdbtest.Value {
	var nodes []rdbtest.Node
	for i := 0; len(items) > 0; i++ {
		n := min(100, len(items))
		pack := rdbtest.NewListpack(items[:n]...)
		if items = items[n:]; i%2 == 0 {
			nodes = append(nodes, rdbtest.PackedNode(pack.LZF()))
		} else {
			nodes = append(nodes, rdbtest.PackedNode(pack.Str()))
		}
	}
	return rdbtest.Quicklist2(nodes...)
}

func zsetOf(members []string, score func(i int) float64) rdbtest.Value {
	var s []rdbtest.Scored
	for i, m := range members {
		s = append(s, rdbtest.Scored{Member: rdbtest.Plain(m), Score: score(i)})
	}
	return rdbtest.Zset2(s...)
}

func hashOf(fields ...string) rdbtest.Value {
	return rdbtest.HashListpack(rdbtest.NewListpack(fields...).Str())
}

func numbersFrom(from, n, step int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint(from+i*step))
	}
	return out
}

// TestMembersThatEndKeys: what lists, sets and sorted sets hold is known as the endings
// of other keys' names, numbers and identifiers, in dumps small and large; and numbers
// and identifiers of something else are not.
func TestMembersThatEndKeys(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 5))
	uuids := func(n int) (out []string) {
		for range n {
			out = append(out, fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", rnd.Uint32(), rnd.IntN(1<<16), rnd.IntN(1<<12), rnd.IntN(1<<12), rnd.Int64N(1<<48)))
		}
		return out
	}
	works, orders, ids := uuids(90), uuids(4000), uuids(900)
	w := newReferences()
	for i, id := range works { // all of them are at hand
		if i%2 == 0 {
			w.ExpireMs(refersAt + 86_400_000)
		}
		w.Put("work:"+id, hashOf("a", "b"))
	}
	w.Put("lobby", listOf(works))
	for i, id := range orders { // few of them are
		if i >= 100 {
			w.ExpireMs(refersAt + 86_400_000)
		}
		w.Put("order:"+id, hashOf("a", "b"))
	}
	w.Put("orders:todo", listOf(orders[:100]))
	for i := range 30 { // identifiers of nothing that is here
		w.Put(fmt.Sprintf("present:r%d", i), rdbtest.Set(rdbtest.Strs(ids[i*30:i*30+30]...)...))
	}
	for i := range 3000 {
		w.Put(fmt.Sprintf("mail:%d", 50_000+i), rdbtest.String(rdbtest.Plain("x")))
	}
	w.Put("mails", listOf(numbersFrom(51_000, 900, 2)))
	w.Put("dated", zsetOf(numbersFrom(50_500, 400, 3), func(i int) float64 { return float64(refersAt + 60_000*i) }))
	for i := range 40 {
		w.Put(fmt.Sprintf("shown:%d", i), listOf(numbersFrom(50_000+i*7, 200, 13))) // the same in many lists
		w.Put(fmt.Sprintf("degrees:%d", i), listOf(numbersFrom(3+i%5, 40, 1)))      // numbers, of nothing
		w.Put(fmt.Sprintf("leaderboard:w%d", i), zsetOf(numbersFrom(50_001+i*7, 200, 13), func(i int) float64 { return float64(i * 3) }))
	}
	w.Put("texts", listOf([]string{"alpha", "beta", "gamma", "delta"}))
	w.Put("todo-json", listOf([]string{`{"job":"mail","args":[1],"queue":"q"}`, `{"job":"mail","args":[2],"queue":"q"}`}))
	got := rolesByKey(t, w.EOF().Bytes())
	for key, want := range map[string]string{
		"lobby": "queue", "work:" + works[3]: "unknown", // lobby is no word of work
		"orders:todo": "queue", "order:" + orders[0]: "job", "order:" + orders[2000]: "job",
		"mails": "queue", "dated": "delayed-set", "mail:50017": "unknown",
		"shown:3": "index", "degrees:4": "unknown", "leaderboard:w5": "leaderboard", "present:r7": "unknown",
		"texts": "unknown", "todo-json": "queue",
	} {
		v := got[key]
		if v.Role.String() != want {
			t.Errorf("%s is %s (%s), want %s", key, v.Role, v.Reason, want)
		}
	}
	for key, want := range map[string]bool{"work:" + works[3]: true, "order:" + orders[0]: true, "mail:50017": true, "degrees:4": false, "shown:3": false} {
		if v := got[key]; v.Named != want || want && (v.MayExpire() || v.MayDelete()) {
			t.Errorf("%s is named: %v, want %v", key, v.Named, want)
		}
	}
}

// TestReferencesMerge: a queue in one source names the jobs of another one, whichever
// comes first.
func TestReferencesMerge(t *testing.T) {
	jobs, queue := newReferences(), newReferences()
	for i := range 500 {
		if i >= 40 {
			jobs.ExpireMs(refersAt + 86_400_000)
		}
		jobs.Put(fmt.Sprintf("job:%d", 9000+i), hashOf("a", "b"))
	}
	queue.Put("jobs", listOf(numbersFrom(9000, 40, 1)))
	cfg := data.Config{Settings: memory.DefaultConfig(), Separators: keyname.DefaultSeparators}
	var parts []*state.Summary
	for i, w := range []*rdbtest.Writer{jobs, queue} {
		s, err := collect.Analyze(context.Background(), data.Input{Name: fmt.Sprint(i), Reader: bytes.NewReader(w.EOF().Bytes())}, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, s)
	}
	var texts []string
	for _, order := range [][]*state.Summary{{parts[0], parts[1]}, {parts[1], parts[0]}} {
		s, err := state.Merge(order...)
		if err != nil {
			t.Fatal(err)
		}
		r := NewReport(s)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
		for _, p := range r.Patterns {
			if want := map[string]role.Role{"jobs": role.Queue, "job:{int}": role.Job}[p.Pattern]; p.Role != want.String() {
				t.Errorf("%s is %s (%s), want %s", p.Pattern, p.Role, p.RoleReason, want)
			}
		}
	}
	if d := cmp.Diff(texts[0], texts[1]); d != "" {
		t.Error(d)
	}
}
