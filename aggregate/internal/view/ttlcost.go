package view

import (
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// ttlCost computes what the expires tables grow by when keys get a TTL. Which
// of the tables the keys of a pattern are in is known only when there is one;
// otherwise they are taken to be spread like all keys without a TTL.
type ttlCost struct {
	tables []profiledTable
	noTTL  int64 // keys without a TTL in all tables
	whole  int64 // what the tables grow by when all of them get one
	each   bool  // few enough tables to size each
}

type profiledTable struct {
	profile memory.Profile
	state.TableState
}

// maxCostSteps bounds the tables sized for all patterns together.
const maxCostSteps = 1 << 21

func newTTLCost(s *state.Summary, patterns int) *ttlCost {
	c := &ttlCost{}
	for i := range s.Sources {
		x := &s.Sources[i]
		c.whole += x.AllExpire - x.Expires
		if len(x.Tables) == 0 {
			continue
		}
		p, ok := profile(s, x)
		if !ok {
			continue // it was resolved when the source was read
		}
		for _, t := range x.Tables {
			c.tables = append(c.tables, profiledTable{p, t})
			c.noTTL += t.Keys - t.Expires
		}
	}
	c.each = patterns*len(c.tables) <= maxCostSteps
	return c
}

// of returns the cost of n keys.
func (c *ttlCost) of(n int64) (sum int64) {
	if n == 0 || c.noTTL == 0 {
		return 0
	}
	if !c.each {
		return sketch.MulDiv(c.whole, n, c.noTTL)
	}
	for i := range c.tables {
		t := &c.tables[i]
		if k := sketch.MulDiv(t.Keys-t.Expires, n, c.noTTL); k > 0 {
			sum += t.profile.ExpiresBytes(t.Expires+k) - t.profile.ExpiresBytes(t.Expires)
		}
	}
	return sum
}
