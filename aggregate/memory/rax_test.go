package memory

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// nodeLengths returns the bytes asked for by each node of a radix tree of keys
// (distinct, sorted), built from the definition: a run of bytes without a
// branch or the end of a key is one node, so is a branch, and a leaf.
func nodeLengths(keys []string, valueless bool) (lengths []int64) {
	here := len(keys) > 0 && keys[0] == ""
	rest := keys
	if here {
		rest = keys[1:]
	}
	length := func(chars, pointers int64) int64 {
		n := 4 + chars
		for n%8 != 0 {
			n++
		}
		n += 8 * pointers
		if here && !valueless {
			n += 8
		}
		return n
	}
	if len(rest) == 0 {
		return []int64{length(0, 0)}
	}
	if rest[0][0] == rest[len(rest)-1][0] {
		run := 1
		for run < len(rest[0]) && rest[0][:run+1] == rest[len(rest)-1][:min(run+1, len(rest[len(rest)-1]))] {
			run++
		}
		next := make([]string, len(rest))
		for i, k := range rest {
			next[i] = k[run:]
		}
		return append([]int64{length(int64(run), 1)}, nodeLengths(next, valueless)...)
	}
	var branches []int64
	children := int64(0)
	for i := 0; i < len(rest); {
		j := i
		var next []string
		for ; j < len(rest) && rest[j][0] == rest[i][0]; j++ {
			next = append(next, rest[j][1:])
		}
		branches = append(branches, nodeLengths(next, valueless)...)
		children++
		i = j
	}
	return append(branches, length(children, children))
}

func checkTree(t *testing.T, what string, tr *trie, keys []string) {
	t.Helper()
	c := allocatorClasses[Jemalloc]
	var alloc, waste int64
	lengths := nodeLengths(keys, tr.valueless)
	for _, n := range lengths {
		alloc += c.of(n)
		waste += c.of(n) - n
	}
	if tr.nodes != int64(len(lengths)) || tr.alloc != alloc || tr.waste != waste || tr.keys != int64(len(keys)) {
		t.Errorf("%s: %d keys in %d nodes of %d bytes, %d wasted; want %d, %d, %d, %d\n%q", what,
			tr.keys, tr.nodes, tr.alloc, tr.waste, len(keys), len(lengths), alloc, waste, keys[:min(len(keys), 20)])
	}
}

// TestRadixTrees compares trees counted from sorted keys with trees built.
func TestRadixTrees(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 12))
	classes := allocatorClasses[Jemalloc]
	for trial := range 400 {
		n := rnd.IntN(60)
		if trial%10 == 0 {
			n = rnd.IntN(2000)
		}
		var names []string
		for range n {
			b := make([]byte, rnd.IntN(1+rnd.IntN(12)))
			for i := range b {
				b[i] = "abc\x00\xff"[rnd.IntN(2+rnd.IntN(4))]
			}
			names = append(names, string(b))
		}
		slices.Sort(names)
		names = slices.Compact(names)
		tree := nameTree{trie: trie{classes: classes, valueless: trial%2 == 0}}
		tree.reset()
		for _, name := range names {
			tree.add([]byte(name), int64(len(name)))
		}
		tree.finish()
		checkTree(t, fmt.Sprintf("names, trial %d", trial), &tree.trie, names)
		if tree.unordered {
			t.Errorf("trial %d: sorted names called unordered", trial)
		}

		var ids []streamID
		for range n {
			ids = append(ids, streamID{1700000000000 + uint64(rnd.IntN(1<<rnd.IntN(40))), uint64(rnd.IntN(1 << rnd.IntN(20)))})
		}
		slices.SortFunc(ids, compareIDs)
		ids = slices.Compact(ids)
		it := idTree{trie: trie{classes: classes}}
		it.reset()
		var keys []string
		for _, id := range ids {
			it.add(id)
			keys = append(keys, string(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, id.ms), id.seq)))
		}
		it.finish()
		checkTree(t, fmt.Sprintf("ids, trial %d", trial), &it.trie, keys)
	}
}

// TestRadixTreeDisorder holds that IDs out of order or repeated do no harm.
func TestRadixTreeDisorder(t *testing.T) {
	var it idTree
	it.classes = allocatorClasses[Jemalloc]
	it.reset()
	for _, id := range []streamID{{5, 1}, {5, 1}, {3, 0}, {9, 0}} {
		it.add(id)
	}
	it.finish()
	if !it.unordered || it.keys != 3 {
		t.Errorf("unordered %v, %d keys", it.unordered, it.keys)
	}
	var names nameTree
	names.classes = it.classes
	names.reset()
	for _, n := range []string{"b", "b", "a", "", "c"} {
		names.add([]byte(n), int64(len(n)))
	}
	names.finish()
	if !names.unordered || names.keys != 4 {
		t.Errorf("unordered %v, %d keys", names.unordered, names.keys)
	}
}

// TestVolatileSet takes the sizes of a hash's order of expiry by hand.
func TestVolatileSet(t *testing.T) {
	l := lineOf(Server{"valkey-9.0"})
	var v volatileSet
	v.classes = allocatorClasses[Jemalloc]
	measure := func(times ...int64) int64 {
		v.reset()
		for _, ms := range times {
			v.add(ms)
		}
		c, _, _, _ := v.measure(l)
		return c.counted
	}
	repeat := func(n int, f func(i int) int64) []int64 {
		s := make([]int64, n)
		for i := range s {
			s[i] = f(i)
		}
		return s
	}
	spread := func(i int) int64 { return 1700000000000 + int64(i)*100 }
	for _, tt := range []struct {
		name  string
		times []int64
		want  int64
	}{
		{"none", nil, 0},
		{"one", []int64{5}, 0},
		{"two", []int64{5, 6}, 24},
		{"three", []int64{5, 6, 7}, 32},
		{"127", repeat(127, spread), 1024},
		// All within 16 ms: one bucket that becomes a hashtable, still
		// growing from 16 buckets to 32. Beside it struct rax, the run of a
		// key of eight bytes, and its leaf.
		{"128 at once", repeat(128, func(int) int64 { return 1700000000000 }), 32 + 24 + 16 + 80 + 64*(16+32)},
	} {
		if got := measure(tt.times...); got != tt.want {
			t.Errorf("%s: %d bytes, want %d", tt.name, got, tt.want)
		}
	}
	// Many fields: no bucket may hold more than its vector, every field is in one.
	rnd := rand.New(rand.NewPCG(13, 14))
	for _, n := range []int{128, 500, 5000, 20000} {
		for _, span := range []int64{20, 1000, 100000, 1 << 40} {
			v.reset()
			for range n {
				v.add(1700000000000 + rnd.Int64N(span))
			}
			v.measure(l)
			held, last := int64(0), int64(0)
			for i := range v.buckets {
				b := &v.buckets[i]
				if i > 0 && b.key <= last {
					t.Fatalf("n %d, span %d: keys %d, %d out of order", n, span, last, b.key)
				}
				for _, ms := range b.times {
					if ms >= b.key || ms < last {
						t.Fatalf("n %d, span %d: %d is outside its bucket (%d to %d)", n, span, ms, last, b.key)
					}
				}
				last = b.key
				held += b.n + int64(len(b.times))
			}
			if held != int64(n) {
				t.Errorf("n %d, span %d: %d fields held", n, span, held)
			}
		}
	}
}
