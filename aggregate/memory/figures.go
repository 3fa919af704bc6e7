package memory

import "github.com/rdblens/rdblens/parser"

// Figure is a number that the users of a module know a value by.
type Figure uint8

// The figures, each of values of some modules. All of them add up over keys.
const (
	FigureItems     Figure = iota // filters, sketches, digests: what was added (TopK: the list's items)
	FigureCapacity                // filters: items they were made for; digests and TopK: places
	FigureFilters                 // layers of a filter that grew
	FigureCells                   // counters of a sketch
	FigureSamples                 // of a time series
	FigureChunks                  // of a time series
	FigureLabels                  // of a time series
	FigureRules                   // compaction rules of a time series
	FigureNodes                   // values of a document, however deep
	FigureTextBytes               // bytes of a document as it is in the dump, decompressed
	NumFigures      = int(FigureTextBytes) + 1
)

var figureNames = [NumFigures]string{"items", "capacity", "filters", "cells", "samples", "chunks", "labels", "rules", "nodes", "text_bytes"}

// String returns the figure's name in snake case.
func (f Figure) String() string { return figureNames[f] }

// Figures are those of one key, or of many; 0 where a figure means nothing.
type Figures [NumFigures]int64

// Add adds those of another.
func (f *Figures) Add(o *Figures) {
	for i, v := range o {
		f[i] += v
	}
}

// Elements returns how many elements a module's value has as its users count them,
// instead of k's one: samples or items.
func (f *Figures) Elements(k *parser.Key) int64 {
	return max(f[FigureSamples], f[FigureItems], k.Count)
}

// figure bounds a number of the dump, so that sums of many stay in range.
func figure(v uint64) int64 { return int64(min(v, 1<<40)) }
