package keyname

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/parser"
)

// TestSecret draws samples of sets that multiplying could treat unlike others, each
// under many secrets: as many come into a sixteenth, and their number varies as
// much, as if each text had been drawn for itself. What is no key, and a length or a
// byte at any place, changes the hash.
func TestSecret(t *testing.T) {
	rnd := rand.New(rand.NewPCG(31, 6))
	const texts, sixteenth = 1 << 12, 1 << 60
	word := binary.LittleEndian.AppendUint64
	sets := map[string]func(i uint64) []byte{
		"decimal":        func(i uint64) []byte { return fmt.Appendf(nil, "user:%d", i) },
		"decimal, long":  func(i uint64) []byte { return fmt.Appendf(nil, "a tenant of many words:user:%08d:cart", i) },
		"every fifth":    func(i uint64) []byte { return fmt.Appendf(nil, "user:%d", 5*i) },
		"low bits":       func(i uint64) []byte { return word(nil, i) },
		"high bits":      func(i uint64) []byte { return word(nil, i<<52) },
		"middle bits":    func(i uint64) []byte { return word(nil, i<<26) },
		"golden steps":   func(i uint64) []byte { return word(nil, i*HashMul1) },
		"second word":    func(i uint64) []byte { return word(word(nil, 7), i<<40) },
		"both words":     func(i uint64) []byte { return word(word(nil, i), i) },
		"opposite words": func(i uint64) []byte { return word(word(nil, i), ^i) },
		"two bits":       func(i uint64) []byte { return word(word(nil, 1<<(i&63)), 1<<(i>>6)) },
		"third word":     func(i uint64) []byte { return word(word(word(nil, 1), 2), i<<20) },
		"lengths":        func(i uint64) []byte { return bytes.Repeat([]byte{'a'}, int(i)) },
		"empty bytes":    func(i uint64) []byte { return make([]byte, i) },
	}
	rounds := 1000 / keytest.Stride(10)
	for name, text := range sets {
		all := make([][]byte, texts)
		for i := range all {
			all[i] = text(uint64(i))
		}
		sum, squares := 0.0, 0.0
		const mean, variance = texts / 16, texts / 16.0 * 15 / 16
		for range rounds {
			k := Seed{rnd.Uint64(), rnd.Uint64()}.secret(rnd.Uint64N(20))
			n := 0.0
			for _, b := range all {
				if k.sum(b) < sixteenth {
					n++
				}
			}
			sum, squares = sum+n-mean, squares+(n-mean)*(n-mean)
			if math.Abs(n-mean) > 6*math.Sqrt(variance) {
				t.Errorf("%s: %v in a sixteenth, expected %v", name, n, mean)
			}
		}
		// The mean has a deviation of 15.5 / sqrt(rounds), the variance one of sqrt(2/rounds).
		if off := sum / math.Sqrt(variance*float64(rounds)); math.Abs(off) > 5 {
			t.Errorf("%s: %.1f standard deviations off", name, off)
		}
		if got := squares / variance / float64(rounds); math.Abs(got-1) > 5*math.Sqrt(2/float64(rounds)) {
			t.Errorf("%s: varies %.2f times as much as it should", name, got)
		}
	}
	k := Seed{1, 2}.secret(0)
	seen := make(map[uint64]string)
	add := func(b []byte) {
		if other, twice := seen[k.sum(b)]; twice {
			t.Fatalf("%x and %s have one hash", b, other)
		}
		seen[k.sum(b)] = fmt.Sprintf("%x", b)
	}
	for n := range 70 {
		b := make([]byte, n)
		add(b)
		for i := range b {
			for bit := range 8 {
				b[i] ^= 1 << bit
				add(b)
				b[i] = 0
			}
		}
	}
	for i := range 6 {
		var w [6]uint64
		before := k.sum6(w)
		if w[i] = 1 << 63; k.sum6(w) == before {
			t.Errorf("word %d of six does not count", i)
		}
	}
}

// TestSeedOf: every byte of a header makes another seed, wherever a text ends.
func TestSeedOf(t *testing.T) {
	seen := make(map[Seed]string)
	for _, h := range []parser.Header{
		{Magic: "REDIS0011"}, {Magic: "REDIS0012"},
		{Magic: "REDIS0011", Aux: []parser.Aux{{Key: "ctime", Value: "1"}}},
		{Magic: "REDIS0011", Aux: []parser.Aux{{Key: "ctime", Value: "2"}}},
		{Magic: "REDIS0011", Aux: []parser.Aux{{Key: "ctime1", Value: ""}}},
		{Magic: "REDIS0011", Aux: []parser.Aux{{Key: "", Value: "ctime1"}}},
		{Magic: "REDIS0011", Aux: []parser.Aux{{Key: "ctime", Value: "1"}, {}}},
		{Magic: "REDIS0011", Aux: []parser.Aux{{Key: "ctime", Value: "1"}, {Key: "used-mem", Value: "2"}}},
		{Magic: "REDIS0011", Aux: []parser.Aux{{Key: "used-mem", Value: "2"}, {Key: "ctime", Value: "1"}}},
	} {
		s := SeedOf(&h)
		if other, twice := seen[s]; twice {
			t.Errorf("%+v has the seed of %s", h, other)
		}
		seen[s] = fmt.Sprint(h)
		if s != SeedOf(&h) {
			t.Errorf("%+v has two seeds", h)
		}
	}
}

