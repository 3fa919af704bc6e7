package document

import (
	"fmt"
	"strings"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/units"
)

// Fit is how much is left between predicted and reported used_memory under an allocator.
type Fit struct {
	Allocator  string
	Difference int64 // bytes, reported less predicted
	Reported   int64
	Estimated  bool // of some large source not every key was sized under it
}

// Share is the difference as a share of what was reported.
func (f *Fit) Share() string {
	s := units.SignedPercent(f.Difference, f.Reported)
	if f.Estimated {
		return "about " + s
	}
	return s
}

// Fits returns what is left under each allocator, the one that keys were sized for first;
// nil where it is not known. It chooses none: the nearest is often not the right one.
func (d *Document) Fits() []Fit {
	m := &d.Totals
	if m.PredictedUsedMemory == nil || m.ReportedUsedMemory == nil || len(m.Allocators) < 2 {
		return nil
	}
	out := make([]Fit, len(m.Allocators))
	for i, a := range m.Allocators {
		out[i] = Fit{a.Allocator, *m.ReportedUsedMemory - a.PredictedUsedMemory, *m.ReportedUsedMemory, a.Estimated}
	}
	return out
}

// FitNote says what is left, and what would be left under the other allocators; "" where
// it is too little to ask for the reason.
func (d *Document) FitNote() string {
	fits := d.Fits()
	if len(fits) == 0 || magnitudeOf(fits[0].Difference) < fits[0].Reported/200 {
		return ""
	}
	text := "difference " + fits[0].Share()
	for i := range fits[1:] {
		f := &fits[1+i]
		text += "; with --allocator " + f.Allocator + " " + f.Share()
	}
	return text
}

// FitsAnother reports whether an allocator that keys were not sized for leaves at most
// limit (a [aggregate.Ratio]) between predicted and reported.
func (d *Document) FitsAnother(limit int64) bool {
	fits := d.Fits()
	for i := 1; i < len(fits); i++ {
		if f := &fits[i]; int64(aggregate.RatioOf(magnitudeOf(f.Difference), max(1, f.Reported))) <= limit {
			return true
		}
	}
	return false
}

func magnitudeOf(n int64) int64 { return max(n, -n) }

// streamNode is what the last node of a stream takes while it is filled
// (stream-node-max-bytes, t_stream.c streamAppendItem).
const streamNode = 4096

// GrowthRoom names what of the data may hold room that goes with a restart; empty where
// there is none that may.
func (d *Document) GrowthRoom() string {
	var raw, streams, tables int64
	var rawBytes, tableBytes int64
	for i := range d.ByType {
		r := &d.ByType[i]
		switch {
		case r.Type == "string" && r.Encoding == "raw":
			raw += r.Keys
			rawBytes += r.Memory
		case r.Type == "stream":
			streams += r.Keys
		case r.Encoding == "hashtable" || r.Encoding == "skiplist":
			tables += r.Keys
			tableBytes += r.Memory
		}
	}
	var parts []string
	if raw > 0 {
		parts = append(parts, "strings that were APPENDed to keep up to twice their length ("+units.Plural(raw, "raw string")+", "+units.Bytes(rawBytes)+")")
	}
	if streams > 0 {
		parts = append(parts, "the last node of a stream its full size ("+units.Plural(streams, "stream")+", up to "+units.Bytes(aggregate.MulDiv(streams, streamNode, 1))+")")
	}
	if tables > 0 {
		parts = append(parts, "tables their width after deletions ("+units.Plural(tables, "table")+", "+units.Bytes(tableBytes)+", and those of the keys)")
	} else {
		parts = append(parts, "the tables of the keys their width after deletions")
	}
	return "a live server keeps room to grow, which a restart or a failover gives back: " + strings.Join(parts, "; ")
}

// Lines from which the parts of a process's memory are worth a word.
const (
	defragFrom = 1100     // active / allocated, in thousandths
	worthBytes = 64 << 20 // and so many bytes
)

// bundledJemalloc is what Redis and Valkey name their own; only that can move blocks
// (defrag.c HAVE_DEFRAG). INFO does not tell it from a system's of the same version.
func canDefrag(allocator string) bool { return strings.HasPrefix(allocator, "jemalloc") }

