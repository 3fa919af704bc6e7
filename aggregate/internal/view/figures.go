package view

import "github.com/rdblens/rdblens/aggregate/memory"

// nameFigures returns those of a module's values that are not 0, by name; nil for none.
func nameFigures(f *memory.Figures) map[string]int64 {
	var named map[string]int64
	for i, n := range f {
		if n == 0 {
			continue
		}
		if named == nil {
			named = make(map[string]int64)
		}
		named[memory.Figure(i).String()] = n
	}
	return named
}
