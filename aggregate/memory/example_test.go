package memory_test

import (
	"fmt"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// A string of 100 bytes under a key of 12: what two servers say of it.
func ExampleNewMeter() {
	key := parser.Key{Name: []byte("session:8271"), NameLen: 12, Type: parser.TypeString, Len: 100, Count: 1}
	for _, name := range []string{"redis-7.2", "valkey-9.0"} {
		server, err := memory.ParseServer(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		m := memory.NewMeter(memory.Profile{Server: server, Config: memory.DefaultConfig()}, true)
		m.Begin(&key)
		size := m.End(&key)
		fmt.Println(server, size.Encoding, size.Bytes)
		for _, t := range m.Terms() {
			fmt.Printf("  %-18s %4d\n", t.Name, t.Bytes)
		}
	}
	// Output:
	// redis-7.2 raw 168
	//   robj                 16
	//   value sds           112
	//   key sds              16
	//   dictEntry            24
	// valkey-9.0 raw 144
	//   robj with the key    32
	//   value sds           112
}

// The allocated bytes of all keys, the tables of the keyspace and an empty
// server make up used_memory.
func ExampleProfile_KeyspaceBytes() {
	server, err := memory.ParseServer("redis-7.4")
	if err != nil {
		fmt.Println(err)
		return
	}
	p := memory.Profile{Server: server, Config: memory.DefaultConfig()}
	fmt.Println("tables of a million keys:", p.KeyspaceBytes(1_000_000, 0))
	fmt.Println("if half of them expire: ", p.KeyspaceBytes(1_000_000, 500_000))
	fmt.Println("an empty server:        ", p.BaselineBytes())
	// Output:
	// tables of a million keys: 8388672
	// if half of them expire:  24583040
	// an empty server:         994488
}
