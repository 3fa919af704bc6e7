package check

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rdblens/rdblens/parser"
)

// keysOf makes n keys of a database.
func keysOf(n int, db int32) []parser.Key {
	keys := make([]parser.Key, n)
	for i := range keys {
		keys[i] = parser.Key{Name: fmt.Appendf(nil, "key:%d", i), DB: db, Offset: int64(i)}
	}
	return keys
}

func TestDuplicates(t *testing.T) {
	const n = 50_000
	d := newDuplicates()
	d.add(keysOf(n, 0))
	d.add(keysOf(n, 3)) // the same names elsewhere
	if r := d.result(); r.Possible != 0 || d.kept != 2*n || r.OneKeyIn != 1 || r.FalsePositiveOneIn < 1<<47 || r.FalsePositiveOneIn > 1<<48 {
		t.Errorf("%d kept of %d keys of two databases: %+v", d.kept, 2*n, r)
	}
	d.add(keysOf(100, 3))
	d.add(keysOf(50, 3))
	if r := d.result(); r.Possible != 150 || len(r.some) != 100 {
		t.Errorf("%+v", r)
	}

	// A piece of a key that was begun is no second one; cut names differ by their hash.
	d = newDuplicates()
	d.add([]parser.Key{
		{Name: []byte("a"), Flags: parser.More}, {Name: []byte("a"), Flags: parser.Continued},
		{Name: []byte("b"), NameHash: 1, Flags: parser.NameTruncated}, {Name: []byte("b"), NameHash: 2, Flags: parser.NameTruncated},
	})
	if r := d.result(); r.Possible != 0 {
		t.Errorf("%+v", r)
	}
}

// TestDuplicatesSampled: of too many keys one in some is kept, and of those
// every pair is found.
func TestDuplicatesSampled(t *testing.T) {
	const n = 1_000_000
	d := newDuplicates()
	d.limit = 1 << 16
	all := keysOf(n, 0)
	for batch := range slices.Chunk(all, 1000) {
		d.add(batch)
	}
	r := d.result()
	if d.kept > d.limit || r.OneKeyIn < n/(1<<16) || r.OneKeyIn > 4*n/(1<<16) || r.Possible != 0 {
		t.Errorf("%d kept: %+v", d.kept, r)
	}
	// However many come, blocks take what the limit, a batch and a part's room take: slabs double.
	if taken, need := dupBlock*16*(1<<d.slabs-1), d.limit+1000+dupParts*dupBlock; taken > 2*need {
		t.Errorf("%d slabs with room for %d fingerprints, %d needed", d.slabs, taken, need)
	}
	kept := d.kept
	if share := int64(n) / r.OneKeyIn; int64(kept) < share*9/10 || int64(kept) > share*11/10 {
		t.Errorf("%d of %d keys kept, one in %d", kept, n, r.OneKeyIn)
	}
	for batch := range slices.Chunk(all, 1000) {
		d.add(batch)
	}
	// Twice as many may have halved them once more.
	if again := d.result(); again.Possible != int64(d.kept)/2 || d.kept > d.limit {
		t.Errorf("%d kept: %+v", d.kept, again)
	}
}
