package aggregate_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestNothingGiven: what is left out is a default, or an error that says so.
func TestNothingGiven(t *testing.T) {
	dump := rdbtest.Redis(11).SelectDB(0).Put("k", rdbtest.String(rdbtest.Plain("v"))).EOF().Bytes()
	s, err := aggregate.Analyze(t.Context(), aggregate.Input{Reader: bytes.NewReader(dump)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Config(); c.Top != aggregate.DefaultTop || c.Server != aggregate.ServerAuto || s.Report().Totals.Keys != 1 {
		t.Errorf("%+v", c)
	}
	if err := aggregate.ValidateConfig(nil); err != nil {
		t.Error(err)
	}
	if err := aggregate.SameConfig(nil, &aggregate.Config{}); err != nil {
		t.Error(err)
	}
	d, err := aggregate.Compare(s, s, aggregate.DiffOptions{})
	if err != nil || len(d.Patterns) != 1 || d.Totals.KeysChange != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	for name, none := range map[string]*aggregate.Summary{"nil": nil, "zero": {}} {
		if r := none.Report(); r.Totals.Keys != 0 || len(r.Sources) != 0 || r.Patterns == nil {
			t.Errorf("report of %s: %+v", name, r)
		}
		if w := none.WhatIf(); len(w.Scenarios) != 0 || none.Partial() || none.Config().Top != aggregate.DefaultTop {
			t.Errorf("%s: %+v", name, w)
		}
		if _, err := none.WithTop(5); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, merge := aggregate.Merge(s, none)
		_, merge1 := aggregate.Merge(none)
		_, compare := aggregate.Compare(none, s, aggregate.DiffOptions{})
		_, compare1 := aggregate.Compare(s, none, aggregate.DiffOptions{})
		_, parts := aggregate.MergeParts(&aggregate.Part{Summary: s}, &aggregate.Part{Summary: none})
		_, parts1 := aggregate.MergeParts(nil)
		for i, err := range []error{
			merge, merge1, compare, compare1, parts, parts1,
			aggregate.WritePart(io.Discard, &aggregate.Part{Summary: none}), aggregate.WritePart(io.Discard, &aggregate.Part{}), aggregate.WritePart(io.Discard, nil),
		} {
			if !errors.Is(err, aggregate.ErrNoSummary) {
				t.Errorf("%s, call %d: %v", name, i, err)
			}
		}
	}
	for what, err := range map[string]error{
		"nothing to merge": second(aggregate.Merge()),
		"no Reader":        second(aggregate.Analyze(t.Context(), aggregate.Input{Name: "x"}, nil)),
		"Top -1":           second(aggregate.Compare(s, s, aggregate.DiffOptions{Top: -1})),
	} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("want %s: %v", what, err)
		}
	}
	if _, err := aggregate.MergeParts(); err == nil {
		t.Error("parts of nothing: no error")
	}
}

func second[T any](_ T, err error) error { return err }

// TestMismatchNamesField: the library speaks of fields, of which a program makes
// its own words.
func TestMismatchNamesField(t *testing.T) {
	dump := rdbtest.Redis(11).SelectDB(0).Put("k", rdbtest.String(rdbtest.Plain("v"))).EOF().Bytes()
	analyze := func(cfg *aggregate.Config) *aggregate.Summary {
		s, err := aggregate.Analyze(t.Context(), aggregate.Input{Reader: bytes.NewReader(dump)}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	now := aggregate.Time(1_700_000_000_000)
	for field, cfg := range map[string]aggregate.Config{"Now": {Now: &now}, "Top": {Top: 3}, "Loaded": {Loaded: true}} {
		var m *aggregate.ConfigMismatch
		_, err := aggregate.Merge(analyze(nil), analyze(&cfg))
		if !errors.Is(err, aggregate.ErrConfig) || !errors.As(err, &m) || m.Field != field || !strings.Contains(err.Error(), "("+field+")") || strings.Contains(err.Error(), "--") {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err := aggregate.Compare(analyze(nil), analyze(&aggregate.Config{Loaded: true}), aggregate.DiffOptions{})
	if m := new(aggregate.ConfigMismatch); !errors.As(err, &m) || m.Field != "Loaded" {
		t.Errorf("%v", err)
	}
}
