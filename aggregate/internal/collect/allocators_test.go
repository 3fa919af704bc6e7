package collect

import (
	"errors"
	"io"
	"os"
	"testing"

	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// residents returns what the demo's keys take under the allocators that p does not have,
// as allocators with room for left elements say, and as their own meters do.
func residents(t *testing.T, p memory.Profile, left int64) (said, want [2]int64, estimate bool) {
	t.Helper()
	f, err := os.Open("../../../testdata/demo.rdb")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a := newAllocators(p, 0)
	a.left = left
	own := memory.NewMeter(p, false)
	var exact [2]memory.Meter
	for i := range exact {
		exact[i] = memory.NewMeter(a.others[i].profile, false)
	}
	var total int64
	r := parser.NewReader(f, parser.Options{})
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	open := false
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Keys {
			k := &b.Keys[i]
			var size, other memory.Size
			more := own.Piece(b, k, &size, open)
			if !a.passes(k, open) {
				a.piece(b, k, open)
			}
			for j := range exact {
				if exact[j].Piece(b, k, &other, open); !more {
					want[j] += other.Resident
				}
			}
			if open = more; !more {
				total += size.Resident
				a.count(k, &size, false)
			}
		}
		b.Release()
	}
	for i := range a.others {
		said[i] = total + a.others[i].difference + a.unseen(&a.others[i])
	}
	return said, want, a.estimate
}

// TestOtherAllocators: a source of this size is sized in full, and where only some of its
// keys are, the sums are near.
func TestOtherAllocators(t *testing.T) {
	for x := memory.Jemalloc; x <= memory.Libc; x++ {
		p := memory.Profile{Server: memory.Servers()[1], Allocator: x, Config: memory.DefaultConfig()}
		said, want, estimate := residents(t, p, sizedSmall)
		if said != want || estimate {
			t.Errorf("%s: %d, by their own meters %d (estimated: %t)", x, said, want, estimate)
		}
		said, want, estimate = residents(t, p, 0)
		if !estimate {
			t.Errorf("%s: nothing was passed over", x)
		}
		for i := range said {
			if d := max(said[i]-want[i], want[i]-said[i]); d > want[i]/100 {
				t.Errorf("%s: other %d is %d by a sample, %d in full", x, i, said[i], want[i])
			}
		}
	}
}

// TestTablesAreThinned: most elements of a large table are not looked at, and its
// difference is that of all.
func TestTablesAreThinned(t *testing.T) {
	a := newAllocators(memory.Profile{Server: memory.Servers()[1], Config: memory.DefaultConfig()}, 0)
	a.left = 0
	for _, k := range []parser.Key{{Type: parser.TypeHash, Count: largeTable}, {Type: parser.TypeSet, Count: 1 << 30}} {
		if a.choose(&k); a.current != thinned {
			t.Errorf("%v of %d elements: %d", k.Type, k.Count, a.current)
		}
	}
	for _, k := range []parser.Key{{Type: parser.TypeString, Len: largeBlob}, {Type: parser.TypeStreamListpacks3, Count: largeTable}} {
		if a.choose(&k); a.current != inFull {
			t.Errorf("%v of %d bytes and %d elements: %d", k.Type, k.Len, k.Count, a.current)
		}
	}
	taken := 0
	for range 10 * keyStride {
		k := parser.Key{Type: parser.TypeString, Len: 10, Count: 1}
		if a.passes(&k, false) {
			continue
		}
		if a.choose(&k); a.current == inSteps {
			taken++
		}
	}
	if taken != 10 {
		t.Errorf("%d of %d strings were sized", taken, 10*keyStride)
	}
}
