package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

// filler writes keys of a benchmark population.
type filler struct {
	c    *liveredis.Client
	rng  *rand.Rand
	text []byte // prose to cut values from
}

func newFiller(c *liveredis.Client) *filler {
	f := &filler{c: c, rng: rand.New(rand.NewPCG(735, 5))}
	words := strings.Fields("the order was shipped from central store to customer with tracking number and invoice price tax total stock level item basket coupon return label express standard delivery address street city country phone mail")
	for len(f.text) < 1<<16 {
		f.text = append(f.text, words[f.rng.IntN(len(words))]...)
		f.text = append(f.text, ' ')
	}
	return f
}

func (f *filler) send(args ...any) { f.c.Send(nil, args...) }

// prose returns n bytes that compress about two to one.
func (f *filler) prose(n int) []byte {
	at := f.rng.IntN(len(f.text) - n)
	return f.text[at : at+n]
}

func (f *filler) hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := 0; i < n; {
		for r, k := f.rng.Uint64(), 0; k < 16 && i < n; i, k, r = i+1, k+1, r>>4 {
			b[i] = digits[r&15]
		}
	}
	return string(b)
}

func (f *filler) uuid() string {
	return f.hex(8) + "-" + f.hex(4) + "-4" + f.hex(3) + "-a" + f.hex(3) + "-" + f.hex(12)
}

// farOff is when expiring keys begin to expire: late enough that a cached dump
// still loads whole.
var farOff = time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

func (f *filler) expiry() int64 { return farOff + f.rng.Int64N(30*24*3600*1000) }

// mixed is a population of all types: per 2.44 million keys 1.625 million
// strings, 450,000 hashes, 200,000 sets, 75,000 lists, 75,000 sorted sets and
// 12,500 streams, two fifths of the strings with a TTL, and a few collections
// too large to be packed.
func mixed(f *filler, n size) {
	for range n(500_000) {
		f.send("SET", "session:"+f.uuid(), fmt.Sprintf(`{"user_id":%d,"csrf":"%s","cart":%d,"agent":"%s"}`,
			f.rng.IntN(5_000_000), f.hex(32), f.rng.IntN(9000), f.prose(180)), "PXAT", f.expiry())
	}
	for i := range n(150_000) {
		f.send("SET", "cache:page:"+strconv.Itoa(i), f.prose(400+f.rng.IntN(5400)), "PXAT", f.expiry())
	}
	for i := range n(375_000) {
		f.send("SET", fmt.Sprintf("stats:2026-%02d-%02d:views:%d", 1+i%12, 1+i%28, i), f.rng.IntN(1<<20))
	}
	for i := range n(450_000) {
		f.send("SET", fmt.Sprintf("user:%d:email", 100_000+i), fmt.Sprintf("customer.%d@mail.example", i))
	}
	for i := range n(150_000) {
		f.send("SET", "token:"+strconv.Itoa(i), f.hex(64+f.rng.IntN(320)))
	}
	for i := range n(450_000) {
		f.send("HSET", "cart:"+strconv.Itoa(i), "currency", "EUR", "updated", 1_790_000_000+f.rng.IntN(1<<24),
			"item:"+strconv.Itoa(f.rng.IntN(9000)), 1+f.rng.IntN(5), "item:"+strconv.Itoa(f.rng.IntN(9000)), 1+f.rng.IntN(5),
			"item:"+strconv.Itoa(f.rng.IntN(9000)), 1+f.rng.IntN(5), "coupon", f.hex(10),
			"note", f.prose(16+f.rng.IntN(48)))
	}
	f.large("catalog:attributes:", n(250), func(i int) []any {
		return []any{"HSET", fmt.Sprintf("attribute-%d", i), f.hex(12)}
	})
	for i := range n(100_000) {
		f.list("SADD", "tag:"+strconv.Itoa(i), 4+f.rng.IntN(24), func() []any { return []any{f.rng.IntN(1 << 20)} })
	}
	for i := range n(100_000) {
		f.list("SADD", "viewed:"+strconv.Itoa(i), 3+f.rng.IntN(24), func() []any { return []any{"product-" + f.hex(8)} })
	}
	f.large("members:", n(250), func(i int) []any { return []any{"SADD", "customer:" + strconv.Itoa(i)} })
	for i := range n(75_000) {
		f.list("RPUSH", "recent:"+strconv.Itoa(i), 8+f.rng.IntN(64), func() []any { return []any{f.hex(12 + f.rng.IntN(24))} })
	}
	f.large("queue:", n(250), func(i int) []any { return []any{"RPUSH", fmt.Sprintf(`{"job":%d,"id":"%s"}`, i, f.hex(16))} })
	for i := range n(75_000) {
		f.list("ZADD", "board:"+strconv.Itoa(i), 5+f.rng.IntN(60), func() []any { return []any{f.rng.IntN(1 << 24), "user:" + strconv.Itoa(f.rng.IntN(1<<20))} })
	}
	f.large("leaderboard:", n(250), func(i int) []any { return []any{"ZADD", f.rng.IntN(1 << 24), "user:" + strconv.Itoa(i)} })
	for i := range n(12_500) {
		key := "events:" + strconv.Itoa(i)
		for e := range 20 {
			f.send("XADD", key, fmt.Sprintf("%d-0", 1_790_000_000_000+int64(i)*1000+int64(e)), "order", 1000+e, "state", "paid", "note", f.prose(40))
		}
		f.send("XGROUP", "CREATE", key, "workers", 0)
		f.send("XREADGROUP", "GROUP", "workers", "one", "COUNT", 5, "STREAMS", key, ">")
	}
}

