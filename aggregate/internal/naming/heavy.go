package naming

import (
	"slices"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// Where a node of the trie is wide, the words at that place are not told apart: a
// tenant that has half of all memory is hidden in {*} like the thousands that have
// next to nothing. The sample of keys still has their names, and says which words
// are heavy. The row is split then:
//
//	tenant:{*}:cart:{int}   9,000 keys   counted
//
//	tenant:acme:cart:{int}  4,100 keys   estimated from the sample
//	tenant:{*}:cart:{int}   4,900 keys   what is left
//
// Whatever a figure is, the rows have together what the one row had before.

// heavyShare: a child of a wide node is named when it is estimated to hold at
// least 1/heavyShare of all memory. The promise is about twice that, 1 %:
//
//   - A child that has 1 % or more is named. Of the 12,288 keys of the sample it has
//     123, if its keys are small ones; there are 61 or fewer with a probability of
//     6e-9 (Chernoff: exp(-123·(1/2 - ln 2/2))), whatever the names, as long as
//     nobody who chose them knew the seed. Large keys only lessen it.
//   - A child that has less than half a per cent is not shown with 1 %: 123 keys where
//     61 are expected have a probability of 6e-11.
//
// Between these it depends on the sample who is named; figures have their bounds.
const heavyShare = 200

// starred is a literal at a place where the trie has {*}.
type starred struct {
	star uint32
	lit  string
}

// RowKey names a row: its node in the trie of a View and its type.
type RowKey struct {
	Node uint32
	Type string
}

// Key returns the name of a row.
func (r *Row) Key() RowKey { return RowKey{r.Node, r.Type} }

// heavyNamer splits rows by the names of sampled keys.
type heavyNamer struct {
	*View
	sample []counters.SampleKey
	weight int64    // what a sampled key stands for, bytes: see state.SampleWeight
	paths  [][]step // of the sampled keys through the trie; nil for those left out
	heavy  map[starred]bool
}

// NameHeavy splits rows whose pattern has {*}: heavy children of wide nodes
// get rows of their own, estimated from the sample, which are taken from the
// row they were in. It drops rows without keys. The rows are those of v.Rows.
func (v *View) NameHeavy(rows []Row, s *state.Summary) []Row {
	if slices.ContainsFunc(v.trie.Nodes, func(n state.Node) bool { return n.Wide }) {
		total := s.Keys.Totals.Memory
		n := heavyNamer{View: v}
		n.sample, n.weight = state.SampleWeight(s.Bounds, s.Keys.Sample)
		n.weight = min(n.weight, total)
		n.findPaths(&s.Config)
		n.findHeavy(total)
		rows = n.split(rows)
	}
	return slices.DeleteFunc(rows, func(r Row) bool { return r.Keys == 0 && r.Memory == 0 })
}

// findPaths finds the way of each sampled key, but for those in a group.
func (n *heavyNamer) findPaths(cfg *data.Config) {
	split := keyname.NewSplitter(cfg.Separators, cfg.Depth)
	globs := make([]keyname.Glob, len(cfg.Groups))
	for i, g := range cfg.Groups {
		globs[i] = keyname.Glob(g.Glob)
	}
	n.paths = make([][]step, len(n.sample))
	var space [keyname.MaxEdges]keyname.Edge
	for i := range n.sample {
		k := &n.sample[i].Key
		switch {
		case k.Len != int64(len(k.Name)):
			if edges, ok := keyname.ReadPath(space[:0], n.sample[i].Path); ok && len(edges) > 0 {
				n.paths[i] = n.path(n.sample[i].Path, edges)
			}
		case !slices.ContainsFunc(globs, func(g keyname.Glob) bool { return g.Match(k.Name) }):
			n.paths[i] = n.path(k.Name, split.Split(k.Name))
		}
	}
}

// findHeavy estimates what each word behind a {*} holds, and keeps the heavy ones.
func (n *heavyNamer) findHeavy(total int64) {
	sums := make(map[starred]*sketch.Estimate)
	for i, path := range n.paths {
		for _, s := range path {
			if s.lit == nil {
				continue
			}
			at := starred{s.node, string(s.lit)}
			if sums[at] == nil {
				sums[at] = new(sketch.Estimate)
			}
			sums[at].Add(n.sample[i].Memory, n.weight)
		}
	}
	n.heavy = make(map[starred]bool)
	for at, e := range sums {
		if e.Memory >= total/heavyShare && e.Bound() <= e.Memory {
			n.heavy[at] = true
		}
	}
}

func (n *heavyNamer) isHeavy(s step) bool {
	return s.lit != nil && n.heavy[starred{s.node, string(s.lit)}]
}

// heavyRow is a row under construction.
type heavyRow struct {
	Row
	counters.Sampled
	memory sketch.Estimate
}

// Estimated returns the rows of the sampled keys with a heavy word, the largest
// first.
func (n *heavyNamer) estimated() []Row {
	byName := make(map[[2]string]*heavyRow)
	for i, path := range n.paths {
		if !slices.ContainsFunc(path, n.isHeavy) {
			continue
		}
		for d, s := range path {
			x := &n.trie.Nodes[s.node]
			if n.isHeavy(s) {
				n.text.step(d+1, x.Sep, keyname.ClassLiteral, string(s.lit))
			} else {
				n.text.step(d+1, x.Sep, x.Cls, n.literal(s.node))
			}
		}
		k := &n.sample[i]
		name := [2]string{string(n.text.pattern[len(path)]), k.Type}
		r := byName[name]
		if r == nil {
			r = &heavyRow{Row: Row{
				Pattern: name[0], Match: string(n.text.match[len(path)]), Type: k.Type,
				Node: path[len(path)-1].node, Estimated: true,
			}}
			byName[name] = r
		}
		r.memory.Add(k.Memory, n.weight)
		r.Sampled.Add(k, n.weight)
	}
	rows := make([]Row, 0, len(byName))
	for _, r := range byName {
		r.Row.Stats, r.Bound = &r.Sampled.Stats, r.memory.Bound()
		rows = append(rows, r.Row)
	}
	slices.SortFunc(rows, func(a, b Row) int { return a.Compare(&b) })
	return rows
}

// split takes the estimated rows out of those they were counted in.
func (n *heavyNamer) split(rows []Row) []Row {
	counted := make(map[RowKey]int)
	for i := range rows {
		counted[RowKey{rows[i].Node, rows[i].Type}] = i
	}
	for _, part := range n.estimated() {
		if i, ok := counted[RowKey{part.Node, part.Type}]; ok && rows[i].giveUp(&part) {
			rows = append(rows, part)
		}
	}
	return rows
}

// giveUp moves to part what it has of the row. It reports whether that is
// anything; if not the row is as it was.
func (r *Row) giveUp(part *Row) bool {
	// What the part really has is within the bound of its estimate, and no more than
	// the row has by its own.
	least, most := max(part.Memory-part.Bound, 0), min(sketch.SumCapped(part.Memory, part.Bound), sketch.SumCapped(r.Memory, r.Bound))
	if !r.Fit(part.Stats) {
		return false
	}
	r.Take(part.Stats)
	if part.Keys == 0 || part.Memory == 0 {
		r.Merge(part.Stats)
		return false
	}
	all := r.Keys == 0 || r.Memory == 0
	if all {
		// No keys are left, or keys without bytes: part has all of them, and with
		// them what else was counted of the row and the sample did not show.
		part.Merge(r.Stats)
	}
	part.Bound = max(most-part.Memory, part.Memory-least)
	var sum sketch.SumSquares
	sum.Add(r.Bound)
	sum.Add(part.Bound)
	r.Bound, r.Estimated = sum.Root(), true
	if all {
		*r.Stats = counters.Stats{}
	}
	return true
}

// step is a node on the way of a key; lit is the key's literal where a wide
// node has {*} instead.
type step struct {
	node uint32
	lit  []byte
}

// follow returns the node that an edge leads to from cur as names were cut, 0 when
// there is none, and the literal where a wide node has {*} instead.
func (v *View) follow(cur uint32, key []byte, e keyname.Edge) (node uint32, lit []byte) {
	t := v.cut
	var l state.Literal
	if e.Cls == keyname.ClassLiteral {
		l = state.LiteralOf(key[e.Off : e.Off+e.N])
	}
	if node = t.Find(cur, e.Sep, e.Cls, l, t.Hash(cur, e.Sep, e.Cls, l)); node != 0 {
		return node, nil
	}
	if t.Nodes[cur].Wide {
		lit = l.Text
	}
	return t.Find(cur, e.Sep, keyname.ClassStar, state.Literal{}, t.Hash(cur, e.Sep, keyname.ClassStar, state.Literal{})), lit
}

// path returns the way of a key through the trie, nil when it has none. Names of
// tokens that were merged since are those of what they are part of now.
func (v *View) path(key []byte, edges []keyname.Edge) []step {
	cur := uint32(state.RootNode)
	path := make([]step, 0, len(edges))
	for _, e := range edges {
		var s step
		if s.node, s.lit = v.follow(cur, key, e); s.node == 0 {
			return nil
		}
		cur = s.node
		path = append(path, s)
	}
	if len(v.trie.Moved) == 0 {
		return path
	}
	return v.pathNow(path)
}

// End returns the node that the tokens of a key's name lead to, 0 when there is none:
// the last one of path. Thousands of names are asked for no more than that.
func (v *View) End(key []byte, edges []keyname.Edge) uint32 {
	if len(edges) == 0 {
		return 0
	}
	cur := uint32(state.RootNode)
	for _, e := range edges {
		if cur, _ = v.follow(cur, key, e); cur == 0 {
			return 0
		}
	}
	return v.trie.Resolve(cur)
}

// pathNow returns where a way through the trie as it was collected leads now. Its
// literals are left where each token is still one.
func (v *View) pathNow(path []step) []step {
	t := v.trie
	if len(path) == 0 {
		return nil
	}
	id := t.Resolve(path[len(path)-1].node)
	now := make([]step, t.Nodes[id].Depth)
	same := len(now) == len(path)
	for d := len(now) - 1; d >= 0; d-- {
		now[d].node = id
		if same = same && t.Resolve(path[d].node) == id; same && t.Nodes[id].Cls == keyname.ClassStar {
			now[d].lit = path[d].lit
		}
		id = t.Nodes[id].Parent
	}
	if !same {
		for d := range now {
			now[d].lit = nil
		}
	}
	return now
}
