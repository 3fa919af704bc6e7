package aggregate_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// Open a dump, analyse it, print the patterns that take the most memory.
func Example() {
	f, err := os.Open("../testdata/demo.rdb")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	cfg := &aggregate.Config{Server: "redis-7.0", Top: 3}
	s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: "demo.rdb", Reader: f}, cfg)
	if s == nil {
		log.Fatal(err)
	}
	if err != nil {
		fmt.Println("damaged:", err) // s holds what was read
	}
	r := s.Report()
	fmt.Println(r.Totals.Keys, "keys take", r.Totals.Memory, "bytes")
	for _, p := range r.Patterns {
		fmt.Printf("%-22s %-6s %6d keys %9d bytes\n", p.Pattern, p.Type, p.Keys, p.Memory)
	}
	// Output:
	// 40644 keys take 14684869 bytes
	// product:{int}{*}       mixed    3008 keys   2142000 bytes
	// report:daily:{date}    string      1 keys   1835080 bytes
	// leaderboard:{*}        zset       47 keys   1428892 bytes
	// [other]                mixed   37588 keys   9278897 bytes
}

// Shards are read where they are; their parts are merged in one place.
func ExampleMergeParts() {
	var files []*bytes.Buffer
	for shard := range 2 {
		dump := rdbtest.Redis(11).SelectDB(0)
		for i := range 3 {
			dump.Put(fmt.Sprintf("user:%d", 10*shard+i), rdbtest.String(rdbtest.Plain("x")))
		}
		in := aggregate.Input{Name: fmt.Sprintf("shard-%d.rdb", shard), Reader: bytes.NewReader(dump.EOF().Bytes())}
		s, err := aggregate.Analyze(context.Background(), in, nil)
		if err != nil {
			log.Fatal(err)
		}
		file := new(bytes.Buffer)
		if err := aggregate.WritePart(file, &aggregate.Part{Summary: s}); err != nil {
			log.Fatal(err)
		}
		files = append(files, file)
	}
	var parts []*aggregate.Part
	for _, file := range files {
		p, err := aggregate.ReadPart(file)
		if err != nil {
			log.Fatal(err)
		}
		parts = append(parts, p)
	}
	all, err := aggregate.MergeParts(parts...)
	if err != nil {
		log.Fatal(err)
	}
	r := all.Summary.Report()
	for _, s := range r.Sources {
		fmt.Println(s.Name, s.Keys, "keys")
	}
	fmt.Println(r.Patterns[0].Pattern, r.Patterns[0].Keys, "keys")
	// Output:
	// shard-0.rdb 3 keys
	// shard-1.rdb 3 keys
	// user:{int} 6 keys
}

// What would the same keys take on another server, and with another limit?
func ExampleSummary_WhatIf() {
	dump := rdbtest.Redis(11).Aux("redis-ver", "7.2.6").SelectDB(0)
	for i := range 100 {
		dump.Put(fmt.Sprintf("cart:%d", i), rdbtest.HashListpack(rdbtest.NewListpack("item", "17", "count", "2").Str()))
	}
	cfg := &aggregate.Config{Scenarios: []aggregate.Scenario{
		{Name: "upgrade", Server: "valkey-9.0"},
		{Name: "tables", Settings: []aggregate.Setting{{Name: "hash-max-listpack-entries", Value: "1"}}},
	}}
	s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: "dump.rdb", Reader: bytes.NewReader(dump.EOF().Bytes())}, cfg)
	if err != nil {
		log.Fatal(err)
	}
	for _, x := range s.WhatIf().Scenarios {
		fmt.Printf("%s: %d bytes before, %d after, %d keys change their encoding\n", x.Name, x.MemoryBefore, x.MemoryAfter, x.KeysChanged)
	}
	// Output:
	// upgrade: 7920 bytes before, 5600 after, 0 keys change their encoding
	// tables: 7920 bytes before, 22320 after, 100 keys change their encoding
}

// largeKeys prints the keys of at least so many bytes.
type largeKeys int64

// WriteRow implements aggregate.RowSink. Names of keys are hostile bytes: they are
// escaped before they are shown.
func (least largeKeys) WriteRow(r *aggregate.Row) error {
	if r.Size.Bytes >= int64(least) {
		fmt.Printf("db%d %s: %s, %d elements, %d bytes\n", r.DB, parser.Escape(r.Key), r.TypeName, r.Elements, r.Size.Bytes)
	}
	return nil
}

// Every key, as it is read.
func ExampleRowSink() {
	dump := rdbtest.Redis(11).Aux("redis-ver", "7.2.6").SelectDB(0).
		Put("greeting", rdbtest.String(rdbtest.Plain("hello"))).
		Put("queue\n", rdbtest.List(rdbtest.Strs("a", "bb", "ccc")...)).
		EOF().Bytes()
	in := aggregate.Input{Name: "dump.rdb", Reader: bytes.NewReader(dump), Sinks: []aggregate.RowSink{largeKeys(60)}}
	// Nothing but the rows is wanted.
	if _, err := aggregate.Analyze(context.Background(), in, &aggregate.Config{RowsOnly: true}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// db0 greeting: string, 1 elements, 72 bytes
	// db0 queue\x0a: list, 3 elements, 72 bytes
}
