package report

import "testing"

// TestTableIsWhole: every kind has a row, and a type of result one kind.
func TestTableIsWhole(t *testing.T) {
	for k := range numKinds {
		r := &table[k]
		if r.name == "" || len(r.formats) == 0 {
			t.Errorf("kind %d has no row: %+v", k, r)
		}
		for i, c := range r.formats {
			if (c.write == nil) == (c.rows == nil) || (c.rows != nil) != (r.result == nil) {
				t.Errorf("%s as %s: written at once %v, in rows %v", r.name, c.format, c.write != nil, c.rows != nil)
			}
			if r.cell(c.format) != &r.formats[i] {
				t.Errorf("%s has %s twice", r.name, c.format)
			}
		}
		for o := range k {
			if r.result != nil && r.result == table[o].result {
				t.Errorf("%v is of two kinds", r.result)
			}
		}
	}
}
