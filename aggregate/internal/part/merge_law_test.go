package part

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
)

// holdLaw divides keys at random a few times, takes every piece through a
// part, merges the pieces in random groups, and expects the state of all keys
// read at once.
func holdLaw(t *testing.T, b state.Bounds, rnd *rand.Rand, name string, keys []counters.Observation, top, rounds int) {
	t.Helper()
	cfg := statetest.TestConfig()
	read := func(keys []counters.Observation) state.KeyState {
		c := collect.NewCollector(&cfg, statetest.TestSeed, statetest.TestClock(0), b)
		c.Biggest.N, c.Longest.N = top, top
		for _, r := range keys {
			r.Typ = c.Types.ID(r.TypeName)
			statetest.ObserveRow(c, &r)
		}
		return c.Finish()
	}
	want := read(keys)
	wantBody := bodyOf(t, &contents{Keys: want})
	for range rounds {
		pieces := make([][]counters.Observation, 1+rnd.IntN(5))
		for _, i := range rnd.Perm(len(keys)) {
			p := rnd.IntN(len(pieces))
			pieces[p] = append(pieces[p], keys[i])
		}
		var states []state.KeyState
		for _, p := range pieces {
			states = append(states, partTransport(t, &contents{Keys: read(p)}).Keys)
		}
		got := statetest.MergeTree(rnd, top, states, b)
		got = partTransport(t, &contents{Keys: got}).Keys
		if !bytes.Equal(bodyOf(t, &contents{Keys: got}), wantBody) {
			t.Fatalf("%s: %s", name, cmp.Diff(want, got, exportAll, cmpopts.EquateEmpty()))
		}
	}
}

// TestMergeLawThroughParts is TestPartitions with a part between every two
// steps.
func TestMergeLawThroughParts(t *testing.T) {
	rnd := rand.New(rand.NewPCG(21, 22))
	for range 50 / keytest.Stride(10) {
		holdLaw(t, statetest.LowBounds(), rnd, "synthetic", statetest.Synthetic(rnd, 30+rnd.IntN(200))[0], 30, 4)
	}
}

// TestMergeLawThresholds puts sets of keys exactly on each bound, one below and
// one above.
func TestMergeLawThresholds(t *testing.T) {
	low := statetest.LowBounds()
	rnd := rand.New(rand.NewPCG(23, 24))
	for off := -1; off <= 2; off++ {
		for depth, limit := range low.Wide {
			n := int(limit) + off
			var names []string
			for i := range n {
				names = append(names, strings.Repeat("x:", depth)+keytest.Letters(i)+":end")
			}
			holdLaw(t, low, rnd, fmt.Sprintf("%d children at depth %d", n, depth), statetest.KeysNamed(names...), 30, 6/keytest.Stride(3))
			// Also as separate subtrees that become wide only together.
			for i := range names {
				names[i] = strings.Repeat("x:", depth) + keytest.Letters(i%3) + ":" + keytest.Letters(i) + ":end"
			}
			holdLaw(t, low, rnd, fmt.Sprintf("%d grandchildren at depth %d", n, depth), statetest.KeysNamed(names...), 30, 6/keytest.Stride(3))
		}
		// The sample and the top lists, all keys of one size and of two.
		for _, bound := range []int{low.Sample, 30} {
			for _, sizes := range []int64{1, 2} {
				var names []string
				for i := range bound + off {
					names = append(names, fmt.Sprintf("k:%d", i))
				}
				keys := statetest.KeysNamed(names...)
				for i := range keys {
					keys[i].Size.Bytes += int64(i) % sizes
					keys[i].Elements = 2 + int64(i)%sizes
				}
				holdLaw(t, low, rnd, fmt.Sprintf("%d keys of %d sizes", len(keys), sizes), keys, 30, 10)
			}
		}
		// The samples of a bin of the timeline.
		var names []string
		for i := range state.BinSamples + off {
			names = append(names, fmt.Sprintf("s:%d", i))
		}
		keys := statetest.KeysNamed(names...)
		for i := range keys {
			keys[i].HasExpiry, keys[i].Expiry = true, statetest.TestNow+sketch.Minute/2
		}
		holdLaw(t, low, rnd, "samples of a bin", keys, 30, 10)
		// The edges of histogram buckets and of the timeline.
		keys = nil
		for shift := range 40 {
			for _, edge := range []int64{0, 1, 15} {
				k := statetest.KeysNamed(fmt.Sprintf("h:%d:%d", shift, edge))
				k[0].Size.Bytes = max(1, (16+edge)<<shift>>4+int64(off))
				k[0].IdleSeconds = max(0, k[0].Size.Bytes-1)
				keys = append(keys, k...)
			}
		}
		for _, span := range []int64{0, sketch.Minute, sketch.Hour, sketch.Day, 7 * sketch.Day, 30 * sketch.Day, state.MinuteSpan, state.HourSpan, state.DaySpan} {
			k := statetest.KeysNamed(fmt.Sprintf("e:%d", span))
			k[0].HasExpiry, k[0].Expiry = true, statetest.TestNow+span+int64(off)
			keys = append(keys, k...)
		}
		holdLaw(t, low, rnd, "edges", keys, 30, 6/keytest.Stride(3))
	}
}

