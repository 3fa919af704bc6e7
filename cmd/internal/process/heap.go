// Package process is the program as the system sees it: its memory, its signals, and
// the streams that it was started with. It knows no command.
package process

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
//
// A run is to need 64 MiB, of which memoryRoom leaves enough for the program itself.
// What many sources or crafted ones fill takes more time, for more collections, and
// not more memory; only what is live at once may take the runtime beyond it.
const (
	collectBytes    = 12 << 20
	firstCollection = 24 << 20
	memoryRoom      = 46 << 20
	// The runtime counts the live heap as at least this much (runtime/mgcpacer.go, heapMinimum).
	leastLive = 4 << 20
)

// growth is how far the heap may grow, in per cent of what was live.
func growth(live uint64) int {
	goal := max(firstCollection, live+live/2+collectBytes)
	return int(min(100*(goal-live)/max(live, 1), 100*goal/leastLive))
}

// room is how much memory the runtime is to have, bytes: memoryRoom, or what is live
// and an eighth, and as much beside as stacks and tables of the runtime take.
func room(live uint64) int64 {
	const beside = 8 << 20
	return int64(max(memoryRoom, live+live/8+beside))
}

// TuneCollector chooses when garbage is collected, until stop is called. If GOGC is
// set, the runtime chooses; GOMEMLIMIT is left as it is set.
func TuneCollector(env func(string) string) (stop func()) {
	if env("GOGC") != "" {
		return func() {}
	}
	debug.SetGCPercent(growth(0))
	limited := env("GOMEMLIMIT") == ""
	if limited {
		debug.SetMemoryLimit(room(0))
	}
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
		if limited {
			debug.SetMemoryLimit(room(live[0].Value.Uint64()))
		}
		wait()
	}
	wait()
	return func() { stopped.Store(true) }
}
