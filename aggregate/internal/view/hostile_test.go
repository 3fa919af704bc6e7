package view_test

import (
	"fmt"
	"math"
	"reflect"
	"runtime"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/aggregate/internal/view"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestModulesInManyDatabases puts the last of many module types in every
// database: memory is that of the cells there are.
func TestModulesInManyDatabases(t *testing.T) {
	module := func(i int) rdbtest.Value {
		return rdbtest.Module(rdbtest.ModuleID(fmt.Sprintf("module%03d", i), 0), rdbtest.Uint(1))
	}
	w := rdbtest.Redis(11).SelectDB(0)
	for i := range state.MaxTypes {
		w.Put(fmt.Sprint(i), module(i))
	}
	const dbs = 1 << 13
	for db := range dbs {
		w.SelectDB(uint64(db)).Put("key", module(state.MaxTypes-parser.NumDataTypes-1))
	}
	dump := w.EOF().Bytes()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s := statetest.Analyzed(t, "x", new(data.Config), dump)
	runtime.ReadMemStats(&after)
	if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 96 {
		t.Errorf("%d MiB for a dump of %d KiB", n, len(dump)>>10)
	}
	var keys int64
	for _, c := range s.Keys.Cells {
		keys += c.Keys
		if merged := c.Type == state.OtherModule; merged != (c.DB >= state.ModuleDatabases || c.DB == 0 && c.Keys > 2) {
			t.Fatalf("database %d, type %s, %d keys", c.DB, c.Type, c.Keys)
		}
	}
	if keys != dbs+state.MaxTypes {
		t.Errorf("%d keys in the cells", keys)
	}
}

// TestSumsOfClaims merges sources whose counts and sizes are made up: no sum
// overflows.
func TestSumsOfClaims(t *testing.T) {
	at := rdbtest.ID{Ms: 1, Seq: 1}
	stream := rdbtest.Stream{
		Nodes: []rdbtest.StreamNode{rdbtest.NewStreamNode(rdbtest.Entry{ID: at, Fields: []string{"a", "b"}})}, Length: math.MaxInt64, Last: at,
	}.Value(3)
	var parts []*state.Summary
	for i := range 3 {
		w := rdbtest.Redis(11).Aux("used-mem", fmt.Sprint(int64(math.MaxInt64))).SelectDB(0)
		for k := range 3 {
			w.Put(fmt.Sprintf("stream:%d", k), stream)
		}
		parts = append(parts, statetest.Analyzed(t, fmt.Sprint(i), new(data.Config), w.EOF().Bytes()))
	}
	s, err := state.Merge(parts...)
	if err != nil {
		t.Fatal(err)
	}
	r := view.NewReport(s)
	if r.Totals.Elements < 9 || r.Totals.Elements > 9*1000 {
		t.Errorf("%d elements", r.Totals.Elements)
	}
	if n := r.Totals.ReportedUsedMemory; n != nil {
		t.Errorf("reported used memory %d", *n)
	}
}

// TestMergeSalvaged merges a salvaged part with another, in both orders.
func TestMergeSalvaged(t *testing.T) {
	dump := rdbtest.Redis(11).SelectDB(0).Put("key", rdbtest.String(rdbtest.Plain("x"))).EOF().Bytes()
	a, b := statetest.Analyzed(t, "a", new(data.Config), dump), statetest.Analyzed(t, "b", &data.Config{Salvage: true}, dump)
	ab, err := state.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	ba, err := state.Merge(b, a)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ab, ba) {
		t.Error("the order of the parts shows")
	}
}
