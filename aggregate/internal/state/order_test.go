package state

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
)

// changes calls visit with each number, text and flag of a value changed, one at a
// time, lists of length one included.
func changes(t *testing.T, v reflect.Value, path string, visit func(path string)) {
	t.Helper()
	set := func(x any) {
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		v.Set(reflect.ValueOf(x).Convert(v.Type()))
		visit(path)
		v.Set(old)
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64:
		set(v.Int() + 1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint64:
		set(v.Uint() + 1)
	case reflect.String:
		set(v.String() + "x")
	case reflect.Bool:
		set(!v.Bool())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			set(append([]byte{}, "x"...))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		changes(t, v.Index(0), path+"[0]", visit)
		v.SetZero()
	case reflect.Array:
		for i := range v.Len() {
			changes(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			changes(t, v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	default:
		t.Fatalf("%s is a %s", path, v.Kind())
	}
}

// total fails for each field of a T that its order does not see. ready makes the
// zero value one that can be compared.
func total[T any](t *testing.T, compare func(a, b *T) int, ready func(*T)) {
	t.Helper()
	var a T
	if ready != nil {
		ready(&a)
	}
	seen := 0
	changes(t, reflect.ValueOf(&a).Elem(), fmt.Sprintf("%T", a), func(path string) {
		seen++
		var b T
		if ready != nil {
			ready(&b)
		}
		// A list of one is not the one of none that b has, whatever is in it.
		equalLists(reflect.ValueOf(&b).Elem(), reflect.ValueOf(&a).Elem())
		if x, y := compare(&a, &b), compare(&b, &a); x == 0 || y == 0 || (x < 0) == (y < 0) {
			t.Errorf("%s is not seen: %d one way, %d the other", path, x, y)
		}
	})
	if seen < 3 {
		t.Errorf("%T: %d fields: they were not all found", a, seen)
	}
}

// equalLists gives b a list of one zero where a has a list of one, but for bytes.
func equalLists(b, a reflect.Value) {
	switch {
	case a.Kind() == reflect.Struct:
		for i := range a.NumField() {
			equalLists(b.Field(i), a.Field(i))
		}
	case a.Kind() == reflect.Slice && a.Len() > 0 && a.Type().Elem().Kind() != reflect.Uint8:
		b.Set(reflect.MakeSlice(a.Type(), a.Len(), a.Len()))
	}
}

// TestTotalOrders: what sorts sources and samples sees every field, so that the
// order of equal keys, which a damaged dump may have, shows nowhere.
func TestTotalOrders(t *testing.T) {
	total(t, (*SourceState).Compare, nil)
	total(t, (*counters.SampleKey).Compare, func(k *counters.SampleKey) { k.Memory = 1 })
	total(t, (*TopKey).Compare, nil)
	total(t, (*TagKey).Compare, func(k *TagKey) { k.Memory = 1 })
	total(t, (*Holder).Compare, nil)
	total(t, (*counters.PendingHolder).Compare, nil)
	total(t, (*BinSample).CompareSample, nil)
	total(t, func(a, b *Sibling) int { return a.compare(*b) }, nil)
}
