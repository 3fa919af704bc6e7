package config

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/rdblens/rdblens/aggregate/data"
	"github.com/rdblens/rdblens/aggregate/memory"
)

const (
	// maxScenarios bounds what is kept for each pattern.
	maxScenarios = 16
	// maxTrials bounds the profiles of scenarios and sweeps together, each of
	// which sizes the keys it may change.
	maxTrials = 96
)

// Trial is a profile that keys are sized with beside the baseline's: first
// come the scenarios, then the values of the sweeps.
type Trial struct {
	Server   string // "" is that of the source
	Settings memory.Config
}

// With returns server settings with changes; the error names the change that is
// wrong.
func With(c memory.Config, changes []data.Setting) (memory.Config, error) {
	for _, s := range changes {
		known, err := c.Set(s.Name, s.Value)
		if err != nil {
			return c, err
		}
		if !known {
			return c, fmt.Errorf("%q is not a setting that shapes memory", s.Name)
		}
	}
	return c, nil
}

// Trials lists the profiles a configuration asks for.
func Trials(c *data.Config) ([]Trial, error) {
	var out []Trial
	for _, s := range c.Scenarios {
		conf, err := With(c.Settings, s.Settings)
		if err != nil {
			return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
		}
		if s.Server != "" {
			if _, err := memory.ParseServer(s.Server); err != nil {
				return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
			}
		}
		out = append(out, Trial{s.Server, conf})
	}
	for _, s := range c.Sweeps {
		for _, v := range s.Values {
			conf, err := With(c.Settings, []data.Setting{{Name: s.Setting, Value: strconv.FormatInt(v, 10)}})
			if err != nil {
				return nil, fmt.Errorf("sweep: %w", err)
			}
			out = append(out, Trial{"", conf})
		}
	}
	return out, nil
}

// checkScenarios reports what is wrong with the scenarios and sweeps.
func checkScenarios(c *data.Config) error {
	if n := len(c.Scenarios); n > maxScenarios {
		return fmt.Errorf("%d scenarios: at most %d are compared in one pass", n, maxScenarios)
	}
	for i, s := range c.Scenarios {
		if s.Name == "" {
			return fmt.Errorf("scenario %d has no name", i+1)
		}
		if slices.ContainsFunc(c.Scenarios[:i], func(o data.Scenario) bool { return o.Name == s.Name }) {
			return fmt.Errorf("scenario %q is given twice", s.Name)
		}
	}
	for i, s := range c.Sweeps {
		if len(s.Values) == 0 {
			return fmt.Errorf("sweep of %s: no values", s.Setting)
		}
		if slices.ContainsFunc(c.Sweeps[:i], func(o data.Sweep) bool { return o.Setting == s.Setting }) {
			return fmt.Errorf("sweep of %s is given twice", s.Setting)
		}
	}
	t, err := Trials(c)
	if err == nil && len(t) > maxTrials {
		err = fmt.Errorf("%d profiles in scenarios and sweeps: at most %d are compared in one pass", len(t), maxTrials)
	}
	return err
}

// cloneScenarios makes the scenarios and sweeps of c its own.
func cloneScenarios(c *data.Config) {
	c.Scenarios, c.Sweeps = slices.Clone(c.Scenarios), slices.Clone(c.Sweeps)
	for i := range c.Scenarios {
		c.Scenarios[i].Settings = slices.Clone(c.Scenarios[i].Settings)
	}
	for i := range c.Sweeps {
		c.Sweeps[i].Values = slices.Clone(c.Sweeps[i].Values)
	}
}

func sameScenarios(c, o *data.Config) bool {
	return slices.EqualFunc(c.Scenarios, o.Scenarios, func(a, b data.Scenario) bool {
		return a.Name == b.Name && a.Server == b.Server && slices.Equal(a.Settings, b.Settings)
	})
}

func sameSweeps(c, o *data.Config) bool {
	return slices.EqualFunc(c.Sweeps, o.Sweeps, func(a, b data.Sweep) bool {
		return a.Setting == b.Setting && slices.Equal(a.Values, b.Values)
	})
}
