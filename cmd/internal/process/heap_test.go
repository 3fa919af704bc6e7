package process

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// TestGrowth: the heap at which garbage is collected, as the runtime computes it.
func TestGrowth(t *testing.T) {
	const mb = 1 << 20
	for live, want := range map[uint64]uint64{
		0: firstCollection, 1: firstCollection, mb: firstCollection, 4 * mb: firstCollection, 8 * mb: firstCollection,
		16 * mb: 36 * mb, 40 * mb: 72 * mb, 1000 * mb: 1512 * mb, 1 << 40: 1<<40 + 1<<39 + 12*mb,
	} {
		percent := uint64(growth(live))
		goal := max(live+live/100*percent, leastLive/100*percent)
		if off := max(goal, want) - min(goal, want); off > want/50 {
			t.Errorf("live %d: collected at %d (%d %%), want about %d", live, goal, percent, want)
		}
	}
}

// TestTuneCollector: collections are set one after the other, GOGC leaves all as it
// is, and nothing is set after the end.
func TestTuneCollector(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	percent := func() int {
		p := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(p)
		return int(p[0].Value.Uint64())
	}
	TuneCollector(func(string) string { return "100" })()
	if p := percent(); p != 100 {
		t.Fatalf("with GOGC: %d %%", p)
	}
	stop := TuneCollector(func(string) string { return "" })
	if p := percent(); p != growth(0) {
		t.Fatalf("at first: %d %%, want %d", p, growth(0))
	}
	keep := make([][]byte, 0, 64)
	for range 3 {
		for range 20 {
			keep = append(keep, make([]byte, 1<<20))
		}
		// Other tests may have left more than that: then the percentage hardly changes.
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		for end := time.Now().Add(20 * time.Second); ; {
			runtime.GC()
			metrics.Read(live)
			if off := percent() - growth(live[0].Value.Uint64()); off >= -1 && off <= 1 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%d %% after a collection with %d bytes live", percent(), live[0].Value.Uint64())
			}
		}
	}
	if p := percent(); p < 50 || p > 80 {
		t.Errorf("%d %% with %d MiB live", p, len(keep))
	}
	runtime.KeepAlive(keep)
	stop()
	time.Sleep(10 * time.Millisecond)
	debug.SetGCPercent(77)
	runtime.GC()
	runtime.GC()
	time.Sleep(50 * time.Millisecond)
	if p := percent(); p != 77 {
		t.Errorf("set to %d %% after the end", p)
	}
}
