package naming

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/role"
)

// Row is one (pattern, type) on its way into a report.
type Row struct {
	Pattern   string       // escaped for display
	Match     string       // a glob that matches its keys
	Type      string       // of the values, "mixed" where there are several
	Node      uint32       // in the trie of the view, 0 for [other]
	Estimated bool         // its figures are carried over from a sample
	Several   bool         // of several patterns
	Bound     int64        // what Memory may be off by, bytes; 0 when it is exact
	Verdict   role.Verdict // what its keys are for, as far as the caller has found out
	*counters.Stats
}

// Compare orders rows as they are shown: by memory, then keys, the largest first, then
// by name.
func (r *Row) Compare(o *Row) int {
	if c := cmp.Or(cmp.Compare(o.Memory, r.Memory), cmp.Compare(o.Keys, r.Keys), cmp.Compare(r.Pattern, o.Pattern), cmp.Compare(r.Type, o.Type)); c != 0 {
		return c
	}
	// A group may have the name of a pattern.
	return cmp.Or(cmp.Compare(r.Match, o.Match), r.Example.CompareSample(&o.Example))
}

// patternText renders a path of the trie step by step.
type patternText struct {
	groups  []data.Group
	pattern [keyname.MaxEdges + 2][]byte // by depth
	match   [keyname.MaxEdges + 2][]byte
}

// step sets the text at depth from the one above and an edge.
func (p *patternText) step(depth int, sep byte, c keyname.Class, lit string) {
	if depth == 0 {
		return
	}
	up, to := p.pattern[depth-1], p.pattern[depth][:0]
	gup, glob := p.match[depth-1], p.match[depth][:0]
	to, glob = append(to, up...), append(glob, gup...)
	to = keyname.AppendSeparator(to, sep)
	if sep != 0 {
		glob = appendGlob(glob, string(rune(sep&0x7f)))
	}
	switch c {
	case keyname.ClassGroup:
		g := p.groups[keyname.GroupNumber(lit)]
		to, glob = keyname.AppendGroup(to, g.Name), append(glob, printableGlob(g.Glob)...)
	case keyname.ClassLiteral:
		to, glob = keyname.AppendLiteral(to, lit), appendGlob(glob, lit)
	default:
		to, glob = keyname.AppendLiteral(to, lit), appendGlob(glob, lit)
		to = keyname.AppendClass(to, c)
		if len(glob) == 0 || glob[len(glob)-1] != '*' || len(glob) > 1 && glob[len(glob)-2] == '\\' {
			glob = append(glob, '*')
		}
	}
	p.pattern[depth], p.match[depth] = to, glob
}

// appendGlob appends text so that a glob matches it: as it is, but for bytes that
// are not printable, which any byte may stand for.
func appendGlob(dst []byte, text string) []byte {
	if keyname.Displayable(text) {
		return keyname.AppendGlobLiteral(dst, text)
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n <= 1 || !unicode.IsPrint(r) {
			dst = append(dst, strings.Repeat("?", n)...)
		} else {
			dst = keyname.AppendGlobLiteral(dst, text[i:i+n])
		}
		i += n
	}
	return dst
}

// printableGlob returns a group's glob, or one that matches everything when it
// cannot be shown as it is.
func printableGlob(g string) string {
	if keyname.Printable([]byte(g)) {
		return g
	}
	return "*"
}

// View is the trie of a summary thawed for a report. Names of rows are those the trie
// has when they are asked for: first Generalize, then Fold.
// NodeOf, End and RenamingOf may be called from several goroutines at once.
type View struct {
	trie  *state.Trie
	cut   *state.Trie // the nodes as they were collected: keys are found by them
	types state.TypeTable
	text  patternText

	sample   []counters.SampleKey
	split    *keyname.Splitter
	joined   map[place]bool    // where '-' and '_' join words
	wordy    map[place]bool    // where nearly all tokens are words, that a number may follow
	prefixes map[uint32]string // of the ids of a node, what all of them begin with
}

// NewView thaws the patterns of a summary, which it does not change.
func NewView(s *state.Summary) *View {
	v := &View{trie: state.NewTrie(s.Bounds), types: state.TypeTable{}, text: patternText{groups: s.Config.Groups}}
	v.trie.MaxNodes, v.trie.MaxWeight, v.trie.Coarse = math.MaxInt/4, math.MaxInt/4, s.Keys.Coarse // what was collected fits
	v.trie.Absorb(s.Keys.Patterns, v.types.ID)
	v.begin(&s.Config)
	v.sample, _ = state.SampleWeight(s.Bounds, s.Keys.Sample)
	return v
}

