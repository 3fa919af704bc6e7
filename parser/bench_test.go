package parser_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// members returns n members of a collection.
func members(n int) (all []rdbtest.Str) {
	for i := range n {
		all = append(all, plain(fmt.Sprintf("member:%d", i)))
	}
	return all
}

// oneKey returns a dump of one key.
func oneKey(v rdbtest.Value) []byte { return rdbtest.Redis(11).SelectDB(0).Put("key", v).EOF().Bytes() }

// BenchmarkReader reads dumps of tens of megabytes from memory.
func BenchmarkReader(b *testing.B) {
	dumps := []struct {
		name string
		make func() []byte
	}{
		{"mixed", func() []byte { return mixedDump(400_000) }},
		{"tiny", func() []byte { return tinyDump(2_000_000) }},
		{"hash", func() []byte { return oneKey(rdbtest.Hash(members(1_000_000)...)) }},
		{"set", func() []byte { return oneKey(rdbtest.Set(members(1_000_000)...)) }},
		{"zset", func() []byte {
			var scored []rdbtest.Scored
			for i, m := range members(1_000_000) {
				scored = append(scored, rdbtest.Scored{Member: m, Score: float64(i)})
			}
			return oneKey(rdbtest.Zset2(scored...))
		}},
	}
	modes := []struct {
		name string
		opts parser.Options
	}{
		{"headers", parser.Options{}},
		{"walked", parser.Options{WalkAll: true}},
		{"unchecked", parser.Options{NoChecksum: true}},
	}
	for _, d := range dumps {
		b.Run(d.name, func(b *testing.B) {
			dump := d.make()
			for _, m := range modes {
				b.Run(m.name, func(b *testing.B) {
					b.SetBytes(int64(len(dump)))
					b.ReportAllocs()
					var keys int64
					for b.Loop() {
						n, err := drain(bytes.NewReader(dump), m.opts)
						if err != nil {
							b.Fatal(err)
						}
						keys += n
					}
					b.ReportMetric(float64(keys)/b.Elapsed().Seconds(), "keys/s")
				})
			}
		})
	}
}
