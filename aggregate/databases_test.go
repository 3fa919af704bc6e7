package aggregate_test

import (
	"bytes"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// manyDatabases is a dump with a key in each of some databases, and two in those of even
// numbers.
func manyDatabases(dbs []int) []byte {
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").Aux("ctime", "1763600400")
	for _, db := range dbs {
		w.SelectDB(uint64(db)).ExpireMs(1763600399_000).Put("db:"+strconv.Itoa(db), rdbtest.String(rdbtest.Plain("v")))
		if db%2 == 0 {
			w.Put("even", rdbtest.HashListpack(rdbtest.NewListpack("f", "v").Str()))
		}
	}
	return w.EOF().Bytes()
}

// TestManyDatabases: all keys of more databases than are told apart count, in whatever
// order they come and however they are divided.
func TestManyDatabases(t *testing.T) {
	const n, kept = 17_000, parser.MaxDatabases
	up := make([]int, n)
	for i := range up {
		up[i] = i
	}
	down := slices.Clone(up)
	slices.Reverse(down)

	var reports []*aggregate.Report
	var parts []*aggregate.Summary
	for _, dbs := range [][]int{up, down} {
		s, rows, err := analyze(t, "many", manyDatabases(dbs), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != n*3/2 {
			t.Fatalf("%d rows", len(rows))
		}
		for _, r := range rows {
			if k := string(r.Key); k != "even" && k != "db:"+strconv.Itoa(int(r.DB)) || k == "even" && r.DB%2 != 0 {
				t.Fatalf("key %s in database %d", r.Key, r.DB)
			}
		}
		r := s.Report()
		conserved(t, r, rows)
		var strings, hashes int64
		for _, x := range r.ByType {
			switch {
			case x.DB == parser.OtherDatabases && x.Type == "string":
				strings = x.Keys
			case x.DB == parser.OtherDatabases:
				hashes = x.Keys
			case x.DB >= kept || x.Keys != 1:
				t.Fatalf("%+v", x)
			}
		}
		if len(r.ByType) != kept*3/2+2 || strings != n-kept || hashes != (n-kept)/2 {
			t.Errorf("%d rows by type, of others %d strings, %d hashes", len(r.ByType), strings, hashes)
		}
		if !slices.ContainsFunc(r.Warnings, func(w aggregate.Warning) bool { return w.Code == "databases-capped" }) {
			t.Errorf("warnings %+v", r.Warnings)
		}
		reports, parts = append(reports, r), append(parts, s)
	}
	if diff := gocmp.Diff(reports[0].ByType, reports[1].ByType); diff != "" {
		t.Errorf("by type, ascending and descending:\n%s", diff)
	}
	if a, b := reports[0].Totals, reports[1].Totals; !gocmp.Equal(a, b) {
		t.Errorf("ascending and descending:\n%s", gocmp.Diff(a, b))
	}
	// The tables of all databases are the same, so those of half of them take half.
	half, _, err := analyze(t, "half", manyDatabases(up[:n/2]), nil)
	if err != nil {
		t.Fatal(err)
	}
	if whole, half := reports[0].Totals.Keyspace, half.Report().Totals.Keyspace; *half == 0 || *whole != 2**half {
		t.Errorf("tables of %d bytes, of half the databases %d", *whole, *half)
	}

	// Divided: what is beyond the bound of the whole need not be so of a part.
	thirds := make([]*aggregate.Summary, 3)
	for i := range thirds {
		var dbs []int
		for db := i; db < n; db += 3 {
			dbs = append(dbs, db)
		}
		if thirds[i], _, err = analyze(t, strconv.Itoa(i), manyDatabases(dbs), nil); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := aggregate.WritePart(&b, &aggregate.Part{Summary: thirds[i]}); err != nil {
			t.Fatal(err)
		}
		p, err := aggregate.ReadPart(&b)
		if err != nil {
			t.Fatal(err)
		}
		thirds[i] = p.Summary
	}
	merge := func(s ...*aggregate.Summary) *aggregate.Summary {
		m, err := aggregate.Merge(s...)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	all := merge(thirds...).Report()
	if diff := gocmp.Diff(reports[0].ByType, all.ByType); diff != "" {
		t.Errorf("whole and divided:\n%s", diff)
	}
	want := toJSON(t, merge(append(thirds, parts...)...).Report())
	for _, m := range []*aggregate.Summary{merge(merge(parts...), merge(thirds...)), merge(parts[0], merge(thirds[2], parts[1]), merge(thirds[1], thirds[0]))} {
		if got := toJSON(t, m.Report()); got != want {
			t.Fatal(gocmp.Diff(want, got))
		}
	}
}
