package parser_test

import (
	"bytes"
	"testing"

	"github.com/rdblens/rdblens/parser"
)

// BenchmarkReader reads dumps of tens of megabytes from memory.
func BenchmarkReader(b *testing.B) {
	dumps := []struct {
		name string
		make func() []byte
	}{
		{"mixed", func() []byte { return mixedDump(400_000) }},
		{"tiny", func() []byte { return tinyDump(2_000_000) }},
	}
	modes := []struct {
		name string
		opts parser.Options
	}{
		{"headers", parser.Options{}},
		{"walked", parser.Options{WalkAll: true}},
		{"unchecked", parser.Options{NoChecksum: true}},
	}
	for _, d := range dumps {
		b.Run(d.name, func(b *testing.B) {
			dump := d.make()
			for _, m := range modes {
				b.Run(m.name, func(b *testing.B) {
					b.SetBytes(int64(len(dump)))
					b.ReportAllocs()
					var keys int64
					for b.Loop() {
						n, err := drain(bytes.NewReader(dump), m.opts)
						if err != nil {
							b.Fatal(err)
						}
						keys += n
					}
					b.ReportMetric(float64(keys)/b.Elapsed().Seconds(), "keys/s")
				})
			}
		})
	}
}
