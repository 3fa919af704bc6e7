package aggregate_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/aggregate/memory/truth"
	"github.com/rdblens/rdblens/parser"
)

// BenchmarkSecondProfile is what a second server line costs in the same pass:
// one more meter fed with the batches that are there anyway. "second/report" is
// the share of a whole analysis, both run in turns, medians of each.
func BenchmarkSecondProfile(b *testing.B) {
	const name = "redis-7.4.rdb"
	dumps, err := truth.Dumps("../testdata/truth", func(n string) bool { return n == name })
	if err != nil {
		b.Fatal(err)
	}
	dump := dumps[name]
	batches := wholeDump(b, dump)
	for _, line := range []string{"redis-7.4", "redis-8.6", "valkey-8.1"} {
		b.Run(line, func(b *testing.B) {
			s, err := memory.ParseServer(line)
			if err != nil {
				b.Fatal(err)
			}
			second := memory.NewMeter(memory.Profile{Server: s, Config: memory.DefaultConfig()}, false)
			feed(second, batches)
			var reports, meters []time.Duration
			b.SetBytes(int64(len(dump)))
			for b.Loop() {
				start := time.Now()
				in := aggregate.Input{Name: name, Reader: bytes.NewReader(dump)}
				if _, err := aggregate.Analyze(b.Context(), in, new(aggregate.Config)); err != nil {
					b.Fatal(err)
				}
				reported := time.Now()
				feed(second, batches)
				reports = append(reports, reported.Sub(start))
				meters = append(meters, time.Since(reported))
			}
			report, meter := median(reports), median(meters)
			b.ReportMetric(float64(report.Microseconds()), "report-µs")
			b.ReportMetric(float64(meter.Microseconds()), "second-µs")
			b.ReportMetric(100*float64(meter)/float64(report), "%second/report")
		})
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// wholeDump keeps all batches of a dump, with the elements that any meter may
// ask for.
func wholeDump(b *testing.B, dump []byte) (batches []*parser.Batch) {
	b.Helper()
	r := parser.NewReader(bytes.NewReader(dump), parser.Options{WalkAll: true})
	defer r.Close()
	for {
		batch, err := r.Next()
		if errors.Is(err, io.EOF) {
			return batches
		}
		if err != nil {
			b.Fatal(err)
		}
		batches = append(batches, batch)
	}
}

func feed(m memory.Meter, batches []*parser.Batch) {
	for _, batch := range batches {
		for i := range batch.Keys {
			k := &batch.Keys[i]
			if !k.Is(parser.Continued) {
				m.Begin(k)
			}
			m.Elements(batch, k, batch.Elements(k))
			if !k.Is(parser.More) {
				m.End(k)
			}
		}
	}
}
