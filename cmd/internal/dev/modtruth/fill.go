package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

// perType is how many keys of each type there are.
const perType = 320

// filler fills a server; the first error ends it.
type filler struct {
	c   *liveredis.Client
	err error
	rnd *rand.Rand
}

func (f *filler) do(args ...any) {
	if f.err == nil {
		if _, f.err = f.c.Do(args...); f.err != nil {
			f.err = fmt.Errorf("%v: %w", args[:min(len(args), 4)], f.err)
		}
	}
}

// seed makes the next keys the same in each run.
func (f *filler) seed(n uint64) { f.rnd = rand.New(rand.NewPCG(n, 7)) }

// size draws from 1 to limit, each doubling as often as the next.
func (f *filler) size(limit int) int {
	n := 1
	for n < limit && f.rnd.IntN(8) > 0 {
		n *= 2
	}
	return min(n+f.rnd.IntN(n+1), limit)
}

// key names the i-th key of a kind, most names short.
func (f *filler) key(kind string, i int) string {
	return fmt.Sprintf("%s:%d%s", kind, i, strings.Repeat("x", f.rnd.IntN(4)*f.rnd.IntN(30)))
}

// filters are values of RedisBloom.
func (f *filler) filters() {
	f.seed(1)
	for i := range perType {
		k := f.key("bf", i)
		reserve := []any{"BF.RESERVE", k, []string{"0.5", "0.01", "0.0001"}[i%3], f.size(4000)}
		switch i % 4 {
		case 0:
			reserve = append(reserve, "NONSCALING")
		case 1:
			reserve = append(reserve, "EXPANSION", 1+f.rnd.IntN(4))
		}
		f.do(reserve...)
		if i%4 == 0 {
			f.do("BF.ADD", k, "one")
			continue
		}
		for n := f.size(1000); n > 0; n -= 50 {
			add := []any{"BF.MADD", k}
			for range min(n, 50) {
				add = append(add, f.rnd.Int64())
			}
			f.do(add...)
		}
	}
	for i := range perType {
		k := f.key("cf", i)
		f.do("CF.RESERVE", k, max(f.size(4000), 8), "BUCKETSIZE", 1+i%4, "EXPANSION", 1+i%3)
		for range f.size(200) {
			f.do("CF.ADDNX", k, f.rnd.Int64N(1<<40))
		}
	}
	for i := range perType {
		k := f.key("cms", i)
		f.do("CMS.INITBYDIM", k, f.size(600), 1+f.rnd.IntN(8))
		for range f.size(40) {
			f.do("CMS.INCRBY", k, f.rnd.IntN(50), 1+f.rnd.IntN(9))
		}
	}
	for i := range perType {
		k := f.key("topk", i)
		f.do("TOPK.RESERVE", k, f.size(300), max(f.size(200), 2), max(1+f.rnd.IntN(8), 1), "0.9")
		for range f.size(100) {
			f.do("TOPK.ADD", k, strings.Repeat("i", f.rnd.IntN(60))+fmt.Sprint(f.rnd.IntN(500)))
		}
	}
	for i := range perType {
		k := f.key("td", i)
		f.do("TDIGEST.CREATE", k, "COMPRESSION", max(f.size(1000), 1))
		if i%8 == 0 {
			continue
		}
		add := []any{"TDIGEST.ADD", k}
		for range f.size(300) {
			add = append(add, fmt.Sprint(f.rnd.NormFloat64()))
		}
		f.do(add...)
	}
}

// series are time series: all sizes of chunks, labels, rules of every aggregation, and
// some that are not compressed.
func (f *filler) series() {
	f.seed(2)
	aggregations := []string{"avg", "sum", "min", "max", "range", "count", "first", "last", "std.p", "std.s", "var.p", "var.s"}
	for i := range perType {
		k := f.key("ts", i)
		create := []any{"TS.CREATE", k, "RETENTION", f.rnd.IntN(3) * 100_000_000}
		if i%5 == 0 {
			create = append(create, "UNCOMPRESSED")
		}
		if i%3 == 0 {
			create = append(create, "CHUNK_SIZE", 128*(1+f.rnd.IntN(40)))
		}
		if n := i % 9; n > 0 {
			create = append(create, "LABELS")
			for j := range n {
				create = append(create, fmt.Sprintf("label%d", j), strings.Repeat("v", 1+f.rnd.IntN(70)))
			}
		}
		f.do(create...)
		for j := range i % 4 {
			target := fmt.Sprintf("%s:to:%d", k, j)
			f.do("TS.CREATE", target)
			f.do("TS.CREATERULE", k, target, "AGGREGATION", aggregations[(i+j)%len(aggregations)], 1000*(1+j))
		}
		at, value := int64(1_700_000_000_000), 20.0
		step := []int64{1000, 1000, 60_000, 1, 3_600_000}[i%5]
		for n := f.size([]int{300, 300, 300, 3000}[i%4]); n > 0; n -= 100 {
			add := []any{"TS.MADD"}
			for range min(n, 100) {
				at += step + f.rnd.Int64N(1+step/10)*int64(i%2)
				value += float64(f.rnd.IntN(3) - 1)
				add = append(add, k, at, fmt.Sprint(value))
			}
			f.do(add...)
		}
	}
}
