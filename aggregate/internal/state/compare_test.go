package state

import (
	"reflect"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
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
