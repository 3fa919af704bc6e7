package memory

import (
	"math"
	"testing"

	"github.com/rdblens/rdblens/parser"
)

func TestClasses(t *testing.T) {
	bundled := []int64{8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024,
		1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 5120, 6144, 7168, 8192, 10240, 12288, 14336, 16384, 20480, 24576, 28672, 32768, 40960}
	debian := append([]int64{8, 16, 32, 48, 64}, bundled[8:]...)
	for _, tt := range []struct {
		allocator Allocator
		classes   []int64
	}{{Jemalloc, bundled}, {JemallocDebian, debian}} {
		c := allocatorClasses[tt.allocator]
		at := 0
		for n := int64(0); n <= tt.classes[len(tt.classes)-1]; n++ {
			if n > tt.classes[at] {
				at++
			}
			if got := c.of(n); got != tt.classes[at] {
				t.Fatalf("%s: class of %d is %d, want %d", tt.allocator, n, got, tt.classes[at])
			}
		}
		if got := c.of(1<<40 + 1); got != 1<<40+1<<38 {
			t.Errorf("%s: class of 2^40+1 is %d", tt.allocator, got)
		}
	}
	libc := allocatorClasses[Libc]
	for n, want := range map[int64]int64{0: 24, 1: 24, 24: 24, 25: 40, 40: 40, 41: 56, 100: 104, 131048: 131048, 131049: 131072 + 4096 - 16, 1 << 20: 1<<20 + 4096 - 16} {
		if got := libc.of(n); got != want {
			t.Errorf("glibc: %d bytes take %d, want %d", n, got, want)
		}
	}
}

func TestSdsHeaders(t *testing.T) {
	for _, tt := range []struct {
		rule sdsRule
		n    int64
		want int64
	}{
		{sdsByLength, 31, 1}, {sdsByLength, 32, 3}, {sdsByLength, 255, 3}, {sdsByLength, 256, 5},
		{sdsByLength, 65535, 5}, {sdsByLength, 65536, 9}, {sdsByLength, 1<<32 - 1, 9}, {sdsByLength, 1 << 32, 17},
		{sdsByAllocation, 31, 1}, {sdsByAllocation, 32, 3}, {sdsByAllocation, 252, 3}, {sdsByAllocation, 253, 5},
		{sdsByAllocation, 65530, 5}, {sdsByAllocation, 65531, 9}, {sdsByAllocation, 1<<32 - 10, 9}, {sdsByAllocation, 1<<32 - 9, 17},
	} {
		if got := tt.rule.header(tt.n); got != tt.want {
			t.Errorf("rule %d, %d bytes: header %d, want %d", tt.rule, tt.n, got, tt.want)
		}
	}
	if got := sdsByLength.newRequest(0); got != 4 {
		t.Errorf("an empty sds asks for %d bytes", got)
	}
}

// TestStrings takes the sizes from spec by hand.
func TestStringSizes(t *testing.T) {
	plain := stringSizes{classes: allocatorClasses[Jemalloc], rule: sdsByLength}
	tracked := stringSizes{classes: allocatorClasses[Jemalloc], rule: sdsByAllocation, tracked: true}
	for _, tt := range []struct {
		name string
		got  cost
		want cost
	}{
		{"empty", plain.sds(0), cost{8, 8, 4}},
		{"22 bytes", plain.sds(22), cost{24, 24, 0}},
		{"23 bytes", plain.sds(23), cost{32, 32, 7}},
		{"45 bytes", plain.sds(45), cost{56, 56, 7}},
		{"tracked empty", tracked.sds(0), cost{8, 8, 4}},
		{"tracked 23 bytes", tracked.sds(23), cost{25, 32, 7}},
		{"tracked 45 bytes", tracked.sds(45), cost{56, 56, 7}},
		{"mstr", plain.mstr(10, false), cost{16, 16, 4}},
		{"mstr with TTL", plain.mstr(10, true), cost{32, 32, 2}},
		{"redis entry", tracked.jointRedis(5, 10, false), cost{21, 24, 3}},
		{"redis entry with TTL", tracked.jointRedis(5, 10, true), cost{39, 40, 1}},
		{"redis entry, 128 bytes", tracked.jointRedis(5, 117, false), cost{128, 128, 0}},
		// 5+3+1 and a pointer, and an sds of 118.
		{"redis entry, long value", tracked.jointRedis(5, 118, false), cost{17 + 128, 24 + 128, 7 + 6}},
		{"valkey entry", plain.jointValkey(5, 10, false), cost{24, 24, 3}},
		{"valkey entry with TTL", plain.jointValkey(5, 10, true), cost{32, 32, 1}},
		{"valkey entry, long value", plain.jointValkey(5, 118, false), cost{24 + 128, 24 + 128, 7 + 6}},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, tt.got, tt.want)
		}
	}
}

