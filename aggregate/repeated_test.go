package aggregate_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// night is a dump of a server: users from one number to another, of which each tenth has
// changed since the day before.
type night struct {
	name        string
	day         int // of the dump
	from, to    int
	replication string
	queues      int // keys without a number
	noCtime     bool
	another     bool // other values
}

func (n night) dump() []byte {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("used-mem", fmt.Sprint(1_000_000+n.day+n.from))
	if !n.noCtime {
		w.Aux("ctime", fmt.Sprint(1_763_686_800+n.day*86_400))
	}
	if n.replication != "" {
		w.Aux("repl-id", n.replication)
	}
	w.SelectDB(0)
	for i := n.from; i < n.to; i++ {
		size := 100 + i%50
		if i%10 == n.day%10 {
			size += 30
		}
		if n.another {
			size += 100 + i*7%90
		}
		w.Put(fmt.Sprintf("user:%d", i), rdbtest.String(rdbtest.Plain(strings.Repeat("v", size))))
	}
	for i := range n.queues {
		w.Put("queue:"+string(rune('a'+i%26))+strings.Repeat("q", i/26), rdbtest.String(rdbtest.Plain(strings.Repeat("v", 200))))
	}
	return w.EOF().Bytes()
}

func summaries(t *testing.T, nights []night) []*aggregate.Summary {
	t.Helper()
	var list []*aggregate.Summary
	for _, n := range nights {
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: n.name, Reader: bytes.NewReader(n.dump())}, &aggregate.Config{})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

// TestRepeated: sources that hold the same keys are told, shards and strangers are not,
// and it is the same however parts were merged.
func TestRepeated(t *testing.T) {
	id := strings.Repeat("a1", 20)
	for _, c := range []struct {
		name   string
		nights []night
		want   []string // codes
		text   string
	}{
		{"two nights", []night{{name: "1.rdb", day: 1, to: 900}, {name: "2.rdb", day: 2, to: 910}}, []string{"several-snapshots"}, "1.rdb and 2.rdb are of one server or its replicas, saved from 2025-11-22T01:00:00.000Z to 2025-11-23"},
		{"a week", []night{{name: "1", day: 1, to: 900}, {name: "2", day: 2, to: 910}, {name: "3", day: 3, to: 920}, {name: "4", day: 4, to: 930}, {name: "5", day: 5, to: 935}}, []string{"several-snapshots"}, "counted 5 times"},
		{"shards", []night{{name: "1", day: 1, to: 900}, {name: "2", day: 1, from: 900, to: 1800}, {name: "3", day: 2, from: 1800, to: 2700}}, nil, ""},
		{"shards with queues of one name", []night{{name: "1", day: 1, to: 900, queues: 40}, {name: "2", day: 2, from: 900, to: 1800, queues: 40}}, nil, ""},
		{"servers with queues only", []night{{name: "1", day: 1, queues: 90}, {name: "2", day: 2, queues: 90}}, nil, ""},
		{"tenants with the same numbers", []night{{name: "1", day: 1, to: 900}, {name: "2", day: 2, to: 900, another: true}}, nil, ""},
		{"copies of one second", []night{{name: "1", day: 1, to: 900, queues: 1}, {name: "2", day: 1, to: 900, queues: 2}}, nil, ""},
		{"no times", []night{{name: "1", day: 1, to: 900, noCtime: true}, {name: "2", day: 2, to: 900, noCtime: true}}, nil, ""},
		{"a small server, by its replication", []night{{name: "1", day: 1, to: 3, replication: id}, {name: "2", day: 2, to: 4, replication: id}}, []string{"several-snapshots"}, "1 and 2"},
		{"a small server", []night{{name: "1", day: 1, to: 3}, {name: "2", day: 2, to: 4}}, nil, ""},
		{"shards with replicas", []night{{name: "1", day: 1, to: 90, replication: id}, {name: "2", day: 1, from: 90, to: 200, replication: strings.Repeat("b2", 20)}}, nil, ""},
		{"no replication yet", []night{{name: "1", day: 1, to: 3, replication: strings.Repeat("0", 40)}, {name: "2", day: 2, from: 4, to: 7, replication: strings.Repeat("0", 40)}}, nil, ""},
		{"one dump twice", []night{{name: "1", day: 1, to: 900}, {name: "copy", day: 1, to: 900}}, []string{"same-dump"}, "1 and copy are the same dump: its keys are counted twice"},
		{"one dump twice and a night", []night{{name: "1", day: 1, to: 900}, {name: "copy", day: 1, to: 900}, {name: "2", day: 2, to: 900}}, []string{"same-dump", "several-snapshots"}, "1 and 2 are of one"},
		{"empty shards", []night{{name: "1", day: 1}, {name: "2", day: 1}}, nil, ""},
	} {
		list := summaries(t, c.nights)
		var reference []aggregate.Warning
		for round := range 3 {
			parts := slices.Clone(list)
			if round == 1 {
				slices.Reverse(parts)
			}
			if round == 2 {
				first, err := aggregate.Merge(parts[:len(parts)-1]...)
				if err != nil {
					t.Fatal(err)
				}
				parts = []*aggregate.Summary{parts[len(parts)-1], first}
			}
			all, err := aggregate.Merge(parts...)
			if err != nil {
				t.Fatal(err)
			}
			var got []aggregate.Warning
			var codes []string
			text := ""
			for _, w := range all.Report().Warnings {
				if w.Code == "same-dump" || w.Code == "several-snapshots" {
					got, codes, text = append(got, w), append(codes, w.Code), text+w.Text+"\n"
				}
			}
			if !slices.Equal(codes, c.want) || !strings.Contains(text, c.text) {
				t.Errorf("%s: %q, %s", c.name, codes, text)
			}
			if round == 0 {
				reference = got
			} else if !slices.Equal(got, reference) {
				t.Errorf("%s: merged in another way: %v, %v", c.name, got, reference)
			}
		}
	}
}
