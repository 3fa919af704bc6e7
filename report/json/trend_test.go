package json

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// TestTrendSchema: docs/trend.schema.json is what the types say, and what is written
// follows it.
func TestTrendSchema(t *testing.T) {
	holdSchema(t, reflect.TypeFor[aggregate.Trend](), "trend", aggregate.TrendSchema,
		"Output of rdblens trend -f json: snapshots of one server in the order in which they were written. All sizes are bytes, text from a dump is escaped. Lists of figures have one for each snapshot. Fields may be added; none is removed or changes its meaning.")
	root := schemaOf(t, "trend")
	for _, d := range []*aggregate.Trend{reporttest.Trended(t), {Schema: aggregate.TrendSchema}} {
		var b bytes.Buffer
		if err := WriteTrend(&b, d); err != nil {
			t.Fatal(err)
		}
		v := reporttest.Decoded(t, b.String())
		var errs []string
		validate(t, root, root, v, "trend", &errs)
		for _, e := range errs {
			t.Error(e)
		}
		v.(map[string]any)["schema"] = "rdblens.trend/2"
		if validate(t, root, root, v, "trend", &errs); len(errs) == 0 {
			t.Error("another schema is accepted")
		}
	}
	if err := WriteTrend(reporttest.FailAfter(10), reporttest.Trended(t)); !errors.Is(err, reporttest.ErrFull) {
		t.Errorf("%v", err)
	}
}

func TestTrendGolden(t *testing.T) {
	var b bytes.Buffer
	if err := WriteTrend(&b, reporttest.Trended(t)); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "trend.json", b.Bytes(), *update)
}
