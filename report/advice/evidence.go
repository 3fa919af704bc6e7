package advice

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Fact is one thing that a suggestion rests on.
type Fact struct {
	Name string // stable: "memory_before_bytes"
	Unit Unit   // of a figure or of several; UnitNone for counts of no unit, and for text
	// Value is an int64, a string, or a slice of one of them.
	Value any
}

// Evidence is the facts of a suggestion, no two of one name. In JSON it is an
// object, its names in alphabetical order; there the end of a name tells the
// unit, since numbers have none: _bytes, _seconds, _ten_thousandths.
type Evidence []Fact

// Value returns the value of a fact, nil when there is none of that name.
func (e Evidence) Value(name string) any {
	for i := range e {
		if e[i].Name == name {
			return e[i].Value
		}
	}
	return nil
}

// Sorted returns the facts by name, as JSON has them.
func (e Evidence) Sorted() Evidence {
	return slices.SortedFunc(slices.Values(e), func(a, b Fact) int { return cmp.Compare(a.Name, b.Name) })
}

// MarshalJSON makes an object of the facts, without HTML escapes.
func (e Evidence) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, f := range e.Sorted() {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := enc.Encode(f.Name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(f.Value); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON wrote, by name; a number that is no
// integer is an error.
func (e *Evidence) UnmarshalJSON(text []byte) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}
	facts := make(Evidence, 0, len(object))
	for name, raw := range object {
		f := Fact{Name: name, Unit: unitOf(name)}
		var err error
		if f.Value, err = factValue(raw); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		facts = append(facts, f)
	}
	*e = facts.Sorted()
	return nil
}

// factValue reads a value of one of the types that facts have; an empty list is
// one of text.
func factValue(raw json.RawMessage) (any, error) {
	switch {
	case string(raw) == "null":
		return nil, nil
	case raw[0] == '"':
		return decode[string](raw)
	case raw[0] != '[':
		return decode[int64](raw)
	}
	if list, err := decode[[]string](raw); err == nil {
		return list, nil
	}
	return decode[[]int64](raw)
}

func decode[T any](raw json.RawMessage) (v T, err error) {
	err = json.Unmarshal(raw, &v)
	return v, err
}

// unitOf returns the unit that the end of a name tells in JSON.
func unitOf(name string) Unit {
	for _, u := range []struct {
		suffix string
		unit   Unit
	}{{"_bytes", UnitBytes}, {"_seconds", UnitSeconds}, {"_ten_thousandths", UnitShare}} {
		if strings.HasSuffix(name, u.suffix) {
			return u.unit
		}
	}
	return UnitNone
}

// fact adds a fact, in place of an earlier one of that name.
func (s *Suggestion) fact(name string, unit Unit, value any) {
	for i := range s.Evidence {
		if s.Evidence[i].Name == name {
			s.Evidence[i] = Fact{name, unit, value}
			return
		}
	}
	s.Evidence = append(s.Evidence, Fact{name, unit, value})
}

// drop takes a fact away.
func (s *Suggestion) drop(name string) {
	s.Evidence = slices.DeleteFunc(s.Evidence, func(f Fact) bool { return f.Name == name })
}
