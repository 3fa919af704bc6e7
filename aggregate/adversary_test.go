package aggregate_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// headed begins a dump of a server that used so many bytes.
func headed(used int64) *rdbtest.Writer {
	return rdbtest.Redis(11).Aux("redis-ver", "7.2.6").Aux("ctime", "1763700000").Aux("used-mem", fmt.Sprint(used)).SelectDB(0)
}

// TestAdversaryHeader: a tenant whose keys are chosen by the seed of one dump hides in
// that one, and in no other that differs in a byte of the header. TestAdversary of
// aggregate/internal/view has more ways to hide.
func TestAdversaryHeader(t *testing.T) {
	const known = 10_000_000
	in, err := parser.NewReader(bytes.NewReader(headed(known).EOF().Bytes()), parser.Options{}).Header()
	if err != nil {
		t.Fatal(err)
	}
	hasher := keyname.NewHasher(keyname.SeedOf(in))
	text := rdbtest.String(rdbtest.Plain(strings.Repeat("v", 60)))
	for _, used := range []int64{known, known + 1, known - 1, 2 * known} {
		w := headed(used)
		for i := range 24_000 {
			w.Put(fmt.Sprintf("tenant:%s:%d", keytest.Letters(400+i%1600), i), text)
		}
		for i, n := 0, 0; n < 16_000; i++ {
			key := fmt.Sprintf("tenant:hider:%d", i)
			if hasher.Key(0, []byte(key), int64(len(key)), 0) < 1<<64/5*3 {
				continue // it would be sampled
			}
			w.Put(key, text)
			n++
		}
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: "x", Reader: bytes.NewReader(w.EOF().Bytes())}, &aggregate.Config{NoAdvice: true})
		if err != nil {
			t.Fatal(err)
		}
		var found *aggregate.PatternRow
		r := s.Report()
		for i := range r.Patterns {
			if r.Patterns[i].Pattern == "tenant:hider:{int}" {
				found = &r.Patterns[i]
			}
		}
		switch {
		case used == known && found != nil:
			t.Errorf("the tenant does not hide by the seed it knows: this shows nothing (%d bytes)", found.Memory)
		case used != known && found == nil:
			t.Errorf("%d bytes used: a tenant with two fifths of the memory hides", used)
		case used != known && (found.Keys < 14_000 || found.Keys > 18_000):
			t.Errorf("%d bytes used: %d keys of 16,000", used, found.Keys)
		}
	}
}

// TestAdversaryValues: different values are no copies, whatever hash they collide
// under: here one that multiplies and folds without a seed, which is undone word by
// word; and values that are alike wherever they are looked at first.
func TestAdversaryValues(t *testing.T) {
	const mul1, mul2 = 0x9e3779b97f4a7c15, 0xda942042e4dd58b5
	mix := func(h, x, y uint64) uint64 {
		x, y = x^mul1, y^h
		hi, lo := bits.Mul64(x, y)
		return (hi ^ lo + x) ^ bits.RotateLeft64(y, 32) + mul2
	}
	collide := func(i int) []byte {
		b := make([]byte, 0, 64)
		word := func(n uint64) { b = binary.LittleEndian.AppendUint64(b, n) }
		first := [4]uint64{uint64(i), 7, uint64(i) * 3, 9}
		for _, n := range first {
			word(n)
		}
		h1, h2 := mix(64, first[0], first[1]), mix(65, first[2], first[3])
		word(mul1)
		word(h1)
		word(mul1)
		word(h2)
		return b
	}
	alike := func(i int) []byte {
		b := bytes.Repeat([]byte{'x'}, 400)
		copy(b[50:], fmt.Sprint(i, "..."))
		return b
	}
	for name, value := range map[string]func(int) []byte{"folded": collide, "alike": alike} {
		w := headed(1_000_000)
		for i := range 120 {
			w.Put(fmt.Sprintf("doc:%d", i), rdbtest.String(rdbtest.Plain(string(value(i)))))
		}
		w.Put("doc:120", rdbtest.String(rdbtest.Plain(string(value(7)))))
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: "x", Reader: bytes.NewReader(w.EOF().Bytes())}, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := s.Report().Facts.Patterns
		if len(p) != 1 || p[0].Probe == nil || p[0].Probe.Copies == nil {
			t.Fatalf("%s: %+v", name, p)
		}
		if c := p[0].Probe.Copies; !c.Saving.Exact || c.Saving.Keys != 1 || c.Distinct != 120 {
			t.Errorf("%s: %d copies and %d others, exact %v; there is one copy of 120 values", name, c.Saving.Keys, c.Distinct, c.Saving.Exact)
		}
	}
}
