package aggregate

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rdblens/rdblens/parser"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		glob, s string
		want    bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"a*", "abc", true}, {"a*c", "abc", true},
		{"a*c", "abcd", false}, {"*b*", "abc", true}, {"*b*d", "abcbd", true}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"?", "", false}, {"h[ae]llo", "hello", true}, {"h[ae]llo", "hillo", false}, {"h[^e]llo", "hello", false},
		{"h[^e]llo", "hallo", true}, {"h[a-b]llo", "hbllo", true}, {"h[b-a]llo", "hallo", true}, {"h[a-", "h-", true},
		{"[", "[", false}, {"[a", "a", true}, {`\*`, "*", true}, {`\*`, "a", false}, {`a\`, `a\`, true}, {`[\]]`, "]", true},
		{"**a", "bba", true}, {"[]", "]", false}, {"[^]", "a", true}, {"user:*:x", "user:1:2:x", true}, {"a[0-9]*", "a5bc", true},
	} {
		if got := glob(c.glob).match([]byte(c.s)); got != c.want {
			t.Errorf("%q on %q: %v", c.glob, c.s, got)
		}
	}
	// Time is bounded: a recursive matcher needs 2^30 steps here.
	if glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b").match(make([]byte, 20000)) {
		t.Error("matched")
	}
}

func TestSlot(t *testing.T) {
	// From the cluster specification and a real server (CLUSTER KEYSLOT).
	for _, c := range []struct {
		key  string
		want int32
	}{
		{"123456789", 0x31c3 & 16383}, {"foo", 12182}, {"bar", 5061}, {"hello", 866}, {"{foo}x", 12182}, {"x{foo}{bar}", 12182},
		{"", 0},
	} {
		if got := slotOf([]byte(c.key), true); got != c.want {
			t.Errorf("%q: slot %d, want %d", c.key, got, c.want)
		}
	}
	if a, b := slotOf([]byte("foo{}{bar}"), true), slotOf([]byte("foo{bar}"), true); a == b {
		t.Error("an empty tag must hash the whole key")
	}
	if got := slotOf([]byte("no tag"), false); got != -1 {
		t.Errorf("cut key: %d", got)
	}
	if got := slotOf([]byte("{foo}"), false); got != 12182 {
		t.Errorf("cut key with a tag: %d", got)
	}
	bytewise := func(b []byte) (c uint16) {
		for _, x := range b {
			c ^= uint16(x) << 8
			for range 8 {
				if c&0x8000 != 0 {
					c = c<<1 ^ 0x1021
				} else {
					c <<= 1
				}
			}
		}
		return c
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		b := make([]byte, rnd.IntN(40))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		if crc16Of(b) != bytewise(b) {
			t.Fatalf("%x: %04x, want %04x", b, crc16Of(b), bytewise(b))
		}
	}
}

func TestHistogram(t *testing.T) {
	for v := int64(0); v < 1<<14; v++ {
		b := bucketOf(v)
		o, s := uint(b.octave), uint(b.sub)
		if top := bucketTop(o, s); top < v || v >= 16 && (top-v)*16 > v {
			t.Fatalf("%d: bucket %d/%d ends at %d", v, o, s, top)
		}
	}
	for _, v := range []int64{1 << 40, math.MaxInt64, math.MaxInt64 - 1, 1<<62 - 1, 1 << 62} {
		b := bucketOf(v)
		o, s := uint(b.octave), uint(b.sub)
		if top := bucketTop(o, s); top < v || o > 59 {
			t.Errorf("%d: bucket %d/%d ends at %d", v, o, s, top)
		}
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var h, a, b histogram
		var all []int64
		for range 1 + rnd.IntN(300) {
			v := rnd.Int64N(1 << (1 + rnd.IntN(40)))
			all = append(all, v)
			h.add(v)
			if rnd.IntN(2) == 0 {
				a.add(v)
			} else {
				b.add(v)
			}
		}
		slices.Sort(all)
		a.merge(&b)
		for _, p := range []int64{1, 50, 90, 99, 100} {
			exact := all[max((int64(len(all))*p+99)/100, 1)-1]
			got := h.quantile(p, 100)
			if got < exact || got > exact+exact/16+1 || got > all[len(all)-1] {
				t.Fatalf("p%d: %d, exact %d", p, got, exact)
			}
			if m := a.quantile(p, 100); m != got {
				t.Fatalf("p%d merged: %d, want %d", p, m, got)
			}
		}
		if h.quantile(1, 1) != all[len(all)-1] || h.Min != all[0] {
			t.Fatal("extremes are not exact")
		}
	}
	var one histogram
	one.add(1000)
	if got := one.quantile(50, 100); got != 1000 {
		t.Errorf("a single value: %d", got)
	}
}

func TestSumSquares(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 1000 {
		var s sumSquares
		want := new(big.Int)
		for range 1 + rnd.IntN(10) {
			v := rnd.Int64N(1 << (1 + rnd.IntN(61)))
			s.add(v)
			want.Add(want, new(big.Int).Mul(big.NewInt(v), big.NewInt(v)))
		}
		root := new(big.Int).Sqrt(want)
		if new(big.Int).Mul(root, root).Cmp(want) < 0 {
			root.Add(root, big.NewInt(1))
		}
		if root.IsInt64() && s.root() != root.Int64() {
			t.Fatalf("root of %s: %d, want %s", want, s.root(), root)
		}
	}
}

func TestParseTTL(t *testing.T) {
	for _, c := range []struct {
		in   string
		kind ttlFilter
		ms   int64
	}{{"", ttlAll, 0}, {"none", ttlNone, 0}, {"any", ttlAny, 0}, {"expired", ttlExpired, 0}, {"<1h", ttlBelow, hour},
		{">7d", ttlAbove, 7 * day}, {"<90", ttlBelow, 90_000}, {">1h30m", ttlAbove, 90 * minute}, {"<250ms", ttlBelow, 250}, {">2w", ttlAbove, 14 * day}} {
		kind, ms, err := parseTTL(c.in)
		if err != nil || kind != c.kind || ms != c.ms {
			t.Errorf("%q: %v %d %v", c.in, kind, ms, err)
		}
	}
	for _, in := range []string{"x", "<", ">h", "<1y", "<-5s", "<99999999999999999999d", "<9223372036854775807w", "<1h5"} {
		if _, _, err := parseTTL(in); err == nil {
			t.Errorf("%q: no error", in)
		}
	}
}

func TestTimeBeyondCalendar(t *testing.T) {
	for _, v := range []Time{math.MinInt64, math.MaxInt64, minTime, maxTime, 0} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back Time
		if err := json.Unmarshal(b, &back); err != nil {
			t.Errorf("%d: %s: %v", int64(v), b, err)
		}
	}
}

func TestCandidates(t *testing.T) {
	lim := &limits{hash: limit{512, 64}, zset: limit{128, 64}, set: limit{128, 64}, intset: 512}
	key := func(l parser.DataType, n, longest int64, ints bool) *record {
		r := &record{integers: ints}
		r.size = &r.Size
		r.Logical, r.Elements, r.IdleSeconds = l, n, -1
		r.Size.Bytes, r.Size.Compact, r.Size.CompactLen, r.Size.Longest = 1000, 400, n*10, longest
		return r
	}
	for _, c := range []struct {
		name string
		r    *record
		want []int // places counted
	}{
		{"just over entries", key(parser.DataTypeHash, 513, 64, false), []int{0, 1, 2}},
		{"twice", key(parser.DataTypeHash, 1024, 10, false), []int{0, 1, 2}},
		{"over twice", key(parser.DataTypeHash, 1025, 10, false), []int{1, 2}},
		{"over all", key(parser.DataTypeHash, 4097, 10, false), nil},
		{"value", key(parser.DataTypeHash, 512, 65, false), []int{3, 4}},
		{"value over twice", key(parser.DataTypeHash, 5, 129, false), []int{4}},
		{"both", key(parser.DataTypeHash, 513, 65, false), nil},
		{"neither", key(parser.DataTypeHash, 512, 64, false), nil},
		{"unknown longest", key(parser.DataTypeHash, 513, -1, false), nil},
		{"zset", key(parser.DataTypeZset, 200, 64, false), []int{0, 1, 2}},
		{"set", key(parser.DataTypeSet, 200, 10, false), []int{0, 1, 2}},
		{"set value", key(parser.DataTypeSet, 100, 100, false), []int{3, 4}},
		{"intset", key(parser.DataTypeSet, 2000, 5, true), []int{6, 7}},
		{"list", key(parser.DataTypeList, 2000, 5, false), nil},
	} {
		var s stats
		s.add(c.r, lim)
		var got []int
		if s.Rare != nil {
			for i, x := range s.Rare.Candidates {
				if x.Keys == 1 && x.Before == 1000 && x.After == 400 && x.Longest == c.r.Size.CompactLen {
					got = append(got, i)
				} else if x.Keys != 0 {
					t.Errorf("%s: %+v", c.name, x)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: counted at %v, want %v", c.name, got, c.want)
		}
	}
}

func TestMulDiv(t *testing.T) {
	for _, c := range [][4]int64{{3, 5, 2, 7}, {math.MaxInt64, 10, 10, math.MaxInt64}, {math.MaxInt64, 2, 1, math.MaxInt64}, {0, 5, 3, 0}} {
		if got := mulDiv(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%d*%d/%d = %d", c[0], c[1], c[2], got)
		}
	}
}
