package collect_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/keytest"
	"github.com/rdblens/rdblens/aggregate/internal/statetest"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

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
		_, err := collect.Analyze(ctx, data.Input{
			Name: "x", Reader: src,
			Sinks: []data.RowSink{statetest.SinkFunc(func(*data.Row) error {
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
		}, new(data.Config))
		return err
	}
	const never = 1 << 30
	for n := 0; n < 20_005; n += 997 * keytest.Stride(4) {
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
