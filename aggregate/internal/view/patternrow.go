package view

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/role"
)

// patternRow is one (pattern, type) on its way into a report.
type patternRow struct {
	pattern   string
	match     string
	typ       string
	node      uint32 // in the trie of the view
	estimated bool
	several   bool // of several patterns
	err       int64
	verdict   role.Verdict
	*state.Stats
}

func (r *patternRow) compare(o *patternRow) int {
	if c := cmp.Or(cmp.Compare(o.Memory, r.Memory), cmp.Compare(o.Keys, r.Keys), cmp.Compare(r.pattern, o.pattern), cmp.Compare(r.typ, o.typ)); c != 0 {
		return c
	}
	// A group may have the name of a pattern.
	return cmp.Or(cmp.Compare(r.match, o.match), r.Example.CompareSample(&o.Example))
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

// view is the trie of a summary thawed for a report.
type view struct {
	trie  *state.Trie
	cut   *state.Trie // the nodes as they were collected: keys are found by them
	types state.TypeTable
	text  patternText
}

func newView(s *state.Summary) *view {
	v := &view{trie: state.NewTrie(s.Bounds), types: state.TypeTable{}, text: patternText{groups: s.Config.Groups}}
	v.trie.MaxNodes, v.trie.MaxWeight, v.trie.Coarse = math.MaxInt/4, math.MaxInt/4, s.Keys.Coarse // what was collected fits
	v.trie.Absorb(s.Keys.Patterns, v.types.ID)
	v.cut = v.trie.Shape()
	v.trie.Moved = make(map[uint32]uint32) // from here on nodes are found by what they were
	return v
}

// rows returns a row for each entry, in no particular order.
func (v *view) rows() []patternRow {
	var rows []patternRow
	v.trie.Walk(func(id uint32, n *state.Node) {
		d := int(n.Depth)
		v.text.step(d, n.Sep, n.Cls, string(n.Lit[:n.N]))
		for e := n.Entry; e != 0; {
			x := v.trie.Entries[e]
			rows = append(rows, patternRow{
				pattern: string(v.text.pattern[d]), match: string(v.text.match[d]),
				typ: v.types.Names[x.Typ], node: id, Stats: &x.Stats,
				err: x.Error.Root(),
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
const (
	foldMin     = 3
	foldMinRoot = 64
	foldAlike   = 4
)

// fold merges siblings so that alike patterns, too small to be shown each, show
// as one. n is how many will be shown. What was merged may be large enough to be
// shown, and others not any more: folding goes on while it changes something.
func (v *view) fold(n int) {
	for range keyname.MaxEdges {
		rows := v.rows()
		if n <= 0 || len(rows) <= n {
			return
		}
		slices.SortFunc(rows, func(a, b patternRow) int { return a.compare(&b) })
		before := v.trie.Live
		v.foldBelow(state.RootNode, rows[n-1].Memory)
		if v.trie.Live == before {
			return
		}
	}
}

func (v *view) foldBelow(id uint32, shown int64) {
	t := v.trie
	for _, c := range t.Children(id) {
		v.foldBelow(c, shown)
	}
	least := foldMin
	if id == state.RootNode {
		least = foldMinRoot
	}
	if int(t.Nodes[id].Literals) < least {
		return
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
		if below.largest >= shown {
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
			v.foldBelow(c, shown)
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
func (v *view) measure(id uint32, path shape, sum *subtree) {
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

func (v *view) measureEntries(id uint32, path shape, sum *subtree) {
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

// view makes the row of a report.
func (r *patternRow) view(total int64) data.PatternRow {
	p := data.PatternRow{
		Pattern: r.pattern, Match: r.match, Type: r.typ, Keys: r.Keys, Memory: r.Memory,
		MemoryShare: data.RatioOf(r.Memory, total), KeysWithoutTTL: r.NoTTLKeys, MemoryWithoutTTL: r.NoTTLMemory,
		Encodings: make(map[string]int64), P50: r.Sizes.Quantile(50, 100), P90: r.Sizes.Quantile(90, 100),
		P99: r.Sizes.Quantile(99, 100), Max: r.Sizes.Max, Example: exampleText(&r.Example),
		Elements: r.Elements, KeyName: r.KeyName, Payload: r.Payload, Waste: r.Waste,
		Estimated: r.estimated, Error: r.err, Role: r.verdict.Role.String(), RoleReason: r.verdict.Reason,
	}
	if r.Keys > 0 {
		p.AvgBytes = (r.Memory + r.Keys/2) / r.Keys
	}
	for e, n := range &r.Encodings {
		if n > 0 {
			p.Encodings[encodingName(memory.Encoding(e), r.typ)] += n
		}
	}
	p.Resident, p.Overhead = r.Resident, r.Resident-r.Payload-r.Waste
	elements(&p, r.Stats)
	if r.Use != nil {
		use(&p, r.Use)
	}
	if r.Rare != nil {
		p.FieldsWithTTL, p.FieldsExpired = r.Rare.FieldTTL.Fields, r.Rare.FieldTTL.Expired
	}
	return p
}

// elements sets the percentiles of element counts. Strings, which have one
// element each, are not in the histogram.
func elements(p *data.PatternRow, s *state.Stats) {
	h := &s.Counts
	if others := h.Count(); others < s.Keys {
		all := *h
		all.Pages = slices.Clone(h.Pages)
		all.AddN(1, s.Keys-others)
		h = &all
	}
	p.ElementsP50, p.ElementsP90, p.ElementsP99, p.ElementsMax = h.Quantile(50, 100), h.Quantile(90, 100), h.Quantile(99, 100), h.Max
}

// use sets what the row tells of use.
func use(p *data.PatternRow, u *state.AccessStats) {
	at := func(h *sketch.Histogram, percent int64) *int64 {
		v := h.Quantile(percent, 100)
		return &v
	}
	if u.Idle.Octaves != 0 {
		p.IdleP50 = at(&u.Idle, 50)
	}
	if h := &u.IdleMemory; h.Octaves != 0 {
		p.IdleMemoryP50, p.IdleMemoryP90, p.IdleMemoryP99 = at(h, 50), at(h, 90), at(h, 99)
		p.Cold1d, p.Cold7d, p.Cold30d = &u.Cold[0].Memory, &u.Cold[1].Memory, &u.Cold[2].Memory
	}
	if h := &u.FreqMemory; h.Octaves != 0 {
		p.FreqMemoryP50, p.FreqMemoryP90, p.FreqMemoryP99 = at(h, 50), at(h, 90), at(h, 99)
	}
}

// encodingName is what rows show: the type's name for a module's value.
func encodingName(e memory.Encoding, typ string) string {
	if e == memory.EncodingModule {
		return typ
	}
	return e.String()
}

// exampleText is a kept key for display; it ends in … when it was cut.
func exampleText(k *state.KeptKey) string {
	text := keyname.EscapeText(string(k.Name))
	if k.Len > int64(len(k.Name)) {
		text += "…"
	}
	return text
}
