package part

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/compare"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
)

// place is an integer of the contents of a part.
type place struct {
	path string
	v    reflect.Value
}

// integers finds the integers of plain data: of a list those of its first, middle and
// last elements.
func integers(v reflect.Value, path string) (out []place) {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return []place{{path, v}}
	case reflect.Pointer:
		if !v.IsNil() {
			out = integers(v.Elem(), path)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("part"), ",")
			if name != "-" {
				out = append(out, integers(v.Field(i), strings.TrimPrefix(path+"."+name, "."))...)
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Slice {
			return nil // text
		}
		at := []int{0, v.Len() / 2, v.Len() - 1}
		for _, i := range slices.Compact(at) {
			if v.Len() > 0 {
				out = append(out, integers(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
			}
		}
	}
	return out
}

// extremes are values that fit a type.
func extremes(v reflect.Value) (out []func(reflect.Value)) {
	if v.CanInt() {
		for _, n := range []int64{-1, 200, math.MaxInt64, math.MinInt64, 1 << 62, 1 << 55} {
			if !v.OverflowInt(n) && v.Int() != n {
				out = append(out, func(v reflect.Value) { v.SetInt(n) })
			}
		}
		return out
	}
	for _, n := range []uint64{0, 200, math.MaxUint64, 1 << 63, math.MaxUint8} {
		if !v.OverflowUint(n) && v.Uint() != n {
			out = append(out, func(v reflect.Value) { v.SetUint(n) })
		}
	}
	return out
}

// belowZero finds figures below zero.
var belowZero = regexp.MustCompile(`"([a-z_A-Z0-9]*)": (-[0-9]+)`)

// differences are the figures that may be below zero: as far as sums go.
var differences = []string{"saves_bytes", "saves_resident_bytes"}

// negatives are the figures below zero of what is shown of a part, but for -1, which
// stands for what is not known, and differences.
func negatives(shown string) (out []string) {
	for _, m := range belowZero.FindAllStringSubmatch(shown, -1) {
		n, err := strconv.ParseInt(m[2], 10, 64)
		if m[2] != "-1" && (err != nil || !slices.Contains(differences, m[1]) || n < -4*counters.MaxSum) {
			out = append(out, m[0])
		}
	}
	return out
}

// TestHostileParts: with any integer of a part changed to an extreme and the checksum
// put right, the part is refused, or what is shown of it, and of it merged with
// another, has no figure that wrapped around; nothing panics.
func TestHostileParts(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("format-%d.rdbpart", formatVersion)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := partBody(b)
	if err != nil {
		t.Fatal(err)
	}
	read := func() *contents {
		c := new(contents)
		if _, err := decodeContents(body, c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	other := func() *Part { // the same with other names of sources
		c := read()
		for i := range c.Sources {
			c.Sources[i].Name += "-2"
		}
		return readPart(t, reframe(t, bodyOf(t, c)))
	}()
	known := negatives(shownOf(t, other))
	c := read()
	all := integers(reflect.ValueOf(c).Elem(), "")
	tried, refused, shown := 0, 0, 0
	stride := 4 // RDBLENS_HOSTILE=1 tries every integer: some minutes
	if testing.Short() {
		stride = 397
	}
	if os.Getenv("RDBLENS_HOSTILE") != "" {
		stride = 1
	}
	for i := 0; i < len(all); i += stride {
		p := all[i]
		for _, set := range extremes(p.v) {
			before := reflect.ValueOf(p.v.Interface())
			set(p.v)
			tried++
			what := fmt.Sprintf("%s = %v", p.path, p.v)
			mutant := reframe(t, bodyOf(t, c))
			p.v.Set(before)
			got, err := Read(bytes.NewReader(mutant))
			if err != nil {
				if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
					t.Errorf("%s: %v", what, err)
				}
				refused++
				continue
			}
			shown++
			holdShown(t, what, got, known)
			two, err := Merge(got, other)
			if err != nil {
				continue
			}
			holdShown(t, what+", merged", two, known)
		}
	}
	t.Logf("%d integers, %d changes: %d refused, %d shown", len(all), tried, refused, shown)
	if refused == 0 || shown == 0 {
		t.Error("nothing was refused, or nothing shown")
	}
}

// holdShown shows a part, all of it, and looks for what wrapped around.
func holdShown(t *testing.T, what string, p *Part, known []string) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			buf := make([]byte, 2<<10)
			t.Errorf("%s: panic: %v\n%s", what, r, buf[:runtime.Stack(buf, false)])
		}
	}()
	for _, n := range negatives(shownOf(t, p)) {
		if !slices.Contains(known, n) {
			t.Errorf("%s: %s", what, n)
			return
		}
	}
	if _, err := compare.NewDiff(p.Summary, p.Summary, data.DiffOptions{}); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if err := Write(new(bytes.Buffer), p); err != nil {
		t.Errorf("%s: is read and cannot be written: %v", what, err)
	}
}

// TestMergeOfLargeParts: figures that fit each part and not their sum are refused.
func TestMergeOfLargeParts(t *testing.T) {
	large := func(name string) *Part {
		s := statetest.SyntheticSummary(t, 5, 50)
		s.Sources = s.Sources[:1]
		s.Sources[0].Name = name
		s.Keys.Buckets[0].Keys = counters.MaxSum - 1
		return &Part{Summary: s}
	}
	if _, err := Merge(large("a")); err != nil {
		t.Error(err)
	}
	if _, err := Merge(large("a"), large("b")); !errors.Is(err, counters.ErrTooLarge) {
		t.Errorf("a sum of two: %v", err)
	}
}

// TestPartOfJunk: what is large and means nothing is not read to its end, and what a
// few bytes decompress to is bounded by what they are.
func TestPartOfJunk(t *testing.T) {
	if testing.Short() {
		t.Skip("long: files of 64 MB")
	}
	head := fileHead(data.Tool{Name: "rdblens", Version: "test"})
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	for name, junk := range map[string][]byte{
		"no zstd":          bytes.Repeat([]byte{0xa5, 1, 2, 3, 4, 5, 6, 7}, maxFile/8-8),
		"zeros":            make([]byte, maxFile-100),
		"a bomb":           z.EncodeAll(make([]byte, 200<<20), nil),
		"a bomb and junk":  append(z.EncodeAll(make([]byte, 100<<20), nil), make([]byte, 1<<20)...),
		"a zstd beginning": append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x68}, make([]byte, maxFile-200)...),
	} {
		in := slices.Concat(head, junk)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := Read(bytes.NewReader(in))
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, ErrDamaged) || n > 32<<20 {
			t.Errorf("%s: %v, %d MiB allocated", name, err, n>>20)
		}
	}
}
