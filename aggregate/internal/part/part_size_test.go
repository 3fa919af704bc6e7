package part

import (
	"bytes"
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/statetest"
)

// TestPartWorstCase: the part of a dump of 100 M keys is under 10 MB.
func TestPartWorstCase(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s := statetest.WorstSummary(t)
	untrimmed := len(partOfSize(t, s, 1<<30))
	var b bytes.Buffer
	if err := Write(&b, &Part{Summary: s}); err != nil {
		t.Fatal(err)
	}
	pages := 0
	for i := range s.Keys.Patterns {
		for j := range s.Keys.Patterns[i].Types {
			pages += len(s.Keys.Patterns[i].Types[j].Sizes.Pages) + len(s.Keys.Patterns[i].Types[j].Use.Idle.Pages)
		}
	}
	body, err := partBody(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d keys, %d nodes, %d histogram pages, %d bins, %d slots, %d samples: %d bytes, %d before compression, %d if it were not trimmed",
		s.Keys.Totals.Keys, len(s.Keys.Patterns), pages, len(s.Keys.Timeline.Bins), len(s.Keys.Slots), len(s.Keys.Sample), b.Len(), len(body), untrimmed)
	if b.Len() > 10e6 {
		t.Errorf("a part of %d bytes", b.Len())
	}
	if _, err := Read(&b); err != nil {
		t.Error(err)
	}
}
