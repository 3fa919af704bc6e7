package command

import (
	"testing"

	"github.com/rdblens/rdblens/aggregate"
)

// TestTarget: actions are written for the oldest line that some source was sized
// for, whatever its name is.
func TestTarget(t *testing.T) {
	for _, c := range []struct {
		facts   string
		sources []string
		want    string
		others  bool
	}{
		{"", nil, "redis-7.4", false},
		{"redis-6.2", nil, "redis-6.2", false},
		{"redis-8.2.2", []string{"redis-8.2.2"}, "redis-8.2.2", false}, // patch releases have a line of their own
		{"redis-8.8", []string{"redis-8.8", "valkey-8.1.0", "valkey-9.0"}, "valkey-8.1.0", true},
		{"valkey-7.2", []string{"redis-7.2"}, "redis-7.2", true},
		{"keydb-6.3", []string{"", "redis-7.0"}, "redis-7.0", true},
	} {
		r := &aggregate.Report{Facts: aggregate.Facts{Server: c.facts}}
		for _, s := range c.sources {
			r.Sources = append(r.Sources, aggregate.Source{Model: aggregate.Model{Server: s}})
		}
		if got := TargetOf(r); got.String() != c.want || got.Others != c.others {
			t.Errorf("%q, %q: %s, others %v; want %s, %v", c.facts, c.sources, got, got.Others, c.want, c.others)
		}
	}
}
