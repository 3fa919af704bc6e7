package view

import (
	"cmp"
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
)

// patternRow is one (pattern, type) on its way into a report.
type patternRow struct {
	pattern   string
	match     string
	typ       string
	node      uint32 // in the trie of the view
	estimated bool
	err       int64
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
	v := &view{trie: state.NewTrie(), types: state.TypeTable{Ids: make(map[string]uint8)}, text: patternText{groups: s.Config.Groups}}
	v.trie.MaxNodes, v.trie.MaxWeight, v.trie.Coarse = math.MaxInt/4, math.MaxInt/4, s.Keys.Coarse // what was collected fits
	v.trie.Absorb(s.Keys.Patterns, v.types.Id)
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

// Folding for display: literal children of a node are shown as one {*} when
// none of the rows below them is large enough to be shown, all of them together
// are, and they are alike: their rows have at most 1/foldAlike as many shapes
// as there are rows. Of the first tokens, which tell more, there must be many.
// One that would be shown goes with them when it is hardly larger than they are.
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
		v.measure(c, uint64(t.Nodes[c].Sep), below)
		if below.largest >= shown {
			large[c] = below
			continue
		}
		small[c] = true
		all.merge(below)
		sum += below.largest
	}
	// One that is shown by chance, being a little larger than the others like
	// it, is none of its own kind.
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
}

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
}

// measure adds the rows at and below a node; shape is the hash of the path.
func (v *view) measure(id uint32, shape uint64, sum *subtree) {
	t := v.trie
	v.measureEntries(id, shape, sum)
	for c := t.Nodes[id].Child; c != 0; c = t.Nodes[c].Next {
		v.measure(c, stepShape(shape, &t.Nodes[c]), sum)
	}
}

// stepShape is the hash of a path that goes on to a node.
func stepShape(shape uint64, n *state.Node) uint64 {
	cls := n.Cls
	if cls == keyname.ClassLiteral {
		cls = keyname.ClassStar
	}
	return keyname.Mix64(shape^uint64(n.Sep)<<8^uint64(cls)<<16, keyname.HashMul2)
}

func (v *view) measureEntries(id uint32, shape uint64, sum *subtree) {
	t := v.trie
	for e := t.Nodes[id].Entry; e != 0; e = t.Entries[e].Next {
		x := t.Entries[e]
		sum.rows++
		sum.keys += x.Keys
		sum.memory += x.Memory
		sum.largest = max(sum.largest, x.Memory)
		if sum.shapes == nil {
			sum.shapes = make(map[uint64]int64)
		}
		sum.shapes[keyname.Mix64(shape^uint64(x.Typ), keyname.HashMul1)] += x.Keys
	}
}

// heavyShare: a child of a wide node is named when it is estimated to hold at
// least 1/heavyShare of all memory, and the bound of the estimate is at most
// half of it.
const heavyShare = 100

// starred is a literal at a place where the trie has {*}.
type starred struct {
	star uint32
	lit  string
}

