package advice

import (
	"os"
	"slices"
	"testing"

	"github.com/rdblens/rdblens/aggregate"
)

// TestClasses: each rule has a class, what is only to be watched saves nothing, and the
// classes save no more than all do together, which is no more than their sum.
func TestClasses(t *testing.T) {
	known := append(slices.Clone(classesThatSave[:]), ClassWatch)
	for _, r := range Rules() {
		if !slices.Contains(known, r.Class) {
			t.Errorf("%s has the class %q", r.ID, r.Class)
		}
	}
	f, err := os.Open("../../testdata/demo.rdb")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := aggregate.Analyze(t.Context(), aggregate.Input{Name: "demo.rdb", Reader: f}, &aggregate.Config{})
	if err != nil {
		t.Fatal(err)
	}
	r := s.Report()
	a := Advise(r, Options{MaxMemory: 15 << 20})
	var sum, most, listed int64
	for _, c := range a.Classes {
		if c.Saves == nil {
			t.Fatalf("%s saves nothing", c.Class)
		}
		sum, most, listed = sum+*c.Saves, max(most, *c.Saves), listed+c.Suggestions
		if n := int64(len(Saving(a.Suggestions, c.Class))); n != c.Suggestions {
			t.Errorf("%s has %d suggestions, says %d", c.Class, n, c.Suggestions)
		}
		if (c.Class == ClassSettings) != (len(c.Settings) > 0) {
			t.Errorf("%s has the settings %v", c.Class, c.Settings)
		}
	}
	if len(a.Classes) != len(classesThatSave) || a.Together == nil || *a.Together > sum || *a.Together < most {
		t.Errorf("classes %+v, together %v", a.Classes, a.Together)
	}
	for i := range a.Suggestions {
		if x := &a.Suggestions[i]; x.Saves != nil {
			if listed--; x.Class == ClassWatch {
				t.Errorf("%s is to be watched and saves %d", x.ID, *x.Saves)
			}
		}
	}
	if listed != 0 {
		t.Errorf("%d suggestions are in no class, or in two", listed)
	}
	if w := Watched(a.Suggestions); len(w) < 2 || w[0].ID != "R23" || w[1].ID != "R06" {
		t.Errorf("watched: %+v", w)
	}
	if h := a.Headroom; h == nil || h.Used != *r.Totals.ReportedUsedMemory || h.Over != h.Used-15<<20*7/10 || h.Basis != "reported" {
		t.Errorf("headroom %+v", h)
	}
}
