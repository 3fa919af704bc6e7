package memory

// A skiplist node has l levels with probability 0.75·0.25^(l−1), at most 32
// (t_zset.c zslRandomLevel). The generator is seeded at start, so a model has
// the expectation only.
const skiplistMaxLevel = 32

// fixed is a non-negative number with 20 binary places: sums of expectations
// stay integers, and equal on every machine.
type fixed int64

const fixedOne fixed = 1 << 20

// round returns the nearest integer.
func (f fixed) round() int64 { return int64((f + fixedOne/2) >> 20) }

// levelWeight returns the probability of a level, 3·4^-l, in units of 2^-40;
// rarer levels are left out.
func levelWeight(level int) int64 {
	if 2*level > 40 {
		return 0
	}
	return 3 << (40 - 2*level)
}

// expectedNode returns expectation and variance of the size class of a node of
// head bytes before and after its levels: C(head + 16·level).
func expectedNode(c classes, head int64) (mean fixed, variance float64) {
	var sum, squares int64
	for l := 1; l <= skiplistMaxLevel; l++ {
		w := levelWeight(l)
		// Deviations from the lowest node keep the sums small.
		d := c.of(head+16*int64(l)) - c.of(head+16)
		sum += w * d
		squares += w / 64 * d * d
	}
	mean = fixed(c.of(head+16))<<20 + fixed(sum>>20)
	m := float64(sum) / (1 << 40)
	return mean, float64(float64(squares)/(1<<34)) - float64(m*m)
}

// skiplistNodeHead returns the bytes of a node beside its levels.
//
//	up to 8.4, Valkey up to 9.0: ele pointer, score, backward pointer
//	from 8.6, Valkey from 9.1:   score, backward pointer; the member's sds behind the levels
func skiplistNodeHead(l *line, s stringSizes, member int64) int64 {
	if !l.memberInNode {
		return 24
	}
	head := 16 + s.rule.request(member)
	if l.headerInList { // Valkey 9.1 stores the sds header's size, too
		head++
	}
	return head
}
