package statetest

import (
	"bytes"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

// Analyzed analyses a dump that is whole.
func Analyzed(t *testing.T, name string, cfg *data.Config, dump []byte) *state.Summary {
	t.Helper()
	s, err := collect.Analyze(t.Context(), data.Input{Name: name, Reader: bytes.NewReader(dump)}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// SinkFunc is a sink that is a function.
type SinkFunc func(*data.Row) error

// WriteRow implements data.RowSink.
func (f SinkFunc) WriteRow(r *data.Row) error { return f(r) }
