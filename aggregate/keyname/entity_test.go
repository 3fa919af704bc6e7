package keyname

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rdblens/rdblens/aggregate/internal/keytest"
)

// TestEntityStrata: the strings of an entity are in one stratum, whatever their
// last words are; otherwise its strings in two parts would not come together.
func TestEntityStrata(t *testing.T) {
	rnd, hasher := rand.New(rand.NewPCG(31, 2)), NewHasher(Seed{1, 2})
	words := []string{"name", "a", "beef", "cafe", "last_login", "first-name", "eyJh", "abcdefghijkl", "T", "d", "x_y_z", strings.Repeat("w", MaxLiteral)}
	for _, split := range []*Splitter{NewSplitter(DefaultSeparators, 0), NewSplitter(DefaultSeparators, 3), NewSplitter("/#", 0)} {
		strata, more := make(map[uint64]uint32), 0
		for _, prefix := range keytest.OddNames(rnd, 20_000/keytest.Stride(5), MaxLiteral, MaxEdges) {
			prefix += fmt.Sprint(rnd.IntN(5)) // something that varies
			for _, sep := range []string{":", "/", ".", "_"} {
				for _, w := range words {
					name := []byte(prefix + sep + w)
					edges := split.Split(name)
					at := FieldEdge(edges)
					if at == 0 {
						continue
					}
					e, ok := EntityOf(&hasher, 0, name, edges, at)
					if !ok {
						continue
					}
					if other, ok := strata[e.Hash]; !ok {
						strata[e.Hash] = e.Stratum
					} else if more++; other != e.Stratum {
						t.Fatalf("%q: stratum %d, another string of the entity %q is in %d", name, e.Stratum, e.Prefix, other)
					}
				}
			}
		}
		if more == 0 {
			t.Error("no entity has two strings")
		}
	}
}
