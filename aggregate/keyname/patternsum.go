package keyname

// PatternSum sums up a pattern, edge by edge, the same way in every program: two that
// are alike have one sum. It is no secret and holds out against nobody: whoever chooses
// names can make two patterns have one.
type PatternSum uint64

// Step adds an edge: the separator in front of it, its class, and the text of a literal.
func (s PatternSum) Step(sep byte, c Class, lit []byte) PatternSum {
	h := Mix64(uint64(s)^uint64(sep)|uint64(c)<<8, HashMul1)
	if c == ClassLiteral {
		h = HashBytes(h, lit)
	}
	return PatternSum(h)
}

// SumOf sums up the pattern of a name that was split.
func SumOf(name []byte, edges []Edge) (s PatternSum) {
	for i := range edges {
		e := &edges[i]
		s = s.Step(e.Sep, e.Cls, name[e.Off:e.Off+e.N])
	}
	return s
}
