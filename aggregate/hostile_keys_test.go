package aggregate

import (
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// hostileSchemes are keys made to need as much memory as they can.
var hostileSchemes = []scheme{
	{name: "random words", key: func(r *rand.Rand, _ int) string { return pick(r, lowercase, 3+r.IntN(9)) }},
	{name: "words of words", key: func(r *rand.Rand, _ int) string {
		var b strings.Builder
		for range 1 + r.IntN(30) {
			b.WriteString(pick(r, lowercase, 1+r.IntN(4)))
			b.WriteByte(":./|-_"[r.IntN(6)])
		}
		return b.String()
	}},
	{name: "200 separators", key: func(r *rand.Rand, _ int) string {
		b := make([]byte, 200)
		for i := range b {
			b[i] = ":./|{}-_"[r.IntN(8)]
		}
		return string(b)
	}},
	{name: "just below the widths", key: func(_ *rand.Rand, i int) string {
		return letters(i%4096) + ":" + letters(i/4096%32) + ":x"
	}},
	{name: "all classes", key: func(r *rand.Rand, _ int) string {
		var b strings.Builder
		for range 8 {
			b.WriteString(choose(r, "1", "1.5", "2024-01-31", "10.0.0.1", "a1b2c3d4", "a@b.cd", "aa:bb:cc:dd:ee:01", "x9y8z7", "\xff", "w"))
			b.WriteByte(":/|"[r.IntN(3)])
		}
		return b.String()
	}},
}

// hostileDump streams keys of a scheme with idle times and sizes of all orders.
func hostileDump(s scheme, n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		rnd := rand.New(rand.NewPCG(7, 7))
		_, err := w.Write(rdbtest.Redis(11).Aux("redis-ver", "7.2.6").Aux("ctime", "1763700000").SelectDB(0).Bytes())
		value := strings.Repeat("v", 1<<14)
		for i := 0; i < n && err == nil; {
			c := new(rdbtest.Writer)
			for range min(500, n-i) {
				c.ExpireMs(1763700000000 + rnd.Int64N(30*day)).Idle(rnd.Uint64N(1 << (1 + rnd.IntN(24))))
				size := 1 + rnd.IntN(1<<rnd.IntN(12))
				if rnd.IntN(2) == 0 {
					c.PutStr(rdbtest.Plain(s.key(rnd, i)), rdbtest.String(rdbtest.Plain(value[:size])))
				} else {
					c.PutStr(rdbtest.Plain(s.key(rnd, i)), rdbtest.SetIntset(rdbtest.Plain(rdbtest.Intset(1, 2, int64(size)))))
				}
				i++
			}
			_, err = w.Write(c.Bytes())
		}
		if err == nil {
			_, err = w.Write(append([]byte{0xff}, make([]byte, 8)...))
		}
		w.CloseWithError(err)
	}()
	return r
}

// TestHostileKeys: memory is bounded whatever the keys are, no key is lost, and
// the columns add up.
func TestHostileKeys(t *testing.T) {
	n := 60_000 / stride(10)
	for _, s := range hostileSchemes {
		t.Run(s.name, func(t *testing.T) {
			c, err := Analyze(t.Context(), Input{Name: "x", Reader: hostileDump(s, n)}, new(Config))
			if err != nil {
				t.Fatal(err)
			}
			tr := newTrie()
			tr.maxNodes, tr.maxWeight, tr.coarse = 1<<30, 1<<40, c.keys.Coarse
			types := typeTable{ids: make(map[string]uint8)}
			tr.absorb(c.keys.Patterns, types.id)
			// Between two weighings it may grow a little.
			if w := tr.weigh(); w > defaultMaxWeight+weighEvery*(nodeWeight+entryWeight+exampleLimit) {
				t.Errorf("the trie weighs %d MiB", w>>20)
			}
			r := c.Report()
			var patterns, tree tally
			for _, p := range r.Patterns {
				patterns.merge(tally{p.Keys, p.Memory})
			}
			for _, x := range r.Tree {
				if x.Depth == 1 {
					tree.merge(tally{x.Keys, x.Memory})
				}
			}
			if want := (tally{int64(n), r.Totals.Memory}); patterns != want || tree != want {
				t.Errorf("patterns add up to %+v, the tree to %+v, want %+v", patterns, tree, want)
			}
		})
	}
}

// BenchmarkHostileKeys reports the memory of the process.
func BenchmarkHostileKeys(b *testing.B) {
	const n = 1_000_000
	for _, s := range hostileSchemes {
		b.Run(s.name, func(b *testing.B) {
			resetPeak()
			for b.Loop() {
				c, err := Analyze(b.Context(), Input{Name: "x", Reader: hostileDump(s, n)}, new(Config))
				if err != nil {
					b.Fatal(err)
				}
				c.Report()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/key")
			b.ReportMetric(peakRSS(b), "peak-MiB")
		})
	}
}
