package view

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/collect"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
	"github.com/rdblens/rdblens/aggregate/memory"
)

// TestGroupsAddUp: of the dumps of testdata the groups are all keys and no key twice,
// they are the rows that advice speaks of, and the timeline has every key that expires
// after the clock once.
func TestGroupsAddUp(t *testing.T) {
	root := filepath.Join("..", "..", "..", "testdata")
	paths, err := filepath.Glob(filepath.Join(root, "live", "*.rdb.gz"))
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d dumps, %v", len(paths), err)
	}
	for _, path := range append(paths, filepath.Join(root, "demo.rdb")) {
		s := summaryOf(t, path)
		r := NewReport(s)
		name := filepath.Base(path)
		var sum data.PatternRow
		for i, g := range r.Groups {
			sum.Keys += g.Keys
			sum.Memory += g.Memory
			sum.KeysWithoutTTL += g.KeysWithoutTTL
			sum.Elements += g.Elements
			sum.Resident += g.Resident
			if f := r.Facts.Patterns[i]; g.Estimated || g.Pattern != f.Pattern || g.Type != f.Type || g.Memory != f.Memory || g.Role != f.Role {
				t.Errorf("%s: group %d is %s %s, advice speaks of %s %s", name, i, g.Pattern, g.Type, f.Pattern, f.Type)
			}
		}
		x := &r.Totals
		if sum.Keys != x.Keys || sum.Memory != x.Memory || sum.Elements != x.Elements || sum.Resident != x.Resident || sum.KeysWithoutTTL != x.Keys-x.KeysWithTTL {
			t.Errorf("%s: groups have %d keys, %d bytes; there are %d, %d", name, sum.Keys, sum.Memory, x.Keys, x.Memory)
		}
		if len(r.Groups) != len(r.Facts.Patterns) {
			t.Errorf("%s: %d groups, advice speaks of %d", name, len(r.Groups), len(r.Facts.Patterns))
		}
		checkTimeline(t, name, s, r)
		checkTreeTypes(t, name, r)
	}
}

// checkTimeline: hours and days in order, with every key that expires after the clock
// and before the last bin.
func checkTimeline(t *testing.T, name string, s *state.Summary, r *data.Report) {
	t.Helper()
	var want, got sketch.Tally
	for i := range s.Keys.Timeline.Bins {
		if b := &s.Keys.Timeline.Bins[i]; b.Width > 0 {
			want.Merge(sketch.Tally{Keys: b.Keys, Memory: b.Memory})
		}
	}
	for i, b := range r.Expiry.Timeline {
		got.Merge(sketch.Tally{Keys: b.Keys, Memory: b.Memory})
		if b.WidthSeconds < 3600 || int64(b.At)%(b.WidthSeconds*1000) != 0 {
			t.Errorf("%s: a span of %d s at %v", name, b.WidthSeconds, b.At)
		}
		if i > 0 && b.At < r.Expiry.Timeline[i-1].At {
			t.Errorf("%s: %v comes after %v", name, b.At, r.Expiry.Timeline[i-1].At)
		}
	}
	if got != want {
		t.Errorf("%s: the timeline has %+v, its bins have %+v", name, got, want)
	}
}

// checkTreeTypes: a row of the tree is of one type only if all rows below it are, and
// knows of idle times where the dump has them.
func checkTreeTypes(t *testing.T, name string, r *data.Report) {
	t.Helper()
	for i, row := range r.Tree {
		if row.Type == "" {
			t.Errorf("%s: %s has no type", name, row.Prefix)
		}
		for _, below := range r.Tree[i+1:] {
			if below.Depth <= row.Depth {
				break
			}
			if row.Type != "mixed" && below.Type != row.Type {
				t.Errorf("%s: %s is %s, %s below it is %s", name, row.Prefix, row.Type, below.Prefix, below.Type)
			}
		}
		if recorded := r.Idle.Recorded == "idle" && r.Idle.Keys == r.Totals.Keys; recorded && row.Memory > 0 && row.IdleMemoryP50 == nil {
			t.Errorf("%s: %s has no idle time", name, row.Prefix)
		}
		if r.Idle.Recorded != "idle" && row.IdleMemoryP50 != nil {
			t.Errorf("%s: %s has an idle time that the dump has not", name, row.Prefix)
		}
	}
}

// summaryOf reads a dump of testdata, packed or not.
func summaryOf(t *testing.T, path string) *state.Summary {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	s, err := collect.Analyze(t.Context(), data.Input{Name: "keys.rdb", Reader: in}, &data.Config{Settings: memory.DefaultConfig(), Separators: keyname.DefaultSeparators, Top: 20})
	if err != nil {
		t.Fatal(err)
	}
	if s, err = state.Merge(s); err != nil {
		t.Fatal(err)
	}
	return s
}
