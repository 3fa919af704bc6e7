package document

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
)

func TestSums(t *testing.T) {
	d := &Document{Report: aggregate.Report{ByType: []aggregate.TypeRow{
		{DB: 3, Type: "hash", Encoding: "listpack", Keys: 2, Memory: 100, KeysWithoutTTL: 1, Max: 60, P99: 50},
		{DB: 0, Type: "hash", Encoding: "listpack", Keys: 1, Memory: 70, Max: 70, P99: 70},
		{DB: 0, Type: "hash", Encoding: "hashtable", Keys: 1, Memory: 1, Max: 1, P99: 1},
		{DB: 0, Type: "string", Encoding: "raw", Keys: 4, Memory: 900, KeysWithoutTTL: 4, Max: 300, P99: 299},
	}}}
	types := []TypeSums{
		{"string", Sums{Keys: 4, Memory: 900, KeysWithoutTTL: 4, AvgBytes: 225, Max: 300, P99: 299, Rows: 1}, map[string]int64{"raw": 4}, nil, 0},
		{"hash", Sums{Keys: 4, Memory: 171, KeysWithoutTTL: 1, AvgBytes: 43, Max: 70, P99: 70, Rows: 3}, map[string]int64{"listpack": 3, "hashtable": 1}, nil, 0},
	}
	if diff := cmp.Diff(types, d.Types()); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	dbs := []DatabaseSums{
		{0, Sums{Keys: 6, Memory: 971, KeysWithoutTTL: 4, AvgBytes: 162, Max: 300, P99: 299, Rows: 3}},
		{3, Sums{Keys: 2, Memory: 100, KeysWithoutTTL: 1, AvgBytes: 50, Max: 60, P99: 50, Rows: 1}},
	}
	if diff := cmp.Diff(dbs, d.Databases()); diff != "" {
		t.Errorf("databases (-want +got):\n%s", diff)
	}
}

func TestAverage(t *testing.T) {
	for _, c := range []struct{ total, n, want int64 }{{10, 4, 3}, {9, 4, 2}, {0, 4, 0}, {1, 0, 0}, {math.MaxInt64, 1, math.MaxInt64}, {math.MaxInt64, 2, 1 << 62}, {math.MaxInt64, math.MaxInt64, 1}} {
		if got := average(c.total, c.n); got != c.want {
			t.Errorf("average(%d, %d) = %d, want %d", c.total, c.n, got, c.want)
		}
	}
}