// list writes one collection of a few dozen elements.
func (f *filler) list(command, key string, elements int, element func() []any) {
	args := []any{command, key}
	for range elements {
		args = append(args, element()...)
	}
	f.send(args...)
}

// large writes n collections of some thousand elements each; element returns
// the command and the arguments of the i-th element.
func (f *filler) large(prefix string, n int, element func(i int) []any) {
	for k := range n {
		key := prefix + strconv.Itoa(k)
		var args []any
		for i := range 1000 + f.rng.IntN(6000) {
			e := element(i)
			if args == nil {
				args = append(args, e[0], key)
			}
			args = append(args, e[1:]...)
			if len(args) > 500 {
				f.send(args...)
				args = nil
			}
		}
		if args != nil {
			f.send(args...)
		}
	}
}

// tiny is many short string keys: what counts is the cost per key.
func tiny(f *filler, n size) {
	for i := range n(6_000_000) {
		f.send("SET", fmt.Sprintf("k:%d:%d", i%5000, i), f.hex(12))
	}
}

// hash is a single key of five million fields.
func hash(f *filler, n size) {
	f.single(n(5_000_000), func(i int) []any { return []any{"HSET", "field:" + strconv.Itoa(i), f.hex(40)} })
}

// zset is a single key of five million members.
func zset(f *filler, n size) {
	f.single(n(5_000_000), func(i int) []any { return []any{"ZADD", f.rng.IntN(1 << 30), "member:" + strconv.Itoa(i)} })
}

// single writes one collection; element is as for large.
func (f *filler) single(n int, element func(i int) []any) {
	var args []any
	for i := range n {
		e := element(i)
		if args == nil {
			args = append(args, e[0], "one")
		}
		if args = append(args, e[1:]...); len(args) > 1000 || i == n-1 {
			f.send(args...)
			args = nil
		}
	}
}

// str is a single string of 1 GiB that does not compress.
func str(f *filler, n size) {
	chunk := make([]byte, 1<<20)
	for range n(1024) {
		for i := 0; i < len(chunk); i += 8 {
			binary.LittleEndian.PutUint64(chunk[i:], f.rng.Uint64())
		}
		f.send("APPEND", "one", chunk)
	}
}
