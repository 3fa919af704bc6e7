// Package patterntree cuts patterns into levels, for the formats that show a tree: a
// stack of a flame graph, a directory of a disk usage browser.
package patterntree

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
)

// Empty stands for the pattern of keys whose name is empty.
const Empty = "(empty)"

// Split cuts a pattern in front of each separator; the pieces joined are the pattern.
// What is in the braces of a class is not cut. No separators are the default ones.
func Split(pattern, separators string) []string {
	if separators == "" {
		separators = aggregate.DefaultSeparators
	}
	var levels []string
	start := 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '{' && i+1 < len(pattern) && pattern[i+1] == '{':
			i++ // a brace of the key
		case c == '{':
			if end := strings.IndexByte(pattern[i:], '}'); end > 0 {
				i += end
			}
		case strings.IndexByte(separators, c) >= 0 && i > start:
			levels = append(levels, pattern[start:i])
			start = i
		}
	}
	if start < len(pattern) {
		return append(levels, pattern[start:])
	}
	return append(levels, Empty)
}

// Node is a level of a pattern, and what is below it.
type Node struct {
	Name   string // as Split cut it
	Prefix string // the pattern to here
	Rows   []*aggregate.PatternRow
	Kids   []*Node // the larger first
	Keys   int64   // of all rows here and below
	Memory int64   // bytes
}

// Of makes a tree of a report's groups, which add up to all keys.
func Of(r *aggregate.Report) *Node {
	root := &Node{}
	kids := make(map[*Node]map[string]*Node)
	for i := range r.Groups {
		g := &r.Groups[i]
		n := root
		n.add(g)
		for _, name := range Split(g.Pattern, r.Separators) {
			next := kids[n][name]
			if next == nil {
				next = &Node{Name: name, Prefix: n.Prefix + name}
				if kids[n] == nil {
					kids[n] = make(map[string]*Node)
				}
				kids[n][name] = next
				n.Kids = append(n.Kids, next)
			}
			n = next
			n.add(g)
		}
		n.Rows = append(n.Rows, g)
	}
	root.sort()
	return root
}

func (n *Node) add(g *aggregate.PatternRow) {
	n.Keys += g.Keys
	n.Memory += g.Memory
}

func (n *Node) sort() {
	slices.SortFunc(n.Kids, func(a, b *Node) int {
		return cmp.Or(cmp.Compare(b.Memory, a.Memory), cmp.Compare(b.Keys, a.Keys), cmp.Compare(a.Name, b.Name))
	})
	for _, k := range n.Kids {
		k.sort()
	}
}

// Walk visits the nodes below the root in preorder, each with its ancestors, the root's
// child first.
func (n *Node) Walk(visit func(n *Node, above []*Node)) { n.walk(nil, visit) }

func (n *Node) walk(above []*Node, visit func(n *Node, above []*Node)) {
	for _, k := range n.Kids {
		visit(k, above)
		k.walk(append(above[:len(above):len(above)], k), visit)
	}
}
