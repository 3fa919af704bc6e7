package part

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/internal/config"
	"github.com/rdblens/rdblens/aggregate/internal/counters"
	"github.com/rdblens/rdblens/aggregate/internal/sketch"
	"github.com/rdblens/rdblens/aggregate/internal/state"
	"github.com/rdblens/rdblens/aggregate/keyname"
)

// check holds a state against what every state satisfies.
func (s *contents) check() error {
	if err := config.Check(&s.Config); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	types, err := contentsSchema()
	if err != nil {
		return err
	}
	if place, err := types.root().verify(reflect.ValueOf(s).Elem()); err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	for i := range s.Sources {
		if err := s.Sources[i].Check(); err != nil {
			return fmt.Errorf("source %d: %w", i+1, err)
		}
		if n := len(s.Sources[i].Trials); n != len(s.Config.Scenarios) {
			return fmt.Errorf("source %d: tables of %d scenarios, not of %d", i+1, n, len(s.Config.Scenarios))
		}
	}
	if !sketch.Ascending(s.Sources, (*state.SourceState).Compare) {
		return fmt.Errorf("sources: %w", counters.ErrOrder)
	}
	for _, w := range s.Notes {
		// Of a note, unlike a warning of a source, the source is shown as it is.
		if !keyname.Displayable(w.Source) {
			return errors.New("notes: unprintable")
		}
	}
	for i := range s.Logs {
		if err := checkLog(&s.Logs[i]); err != nil {
			return err
		}
	}
	return s.Keys.Check(&s.Config)
}

// checkLog: counts are no less than nothing, and text can be shown.
func checkLog(l *data.CommandLog) error {
	good := keyname.Displayable(l.Name) && keyname.Displayable(l.Error) && min(l.Commands, l.Bytes, l.Deletions, l.Expiries, l.Databases) >= 0
	for _, list := range [][]data.CommandCount{l.ByCommand, l.Patterns} {
		for _, x := range list {
			good = good && keyname.Displayable(x.Name) && min(x.Commands, x.Bytes, x.Deletions, x.Expiries) >= 0
		}
	}
	for _, text := range l.MakeDump {
		good = good && keyname.Displayable(text)
	}
	if !good {
		return errors.New("command logs: unprintable or negative")
	}
	return nil
}
