// Package rulesfile reads the YAML file of --rules: thresholds of the advice's rules,
// and rules that are off.
package rulesfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/rdblens/rdblens/report/advice"
)

// maxBytes bounds a file of thresholds; a real one has a few hundred bytes.
const maxBytes = 1 << 20

// Error says what in a file makes no sense.
type Error struct{ err error }

func (e *Error) Error() string { return e.err.Error() }

func (e *Error) Unwrap() error { return e.err }

// Read reads a file: a mapping of rules, by ID or name, to off or to a mapping of
// thresholds. Unknown names are an *Error; any other says that it cannot be read.
func Read(path string) (advice.Options, error) {
	f, err := os.Open(path)
	if err != nil {
		return advice.Options{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return advice.Options{}, err
	}
	if len(text) > maxBytes {
		return advice.Options{}, &Error{errors.New("more than 1 MiB")}
	}
	o, err := parse(text)
	if err != nil {
		return o, &Error{err}
	}
	return o, nil
}

func parse(text []byte) (advice.Options, error) {
	o := advice.Options{Thresholds: map[string]map[string]int64{}}
	var doc yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return o, nil // nothing in it
	case err != nil:
		return o, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return o, errors.New("want one document")
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return o, fmt.Errorf("line %d: want a mapping of rules", root.Line)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		name, value := root.Content[i], root.Content[i+1]
		info, ok := ruleInfo(name.Value)
		if !ok {
			return o, fmt.Errorf("line %d: there is no rule %q", name.Line, name.Value)
		}
		if seen[info.ID] {
			return o, fmt.Errorf("line %d: %s is there twice", name.Line, info.ID)
		}
		seen[info.ID] = true
		switch {
		case value.Kind == yaml.ScalarNode && value.Value == "off":
			o.Ignore = append(o.Ignore, info.ID)
		case value.Kind == yaml.MappingNode:
			limits, err := parseThresholds(&info, value)
			if err != nil {
				return o, err
			}
			o.Thresholds[info.ID] = limits
		default:
			return o, fmt.Errorf("line %d: %s: want off or a mapping of thresholds", value.Line, info.ID)
		}
	}
	return o, nil
}

func ruleInfo(name string) (advice.RuleInfo, bool) {
	for _, r := range advice.Rules() {
		if strings.EqualFold(name, r.ID) || strings.EqualFold(name, r.Name) {
			return r, true
		}
	}
	return advice.RuleInfo{}, false
}

func parseThresholds(info *advice.RuleInfo, node *yaml.Node) (map[string]int64, error) {
	limits := map[string]int64{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		var t *advice.Threshold
		var names []string
		for j := range info.Thresholds {
			names = append(names, info.Thresholds[j].Name)
			if info.Thresholds[j].Name == name.Value {
				t = &info.Thresholds[j]
			}
		}
		switch {
		case t == nil:
			return nil, fmt.Errorf("line %d: %s has no threshold %q, only %s", name.Line, info.ID, name.Value, strings.Join(names, ", "))
		case t.Fixed:
			return nil, fmt.Errorf("line %d: %s: %s cannot be changed: it is counted while a dump is read", name.Line, info.ID, t.Name)
		case value.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("line %d: %s: %s: want one value", value.Line, info.ID, t.Name)
		}
		if _, twice := limits[t.Name]; twice {
			return nil, fmt.Errorf("line %d: %s: %s is there twice", name.Line, info.ID, t.Name)
		}
		n, err := parseThreshold(t.Unit, value.Value)
		if err != nil {
			return nil, fmt.Errorf("line %d: %s: %s: %w", value.Line, info.ID, t.Name, err)
		}
		limits[t.Name] = n
	}
	return limits, nil
}

// thresholdUnits are the units a value may be written with, and what one of them
// is; the empty one is a bare number.
var thresholdUnits = map[advice.Unit]map[string]float64{
	advice.UnitBytes:      {"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "kb": 1e3, "mb": 1e6, "gb": 1e9},
	advice.UnitShare:      {"%": 100},
	advice.UnitSeconds:    {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400},
	advice.UnitHundredths: {"": 100},
}

// parseThreshold reads a value in a threshold's unit.
func parseThreshold(unit advice.Unit, text string) (int64, error) {
	at := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '_' })
	if at < 0 {
		at = len(text)
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(text[:at], "_", ""), 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no number", text)
	}
	units := thresholdUnits[unit]
	if units == nil {
		units = map[string]float64{"": 1}
	}
	one, ok := units[strings.ToLower(strings.TrimSpace(text[at:]))]
	if !ok {
		if unit == advice.UnitShare {
			return 0, fmt.Errorf("%q: want a percentage, as 2.5%%", text)
		}
		return 0, fmt.Errorf("%q: unknown unit", text)
	}
	v := math.Round(n * one)
	if v < 0 || v > 1<<53 || unit == advice.UnitShare && v > 10_000 {
		return 0, fmt.Errorf("%q is out of range", text)
	}
	return int64(v), nil
}
