package json

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

// TestDiffSchema: docs/diff.schema.json describes what is written.
func TestDiffSchema(t *testing.T) {
	root := schemaOf(t, "diff")
	used := map[string]bool{}
	describes(t, root, root, reflect.TypeFor[aggregate.Diff](), "diff", used)
	for name := range root.Defs {
		if !used["#/$defs/"+name] {
			t.Errorf("nothing refers to %s", name)
		}
	}
	bare := &aggregate.Diff{Schema: aggregate.DiffSchema}
	for _, d := range []*aggregate.Diff{reporttest.Diffed(t), bare} {
		var b bytes.Buffer
		if err := WriteDiff(&b, d); err != nil {
			t.Fatal(err)
		}
		v := reporttest.Decoded(t, b.String())
		checkNulls(t, "", reflect.TypeFor[aggregate.Diff](), v)
		var errs []string
		validate(t, root, root, v, "diff", &errs)
		for _, e := range errs {
			t.Error(e)
		}
		v.(map[string]any)["schema"] = "rdblens.diff/2"
		if validate(t, root, root, v, "diff", &errs); len(errs) == 0 {
			t.Error("another schema is accepted")
		}
	}
	if err := WriteDiff(reporttest.FailAfter(10), reporttest.Diffed(t)); !errors.Is(err, reporttest.ErrFull) {
		t.Errorf("%v", err)
	}
}

func TestDiffGolden(t *testing.T) {
	var b bytes.Buffer
	if err := WriteDiff(&b, reporttest.Diffed(t)); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "diff.json", b.Bytes(), *update)
}