// nameHeavy splits rows whose pattern has {*}: heavy children of wide nodes
// get rows of their own, estimated from the sample, which are taken from the
// row they were in.
func (v *view) nameHeavy(rows []patternRow, cfg *data.Config, sample []state.SampleKey, total int64) []patternRow {
	if !slices.ContainsFunc(v.trie.Nodes, func(n state.Node) bool { return n.Wide }) {
		return withoutEmpty(rows)
	}
	sample, weight := state.SampleWeight(sample)
	weight = min(weight, total)
	split := keyname.NewSplitter(cfg.Separators, cfg.Depth)
	globs := make([]keyname.Glob, len(cfg.Groups))
	for i, g := range cfg.Groups {
		globs[i] = keyname.Glob(g.Glob)
	}
	paths := make([][]step, len(sample))
	// First which children are heavy, then which keys are theirs.
	heavy := make(map[starred]*sketch.Estimate)
	for i := range sample {
		k := &sample[i]
		if k.Key.Len != int64(len(k.Key.Name)) || slices.ContainsFunc(globs, func(g keyname.Glob) bool { return g.Match(k.Key.Name) }) {
			continue
		}
		paths[i] = v.path(k.Key.Name, split.Split(k.Key.Name))
		for _, s := range paths[i] {
			if s.lit == nil {
				continue
			}
			at := starred{s.node, string(s.lit)}
			if heavy[at] == nil {
				heavy[at] = new(sketch.Estimate)
			}
			heavy[at].Add(k.Memory, weight)
		}
	}
	for at, e := range heavy {
		if e.Memory < total/heavyShare || e.Bound() > e.Memory/2 {
			delete(heavy, at)
		}
	}
	type named struct {
		row patternRow
		sketch.Estimate
	}
	byName := make(map[[2]string]*named)
	for i, path := range paths {
		isHeavy := func(s step) bool { return s.lit != nil && heavy[starred{s.node, string(s.lit)}] != nil }
		if !slices.ContainsFunc(path, isHeavy) {
			continue
		}
		for d, s := range path {
			n := &v.trie.Nodes[s.node]
			if isHeavy(s) {
				v.text.step(d+1, n.Sep, keyname.ClassLiteral, string(s.lit))
			} else {
				v.text.step(d+1, n.Sep, n.Cls, string(n.Lit[:n.N]))
			}
		}
		k := &sample[i]
		name := [2]string{string(v.text.pattern[len(path)]), k.Type}
		x := byName[name]
		if x == nil {
			x = &named{row: patternRow{
				pattern: name[0], match: string(v.text.match[len(path)]), typ: k.Type,
				node: path[len(path)-1].node, estimated: true, Stats: new(state.Stats),
			}}
			byName[name] = x
		}
		x.Add(k.Memory, weight)
		x.row.AddSample(k, weight)
	}
	base := make(map[starred]int)
	for i := range rows {
		base[starred{rows[i].node, rows[i].typ}] = i
	}
	parts := make([]patternRow, 0, len(byName))
	for _, x := range byName {
		x.row.err = x.Bound()
		parts = append(parts, x.row)
	}
	slices.SortFunc(parts, func(a, b patternRow) int { return a.compare(&b) })
	for _, p := range parts {
		i, ok := base[starred{p.node, p.typ}]
		if !ok {
			continue
		}
		rest := &rows[i]
		p.err = min(p.err, rest.Memory)
		if !rest.SplitOff(p.Stats) {
			continue
		}
		var sum sketch.SumSquares
		sum.Add(rest.err)
		sum.Add(p.err)
		rest.err, rest.estimated = sum.Root(), true
		rows = append(rows, p)
	}
	return withoutEmpty(rows)
}

func withoutEmpty(rows []patternRow) []patternRow {
	return slices.DeleteFunc(rows, func(r patternRow) bool { return r.Keys == 0 && r.Memory == 0 })
}

// step is a node on the way of a key; lit is the key's literal where a wide
// node has {*} instead.
type step struct {
	node uint32
	lit  []byte
}

// path returns the way of a key through the trie, nil when it has none. Names of
// tokens that were merged since are those of what they are part of now.
func (v *view) path(key []byte, edges []keyname.Edge) []step {
	t := v.cut
	cur := uint32(state.RootNode)
	path := make([]step, 0, len(edges))
	for _, e := range edges {
		var lit state.Literal
		if e.Cls == keyname.ClassLiteral {
			lit = state.LiteralOf(key[e.Off : e.Off+e.N])
		}
		next := t.Find(cur, e.Sep, e.Cls, lit, t.Hash(cur, e.Sep, e.Cls, lit))
		s := step{node: next}
		if next == 0 {
			s.node = t.Find(cur, e.Sep, keyname.ClassStar, state.Literal{}, t.Hash(cur, e.Sep, keyname.ClassStar, state.Literal{}))
			if t.Nodes[cur].Wide {
				s.lit = lit.Text
			}
		}
		if cur = s.node; cur == 0 {
			return nil
		}
		path = append(path, s)
	}
	if len(v.trie.Moved) == 0 {
		return path
	}
	return v.pathNow(path)
}

// pathNow returns where a way through the trie as it was collected leads now. Its
// literals are left where each token is still one.
func (v *view) pathNow(path []step) []step {
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

// view makes the row of a report.
func (r *patternRow) view(total int64) data.PatternRow {
	p := data.PatternRow{
		Pattern: r.pattern, Match: r.match, Type: r.typ, Keys: r.Keys, Memory: r.Memory,
		MemoryShare: data.RatioOf(r.Memory, total), KeysWithoutTTL: r.NoTTLKeys, MemoryWithoutTTL: r.NoTTLMemory,
		Encodings: make(map[string]int64), P50: r.Sizes.Quantile(50, 100), P90: r.Sizes.Quantile(90, 100),
		P99: r.Sizes.Quantile(99, 100), Max: r.Sizes.Max, Example: exampleText(&r.Example),
		Elements: r.Elements, KeyName: r.KeyName, Payload: r.Payload, Waste: r.Waste,
		Estimated: r.estimated, Error: r.err,
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
