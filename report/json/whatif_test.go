package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/document"
	"github.com/rdblens/rdblens/report/internal/reporttest"
)

func TestWhatIfJSON(t *testing.T) {
	root := schemaOf(t, "whatif")
	describesAll(t, root, reflect.TypeFor[aggregate.WhatIf]())
	for name, make := range reporttest.Comparisons {
		var b bytes.Buffer
		if err := WriteWhatIf(&b, make()); err != nil {
			t.Fatal(err)
		}
		v := reporttest.Decoded(t, b.String())
		checkNulls(t, "", reflect.TypeFor[aggregate.WhatIf](), v)
		if name == "whatif-zero" {
			continue // its schema has no name
		}
		var errs []string
		validate(t, root, root, v, name, &errs)
		for _, e := range errs {
			t.Error(e)
		}
		var got aggregate.WhatIf
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(document.CompleteWhatIf(make()), document.CompleteWhatIf(&got)); diff != "" {
			t.Errorf("%s reads back differently:\n%s", name, diff)
		}
	}
	if err := WriteWhatIf(reporttest.FailAfter(10), reporttest.ShopComparison()); !errors.Is(err, reporttest.ErrFull) {
		t.Errorf("%v", err)
	}
}
