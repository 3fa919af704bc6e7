package rows

import (
	"io"
	"strconv"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/report/internal/linebuf"
)

// whatIfHeader names the columns of the comparison as CSV.
const whatIfHeader = "scenario,server,pattern,type,keys,keys_changed,memory_before_bytes,memory_after_bytes,saves_bytes,saves_error_bytes,saves_resident_bytes\n"

// WriteWhatIf writes the scenarios as one table, quoted and escaped as
// NewCSV does: for each a row for all keys (pattern and type empty), one for
// each type (pattern empty), and one for each pattern. Sweeps follow as
// scenarios called setting=value.
func WriteWhatIf(w io.Writer, result *aggregate.WhatIf) error {
	c := &csvWriter{Buffer: linebuf.New(w)}
	c.Buf = append(c.Buf, whatIfHeader...)
	for i := range result.Scenarios {
		s := &result.Scenarios[i]
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
	for i := range result.Sweeps {
		x := &result.Sweeps[i]
		for _, p := range x.Points {
			if err := c.change(x.Setting+"="+strconv.FormatInt(p.Value, 10), result.Model.Server, "", &aggregate.TypeOutcome{Keys: result.Baseline.Keys,
				KeysChanged: p.KeysChanged, MemoryBefore: result.Baseline.Memory, MemoryAfter: p.Memory, Saves: p.Saves, SavesError: p.SavesError,
				SavesResident: p.SavesResident}); err != nil {
				return err
			}
		}
	}
	return c.Flush()
}

// change writes one line of the comparison.
func (c *csvWriter) change(scenario, server, pattern string, x *aggregate.TypeOutcome) error {
	b := c.field(c.Buf, scenario)
	b = c.field(append(b, ','), server)
	b = c.field(append(b, ','), pattern)
	b = c.field(append(b, ','), x.Type)
	for _, n := range [...]int64{x.Keys, x.KeysChanged, x.MemoryBefore, x.MemoryAfter, x.Saves, x.SavesError, x.SavesResident} {
		b = linebuf.AppendInt(append(b, ','), n)
	}
	c.Buf = append(b, '\n')
	return c.EndRow()
}
