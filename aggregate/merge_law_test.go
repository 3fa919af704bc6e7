package aggregate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// holdLaw divides keys at random a few times, takes every piece through a
// part, merges the pieces in random groups, and expects the state of all keys
// read at once.
func holdLaw(t *testing.T, rnd *rand.Rand, name string, keys []record, top, rounds int) {
	t.Helper()
	cfg := testConfig()
	read := func(keys []record) keyState {
		c := newCollector(&cfg, testClock(0))
		c.biggest.n, c.longest.n = top, top
		for _, r := range keys {
			r.typ = c.types.id(r.TypeName)
			c.observeRow(&r)
		}
		return c.finish()
	}
	want := read(keys)
	wantBody := bodyOf(t, &partState{Keys: want})
	for range rounds {
		pieces := make([][]record, 1+rnd.IntN(5))
		for _, i := range rnd.Perm(len(keys)) {
			p := rnd.IntN(len(pieces))
			pieces[p] = append(pieces[p], keys[i])
		}
		var states []keyState
		for _, p := range pieces {
			states = append(states, partTransport(t, &partState{Keys: read(p)}).Keys)
		}
		got := mergeTree(rnd, top, states)
		got = partTransport(t, &partState{Keys: got}).Keys
		if !bytes.Equal(bodyOf(t, &partState{Keys: got}), wantBody) {
			t.Fatalf("%s: %s", name, cmp.Diff(want, got, exportAll, cmpopts.EquateEmpty()))
		}
	}
}

// TestMergeLawThroughParts is TestPartitions with a part between every two
// steps.
func TestMergeLawThroughParts(t *testing.T) {
	lowLimits(t)
	rnd := rand.New(rand.NewPCG(21, 22))
	for range 50 / stride(10) {
		holdLaw(t, rnd, "synthetic", synthetic(rnd, 30+rnd.IntN(200))[0], 30, 4)
	}
}

// TestMergeLawThresholds puts sets of keys exactly on each bound, one below and
// one above.
func TestMergeLawThresholds(t *testing.T) {
	lowLimits(t)
	rnd := rand.New(rand.NewPCG(23, 24))
	for off := -1; off <= 2; off++ {
		for depth, limit := range wideLimits {
			n := int(limit) + off
			var names []string
			for i := range n {
				names = append(names, strings.Repeat("x:", depth)+letters(i)+":end")
			}
			holdLaw(t, rnd, fmt.Sprintf("%d children at depth %d", n, depth), keysNamed(names...), 30, 6/stride(3))
			// Also as separate subtrees that become wide only together.
			for i := range names {
				names[i] = strings.Repeat("x:", depth) + letters(i%3) + ":" + letters(i) + ":end"
			}
			holdLaw(t, rnd, fmt.Sprintf("%d grandchildren at depth %d", n, depth), keysNamed(names...), 30, 6/stride(3))
		}
		// The sample and the top lists, all keys of one size and of two.
		for _, bound := range []int{sampleSize, 30} {
			for _, sizes := range []int64{1, 2} {
				var names []string
				for i := range bound + off {
					names = append(names, fmt.Sprintf("k:%d", i))
				}
				keys := keysNamed(names...)
				for i := range keys {
					keys[i].Size.Bytes += int64(i) % sizes
					keys[i].Elements = 2 + int64(i)%sizes
				}
				holdLaw(t, rnd, fmt.Sprintf("%d keys of %d sizes", len(keys), sizes), keys, 30, 10)
			}
		}
		// The samples of a bin of the timeline.
		var names []string
		for i := range binSamples + off {
			names = append(names, fmt.Sprintf("s:%d", i))
		}
		keys := keysNamed(names...)
		for i := range keys {
			keys[i].HasExpiry, keys[i].Expiry = true, testNow+minute/2
		}
		holdLaw(t, rnd, "samples of a bin", keys, 30, 10)
		// The edges of histogram buckets and of the timeline.
		keys = nil
		for shift := range 40 {
			for _, edge := range []int64{0, 1, 15} {
				k := keysNamed(fmt.Sprintf("h:%d:%d", shift, edge))
				k[0].Size.Bytes = max(1, (16+edge)<<shift>>4+int64(off))
				k[0].IdleSeconds = max(0, k[0].Size.Bytes-1)
				keys = append(keys, k...)
			}
		}
		for _, span := range []int64{0, minute, hour, day, 7 * day, 30 * day, minuteSpan, hourSpan, daySpan} {
			k := keysNamed(fmt.Sprintf("e:%d", span))
			k[0].HasExpiry, k[0].Expiry = true, testNow+span+int64(off)
			keys = append(keys, k...)
		}
		holdLaw(t, rnd, "edges", keys, 30, 6/stride(3))
	}
}

// TestNodeCapThreshold: as many nodes as there is room for are kept apart, one
// more makes the trie coarser and is said.
func TestNodeCapThreshold(t *testing.T) {
	lowLimits(t)
	cfg := testConfig()
	for _, c := range []struct {
		leaves int
		capped bool
	}{{9, false}, {10, false}, {11, true}} {
		k := newCollector(&cfg, clock{})
		k.trie.maxNodes = 12 // the root, x, and ten below it
		wide := wideLimits
		wideLimits = [...]uint32{100, 100, 100, 100, 100}
		var names []string
		for i := range c.leaves {
			names = append(names, "x:"+letters(i))
		}
		for _, r := range keysNamed(names...) {
			r.typ = k.types.id(r.TypeName)
			k.observeRow(&r)
		}
		s := k.finish()
		wideLimits = wide
		if s.Capped != c.capped || s.Totals.Keys != int64(c.leaves) {
			t.Errorf("%d leaves: capped %v, %d keys", c.leaves, s.Capped, s.Totals.Keys)
		}
	}
}

// TestMergeLawReports: permutations and groupings of whole parts give the same
// report, and the same part, as the report over all of them.
func TestMergeLawReports(t *testing.T) {
	lowLimits(t)
	rnd := rand.New(rand.NewPCG(25, 26))
	var parts []*Part
	for i := range 5 {
		s := snapshot(t, fmt.Sprintf("dump%d.rdb", i), testNow+int64(i)*hour, synthetic(rnd, 300)[0])
		parts = append(parts, readPart(t, writePart(t, &Part{Summary: s, Notes: []Warning{{Text: fmt.Sprint(i), Count: 1}}})))
	}
	merge := func(p ...*Part) *Part {
		m, err := MergeParts(p...)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	all := merge(parts...)
	wantReport, wantPart := reportJSON(t, all.Summary), string(writePart(t, all))
	for range 30 / stride(3) {
		list := make([]*Part, len(parts))
		for i, j := range rnd.Perm(len(parts)) {
			list[i] = parts[j]
		}
		for len(list) > 1 {
			n := 2 + rnd.IntN(len(list)-1)
			m := merge(list[:n]...)
			if rnd.IntN(2) == 0 {
				m = readPart(t, writePart(t, m))
			}
			list = append(list[n:], m)
		}
		if got := reportJSON(t, list[0].Summary); got != wantReport {
			t.Fatal(cmp.Diff(wantReport, got))
		}
		if string(writePart(t, list[0])) != wantPart {
			t.Fatal("another part")
		}
	}
}
