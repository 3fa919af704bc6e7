package view_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// These tests play tenants of a shared server who write keys to mislead its report.
// They know the program and all that is in the server, and can try whatever names
// they like before they write them. What they do not know is the header of the dump.

// adversary chooses the names of its keys by their hashes under a seed that it
// guesses.
type adversary struct {
	name  string
	guess keyname.Hasher
	low   bool // the hash is to be small, so that the key is sampled
	rnd   *rand.Rand
}

// likes reports whether a name is one that it wants: to hide it leaves out one in
// five, to be puffed up it takes only that one.
func (a *adversary) likes(key string) bool {
	const fifth = 1 << 64 / 5
	return (a.guess.Key(0, []byte(key), int64(len(key)), 0) < fifth) == a.low
}

// tricks are ways to name and to size keys, bytes.
var tricks = []func(a *adversary, i int) (key string, size int64){
	func(a *adversary, i int) (string, int64) {
		return fmt.Sprintf("%s:%d", a.name, 1_000_000+i), 64 + 8*a.rnd.Int64N(30)
	},
	// Of one size with all others, small, and of all sizes.
	func(a *adversary, i int) (string, int64) { return fmt.Sprintf("%s:%d", a.name, i), 128 },
	func(a *adversary, i int) (string, int64) { return fmt.Sprintf("%s:%d", a.name, i), 56 },
	func(a *adversary, i int) (string, int64) {
		return fmt.Sprintf("%s:%d", a.name, i), 1 << (6 + a.rnd.IntN(8))
	},
	// Longer than what is kept of a name, behind the tenant and in front of it.
	func(a *adversary, i int) (string, int64) {
		return fmt.Sprintf("%s:%s:%d", a.name, strings.Repeat("0123456789abcdef", 20), i), 480
	},
	// In many patterns, some of them wide themselves.
	func(a *adversary, i int) (string, int64) {
		return fmt.Sprintf("%s:%s:%d", a.name, keytest.Letters(i%40), i), 96
	},
	func(a *adversary, i int) (string, int64) {
		return fmt.Sprintf("%s:%s:%s", a.name, keytest.Letters(i%700), keytest.Letters(i)), 104
	},
	// Where a hash by multiplication sees differences least: in the highest bits.
	func(a *adversary, i int) (string, int64) {
		var b [16]byte
		for j := range b {
			b[j] = 0x80 >> (i >> j & 1)
		}
		binary.LittleEndian.PutUint16(b[6:], uint16(i)|0x8080)
		return fmt.Sprintf("%s:%d:%s", a.name, i, b[:]), 112
	},
}

// crowd is a server in which an adversary writes: as many tenants with few keys each
// as make {*} of their names, and more keys than three samples take.
func crowd() []sizedKey {
	rnd := rand.New(rand.NewPCG(1, 52))
	keys := make([]sizedKey, 40_000)
	for i := range keys {
		keys[i] = sizedKey{fmt.Sprintf("tenant:%s:%d", keytest.Letters(400+i%1600), i), 64 + 8*rnd.Int64N(20)}
	}
	return keys
}

// sizedKey is a string of so many bytes.
type sizedKey struct {
	name string
	size int64
}

// attack returns the keys of some adversaries, and what each of them has, bytes.
func attack(rnd *rand.Rand, guess keyname.Seed) (keys []sizedKey, has map[string]int64) {
	has = make(map[string]int64)
	write := func(name string, low bool, bytes int64) {
		a := adversary{name: name, guess: keyname.NewHasher(guess), low: low, rnd: rnd}
		trick := tricks[rnd.IntN(len(tricks))]
		for i := rnd.IntN(1000); has[name] < bytes; i++ {
			if key, size := trick(&a, i); a.likes(key) {
				keys = append(keys, sizedKey{key, size})
				has[name] += size
			}
		}
	}
	// One with a large part, and around what is promised: 1 % of some 6 MB.
	write("tenant:hider", false, 30_000<<rnd.IntN(6))
	write("tenant:puffer", true, 1000+rnd.Int64N(25_000))
	for i := range 4 {
		write("tenant:above"+keytest.Letters(i), false, 70_000+rnd.Int64N(10_000))
		write("tenant:below"+keytest.Letters(i), true, 24_000+rnd.Int64N(5000))
	}
	return keys, has
}

