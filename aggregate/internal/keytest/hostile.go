package keytest

import (
	"io"
	"math/rand/v2"
	"strings"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// HostileSchemes are keys made to need as much memory as they can.
var HostileSchemes = []Scheme{
	{Name: "random words", Key: func(r *rand.Rand, _ int) string { return pick(r, lowercase, 3+r.IntN(9)) }},
	{Name: "words of words", Key: func(r *rand.Rand, _ int) string {
		var b strings.Builder
		for range 1 + r.IntN(30) {
			b.WriteString(pick(r, lowercase, 1+r.IntN(4)))
			b.WriteByte(":./|-_"[r.IntN(6)])
		}
		return b.String()
	}},
	{Name: "200 separators", Key: func(r *rand.Rand, _ int) string {
		b := make([]byte, 200)
		for i := range b {
			b[i] = ":./|{}-_"[r.IntN(8)]
		}
		return string(b)
	}},
	{Name: "just below the widths", Key: func(_ *rand.Rand, i int) string {
		return Letters(i%4096) + ":" + Letters(i/4096%32) + ":x"
	}},
	{Name: "all classes", Key: func(r *rand.Rand, _ int) string {
		var b strings.Builder
		for range 8 {
			b.WriteString(choose(r, "1", "1.5", "2024-01-31", "10.0.0.1", "a1b2c3d4", "a@b.cd", "aa:bb:cc:dd:ee:01", "x9y8z7", "\xff", "w"))
			b.WriteByte(":/|"[r.IntN(3)])
		}
		return b.String()
	}},
}

// HostileDump streams keys of a scheme with idle times and sizes of all orders.
func HostileDump(s Scheme, n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		rnd := rand.New(rand.NewPCG(7, 7))
		_, err := w.Write(rdbtest.Redis(11).Aux("redis-ver", "7.2.6").Aux("ctime", "1763700000").SelectDB(0).Bytes())
		value := strings.Repeat("v", 1<<14)
		for i := 0; i < n && err == nil; {
			c := new(rdbtest.Writer)
			for range min(500, n-i) {
				c.ExpireMs(1763700000000 + rnd.Int64N(30*sketch.Day)).Idle(rnd.Uint64N(1 << (1 + rnd.IntN(24))))
				size := 1 + rnd.IntN(1<<rnd.IntN(12))
				if rnd.IntN(2) == 0 {
					c.PutStr(rdbtest.Plain(s.Key(rnd, i)), rdbtest.String(rdbtest.Plain(value[:size])))
				} else {
					c.PutStr(rdbtest.Plain(s.Key(rnd, i)), rdbtest.SetIntset(rdbtest.Plain(rdbtest.Intset(1, 2, int64(size)))))
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