// begin ends what is collected; what is merged from here on is for the report.
func (v *View) begin(cfg *data.Config) {
	v.cut = v.trie.Shape()
	v.trie.Moved = make(map[uint32]uint32) // from here on nodes are found by what they were
	v.split = keyname.NewSplitter(cfg.Separators, cfg.Depth)
	v.joined, v.wordy, v.prefixes = make(map[place]bool), make(map[place]bool), make(map[uint32]string)
}

// literal is the text of a node that its pattern shows: a word, or what all ids begin with.
func (v *View) literal(id uint32) string {
	n := &v.trie.Nodes[id]
	if n.Cls == keyname.ClassLiteral || n.Cls == keyname.ClassGroup {
		return string(n.Lit[:n.N])
	}
	return v.prefixes[id]
}

// Rows returns a row for each entry, in no particular order.
func (v *View) Rows() []Row {
	var rows []Row
	v.trie.Walk(func(id uint32, n *state.Node) {
		d := int(n.Depth)
		v.text.step(d, n.Sep, n.Cls, v.literal(id))
		for e := n.Entry; e != 0; {
			x := v.trie.Entries[e]
			rows = append(rows, Row{
				Pattern: string(v.text.pattern[d]), Match: string(v.text.match[d]),
				Type: v.types.Names[x.Typ], Node: id, Stats: &x.Stats,
				Bound: x.Error.Root(),
			})
			e = x.Next
		}
	})
	return rows
}

// Folding for display. Fifty tenants of one size are no wide node, and none of
// them is large enough to be shown: they would all be in [other]. Words below a node
// are shown as one {*} when
//
//   - none of the rows below them is large enough to be shown,
//
//   - all of them together are, and
//
//   - they are alike: the same follows most of them. With words taken as {*}, their
//     rows have at most 1/foldAlike as many shapes as there are rows.
//
//     tenant:ada:cart   tenant:ada:feed  ┐
//     tenant:bob:cart   tenant:bob:feed  │  → tenant:{*}:cart
//     tenant:cyd:cart   tenant:cyd:feed  │    tenant:{*}:feed
//     tenant:dan:cart   tenant:dan:feed  ┘    8 rows of 2 shapes
//
// Of the first tokens, which tell more, there must be many. A word with a row that
// would be shown goes with the others when it is hardly larger than they are.
//
// Where there are many words, as of the first tokens, a small one is less than
// 1/heavyShare of all memory: of a thousand names that stand once or twice each, the
// few that stand three times tell no more than the others.
const (
	foldMin     = 3
	foldMinRoot = 64
	foldAlike   = 4
)

// Fold merges siblings so that alike patterns, too small to be shown each, show
// as one. n is how many will be shown. What was merged may be large enough to be
// shown, and others not any more: folding goes on while it changes something.
func (v *View) Fold(n int) {
	for range keyname.MaxEdges {
		rows := v.Rows()
		if n <= 0 || len(rows) <= n {
			return
		}
		slices.SortFunc(rows, func(a, b Row) int { return a.Compare(&b) })
		before := v.trie.Live
		total := int64(0)
		for i := range rows {
			total += rows[i].Memory
		}
		v.foldBelow(state.RootNode, rows[n-1].Memory, total/heavyShare)
		if v.trie.Live == before {
			return
		}
	}
}