func TestPackedEntries(t *testing.T) {
	for _, tt := range []struct{ n, listpack, ziplist int64 }{
		{0, 2, 1}, {1, 3, 2}, {63, 65, 64}, {64, 67, 66}, {125, 128, 127}, {126, 130, 128}, {4095, 4099, 4097}, {4096, 4103, 4098},
		{16377, 16384, 16379}, {16378, 16386, 16380}, {16383, 16391, 16385}, {16384, 16392, 16389},
		{2097145, 2097153, 2097150}, {2097146, 2097155, 2097151},
	} {
		if got := listpackString(tt.n); got != tt.listpack {
			t.Errorf("listpack entry of %d bytes takes %d, want %d", tt.n, got, tt.listpack)
		}
		if got := ziplistString(tt.n); got != tt.ziplist {
			t.Errorf("ziplist entry of %d bytes takes %d, want %d", tt.n, got, tt.ziplist)
		}
	}
	for v, want := range map[int64][2]int64{0: {2, 1}, 12: {2, 1}, 13: {2, 2}, 127: {2, 2}, 128: {3, 3}, -1: {3, 2}, -128: {3, 2}, -129: {3, 3},
		4095: {3, 3}, -4096: {3, 3}, 4096: {4, 3}, 32767: {4, 3}, 32768: {5, 4}, 8388607: {5, 4}, 8388608: {6, 5}, math.MaxInt32: {6, 5},
		math.MaxInt32 + 1: {10, 9}, math.MinInt64: {10, 9}} {
		c := parser.ClassOf(v)
		if got := [2]int64{listpackInt[c], ziplistInt[c]}; got != want {
			t.Errorf("%d: entries of %v bytes, want %v", v, got, want)
		}
	}
	p := packer{form: packZiplist}
	p.add(250, parser.NotInt) // 1 + 252: the next one still says it in a byte
	p.add(250, parser.NotInt)
	p.add(251, parser.NotInt) // 254
	p.add(3, parser.NotInt)   // five bytes for that
	if got, want := p.total(), int64(11+253+253+254+9); got != want {
		t.Errorf("a ziplist of %d bytes, want %d", got, want)
	}
}

// TestSkiplistNodes holds expectation and deviation against those of spec.
func TestSkiplistNodes(t *testing.T) {
	for _, tt := range []struct {
		server    string
		allocator Allocator
		member    int64
		mean, sd  float64
	}{
		{"redis-7.4", Jemalloc, 10, 45.8365, 12.26},
		{"redis-7.4", JemallocDebian, 10, 53.3365, 10.70},
		{"redis-7.4", Libc, 10, 45.3333, 10.67},
		{"redis-8.6", Jemalloc, 5, 45.84, 12.3},
		{"redis-8.6", Jemalloc, 10, 53.34, 10.7},
		{"redis-8.6", Jemalloc, 20, 63.35, 13.9},
		{"redis-8.6", Jemalloc, 32, 85.38, 11.0},
		{"redis-8.6", Jemalloc, 100, 162.13, 8.5},
	} {
		l := lineOf(Server{tt.server})
		s := stringSizes{classes: allocatorClasses[tt.allocator], rule: l.sds}
		mean, variance := expectedNode(s.classes, skiplistNodeHead(l, s, tt.member))
		m := float64(mean) / float64(fixedOne)
		if math.Abs(m-tt.mean) > 0.006 || math.Abs(math.Sqrt(variance)-tt.sd) > 0.06 {
			t.Errorf("%s, %s, %d bytes: %.4f ± %.3f, want %.4f ± %.2f", tt.server, tt.allocator, tt.member, m, math.Sqrt(variance), tt.mean, tt.sd)
		}
	}
}

func TestServerAverage(t *testing.T) {
	if got := serverAverage(100, 0, 0); got != 100 {
		t.Errorf("without elements: %d", got)
	}
	// Where the quotient was rounded down the product may be short of the sum.
	exact, lost := 0, 0
	for n := int64(1); n < 200; n++ {
		for sum := 100 * n; sum < 140*n; sum += 8 {
			switch got := serverAverage(72, sum, n); got {
			case 72 + sum:
				exact++
			case 72 + sum - 1:
				lost++
			default:
				t.Errorf("%d elements of %d bytes: %d", n, sum, got)
			}
		}
	}
	if lost == 0 || exact < 10*lost {
		t.Errorf("%d sums kept, %d short by one", exact, lost)
	}
}
