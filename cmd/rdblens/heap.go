package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// Garbage is collected when the heap has grown by half and by collectBytes on top,
// and not before it has firstCollection bytes. Little is kept and it is rarely
// replaced, so the smaller peak costs no measurable time; without the minimum, a heap
// of a few megabytes would be collected at every further megabyte.
const (
	collectBytes    = 12 << 20
	firstCollection = 24 << 20
	// The runtime counts the live heap as at least this much (runtime/mgcpacer.go, heapMinimum).
	leastLive = 4 << 20
)

// growth is how far the heap may grow, in per cent of what was live.
func growth(live uint64) int {
	goal := max(firstCollection, live+live/2+collectBytes)
	return int(min(100*(goal-live)/max(live, 1), 100*goal/leastLive))
}

// tuneCollector chooses when garbage is collected, until stop is called. If GOGC is
// set, the runtime chooses.
func tuneCollector(env func(string) string) (stop func()) {
	if env("GOGC") != "" {
		return func() {}
	}
	debug.SetGCPercent(growth(0))
	var stopped atomic.Bool
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	// Each collection runs the cleanup of one object, which sets the next goal.
	var collected func(int)
	wait := func() { runtime.AddCleanup(new([32]byte), collected, 0) }
	collected = func(int) {
		if stopped.Load() {
			return
		}
		metrics.Read(live)
		debug.SetGCPercent(growth(live[0].Value.Uint64()))
		wait()
	}
	wait()
	return func() { stopped.Store(true) }
}