// LiveNotes say what the figures of the live server mean, one sentence each.
func (d *Document) LiveNotes() []string {
	v := d.Live
	if v == nil {
		return nil
	}
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if r := v.Reconciliation; r != nil {
		switch {
		case r.GrowthRoom < 0:
			add("less was in use than the terms above add up to, by %s: another allocator, version or setting than INFO tells", units.Bytes(-r.GrowthRoom))
		case r.RestartSaves > 0:
			add("a restart or a failover to a fresh replica gives back about %s (%s of used_memory)", units.Bytes(r.RestartSaves), units.Percent(r.RestartSaves, v.UsedMemory))
		}
	}
	out = append(out, fragmentationNotes(v)...)
	if v.Peak > 0 {
		add("peak %s (%s of it in use now)", units.Bytes(v.Peak), units.Percent(v.UsedMemory, v.Peak))
	}
	out = append(out, forkNotes(v)...)
	if v.MaxMemory > 0 {
		counted := v.UsedMemory - v.NotCounted
		add("maxmemory %s, %s in use of it, policy %s", units.Bytes(v.MaxMemory), units.Percent(counted, v.MaxMemory), orUnknown(v.Policy))
	} else if v.UsedMemory > 0 {
		add("no maxmemory: the machine's memory is the limit")
	}
	if v.Use.HitRate != nil {
		add("hit rate %s (%s hits, %s misses), %s evicted, %s expired", units.Ratio(*v.Use.HitRate), units.Grouped(v.Use.Hits), units.Grouped(v.Use.Misses),
			units.Plural(v.Use.Evicted, "key"), units.Plural(v.Use.Expired, "key"))
	} else if v.Use.Evicted+v.Use.Expired > 0 {
		add("%s evicted, %s expired", units.Plural(v.Use.Evicted, "key"), units.Plural(v.Use.Expired, "key"))
	}
	return out
}

func orUnknown(s string) string {
	if s == "" {
		return "not known"
	}
	return s
}

// fragmentationNotes keep apart what can be had back in three ways: holes by moving
// blocks, free pages by MEMORY PURGE, the rest of the process not at all.
func fragmentationNotes(v *aggregate.Live) []string {
	f := &v.Fragmentation
	if v.RSS == 0 {
		return nil
	}
	out := []string{fmt.Sprintf("RSS %s, %s used_memory", units.Bytes(v.RSS), units.Times(f.Ratio))}
	if v.RSS < v.UsedMemory {
		out = append(out, "RSS below used_memory: a part is swapped out, or another process shares it; the ratio says nothing of fragmentation")
	}
	if !f.Known {
		return out
	}
	out[0] += fmt.Sprintf(": allocator fragmentation %s, free pages the allocator keeps %s, other memory of the process %s",
		units.Bytes(f.Allocator), units.Bytes(f.Retained), units.Bytes(f.Process))
	if f.Allocator >= worthBytes && int64(f.AllocatorRatio)/10 >= defragFrom {
		text := "allocator fragmentation is what activedefrag fills: CONFIG SET activedefrag yes, in a quiet hour, it costs CPU; a server whose jemalloc is the system's refuses it, a restart does the same"
		switch {
		case f.Running:
			text = "active defragmentation is running"
		case f.ActiveDefrag == "yes":
			text = "activedefrag is on and not running: the fragmentation is below active-defrag-threshold-lower, or active-defrag-ignore-bytes"
		case !canDefrag(v.Allocator) && v.Allocator != "":
			text = "activedefrag needs the server's own jemalloc (mem_allocator is " + v.Allocator + "): a restart removes the fragmentation"
		}
		out = append(out, text)
	}
	if f.Retained >= worthBytes && f.Retained > v.UsedMemory/10 {
		out = append(out, "free pages that the allocator keeps go back to the system with MEMORY PURGE")
	}
	return out
}

// forkNotes say what a child process needs beside the server.
func forkNotes(v *aggregate.Live) []string {
	f := &v.Fork
	if f.Room == nil {
		return nil
	}
	text := fmt.Sprintf("a child that saves copies up to the RSS, %s; the machine has %s beside it", units.Bytes(v.RSS), units.Bytes(*f.Room))
	if *f.Room < v.RSS {
		text += ", which is not enough if every page is written to meanwhile"
	}
	if f.LastCopied > 0 {
		text += fmt.Sprintf(" (last time %s were copied)", units.Bytes(f.LastCopied))
	}
	return []string{text}
}
