package parser_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestManyDatabases: every key has its database; those with the smallest numbers are
// told apart, in whatever order they come, and the others are one.
func TestManyDatabases(t *testing.T) {
	const n, step = 20_000, 7 // databases 0, 7, 14 ...
	ascending := make([]int, n)
	for i := range ascending {
		ascending[i] = i
	}
	descending := slices.Clone(ascending)
	slices.Reverse(descending)
	shuffled := slices.Clone(ascending)
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	for _, tt := range []struct {
		name     string
		order    []int
		declared func(db int) int // keys by RESIZEDB, -1 for none
		sum      int64            // of the others, -1 when they do not all declare theirs
		lies     int64
	}{
		{"ascending", ascending, func(int) int { return 2 }, 2 * (n - parser.MaxDatabases), 0},
		{"descending", descending, func(int) int { return 2 }, 2 * (n - parser.MaxDatabases), 0},
		{"shuffled", shuffled, func(int) int { return 2 }, 2 * (n - parser.MaxDatabases), 0},
		{"nothing declared", shuffled, func(int) int { return -1 }, -1, 0},
		{"one declares nothing", shuffled, func(db int) int { return 2 - 3*(db/(n-1)) }, -1, 0},
		{"two lie", shuffled, func(db int) int { return 2 + (db+1)/n + (n-db)/n }, 2*(n-parser.MaxDatabases) + 1, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := rdbtest.Redis(11)
			for _, i := range tt.order {
				w.SelectDB(uint64(i * step))
				if d := tt.declared(i); d >= 0 {
					w.ResizeDB(uint64(d), 1)
				}
				w.Put("db "+strconv.Itoa(i*step), rdbtest.String(rdbtest.Plain("v"))).ExpireMs(1).Put("x", rdbtest.String(rdbtest.Plain("v")))
			}
			r := parser.NewReader(bytes.NewReader(w.EOF().Bytes()), parser.Options{})
			for k := range r.Keys() {
				if name := "db " + strconv.Itoa(int(k.DB)); string(k.Name) != name && string(k.Name) != "x" {
					t.Fatalf("key %s in database %d", k.Name, k.DB)
				}
			}
			in := r.Info()
			if r.Err() != nil || in.Keys != 2*n || in.Expires != n {
				t.Fatalf("%v, %d keys, %d with an expiry", r.Err(), in.Keys, in.Expires)
			}
			if len(in.Databases) != parser.MaxDatabases+1 {
				t.Fatalf("%d databases", len(in.Databases))
			}
			for i, d := range in.Databases[:parser.MaxDatabases] {
				if want := int64(tt.declared(i)); d.DB != int32(i*step) || d.Keys != 2 || d.Expires != 1 || d.DeclaredKeys != want {
					t.Fatalf("the %dth is %+v", i, d)
				}
			}
			const others = n - parser.MaxDatabases
			if d := in.Databases[parser.MaxDatabases]; d.DB != parser.OtherDatabases || d.Keys != 2*others || d.Expires != others || d.DeclaredKeys != tt.sum {
				t.Errorf("others: %+v", d)
			}
			var lies int64
			for _, w := range in.Warnings {
				lies += w.Count
			}
			if lies != tt.lies {
				t.Errorf("%d lies: %+v", lies, in.Warnings)
			}
		})
	}
}
