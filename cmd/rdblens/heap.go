package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// Garbage is collected when the heap has grown by half and by collectBytes more,
// and not before it has firstCollection bytes. What is kept is little and rarely
// replaced, so that a smaller peak costs no time that could be measured; but a heap
// of a few megabytes would be collected after each megabyte more.
const (
	collectBytes    = 12 << 20
	firstCollection = 24 << 20
	// What was live counts as at least this much (runtime/mgcpacer.go, heapMinimum).
	leastLive = 4 << 20
)

// growth is by how many per cent of what was live the heap may grow.
func growth(live uint64) int {
	goal := max(firstCollection, live+live/2+collectBytes)
	return int(min(100*(goal-live)/max(live, 1), 100*goal/leastLive))
}

// tuneCollector sets when garbage is collected, unless GOGC does, until it is stopped.
func tuneCollector(env func(string) string) (stop func()) {
	if env("GOGC") != "" {
		return func() {}
	}
	debug.SetGCPercent(growth(0))
	var stopped atomic.Bool
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	// Each collection finds a piece of garbage, and has the next one set.
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
