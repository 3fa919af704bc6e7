// Package pprof writes reports as profiles that go tool pprof reads: what a stack of
// calls is there is the path of a pattern here.
package pprof

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/google/pprof/profile"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/internal/patterntree"
)

// The values of a sample, in their order.
const (
	keysType   = "keys"
	memoryType = "memory"
)

// WriteReport writes a profile, compressed by gzip. It has up to two samples for each
// pattern and type, of the keys without a TTL and of the others: their number, and
// their bytes of MEMORY USAGE. Samples add up to all keys. Labels are type, encoding
// and ttl ("none" or "any", as --ttl has them); where keys of a pattern and type have
// several encodings, encoding is all of them, that of most keys first. A frame is
// called by the whole prefix, so that "{int}" of users is not that of orders.
func WriteReport(w io.Writer, d *document.Document) error {
	p := &profile.Profile{
		SampleType:        []*profile.ValueType{{Type: keysType, Unit: "count"}, {Type: memoryType, Unit: "bytes"}},
		DefaultSampleType: memoryType,
		PeriodType:        &profile.ValueType{Type: memoryType, Unit: "bytes"},
		Period:            1,
		TimeNanos:         savedAt(d.Sources),
		Comments:          comments(d),
		// Without a mapping pprof would look for a program to name frames by.
		Mapping: []*profile.Mapping{{ID: 1, File: "rdblens", HasFunctions: true, HasFilenames: true, HasLineNumbers: true, HasInlineFrames: true}},
	}
	stacks := make(map[*patterntree.Node]*profile.Location)
	patterntree.Of(&d.Report).Walk(func(n *patterntree.Node, above []*patterntree.Node) {
		name := string(escape.AppendPrintable(nil, n.Prefix, false))
		id := uint64(len(p.Function) + 1)
		f := &profile.Function{ID: id, Name: name, SystemName: name}
		l := &profile.Location{ID: id, Mapping: p.Mapping[0], Line: []profile.Line{{Function: f}}}
		p.Function, p.Location = append(p.Function, f), append(p.Location, l)
		stacks[n] = l
		stack := []*profile.Location{l} // the leaf first
		for _, a := range slices.Backward(above) {
			stack = append(stack, stacks[a])
		}
		for _, r := range n.Rows {
			p.Sample = append(p.Sample, samples(stack, r)...)
		}
	})
	return p.Write(w)
}

// samples are those of a row.
func samples(stack []*profile.Location, r *aggregate.PatternRow) (out []*profile.Sample) {
	for _, s := range []struct {
		ttl          string
		keys, memory int64
	}{{"none", r.KeysWithoutTTL, r.MemoryWithoutTTL}, {"any", r.Keys - r.KeysWithoutTTL, r.Memory - r.MemoryWithoutTTL}} {
		if s.keys == 0 && s.memory == 0 {
			continue
		}
		label := map[string][]string{"type": {escaped(r.Type)}, "ttl": {s.ttl}}
		if e := encodings(r.Encodings); e != "" {
			label["encoding"] = []string{e}
		}
		out = append(out, &profile.Sample{Location: stack, Value: []int64{s.keys, s.memory}, Label: label})
	}
	return out
}

// encodings lists encodings, that of most keys first.
func encodings(m map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
	return escaped(strings.Join(names, ", "))
}

func escaped(s string) string { return string(escape.AppendPrintable(nil, s, false)) }

// savedAt is when the source that was written last was written, ns since the epoch; 0
// when none says so.
func savedAt(sources []aggregate.Source) (ns int64) {
	const latest = 1<<63/1_000_000 - 1 // ms
	for i := range sources {
		if t := sources[i].Ctime; t != nil {
			ns = max(ns, int64(min(max(*t, 0), latest))*1_000_000)
		}
	}
	return ns
}

// comments say what the profile is of.
func comments(d *document.Document) []string {
	out := []string{escaped(d.Tool.Name + " " + d.Tool.Version)}
	if d.Partial {
		out = append(out, "PARTIAL: the figures cover what could be read")
	}
	const few = 10
	for i := range d.Sources {
		if i == few {
			out = append(out, "…")
			break
		}
		out = append(out, escaped(d.Sources[i].Name))
	}
	return out
}
