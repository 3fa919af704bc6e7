package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/rdblens/rdblens/parser/rdbtest"
)

// What the dumps hold. Each is a way to make something grow that is kept.

// everySpan fills all spans of the timeline of a dump written at ctime: minutes of
// two days, hours of ninety, days of ten years, with names as long as they are
// kept.
func everySpan(w io.Writer, ctime int64, keys int) error {
	d := newDump(w, ctime)
	d.db(0)
	var at []int64
	for i := range int64(48 * 60) {
		at = append(at, ctime*1000+i*minute)
	}
	for i := int64(48); i < 90*24; i++ {
		at = append(at, ctime*1000+i*hour)
	}
	for i := int64(90); i < 3650; i++ {
		at = append(at, ctime*1000+i*day)
	}
	pad := strings.Repeat("p", 240)
	for i := range keys {
		d.expire(at[i%len(at)] + d.rng.Int64N(1000))
		d.str(fmt.Sprintf("s:%08d:%s", i, pad), "v")
	}
	return d.end()
}

// noClock has a key on each day of a century, in a dump without a ctime.
func noClock(w io.Writer, keys int) error {
	d := newDump(w, 0)
	d.db(0)
	pad := strings.Repeat("p", 240)
	for i := range keys {
		d.expire(int64(i%40_000)*day + int64(i))
		d.str(fmt.Sprintf("s:%08d:%s", i, pad), "v")
	}
	return d.end()
}

// databases has a key, or one of each of some types, in each of n databases.
func databases(w io.Writer, n int) error {
	d := newDump(w, clock)
	for i := range n {
		d.db(i)
		d.str("k", "v")
	}
	return d.end()
}

// fallingDatabases is databases from the largest number to the smallest, with keys of
// different types and that expire.
func fallingDatabases(w io.Writer, n int) error {
	d := newDump(w, clock)
	for i := n - 1; i >= 0; i-- {
		d.db(i)
		d.expire(clock*1000 - hour)
		d.str("k", "v")
		pack := rdbtest.NewListpack()
		pack.Text("f")
		pack.Text("v")
		d.key(16, []byte("hash"), pack.Bytes())
	}
	return d.end()
}

// separators are random names of letters, digits and whatever parts words.
func separators(w io.Writer, keys int) error {
	d := newDump(w, clock)
	d.db(0)
	for range keys {
		d.str(d.from("abcdefgh0123456789:./|-_{}@", 10+d.rng.IntN(40)), "v")
	}
	return d.end()
}

// longNames are names of 64 KB, all different, that hardly compress.
func longNames(w io.Writer, keys int) error {
	d := newDump(w, clock)
	d.db(0)
	const length = 64_000
	random := d.from("0123456789abcdef", 1<<20)
	name := make([]byte, 0, length)
	for i := range keys {
		name = fmt.Appendf(name[:0], "page:https://example.com/%08d?q=", i)
		for len(name) < length {
			at := d.rng.IntN(len(random) - 4096)
			name = append(name, random[at:at+min(4096, length-len(name))]...)
		}
		d.key(0, name, []byte("v"))
	}
	return d.end()
}

// everything has many patterns, types, databases, expiries, idle times, sizes and
// long names at once.
func everything(w io.Writer, keys int) error {
	d := newDump(w, clock)
	pad := strings.Repeat("p", 1200)
	for i := range keys {
		if i%1000 == 0 {
			d.db(i / 1000 % 16_000)
		}
		d.expire(clock*1000 + d.rng.Int64N(3650*day))
		d.idle(d.rng.Uint64N(1 << (1 + d.rng.IntN(24))))
		name := []byte(fmt.Sprintf("%s:%s:{%s}%s", d.word(3+d.rng.IntN(5)), d.word(2+d.rng.IntN(3)), d.word(4), pad[:d.rng.IntN(1200)]))
		pack := rdbtest.NewListpack()
		switch d.rng.IntN(4) {
		case 0:
			d.key(0, name, []byte(strings.Repeat("v", d.rng.IntN(1<<d.rng.IntN(12)+1))))
		case 1:
			for j := range 2 * (1 + d.rng.IntN(20)) {
				pack.Text(fmt.Sprintf("f%d%s", j, d.word(3)))
			}
			d.key(16, name, pack.Bytes()) // a hash
		case 2:
			for j := range 1 + d.rng.IntN(20) {
				pack.Text(fmt.Sprintf("m%d%s", j, d.word(3)))
			}
			d.key(20, name, pack.Bytes()) // a set
		case 3:
			d.key(0, name, fmt.Appendf(nil, `{"a":"%s","b":%d,"c":"%s"}`, d.word(10), i, pad[:d.rng.IntN(900)]))
		}
	}
	return d.end()
}

// sessions is an ordinary small dump, another one for each number.
func sessions(w io.Writer, number int) error {
	d := newDump(w, clock+int64(number)*86_400)
	d.db(0)
	for i := range 200 {
		d.expire((clock+int64(number)*86_400)*1000 + d.rng.Int64N(7*day))
		d.str(fmt.Sprintf("session:%s:%d", d.word(4), i*number), "v")
	}
	return d.end()
}

// document has one document of RedisJSON, an array of n objects of 50 bytes.
func document(w io.Writer, n int) error {
	d := newDump(w, clock)
	d.db(0)
	const member = `{"id":7,"name":"some text here","of":[1.25,null]},`
	r := append(rdbtest.AppendLen([]byte{7}, 3), "doc"...)
	r = append(rdbtest.AppendLen(r, rdbtest.ModuleID("ReJSON-RL", 3)), 5) // a string follows
	_, _ = d.w.Write(append(rdbtest.AppendLen(r, uint64(n*len(member)+len("[0 ]"))), '['))
	for range n {
		_, _ = d.w.WriteString(member)
	}
	_, _ = d.w.Write([]byte{'0', ' ', ']', 0})
	return d.end()
}
