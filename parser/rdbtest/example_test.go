package rdbtest_test

import (
	"bytes"
	"fmt"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

func Example() {
	dump := rdbtest.Redis(11).
		Aux("redis-ver", "7.2.6").
		SelectDB(0).ResizeDB(3, 1).
		Put("greeting", rdbtest.String(rdbtest.Auto("hello"))).
		ExpireMs(1700000000000).
		Put("user:7", rdbtest.HashListpack(rdbtest.NewListpack("name", "ada", "visits", "12").Str())).
		Put("queue", rdbtest.List(rdbtest.Strs("a", "b", "c")...)).
		EOF().
		Bytes()

	r := parser.NewReader(bytes.NewReader(dump), parser.Options{})
	defer r.Close()
	for k := range r.Keys() {
		fmt.Printf("%s: %v of %d\n", k.Name, k.Type, k.Count)
	}
	fmt.Println(r.Err(), r.Info().Checksum)
	// Output:
	// greeting: STRING of 1
	// user:7: HASH_LISTPACK of 2
	// queue: LIST of 3
	// <nil> ok
}

// A dump that claims more than it holds.
func Example_wrong() {
	w := rdbtest.Redis(11).
		Put("queue", rdbtest.List(rdbtest.Strs("a", "b")...).WithCount(1<<40)).
		EOFZero()

	r := parser.NewReader(bytes.NewReader(w.Bytes()), parser.Options{})
	defer r.Close()
	for range r.Keys() {
	}
	fmt.Println(r.Err())
	// Output: offset 29 (key "queue", db 0): string: corrupt: unknown string encoding 0xff
}

// Packed blobs can be given a header that lies, or entries that no server writes.
func ExampleListpack() {
	right := rdbtest.NewListpack("a", "1")
	wrong := rdbtest.NewListpack("a").Entry(0xff).Count(40)
	fmt.Printf("%x\n%x\n", right.Bytes(), wrong.Bytes())
	// Output:
	// 0c00000002008161020101ff
	// 0c0000002800816102ff01ff
}

func ExampleStream() {
	stream := rdbtest.Stream{
		Nodes: []rdbtest.StreamNode{rdbtest.NewStreamNode(
			rdbtest.Entry{ID: rdbtest.ID{Ms: 1000, Seq: 1}, Fields: []string{"temp", "21"}},
			rdbtest.Entry{ID: rdbtest.ID{Ms: 1005, Seq: 0}, Fields: []string{"temp", "22"}},
		)},
		Length: 2,
		Last:   rdbtest.ID{Ms: 1005},
		First:  rdbtest.ID{Ms: 1000, Seq: 1},
		Groups: []rdbtest.Group{{
			Name:    rdbtest.Plain("readers"),
			Last:    rdbtest.ID{Ms: 1000, Seq: 1},
			Pending: []rdbtest.Pending{{ID: rdbtest.ID{Ms: 1000, Seq: 1}, DeliveryMs: 1700000000000, Count: 1}},
		}},
	}
	// The same stream as Redis 5.0 and Redis 7.2 write it.
	fmt.Println(stream.Value(1).Type, stream.Value(3).Type)
	// Output: 15 21
}
