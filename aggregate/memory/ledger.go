package memory

import "math"

// ledger adds up one key, and keeps the summands when they are to be explained.
type ledger struct {
	explain  bool
	terms    []Term
	bytes    int64
	alloc    int64
	waste    int64
	variance float64 // of bytes
	spread   int64   // bound of an error that is not random: another outcome, an unknown length
	inexact  bool    // an estimate whose error is not a variance
}

func (l *ledger) reset() {
	l.terms = l.terms[:0]
	l.bytes, l.alloc, l.waste, l.variance, l.spread, l.inexact = 0, 0, 0, 0, 0, false
}

// charge adds one summand.
func (l *ledger) charge(name, source string, c cost) {
	l.bytes += c.counted
	l.alloc += c.alloc
	l.waste += c.waste
	if l.explain && (c.counted != 0 || c.waste != 0) {
		l.terms = append(l.terms, Term{Name: name, Bytes: c.counted, Waste: c.waste, Source: source})
	}
}

// errorBound returns two standard deviations, rounded up.
func (l *ledger) errorBound() int64 {
	return int64(math.Ceil(2*math.Sqrt(l.variance))) + l.spread
}

// serverAverage returns what the server makes of base plus a sum over n
// elements: it divides the sum to an average and multiplies again, in double
// precision, then truncates (object.c objectComputeSize). The explicit
// conversions keep the compiler from fusing the operations.
func serverAverage(base, sum, n int64) int64 {
	if n == 0 {
		return base
	}
	average := float64(sum) / float64(n)
	product := float64(average * float64(n))
	return int64(float64(base) + product)
}

// average replaces the plain sum of the ledger by the server's: since is the
// ledger's total before the elements, which are n and cost sum.
func (l *ledger) average(before, sum, n int64) {
	if lost := serverAverage(before, sum, n) - (before + sum); lost != 0 {
		l.charge("rounding of the average", "object.c objectComputeSize", cost{counted: lost})
	}
}
