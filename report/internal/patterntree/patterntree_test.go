package patterntree

import (
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		pattern, separators string
		want                []string
	}{
		{"user:{int}:name", "", []string{"user", ":{int}", ":name"}},
		{"::a", "", []string{":", ":a"}},
		{":a:", "", []string{":a", ":"}},
		{"", "", []string{Empty}},
		{"a.b|c/d", "", []string{"a", ".b", "|c", "/d"}},
		{"a.b|c", ":", []string{"a.b|c"}},
		{"{{user:{int}}}:x", "", []string{"{{user", ":{int}}}", ":x"}},
		{"{a", "", []string{"{a"}},
		{"a-{*}:{date}", "-", []string{"a", "-{*}:{date}"}},
		{`a\\:b`, "", []string{`a\\`, ":b"}},
	} {
		if got := Split(c.pattern, c.separators); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.pattern, got, c.want)
		}
	}
}

// FuzzSplit: the pieces are the pattern.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "a:b", "{int}:{{x}}", "{", "}{", "\xff:"} {
		f.Add(s, ":./|")
	}
	f.Fuzz(func(t *testing.T, pattern, separators string) {
		levels := Split(pattern, separators)
		if got := strings.Join(levels, ""); got != pattern && (pattern != "" || got != Empty) {
			t.Errorf("%q is cut into %q", pattern, levels)
		}
		if slices.Contains(levels, "") {
			t.Errorf("%q has an empty level: %q", pattern, levels)
		}
	})
}

func TestOf(t *testing.T) {
	root := Of(&aggregate.Report{Groups: []aggregate.PatternRow{
		{Pattern: "a:b", Type: "hash", Keys: 1, Memory: 10}, {Pattern: "a:b", Type: "string", Keys: 2, Memory: 20},
		{Pattern: "a", Type: "set", Keys: 4, Memory: 40}, {Pattern: "c", Type: "set", Keys: 8, Memory: 800},
	}})
	if root.Keys != 15 || root.Memory != 870 {
		t.Errorf("all: %d keys, %d bytes", root.Keys, root.Memory)
	}
	var seen []string
	root.Walk(func(n *Node, above []*Node) {
		if prefix := n.Prefix; len(above) > 0 && !strings.HasPrefix(prefix, above[len(above)-1].Prefix) {
			t.Errorf("%q is below %q", prefix, above[len(above)-1].Prefix)
		}
		seen = append(seen, n.Prefix)
	})
	if want := []string{"c", "a", "a:b"}; !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
	if a := root.Kids[1]; a.Keys != 7 || a.Memory != 70 || len(a.Rows) != 1 || len(a.Kids[0].Rows) != 2 {
		t.Errorf("%+v", a)
	}
}
