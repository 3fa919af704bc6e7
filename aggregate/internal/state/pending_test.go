package state

import (
	"testing"

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
	want := PendingTally{Entries: 10, Groups: 2, Consumers: 4, Holders: 3, Most: 5, holds: 3}
	for cut := range len(es) {
		var got PendingTally
		got.Add(es[:cut])
		got.Add(es[cut:])
		if got != want {
			t.Fatalf("cut at %d: %+v, want %+v", cut, got, want)
		}
	}
}
