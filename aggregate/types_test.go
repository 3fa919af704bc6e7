package aggregate_test

import (
	"bytes"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/memory"
	"github.com/rdblens/rdblens/parser"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// oneRow keeps the last row.
type oneRow struct {
	row  aggregate.Row
	rows int
}

func (o *oneRow) WriteRow(r *aggregate.Row) error {
	o.row, o.rows = *r, o.rows+1
	return nil
}

// TestEveryType analyses a value of every type that the parser knows: a type that
// is new there must be counted here under its name, with its elements and the TTLs
// of its fields.
func TestEveryType(t *testing.T) {
	for info := range parser.Types() {
		if info.Unreadable {
			continue
		}
		dump, ok := rdbtest.Specimen(info.Dialect.String(), info.Code())
		if !ok {
			t.Errorf("%s: no specimen", info.Name)
			continue
		}
		var sink oneRow
		cfg := &aggregate.Config{Server: "auto", Allocator: memory.Jemalloc, Settings: memory.DefaultConfig(), Top: 10}
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: "x", Reader: bytes.NewReader(dump), Size: int64(len(dump)), Sinks: []aggregate.RowSink{&sink}}, cfg)
		if err != nil {
			t.Errorf("%s: %v", info.Name, err)
			continue
		}
		elements := int64(rdbtest.SpecimenElements)
		switch info.Shape {
		case parser.ShapeString, parser.ShapeModule, parser.ShapeOther:
			elements = 1
		}
		r := s.Report()
		if sink.rows != 1 || len(r.ByType) != 1 || len(r.Patterns) != 1 {
			t.Errorf("%s: %d rows, %d types, %d patterns", info.Name, sink.rows, len(r.ByType), len(r.Patterns))
			continue
		}
		if row := &sink.row; row.Elements != elements || row.DataType != info.DataType || row.RDBBytes == 0 || row.Size.Bytes == 0 {
			t.Errorf("%s: %+v", info.Name, row)
		}
		typ := r.ByType[0].Type
		if module := info.Shape == parser.ShapeModule; module == (typ == info.DataType.String()) || typ == "" || typ != sink.row.TypeName || typ != r.Patterns[0].Type {
			t.Errorf("%s: counted as %q, its row as %q, its pattern as %q", info.Name, typ, sink.row.TypeName, r.Patterns[0].Type)
		}
		fields := int64(0)
		if info.FieldTTLs && info.DataType == parser.DataTypeHash {
			fields = 1
		}
		if got := r.Patterns[0].FieldsWithTTL; got != fields {
			t.Errorf("%s: %d fields with a TTL, want %d", info.Name, got, fields)
		}
		nodes := int64(0)
		if info.Shape == parser.ShapeNodes {
			nodes = 2
		}
		if got := r.Facts.Patterns[0].Lists.Nodes; got != nodes {
			t.Errorf("%s: %d nodes, want %d", info.Name, got, nodes)
		}
	}
}
