package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/inspect"
	"github.com/rdblens/rdblens/parser/rdbtest"
)

// TestShowLargest: the large elements of a collection are named wherever they stand, with
// what they have; where none stands out, or all are shown, nothing is said.
func TestShowLargest(t *testing.T) {
	numbered := func(n int, prefix string, more ...string) (list []rdbtest.Str) {
		for i := range n {
			list = append(list, rdbtest.Strs(fmt.Sprintf("%s%05d", prefix, i))...)
		}
		return append(list, rdbtest.Strs(more...)...)
	}
	pairs := func(n int, more ...string) (list []rdbtest.Str) {
		for i := range n {
			list = append(list, rdbtest.Strs(fmt.Sprintf("f%05d", i), "v")...)
		}
		return append(list, rdbtest.Strs(more...)...)
	}
	big := strings.Repeat("x", 70_000) // more than is kept of one text
	w := rdbtest.Redis(11).Aux("redis-ver", "7.2.4").SelectDB(0)
	w.Put("hash", rdbtest.Hash(pairs(3000, "a\x1bfield", strings.Repeat("y", 9000), "blob", big)...))
	w.Put("list", rdbtest.List(numbered(3000, "item", strings.Repeat("z", 5000))...))
	w.Put("set", rdbtest.Set(numbered(3000, "member", strings.Repeat("m", 6000))...))
	w.Put("even", rdbtest.Hash(pairs(3000)...))
	w.Put("short", rdbtest.Hash(pairs(3, "blob", strings.Repeat("y", 9000))...))
	file := filepath.Join(t.TempDir(), "large.rdb")
	if err := os.WriteFile(file, w.EOF().Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"hash": {"blob/70004", `a\x1bfield/9007`}, "list": {strings.Repeat("z", inspect.MaxText) + "/5000"}, "set": {strings.Repeat("m", inspect.MaxText) + "/6000"},
		"even": nil, "short": nil,
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"show", file, name, "-f", "json"}, nil, &out, &errs, func(string) string { return "" }); code != exitOK {
			t.Fatalf("%s: exit code %d: %s", name, code, &errs)
		}
		var doc struct {
			Keys []struct {
				Preview inspect.Preview `json:"value_preview"`
			}
		}
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil || len(doc.Keys) != 1 {
			t.Fatalf("%s: %v, %d keys", name, err, len(doc.Keys))
		}
		var got []string
		for _, it := range doc.Keys[0].Preview.Largest {
			text := it.Field
			if text == nil {
				text = it.Member
			}
			if text == nil {
				text = it.Value
			}
			got = append(got, fmt.Sprintf("%s/%d", text.Text, it.Size()))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		out.Reset()
		run(t.Context(), []string{"show", file, name}, nil, &out, &errs, func(string) string { return "" })
		if said := strings.Contains(out.String(), "\n  largest "); said != (want != nil) || strings.Contains(out.String(), "\x1b") {
			t.Errorf("%s:\n%s", name, &out)
		}
	}
}
