package aggregate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"runtime"
	"testing"

	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

func analyzed(t *testing.T, name string, cfg *Config, dump []byte) *Summary {
	t.Helper()
	s, err := Analyze(t.Context(), Input{Name: name, Reader: bytes.NewReader(dump)}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestModulesInManyDatabases puts the last of many module types in every
// database: memory is that of the cells there are.
func TestModulesInManyDatabases(t *testing.T) {
	module := func(i int) rdbtest.Value {
		return rdbtest.Module(rdbtest.ModuleID(fmt.Sprintf("module%03d", i), 0), rdbtest.Uint(1))
	}
	w := rdbtest.Redis(11).SelectDB(0)
	for i := range maxTypes {
		w.Put(fmt.Sprint(i), module(i))
	}
	const dbs = 1 << 13
	for db := range dbs {
		w.SelectDB(uint64(db)).Put("key", module(maxTypes-parser.NumDataTypes-1))
	}
	dump := w.EOF().Bytes()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s := analyzed(t, "x", new(Config), dump)
	runtime.ReadMemStats(&after)
	if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > 96 {
		t.Errorf("%d MiB for a dump of %d KiB", n, len(dump)>>10)
	}
	var keys int64
	for _, c := range s.keys.Cells {
		keys += c.Keys
		if merged := c.Type == otherModule; merged != (c.DB >= moduleDatabases || c.DB == 0 && c.Keys > 2) {
			t.Fatalf("database %d, type %s, %d keys", c.DB, c.Type, c.Keys)
		}
	}
	if keys != dbs+maxTypes {
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
	var parts []*Summary
	for i := range 3 {
		w := rdbtest.Redis(11).Aux("used-mem", fmt.Sprint(int64(math.MaxInt64))).SelectDB(0)
		for k := range 3 {
			w.Put(fmt.Sprintf("stream:%d", k), stream)
		}
		parts = append(parts, analyzed(t, fmt.Sprint(i), new(Config), w.EOF().Bytes()))
	}
	s, err := Merge(parts...)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Report()
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
	a, b := analyzed(t, "a", new(Config), dump), analyzed(t, "b", &Config{Salvage: true}, dump)
	ab, err := Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	ba, err := Merge(b, a)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ab, ba) {
		t.Error("the order of the parts shows")
	}
}

// sinkFunc is a sink that is a function.
type sinkFunc func(*Row) error

func (f sinkFunc) WriteRow(r *Row) error { return f(r) }

// TestNothingStaysBehind ends analyses in every state: all goroutines end.
func TestNothingStaysBehind(t *testing.T) {
	w := rdbtest.Redis(11).SelectDB(0)
	for i := range 20_000 {
		w.Put(fmt.Sprintf("key:%d", i), rdbtest.String(rdbtest.Plain("0123456789")))
	}
	set := make([]rdbtest.Str, 6000)
	for i := range set {
		set[i] = rdbtest.Plain(fmt.Sprintf("member:%d", i))
	}
	for i := range 5 {
		w.Put(fmt.Sprintf("set:%d", i), rdbtest.Set(set...))
	}
	dump := w.EOF().Bytes()
	before := runtime.NumGoroutine()
	full := errors.New("full")
	ended := func(src io.Reader, rowsLeft, callsLeft int) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := Analyze(ctx, Input{
			Name: "x", Reader: src,
			Sinks: []RowSink{sinkFunc(func(*Row) error {
				if rowsLeft--; rowsLeft < 0 {
					return full
				}
				return nil
			})},
			Progress: func(int64, int64) {
				if callsLeft--; callsLeft < 0 {
					cancel()
				}
			},
		}, new(Config))
		return err
	}
	const never = 1 << 30
	for n := 0; n < 20_005; n += 997 {
		if err := ended(bytes.NewReader(dump), n, never); !errors.Is(err, full) {
			t.Errorf("a sink for %d rows: %v", n, err)
		}
	}
	for n := range 45 {
		if err := ended(bytes.NewReader(dump), never, n); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at call %d: %v", n, err)
		}
	}
	for n := 0; n < len(dump); n += len(dump) / 40 {
		if err := ended(bytes.NewReader(dump[:n]), never, never); err == nil {
			t.Errorf("cut at %d: no error", n)
		}
	}
	for tries := 0; runtime.NumGoroutine() > before; tries++ {
		if tries == 10_000_000 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}