// TestHasher: what a key is hashed by counts, all of it; and hashes of names that are
// nearly alike are even over their range, under any seed.
func TestHasher(t *testing.T) {
	h, other := NewHasher(Seed{1, 2}), NewHasher(Seed{1, 3})
	name := []byte("user:1000")
	sums := []uint64{
		h.Key(0, name, 9, 0), h.Key(1, name, 9, 0), h.Key(16, name, 9, 0), h.Key(0, name[:8], 8, 0), h.Key(0, name, 10, 0), h.Key(0, name, 10, 1), h.Key(0, name, 11, 0),
		other.Key(0, name, 9, 0), h.Word(name), h.Value(9, name), h.Value(10, name), other.Value(9, name),
	}
	if again := h.Key(0, name, 9, 0); again != sums[0] {
		t.Errorf("%x, and %x behind other databases", sums[0], again)
	}
	slices.Sort(sums)
	if n := len(slices.Compact(sums)); n != 12 {
		t.Errorf("%d different sums of 12", n)
	}
	rnd := rand.New(rand.NewPCG(31, 3))
	for round := range 20 / keytest.Stride(4) {
		h := NewHasher(Seed{rnd.Uint64(), rnd.Uint64()})
		var counts [16]int
		const keys = 16_000
		for i := range uint64(keys) {
			b := binary.BigEndian.AppendUint64([]byte("tenant:a"), i<<(round*5/2)) // i has 14 bits: none may be shifted out
			counts[h.Key(0, b, int64(len(b)), 0)>>60]++
		}
		for i, n := range counts {
			if n < keys/16-200 || n > keys/16+200 { // six standard deviations
				t.Errorf("round %d: %d of %d in sixteenth %d", round, n, keys, i)
			}
		}
	}
}

// TestHashValue: up to WholeHash stored bytes all count, of more those that are
// looked at, and both lengths always.
func TestHashValue(t *testing.T) {
	h := NewHasher(Seed{1, 2})
	for _, n := range []int{1, 31, 32, 40, WholeHash, WholeHash + 1, 100, 5000} {
		b := bytes.Repeat([]byte{'x'}, n)
		sum, seen := h.Value(int64(n), b), 0
		for i := range b {
			b[i] = 'y'
			if h.Value(int64(n), b) != sum {
				seen++
			}
			b[i] = 'x'
		}
		want := n
		if n > WholeHash {
			want = min(n, 40)
		}
		if seen != want {
			t.Errorf("of %d bytes %d count, want %d", n, seen, want)
		}
		if h.Value(int64(n)+1, b) == sum {
			t.Errorf("%d bytes: the length does not count", n)
		}
	}
	if h.Value(1000, bytes.Repeat([]byte{'x'}, 100)) == h.Value(1000, bytes.Repeat([]byte{'x'}, 101)) {
		t.Error("the stored length does not count")
	}
}

// TestPath: a path is as many edges with the same literals, whatever the key is, and
// what is none is refused.
func TestPath(t *testing.T) {
	rnd := rand.New(rand.NewPCG(31, 4))
	split := NewSplitter(DefaultSeparators, 0)
	var paths [][]byte
	for _, name := range keytest.OddNames(rnd, 20_000/keytest.Stride(5), MaxLiteral, MaxEdges) {
		name += strings.Repeat("0123456789abcdef", rnd.IntN(3)*10)
		edges := split.Split([]byte(name))
		path := AppendPath(nil, []byte(name), edges)
		if len(path) > MaxPath {
			t.Fatalf("%q: a path of %d bytes", name, len(path))
		}
		got, ok := ReadPath(nil, path)
		if !ok || len(got) != len(edges) {
			t.Fatalf("%q: %d edges of %d, %v", name, len(got), len(edges), ok)
		}
		for i, e := range edges {
			g := got[i]
			if g.Sep != e.Sep || g.Cls != e.Cls || e.Cls == ClassLiteral && string(path[g.Off:g.Off+g.N]) != name[e.Off:e.Off+e.N] {
				t.Fatalf("%q: edge %d is %+v, not %+v", name, i, g, e)
			}
		}
		paths = append(paths, path)
	}
	for _, bad := range [][]byte{{0}, {0, byte(ClassLiteral)}, {0, byte(ClassLiteral), 2, 'a'}, {SepNul + 1, byte(ClassInt)}, {0, NumClasses},
		{0, byte(ClassLiteral), 1, 0xff}, bytes.Repeat([]byte{0, byte(ClassInt)}, MaxEdges+1), append([]byte{0, byte(ClassLiteral), MaxLiteral + 1}, bytes.Repeat([]byte{'a'}, MaxLiteral+1)...)} {
		if _, ok := ReadPath(nil, bad); ok {
			t.Errorf("%x is read", bad)
		}
	}
	for _, p := range paths[:min(len(paths), 500)] { // whatever is cut off or changed, it ends
		for n := range p {
			c := slices.Clone(p[:n])
			ReadPath(nil, c)
			if n > 0 {
				c[rnd.IntN(n)] = byte(rnd.Uint32())
				ReadPath(nil, c)
			}
		}
	}
}
