package part

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// check holds a state against what every state satisfies.
func (s *contents) check() error {
	if err := s.Config.Check(); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if err := state.CheckPlain(reflect.ValueOf(&s.Keys).Elem(), "keys"); err != nil {
		return err
	}
	for i := range s.Sources {
		if err := s.Sources[i].Check(); err != nil {
			return fmt.Errorf("source %d: %w", i+1, err)
		}
	}
	if !sketch.Ascending(s.Sources, (*state.SourceState).Compare) {
		return fmt.Errorf("sources: %w", state.ErrOrder)
	}
	for _, f := range s.Failed {
		if !keyname.Displayable(f.Name) || !keyname.Displayable(f.Error) || f.Offset < 0 {
			return errors.New("a source that could not be read: unprintable")
		}
	}
	for _, w := range s.Notes {
		if !keyname.Displayable(w.Source) || !keyname.Displayable(w.Code) || !keyname.Displayable(w.Text) || w.Count < 0 {
			return errors.New("notes: unprintable")
		}
	}
	return s.Keys.Check(&s.Config)
}
