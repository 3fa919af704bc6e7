//go:build !386 && !arm && !mips && !mipsle

// The library read with does not build where int has 32 bits.

package rdbtest_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	hdt "github.com/hdt3213/rdb/parser"
)

// TestReadBack has a reader of its own read what the package writes.
func TestReadBack(t *testing.T) {
	dump, want := everything()
	got := map[string]string{}
	err := hdt.NewDecoder(bytes.NewReader(dump)).Parse(func(o hdt.RedisObject) bool {
		var parts []string
		switch o := o.(type) {
		case *hdt.StringObject:
			parts = append(parts, string(o.Value))
		case *hdt.ListObject:
			for _, v := range o.Values {
				parts = append(parts, string(v))
			}
		case *hdt.SetObject:
			for _, v := range o.Members {
				parts = append(parts, string(v))
			}
		case *hdt.HashObject:
			for k, v := range o.Hash {
				parts = append(parts, k+"="+string(v))
			}
			slices.Sort(parts)
		case *hdt.ZSetObject:
			for _, e := range o.Entries {
				parts = append(parts, e.Member+"="+strconv.FormatFloat(e.Score, 'g', -1, 64))
			}
			slices.Sort(parts)
		case *hdt.StreamObject:
			for _, node := range o.Entries {
				for _, m := range node.Msgs {
					if m.Deleted {
						continue
					}
					parts = append(parts, fmt.Sprintf("%d-%d", m.Id.Ms, m.Id.Sequence))
					var fields []string
					for k, v := range m.Fields {
						fields = append(fields, k+"="+v)
					}
					slices.Sort(fields)
					parts = append(parts, fields...)
				}
			}
		}
		got[o.GetKey()] = strings.Join(parts, " ")
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
