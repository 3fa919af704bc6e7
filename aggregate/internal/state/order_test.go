package state

import (
	"reflect"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
)

// TestOrders: every field decides what those before it leave open, so that the
// order of a merge depends on what is merged alone.
func TestOrders(t *testing.T) {
	holdsOrder(t, CompareFailed, []data.FailedSource{
		{},
		{Offset: 9},
		{HasOffset: true},
		{HasOffset: true, Offset: 9},
		{HasOffset: true, Offset: 10},
		{Error: "e"},
		{Name: "a", Offset: 1},
		{Name: "a b"},
		{Name: "b"},
	})
	holdsOrder(t, CompareWarnings, []data.Warning{
		{},
		{Count: 9},
		{Count: 10},
		{Text: "t"},
		{Code: "c"},
		{Source: "s"},
		{Source: "s", Code: "c", Text: "t", Count: 1},
		{Source: "s t"},
	})
}

// TestSourceOrder: two sources that differ in any field are two.
func TestSourceOrder(t *testing.T) {
	other := SourceState{
		Name: "a", Bytes: 1, Magic: "a", RDBVersion: 1, ServerVersion: "a", Ctime: 1, HasCtime: true, Clock: 1, HasClock: true, UsedMemory: 1, HasUsedMemory: true,
		Checksum: "a", ChecksumStored: 1, Keys: 1, Counted: sketch.Tally{Memory: 1}, Aux: []Pair{{Name: "a"}}, Walked: true, Partial: true, Error: "a", ErrorOffset: 1,
		HasOffset: true, LastGoodKey: "a", Warnings: []data.Warning{{Count: 1}}, Server: "a", Allocator: "a", Cluster: true, Changed: []Pair{{Value: "a"}}, Reason: "a",
		Tables: []TableState{{Expires: 1}}, Keyspace: 1, Baseline: 1, Expires: 1, AllExpire: 1, Trials: []TrialTables{{Baseline: 1}},
	}
	typ := reflect.TypeFor[SourceState]()
	for f := range typ.NumField() {
		var a, b SourceState
		reflect.ValueOf(&b).Elem().Field(f).Set(reflect.ValueOf(other).Field(f))
		if a.Compare(&b) >= 0 || b.Compare(&a) <= 0 || b.Compare(&b) != 0 {
			t.Errorf("%s does not decide: %d, %d", typ.Field(f).Name, a.Compare(&b), b.Compare(&a))
		}
	}
}

// holdsOrder checks an order on a list that is in it, and that the list has a pair
// for each field that differs in no other.
func holdsOrder[T any](t *testing.T, compare func(a, b T) int, list []T) {
	t.Helper()
	typ := reflect.TypeFor[T]()
	alone := make(map[string]bool)
	for i, a := range list {
		for j, b := range list {
			got := compare(a, b)
			if got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%+v and %+v: %d", a, b, got)
			}
			var differ []string
			for f := range typ.NumField() {
				if !reflect.ValueOf(a).Field(f).Equal(reflect.ValueOf(b).Field(f)) {
					differ = append(differ, typ.Field(f).Name)
				}
			}
			if len(differ) == 1 {
				alone[differ[0]] = true
			}
		}
	}
	for f := range typ.NumField() {
		if name := typ.Field(f).Name; !alone[name] {
			t.Errorf("%s.%s: nothing shows that it decides", typ, name)
		}
	}
}
