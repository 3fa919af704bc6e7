package state

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser/rdbtest/datadriven"
)

var update = flag.Bool("update", false, "rewrite what testdata/trie.txt expects")

// TestTrie counts the names of testdata/trie.txt, one a line and escaped as
// keyname.Unescape reads them, and shows the trie they make: a line for each node
// with the separator in front, its word or {class}, its keys, and wide if its words
// are merged. Arguments:
//
//	wide=4,3,2,2,2   Bounds.Wide
//	nodes=10         Trie.MaxNodes
//	merge            the names stand in parts, with lines of - between them, each
//	                 of which has a trie of its own
//
// Whatever is shown is shown again when the names come the other way round, but
// for a trie that is capped.
func TestTrie(t *testing.T) {
	datadriven.Run(t, "testdata/trie.txt", *update, func(t *testing.T, c *datadriven.Case) string {
		if c.Cmd != "count" {
			t.Fatalf("%s:%d: %s: not a command", c.Path, c.Line, c.Cmd)
		}
		var names []string
		for line := range strings.Lines(c.Input) {
			name, ok := keyname.Unescape(strings.TrimSuffix(line, "\n"))
			if !ok {
				t.Fatalf("%s:%d: %q is not escaped", c.Path, c.Line, line)
			}
			names = append(names, name)
		}
		got, capped := trieOf(t, c, names)
		for i, j := 0, len(names)-1; i < j; i, j = i+1, j-1 {
			names[i], names[j] = names[j], names[i]
		}
		if back, _ := trieOf(t, c, names); back != got && !capped {
			t.Errorf("the other way round:\n%s", back)
		}
		return got
	})
}

// trieOf counts names and shows the trie.
func trieOf(t *testing.T, c *datadriven.Case, names []string) (text string, capped bool) {
	t.Helper()
	b := DefaultBounds()
	if s, ok := c.Arg("wide"); ok {
		for i, n := range strings.Split(s, ",") {
			limit, err := strconv.ParseUint(n, 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			b.Wide[i] = uint32(limit)
		}
	}
	empty := func() *Trie {
		trie := NewTrie(b)
		if s, ok := c.Arg("nodes"); ok {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			trie.MaxNodes = n
		}
		return trie
	}
	split := keyname.NewSplitter(keyname.DefaultSeparators, 0)
	trie := empty()
	parts := []*Trie{trie}
	_, merge := c.Arg("merge")
	for _, name := range names {
		if merge && name == "-" {
			trie = empty()
			parts = append(parts, trie)
			continue
		}
		trie.EntryOf(trie.Locate([]byte(name), split.Split([]byte(name))), 0).Keys++
	}
	if merge {
		var types TypeTable
		trie = empty()
		for _, p := range parts {
			trie.Absorb(p.Freeze([]string{"string"}), types.ID)
		}
	}
	var out strings.Builder
	trie.Walk(func(_ uint32, n *Node) {
		token := "(root)"
		if n.Depth > 0 {
			if token = string(n.Lit[:n.N]); token == "" {
				token = `""`
			}
			if n.Cls != keyname.ClassLiteral {
				token = "{" + keyname.ClassNames[n.Cls] + "}"
			}
			if n.Sep != 0 {
				token = string(rune(n.Sep)) + token
			}
		}
		out.WriteString(strings.Repeat("  ", int(n.Depth)) + token)
		for e := n.Entry; e != 0; e = trie.Entries[e].Next {
			fmt.Fprintf(&out, "  %d", trie.Entries[e].Keys)
		}
		if n.Wide {
			out.WriteString("  wide")
		}
		out.WriteString("\n")
	})
	if trie.Capped {
		fmt.Fprintf(&out, "capped, coarse %d\n", trie.Coarse)
	}
	return out.String(), trie.Capped
}