func (v *View) foldBelow(id uint32, shown, named int64) {
	t := v.trie
	for _, c := range t.Children(id) {
		v.foldBelow(c, shown, named)
	}
	least := foldMin
	if id == state.RootNode {
		least = foldMinRoot
	}
	if int(t.Nodes[id].Literals) < least {
		return
	}
	limit := shown
	if t.Nodes[id].Literals >= foldMinRoot {
		limit = max(shown, named)
	}
	var all subtree
	var sum int64 // of the largest rows of each
	small := make(map[uint32]bool)
	large := make(map[uint32]*subtree)
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		if t.Nodes[c].Cls != keyname.ClassLiteral {
			continue
		}
		below := new(subtree)
		v.measure(c, shapeOf(uint64(t.Nodes[c].Sep)), below)
		if below.largest >= limit {
			large[c] = below
			continue
		}
		small[c] = true
		all.merge(below)
		sum += below.largest
	}
	// A word that is just large enough to be shown, and otherwise like the small
	// ones, belongs to them.
	if n := int64(len(small)); n >= foldMin && len(large) <= len(small) {
		alike := all // all.shapes does not change meanwhile: what is merged adds none
		for c, below := range large {
			if below.largest <= sum/n*2 && alike.includes(below) {
				small[c] = true
				all.merge(below)
			}
		}
	}
	if len(small) < least || all.memory < shown || len(all.shapes)*foldAlike > all.rows {
		return
	}
	t.MergeLiterals(id, func(c uint32) bool { return small[c] })
	// What was merged may now be alike further down.
	for _, c := range t.Children(id) {
		if t.Nodes[c].Cls == keyname.ClassStar {
			v.foldBelow(c, shown, named)
		}
	}
}

// subtree is what the rows of some subtrees add up to.
type subtree struct {
	rows            int
	keys            int64
	memory, largest int64
	shapes          map[uint64]int64 // keys by path with literals as {*}, and type
	loose           map[uint64]bool  // the same paths with ids as {*}, too
}

// shape is the hash of a path: with words as {*}, and with words and ids so.
type shape struct{ words, ids uint64 }

func shapeOf(h uint64) shape { return shape{h, h} }

func (a *subtree) merge(b *subtree) {
	a.rows += b.rows
	a.keys += b.keys
	a.memory += b.memory
	a.largest = max(a.largest, b.largest)
	if a.shapes == nil {
		a.shapes = make(map[uint64]int64)
	}
	for h, n := range b.shapes {
		a.shapes[h] += n
	}
	if a.loose == nil {
		a.loose = make(map[uint64]bool)
	}
	maps.Copy(a.loose, b.loose)
}

// measure adds the rows at and below a node; path is the hash of the path to it.
func (v *View) measure(id uint32, path shape, sum *subtree) {
	t := v.trie
	v.measureEntries(id, path, sum)
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		v.measure(c, stepShape(path, &t.Nodes[c]), sum)
	}
}

// stepShape is the hash of a path that goes on to a node. An id that goes on without a
// separator is one.
func stepShape(path shape, n *state.Node) shape {
	cls := n.Cls
	if cls == keyname.ClassLiteral {
		cls = keyname.ClassStar
	}
	step := func(h uint64, cls keyname.Class) uint64 {
		return keyname.Mix64(h^uint64(n.Sep)<<8^uint64(cls)<<16, keyname.HashMul2)
	}
	path.words = step(path.words, cls)
	switch cls {
	case keyname.ClassAlnum, keyname.ClassInt, keyname.ClassHex, keyname.ClassBase64, keyname.ClassULID, keyname.ClassFloat, keyname.ClassSlug:
		cls = keyname.ClassStar
	}
	if n.Sep != 0 || cls != keyname.ClassStar {
		path.ids = step(path.ids, cls)
	}
	return path
}

func (v *View) measureEntries(id uint32, path shape, sum *subtree) {
	t := v.trie
	for e := t.Nodes[id].Entry; e != 0; e = t.Entries[e].Next {
		x := t.Entries[e]
		sum.rows++
		sum.keys += x.Keys
		sum.memory += x.Memory
		sum.largest = max(sum.largest, x.Memory)
		if sum.shapes == nil {
			sum.shapes = make(map[uint64]int64)
			sum.loose = make(map[uint64]bool)
		}
		sum.shapes[keyname.Mix64(path.words^uint64(x.Typ), keyname.HashMul1)] += x.Keys
		sum.loose[keyname.Mix64(path.ids^uint64(x.Typ), keyname.HashMul1)] = true
	}
}

// NodeText is the pattern of a node, escaped for display, and its glob.
type NodeText struct{ Pattern, Match string }

// Texts returns the text of every node, by node.
func (v *View) Texts() map[uint32]NodeText {
	out := make(map[uint32]NodeText)
	v.trie.Walk(func(id uint32, n *state.Node) {
		d := int(n.Depth)
		v.text.step(d, n.Sep, n.Cls, v.literal(id))
		out[id] = NodeText{string(v.text.pattern[d]), string(v.text.match[d])}
	})
	return out
}
