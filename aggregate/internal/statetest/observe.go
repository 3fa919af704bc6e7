package statetest

import (
	"fmt"
	"math/rand/v2"

	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// ObserveRow counts a record that has its size with it.
func ObserveRow(c *collect.Collector, r *counters.Observation) bool {
	r.Cost = &r.Size
	NameRow(c, r)
	return c.Observe(r)
}

// NameRow is what the scanner says of the record's name.
func NameRow(c *collect.Collector, r *counters.Observation) {
	k := parser.Key{DB: r.DB, Name: r.Key, NameLen: r.KeyLen}
	c.Names.Tag(&k)
	r.Hash = k.Tag[0]
	r.Name.Set(&k.Tag)
}

// BenchKeys are n keys as a shop would have them.
func BenchKeys(n int) []counters.Observation {
	rnd := rand.New(rand.NewPCG(1, 1))
	keys := make([]counters.Observation, n)
	for i := range keys {
		r := &keys[i]
		var key string
		switch rnd.IntN(5) {
		case 0:
			key = fmt.Sprintf("user:%d:profile", rnd.IntN(5_000_000))
		case 1:
			key = fmt.Sprintf("session:%08x-0000-4000-8000-%012x", rnd.Uint32(), rnd.Uint64()>>16)
		case 2:
			key = fmt.Sprintf("cart:%d", rnd.IntN(5_000_000))
		case 3:
			key = fmt.Sprintf("product:%d:price", rnd.IntN(100_000))
		default:
			key = fmt.Sprintf("tenant%d:feed:%d", rnd.IntN(300), rnd.IntN(1_000_000))
		}
		r.Key, r.KeyLen = []byte(key), int64(len(key))
		r.DataType, r.Source = parser.DataType(rnd.IntN(2)*4), "dump.rdb"
		r.TypeName, r.Typ = r.DataType.String(), uint8(r.DataType)
		r.Size = memory.Size{Bytes: int64(64 + rnd.IntN(400)), Resident: 64, Payload: 40, Encoding: memory.EncodingRaw, Exact: true}
		r.Elements, r.IdleSeconds, r.Freq = 1, -1, -1
		if rnd.IntN(2) == 0 {
			r.HasExpiry, r.Expiry = true, TestNow+rnd.Int64N(30*sketch.Day)
		}
		r.Slot = keyname.SlotOfName(r.Key, true)
	}
	return keys
}
