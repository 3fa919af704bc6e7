package rows

import (
	"fmt"
	"slices"
	"strings"
)

// column is one of CSV and JSON Lines.
type column uint8

// Columns in the order of a row. Those from colResident on are only written when they
// are asked for.
const (
	colDB column = iota
	colType
	colKey
	colSize
	colEncoding
	colElements
	colLongest
	colExpiry
	colIdle
	colFreq
	colSlot
	colPattern
	colRDBBytes
	colSource
	colExact
	colError
	colResident
	numColumns
)

// defaultColumns is how many columns a row has when none are chosen.
const defaultColumns = int(colError) + 1

// columnNames are those of CSV; scripts of this field know the first eight. In JSON
// the first one is db.
var columnNames = [numColumns]string{"database", "type", "key", "size_in_bytes", "encoding", "num_elements", "len_largest_element", "expiry",
	"idle_seconds", "freq", "slot", "pattern", "rdb_bytes", "source", "exact", "error_bytes", "resident_bytes"}

// rdbTools names the eight columns that redis-rdb-tools writes, in its order.
const rdbTools = "rdbtools"

// ColumnNames returns what Columns knows, and the name of the eight of redis-rdb-tools.
func ColumnNames() []string { return append(slices.Clone(columnNames[:]), rdbTools) }

// Columns are the chosen ones of CSV and JSON Lines; nil is all but those that must be
// asked for.
type Columns []column

// ParseColumns reads names separated by commas: those of CSV, db, and rdbtools.
func ParseColumns(list string) (Columns, error) {
	var out Columns
	add := func(c column) error {
		if slices.Contains(out, c) {
			return fmt.Errorf("column %s is given twice", columnNames[c])
		}
		out = append(out, c)
		return nil
	}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		i := slices.Index(columnNames[:], name)
		switch {
		case name == "db":
			i = int(colDB)
		case name == rdbTools:
			for c := range colIdle {
				if err := add(c); err != nil {
					return nil, err
				}
			}
			continue
		case i < 0:
			return nil, &UnknownColumnError{name}
		}
		if err := add(column(i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// UnknownColumnError is of a name that is none of a column.
type UnknownColumnError struct{ Name string }

func (e *UnknownColumnError) Error() string {
	return fmt.Sprintf("%q is not one of %s", e.Name, strings.Join(ColumnNames(), ", "))
}

// orDefault returns the columns that are written.
func (c Columns) orDefault() Columns {
	if c != nil {
		return c
	}
	for i := range defaultColumns {
		c = append(c, column(i))
	}
	return c
}
