package counters

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/parser"
)

// TestPendingTally: entries are those of groups, holders those consumers that have
// some, whatever pieces the stream comes in.
func TestPendingTally(t *testing.T) {
	var es []parser.Element
	put := func(kind parser.Kind, n int) {
		for range n {
			es = append(es, parser.Element{Kind: kind})
		}
	}
	put(parser.KindStreamNode, 2)
	put(parser.KindGroup, 1)
	put(parser.KindPending, 7)
	put(parser.KindConsumer, 1)
	put(parser.KindConsumerPending, 5)
	put(parser.KindConsumer, 2) // the first of them has none
	put(parser.KindConsumerPending, 2)
	put(parser.KindGroup, 1)
	put(parser.KindPending, 3)
	put(parser.KindConsumer, 1)
	put(parser.KindConsumerPending, 3)
	want := [...]int64{10, 2, 4, 3, 5}
	for cut := range len(es) {
		var got PendingTally
		got.Add(nil, es[:cut])
		got.Add(nil, es[cut:])
		got.close()
		if have := [...]int64{got.Entries, got.Groups, got.Consumers, got.Holders, got.Most}; have != want {
			t.Fatalf("cut at %d: %d, want %d", cut, have, want)
		}
		var held []int64
		for _, h := range got.top {
			held = append(held, h.entries)
		}
		if !slices.Equal(held, []int64{5, 2, 3}) {
			t.Fatalf("cut at %d: consumers hold %d", cut, held)
		}
	}
}

// TestMergeHolders: the consumers that hold most are the same however streams are divided,
// and those of one stream do not depend on the order of its consumers.
func TestMergeHolders(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var all []PendingHolder
		streams := make([]PendingTally, 1+r.IntN(5))
		var parts [2][]PendingHolder
		for i := range streams {
			p := &streams[i]
			key := Observation{Row: data.Row{Key: []byte{byte(i)}, KeyLen: 1}, Hash: r.Uint64()}
			var own []PendingHolder
			for j := range r.IntN(30) {
				p.group, p.consumer, p.holds = append(p.group[:0], byte(j%3)), append(p.consumer[:0], byte(j)), int64(r.IntN(6))
				if p.holds > 0 {
					own = append(own, PendingHolder{Group: []byte{byte(j % 3)}, Consumer: []byte{byte(j)}, Entries: p.holds})
					own[len(own)-1].Key.Set(&key, ExampleLimit)
				}
				p.close()
			}
			all = append(all, own...)
			var kept []PendingHolder
			for _, h := range p.top {
				kept = append(kept, PendingHolder{Group: slices.Clone(h.group), Consumer: slices.Clone(h.consumer), Entries: h.entries})
				kept[len(kept)-1].Key.Set(&key, ExampleLimit)
			}
			slices.SortFunc(kept, func(a, b PendingHolder) int { return a.Compare(&b) })
			side := r.IntN(2)
			parts[side] = mergeHolders(parts[side], kept)
		}
		slices.SortFunc(all, func(a, b PendingHolder) int { return a.Compare(&b) })
		all = all[:min(len(all), MaxHolders)]
		for _, got := range [][]PendingHolder{mergeHolders(parts[0], parts[1]), mergeHolders(parts[1], parts[0])} {
			if len(got) != len(all) || len(all) > 0 && !reflect.DeepEqual(got, all) {
				t.Fatalf("got %v, want %v", got, all)
			}
			if err := checkHolders(got); err != nil {
				t.Fatal(err)
			}
		}
	}
}
