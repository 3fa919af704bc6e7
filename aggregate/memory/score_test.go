package memory

import (
	"math"
	"math/big"
	"strconv"
	"testing"

	"github.com/rdblens/rdblens/parser"
)

// TestShortestLen holds the length of a score's text against what fpconv_dtoa
// of Redis 7.2 prints for it.
func TestShortestLen(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		text string
	}{
		{0.1, "0.1"},
		{0.5, "0.5"},
		{1.5, "1.5"},
		{3.14159, "3.14159"},
		{0.3333333333333333, "0.3333333333333333"},
		{-0.3333333333333333, "-0.3333333333333333"},
		{1e-07, "1e-7"},
		{1.5e-07, "1.5e-7"},
		{1e-05, "0.00001"},
		{123456.789, "123456.789"},
		{1e+21, "1e+21"},
		{1e+22, "1e+22"},
		{1.7976931348623157e+308, "1.7976931348623157e+308"},
		{5e-324, "5e-324"},
		{2.2250738585072014e-308, "2.2250738585072014e-308"},
		{9.223372036854776e+18, "9223372036854776000"},
		{-9.223372036854776e+18, "-9223372036854776000"},
		{9.223372036854775e+18, "9223372036854775000"},
		{-9.223372036854775e+18, "-9223372036854775000"},
		{5e+18, "5e+18"},
		{1.2345678901234567e+19, "12345678901234567000"},
		{1e+19, "1e+19"},
		{-1e+25, "-1e+25"},
		{0.001234, "0.001234"},
		{-0.00012345678901234567, "-1.2345678901234567e-4"},
		{12345.678901234567, "1.2345678901234567e+4"},
		{1.5e-323, "1.5e-323"},
		{9223372036854777856, "9223372036854778000"},
		{1e+100, "1e+100"},
		{-1e-100, "-1e-100"},
		{99999999.99, "99999999.99"},
		{1e+300, "1e+300"},
		{10928588.983213553, "1.0928588983213553e+7"},
		{1.4186613525849614e+134, "1.4186613525849614e+134"},
		{-7.571968556055867e-74, "-7.571968556055867e-74"},
		{-1.4074705188261364e+113, "-1.4074705188261364e+113"},
		{-3.3339745473042614e-121, "-3.3339745473042614e-121"},
		{-1.2342180766211395e-271, "-1.2342180766211395e-271"},
		{-5.126864004244935e+111, "-5.126864004244935e+111"},
		{-2.1520217579844227e+32, "-2.1520217579844227e+32"},
		{0.1399601630397701, "0.1399601630397701"},
		{1.01853664031722e-244, "1.01853664031722e-244"},
		{2.9704598186234577e-115, "2.9704598186234577e-115"},
		{3.0534183338726823e+150, "3.0534183338726823e+150"},
		// Not the shortest text.
		{317.0748460727186, "317.07484607271863"},
		{494.3770443947611, "494.37704439476113"},
		{448.8826642147163, "448.88266421471633"},
		{408.0171263429107, "408.01712634291067"},
		{486.1011845629682, "486.10118456296823"},
		{667.598036432632, "667.5980364326319"},
		{269.6914587574677, "269.69145875746767"},
		{752.381837629524, "752.3818376295239"},
		{0.01762503357615775, "0.017625033576157748"},
		{4.025578624533181e-140, "4.0255786245331808e-140"},
		{4.888679426748134e-145, "4.8886794267481336e-145"},
		{2.52461978276166e-192, "2.5246197827616602e-192"},
		{3.544953096654248e-32, "3.5449530966542477e-32"},
		{7.328258456555479e-81, "7.3282584565554795e-81"},
	} {
		n, class := scoreEntry(scoreShortest, tt.v)
		want := parser.NotInt
		if i, err := strconv.ParseInt(tt.text, 10, 64); err == nil {
			want = parser.ClassOf(i)
		}
		if int(n) != len(tt.text) || class != want {
			t.Errorf("%v: %d bytes of class %d, fpconv prints %q (class %d)", tt.v, n, class, tt.text, want)
		}
	}
}

