package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/rdblens/rdblens/aggregate"
)

// WriteWhatIfJSON writes the comparison of docs/whatif.schema.json, formatted
// as WriteJSON does. It does not change w.
func WriteWhatIfJSON(out io.Writer, w *aggregate.WhatIf) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(completeWhatIf(w)); err != nil {
		return fmt.Errorf("encode the comparison: %w", err)
	}
	_, err := out.Write(b.Bytes())
	return err
}

// completeWhatIf returns a copy in which no slice or map is nil.
func completeWhatIf(w *aggregate.WhatIf) *aggregate.WhatIf {
	c := *w
	c.Model.Config = orEmptyMap(c.Model.Config)
	c.Sources = completeSources(c.Sources)
	c.Scenarios = slices.Clone(orEmpty(c.Scenarios))
	for i := range c.Scenarios {
		s := &c.Scenarios[i]
		s.Settings, s.Config = orEmpty(s.Settings), orEmptyMap(s.Config)
		s.ByType = slices.Clone(orEmpty(s.ByType))
		for j := range s.ByType {
			completeChange(&s.ByType[j])
		}
		s.ByPattern = slices.Clone(orEmpty(s.ByPattern))
		for j := range s.ByPattern {
			completeChange(&s.ByPattern[j].TypeOutcome)
		}
		s.Costs = slices.Clone(orEmpty(s.Costs))
		for j := range s.Costs {
			s.Costs[j].Conversions = orEmpty(s.Costs[j].Conversions)
		}
	}
	c.Sweeps = slices.Clone(orEmpty(c.Sweeps))
	for i := range c.Sweeps {
		c.Sweeps[i].Points = orEmpty(c.Sweeps[i].Points)
	}
	c.Warnings = orEmpty(c.Warnings)
	return &c
}

func completeChange(c *aggregate.TypeOutcome) {
	c.EncodingsBefore, c.EncodingsAfter = orEmptyMap(c.EncodingsBefore), orEmptyMap(c.EncodingsAfter)
}

// whatIfHeader names the columns of the comparison as CSV.
const whatIfHeader = "scenario,server,pattern,type,keys,keys_changed,memory_before_bytes,memory_after_bytes,saves_bytes,saves_error_bytes,saves_resident_bytes\n"

// WriteWhatIfCSV writes the scenarios as one table, quoted and escaped as
// NewCSV does: for each a row for all keys (pattern and type empty), one for
// each type (pattern empty), and one for each pattern. Sweeps follow as
// scenarios called setting=value.
func WriteWhatIfCSV(out io.Writer, w *aggregate.WhatIf) error {
	c := &csvWriter{lineBuffer: lineBuffer{w: out, buf: make([]byte, 0, flushSize+4096)}}
	c.buf = append(c.buf, whatIfHeader...)
	for i := range w.Scenarios {
		s := &w.Scenarios[i]
		if err := c.change(s.Name, s.Server, "", &aggregate.TypeOutcome{Keys: s.Keys, KeysChanged: s.KeysChanged, MemoryBefore: s.MemoryBefore,
			MemoryAfter: s.MemoryAfter, Saves: s.Saves, SavesError: s.SavesError, SavesResident: s.SavesResident}); err != nil {
			return err
		}
		for j := range s.ByType {
			if err := c.change(s.Name, s.Server, "", &s.ByType[j]); err != nil {
				return err
			}
		}
		for j := range s.ByPattern {
			if err := c.change(s.Name, s.Server, s.ByPattern[j].Pattern, &s.ByPattern[j].TypeOutcome); err != nil {
				return err
			}
		}
	}
	for i := range w.Sweeps {
		x := &w.Sweeps[i]
		for _, p := range x.Points {
			if err := c.change(x.Setting+"="+strconv.FormatInt(p.Value, 10), w.Model.Server, "", &aggregate.TypeOutcome{Keys: w.Baseline.Keys,
				KeysChanged: p.KeysChanged, MemoryBefore: w.Baseline.Memory, MemoryAfter: p.Memory, Saves: p.Saves, SavesError: p.SavesError,
				SavesResident: p.SavesResident}); err != nil {
				return err
			}
		}
	}
	return c.flush()
}

func (c *csvWriter) change(scenario, server, pattern string, x *aggregate.TypeOutcome) error {
	b := c.field(c.buf, scenario)
	b = c.field(append(b, ','), server)
	b = c.field(append(b, ','), pattern)
	b = c.field(append(b, ','), x.Type)
	for _, n := range [...]int64{x.Keys, x.KeysChanged, x.MemoryBefore, x.MemoryAfter, x.Saves, x.SavesError, x.SavesResident} {
		b = appendInt(append(b, ','), n)
	}
	c.buf = append(b, '\n')
	return c.endRow()
}
