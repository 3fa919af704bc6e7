package aggregate_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// BenchmarkAnalyze is the whole way from bytes to a summary, for small keys.
func BenchmarkAnalyze(b *testing.B) {
	const keys = 300_000
	rnd := rand.New(rand.NewPCG(1, 1))
	text := rdbtest.String(rdbtest.Plain("a value of forty bytes, more or less ..."))
	hash := rdbtest.HashListpack(rdbtest.Plain(rdbtest.NewListpack("name", "ada", "visits", "12", "city", "london").Bytes()))
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.6").Aux("ctime", "1763700000").SelectDB(0)
	for range keys {
		if rnd.IntN(2) == 0 {
			w.ExpireMs(1763700000000 + rnd.Int64N(30*86400_000))
		}
		switch rnd.IntN(5) {
		case 0:
			w.PutStr(rdbtest.Plain(fmt.Sprintf("user:%d:profile", rnd.IntN(5_000_000))), hash)
		case 1:
			w.PutStr(rdbtest.Plain(fmt.Sprintf("session:%08x-0000-4000-8000-%012x", rnd.Uint32(), rnd.Uint64()>>16)), text)
		case 2:
			w.PutStr(rdbtest.Plain(fmt.Sprintf("cart:%d", rnd.IntN(5_000_000))), hash)
		case 3:
			w.PutStr(rdbtest.Plain(fmt.Sprintf("product:%d:price", rnd.IntN(100_000))), text)
		default:
			w.PutStr(rdbtest.Plain(fmt.Sprintf("tenant%d:feed:%d", rnd.IntN(300), rnd.IntN(1_000_000))), text)
		}
	}
	dump := w.EOF().Bytes()
	b.SetBytes(int64(len(dump)))
	b.ReportAllocs()
	for b.Loop() {
		in := aggregate.Input{Name: "x", Reader: bytes.NewReader(dump)}
		if s, err := aggregate.Analyze(b.Context(), in, new(aggregate.Config)); err != nil || s == nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/keys, "ns/key")
}