func TestScoreEntry(t *testing.T) {
	negativeZero := math.Copysign(0, -1)
	for _, tt := range []struct {
		form  scoreForm
		v     float64
		n     int64
		class parser.IntClass
	}{
		{scoreShortest, 0, 1, parser.Int4},
		{scoreShortest, negativeZero, 1, parser.Int4},
		{scorePrintf, negativeZero, 1, parser.Int4},
		{scorePrintfOld, negativeZero, 2, parser.NotInt},
		{scoreShortest, -5, 2, parser.Int8},
		{scoreShortest, 4096, 4, parser.Int16},
		{scoreShortest, 1 << 62, 19, parser.Int64},
		{scorePrintf, 1 << 62, 19, parser.Int64},
		{scorePrintf, 1 << 63, int64(len("9.2233720368547758e+18")), parser.NotInt},
		{scorePrintfOld, 1<<52 - 1, 16, parser.Int64},
		{scorePrintfOld, 1 << 53, 16, parser.Int64}, // %.17g prints an integer, too
		{scorePrintfOld, 1 << 62, int64(len("4.6116860184273879e+18")), parser.NotInt},
		{scorePrintf, 0.1, int64(len("0.10000000000000001")), parser.NotInt},
		{scorePrintf, 1e-5, int64(len("1.0000000000000001e-05")), parser.NotInt},
		{scoreShortest, math.Inf(1), 3, parser.NotInt},
		{scoreShortest, math.Inf(-1), 4, parser.NotInt},
		{scorePrintf, math.NaN(), 3, parser.NotInt},
	} {
		if n, class := scoreEntry(tt.form, tt.v); n != tt.n || class != tt.class {
			t.Errorf("form %d, %v: %d bytes of class %d, want %d of class %d", tt.form, tt.v, n, class, tt.n, tt.class)
		}
	}
}

// TestPowersOfTen computes the table of powers anew.
func TestPowersOfTen(t *testing.T) {
	ten := big.NewInt(10)
	for i, have := range powersOfTen {
		k := powerFirst + i*powerStep
		v := new(big.Rat).SetInt(new(big.Int).Exp(ten, big.NewInt(int64(max(k, -k))), nil))
		if k < 0 {
			v.Inv(v)
		}
		// v / 2^exp, rounded to nearest, is the significand.
		scale := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(have.exp, -have.exp))))
		if have.exp > 0 {
			scale.Inv(scale)
		}
		v.Mul(v, scale)
		v.Add(v, big.NewRat(1, 2))
		got := new(big.Int).Quo(v.Num(), v.Denom())
		if got.Cmp(new(big.Int).SetUint64(have.frac)) != 0 || have.frac>>63 == 0 {
			t.Errorf("10^%d: %#x·2^%d, want %#x", k, have.frac, have.exp, got)
		}
	}
	if n := len(powersOfTen); n != 87 {
		t.Errorf("%d powers", n)
	}
}

// FuzzGrisuReadsBack holds that the digits are those of the number, and at most
// 17 of them.
func FuzzGrisuReadsBack(f *testing.F) {
	for _, v := range []float64{1, 0.1, 5e-324, math.MaxFloat64, 2.2250738585072014e-308, 1 << 52, 9.5367431640625e-07} {
		f.Add(math.Float64bits(v))
	}
	f.Fuzz(func(t *testing.T, bits uint64) {
		v := math.Abs(math.Float64frombits(bits))
		if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
			return
		}
		d := grisu2(v)
		text := strconv.FormatUint(d.digits, 10) + "e" + strconv.Itoa(d.exp)
		got, err := strconv.ParseFloat(text, 64)
		if err != nil || got != v {
			t.Errorf("%v: digits %s read back as %v, %v", v, text, got, err)
		}
		if len(strconv.FormatUint(d.digits, 10)) != d.n || d.n > 17 {
			t.Errorf("%v: %d digits counted in %d", v, d.n, d.digits)
		}
	})
}

func TestDecimalLen(t *testing.T) {
	for _, v := range []int64{0, 9, 10, 99, 100, 999, 1000, 1001, 123456, 1234567, math.MaxInt64, math.MinInt64, -1, -10, -999, -1000} {
		if got, want := decimalLen(v), int64(len(strconv.FormatInt(v, 10))); got != want {
			t.Errorf("%d: %d, want %d", v, got, want)
		}
	}
}
