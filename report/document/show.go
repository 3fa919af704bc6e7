package document

import (
	"bytes"

	"github.com/rdblens/rdblens/aggregate/inspect"
)

// ShowSchema names the JSON of single keys; fields may be added, never changed.
const ShowSchema = "rdblens.show/1"

// Show is all about single keys.
type Show struct {
	Partial bool // there may be more in what could not be read
	Keys    []*inspect.Key
}

// Show redacts single keys in place: tokens stand for their names, and their
// values go; note stands for them.
func (r *Redactor) Show(s *Show, note string) {
	for _, k := range s.Keys {
		row := r.Row(&k.Row)
		row.Key, row.Pattern = bytes.Clone(row.Key), bytes.Clone(row.Pattern)
		k.Row = *row
		k.Preview = inspect.Preview{By: k.Preview.By, Items: []inspect.Item{}, Of: k.Preview.Of, Note: note}
	}
}
