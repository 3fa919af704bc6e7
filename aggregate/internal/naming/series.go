package naming

import (
	"math"

	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/state"
)

// Series is the trie of several snapshots. As in a Union, names are those that all keys
// of all snapshots tell. The trie holds the sums of all; what each snapshot has of them
// is kept beside it, by the nodes of before names were told.
type Series struct {
	view  View
	cells [][]seriesCell // by snapshot
}

// seriesCell is what a snapshot has of a pattern and type.
type seriesCell struct {
	node uint32
	typ  uint8
	SeriesSum
}

// SeriesSum are figures of one snapshot.
type SeriesSum struct{ Keys, Memory, NoTTLKeys, NoTTLMemory int64 }

// Add adds figures.
func (s *SeriesSum) Add(o SeriesSum) {
	s.Keys += o.Keys
	s.Memory += o.Memory
	s.NoTTLKeys += o.NoTTLKeys
	s.NoTTLMemory += o.NoTTLMemory
}

// NewSeries puts the patterns of snapshots into one trie; it changes none of them.
func NewSeries(list []*state.Summary) *Series {
	last := list[len(list)-1]
	s := &Series{view: View{trie: state.NewTrie(last.Bounds), text: patternText{groups: last.Config.Groups}}, cells: make([][]seriesCell, len(list))}
	t := s.view.trie
	t.MaxNodes, t.MaxWeight = math.MaxInt/4, math.MaxInt/4 // what was collected fits
	for _, x := range list {
		t.Coarse = max(t.Coarse, x.Keys.Coarse)
	}
	for _, x := range list {
		t.Absorb(x.Keys.Patterns, s.view.types.ID)
		sample, _ := state.SampleWeight(x.Bounds, x.Keys.Sample)
		s.view.sample = append(s.view.sample, sample...)
	}
	// Nodes are final only now: a word of the first may be in a {*} by the last.
	for i, x := range list {
		t.Trace(x.Keys.Patterns, func(node uint32, typ string, c *counters.Stats) {
			s.cells[i] = append(s.cells[i], seriesCell{node, s.view.types.ID(typ), SeriesSum{c.Keys, c.Memory, c.NoTTLKeys, c.NoTTLMemory}})
		})
	}
	s.view.begin(&last.Config)
	return s
}

// Generalize gives the patterns the names that all keys of all snapshots together tell:
// see View.Generalize.
func (s *Series) Generalize() { s.view.Generalize() }

// FoldSmaller shows alike words below a node as one {*} where none of the rows below
// them has least bytes in all snapshots together.
func (s *Series) FoldSmaller(least int64) { s.view.foldBelow(state.RootNode, least, 0) }

// SeriesRow is what one (pattern, type) is in each snapshot.
type SeriesRow struct {
	Pattern, Match, Type string
	Example              *counters.KeptKey
	Sums                 []SeriesSum // by snapshot
}

// Rows returns a row for each (pattern, type) of any snapshot, in no particular order.
func (s *Series) Rows() []SeriesRow {
	type place struct {
		node uint32
		typ  string
	}
	list := s.view.Rows()
	rows := make([]SeriesRow, len(list))
	at := make(map[place]int, len(list))
	for i := range list {
		r := &list[i]
		rows[i] = SeriesRow{Pattern: r.Pattern, Match: r.Match, Type: r.Type, Example: &r.Example, Sums: make([]SeriesSum, len(s.cells))}
		at[place{r.Node, r.Type}] = i
	}
	for i, cells := range s.cells {
		for _, c := range cells {
			if k, ok := at[place{s.view.trie.Resolve(c.node), s.view.types.Names[c.typ]}]; ok { // always, see TestTrendAddsUp
				rows[k].Sums[i].Add(c.SeriesSum)
			}
		}
	}
	return rows
}
