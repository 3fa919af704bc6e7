package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/rdblens/rdblens/cmd/internal/liveredis"
)

// churner lives the life of a server in a few seconds: what it writes leaves room
// behind that a server which loads the dump does not have.
type churner struct {
	c    *liveredis.Client
	rng  *rand.Rand
	size int // in hundredths of the full population
}

// population is one kind of life.
type population struct {
	name string
	live func(*churner)
}

// populations are lived through one by one, each on a server of its own, and at last all
// of them on one.
var populations = []population{
	{"appended strings", (*churner).appends},
	{"deleted keys", (*churner).deletions},
	{"streams", (*churner).streams},
	{"fields and members", (*churner).fields},
	{"lists", (*churner).lists},
	{"scripts and functions", (*churner).scripts},
	{"all together", func(c *churner) {
		c.appends()
		c.deletions()
		c.streams()
		c.fields()
		c.lists()
		c.scripts()
	}},
}

func (c *churner) n(full int) int { return max(1, full*c.size/100) }

func (c *churner) send(args ...any) { c.c.Send(nil, args...) }

// text returns n bytes.
func (c *churner) text(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[c.rng.IntN(len(letters))]
	}
	return string(b)
}

// appends are logs that grow line by line (sds.c sdsMakeRoomFor doubles them up to 1 MiB).
func (c *churner) appends() {
	for i := range c.n(20_000) {
		key := fmt.Sprintf("log:%d", i)
		for range 2 + c.rng.IntN(12) {
			c.send("APPEND", key, c.text(20+c.rng.IntN(200)))
		}
	}
	for i := range c.n(60_000) { // beside strings that are set once
		c.send("SET", fmt.Sprintf("page:%d", i), c.text(50+c.rng.IntN(300)))
	}
}

// deletions leave tables wider than their entries: those of the keyspace and of values.
func (c *churner) deletions() {
	n := c.n(200_000)
	for i := range n {
		c.send("SET", fmt.Sprintf("session:%d", i), c.text(100), "EX", 86400+c.rng.IntN(86400))
	}
	for i := range n {
		if i%5 > 0 {
			c.send("DEL", fmt.Sprintf("session:%d", i))
		}
	}
}

// streams are short ones and trimmed ones (t_stream.c allocates a node of
// stream-node-max-bytes at once).
func (c *churner) streams() {
	for i := range c.n(3_000) {
		key := fmt.Sprintf("events:%d", i)
		for range 3 + c.rng.IntN(60) {
			c.send("XADD", key, "*", "kind", "click", "page", c.text(20), "user", c.rng.IntN(1e6))
		}
	}
	for i := range c.n(200) {
		key := fmt.Sprintf("feed:%d", i)
		for range 800 {
			c.send("XADD", key, "MAXLEN", "~", 300, "*", "id", c.rng.IntN(1e9), "text", c.text(60))
		}
	}
}

// fields are updates of hashes, sets and sorted sets whose members come and go.
func (c *churner) fields() {
	for i := range c.n(4_000) {
		key := fmt.Sprintf("user:%d", i)
		n := 10 + c.rng.IntN(60)
		for j := range n {
			c.send("HSET", key, fmt.Sprintf("field:%d", j), c.text(10+c.rng.IntN(90)))
		}
		for range n / 2 {
			c.send("HSET", key, fmt.Sprintf("field:%d", c.rng.IntN(n)), c.text(10+c.rng.IntN(90)))
		}
		for range n / 3 {
			c.send("HDEL", key, fmt.Sprintf("field:%d", c.rng.IntN(n)))
		}
	}
	for i := range c.n(300) {
		set, board := fmt.Sprintf("seen:%d", i), fmt.Sprintf("board:%d", i)
		for j := range 1500 {
			c.send("SADD", set, fmt.Sprintf("m%d-%s", j, c.text(8)))
			c.send("ZADD", board, c.rng.IntN(1e6), fmt.Sprintf("player:%d", j))
		}
		c.send("SPOP", set, 700)
		c.send("ZREMRANGEBYRANK", board, 0, 600)
	}
}

// lists are queues that are filled and drained.
func (c *churner) lists() {
	for i := range c.n(400) {
		key := fmt.Sprintf("queue:%d", i)
		for range 400 {
			c.send("RPUSH", key, c.text(30+c.rng.IntN(100)))
		}
		c.send("LPOP", key, 250)
	}
}

// scripts are what no key holds.
func (c *churner) scripts() {
	c.cachedScripts()
	for i := range c.n(100) {
		c.send("FUNCTION", "LOAD", fmt.Sprintf("#!lua name=lib%d\nredis.register_function('f%d', function() return %d end) --%s", i, i, i, strings.Repeat("y", 500)))
	}
	for i := range c.n(150_000) {
		c.send("SET", fmt.Sprintf("config:%d", i), c.text(40+c.rng.IntN(80)))
	}
}

// cachedScripts are lost with a restart.
func (c *churner) cachedScripts() {
	for i := range c.n(2_000) {
		c.send("EVAL", fmt.Sprintf("return %d --%s", i, strings.Repeat("x", 100+i*7%900)), 0)
	}
}