// observed is the report of a server with these keys, in any order, under a seed, and
// what it weighs, bytes.
func observed(seed keyname.Seed, rnd *rand.Rand, lists ...[]sizedKey) (rep *data.Report, total int64) {
	var r counters.Observation
	var key []byte
	r.TypeName, r.Typ = "string", uint8(parser.DataTypeString)
	r.Size = memory.Size{Encoding: memory.EncodingRaw, Exact: true}
	r.Elements, r.IdleSeconds, r.Freq, r.Slot = 1, -1, -1, -1
	cfg := statetest.TestConfig()
	cfg.Top = 1000
	c := collect.NewCollector(&cfg, seed, sketch.Clock{}, state.Bounds{})
	rnd.Shuffle(len(lists), func(i, j int) { lists[i], lists[j] = lists[j], lists[i] })
	for _, keys := range lists {
		for _, k := range keys {
			key = append(key[:0], k.name...)
			r.Key, r.KeyLen = key, int64(len(key))
			r.Size.Bytes, r.Size.Resident = k.size, k.size
			statetest.ObserveRow(c, &r)
			total += k.size
		}
	}
	sources := statetest.TestSources()[:1]
	sources[0].Seed = seed
	return view.NewReport(&state.Summary{Config: cfg, Sources: sources, Keys: c.Finish()}), total
}

// broken says what a report promises (docs/sampling.md) and does not keep of some
// children of a wide node.
func broken(r *data.Report, has map[string]int64, total int64) (out []string) {
	for name, bytes := range has {
		var rows, memory, bound int64
		for i := range r.Patterns {
			if p := &r.Patterns[i]; strings.HasPrefix(p.Pattern, name+":") {
				rows++
				memory += p.Memory
				bound += p.Error
			}
		}
		switch {
		case rows == 0 && bytes*100 >= total:
			out = append(out, fmt.Sprintf("%s has %d of %d bytes and no row", name, bytes, total))
		case bytes*200 < total && memory*100 > total:
			out = append(out, fmt.Sprintf("%s has %d of %d bytes, and is shown with %d", name, bytes, total, memory))
		case rows > 0 && max(bytes-memory, memory-bytes) > bound:
			out = append(out, fmt.Sprintf("%s has %d bytes, and is shown in %d rows with %d ± %d", name, bytes, rows, memory, bound))
		}
	}
	return out
}

// TestAdversary: whatever names are chosen without the seed, the report keeps what it
// promises. It takes 1,000 tries, in the short form 30.
func TestAdversary(t *testing.T) {
	const tries, lanes = 1000, 4
	others := crowd()
	for lane := range lanes {
		t.Run(fmt.Sprint(lane), func(t *testing.T) {
			t.Parallel()
			for try := lane; try < tries/keytest.Stride(33); try += lanes {
				rnd := rand.New(rand.NewPCG(uint64(try), 50))
				seed := keyname.Seed{rnd.Uint64(), rnd.Uint64()}
				// The seed of no header, of another one, and of one that differs in a bit.
				guess := [...]keyname.Seed{{}, {rnd.Uint64(), rnd.Uint64()}, {seed[0], seed[1] ^ 1<<rnd.IntN(64)}}[try%3]
				keys, has := attack(rnd, guess)
				r, total := observed(seed, rnd, keys, others)
				for _, text := range broken(r, has, total) {
					t.Errorf("try %d: %s", try, text)
				}
			}
		})
	}
}

// TestAdversaryKnows: the attacks of TestAdversary are some. Who knows the seed fools
// the report by the same names.
func TestAdversaryKnows(t *testing.T) {
	others, fooled := crowd(), 0
	const tries = 5
	for try := range uint64(tries) {
		rnd := rand.New(rand.NewPCG(try, 51))
		seed := keyname.Seed{rnd.Uint64(), rnd.Uint64()}
		keys, has := attack(rnd, seed)
		r, total := observed(seed, rnd, keys, others)
		if len(broken(r, has, total)) > 0 {
			fooled++
		}
	}
	if fooled < tries-1 {
		t.Errorf("who knows the seed fools %d of %d reports: these attacks show nothing", fooled, tries)
	}
}
