package units

import (
	"math"
	"testing"
	"time"

	"github.com/rdblens/rdblens/aggregate"
)

func TestHumanBytes(t *testing.T) {
	for _, c := range []struct {
		n    int64
		want string
	}{
		{0, "0 B"}, {1, "1 B"}, {1023, "1023 B"}, {1024, "1.00 KiB"}, {1025, "1.00 KiB"}, {2310, "2.26 KiB"}, {10_234, "9.99 KiB"}, {10_235, "10.0 KiB"},
		{102_348, "99.9 KiB"}, {102_349, "100 KiB"}, {1_048_063, "1023 KiB"}, {1_048_064, "1.00 MiB"}, {1 << 20, "1.00 MiB"}, {402 << 20, "402 MiB"},
		{1 << 30, "1.00 GiB"}, {1<<40 - 1, "1.00 TiB"}, {1 << 50, "1.00 PiB"}, {1 << 60, "1.00 EiB"}, {math.MaxInt64, "8.00 EiB"},
		{-1, "-1 B"}, {-2310, "-2.26 KiB"}, {math.MinInt64, "-8.00 EiB"},
	} {
		if got := Bytes(c.n); got != c.want {
			t.Errorf("Bytes(%d) = %q, want %q", c.n, got, c.want)
		}
	}
}

func TestHumanCount(t *testing.T) {
	for _, c := range []struct {
		n    int64
		want string
	}{
		{0, "0"}, {999, "999"}, {99_999, "99,999"}, {100_000, "100 k"}, {412_006, "412 k"}, {999_499, "999 k"}, {999_500, "1.00 M"}, {9_800_000, "9.80 M"},
		{14_900_000, "14.9 M"}, {9_995_000, "10.0 M"}, {99_950_000, "100 M"}, {math.MaxInt64, "9.22 E"}, {-5, "-5"}, {math.MinInt64, "-9.22 E"},
	} {
		if got := Count(c.n); got != c.want {
			t.Errorf("Count(%d) = %q, want %q", c.n, got, c.want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for _, c := range []struct {
		n    int64
		want string
	}{{0, "0"}, {12, "12"}, {123, "123"}, {1234, "1,234"}, {-1234, "-1,234"}, {math.MaxInt64, "9,223,372,036,854,775,807"}, {math.MinInt64, "-9,223,372,036,854,775,808"}} {
		if got := Grouped(c.n); got != c.want {
			t.Errorf("Grouped(%d) = %q, want %q", c.n, got, c.want)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole     int64
		tenth, whole100 string
	}{
		{0, 10, "0.0 %", "0 %"}, {1, 3, "33.3 %", "33 %"}, {2, 3, "66.7 %", "67 %"}, {10, 10, "100.0 %", "100 %"}, {1, 0, "", ""}, {1, -1, "", ""},
		{1, 100_000, "0.0 %", "<1 %"}, {99_999, 100_000, "100.0 %", ">99 %"}, {995, 1000, "99.5 %", ">99 %"}, {99, 100, "99.0 %", "99 %"}, {1, 100, "1.0 %", "1 %"},
		{-1, 4, "-25.0 %", ""}, {math.MaxInt64, math.MaxInt64, "100.0 %", "100 %"}, {math.MaxInt64 / 2, math.MaxInt64, "50.0 %", "50 %"}, {math.MaxInt64, 1, "", ""}, {15, 10, "150.0 %", "150 %"},
		{math.MinInt64, math.MaxInt64, "-100.0 %", ""},
	} {
		if got := Percent(c.part, c.whole); got != c.tenth {
			t.Errorf("Percent(%d, %d) = %q, want %q", c.part, c.whole, got, c.tenth)
		}
		if c.part < 0 {
			continue // no count of keys is negative
		}
		if got := WholePercent(c.part, c.whole); got != c.whole100 {
			t.Errorf("WholePercent(%d, %d) = %q, want %q", c.part, c.whole, got, c.whole100)
		}
	}
	for r, want := range map[int64]string{0: "0.0 %", 4: "0.0 %", 5: "0.1 %", 3552: "35.5 %", 9999: "100.0 %", 10000: "100.0 %", -3552: "-35.5 %"} {
		if got := Ratio(r); got != want {
			t.Errorf("Ratio(%d) = %q, want %q", r, got, want)
		}
	}
}

func TestHumanSeconds(t *testing.T) {
	for n, want := range map[int64]string{0: "0 s", 61: "61 s", 120: "2 min", 7199: "119 min", 7200: "2 h", 172_799: "47 h", 172_800: "2 d", 3_974_400: "46 d", 63_115_200: "2.0 y", 99_000_000: "3.1 y", -5: "-5 s"} {
		if got := Seconds(n); got != want {
			t.Errorf("Seconds(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestAppendTime(t *testing.T) {
	for _, ms := range []int64{0, 1, -1, 999, 1000, -62167219200000, -62167219200001, 253402300799999, 253402300800000, 1795140011000, math.MaxInt64, math.MinInt64,
		time.Date(2024, 2, 29, 23, 59, 59, 7e6, time.UTC).UnixMilli()} {
		want := aggregate.Time(ms).String()
		if got := string(AppendTime(nil, ms)); got != want {
			t.Errorf("%d: %s, want %s", ms, got, want)
		}
	}
}

func TestExact(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1000: "1000 B", 1024: "1 KiB", 1536: "1536 B", 1536 << 10: "1536 KiB", 10 << 20: "10 MiB", 1 << 62: "4 EiB", -2048: "-2 KiB", math.MinInt64: "-8 EiB"} {
		if got := ExactBytes(n); got != want {
			t.Errorf("ExactBytes(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 s", 59: "59 s", 60: "1 min", 90: "90 s", 3600: "1 h", 86400: "1 d", 2_592_000: "30 d", 86400 * 1000: "1,000 d"} {
		if got := ExactSeconds(n); got != want {
			t.Errorf("ExactSeconds(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 %", 10: "0.1 %", 1: "0.01 %", 896: "8.96 %", 8000: "80 %", 10_000: "100 %"} {
		if got := ExactRatio(n); got != want {
			t.Errorf("ExactRatio(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestFullSeconds(t *testing.T) {
	for n, want := range map[int64]string{0: "0 s", 119: "119 s", 120: "2 min (120 s)", 4_016_547: "46 d (4,016,547 s)", -5: "-5 s"} {
		if got := FullSeconds(n); got != want {
			t.Errorf("FullSeconds(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	for n, want := range map[int64]string{0: "0.00x", 49: "0.00x", 50: "0.01x", 12_500: "1.25x", 99_949: "9.99x", 99_950: "10.0x", 314_159: "31.4x", 999_499: "99.9x", 999_500: "100x",
		12_500_000: "1,250x", -12_500: "-1.25x", math.MaxInt64: "922,337,203,685,478x"} {
		if got := Times(n); got != want {
			t.Errorf("Times(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for _, c := range []struct {
		n          int64
		noun, want string
	}{{1, "key", "1 key"}, {2000, "key", "2,000 keys"}, {0, "hash", "0 hashes"}, {3, "entity", "3 entities"}, {-1, "key", "-1 keys"}} {
		if got := Plural(c.n, c.noun); got != c.want {
			t.Errorf("Plural(%d, %q) = %q, want %q", c.n, c.noun, got, c.want)
		}
	}
}
