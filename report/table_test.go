package report_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/check"
	"github.com/rdblens/rdblens/aggregate/inspect"
	"github.com/rdblens/rdblens/parser/rdbtest"
	"github.com/rdblens/rdblens/report"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// formats are all there are, and two there are not.
var formats = append(report.Formats(), "", "nope")

// cells is what TestTable tries in every format.
var cells = []struct {
	kind   report.Kind
	write  func(w io.Writer, f report.Format) error
	tables func(create report.Create) error
}{
	{
		report.KindReport,
		func(w io.Writer, f report.Format) error {
			d := reporttest.ShopDocument()
			d.Part = &aggregate.Part{Summary: summary()}
			return report.Write(w, d, f, nil)
		},
		func(create report.Create) error { return report.WriteTables(create, reporttest.ShopDocument()) },
	},
	{
		report.KindDiff,
		func(w io.Writer, f report.Format) error { return report.Write(w, &aggregate.Diff{}, f, nil) },
		func(create report.Create) error { return report.WriteTables(create, &aggregate.Diff{}) },
	},
	{
		report.KindTrend,
		func(w io.Writer, f report.Format) error { return report.Write(w, &aggregate.Trend{}, f, nil) },
		func(create report.Create) error { return report.WriteTables(create, &aggregate.Trend{}) },
	},
	{
		report.KindWhatIf,
		func(w io.Writer, f report.Format) error { return report.Write(w, reporttest.ShopComparison(), f, nil) },
		func(create report.Create) error { return report.WriteTables(create, reporttest.ShopComparison()) },
	},
	{
		report.KindCheck,
		func(w io.Writer, f report.Format) error {
			return report.Write(w, document.NewCheck([]check.Source{check.Failed("gone.rdb", errors.New("gone"))}, nil), f, nil)
		},
		nil,
	},
	{
		report.KindShow,
		func(w io.Writer, f report.Format) error {
			return report.Write(w, &document.Show{Keys: []*inspect.Key{{Row: reporttest.PlainRows(1)[0]}}}, f, nil)
		},
		nil,
	},
	{
		report.KindRows,
		func(w io.Writer, f report.Format) error {
			rows, err := report.NewRows(w, f, nil)
			if err != nil {
				return err
			}
			if err := rows.WriteRow(&reporttest.PlainRows(1)[0]); err != nil {
				return err
			}
			return rows.Close()
		},
		nil,
	},
}

func summary() *aggregate.Summary {
	dump := rdbtest.Redis(11).SelectDB(0).EOF().Bytes()
	s, err := aggregate.Analyze(context.Background(), aggregate.Input{Name: "empty.rdb", Reader: bytes.NewReader(dump)}, &aggregate.Config{})
	if err != nil {
		panic(err)
	}
	return s
}

// TestTable: a result is written in the formats its kind offers and in no other;
// no name falls through to another format.
func TestTable(t *testing.T) {
	for _, c := range cells {
		offered := c.kind.Formats()
		written := map[string]report.Format{}
		for _, f := range formats {
			var b bytes.Buffer
			err := c.write(&b, f)
			if !slices.Contains(offered, f) {
				var fe *report.FormatError
				if !errors.As(err, &fe) || fe.Kind != c.kind || fe.Format != f {
					t.Errorf("%s as %q: %v", c.kind, f, err)
				}
				for _, o := range offered {
					if !strings.Contains(err.Error(), string(o)) {
						t.Errorf("%v does not name %s", err, o)
					}
				}
				if b.Len() > 0 {
					t.Errorf("%s as %q: %d bytes beside an error", c.kind, f, b.Len())
				}
				continue
			}
			if err != nil || b.Len() == 0 {
				t.Errorf("%s as %q: %d bytes, %v", c.kind, f, b.Len(), err)
			}
			if same, ok := written[b.String()]; ok {
				t.Errorf("%s is the same as %q and as %q", c.kind, f, same)
			}
			written[b.String()] = f
			if printable := !bytes.ContainsAny(b.Bytes(), "\x00\x01\x02\x03"); printable == f.Binary() {
				t.Errorf("%s as %q: binary is %v", c.kind, f, f.Binary())
			}
		}
		if c.kind.Dir() != (c.tables != nil || c.kind == report.KindRows) {
			t.Errorf("%s as a directory: %v", c.kind, c.kind.Dir())
		}
		if c.tables == nil {
			continue
		}
		n := 0
		if err := c.tables(func(string) (io.WriteCloser, error) { n++; return os.OpenFile(os.DevNull, os.O_WRONLY, 0) }); err != nil || n == 0 {
			t.Errorf("%s: %d tables, %v", c.kind, n, err)
		}
	}
}

// TestFormats: every format that a kind offers or announces has a suffix and a
// name of its own.
func TestFormats(t *testing.T) {
	suffixes := map[string]report.Format{}
	for _, f := range formats {
		s := f.Suffix()
		if f == "" || f == "nope" {
			if s != "" || f.Binary() {
				t.Errorf("%q has suffix %q", f, s)
			}
			continue
		}
		if other, ok := suffixes[s]; ok || !strings.HasPrefix(s, ".") || f.Noun() == "" {
			t.Errorf("%q has suffix %q as %q, noun %q", f, s, other, f.Noun())
		}
		suffixes[s] = f
	}
	offered := map[report.Format]bool{"": true, "nope": true}
	for _, c := range cells {
		for _, f := range slices.Concat(c.kind.Formats(), c.kind.Planned()) {
			offered[f] = true
			if f.Suffix() == "" {
				t.Errorf("%s offers %q, which has no line in format.go", c.kind, f)
			}
		}
		for _, f := range c.kind.Planned() {
			if slices.Contains(c.kind.Formats(), f) {
				t.Errorf("%s has %q and announces it", c.kind, f)
			}
		}
	}
	for _, f := range formats {
		if !offered[f] {
			t.Errorf("no result has %q, or is to have it: a cell is missing in table.go", f)
		}
	}
}

// TestNoPart: a document that was not made of a part is not written as one.
func TestNoPart(t *testing.T) {
	if err := report.Write(io.Discard, reporttest.ShopDocument(), report.Part, nil); err == nil {
		t.Error("a part was written of nothing")
	}
}
