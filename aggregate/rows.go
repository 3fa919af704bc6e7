package aggregate

import (
	"cmp"
	"math"
	"slices"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// patternRow is one (pattern, type) on its way into a report.
type patternRow struct {
	pattern   string
	match     string
	typ       string
	node      uint32 // in the trie of the view
	estimated bool
	err       int64
	*stats
}

func (r *patternRow) compare(o *patternRow) int {
	if c := cmp.Or(cmp.Compare(o.Memory, r.Memory), cmp.Compare(o.Keys, r.Keys), cmp.Compare(r.pattern, o.pattern), cmp.Compare(r.typ, o.typ)); c != 0 {
		return c
	}
	// A group may have the name of a pattern.
	return cmp.Or(cmp.Compare(r.match, o.match), r.Example.compareSample(&o.Example))
}

// patternText renders a path of the trie step by step.
type patternText struct {
	groups  []Group
	pattern [maxEdges + 2][]byte // by depth
	match   [maxEdges + 2][]byte
}

// step sets the text at depth from the one above and an edge.
func (p *patternText) step(depth int, sep byte, c class, lit string) {
	if depth == 0 {
		return
	}
	up, to := p.pattern[depth-1], p.pattern[depth][:0]
	gup, glob := p.match[depth-1], p.match[depth][:0]
	to, glob = append(to, up...), append(glob, gup...)
	to = appendSeparator(to, sep)
	if sep != 0 {
		glob = appendGlobLiteral(glob, string(rune(sep))) // separators are ASCII
	}
	switch c {
	case classGroup:
		g := p.groups[groupNumber(lit)]
		to, glob = appendGroup(to, g.Name), append(glob, printableGlob(g.Glob)...)
	case classLiteral:
		to, glob = appendLiteral(to, lit), appendGlobLiteral(glob, lit)
	default:
		to = appendClass(to, c)
		if len(glob) == 0 || glob[len(glob)-1] != '*' || len(glob) > 1 && glob[len(glob)-2] == '\\' {
			glob = append(glob, '*')
		}
	}
	p.pattern[depth], p.match[depth] = to, glob
}

// printableGlob returns a group's glob, or one that matches everything when it
// cannot be shown as it is.
func printableGlob(g string) string {
	if printable([]byte(g)) {
		return g
	}
	return "*"
}

// view is the trie of a summary thawed for a report.
type view struct {
	trie  *trie
	types typeTable
	text  patternText
}

func newView(s *Summary) *view {
	v := &view{trie: newTrie(), types: typeTable{ids: make(map[string]uint8)}, text: patternText{groups: s.config.Groups}}
	v.trie.maxNodes, v.trie.maxWeight, v.trie.coarse = math.MaxInt/4, math.MaxInt/4, s.keys.Coarse // what was collected fits
	v.trie.absorb(s.keys.Patterns, v.types.id)
	return v
}

// rows returns a row for each entry, in no particular order.
func (v *view) rows() []patternRow {
	var rows []patternRow
	v.trie.walk(func(id uint32, n *node) {
		d := int(n.depth)
		v.text.step(d, n.sep, n.cls, string(n.lit[:n.n]))
		for e := n.entry; e != 0; {
			x := v.trie.entries[e]
			rows = append(rows, patternRow{
				pattern: string(v.text.pattern[d]), match: string(v.text.match[d]),
				typ: v.types.names[x.typ], node: id, stats: &x.stats,
				err: x.Error.root(),
			})
			e = x.next
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
// as one. rows are those of the trie; n is how many will be shown.
func (v *view) fold(rows []patternRow, n int) {
	if len(rows) > n && n > 0 {
		slices.SortFunc(rows, func(a, b patternRow) int { return a.compare(&b) })
		v.foldBelow(rootNode, rows[n-1].Memory)
	}
}

func (v *view) foldBelow(id uint32, shown int64) {
	t := v.trie
	for _, c := range t.children(id) {
		v.foldBelow(c, shown)
	}
	least := foldMin
	if id == rootNode {
		least = foldMinRoot
	}
	if int(t.nodes[id].literals) < least {
		return
	}
	var all subtree
	var sum int64 // of the largest rows of each
	small := make(map[uint32]bool)
	large := make(map[uint32]*subtree)
	for c := t.nodes[id].child; c != 0; c = t.nodes[c].next {
		if t.nodes[c].cls != classLiteral {
			continue
		}
		below := new(subtree)
		v.measure(c, uint64(t.nodes[c].sep), below)
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
	t.mergeLiterals(id, func(c uint32) bool { return small[c] })
	// What was merged may now be alike further down.
	for _, c := range t.children(id) {
		if t.nodes[c].cls == classStar {
			v.foldBelow(c, shown)
		}
	}
}

// subtree is what the rows of some subtrees add up to.
type subtree struct {
	rows            int
	keys            int64
	memory, largest int64
	shapes          map[uint64]struct{} // of the paths with literals as {*}, with the type
}

func (a *subtree) merge(b *subtree) {
	a.rows += b.rows
	a.keys += b.keys
	a.memory += b.memory
	a.largest = max(a.largest, b.largest)
	if a.shapes == nil {
		a.shapes = make(map[uint64]struct{})
	}
	for h := range b.shapes {
		a.shapes[h] = struct{}{}
	}
}

// measure adds the rows at and below a node; shape is the hash of the path.
func (v *view) measure(id uint32, shape uint64, sum *subtree) {
	t := v.trie
	v.measureEntries(id, shape, sum)
	for c := t.nodes[id].child; c != 0; c = t.nodes[c].next {
		v.measure(c, stepShape(shape, &t.nodes[c]), sum)
	}
}

// stepShape is the hash of a path that goes on to a node.
func stepShape(shape uint64, n *node) uint64 {
	cls := n.cls
	if cls == classLiteral {
		cls = classStar
	}
	return fold(shape^uint64(n.sep)<<8^uint64(cls)<<16, hashMul2)
}

func (v *view) measureEntries(id uint32, shape uint64, sum *subtree) {
	t := v.trie
	for e := t.nodes[id].entry; e != 0; e = t.entries[e].next {
		x := t.entries[e]
		sum.rows++
		sum.keys += x.Keys
		sum.memory += x.Memory
		sum.largest = max(sum.largest, x.Memory)
		if sum.shapes == nil {
			sum.shapes = make(map[uint64]struct{})
		}
		sum.shapes[fold(shape^uint64(x.typ), hashMul1)] = struct{}{}
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

// estimate is a sum over sampled keys.
type estimate struct {
	memory int64
	weight int64 // what a key smaller than it stands for; 0 when the sample is all keys
	small  int64 // such keys
}

// add counts a sampled key of a size.
func (e *estimate) add(size, weight int64) {
	e.weight = weight
	if size >= weight {
		e.memory += size
		return
	}
	e.memory += weight
	e.small++
}

// bound is how far the sum may be from the exact one. Keys smaller than the
// weight are sampled with a probability of size/weight, so the number of those
// in the sample has at most the variance of a Poisson distribution; the interval
// for its mean from n of them, the score interval, reaches z²/2 + z·√(n + z²/4)
// above n; here z = 4: of 30,000 sums one is off by more. Sums of which nothing
// was sampled are within it, too.
func (e *estimate) bound() int64 {
	if e.weight == 0 {
		return 0
	}
	var v sumSquares
	n := mulDiv(16*(e.small+4), e.weight, 1)
	v.addProduct(n, e.weight)
	return min(mulDiv(8, e.weight, 1), 1<<62) + min(v.root(), 1<<62-1)
}

// nameHeavy splits rows whose pattern has {*}: heavy children of wide nodes
// get rows of their own, estimated from the sample, which are taken from the
// row they were in.
func (v *view) nameHeavy(rows []patternRow, cfg *Config, sample []sampleKey, total int64) []patternRow {
	if !slices.ContainsFunc(v.trie.nodes, func(n node) bool { return n.wide }) {
		return withoutEmpty(rows)
	}
	sample, weight := sampleWeight(sample)
	weight = min(weight, total)
	split := newSplitter(cfg.Separators, cfg.Depth)
	globs := make([]glob, len(cfg.Groups))
	for i, g := range cfg.Groups {
		globs[i] = glob(g.Glob)
	}
	// First which children are heavy, then which keys are theirs.
	heavy := make(map[starred]*estimate)
	paths := make([][]step, len(sample))
	for i := range sample {
		k := &sample[i]
		if k.Key.Len != int64(len(k.Key.Name)) || slices.ContainsFunc(globs, func(g glob) bool { return g.match(k.Key.Name) }) {
			continue
		}
		paths[i] = v.path(k.Key.Name, split.split(k.Key.Name))
		for _, s := range paths[i] {
			if s.lit == nil {
				continue
			}
			at := starred{s.node, string(s.lit)}
			if heavy[at] == nil {
				heavy[at] = new(estimate)
			}
			heavy[at].add(k.Memory, weight)
		}
	}
	for at, e := range heavy {
		if e.memory < total/heavyShare || e.bound() > e.memory/2 {
			delete(heavy, at)
		}
	}
	type named struct {
		row patternRow
		estimate
	}
	byName := make(map[[2]string]*named)
	for i, path := range paths {
		isHeavy := func(s step) bool { return s.lit != nil && heavy[starred{s.node, string(s.lit)}] != nil }
		if !slices.ContainsFunc(path, isHeavy) {
			continue
		}
		for d, s := range path {
			n := &v.trie.nodes[s.node]
			if isHeavy(s) {
				v.text.step(d+1, n.sep, classLiteral, string(s.lit))
			} else {
				v.text.step(d+1, n.sep, n.cls, string(n.lit[:n.n]))
			}
		}
		k := &sample[i]
		name := [2]string{string(v.text.pattern[len(path)]), k.Type}
		x := byName[name]
		if x == nil {
			x = &named{row: patternRow{
				pattern: name[0], match: string(v.text.match[len(path)]), typ: k.Type,
				node: path[len(path)-1].node, estimated: true, stats: new(stats),
			}}
			byName[name] = x
		}
		x.add(k.Memory, weight)
		x.row.addSample(k, weight)
	}
	base := make(map[starred]int)
	for i := range rows {
		base[starred{rows[i].node, rows[i].typ}] = i
	}
	parts := make([]patternRow, 0, len(byName))
	for _, x := range byName {
		x.row.err = x.bound()
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
		rest.take(p.stats)
		if p.Keys == 0 || p.Memory == 0 {
			rest.merge(p.stats)
			continue
		}
		var sum sumSquares
		sum.add(rest.err)
		sum.add(p.err)
		rest.err, rest.estimated = sum.root(), true
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

// path returns the way of a key through the trie, nil when it has none.
func (v *view) path(key []byte, edges []edge) []step {
	t := v.trie
	cur := uint32(rootNode)
	path := make([]step, 0, len(edges))
	for _, e := range edges {
		var lit literal
		if e.cls == classLiteral {
			lit = literalOf(key[e.off : e.off+e.n])
		}
		next := t.find(cur, e.sep, e.cls, lit, t.hash(cur, e.sep, e.cls, lit))
		s := step{node: next}
		if next == 0 {
			s.node = t.find(cur, e.sep, classStar, literal{}, t.hash(cur, e.sep, classStar, literal{}))
			if t.nodes[cur].wide {
				s.lit = lit.text
			}
		}
		if cur = s.node; cur == 0 {
			return nil
		}
		path = append(path, s)
	}
	return path
}

// addSample adds a sampled key as many times as it stands for.
func (s *stats) addSample(k *sampleKey, weight int64) {
	n, bytes := int64(1), k.Memory
	if k.Memory < weight {
		n, bytes = (weight+k.Memory/2)/k.Memory, weight
	}
	if s.Keys == 0 || k.Key.compareSample(&s.Example) < 0 {
		s.Example = k.Key
	}
	s.Keys += n
	s.Memory += bytes
	s.Resident += k.Resident * n
	s.Elements += k.Elements * n
	s.KeyName += k.Key.Len * n
	s.Payload += k.Payload * n
	s.Waste += k.Waste * n
	s.Encodings[k.Encoding] += n
	s.Sizes.addN(k.Memory, n)
	if k.Type != parser.DataTypeString.String() {
		s.Counts.addN(k.Elements, n)
	}
	if k.Idle >= 0 || k.Freq >= 0 {
		s.use().add(k.Idle, k.Freq, n, bytes)
	}
	if !k.HasExpiry {
		s.NoTTLKeys += n
		s.NoTTLMemory += bytes
	}
}

// view makes the row of a report.
func (r *patternRow) view(total int64) PatternRow {
	p := PatternRow{
		Pattern: r.pattern, Match: r.match, Type: r.typ, Keys: r.Keys, Memory: r.Memory,
		MemoryShare: RatioOf(r.Memory, total), KeysWithoutTTL: r.NoTTLKeys, MemoryWithoutTTL: r.NoTTLMemory,
		Encodings: make(map[string]int64), P50: r.Sizes.quantile(50, 100), P90: r.Sizes.quantile(90, 100),
		P99: r.Sizes.quantile(99, 100), Max: r.Sizes.Max, Example: exampleText(&r.Example),
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
	p.elements(r.stats)
	if r.Use != nil {
		p.use(r.Use)
	}
	if r.Rare != nil {
		p.FieldsWithTTL, p.FieldsExpired = r.Rare.FieldTTL.Fields, r.Rare.FieldTTL.Expired
	}
	return p
}

// elements sets the percentiles of element counts. Strings, which have one
// element each, are not in the histogram.
func (p *PatternRow) elements(s *stats) {
	h := &s.Counts
	if others := h.count(); others < s.Keys {
		all := *h
		all.Pages = slices.Clone(h.Pages)
		all.addN(1, s.Keys-others)
		h = &all
	}
	p.ElementsP50, p.ElementsP90, p.ElementsP99, p.ElementsMax = h.quantile(50, 100), h.quantile(90, 100), h.quantile(99, 100), h.Max
}

// use sets what the row tells of use.
func (p *PatternRow) use(u *useStats) {
	at := func(h *histogram, percent int64) *int64 {
		v := h.quantile(percent, 100)
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
func exampleText(k *keptKey) string {
	text := escapeText(string(k.Name))
	if k.Len > int64(len(k.Name)) {
		text += "…"
	}
	return text
}

// topRows sorts rows, keeps n and adds up the others in a last one.
func topRows(rows []patternRow, n int) []patternRow {
	slices.SortFunc(rows, func(a, b patternRow) int { return a.compare(&b) })
	if len(rows) <= n {
		return rows
	}
	other := patternRow{pattern: "[other]", typ: "mixed", stats: new(stats)}
	var err sumSquares
	for i := n; i < len(rows); i++ {
		other.merge(rows[i].stats)
		err.add(rows[i].err)
		other.estimated = other.estimated || rows[i].estimated
	}
	other.err = err.root()
	return append(rows[:n:n], other)
}