// TestNodeCapThreshold: as many nodes as there is room for are kept apart, one
// more makes the trie coarser and is said.
func TestNodeCapThreshold(t *testing.T) {
	low := statetest.LowBounds()
	low.Wide = [...]uint32{100, 100, 100, 100, 100}
	cfg := statetest.TestConfig()
	for _, c := range []struct {
		leaves int
		capped bool
	}{{9, false}, {10, false}, {11, true}} {
		k := collect.NewCollector(&cfg, statetest.TestSeed, sketch.Clock{}, low)
		k.Trie.MaxNodes = 12 // the root, x, and ten below it
		var names []string
		for i := range c.leaves {
			names = append(names, "x:"+keytest.Letters(i))
		}
		for _, r := range statetest.KeysNamed(names...) {
			r.Typ = k.Types.ID(r.TypeName)
			statetest.ObserveRow(k, &r)
		}
		s := k.Finish()
		if s.Capped != c.capped || s.Totals.Keys != int64(c.leaves) {
			t.Errorf("%d leaves: capped %v, %d keys", c.leaves, s.Capped, s.Totals.Keys)
		}
	}
}

// TestMergeLawReports: permutations and groupings of whole parts give the same
// report, and the same part, as the report over all of them.
func TestMergeLawReports(t *testing.T) {
	rnd := rand.New(rand.NewPCG(25, 26))
	var parts []*Part
	for i := range 5 {
		s := statetest.Snapshot(t, fmt.Sprintf("dump%d.rdb", i), statetest.TestNow+int64(i)*sketch.Hour, statetest.Synthetic(rnd, 300)[0], statetest.LowBounds())
		parts = append(parts, readLow(t, writePart(t, &Part{Summary: s, Notes: []data.Warning{{Text: fmt.Sprint(i), Count: 1}}})))
	}
	merge := func(p ...*Part) *Part {
		m, err := Merge(p...)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	all := merge(parts...)
	wantReport, wantPart := statetest.ReportJSON(t, all.Summary), string(writePart(t, all))
	for range 30 / keytest.Stride(3) {
		list := make([]*Part, len(parts))
		for i, j := range rnd.Perm(len(parts)) {
			list[i] = parts[j]
		}
		for len(list) > 1 {
			n := 2 + rnd.IntN(len(list)-1)
			m := merge(list[:n]...)
			if rnd.IntN(2) == 0 {
				m = readLow(t, writePart(t, m))
			}
			list = append(list[n:], m)
		}
		if got := statetest.ReportJSON(t, list[0].Summary); got != wantReport {
			t.Fatal(cmp.Diff(wantReport, got))
		}
		if string(writePart(t, list[0])) != wantPart {
			t.Fatal("another part")
		}
	}
}
