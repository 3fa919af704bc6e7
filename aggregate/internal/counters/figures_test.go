package counters

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
)

// filler gives every number of a state a value of its own, the later the smaller:
// what is counted without a TTL is behind what is counted.
type filler struct {
	t    *testing.T
	next int64
}

func (f *filler) fill(v reflect.Value, path string) {
	f.t.Helper()
	switch x := v.Addr().Interface().(type) {
	case *sketch.Histogram:
		for _, at := range []int64{3, 100, 1 << 20} {
			f.next--
			x.AddN(at, f.next)
		}
		return
	case *sketch.SumSquares:
		f.next--
		*x = sketch.SumSquares{Hi: 1, Lo: uint64(f.next)}
		return
	case *KeptKey:
		*x = KeptKey{Hash: 7, Len: 3, Name: []byte("key")}
		return
	case *memory.Encoding:
		*x = memory.EncodingRaw
		return
	case *[]PendingHolder:
		return
	}
	switch v.Kind() {
	case reflect.Int64:
		f.next--
		v.SetInt(f.next)
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		f.fill(v.Index(0), path+"[0]")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), path)
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	default:
		f.t.Fatalf("%s: a %s: say here how it adds up", path, v.Kind())
	}
}

func filled(t *testing.T) *Stats {
	t.Helper()
	s := new(Stats)
	f := filler{t, 1 << 40}
	f.fill(reflect.ValueOf(s).Elem(), "Stats")
	return s
}

