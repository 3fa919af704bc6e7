package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

func exampleDump() []byte {
	return rdbtest.Redis(11).Aux("redis-ver", "7.2.6").SelectDB(0).
		Put("greeting", rdbtest.String(rdbtest.Auto("hello"))).
		ExpireMs(1700000000000).
		Put("user:7", rdbtest.HashListpack(rdbtest.NewListpack("name", "ada", "visits", "12").Str())).
		Put("queue", rdbtest.List(rdbtest.Strs("a", "bb", "ccc")...)).
		EOF().Bytes()
}

func ExampleReader_Keys() {
	r := parser.NewReader(bytes.NewReader(exampleDump()), parser.Options{})
	defer r.Close()
	for k := range r.Keys() {
		// Keys are hostile bytes: escape them before they are shown.
		fmt.Printf("%s: %v, %d elements, %d bytes in the dump\n", parser.Escape(k.Name), k.Type, k.Count, k.Size)
	}
	if err := r.Err(); err != nil {
		fmt.Println(err)
	}
	fmt.Println(r.Info().Keys, "keys, checksum", r.Info().Checksum)
	// Output:
	// greeting: STRING, 1 elements, 16 bytes in the dump
	// user:7: HASH_LISTPACK, 2 elements, 46 bytes in the dump
	// queue: LIST, 3 elements, 17 bytes in the dump
	// 3 keys, checksum ok
}

// The contents of values, as far as they are asked for. A collection of any size
// takes no more memory than a small one: its elements come and go.
func ExampleReader_All() {
	r := parser.NewReader(bytes.NewReader(exampleDump()), parser.Options{
		WalkAll: true, // packed blobs entry by entry
		Hooks: func() parser.Hooks {
			return parser.Hooks{Key: func(*parser.Key) int { return 1000 }} // bytes of each value
		},
	})
	defer r.Close()
	for k := range r.All() {
		fmt.Printf("%s = %q\n", parser.Escape(k.Name), k.Value)
		for e := range k.Elements() {
			fmt.Printf("  %q %q\n", k.Bytes(e), k.ValueBytes(e))
		}
	}
	fmt.Println(r.Err())
	// Output:
	// greeting = "hello"
	// user:7 = ""
	//   "name" "ada"
	//   "visits" "12"
	// queue = ""
	//   "a" ""
	//   "bb" ""
	//   "ccc" ""
	// <nil>
}

// Batches can be worked on while reading goes on; each belongs to the caller
// until it is released.
func ExampleReader_Next() {
	r := parser.NewReader(bytes.NewReader(exampleDump()), parser.Options{WalkAll: true})
	defer r.Close()
	work := make(chan *parser.Batch)
	done := make(chan int64)
	go func() {
		var total int64
		for b := range work {
			for i := range b.Keys {
				for _, e := range b.Elements(&b.Keys[i]) {
					total += e.Len + e.ValueLen()
				}
			}
			b.Release()
		}
		done <- total
	}()
	for {
		b, err := r.Next()
		if err != nil {
			if err != io.EOF {
				fmt.Println(err)
			}
			break
		}
		work <- b
	}
	close(work)
	fmt.Println(<-done, "bytes in elements")
	// Output: 21 bytes in elements
}

// Errors say where, in which key, and of which class they are.
func ExampleError() {
	dump := exampleDump()
	r := parser.NewReader(bytes.NewReader(dump[:len(dump)-12]), parser.Options{})
	defer r.Close()
	for range r.Keys() {
	}
	var e *parser.Error
	if errors.As(r.Err(), &e) {
		fmt.Println(e)
		fmt.Println(errors.Is(e, parser.ErrTruncated), e.Offset, r.Info().Keys)
	}
	// Output:
	// offset 104 (key "queue", db 0): LIST: truncated
	// true 104 2
}

func ExampleReader_Header() {
	r := parser.NewReader(bytes.NewReader(exampleDump()), parser.Options{})
	defer r.Close()
	h, err := r.Header()
	if err != nil {
		fmt.Println(err)
		return
	}
	version, _ := h.Lookup("redis-ver")
	fmt.Println(h.Magic, h.Dialect, version)
	// Output: REDIS0011 redis 7.2.6
}

func ExampleEscape() {
	fmt.Println(parser.Escape([]byte("caf\u00e9\\\x1b[31m\xff")))
	// Output: café\\\x1b[31m\xff
}

// Salvage goes on behind damage.
func ExampleOptions_salvage() {
	dump := exampleDump()
	at := bytes.Index(dump, []byte("\x06user:7"))
	dump[at] = 0x8f // no server writes such a length
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{Salvage: true})
	defer r.Close()
	var names []string
	for k := range r.Keys() {
		names = append(names, parser.Escape(k.Name))
	}
	fmt.Println(strings.Join(names, ", "))
	fmt.Println(r.Err())
	// Output:
	// greeting, queue
	// offset 54: length: corrupt: reserved length byte 0x8f
}
