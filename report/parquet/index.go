package parquet

import (
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// The bounds of every page and row group stay in memory until the file ends. The library
// cuts those of byte arrays in pages only then, and those of row groups never: names of
// 64 KB, of which a page holds four, would need half of the dump. So pages of names have
// bounds that are cut at once, and an index of their own, which keeps them.

// boundBytes is how long bounds of names are in the column index, as those of other
// columns are.
const boundBytes = parquet.DefaultColumnIndexSizeLimit

// nameIndexer is the column index of a row group's names.
type nameIndexer struct {
	index format.ColumnIndex
	// all is the longest value of nothing but 0xff: what is cut off of such a one
	// leaves no upper bound, so all of them share one.
	all []byte
}

// Reset begins a row group; what was handed out stays as it is.
func (x *nameIndexer) Reset() { *x = nameIndexer{} }

// IndexPage adds a page.
func (x *nameIndexer) IndexPage(values, nulls int64, least, most parquet.Value) {
	x.index.NullPages = append(x.index.NullPages, values == nulls)
	x.index.NullCounts = append(x.index.NullCounts, nulls)
	x.index.MinValues = append(x.index.MinValues, slices.Clone(lowerBound(least.ByteArray())))
	upper, ok := upperBound(most.ByteArray())
	if !ok {
		if len(most.ByteArray()) > len(x.all) {
			x.all = slices.Clone(most.ByteArray())
		}
		upper = x.all
	}
	x.index.MaxValues = append(x.index.MaxValues, upper)
}

// ColumnIndex returns the index. Pages are in no order.
func (x *nameIndexer) ColumnIndex() format.ColumnIndex {
	x.index.BoundaryOrder = format.Unordered
	return x.index
}

// lowerBound cuts a value: what begins it is not above it.
func lowerBound(v []byte) []byte { return v[:min(len(v), boundBytes)] }

// upperBound cuts a value to one that is above it; false where there is none, for
// it has nothing but 0xff.
func upperBound(v []byte) ([]byte, bool) {
	if len(v) <= boundBytes {
		return slices.Clone(v), true
	}
	for n := boundBytes; n <= len(v); n++ {
		for i := n - 1; i >= 0; i-- {
			if v[i] != 0xff {
				up := slices.Clone(v[:i+1])
				up[i]++
				return up, true
			}
		}
		// Hardly ever: the first n bytes are 0xff. The next other one is as good.
		for n < len(v) && v[n] == 0xff {
			n++
		}
	}
	return nil, false
}

// nameType is a byte array with such an index and such pages.
type nameType struct{ parquet.Type }

func (nameType) NewColumnIndexer(int) parquet.ColumnIndexer { return new(nameIndexer) }

func (t nameType) NewColumnBuffer(column, values int) parquet.ColumnBuffer {
	return nameBuffer{t.Type.NewColumnBuffer(column, values)}
}

type nameBuffer struct{ parquet.ColumnBuffer }

func (b nameBuffer) Page() parquet.Page { return namePage{b.ColumnBuffer.Page()} }

type namePage struct{ parquet.Page }

// Bounds are what goes into the index and into the statistics of the row group. A name
// of nothing but 0xff is not cut.
func (p namePage) Bounds() (least, most parquet.Value, ok bool) {
	least, most, ok = p.Page.Bounds()
	if !ok {
		return least, most, false
	}
	least = parquet.ByteArrayValue(lowerBound(least.ByteArray()))
	if upper, cut := upperBound(most.ByteArray()); cut {
		most = parquet.ByteArrayValue(upper)
	}
	return least, most, true
}

// withNameIndex is a schema whose column has such an index.
type withNameIndex struct {
	parquet.Node
	column int
}

func (n withNameIndex) Fields() []parquet.Field {
	fields := slices.Clone(n.Node.Fields())
	fields[n.column] = nameField{fields[n.column]}
	return fields
}

type nameField struct{ parquet.Field }

func (f nameField) Type() parquet.Type { return nameType{f.Field.Type()} }
