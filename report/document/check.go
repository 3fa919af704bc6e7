package document

import (
	"fmt"
	"slices"

	"github.com/rdblens/rdblens/aggregate"
	"github.com/rdblens/rdblens/aggregate/check"
	"github.com/rdblens/rdblens/report/internal/escape"
	"github.com/rdblens/rdblens/report/units"
)

// CheckSchema names the JSON of a check; fields may be added, never changed.
const CheckSchema = "rdblens.check/1"

// Check is what is said of one or more sources. Text in it is escaped for
// display; sizes and offsets are bytes.
type Check struct {
	Schema   string              `json:"schema"`   // name and version of this format
	Partial  bool                `json:"partial"`  // some source is damaged, or could not be read
	Sources  []check.Source      `json:"sources"`  // those that could not be read first, then in the order of the arguments
	Warnings []aggregate.Warning `json:"warnings"` // claims that the bytes do not bear out, and what else is odd; never what makes a source damaged
}

// NewCheck puts the results of some sources together; notes are what is to be
// said beside them.
func NewCheck(sources []check.Source, notes []aggregate.Warning) *Check {
	c := &Check{Schema: CheckSchema, Sources: slices.Clone(orEmpty(sources)), Warnings: []aggregate.Warning{}}
	for i := range c.Sources {
		s := &c.Sources[i]
		s.Error = printable(s.Error)
		s.Damage = slices.Clone(s.Damage)
		for j := range s.Damage {
			s.Damage[j].Error = printable(s.Damage[j].Error)
		}
		c.Partial = c.Partial || s.Error != ""
		for _, w := range slices.Concat(s.Warnings, sentences(s)) {
			w.Text = printable(w.Text)
			c.Warnings = append(c.Warnings, w)
		}
	}
	c.Warnings = append(c.Warnings, notes...)
	return c
}

// sentences are what the figures of a source warn of.
func sentences(s *check.Source) (out []aggregate.Warning) {
	if s.Expired != nil && *s.Expired > 0 {
		text := fmt.Sprintf("%s had expired at %s: a server drops them when it loads the dump", units.Plural(*s.Expired, "key"), s.Now)
		out = append(out, aggregate.Warning{Source: s.Name, Code: "expired-keys", Text: text, Count: *s.Expired})
	}
	if d := s.Duplicates; d != nil && d.Possible > 0 {
		text := fmt.Sprintf("%s may be in their database twice, which no server loads (%s)", units.Plural(d.Possible, "key"), Certainty(d))
		if f := d.First; f != nil {
			text = fmt.Sprintf("%s in their database already, which no server loads: key %s, db %d, again at offset %d", areThere(d.Possible, "key"), escape.Quoted(f.Key), f.DB, f.Offset)
			if d.OneKeyIn > 1 {
				text += fmt.Sprintf(" (of so many, one key in %s was looked at)", units.Grouped(d.OneKeyIn))
			}
		}
		out = append(out, aggregate.Warning{Source: s.Name, Code: "duplicate-keys", Text: text, Count: d.Possible})
	}
	if m := s.Members; m != nil && m.Possible > 0 {
		text := units.Plural(m.Possible, "member") + " may be in their value twice, which servers refuse"
		if f := m.First; f != nil {
			text = fmt.Sprintf("%s in their value already, which servers refuse: in key %s, db %d, at offset %d", areThere(m.Possible, "member"), escape.Quoted(f.Key), f.DB, f.Offset)
		}
		out = append(out, aggregate.Warning{Source: s.Name, Code: "duplicate-members", Text: text, Count: m.Possible})
	}
	if m := s.Members; m != nil && m.Unseen > 0 {
		text := units.Plural(m.Unseen, "value") + " of more than a million members were searched for duplicates in part: for the rest a source must be one that can be read again, as a file"
		out = append(out, aggregate.Warning{Source: s.Name, Code: "not-compared", Text: text, Count: m.Unseen})
	}
	return out
}

func areThere(n int64, what string) string {
	if n == 1 {
		return "1 " + what + " is"
	}
	return units.Plural(n, what) + " are"
}

// Certainty says how sure a search for duplicates is.
func Certainty(d *check.Duplicates) string {
	text := "false-positive rate: one key in " + units.Grouped(d.FalsePositiveOneIn)
	if d.FalsePositiveOneIn == check.MaxOneIn {
		text = "false-positive rate: below one key in " + units.Grouped(d.FalsePositiveOneIn)
	}
	if d.OneKeyIn > 1 {
		text += fmt.Sprintf("; of so many, one key in %s was looked at", units.Grouped(d.OneKeyIn))
	}
	return text
}

func printable(s string) string { return string(escape.AppendPrintable(nil, s, false)) }

// Check redacts a check in place.
func (r *Redactor) Check(c *Check) {
	for i := range c.Sources {
		s := &c.Sources[i]
		if s.Error = r.Text(s.Error); s.LastGoodKeyOffset != nil {
			s.LastGoodKey = r.Token(s.LastGoodKey)
		}
		for j := range s.Damage {
			s.Damage[j].Error = r.Text(s.Damage[j].Error)
		}
	}
	for i := range c.Warnings {
		c.Warnings[i].Text = r.Text(c.Warnings[i].Text)
	}
}