// leaves lists every number of a state by its path; the 128 bits of a sum of
// squares are two.
func leaves(v reflect.Value, path string, visit func(path string, n int64)) {
	switch x := v.Addr().Interface().(type) {
	case *sketch.Histogram:
		for octave, i := 0, 0; i < len(x.Pages); octave++ {
			if x.Octaves&(1<<octave) == 0 {
				continue
			}
			for j, n := range x.Pages[i] {
				if n != 0 {
					visit(fmt.Sprintf("%s.page%d.%d", path, octave, j), n)
				}
			}
			i++
		}
		return
	case *sketch.SumSquares:
		visit(path+".Hi", int64(x.Hi))
		visit(path+".Lo", int64(x.Lo))
		return
	case *KeptKey, *memory.Encoding, *[]PendingHolder: // the last merges by itself: TestMergeHolders
		return
	}
	switch v.Kind() {
	case reflect.Int64:
		visit(path, v.Int())
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			leaves(v.Elem(), path, visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	}
}

func leavesOf(s *Stats) map[string]int64 {
	out := make(map[string]int64)
	leaves(reflect.ValueOf(s).Elem(), "Stats", func(path string, n int64) { out[path] = n })
	return out
}

// isLargest reports whether a number is the largest of its kind: two of them do
// not add up, and neither can be taken from the other.
func isLargest(path string) bool {
	return slices.ContainsFunc([]string{".Longest", ".Largest", ".Far.Last", ".Pending.Most"}, func(s string) bool { return strings.HasSuffix(path, s) })
}

// TestFigures holds every number of Stats, whatever it is nested in, to one law: a
// field that was added to the structs alone fails here.
func TestFigures(t *testing.T) {
	one := leavesOf(filled(t))
	if len(one) < 120 {
		t.Fatalf("%d numbers: they were not all found", len(one))
	}
	sum := filled(t)
	sum.Merge(filled(t))
	two := leavesOf(sum)
	for path, n := range one {
		want := 2 * n
		if isLargest(path) {
			want = n
		}
		if two[path] != want {
			t.Errorf("merged: %s is %d twice, not %d", path, n, two[path])
		}
	}
	part := filled(t)
	sum.Take(part)
	left, taken := leavesOf(sum), leavesOf(part)
	for path, n := range one {
		if left[path] != n || taken[path] != n {
			t.Errorf("taken: of %d and as much %s leaves %d and has %d", n, path, left[path], taken[path])
		}
	}
	var none Stats
	none.Merge(filled(t))
	if diff := cmp.Diff(one, leavesOf(&none)); diff != "" {
		t.Errorf("merged into nothing (-want +got):\n%s", diff)
	}
}

// sampledKey is a key that shows in every figure that is known of a sampled one.
func sampledKey(e memory.Encoding) *SampleKey {
	k := &SampleKey{
		Key: KeptKey{Hash: 9, Len: 30, Name: []byte("sampled")}, Type: parser.DataTypeHash.String(), Memory: 20 * mib, Elements: 70, Payload: 1000,
		Waste: 50, Resident: 21 * mib, Idle: 400 * sketch.Day / 1000, Freq: 9, Encoding: e, FieldTTLs: 5, FieldsExpired: 2, Path: []byte{0, 1},
	}
	return k
}

// TestFiguresOfSampledRows: a row that is estimated from a sample has something of
// every figure of the row it is taken from, and the two have what that one had.
func TestFiguresOfSampledRows(t *testing.T) {
	k := reflect.ValueOf(sampledKey(1)).Elem()
	for i := range k.NumField() {
		if f := k.Type().Field(i); k.Field(i).IsZero() && f.Name != "HasExpiry" {
			t.Errorf("the sampled key has no %s: say here what shows it", f.Name)
		}
	}
	for _, weight := range []int64{0, 50 * mib} {
		var part Sampled
		for e := range memory.NumEncodings {
			part.Add(sampledKey(memory.Encoding(e)), weight)
		}
		for path, n := range leavesOf(&part.Stats) {
			if !strings.Contains(path, ".Rare.") && n == 0 {
				switch strings.TrimPrefix(path, "Stats.") {
				case "Compared", "ComparedMemory", "Integers", "SmallIntegers", "Error.Hi", "Error.Lo": // shared out
				default:
					t.Errorf("weight %d: the sample shows nothing of %s", weight, path)
				}
			}
		}
		all := filled(t)
		all.Merge(&part.Stats)
		before := leavesOf(all)
		all.Take(&part.Stats)
		left, taken := leavesOf(all), leavesOf(&part.Stats)
		for path, n := range before {
			switch {
			case isLargest(path):
				if left[path] != n || taken[path] != n {
					t.Errorf("weight %d: the largest %s of %d is %d and %d", weight, path, n, left[path], taken[path])
				}
			case strings.Contains(path, "Error."):
				// Sums of 128 bits: see sketch.TestSumSquaresPart.
			case left[path]+taken[path] != n:
				t.Errorf("weight %d: %s was %d and is %d and %d", weight, path, n, left[path], taken[path])
			case taken[path] == 0 && !strings.Contains(path, ".page"):
				t.Errorf("weight %d: nothing of %s was taken", weight, path)
			}
		}
	}
}

// TestSampledCopies: however the weight divides by their sizes, the keys of a row
// have the bytes and elements that so many of them have.
func TestSampledCopies(t *testing.T) {
	for _, weight := range []int64{101, 149, 150, 250, 999, 12345} {
		var s Sampled
		const n = 1000
		for i := range n {
			s.Add(&SampleKey{Key: KeptKey{Hash: uint64(i), Len: 9}, Type: "hash", Memory: 100, Elements: 3, Resident: 120, Payload: 40, Idle: -1, Freq: -1, FieldTTLs: 2}, weight)
		}
		keys := (n*weight + 50) / 100
		if off := s.Keys - keys; off < -1 || off > 1 || s.Memory != n*weight {
			t.Errorf("weight %d: %d keys of %d bytes, want about %d of %d", weight, s.Keys, s.Memory, keys, n*weight)
		}
		if s.Elements != 3*s.Keys || s.Resident != 120*s.Keys || s.Payload != 40*s.Keys || s.Sizes.Count() != s.Keys || s.Counts.Count() != s.Keys ||
			s.Rare.FieldTTL != (fieldTally{s.Keys, 2 * s.Keys, 0}) || s.NoTTLKeys != s.Keys || s.NoTTLMemory != s.Memory {
			t.Errorf("weight %d: %d keys do not have these figures: %+v", weight, s.Keys, s.Stats)
		}
	}
}
